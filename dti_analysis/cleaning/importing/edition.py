"""The values of one edition, read out of a table as its mapping says: nothing is guessed here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pandas as pd

from dti_analysis.cleaning.check_domain import split_remedy
from dti_analysis.cleaning.importing.book import Book
from dti_analysis.cleaning.importing.mapping import OPEN, TableMapping, find_grid, place_column
from dti_analysis.cleaning.importing.vocabulary import IGNORE, ROLES, UNIT, YEAR
from dti_analysis.cleaning.numbers import parse_rank, parse_score
from dti_analysis.cleaning.tables import Grid, doubt_cell, name_column, raise_faults
from dti_analysis.errors import DataError, Fault, UnknownUnitError
from dti_analysis.names import list_first, quote

PLAIN = re.compile(r"-?[0-9]{1,9}(?:[.,][0-9]{1,20})?")
SHARE = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,20})?\s*(?:%|/\s*[0-9][0-9.,]{0,9})")
"""A score that says what it is out of."""

_MARKS = re.compile(r"(?:\s*(?:\*+|[†‡§¹²³⁴-⁹]|[(\[]\s*(?:[0-9]{1,2}|\*+)\s*[)\]]))+$")
_BLANKS = frozenset({"", "-", "–", "—", "…", "...", "n/a", "na", "x", "không có", "chưa công bố"})
_FIX = "Correct the cell."


@dataclass(frozen=True)
class Edition:
    """The values of a table.

    Parameters
    ----------
    mapping, grid : TableMapping, Grid
        How it was read, and where it lies.
    letters : mapping of str to str
        Letters of the columns that hold values, by metric.
    row_of, names : mapping of str to int or str
        Row of the grid (from 0) and name, without marks of footnotes, by code.
    written : DataFrame
        Indexed by code, one column per metric: values as text with a decimal point and no digit
        lost, the scores on the scale of the index; blank where there is none.
    steps : mapping of str to float
        By metric of scores: what one unit in the last digit given is worth.
    marked : int
        Names that were read without the marks of footnotes.
    """

    mapping: TableMapping
    grid: Grid
    letters: Mapping[str, str]
    row_of: Mapping[str, int]
    names: Mapping[str, str]
    written: pd.DataFrame
    steps: Mapping[str, float] = field(default_factory=dict)
    marked: int = 0

    @property
    def numbers(self) -> pd.DataFrame:
        """The values as floats, missing where blank."""
        return self.written.replace("", "nan").astype(float)

    def fault(self, code: str | None, metric: str, problem: str, remedy: str) -> Fault:
        """Say what is wrong in the row of a unit and the column of a metric."""
        header = self.mapping.columns[self.letters[metric]].header or self.letters[metric]
        return self.grid.fault(None if code is None else self.row_of[code], header, problem, remedy)


def strip_marks(name: str) -> str:
    """Take the marks of footnotes off a name.

    Examples
    --------
    >>> strip_marks("Huế (1)"), strip_marks("Hà Nội*")
    ('Huế', 'Hà Nội')
    """
    return _MARKS.sub("", name).strip()


def is_blank(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.casefold() in _BLANKS


def label_row(row: Sequence[str], named: int) -> str:
    """Give the name in a row or, where it has none, the first words that stand in its place."""
    words = (cell for cell in row if re.search(r"[^\W\d_]{2}", cell))
    return row[named] or next(words, "")


def read_edition(mapping: TableMapping, grids: Sequence[Grid], book: Book) -> Edition:
    """Read a table as its mapping says.

    Raises
    ------
    DataError
        If something is left open, the table is another than the mapping says, a name is not known,
        a unit is missing or there twice, or a cell is no number of its kind.
    """
    letters, grid = _settle_columns(mapping, book), find_grid(mapping, grids)
    row_of, names, marked = _find_units(mapping, grid, book)
    cells = {
        metric: [grid.rows[at][place_column(letter)] for at in row_of.values()]
        for metric, letter in letters.items()
    }
    written = pd.DataFrame(cells, index=pd.Index(row_of, name="code"), dtype="str").sort_index()
    written = written.mask(written.map(is_blank), "")
    edition = Edition(mapping, grid, letters, row_of, names, written, marked=marked)
    raise_faults([*_find_blanks(edition, book), *_find_forms(edition)])
    return _rescale(edition, book)


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
            raise DataError(
                f"{place} is read as {column.read}, like column {roles[role]}. Say ignore for one."
            )
        if column.out_of is None and role.startswith("score_") and book.config.max_score:
            raise DataError(f"{place}: say what its scores are out of, as in out_of = 100.")
        roles[role] = letter
    letters = {role: letter for role, letter in roles.items() if role not in ROLES}
    if UNIT not in roles or not letters:
        what = "scores or ranks" if UNIT in roles else book.config.units
        raise DataError(f"{mapping.where}: expected a column of {what}, found none.")
    return letters


def _find_units(
    mapping: TableMapping, grid: Grid, book: Book
) -> tuple[dict[str, int], dict[str, str], int]:
    """Find the unit of each row that is not left out: rows and names by code, names with marks."""
    named, year_at, unit = mapping.find(UNIT), mapping.find(YEAR), book.config.unit
    assert named is not None
    column = mapping.columns[name_column(named)].header
    unread, marked = dict(mapping.left_out), 0
    row_of: dict[str, int] = {}
    names: dict[str, str] = {}
    faults: list[Fault] = []

    def doubt(at: int, problem: str, remedy: str) -> None:
        faults.append(grid.fault(at, column, problem, remedy))

    for at in range(mapping.header[1] - grid.first_row + 1, len(grid.rows)):
        row = grid.rows[at]
        if not any(row) or (year_at is not None and row[year_at] not in ("", str(mapping.year))):
            continue
        told, label = unread.pop(at + grid.first_row, None), label_row(row, named)
        if told is not None:
            if told != label:
                problem = f"expected {quote(told)}, which is left out, found {quote(label)}."
                doubt(at, problem, f"Correct {mapping.where}.")
            continue
        name = strip_marks(row[named])
        marked += name != row[named]
        if not name:
            problem = f"expected the name of a {unit}, found a blank cell beside values."
            doubt(at, problem, "Fill in the name, or leave the row out.")
            continue
        try:
            code = _resolve(mapping, book, name)
        except DataError as error:
            doubt(at, *split_remedy(error))
            continue
        if code in row_of:
            twin = row_of[code] + grid.first_row
            problem = f"expected each {unit} once, found {quote(name)} also in row {twin}."
            doubt(at, problem, "Correct the name, or delete one of the two rows.")
        row_of[code], names[code] = at, name
    for number, told in unread.items():
        doubt(number - grid.first_row, f"expected {quote(told)}, found no such row.", "Correct it.")
    # A unit whose name is not understood is missing, too: that would be said twice.
    raise_faults(faults)
    known = book.rosters[mapping.basis]
    missing = [quote(name) for code, name in known.items() if code not in row_of]
    if not row_of or (missing and book.is_complete):
        problem = f"expected all {len(known)} {book.config.units}, found {len(row_of)} rows of "
        problem += f"edition {mapping.year}: {list_first(missing)} missing."
        raise_faults([grid.fault(None, column, problem, "Add what is missing, or correct it.")])
    return row_of, names, marked


def _resolve(mapping: TableMapping, book: Book, name: str) -> str:
    try:
        return book.resolve(name, mapping.basis)
    except UnknownUnitError as error:
        if book.is_complete:
            raise
        if name not in mapping.new_units:
            told = f"If it is new, list it under new_units in {mapping.where}"
            raise UnknownUnitError(f"{error} {told}, else under corrections.") from error
        return name


def _find_blanks(edition: Edition, book: Book) -> Iterator[Fault]:
    """Blanks where most units have a value: one without a part of its score cannot be proved."""
    for metric, cells in edition.written.items():
        is_needed = book.is_complete and str(metric).endswith("overall")
        if (cells != "").mean() > 0.5 and (is_needed or "blanks" not in edition.mapping.allow):
            remedy = "." if is_needed else ', or say allow = ["blanks"] if it was not published.'
            for code in cells.index[cells == ""]:
                problem = "expected a value as in the other rows, found a blank cell."
                yield edition.fault(str(code), str(metric), problem, f"Fill it in{remedy}")


def _find_forms(edition: Edition) -> Iterator[Fault]:
    """Cells that are no numbers of their kind, or have another decimal sign."""
    for metric, cells in edition.written.items():
        filled = cells[cells != ""]
        is_said = len(filled) > 0 and all(SHARE.fullmatch(text) for text in filled)
        for code, text in filled.items():
            if doubt := doubt_cell(text):
                yield edition.fault(str(code), str(metric), *doubt)
            elif str(metric).startswith("rank_"):
                try:
                    if parse_rank(text) > len(cells):
                        raise DataError(f'"{text}" is not a rank: expected 1 to {len(cells)}.')
                except DataError as error:
                    yield edition.fault(str(code), str(metric), str(error), _FIX)
            elif not (is_said or PLAIN.fullmatch(text)):
                problem = f"expected a score like the others, found {quote(text)}."
                yield edition.fault(str(code), str(metric), problem, _FIX)
            elif not set(text.partition("/")[0]) & {",", "."} <= {edition.mapping.decimal}:
                usual = {",": "a decimal comma", ".": "a decimal point", "": "no decimals"}
                problem = f"expected {usual[edition.mapping.decimal]} as in the other scores, found"
                remedy = "Write all with the same sign."
                yield edition.fault(str(code), str(metric), f"{problem} {quote(text)}.", remedy)


def _rescale(edition: Edition, book: Book) -> Edition:
    """Write the values plainly, the scores on the scale of the index."""
    most = None if book.config.max_score is None else Decimal(str(book.config.max_score))
    written, steps, faults = {}, {}, []
    for name, cells in edition.written.items():
        metric, filled = str(name), cells[cells != ""]
        if metric.startswith("rank_"):
            exact = {str(code): Decimal(parse_rank(text)) for code, text in filled.items()}
        else:
            out_of = edition.mapping.columns[edition.letters[metric]].out_of
            exact, steps[metric] = _read_scores(filled, out_of, most)
            for code, score in exact.items():
                if most is not None and not 0 <= score <= most:
                    problem = f"expected a score from 0 to {out_of}, found {quote(filled[code])}."
                    remedy = f"Correct the cell, or out_of in {edition.mapping.where}."
                    faults.append(edition.fault(str(code), metric, problem, remedy))
        texts = {code: f"{value.normalize():f}" for code, value in exact.items()}
        written[metric] = pd.Series(texts, dtype="str").reindex(cells.index).fillna("")
    raise_faults(faults)
    return replace(edition, written=pd.DataFrame(written), steps=steps)


def _read_scores(
    cells: "pd.Series[str]", out_of: Decimal | None, most: Decimal | None
) -> tuple[dict[str, Decimal], float]:
    """Read scores on the scale of the index, and what one unit in their last digit is worth."""
    is_said = any(SHARE.fullmatch(text) for text in cells)
    own = {
        str(code): Decimal(str(parse_score(text)) if is_said else text.replace(",", "."))
        for code, text in cells.items()
    }
    out_of = Decimal(1) if is_said else out_of or most or Decimal(1)
    factor = (most or Decimal(1)) / out_of
    places = max((-int(score.as_tuple().exponent) for score in own.values()), default=0)
    step = float(Decimal(1).scaleb(-places) * factor)
    if factor != 1:
        # Of points out of 940 more digits would come than were given.
        last = Decimal(1).scaleb(-places - len(str(out_of)) - 1)
        own = {code: (score * factor).quantize(last) for code, score in own.items()}
    return own, step
