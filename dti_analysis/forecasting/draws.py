"""The panel to a forecast that can be asked: where a rank is heading, how likely a target is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis import targets
from dti_analysis.cleaning.dti import choose_origin, select_editions
from dti_analysis.display import Shown
from dti_analysis.errors import DataError
from dti_analysis.models import forecasters as models
from dti_analysis.models import ranks
from dti_analysis.models.drawing import draw_futures, rank_futures
from dti_analysis.models.levels import LEVELS, project_level
from dti_analysis.models.positions import FloatArray, Positions, standardise
from dti_analysis.targets import PROBABILITIES, Need, Target, TargetChance

DEFAULT_DRAWS = 20_000
DEFAULT_HORIZON = 3
DEFAULT_SEED = 2022
MAX_HORIZON = 20

INTERVALS = (50, 80, 90)
"""Central intervals reported, in percent."""


@dataclass(frozen=True, repr=False)
class Forecast(Shown):
    """Joint draws of the future of all provinces of one basis, from one origin.

    `forecast_provinces` makes it. Everything else is read off `draws`, ranked within each draw.

    Parameters
    ----------
    panel : DataFrame
        The panel of this basis, all editions, those after the origin too.
    positions : Positions
        What was known at the origin.
    draws : ndarray, shape (draws, horizon, N)
        Positions in the editions after the origin.
    years : tuple of int
        Editions forecast.
    basis : int
        Number of provinces ranked.
    origin_year, model, seed
        As asked for.
    ceiling : float or None
        Greatest score there can be, the least being 0; None where the scale is not known.
    road : {"direct", "merged"}
        Whether these very provinces were drawn, or the former ones and then merged within draws.
    """

    panel: pd.DataFrame
    positions: Positions
    draws: FloatArray
    years: tuple[int, ...]
    basis: int
    origin_year: int
    model: str
    seed: int
    ceiling: float | None = 1.0
    road: str = "direct"

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the N provinces, in the order of the draws."""
        return self.positions.units

    @cached_property
    def ranks(self) -> ranks.RankArray:
        """Ranks within each draw, shape (draws, horizon, N)."""
        return rank_futures(self.draws)

    @cached_property
    def rank_probabilities(self) -> FloatArray:
        """Probability of each rank, shape (horizon, N provinces, N ranks)."""
        return ranks.rank_probabilities(self.ranks)

    def history(self, code: str) -> pd.DataFrame:
        """Editions of one province up to the origin: year, rank, score."""
        rows = self.panel[(self.panel["code"] == code) & (self.panel["year"] <= self.origin_year)]
        return rows[["year", "rank", "score"]].reset_index(drop=True)

    def summarise(self, code: str) -> pd.DataFrame:
        """Forecast of one province by year.

        Returns
        -------
        DataFrame
            year, median_rank, mean_rank, and best50, worst50, best80, worst80, best90, worst90:
            ends of the central intervals.
        """
        unit = self.locate(code)
        rows = []
        for step, year in enumerate(self.years):
            drawn = self.ranks[:, step, unit]
            row: dict[str, float] = {
                "year": year,
                "median_rank": ranks.quantile_ranks(drawn, [0.5])[0],
                "mean_rank": float(drawn.mean()),
            }
            for width in INTERVALS:
                tail = (1 - width / 100) / 2
                best, worst = ranks.quantile_ranks(drawn, [tail, 1 - tail])
                row |= {f"best{width}": best, f"worst{width}": worst}
            rows.append(row)
        return pd.DataFrame(rows)

    def to_frame(self) -> pd.DataFrame:
        """Summarise all provinces.

        Returns
        -------
        DataFrame
            One row for each province and year: code, province, and what `summarise` gives.
        """
        names = self.panel.drop_duplicates("code").set_index("code")["province"]
        parts = [self.summarise(code).assign(code=code) for code in self.codes]
        table = pd.concat(parts, ignore_index=True)
        table.insert(0, "province", table["code"].map(names))
        table.insert(0, "code", table.pop("code"))
        return table

    def assess(
        self, code: str, target: Target, probabilities: Sequence[float] = PROBABILITIES
    ) -> TargetChance:
        """Read the chance of a target, and what it takes, off the draws.

        Parameters
        ----------
        code : str
            Province.
        target : Target
            In a year that was forecast.
        probabilities : sequence of float
            Chances for which to give the score and the lift needed, each in (0, 1).

        Raises
        ------
        DataError
            If the rank, the year or a probability cannot be asked for.
        """
        step, needed = self.find_threshold(code, target)
        own = self.ranks[:, : step + 1, self.locate(code)]
        lifts = [self.find_lift(code, target, probability) for probability in probabilities]
        position = np.quantile(needed, probabilities, method="inverted_cdf")
        scores = zip(*(self.to_scores(position, step, level) for level in LEVELS), strict=True)
        needs = (
            Need(chance, dict(zip(LEVELS, map(float, score), strict=True)), lift)
            for chance, score, lift in zip(probabilities, scores, lifts, strict=True)
        )
        is_target = (self.panel["code"] == code) & (self.panel["year"] == target.target_year)
        known = self.panel.loc[is_target, "rank"].dropna()
        return TargetChance(
            target,
            ranks.chance_in_year(own, target.target_rank),
            ranks.chance_by_year(own, target.target_rank),
            tuple(need for need in needs if np.isfinite(need.score["central"])),
            int(known.iloc[0]) if len(known) else None,
        )

    def find_lift(self, code: str, target: Target, probability: float) -> float:
        """Find what must be added to a province's own future score to give a target a chance.

        Returns
        -------
        float
            In index units; negative where the chance is greater already, and minus infinity where
            the target is the last rank.
        """
        targets.check_probability(probability)
        step, needed = self.find_threshold(code, target)
        gap = needed - self.draws[:, step, self.locate(code)]
        return float(self.spread * np.quantile(gap, probability, method="inverted_cdf"))

    def find_threshold(self, code: str, target: Target) -> tuple[int, FloatArray]:
        """Find the position that a province has to reach for a target.

        Returns
        -------
        step : int
            Step of the target's year.
        needed : ndarray, shape (draws,)
            In each draw; see `dti_analysis.models.ranks.threshold`.
        """
        targets.check_target(target, len(self.codes), self.years[0], self.years[-1])
        step = self.years.index(target.target_year)
        key = code, target.goal
        if key not in self._thresholds:
            own = self.draws[:, step, self.locate(code)]
            self._thresholds[key] = ranks.threshold(self.order_draws(step), own, target.target_rank)
        return step, self._thresholds[key]

    @cached_property
    def _thresholds(self) -> dict[tuple[str, tuple[int, int]], FloatArray]:
        """What was found before: a target is asked about many times."""
        return {}

    def order_draws(self, step: int) -> FloatArray:
        """Sort the draws of a step, once: all thresholds of it are read off them.

        Returns
        -------
        ndarray, shape (draws, N)
            Ascending within each draw.
        """
        if step not in self._ordered:
            self._ordered[step] = np.sort(self.draws[:, step], axis=1)
        return self._ordered[step]

    @cached_property
    def _ordered(self) -> dict[int, FloatArray]:
        return {}

    @property
    def spread(self) -> float:
        """Score that one unit of position is worth, in the last edition with scores, if any."""
        known = self.positions.spread[np.isfinite(self.positions.spread)]
        return float(known[-1]) if len(known) else float("nan")

    def to_scores(self, position: FloatArray, step: int, scenario: str = "central") -> FloatArray:
        """Express positions in index units; the level is the same for all, so ranks stay.

        Parameters
        ----------
        position : ndarray
            Positions.
        step : int
            Edition, 0 for the first after the origin.
        scenario : {"low", "central", "high"}
            Level of that edition; see `dti_analysis.models.levels.project_level`.

        Returns
        -------
        ndarray
            Scores, clipped to the scale where it is known; NaN where no scores are.
        """
        level = self.positions.level[np.isfinite(self.positions.level)][-models.WINDOW :]
        if not len(level):
            return np.full(np.shape(position), np.nan)
        future = project_level(level, step + 1, scenario, self.ceiling)
        scores = np.asarray(future + self.spread * position, dtype=float)
        return scores if self.ceiling is None else scores.clip(0, self.ceiling)

    def locate(self, code: str) -> int:
        """Index of a province in the draws."""
        return self.codes.index(code)

    def describe(self) -> dict[str, Any]:
        """Say how it was made, in plain types: draws, basis, origin_year, model, seed, road."""
        names = ("basis", "origin_year", "model", "seed", "road")
        return {"draws": len(self.draws)} | {name: getattr(self, name) for name in names}


