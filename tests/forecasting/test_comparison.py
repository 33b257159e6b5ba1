"""One unit against another, and against those around it."""

import json

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis.errors import DataError, UnknownUnitError


@pytest.fixture(scope="module", params=["63", "34"])
def forecast(request):
    return dti.load_index(request.param).forecast(horizon=3, model="pool", draws=500, seed=5)


def test_pairwise_chances_equal_a_slow_count(forecast):
    first, second = forecast.draws.codes[3], forecast.draws.codes[8]
    table = forecast.compare(first, second).to_frame()
    drawn = forecast.draws.futures.join(lambda chunk: chunk)
    for step, year in enumerate(forecast.years):
        wins = [draw[step, 3] > draw[step, 8] for draw in drawn]
        assert table.loc[table["year"] == year, "probability"].item() == np.mean(wins)


def test_two_units_are_compared_within_draws(forecast):
    one, other = forecast.draws.codes[:2]
    ahead, behind = (forecast.compare(*pair).chances for pair in ((one, other), (other, one)))
    assert tuple(ahead["year"]) == forecast.years
    np.testing.assert_allclose(ahead["probability"] + behind["probability"], 1)


def test_neighbours_are_those_next_in_rank(index):
    forecast = index.forecast(2024, model="pool", draws=300)
    near = forecast.neighbours("BR-VT", [2025, 2027], count=2)
    rank = index.panel.ranks_of(2024)
    assert near["rank"].tolist() == [5, 6, 8, 9] * 2
    assert near["rank"].tolist() == [rank[code] for code in near["code"]]
    assert near["unit"].tolist() == [index.panel.names[code] for code in near["code"]]
    assert near["year"].tolist() == [2025] * 4 + [2027] * 4
    chance = forecast.compare("77", near["code"].iloc[5]).chances.set_index("year")["probability"]
    assert near["probability"].iloc[5] == chance[2027]
    leader = rank.idxmin()
    assert forecast.neighbours(leader, [2025], 2)["rank"].tolist() == [2, 3]


def test_a_unit_without_a_rank_has_neighbours_by_what_is_expected(index):
    forecast = index.forecast(2021, model="pool", draws=300)
    near = forecast.neighbours("34", [2022])
    drawn = forecast.draws
    expected = pd.Series([drawn.ranks_of(code)[:, 0].mean() for code in drawn.codes], drawn.codes)
    order = expected.sort_values().index
    own = order.get_loc("34")
    assert near["code"].tolist() == [*order[own - 3 : own], *order[own + 1 : own + 4]]
    assert (near["probability"] - 0.5).abs().max() < 0.15


def test_a_comparison_is_ready_for_json(index34):
    pair = index34.forecast(horizon=3, model="pool", draws=200).compare("TP HCM", "Huế")
    described = json.loads(json.dumps(pair.to_dict(), allow_nan=False))
    assert (described["first"], described["second"]) == ("Hồ Chí Minh", "Huế")
    assert described["ranks"] == [4, 2]
    assert (described["approach"], described["basis"]) == ("bottom_up", "34")
    assert [chance["year"] for chance in described["chances"]] == [2025, 2026, 2027]


def test_what_cannot_be_compared_is_refused(index, toy_index):
    forecast = index.forecast(model="pool", draws=50)
    with pytest.raises(DataError, match="compared with itself"):
        forecast.compare("Huế", "Thừa Thiên Huế")
    with pytest.raises(UnknownUnitError, match="not known"):
        forecast.compare("Huế", "Atlantis")
    toys = toy_index.forecast(draws=10)
    with pytest.raises(UnknownUnitError, match='There: "a", "b"'):
        toys.compare("a", "z")
    with pytest.raises(DataError, match="compared with itself"):
        toys.compare("a", "A")


def test_units_of_any_index_are_compared(toy_index):
    pair = toy_index.forecast(model="pool", draws=200).compare("A", "e")
    assert (pair.first.code, pair.second.code) == ("a", "e")
    assert (pair.chances["probability"] > 0.9).all()
    assert pair.ranks == [1, 5]
