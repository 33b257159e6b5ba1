"""What a push on one main index would do to a chance. A scenario, not a causal claim."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dti_analysis.errors import DataError
from dti_analysis.forecast import Forecast
from dti_analysis.index import edition_points
from dti_analysis.panel import select_editions
from dti_analysis.ranks import threshold
from dti_analysis.schema import MAIN_INDICES
from dti_analysis.store import Data
from dti_analysis.targets import Target

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
        Whether the index stays within 1.
    percentile : float or None
        Share of the one-edition gains seen from similar starts that were smaller, in [0, 1]; None
        where none has been seen.
    """

    index: str
    start: float
    gain: float
    weight: float
    chance: float
    is_feasible: bool
    percentile: float | None


def apply_push(
    data: Data, forecast: Forecast, code: str, target: Target, index: str, gain: float
) -> Push:
    """Add a gain on one main index to a province's draws and read off its chance again.

    A change of a main index moves the overall score by its share of the points. All other
    provinces, and all random numbers, stay as they are.

    Parameters
    ----------
    data : Data
        From `dti_analysis.store.load_data`.
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
    step = forecast.years.index(target.target_year)
    own = forecast.draws[:, step, forecast.locate(code)] + weight * gain / forecast.spread
    needed = threshold(forecast.draws[:, step], forecast.locate(code), target.target_rank)
    return Push(
        index,
        start,
        gain,
        weight,
        float(np.mean(own >= needed)),
        bool(0 <= start + gain <= 1),
        _compare_gain(data.panel, forecast, index, start, gain),
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
    data: Data, forecast: Forecast, code: str, target: Target, probability: float = 0.5
) -> pd.DataFrame:
    """Find the push that each main index alone would need.

    Parameters
    ----------
    data, forecast, code, target, probability
        See `find_push`.

    Returns
    -------
    DataFrame
        One row for each main index known at the origin, by the gain needed: the fields of `Push`.
    """
    pushes = []
    for index in MAIN_INDICES:
        try:
            pushes.append(find_push(data, forecast, code, target, index, probability))
        except DataError:
            # Not published for this province: there is nothing to start from.
            continue
    return (
        pd.DataFrame([vars(push) for push in pushes]).sort_values("gain", ignore_index=True)
        if pushes
        else pd.DataFrame(columns=list(Push.__dataclass_fields__))
    )


def _read_start(data: Data, forecast: Forecast, code: str, index: str) -> tuple[float, float]:
    if index not in MAIN_INDICES:
        raise DataError(f"{index} is not a main index. Known: {', '.join(MAIN_INDICES)}.")
    points = edition_points(data.raw["methodology"], forecast.basis, forecast.origin_year)
    rows = select_editions(data.panel, forecast.basis)
    own = rows[(rows["code"] == code) & (rows["year"] == forecast.origin_year)]
    start = own[index].item()
    if index not in points.index or pd.isna(start):
        raise DataError(
            f"{index} of province {code} in {forecast.origin_year} is not known: a push needs a "
            "start. Choose another main index or origin."
        )
    return float(start), float(points[index] / points.sum())


def _compare_gain(
    panel: pd.DataFrame, forecast: Forecast, index: str, start: float, gain: float
) -> float | None:
    """Place a gain among those seen up to the origin from the starts nearest to this one."""
    rows = select_editions(panel, forecast.basis, forecast.origin_year)
    wide = rows.pivot(index="code", columns="year", values=index)
    seen = pd.DataFrame(
        {
            "start": wide.iloc[:, :-1].to_numpy().ravel(),
            "gain": wide.diff(axis=1).iloc[:, 1:].to_numpy().ravel(),
        }
    ).dropna()
    if seen.empty:
        return None
    order = (seen["start"] - start).abs().sort_values(kind="stable").index
    nearest = seen.loc[order[:SIMILAR_STARTS], "gain"]
    return float((nearest < gain).mean())
