import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from dti_analysis.models.positions import standardise


def frame(scores, ranks=None, year=2020):
    ranks = ranks or [None] * len(scores)
    return pd.DataFrame(
        {
            "unit": [chr(97 + index) for index in range(len(scores))],
            "year": year,
            "score": scores,
            "rank": ranks,
        }
    )


def test_a_complete_edition_is_standardised_by_median_and_deviation():
    positions = standardise(frame([0.1, 0.2, 0.6]))
    spread = np.std([0.1, 0.2, 0.6])
    np.testing.assert_allclose(positions.mean[:, 0], np.array([-0.1, 0, 0.4]) / spread)
    assert (positions.variance == 0).all()
    assert positions.level.tolist() == [0.2]
    assert positions.spread.tolist() == [spread]


def test_a_rank_between_two_scores_is_placed_as_an_order_statistic():
    # b and c, second and third, lie between a = 0.8 and d = 0.2: two of a uniform's four thirds.
    positions = standardise(frame([0.8, None, None, 0.2, 0.1], [1, 2, 3, 4, 5]))
    above, below = positions.mean[0, 0], positions.mean[3, 0]
    gap = above - below
    assert positions.mean[1, 0] == pytest.approx(above - gap * 1 / 3)
    assert positions.mean[2, 0] == pytest.approx(above - gap * 2 / 3)
    assert positions.variance[1, 0] == pytest.approx(gap**2 * 1 * 2 / (9 * 4))
    assert positions.variance[2, 0] == pytest.approx(gap**2 * 2 * 1 / (9 * 4))


def test_beyond_the_scored_units_a_rank_follows_a_normal_tail():
    positions = standardise(frame([None, 0.6, 0.5, 0.4, None], [1, 2, 3, 4, 5]))
    step = norm.ppf(4.5 / 5) - norm.ppf(3.5 / 5)
    assert positions.mean[0, 0] == pytest.approx(positions.mean[1, 0] + step)
    assert positions.mean[4, 0] == pytest.approx(positions.mean[3, 0] - step)
    assert positions.variance[0, 0] > 0


def test_few_scores_give_normal_scores_of_the_ranks():
    positions = standardise(frame([0.9, None, None, None, None], [1, 2, 3, None, None]))
    np.testing.assert_allclose(positions.mean[:3, 0], norm.ppf([0.9, 0.7, 0.5]))
    assert np.isnan(positions.mean[3:, 0]).all()
    # The two unpublished units share the two ranks left, fourth and fifth.
    np.testing.assert_allclose(positions.unclaimed[0], norm.ppf([0.3, 0.1]))


def test_ties_use_up_the_ranks_below_them():
    positions = standardise(frame([None] * 5, [1, 2, 2, None, None]))
    np.testing.assert_allclose(positions.unclaimed[0], norm.ppf([0.3, 0.1]))


def test_equal_scores_are_equal_positions():
    positions = standardise(frame([0.3] * 4))
    assert (positions.mean == 0).all()


def test_level_and_spread_of_a_sparse_edition_come_from_the_scores_there_are(index):
    positions = standardise(index.panel.known(2021))
    # The ministry printed means of 0.3026 (2020) and 0.4014 (2021). That of 2020 is missed by more
    # since the score of the last province is known, far below those of the others.
    np.testing.assert_allclose(positions.level, [0.3140, 0.3963], atol=5e-5)
    assert positions.editions == (2020, 2021)
    assert [len(left) for left in positions.unclaimed] == [28, 21]


@given(st.permutations(range(20)), st.floats(0.001, 1000), st.floats(-5, 5))
def test_positions_do_not_depend_on_row_order_or_scale(order, scale, shift):
    rng = np.random.default_rng(3)
    panel = pd.concat([frame(list(rng.random(5)), year=2020 + step) for step in range(4)])
    changed = panel.iloc[list(order)].assign(score=lambda rows: rows["score"] * scale + shift)
    np.testing.assert_allclose(standardise(changed).mean, standardise(panel).mean, atol=1e-6)


def test_input_is_left_alone(toy_panel):
    before = toy_panel.copy()
    standardise(toy_panel)
    pd.testing.assert_frame_equal(toy_panel, before)


def test_a_window_keeps_the_last_editions(toy_panel):
    whole = standardise(toy_panel)
    assert whole.last(None) is whole
    assert whole.last(4) is whole.last(9) is whole
    kept = whole.last(2)
    assert (kept.editions, kept.units) == ((2022, 2023), whole.units)
    np.testing.assert_array_equal(kept.mean, whole.mean[:, -2:])
    np.testing.assert_array_equal(kept.variance, whole.variance[:, -2:])
    np.testing.assert_array_equal(kept.level, whole.level[-2:])
    np.testing.assert_array_equal(kept.spread, whole.spread[-2:])
    assert len(kept.unclaimed) == 2


