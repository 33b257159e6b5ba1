"""The numbers of forecasts as files: tables, probabilities, what reports offer."""

import io
import json

import numpy as np
import pandas as pd
import pytest
from nbformat import v4

import dti_analysis as dti
from dti_analysis.batch.pages import take_numbers
from dti_analysis.forecasting.exports import (
    MIME,
    offer_downloads,
    probabilities_table,
    write_probabilities,
    years_table,
)


@pytest.fixture(scope="module")
def answer():
    return dti.load_index().forecast(2021, draws=400, seed=3).answer("BR-VT", all_targets=True)


def test_there_is_a_row_for_each_year_known_or_ahead(answer):
    table = years_table(answer.to_dict())
    assert list(table["year"]) == [2020, 2021, 2022, 2023, 2024, 2025]
    assert list(table["kind"]) == ["known"] * 2 + ["forecast"] * 4
    assert list(table["median_rank"][:2]) == [39, 29]
    ahead = table[2:].reset_index(drop=True)
    for width in (50, 80, 90):
        for end in ("best", "worst"):
            column = ahead[f"{end}_rank_{width}pct"]
            assert list(column) == list(answer.summary[f"{end}{width}"])
    assert list(ahead["median_score"]) == list(answer.scores["median"])
    assert list(ahead["high_score_80pct"]) == list(answer.scores["high80"])


def test_a_score_that_is_known_stands_in_its_year(index34):
    table = years_table(index34.forecast(draws=100).answer("Huế").to_dict())
    known = table[table["kind"] == "known"].set_index("year")
    own = index34.panel.history("46").set_index("year")
    assert known.at[2024, "median_score"] == own.at[2024, "score"]
    assert known.at[2024, "median_rank"] == own.at[2024, "rank"]
    assert known.at[2020, "median_rank"] is None


def test_every_rank_of_every_year_has_its_chance(answer):
    table = probabilities_table(answer)
    assert table.groupby("year")["rank"].apply(list).tolist() == [list(range(1, 64))] * 4
    by_year = table.groupby("year")
    assert by_year["probability"].sum().to_numpy() == pytest.approx(1)
    assert by_year["cumulative_probability"].last().to_numpy() == pytest.approx(1)
    top20 = table.query("year == 2022 and rank == 20")["cumulative_probability"].item()
    assert top20 == pytest.approx(answer.chances[0].probability_in_year)


def test_files_can_be_read_by_spreadsheets_and_by_pandas(answer):
    files = offer_downloads(answer).files
    for name in ("-forecast.csv", "-rank-probabilities.csv"):
        assert files[name].encode().startswith(b"\xef\xbb\xbfunit,code,basis,")
        read = pd.read_csv(io.BytesIO(files[name].encode()), dtype={"code": str})
        assert set(read["unit"]) == {"Bà Rịa - Vũng Tàu"}
        assert set(read["code"]) == {"77"}
    assert ",known,29,," in files["-forecast.csv"]


def test_the_table_written_is_the_one_that_pandas_writes(index):
    drawn = index.forecast(draws=200).draws
    chances = drawn.rank_probabilities[:2].swapaxes(0, 1)
    unit, step, rank = np.indices(chances.shape).reshape(3, -1)
    names = index.units.loc[list(drawn.codes), "name"].to_numpy()
    columns = {"unit": names[unit], "step": step + 1, "rank": rank + 1}
    slow = pd.DataFrame(columns | {"probability": chances.ravel()})
    assert "".join(write_probabilities(drawn, 2)) == slow.to_csv(index=False)
    own = slow[(slow["unit"] == "Bà Rịa - Vũng Tàu") & (slow["step"] == 2)]
    assert own["probability"].tolist() == pytest.approx(drawn.probabilities_of("77")[1].tolist())


def test_a_target_that_only_the_report_made_up_is_not_in_the_json(index):
    forecast = index.forecast(draws=100)
    reported = forecast.answer("Lai Châu", all_targets=True)
    assert [target.kind for target in reported.targets] == ["reference"]
    told = json.loads(offer_downloads(reported).files["-forecast.json"])
    assert told == forecast.answer("Lai Châu").to_dict()
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
