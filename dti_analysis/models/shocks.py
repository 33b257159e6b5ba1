"""How wide the shocks of a forecast are, learned from the errors of the past.

Widths follow the recent editions, and are themselves uncertain: an edition as a whole may be
stirred or calm. They differ by position (the middle of a table moves more than its ends) and by
unit (some are restless). Their shape is that of the errors seen, and of nearly normal ones where
few are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dti_analysis.models.positions import FloatArray

BoolArray = NDArray[np.bool_]

FADING = 0.7
"""Of what is particular to a unit's shocks, the part that is left an edition later."""

DECIMALS = 12
"""Of what is learned: what differs by less is equal, whatever the units of the score."""

_RECENCY = 0.6  # weight of an edition's variance, per edition of age
_CHANGE_VARIANCE, _CHANGE_COUNT = 0.2, 0.2  # prior variance of a change, worth so many errors
_SCALE_SD, _SCALE_COUNT = 0.35, 2.0  # prior sd of an edition's log scale, worth so many editions
_BANDWIDTH, _CELLS, _CELL_COUNT = 0.15, 40, 20.0  # of the variance by position
_UNIT_COUNT = 16.0  # prior of the variance by unit, worth so many errors
_OUTLIER = 9.0  # squared errors count up to this
_SHAPE_DF, _SHAPE_COUNT, _SHAPE_SIZE = 15.0, 20.0, 2**13  # prior of the shape, worth so many errors


