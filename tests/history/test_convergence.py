"""Whether scores converge: against lines drawn through them, and the test as it was written."""

import numpy as np
import pytest
from history_panels import make_index
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

starts = st.lists(st.integers(0, 1000), min_size=5, max_size=30, unique=True)


def measure(*editions):
    return make_index(editions).convergence()


@settings(max_examples=30, deadline=None)
@given(starts, st.randoms(use_true_random=False))
def test_places_that_change_at_an_unchanged_spread_look_like_convergence(start, random):
    end = list(start)
    random.shuffle(end)
    (step,) = measure(start, end).to_dict("records")
    assert step["spread_first"] == pytest.approx(step["spread_last"])
    assert step["beta"] == pytest.approx(step["beta_same_spread"], abs=1e-9)
    assert step["beta"] == pytest.approx(step["beta_backwards"], abs=1e-9)
    assert step["beta"] <= 1e-9
    # The slope is that of a line through gains on starts.
    slope = np.polyfit(start, np.subtract(end, start), 1)[0]
    assert step["beta"] == pytest.approx(slope, abs=1e-6)


def test_scores_that_draw_together_converge():
    start = np.array([0.1, 0.3, 0.4, 0.9])
    (step,) = measure(start, 0.5 + 0.5 * start).to_dict("records")
    assert step["beta"] == pytest.approx(-0.5)
    assert step["beta_same_spread"] == pytest.approx(0)
    assert step["beta_backwards"] == pytest.approx(1)
    assert step["p_spread"] == pytest.approx(stats.pearsonr(start, -start).pvalue, abs=1e-6)
    assert step["mean_gain"] == pytest.approx(0.5 - 0.5 * start.mean())


def test_the_test_of_spreads_is_pitmans_and_morgans(index):
    (step, _) = index.convergence().to_dict("records")
    ratio, r = (step["spread_first"] / step["spread_last"]) ** 2, step["correlation"]
    # The statistic as Pitman wrote it, of the ratio of the variances.
    t = (ratio - 1) * np.sqrt(61) / (2 * np.sqrt(ratio * (1 - r**2)))
    assert step["p_spread"] == pytest.approx(2 * stats.t.sf(t, 61))


def test_only_following_complete_editions_are_compared():
    table = measure([1, 2, 3, 5], [1, None, 3, 4], [4, 3, 2, 2], [1, 2, 4, 4])
    assert table[["first", "last"]].to_numpy().tolist() == [[2022, 2023]]


def test_a_pillar_is_measured_as_any_other(index):
    table = index.convergence("economy_pillar")
    scores = index.of("economy_pillar").wide("score")
    assert table["spread_first"].tolist() == pytest.approx(scores[[2022, 2023]].std().tolist())
