"""A pooled local level, averaged over how much of a change is noise.

What share of a change lasts cannot be told from a handful of editions, and a single best guess of
it does worse than an average. So every share is filtered at
once, and draws are taken from all of them, by how well each foretold the editions seen, tempered
by a prior. Widths follow the recent editions, differ by position (the middle of a table moves more
than its ends) and are themselves uncertain.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from dti_analysis.errors import DataError
from dti_analysis.positions import FloatArray, Positions

BoolArray = NDArray[np.bool_]

SHARES = np.arange(10) / 10
"""Noise shares averaged over: of the variance of a change, what is noise (0: a random walk)."""

_PRIOR = np.where(SHARES < 0.45, 1.0, 0.0) / np.sum(SHARES < 0.45)
_PRIOR_WEIGHT = 0.5
_RECENCY = 0.6  # weight of an edition's variance, per edition of age
_CHANGE_VARIANCE, _CHANGE_COUNT = 0.2, 0.2  # prior variance of a change, worth so many editions
_SCALE_SD, _SCALE_COUNT = 0.35, 2.0  # prior sd of an edition's log scale, worth so many editions
_BANDWIDTH, _CELLS, _CELL_COUNT = 0.15, 40, 20.0  # of the variance by position
_OUTLIER = 9.0  # squared shocks count up to this
_FADING = 0.7  # of the variance by position, per edition ahead
_SHOCK_DF = 15.0
_CLIP = 3.0

_QUANTILES = stdtrit(_SHOCK_DF, (np.arange(2**13) + 0.5) / 2**13)
_SHOCKS = _QUANTILES / np.sqrt(np.mean(_QUANTILES**2))


@dataclass(frozen=True)
class AveragedLevel:
    """Pooled local levels, averaged over the noise share, on two scales of position.

    Parameters
    ----------
    window : int or None
        Editions to learn from; None for all.
    normal_part : float
        Share of the draws from positions as normal scores of the ranks, which outliers cannot
        stretch; the others are from positions as standardised scores, which keep distances.
    """

    window: int | None = 6
    normal_part: float = 1 / 3

    def fit(self, positions: Positions) -> "FittedAveragedLevel":
        """Filter the history for every noise share, on both scales.

        Raises
        ------
        DataError
            If no unit is known in two editions.
        """
        recent = positions.last(self.window)
        if not (np.isfinite(recent.mean).sum(axis=1) > 1).any():
            raise DataError(
                f"no unit is known in two editions up to {positions.editions[-1]}: a forecast "
                "needs at least two. Choose a later origin."
            )
        mean, variance = _fill_unpublished(recent)
        scores = _normal_scores(mean)
        return FittedAveragedLevel(
            (_fit_scale(mean, variance), _fit_scale(scores, variance)),
            (1 - self.normal_part, self.normal_part),
            _Bridge.between(scores[:, -1], mean[:, -1]),
        )


@dataclass(frozen=True)
class _Scale:
    """What is learned on one scale; G noise shares, N units.

    Levels and their variances are in units of the scale and of its change variance.
    """

    weights: FloatArray  # (G,) of the noise shares
    mean: FloatArray  # (G, N) of the levels at the origin
    variance: FloatArray  # (G, N) of the levels at the origin
    change_variance: FloatArray  # (G,)
    ratio: FloatArray  # (N,) variance of a unit's shocks to the usual
    scale_sd: float  # of the log scale of an edition

    def draw(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        place = (np.arange(draws) + 0.5) / draws
        group = np.minimum(np.searchsorted(np.cumsum(self.weights), place), len(SHARES) - 1)
        level, variance = self.mean[group], self.variance
        futures = np.empty((draws, horizon, self.mean.shape[1]))
        for step in range(horizon):
            variance = variance + (1 - SHARES)[:, None]
            total = variance + SHARES[:, None] / 2
            gain = variance / total
            ratio = 1 + (self.ratio - 1) * _FADING**step
            width = np.sqrt(self.change_variance[:, None] * total * ratio)
            # With a mean of 1: an edition as a whole is as often stirred as calm.
            stir = np.exp(self.scale_sd * rng.standard_normal(draws) - self.scale_sd**2 / 2)
            shocks = rng.choice(_SHOCKS, size=level.shape)
            shocks *= width[group]
            shocks *= stir[:, None]
            futures[:, step] = level + shocks
            level = level + gain[group] * shocks
            variance = (1 - gain) * variance
        return futures


@dataclass(frozen=True)
class _Bridge:
    """From normal scores at the origin back to positions, increasing throughout."""

    scores: FloatArray
    positions: FloatArray

    @classmethod
    def between(cls, scores: FloatArray, positions: FloatArray) -> "_Bridge":
        known = np.isfinite(scores) & np.isfinite(positions)
        knots, first = np.unique(scores[known], return_index=True)
        return cls(knots, positions[known][first])

    def cross(self, scores: FloatArray) -> FloatArray:
        if not len(self.scores):
            return scores
        inside = np.interp(scores, self.scores, self.positions)
        below = np.minimum(scores - self.scores[0], 0)
        above = np.maximum(scores - self.scores[-1], 0)
        return np.asarray(inside + below + above, dtype=float)


@dataclass(frozen=True)
class FittedAveragedLevel:
    """Both scales, the parts of the draws they get, and the way back from normal scores."""

    scales: tuple[_Scale, _Scale]
    parts: tuple[float, float]
    bridge: _Bridge

    def predict(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw joint futures; see `dti_analysis.models.Fitted.predict`."""
        standard, normal = rng.spawn(2)
        count = round(draws * self.parts[1])
        return np.concatenate(
            [
                self.scales[0].draw(horizon, draws - count, standard),
                self.bridge.cross(self.scales[1].draw(horizon, count, normal)),
            ]
        )


