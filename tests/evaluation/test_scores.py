from functools import partial

import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from dti_analysis.evaluation import scores
from dti_analysis.models.ranks import count_ranks, rank_draws


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.fixture(params=["no ties", "ties"])
def forecast(request, rng):
    """Draws and outcome of 7 units; with ties where values are rounded."""
    draws, outcome = rng.normal(size=(40, 7)), rng.normal(size=7)
    return (draws, outcome) if request.param == "no ties" else (draws.round(), outcome.round())


def count(drawn):
    return count_ranks(drawn[:, None])[0]


def measure(draws, outcome, top, rng):
    counts = count(rank_draws(draws))
    calls = scores.call(counts, rank_draws(outcome), top, rng)
    return scores.measure(calls, counts, scores.standardise_each(draws), outcome, top), calls


def slow_ranks(values):
    return [1 + sum(other > value for other in values) for value in values]


def test_rps_is_that_of_a_direct_loop_and_of_scoringrules(forecast):
    draws, outcome = forecast
    drawn, came = [slow_ranks(draw) for draw in draws], slow_ranks(outcome)
    slow = []
    for unit in range(7):
        total = 0.0
        for place in range(1, 7):
            chance = sum(ranks[unit] <= place for ranks in drawn) / len(drawn)
            total += (chance - (came[unit] <= place)) ** 2
        slow.append(total)
    cdf = scores.accumulate(count(rank_draws(draws)))
    np.testing.assert_allclose(scores.score_rps(cdf, rank_draws(outcome)), slow)
    chances = np.diff(cdf, axis=1, prepend=0)
    np.testing.assert_allclose(scoringrules.rps_score(np.array(came), chances), slow)
    found, _ = measure(draws, outcome, (), np.random.default_rng(1))
    assert found["rps"] == pytest.approx(np.mean(slow) / 6)


def test_crps_is_the_fair_one_of_a_direct_loop(forecast):
    draws, outcome = forecast
    slow = []
    for unit in range(7):
        x, y = draws[:, unit], outcome[unit]
        pairs = [abs(x[i] - x[j]) for i in range(40) for j in range(40) if i != j]
        slow.append(np.mean([abs(value - y) for value in x]) - np.mean(pairs) / 2)
    np.testing.assert_allclose(scores.score_crps(draws, outcome), slow)
    fair = scoringrules.crps_ensemble(outcome, draws, m_axis=0, estimator="fair")
    np.testing.assert_allclose(scores.score_crps(draws, outcome), fair)


def test_brier_and_log_score_are_those_of_a_direct_loop(forecast):
    draws, outcome = forecast
    drawn, came = rank_draws(draws), rank_draws(outcome)
    brier, log = [], []
    for unit in range(7):
        chance = np.mean([ranks[unit] <= 3 for ranks in drawn])
        is_in = came[unit] <= 3
        brier.append((chance - is_in) ** 2)
        log.append(-np.log(max(chance if is_in else 1 - chance, 1 / 80)))
    assert scores.score_top(count(drawn), came, 3) == pytest.approx((np.mean(brier), np.mean(log)))


def test_a_sure_miss_costs_what_half_a_draw_would():
    drawn = np.tile([1, 2], (50, 1))
    brier, log = scores.score_top(count(drawn), np.array([2, 1]), 1)
    assert brier == 1
    assert log == pytest.approx(np.log(100))


def test_intervals_are_those_of_the_reports(forecast):
    draws, outcome = forecast
    drawn, came = rank_draws(draws), rank_draws(outcome)
    quantile = partial(np.quantile, drawn, axis=0, method="inverted_cdf")
    found, _ = measure(draws, outcome, (), np.random.default_rng(1))
    for percent in (50, 80, 90):
        tail = (1 - percent / 100) / 2
        ends = quantile([tail, 1 - tail]).T
        inside = [best <= rank <= worst for (best, worst), rank in zip(ends, came, strict=True)]
        assert found[f"coverage{percent}"] == pytest.approx(np.mean(inside))
        width = np.mean([worst - best + 1 for best, worst in ends])
        assert found[f"width{percent}"] == pytest.approx(width)
    assert found["mae"] == pytest.approx(np.mean(np.abs(quantile(0.5) - came)))


