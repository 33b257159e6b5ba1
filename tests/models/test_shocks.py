"""Widths and shape of the shocks, each against a loop written from its formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dti_analysis.models import shocks

EDITIONS, ASSUMPTIONS, UNITS = 4, 3, 9


@pytest.fixture
def past():
    """Errors, variances and pairs of four editions, some missing, and five of positions."""
    rng = np.random.default_rng(8)
    pairs = rng.random((EDITIONS, UNITS)) < 0.8
    variances = rng.uniform(0.5, 2, (EDITIONS, ASSUMPTIONS, UNITS))
    errors = rng.normal(0, 0.4, variances.shape)
    position = rng.normal(size=(UNITS, EDITIONS + 1))
    position[2, 1] = np.nan
    return (
        np.where(pairs[:, None], errors, 0.0),
        np.where(pairs[:, None], variances, 1.0),
        pairs,
        position,
    )


def learn(past, weights=(0.5, 0.3, 0.2)):
    """Learn with given weights; also what they were to be made from."""
    told = []

    def weigh(likelihood):
        told.append(likelihood)
        return np.array(weights)

    return shocks.learn_shocks(*past, weigh), told[0]


def test_places_are_the_middle_of_ties():
    column = np.array([5.0, np.nan, 1.0, 5.0, 9.0])
    np.testing.assert_allclose(shocks.place(column), [2 / 4, np.nan, 0.5 / 4, 2 / 4, 3.5 / 4])
    assert np.isnan(shocks.place(np.array([np.nan]))).all()
    assert shocks.place(np.array([3.0])).tolist() == [0.5]


def test_the_variance_of_a_change_follows_the_latest_editions(past):
    errors, variances, pairs, _ = past
    for a in range(ASSUMPTIONS):
        total, weight = 0.2 * 0.2, 0.2
        for e in range(EDITIONS):
            seen = np.flatnonzero(pairs[e])
            squares = sum(errors[e, a, i] ** 2 / variances[e, a, i] for i in seen)
            share = 0.6 ** (EDITIONS - 1 - e)
            total += share * squares
            weight += share * (len(seen) - 1)
        assert learn(past)[0].change_variance[a] == pytest.approx(total / weight)


def test_the_likelihood_is_gaussian_with_its_scale_profiled_out(past):
    errors, variances, pairs, _ = past
    told = learn(past)[1]
    for a in range(ASSUMPTIONS):
        seen = list(zip(*np.nonzero(pairs), strict=True))
        squares = sum(errors[e, a, i] ** 2 / variances[e, a, i] for e, i in seen)
        scale = squares / (len(seen) - EDITIONS)
        slow = sum(-np.log(scale * variances[e, a, i]) / 2 for e, i in seen)
        assert told[a] == pytest.approx(slow * (EDITIONS - 1) / EDITIONS)


def test_a_single_change_tells_nothing_of_what_lasts(past):
    errors, variances, pairs, position = past
    one = (errors[-1:], variances[-1:], pairs[-1:], position[:, -2:])
    assert not learn(one)[1].any()


def test_a_single_error_is_no_calm_edition(past):
    errors, variances, pairs, position = past
    alone = pairs.copy()
    alone[0] = np.arange(UNITS) == 4
    without = learn((errors[1:], variances[1:], pairs[1:], position[:, 1:]))[0]
    lonely = np.where(alone[0], 1e-17, 0.0) * np.ones_like(errors[:1])
    found = learn((np.concatenate([lonely, errors[1:]]), variances, alone, position))[0]
    assert found.scale_sd == without.scale_sd < 1
    np.testing.assert_array_equal(found.change_variance, without.change_variance)
    np.testing.assert_array_equal(found.ratio, without.ratio)


def test_the_curve_is_a_smoothed_mean_shrunk_to_the_usual(past):
    _, _, pairs, position = past
    before = position.T[:-1]
    squares = np.random.default_rng(3).chisquare(1, pairs.shape)
    points, values = [], []
    for e in range(EDITIONS):
        known = before[e][np.isfinite(before[e])]
        for i in np.flatnonzero(pairs[e] & np.isfinite(before[e])):
            share = ((known < before[e, i]).sum() + (known <= before[e, i]).sum()) / 2 / len(known)
            points.append((min(int(share * 40), 39) + 0.5) / 40)
            values.append(squares[e, i])
    usual = np.mean(values)
    slow = []
    for middle in (np.arange(40) + 0.5) / 40:
        kernel = [np.exp(-((middle - point) ** 2) / (2 * 0.15**2)) for point in points]
        total = sum(k * value for k, value in zip(kernel, values, strict=True)) + 20 * usual
        slow.append(total / (sum(kernel) + 20) / usual)
    np.testing.assert_allclose(shocks._fit_curve(squares, pairs, before), slow)


def test_the_curve_is_read_at_the_place_and_in_the_middle_where_it_is_unknown():
    curve = np.linspace(0, 39, 40)
    read = shocks._read_curve(curve, np.array([1.0, np.nan, 3.0]))
    np.testing.assert_allclose(read, [0.25 * 40 - 0.5, 19.5, 0.75 * 40 - 0.5])


def test_an_error_is_measured_by_the_others_of_its_unit():
    rng = np.random.default_rng(2)
    squares, pairs = rng.chisquare(1, (5, 4)), rng.random((5, 4)) < 0.7
    own, others = shocks._compare_units(squares, pairs)
    for i in range(4):
        seen = [e for e in range(5) if pairs[e, i]]
        total = 16 + sum(squares[e, i] for e in seen)
        assert own[i] == pytest.approx(total / (16 + len(seen)))
        for e in seen:
            rest = 16 + sum(squares[k, i] for k in seen if k != e)
            assert others[e, i] == pytest.approx(rest / (15 + len(seen)))


def test_each_error_is_held_against_its_edition_its_place_and_its_unit(past, monkeypatch):
    errors, variances, pairs, position = past
    errors[2] *= 1 + 9 * (np.arange(UNITS) == 5)  # far out
    told = []
    monkeypatch.setattr(shocks, "_learn_shape", lambda seen: told.append(seen) or seen)
    weights, found = np.array([0.5, 0.3, 0.2]), learn(past)[0]
    before, relative, scaled = position.T[:-1], np.zeros(pairs.shape), np.zeros(pairs.shape)
    for e, i in zip(*np.nonzero(pairs), strict=True):
        for a in range(ASSUMPTIONS):
            freedom = pairs[e].sum() - 1
            edition = sum(errors[e, a] ** 2 / variances[e, a]) / freedom
            square = errors[e, a, i] ** 2 / variances[e, a, i] / edition
            relative[e, i] += weights[a] * square
            scaled[e, i] += weights[a] * np.sign(errors[e, a, i]) * np.sqrt(square)
    assert relative.max() < 9
    curve = shocks._fit_curve(relative, pairs, before)
    usual = np.array([shocks._read_curve(curve, column) for column in before])
    own, others = shocks._compare_units(relative / usual, pairs)
    ratio = shocks._read_curve(curve, position[:, -1]) * own
    np.testing.assert_allclose(found.ratio, ratio / ratio.mean())
    np.testing.assert_allclose(told[0], (scaled / np.sqrt(usual * others))[pairs])


def test_an_error_far_out_counts_for_no_more_than_three_standard_deviations():
    errors = np.where(np.arange(200) % 2, 0.1, -0.1) * np.ones((3, 1, 1))
    errors[1, 0, 7] = 100.0
    position = np.tile(np.arange(200.0)[:, None], 4)
    pairs = np.ones((3, 200), dtype=bool)
    found = shocks.learn_shocks(errors, np.ones_like(errors), pairs, position, np.ones_like)
    assert found.ratio[7] / found.ratio[150] < (16 + 9) / 16 * 2


def test_a_restless_unit_has_wider_shocks():
    rng = np.random.default_rng(5)
    errors = rng.normal(0, 1, (12, 1, 30))
    errors[:, :, 7] *= 3
    position = rng.normal(size=(30, 13))
    pairs = np.ones((12, 30), dtype=bool)
    found = shocks.learn_shocks(errors, np.ones_like(errors), pairs, position, np.ones_like)
    assert found.ratio.mean() == pytest.approx(1)
    assert found.ratio.argmax() == 7
    assert found.ratio[7] > 1.5


@given(arrays(float, st.integers(1, 60), elements=st.floats(-4, 4)))
def test_the_shape_is_symmetric_and_has_mean_square_one(errors):
    shape = shocks._learn_shape(errors)
    assert len(shape) == 2**13
    assert np.mean(shape**2) == pytest.approx(1)
    np.testing.assert_allclose(np.sort(shape), np.sort(-shape), atol=1e-9)


def test_the_shape_is_that_of_many_errors():
    errors = np.random.default_rng(4).uniform(-1, 1, 20_000)
    shape = np.sort(shocks._learn_shape(errors))
    ends = np.quantile(shape, [0.01, 0.25, 0.75, 0.99])
    np.testing.assert_allclose(ends, np.sqrt(3) * np.array([-0.98, -0.5, 0.5, 0.98]), atol=0.03)


@pytest.mark.parametrize("count", [1, 5, 500_000])
def test_errors_of_nothing_leave_the_shape_before(count):
    shape = shocks._learn_shape(np.zeros(count))
    np.testing.assert_array_equal(shape, shocks._learn_shape(np.full(count, 1e-17)))
    assert np.mean(shape**2) == pytest.approx(1)
    assert np.mean(shape**4) == pytest.approx(3 + 6 / 11, abs=0.2)  # of Student's t with 15


@pytest.mark.parametrize("scale_sd", [0.0, 0.3, 0.6])
def test_the_scale_of_an_edition_has_mean_square_one(past, scale_sd):
    found = shocks.Shocks(*(np.ones(1),) * 4, scale_sd)
    drawn = found.stir(400_000, np.random.default_rng(6))
    assert np.mean(drawn**2) == pytest.approx(1, abs=0.015)
    assert np.log(drawn).std() == pytest.approx(scale_sd, abs=0.005)


def test_the_scale_is_as_uncertain_as_it_was_missed():
    log_sd = np.array([0.1, 0.9, -0.7, 0.4])
    missed = 0.0
    for e in range(1, 4):
        ages = [0.6 ** (e - 1 - k) for k in range(e)]
        expected = sum(age * log_sd[k] for k, age in enumerate(ages)) / sum(ages)
        missed += (log_sd[e] - expected) ** 2
    slow = np.sqrt((2 * 0.35**2 + missed - 1.5 * 3 / 50) / (2 + 3))
    assert shocks._learn_scale_sd(log_sd, 50) == pytest.approx(slow)
    assert shocks._learn_scale_sd(np.zeros(1), 50) == pytest.approx(0.35)
    # No more than chance, or out of all bounds.
    assert shocks._learn_scale_sd(log_sd, 1) == pytest.approx(np.sqrt(2 * 0.35**2 / 5))
    assert shocks._learn_scale_sd(np.array([0.0, -14.0]), 50) == 1.0