def _fill_unpublished(positions: Positions) -> tuple[FloatArray, FloatArray]:
    """Put units of which nothing is published where the places left to them are, on average."""
    mean, variance = positions.mean.copy(), positions.variance.copy()
    for edition, left in enumerate(positions.unclaimed):
        if len(left):
            missing = ~np.isfinite(mean[:, edition])
            mean[missing, edition], variance[missing, edition] = left.mean(), left.var()
    return mean, variance


def _fit_scale(position: FloatArray, uncertainty: FloatArray) -> _Scale:
    known = np.isfinite(position)
    z = np.where(known, np.clip(position, -_CLIP, _CLIP), 0.0)
    changes = np.diff(np.where(known, z, np.nan), axis=1)
    changes = changes[np.isfinite(changes)]
    unit = max(float(np.var(changes)) if len(changes) else _CHANGE_VARIANCE, 1e-6)
    extra = np.where(known, uncertainty, 0.0) / unit

    noise = SHARES[:, None] / 2
    start = np.maximum(1 - noise * unit, 0.3) / unit
    mean = np.zeros((len(SHARES), len(z)))
    variance = np.repeat(start, len(z), axis=1)
    seen = np.zeros(len(z), dtype=bool)
    errors, variances, pairs, befores = [], [], [], []
    for edition in range(z.shape[1]):
        now = known[:, edition]
        variance = variance + np.where(seen, 1 - SHARES[:, None], 0.0)
        error = z[:, edition] - mean
        total = variance + noise + extra[:, edition]
        both = now & seen
        if both.any():
            # What all units share cancels in ranks.
            shift = error[:, both].mean(axis=1, keepdims=True)
            mean = np.where(both, mean + shift, mean)
            error = np.where(both, error - shift, error)
            errors.append(np.where(both, error, 0.0))
            variances.append(np.where(both, total, 1.0))
            pairs.append(both)
            befores.append(position[:, edition - 1])
        gain = np.where(now, variance / total, 0.0)
        mean = mean + gain * error
        variance = (1 - gain) * variance
        seen |= now
    return _learn_widths(
        mean,
        variance,
        np.array(errors),
        np.array(variances),
        np.array(pairs),
        np.array(befores),
        position[:, -1],
    )


