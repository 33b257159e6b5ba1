"""The values of one edition, read out of a table as its mapping says: nothing is guessed here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import pandas as pd

from dti_analysis.cleaning.check_domain import split_remedy
from dti_analysis.cleaning.importing.book import Book
from dti_analysis.cleaning.importing.mapping import OPEN, TableMapping, find_grid
from dti_analysis.cleaning.importing.vocabulary import IGNORE, ROLES, UNIT, YEAR
from dti_analysis.cleaning.numbers import (
    YEAR_TEXT,
    Finding,
    match_rank,
    parse_rank,
    read_numbers,
    tell_cell,
    tell_rank,
)
from dti_analysis.cleaning.tables import Grid, place_column, raise_faults
from dti_analysis.errors import DataError, Fault, UnknownUnitError
from dti_analysis.names import list_first, quote, strip_marks

_BLANKS = frozenset({"", "-", "–", "—", "…", "...", "n/a", "na", "x", "không có", "chưa công bố"})


@dataclass(frozen=True)
class Edition:
    """The values of a table."""

    mapping: TableMapping
    grid: Grid
    letters: Mapping[str, str]  # of the columns that hold values, by metric
    units: pd.DataFrame  # row (number in the file) and name (without marks of footnotes), by code
    # by code and metric: text with a decimal point, no digit lost, scores on the index's scale
    written: pd.DataFrame
    # by metric of scores: what one unit in the last digit given is worth
    steps: Mapping[str, float]
    marked: int  # marks of footnotes that were left out

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """The values as floats, missing where blank."""
        return self.written.replace("", "nan").astype(float)

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Refuse what is wrong, by row and metric."""
        raise_faults(
            [
                Fault(self.grid.place, row, f'"{self.head(str(metric))}"', problem, remedy)
                for row, metric, problem, remedy in sorted(findings)
            ]
        )

    def head(self, metric: str) -> str:
        """Give the header of the column of a metric, or its letter."""
        return self.mapping.columns[self.letters[metric]].header or self.letters[metric]

    def fault(self, code: str | None, metric: str, problem: str, remedy: str) -> Fault:
        """Say what is wrong in the row of a unit and the column of a metric."""
        row = None if code is None else int(self.units["row"][code])
        return Fault(self.grid.place, row, f'"{self.head(metric)}"', problem, remedy)


