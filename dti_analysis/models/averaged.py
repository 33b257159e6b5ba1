"""Pooled levels, averaged over how much of a change lasts: the default forecaster.

Of one change, an index may take back half (noise), keep all (a random walk) or add more of the same
(momentum). Which, a handful of editions cannot tell, and the best guess does worse than an average.
So every assumption is filtered at once, and draws are taken from all of them: by how well each
foretold the editions seen, tempered by a prior. How wide the draws are is learned in
`dti_analysis.models.shocks`.
"""

from dataclasses import dataclass

import numpy as np

from dti_analysis.errors import DataError
from dti_analysis.models.positions import FloatArray, Positions
from dti_analysis.models.shocks import DECIMALS, FADING, Shocks, learn_shocks, place

_NOISE_SHARES = np.arange(10) / 10
_CARRIES = np.array([0.2, 0.4, 0.6, 0.8])

NOISE = np.concatenate([_NOISE_SHARES, np.zeros(len(_CARRIES))])
"""Of the variance of a change, the share that is noise, by assumption; 0: a random walk."""
CARRY = np.concatenate([np.zeros(len(_NOISE_SHARES)), _CARRIES])
"""Share of the latest changes that is added once more, by assumption."""

_IS_USUAL = (NOISE < 0.45) & (CARRY < 0.5)
_PRIOR = _IS_USUAL / _IS_USUAL.sum()
_PRIOR_WEIGHT = 0.35
_CHANGE_MEMORY = 0.5  # of the latest changes, per edition
_USUAL_VARIANCE = 0.2  # of a change, where none is known
_LEAST_GAPS = 10  # between scores, to tell whether they are rounded
_CLIP = 3.0
_MOST_KNOTS = 512
_CELLS_PER_KNOT = 4
_ENDS, _LEAST_SPREAD = 0.05, 0.1  # share of the units at either end; spread without them


@dataclass(frozen=True)
class AveragedLevel:
    """Pooled levels, averaged over how much of a change lasts, on two scales of position.

    Parameters
    ----------
    window : int or None
        Editions to learn from; None for all.
    normal_part : float
        Share of the draws from positions as normal scores of the ranks, which outliers cannot
        stretch; the others are from positions as standardised scores, which keep distances. All,
        where outliers leave an edition without distances.
    """

    window: int | None = None
    normal_part: float = 0.4

    def fit(self, positions: Positions) -> "FittedAveragedLevel":
        """Filter the history under every assumption, on both scales.

        Raises
        ------
        DataError
            If no unit is known in two editions.
        """
        recent = positions.last(self.window)
        if not (np.isfinite(recent.mean).sum(axis=1) > 1).any():
            raise DataError(
                f"no unit is known in two editions up to {positions.editions[-1]}: a forecast "
                "needs at least two. Choose a later origin, or add earlier editions."
            )
        mean, variance = _fill_unpublished(recent)
        scores = _normal_scores(mean)
        normal_part = 1.0 if any(map(_is_crowded, mean.T)) else self.normal_part
        return FittedAveragedLevel(
            (_fit_scale(mean, variance), _fit_scale(scores, variance)),
            (1 - normal_part, normal_part),
            _Bridge.between(scores[:, -1], mean[:, -1]),
            _find_step(recent),
        )


