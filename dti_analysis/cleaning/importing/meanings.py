"""Headers that leave open what a column is: decided by the rest of the table, or by the reader."""

from collections.abc import Callable, Sequence

from dti_analysis.cleaning.dti import PILLARS
from dti_analysis.cleaning.importing.layout import Column, Layout
from dti_analysis.cleaning.importing.points import components_of
from dti_analysis.errors import FaultyDataError


def choose_meanings(
    layout: Layout, year: int, fits: Callable[[Layout], bool]
) -> tuple[Layout, str]:
    """Decide between pillar and activity index where headers such as "Kinh tế số" leave it open.

    In 2020 there were pillars alone. Later, a column is the pillar if another is the activity
    index, and the other way round. Failing that, it is the activity index if the eight main indices
    then make up the overall score.

    Parameters
    ----------
    layout : Layout
        The table.
    year : int
        The edition.
    fits : callable
        Tells whether a table adds up once every column has its role.

    Returns
    -------
    layout : Layout
        With the columns decided; what cannot be decided is left open.
    reason : str
        By what; blank if nothing was open.
    """
    taken = {column.role for column in layout.columns}
    open_columns = [c for c in layout.columns if c.choices and not c.role]
    if open_columns and components_of(year) == PILLARS:
        pillars = layout.with_roles({c.position: c.choices[0] for c in open_columns})
        return pillars, f"by the edition, since {year} had pillars alone"
    roles = {}
    for column in open_columns:
        free = [metric for metric in column.choices if metric not in taken]
        if len(free) == 1:
            roles[column.position] = free[0]
    decided = layout.with_roles(roles)
    if len(roles) == len(open_columns):
        return decided, "beside the columns of the other kind" if roles else ""
    rest = {c.position: c.choices[1] for c in open_columns if c.position not in roles}
    as_activities = decided.with_roles(rest)
    if fits(as_activities):
        return as_activities, "since the main indices then make up the overall score"
    return decided, ""


def require_kinds(layout: Layout, values_of: Callable[[Column], Sequence[str]], basis: int) -> None:
    """Refuse a column that says neither rank nor score, and could be either.

    Parameters
    ----------
    layout : Layout
        The table.
    values_of : callable
        Gives the cells of a column.
    basis : int
        Number of provinces.

    Raises
    ------
    FaultyDataError
        It says how to tell.
    """
    for column in layout.metrics:
        cells = [cell for cell in values_of(column) if cell]
        if not column.is_bare or not cells or not all(cell.isdecimal() for cell in cells):
            continue
        numbers = [int(cell) for cell in cells]
        if max(numbers) > 1 and min(numbers) >= 1 and max(numbers) <= basis:
            index = column.role.partition("_")[2]
            problem = f"expected scores, found whole numbers from {min(numbers)} to {max(numbers)}."
            remedy = f"Say which: --column '{column.header}=rank_{index}' or score_{index}."
            raise FaultyDataError([layout.grid.fault(None, column.name, problem, remedy)])
