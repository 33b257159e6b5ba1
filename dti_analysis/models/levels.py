"""The level of future editions, drawn like all else: no rank depends on it, every score does."""

import numpy as np

from dti_analysis.models.forecasters import WINDOW, draw_shocks, pool_changes
from dti_analysis.models.positions import FloatArray, Positions

_STEADY = 2.0
"""Changes that a drift of none counts for, beside those seen."""

_MEMORY = 0.8
"""What is left of a drift from one edition to the next."""

_WIDTH = 1.5
"""Width of a shock beside that of the units' own changes, before any change of the level is seen.

It counts for one change. Where units hardly move, levels do not either.
"""


_END = 1e-3
"""Share of the scale that is as good as its end."""


def draw_levels(
    positions: Positions, horizon: int, draws: int, seed: int, ceiling: float | None
) -> FloatArray:
    """Draw joint futures of the level.

    It drifts by the mean of its last four changes, shrunk by n / (n + 2) and damped, with shocks
    of heavy tails. The drift is known no better than a mean of so few is, so that the uncertainty
    grows faster than the root of the horizon. On a scale that ends, all this is of the log odds,
    so that a level that comes near an end slows down.

    Parameters
    ----------
    positions : Positions
        What is known, with the level and the spread of each edition, more being better.
    horizon, draws : int
        Editions ahead, and number of futures.
    seed : int
        Start of the random numbers, which are others than those of positions: ranks stay as they
        are. A longer horizon leaves the earlier editions as they were.
    ceiling : float or None
        Greatest score there can be, where the scale is known; it begins at 0.

    Returns
    -------
    ndarray, shape (draws, horizon)
        Scores of the position 0; NaN where no edition has scores.

    References
    ----------
    The damped drift is that of Gardner & McKenzie (1985), Management Science 31, 1237-1246.
    """
    from scipy.special import expit, logit

    level = positions.level[np.isfinite(positions.level)][-WINDOW - 1 :]
    if not len(level):
        return np.full((draws, horizon), np.nan)
    spread = positions.spread[np.isfinite(positions.spread)][-1]
    if ceiling is not None:
        share = np.clip(level / ceiling, _END, 1 - _END)
        level, spread = logit(share), spread / ceiling / (share[-1] * (1 - share[-1]))
    changes = np.diff(level)
    known = len(changes) + _STEADY
    drift = changes.sum() / known
    expected = _WIDTH * spread * np.std(pool_changes(positions.last(WINDOW + 1)))
    variance = (expected**2 + np.sum((changes - drift) ** 2)) / (1 + len(changes))
    stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, 0)))
    drifts = drift + np.sqrt(variance / known) * stream.standard_normal(draws)
    shocks = np.sqrt(variance) * draw_shocks(stream, (horizon, draws))
    steps = drifts * _MEMORY ** np.arange(horizon)[:, None] + shocks
    drawn = np.asarray(level[-1] + steps.cumsum(axis=0).T, dtype=float)
    return drawn if ceiling is None else ceiling * expit(drawn)
