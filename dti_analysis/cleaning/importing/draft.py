"""A mapping drafted: where the table lies, what its columns and rows seem to be. It may guess.

What it cannot tell is left open in the draft, with a note that begins with "say".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from dti_analysis.cleaning.dti import PILLARS, SHARED_INDICES, components_of
from dti_analysis.cleaning.importing import vocabulary as words
from dti_analysis.cleaning.importing.book import Book, FactsBook
from dti_analysis.cleaning.importing.edition import is_blank, label_row, list_rows
from dti_analysis.cleaning.importing.mapping import OPEN, Column, TableMapping
from dti_analysis.cleaning.numbers import find_cells, is_uncomputed, read_numbers
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
class Draft:
    """A table in a grid: the rows of its header and of its units, and what its columns seem."""

    book: Book
    year: int
    basis: str
    grid: Grid
    cells: pd.DataFrame
    known: tuple[float, int]  # how much of the basis it names, and how many
    named: str  # column of the units
    header: tuple[int, int]
    headers: Mapping[str, tuple[str, ...]]
    meanings: Mapping[str, tuple[str, ...]]
    units: pd.DataFrame = field(default_factory=pd.DataFrame)  # cells of their rows
    left_out: Mapping[int, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, str]:
        """Metrics by the letter of their column."""
        told = {at: meant[0] for at, meant in self.meanings.items() if len(meant) == 1}
        return {at: role for at, role in told.items() if role.startswith(("rank_", "score_"))}

    @property
    def scores(self) -> pd.DataFrame:
        """The cells with scores, blank where there is none, by the letter of their column."""
        cells = self.units[[at for at, metric in self.metrics.items() if metric[0] == "s"]]
        return cells.mask(cells.map(is_blank), "")

    def decide(self, told: Mapping[str, tuple[str, str]]) -> "Draft":
        """Decide what some columns are, and note why."""
        meanings = {at: (role,) for at, (role, _) in told.items()}
        notes = {at: note for at, (_, note) in told.items()}
        return replace(self, meanings={**self.meanings, **meanings}, notes={**self.notes, **notes})


def draft_mapping(
    file: Path, draft: Draft, source: Mapping[str, str], like: int | None = None
) -> TableMapping:
    """Draft how the table of a file is read, with notes on its columns, rows and keys.

    In the edition `like` components count the same.
    """
    draft = _sort_rows(draft)
    draft = draft.decide(_choose_halves(draft))
    draft = draft.decide(_doubt_scores(draft))
    points = draft.cells.loc[[r for r in draft.left_out if draft.notes[str(r)] == "points"]]
    stated = {
        role: words.find_stated_points(draft.headers[at]) or "".join(points[at][:1])
        for at, role in draft.metrics.items()
    }
    book = draft.book
    weights = book.find_weights(stated, draft.year, like) if isinstance(book, FactsBook) else {}
    scales, doubts = _find_scales(draft, weights if like is None else {})
    columns = {at: _draft_column(draft, at, scales.get(at)) for at in draft.headers}
    notes = {at: note for at, (_, note) in columns.items()} | {**draft.notes, **doubts}
    new, notes["new_units"] = ([], "") if book.is_complete else _list_new(draft)
    title = draft.cells.loc[: draft.header[0] - 1].to_numpy().ravel()
    years = sorted(set(re.findall(r"\b20[0-9]{2}\b", " ".join(title))))
    if years and str(draft.year) not in years:
        notes["year"] = f"look again: the title names {', '.join(years)}"
    texts = "".join(re.sub("/.*", "", cell) for cell in draft.scores.to_numpy().ravel())
    of_like = f"taken to be as in edition {like}" if like else "stated in the table"
    return TableMapping(
        file=file.name,
        sha256=hash_content(file.read_bytes()),
        year=draft.year,
        basis=draft.basis,
        part=draft.grid.part,
        header=draft.header,
        decimal=max(",.", key=texts.count) if set(",.") & set(texts) else "",
        columns={at: column for at, (column, _) in columns.items()},
        source=source,
        left_out=draft.left_out,
        new_units=new,
        weights=weights,
        weights_from=of_like if weights else "",
        notes={key: note for key, note in notes.items() if note},
    )


def find_table(
    file: Path, grids: Sequence[Grid], book: Book, basis: str | None, year: int, part: str | None
) -> Draft:
    """Find the table of an edition among all that a file holds: the one that names the most units.

    `part` says which where several would do; without a `basis` it is that whose units are named.
    A file that holds no table of units, or several, is refused.
    """
    shown, units = show_path(file), book.config.units
    wanted = [g for g in grids if part in (None, g.part, g.part.partition(" ")[2].strip('"'))]
    if not wanted:
        there = ", ".join(grid.part or "one table" for grid in grids)
        raise DataError(f'--table "{part}": {shown} has {there}.')
    pairs = product(wanted, [basis] if basis else book.rosters)
    found = [draft for grid, name in pairs if (draft := _read_table(grid, book, name, year))]
    if not found:
        there = ", ".join(grid.part for grid in wanted[:5] if grid.part)
        raise DataError(
            f"{shown}: expected a table with a column of {units}, under a header and beside "
            f"others, found none{f' in {there}' if there else ''}. Give the file with the table."
        )
    most = max(draft.known for draft in found)
    best = [draft for draft in found if draft.known == most]
    parts, bases = {draft.grid.part for draft in best}, {draft.basis for draft in best}
    for option, several in (("--table", sorted(parts)), ("--basis", sorted(bases))):
        if len(several) > 1:
            problem = f"expected one table of the {units}, found {', '.join(several)}"
            raise DataError(f"{shown}: {problem}. Say which: {option} '{several[0]}'.")
    # Of one text parted by several signs.
    return max(best, key=lambda draft: len(draft.headers))


def _read_table(grid: Grid, book: Book, basis: str, year: int) -> Draft | None:
    """Find the table in a grid by the column that names the most units of a basis."""
    cells = grid.cells
    known = cells.map(lambda cell: book.knows(strip_marks(cell), basis))
    counts = cells.where(known).nunique()
    named, count = str(counts.idxmax()), int(counts.max())
    header = _find_header(cells, book, named, int(str(known[named].idxmax()))) if count else None
    headers = grid.read_headers(*header) if header else {}
    if header is None or len(headers) < 2:
        return None
    meanings = {letter: book.vocabulary.understand(t, year) for letter, t in headers.items()}
    meanings[named] = (words.UNIT,)
    share = count / len(book.rosters[basis]), count
    return Draft(book, year, basis, grid, cells, share, named, header, headers, meanings)


def _find_header(cells: pd.DataFrame, book: Book, named: str, first: int) -> tuple[int, int] | None:
    """Find the first and last row of the header over the column of units, above the first."""
    last = next((at for at in range(first - 1, 0, -1) if _may_head(cells.loc[at], named)), None)
    if last is None:
        return None
    begin = last
    while begin > 1 and cells[named].loc[begin - 1] == cells[named].loc[last]:
        begin -= 1  # merged
    if begin > 1 and _is_group_row(cells.loc[begin - 1], book, named):
        begin -= 1
    for below in range(last + 1, min(first, begin + _MOST_HEADER_ROWS)):
        row = cells.loc[below]
        if row[named] or not any(row) or any(map(_NUMBER.fullmatch, row)):
            break
        last = below
    return begin, last


def _may_head(row: Any, named: str) -> bool:
    """Whether a row may be of a header: it names the column, has others, and no numbers."""
    has_names = row[named] and set(row) - {"", row[named]} and not words.find_kind(row[named])
    return bool(has_names) and not any(
        _NUMBER.fullmatch(cell) or _NUMBERING.fullmatch(cell) for cell in row
    )


def _is_group_row(row: Any, book: Book, named: str) -> bool:
    """Whether a row above the header groups its columns, and is no title over all of them."""
    texts = set(row[named:].iloc[1:]) - {""}
    return not row[named] and any(
        book.vocabulary.understand([text]) or words.fold_words(text) in _HALVES for text in texts
    )


def _sort_rows(draft: Draft) -> Draft:
    """Find the rows of units, and the others with how they begin; refuse what was not computed."""
    year_at = next((at for at, meant in draft.meanings.items() if meant == (words.YEAR,)), None)
    rows = list_rows(draft.cells, draft.header[1], year_at, draft.year)
    left_out, notes, place = {}, {}, draft.grid.place
    for row, cells in rows.iterrows():
        label = label_row(cells, draft.named)
        reason = _classify(draft, cells, label)
        if reason and not draft.book.knows(strip_marks(label), draft.basis):
            left_out[int(str(row))], notes[str(row)] = label, reason
    units = rows.drop(index=list(left_out))
    if units.empty:
        raise DataError(
            f"{place}: expected rows of edition {draft.year}, found those of others alone. "
            "Correct --year, or the column of years."
        )
    for at in (*draft.metrics, *([draft.named] if draft.grid.is_merged else [])):
        head, odd = " / ".join(draft.headers[at]), units[at].map(is_uncomputed)
        found = find_cells(units[at], odd, "a value", "")
        raise_faults([Fault(place, row, f'"{head}"', *told) for row, _, *told in found])
    return replace(draft, units=units, left_out=left_out, notes=notes)


def _classify(draft: Draft, row: Any, label: str) -> str:
    """Say why a row is no unit; blank if it may be one."""
    first, last = draft.header
    filled = list(filter(None, row))
    if tuple(row) in draft.grid.rows[first - 1 : last]:
        return "header again"
    if len(filled) > 1 and all(map(_NUMBERING.fullmatch, filled)):
        return "numbers of the columns"
    if kind := words.find_kind(label, draft.book.regions):
        return kind
    beside = (cell for cell in row[draft.named :].iloc[1:] if not is_blank(cell))
    return "" if any(map(_VALUE.fullmatch, beside)) else "no values: a note or a group"


def _list_new(draft: Draft) -> tuple[list[str], str]:
    """List the names that an index has not had before, and note those that look like others."""
    names = filter(None, map(strip_marks, draft.units[draft.named].unique()))
    new = [name for name in names if not draft.book.knows(name, draft.basis)]
    known = draft.book.rosters[draft.basis].values()
    close = {name: like for name in new for like in find_close(name, known, 1)}
    told = "; ".join(f"{quote(name)} looks like {quote(like)}" for name, like in close.items())
    note = f"say which of these are new, or correct them: {told}" if close else ""
    return [name for name in new if name not in close], note


def _choose_halves(draft: Draft) -> dict[str, tuple[str, str]]:
    """Decide between pillar and activity index where headers such as "Kinh tế số" leave it open.

    In 2020 there were pillars alone. Later, a column is the pillar if another is the activity
    index, and the other way round; and beside all other main indices it is that of the activity.
    """
    taken, roles = set(draft.metrics.values()), {}
    is_old = components_of(draft.year) == PILLARS
    is_full = {f"score_{index}" for index in SHARED_INDICES} <= taken
    for letter, choices in draft.meanings.items():
        if len(choices) > 1 and (is_old or choices[1] in taken):
            roles[letter] = choices[0], "look again, it may be the activity"
        elif len(choices) > 1 and (is_full or choices[0] in taken):
            roles[letter] = choices[1], "look again, it may be the pillar"
    return roles


def _doubt_scores(draft: Draft) -> dict[str, tuple[str, str]]:
    """Leave open the scores that are whole numbers from 1, no more than there are units."""
    doubtful, best = {}, read_numbers(draft.scores)[0].max()
    for letter, cells in draft.scores.items():
        at = str(letter)
        is_whole = cells.str.fullmatch("[0-9]{1,3}|").all() and cells.isin(["1", "01"]).any()
        if is_whole and 1 < best[at] <= len(draft.units):
            index, most = draft.metrics[at].partition("_")[2], f"{best[at]:.0f}"
            why = f"say rank_{index} or score_{index}: whole numbers from 1 to {most}"
            doubtful[at] = OPEN, why
    return doubtful


def _find_scales(
    draft: Draft, weights: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, str]]:
    """Find what the scores of each column are out of; note where it is not clear."""
    most, roles, notes = draft.book.config.max_score, draft.metrics, dict[str, str]()
    if most is None:
        return {}, {}
    # Scores that say what they are out of are shares.
    best = {str(at): score for at, score in read_numbers(draft.scores)[0].max().fillna(0).items()}
    fitting = {at: [s for s in (*SCALES, most) if score <= s] for at, score in best.items()}
    found = {letter: float(min(scales)) for letter, scales in fitting.items() if scales}
    earned = {f"score_{name}": weight for name, weight in weights.items()}
    earned["score_overall"] = sum(weights.values())
    if len(set(found.values())) > 1 and all(best[at] <= earned.get(roles[at], 0) for at in best):
        return {letter: earned[roles[letter]] for letter in best}, {}
    usual = max(found.values(), key=list(found.values()).count, default=most)
    for letter, score in best.items():
        if found.get(letter) != usual:
            what = f"those of other columns out of {write_number(usual)}"
        elif score < _LOWEST_BEST * usual and (most == 1 or usual != most):
            what = f"a small part of {write_number(usual)}"
        else:
            continue
        notes[letter] = f"say out_of: its scores are {write_number(score)} at most, {what}"
    return {letter: scale for letter, scale in found.items() if letter not in notes}, notes


def _draft_column(draft: Draft, letter: str, scale: float | None) -> tuple[Column, str]:
    """Say what a column is and, where that is left open, what is to be said of it."""
    header, names = " / ".join(draft.headers[letter]), draft.meanings[letter]
    names = tuple(map(draft.book.vocabulary.name, names))
    if len(names) == 1:
        return Column(header, names[0], scale), ""
    what = f"{' or '.join(names)}: nothing in the table decides"
    if not names:
        what = f"what it is, or {words.IGNORE}: " + ("not known" if header else "it has no header")
    return Column(header, OPEN), f"say {what}"
