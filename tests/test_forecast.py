import json

import numpy as np
import pandas as pd
import pytest

from dti_analysis.errors import DataError
from dti_analysis.forecasting.answer import forecast_province
from dti_analysis.forecasting.draws import make_forecast
from dti_analysis.forecasting.overview import forecast_country, summarise_country
from dti_analysis.models import forecasters as models
from dti_analysis.targets import Target, list_targets, suggest_target


@pytest.fixture(scope="module")
def ask(data):
    def ask(province="Bà Rịa - Vũng Tàu", **options):
        return forecast_province(province, **options, data=data)

    return ask


@pytest.fixture(scope="module")
def users_case(ask):
    return ask(origin_year=2021)


def test_the_users_case_as_of_2021(users_case):
    chance = users_case.chances[0]
    assert (chance.target.target_rank, chance.target.target_year) == (20, 2022)
    assert chance.probability_in_year == pytest.approx(0.2, abs=0.02)
    assert chance.observed_rank == 28
    first = users_case.summary.iloc[0]
    assert first["best80"] <= 28 <= first["worst80"]


def test_top_ten_by_2025_was_rare_as_of_2022(ask):
    chance = ask(origin_year=2022).chances[0]
    assert (chance.target.target_rank, chance.target.target_year) == (10, 2025)
    assert chance.probability_in_year == pytest.approx(0.08, abs=0.03)


def test_the_answer_as_json(users_case):
    described = json.loads(json.dumps(users_case.to_dict(), allow_nan=False))
    assert {key: described[key] for key in ("province", "basis", "code", "origin_year")} == {
        "province": "Bà Rịa - Vũng Tàu",
        "basis": 63,
        "code": "77",
        "origin_year": 2021,
    }
    assert (described["model"], described["draws"]) == ("averaged_level", 20_000)
    assert described["history"] == [
        {"year": 2020, "rank": 39, "score": None},
        {"year": 2021, "rank": 29, "score": None},
    ]
    assert [year["year"] for year in described["forecast"]] == [2022, 2023, 2024, 2025]
    for year in described["forecast"]:
        assert len(year["rank_probabilities"]) == 63
        assert sum(year["rank_probabilities"]) == pytest.approx(1)
        for inner, outer in [("interval50", "interval80"), ("interval80", "interval90")]:
            assert year[outer][0] <= year[inner][0] <= year["median_rank"]
            assert year["median_rank"] <= year[inner][1] <= year[outer][1]
    for target in described["targets"]:
        assert set(target) == {
            "target_rank",
            "target_year",
            "probability_in_year",
            "probability_by_year",
            "score_needed_p50",
            "score_needed_p80",
            "needs",
            "observed_rank",
        }
        assert target["probability_in_year"] <= target["probability_by_year"]
        assert 0 <= target["score_needed_p50"] <= target["score_needed_p80"] <= 1
        assert [need["probability"] for need in target["needs"]] == [0.5, 0.8]
        assert target["needs"][0]["score"]["central"] == target["score_needed_p50"]
        assert target["needs"][0]["lift"] < target["needs"][1]["lift"]
    for year in described["forecast"]:
        low, central, high = (year["scores"][level] for level in ("low", "central", "high"))
        assert low["median"] < central["median"] < high["median"]
        for score in (low, central, high):
            best, worst = score["interval80"]
            assert 0 <= best <= score["median"] <= worst <= 1


def test_needs_are_told_for_every_chance_asked_about(ask):
    found = ask(origin_year=2022, probabilities=[0.95, 0.5, 0.1], model="pool", draws=400)
    for target in found.to_dict()["targets"]:
        assert [need["probability"] for need in target["needs"]] == [0.1, 0.5, 0.8, 0.95]
        assert target["score_needed_p50"] is not None
        lifts = [need["lift"] for need in target["needs"]]
        assert lifts == sorted(lifts)
        for need in target["needs"]:
            assert need["score"]["low"] <= need["score"]["central"] <= need["score"]["high"]


def test_the_last_rank_takes_no_lift(ask):
    found = ask(target_rank=63, model="pool", draws=100)
    assert found.chances[0].probability_in_year == 1
    assert [need["lift"] for need in found.to_dict()["targets"][0]["needs"]] == [None, None]


def test_chances_agree_with_the_rank_probabilities(users_case):
    described = users_case.to_dict()
    reached = sum(described["forecast"][0]["rank_probabilities"][:20])
    assert described["targets"][0]["probability_in_year"] == pytest.approx(reached)


def test_same_seed_same_numbers_whatever_the_order(dti_panel, ask):
    names = ["Hà Nội", "Kon Tum", "BR-VT"]
    forth = {name: ask(name, draws=500, seed=3).to_dict() for name in names}
    back = {name: ask(name, draws=500, seed=3).to_dict() for name in reversed(names)}
    assert forth == back
    assert ask(draws=500, seed=4).to_dict()["forecast"] != forth["BR-VT"]["forecast"]
    shuffled = dti_panel.sample(frac=1, random_state=1)
    one = make_forecast(dti_panel, draws=100, seed=1)
    two = make_forecast(shuffled, draws=100, seed=1)
    np.testing.assert_array_equal(one.draws, two.draws)


