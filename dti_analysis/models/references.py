"""Reference forecasters computed by statsmodels: its standard models of the same positions.

Both take positions as they stand, without clipping and as if those known by rank alone were
certain, and forecast in normal draws (t where a unit's own few changes are all there is).
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.errors import DataError
from dti_analysis.models.positions import FloatArray, Positions

SHARES = np.arange(11) / 10
"""Noise shares tried: of the variance of a change, what is noise (0: random walk, 1: no walk)."""

_UNTOLD_SHARE = 5  # one half, where no unit has the three editions that can tell
_OWN_EDITIONS = 3
_OPTIMISERS = ("lbfgs", "bfgs", "powell")
_STILL = 1e-6


@dataclass(frozen=True)
class MixedModel:
    """A linear mixed model, ``z ~ C(edition)`` with a random intercept per unit.

    Each unit has a place that lasts and noise around it: the pooled local level whose level does
    not walk (q = 0), by maximum likelihood, so that the two can be compared.

    It is fitted on a `window` of four editions, or all if None, because only forgetting lets a
    model follow units whose place it takes to be fixed.
    """

    window: int | None = 4

    def fit(self, positions: Positions) -> "FittedLevels":
        """Find the variances and the conditional places of the units (BLUP).

        A unit without an edition in the window may stand anywhere units do.

        Raises
        ------
        DataError
            If no unit is known in two editions, none changes its place, or no optimiser converges.
        """
        recent = positions.last(self.window)
        _count_editions(recent)
        fitted = _fit_mixed_model(recent)
        start, noise = float(fitted.cov_re.iloc[0, 0]), float(fitted.scale)
        level, variance = np.zeros(len(recent.units)), np.full(len(recent.units), start)
        if start > 0:  # statsmodels conditions on no intercepts that do not vary
            for unit, effect in fitted.random_effects.items():
                level[unit] = effect.iloc[0]
                variance[unit] = fitted.random_effects_cov[unit].iloc[0, 0]
        return FittedLevels(level, variance, np.zeros_like(level), np.full_like(level, noise))


@dataclass(frozen=True)
class StateSpace:
    """A local level per unit from its own history alone: the unpooled counterpart.

    The start is exactly diffuse and the scale concentrated out, so that one parameter is left to
    search, the share of noise in the variance of a change; the unit takes the most likely of
    `SHARES`, and its shocks are t with a degree of freedom for each change seen. A unit known in
    fewer than three editions, or one that never moved, tells no share of its own: it takes the
    share that is the most likely for the others together, and their mean variance.

    It is fitted on a `window` of editions, all if None, because a unit on its own has no other
    source.
    """

    window: int | None = None

    def fit(self, positions: Positions) -> "FittedLevels":
        """Choose the variances of each unit and filter its history.

        A unit without any edition has mean 0 and variance 1.

        Raises
        ------
        DataError
            If no unit is known in two editions.
        """
        from statsmodels.tsa.statespace.structural import UnobservedComponents

        recent = positions.last(self.window)
        counts = _count_editions(recent)
        models = [UnobservedComponents(z, "llevel", use_exact_diffuse=True) for z in recent.mean]
        share, scale, freedom = _choose_variances(models, recent.mean, counts)
        walk, noise = scale * (1 - share), scale * share / 2
        level, variance = np.zeros(len(models)), np.ones(len(models))
        for unit in np.flatnonzero(counts):
            found = _filter(models[unit], walk[unit], noise[unit])
            level[unit] = found.predicted_state[0, -1]
            variance[unit] = found.predicted_state_cov[0, 0, -1]
        return FittedLevels(level, variance, walk, noise, freedom)


@dataclass(frozen=True)
class FittedLevels:
    """Levels of N units, shape (N,), in the edition after the origin, and how they go on."""

    level: FloatArray  # the mean
    variance: FloatArray  # of the level
    walk: FloatArray  # variance of the steps of a level
    noise: FloatArray  # variance of what does not last
    # degrees of freedom behind the variances; normal draws if None
    freedom: FloatArray | None = None

    def predict(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw joint futures; see `dti_analysis.models.forecasters.Fitted.predict`."""
        shape = draws, len(self.level)
        futures = np.empty((draws, horizon, len(self.level)))
        # One factor for all editions of a draw: it is the scale of the unit that is uncertain.
        factor = np.ones(shape)
        if self.freedom is not None:
            factor = np.sqrt(self.freedom / rng.chisquare(self.freedom, shape))
        level = self.level + factor * np.sqrt(self.variance) * rng.standard_normal(shape)
        for step in range(horizon):
            futures[:, step] = level + factor * np.sqrt(self.noise) * rng.standard_normal(shape)
            level = level + factor * np.sqrt(self.walk) * rng.standard_normal(shape)
        return futures


