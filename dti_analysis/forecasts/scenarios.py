"""What a push on one main index would do to a chance. A scenario, not a causal claim."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from dti_analysis.data.index import edition_points
from dti_analysis.data.panel import select_editions
from dti_analysis.data.store import Data
from dti_analysis.errors import DataError
from dti_analysis.forecasts.forecast import Forecast
from dti_analysis.forecasts.targets import Target
from dti_analysis.schema import MAIN_INDICES

SIMILAR_STARTS = 30
"""Gains seen from the starts nearest to one's own that a push is compared with."""


@dataclass(frozen=True)
class Push:
    """A gain on one main index and what it would do.

    Parameters
    ----------
    index : str
        Main index pushed.
    start : float
        Its score in the last edition, in [0, 1].
    gain : float
        How much is added to it, beyond what the forecast already has.
    weight : float
        Share of the main index in the overall score.
    chance : float
        Chance of the target in its year, with the gain; same random numbers as without.
    is_feasible : bool
        Whether the index stays within 0 and 1.
    percentile : float or None
        Share of the one-edition gains seen from similar starts that were smaller, in [0, 1]; None
        where none has been seen. A gain seen is what a province gained beyond the median province
        of the edition, as the push is one beyond the forecast: what all gain, or lose to a change
        of the formula, moves no rank.
    seen : int
        Number of gains that it was compared with.
    """

    index: str
    start: float
    gain: float
    weight: float
    chance: float
    is_feasible: bool
    percentile: float | None
    seen: int


def apply_push(
    data: Data, forecast: Forecast, code: str, target: Target, index: str, gain: float
) -> Push:
    """Add a gain on one main index to a province's draws and read off its chance again.

    A change of a main index moves the overall score by its share of the points. All other
    provinces, and all random numbers, stay as they are.

    Parameters
    ----------
    data : Data
        From `dti_analysis.data.store.load_data`.
    forecast : Forecast
        Joint forecast; the target's year must be in it.
    code : str
        Province.
    target : Target
        Target to reach.
    index : str
        One of `schema.MAIN_INDICES`.
    gain : float
        In index units; negative for a loss.

    Raises
    ------
    DataError
        If the index, or its score or points at the origin, is not known.
    """
    start, weight = _read_start(data, forecast, code, index)
    step, needed = forecast.find_threshold(code, target)
    own = forecast.draws[:, step, forecast.locate(code)] + weight * gain / forecast.spread
    return Push(
        index,
        start,
        gain,
        weight,
        float(np.mean(own >= needed)),
        bool(0 <= start + gain <= 1),
        *_compare_gain(data.panel, forecast, index, start, gain),
    )


def find_push(
    data: Data,
    forecast: Forecast,
    code: str,
    target: Target,
    index: str,
    probability: float = 0.5,
) -> Push:
    """Find the gain on one main index that gives a target a chance.

    Parameters
    ----------
    data, forecast, code, target, index
        See `apply_push`.
    probability : float
        Chance wanted, in (0, 1).

    Returns
    -------
    Push
        With a gain of 0 where the chance is had already.
    """
    _, weight = _read_start(data, forecast, code, index)
    lift = forecast.find_lift(code, target, probability)
    return apply_push(data, forecast, code, target, index, max(lift, 0.0) / weight)


def list_pushes(
    data: Data,
    forecast: Forecast,
    code: str,
    target: Target,
    probability: float = 0.5,
    gain: float | None = None,
    indices: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Find the push that each main index alone would need, or what one gain on each would do.

    Parameters
    ----------
    data, forecast, code, target, probability
        See `find_push`.
    gain : float, optional
        Gain whose effect to find, in place of the one that gives the chance.
    indices : sequence of str, optional
        Main indices; all that are known at the origin by default.

    Returns
    -------
    DataFrame
        One row for each main index: the fields of `Push`; by gain, then by what it does.
    """
    chosen = list_pushable(data, forecast, code) if indices is None else indices
    pushes = [
        find_push(data, forecast, code, target, index, probability)
        if gain is None
        else apply_push(data, forecast, code, target, index, gain)
        for index in chosen
    ]
    table = pd.DataFrame([asdict(push) for push in pushes], columns=list(Push.__annotations__))
    keys = ["gain", "chance", "index"]
    return table.sort_values(keys, ascending=[True, False, True], ignore_index=True)


def list_pushable(data: Data, forecast: Forecast, code: str) -> list[str]:
    """List the main indices of a province that are known at the origin, so can be pushed."""
    own = _select_origin(data, forecast, code)
    points = _select_points(data, forecast)
    return [index for index in MAIN_INDICES if index in points.index and pd.notna(own[index])]


def _select_origin(data: Data, forecast: Forecast, code: str) -> pd.Series:
    panel = data.panel
    is_of_basis = (panel["basis"] == forecast.basis) & (panel["code"] == code)
    return panel[is_of_basis & (panel["year"] == forecast.origin_year)].iloc[0]


def _select_points(data: Data, forecast: Forecast) -> pd.Series:
    """Points of the main indices at the origin; those of the 63 where they stand for the 34."""
    methodology, year = data.raw["methodology"], forecast.origin_year
    points = edition_points(methodology, forecast.basis, year)
    return edition_points(methodology, 63, year) if points.empty else points


def _read_start(data: Data, forecast: Forecast, code: str, index: str) -> tuple[float, float]:
    if index not in MAIN_INDICES:
        raise DataError(f"{index} is not a main index. Known: {', '.join(MAIN_INDICES)}.")
    own, points = _select_origin(data, forecast, code), _select_points(data, forecast)
    if index not in points.index or pd.isna(own[index]):
        raise DataError(
            f"{index} of province {code} in {forecast.origin_year} is not known: a push needs a "
            "start. Choose another main index or origin."
        )
    return float(own[index]), float(points[index] / points.sum())


def list_gains(panel: pd.DataFrame, basis: int, index: str, last: int) -> pd.DataFrame:
    """List the gains on a main index that provinces made from one edition to the next.

    Parameters
    ----------
    panel : DataFrame
        The panel.
    basis : {63, 34}
        Former or current provinces.
    index : str
        One of `schema.MAIN_INDICES`.
    last : int
        Last edition to use.

    Returns
    -------
    DataFrame
        code, year (of the later edition), start, gain (beyond that of the median province of the
        edition); in index units.
    """
    rows = select_editions(panel, basis, last)
    wide = rows.pivot(index="code", columns="year", values=index)
    gains = wide.diff(axis=1)
    table = pd.DataFrame(
        {"start": wide.shift(axis=1).stack(), "gain": (gains - gains.median()).stack()}
    )
    return table.dropna().reset_index()


def _compare_gain(
    panel: pd.DataFrame, forecast: Forecast, index: str, start: float, gain: float
) -> tuple[float | None, int]:
    """Place a gain among those seen up to the origin from the starts nearest to this one."""
    nearest = find_nearest(list_gains(panel, forecast.basis, index, forecast.origin_year), start)[
        "gain"
    ]
    return (float((nearest < gain).mean()), len(nearest)) if len(nearest) else (None, 0)


def find_nearest(gains: pd.DataFrame, start: float) -> pd.DataFrame:
    """Take the gains seen from the starts nearest to one, `SIMILAR_STARTS` of them if there are.

    Parameters
    ----------
    gains : DataFrame
        From `list_gains`.
    start : float
        In index units.
    """
    order = (gains["start"] - start).abs().sort_values(kind="stable").index
    return gains.loc[order[:SIMILAR_STARTS]]
