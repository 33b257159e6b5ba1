"""One question answered: a province, its targets, and the joint forecast they are read off."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.cleaning.dti import choose_origin, latest_rank
from dti_analysis.cleaning.gazetteer import Province
from dti_analysis.cleaning.store import Data, load_data
from dti_analysis.display import Shown
from dti_analysis.errors import DataError
from dti_analysis.forecasting.bottom_up import forecast_provinces
from dti_analysis.forecasting.draws import (
    DEFAULT_DRAWS,
    DEFAULT_HORIZON,
    DEFAULT_SEED,
    INTERVALS,
    MAX_HORIZON,
    Forecast,
    check_horizon,
)
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.models.levels import LEVELS
from dti_analysis.targets import (
    PROBABILITIES,
    Target,
    TargetChance,
    check_probability,
    check_target,
    combine_targets,
    find_reach,
    list_targets,
    require_rank,
    suggest_target,
)


@dataclass(frozen=True, repr=False)
class Answer(Shown):
    """What is known and forecast of one province; `forecast_province` makes it.

    Parameters
    ----------
    province : Province
        The province.
    forecast : Forecast
        Joint forecast of its basis, reaching all targets: ``forecast.draws`` are its draws.
    targets : tuple of Target
        Targets to assess.
    horizon : int
        Years to list.
    probabilities : tuple of float
        Chances for which to say what a target takes.
    """

    province: Province
    forecast: Forecast
    targets: tuple[Target, ...]
    horizon: int
    probabilities: tuple[float, ...] = PROBABILITIES

    @cached_property
    def chances(self) -> tuple[TargetChance, ...]:
        """What the draws say of each target."""
        forecast, code = self.forecast, self.province.code
        return tuple(forecast.assess(code, target, self.probabilities) for target in self.targets)

    def assess(self, target_rank: int, target_year: int | None = None) -> TargetChance:
        """Read the chance of another target, and what it takes, off the same draws.

        Parameters
        ----------
        target_rank : int
            Rank to reach.
        target_year : int, optional
            A year that was forecast; the first by default.

        Raises
        ------
        DataError
            If there is no such rank, or the year was not forecast.
        """
        year = self.forecast.years[0] if target_year is None else target_year
        target = Target(target_rank, year)
        return self.forecast.assess(self.province.code, target, self.probabilities)

    @property
    def first_chance(self) -> TargetChance:
        """The chance of the first target.

        Raises
        ------
        DataError
            If there is no target.
        """
        if not self.chances:
            raise DataError(
                f"no target of {self.province.name} is known: name one, as in answer.assess(10) or "
                "forecast_province(..., target_rank=10)."
            )
        return self.chances[0]

    @cached_property
    def drawn_ranks(self) -> pd.DataFrame:
        """Rank in each future drawn: one row per draw, one column per year."""
        drawn = self.forecast.ranks[:, : self.horizon, self.forecast.locate(self.province.code)]
        return pd.DataFrame(drawn, columns=list(self.forecast.years[: self.horizon]))

    @cached_property
    def rank_probabilities(self) -> pd.DataFrame:
        """Probability of each rank: one row per rank, one column per year."""
        unit, years = self.forecast.locate(self.province.code), self.forecast.years[: self.horizon]
        chances = self.forecast.rank_probabilities[: self.horizon, unit]
        ranks = pd.RangeIndex(1, chances.shape[1] + 1, name="rank")
        return pd.DataFrame(chances.T, index=ranks, columns=list(years))

    @cached_property
    def history(self) -> pd.DataFrame:
        """Editions up to the origin: year, rank, score."""
        return self.forecast.history(self.province.code)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Forecast by year: median and mean rank, ends of the central intervals.

        Columns year, median_rank, mean_rank, and best50, worst50, best80, worst80, best90, worst90.
        """
        return self.forecast.summarise(self.province.code).head(self.horizon)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Forecast of the score by year and level, in index units.

        Columns year, level (low, central, high), median, low80 and high80; no rows for an index
        known by its ranks alone.
        """
        forecast, unit = self.forecast, self.forecast.locate(self.province.code)
        rows = []
        for step, year in enumerate(forecast.years[: self.horizon]):
            position = np.quantile(forecast.draws[:, step, unit], [0.5, 0.1, 0.9])
            for level in LEVELS:
                rows.append([year, level, *forecast.to_scores(position, step, level)])
        table = pd.DataFrame(rows, columns=["year", "level", "median", "low80", "high80"])
        return table.dropna(ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, ready for JSON.

        Returns
        -------
        dict
            province, code, basis, origin_year, model, draws, seed, road, history, forecast,
            targets; intervals are [best, worst] rank or [low, high] score, scores are in index
            units, what is not known is None.
        """
        history = self.history[["year", "rank", "score"]].astype(object)
        return {
            "province": self.province.name,
            "code": self.province.code,
            **self.forecast.describe(),
            "history": history.where(history.notna(), None).to_dict("records"),
            "forecast": [
                self._describe_year(step, row)
                for step, row in enumerate(self.summary.to_dict("records"))
            ],
            "targets": [chance.to_dict() for chance in self.chances],
        }

    def _describe_year(self, step: int, row: Mapping[Hashable, Any]) -> dict[str, Any]:
        forecast, unit = self.forecast, self.forecast.locate(self.province.code)
        scores = self.scores[self.scores["year"] == row["year"]].to_dict("records")
        return {
            "year": int(row["year"]),
            "median_rank": int(row["median_rank"]),
            "mean_rank": row["mean_rank"],
            **{
                f"interval{width}": [int(row[f"best{width}"]), int(row[f"worst{width}"])]
                for width in INTERVALS
            },
            "scores": {
                score["level"]: {
                    "median": score["median"],
                    "interval80": [score["low80"], score["high80"]],
                }
                for score in scores
            }
            or None,
            "rank_probabilities": forecast.rank_probabilities[step, unit].tolist(),
        }


