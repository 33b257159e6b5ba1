"""Joint draws to what is read off them: rank probabilities, target chances, scores needed."""

import numpy as np
from numpy.typing import NDArray

from dti_analysis.models.positions import FloatArray

RankArray = NDArray[np.signedinteger]


def rank_draws(draws: FloatArray) -> RankArray:
    """Rank the units within each draw.

    Parameters
    ----------
    draws : ndarray, shape (..., N)
        Positions or scores; the higher the better.

    Returns
    -------
    ndarray, shape (..., N)
        1 + the number of units with a higher value, so that ties share the best rank.

    Examples
    --------
    >>> rank_draws(np.array([[0.1, 2.0, 0.1, 3.0]])).tolist()
    [[3, 2, 3, 1]]
    """
    units = draws.shape[-1]
    rows = draws.reshape(-1, units)
    order = np.argsort(-rows, axis=1)
    placed = np.take_along_axis(rows, order, axis=1)
    count: RankArray = np.arange(1, units + 1, dtype=choose_rank_type(units))
    shared = np.broadcast_to(count, rows.shape)
    is_tied = placed[:, 1:] == placed[:, :-1]
    if is_tied.any():
        is_first = np.column_stack([np.ones(len(rows), dtype=bool), ~is_tied])
        shared = np.maximum.accumulate(np.where(is_first, shared, count[0]), axis=1)
    ranks: RankArray = np.empty(rows.shape, dtype=count.dtype)
    np.put_along_axis(ranks, order, shared, axis=1)
    return ranks.reshape(draws.shape)


def choose_rank_type(units: int) -> type[np.int16] | type[np.int32]:
    """Choose the smallest type that holds the ranks of this many units."""
    return np.int16 if units <= np.iinfo(np.int16).max else np.int32


def count_ranks(ranks: RankArray, places: int | None = None) -> NDArray[np.int64]:
    """Count how often each of N units, of `places` ranked, takes each rank: horizon, unit and rank.

    Ranks have the shape (draws, horizon, N), counts (horizon, N, places).
    """
    _, horizon, units = ranks.shape
    places = units if places is None else places
    first = np.arange(units) * places - 1
    counts = [
        np.bincount((first + ranks[:, step]).ravel(), minlength=units * places)
        for step in range(horizon)
    ]
    return np.array(counts).reshape(horizon, units, places)


def rank_probabilities(ranks: RankArray, places: int | None = None) -> FloatArray:
    """Probability of each rank, shape (horizon, N, places); see `count_ranks`."""
    return np.asarray(count_ranks(ranks, places) / len(ranks))


def chance_in_year(ranks: RankArray, target_rank: int) -> float:
    """Chance that a rank, shape (draws, horizon), is the target's or better at the last step."""
    return float(np.mean(ranks[:, -1] <= target_rank))


def chance_by_year(ranks: RankArray, target_rank: int) -> float:
    """Chance that the rank is `target_rank` or better at one of the steps at least.

    Parameters are those of `chance_in_year`.
    """
    return float(np.mean(ranks.min(axis=1) <= target_rank))


def threshold(ordered: FloatArray, own: FloatArray, target_rank: int) -> FloatArray:
    """Value to reach for `target_rank`: the target-th highest among the other units.

    Parameters
    ----------
    ordered : ndarray, shape (draws, N)
        Positions or scores of all units at one step, ascending within each draw: sorted once, they
        serve every unit and target.
    own : ndarray, shape (draws,) or (draws, units)
        Those of the unit whose target it is, or of several.
    target_rank : int
        From 1 to N.

    Returns
    -------
    ndarray
        Of the shape of `own`: the unit has the target rank or better exactly where its own value
        is at least this; minus infinity where the target is the last rank.
    """
    if target_rank == ordered.shape[1]:
        return np.full(own.shape, -np.inf)
    aside = (-1, *[1] * (own.ndim - 1))
    reached, next_best = (
        ordered[:, place].reshape(aside) for place in (-target_rank, -target_rank - 1)
    )
    return np.where(own >= reached, next_best, reached)
