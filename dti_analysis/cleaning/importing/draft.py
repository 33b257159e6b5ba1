"""A mapping drafted: where the table lies, what its columns and rows seem to be. It may guess.

What it cannot tell is left open in the draft, with a note that begins with "say".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from pathlib import Path

import pandas as pd

from dti_analysis.cleaning.dti import PILLARS, SHARED_INDICES, components_of
from dti_analysis.cleaning.importing.book import Book
from dti_analysis.cleaning.importing.edition import (
    is_blank,
    is_other,
    label_row,
)
from dti_analysis.cleaning.importing.mapping import (
    OPEN,
    Column,
    TableMapping,
)
from dti_analysis.cleaning.importing.vocabulary import (
    IGNORE,
    ROLES,
    UNIT,
    YEAR,
    find_stated_points,
    fold_words,
    is_of_points,
    is_total,
)
from dti_analysis.cleaning.numbers import is_uncomputed, read_numbers, tell_cell
from dti_analysis.cleaning.tables import (
    Grid,
    name_column,
    place_column,
    raise_faults,
)
from dti_analysis.errors import DataError, Fault
from dti_analysis.files import hash_content, show_path
from dti_analysis.names import find_close, quote, strip_marks

SCALES = (Decimal(1), Decimal(100), Decimal(1000))
_LOWEST_BEST = Decimal("0.3")
"""In no column of any edition known has the best province had less; the least is 0.42."""

_MOST_HEADER_ROWS = 4
_NUMBERING = re.compile(r"[(\[]?\s*(?:[0-9]{1,2}|[A-Za-z]|[IVX]+)\s*[)\]]?(?:\s*=.*)?")
_NUMBER = re.compile(r"(?!20[0-9]{2}$)[0-9]+(?:[.,][0-9]+)*\s*(?:%|/\s*[0-9.,]+)?")
_VALUE = re.compile(r"=.*|\D{0,9}[0-9][0-9.,]*\s*(?:%|/\s*[0-9.,]+)?")


@dataclass(frozen=True)
class Draft:
    """A mapping to be checked, with notes on its columns, rows and keys."""

    mapping: TableMapping
    notes: Mapping[str, str]

    @property
    def questions(self) -> dict[str, str]:
        """What is left to the reader."""
        return {key: note for key, note in self.notes.items() if note.startswith("say ")}


@dataclass(frozen=True)
class _Layout:
    """A table in a grid: rows of its header and of its units, from 0, and what columns seem.

    `named` is how much of the basis it names, and how many.
    """

    grid: Grid
    basis: str
    named: tuple[float, int]
    header: tuple[int, int]
    columns: Mapping[str, tuple[str, ...]]
    meanings: Mapping[str, tuple[str, ...]]
    units: tuple[int, ...] = ()

    @property
    def metrics(self) -> dict[str, str]:
        """Metrics by the letter of their column."""
        told = {letter: meant[0] for letter, meant in self.meanings.items() if len(meant) == 1}
        return {letter: role for letter, role in told.items() if role not in (*ROLES, OPEN)}

    def find(self, role: str) -> int | None:
        """Find the column that has a role, from 0."""
        found = (letter for letter, meaning in self.meanings.items() if meaning == (role,))
        return next(map(place_column, found), None)

    def cells(self, letter: str) -> list[str]:
        """Take the cells of a column that are filled."""
        cells = [self.grid.rows[at][place_column(letter)] for at in self.units]
        return [cell for cell in cells if not is_blank(cell)]

    def decide(self, roles: Mapping[str, str]) -> "_Layout":
        """Decide what some columns are."""
        meanings = {**self.meanings, **{at: (role,) for at, role in roles.items()}}
        return replace(self, meanings=meanings)


def draft_mapping(
    file: Path,
    grids: Sequence[Grid],
    book: Book,
    year: int,
    basis: str | None,
    source: Mapping[str, str],
    table: str | None = None,
    weights_like: int | None = None,
) -> Draft:
    """Draft how a table is read.

    `grids` are all that the file holds, of which `table` names one where several would do; without
    a `basis` it is that whose units the table names. In the edition `weights_like` components count
    the same. A file that holds no table of units, or several, is refused.
    """
    layout = _find_table(file, grids, book, basis, year, table)
    notes: dict[str, str] = {}
    layout, left_out, points_at = _sort_rows(layout, book, year, notes)
    _require_values(layout, year)
    layout = _choose_halves(layout, year, notes)
    layout = layout.decide(_doubt_scores(layout, notes))
    of_points = None if points_at is None else layout.grid.rows[points_at]
    stated = {
        role: find_stated_points(layout.columns[at])
        or ("" if of_points is None else of_points[place_column(at)])
        for at, role in layout.metrics.items()
    }
    weights = book.find_weights(stated, year, weights_like)
    scales = _find_scales(layout, book, weights if weights_like is None else {}, notes)
    like = f"taken to be as in edition {weights_like}"
    mapping = TableMapping(
        file=file.name,
        sha256=hash_content(file.read_bytes()),
        year=year,
        basis=layout.basis,
        part=layout.grid.part,
        header=(layout.header[0] + 1, layout.header[1] + 1),
        decimal=_find_sign(layout),
        columns={at: _write_column(layout, at, book, scales, notes) for at in layout.columns},
        source=source,
        left_out={at + 1: text for at, text in left_out.items()},
        new_units=_list_new(layout, book, notes),
        weights=weights,
        weights_from="stated in the table" if weights_like is None else like,
    )
    above = {cell for row in layout.grid.rows[: layout.header[0]] for cell in row}
    years = sorted(set(re.findall(r"\b20[0-9]{2}\b", " ".join(above))))
    if years and str(year) not in years:
        notes["year"] = f"look again: the title names {', '.join(years)}"
    return Draft(mapping, notes)


def _find_table(
    file: Path, grids: Sequence[Grid], book: Book, basis: str | None, year: int, table: str | None
) -> _Layout:
    """Choose the table that names the most units; of one text parted otherwise, by its columns."""
    if table is not None:
        wanted = [g for g in grids if table in (g.part, g.part.partition(" ")[2].strip('"'))]
        if not wanted:
            there = ", ".join(grid.part or "one table" for grid in grids)
            raise DataError(f'--table "{table}": {show_path(file)} has {there}.')
        grids = wanted
    bases = [basis] if basis else list(book.rosters)
    pairs = product(grids, bases)
    found = [layout for grid, name in pairs if (layout := _find_layout(grid, book, name, year))]
    if not found:
        there = ", ".join(grid.part for grid in grids[:5] if grid.part)
        raise DataError(
            f"{show_path(file)}: expected a table with a column of {book.config.units}, under a "
            f"header and beside others, found none{f' in {there}' if there else ''}. Give the file "
            "with the table."
        )
    best = max((layout.named, len(layout.columns)) for layout in found)
    parts = {layout.grid.part for layout in found if layout.named == best[0]}
    chosen = [lay for lay in found if (lay.named, len(lay.columns)) == best]
    rosters = {layout.basis for layout in chosen}
    if len(parts) > 1 or len(rosters) > 1:
        option, several = ("--table", parts) if len(parts) > 1 else ("--basis", rosters)
        raise DataError(
            f"{show_path(file)}: expected one table of the {book.config.units}, found "
            f"{', '.join(sorted(several))}. Say which: {option} '{min(several)}'."
        )
    return chosen[0]


def _find_layout(grid: Grid, book: Book, basis: str, year: int) -> _Layout | None:
    """Find the table in a grid by the column that names the most units of a basis."""
    named = [
        {
            at: row[column]
            for at, row in enumerate(grid.rows)
            if book.knows(strip_marks(row[column]), basis)
        }
        for column in range(grid.width)
    ]
    position = max(range(grid.width), key=lambda column: len(set(named[column].values())))
    rows = named[position]
    header = _find_header(grid, book, position, min(rows)) if rows else None
    columns = grid.read_headers(*(at + 1 for at in header)) if header else {}
    if header is None or len(columns) < 2:
        return None
    meanings = {letter: book.vocabulary.understand(t, year) for letter, t in columns.items()}
    meanings[name_column(position)] = (UNIT,)
    count = len(set(rows.values()))
    share = count / len(book.rosters[basis])
    return _Layout(grid, basis, (share, count), header, columns, meanings)


def _find_header(grid: Grid, book: Book, position: int, first: int) -> tuple[int, int] | None:
    """Find the first and last row of the header over the column of units, above the first."""
    heads = [at for at in range(first) if _may_head(grid.rows[at], position)]
    if not heads:
        return None
    last = begin = heads[-1]
    while begin and grid.rows[begin - 1][position] == grid.rows[last][position]:
        begin -= 1  # merged
    if begin and _is_group_row(grid.rows[begin - 1], book, position):
        begin -= 1
    for below in grid.rows[last + 1 : min(first, begin + _MOST_HEADER_ROWS)]:
        if below[position] or not any(below) or any(_NUMBER.fullmatch(cell) for cell in below):
            break
        last += 1
    return begin, last


def _may_head(row: Sequence[str], position: int) -> bool:
    """Whether a row may be of a header: it names the column, has others, and no numbers."""
    others = [cell for at, cell in enumerate(row) if cell not in ("", row[position])]
    return (
        bool(row[position] and others)
        and not any(_NUMBER.fullmatch(cell) or _NUMBERING.fullmatch(cell) for cell in row)
        and not (is_total(row[position]) or is_of_points(row[position]))
    )


def _is_group_row(row: Sequence[str], book: Book, position: int) -> bool:
    """Whether a row above the header groups its columns, and is no title over all of them."""
    texts = {cell for cell in row[position + 1 :] if cell}
    halves = ("tru cot", "pillars", "pillar", "chi so chinh", "main indices")
    known = [book.vocabulary.understand([text]) for text in texts]
    return not row[position] and (any(known) or any(fold_words(text) in halves for text in texts))


def _sort_rows(
    layout: _Layout, book: Book, year: int, notes: dict[str, str]
) -> tuple[_Layout, dict[int, str], int | None]:
    """Find the rows of units, the others with how they begin, and the one that states points."""
    grid, year_at, named = layout.grid, layout.find(YEAR), layout.find(UNIT) or 0
    header = grid.rows[layout.header[0] : layout.header[1] + 1]
    regions = set(map(fold_words, book.regions))
    units, left_out, points_at = [], {}, None
    for at in range(layout.header[1] + 1, len(grid.rows)):
        row = grid.rows[at]
        if not any(row) or (year_at is not None and is_other(row[year_at], year)):
            continue
        label = label_row(row, named)
        reason = "header again" if row in header else _classify(row, label, named)
        reason = "total or average" if fold_words(label) in regions else reason
        if reason is None or book.knows(strip_marks(label), layout.basis):
            units.append(at)
            continue
        left_out[at], notes[str(at + 1)] = label, reason
        points_at = at if reason == "points" else points_at
    return replace(layout, units=tuple(units)), left_out, points_at


def _require_values(layout: _Layout, year: int) -> None:
    """Refuse a table without rows of an edition, or with values that nobody has computed."""
    if not layout.units:
        raise DataError(
            f"{layout.grid.place}: expected rows of edition {year}, found those of others alone. "
            "Correct --year, or the column of years."
        )
    for letter in layout.metrics:
        at, head = place_column(letter), " / ".join(layout.columns[letter])
        for row in layout.units:
            if is_uncomputed(cell := layout.grid.rows[row][at]):
                number, told = row + 1, tell_cell(cell, "a value", "")
                raise_faults([Fault(layout.grid.place, number, f'"{head}"', *told)])


def _classify(row: Sequence[str], label: str, named: int) -> str | None:
    """Say why a row is no unit; None if it may be one."""
    filled = [cell for cell in row if cell]
    if len(filled) > 1 and all(_NUMBERING.fullmatch(cell) for cell in filled):
        return "numbers of the columns"
    if is_of_points(label):
        return "points"
    if is_total(label):
        return "total or average"
    if any(_VALUE.fullmatch(cell) for cell in row[named + 1 :] if not is_blank(cell)):
        return None
    return "no values: a note or a group"


def _list_new(layout: _Layout, book: Book, notes: dict[str, str]) -> tuple[str, ...]:
    """List the names that an index has not had before, where it may have new ones."""
    if book.is_complete:
        return ()
    named = layout.find(UNIT) or 0
    names = [strip_marks(layout.grid.rows[at][named]) for at in layout.units]
    new = [name for name in dict.fromkeys(names) if name and not book.knows(name, layout.basis)]
    known = book.rosters[layout.basis].values()
    close = {name: like for name in new for like in find_close(name, known, 1)}
    if close:
        told = (f"{quote(name)} looks like {quote(like)}" for name, like in close.items())
        notes["new_units"] = f"say which of these are new, or correct them: {'; '.join(told)}"
    return tuple(name for name in new if name not in close)


def _choose_halves(layout: _Layout, year: int, notes: dict[str, str]) -> _Layout:
    """Decide between pillar and activity index where headers such as "Kinh tế số" leave it open.

    In 2020 there were pillars alone. Later, a column is the pillar if another is the activity
    index, and the other way round; and beside all other main indices it is that of the activity.
    """
    taken = set(layout.metrics.values())
    is_full = {f"score_{index}" for index in SHARED_INDICES} <= taken
    roles = {}
    for letter, choices in layout.meanings.items():
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
    return layout.decide(roles)


def _doubt_scores(layout: _Layout, notes: dict[str, str]) -> dict[str, str]:
    """Leave open the scores that are whole numbers from 1, no more than there are units."""
    doubtful = {}
    for letter, metric in layout.metrics.items():
        cells = layout.cells(letter)
        if metric[0] == "s" and all(re.fullmatch("[0-9]{1,3}", cell) for cell in cells):
            numbers = [int(cell) for cell in cells]
            if 1 in numbers and 1 < max(numbers) <= len(layout.units):
                index, doubtful[letter] = metric.partition("_")[2], OPEN
                found = f"whole numbers from {min(numbers)} to {max(numbers)}"
                notes[letter] = f"say rank_{index} or score_{index}: {found}"
    return doubtful


def _find_sign(layout: _Layout) -> str:
    """Find the decimal sign that most scores have."""
    scores = [at for at, role in layout.metrics.items() if role.startswith("score_")]
    texts = "".join(cell.partition("/")[0] for at in scores for cell in layout.cells(at))
    return max(",.", key=texts.count) if set(",.") & set(texts) else ""


def _find_scales(
    layout: _Layout, book: Book, weights: Mapping[str, float], notes: dict[str, str]
) -> dict[str, Decimal]:
    """Find what the scores of each column are out of; where it is not clear, leave it open."""
    if book.config.max_score is None:
        return {}
    most = Decimal(str(book.config.max_score))
    roles = {at: role for at, role in layout.metrics.items() if role.startswith("score_")}
    best = {letter: _find_best(layout.cells(letter)) for letter in roles}
    fitting = {at: [s for s in sorted({*SCALES, most}) if best[at] <= s] for at in roles}
    found = {letter: scales[0] for letter, scales in fitting.items() if scales}
    earned = {f"score_{name}": weight for name, weight in weights.items()}
    earned["score_overall"] = sum(weights.values())
    if len(set(found.values())) > 1 and all(best[at] <= earned.get(roles[at], 0) for at in roles):
        return {letter: Decimal(earned[role]) for letter, role in roles.items()}
    usual = max(found.values(), key=list(found.values()).count, default=most)
    for letter in roles:
        out_of, told = found.get(letter), f"say out_of: its scores are {best[letter]} at most"
        if out_of != usual:
            notes[letter] = f"{told}, those of other columns out of {usual}"
        elif best[letter] < _LOWEST_BEST * usual and (most == 1 or usual != most):
            notes[letter] = f"{told}, a small part of {usual}"
        if letter in notes and notes[letter].startswith(told):
            found.pop(letter, None)
    return found


def _find_best(cells: Sequence[str]) -> Decimal:
    """Find the highest score; scores that say what they are out of are shares."""
    best = read_numbers(pd.DataFrame({"score": cells}, dtype="str"))[0]["score"].max()
    return Decimal(0) if pd.isna(best) else Decimal(repr(float(best))).normalize()


def _write_column(
    layout: _Layout,
    letter: str,
    book: Book,
    scales: Mapping[str, Decimal],
    notes: dict[str, str],
) -> Column:
    header, meant = " / ".join(layout.columns[letter]), layout.meanings[letter]
    names = [known if known in (*ROLES, OPEN) else book.vocabulary.name(known) for known in meant]
    if len(names) == 1:
        return Column(header, names[0], scales.get(letter))
    what = f"{' or '.join(names)}: nothing in the table decides"
    if not names:
        what = f"what it is, or {IGNORE}: " + ("not known" if header else "it has no header")
    notes.setdefault(letter, f"say {what}")
    return Column(header, OPEN)
