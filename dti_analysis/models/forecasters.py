"""Forecasters: fitted on positions, they draw joint futures of all units.

The ladder, each by its name in `MODELS`: persistence, random_walk, pooled_local_level, pool and
averaged_level (the default); for reference, by statsmodels, mixed_model and state_space. One of
one's own goes by ``module:Name``.
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from dti_analysis.errors import DataError
from dti_analysis.models.averaged import AveragedLevel
from dti_analysis.models.positions import FloatArray, Positions
from dti_analysis.models.references import MixedModel, StateSpace
from dti_analysis.names import shorten

WINDOW = 4
"""Editions used for fitting: on long panels the last four beat the whole history."""

_CLIP = 3.0
_SHOCK_DF = 5.0
_PRIOR_SD = 1.0
_GRAIN = 1e-6


class Fitted(Protocol):
    """A fitted forecaster."""

    def predict(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw joint futures.

        Parameters
        ----------
        horizon : int
            Editions ahead, at least 1.
        draws : int
            Number of joint futures.
        rng : Generator
            Source of randomness.

        Returns
        -------
        ndarray, shape (draws, horizon, N)
            Positions; on no particular scale beyond one draw and step, where only order counts.
        """
        ...


class Forecaster(Protocol):
    """Settings of a forecaster."""

    def fit(self, positions: Positions) -> Fitted:
        """Learn from the editions in `positions`, the last being the origin."""
        ...


@dataclass(frozen=True)
class Persistence:
    """Everyone stays at the last known position. A point, not a distribution."""

    def fit(self, positions: Positions) -> "FittedRandomWalk":
        """Learn nothing but the start."""
        return FittedRandomWalk(positions, np.zeros(1))


@dataclass(frozen=True)
class RandomWalk:
    """Positions move by draws from the pooled, centred one-edition changes: the bar to beat."""

    window: int | None = WINDOW  # editions the changes are taken from; None for all

    def fit(self, positions: Positions) -> "FittedRandomWalk":
        """Collect the changes."""
        return FittedRandomWalk(positions, pool_changes(positions.last(self.window)))


