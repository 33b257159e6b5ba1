"""The values of one edition, read out of a table as its mapping says: nothing is guessed here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from dti_analysis.cleaning.agreement import count_places
from dti_analysis.cleaning.check_domain import split_remedy
from dti_analysis.cleaning.importing.mapping import OPEN, TableMapping, take_table
from dti_analysis.cleaning.importing.vocabulary import IGNORE, ROLES, UNIT, YEAR
from dti_analysis.cleaning.numbers import (
    YEAR_TEXT,
    Finding,
    find_cells,
    match_rank,
    parse_rank,
    read_numbers,
)
from dti_analysis.cleaning.tables import Grid, raise_faults
from dti_analysis.config import IndexConfig
from dti_analysis.errors import DataError, Fault, UnknownUnitError
from dti_analysis.language import write_number
from dti_analysis.names import list_first, quote, strip_marks
from dti_analysis.panel import OVERALL

if TYPE_CHECKING:
    from dti_analysis.cleaning.importing.book import Book

_BLANKS = frozenset({"", "-", "–", "—", "…", "...", "n/a", "na", "x", "không có", "chưa công bố"})


@dataclass(frozen=True)
class Edition:
    """The values of a table."""

    config: IndexConfig
    mapping: TableMapping
    place: str
    letters: Mapping[str, str]  # of the columns that hold values, by metric
    units: pd.DataFrame  # row (number in the file) and name (without marks of footnotes), by code
    # by code and metric: text with a decimal point, no digit lost, scores on the index's scale
    written: pd.DataFrame
    # by metric of scores: what one unit in the last digit given is worth
    steps: Mapping[str, float]
    marked: int  # marks of footnotes that were left out

    @property
    def numbers(self) -> pd.DataFrame:
        """The values as floats, missing where blank."""
        return self.written.replace("", "nan").astype(float)

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Refuse what is wrong, by row and metric, under the header of its column or its letter."""
        letters = {column.read: at for at, column in self.mapping.columns.items()}
        letters |= self.letters
        faults = []
        for row, role, *told in sorted(findings, key=lambda found: (found[0] or 0, str(found[1]))):
            head = self.mapping.columns[letters[str(role)]].header or letters[str(role)]
            faults.append(Fault(self.place, row, f'"{head}"', *told))
        raise_faults(faults)

    def describe(self, held: Iterable[str]) -> str:
        """Tell which column is what, which rows are units, and what adds up."""
        mapping, rows = self.mapping, self.units["row"]
        basis = f", basis {mapping.basis}" if mapping.basis else ""
        columns = pd.DataFrame(map(vars, mapping.columns.values()), list(mapping.columns))
        columns["header"] = columns["header"].str[:40]
        values = self.numbers.rename(columns=self.letters).agg(["count", "min", "max"]).T
        shown = columns.join(values).to_string(na_rep="", float_format="{:.6g}".format)
        left_out = ", ".join(f"row {row}: {quote(text)}" for row, text in mapping.left_out.items())
        return "\n".join(
            [
                f"{self.place}: edition {mapping.year}{basis}, {len(rows)} rows read, "
                f"{rows.min()} to {rows.max()}",
                shown,
                *([f"Left out: {left_out}."] if left_out else []),
                *([f"Marks of footnotes left out: {self.marked}."] if self.marked else []),
                *(f"Checked: {each}." for each in held),
            ]
        )


