"""Does a table add up? Main indices to pillars to the overall score, by the points."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from dti_analysis.data.index import compute_overall, compute_pillars
from dti_analysis.data.intake.grids import raise_faults
from dti_analysis.data.intake.layout import Column, Layout
from dti_analysis.data.intake.points import components_of, fit_shares
from dti_analysis.data.intake.rows import Rows
from dti_analysis.data.intake.standing import EXACT
from dti_analysis.data.intake.values import Values
from dti_analysis.errors import FaultyDataError
from dti_analysis.schema import ACTIVITIES, PILLAR_ACTIVITY, PILLARS


def makes_up_overall(values: Values, points: pd.Series, year: int) -> bool:
    """Whether the components of every province are there and make up its overall score."""
    found = _compare_overall(values, points, year)
    return found is not None and bool(found[0].notna().all()) and not found[1].any()


def require_sums(
    layout: Layout, rows: Rows, values: Values, points: pd.Series, year: int
) -> tuple[str, ...]:
    """Refuse a table whose components do not make up its pillars and overall score.

    Parameters
    ----------
    layout, rows, values : Layout, Rows, Values
        The table.
    points : Series
        Points of the edition; empty where not known.
    year : int
        The edition.

    Returns
    -------
    tuple of str
        What was found to hold, for the terminal.

    Raises
    ------
    FaultyDataError
        If something does not add up by more than the digits given leave open, or the points are
        not known though the table has indices.
    """
    indices = [c for c in layout.metrics if c.role.partition("_")[2] in components_of(year)]
    if points.empty:
        if not indices:
            return ()
        fault = layout.grid.fault(
            None,
            None,
            f"has main indices, but what they count for in edition {year} is not known.",
            "Say --points-like 2024 if the ministry left the points as they were, or add those of "
            f"{year} to methodology.csv.",
        )
        raise FaultyDataError([fault])
    held = []
    found = _compare_overall(values, points, year)
    if found is not None:
        made, is_off, room = found
        column = layout.column_of("score_overall")
        if is_off.any():
            hint = _hint(values, points, year, float(is_off.sum() / made.notna().sum()))
            _refuse(layout, rows, values, column, made, is_off, room, "its indices make up", hint)
        held.append(f"the indices make up the overall score of {made.count()}, to {room:.2g}")
    pillars = []
    for pillar, made, is_off, room in _compare_pillars(values, points):
        column = layout.column_of(f"score_{pillar}")
        if is_off.any():
            hint = "Correct the cell, or the points of the edition."
            what = "the overall score and the activity indices give"
            _refuse(layout, rows, values, column, made, is_off, room, what, hint)
        pillars.append(f"{pillar.removesuffix('_pillar')} of {made.count()}")
    if pillars:
        held.append(f"the pillars follow from them: {', '.join(pillars)}")
    return tuple(held)


def _compare_overall(
    values: Values, points: pd.Series, year: int
) -> tuple[pd.Series, pd.Series, float] | None:
    """Overall scores that the components make up, which differ, and the room that rounding has."""
    names = {f"score_{index}": index for index in components_of(year)}
    if points.empty or not {*names, "score_overall"} <= set(values.numbers.columns):
        return None
    components = values.numbers[list(names)].rename(columns=names)
    made = compute_overall(components, points)
    if made.isna().all():
        return None
    weights = points / points.sum()
    room = sum(weights[index] * values.steps[metric] / 2 for metric, index in names.items())
    room += values.steps["score_overall"] / 2
    is_off = (made - values.numbers["score_overall"]).abs() > room + EXACT
    return made, is_off, float(room)


def _compare_pillars(
    values: Values, points: pd.Series
) -> Iterator[tuple[str, pd.Series, pd.Series, float]]:
    """Pillars that the overall score and the activity indices give, as `_compare_overall`."""
    names = {f"score_{activity}": activity for activity in ACTIVITIES}
    needed = {*names, "score_overall"}
    if not needed <= set(values.numbers.columns) or not set(ACTIVITIES) <= set(points.index):
        return
    inputs = values.numbers[list(needed)].rename(columns={**names, "score_overall": "score"})
    pillars = compute_pillars(inputs, points)
    earned = {a: points[a] * values.steps[f"score_{a}"] / 2 for a in ACTIVITIES}
    whole = points.sum() * values.steps["score_overall"] / 2
    shared = points.sum() - points[list(ACTIVITIES)].sum()
    for pillar in PILLARS:
        metric, own = f"score_{pillar}", PILLAR_ACTIVITY[pillar]
        if metric not in values.numbers:
            continue
        others = sum(room for activity, room in earned.items() if activity != own)
        room = (whole + others) / (shared + points[own]) + values.steps[metric] / 2
        made = pillars[pillar].where(values.numbers[metric].notna())
        yield pillar, made, (made - values.numbers[metric]).abs() > room + EXACT, float(room)


def _hint(values: Values, points: pd.Series, year: int, share_off: float) -> str:
    """Say what to do where components do not make up the overall score."""
    if share_off <= 0.5:
        return "Correct the cell."
    names = {f"score_{index}": index for index in components_of(year)}
    fitted = fit_shares(
        values.numbers[list(names)].rename(columns=names), values.numbers["score_overall"]
    )
    if fitted is None or not np.isclose(fitted.sum(), 1, atol=0.02) or (fitted < 0).any():
        return "Correct the columns (--column), or the points of the edition."
    listed = ", ".join(f"{index} {1000 * share:.0f}" for index, share in fitted.items())
    return (
        "Most provinces differ: the points are not those of the edition. What would fit, of 1000: "
        f"{listed}. Add the points of {year} to methodology.csv."
    )


def _refuse(
    layout: Layout,
    rows: Rows,
    values: Values,
    column: Column,
    made: pd.Series,
    is_off: pd.Series,
    room: float,
    what: str,
    hint: str,
) -> None:
    faults = []
    for code in sorted(is_off.index[is_off], key=lambda code: rows.row_of[str(code)]):
        found = values.numbers[column.role][code]
        problem = f"expected {made[code]:.6f}, which {what}, found {found:.6g} (to {room:.2g})."
        faults.append(layout.grid.fault(rows.row_of[str(code)], column.name, problem, hint))
    raise_faults(faults)
