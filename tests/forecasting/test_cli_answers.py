"""The commands that read answers off the draws print the results themselves."""

import json

import pandas as pd
import pytest

import dti_analysis as dti_library
from dti_analysis.language import ordinal

MODEL = ("--model", "pool", "--draws", 500, "--seed", 7)
HOW = {"model": "pool", "draws": 500, "seed": 7}


@pytest.fixture
def panel_file(toy_panel, tmp_path):
    file = tmp_path / "panel.csv"
    toy_panel.to_csv(file, index=False)
    return file


def read(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_forecast_prints_the_users_case(dti):
    result = dti("forecast", "BR-VT", "--origin-year", 2021, "--model", "pool")
    assert result.exit_code == 0
    title = "Bà Rịa - Vũng Tàu: rank among the 63, as of 2021"
    assert result.output.startswith(f"{title} (DTI; 2021 is not complete: 42 of 63 known)\n")
    assert "Ranks: 2020: 39, 2021: 29." in result.output
    for words in ("Top 20 in 2022", "official target", "16\u202f%", "28th"):
        assert words in result.output
    assert "It came 28th: target missed." in result.output


def test_what_is_printed_is_the_result_itself(dti):
    forecast = dti_library.load_index().forecast(2021, **HOW)
    arguments = ("BR-VT", "--origin-year", 2021, *MODEL)
    assert dti("forecast", *arguments).output == f"{forecast.answer('BR-VT')}\n"
    short = dti_library.load_index().forecast(2021, 3, **HOW)
    pair = dti("compare", "BR-VT", "Cần Thơ", *arguments[1:]).output
    assert pair == f"{short.compare('BR-VT', 'Cần Thơ')}\n"
    assert dti("movers", *arguments[1:]).output == f"{short.movers()}\n"
    newest = dti_library.load_index().forecast(**HOW)
    assert dti("push", "BR-VT", *MODEL).output == f"{newest.push('BR-VT')}\n"


def test_forecast_names_score_and_lift_for_any_chance(dti):
    arguments = ("forecast", "BR-VT", "--origin-year", 2021, *MODEL)
    asked = ("--probability", 0.95, "--probability", 0.25)
    lines = dti(*arguments, *asked).output.splitlines()
    needs = read(dti(*arguments, *asked, "--json"))["targets"][0]["needs"]
    assert [need["probability"] for need in needs] == [0.25, 0.5, 0.8, 0.95]
    for need in needs:
        chance = f"{100 * need['probability']:.0f}\u202f%"
        row = next(line for line in lines if line.startswith(f"Top 20 in 2022  {chance}"))
        assert f"{need['score']:.3f}" in row
        # A typographic minus, as in all numbers shown.
        assert f"{need['lift']:+.3f}".replace("-", "−") in row


def test_forecast_as_json_is_the_same_twice(dti):
    arguments = ("forecast", "Huế", "--basis", 34, "--json", *MODEL)
    first, second = dti(*arguments), dti(*arguments)
    assert first.output == second.output
    described = read(first)
    assert (described["basis"], described["code"], described["seed"]) == ("34", "46", 7)
    answer = dti_library.load_index("34").forecast(**HOW).answer("Huế")
    assert described == json.loads(json.dumps(answer.to_dict()))


def test_the_34_go_by_way_of_the_63_unless_told_otherwise(dti):
    merged = dti("forecast", "Huế", "--basis", 34, *MODEL)
    assert "The 63 are merged into the 34 within draws" in merged.output
    for year in ("2025", "2026"):
        assert f"\n{year}  " in merged.output
    direct = dti("forecast", "Huế", "--basis", 34, "--approach", "direct", *MODEL)
    assert "merged" not in direct.output
    approaches = [
        read(dti("movers", "--basis", 34, "--json", *approach, *MODEL))["approach"]
        for approach in ((), ("--approach", "direct"))
    ]
    assert approaches == ["bottom_up", "direct"]


def test_compare_gives_the_chance_by_year(dti):
    arguments = ("compare", "BR-VT", "Cần Thơ", "--origin-year", 2021, *MODEL)
    text = dti(*arguments).output
    assert text.startswith(
        "Bà Rịa - Vũng Tàu against Cần Thơ, as of 2021 (DTI; 2021 is not complete"
    )
    assert "Ranks in 2021: 29 and 15" in text
    chances = read(dti(*arguments, "--json"))["chances"]
    assert [chance["year"] for chance in chances] == [2022, 2023, 2024]
    for chance in chances:
        assert f"{chance['year']}     {100 * chance['probability']:.0f}\u202f%" in text


def test_movers_are_those_who_may_cross_the_line(dti):
    arguments = ("movers", "--top", 5, "--year", 2026, *MODEL)
    text = dti(*arguments).output
    assert text.startswith("Top 5 in 2026, of 63, as of 2024 (DTI)\n")
    units = read(dti(*arguments, "--json"))["units"]
    assert len(units) == 63
    rows = [[cell.strip() for cell in line.split("  ")] for line in text.splitlines()]
    may = {row[0]: row for row in rows}
    label = dti_library.load_index().config.label_unit
    for one in units:
        name = label(one["unit"])
        crossing = 1 - one["probability"] if one["is_inside"] else one["probability"]
        assert (name in may) == (crossing >= 0.05)
        if crossing >= 0.05:
            assert ("leave" if one["is_inside"] else "enter") in may[name]
    likeliest = next(one for one in units if not one["is_inside"])
    assert f"the likeliest to enter it {label(likeliest['unit'])}" in text


def test_movers_of_a_year_ahead_take_no_horizon(dti):
    far = read(dti("movers", "--year", 2031, "--top", 3, "--json", *MODEL))
    assert (far["year"], far["top"]) == (2031, 3)


def test_push_tells_what_each_component_would_need(dti):
    arguments = ("push", "TP HCM", "--basis", 34, *MODEL)
    text, config = dti(*arguments).output, dti_library.load_index("34").config
    name = config.label_unit("Hồ Chí Minh")
    assert text.startswith(f"{name}: rank among the 34, as of 2024 (DTI)\n")
    assert "A push on one component alone" in text
    assert "not a causal claim" in text
    pushes = read(dti(*arguments, "--json"))["pushes"]
    assert len(pushes) == 8
    for push in pushes:
        label = config.label(push["component"])
        row = next(line for line in text.splitlines() if line.startswith(label))
        assert f"{push['gain']:+.3f}" in row
        assert push["is_feasible"] == (push["start"] + push["gain"] <= 1)
    one = read(dti(*arguments, "--component", "security", "--gain", 0.1, "--json"))
    assert [push["gain"] for push in one["pushes"]] == [0.1]
    assert one["probability_wanted"] is None
    likely = read(dti(*arguments, "--chance", 0.9, "--json"))
    assert likely["probability_wanted"] == 0.9


def test_any_index_is_forecast_compared_and_watched(dti, panel_file):
    text = dti("compare", "C", "d", "--panel", panel_file, *MODEL).output
    assert text.startswith("c against d, as of 2023 (panel)\n")
    text = dti("movers", "--panel", panel_file, "--top", 2, "--year", 2025, *MODEL).output
    assert text.startswith("Top 2 in 2025, of 5, as of 2023 (panel)\n")
    assert read(dti("movers", "--panel", panel_file, "--top", 2, "--json", *MODEL))["units"]
    text = dti("forecast", "c", "--panel", panel_file, "--target-rank", 2, *MODEL).output
    assert text.startswith("c: rank among the 5, as of 2023 (panel)\n")
    assert f"was {ordinal(3)} of 5" in text
    assert "Lift needed" in text


def test_any_index_is_forecast_as_far_as_its_target(dti, panel_file):
    far = ("--target-rank", 2, "--target-year", 2030)
    described = read(dti("forecast", "c", "--panel", panel_file, *far, "--json", *MODEL))
    assert [year["year"] for year in described["forecast"]] == list(range(2024, 2031))
    short = read(
        dti("forecast", "c", "--panel", panel_file, *far, "--horizon", 1, "--json", *MODEL)
    )
    assert [year["year"] for year in short["forecast"]] == [2024]
    assert short["targets"] == described["targets"]


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
        (("forecast", "BR-VT", "--target-year", "2026"), ["needs a target rank"]),
        (("forecast", "BR-VT", "--origin-year", "2030"), ["2030"]),
        (("forecast", "BR-VT", "--probability", "80"), ["probability 80.0", "such as 0.8"]),
        (("forecast", "BR-VT", "--approach", "bottom_up"), ["nothing was merged into these"]),
        (("forecast", "BR-VT", "--model", "crystal_ball"), ["Known: persistence"]),
        (("forecast", "BR-VT", "--horizon", "0"), ["horizon 0 is out of range"]),
        (("forecast", "BR-VT", "--measure", "awareness"), ["awareness", "government_pillar"]),
        (("forecast",), ["Name a unit"]),
        (("compare", "Huế"), ["OTHER"]),
        (("compare", "Huế", "TT Huế"), ["cannot be compared with itself"]),
        (("compare", "Huế", "Atlantis"), ["not known"]),
        (("compare", "Huế", "Hà Nội", "--horizon", "21"), ["horizon 21"]),
        (("movers", "--top", "64"), ["expected 1 to 63"]),
        (("movers", "--year", "2024"), ["year 2024 is not forecast", "2025"]),
        (("push", "Huế", "--gain", "0.1", "--chance", "0.5"), ["leave --gain or --chance out"]),
        (("push", "Huế", "--chance", "0"), ["probability 0.0"]),
        (("push", "Huế", "--component", "charisma"), ["not a component", "awareness"]),
        (("push", "Huế", "--component", "awareness"), ["awareness", "in 2024 is not known"]),
        (("push", "BR-VT", "--origin-year", "2021"), ["no component of Bà Rịa"]),
        (("movers", "--blank", "absent"), ["--blank goes with --panel"]),
        (("movers", "--subset"), ["--subset goes with --panel"]),
        (("movers", "--max-score", "1"), ["--max-score goes with --panel"]),
    ],
)
def test_bad_input_gives_one_message_and_exit_2(dti, refused, arguments, words):
    refused(dti(*arguments, "--draws", 100), *words)


def test_a_roster_is_that_of_an_index_with_several(dti, refused, panel_file):
    for command in (("compare", "a", "b"), ("movers",), ("forecast", "a"), ("evaluate",)):
        refused(dti(*command, "--panel", panel_file, "--basis", 34), "--basis is for an index")
    for command in (("compare", "a", "b"), ("movers",), ("forecast", "a")):
        words = ("--approach", "bottom_up")
        refused(dti(*command, "--panel", panel_file, *words), "nothing was merged into these units")


def test_what_is_written_is_what_is_forecast(dti, panel_file, tmp_path):
    out = tmp_path / "pmf.csv"
    result = dti("forecast", "c", "--panel", panel_file, "--pmf", out, "--horizon", 2, *MODEL)
    assert result.exit_code == 0
    table = pd.read_csv(out)
    answer = dti_library.read_index(panel_file).forecast(horizon=2, **HOW).answer("c")
    own = table[table["unit"] == "c"].pivot(index="rank", columns="step", values="probability")
    assert own.to_numpy() == pytest.approx(answer.rank_probabilities.to_numpy())
    assert result.output == f"{answer}\n"
