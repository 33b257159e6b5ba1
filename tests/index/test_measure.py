"""Any measure: a pillar or a component takes the place of the overall index, with all its verbs."""

import json

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti_library
from dti_analysis.errors import DataError

MEASURE = "government_pillar"
FEW = ("--draws", 100)


@pytest.fixture(scope="module")
def pillar():
    return dti_library.load_index(measure=MEASURE)


def test_published_ranks_stay_as_they_were_published(pillar, resolved):
    stated = resolved[(resolved["basis"] == 63) & (resolved["metric"] == f"rank_{MEASURE}")]
    stated = stated[stated["status"] == "stated"].set_index(["year", "code"])["value"]
    shown = pillar.frame().set_index(["year", "code"])
    assert {2020, 2021} <= set(stated.index.get_level_values("year"))
    assert len(stated) > 20
    assert shown.loc[stated.index, "rank"].tolist() == stated.tolist()
    assert set(shown.loc[stated.index, "rank_status"]) == {"published"}
    # Where the roster is not known as a whole, no other rank is made up.
    for year in (2020, 2021):
        facts = resolved[(resolved["year"] == year) & (resolved["metric"] == f"rank_{MEASURE}")]
        assert shown.loc[year, "rank"].notna().sum() == facts["code"].nunique()


def test_a_pillar_is_a_column_of_the_overall_index(index, pillar):
    whole, own = (held.frame().set_index(["year", "code"]) for held in (index, pillar))
    assert whole.index.equals(own.index)
    pd.testing.assert_series_equal(own["score"], whole[MEASURE], check_names=False)
    stated = whole[f"{MEASURE}_rank"].dropna()
    assert (own.loc[stated.index, "rank"] == stated).all()
    pd.testing.assert_series_equal(own["overall"], whole["score"], check_names=False)
    assert MEASURE not in own
    assert own["rank"].dtype == float


def test_all_verbs_answer_for_a_pillar(pillar):
    forecast = pillar.forecast(2023, draws=100)
    answer = forecast.answer("BR-VT", target_rank=10)
    assert answer.to_dict()["measure"] == MEASURE
    ranks = pillar.wide().loc["77"]
    assert answer.history["rank"].tolist()[-2:] == [ranks[2022], ranks[2023]]
    assert answer.first_target.observed_rank == ranks[2024]
    scores = pillar.wide("score").loc["77"]
    assert answer.history["score"].tolist()[-1] == scores[2023]
    assert forecast.movers(10).to_dict()["measure"] == MEASURE
    assert forecast.compare("BR-VT", "Huế").to_dict()["measure"] == MEASURE
    weights = forecast.push("BR-VT", gain=0.1).pushes.set_index("component")["weight"]
    shared = {"awareness", "institutions", "infrastructure", "workforce", "security"}
    assert set(weights.index) <= shared | {"government_activity"}
    # 200 of the 640 points of this pillar; see the methodology of 2023.
    points = {
        name: value
        for name, value in pillar.panel.weights_of(2023).items()
        if name in shared | {"government_activity"}
    }
    assert weights["government_activity"] == pytest.approx(
        points["government_activity"] / sum(points.values())
    )
    found = pillar.evaluate(["pool"], draws=50)
    assert found.to_dict()["measure"] == MEASURE
    assert found.outcomes["outcome"].between(1, 63).all()
    assert pillar.of("overall").panel.measure == "overall"


def test_targets_are_those_of_the_overall_index(index, pillar):
    assert len(index.forecast(2021, draws=50).answer("BR-VT").targets) == 2
    assert pillar.forecast(2023, draws=50).answer("BR-VT").targets == ()


@pytest.mark.parametrize(
    ("measure", "approach"),
    [("society_pillar", "bottom_up"), ("economy_activity", "direct"), ("infrastructure", "direct")],
)
def test_pillars_merge_and_components_do_not(measure, approach):
    current = dti_library.load_index("34", measure=measure)
    forecast = current.forecast(draws=50)
    assert (forecast.approach, len(forecast.draws.codes)) == (approach, 34)
    last = current.wide()[2024]
    assert forecast.answer("Huế").history["rank"].iloc[-1] == last["46"]


def test_a_component_has_no_components_of_its_own():
    forecast = dti_library.load_index(measure="infrastructure").forecast(draws=50)
    with pytest.raises(DataError, match="infrastructure is made of no components"):
        forecast.push("BR-VT", target_rank=3)


@pytest.mark.parametrize("measure", ["awareness", "charisma"])
def test_what_is_not_known_of_a_whole_roster_is_refused(measure):
    known = "overall, government_pillar, economy_pillar, society_pillar, infrastructure, "
    with pytest.raises(DataError, match=f'"{measure}" is not known for all provinces.*{known}'):
        dti_library.load_index(measure=measure)


def test_a_measure_of_any_index_is_one_of_its_components(toy_panel):
    table = toy_panel.assign(economy=1 - toy_panel["score"], society=0.5)
    table.loc[0, "society"] = np.nan
    parts = {"economy": 2, "society": 1}
    economy = dti_library.read_index(table, components=parts, measure="economy", max_score=1)
    assert economy.wide().loc["e"].tolist() == [1, 1, 1, 1]
    assert economy.config.weights[0] == parts
    pushed = dti_library.read_index(table, components=parts).forecast(draws=50).push("c")
    assert set(pushed.pushes["component"]) == {"economy", "society"}
    with pytest.raises(DataError, match=r'"wealth" is not known for all units.*overall, economy'):
        dti_library.read_index(table, components=parts, measure="wealth")


@pytest.mark.parametrize(
    "words",
    [
        ("forecast", "BR-VT", "--target-rank", 10),
        ("compare", "BR-VT", "Cần Thơ"),
        ("movers",),
        ("push", "BR-VT"),
        ("plan", "BR-VT"),
    ],
)
def test_the_commands_take_a_measure_and_name_it(dti, words):
    how = ("--measure", MEASURE, "--origin-year", 2023, *FEW)
    shown = dti(*words, *how)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.splitlines()[0].endswith("as of 2023 (DTI, Digital government)")
    described = json.loads(dti(*words, *how, "--json").stdout)
    assert (described["measure"], described["index"]) == (MEASURE, "DTI")
    overall = json.loads(dti(*words, *how[2:], "--json").stdout)
    assert overall["measure"] == "overall"


def test_a_measure_is_evaluated(dti, tmp_path, pillar):
    out = tmp_path / "out.json"
    shown = dti("evaluate", "--measure", MEASURE, "--model", "pool", "--json", out, *FEW)
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("DTI, Digital government: ")
    described = json.loads(out.read_text(encoding="utf-8"))
    assert described["measure"] == MEASURE
    assert described == json.loads(
        json.dumps(pillar.evaluate(["pool"], draws=100).to_dict(), allow_nan=False)
    )


def test_a_component_of_a_file_needs_its_column(dti, refused, tmp_path, toy_panel):
    file = tmp_path / "toy.csv"
    toy_panel.to_csv(file, index=False)
    words = ('"economy" is not known for all units', "Known: overall.")
    refused(dti("movers", "--panel", file, "--measure", "economy", *FEW), *words)
