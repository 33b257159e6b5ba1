"""A mapping drafted: where the table lies, what its columns and rows seem to be. It may guess.

What it cannot tell is left open in the draft, with a note that begins with "say".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import pandas as pd

from dti_analysis.cleaning.dti import PILLARS, SHARED_INDICES, components_of
from dti_analysis.cleaning.importing import vocabulary as words
from dti_analysis.cleaning.importing.book import Book
from dti_analysis.cleaning.importing.edition import is_blank, label_row, list_rows
from dti_analysis.cleaning.importing.mapping import OPEN, Column, Rows, TableMapping, number_cells
from dti_analysis.cleaning.numbers import is_uncomputed, read_numbers, tell_cell
from dti_analysis.cleaning.tables import Grid, raise_faults
from dti_analysis.errors import DataError, Fault
from dti_analysis.files import hash_content, show_path
from dti_analysis.language import write_number
from dti_analysis.names import find_close, quote, strip_marks

SCALES = (1, 100, 1000)
_LOWEST_BEST = 0.3
"""In no column of any edition known has the best province had less; the least is 0.42."""

_MOST_HEADER_ROWS = 4
_NUMBERING = re.compile(r"[(\[]?\s*(?:[0-9]{1,2}|[A-Za-z]|[IVX]+)\s*[)\]]?(?:\s*=.*)?")
_NUMBER = re.compile(r"(?!20[0-9]{2}$)[0-9]+(?:[.,][0-9]+)*\s*(?:%|/\s*[0-9.,]+)?")
_VALUE = re.compile(r"=.*|\D{0,9}[0-9][0-9.,]*\s*(?:%|/\s*[0-9.,]+)?")
_HALVES = ("tru cot", "pillars", "pillar", "chi so chinh", "main indices")


@dataclass(frozen=True)
class _Table:
    """A table in a grid: the rows of its header and of its units, and what its columns seem."""

    grid: Grid
    rows: Rows
    basis: str
    known: tuple[float, int]  # how much of the basis it names, and how many
    named: str  # column of the units
    header: tuple[int, int]
    headers: Mapping[str, tuple[str, ...]]
    meanings: Mapping[str, tuple[str, ...]]
    units: Rows

    @property
    def metrics(self) -> dict[str, str]:
        """Metrics by the letter of their column."""
        told = {letter: meant[0] for letter, meant in self.meanings.items() if len(meant) == 1}
        return {letter: role for letter, role in told.items() if role not in (*words.ROLES, OPEN)}

    @property
    def scores(self) -> pd.DataFrame:
        """The cells with scores, blank where there is none, by the letter of their column."""
        letters = [letter for letter, metric in self.metrics.items() if metric[0] == "s"]
        cells = pd.DataFrame(list(self.units.values()), dtype="str").reindex(columns=letters)
        return cells.mask(cells.map(is_blank), "")

    def decide(self, roles: Mapping[str, str]) -> "_Table":
        """Decide what some columns are."""
        return replace(self, meanings={**self.meanings, **{at: (r,) for at, r in roles.items()}})


def draft_mapping(
    file: Path,
    grids: Sequence[Grid],
    book: Book,
    year: int,
    basis: str | None,
    source: Mapping[str, str],
    part: str | None = None,
    weights_like: int | None = None,
) -> TableMapping:
    """Draft how a table is read, with notes on its columns, rows and keys.

    `grids` are all that the file holds, of which `part` names one where several would do; without
    a `basis` it is that whose units the table names. In the edition `weights_like` components count
    the same. A file that holds no table of units, or several, is refused.
    """
    table, notes = _find_table(file, grids, book, basis, year, part), dict[str, str]()
    table, left_out = _sort_rows(table, book, year, notes)
    table = table.decide(_choose_halves(table, year, notes))
    table = table.decide(_doubt_scores(table, notes))
    of_points = next((table.rows[at] for at in left_out if notes[str(at)] == "points"), {})
    stated = {
        role: words.find_stated_points(table.headers[at]) or of_points.get(at, "")
        for at, role in table.metrics.items()
    }
    weights = book.find_weights(stated, year, weights_like)
    scales = _find_scales(table, book, weights if weights_like is None else {}, notes)
    above = [cell for row in range(1, table.header[0]) for cell in table.rows[row].values()]
    years = sorted(set(re.findall(r"\b20[0-9]{2}\b", " ".join(above))))
    if years and str(year) not in years:
        notes["year"] = f"look again: the title names {', '.join(years)}"
    like = f"taken to be as in edition {weights_like}" if weights_like else "stated in the table"
    return TableMapping(
        file=file.name,
        sha256=hash_content(file.read_bytes()),
        year=year,
        basis=table.basis,
        part=table.grid.part,
        header=table.header,
        decimal=_find_sign(table),
        columns={at: _draft_column(table, at, book, scales, notes) for at in table.headers},
        source=source,
        left_out=left_out,
        new_units=[] if book.is_complete else _list_new(table, book, notes),
        weights=weights,
        weights_from=like if weights else "",
        notes=notes,
    )


def _find_table(
    file: Path, grids: Sequence[Grid], book: Book, basis: str | None, year: int, part: str | None
) -> _Table:
    """Choose the table that names the most units; of one text parted otherwise, by its columns."""
    wanted = [g for g in grids if part in (None, g.part, g.part.partition(" ")[2].strip('"'))]
    if not wanted:
        there = ", ".join(grid.part or "one table" for grid in grids)
        raise DataError(f'--table "{part}": {show_path(file)} has {there}.')
    pairs = product(wanted, [basis] if basis else book.rosters)
    found = [table for grid, name in pairs if (table := _read_table(grid, book, name, year))]
    if not found:
        there = ", ".join(grid.part for grid in wanted[:5] if grid.part)
        raise DataError(
            f"{show_path(file)}: expected a table with a column of {book.config.units}, under a "
            f"header and beside others, found none{f' in {there}' if there else ''}. Give the file "
            "with the table."
        )
    most = max(table.known for table in found)
    best = [table for table in found if table.known == most]
    parts, bases = {table.grid.part for table in best}, {table.basis for table in best}
    for option, several in (("--table", parts), ("--basis", bases)):
        if len(several) > 1:
            raise DataError(
                f"{show_path(file)}: expected one table of the {book.config.units}, found "
                f"{', '.join(sorted(several))}. Say which: {option} '{min(several)}'."
            )
    return max(best, key=lambda table: len(table.headers))


def _read_table(grid: Grid, book: Book, basis: str, year: int) -> _Table | None:
    """Find the table in a grid by the column that names the most units of a basis."""
    rows = number_cells(grid)
    names = {
        at: {n: row[at] for n, row in rows.items() if book.knows(strip_marks(row[at]), basis)}
        for at in rows[1]
    }
    counts = {at: len(set(known.values())) for at, known in names.items()}
    named = max(counts, key=lambda at: counts[at])
    header = _find_header(rows, book, named, min(names[named])) if names[named] else None
    headers = grid.read_headers(*header) if header else {}
    if header is None or len(headers) < 2:
        return None
    meanings = {letter: book.vocabulary.understand(t, year) for letter, t in headers.items()}
    meanings[named] = (words.UNIT,)
    known = counts[named] / len(book.rosters[basis]), counts[named]
    return _Table(grid, rows, basis, known, named, header, headers, meanings, {})


def _find_header(rows: Rows, book: Book, named: str, first: int) -> tuple[int, int] | None:
    """Find the first and last row of the header over the column of units, above the first."""
    last = next((at for at in range(first - 1, 0, -1) if _may_head(rows[at], named)), None)
    if last is None:
        return None
    begin = last
    while begin > 1 and rows[begin - 1][named] == rows[last][named]:
        begin -= 1  # merged
    if begin > 1 and _is_group_row(rows[begin - 1], book, named):
        begin -= 1
    for below in range(last + 1, min(first, begin + _MOST_HEADER_ROWS)):
        cells = rows[below]
        if cells[named] or not any(cells.values()) or any(map(_NUMBER.fullmatch, cells.values())):
            break
        last = below
    return begin, last


def _may_head(cells: Mapping[str, str], named: str) -> bool:
    """Whether a row may be of a header: it names the column, has others, and no numbers."""
    label = cells[named]
    return (
        bool(label and set(cells.values()) - {"", label})
        and not any(_NUMBER.fullmatch(c) or _NUMBERING.fullmatch(c) for c in cells.values())
        and not (words.is_total(label) or words.is_of_points(label))
    )


def _is_group_row(cells: Mapping[str, str], book: Book, named: str) -> bool:
    """Whether a row above the header groups its columns, and is no title over all of them."""
    texts = set(_list_beside(cells, named))
    known = (
        book.vocabulary.understand([text]) or words.fold_words(text) in _HALVES for text in texts
    )
    return not cells[named] and any(known)


def _list_beside(cells: Mapping[str, str], named: str) -> list[str]:
    """List what stands in a row after the column of units."""
    return [cell for cell in list(cells.values())[list(cells).index(named) + 1 :] if cell]


def _sort_rows(
    table: _Table, book: Book, year: int, notes: dict[str, str]
) -> tuple[_Table, dict[int, str]]:
    """Find the rows of units, and the others with how they begin; refuse what was not computed."""
    year_at = next((at for at, meant in table.meanings.items() if meant == (words.YEAR,)), None)
    rows = list_rows(table.rows, table.header[1], year_at, year)
    regions = set(map(words.fold_words, book.regions))
    units, left_out = {}, {}
    for row, cells in rows.items():
        label = label_row(cells, table.named)
        reason = _classify(table, cells, label)
        reason = "total or average" if words.fold_words(label) in regions else reason
        if reason is None or book.knows(strip_marks(label), table.basis):
            units[row] = cells
        else:
            left_out[row], notes[str(row)] = label, reason
    if not units:
        raise DataError(
            f"{table.grid.place}: expected rows of edition {year}, found those of others alone. "
            "Correct --year, or the column of years."
        )
    for letter, (row, cells) in product(table.metrics, units.items()):
        if is_uncomputed(cells[letter]):
            head, told = " / ".join(table.headers[letter]), tell_cell(cells[letter], "a value", "")
            raise_faults([Fault(table.grid.place, row, f'"{head}"', *told)])
    return replace(table, units=units), left_out


def _classify(table: _Table, cells: Mapping[str, str], label: str) -> str | None:
    """Say why a row is no unit; None if it may be one."""
    filled = [cell for cell in cells.values() if cell]
    if cells in [table.rows[at] for at in range(table.header[0], table.header[1] + 1)]:
        return "header again"
    if len(filled) > 1 and all(map(_NUMBERING.fullmatch, filled)):
        return "numbers of the columns"
    if words.is_of_points(label):
        return "points"
    if words.is_total(label):
        return "total or average"
    beside = (cell for cell in _list_beside(cells, table.named) if not is_blank(cell))
    return None if any(map(_VALUE.fullmatch, beside)) else "no values: a note or a group"


def _list_new(table: _Table, book: Book, notes: dict[str, str]) -> list[str]:
    """List the names that an index has not had before."""
    names = dict.fromkeys(strip_marks(cells[table.named]) for cells in table.units.values())
    new = [name for name in names if name and not book.knows(name, table.basis)]
    known = book.rosters[table.basis].values()
    close = {name: like for name in new for like in find_close(name, known, 1)}
    if close:
        told = (f"{quote(name)} looks like {quote(like)}" for name, like in close.items())
        notes["new_units"] = f"say which of these are new, or correct them: {'; '.join(told)}"
    return [name for name in new if name not in close]


def _choose_halves(table: _Table, year: int, notes: dict[str, str]) -> dict[str, str]:
    """Decide between pillar and activity index where headers such as "Kinh tế số" leave it open.

    In 2020 there were pillars alone. Later, a column is the pillar if another is the activity
    index, and the other way round; and beside all other main indices it is that of the activity.
    """
    taken, roles = set(table.metrics.values()), {}
    is_full = {f"score_{index}" for index in SHARED_INDICES} <= taken
    for letter, choices in table.meanings.items():
        free = [metric for metric in choices if metric not in taken]
        if len(choices) < 2 or not free:
            continue
        if components_of(year) == PILLARS:
            roles[letter], why = choices[0], f"{year} had pillars alone"
        elif len(free) == 1:
            roles[letter], why = free[0], "the other one is another column"
        elif is_full:
            roles[letter], why = free[1], "all other main indices are there"
        else:
            continue
        notes[letter] = f"look again, it may be the pillar or the activity: {why}"
    return roles


def _doubt_scores(table: _Table, notes: dict[str, str]) -> dict[str, str]:
    """Leave open the scores that are whole numbers from 1, no more than there are units."""
    doubtful = {}
    for letter, cells in table.scores.items():
        best, at = read_numbers(cells.to_frame())[0].max().iloc[0], str(letter)
        is_whole = cells.str.fullmatch("[0-9]{1,3}|").all() and cells.isin(["1", "01"]).any()
        if is_whole and 1 < best <= len(table.units):
            index, doubtful[at] = table.metrics[at].partition("_")[2], OPEN
            notes[at] = f"say rank_{index} or score_{index}: whole numbers from 1 to {best:.0f}"
    return doubtful


def _find_sign(table: _Table) -> str:
    """Find the decimal sign that most scores have."""
    texts = "".join(re.sub("/.*", "", cell) for cell in table.scores.to_numpy().ravel())
    return max(",.", key=texts.count) if set(",.") & set(texts) else ""


def _find_scales(
    table: _Table, book: Book, weights: Mapping[str, float], notes: dict[str, str]
) -> dict[str, float]:
    """Find what the scores of each column are out of; where it is not clear, leave it open."""
    if book.config.max_score is None:
        return {}
    most, roles = book.config.max_score, table.metrics
    # Scores that say what they are out of are shares.
    numbers = {str(at): read_numbers(table.scores[[at]])[0][at] for at in table.scores}
    best = {at: max(column.dropna(), default=0.0) for at, column in numbers.items()}
    fitting = {at: [s for s in sorted({*SCALES, most}) if best[at] <= s] for at in best}
    found = {letter: float(scales[0]) for letter, scales in fitting.items() if scales}
    earned = {f"score_{name}": weight for name, weight in weights.items()}
    earned["score_overall"] = sum(weights.values())
    if len(set(found.values())) > 1 and all(best[at] <= earned.get(roles[at], 0) for at in best):
        return {letter: earned[roles[letter]] for letter in best}
    usual = max(found.values(), key=list(found.values()).count, default=most)
    for letter, score in best.items():
        told = f"say out_of: its scores are {write_number(score)} at most, "
        if found.get(letter) != usual:
            told += f"those of other columns out of {write_number(usual)}"
        elif score < _LOWEST_BEST * usual and (most == 1 or usual != most):
            told += f"a small part of {write_number(usual)}"
        else:
            continue
        notes[letter] = told
        found.pop(letter, None)
    return found


def _draft_column(
    table: _Table, letter: str, book: Book, scales: Mapping[str, float], notes: dict[str, str]
) -> Column:
    header, meant = " / ".join(table.headers[letter]), table.meanings[letter]
    names = [role if role in (*words.ROLES, OPEN) else book.vocabulary.name(role) for role in meant]
    if len(names) == 1:
        return Column(header, names[0], scales.get(letter))
    what = f"{' or '.join(names)}: nothing in the table decides"
    if not names:
        what = f"what it is, or {words.IGNORE}: " + ("not known" if header else "it has no header")
    notes.setdefault(letter, f"say {what}")
    return Column(header, OPEN)
