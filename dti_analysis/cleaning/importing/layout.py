"""Where the table lies in a grid: its header, over one or more rows, and what each column is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dti_analysis.cleaning.dti import METRICS
from dti_analysis.cleaning.importing.words import (
    PROVINCE,
    YEAR,
    find_stated_points,
    fold_words,
    read_role,
    understand_header,
)
from dti_analysis.cleaning.tables import Grid, name_column
from dti_analysis.errors import DataError

_MOST_HEADER_ROWS = 4
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*\s*(?:%|/\s*[0-9.,]+)?")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    position : int
        From 0.
    texts : tuple of str
        Its header as written, its group first.
    role : str
        A metric, ``province``, ``year``, ``ordinal``, ``code`` or ``other``; blank if not known.
    choices : tuple of str
        Metrics that it may be, where the header leaves that open.
    is_bare : bool
        Whether the header says neither rank nor score.
    points : str or None
        Points that the header states.
    """

    position: int
    texts: tuple[str, ...]
    role: str
    choices: tuple[str, ...] = ()
    is_bare: bool = False
    points: str | None = None

    @property
    def header(self) -> str:
        """Its header on one line: ``DTI / Xếp hạng``."""
        return " / ".join(self.texts)

    def is_meant(self, given: str) -> bool:
        """Whether a reader means this column: by its letter, its header, or its own part of it."""
        spellings = {fold_words(text) for text in (self.header, *self.texts[-1:])} - {""}
        return given == name_column(self.position) or fold_words(given) in spellings

    @property
    def name(self) -> str:
        """Its header or, where it has none, its letter."""
        return self.header or name_column(self.position)


@dataclass(frozen=True)
class Layout:
    """A table found in a grid.

    Parameters
    ----------
    grid : Grid
        Where.
    first_header, first_data : int
        Rows of the grid, from 0.
    columns : tuple of Column
        Columns that hold anything, from left to right.
    """

    grid: Grid
    first_header: int
    first_data: int
    columns: tuple[Column, ...]

    def column_of(self, role: str) -> Column:
        """Give the column that has a role, which must be there."""
        return next(column for column in self.columns if column.role == role)

    def position_of(self, role: str) -> int | None:
        """Find the column that has a role."""
        found = [column.position for column in self.columns if column.role == role]
        return found[0] if found else None

    @property
    def metrics(self) -> tuple[Column, ...]:
        """Columns that hold facts."""
        return tuple(column for column in self.columns if column.role in METRICS)

    def with_roles(self, roles: Mapping[int, str]) -> "Layout":
        """Decide what some columns are, by position."""
        columns = (replace(c, role=roles.get(c.position, c.role)) for c in self.columns)
        return replace(self, columns=tuple(columns))


def read_overrides(given: Sequence[str]) -> dict[str, str]:
    """Read what the reader says of columns.

    Parameters
    ----------
    given : sequence of str
        Each ``HEADER=METRIC``, or the letter of the column for the header.

    Returns
    -------
    dict
        Role by header.

    Raises
    ------
    DataError
        If one is not of this form.
    """
    found: dict[str, str] = {}
    for text in given:
        header, sign, name = text.rpartition("=")
        role = read_role(name.strip())
        if not sign or not header.strip() or role is None:
            raise DataError(
                f'--column "{text}": expected HEADER=METRIC, the metric being province, year, '
                "ignore, an index such as economy_activity (its score) or a metric such as "
                "rank_overall."
            )
        found[header.strip()] = role
    return found


def find_layout(grid: Grid, year: int, overrides: Mapping[str, str]) -> Layout | None:
    """Find the table in a grid by its header: a column of provinces, and others beside it.

    Parameters
    ----------
    grid : Grid
        The cells.
    year : int
        The edition asked for; columns of other editions are left out.
    overrides : mapping of str to str
        Role by header or letter, before what the header says.

    Returns
    -------
    Layout or None
        None if there is no such header.
    """
    said = {header for header, role in overrides.items() if role == PROVINCE}
    spellings = {fold_words(header) for header in said}
    found: list[tuple[int, Layout]] = []
    for at, row in enumerate(grid.rows):
        for position, cell in enumerate(row):
            is_said = name_column(position) in said or fold_words(cell) in spellings
            if cell and (is_said or understand_header([cell]).role == PROVINCE):
                layout = _lay_out(grid, at, position, year, overrides)
                if any((c.role or c.choices) and c.position != position for c in layout.columns):
                    found.append((_count_understood(layout, year), layout))
    # A title may stand above a column that is only known by its letter.
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _count_understood(layout: Layout, year: int) -> int:
    """Count the columns that their headers alone explain."""
    bare = (_make_column(c.position, c.texts, year, {}) for c in layout.columns)
    return sum(bool(column.role or column.choices) for column in bare)