def check_horizon(horizon: int) -> None:
    """Refuse a number of editions ahead that cannot be forecast."""
    if not 1 <= horizon <= MAX_HORIZON:
        raise DataError(f"horizon {horizon} is out of range: expected 1 to {MAX_HORIZON} editions.")


def make_forecast(
    panel: pd.DataFrame,
    basis: int = 63,
    origin_year: int | None = None,
    horizon: int = DEFAULT_HORIZON,
    model: str = models.DEFAULT_MODEL,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
) -> Forecast:
    """Forecast all provinces of a basis jointly.

    Parameters
    ----------
    panel : DataFrame
        The panel.
    basis : {63, 34}
        Former or current provinces.
    origin_year : int, optional
        Last edition the forecast may know; the last there is by default.
    horizon : int
        Editions ahead.
    model : str
        A name in `models.MODELS`.
    draws, seed : int
        Number of joint futures; same seed, same numbers. A longer horizon leaves the earlier years
        as they were.

    Returns
    -------
    Forecast

    Raises
    ------
    DataError
        If one of these is out of range.
    """
    origin = choose_origin(panel, basis, origin_year)
    years = tuple(origin + step + 1 for step in range(horizon))
    rows = select_editions(panel, basis)
    known = rows[rows["year"] <= origin].rename(columns={"code": "unit"})
    return draw_forecast(rows, known, basis, origin, years, model, draws, seed)


