"""One unit's answer: the user's case, its JSON, targets and what is refused."""

import json

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis.errors import DataError, UnknownUnitError
from dti_analysis.forecasting.forecast import forecast
from dti_analysis.models import forecasters as models
from dti_analysis.panel import Panel
from dti_analysis.targets import Target, suggest_target

HOW = ("horizon", "draws", "seed", "model", "approach")


@pytest.fixture(scope="module")
def ask():
    def ask(unit="Bà Rịa - Vũng Tàu", basis="63", origin=None, horizon=None, **options):
        how = {name: options.pop(name) for name in HOW if name in options}
        made = dti.load_index(basis).forecast(origin, horizon, **how)
        return made.answer(unit, horizon=horizon, **options)

    return ask


@pytest.fixture(scope="module")
def users_case(ask):
    return ask(origin=2021)


def test_the_users_case_as_of_2021(users_case):
    chance = users_case.chances[0]
    assert (chance.target.target_rank, chance.target.target_year) == (20, 2022)
    assert chance.probability_in_year == pytest.approx(0.2, abs=0.02)
    assert chance.observed_rank == 28
    first = users_case.summary.iloc[0]
    assert first["best80"] <= 28 <= first["worst80"]


def test_top_ten_by_2025_was_rare_as_of_2022(ask):
    later, chance = ask(origin=2022).chances
    assert later.target.goal == (15, 2025)
    assert (chance.target.target_rank, chance.target.target_year) == (10, 2025)
    assert chance.probability_in_year == pytest.approx(0.08, abs=0.03)


def test_the_answer_as_json(users_case):
    described = json.loads(json.dumps(users_case.to_dict(), allow_nan=False))
    assert set(described["left_out"][0]) == {"kind", "year", "units", "ranked"}
    lists = {"history", "forecast", "targets", "left_out"}
    assert {key: value for key, value in described.items() if key not in lists} == {
        "unit": "Bà Rịa - Vũng Tàu",
        "code": "77",
        "index": "DTI",
        "higher_is_better": True,
        "measure": "overall",
        "basis": "63",
        "origin_year": 2021,
        "model": "averaged_level",
        "draws": 20_000,
        "seed": 2022,
        "approach": "direct",
        "given": [],
    }
    assert described["history"] == [
        {"year": 2020, "rank": 39, "score": None, "rank_status": "published"},
        {"year": 2021, "rank": 29, "score": None, "rank_status": "published"},
    ]
    assert [year["year"] for year in described["forecast"]] == [2022, 2023, 2024, 2025]
    for year in described["forecast"]:
        assert len(year["rank_probabilities"]) == 63
        assert sum(year["rank_probabilities"]) == pytest.approx(1)
        for inner, outer in [("interval50", "interval80"), ("interval80", "interval90")]:
            assert year[outer][0] <= year[inner][0] <= year["median_rank"]
            assert year["median_rank"] <= year[inner][1] <= year[outer][1]
        best, worst = year["score"]["interval80"]
        inner, outer = year["score"]["interval50"]
        assert 0 <= best <= inner <= year["score"]["median"] <= outer <= worst <= 1
    stated = [target.stated_on for target in users_case.targets]
    assert [target["stated_on"] for target in described["targets"]] == stated
    assert stated[0] == "2022-10-10"
    for target in described["targets"]:
        assert target["kind"] == "official"
        assert target["probability_in_year"] <= target["probability_by_year"]
        assert 0 <= target["score_needed_p50"] <= target["score_needed_p80"] <= 1
        assert [need["probability"] for need in target["needs"]] == [0.5, 0.8]
        assert target["needs"][0]["score"] == target["score_needed_p50"]
        assert target["needs"][0]["lift"] < target["needs"][1]["lift"]


