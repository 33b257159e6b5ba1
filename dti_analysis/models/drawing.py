"""Joint draws in chunks, on every core: bounded memory, and the same numbers on any machine.

Each chunk has a stream of random numbers of its own, and its size follows from the number of units
alone, so that neither cores nor memory change what is drawn.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dti_analysis.models.forecasters import Fitted
from dti_analysis.models.positions import FloatArray

_CELLS = 2**18
"""Units times draws of one chunk: few enough for a core's own memory."""

_LEAST_DRAWS = 128
"""Draws of one chunk at least: what is done once a chunk must not outweigh them."""

_BUDGET = 2**29
"""Bytes of chunks that are kept; more than these are drawn again for each reading."""

_Read = TypeVar("_Read")
_Kind = TypeVar("_Kind", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Futures:
    """Joint futures of all units, read chunk by chunk.

    Parameters
    ----------
    fitted : Fitted
        A fitted forecaster.
    horizon : int
        Editions ahead.
    draws : int
        Number of joint futures.
    drawn : int
        Number of units that `fitted` draws.
    seed : int
        Start of the random numbers; same seed, same futures. A longer horizon leaves the earlier
        editions as they were.
    share : ndarray, shape (drawn, N), or None
        What each unit drawn contributes to each of N others, which are then what is read; None for
        the units drawn themselves.
    """

    fitted: Fitted
    horizon: int
    draws: int
    drawn: int
    seed: int
    share: FloatArray | None = None
    _kept: dict[int, FloatArray] = field(default_factory=dict, repr=False)

    @property
    def units(self) -> int:
        """Number of units read."""
        return self.drawn if self.share is None else self.share.shape[1]

    @property
    def is_kept(self) -> bool:
        """Whether the chunks are few enough to be kept."""
        return 8 * self.draws * self.horizon * self.units <= _BUDGET

    def merge(self, share: FloatArray) -> "Futures":
        """Read, of the same draws, what units are merged into; see `share`."""
        return replace(self, share=share, _kept={})

    def read(self, reading: Callable[[FloatArray], _Read]) -> list[_Read]:
        """Read something off each chunk.

        Parameters
        ----------
        reading : callable
            Takes the positions of a chunk, shape (draws of it, horizon, N), and must not change
            them. Called from several threads: NumPy draws and sorts without the interpreter's
            lock, and nothing is copied.

        Returns
        -------
        list
            What it gave, in the order of the draws.
        """
        parts = _list_chunks(self.draws, self.drawn)
        seeds = np.random.SeedSequence(self.seed).spawn(len(parts))

        def read_one(place: int) -> _Read:
            chunk = self._kept.get(place)
            if chunk is None:
                stream = np.random.default_rng(seeds[place])
                chunk = self.fitted.predict(self.horizon, parts[place], stream)
                chunk = chunk if self.share is None else chunk @ self.share
                if self.is_kept:
                    self._kept[place] = chunk
            return reading(chunk)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(read_one, range(len(parts))))

    def join(self, reading: Callable[[FloatArray], NDArray[_Kind]]) -> NDArray[_Kind]:
        """Read an array with a row for each draw off each chunk, and put them below each other."""
        return np.concatenate(self.read(reading))


def _list_chunks(draws: int, units: int) -> list[int]:
    """List the number of draws in each chunk."""
    size = max(_CELLS // units, _LEAST_DRAWS)
    return [min(size, draws - start) for start in range(0, draws, size)]
