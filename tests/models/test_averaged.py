"""The default forecaster: its filter, draws and weights against slow ones, and what must hold."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dti_analysis as dti
from dti_analysis.models import averaged
from dti_analysis.models.averaged import CARRY, NOISE, AveragedLevel
from dti_analysis.models.positions import standardise
from dti_analysis.models.ranks import rank_draws
from dti_analysis.models.shocks import Shocks
from dti_analysis.targets import Target


def frame(scores, start=2000):
    """Panel of units by editions; NaN where there is no row."""
    return pd.DataFrame(
        [
            {"unit": f"u{unit:02d}", "year": start + step, "score": score, "rank": np.nan}
            for unit, series in enumerate(scores)
            for step, score in enumerate(series)
            if np.isfinite(score)
        ]
    )


def walk(units, editions, decimals=None, seed=1, step=0.5):
    rng = np.random.default_rng(seed)
    scores = rng.normal(5, 2, (units, 1)) + step * rng.normal(size=(units, editions)).cumsum(axis=1)
    return scores if decimals is None else scores.round(decimals)


def draw(panel, draws=300, horizon=2, seed=3):
    forecast = dti.read_index(panel).forecast(horizon=horizon, draws=draws, seed=seed)
    return forecast.draws.futures.join(rank_draws)


@pytest.fixture
def filtered(monkeypatch):
    """Filter positions; also give errors, variances and pairs by edition after the first."""

    def run(position, uncertainty=None):
        told = []

        def learn(*past):
            told.extend(past[:3])
            return Shocks(*(np.ones(1),) * 4, 0.3)

        monkeypatch.setattr(averaged, "learn_shocks", learn)
        extra = np.zeros_like(position) if uncertainty is None else uncertainty
        return averaged._fit_scale(position, extra), *told

    return run


# A unit and its mirror image have no shift in common, so that each is filtered on its own.
SERIES = np.array(
    [
        [0.3, 0.8, 0.5, 1.1, 0.9],
        [1.2, np.nan, 0.7, 0.2, 0.6],
        [np.nan, 0.4, np.nan, np.nan, 0.1],
        [0.9, 0.6, 1.0, 1.4, np.nan],
        [np.nan, np.nan, np.nan, np.nan, 0.5],
    ]
)
UNCERTAINTY = np.array(
    [[0, 0.1, 0, 0, 0.05], [0.2, 0, 0, 0, 0], [0] * 5, [0, 0, 0.3, 0, 0], [0] * 5]
)
MIRRORED, TWICE = np.vstack([SERIES, -SERIES]), np.vstack([UNCERTAINTY, UNCERTAINTY])
CHANGES = np.diff(MIRRORED, axis=1)
UNIT = np.var(CHANGES[np.isfinite(CHANGES)])


def level_variance(noise):
    return max(1 - noise / 2 * UNIT, 0.3) / UNIT


@pytest.mark.parametrize("assumption", np.flatnonzero(CARRY == 0))
def test_the_filter_is_the_conditional_gaussian_with_gaps_and_uncertain_positions(
    filtered, assumption
):
    scale, errors, variances, pairs = filtered(MIRRORED, TWICE)
    noise, units = NOISE[assumption], len(SERIES)
    for unit in range(units):
        series, extra = SERIES[unit], UNCERTAINTY[unit] / UNIT
        first = int(np.argmax(np.isfinite(series)))
        steps = np.maximum(np.arange(5) - first, 0)
        level = level_variance(noise) + (1 - noise) * np.minimum.outer(steps, steps)
        observed = level + np.diag(noise / 2 + extra)
        for edition in range(first + 1, 6):
            seen = [past for past in range(edition) if np.isfinite(series[past])]
            past = np.linalg.inv(observed[np.ix_(seen, seen)])
            if edition == 5:
                gain = level[4, seen] @ past
                assert scale.mean[assumption, unit] == pytest.approx(gain @ series[seen])
                left = level[4, 4] - gain @ level[seen, 4]
                assert scale.variance[assumption, unit] == pytest.approx(left, abs=1e-9)
            elif np.isfinite(series[edition]):
                gain = observed[edition, seen] @ past
                error = series[edition] - gain @ series[seen]
                assert errors[edition - 1, assumption, unit] == pytest.approx(error)
                total = observed[edition, edition] - gain @ observed[seen, edition]
                assert variances[edition - 1, assumption, unit] == pytest.approx(total)
    np.testing.assert_allclose(scale.mean[:, units:], -scale.mean[:, :units])
    known = np.isfinite(MIRRORED)
    was_known = np.logical_or.accumulate(known, axis=1)
    np.testing.assert_array_equal(pairs, (known[:, 1:] & was_known[:, :-1]).T)


@pytest.mark.parametrize("assumption", np.flatnonzero(CARRY > 0))
def test_momentum_adds_a_share_of_the_latest_changes_once_more(filtered, assumption):
    scale = filtered(MIRRORED)[0]
    for unit, series in enumerate(SERIES):
        level, change, is_seen = 0.0, 0.0, False
        for value in series:
            expected = level + CARRY[assumption] * change
            if np.isnan(value):  # it moves on, and is then at rest
                level, change = expected, 0.0
                continue
            # Without noise the level is where the unit is; how it came in tells nothing.
            change = (change + value - level) / 2 if is_seen else 0.0
            level, is_seen = value, True
        assert scale.mean[assumption, unit] == pytest.approx(level)
        assert scale.change[assumption, unit] == pytest.approx(change)


def test_units_absent_from_an_edition_share_in_its_shift(filtered):
    # Without c, the worst, the others stand lower; nobody has moved.
    position = np.array([[1, 0.3, 1], [0, -0.7, 0], [-1, np.nan, -1]])
    scale, errors, _, _ = filtered(position)
    walks = NOISE == 0
    np.testing.assert_allclose(errors[:, walks], 0, atol=1e-12)
    np.testing.assert_allclose(scale.mean[walks], np.tile([1, 0, -1], (walks.sum(), 1)))
    absent = filtered(position[:, :2])[0]
    np.testing.assert_allclose(absent.mean[walks, 2], -1.7)


def test_what_all_share_is_no_change(filtered):
    position = np.array([[1, 1.5, 2], [0, 0.5, 1], [-1, -0.5, 0]])
    assert np.abs(filtered(position)[1][:, NOISE == 0]).max() < 1e-12


def test_weights_follow_the_likelihood_and_in_part_the_prior():
    is_usual = (NOISE < 0.45) & (CARRY < 0.5)
    even = averaged._weigh(np.zeros(len(NOISE)))
    np.testing.assert_allclose(even, 0.65 / 14 + 0.35 * is_usual / 7)
    likelihood = np.full(len(NOISE), -1000.0)
    likelihood[[2, 9]] = 5, 5 + np.log(3)
    weights = averaged._weigh(likelihood)
    assert weights.sum() == pytest.approx(1)
    assert weights[[2, 9]].tolist() == pytest.approx([0.65 / 4 + 0.35 / 7, 0.65 * 3 / 4])


def make_scale(assumption, mean, variance, change=0.0, ratio=1.0, scale_sd=0.3):
    """Make a scale of two units, sure of one assumption."""
    weights = np.eye(len(NOISE))[assumption]
    full = np.ones((len(NOISE), 2))
    ratios = np.array([ratio, 2 - ratio])
    shape = np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(1.25)
    shocks = Shocks(weights, np.full(len(NOISE), 0.04), ratios, shape, scale_sd)
    return averaged._Scale(mean * full, variance * full, change * full, shocks)


@pytest.mark.parametrize("assumption", [0, 4, 9], ids=["random walk", "some noise", "most noise"])
def test_the_draws_have_the_analytic_covariance(assumption):
    noise, start = NOISE[assumption], 0.6
    drawn = make_scale(assumption, 0.7, start).draw(3, 200_000, np.random.default_rng(2))[:, :, 0]
    steps = np.arange(1, 4)
    level = start + (1 - noise) * np.minimum.outer(steps, steps)
    covariance = 0.04 * (level + noise / 2 * np.eye(3))
    np.testing.assert_allclose(np.cov(drawn.T), covariance, rtol=0.03)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.7, atol=0.003)


def test_drawn_momentum_goes_on_and_fades():
    assumption = int(np.flatnonzero(CARRY == 0.6)[0])
    scale = make_scale(assumption, 0.0, 0.0, change=1.0)
    drawn = scale.draw(3, 100_000, np.random.default_rng(2))[:, :, 0].mean(axis=0)
    level, change = [0.0], 1.0
    for _ in range(3):
        level.append(level[-1] + 0.6 * change)
        change = (change + level[-1] - level[-2]) / 2
    np.testing.assert_allclose(drawn, level[1:], atol=0.01)


def test_what_is_particular_to_a_unit_fades():
    drawn = make_scale(0, 0.0, 0.0, ratio=1.8).draw(3, 200_000, np.random.default_rng(2))
    by_step = 0.04 * np.cumsum([1.8, 1 + 0.8 * 0.7, 1 + 0.8 * 0.49])
    np.testing.assert_allclose(drawn[:, :, 0].var(axis=0), by_step, rtol=0.03)


def test_an_edition_is_stirred_as_a_whole():
    rng = np.random.default_rng(2)
    drawn = np.abs(make_scale(0, 0.0, 0.0, scale_sd=0.8).draw(1, 50_000, rng)[:, 0])
    assert np.corrcoef(np.log(drawn).T)[0, 1] > 0.5
    calm = np.abs(make_scale(0, 0.0, 0.0, scale_sd=0.0).draw(1, 50_000, rng)[:, 0])
    assert abs(np.corrcoef(np.log(calm).T)[0, 1]) < 0.02


def test_each_assumption_gets_its_share_of_the_draws():
    weights = np.zeros(len(NOISE))
    weights[[1, 7]] = 0.3, 0.7
    mean = np.zeros((len(NOISE), 2))
    mean[1] = 1000
    shocks = Shocks(weights, np.ones(len(NOISE)), np.ones(2), np.array([-1.0, 1.0]), 0.0)
    scale = averaged._Scale(mean, np.ones_like(mean), np.zeros_like(mean), shocks)
    assert (scale.draw(1, 50, np.random.default_rng(1))[:, 0, 0] > 500).sum() == 15


def test_normal_scores_are_crossed_back_to_positions():
    bridge = averaged._Bridge.between(
        np.array([0.0, 1.0, np.nan, -1.0, 0.0]), np.array([0.2, 3.0, 7.0, -0.5, 0.2])
    )
    crossed = bridge.cross(np.array([-1, 0, 1, 0.5, -0.5, -1.5, 4]))
    np.testing.assert_allclose(crossed, [-0.5, 0.2, 3, 1.6, -0.15, -1, 6])
    assert (np.diff(bridge.cross(np.linspace(-3, 3, 100))) > 0).all()
    nowhere = averaged._Bridge.between(np.full(2, np.nan), np.zeros(2))
    assert nowhere.cross(np.array([1.5])).tolist() == [1.5]


@pytest.mark.parametrize("knots", [1, 2, 3, 62, 511, 3000])
@pytest.mark.parametrize("spread", [0.5, 5, 50])  # evenly, as are normal scores, and clustered
def test_scores_are_crossed_as_numpy_interpolates_to_the_bit(knots, spread):
    rng = np.random.default_rng(knots)
    scores = np.sinh(spread * rng.standard_normal(knots)) / np.sinh(spread)
    bridge = averaged._Bridge.between(scores, np.sort(rng.standard_normal(knots)))
    known = bridge.scores
    near = np.nextafter(known, np.inf), np.nextafter(known, -np.inf)
    asked = np.concatenate([known, *near, 2 * np.ptp(known) * rng.standard_normal(999), [0]])
    slow = np.interp(asked, known, bridge.positions)
    slow = slow + np.minimum(asked - known[0], 0) + np.maximum(asked - known[-1], 0)
    np.testing.assert_array_equal(bridge.cross(asked), slow)


def test_both_scales_get_their_part_of_the_draws():
    fitted = AveragedLevel(normal_part=0.3).fit(standardise(frame(walk(12, 4))))
    first = fitted.scales[0].draw(2, 70, np.random.default_rng(5).spawn(2)[0])
    np.testing.assert_array_equal(fitted.predict(2, 100, np.random.default_rng(5))[:70], first)
    other = fitted.scales[1].draw(2, 30, np.random.default_rng(5).spawn(2)[1])
    crossed = fitted.bridge.cross(other)
    np.testing.assert_array_equal(fitted.predict(2, 100, np.random.default_rng(5))[70:], crossed)


@pytest.mark.parametrize(
    ("scores", "step"),
    [
        (np.arange(20) / 10, 0.1),
        (np.cumsum([2, 3] * 10) / 10, 0.1),  # no two are a step apart
        (np.arange(20) * 25, 25),
        (np.arange(10), None),  # too few to tell
        (np.sqrt(np.arange(20)), None),
    ],
)
def test_scores_that_are_rounded_are_known_by_their_gaps(scores, step):
    positions = standardise(frame(np.column_stack([scores, scores])))
    found = averaged._find_step(positions)
    assert found == (None if step is None else pytest.approx(step / positions.spread[-1], rel=1e-5))


def test_ranks_are_not_taken_for_rounded_scores():
    ranks = frame(walk(20, 3)).assign(
        score=np.nan, rank=lambda rows: rows.groupby("year").cumcount() + 1
    )
    assert averaged._find_step(standardise(ranks)) is None


def test_a_place_between_two_scores_is_no_rounded_score():
    panel = frame(np.column_stack([np.arange(20.0)] * 2))
    panel["rank"] = 20 - panel["score"]
    panel.loc[panel["unit"] == "u07", "score"] = np.nan
    assert averaged._find_step(standardise(panel.dropna())) is not None
    assert averaged._find_step(standardise(panel)) is None


@pytest.mark.parametrize("units", [24, 25])
def test_draws_of_rounded_scores_are_as_far_apart_as_rounded_scores(units):
    scores = np.repeat(np.arange(units)[:, None] // 2 * 2 + 1.0, 3, axis=1)
    scores[:, 2] += np.arange(units) % 5 == 0
    positions = standardise(frame(scores))
    drawn = AveragedLevel().fit(positions).predict(2, 100, np.random.default_rng(1))
    restored = positions.level[-1] + positions.spread[-1] * drawn
    np.testing.assert_allclose(restored, np.round(restored), atol=1e-6)


def test_who_ties_and_stays_goes_on_to_tie_with_the_median_between_two_scores():
    scores = np.repeat(np.repeat(np.arange(12.0), 2)[:, None], 8, axis=1)
    scores[0, 2] += 1
    assert np.median(scores[:, -1]) == 5.5
    drawn = draw(frame(scores), horizon=1)[:, 0]
    assert np.mean(drawn[:, 8] == drawn[:, 9]) > 0.9


@pytest.mark.parametrize("editions", [slice(None), slice(3, 4)], ids=["throughout", "once"])
def test_an_outlier_does_not_set_the_others_in_motion(editions):
    scores = walk(30, 6, step=0.2)
    scores[7, editions] = 1e6
    positions = standardise(frame(scores))
    assert AveragedLevel().fit(positions).parts == (0, 1)
    drawn, now = draw(frame(scores), horizon=1)[:, 0], np.argsort(np.argsort(-scores[:, -1])) + 1
    assert np.abs(drawn - now).mean() < 3
    usual = AveragedLevel().fit(standardise(frame(walk(30, 6, step=0.2))))
    assert usual.parts == (0.6, 0.4)


def test_crowded_are_those_within_a_tenth_of_the_spread():
    others = np.tile([-0.09, 0.09], 12)
    column = np.concatenate([others, [5.0, np.nan]])
    assert averaged._is_crowded(column)
    assert not averaged._is_crowded(np.concatenate([10 * others, [5.0]]))
    assert not averaged._is_crowded(np.zeros(20))
    assert not averaged._is_crowded(np.array([0.0, 0, 0, 9]))


def test_units_never_published_get_the_places_left(index):
    positions = standardise(index.panel.known(2021))
    mean, variance = averaged._fill_unpublished(positions)
    missing = ~np.isfinite(positions.mean)
    assert missing.sum(axis=0).tolist() == [28, 21]
    for edition, left in enumerate(positions.unclaimed):
        assert set(mean[missing[:, edition], edition]) == {left.mean()}
        assert set(variance[missing[:, edition], edition]) == {left.var()}
    np.testing.assert_array_equal(mean[~missing], positions.mean[~missing])
    drawn = AveragedLevel().fit(positions).predict(3, 200, np.random.default_rng(1))
    assert np.isfinite(drawn).all()
    hidden, seen = missing[:, -1], drawn[:, 0].std(axis=0)
    assert seen[hidden].min() > 0.3


def edges():
    scores = walk(14, 5)
    once, gone, pair = scores.copy(), scores.copy(), np.full((14, 2), np.nan)
    once[3, :-1], gone[5, 1:-1], pair[:, 1], pair[4, 0] = np.nan, np.nan, scores[:, 1], 1
    early = scores.copy()
    early[1:, 0] = np.nan
    return {
        "no change at all": frame(np.repeat(scores[:, :1], 5, axis=1)),
        "one change in common": frame(scores[:, :2]),
        "all equal": frame(np.full((14, 5), 7.0)),
        "equal in the end": frame(np.column_stack([scores, np.full(14, 7.0)])),
        "one unit": frame(scores[:1]),
        "two units": frame(scores[:2]),
        "three units": frame(scores[:3]),
        "a unit known once": frame(once),
        "a unit long gone": frame(gone),
        "a single pair": frame(pair),
        "a single pair at first": frame(early),
        "many editions": frame(walk(14, 25)),
        "whole scores with ties": frame(walk(14, 5, 0)),
        "tiny changes": frame(scores[:, :1] + 1e-7 * scores),
        "ranks": frame(scores).assign(
            score=np.nan, rank=frame(scores).groupby("year")["score"].rank(ascending=False)
        ),
    }


@pytest.mark.parametrize("name", edges())
def test_odd_panels_are_drawn_without_a_warning(name):
    panel = edges()[name]
    known = dti.read_index(panel).panel
    positions = standardise(known.known(known.editions[-1]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = AveragedLevel().fit(positions)
        drawn = fitted.predict(3, 50, np.random.default_rng(1))
    assert drawn.shape == (50, 3, len(positions.units))
    assert np.isfinite(drawn).all()
    for scale in fitted.scales:
        assert scale.shocks.weights.sum() == pytest.approx(1)
        assert scale.shocks.ratio.mean() == pytest.approx(1)
        assert 0 < scale.shocks.scale_sd <= 1


def test_the_more_editions_without_a_change_the_surer_of_the_next():
    spread = []
    for editions in (2, 4, 12):
        panel = frame(np.repeat(walk(14, 1), editions, axis=1))
        spread.append(draw(panel, horizon=1).std(axis=0).mean())
    assert spread[0] > spread[1] > spread[2]


PANELS = st.builds(
    lambda units, editions, decimals, seed, step: frame(
        walk(units, editions, decimals, seed, step)
    ),
    st.sampled_from([3, 12, 13, 30]),
    st.integers(2, 5),
    st.sampled_from([0, 1, 2, None]),
    st.integers(0, 1000),
    st.sampled_from([0.01, 0.1, 1.0]),
)
FEW = settings(max_examples=25)


@FEW
@given(PANELS, st.randoms(use_true_random=False))
def test_row_order_does_not_change_a_draw(panel, random):
    order = list(range(len(panel)))
    random.shuffle(order)
    np.testing.assert_array_equal(draw(panel.iloc[order]), draw(panel))


@FEW
@given(PANELS, st.sampled_from([(10, 0), (1000, 0), (0.01, 0), (7, 3), (1, -20)]))
def test_units_of_the_score_do_not_change_a_draw(panel, units):
    factor, start = units
    np.testing.assert_array_equal(
        draw(panel.assign(score=panel["score"] * factor + start)), draw(panel)
    )


def test_units_alike_tie_in_any_units_of_the_score():
    # Few scores, hardly a change, and errors of the same few sizes: shocks that are all but equal.
    scores = np.repeat([40.0, 49, 32, 55, 45, 49, 42, 47, 47, 15, 58, 51], 3).reshape(12, 3)
    scores[[0, 1, 5], 1] = scores[2, 0] = np.nan
    panel = frame(scores)
    tenfold = panel.assign(score=10 * panel["score"])
    np.testing.assert_array_equal(draw(panel, 3000), draw(tenfold, 3000))


@FEW
@given(PANELS, st.integers(0, 1000))
def test_the_same_seed_draws_the_same_and_a_longer_horizon_the_same_at_first(panel, seed):
    short, long = draw(panel, 100, 1, seed), draw(panel, 100, 4, seed)
    np.testing.assert_array_equal(draw(panel, 100, 4, seed), long)
    np.testing.assert_array_equal(long[:, :1], short)


@FEW
@given(PANELS, st.data())
def test_reaching_the_score_needed_is_reaching_the_rank(panel, data):
    forecast = dti.read_index(panel).forecast(horizon=2, draws=200)
    drawn = forecast.draws
    unit = data.draw(st.sampled_from(drawn.codes))
    target = Target(data.draw(st.integers(1, drawn.count)), drawn.years[-1])
    step, needed = drawn.find_threshold(unit, target)
    own = drawn.positions_of(unit)[:, step, 0]
    chance = forecast.answer(unit).target_chance(*target.goal)
    assert np.mean(own >= needed) == chance.probability_in_year
    np.testing.assert_allclose(drawn.rank_probabilities.sum(axis=2), 1)
    at_origin = panel[panel["year"] == panel["year"].max()]
    assert list(drawn.codes) == sorted(at_origin["unit"])
