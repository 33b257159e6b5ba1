"""Does a table add up? Main indices to pillars to the overall score, by the points."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dti_analysis.cleaning.dti import (
    ACTIVITIES,
    PILLAR_ACTIVITY,
    PILLARS,
    compute_overall,
    compute_pillars,
)
from dti_analysis.cleaning.importing.layout import Layout
from dti_analysis.cleaning.importing.points import components_of, fit_shares
from dti_analysis.cleaning.importing.rows import Rows
from dti_analysis.cleaning.importing.standing import EXACT
from dti_analysis.cleaning.importing.values import Values
from dti_analysis.cleaning.tables import raise_faults
from dti_analysis.errors import FaultyDataError


@dataclass(frozen=True)
class _Made:
    """What the parts of a table make of one of its columns, by code.

    Between `low` and `high`, which are one where every part is known; rounding gives it `room`.
    """

    low: pd.Series
    high: pd.Series
    room: float
    is_off: pd.Series

    @classmethod
    def hold(cls, low: pd.Series, high: pd.Series, room: float, found: pd.Series) -> "_Made":
        """Hold the values found against it."""
        reach = room + EXACT
        return cls(low, high, room, (found < low - reach) | (found > high + reach))

    @property
    def is_exact(self) -> pd.Series:
        """Where every part is known."""
        return (self.high - self.low).abs() < EXACT


def makes_up_overall(values: Values, points: pd.Series, year: int) -> bool:
    """Whether the components of every province are there and make up its overall score."""
    made = _compare_overall(values, points, year)
    return made is not None and bool(made.is_exact.all()) and not made.is_off.any()


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
    made = _compare_overall(values, points, year)
    if made is not None and indices:
        hint = _hint(values, points, year, float(made.is_off.mean()))
        _require(layout, rows, values, "score_overall", made, "its indices make up", hint)
        whole = int(made.is_exact.sum())
        if whole:
            held.append(f"the indices make up the overall score of {whole}, to {made.room:.2g}")
        if whole < len(made.low):
            held.append(
                f"the indices given leave room for the overall score of {len(made.low) - whole}, "
                "for which others are not given"
            )
    pillars = []
    for pillar, made in _compare_pillars(values, points):
        hint = "Correct the cell, or the points of the edition."
        what = "the overall score and the activity indices give"
        _require(layout, rows, values, f"score_{pillar}", made, what, hint)
        pillars.append(f"{pillar.removesuffix('_pillar')} of {made.low.count()}")
    if pillars:
        held.append(f"the pillars follow from them: {', '.join(pillars)}")
    return tuple(held)


def _compare_overall(values: Values, points: pd.Series, year: int) -> _Made | None:
    """Hold overall scores against their components; one that is not given may be 0 to 1."""
    if points.empty or "score_overall" not in values.numbers:
        return None
    components = values.numbers.rename(columns=lambda metric: metric.removeprefix("score_"))
    components = components.reindex(columns=list(components_of(year)))
    weights = points / points.sum()
    room = sum(weights[i] * values.steps.get(f"score_{i}", 0) / 2 for i in components_of(year))
    return _Made.hold(
        compute_overall(components.fillna(0), points),
        compute_overall(components.fillna(1), points),
        float(room + values.steps["score_overall"] / 2),
        values.numbers["score_overall"],
    )


def _compare_pillars(values: Values, points: pd.Series) -> Iterator[tuple[str, _Made]]:
    """Hold pillars against what the overall score and the activity indices give."""
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
        yield pillar, _Made.hold(made, made, float(room), values.numbers[metric])


def _hint(values: Values, points: pd.Series, year: int, share_off: float) -> str:
    """Say what to do where components do not make up the overall score."""
    if share_off <= 0.5:
        return "Correct the cell."
    names = {f"score_{index}": index for index in components_of(year)}
    components = values.numbers.reindex(columns=list(names)).rename(columns=names)
    fitted = fit_shares(components, values.numbers["score_overall"])
    if fitted is None or not np.isclose(fitted.sum(), 1, atol=0.02) or (fitted < 0).any():
        return "Correct the columns (--column), or the points of the edition."
    listed = ", ".join(f"{index} {1000 * share:.0f}" for index, share in fitted.items())
    return (
        "The points are not those of the edition. What would fit, of 1000: "
        f"{listed}. Add the points of {year} to methodology.csv."
    )


def _require(
    layout: Layout, rows: Rows, values: Values, metric: str, made: _Made, what: str, hint: str
) -> None:
    column, faults = layout.column_of(metric), []
    off = [str(code) for code in made.is_off.index[made.is_off]]
    for code in sorted(off, key=lambda code: rows.row_of[code]):
        low, high = made.low[code], made.high[code]
        expected = f"{low:.6f}" if made.is_exact[code] else f"{low:.6f} to {high:.6f}"
        found = values.numbers[metric][code]
        problem = f"expected {expected}, which {what}, found {found:.6g} (to {made.room:.2g})."
        faults.append(layout.grid.fault(rows.row_of[code], column.name, problem, hint))
    if len(faults) > len(made.low) / 2:
        # One cause, which need not be told for every row.
        faults = [
            replace(faults[0], problem=f"{faults[0].problem} {len(off) - 1} more rows differ.")
        ]
    raise_faults(faults)
