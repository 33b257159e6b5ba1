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