def _learn_widths(
    mean: FloatArray,
    variance: FloatArray,
    errors: FloatArray,
    variances: FloatArray,
    pairs: BoolArray,
    befores: FloatArray,
    last: FloatArray,
) -> _Scale:
    """Weigh the noise shares and learn the widths from the one-edition errors, shape (E, G, N)."""
    squares = errors**2 / variances
    count = pairs.sum(axis=1)[:, None]
    freedom = np.maximum(count - 1, 0.5)
    edition = (squares.sum(axis=2) + 1e-12) / freedom
    age = _RECENCY ** np.arange(len(squares))[::-1][:, None]
    weight = (age * freedom).sum(axis=0)
    change_variance = ((age * freedom * edition).sum(axis=0) + _CHANGE_COUNT * _CHANGE_VARIANCE) / (
        weight + _CHANGE_COUNT
    )

    # Gaussian, the common scale profiled out; a single change tells nothing of what lasts.
    pooled = (freedom * edition).sum(axis=0) / freedom.sum()
    spread = (np.log(variances) * pairs[:, None]).sum(axis=(0, 2))
    likelihood = -(spread + count.sum() * np.log(pooled)) / 2 * (len(squares) - 1) / len(squares)
    posterior = np.exp(likelihood - likelihood.max())
    posterior /= posterior.sum()
    weights = (1 - _PRIOR_WEIGHT) * posterior + _PRIOR_WEIGHT * _PRIOR

    relative = np.einsum("g,egn->en", weights, squares / change_variance[None, :, None])
    return _Scale(
        weights,
        mean,
        variance,
        change_variance,
        _compare_positions(relative, pairs, befores, last),
        _learn_scale_sd(np.log(edition @ weights) / 2, float(count.mean())),
    )


def _compare_positions(
    relative: FloatArray, pairs: BoolArray, befores: FloatArray, last: FloatArray
) -> FloatArray:
    """Variance of shocks by position, smoothed and shrunk to 1, at each unit's own."""
    places = np.array([_place(before) for before in befores])
    used = pairs & np.isfinite(places)
    squares = np.minimum(relative[used], _OUTLIER)
    if not len(squares) or squares.mean() < 1e-9:
        return np.ones(len(last))
    cell = np.minimum((places[used] * _CELLS).astype(int), _CELLS - 1)
    counts = np.bincount(cell, minlength=_CELLS)
    sums = np.bincount(cell, squares, minlength=_CELLS)
    middle = (np.arange(_CELLS) + 0.5) / _CELLS
    kernel = np.exp(-((np.subtract.outer(middle, middle) / _BANDWIDTH) ** 2) / 2)
    usual = squares.mean()
    curve = (kernel @ sums + _CELL_COUNT * usual) / (kernel @ counts + _CELL_COUNT) / usual
    place = _place(last)
    ratio = np.interp(np.where(np.isfinite(place), place, 0.5), middle, curve)
    return np.asarray(ratio / ratio.mean(), dtype=float)


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


def _normal_scores(position: FloatArray) -> FloatArray:
    """Replace each edition by the normal scores of its ranks, ties sharing the middle one."""
    return np.column_stack([np.asarray(ndtri(_place(column))) for column in position.T])


def _place(column: FloatArray) -> FloatArray:
    """Place each unit within its edition, in (0, 1), the highest near 1; NaN where unknown."""
    known = np.isfinite(column)
    ordered = np.sort(column[known])
    below = np.searchsorted(ordered, column[known], "left")
    through = np.searchsorted(ordered, column[known], "right")
    place = np.full(column.shape, np.nan)
    place[known] = (below + through) / (2 * max(len(ordered), 1))
    return place