@dataclass(frozen=True)
class FittedRandomWalk:
    """A random walk from the origin of `positions` by the pooled `changes`."""

    positions: Positions
    changes: FloatArray

    def predict(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw joint futures; see `Fitted.predict`."""
        now = self._draw_origin(draws, rng)
        futures = np.empty((draws, horizon, len(self.positions.units)))
        # Where positions come from ranks, they and their changes lie on a grid: without a grain
        # of noise, ties that no real score would have share ranks better than either deserves.
        grain = _GRAIN if self.changes.any() else 0.0
        for step in range(horizon):
            now = now + rng.choice(self.changes, size=now.shape)
            futures[:, step] = now + grain * rng.standard_normal(now.shape)
        return futures

    def _draw_origin(self, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw the positions at the origin: known ones as they are, the others made up for.

        A unit not published at the origin walks there from its last known position; one never
        published may stand anywhere. If the places left to them are known, they share these in
        the order they were drawn.
        """
        known = np.isfinite(self.positions.mean)
        editions = known.shape[1]
        last = editions - 1 - np.argmax(known[:, ::-1], axis=1)
        units = np.arange(len(known))
        start = np.where(known.any(axis=1), self.positions.mean[units, last], 0.0)
        spread = np.sqrt(np.where(known.any(axis=1), self.positions.variance[units, last], 1.0))
        origin = np.broadcast_to(start, (draws, len(units))).copy()
        uncertain = np.flatnonzero(spread)
        origin[:, uncertain] += spread[uncertain] * rng.standard_normal((draws, len(uncertain)))
        missing = np.flatnonzero(~known[:, -1])
        for unit in missing:
            if known[unit].any():
                steps = (draws, editions - 1 - last[unit])
                origin[:, unit] += rng.choice(self.changes, size=steps).sum(axis=1)
        unclaimed = self.positions.unclaimed[-1]
        if len(unclaimed):
            place = np.argsort(np.argsort(-origin[:, missing], axis=1), axis=1)
            origin[:, missing] = unclaimed[place]
        return origin


@dataclass(frozen=True)
class PooledLocalLevel:
    """One local-level model for all units, by empirical Bayes.

    A position is a level that walks plus noise that does not last, so that over editions s and t
    the covariance is ``v + q min(s, t) + r [s = t]``, the same for all units. Each unit is one
    replicate, a missing edition a dropped row. v, q and r minimise the negative log-likelihood with
    log-normal priors on q and r centred on one half and one quarter of the variance of the changes.
    """

    window: int | None = WINDOW  # editions to fit on; None for all

    def fit(self, positions: Positions) -> "FittedLocalLevel":
        """Find v, q and r."""
        from scipy.optimize import minimize

        recent = positions.last(self.window)
        clipped = np.clip(recent.mean, -_CLIP, _CLIP)
        groups = _group_by_pattern(clipped, recent.variance)
        change_variance = max(float(np.var(pool_changes(recent))), 1e-8)
        centre = np.log([change_variance / 2, change_variance / 4])
        start = np.array([np.log(max(float(np.nanvar(clipped)), 1e-8)), *centre])

        def objective(log_parameters: FloatArray) -> float:
            penalty = float(np.sum((log_parameters[1:] - centre) ** 2)) / (2 * _PRIOR_SD**2)
            return penalty + _negative_log_likelihood(np.exp(log_parameters), groups)

        bounds = [(value - 12, value + 12) for value in start]
        found = minimize(objective, start, method="L-BFGS-B", bounds=bounds)
        if not np.isfinite(found.fun):
            raise DataError(f"the pooled local level does not fit these positions: {found.message}")
        v, q, r = np.exp(found.x)
        return FittedLocalLevel(recent, float(v), float(q), float(r))


@dataclass(frozen=True)
class FittedLocalLevel:
    """A pooled local level with variances `v` (start), `q` (level steps) and `r` (noise)."""

    positions: Positions
    v: float
    q: float
    r: float

    def predict(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw joint futures; see `Fitted.predict`."""
        mean, root = self.condition(horizon)
        futures = np.repeat(mean.T[None], draws, axis=0)
        for step in range(horizon):
            shocks = draw_shocks(rng, (draws, len(mean)))
            futures[:, step:] += root[:, step:, step].T * shocks[:, None]
        return futures

    def condition(self, horizon: int) -> tuple[FloatArray, FloatArray]:
        """Mean of each unit's future given its past, and the Cholesky root of its covariance.

        Returns
        -------
        mean : ndarray, shape (N, horizon)
        root : ndarray, shape (N, horizon, horizon)
        """
        units, editions = self.positions.mean.shape
        sigma = _covariance(np.array([self.v, self.q, self.r]), editions + horizon)
        mean, root = np.empty((units, horizon)), np.empty((units, horizon, horizon))
        for members, seen, noise in _list_patterns(self.positions.mean, self.positions.variance):
            future = sigma[editions:, :editions][:, seen]
            past = sigma[:editions, :editions][np.ix_(seen, seen)] + np.diag(noise)
            gain = np.linalg.solve(past, future.T).T
            mean[members] = self.positions.mean[np.ix_(members, seen)] @ gain.T
            root[members] = np.linalg.cholesky(sigma[editions:, editions:] - gain @ future.T)
        return mean, root


@dataclass(frozen=True)
class Pool:
    """Equal shares of the joint draws of several forecasters."""

    members: tuple[Forecaster, ...] = (RandomWalk(), PooledLocalLevel())

    def fit(self, positions: Positions) -> "FittedPool":
        """Fit every member."""
        return FittedPool(tuple(member.fit(positions) for member in self.members))


@dataclass(frozen=True)
class FittedPool:
    """Fitted members of a pool."""

    members: tuple[Fitted, ...]

    def predict(self, horizon: int, draws: int, rng: np.random.Generator) -> FloatArray:
        """Draw joint futures; see `Fitted.predict`."""
        shares = [len(part) for part in np.array_split(np.arange(draws), len(self.members))]
        return np.concatenate(
            [
                member.predict(horizon, share, stream)
                for member, share, stream in zip(
                    self.members, shares, rng.spawn(len(shares)), strict=True
                )
            ]
        )


MODELS: Mapping[str, Forecaster] = {
    "persistence": Persistence(),
    "random_walk": RandomWalk(),
    "pooled_local_level": PooledLocalLevel(),
    "pool": Pool(),
    "averaged_level": AveragedLevel(),
    "mixed_model": MixedModel(),
    "state_space": StateSpace(),
}
DEFAULT_MODEL = "averaged_level"


def draw_shocks(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Draw t-distributed shocks of variance one."""
    scale = np.sqrt((_SHOCK_DF - 2) / _SHOCK_DF)
    return np.asarray(scale * rng.standard_t(_SHOCK_DF, size=shape))


def choose_model(model: str | Forecaster | type[Forecaster]) -> tuple[str, Forecaster]:
    """Take a forecaster by its name, or as it is.

    Parameters
    ----------
    model : str, Forecaster or type
        A name in `MODELS`; ``module:Name`` of one's own; or a forecaster. A class is called without
        arguments.

    Returns
    -------
    name : str
        What it is called: the name asked for, or that of the class.
    forecaster : Forecaster

    Raises
    ------
    DataError
        If nothing goes by the name, or what does cannot be fitted.

    Examples
    --------
    >>> choose_model("dti_analysis.models.forecasters:RandomWalk")
    ('dti_analysis.models.forecasters:RandomWalk', RandomWalk(window=4))
    """
    if isinstance(model, str):
        name, found = shorten(model), MODELS.get(model) or _import_model(model)
    else:
        name, found = shorten(getattr(model, "__name__", type(model).__name__)), model
    try:
        forecaster = found() if isinstance(found, type) else found
    except TypeError as error:
        raise DataError(
            f"model {name} cannot be made without arguments: {shorten(str(error))}. Give each a "
            "default, or name one that is made already."
        ) from error
    if not callable(getattr(forecaster, "fit", None)):
        raise DataError(
            f"model {name} is no forecaster: expected a method fit(positions), found none on "
            f"{shorten(type(forecaster).__name__)}. See docs/forecasters.md."
        )
    return model if isinstance(model, str) else name, forecaster


def _import_model(name: str) -> Any:
    if ":" not in name:
        raise DataError(
            f"model {shorten(name)} is not known. Known: {', '.join(MODELS)}. One of your own is "
            "named module:Name."
        )
    try:
        return pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError, SyntaxError) as error:
        raise DataError(
            f"model {shorten(name)} cannot be imported: {shorten(str(error))}. Expected "
            "module:Name, of a module that Python finds: installed, or in the current folder."
        ) from error


def pool_changes(positions: Positions) -> FloatArray:
    """Pool the one-edition changes of all units, centred within each edition."""
    changes = np.diff(np.clip(positions.mean, -_CLIP, _CLIP), axis=1)
    pairs = [column[np.isfinite(column)] for column in changes.T]
    pooled = [pair - pair.mean() for pair in pairs if len(pair)]
    if not pooled:
        raise DataError(
            f"no unit is known in two consecutive editions up to {positions.editions[-1]}: "
            "expected at least two editions before a forecast. Choose a later origin, "
            "or add earlier editions."
        )
    return np.concatenate(pooled)


def _covariance(parameters: FloatArray, editions: int) -> FloatArray:
    v, q, r = parameters
    order = np.arange(1, editions + 1)
    covariance: FloatArray = v + q * np.minimum.outer(order, order) + r * np.eye(editions)
    return covariance


def _list_patterns(
    mean: FloatArray, variance: FloatArray
) -> list[tuple[np.ndarray, np.ndarray, FloatArray]]:
    """Group units by what is known of them: members, editions seen, extra variance there."""
    pattern = np.where(np.isfinite(mean), variance, -1.0)
    distinct, group = np.unique(pattern, axis=0, return_inverse=True)
    return [
        (np.flatnonzero(group == index), np.flatnonzero(row >= 0), row[row >= 0])
        for index, row in enumerate(distinct)
    ]


def _group_by_pattern(
    mean: FloatArray, variance: FloatArray
) -> list[tuple[int, np.ndarray, FloatArray, FloatArray]]:
    """Sufficient statistics by pattern: count, editions seen, extra variance, sum of z z'."""
    groups = []
    for members, seen, noise in _list_patterns(mean, variance):
        z = mean[np.ix_(members, seen)]
        groups.append((len(members), seen, noise, z.T @ z))
    return groups


def _negative_log_likelihood(
    parameters: FloatArray, groups: list[tuple[int, np.ndarray, FloatArray, FloatArray]]
) -> float:
    total = 0.0
    for count, seen, noise, moments in groups:
        if len(seen):
            sigma = _covariance(parameters, int(seen[-1]) + 1)[np.ix_(seen, seen)] + np.diag(noise)
            _, log_determinant = np.linalg.slogdet(sigma)
            total += count * log_determinant + float(np.trace(np.linalg.solve(sigma, moments)))
    return total / 2