@dataclass(frozen=True)
class Shocks:
    """What is learned of the shocks; A assumptions, N units."""

    weights: FloatArray  # of the assumptions, shape (A,); sum to 1
    change_variance: FloatArray  # variance of a change, shape (A,)
    ratio: FloatArray  # variance of a unit's shocks to the mean one, shape (N,)
    shape: FloatArray  # equally likely shocks of mean square 1
    scale_sd: float  # standard deviation of the log scale of an edition

    def stir(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw the scale of an edition as a whole, of mean square 1."""
        log_scale = self.scale_sd * rng.standard_normal(draws) - self.scale_sd**2
        return np.asarray(np.exp(log_scale), dtype=float)


def learn_shocks(
    errors: FloatArray,
    variances: FloatArray,
    pairs: BoolArray,
    position: FloatArray,
    weigh: Callable[[FloatArray], FloatArray],
) -> Shocks:
    """Learn the shocks from errors one edition ahead.

    Parameters
    ----------
    errors, variances : ndarray, shape (E, A, N)
        Error of each edition but the first, and its variance in units of that of a change.
    pairs : ndarray, shape (E, N)
        Where there is an error.
    position : ndarray, shape (N, E + 1)
        Positions; NaN where not known.
    weigh : callable
        From log-likelihoods, shape (A,), to weights of the assumptions.
    """
    # One error alone is 0, since what is shared is taken out: no sign of calm.
    pairs_seen = pairs.sum(axis=1)
    used = pairs_seen >= min(2, pairs_seen.max())
    errors, variances, pairs = errors[used], variances[used], pairs[used]
    before, last = position.T[:-1][used], position[:, -1]
    squares = errors**2 / variances
    count = pairs.sum(axis=1)[:, None]
    freedom = np.maximum(count - 1, 0.5)
    edition = (squares.sum(axis=2) + 1e-12) / freedom
    weight = _RECENCY ** np.arange(len(squares))[::-1][:, None] * freedom
    change_variance = ((weight * edition).sum(axis=0) + _CHANGE_COUNT * _CHANGE_VARIANCE) / (
        weight.sum(axis=0) + _CHANGE_COUNT
    )

    # Gaussian, the common scale profiled out; a single change tells nothing of what lasts.
    pooled = (freedom * edition).sum(axis=0) / freedom.sum()
    spread = (np.log(variances) * pairs[:, None]).sum(axis=(0, 2))
    likelihood = -(spread + count.sum() * np.log(pooled)) / 2 * (len(squares) - 1) / len(squares)
    weights = weigh(likelihood)

    relative = np.einsum("a,ean->en", weights, squares / edition[:, :, None])
    curve = _fit_curve(np.minimum(relative, _OUTLIER), pairs, before)
    usual = np.array([_read_curve(curve, column) for column in before])
    own, others = _compare_units(np.minimum(relative / usual, _OUTLIER), pairs)
    ratio = _read_curve(curve, last) * own
    scaled = errors / np.sqrt(variances * edition[:, :, None])
    seen = np.einsum("a,ean->en", weights, scaled) / np.sqrt(usual * others)
    return Shocks(
        weights,
        change_variance,
        np.round(ratio / ratio.mean(), DECIMALS),
        _learn_shape(seen[pairs]),
        _learn_scale_sd(np.log(edition @ weights) / 2, float(count.mean())),
    )


def place(column: FloatArray) -> FloatArray:
    """Place each unit within its edition, in (0, 1), the highest near 1; NaN where unknown."""
    known = np.isfinite(column)
    ordered = np.sort(column[known])
    below = np.searchsorted(ordered, column[known], "left")
    through = np.searchsorted(ordered, column[known], "right")
    places = np.full(column.shape, np.nan)
    places[known] = (below + through) / (2 * max(len(ordered), 1))
    return places


_MIDDLES = (np.arange(_CELLS) + 0.5) / _CELLS


def _fit_curve(squares: FloatArray, pairs: BoolArray, before: FloatArray) -> FloatArray:
    """Variance by position, to the usual one, smoothed and shrunk to 1; at `_MIDDLES`."""
    places = np.array([place(column) for column in before])
    is_used = pairs & np.isfinite(places)
    seen = squares[is_used]
    if not len(seen) or seen.mean() < 1e-9:
        return np.ones(_CELLS)
    cell = np.minimum((places[is_used] * _CELLS).astype(int), _CELLS - 1)
    counts = np.bincount(cell, minlength=_CELLS)
    sums = np.bincount(cell, seen, minlength=_CELLS)
    kernel = np.exp(-((np.subtract.outer(_MIDDLES, _MIDDLES) / _BANDWIDTH) ** 2) / 2)
    usual = seen.mean()
    curve = (kernel @ sums + _CELL_COUNT * usual) / (kernel @ counts + _CELL_COUNT) / usual
    return np.asarray(curve, dtype=float)


def _read_curve(curve: FloatArray, column: FloatArray) -> FloatArray:
    places = place(column)
    return np.interp(np.where(np.isfinite(places), places, 0.5), _MIDDLES, curve)


def _compare_units(squares: FloatArray, pairs: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Variance by unit, to the usual one, shrunk to 1; and for each error without that error."""
    counted = squares * pairs
    total, count = counted.sum(axis=0), pairs.sum(axis=0)
    own = (_UNIT_COUNT + total) / (_UNIT_COUNT + count)
    others = (_UNIT_COUNT + total - counted) / (_UNIT_COUNT + count - pairs)
    return own, others


def _learn_shape(errors: FloatArray) -> FloatArray:
    """Quantiles of the errors and their mirror images, and of the prior."""
    from scipy.special import stdtrit

    spread = np.sqrt(np.mean(errors**2))
    has_shape = spread > 1e-9  # else 0 but for rounding
    seen = len(errors) if has_shape else 0
    prior = round(_SHAPE_SIZE * _SHAPE_COUNT / (_SHAPE_COUNT + seen))
    parts = [stdtrit(_SHAPE_DF, _spread_evenly(prior)) * np.sqrt(1 - 2 / _SHAPE_DF)]
    if has_shape:
        # Sorted, or NumPy partitions at each of the thousands of quantiles.
        mirrored = np.sort(np.concatenate([errors, -errors]) / spread)
        parts.append(np.quantile(mirrored, _spread_evenly(_SHAPE_SIZE - prior)))
    shape = np.concatenate(parts)
    return np.asarray(np.round(shape / np.sqrt(np.mean(shape**2)), DECIMALS), dtype=float)


def _spread_evenly(count: int) -> FloatArray:
    return np.asarray((np.arange(count) + 0.5) / max(count, 1), dtype=float)


def _learn_scale_sd(log_sd: FloatArray, units: float) -> float:
    """How far an edition's log scale was from what the editions before it gave to expect."""
    missed = 0.0
    for edition in range(1, len(log_sd)):
        age = _RECENCY ** np.arange(edition)[::-1]
        missed += float((log_sd[edition] - age @ log_sd[:edition] / age.sum()) ** 2)
    # A scale of few units misses by chance alone.
    missed = max(missed - 1.5 * (len(log_sd) - 1) / max(units, 1), 0.0)
    pooled = (_SCALE_COUNT * _SCALE_SD**2 + missed) / (_SCALE_COUNT + len(log_sd) - 1)
    return min(float(np.sqrt(pooled)), 1.0)
