"""The level of future editions: an assumption, the same for all, that no rank depends on."""

import numpy as np
from numpy.typing import NDArray

LEVELS = {"low": 0.0, "central": 0.5, "high": 1.0}
"""Quantile of the past editions' progress that each scenario continues."""


def project_level(
    level: NDArray[np.float64], steps: int, scenario: str, ceiling: float | None
) -> float:
    """Continue the level of past editions.

    Parameters
    ----------
    level : ndarray, shape (T,)
        Levels of the past editions, at least one.
    steps : int
        Editions ahead.
    scenario : {"low", "central", "high"}
        The level closes, each edition, the least, median or greatest share of its distance to the
        ceiling that it closed in the past; without a ceiling it moves by the least, median or
        greatest of its changes.
    ceiling : float or None
        Greatest score there can be.

    Examples
    --------
    >>> project_level(np.array([0.2, 0.6]), 1, "central", ceiling=1.0)
    0.8
    >>> project_level(np.array([20.0, 60.0]), 1, "central", ceiling=None)
    100.0
    """
    room = np.ones(len(level)) if ceiling is None else ceiling - level
    progress = np.diff(level) / room[:-1] if len(level) > 1 else np.zeros(1)
    if len(progress) == 1:
        progress = progress * np.array([0.5, 1.0, 1.5])
    share = np.quantile(progress, LEVELS[scenario])
    if ceiling is None:
        return float(level[-1] + steps * share)
    return float(ceiling - room[-1] * (1 - share) ** steps)
