import numpy as np
import pandas as pd
import pytest

from dti_analysis.cleaning import store
from dti_analysis.errors import DataError
from dti_analysis.evaluation.scores import measure
from dti_analysis.forecasting import gains as scenarios
from dti_analysis.forecasting.answer import forecast_province
from dti_analysis.forecasting.bottom_up import (
    ROADS,
    forecast_provinces,
    merge_draws,
    merge_forecast,
)
from dti_analysis.forecasting.draws import make_forecast
from dti_analysis.models import ranks
from dti_analysis.targets import Target


@pytest.fixture(scope="module")
def case(data):
    return forecast_province(
        "BR-VT", origin_year=2022, target_rank=10, target_year=2023, draws=4000, data=data
    )


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
    later = forecast_province("BR-VT", target_rank=5, target_year=2025, draws=500, data=data)
    small, large = (
        scenarios.apply_push(
            data, later.forecast, "77", later.targets[0], "economy_activity", gain
        ).percentile
        for gain in (-0.5, 0.9)
    )
    assert (small, large) == (0.0, 1.0)
    # Nothing precedes 2022: no gain has been seen by then.
    first = forecast_province("BR-VT", origin_year=2022, target_rank=5, draws=500, data=data)
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
    blind = forecast_province("BR-VT", origin_year=2021, target_rank=20, draws=100, data=data)
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


def test_the_34_are_forecast_by_way_of_the_63_where_these_are_known(data):
    options = {"model": "pool", "draws": 300, "seed": 4}
    merged = forecast_provinces(34, 2021, **options, data=data)
    assert (merged.road, merged.basis, merged.years) == ("merged", 34, (2022, 2023, 2024))
    former = make_forecast(data.panel, 63, 2021, **options)
    np.testing.assert_array_equal(merged.draws, merge_forecast(data, former).draws)
    direct = forecast_provinces(34, road="direct", **options, data=data)
    assert direct.road == "direct"
    np.testing.assert_array_equal(direct.draws, make_forecast(data.panel, 34, **options).draws)
    assert forecast_provinces(63, **options, data=data).road == "direct"


def test_from_an_edition_of_the_34_alone_only_their_own_past_leads_on(data):
    later = data.panel[(data.panel["basis"] == 34) & (data.panel["year"] == 2024)]
    panel = pd.concat([data.panel, later.assign(year=2025)], ignore_index=True)
    extended = store.Data(data.raw, panel)
    assert forecast_provinces(34, draws=50, data=extended).road == "direct"
    assert forecast_provinces(34, 2024, draws=50, data=extended).road == "merged"
    with pytest.raises(DataError, match="no merger leads to the 34 from 2025"):
        forecast_provinces(34, road="merged", draws=50, data=extended)
    with pytest.raises(DataError, match=r"road scenic is not known. Known: merged, direct"):
        forecast_provinces(34, road="scenic", data=extended)


def test_the_merger_is_the_better_road(data):
    # Ranks of 2024 as of 2023, the only origin from which both roads lead on.
    outcome = data.panel[(data.panel["basis"] == 34) & (data.panel["year"] == 2024)]
    scores = outcome.set_index("code")["score"]
    rps = {}
    for road in ROADS:
        made = forecast_provinces(34, 2023, 1, "random_walk", 4000, 0, road, data=data)
        came = scores.reindex(list(made.codes)).to_numpy(dtype=float)
        rng = np.random.default_rng(1)
        rps[road] = measure(made.draws[:, 0], came, (), rng)[0]["rps"]
    assert rps["merged"] < rps["direct"]
    with pytest.raises(DataError, match="two consecutive editions"):
        forecast_provinces(34, 2022, model="pool", road="direct", data=data)


@pytest.mark.parametrize(("basis", "origin"), [(63, 2021), (63, 2024), (34, 2021), (34, 2024)])
def test_to_have_the_score_needed_is_to_have_the_rank(data, basis, origin):
    made = forecast_provinces(basis, origin, 2, "pool", 800, 6, data=data)
    for code in made.codes[::5]:
        for rank in (1, 10, basis - 1, basis):
            chance = made.assess(code, Target(rank, made.years[1]), (0.3, 0.5, 0.9))
            unit = made.locate(code)
            own = made.draws[:, 1, unit]
            needed = ranks.threshold(np.sort(made.draws[:, 1], axis=1), own, rank)
            assert np.mean(own >= needed) == chance.probability_in_year
            assert chance.probability_in_year == pytest.approx(
                made.rank_probabilities[1, unit, :rank].sum()
            )
            for need in chance.needs:
                # In index units, where a score needed outside the scale cannot be had.
                reached = made.to_scores(needed, 1) <= need.score["central"] + 1e-12
                assert reached.mean() >= need.probability
                lifted = np.mean(own + need.lift / made.spread >= needed - 1e-9)
                assert lifted >= need.probability
                assert (need.lift <= 0) == (chance.probability_in_year >= need.probability)


def test_merging_does_not_depend_on_the_order_of_the_codes(raw):
    crosswalk = raw["crosswalk_63_34"]
    codes = tuple(crosswalk["old_code"])
    draws = np.random.default_rng(1).normal(size=(3, 63))
    order = np.random.default_rng(2).permutation(63)
    shuffled = merge_draws(draws[:, order], tuple(np.array(codes)[order]), crosswalk)
    straight = merge_draws(draws, codes, crosswalk)
    assert shuffled[0] == straight[0]
    np.testing.assert_allclose(shuffled[1], straight[1])
