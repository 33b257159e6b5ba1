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

from dti_analysis.errors import DataError
from dti_analysis.models.forecasters import Fitted
from dti_analysis.models.positions import FloatArray
from dti_analysis.names import shorten

_CELLS = 2**18
"""Units times draws of one chunk: few enough for a core's own memory."""

_LEAST_DRAWS = 128
"""Draws of one chunk at least: what is done once a chunk must not outweigh them."""

_BUDGET = 2**29
"""Bytes of chunks that are kept, and of those at work at a time; more are drawn again."""

_COPIES = 5
"""What a chunk takes while it is drawn and read, in chunks."""

_Read = TypeVar("_Read")
_Kind = TypeVar("_Kind", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Futures:
    """Joint futures of all units, read chunk by chunk."""

    fitted: Fitted
    horizon: int
    draws: int
    drawn: int  # number of units that `fitted` draws
    seed: int  # same seed, same futures; a longer horizon leaves the earlier editions as they were
    # what each unit drawn contributes to each of N that are read, shape (drawn, N); None for itself
    share: FloatArray | None = None
    # which of the futures are read, shape (draws,); None for all
    is_read: NDArray[np.bool_] | None = None
    _kept: dict[int, FloatArray] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """Number of futures read."""
        return self.draws if self.is_read is None else int(self.is_read.sum())

    @property
    def units(self) -> int:
        """Number of units read."""
        return self.drawn if self.share is None else self.share.shape[1]

    @property
    def is_kept(self) -> bool:
        """Whether the chunks are few enough to be kept."""
        return 8 * self.draws * self.horizon * self.units <= _BUDGET

    @property
    def size(self) -> int:
        """Bytes that a reading takes, beside what is read; see `estimate_size`."""
        return estimate_size(self.draws, self.horizon, self.drawn)

    def merge(self, share: FloatArray) -> "Futures":
        """Read, of the same draws, what units are merged into; see `share`."""
        return replace(self, share=share, _kept={})

    def keep(self, is_kept: NDArray[np.bool_]) -> "Futures":
        """Read a part of the futures that are read, and no others."""
        if self.is_read is None:
            return replace(self, is_read=is_kept)
        is_read = self.is_read.copy()
        is_read[is_read] = is_kept
        return replace(self, is_read=is_read)

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
        workers = _count_workers(self.draws, self.horizon, self.drawn)
        places = range(-(-self.draws // _count_draws(self.drawn)))
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(lambda place: reading(self._draw(place)), places))

    def take(self, number: int) -> FloatArray:
        """Take one of the futures, from 0: positions, shape (horizon, N)."""
        if self.is_read is not None:
            number = int(np.flatnonzero(self.is_read)[number])
        place, row = divmod(number, _count_draws(self.drawn))
        return np.asarray(self._draw_all(place)[row])

    def draw_first(self) -> FloatArray:
        """Draw the first chunk, of all futures that are drawn; shape (draws of it, horizon, N)."""
        return self._draw_all(0)

    def _draw(self, place: int) -> FloatArray:
        """Draw what is read of a chunk."""
        chunk = self._draw_all(place)
        if self.is_read is None:
            return chunk
        start = place * _count_draws(self.drawn)
        return chunk[self.is_read[start : start + len(chunk)]]

    def _draw_all(self, place: int) -> FloatArray:
        """Draw a chunk, or take the one that is kept."""
        chunk = self._kept.get(place)
        if chunk is None:
            size = _count_draws(self.drawn)
            # As SeedSequence.spawn seeds them, one after the other.
            seed = np.random.SeedSequence(self.seed, spawn_key=(place,))
            draws, stream = min(size, self.draws - place * size), np.random.default_rng(seed)
            chunk = _predict(self.fitted, (draws, self.horizon, self.drawn), stream)
            chunk = chunk if self.share is None else chunk @ self.share
            if self.is_kept:
                self._kept[place] = chunk
        return chunk

    def join(self, reading: Callable[[FloatArray], NDArray[_Kind]]) -> NDArray[_Kind]:
        """Read an array with a row for each draw off each chunk, and put them below each other."""
        return np.concatenate(self.read(reading))


def _predict(fitted: Fitted, shape: tuple[int, int, int], rng: np.random.Generator) -> FloatArray:
    """Draw from a fitted forecaster, which may be anybody's: hold it to what `Fitted` promises."""
    name = shorten(type(fitted).__name__)
    if not callable(getattr(fitted, "predict", None)):
        raise DataError(
            f"fit gave {name}: expected an object with a method predict(horizon, draws, rng). "
            "Return it from fit."
        )
    draws, horizon, _units = shape
    chunk = np.asarray(fitted.predict(horizon, draws, rng), dtype=float)
    if chunk.shape != shape:
        raise DataError(
            f"predict of {name} gave the shape {chunk.shape}: expected (draws, horizon, units), "
            f"here {shape}."
        )
    if not np.isfinite(chunk).all():
        raise DataError(
            f"predict of {name} gave NaN or infinite positions: expected a number for each unit, "
            "those not published at the origin too."
        )
    return chunk


def estimate_size(draws: int, horizon: int, units: int) -> int:
    """Estimate the bytes of what is kept of the draws, and of the chunks at work."""
    kept = 8 * draws * horizon * units
    at_work = _count_workers(draws, horizon, units) * _size_chunk(draws, horizon, units)
    return at_work + (kept if kept <= _BUDGET else 0)


def _count_workers(draws: int, horizon: int, units: int) -> int:
    """Count the chunks at work at a time: one for each core, unless they are great."""
    fitting = _BUDGET // _size_chunk(draws, horizon, units)
    return max(min(os.cpu_count() or 1, fitting, -(-draws // _count_draws(units))), 1)


def _size_chunk(draws: int, horizon: int, units: int) -> int:
    return _COPIES * 8 * min(draws, _count_draws(units)) * horizon * units


def _count_draws(units: int) -> int:
    """Count the draws of each chunk but the last."""
    return max(_CELLS // units, _LEAST_DRAWS)