def is_blank(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.casefold() in _BLANKS


def is_other(text: str, year: int) -> bool:
    """Whether what stands in a column of years is another year, and not a fault or a note."""
    return YEAR_TEXT.fullmatch(text) is not None and int(text[:4]) != year


def label_row(row: Sequence[str], named: int) -> str:
    """Give the name in a row or, where it has none, the first words that stand in its place."""
    words = (cell for cell in row if re.search(r"[^\W\d_]{2}", cell))
    return row[named] or next(words, "")


def read_edition(mapping: TableMapping, grids: Sequence[Grid], book: Book) -> Edition:
    """Read a table as its mapping says.

    Refused are what is left open, a table other than the mapping says, names that are not known,
    units that are missing or there twice, and cells that are no numbers of their kind.
    """
    letters, grid = _settle_columns(mapping, book), find_grid(mapping, grids)
    units, marked = _find_units(mapping, grid, book)
    cells = pd.DataFrame(
        {
            metric: [grid.rows[row - 1][place_column(at)] for row in units["row"]]
            for metric, at in letters.items()
        },
        index=units["row"],
        dtype="str",
    )
    cells = cells.mask(cells.map(is_blank), "")
    ranks = [metric for metric in letters if metric.startswith("rank_")]
    scores = cells.drop(columns=ranks)
    numbers, odd = read_numbers(scores, book.config.max_score, mapping.decimal)
    edition = Edition(mapping, grid, letters, units, cells, {}, marked + grid.marked)
    edition.refuse(_find_blanks(mapping, cells, book))
    edition.refuse([*odd, *_find_odd_ranks(cells[ranks], book.config.is_subset)])
    written, steps = {}, {}
    for metric, letter in letters.items():
        if metric in ranks:
            written[metric] = cells[metric].map(lambda text: f"{parse_rank(text)}" if text else "")
        else:
            most, out_of = Decimal(str(book.config.max_score or 1)), mapping.columns[letter].out_of
            factor = most / (out_of or most)
            written[metric], steps[metric] = _rescale(cells[metric], numbers[metric], factor)
            if out_of is not None:
                edition.refuse(_find_beyond(cells[metric], written[metric], mapping, out_of, most))
    table = pd.DataFrame(written).set_axis(units.index).sort_index()
    return replace(edition, written=table, steps=steps)


def _settle_columns(mapping: TableMapping, book: Book) -> dict[str, str]:
    """Tell the letters of the columns that hold values by metric; refuse what is left open."""
    known = book.vocabulary.metrics
    roles: dict[str, str] = {}
    for letter, column in mapping.columns.items():
        place = f"{mapping.where}: column {letter} ({quote(column.header)})"
        role = column.read if column.read in ROLES else known.get(column.read)
        if role is None:
            what = "is left open" if column.read == OPEN else f"cannot be {quote(column.read)}"
            raise DataError(f"{place} {what}. Say what to read: {', '.join([*ROLES, *known])}.")
        if role in roles and role != IGNORE:
            told = f"is read as {column.read}, like column {roles[role]}. Say ignore for one."
            raise DataError(f"{place} {told}")
        if column.out_of is None and role.startswith("score_") and book.config.max_score:
            raise DataError(f"{place}: say what its scores are out of, as in out_of = 100.")
        roles[role] = letter
    letters = {role: letter for role, letter in roles.items() if role not in ROLES}
    is_scaled = {letters[role] for role in letters if role[0] == "s" and book.config.max_score}
    unread = [f"columns.{at}.out_of" for at, c in mapping.columns.items() if c.out_of]
    unread = [key for key in unread if key.split(".")[1] not in is_scaled]
    unread += ["new_units"] if mapping.new_units and book.is_complete else []
    if not book.is_complete:
        unread += ["weights"] if mapping.weights else []
        unread += ['"conflicts"'] if "conflicts" in mapping.allow else []
    if unread:
        raise DataError(f"{mapping.where}: nothing reads {list_first(unread)}. Leave it out.")
    if UNIT not in roles or not letters:
        what = "scores or ranks" if UNIT in roles else book.config.units
        raise DataError(f"{mapping.where}: expected a column of {what}, found none.")
    return letters


def _find_units(mapping: TableMapping, grid: Grid, book: Book) -> tuple[pd.DataFrame, int]:
    """Find the unit of each row that is not left out, and count the names with marks."""
    named, year_at, unit = mapping.find(UNIT) or 0, mapping.find(YEAR), book.config.unit
    header = next(column.header for column in mapping.columns.values() if column.read == UNIT)
    left_out, marked = dict(mapping.left_out), 0
    rows: dict[str, int] = {}
    names: dict[str, str] = {}
    faults: list[Fault] = []

    def doubt(row: int | None, problem: str, remedy: str) -> None:
        faults.append(Fault(grid.place, row, f'"{header}"', problem, remedy))

    for number, cells in enumerate(grid.rows, start=1):
        edition = "" if year_at is None else cells[year_at]
        if number <= mapping.header[1] or not any(cells) or is_other(edition, mapping.year):
            continue
        label, told = label_row(cells, named), left_out.pop(number, None)
        name = strip_marks(cells[named])
        if told is not None:
            if told != label:
                problem = f"expected {quote(told)}, which is left out, found {quote(label)}."
                doubt(number, problem, f"Correct {mapping.where}.")
            continue
        if edition and not YEAR_TEXT.fullmatch(edition):
            expected = f"a year such as {mapping.year} in its column"
            doubt(number, *tell_cell(edition, expected, "Correct it, or leave the row out."))
            continue
        if not name:
            problem = f"expected the name of a {unit}, found a blank cell beside values."
            doubt(number, problem, "Fill in the name, or leave the row out.")
            continue
        marked += name != cells[named]
        try:
            code = _resolve(mapping, book, name)
        except DataError as error:
            doubt(number, *split_remedy(error))
            continue
        if code in rows:
            problem = f"expected each {unit} once, found {quote(name)} also in row {rows[code]}."
            doubt(number, problem, "Correct the name, or delete one of the two rows.")
        rows[code], names[code] = number, name
    for number, told in left_out.items():
        doubt(number, f"expected {quote(told)}, found no such row.", f"Correct {mapping.where}.")
    known = book.rosters[mapping.basis]
    missing = [quote(name) for code, name in known.items() if code not in rows]
    # A unit whose name is not understood is missing, too: that would be said twice.
    if not faults and (not rows or (missing and book.is_complete)):
        problem = f"expected all {len(known)} {book.config.units}, found {len(rows)} rows of "
        problem += f"edition {mapping.year}: {list_first(missing)} missing."
        doubt(None, problem, "Add what is missing, or correct it.")
    raise_faults(faults)
    index = pd.Index(rows, name="code")
    return pd.DataFrame({"row": list(rows.values()), "name": list(names.values())}, index), marked


def _resolve(mapping: TableMapping, book: Book, name: str) -> str:
    try:
        return book.resolve(name, mapping.basis)
    except UnknownUnitError as error:
        if book.is_complete:
            raise
        if name in mapping.new_units:
            return name
        told = f"If it is new, list it under new_units in {mapping.where}, else under corrections."
        raise UnknownUnitError(f"{error} {told}") from error


def _find_blanks(mapping: TableMapping, cells: pd.DataFrame, book: Book) -> Iterator[Finding]:
    """Blanks where most units have a value: one without a part of its score cannot be proved."""
    problem = "expected a value as in the other rows, found a blank cell."
    for metric, column in cells.items():
        is_needed = book.is_complete and str(metric).endswith("overall")
        if (column != "").mean() > 0.5 and (is_needed or "blanks" not in mapping.allow):
            remedy = "." if is_needed else ', or say allow = ["blanks"] if it was not published.'
            for row in column.index[column == ""]:
                yield row, str(metric), problem, f"Fill it in{remedy}"


def _find_odd_ranks(cells: pd.DataFrame, is_subset: bool) -> Iterator[Finding]:
    """Ranks that are none, or beyond the units of the table."""
    for metric, column in cells.items():
        for row, text in column[column != ""].items():
            match = match_rank(text)
            if match is None:
                yield int(str(row)), str(metric), *tell_rank(text)
            elif not is_subset and (match[0] > len(cells) or match[1] not in (None, len(cells))):
                problem = f"{quote(text)} is not a rank: expected 1 to {len(cells)}."
                yield int(str(row)), str(metric), problem, "Correct it."


def _rescale(
    cells: "pd.Series[str]", numbers: "pd.Series[float]", factor: Decimal
) -> tuple["pd.Series[str]", float]:
    """Write scores on the scale of the index; tell what one unit in their last digit is worth."""
    if cells.str.contains("[%/]").any():
        factor = Decimal(1)  # shares are of the whole as they were read
    exact = numbers.dropna().map(lambda number: Decimal(repr(number)).normalize())
    places = max((-int(score.as_tuple().exponent) for score in exact), default=0)
    places = max(places, 0)
    # Of points out of 940 more digits would come than were given.
    last = Decimal(1).scaleb(-places - (0 if factor == 1 else 4))
    texts = exact.map(lambda score: f"{(score * factor).quantize(last).normalize():f}")
    return texts.reindex(cells.index).fillna(""), float(Decimal(1).scaleb(-places) * factor)


def _find_beyond(
    cells: "pd.Series[str]",
    written: "pd.Series[str]",
    mapping: TableMapping,
    out_of: Decimal,
    most: Decimal,
) -> Iterator[Finding]:
    """Scores beyond the scale that they are said to be on."""
    for row, text in written[written != ""].items():
        if not 0 <= Decimal(text) <= most:
            problem = f"expected a score from 0 to {out_of}, found {quote(cells[int(str(row))])}."
            remedy = f"Correct it, or out_of in {mapping.where}."
            yield int(str(row)), str(cells.name), problem, remedy