def _lay_out(grid: Grid, at: int, position: int, year: int, overrides: Mapping[str, str]) -> Layout:
    first, last = at, at
    if at and _is_group_row(grid.rows[at - 1], position, grid.rows[at][position]):
        first = at - 1
    while last + 1 < len(grid.rows) and last - first < _MOST_HEADER_ROWS - 1:
        below = grid.rows[last + 1]
        if below[position] not in ("", grid.rows[at][position]) or not any(below):
            break
        if any(_NUMBER.fullmatch(cell) for cell in below):
            break
        last += 1
    rows = [list(row) for row in grid.rows[first : last + 1]]
    if not grid.is_merged:
        _spread_groups(rows)
    columns = []
    for column in range(grid.width):
        texts = [row[column] for row in rows if row[column]]
        texts = [text for n, text in enumerate(texts) if n == 0 or text != texts[n - 1]]
        if texts or any(row[column] for row in grid.rows[last + 1 :]):
            columns.append(_make_column(column, texts, year, overrides))
    return Layout(grid, first, last + 1, tuple(columns))


def _make_column(
    position: int, texts: Sequence[str], year: int, overrides: Mapping[str, str]
) -> Column:
    meaning = understand_header(texts)
    points = find_stated_points(texts)
    column = Column(position, tuple(texts), meaning.role, meaning.choices, meaning.is_bare, points)
    for given, role in overrides.items():
        if column.is_meant(given):
            return Column(position, column.texts, role, points=points)
    if meaning.years and year not in meaning.years:
        return Column(position, column.texts, "other")
    return column


def _is_group_row(row: Sequence[str], position: int, province: str) -> bool:
    """Whether a row above the header groups its columns, and is no title over all of them."""
    if any(cell not in ("", province) for cell in row[position : position + 1]):
        return False
    texts = [cell for cell in row[position + 1 :] if cell]
    known = [understand_header([text]) for text in set(texts)]
    return any(meaning.role or meaning.choices for meaning in known) or any(
        fold_words(text) in ("tru cot", "pillars", "pillar", "chi so chinh", "main indices")
        for text in texts
    )


def _spread_groups(rows: list[list[str]]) -> None:
    """Write a group's name over all its columns, as a merged cell would, in place."""
    for above in rows[:-1]:
        for column in range(1, len(above)):
            if not above[column] and any(row[column] for row in rows[1:]):
                above[column] = above[column - 1]


def check_overrides(layout: Layout, overrides: Mapping[str, str]) -> None:
    """Refuse what is said of a column that is not there.

    Raises
    ------
    DataError
        It lists the columns that are.
    """
    for given in overrides:
        if not any(column.is_meant(given) for column in layout.columns):
            there = ", ".join(f'"{column.name}"' for column in layout.columns)
            raise DataError(
                f'--column "{given}": no column of {layout.grid.place}. It has {there}.'
            )


def require_roles(layout: Layout) -> None:
    """Refuse a table with a column that is not understood, or two that are the same.

    Raises
    ------
    DataError
        With what to say about the column.
    """
    place = f"{layout.grid.place}, row {layout.first_data - 1 + layout.grid.first_row}"
    for column in layout.columns:
        label = column.header or name_column(column.position)
        if column.choices and not column.role:
            names = [metric.partition("_")[2] for metric in column.choices]
            raise DataError(
                f'{place}: column "{column.name}" can be the pillar or the activity index, and '
                f"nothing in the table decides. Say --column '{label}={names[1]}' or "
                f"--column '{label}={names[0]}'."
            )
        if not column.role:
            what = (
                "is not known"
                if column.header
                else "has values but no header (a decimal comma in a CSV must be in quotes)"
            )
            raise DataError(
                f'{place}: column "{column.name}" {what}. Say what it is, as in '
                f"--column '{label}=economy_activity', or --column '{label}=ignore'."
            )
    roles: dict[str, Column] = {}
    for column in layout.columns:
        if column.role in (*METRICS, PROVINCE, YEAR) and column.role in roles:
            first, label = roles[column.role], column.header
            raise DataError(
                f'{place}: columns "{first.name}" ({name_column(first.position)}) and '
                f'"{column.name}" ({name_column(column.position)}) both read as {column.role}. '
                f"Leave one out: --column {name_column(column.position)}=ignore."
            )
        roles[column.role] = column
    if PROVINCE not in roles or not layout.metrics:
        what = "scores or ranks" if PROVINCE in roles else "provinces"
        raise DataError(
            f"{place}: expected a column of {what}, found none. Say which it is with --column."
        )
