"""What a push on one main index would do to a chance. A scenario, not a causal claim."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from dti_analysis.cleaning.arithmetic import edition_points
from dti_analysis.cleaning.dti import select_editions
from dti_analysis.cleaning.store import Data
from dti_analysis.config import Project
from dti_analysis.errors import DataError
from dti_analysis.forecasting.draws import Forecast
from dti_analysis.schema import MAIN_INDICES
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
        Whether the index stays within its scale.
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
    data: Data | Project, forecast: Forecast, code: str, target: Target, index: str, gain: float
) -> Push:
    """Add a gain on one main index to a province's draws and read off its chance again.

    A change of a main index moves the overall score by its share of the points. All other
    provinces, and all random numbers, stay as they are.

    Parameters
    ----------
    data : Data or Project
        From `cleaning.store.load_data`; or another index, whose main indices are columns
        of its panel.
    forecast : Forecast
        Joint forecast; the target's year must be in it.
    code : str
        Province.
    target : Target
        Target to reach.
    index : str
        One of the main indices.
    gain : float
        In index units; negative for a loss.

    Raises
    ------
    DataError
        If the index, or its score or points at the origin, is not known.
    """
    return _Origin(data, forecast, code).push(target, index, gain)


def find_push(
    data: Data | Project,
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
    return _Origin(data, forecast, code).find_push(target, index, probability)


def list_pushes(
    data: Data | Project,
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
    origin = _Origin(data, forecast, code)
    pushes = [
        origin.find_push(target, index, probability)
        if gain is None
        else origin.push(target, index, gain)
        for index in (origin.list_known() if indices is None else indices)
    ]
    table = pd.DataFrame([asdict(push) for push in pushes], columns=list(Push.__annotations__))
    keys = ["gain", "chance", "index"]
    return table.sort_values(keys, ascending=[True, False, True], ignore_index=True)


class _Origin:
    """What a province starts from: its main indices at the origin, and what each is worth."""

    def __init__(self, data: Data | Project, forecast: Forecast, code: str) -> None:
        self._forecast, self._code = forecast, code
        basis, year = forecast.basis, forecast.origin_year
        if isinstance(data, Project):
            panel = forecast.panel
            self._editions = panel[panel["year"] <= year]
            self._points = pd.Series(data.list_points(year), dtype=float)
            self._indices = data.list_main_indices()
        else:
            self._editions = select_editions(data.panel, basis, year)
            methodology = data.raw["methodology"]
            points = edition_points(methodology, basis, year)
            # Those of the 63 stand for the 34 where the latter have none.
            self._points = edition_points(methodology, 63, year) if points.empty else points
            self._indices = MAIN_INDICES
        is_own = (self._editions["code"] == code) & (self._editions["year"] == year)
        self._own = self._editions[is_own].iloc[0]

    def list_known(self) -> list[str]:
        """List the main indices that are known, so can be pushed."""
        return [index for index in self._indices if self._is_known(index)]

    def push(self, target: Target, index: str, gain: float) -> Push:
        start, weight = self._read_start(index)
        forecast = self._forecast
        greatest = np.inf if forecast.ceiling is None else forecast.ceiling
        step, needed = forecast.find_threshold(self._code, target)
        own = forecast.draws[:, step, forecast.locate(self._code)]
        return Push(
            index,
            start,
            gain,
            weight,
            float(np.mean(own + weight * gain / forecast.spread >= needed)),
            bool(0 <= start + gain <= greatest),
            *self._compare_gain(index, start, gain),
        )

    def find_push(self, target: Target, index: str, probability: float) -> Push:
        _, weight = self._read_start(index)
        lift = self._forecast.find_lift(self._code, target, probability)
        return self.push(target, index, max(lift, 0.0) / weight)

    def _is_known(self, index: str) -> bool:
        return index in self._points.index and bool(pd.notna(self._own[index]))

    def _read_start(self, index: str) -> tuple[float, float]:
        if index not in self._indices:
            raise DataError(f"{index} is not a main index. Known: {', '.join(self._indices)}.")
        if not self._is_known(index):
            raise DataError(
                f"{index} of province {self._code} in {self._forecast.origin_year} is not known: "
                "a push needs a start. Choose another main index or origin."
            )
        return float(self._own[index]), float(self._points[index] / self._points.sum())

    def _compare_gain(self, index: str, start: float, gain: float) -> tuple[float | None, int]:
        """Place a gain among those seen up to the origin from the starts nearest to this one."""
        nearest = find_nearest(_list_gains(self._editions, index), start)["gain"]
        return (float((nearest < gain).mean()), len(nearest)) if len(nearest) else (None, 0)


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
    return _list_gains(select_editions(panel, basis, last), index)


def _list_gains(editions: pd.DataFrame, index: str) -> pd.DataFrame:
    wide = editions.pivot(index="code", columns="year", values=index)
    gains = wide.diff(axis=1)
    beyond = gains - gains.median()
    table = pd.DataFrame(
        {
            "code": np.repeat(wide.index.to_numpy(), wide.shape[1] - 1),
            "year": np.tile(wide.columns.to_numpy()[1:], len(wide)),
            "start": wide.iloc[:, :-1].to_numpy().ravel(),
            "gain": beyond.iloc[:, 1:].to_numpy().ravel(),
        }
    )
    return table.dropna(ignore_index=True)


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
