"""One question answered: a province, its targets, and the joint forecast they are read off."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from dti_analysis.errors import DataError
from dti_analysis.forecast import (
    DEFAULT_DRAWS,
    DEFAULT_HORIZON,
    DEFAULT_SEED,
    INTERVALS,
    MAX_HORIZON,
    Forecast,
    check_horizon,
    make_forecast,
)
from dti_analysis.models import DEFAULT_MODEL
from dti_analysis.panel import choose_origin, latest_rank
from dti_analysis.provinces import Province
from dti_analysis.store import Data
from dti_analysis.targets import (
    Target,
    TargetChance,
    check_target,
    list_targets,
    suggest_target,
)


@dataclass(frozen=True)
class Answer:
    """What is known and forecast of one province.

    Parameters
    ----------
    province : Province
        The province.
    forecast : Forecast
        Joint forecast of its basis, reaching all targets.
    targets : tuple of Target
        Targets to assess.
    horizon : int
        Years to list.
    """

    province: Province
    forecast: Forecast
    targets: tuple[Target, ...]
    horizon: int

    @cached_property
    def chances(self) -> tuple[TargetChance, ...]:
        """What the draws say of each target."""
        return tuple(self.forecast.assess(self.province.code, target) for target in self.targets)

    @cached_property
    def history(self) -> pd.DataFrame:
        """Editions up to the origin; see `Forecast.history`."""
        return self.forecast.history(self.province.code)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Forecast by year; see `Forecast.summarise`."""
        return self.forecast.summarise(self.province.code).head(self.horizon)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, ready for JSON.

        Returns
        -------
        dict
            province, basis, code, origin_year, model, draws, seed, history, forecast, targets;
            intervals are [best, worst] rank, scores are in [0, 1], what is not known is None.
        """
        forecast, code = self.forecast, self.province.code
        unit = forecast.locate(code)
        history = self.history[["year", "rank", "score"]].astype(object)
        return {
            "province": self.province.name,
            "basis": forecast.basis,
            "code": code,
            "origin_year": forecast.origin_year,
            "model": forecast.model,
            "draws": len(forecast.draws),
            "seed": forecast.seed,
            "history": history.where(history.notna(), None).to_dict("records"),
            "forecast": [
                {
                    "year": int(row["year"]),
                    "median_rank": int(row["median_rank"]),
                    "mean_rank": row["mean_rank"],
                    **{
                        f"interval{width}": [int(row[f"best{width}"]), int(row[f"worst{width}"])]
                        for width in INTERVALS
                    },
                    "rank_probabilities": forecast.rank_probabilities[step, unit].tolist(),
                }
                for step, row in enumerate(self.summary.to_dict("records"))
            ],
            "targets": [
                {
                    "target_rank": chance.target.target_rank,
                    "target_year": chance.target.target_year,
                    "probability_in_year": chance.probability_in_year,
                    "probability_by_year": chance.probability_by_year,
                    "score_needed_p50": chance.score_needed.get(0.5),
                    "score_needed_p80": chance.score_needed.get(0.8),
                    "observed_rank": chance.observed_rank,
                }
                for chance in self.chances
            ],
        }


def answer(
    data: Data,
    province: str,
    basis: int = 63,
    origin_year: int | None = None,
    horizon: int | None = None,
    target_rank: int | None = None,
    target_year: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
    for_report: bool = False,
) -> Answer:
    """Forecast one province and assess its targets.

    Parameters
    ----------
    data : Data
        From `dti_analysis.store.load_data`.
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
    draws, seed, model
        See `dti_analysis.forecast.make_forecast`.
    for_report : bool
        Assess the official targets beside a given one, and where there is neither, a reference
        target.

    Returns
    -------
    Answer

    Raises
    ------
    DataError
        If the province is not known or a number is out of range.
    """
    panel = data.panel
    found = data.raw.gazetteer.resolve(province, basis)
    origin = choose_origin(panel, basis, origin_year)
    chosen = list_targets(data.raw["targets"], basis, found.code, after=origin)
    if target_rank is not None:
        given = Target(target_rank, origin + 1 if target_year is None else target_year)
        check_target(given, basis, origin + 1, origin + MAX_HORIZON)
        same = [target for target in chosen if target.goal == given.goal] or [given]
        others = [target for target in chosen if target.goal != given.goal]
        chosen = same + others if for_report else same
    elif target_year is not None:
        raise DataError("a target year needs a target rank: add --target-rank.")
    elif for_report and not chosen:
        rank = latest_rank(panel, basis, found.code, origin)
        chosen = [suggest_target(rank, basis, origin + 1)]
    reach = max((target.target_year - origin for target in chosen), default=0)
    listed = max(DEFAULT_HORIZON, reach) if horizon is None else horizon
    check_horizon(listed)
    forecast = make_forecast(panel, basis, origin, max(listed, reach), model, draws, seed)
    return Answer(found, forecast, tuple(chosen), listed)
