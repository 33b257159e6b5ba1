import numpy as np
import pytest

from dti_analysis import ranks, rivals, scenarios
from dti_analysis.answers import answer
from dti_analysis.errors import DataError
from dti_analysis.forecast import make_forecast
from dti_analysis.merger import merge_draws, merge_forecast
from dti_analysis.targets import Target


@pytest.fixture(scope="module")
def case(data):
    return answer(data, "BR-VT", origin_year=2022, target_rank=10, target_year=2023, draws=4000)


def push(data, case, index="economy_activity", gain=0.1):
    return scenarios.apply_push(data, case.forecast, "77", case.targets[0], index, gain)


def test_no_push_changes_nothing(data, case):
    assert push(data, case, gain=0.0).chance == case.chances[0].probability_in_year


def test_a_push_is_the_same_draws_with_one_score_raised(data, case):
    pushed = push(data, case, gain=0.2)
    unit = case.forecast.locate("77")
    futures = case.forecast.draws[:, 0].copy()
    futures[:, unit] += 0.2 * 0.15 / case.forecast.spread
    slow = np.mean([1 + (draw > draw[unit]).sum() <= 10 for draw in futures])
    assert pushed.chance == pytest.approx(slow)
    assert pushed.weight == pytest.approx(0.15)
    assert pushed.chance > case.chances[0].probability_in_year


def test_the_push_found_gives_the_chance_asked_for(data, case):
    for probability in (0.3, 0.5, 0.8):
        found = scenarios.find_push(
            data, case.forecast, "77", case.targets[0], "government_activity", probability
        )
        assert found.chance == pytest.approx(probability, abs=0.01)


def test_a_push_beyond_one_is_not_feasible(data, case):
    assert push(data, case, gain=0.4).is_feasible
    assert not push(data, case, gain=0.6).is_feasible


def test_a_gain_is_placed_among_those_seen_from_similar_starts(data):
    later = answer(data, "BR-VT", target_rank=5, target_year=2025, draws=500)
    small, large = (
        scenarios.apply_push(
            data, later.forecast, "77", later.targets[0], "economy_activity", gain
        ).percentile
        for gain in (-0.5, 0.9)
    )
    assert (small, large) == (0.0, 1.0)
    # Nothing precedes 2022: no gain has been seen by then.
    first = answer(data, "BR-VT", origin_year=2022, target_rank=5, draws=500)
    pushed = scenarios.apply_push(
        data, first.forecast, "77", first.targets[0], "economy_activity", 0.1
    )
    assert pushed.percentile is None


def test_pushes_are_listed_for_the_indices_that_are_known(data, case):
    table = scenarios.list_pushes(data, case.forecast, "77", case.targets[0])
    assert set(table["index"]) == {
        "infrastructure",
        "government_activity",
        "economy_activity",
        "society_activity",
    }
    assert table["gain"].is_monotonic_increasing
    blind = answer(data, "BR-VT", origin_year=2021, target_rank=20, draws=100)
    assert scenarios.list_pushes(data, blind.forecast, "77", blind.targets[0]).empty


def test_a_push_needs_an_index_and_a_start(data, case):
    with pytest.raises(DataError, match=r"charisma is not a main index. Known: awareness"):
        push(data, case, "charisma")
    with pytest.raises(DataError, match="awareness of province 77 in 2022 is not known"):
        push(data, case, "awareness")


def test_the_lift_is_what_is_missing(case):
    forecast, target = case.forecast, case.targets[0]
    unit = forecast.locate("77")
    for probability in (0.2, 0.5, 0.9):
        lift = forecast.find_lift("77", target, probability)
        raised = forecast.draws[:, 0].copy()
        raised[:, unit] += lift / forecast.spread + 1e-9
        reached = ranks.rank_draws(raised)[:, unit] <= target.target_rank
        assert reached.mean() == pytest.approx(probability, abs=0.002)
    with pytest.raises(DataError, match="probability 1"):
        forecast.find_lift("77", target, 1)


def test_two_provinces_are_compared_within_draws(case):
    ahead = rivals.compare(case.forecast, "48", "77")
    behind = rivals.compare(case.forecast, "77", "48")
    assert tuple(ahead["year"]) == case.forecast.years
    np.testing.assert_allclose(ahead["probability"] + behind["probability"], 1)
    assert ahead["probability"].iloc[0] > 0.9


def test_movers_are_those_likely_to_cross_the_line(case):
    movers = rivals.list_movers(case.forecast, 10, 2023)
    crossing = np.where(movers["is_inside"], 1 - movers["probability"], movers["probability"])
    assert (np.diff(crossing) <= 0).all()
    assert movers["is_inside"].sum() == 10
    assert movers["probability"].sum() == pytest.approx(10)


def test_draws_merged_then_ranked_equal_a_slow_loop(data, gazetteer):
    forecast = make_forecast(data.panel, draws=20, horizon=2)
    merged = merge_forecast(data, forecast)
    assert merged.codes == tuple(sorted(code for basis, code in gazetteer.provinces if basis == 34))
    for draw in range(20):
        for step in range(2):
            scores = {
                code: np.mean(
                    [
                        forecast.draws[draw, step, forecast.locate(old.code)]
                        for old in gazetteer.former_provinces(code)
                    ]
                )
                for code in merged.codes
            }
            slow = [1 + sum(v > scores[c] for v in scores.values()) for c in merged.codes]
            assert merged.ranks[draw, step].tolist() == slow


def test_a_merged_forecast_answers_like_any_other(data):
    merged = merge_forecast(data, make_forecast(data.panel, draws=2000, horizon=2))
    assert merged.years == (2025, 2026)
    np.testing.assert_allclose(merged.rank_probabilities.sum(axis=2), 1)
    chance = merged.assess("79", Target(3, 2026))
    assert 0 < chance.probability_in_year < 1
    assert merged.history("79")["rank"].dropna().tolist() == [6, 3, 4]
    with pytest.raises(DataError, match="only a forecast of the 63"):
        merge_forecast(data, merged)


def test_merging_does_not_depend_on_the_order_of_the_codes(raw):
    crosswalk = raw["crosswalk_63_34"]
    codes = tuple(crosswalk["old_code"])
    draws = np.random.default_rng(1).normal(size=(3, 63))
    order = np.random.default_rng(2).permutation(63)
    shuffled = merge_draws(draws[:, order], tuple(np.array(codes)[order]), crosswalk)
    straight = merge_draws(draws, codes, crosswalk)
    assert shuffled[0] == straight[0]
    np.testing.assert_allclose(shuffled[1], straight[1])