def test_a_longer_horizon_does_not_change_the_years_before(ask):
    short, long = ask(draws=500, horizon=4), ask(draws=500, horizon=9)
    pd.testing.assert_frame_equal(short.summary, long.summary.head(4))


def test_the_forecast_knows_nothing_after_its_origin(dti_panel):
    later = dti_panel["year"] > 2022
    blind = dti_panel[~later]
    np.testing.assert_array_equal(
        make_forecast(dti_panel, origin_year=2022, draws=50).draws,
        make_forecast(blind, origin_year=2022, draws=50).draws,
    )


def test_no_province_is_dropped_for_what_is_unpublished(ask, dti_panel):
    forecast = ask(origin_year=2021, draws=200).forecast
    assert len(forecast.codes) == 63
    assert np.isnan(forecast.positions.mean).all(axis=1).sum() == 16
    assert (forecast.rank_probabilities.sum(axis=2) > 0.999).all()


def test_where_the_target_is_for_later_the_forecast_reaches_it(ask):
    found = ask("Khánh Hòa", basis=34)
    assert [chance.target.goal for chance in found.chances] == [(20, 2025), (10, 2030)]
    assert found.summary["year"].tolist() == list(range(2025, 2031))
    assert ask("Khánh Hòa", basis=34, horizon=1).summary["year"].tolist() == [2025]


def test_a_given_target_replaces_the_official_ones_but_in_a_report(ask):
    given = ask(origin_year=2021, target_rank=15, target_year=2023, draws=100)
    assert [target.goal for target in given.targets] == [(15, 2023)]
    assert given.targets[0].kind == "given"
    report = ask(origin_year=2021, target_rank=20, target_year=2022, draws=100, all_targets=True)
    assert [target.goal for target in report.targets] == [(20, 2022), (10, 2025), (15, 2025)]
    assert report.targets[0].kind == "official"


def test_a_rank_alone_is_for_the_next_edition(ask):
    assert ask(target_rank=5, draws=100).targets[0].goal == (5, 2025)


def test_without_a_target_a_report_takes_the_next_round_number(ask):
    assert ask("Kon Tum", draws=100).targets == ()
    suggested = ask("Kon Tum", draws=100, all_targets=True).targets
    assert suggested == (Target(40, 2025, "reference"),)
    assert suggest_target(1, 63, 2025).target_rank == 1
    assert suggest_target(None, 63, 2025).target_rank == 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_rank": 0}, "target rank 0 does not exist: expected 1 to 63"),
        ({"target_rank": 64}, "target rank 64 does not exist"),
        ({"target_rank": 35, "basis": 34, "province": "Huế"}, "expected 1 to 34"),
        ({"target_rank": 5, "target_year": 2024}, "target year 2024 is out of range"),
        ({"target_year": 2026}, "needs a target rank"),
        ({"origin_year": 2019}, "edition 2019 is not in the panel of the 63"),
        ({"origin_year": 2020}, "no unit is known in two editions up to 2020"),
        ({"horizon": 0}, "horizon 0 is out of range"),
        ({"horizon": 21}, "horizon 21 is out of range"),
        ({"probabilities": [0.5, 1.0]}, "probability 1.0 is out of range"),
        ({"probabilities": [float("nan")]}, "probability nan is out of range"),
        ({"draws": 0}, "draws 0 is out of range"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"model": "crystal_ball"}, "Known: persistence, random_walk"),
    ],
)
def test_what_cannot_be_asked_is_refused(ask, options, message):
    with pytest.raises(DataError, match=message):
        ask(**options)


@pytest.mark.parametrize("model", models.MODELS)
def test_every_model_answers_by_name(ask, model):
    found = ask(model=model, draws=64)
    assert found.to_dict()["model"] == model


def test_scores_needed_rise_with_the_level_and_stay_in_range(users_case):
    forecast = users_case.forecast
    position = np.array([-np.inf, 0.0, 1.0, 50.0])
    low, central, high = (
        forecast.to_scores(position, 0, scenario) for scenario in ("low", "central", "high")
    )
    assert low[0] == 0
    assert high[3] == 1
    assert (low <= central).all()
    assert (central <= high).all()


def test_official_targets_come_by_year_then_date(raw):
    goals = [target.goal for target in list_targets(raw["targets"], 63, "77")]
    assert goals == [(20, 2022), (10, 2025), (15, 2025)]
    assert list_targets(raw["targets"], 63, "77", after=2025) == []


@pytest.mark.parametrize("basis", [63, 34])
def test_the_country_at_once_agrees_with_each_province(ask, data, basis):
    forecast = forecast_country(data, basis, draws=400)
    table = summarise_country(data, forecast).set_index("code")
    assert len(table) == basis
    assert 10 <= table["top10"].sum() < 10.5  # scores tie as they are rounded
    name = {63: "BR-VT", 34: "Khánh Hòa"}[basis]
    found = ask(name, basis=basis, draws=400)
    row = table.loc[found.province.code]
    assert row["chance"] == found.chances[0].probability_in_year
    assert row["best80"] == found.summary["best80"].iloc[0]
    assert row["is_official"]