def choose_probabilities(asked: Sequence[float]) -> tuple[float, ...]:
    """Take the chances asked about beside an even and a good one, in ascending order.

    Raises
    ------
    DataError
        If one of them is not in (0, 1).
    """
    for probability in asked:
        check_probability(probability)
    return tuple(sorted({*PROBABILITIES, *asked}))


def choose_targets(
    data: Data,
    province: Province,
    origin: int,
    target_rank: int | None = None,
    target_year: int | None = None,
    all_targets: bool = False,
) -> list[Target]:
    """Choose the targets to assess.

    Parameters
    ----------
    data : Data
        From `load_data`.
    province : Province
        The province.
    origin : int
        Last edition used.
    target_rank, target_year, all_targets
        See `forecast_province`.

    Raises
    ------
    DataError
        If there is no such rank, the year is out of reach, or it stands alone.
    """
    require_rank(target_rank, target_year)
    basis, code = province.basis, province.code
    official = list_targets(data.raw["targets"], basis, code, after=origin)
    given = None
    if target_rank is not None:
        given = Target(target_rank, origin + 1 if target_year is None else target_year)
        check_target(given, basis, origin + 1, origin + MAX_HORIZON)
    elif all_targets and not official:
        rank = latest_rank(data.panel, basis, code, origin)
        given = suggest_target(rank, basis, origin + 1)
    return combine_targets(official, given, all_targets)


def forecast_province(
    province: str,
    basis: int = 63,
    origin_year: int | None = None,
    horizon: int | None = None,
    target_rank: int | None = None,
    target_year: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
    all_targets: bool = False,
    probabilities: Sequence[float] = (),
    road: str | None = None,
    *,
    data: Data | None = None,
) -> Answer:
    """Forecast the rank of a province and the chance of its targets.

    Parameters
    ----------
    province : str
        Any spelling.
    basis : {63, 34}
        Former or current provinces.
    origin_year : int, optional
        Last edition used; the last there is by default.
    horizon : int, optional
        Years to list; by default 3, or as many as the last target needs.
    target_rank, target_year : int, optional
        Target to assess; the official targets after the origin by default. The year alone
        defaults to the next edition.
    draws, seed : int
        Number of joint futures; same seed, same numbers.
    model : {"averaged_level", "random_walk", "pooled_local_level", "pool", "persistence", \
"mixed_model", "state_space"}
        Forecaster; docs/forecasting.md describes and judges them.
    all_targets : bool
        Assess the official targets beside a given one and, where there is neither, a reference
        target: the next round number above the present rank.
    probabilities : sequence of float
        Chances for which to say what a target takes, beside 0.5 and 0.8.
    road : {"merged", "direct"}, optional
        See `forecast_provinces`.
    data : Data, optional
        From `load_data`; the project's own by default.

    Returns
    -------
    Answer

    Raises
    ------
    DataError
        If the province is not known or a number is out of range.

    Examples
    --------
    >>> from dti_analysis import forecast_province
    >>> answer = forecast_province("BR-VT", origin_year=2021, draws=500)
    >>> answer.summary[["year", "median_rank", "best80", "worst80"]].head(1)
       year  median_rank  best80  worst80
    0  2022           27      15       45
    >>> chance = answer.chances[0]  # of the top 20 in 2022, its official target
    >>> round(chance.probability_in_year, 2), chance.observed_rank
    (0.2, 28)
    >>> answer.assess(target_rank=25).probability_in_year  # of another target, off the same draws
    0.41
    """
    data = load_data() if data is None else data
    wanted = choose_probabilities(probabilities)
    found = data.raw.gazetteer.resolve(province, basis)
    origin = choose_origin(data.panel, basis, origin_year)
    chosen = choose_targets(data, found, origin, target_rank, target_year, all_targets)
    reach = find_reach(chosen, origin)
    listed = max(DEFAULT_HORIZON, reach) if horizon is None else horizon
    check_horizon(listed)
    forecast = forecast_provinces(
        basis, origin, max(listed, reach), model, draws, seed, road, data=data
    )
    return Answer(found, forecast, tuple(chosen), listed, wanted)