@pytest.mark.parametrize(("twin", "rank"), [(0, 1), (1, 3), (3, 4), (4, 5)])
def test_who_ties_with_a_scored_unit_stands_where_that_does(twin, rank):
    # Among others, at the head and at the end, where no scored unit is better or worse.
    positions = standardise(frame([0.8, 0.6, None, 0.2, 0.1], [1, 3, rank, 4, 5]))
    assert positions.mean[2, 0] == positions.mean[twin, 0]
    assert positions.variance[2, 0] == 0


def test_a_tie_of_scored_units_takes_a_place_from_those_below_it():
    # Fifth is alone between the two thirds, who take the fourth place too, and the sixth.
    positions = standardise(frame([0.9, 0.8, 0.5, 0.5, None, 0.1], [1, 2, 3, 3, 5, 6]))
    third, last = positions.mean[2, 0], positions.mean[5, 0]
    assert positions.mean[4, 0] == pytest.approx((third + last) / 2)
    assert positions.variance[4, 0] == pytest.approx((third - last) ** 2 / 12)


def test_who_is_between_stays_between_where_ranks_are_restated_closely():
    # Of a part of what is ranked, places may be less than one apart.
    positions = standardise(frame([0.8, None, 0.2, 0.1], [1.0, 1.4, 1.8, 2.2]))
    assert positions.mean[2, 0] < positions.mean[1, 0] < positions.mean[0, 0]


@pytest.mark.parametrize(("unit", "share"), [(0, 4.5 / 5), (4, 0.5 / 5)])
def test_a_unit_in_a_tail_is_known_no_better_than_an_order_statistic_is(unit, share):
    scores = [0.7, 0.6, 0.5, 0.4, 0.3]
    scores[unit] = None
    variance = standardise(frame(scores, [1, 2, 3, 4, 5])).variance[unit, 0]
    density = norm.pdf(norm.ppf(share))
    assert variance == pytest.approx(share * (1 - share) / (7 * density**2))


@pytest.mark.parametrize("level", [1e-6, 1.0, 1e6])
def test_rounding_noise_is_no_spread_on_any_scale(level):
    positions = standardise(frame([level, level * (1 + 3e-16), level * (1 - 2e-16), level]))
    assert positions.spread.tolist() == [1.0]
    assert np.abs(positions.mean).max() < 1e-9


def test_small_differences_of_small_scores_are_a_spread():
    positions = standardise(frame([1e-6, 2e-6, 3e-6]))
    np.testing.assert_allclose(positions.mean[:, 0], np.array([-1, 0, 1]) * np.sqrt(1.5))


@pytest.mark.parametrize(
    "ranks", [[1, 2, 3, None, None], [5, 5, None, None, None], [None] * 5, [1, 2, 3, 4, 5]]
)
def test_as_many_places_are_unclaimed_as_there_are_units_without_one(ranks):
    left = standardise(frame([None] * 5, ranks)).unclaimed[0]
    fits = ranks == [1, 2, 3, None, None]
    assert len(left) == (2 if fits else 0)


def test_ranks_alone_are_certain_and_spread_like_a_normal():
    positions = standardise(frame([None] * 4, [4, 3, 2, 1]))
    np.testing.assert_allclose(positions.mean[:, 0], norm.ppf([0.125, 0.375, 0.625, 0.875]))
    assert (positions.variance == 0).all()
    assert np.isnan([positions.level, positions.spread]).all()


@pytest.mark.parametrize(("scored", "is_by_scores"), [(1, False), (2, True), (4, True)])
def test_half_of_the_scores_will_do(scored, is_by_scores):
    scores = [0.9, 0.7, 0.4, 0.1][:scored] + [None] * (4 - scored)
    positions = standardise(frame(scores, [1, 2, 3, 4]))
    by_ranks = np.allclose(positions.mean[:, 0], norm.ppf([0.875, 0.625, 0.375, 0.125]))
    assert by_ranks != is_by_scores


def test_a_stated_mean_is_the_level_of_an_edition_with_few_scores():
    ranked = frame([0.9, 0.6] + [None] * 4, [1, 4, 2, 3, 5, 6])
    drawn, told = standardise(ranked), standardise(ranked, {2020: 0.5})
    gap = norm.ppf(5.5 / 6) - norm.ppf(2.5 / 6)
    assert drawn.spread[0] == told.spread[0] == pytest.approx(0.3 / gap)
    assert drawn.level[0] == pytest.approx(0.9 - 0.3 / gap * norm.ppf(5.5 / 6))
    assert told.level[0] == 0.5
    assert standardise(frame([0.9, 0.6]), {2020: 0.1}).level[0] == 0.75
