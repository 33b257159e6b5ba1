"""The joint draws of one forecast, and everything that is read off them."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from dti_analysis.cleaning.left_out import list_left_out
from dti_analysis.errors import DataError, UnknownUnitError
from dti_analysis.models import ranks
from dti_analysis.models.drawing import Futures
from dti_analysis.models.forecasters import WINDOW
from dti_analysis.models.levels import project_level
from dti_analysis.models.positions import FloatArray, Positions
from dti_analysis.names import list_names
from dti_analysis.panel import Panel, Unit
from dti_analysis.targets import Target, check_probability, check_target

DEFAULT_DRAWS = 20_000
DEFAULT_HORIZON = 3
DEFAULT_SEED = 2022
MAX_HORIZON = 20

INTERVALS = (50, 80, 90)
"""Central intervals reported, in percent."""

_ENDS = {
    f"{end}{width}": (1 + sign * width / 100) / 2
    for width in INTERVALS
    for end, sign in (("best", -1), ("worst", 1))
}
"""Shares of the draws up to the ends of the intervals, by their names."""


def check_horizon(horizon: int, most: int = MAX_HORIZON) -> None:
    """Refuse a horizon that is not 1 to `most` editions ahead."""
    if not 1 <= horizon <= most:
        raise DataError(f"horizon {horizon} is out of range: expected 1 to {most} editions.")


_Found = TypeVar("_Found")

_REMEMBERED = 256
"""Readings of single units that are kept, each of a few hundred kilobytes."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Joint futures of all units of a roster, from one origin; ranks are ranks within each draw.

    Parameters
    ----------
    panel, positions
        What is forecast, all editions, and what of it was known at the origin.
    futures, years
        Positions of all units in the editions after the origin, and these editions.
    origin_year, model, seed
        As asked for.
    approach : {"direct", "bottom_up"}
        Whether these very units were drawn, or those of the parent and then merged within draws.
    codes : tuple of str
        Codes of the N units, in the order of the draws.
    """

    panel: Panel
    positions: Positions
    futures: Futures
    years: tuple[int, ...]
    origin_year: int
    model: str
    seed: int
    approach: str
    codes: tuple[str, ...]
    _found: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return self.futures.draws

    @property
    def count(self) -> int:
        """Number of units ranked."""
        return len(self.codes)

    def locate(self, code: str) -> int:
        """Index of a unit in the draws; `UnknownUnitError` if it was not ranked at the origin."""
        if code not in self.codes:
            names, panel = self.panel.names, self.panel
            years = ", ".join(map(str, panel.rows.loc[panel.rows["code"] == code, "year"]))
            raise UnknownUnitError(
                f'{panel.config.unit} "{names.get(code, code)}" was not ranked in '
                f"{self.origin_year}, so it is not forecast from there. Its editions: "
                f"{years or 'none'}. Forecast: {list_names(names[known] for known in self.codes)}."
            )
        return self.codes.index(code)

    def unit(self, name: str) -> Unit:
        """Find a unit that is forecast, by its name or code."""
        unit = self.panel.find(name)
        self.locate(unit.code)
        return unit

    def among(self, ranked: pd.Series) -> pd.Series:
        """Restate ranks among the units forecast, where these are a part of what is `ranked`.

        By code, in the order of the draws; NaN where not known, and of a part all NaN unless all
        its ranks are known.
        """
        own = ranked.reindex(list(self.codes)).astype(float)
        if not self.panel.config.is_subset:
            return own
        return own.rank(method="min") if own.notna().all() else own * np.nan

    def step_of(self, year: int) -> int:
        """Step of a year that is forecast, 0 for the first after the origin."""
        check_target(Target(1, year), self.count, self.years)
        return self.years.index(year)

    def positions_of(self, *codes: str) -> FloatArray:
        """Positions of some units, shape (draws, horizon, units asked for)."""
        places = [self.locate(code) for code in codes]
        return self._remember(
            ("positions", codes), lambda: self.futures.join(lambda chunk: chunk[:, :, places])
        )

    def ranks_of(self, code: str) -> ranks.RankArray:
        """Ranks of a unit, shape (draws, horizon)."""
        place = self.locate(code)

        def rank(chunk: FloatArray) -> ranks.RankArray:
            higher = (chunk > chunk[:, :, place, None]).sum(axis=2, dtype=np.int32)
            return np.asarray(1 + higher)

        return self._remember(("ranks", code), lambda: self.futures.join(rank))

    @cached_property
    def rank_probabilities(self) -> FloatArray:
        """Probability of each rank, shape (horizon, N units, N ranks)."""
        steps, size = len(self.years), self.count
        counts = np.zeros(steps * size * size, dtype=np.uint32)
        first = np.arange(steps * size).reshape(steps, size) * size - 1
        lock = Lock()

        def count(chunk: FloatArray) -> None:
            places = (first + ranks.rank_draws(chunk)).ravel()
            with lock:
                np.add.at(counts, places, 1)

        self.futures.read(count)
        return np.asarray(counts.reshape(steps, size, size) / len(self), dtype=float)

    def probabilities_of(self, code: str) -> FloatArray:
        """Probability of each rank of a unit, shape (horizon, N ranks)."""
        drawn = self.ranks_of(code)
        return ranks.rank_probabilities(drawn[:, :, None], self.count)[:, 0]

    @cached_property
    def mean_ranks(self) -> FloatArray:
        """Mean rank of each unit, shape (horizon, N)."""
        if "rank_probabilities" in self.__dict__:
            return self.rank_probabilities @ np.arange(1.0, self.count + 1)

        def add(chunk: FloatArray) -> FloatArray:
            return np.asarray(ranks.rank_draws(chunk).sum(axis=0), dtype=float)

        return np.asarray(sum(self.futures.read(add)) / len(self), dtype=float)

    def inside(self, top: int, year: int) -> FloatArray:
        """Chance of each unit to be among the best of a year, shape (N,)."""
        check_target(Target(top, year), self.count, self.years)
        step = self.years.index(year)

        def count(chunk: FloatArray) -> FloatArray:
            drawn = chunk[:, step]
            least = np.partition(drawn, -top, axis=1)[:, -top, None]
            return np.asarray((drawn >= least).sum(axis=0), dtype=float)

        return np.asarray(sum(self.futures.read(count)) / len(self), dtype=float)

    def ahead(self, code: str, other: str) -> pd.DataFrame:
        """Chance that one unit ranks better than another: year, probability, ties aside."""
        drawn = self.positions_of(code), self.positions_of(other)
        share = (drawn[0] > drawn[1]).mean(axis=0)[:, 0]
        return pd.DataFrame({"year": self.years, "probability": share})

    def find_threshold(self, code: str, target: Target) -> tuple[int, FloatArray]:
        """Find the step of a target's year, and the position that a unit has to reach in each draw.

        See `dti_analysis.models.ranks.threshold`.
        """
        check_target(target, self.count, self.years)
        step, place = self.years.index(target.target_year), self.locate(code)
        rank = target.target_rank
        ends = [-rank, -min(rank + 1, self.count)]

        def find(chunk: FloatArray) -> FloatArray:
            drawn = chunk[:, step]
            return ranks.threshold(np.partition(drawn, ends, axis=1), drawn[:, place], rank)

        key = "threshold", code, target.goal
        return step, self._remember(key, lambda: self.futures.join(find))

    def find_lift(self, code: str, target: Target, probability: float) -> float:
        """Find what must be added to a unit's own future score to give a target a chance.

        In index units, negative where less is better; of the other sign where the chance is greater
        already, and infinite so where the target is the last rank.
        """
        check_probability(probability)
        step, needed = self.find_threshold(code, target)
        gap = needed - self.positions_of(code)[:, step, 0]
        return float(self.spread * np.quantile(gap, probability, method="inverted_cdf"))

    @property
    def spread(self) -> float:
        """Score that one unit of position is worth, in the last edition with scores, if any.

        Negative where less is better.
        """
        known = self.positions.spread[np.isfinite(self.positions.spread)]
        return self.panel.config.sense * float(known[-1]) if len(known) else float("nan")

    def to_scores(self, position: FloatArray, step: int, scenario: str = "central") -> FloatArray:
        """Express positions in index units; the level is the same for all, so ranks stay.

        Parameters
        ----------
        position, step, scenario
            Positions in an edition, 0 for the first after the origin, and its level; see
            `dti_analysis.models.levels.project_level`. Scores are clipped to the scale where it is
            known, and NaN where no scores are.
        """
        config = self.panel.config
        greatest = config.max_score
        if not config.higher_is_better:  # there, the greatest progress makes for the lowest scores
            scenario = {"low": "high", "high": "low"}.get(scenario, scenario)
        level = self.positions.level[np.isfinite(self.positions.level)][-WINDOW:]
        if not len(level):
            return np.full(np.shape(position), np.nan)
        future = config.orient(project_level(level, step + 1, scenario, greatest))
        scores = np.asarray(future + self.spread * position, dtype=float)
        return scores if greatest is None else scores.clip(0, greatest)

    def score_quantiles(
        self, codes: Sequence[str], shares: Sequence[float], step: int, scenario: str = "central"
    ) -> FloatArray:
        """Quantiles of the scores of some units, ascending; shape (shares, units).

        Parameters
        ----------
        codes, shares
            The units, and ascending shares that lie evenly about one half.
        step, scenario
            See `to_scores`.
        """
        drawn = self.positions_of(*codes)[:, step]
        scores = self.to_scores(np.quantile(drawn, shares, axis=0), step, scenario)
        return scores if self.panel.config.higher_is_better else scores[::-1]

    def summarise(self, code: str) -> pd.DataFrame:
        """Summarise the ranks of one unit by year, as `Answer.summary` tells it."""
        drawn, shares = self.ranks_of(code), [0.5, *_ENDS.values()]
        median, *ends = np.quantile(drawn, shares, axis=0, method="inverted_cdf").astype(int)
        table = pd.DataFrame({"year": self.years, "median_rank": median})
        table["mean_rank"] = drawn.mean(axis=0)
        return table.assign(**dict(zip(_ENDS, ends, strict=True)))

    def summarise_all(self) -> pd.DataFrame:
        """Summarise the ranks of all units: code, unit, and what `summarise` gives, by unit."""
        cdf = self.rank_probabilities.cumsum(axis=2)
        # Sums of shares may fall short of a decimal one by rounding.
        quantiles = {
            name: 1 + (cdf < share - 1e-9).sum(axis=2).T.ravel()
            for name, share in {"median_rank": 0.5, **_ENDS}.items()
        }
        codes = np.repeat(np.array(self.codes, dtype=object), len(self.years))
        table = pd.DataFrame(
            {
                "code": codes,
                "unit": self.panel.units["name"].reindex(codes).to_numpy(),
                "year": np.tile(self.years, self.count),
                "median_rank": quantiles.pop("median_rank"),
                "mean_rank": self.mean_ranks.T.ravel(),
            }
        )
        return table.assign(**quantiles)

    def prepare(self) -> None:
        """Read ahead what all reports of a forecast take, for processes forked from this one."""
        _ = self.rank_probabilities, self.mean_ranks

    def _remember(self, key: Hashable, find: Callable[[], _Found]) -> _Found:
        """Find something once: a unit is asked about many times."""
        if key not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[key] = find()
        found: _Found = self._found[key]
        return found

    def describe(self) -> dict[str, Any]:
        """Say how it was made, and what of the panel is left out, in plain types."""
        config = self.panel.config
        left_out = list_left_out(self.panel, self.origin_year)
        return {
            "index": config.name,
            "higher_is_better": config.higher_is_better,
            "measure": self.panel.measure,
            "basis": self.panel.basis,
            "origin_year": self.origin_year,
            "model": self.model,
            "draws": len(self),
            "seed": self.seed,
            "approach": self.approach,
            "left_out": [{**asdict(each), "units": [*each.units]} for each in left_out],
        }