def draw_forecast(
    rows: pd.DataFrame,
    known: pd.DataFrame,
    basis: int,
    origin: int,
    years: tuple[int, ...],
    model: str,
    draws: int,
    seed: int,
    ceiling: float | None = 1.0,
) -> Forecast:
    """Fit a model on what is known and draw from it.

    Parameters
    ----------
    rows : DataFrame
        Columns code, province, year, score, rank; all editions, those after the origin too.
    known : DataFrame
        What the forecast may know: columns unit, year, score, rank, up to the origin.
    basis : int
        Number of units ranked.
    origin : int
        Last edition to use.
    years : tuple of int
        Editions to forecast.
    model, draws, seed
        See `make_forecast`.
    ceiling : float or None
        See `Forecast`.
    """
    positions = standardise(known)
    fitted, rng = fit_model(positions, model, len(years), draws, seed)
    drawn = draw_futures(fitted, len(years), draws, len(positions.units), rng)
    return Forecast(rows, positions, drawn, years, basis, origin, model, seed, ceiling)


def fit_model(
    positions: Positions, model: str, horizon: int, draws: int, seed: int
) -> tuple[models.Fitted, np.random.Generator]:
    """Fit a model by its name, once everything that is asked of it is found to be in range.

    Returns
    -------
    fitted : Fitted
    rng : Generator
        Started from the seed.

    Raises
    ------
    DataError
        If the model is not known or a number is out of range.
    """
    if model not in models.MODELS:
        raise DataError(f"model {model} is not known. Known: {', '.join(models.MODELS)}.")
    check_horizon(horizon)
    if draws < 1:
        raise DataError(f"draws {draws} is out of range: expected at least 1.")
    if seed < 0:
        raise DataError(f"seed {seed} is out of range: expected 0 or more.")
    return models.MODELS[model].fit(positions), np.random.default_rng(seed)
