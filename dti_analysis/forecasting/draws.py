"""The joint draws of one forecast, and everything that is read off them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from math import isqrt
from numbers import Integral
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dti_analysis.cleaning.left_out import list_left_out
from dti_analysis.errors import DataError, UnknownUnitError
from dti_analysis.guards import guard_counts, guard_probabilities
from dti_analysis.memory import require_memory
from dti_analysis.models import ranks
from dti_analysis.models.drawing import Futures, estimate_size
from dti_analysis.models.positions import FloatArray, Positions
from dti_analysis.names import list_names, quote
from dti_analysis.panel import Panel, Unit
from dti_analysis.targets import Target, check_place, check_probability, check_target, check_year

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
    check_whole("horizon", horizon, 1, f"expected 1 to {most} editions", most)


def check_whole(
    name: str, number: object, least: int, expected: str = "", most: int | None = None
) -> None:
    """Refuse what is not a whole number, or out of its range."""
    expected = expected or f"expected at least {least}"
    if not isinstance(number, Integral) or isinstance(number, bool):
        raise DataError(f"{name} {number!r} is not a whole number: {expected}.")
    if int(number) < least or (most is not None and int(number) > most):
        raise DataError(f"{name} {number} is out of range: {expected}.")


def check_draws(
    draws: int, horizon: int, units: int, noun: str, least: int = 1, more: int = 0
) -> None:
    """Refuse a number of draws that is none, or more than there is memory for.

    Each takes `more` bytes beside what a forecast of one unit does; the noun is that of the units.
    """
    check_whole("draws", draws, least)
    each = _DRAW_SIZE * horizon + more

    def estimate(count: int) -> int:
        return estimate_size(count, horizon, units) + each * count

    def advise(free: int) -> str:
        rest = free - estimate_size(_ENDLESS, horizon, units)
        # Few draws are kept, beside what is read of them.
        fitting = (rest // size for size in (each, each + 8 * horizon * units))
        most = next((count for count in fitting if least <= count and estimate(count) <= free), 0)
        if not most:
            return "Ask for fewer editions ahead, or of fewer units."
        return f"At most {most:,} draws would fit."

    asked = f"{draws:,} draws of {units:,} {noun}, {horizon} editions ahead,"
    require_memory(asked, estimate(draws), advise)


_Reading = tuple[Any, ...]
"""A function of the draws and a chunk, and what else it takes."""

_DRAW_SIZE = 40
"""Bytes for each draw and edition of what is read of a unit and its targets, and made of that."""

_ENDLESS = 10**15
"""So many draws that none are kept: only those at work take memory."""

_REMEMBERED = 2**27
"""Bytes of readings that are kept, those of a unit some hundred kilobytes."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Joint futures of all units of a roster, from one origin; ranks are ranks within each draw.

    Parameters
    ----------
    panel, positions
        What is forecast, all editions, and what of it was known at the origin.
    futures, years
        Positions of all units in the editions after the origin, and these editions.
    levels : ndarray, shape (draws, horizon)
        Score of the position 0 in each, more being better; NaN where no scores are known.
    origin_year, model, seed
        As asked for.
    approach : {"direct", "bottom_up"}
        Whether these very units were drawn, or those of the parent and then merged within draws.
    codes : tuple of str
        Codes of the N units, in the order of the draws.
    given : tuple of dict
        What these draws have in common, where they are a part of all that were made: unit, code,
        measure, sign, value and year; see `dti_analysis.forecasting.conditions`.
    """

    panel: Panel
    positions: Positions
    futures: Futures
    years: tuple[int, ...]
    levels: FloatArray
    origin_year: int
    model: str
    seed: int
    approach: str
    codes: tuple[str, ...]
    given: tuple[dict[str, Any], ...] = ()
    _found: dict[_Reading, NDArray[Any]] = field(default_factory=dict, repr=False)
    _expected: dict[str, Sequence[Target]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return self.futures.count

    @property
    def count(self) -> int:
        """Number of units ranked."""
        return len(self.codes)

    def locate(self, code: str) -> int:
        """Index of a unit in the draws; `UnknownUnitError` if it was not ranked at the origin."""
        if code not in self._places:
            names, panel = self.panel.names, self.panel
            years = ", ".join(map(str, panel.rows.loc[panel.rows["code"] == code, "year"]))
            raise UnknownUnitError(
                f"{panel.config.unit} {quote(names.get(code, code))} was not ranked in "
                f"{self.origin_year}, so it is not forecast from there. Its editions: "
                f"{years or 'none'}. Forecast: {list_names(names[known] for known in self.codes)}."
            )
        return self._places[code]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}

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

    def keep(self, is_kept: NDArray[np.bool_], given: tuple[dict[str, Any], ...]) -> "Draws":
        """Take a part of the draws, and say what they have in common."""
        return replace(
            self,
            futures=self.futures.keep(is_kept),
            levels=self.levels[is_kept],
            given=given,
            _found={},
            _expected={},
        )

    def step_of(self, year: int) -> int:
        """Step of a year that is forecast, 0 for the first after the origin."""
        check_year(year, self.years)
        return self.years.index(year)

    def positions_of(self, *codes: str) -> FloatArray:
        """Positions of some units, shape (draws, horizon, units asked for)."""
        own = self._list_readings(codes[0]) if len(codes) == 1 else []
        return self._read((Draws._take_positions, *codes), *own)

    def ranks_of(self, code: str) -> ranks.RankArray:
        """Ranks of a unit, shape (draws, horizon)."""
        return self._read((Draws._rank_one, code), *self._list_readings(code))

    def expect(self, code: str, targets: Sequence[Target]) -> None:
        """Say which targets of a unit will be asked about, to be read along with its ranks."""
        self._expected[code] = targets

    def ranks_in(self, year: int, *codes: str) -> ranks.RankArray:
        """Ranks of some units in a year, shape (draws, units asked for)."""
        check_year(year, self.years)
        return self._read((Draws._rank_some, year, *codes))

    def read_ahead(self, code: str, others: Sequence[str]) -> None:
        """Read at once what a report on a unit takes.

        Beside its own draws, those of `others`, their ranks in the first year, and its chances
        against them. Nothing, where the chunks are kept: there is no hurry.
        """
        if not self.futures.is_kept and others:
            against = Draws._count_ahead, code, *others
            theirs = (Draws._take_positions, *others), (Draws._rank_some, self.years[0], *others)
            self._read(against, *theirs, *self._list_readings(code))

    def _list_readings(self, code: str) -> list[_Reading]:
        """List what is read of a unit whenever something of it is."""
        goals = [target.goal for target in self._expected.get(code, ())]
        thresholds = [(Draws._take_thresholds, code, *goal) for goal in goals]
        return [(Draws._take_positions, code), (Draws._rank_one, code), *thresholds]

    def _read(self, asked: _Reading, *others: _Reading) -> NDArray[Any]:
        """Read something off the draws, once; `others` with it that will be asked for as well."""
        if asked in self._found:
            return self._found[asked]
        wanted = dict.fromkeys((asked, *others))
        missing = [reading for reading in wanted if reading not in self._found]
        parts = self.futures.read(
            lambda chunk: [read(self, chunk, *given) for read, *given in missing]
        )
        if sum(found.nbytes for found in self._found.values()) > _REMEMBERED:
            self._found.clear()
        for reading, part in zip(missing, zip(*parts, strict=True), strict=True):
            is_count = reading[0] in {Draws._count_ahead, Draws._sum_ranks}
            self._found[reading] = np.sum(part, axis=0) if is_count else np.concatenate(part)
        return self._found[asked]

    def _take_positions(self, chunk: FloatArray, *codes: str) -> FloatArray:
        return chunk[:, :, [self.locate(code) for code in codes]]

    def _rank_one(self, chunk: FloatArray, code: str) -> ranks.RankArray:
        higher = chunk > chunk[:, :, self.locate(code), None]
        return np.asarray(1 + higher.sum(axis=2, dtype=np.int32))

    def _rank_some(self, chunk: FloatArray, year: int, *codes: str) -> ranks.RankArray:
        drawn = chunk[:, self.years.index(year)]
        own = drawn[:, [self.locate(code) for code in codes]]
        each = [(drawn > column[:, None]).sum(axis=1, dtype=np.int32) for column in own.T]
        return np.asarray(1 + np.column_stack(each))

    def _take_thresholds(self, chunk: FloatArray, code: str, rank: int, year: int) -> FloatArray:
        drawn = chunk[:, self.years.index(year)]
        ordered = np.partition(drawn, [-rank, -min(rank + 1, self.count)], axis=1)
        return ranks.threshold(ordered, drawn[:, self.locate(code)], rank)

    def _rank_lifted(self, chunk: FloatArray, code: str, year: int, lift: float) -> ranks.RankArray:
        drawn = chunk[:, self.years.index(year)]
        own = drawn[:, [self.locate(code)]] + lift
        higher = np.delete(drawn, self.locate(code), axis=1) > own
        return np.asarray(1 + higher.sum(axis=1, dtype=np.int32))

    def _count_ahead(self, chunk: FloatArray, code: str, *others: str) -> NDArray[np.int64]:
        own = chunk[:, :, [self.locate(code)]]
        return np.asarray((own > self._take_positions(chunk, *others)).sum(axis=0))

    def _sum_ranks(self, chunk: FloatArray, year: int) -> NDArray[np.int64]:
        return np.asarray(ranks.rank_draws(chunk[:, self.years.index(year)]).sum(axis=0))

    @cached_property
    def rank_counts(self) -> NDArray[np.uint32]:
        """Number of draws with each rank, shape (horizon, N units, N ranks), if these fit."""
        steps, size = len(self.years), self.count
        require_memory(
            f"All rank probabilities of {size:,} {self.panel.config.units}, {steps} editions",
            # Beside the counts, what is made of them.
            self.futures.size + 2 * 4 * steps * size**2,
            lambda free: (
                f"At most {isqrt(max(free - self.futures.size, 0) // (8 * steps)):,} "
                f"{self.panel.config.units} would fit."
            ),
        )
        return self.count_ranks(lambda chunk: chunk, steps, size)

    def count_ranks(
        self, select: Callable[[FloatArray], FloatArray], steps: int, size: int
    ) -> NDArray[np.uint32]:
        """Count the draws with each rank among a selection, shape (steps, size, size).

        What is ranked is selected of the positions of a chunk, with the shape (draws, steps, size).
        """
        counts = np.zeros(steps * size * size, dtype=np.uint32)
        first = np.arange(steps * size).reshape(steps, size) * size - 1
        lock, one = Lock(), np.uint32(1)  # NumPy is slow to add up another type

        def count(chunk: FloatArray) -> None:
            places = (first + ranks.rank_draws(select(chunk))).ravel()
            with lock:
                np.add.at(counts, places, one)

        self.futures.read(count)
        found = counts.reshape(steps, size, size)
        guard_counts(found, len(self))
        return found

    @property
    def rank_probabilities(self) -> FloatArray:
        """Probability of each rank, shape (horizon, N units, N ranks)."""
        return self.rank_counts / len(self)

    def probabilities_of(self, code: str) -> FloatArray:
        """Probability of each rank of a unit, shape (horizon, N ranks)."""
        drawn = self.ranks_of(code)
        found = ranks.rank_probabilities(drawn[:, :, None], self.count)[:, 0]
        guard_probabilities(found)
        return found

    def mean_ranks_in(self, year: int) -> FloatArray:
        """Mean rank of each unit in a year, shape (N,)."""
        step = self.step_of(year)
        if "rank_counts" in self.__dict__:
            return np.asarray(self.rank_counts[step] @ np.arange(1, self.count + 1) / len(self))
        return np.asarray(self._read((Draws._sum_ranks, year)) / len(self))

    def inside(self, top: int, year: int) -> FloatArray:
        """Chance of each unit to be among the best of a year, shape (N,)."""
        check_place("top", top, self.count)
        step = self.step_of(year)

        def count(chunk: FloatArray) -> FloatArray:
            drawn = chunk[:, step]
            least = np.partition(drawn, -top, axis=1)[:, -top, None]
            return np.asarray((drawn >= least).sum(axis=0), dtype=float)

        return np.asarray(sum(self.futures.read(count)) / len(self), dtype=float)

    def ahead(self, code: str, *others: str) -> pd.DataFrame:
        """Chance that one unit ranks better than each of others: code, year, probability."""
        share = self._read((Draws._count_ahead, code, *others)) / len(self)
        return pd.DataFrame(
            {
                "code": np.repeat(others, len(self.years)),
                "year": np.tile(self.years, len(others)),
                "probability": share.T.ravel(),
            }
        )

    def find_threshold(self, code: str, target: Target) -> tuple[int, FloatArray]:
        """Find the step of a target's year, and the position that a unit has to reach in each draw.

        See `dti_analysis.models.ranks.threshold`.
        """
        check_target(target, self.count, self.years)
        asked = Draws._take_thresholds, code, *target.goal
        return self.step_of(target.target_year), self._read(asked, *self._list_readings(code))

    def find_lift(self, code: str, target: Target, probability: float) -> float:
        """Find what must be added to a unit's own future score to give a target a chance.

        In index units, negative where less is better; of the other sign where the chance is greater
        already, and infinite so where the target is the last rank.
        """
        check_probability(probability)
        step, needed = self.find_threshold(code, target)
        gap = needed - self.positions_of(code)[:, step, 0]
        return float(self.spread * np.quantile(gap, probability, method="inverted_cdf"))

    def count_places(self, code: str, year: int, lift: float) -> int:
        """Count the places that a unit's median rank in a year gains by a lift, in index units."""
        # What rounding takes off is made up for, as in `push.lift_chance`.
        move = (1 + 1e-12) * lift / self.spread
        lifted = self._read((Draws._rank_lifted, code, year, move))
        drawn = np.stack([self.ranks_of(code)[:, self.step_of(year)], lifted])
        before, after = np.quantile(drawn, 0.5, axis=1, method="inverted_cdf")
        return int(before - after)

    @property
    def spread(self) -> float:
        """Score that one unit of position is worth, in the last edition with scores, if any.

        Negative where less is better.
        """
        known = self.positions.spread[np.isfinite(self.positions.spread)]
        return self.panel.config.sense * float(known[-1]) if len(known) else float("nan")

    def to_scores(self, position: FloatArray, step: int) -> FloatArray:
        """Express positions of each draw in a step, shape (draws,) or (draws, N), in index units.

        They are the level drawn, and the spread as many times as the position says; clipped to the
        scale where it is known, and NaN where no scores are.
        """
        config = self.panel.config
        level = config.orient(self.levels[:, step])
        scores = level.reshape(-1, *[1] * (position.ndim - 1)) + self.spread * position
        return np.asarray(
            scores if config.max_score is None else scores.clip(0, config.max_score), dtype=float
        )

    def score_quantiles(
        self, codes: Sequence[str], shares: Sequence[float], step: int
    ) -> FloatArray:
        """Quantiles of the scores of some units, in index units; shape (shares, units)."""
        scores = self.to_scores(self.positions_of(*codes)[:, step], step)
        return np.asarray(np.quantile(scores, shares, axis=0))

    def find_score(self, code: str, target: Target, probability: float) -> float:
        """Find the score that reaches a target with a chance, in index units.

        The least that will do or, where less is better, the most; NaN where no scores are known.
        """
        check_probability(probability)
        step, needed = self.find_threshold(code, target)
        scores, orient = self.to_scores(needed, step), self.panel.config.orient
        return float(orient(np.quantile(orient(scores), probability, method="inverted_cdf")))

    def summarise(self, code: str) -> pd.DataFrame:
        """Summarise the ranks of one unit by year, as `Answer.summary` tells it."""
        drawn, shares = self.ranks_of(code), [0.5, *_ENDS.values()]
        median, *ends = np.quantile(drawn, shares, axis=0, method="inverted_cdf").astype(int)
        table = pd.DataFrame({"year": self.years, "median_rank": median})
        return table.assign(**dict(zip(_ENDS, ends, strict=True)))

    def summarise_all(self) -> pd.DataFrame:
        """Summarise the ranks of all units: code, unit, and what `summarise` gives, by unit."""
        reached = self.rank_counts.cumsum(axis=2, dtype=np.uint32)
        # A share of the draws may exceed a whole number of them by rounding.
        quantiles = {
            name: 1 + (reached < (share - 1e-9) * len(self)).sum(axis=2).T.ravel()
            for name, share in {"median_rank": 0.5, **_ENDS}.items()
        }
        codes = np.repeat(np.array(self.codes, dtype=object), len(self.years))
        table = pd.DataFrame(
            {
                "code": codes,
                "unit": self.panel.units["name"].reindex(codes).to_numpy(),
                "year": np.tile(self.years, self.count),
            }
        )
        return table.assign(**quantiles)

    def prepare(self) -> None:
        """Read ahead what all reports of a forecast take, for processes forked from this one."""
        _ = self.rank_counts

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
            "given": [*self.given],
            "left_out": [{**asdict(each), "units": [*each.units]} for each in left_out],
        }
