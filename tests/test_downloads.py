"""The numbers that reports offer as files."""

import io
import json

import pandas as pd
import pytest
from nbformat import v4

from dti_analysis.forecasting.answer import forecast_province
from dti_analysis.forecasting.exports import (
    MIME,
    offer_downloads,
    tabulate_probabilities,
    tabulate_years,
)
from dti_analysis.reporting.pages import take_numbers


@pytest.fixture(scope="module")
def found(data):
    return forecast_province(
        "BR-VT", origin_year=2021, draws=400, seed=3, all_targets=True, data=data
    )


def test_there_is_a_row_for_each_year_known_or_ahead(found):
    table = tabulate_years(found.to_dict())
    assert list(table["year"]) == [2020, 2021, 2022, 2023, 2024, 2025]
    assert list(table["kind"]) == ["known"] * 2 + ["forecast"] * 4
    assert list(table["median_rank"][:2]) == [39, 29]
    ahead = table[2:].reset_index(drop=True)
    for width in (50, 80, 90):
        for end in ("best", "worst"):
            column = ahead[f"{end}_rank_{width}pct"]
            assert list(column) == list(found.summary[f"{end}{width}"])
    central = found.scores[found.scores["level"] == "central"]
    assert list(ahead["median_score_0_to_1"]) == list(central["median"])
    assert list(ahead["high_score_80pct_0_to_1"]) == list(central["high80"])


def test_a_score_that_is_known_stands_in_its_year(data):
    table = tabulate_years(forecast_province("Huế", basis=34, draws=100, data=data).to_dict())
    known = table[table["kind"] == "known"].set_index("year")
    own = data.panel.query("basis == 34 and code == '46' and year == 2024")
    assert known.at[2024, "median_score_0_to_1"] == own["score"].item()
    assert known.at[2024, "median_rank"] == own["rank"].item()
    assert known.at[2020, "median_rank"] is None


def test_every_rank_of_every_year_has_its_chance(found):
    table = tabulate_probabilities(found)
    assert table.groupby("year")["rank"].apply(list).tolist() == [list(range(1, 64))] * 4
    by_year = table.groupby("year")
    assert by_year["probability_0_to_1"].sum().to_numpy() == pytest.approx(1)
    assert by_year["cumulative_probability_0_to_1"].last().to_numpy() == pytest.approx(1)
    top20 = table.query("year == 2022 and rank == 20")["cumulative_probability_0_to_1"].item()
    assert top20 == pytest.approx(found.chances[0].probability_in_year)


def test_files_can_be_read_by_spreadsheets_and_by_pandas(found):
    files = offer_downloads(found).files
    for name in ("-forecast.csv", "-rank-probabilities.csv"):
        assert files[name].encode().startswith(b"\xef\xbb\xbfprovince,code,basis,")
        read = pd.read_csv(io.BytesIO(files[name].encode()), dtype={"code": str})
        assert set(read["province"]) == {"Bà Rịa - Vũng Tàu"}
        assert set(read["code"]) == {"77"}
    assert ",known,29,," in files["-forecast.csv"]


def test_a_target_that_only_the_report_made_up_is_not_in_the_json(data):
    found = forecast_province("Lai Châu", draws=100, all_targets=True, data=data)
    assert [target.kind for target in found.targets] == ["reference"]
    told = json.loads(offer_downloads(found).files["-forecast.json"])
    assert told == forecast_province("Lai Châu", draws=100, data=data).to_dict()
    assert told["targets"] == []


def hand_out(files):
    output = v4.new_output("execute_result", {MIME: files, "text/plain": ""}, execution_count=1)
    return v4.new_notebook(cells=[v4.new_code_cell("offer()", outputs=[output])])


def test_a_report_takes_what_its_notebook_hands_out():
    assert take_numbers(hand_out({"-a.csv": "ê"})) == {"-a.csv": "ê".encode()}
    assert take_numbers(v4.new_notebook(cells=[v4.new_markdown_cell("text")])) == {}


@pytest.mark.parametrize("name", ["/../x.csv", "a.csv", "-a", "-A.csv", "-a.csv/b"])
def test_a_file_cannot_be_put_elsewhere(name):
    with pytest.raises(ValueError, match="expected a name such as -forecast"):
        take_numbers(hand_out({name: ""}))
