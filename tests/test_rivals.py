"""One province against the others: pairs, neighbours, movers."""

import json

import numpy as np
import pandas as pd
import pytest

from dti_analysis.errors import DataError, UnknownProvinceError
from dti_analysis.forecasting import any_index
from dti_analysis.forecasting import comparison as rivals
from dti_analysis.forecasting.bottom_up import forecast_provinces
from dti_analysis.forecasting.draws import make_forecast


@pytest.fixture(scope="module", params=[63, 34])
def forecast(request, data):
    return forecast_provinces(request.param, model="pool", draws=500, seed=5, data=data)


def test_pairwise_chances_equal_a_slow_count(forecast):
    first, second = forecast.codes[3], forecast.codes[8]
    table = rivals.compare(forecast, first, second)
    for step, year in enumerate(forecast.years):
        wins = [draw[step, 3] > draw[step, 8] for draw in forecast.draws]
        assert table.loc[table["year"] == year, "probability"].item() == np.mean(wins)


def test_two_provinces_are_compared_within_draws(forecast):
    ahead = rivals.compare(forecast, forecast.codes[0], forecast.codes[1])
    behind = rivals.compare(forecast, forecast.codes[1], forecast.codes[0])
    assert tuple(ahead["year"]) == forecast.years
    np.testing.assert_allclose(ahead["probability"] + behind["probability"], 1)


def test_movers_are_those_likely_to_cross_the_line(forecast):
    movers = rivals.Movers(forecast, 10, forecast.years[1])
    table = movers.table
    for row in table.to_dict("records"):
        drawn = forecast.ranks[:, 1, forecast.locate(row["code"])]
        assert row["probability"] == np.mean(drawn <= 10)
        assert row["is_inside"] == (row["rank"] <= 10)
    crossing = np.where(table["is_inside"], 1 - table["probability"], table["probability"])
    assert (np.diff(crossing) <= 0).all()
    assert table["probability"].sum() == pytest.approx(10)
    assert movers.is_settled
    leaving, entering = movers.list_leaving(0.2), movers.list_entering(0.2)
    assert ((1 - leaving["probability"]) >= 0.2).all()
    assert (entering["probability"] >= 0.2).all()
    assert (len(movers.list_leaving()), len(movers.list_entering())) == (10, len(table) - 10)


def test_where_ranks_are_unpublished_nobody_is_said_to_be_inside(data):
    # Of the 34 not one rank of 2021 is known, but the 63 tell where each may go.
    movers = rivals.find_movers(basis=34, origin_year=2021, model="pool", draws=200, data=data)
    assert movers.year == 2022
    assert not movers.is_settled
    assert movers.table["rank"].isna().all()
    assert movers.list_leaving().empty
    assert {row["rank"] for row in movers.to_dict()["provinces"]} == {None}


def test_neighbours_are_those_next_in_rank(data, edition):
    forecast = make_forecast(data.panel, 63, 2024, model="pool", draws=300)
    near = rivals.list_neighbours(forecast, "77", [2025, 2027], count=2)
    rank = edition(63, 2024)["rank"]
    assert near["rank"].tolist() == [5, 6, 8, 9] * 2
    assert near["rank"].tolist() == [rank[code] for code in near["code"]]
    assert near["year"].tolist() == [2025] * 4 + [2027] * 4
    chance = rivals.compare(forecast, "77", near["code"].iloc[5]).set_index("year")["probability"]
    assert near["probability"].iloc[5] == chance[2027]
    leader = rank.idxmin()
    assert rivals.list_neighbours(forecast, leader, [2025], 2)["rank"].tolist() == [2, 3]


def test_a_province_without_a_rank_has_neighbours_by_what_is_expected(data):
    forecast = make_forecast(data.panel, 63, 2021, model="pool", draws=300)
    near = rivals.list_neighbours(forecast, "34", [2022])
    expected = pd.Series(forecast.ranks[:, 0].mean(axis=0), forecast.codes)
    order = expected.sort_values().index
    own = order.get_loc("34")
    assert near["code"].tolist() == [*order[own - 3 : own], *order[own + 1 : own + 4]]
    assert (near["probability"] - 0.5).abs().max() < 0.15


def test_answers_are_ready_for_json(data):
    pair = rivals.compare_provinces("TP HCM", "Huế", 34, model="pool", draws=200, data=data)
    described = json.loads(json.dumps(pair.to_dict(), allow_nan=False))
    assert (described["first"], described["second"]) == ("Hồ Chí Minh", "Huế")
    assert described["ranks"] == [4, 2]
    assert described["road"] == "merged"
    assert [chance["year"] for chance in described["chances"]] == [2025, 2026, 2027]
    movers = rivals.find_movers(5, 2026, model="pool", draws=200, origin_year=2021, data=data)
    described = json.loads(json.dumps(movers.to_dict(), allow_nan=False))
    assert len(described["provinces"]) == 63
    assert sum(row["rank"] is None for row in described["provinces"]) == 16


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda d: rivals.compare_provinces("Huế", "Thừa Thiên Huế", data=d),
            "compared with itself",
        ),
        (lambda d: rivals.compare_provinces("Huế", "Atlantis", data=d), "not known"),
        (lambda d: rivals.compare_provinces("Huế", "Hà Nội", horizon=0, data=d), "horizon 0"),
        (lambda d: rivals.find_movers(64, data=d), "expected 1 to 63"),
        (lambda d: rivals.find_movers(10, 2024, data=d), "expected 2025 to 2044"),
        (lambda d: rivals.find_movers(10, road="merged", data=d), "no merger leads to the 63"),
    ],
)
def test_what_cannot_be_asked_is_refused(data, ask, message):
    with pytest.raises(DataError, match=message):
        ask(data)


def test_units_of_any_panel_are_compared_and_watched(toy_panel):
    pair = any_index.compare_units(toy_panel, "A", "e", model="pool", draws=200)
    assert (pair.first.code, pair.second.code) == ("a", "e")
    assert (pair.chances["probability"] > 0.9).all()
    movers = any_index.find_movers(toy_panel, 2, model="pool", draws=200)
    assert (movers.year, movers.table["is_inside"].sum()) == (2024, 2)
    assert any_index.find_movers(toy_panel, 2, 2026, draws=50).forecast.years == (2024, 2025, 2026)
    assert any_index.find_movers(toy_panel, 2, origin_year=2022, draws=50).year == 2023


def test_what_a_panel_cannot_answer_is_refused(toy_panel):
    with pytest.raises(UnknownProvinceError, match="Units there: a, b"):
        any_index.compare_units(toy_panel, "a", "z", draws=10)
    with pytest.raises(DataError, match="compared with itself"):
        any_index.compare_units(toy_panel, "a", "A", draws=10)
    with pytest.raises(DataError, match="year 2023 is not an edition ahead: expected one of 2024"):
        any_index.find_movers(toy_panel, 2, 2023, draws=10)
    with pytest.raises(DataError, match="expected 1 to 5"):
        any_index.find_movers(toy_panel, 10, draws=10)