@given(draws=st.integers(2, 3000), tail=st.sampled_from([0.05, 0.1, 0.25, 0.5]))
def test_quantiles_do_not_suffer_from_rounding(draws, tail):
    drawn = 1 + np.arange(2 * draws, dtype=np.int32).reshape(2, draws).T % 20
    cdf = scores.accumulate(count(np.column_stack([drawn, np.tile(np.arange(18), (draws, 1)) + 1])))
    for probability in (tail, 1 - tail):
        # In whole numbers: 20 tail is one, since tails are multiples of 5 in 100.
        needed = -(-draws * round(20 * probability) // 20)
        for unit in range(2):
            slow = np.sort(drawn[:, unit])[needed - 1]
            assert scores.find_quantile(cdf, probability)[unit] == slow


def test_spearman_is_scipys(forecast):
    draws, outcome = forecast
    found, _ = measure(draws, outcome, (), np.random.default_rng(1))
    expected = spearmanr(rank_draws(draws).mean(axis=0), rank_draws(outcome)).statistic
    assert found["spearman"] == pytest.approx(expected)
    assert np.isnan(measure(draws, np.ones(7), (), np.random.default_rng(1))[0]["spearman"])


def test_a_perfect_forecast(rng):
    outcome = rng.normal(size=12)
    found, calls = measure(np.tile(outcome, (30, 1)), 5 + 2 * outcome, (5, 20), rng)
    assert found["rps"] == found["brier_top5"] == found["mae"] == 0
    assert found["crps"] == pytest.approx(0, abs=1e-12)
    assert found["log_top5"] == pytest.approx(-np.log(1 - 1 / 60))
    assert np.isnan(found["brier_top20"])
    assert np.isnan(found["log_top20"])
    assert found["coverage50"] == found["width50"] == 1
    assert found["spearman"] == pytest.approx(1)
    assert calls["pit"].between(0, 1).all()
    assert calls["outcome"].tolist() == calls["median_rank"].tolist() == calls["best90"].tolist()


def test_a_toy_by_hand():
    # Ranks drawn: a 1, 1, 2, 1; b 2, 3, 1, 2; c 3, 2, 3, 3. What came: b, a, c.
    draws = np.array([[3.0, 2, 1], [3, 1, 2], [2, 3, 1], [3, 2, 1]])
    found, calls = measure(draws, np.array([5.0, 6, 1]), (1, 2), np.random.default_rng(1))
    rps_a = 0.75**2
    rps_b = (1 / 4 - 1) ** 2 + (3 / 4 - 1) ** 2
    rps_c = (1 / 4) ** 2
    assert found["rps"] == pytest.approx((rps_a + rps_b + rps_c) / 3 / 2)
    assert found["brier_top1"] == pytest.approx((0.75**2 + 0.75**2 + 0) / 3)
    assert found["mae"] == pytest.approx((1 + 1 + 0) / 3)
    assert found["coverage50"] == pytest.approx(2 / 3)  # a 1 to 1, b 1 to 2, c 2 to 3
    assert found["width50"] == pytest.approx((1 + 2 + 2) / 3)
    assert calls["outcome"].tolist() == [2, 1, 3]
    np.testing.assert_allclose(calls["rps"], np.array([rps_a, rps_b, rps_c]) / 2)
    np.testing.assert_allclose(calls["top2"], [1, 0.75, 0.25])
    v = np.random.default_rng(1).random(3)
    np.testing.assert_allclose(calls["pit"], [0.75 + v[0] / 4, v[1] / 4, 0.25 + v[2] * 0.75])


def test_the_pit_of_a_calibrated_forecast_is_uniform(rng):
    pits = []
    for _ in range(300):
        centre = rng.normal(size=10)
        draws = centre + rng.normal(size=(200, 10))
        outcome = centre + rng.normal(size=10)
        pits.append(measure(draws, outcome, (), rng)[1]["pit"])
    counts = np.histogram(np.concatenate(pits), bins=5, range=(0, 1))[0]
    np.testing.assert_allclose(counts / 3000, 0.2, atol=0.025)


def test_level_and_scale_of_draws_and_outcome_do_not_matter(forecast, rng):
    draws, outcome = forecast
    level, scale = rng.normal(size=(40, 1)), rng.uniform(1, 9, size=(40, 1))
    plain, _ = measure(draws, outcome, (3,), np.random.default_rng(1))
    moved, _ = measure(level + scale * draws, 7 - 2 + 3 * outcome, (3,), np.random.default_rng(1))
    assert moved == pytest.approx(plain)


def test_equal_values_are_equal_positions():
    assert scores.standardise_each(np.full((2, 3), 0.1)).tolist() == [[0, 0, 0]] * 2
    assert scores.standardise_each(np.zeros(3)).tolist() == [0, 0, 0]
    np.testing.assert_allclose(scores.standardise_each(np.array([1.0, 2, 6])).std(), 1)


def test_many_units_are_measured_in_parts(forecast, monkeypatch):
    draws, outcome = forecast
    whole, calls = measure(draws, outcome, (3,), np.random.default_rng(1))
    monkeypatch.setattr(scores, "_CELLS", 15)
    parts, called = measure(draws, outcome, (3,), np.random.default_rng(1))
    assert parts == whole
    pd.testing.assert_frame_equal(called, calls)