@dataclass(frozen=True)
class _Scale:
    """What is learned on one scale; A assumptions, N units.

    Variances are in units of the variance of a change.
    """

    mean: FloatArray  # (A, N) of the levels at the origin
    variance: FloatArray  # (A, N) of the levels at the origin
    change: FloatArray  # (A, N) latest changes of the levels, faded
    shocks: Shocks

    def draw(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        quantile = (np.arange(draws) + 0.5) / draws
        cumulated = np.cumsum(self.shocks.weights)
        group = np.minimum(np.searchsorted(cumulated, quantile), len(NOISE) - 1)
        level, change, variance = self.mean[group], self.change[group], self.variance
        carry = CARRY[group, None]
        futures = np.empty((draws, horizon, level.shape[1]))
        for step in range(horizon):
            variance = variance + (1 - NOISE)[:, None]
            total = variance + NOISE[:, None] / 2
            gain = variance / total
            ratio = 1 + (self.shocks.ratio - 1) * FADING**step
            width = np.sqrt(self.shocks.change_variance[:, None] * total * ratio)
            shocks = rng.choice(self.shocks.shape, size=level.shape)
            shocks *= width[group]
            shocks *= self.shocks.stir(draws, rng)[:, None]
            expected = level + carry * change
            futures[:, step] = expected + shocks
            shocks *= gain[group]
            moved = expected + shocks - level
            level = level + moved
            change = _CHANGE_MEMORY * change + (1 - _CHANGE_MEMORY) * moved
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
        if len(knots) > _MOST_KNOTS:  # Some hundreds show the way, in a third of the time.
            chosen = np.linspace(0, len(knots) - 1, _MOST_KNOTS).round().astype(int)
            knots, first = knots[chosen], first[chosen]
        return cls(knots, positions[known][first])

    def cross(self, scores: FloatArray) -> FloatArray:
        if not len(self.scores):
            return scores
        if len(self.scores) == 1:
            return self.positions + (scores - self.scores)
        knots, ways = self.scores, self.positions
        slopes = np.append(np.diff(ways) / np.diff(knots), 0.0)
        following = np.append(knots[1:], np.inf)
        # As np.interp, to the bit and in a quarter of its time: cells of equal width that tell the
        # knots before them, instead of a search for each score.
        width = (knots[-1] - knots[0]) / (_CELLS_PER_KNOT * len(knots))
        cells = ((knots - knots[0]) / width).astype(np.intp)
        counts = np.bincount(cells)
        before = np.maximum(np.cumsum(counts) - counts - 1, 0)
        inside = np.clip(scores, knots[0], knots[-1])
        knot = before[((inside - knots[0]) / width).astype(np.intp)]
        for _ in range(counts.max()):
            knot += inside >= following[knot]
        crossed = slopes[knot] * (inside - knots[knot]) + ways[knot]
        return np.asarray(crossed + (scores - inside), dtype=float)


@dataclass(frozen=True)
class FittedAveragedLevel:
    """Both scales, the parts of the draws they get, the way back from normal scores.

    ``step`` is what scores are rounded to, in positions, if they are: rounded scores tie, and ties
    share the best rank, so that draws have to be rounded as well.
    """

    scales: tuple[_Scale, _Scale]
    parts: tuple[float, float]
    bridge: _Bridge
    step: float | None

    def predict(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw joint futures; see `dti_analysis.models.forecasters.Fitted.predict`."""
        standard, normal = rng.spawn(2)
        count = round(draws * self.parts[1])
        futures = np.concatenate(
            [
                self.scales[0].draw(horizon, draws - count, standard),
                self.bridge.cross(self.scales[1].draw(horizon, count, normal)),
            ]
        )
        if self.step is None:
            return futures
        # Through the scores of the origin: the median, position 0, may lie between two of them.
        start = self.bridge.positions[0]
        steps = np.round((futures - start) / self.step)
        return np.asarray(start + self.step * steps, dtype=float)


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
    unit = max(float(np.var(changes)) if len(changes) else _USUAL_VARIANCE, 1e-6)
    extra = np.where(known, uncertainty, 0.0) / unit

    noise, walk, carry = NOISE[:, None] / 2, 1 - NOISE[:, None], CARRY[:, None]
    mean, change = np.zeros((2, len(NOISE), len(z)))
    variance = np.repeat(np.maximum(1 - noise * unit, 0.3) / unit, len(z), axis=1)
    seen = np.zeros(len(z), dtype=bool)
    errors, variances, pairs = [], [], []
    for edition in range(z.shape[1]):
        now = known[:, edition]
        both = now & seen
        variance = variance + np.where(seen, walk, 0.0)
        expected = mean + carry * change
        if both.any():
            # What all units share, those absent now too, cancels in ranks.
            shift = (z[:, edition] - expected)[:, both].mean(axis=1, keepdims=True)
            mean, expected = (np.where(seen, level + shift, level) for level in (mean, expected))
        error = z[:, edition] - expected
        total = variance + noise + extra[:, edition]
        gain = np.where(now, variance / total, 0.0)
        level = expected + gain * error
        faded = _CHANGE_MEMORY * change + (1 - _CHANGE_MEMORY) * (level - mean)
        change = np.where(both, faded, 0.0)
        mean, variance = level, (1 - gain) * variance
        seen |= now
        errors.append(np.where(both, error, 0.0))
        variances.append(np.where(both, total, 1.0))
        pairs.append(both)
    shocks = learn_shocks(
        np.array(errors[1:]), np.array(variances[1:]), np.array(pairs[1:]), position, _weigh
    )
    # Units that are alike are to tie exactly where they draw the same shock.
    mean, variance, change = (np.round(part, DECIMALS) for part in (mean, variance, change))
    return _Scale(mean, variance, change, shocks)


def _weigh(log_likelihood: FloatArray) -> FloatArray:
    """Weights of the assumptions: by likelihood, and in part as likely as before."""
    posterior = np.exp(log_likelihood - log_likelihood.max())
    weights = (1 - _PRIOR_WEIGHT) * posterior / posterior.sum() + _PRIOR_WEIGHT * _PRIOR
    return np.asarray(weights, dtype=float)


def _normal_scores(position: FloatArray) -> FloatArray:
    """Replace each edition by the normal scores of its ranks, ties sharing the middle one."""
    from scipy.special import ndtri

    return np.column_stack([np.asarray(ndtri(place(column))) for column in position.T])


def _is_crowded(column: FloatArray) -> bool:
    """Whether outliers crowd all others of an edition into one place."""
    ordered = np.sort(column[np.isfinite(column)])
    ends = int(np.ceil(_ENDS * len(ordered)))
    others = ordered[ends : len(ordered) - ends]
    if len(others) < 3 or ordered[0] == ordered[-1]:
        return False
    return bool(np.std(others) < _LEAST_SPREAD * np.std(ordered))


def _find_step(positions: Positions) -> float | None:
    """Find what the scores of the origin are rounded to, in positions; None if they are not."""
    last = positions.mean[:, -1]
    if not np.isfinite(positions.level[-1]) or positions.variance[:, -1].any():
        return None
    gaps = np.diff(np.unique(np.round(last[np.isfinite(last)], 9)))
    if len(gaps) < _LEAST_GAPS:
        return None
    for part in range(1, 11):
        multiples = gaps * part / gaps.min()
        if np.allclose(multiples, np.round(multiples), rtol=0, atol=1e-3):
            return float(gaps.min() / part)
    return None
