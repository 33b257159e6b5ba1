"""Who may enter and who may leave the best places."""

import json

import numpy as np
import pytest

import dti_analysis as dti
from dti_analysis.errors import DataError


@pytest.mark.parametrize("basis", ["63", "34"])
def test_movers_are_those_likely_to_cross_the_line(basis):
    forecast = dti.load_index(basis).forecast(model="pool", draws=500, seed=5)
    movers = forecast.movers(10, forecast.years[1])
    table = movers.to_frame()
    for row in table.to_dict("records"):
        drawn = forecast.draws.ranks_of(row["code"])[:, 1]
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


def test_where_ranks_are_unpublished_nobody_is_said_to_be_inside(index34):
    # Of the 34 not one rank of 2021 is known, but the 63 tell where each may go.
    movers = index34.forecast(2021, model="pool", draws=200).movers()
    assert movers.year == 2022
    assert not movers.is_settled
    assert movers.table["rank"].isna().all()
    assert movers.list_leaving().empty
    assert {row["rank"] for row in movers.to_dict()["units"]} == {None}
    assert "Too few ranks up to 2021 are published" in str(movers)


def test_movers_are_ready_for_json(index):
    movers = index.forecast(2021, horizon=5, model="pool", draws=200).movers(5, 2026)
    described = json.loads(json.dumps(movers.to_dict(), allow_nan=False))
    assert (described["top"], described["year"], described["basis"]) == (5, 2026, "63")
    assert len(described["units"]) == 63
    assert sum(row["rank"] is None for row in described["units"]) == 16


def test_what_cannot_be_watched_is_refused(index, toy_index):
    forecast = index.forecast(model="pool", draws=50)
    with pytest.raises(DataError, match="expected 1 to 63"):
        forecast.movers(64)
    with pytest.raises(DataError, match="year 2024 is not forecast: expected one of 2025, 2026"):
        forecast.movers(10, 2024)
    with pytest.raises(DataError, match="expected 1 to 5"):
        toy_index.forecast(draws=10).movers(10)


def test_any_index_is_watched(toy_index):
    movers = toy_index.forecast(model="pool", draws=200).movers(2)
    assert (movers.year, movers.table["is_inside"].sum()) == (2024, 2)
    assert toy_index.forecast(draws=50).movers(2, 2026).draws.years == (2024, 2025, 2026)
    assert toy_index.forecast(2022, draws=50).movers(2).year == 2023
    # Half of so few, unless told otherwise.
    assert toy_index.forecast(draws=50).movers().top == 2
