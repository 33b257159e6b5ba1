"""Draws in chunks: the same on any number of cores, each chunk with a stream of its own."""

import numpy as np
import pytest

from dti_analysis.models import drawing
from dti_analysis.models.ranks import rank_draws, rank_probabilities


class Dice:
    """Draws anything; positions of three units."""

    def predict(self, horizon, draws, rng):
        return rng.integers(0, 4, size=(draws, horizon, 3)).astype(float)


@pytest.fixture(params=[1, 2, 7])
def cores(request, monkeypatch):
    monkeypatch.setattr(drawing.os, "cpu_count", lambda: request.param)


def test_cores_do_not_change_the_draws(cores, monkeypatch):
    monkeypatch.setattr(drawing, "_LEAST_DRAWS", 10)
    monkeypatch.setattr(drawing, "_CELLS", 30)
    futures = drawing.draw_futures(Dice(), 2, 95, 3, np.random.default_rng(4))
    streams = np.random.default_rng(4).spawn(10)
    slow = [Dice().predict(2, 10 if part < 9 else 5, rng) for part, rng in enumerate(streams)]
    np.testing.assert_array_equal(futures, np.concatenate(slow))


def test_ranks_are_those_of_the_draws(monkeypatch):
    monkeypatch.setattr(drawing, "_LEAST_DRAWS", 10)
    monkeypatch.setattr(drawing, "_CELLS", 30)
    futures = drawing.draw_futures(Dice(), 2, 95, 3, np.random.default_rng(4))
    slow = [[rank_draws(step) for step in draw] for draw in futures]
    np.testing.assert_array_equal(drawing.rank_futures(futures), slow)
    streamed = drawing.draw_ranks(Dice(), 2, 95, 3, np.random.default_rng(4))
    np.testing.assert_array_equal(streamed, slow)


def test_a_chunk_is_never_small():
    futures = drawing.draw_futures(Dice(), 1, 1, 3, np.random.default_rng(1))
    assert futures.shape == (1, 1, 3)
    assert drawing._list_chunks(200, 10**9) == [slice(0, 128), slice(128, 200)]


def test_a_fault_in_a_chunk_is_raised():
    class Faulty:
        def predict(self, horizon, draws, rng):
            raise ArithmeticError("singular")

    with pytest.raises(ArithmeticError, match="singular"):
        drawing.draw_futures(Faulty(), 1, 5, 3, np.random.default_rng(1))


def test_more_units_than_a_short_rank_holds():
    units = np.iinfo(np.int16).max + 1
    ranks = rank_draws(-np.arange(units, dtype=float)[None])
    assert ranks[0, -1] == units
    assert rank_draws(np.zeros((1, 5))).dtype == np.int16


def test_probabilities_of_some_units_are_rows_of_all():
    ranks = drawing.draw_ranks(Dice(), 2, 50, 3, np.random.default_rng(1))
    np.testing.assert_array_equal(
        rank_probabilities(ranks[:, :, 1:2], 3), rank_probabilities(ranks)[:, 1:2]
    )
