"""The commands that read answers off the draws."""

import json

import pytest

MODEL = ("--model", "pool", "--draws", 500, "--seed", 7)


@pytest.fixture
def panel_file(toy_panel, tmp_path):
    file = tmp_path / "panel.csv"
    toy_panel.to_csv(file, index=False)
    return file


def test_forecast_prints_the_users_case(dti):
    result = dti("forecast", "BR-VT", "--origin-year", 2021, "--model", "pool")
    assert result.exit_code == 0
    assert "2020: 39  2021: 29" in result.output
    assert "Top 20 in 2022 (official target): about 16 in 100" in result.output
    assert "it came 28th" in result.output
    assert "for 80 in 100: score 0." in result.output


def test_forecast_names_score_and_lift_for_any_chance(dti):
    arguments = ("forecast", "BR-VT", "--origin-year", 2021, *MODEL)
    asked = ("--probability", 0.95, "--probability", 0.25)
    text = dti(*arguments, *asked).output
    for chance in (25, 50, 80, 95):
        assert f"  for {chance} in 100: score" in text
    assert "lift +" in text
    needs = json.loads(dti(*arguments, *asked, "--json").output)["targets"][0]["needs"]
    assert [need["probability"] for need in needs] == [0.25, 0.5, 0.8, 0.95]
    assert f"lift {needs[0]['lift']:+.4f}" in text


def test_forecast_as_json_is_the_same_twice(dti):
    arguments = ("forecast", "Huế", "--basis", 34, "--json", *MODEL)
    first, second = dti(*arguments), dti(*arguments)
    assert first.output == second.output
    described = json.loads(first.output)
    assert (described["basis"], described["code"], described["seed"]) == (34, "46", 7)


def test_the_34_go_by_way_of_the_63_unless_told_otherwise(dti):
    merged = dti("forecast", "Huế", "--basis", 34, *MODEL)
    assert "by way of the 63 merged within draws" in merged.output
    for year in ("2025", "2026"):
        assert f"\n{year}  " in merged.output
    direct = dti("forecast", "Huế", "--basis", 34, "--road", "direct", *MODEL)
    assert "merged" not in direct.output
    roads = [
        json.loads(dti("movers", "--basis", 34, "--json", *road, *MODEL).output)["road"]
        for road in ((), ("--road", "direct"))
    ]
    assert roads == ["merged", "direct"]


def test_compare_gives_the_chance_by_year(dti):
    arguments = ("compare", "BR-VT", "Cần Thơ", "--origin-year", 2021, *MODEL)
    text = dti(*arguments).output
    assert "Bà Rịa - Vũng Tàu against Cần Thơ, of 63, as of 2021" in text
    assert "Ranks in 2021: 29 and 15" in text
    chances = json.loads(dti(*arguments, "--json").output)["chances"]
    assert [chance["year"] for chance in chances] == [2022, 2023, 2024]
    for chance in chances:
        assert f"{chance['year']}  about {100 * chance['probability']:.0f} in 100" in text


def test_movers_are_those_who_may_cross_the_line(dti):
    arguments = ("movers", "--top", 5, "--year", 2026, *MODEL)
    text = dti(*arguments).output
    assert "Top 5 of 63 in 2026, as of 2024" in text
    leaving, entering = text.split("May enter")
    assert "May leave" in leaving
    provinces = json.loads(dti(*arguments, "--json").output)["provinces"]
    assert len(provinces) == 63
    assert all(one["province"] in leaving for one in provinces if one["is_inside"])
    likeliest = next(one for one in provinces if not one["is_inside"])
    assert likeliest["province"] in entering.splitlines()[1]


def test_push_tells_what_each_index_would_need(dti):
    arguments = ("push", "TP HCM", "--basis", 34, *MODEL)
    text = dti(*arguments).output
    assert "What each alone would have to gain for an even chance" in text
    assert "not a causal claim" in text
    pushes = json.loads(dti(*arguments, "--json").output)["pushes"]
    assert len(pushes) == 8
    for push in pushes:
        assert f"{push['index']}" in text
        assert f"{push['gain']:+.4f}" in text
        assert push["is_feasible"] == (push["start"] + push["gain"] <= 1)
    one = dti(*arguments, "--index", "security", "--gain", 0.1, "--json")
    assert [push["gain"] for push in json.loads(one.output)["pushes"]] == [0.1]
    assert json.loads(one.output)["probability_wanted"] is None
    likely = dti(*arguments, "--chance", 0.9)
    assert "for a chance of 90 in 100" in likely.output


def test_any_index_is_compared_and_watched(dti, panel_file):
    text = dti("compare", "C", "d", "--panel", panel_file, *MODEL).output
    assert "c against d, of 5, as of 2023" in text
    text = dti("movers", "--panel", panel_file, "--top", 2, "--year", 2025, *MODEL).output
    assert "Top 2 of 5 in 2025, as of 2023" in text
    assert json.loads(dti("movers", "--panel", panel_file, "--top", 2, "--json", *MODEL).output)[
        "provinces"
    ]
    text = dti("forecast", "c", "--panel", panel_file, "--target-rank", 2, *MODEL).output
    assert "lift +" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("forecast", "DN"), ["ambiguous", "Đà Nẵng", "Đồng Nai"]),
        (("forecast", "Atlantis"), ["not known"]),
        (("forecast", "BR-VT", "--basis", "34"), ["part of Hồ Chí Minh"]),
        (("forecast", "BR-VT", "--basis", "62"), ["63", "34"]),
        (("forecast", "BR-VT", "--target-rank", "0"), ["expected 1 to 63"]),
        (("forecast", "BR-VT", "--target-rank", "64"), ["expected 1 to 63"]),
        (("forecast", "BR-VT", "--target-rank", "x"), ["not a valid integer"]),
        (("forecast", "BR-VT", "--origin-year", "2030"), ["2030"]),
        (("forecast", "BR-VT", "--probability", "80"), ["probability 80.0", "such as 0.8"]),
        (("forecast", "BR-VT", "--road", "merged"), ["no merger leads to the 63"]),
        (("forecast", "BR-VT", "--model", "crystal_ball"), ["Known: persistence"]),
        (("forecast",), ["PROVINCE"]),
        (("compare", "Huế"), ["OTHER"]),
        (("compare", "Huế", "TT Huế"), ["cannot be compared with itself"]),
        (("compare", "Huế", "Atlantis"), ["not known"]),
        (("compare", "Huế", "Hà Nội", "--horizon", "21"), ["horizon 21"]),
        (("movers", "--top", "64"), ["expected 1 to 63"]),
        (("movers", "--year", "2024"), ["expected 2025 to 2044"]),
        (("push", "Huế", "--gain", "0.1", "--chance", "0.5"), ["leave --gain or --chance out"]),
        (("push", "Huế", "--chance", "0"), ["probability 0.0"]),
        (("push", "Huế", "--index", "charisma"), ["not a main index", "awareness"]),
        (("push", "Huế", "--index", "awareness"), ["awareness", "in 2024 is not known"]),
        (("push", "BR-VT", "--origin-year", "2021"), ["no main index of Bà Rịa"]),
    ],
)
def test_bad_input_gives_one_message_and_exit_2(dti, refused, arguments, words):
    refused(dti(*arguments), *words)


@pytest.mark.parametrize("option", [("--basis", 34), ("--road", "direct")])
def test_what_is_for_provinces_is_refused_for_another_index(dti, refused, panel_file, option):
    for command in (("compare", "a", "b"), ("movers",), ("forecast", "a")):
        refused(dti(*command, "--panel", panel_file, *option), f"{option[0]} is for the provinces")
