"""Scores and ranks to positions: where each unit stands relative to the others, by edition."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# With fewer scores than this share of the units, an edition is placed by its ranks alone.
_FEW_SCORES = 0.5


@dataclass(frozen=True)
class Positions:
    """Standardised scores of all units over the editions.

    Parameters
    ----------
    units : tuple of str
        The N units, in ascending order.
    editions : tuple of int
        The T editions, in ascending order; the last is the origin.
    mean : ndarray, shape (N, T)
        Position (score less median, over standard deviation); NaN where nothing is published.
    variance : ndarray, shape (N, T)
        Uncertainty of `mean`: 0 for a published score, more where only the rank is known.
    unclaimed : tuple of ndarray
        For each edition, the positions that belong to the units whose rank is not published, in
        descending order; empty if nothing is known of them.
    level, spread : ndarray, shape (T,)
        Score of an edition is ``level + spread * position``; NaN where it has no scores.
    """

    units: tuple[str, ...]
    editions: tuple[int, ...]
    mean: FloatArray
    variance: FloatArray
    unclaimed: tuple[FloatArray, ...]
    level: FloatArray
    spread: FloatArray

    def last(self, window: int | None) -> "Positions":
        """Keep the last `window` editions (all if None)."""
        if window is None or window >= len(self.editions):
            return self
        keep = slice(-window, None)
        return Positions(
            self.units,
            self.editions[keep],
            self.mean[:, keep],
            self.variance[:, keep],
            self.unclaimed[keep],
            self.level[keep],
            self.spread[keep],
        )


def standardise(panel: pd.DataFrame, means: Mapping[int, float] | None = None) -> Positions:
    """Place the units of each edition.

    An edition with scores for at least half of its units is standardised, and units of which only
    the rank is known are placed among their neighbours. An edition with fewer scores is placed by
    the normal scores of its ranks, and its level and spread come from the scores there are.

    Parameters
    ----------
    panel : DataFrame
        Columns unit, year, score, rank; one row per edition and unit ranked in it; score or rank
        may be missing, and a unit may enter or leave.

    means : mapping of int to float, optional
        What is stated to be the mean of all scores of an edition: of one with few it is the level.

    Returns
    -------
    Positions
        The same for any order of the rows and any increasing linear scale of the scores.
    """
    known = panel.astype({"score": float, "rank": float}).assign(member=1.0)
    wide = known.pivot(index="unit", columns="year", values=["score", "rank", "member"])
    wide = wide.sort_index()
    scores, ranks, members = (
        np.asarray(wide[part], dtype=float) for part in ("score", "rank", "member")
    )
    counts = np.nansum(members, axis=0).astype(int)
    years = [int(year) for year in wide["score"].columns]
    editions = [
        _place_edition(scores[:, t], ranks[:, t], counts[t], (means or {}).get(year, np.nan))
        for t, year in enumerate(years)
    ]
    return Positions(
        units=tuple(wide.index),
        editions=tuple(years),
        mean=np.column_stack([edition[0] for edition in editions]),
        variance=np.column_stack([edition[1] for edition in editions]),
        unclaimed=tuple(
            _list_unclaimed(editions[t][0], ranks[:, t], counts[t]) for t in range(len(counts))
        ),
        level=np.array([edition[2] for edition in editions]),
        spread=np.array([edition[3] for edition in editions]),
    )


def is_placed_by_scores(scored: int, count: int) -> bool:
    """Say whether so many scores of so many units place an edition, or else its ranks do."""
    return scored >= max(_FEW_SCORES * count, 1)


def _place_edition(
    scores: FloatArray, ranks: FloatArray, count: int, mean: float
) -> tuple[FloatArray, FloatArray, float, float]:
    is_scored = np.isfinite(scores)
    if is_placed_by_scores(int(is_scored.sum()), count):
        level = float(np.median(scores[is_scored]))
        spread = float(np.std(scores[is_scored]))
        # Rounding noise is not a spread: equal scores are equal positions.
        spread = spread if spread > 1e-9 * max(abs(level), 1e-300) else 1.0
        position = (scores - level) / spread
        return *_place_among_neighbours(position, ranks, count), level, spread
    position = _normal_score(ranks, count)
    level = spread = np.nan
    is_both = is_scored & np.isfinite(position)
    if len(np.unique(position[is_both])) > 1:
        spread, level = np.polyfit(position[is_both], scores[is_both], 1)
        level = level if np.isnan(mean) else mean
    return position, np.zeros_like(position), float(level), float(spread)


def _normal_score(ranks: FloatArray, count: int) -> FloatArray:
    """Quantile of the standard normal for a rank among `count`, the best rank the highest."""
    from scipy.special import ndtri

    return np.asarray(ndtri((count - ranks + 0.5) / count), dtype=float)


def _place_among_neighbours(
    position: FloatArray, ranks: FloatArray, count: int
) -> tuple[FloatArray, FloatArray]:
    """Place units with a rank but no score.

    One that ties a scored unit stands where that does. Between two scored neighbours they are the
    order statistics of a uniform; beyond the first or last scored unit they follow a normal tail.
    """
    mean, variance = position.copy(), np.where(np.isfinite(position), 0.0, np.nan)
    anchors = np.flatnonzero(np.isfinite(position) & np.isfinite(ranks))
    if not len(anchors):
        return mean, variance
    for unit in np.flatnonzero(~np.isfinite(position) & np.isfinite(ranks)):
        better = anchors[ranks[anchors] < ranks[unit]]
        worse = anchors[ranks[anchors] > ranks[unit]]
        end = anchors[np.argmin(np.abs(ranks[anchors] - ranks[unit]))]
        if ranks[end] == ranks[unit]:
            mean[unit], variance[unit] = position[end], 0.0
        elif len(better) and len(worse):
            above = better[np.argmax(ranks[better])]
            below = worse[np.argmin(ranks[worse])]
            # Ties share the best rank and use up the ranks below it.
            last = ranks[above] + np.sum(ranks == ranks[above]) - 1
            between = max(ranks[below] - last - 1, 1)
            place = min(max(ranks[unit] - last, 1), between)
            gap = position[above] - position[below]
            mean[unit] = position[above] - gap * place / (between + 1)
            variance[unit] = (
                gap**2 * place * (between + 1 - place) / ((between + 1) ** 2 * (between + 2))
            )
        else:
            normal = _normal_score(ranks[[unit, end]], count)
            share = (count - ranks[unit] + 0.5) / count
            mean[unit] = position[end] + normal[0] - normal[1]
            density = np.exp(-(normal[0] ** 2) / 2) / np.sqrt(2 * np.pi)
            variance[unit] = share * (1 - share) / ((count + 2) * density**2)
    return mean, variance


def _list_unclaimed(position: FloatArray, ranks: FloatArray, count: int) -> FloatArray:
    """List the positions of an edition left for the units without a published place."""
    is_missing = ~np.isfinite(position)
    known = ranks[np.isfinite(ranks)].astype(int)
    if not is_missing.any() or not len(known):
        return np.empty(0)
    # Ties share the best rank and use up the ranks below it.
    taken = {rank + extra for rank in known for extra in range(int((known == rank).sum()))}
    left = np.array([rank for rank in range(1, count + 1) if rank not in taken], dtype=float)
    return _normal_score(left, count) if len(left) == is_missing.sum() else np.empty(0)
