import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dti_analysis.models import ranks

DRAWS = arrays(
    float, st.tuples(st.integers(1, 8), st.integers(1, 3), st.integers(2, 6)),
    elements=st.floats(-5, 5).map(lambda value: round(value, 1)),
)  # fmt: skip


def slow_rank(draw):
    return [1 + sum(other > own for other in draw) for own in draw]


@given(DRAWS)
def test_ranks_are_one_plus_the_number_above(draws):
    fast = ranks.rank_draws(draws)
    for index in np.ndindex(draws.shape[:-1]):
        assert fast[index].tolist() == slow_rank(draws[index])


@given(DRAWS)
def test_probabilities_are_counts_and_sum_to_one(draws):
    drawn = ranks.rank_draws(draws)
    probabilities = ranks.rank_probabilities(drawn)
    np.testing.assert_allclose(probabilities.sum(axis=2), 1)
    for step, unit, rank in np.ndindex(probabilities.shape):
        count = (drawn[:, step, unit] == rank + 1).mean()
        assert probabilities[step, unit, rank] == pytest.approx(count)


@given(DRAWS, st.data())
def test_reaching_the_score_needed_is_reaching_the_rank(draws, data):
    units = draws.shape[2]
    unit = data.draw(st.integers(0, units - 1))
    target = data.draw(st.integers(1, units))
    own = draws[:, -1, unit]
    needed = ranks.threshold(np.sort(draws[:, -1], axis=1), own, target)
    others = np.delete(draws[:, -1], unit, axis=1)
    slow = [sorted(row, reverse=True)[target - 1] for row in others] if target < units else -np.inf
    np.testing.assert_array_equal(needed, slow)
    chance = ranks.chance_in_year(ranks.rank_draws(draws)[:, :, unit], target)
    assert np.mean(own >= needed) == chance


@given(DRAWS, st.data())
def test_by_the_year_is_never_less_likely_than_in_it(draws, data):
    target = data.draw(st.integers(1, draws.shape[2]))
    drawn = ranks.rank_draws(draws)[:, :, 0]
    by_year = ranks.chance_by_year(drawn, target)
    assert by_year >= ranks.chance_in_year(drawn, target)
    slow = np.mean([any(rank <= target for rank in path) for path in drawn])
    assert by_year == slow


@given(DRAWS, st.data())
def test_the_scores_needed_of_several_units_are_those_of_each(draws, data):
    target = data.draw(st.integers(1, draws.shape[2]))
    ordered = np.sort(draws[:, -1], axis=1)
    together = ranks.threshold(ordered, draws[:, -1], target)
    for unit in range(draws.shape[2]):
        alone = ranks.threshold(ordered, draws[:, -1, unit], target)
        np.testing.assert_array_equal(together[:, unit], alone)


@pytest.mark.parametrize(("units", "size"), [(2, 2), (32_767, 2), (32_768, 4), (70_000, 4)])
def test_ranks_are_stored_as_small_as_they_fit(units, size):
    drawn = ranks.rank_draws(np.arange(units, dtype=float)[None])
    assert drawn.itemsize == size
    assert (int(drawn[0, 0]), int(drawn[0, -1])) == (units, 1)
