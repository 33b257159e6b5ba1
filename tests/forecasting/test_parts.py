"""The parts of an index, each forecast from its own past."""

import json

import pandas as pd
import pytest

import dti_analysis as dti_library
from dti_analysis.errors import DataError

HOW = {"draws": 300, "seed": 3}
PILLARS = ["government_pillar", "economy_pillar", "society_pillar"]


@pytest.mark.parametrize(("basis", "name"), [("63", "BR-VT"), ("34", "Hồ Chí Minh")])
def test_each_part_is_forecast_as_it_is_alone(basis, name):
    index = dti_library.load_index(basis)
    found = index.parts(name, **HOW)
    assert found.table["measure"].tolist()[:3] == PILLARS
    assert {*found.table["measure"], *found.left_out} == {*index.panel.measures[1:]}
    for row in found.table.to_dict("records"):
        alone = index.of(row["measure"]).forecast(horizon=1, **HOW).answer(name)
        told = alone.summary.iloc[0]
        assert [row[end] for end in ("median_rank", "best80", "worst80")] == [
            told[end] for end in ("median_rank", "best80", "worst80")
        ]
        assert row["count"] == int(basis)


def test_an_earlier_edition_knows_no_later_one():
    index = dti_library.load_index("63")
    found = index.parts("BR-VT", 2023, **HOW)
    own = index.of("government_pillar").until(2023).forecast(horizon=1, **HOW).answer("BR-VT")
    row = found.table.set_index("measure").loc["government_pillar"]
    assert (row["median_rank"], row["best80"]) == (
        own.summary["median_rank"][0],
        own.summary["best80"][0],
    )
    assert (found.origin_year, found.year) == (2023, 2024)


def test_it_is_told_in_both_languages():
    index = dti_library.load_index("34")
    told = str(index.parts("Huế", **HOW))
    assert "Digital government" in told
    assert "10 of 34" in told  # in digital economy
    assert "Not forecast, as too little is known of them: Awareness" in told
    with dti_library.language.use_language("vi"):
        assert "Chính quyền số" in str(index.parts("Huế", **HOW))


def test_an_index_of_one_measure_has_none():
    rows = [(f"u{unit}", year, unit + year % 3) for unit in range(5) for year in range(2000, 2006)]
    index = dti_library.read_index(pd.DataFrame(rows, columns=["unit", "year", "score"]))
    with pytest.raises(DataError, match="has no parts"):
        index.parts("u1")


def test_by_command(dti, refused):
    found = json.loads(dti("parts", "Huế", "--basis", 34, "--draws", 300, "--json").output)
    assert [part["measure"] for part in found["parts"]][:3] == PILLARS
    assert "awareness" in found["left_out"]
    for part in found["parts"]:
        best, worst = part["interval80"]
        assert 1 <= best <= part["median_rank"] <= worst <= part["count"] == 34
    refused(dti("parts", "Atlantis"), "Atlantis")
