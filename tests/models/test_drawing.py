"""Draws in chunks: the same on any number of cores, each chunk with a stream of its own."""

import numpy as np
import pytest

from dti_analysis.models import drawing
from dti_analysis.models.drawing import Futures
from dti_analysis.models.ranks import rank_draws, rank_probabilities


class Dice:
    """Draws anything; positions of three units."""

    def predict(self, horizon, draws, rng):
        return rng.integers(0, 4, size=(draws, horizon, 3)).astype(float)


@pytest.fixture(params=[1, 2, 7])
def cores(request, monkeypatch):
    monkeypatch.setattr(drawing.os, "cpu_count", lambda: request.param)


@pytest.fixture
def short_chunks(monkeypatch):
    """Ten draws of three units."""
    monkeypatch.setattr(drawing, "_LEAST_DRAWS", 10)
    monkeypatch.setattr(drawing, "_CELLS", 30)


def join(futures):
    return futures.join(lambda chunk: chunk)


def draw_slowly():
    """95 draws, ten at a time, from streams of their own."""
    streams = np.random.default_rng(4).spawn(10)
    parts = [Dice().predict(2, 10 if part < 9 else 5, rng) for part, rng in enumerate(streams)]
    return np.concatenate(parts)


@pytest.mark.usefixtures("cores", "short_chunks")
def test_cores_do_not_change_the_draws():
    futures = Futures(Dice(), 2, 95, 3, 4)
    np.testing.assert_array_equal(join(futures), draw_slowly())
    assert len(futures.read(len)) == 10


@pytest.mark.usefixtures("short_chunks")
def test_chunks_drawn_again_are_those_that_were_kept(monkeypatch):
    kept = Futures(Dice(), 2, 95, 3, 4)
    assert kept.is_kept
    first = join(kept)
    monkeypatch.setattr(Dice, "predict", None)  # no second draw of what is kept
    np.testing.assert_array_equal(join(kept), first)
    monkeypatch.undo()
    monkeypatch.setattr(drawing, "_LEAST_DRAWS", 10)
    monkeypatch.setattr(drawing, "_CELLS", 30)
    monkeypatch.setattr(drawing, "_BUDGET", 8 * 95 * 2 * 3 - 1)
    again = Futures(Dice(), 2, 95, 3, 4)
    assert not again.is_kept
    for _ in range(2):
        np.testing.assert_array_equal(join(again), first)
    assert again._kept == {}


@pytest.mark.usefixtures("short_chunks")
def test_merged_draws_are_the_average_of_the_former():
    former = Futures(Dice(), 2, 95, 3, 4)
    share = np.array([[0.25, 0], [0.75, 0], [0, 1]])
    merged = former.merge(share)
    assert (former.units, merged.units, merged.draws) == (3, 2, 95)
    slow = np.array(
        [
            [[0.25 * step[0] + 0.75 * step[1], step[2]] for step in draw]
            for draw in draw_slowly().tolist()
        ]
    )
    np.testing.assert_allclose(join(merged), slow)
    np.testing.assert_array_equal(join(former), draw_slowly())


def test_a_chunk_is_never_small(monkeypatch):
    assert join(Futures(Dice(), 1, 1, 3, 1)).shape == (1, 1, 3)
    monkeypatch.setattr(drawing, "_CELLS", 3)
    assert Futures(Dice(), 1, 200, 3, 1).read(len) == [128, 72]


@pytest.mark.usefixtures("short_chunks")
@pytest.mark.parametrize("number", [0, 9, 10, 94])
def test_one_future_is_the_one_among_all(number):
    futures = Futures(Dice(), 2, 95, 3, 4)
    np.testing.assert_array_equal(futures.take(number), draw_slowly()[number])


@pytest.mark.parametrize(("units", "workers"), [(63, 5), (3_000, 7), (20_000, 1), (10**6, 1)])
def test_fewer_cores_are_at_work_on_greater_chunks(monkeypatch, units, workers):
    monkeypatch.setattr(drawing.os, "cpu_count", lambda: 7)
    assert drawing._count_workers(20_000, 3, units) == workers
    if units < 10**6:
        assert drawing.estimate_size(20_000, 3, units) < 2 * drawing._BUDGET


def test_a_fault_in_a_chunk_is_raised():
    class Faulty:
        def predict(self, horizon, draws, rng):
            raise ArithmeticError("singular")

    with pytest.raises(ArithmeticError, match="singular"):
        join(Futures(Faulty(), 1, 5, 3, 1))


def test_more_units_than_a_short_rank_holds():
    units = np.iinfo(np.int16).max + 1
    ranks = rank_draws(-np.arange(units, dtype=float)[None])
    assert ranks[0, -1] == units
    assert rank_draws(np.zeros((1, 5))).dtype == np.int16


def test_probabilities_of_some_units_are_rows_of_all():
    ranks = Futures(Dice(), 2, 50, 3, 1).join(rank_draws)
    np.testing.assert_array_equal(
        rank_probabilities(ranks[:, :, 1:2], 3), rank_probabilities(ranks)[:, 1:2]
    )
