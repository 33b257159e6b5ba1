"""Joint draws in chunks, on every core: bounded memory, and the same numbers on any machine.

Each chunk has a stream of random numbers of its own, and its size follows from the number of units
alone, so that neither cores nor memory change what is drawn.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from dti_analysis.models.forecasters import Fitted
from dti_analysis.models.positions import FloatArray
from dti_analysis.models.ranks import RankArray, choose_rank_type, rank_draws

_CELLS = 2**18
"""Units times draws of one chunk: few enough for a core's own memory."""

_LEAST_DRAWS = 128
"""Draws of one chunk at least: what is done once a chunk must not outweigh them."""


def draw_futures(
    fitted: Fitted, horizon: int, draws: int, units: int, rng: np.random.Generator
) -> FloatArray:
    """Draw joint futures.

    Parameters
    ----------
    fitted : Fitted
        A fitted forecaster.
    horizon : int
        Editions ahead.
    draws : int
        Number of joint futures.
    units : int
        Number of units that `fitted` draws.
    rng : Generator
        Source of randomness.

    Returns
    -------
    ndarray, shape (draws, horizon, units)
        Positions.
    """
    futures = np.empty((draws, horizon, units))

    def draw(part: slice, stream: np.random.Generator) -> None:
        futures[part] = fitted.predict(horizon, part.stop - part.start, stream)

    _run_chunks(draw, draws, units, rng)
    return futures


def draw_ranks(
    fitted: Fitted, horizon: int, draws: int, units: int, rng: np.random.Generator
) -> RankArray:
    """Draw joint futures and keep their ranks only: a quarter of the memory or less.

    Parameters are those of `draw_futures`, and so are the futures.

    Returns
    -------
    ndarray, shape (draws, horizon, units)
        Ranks within each draw and step.
    """
    ranks: RankArray = np.empty((draws, horizon, units), dtype=choose_rank_type(units))

    def draw(part: slice, stream: np.random.Generator) -> None:
        ranks[part] = rank_draws(fitted.predict(horizon, part.stop - part.start, stream))

    _run_chunks(draw, draws, units, rng)
    return ranks


def rank_futures(futures: FloatArray) -> RankArray:
    """Rank the units within each draw and step, as `dti_analysis.models.ranks.rank_draws` does."""
    draws, horizon, units = futures.shape
    ranks: RankArray = np.empty((draws, horizon, units), dtype=choose_rank_type(units))

    def rank(part: slice) -> None:
        ranks[part] = rank_draws(futures[part])

    _map_chunks(rank, _list_chunks(draws, units))
    return ranks


def _run_chunks(
    draw: Callable[[slice, np.random.Generator], None],
    draws: int,
    units: int,
    rng: np.random.Generator,
) -> None:
    chunks = _list_chunks(draws, units)
    _map_chunks(draw, chunks, rng.spawn(len(chunks)))


def _list_chunks(draws: int, units: int) -> list[slice]:
    size = max(_CELLS // units, _LEAST_DRAWS)
    return [slice(start, min(start + size, draws)) for start in range(0, draws, size)]


def _map_chunks(work: Callable[..., None], *arguments: Iterable[object]) -> None:
    # Threads: NumPy draws and sorts without the interpreter's lock, and nothing is copied.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(work, *arguments):
            pass