def is_blank(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.casefold() in _BLANKS


def label_row(row: Any, named: str) -> str:
    """Give the name in a row or, where it has none, the first words that stand in its place."""
    return str(row[named] or next((cell for cell in row if re.search(r"[^\W\d_]{2}", cell)), ""))


def list_rows(cells: pd.DataFrame, header: int, year_at: str | None, year: int) -> pd.DataFrame:
    """List the rows that hold anything under the last of a header, but those of other years."""
    rows = cells.loc[header + 1 :]
    rows = rows[(rows != "").any(axis=1)]
    years = rows[year_at] if year_at else pd.Series("", rows.index)
    return rows[~years.str.fullmatch(YEAR_TEXT.pattern) | years.str.startswith(f"{year:04d}")]


def read_edition(mapping: TableMapping, grids: Sequence[Grid], book: "Book") -> Edition:
    """Read a table as its mapping says.

    Refused are what is left open, a table other than the mapping says, names that are not known,
    units that are missing or there twice, and cells that are no numbers of their kind.
    """
    letters = _settle_columns(mapping, book)
    grid = take_table(mapping, grids)
    units = _find_units(mapping, grid, book)
    cells = grid.cells.loc[units["row"], list(letters.values())].set_axis(list(letters), axis=1)
    cells = cells.mask(cells.map(is_blank), "")
    marked = grid.marked + int((units["name"] != units["written"]).sum())
    edition = Edition(book.config, mapping, grid.place, letters, units, cells, {}, marked)
    ranks, scores = (cells.filter(regex=f"^{kind}_") for kind in ("rank", "score"))
    most = book.config.max_score or 1.0
    numbers, odd = read_numbers(scores, most, mapping.decimal)
    edition.refuse(_find_blanks(mapping, cells, book))
    edition.refuse([*odd, *_find_odd_ranks(ranks, book.config.is_subset)])
    written, steps = ranks.map(lambda text: f"{parse_rank(text)}" if text else ""), {}
    for metric, values in numbers.items():
        name, texts = str(metric), scores[metric]
        out_of, places = mapping.columns[letters[name]].out_of, count_places(values)
        # Shares are of the whole as they were read.
        limit = most if out_of is None or texts.str.contains("[%/]").any() else out_of
        if out_of is not None:
            expected = f"a score from 0 to {write_number(out_of)}"
            remedy = f"Correct it, or out_of in {mapping.where}."
            edition.refuse(find_cells(texts, (values < 0) | (values > limit), expected, remedy))
        steps[name] = 10.0**-places * most / limit
        # Of points out of 940 more digits would come than were given.
        scaled = (values * most / limit).round(places + 4 * (limit != most))
        written[name] = scaled.map(write_number, na_action="ignore").fillna("")
    table = written[list(letters)].set_axis(units.index).sort_index()
    return replace(edition, written=table, steps=steps)


def _settle_columns(mapping: TableMapping, book: "Book") -> dict[str, str]:
    """Tell the letters of the columns that hold values by metric; refuse what is left open."""
    known = book.vocabulary.metrics
    roles: dict[str, str] = {}
    further = {"weights": mapping.weights, '"conflicts"': "conflicts" in mapping.allow}
    further = {"new_units": mapping.new_units} if book.is_complete else further
    unread = [key for key, told in further.items() if told]
    for letter, column in mapping.columns.items():
        place = f"{mapping.where}: column {letter} ({quote(column.header)})"
        role = column.read if column.read in ROLES else known.get(column.read)
        if role is None:
            what = "is left open" if column.read == OPEN else f"cannot be {quote(column.read)}"
            raise DataError(f"{place} {what}. Say what to read: {', '.join([*ROLES, *known])}.")
        if role in roles and role != IGNORE:
            told = f"is read as {column.read}, like column {roles[role]}. Say ignore for one."
            raise DataError(f"{place} {told}")
        is_scaled = role.startswith("score_") and book.config.max_score is not None
        if column.out_of is None and is_scaled:
            raise DataError(f"{place}: say what its scores are out of, as in out_of = 100.")
        unread += [f"columns.{letter}.out_of"] if column.out_of and not is_scaled else []
        roles[role] = letter
    letters = {role: letter for role, letter in roles.items() if role not in ROLES}
    if unread:
        raise DataError(f"{mapping.where}: nothing reads {list_first(unread)}. Leave it out.")
    if UNIT not in roles or not letters:
        what = "scores or ranks" if UNIT in roles else book.config.units
        raise DataError(f"{mapping.where}: expected a column of {what}, found none.")
    return letters


def _find_units(mapping: TableMapping, grid: Grid, book: "Book") -> pd.DataFrame:
    """Find the unit of each row that is not left out: row, name and how it is written, by code."""
    named, year_at = mapping.find(UNIT) or "", mapping.find(YEAR)
    head, faults = f'"{mapping.columns[named].header}"', []
    rows = list_rows(grid.cells, mapping.header[1], year_at, mapping.year)
    for row, told in mapping.left_out.items():
        label = quote(label_row(rows.loc[row], named)) if row in rows.index else "no such row"
        if label != quote(told):
            known = ", which is left out" if row in rows.index else ""
            problem = f"expected {quote(told)}{known}, found {label}."
            faults.append(Fault(grid.place, row, head, problem, f"Correct {mapping.where}."))
    rows = rows.drop(index=list(mapping.left_out), errors="ignore")
    if year_at:
        is_odd = (rows[year_at] != "") & ~rows[year_at].str.fullmatch(YEAR_TEXT.pattern)
        expected = f"a year such as {mapping.year} in its column"
        odd = find_cells(rows[year_at], is_odd, expected, "Correct it, or leave the row out.")
        faults += [Fault(grid.place, row, head, *why) for row, _, *why in odd]
    found: dict[str, tuple[int, str, str]] = {}
    for at, written in rows[named].items():
        row, name = int(str(at)), strip_marks(written)
        try:
            code = _resolve(mapping, book, name)
            if code in found:
                raise DataError(
                    f"expected each {book.config.unit} once, found {quote(name)} also in row "
                    f"{found[code][0]}. Correct the name, or delete one of the two rows."
                )
            found[code] = row, name, written
        except DataError as error:
            faults.append(Fault(grid.place, row, head, *split_remedy(error)))
    roster = book.rosters[mapping.basis]
    missing = [quote(name) for code, name in roster.items() if code not in found]
    # A unit whose name is not understood is missing, too: that would be said twice.
    if not faults and (not found or (missing and book.is_complete)):
        problem = f"expected all {len(roster)} {book.config.units}, found {len(found)} rows of "
        problem += f"edition {mapping.year}: {list_first(missing)} missing."
        faults.append(Fault(grid.place, None, head, problem, "Add what is missing, or correct it."))
    raise_faults(faults)
    units = pd.DataFrame.from_dict(found, orient="index", columns=["row", "name", "written"])
    return units.rename_axis("code")


def _resolve(mapping: TableMapping, book: "Book", name: str) -> str:
    """Find the code of the unit of a name."""
    if not name:
        raise DataError(
            f"expected the name of a {book.config.unit}, found a blank cell beside values. Fill in "
            "the name, or leave the row out."
        )
    try:
        return book.resolve(name, mapping.basis)
    except UnknownUnitError as error:
        if name in mapping.new_units:
            return name
        told = f" If it is new, list it under new_units in {mapping.where}, else under corrections."
        raise UnknownUnitError(f"{error}{'' if book.is_complete else told}") from error


def _find_blanks(mapping: TableMapping, cells: pd.DataFrame, book: "Book") -> Iterator[Finding]:
    """Blanks where most units have a value: one without a part of its score cannot be proved."""
    for metric, column in cells.items():
        is_needed = book.is_complete and str(metric).endswith(OVERALL)
        if (column != "").mean() > 0.5 and (is_needed or "blanks" not in mapping.allow):
            remedy = "." if is_needed else ', or say allow = ["blanks"] if it was not published.'
            expected = "a value as in the other rows"
            yield from find_cells(column, column == "", expected, f"Fill it in{remedy}")


def _find_odd_ranks(cells: pd.DataFrame, is_subset: bool) -> Iterator[Finding]:
    """Ranks that are none, or beyond the units of the table."""
    expected = "a rank" if is_subset else f"a rank from 1 to {len(cells)}"
    remedy = "Write it like 7, rank 1 being the first."

    def is_right(text: str) -> bool:
        rank, of = match_rank(text) or (0, None)
        is_of_table = 1 <= rank <= len(cells) and of in (None, len(cells))
        return not text or is_of_table or (is_subset and rank > 0)

    for _, column in cells.items():
        yield from find_cells(column, ~column.map(is_right), expected, remedy)
