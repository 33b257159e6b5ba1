"""The rows of a table: which are provinces, which are not and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import pandas as pd

from dti_analysis.cleaning.check_domain import split_remedy
from dti_analysis.cleaning.dti import BASES, REGIONS
from dti_analysis.cleaning.gazetteer import Gazetteer, Province
from dti_analysis.cleaning.importing.layout import Layout
from dti_analysis.cleaning.importing.words import PROVINCE, YEAR, fold_words
from dti_analysis.cleaning.tables import Grid, raise_faults
from dti_analysis.errors import DataError, Fault, FaultyDataError

_TOTALS = re.compile(
    r"(tong|tong cong|tong so|trung binh|binh quan|ca nuoc|toan quoc|average|mean|total|national"
    r"|cao nhat|thap nhat|trung vi|median|max|min|maximum|minimum|whole country|country"
    r"|viet nam|vietnam|do lech chuan)\b.*"
)
_REGIONS = frozenset(map(fold_words, REGIONS))
_MOST_POINTS = re.compile(
    r"(diem toi da|thang diem|so diem toi da|diem chuan|maximum points|max points|points|maximum"
    r" score|max score|diem)"
)
_NUMBERING = re.compile(r"[(\[]?\s*(?:[0-9]{1,2}|[A-Za-z]|[IVX]+)\s*[)\]]?(?:\s*=.*)?")
_MARKS = re.compile(r"(?:\s*(?:\*+|[†‡§¹²³⁴-⁹]|[(\[]\s*(?:[0-9]{1,2}|\*+)\s*[)\]]))+$")
_VALUE = re.compile(r"\D{0,9}[0-9][0-9.,]*\s*(?:%|/\s*[0-9.,]+)?")
_BLANKS = frozenset({"", "-", "–", "—", "…", "...", "n/a", "na", "x", "không có", "chưa công bố"})


@dataclass(frozen=True)
class Rows:
    """What the rows of a table are.

    Parameters
    ----------
    cells : DataFrame
        Indexed by code, one column per metric, as written; blank where nothing is.
    row_of : dict of str to int
        Row of the grid (from 0) by code.
    left_out : tuple of (int, str, str)
        Row of the grid, its label, and why it is no province.
    points : dict of str to str
        Points by metric, where a row of the table states them.
    """

    cells: pd.DataFrame
    row_of: dict[str, int]
    left_out: tuple[tuple[int, str, str], ...]
    points: dict[str, str] = field(default_factory=dict)


def count_provinces(layout: Layout, gazetteer: Gazetteer, basis: int) -> int:
    """Count the different provinces of a basis that a table names."""
    position = layout.position_of(PROVINCE)
    found = set()
    for row in layout.grid.rows[layout.first_data :]:
        try:
            found.add(gazetteer.resolve(strip_marks(row[position or 0]), basis).code)
        except DataError:
            continue
    return len(found)


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


def read_rows(layout: Layout, gazetteer: Gazetteer, basis: int, year: int) -> Rows:
    """Find the province of each row.

    Parameters
    ----------
    layout : Layout
        The table; every column has a role.
    gazetteer : Gazetteer
        Resolves names.
    basis, year : int
        The edition; with a column of years, rows of others are left out.

    Raises
    ------
    FaultyDataError
        If a name is not known or ambiguous, or a province is missing or there twice.
    """
    grid = layout.grid
    named, year_at = layout.position_of(PROVINCE), layout.position_of(YEAR)
    metrics = layout.metrics
    header = {tuple(grid.rows[at]) for at in range(layout.first_header, layout.first_data)}
    entries: list[tuple[int, Province]] = []
    left_out: list[tuple[int, str, str]] = []
    points: dict[str, str] = {}
    faults: list[Fault] = []
    assert named is not None
    column = next(c.name for c in layout.columns if c.position == named)
    for at in range(layout.first_data, len(grid.rows)):
        row = grid.rows[at]
        values = {c.role: row[c.position] for c in metrics if not is_blank(row[c.position])}
        label = _label(row, named, [c.position for c in metrics])
        reason = _classify(row, label, values, header)
        if reason is None and year_at is not None and row[year_at] not in ("", str(year)):
            reason = f"edition {row[year_at]}"
        if reason == "points":
            points = values
        if reason is not None:
            left_out += [(at, label, reason)] if any(row) else []
            continue
        if not label:
            problem = "expected the name of a province, found a blank cell beside values."
            faults.append(grid.fault(at, column, problem, "Fill in the name, or delete the row."))
            continue
        try:
            entries.append((at, gazetteer.resolve(strip_marks(label), basis)))
        except DataError as error:
            faults.append(grid.fault(at, column, *split_remedy(error)))
    _require_edition(layout, gazetteer, basis, year, entries, left_out)
    # A province whose name is not understood is missing, too: that would be said twice.
    faults = faults or _find_gaps(grid, column, entries, gazetteer, basis)
    raise_faults(faults)
    cells = pd.DataFrame(
        [[_cell(grid.rows[at][c.position]) for c in metrics] for at, _ in entries],
        index=pd.Index([province.code for _, province in entries], name="code"),
        columns=[c.role for c in metrics],
    ).sort_index()
    return Rows(cells, {p.code: at for at, p in entries}, tuple(left_out), points)


def _cell(text: str) -> str:
    return "" if is_blank(text) else text


def _label(row: Sequence[str], named: int, metrics: Sequence[int]) -> str:
    """Give the name in a row or, where it has none, the text that stands in its place."""
    if row[named]:
        return row[named]
    others = [cell for at, cell in enumerate(row) if at not in metrics and cell]
    words = [cell for cell in others if re.search(r"[^\W\d_]{2}", cell)]
    return words[0] if words else ""


def _classify(
    row: Sequence[str],
    label: str,
    values: dict[str, str],
    header: set[tuple[str, ...]],
) -> str | None:
    """Say why a row is no province; None if it may be one."""
    folded = fold_words(label)
    if not any(row):
        return "blank"
    if tuple(row) in header:
        return "header again"
    filled = [cell for cell in row if cell]
    if len(filled) > 1 and all(_NUMBERING.fullmatch(cell) for cell in filled):
        return "numbers of the columns"
    if _MOST_POINTS.fullmatch(folded):
        return "points"
    if _TOTALS.fullmatch(folded) or folded in _REGIONS:
        return "total or average"
    if any(_VALUE.fullmatch(value) for value in values.values()):
        return None
    return "no values: a note or a group"


def _require_edition(
    layout: Layout,
    gazetteer: Gazetteer,
    basis: int,
    year: int,
    entries: Sequence[tuple[int, Province]],
    left_out: Sequence[tuple[int, str, str]],
) -> None:
    """Refuse a table of the other basis, or of other years, in one sentence."""
    editions = sorted({why.split()[1] for _, _, why in left_out if why.startswith("edition ")})
    if editions and not entries:
        problem = f"expected rows of edition {year}, found only {', '.join(editions)}."
        _refuse(layout.grid, problem, "Say the --year of the table.")
    here = count_provinces(layout, gazetteer, basis)
    for other in BASES:
        there = count_provinces(layout, gazetteer, other)
        if other != basis and there == other and (here < basis or other > basis):
            problem = f"expected the {basis} provinces, found the {other}."
            _refuse(layout.grid, problem, f"Say --basis {other}, with the --year of that table.")


def _refuse(grid: Grid, problem: str, remedy: str) -> NoReturn:
    raise FaultyDataError([grid.fault(None, None, problem, remedy)])


def _find_gaps(
    grid: Grid,
    column: str,
    entries: Sequence[tuple[int, Province]],
    gazetteer: Gazetteer,
    basis: int,
) -> list[Fault]:
    """Provinces that are there twice or not at all."""
    faults = []
    first: dict[str, int] = {}
    for at, province in entries:
        if province.code in first:
            twin = first[province.code] + grid.first_row
            problem = f'expected each province once, found "{province.name}" also in row {twin}.'
            faults.append(
                grid.fault(at, column, problem, "Correct the name, or delete one of the two rows.")
            )
        first.setdefault(province.code, at)
    missing = [
        p.name for (b, code), p in gazetteer.provinces.items() if b == basis and code not in first
    ]
    if missing:
        shown = ", ".join(f'"{name}"' for name in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        problem = f"expected all {basis} provinces, found {len(first)}: {shown}{more} missing."
        faults.append(
            grid.fault(None, column, problem, "Add what is missing, or correct the names.")
        )
    return faults