def test_scores_are_told_with_their_ranges(users_case):
    scores = users_case.scores
    assert scores["year"].tolist() == [2022, 2023, 2024, 2025]
    told = scores[["low80", "low50", "median", "high50", "high80"]]
    assert (told.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    drawn = users_case.draws.positions_of("77")
    for step in range(4):
        own = users_case.draws.to_scores(drawn[:, step, 0], step)
        assert told["median"][step] == np.median(own)
    widths = scores["high80"] - scores["low80"]
    assert widths.is_monotonic_increasing


def test_needs_are_told_for_every_chance_asked_about(ask):
    answer = ask(origin=2022, probabilities=[0.95, 0.5, 0.1], model="pool", draws=400)
    for target in answer.to_dict()["targets"]:
        assert [need["probability"] for need in target["needs"]] == [0.1, 0.5, 0.8, 0.95]
        assert target["score_needed_p50"] is not None
        lifts = [need["lift"] for need in target["needs"]]
        assert lifts == sorted(lifts)
        scores = [need["score"] for need in target["needs"]]
        assert scores == sorted(scores)


def test_the_last_rank_takes_no_lift(ask):
    answer = ask(target_rank=63, model="pool", draws=100)
    assert answer.chances[0].probability_in_year == 1
    assert [need["lift"] for need in answer.to_dict()["targets"][0]["needs"]] == [None, None]


def test_chances_agree_with_the_rank_probabilities(users_case):
    described = users_case.to_dict()
    reached = sum(described["forecast"][0]["rank_probabilities"][:20])
    assert described["targets"][0]["probability_in_year"] == pytest.approx(reached)


def test_the_ladder_is_a_table_of_the_chances_of_targets(users_case):
    ranks = [1, 3, 5, 10, 15, 20, 63]
    ladder = users_case.chances_of(ranks)
    assert ladder.index.tolist() == ranks
    assert ladder.index.name == "target_rank"
    assert tuple(ladder.columns) == users_case.years
    for rank in ranks:
        for year in users_case.years:
            chance = users_case.target_chance(rank, year).probability_in_year
            assert ladder.loc[rank, year] == pytest.approx(chance, abs=1e-12)
    with pytest.raises(DataError, match="target rank 64 does not exist: expected 1 to 63"):
        users_case.chances_of([64])


def test_ranks_drawn_are_those_of_the_joint_forecast(users_case):
    drawn = users_case.rank_draws
    assert list(drawn.columns) == [2022, 2023, 2024, 2025]
    np.testing.assert_array_equal(drawn, users_case.draws.ranks_of("77")[:, :4])
    chance = (drawn[2022] <= 20).mean()
    assert chance == users_case.first_target.probability_in_year
    assert users_case.rank_probabilities.loc[:20, 2022].sum() == pytest.approx(chance)
    by_year = (drawn[[2022, 2023, 2024]] <= 20).any(axis=1).mean()
    assert users_case.target_chance(20, 2024).probability_by_year == by_year
    # The same target, but for who set it.
    official, asked = users_case.first_target.to_dict(), users_case.target_chance(20).to_dict()
    told = {"kind": "asked", "stated_on": None}
    assert asked == official | told


def test_what_a_target_takes_is_a_table(users_case):
    chance = users_case.first_target
    table = chance.to_frame().set_index("probability")
    assert list(table.columns) == ["score", "lift"]
    assert table["score"].to_dict() == chance.score_needed
    assert table["score"].is_monotonic_increasing


def test_what_came_stands_beside_the_forecast(users_case):
    assert users_case.history["rank"].tolist() == [39.0, 29.0]
    assert users_case.outcomes["year"].tolist() == [2022, 2023, 2024]
    assert users_case.outcomes["rank"].tolist() == [28.0, 10.0, 7.0]


def test_same_seed_same_numbers_whatever_the_order(index):
    def ask(seed, names):
        made = forecast(index.panel, draws=500, seed=seed)
        return {name: made.answer(name).to_dict() for name in names}

    names = ["Hà Nội", "Kon Tum", "BR-VT"]
    forth, back = ask(3, names), ask(3, reversed(names))
    assert forth == back
    assert ask(4, ["BR-VT"])["BR-VT"]["forecast"] != forth["BR-VT"]["forecast"]


def test_row_order_does_not_change_a_draw(index):
    table = index.frame()[["year", "code", "unit", "score", "rank"]]
    one, two = (
        dti.read_index(rows).forecast(draws=100, seed=1).draws
        for rows in (table, table.sample(frac=1, random_state=1))
    )
    np.testing.assert_array_equal(one.positions_of(*one.codes), two.positions_of(*two.codes))


def test_a_longer_horizon_does_not_change_the_years_before(ask):
    short, long = ask(draws=500, horizon=4), ask(draws=500, horizon=9)
    pd.testing.assert_frame_equal(short.summary, long.summary.head(4))


@pytest.mark.parametrize("basis", ["63", "34"])
def test_the_forecast_knows_nothing_after_its_origin(basis):
    panel = dti.load_index(basis).panel
    blind = panel.between(0, 2022)
    assert isinstance(blind, Panel)
    assert blind.editions[-1] == 2022
    one, two = (forecast(known, 2022, draws=50).draws for known in (panel, blind))
    np.testing.assert_array_equal(one.positions_of(*one.codes), two.positions_of(*two.codes))


def test_no_province_is_dropped_for_what_is_unpublished(ask):
    drawn = ask(origin=2021, draws=200).draws
    assert len(drawn.codes) == 63
    assert np.isnan(drawn.positions.mean).all(axis=1).sum() == 16
    assert (drawn.rank_probabilities.sum(axis=2) > 0.999).all()


def test_where_the_target_is_for_later_the_forecast_reaches_it(ask):
    answer = ask("Khánh Hòa", "34")
    assert [chance.target.goal for chance in answer.chances] == [(20, 2025), (10, 2030)]
    assert answer.summary["year"].tolist() == list(range(2025, 2031))
    near = dti.load_index("34").forecast().answer("Khánh Hòa", horizon=1)
    assert near.summary["year"].tolist() == [2025]


def test_an_answer_lists_three_editions_though_the_joint_forecast_goes_on(index34):
    made = index34.forecast(draws=50)
    assert made.years == tuple(range(2025, 2031))
    answer = made.answer("Huế")
    assert answer.years == (2025, 2026, 2027)
    assert list(answer.rank_draws) == list(answer.rank_probabilities) == [2025, 2026, 2027]
    assert answer.target_chance(5, 2030).target.target_year == 2030


def test_a_target_asked_for_replaces_the_official_ones_but_in_a_report(ask):
    asked = ask(origin=2021, target_rank=15, target_year=2023, draws=100)
    assert [target.goal for target in asked.targets] == [(15, 2023)]
    assert asked.targets[0].kind == "asked"
    report = ask(origin=2021, target_rank=20, target_year=2022, draws=100, all_targets=True)
    assert [target.goal for target in report.targets] == [(20, 2022), (10, 2025)]
    assert report.targets[0].kind == "official"


def test_a_rank_alone_is_for_the_next_edition(ask):
    assert ask(target_rank=5, draws=100).targets[0].goal == (5, 2025)


def test_without_a_target_a_report_takes_the_next_round_number(ask):
    assert ask("Kon Tum", draws=100).targets == ()
    suggested = ask("Kon Tum", draws=100, all_targets=True).targets
    assert suggested == (Target(40, 2025, "reference"),)
    assert suggest_target(1, 63, 2025).target_rank == 1
    assert suggest_target(None, 63, 2025).target_rank == 60
    assert suggest_target(float("nan"), 63, 2025).target_rank == 60


def test_a_target_is_missed_in_plain_words(ask):
    without = ask("Lai Châu", draws=50)
    with pytest.raises(DataError, match=r"no target of Lai Châu is known: name one"):
        without.first_target  # noqa: B018


@pytest.mark.parametrize(
    ("origin", "goals"),
    [
        (2020, []),
        (2021, [(20, 2022), (10, 2025)]),
        (2022, [(15, 2025), (10, 2025)]),
        (2024, [(15, 2025), (10, 2025)]),
        (2025, []),
    ],
)
def test_official_targets_known_come_by_year_and_the_last_stated_first(index, origin, goals):
    """The first two were stated on 2022-10-10, the third in December 2023."""
    assert [target.goal for target in index.panel.targets_of("77", origin)] == goals
    if origin in index.editions:
        assert [
            target.goal for target in index.until(origin).panel.targets_of("77", origin)
        ] == goals


def test_official_targets_beyond_the_forecast_are_kept_apart(index34):
    near = index34.forecast(horizon=1, draws=50).answer("Khánh Hòa")
    assert [target.goal for target in near.targets] == [(20, 2025)]
    assert [target.goal for target in near.distant] == [(10, 2030)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_rank": 0}, "target rank 0 does not exist: expected 1 to 63"),
        ({"target_rank": 64}, "target rank 64 does not exist"),
        ({"target_rank": 35, "basis": "34", "unit": "Huế"}, "expected 1 to 34"),
        ({"target_rank": 5, "target_year": 2024}, "target year 2024 is not forecast"),
        ({"target_year": 2026}, "needs a target rank"),
        ({"origin": 2019}, "edition 2019 is not in the panel: expected one of 2020, 2021"),
        ({"origin": 2020}, "no unit is known in two editions up to 2020"),
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
        ask(**({"draws": 50} | options))


@pytest.mark.parametrize("horizon", [0, -1, 5])
def test_an_answer_lists_no_more_editions_than_there_are(index, horizon):
    made = index.forecast(2021, horizon=4, draws=50)
    assert len(made.answer("BR-VT", horizon=4).summary) == 4
    with pytest.raises(DataError, match=f"horizon {horizon} is out of range: expected 1 to 4"):
        made.answer("BR-VT", horizon=horizon)


def test_a_unit_that_is_not_there_is_named_with_what_is(ask):
    with pytest.raises(UnknownUnitError, match="Atlantis"):
        ask("Atlantis", draws=50)
    with pytest.raises(UnknownUnitError, match="has become part of Hồ Chí Minh"):
        ask("BR-VT", "34", draws=50)


@pytest.mark.parametrize("model", models.MODELS)
def test_every_model_answers_by_name(ask, model):
    assert ask(model=model, draws=64).to_dict()["model"] == model


def test_a_forecaster_of_ones_own_answers_too(index):
    made = index.forecast(model=models.RandomWalk(window=2), draws=64)
    assert made.to_dict()["model"] == "RandomWalk"
    assert made is not index.forecast(model=models.RandomWalk(window=2), draws=64)


def test_scores_rise_with_the_level_and_stay_in_range(users_case):
    draws = users_case.draws
    for position, end in ((-np.inf, 0), (50.0, 1)):
        assert (draws.to_scores(np.full(len(draws), position), 0) == end).all()
    middle = draws.to_scores(np.zeros(len(draws)), 0)
    assert (middle == draws.levels[:, 0]).all()


@pytest.mark.parametrize(("basis", "name"), [("63", "BR-VT"), ("34", "Khánh Hòa")])
def test_all_units_at_once_agree_with_each(ask, basis, name):
    made = dti.load_index(basis).forecast(draws=400)
    table = made.overview().set_index("code")
    assert len(table) == int(basis)
    assert 10 <= table["chance_top"].sum() < 10.5  # scores tie as they are rounded
    answer = ask(name, basis, draws=400)
    row = table.loc[answer.unit.code]
    assert row["unit"] == answer.unit.name
    assert row["chance"] == pytest.approx(answer.chances[0].probability_in_year)
    assert row["chance_top"] == pytest.approx(answer.target_chance(10).probability_in_year)
    assert row["best80"] == answer.summary["best80"].iloc[0]
    assert row["is_official"]
    assert table["rank"].is_monotonic_increasing


def test_of_a_part_the_outcome_is_told_among_it_and_among_all():
    rows = [
        (unit, year, rank) for year in (2020, 2021, 2022) for rank, unit in enumerate("ACDB", 1)
    ]
    part = pd.DataFrame(rows, columns=["unit", "year", "rank"])
    part = part[part["unit"].isin(["A", "B"])]
    answer = dti.read_index(part, subset=True).forecast(2021, draws=50).answer("B", 2)
    assert (answer.first_target.observed_rank, answer.first_target.published_rank) == (2, 4)
    assert "It came 2nd: target reached. That is its rank in this file; among all it came 4th." in (
        str(answer)
    )