def _count_editions(positions: Positions) -> FloatArray:
    """Count the editions in which each unit is known."""
    counts: FloatArray = np.isfinite(positions.mean).sum(axis=1).astype(float)
    if counts.max() < 2:
        raise DataError(
            f"no unit is known in two editions up to {positions.editions[-1]}: a forecast needs "
            "at least two. Choose a later origin, or add earlier editions."
        )
    return counts


def _fit_mixed_model(positions: Positions) -> Any:
    """Fit by the first optimiser that converges; groups are the indices of the units."""
    from statsmodels.regression.mixed_linear_model import MixedLM
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, SingularMatrixWarning

    unit, edition = np.nonzero(np.isfinite(positions.mean))
    known = pd.DataFrame({"z": positions.mean[unit, edition], "edition": edition, "unit": unit})
    _refuse_standstill(known, positions)
    model = MixedLM.from_formula("z ~ C(edition)", groups="unit", data=known)
    for optimiser in _OPTIMISERS:
        with warnings.catch_warnings():
            # They say that a fit did not converge, which is asked below, and that the intercepts
            # hardly vary, which is an answer as good as any.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", SingularMatrixWarning)
            try:
                fitted = model.fit(reml=False, method=optimiser)
            except np.linalg.LinAlgError:  # stopped where the likelihood has no curvature
                continue
        if fitted.converged:
            return fitted
    raise DataError(
        f"the mixed model of the editions up to {positions.editions[-1]} did not converge, by any "
        f"of {', '.join(_OPTIMISERS)}: there is no forecast from it. Choose another model."
    )


def _refuse_standstill(known: pd.DataFrame, positions: Positions) -> None:
    """Refuse positions that units and editions explain without a rest: they have no likelihood."""
    design = pd.get_dummies(known[["unit", "edition"]].astype(str), dtype=float).to_numpy()
    z = known["z"].to_numpy()
    rest = z - design @ np.linalg.lstsq(design, z)[0]
    if np.abs(rest).max() < _STILL:
        raise DataError(
            f"no unit changes its place in the editions up to {positions.editions[-1]}: a mixed "
            "model needs changes to learn from. Choose another model or a later origin."
        )


def _choose_variances(
    models: list[Any], z: FloatArray, counts: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Noise share, variance of a change and degrees of freedom of each unit."""
    changes = np.maximum(counts - 1, 0)
    known = np.isfinite(z)
    highest = z.max(axis=1, where=known, initial=-np.inf)
    has_moved = highest - z.min(axis=1, where=known, initial=np.inf) > _STILL
    likelihood, scale = (np.zeros((len(models), len(SHARES))) for _ in range(2))
    for unit in np.flatnonzero(has_moved):
        for index, share in enumerate(SHARES):
            found = _filter(models[unit], 1 - share, share / 2, is_relative=True)
            likelihood[unit, index], scale[unit, index] = found.llf, found.scale
    is_own = has_moved & (counts >= _OWN_EDITIONS)
    common = likelihood[is_own].sum(axis=0).argmax() if is_own.any() else _UNTOLD_SHARE
    choice = np.where(is_own, likelihood.argmax(axis=1), common)
    pooled = changes @ scale[:, common] / changes.sum()
    return (
        SHARES[choice],
        np.where(is_own, scale[np.arange(len(models)), choice], pooled),
        np.where(is_own, changes, changes.sum()),
    )


def _filter(model: Any, walk: float, noise: float, is_relative: bool = False) -> Any:
    """Filter one unit; `is_relative` if the variances are up to a scale that is to be found."""
    model.ssm.filter_concentrated = is_relative
    model.update([noise, walk])
    return model.ssm.filter()
