"""Indices that are not the DTI: forecasts from a file or a table, by library and command."""

import json

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti_library
from dti_analysis.errors import DataError, UnknownUnitError
from dti_analysis.models import drawing


@pytest.fixture
def panel():
    """Twelve units, six editions two years apart, one entering late, one with a gap."""
    rng = np.random.default_rng(11)
    level = rng.normal(50, 10, 12)
    rows = []
    for step in range(6):
        level = level + rng.normal(1, 3, 12)
        for unit in range(12):
            if (unit == 3 and step < 3) or (unit == 5 and step == 2):
                continue
            rows.append({"unit": f"u{unit:02d}", "year": 2010 + 2 * step, "score": level[unit]})
    return pd.DataFrame(rows).assign(rank=np.nan)


@pytest.fixture
def write(tmp_path):
    def write(panel, name="panel.csv"):
        file = tmp_path / name
        panel.to_csv(file, index=False)
        return file

    return write


def forecast(panel, origin=None, **options):
    return dti_library.read_index(panel).forecast(origin, **({"draws": 400} | options))


def tabulate(panel, origin=None):
    """Every rank probability."""
    made = forecast(panel, origin)
    answers = {code: made.answer(code).rank_probabilities for code in made.draws.codes}
    return pd.concat(answers, names=["unit"])


def test_the_probability_file_is_complete(dti, write, panel, tmp_path):
    out = tmp_path / "pmf.csv"
    result = dti("forecast", "--panel", write(panel), "--pmf", out, "--draws", 400)
    assert result.exit_code == 0, result.output
    pmf = pd.read_csv(out)
    assert pmf.columns.tolist() == ["unit", "step", "rank", "probability"]
    assert len(pmf) == 12 * 3 * 12
    np.testing.assert_allclose(pmf.groupby(["unit", "step"])["probability"].sum(), 1)
    np.testing.assert_allclose(pmf.groupby(["step", "rank"])["probability"].sum(), 1)


def test_exactly_the_units_ranked_at_the_origin_are_forecast(panel):
    assert len(forecast(panel, 2012).draws.codes) == 11
    assert "u03" not in forecast(panel, 2012).draws.codes
    assert "u05" not in forecast(panel, 2014).draws.codes
    assert len(forecast(panel).draws.codes) == 12


def test_row_order_and_scale_change_nothing(panel):
    shuffled = panel.sample(frac=1, random_state=4)
    scaled = panel.assign(score=panel["score"] * 10)
    for changed in (shuffled, scaled):
        pd.testing.assert_frame_equal(tabulate(changed), tabulate(panel))


def test_chunks_change_nothing_that_is_asked(panel, monkeypatch):
    monkeypatch.setattr(drawing, "_LEAST_DRAWS", 1)
    monkeypatch.setattr(drawing, "_CELLS", 12 * 7)  # 400 draws in 58 chunks
    kept = tabulate(panel)
    monkeypatch.setattr(drawing, "_BUDGET", 0)
    pd.testing.assert_frame_equal(tabulate(panel), kept)


def test_a_target_without_a_unit_is_refused(dti, write, panel, tmp_path):
    out = tmp_path / "pmf.csv"
    file = write(panel)
    for options in (["--target-rank", 3], ["--target-year", 2022], ["--json"]):
        result = dti("forecast", "--panel", file, "--pmf", out, *options)
        assert result.exit_code == 2
        assert "are for one unit: name it" in result.stderr
    assert not out.exists()


def test_a_folder_that_is_not_there_is_named_before_any_work(dti, write, panel, tmp_path):
    out = tmp_path / "missing" / "pmf.csv"
    result = dti("forecast", "--panel", write(panel), "--pmf", out)
    assert result.exit_code == 2
    assert f"{out}: expected a file in a folder that exists" in result.stderr


def test_few_units_have_movers_over_the_middle(dti, write, panel):
    few = panel[panel["unit"] < "u07"]
    assert forecast(few, draws=50).movers().top == 3
    assert forecast(panel, draws=50).movers().top == 6
    result = dti("movers", "--panel", write(few), "--draws", 50)
    assert result.exit_code == 0, result.stderr
    assert "Top 3 in 2022, of 7" in result.stdout


def test_the_future_is_not_looked_at(panel):
    garbled = panel.assign(score=panel["score"].where(panel["year"] <= 2016, -1))
    pd.testing.assert_frame_equal(tabulate(garbled, 2016), tabulate(panel, 2016))


def test_editions_keep_their_years_and_follow_at_the_usual_distance(panel):
    assert forecast(panel, 2016, draws=10).years == (2018, 2020, 2022)
    assert forecast(panel, draws=10).years == (2022, 2024, 2026)


def test_a_unit_and_a_target_are_answered_as_for_a_province(dti, write, panel):
    result = dti(
        "forecast", "U00", "--panel", write(panel), "--origin-year", 2018,
        "--target-rank", 4, "--target-year", 2020, "--json", "--draws", 300,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    described = json.loads(result.output)
    told = [described[name] for name in ("code", "basis", "index", "approach")]
    assert told == ["u00", None, "panel", "direct"]
    target = described["targets"][0]
    assert target["observed_rank"] in range(1, 13)
    assert target["score_needed_p50"] > 1


def test_a_panel_of_ranks_alone_is_enough(dti, write, panel):
    ranks = panel.groupby("year")["score"].rank(ascending=False)
    by_rank = panel.assign(rank=ranks)[["unit", "year", "rank"]]
    result = dti("forecast", "u01", "--panel", write(by_rank), "--target-rank", 3, "--draws", 300)
    assert result.exit_code == 0, result.output
    assert "Top 3 in 2022" in result.output
    assert "nan" not in result.output
    assert "core" not in result.output  # none is known, and none is needed
    described = forecast(by_rank, draws=300).answer("u01", target_rank=3).to_dict()
    assert described["targets"][0]["score_needed_p50"] is None
    assert described["targets"][0]["needs"] == []
    assert {year["score"] for year in described["forecast"]} == {None}


@pytest.mark.parametrize(
    "change",
    [
        lambda panel: panel[panel["unit"].isin(["u00", "u01"])],
        lambda panel: panel.assign(score=5.0),
        lambda panel: panel[panel["year"] >= 2018],
        lambda panel: panel.assign(score=panel["score"].where(panel["unit"] != "u07", 1e6)),
    ],
    ids=["two units", "equal scores", "two editions", "an outlier"],
)
def test_odd_panels_have_an_answer(panel, change):
    table = tabulate(change(panel))
    np.testing.assert_allclose(table.groupby("unit").sum(), 1)


NAMES = ["Huế", "Bà Rịa - Vũng Tàu", 'say "x"', "a, b", "=1+1", "two  blanks", "Đắk Lắk", "x" * 200]


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (lambda panel: panel[panel["unit"].isin(["u00", "u01"])], ()),
        (lambda panel: panel.assign(score=5.0), ()),
        (lambda panel: panel[panel["year"] >= 2018], ()),
        (lambda panel: panel[panel["year"] != 2014], ()),
        (lambda panel: panel.assign(score=-panel["score"]), ()),
        (lambda panel: panel.assign(score=panel["score"].round()), ()),
        (lambda panel: panel.assign(score=panel["score"] * 1e90), ()),
        (lambda panel: panel.assign(score=panel["score"].where(panel["unit"] != "u07", 1e6)), ()),
        (lambda panel: panel.sort_values("year", ascending=False), ()),
        (
            lambda panel: panel.assign(score=np.nan, rank=2 * panel.groupby("year").cumcount() + 3),
            ("--subset",),
        ),
        (lambda panel: panel.replace({"unit": {f"u0{i}": n for i, n in enumerate(NAMES)}}), ()),
    ],
    ids=[
        "two units", "equal", "two editions", "a year missing", "negative", "rounded", "huge",
        "an outlier", "backwards", "ranks with gaps", "names",
    ],
)  # fmt: skip
def test_every_command_answers_on_odd_panels(dti, write, panel, tmp_path, change, options):
    changed, out = change(panel), tmp_path / "pmf.csv"
    file, (first, second) = write(changed), changed["unit"].unique()[:2]
    for words in (
        ("forecast", "--pmf", out),
        ("forecast", first, "--target-rank", 1),
        ("compare", first, second, "--json"),
        ("movers", "--top", 1),
    ):
        result = dti(*words, "--panel", file, "--draws", 50, *options)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
    pmf = pd.read_csv(out, keep_default_na=False)
    at_origin = changed[changed["year"] == changed["year"].max()]
    # What a spreadsheet would compute has a mark before it.
    assert sorted(set(pmf["unit"].str.removeprefix("'"))) == sorted(at_origin["unit"])
    np.testing.assert_allclose(pmf.groupby(["unit", "step"])["probability"].sum(), 1)
    evaluated = ("evaluate", "--draws", 20, "--model", "averaged_level", "--min-editions", 2)
    result = dti(*evaluated, "--panel", file, *options)
    # Two editions up to an origin and one for its outcome.
    assert result.exit_code == (0 if changed["year"].nunique() > 2 else 2), result.output


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda panel: panel[panel["year"] == 2020], ["2020", "two"]),
        (lambda panel: pd.concat([panel, panel.tail(1)]), ["expected one row", "Keep one"]),
        (lambda panel: panel.assign(score="good"), ["row 2, field score", "more faults"]),
        (lambda panel: panel.assign(score=np.inf), ["row 2, field score", "finite"]),
        (lambda panel: panel.assign(score=1e300), ["row 2, field score", "1e+100"]),
        (
            lambda panel: panel.assign(score=np.nan, rank=panel.groupby("year").cumcount() + 2),
            ["missing. Only in other editions", "--subset"],
        ),
        (
            lambda panel: panel.assign(score=panel["score"].where(panel["unit"] != "u04")),
            ["1 row of 2010 has neither score nor rank", '"u04"', "--blank"],
        ),
        (lambda panel: panel.iloc[:0], ["found only the header"]),
        (lambda panel: pd.DataFrame(), ["found an empty file"]),
    ],
    ids=[
        "one edition", "twice", "text", "infinite", "huge", "ranks missing", "a blank row",
        "no rows", "blank",
    ],
)  # fmt: skip
def test_every_command_refuses_bad_panels_and_leaves_no_file(
    dti, write, panel, tmp_path, refused, change, words
):
    file, out = write(change(panel)), tmp_path / "out" / "pmf.csv"
    out.parent.mkdir()
    for command in (
        ("forecast", "--pmf", out),
        ("forecast", "u00"),
        ("compare", "u00", "u01"),
        ("movers", "--top", 1),
        ("evaluate", "--json", out),
    ):
        expected = words[:1] if command[0] == "evaluate" else words
        refused(dti(*command, "--panel", file), *expected)
    assert not list(out.parent.iterdir())


def test_a_blank_row_is_what_it_is_said_to_be(dti, write, panel):
    blank = panel.assign(score=panel["score"].where(panel["unit"] != "u04"))
    file = write(blank)
    counted = {}
    for said in ("unpublished", "absent"):
        words = ("movers", "--panel", file, "--blank", said, "--json", "--draws", 50)
        counted[said] = len(json.loads(dti(*words).stdout)["units"])
    assert counted == {"unpublished": 12, "absent": 11}
    told = dti_library.read_index(blank, blank="unpublished").forecast(draws=50)
    assert told.answer("u04").history["rank"].isna().all()


def test_a_part_of_what_is_ranked_keeps_its_ranks(panel):
    ranks = panel.groupby("year")["score"].rank(ascending=False)
    part = panel.assign(score=np.nan, rank=2 * ranks).query("unit != 'u03'")
    index = dti_library.read_index(part, subset=True)
    assert index.wide().loc["u01"].tolist() == part[part["unit"] == "u01"]["rank"].tolist()
    answer = index.forecast(draws=50).answer("u01", target_rank=3)
    assert answer.to_dict()["history"][-1]["rank"] == part[part["unit"] == "u01"]["rank"].iloc[-1]
    assert len(answer.rank_probabilities) == 11


def test_one_edition_is_refused_clearly(dti, write, panel):
    result = dti("forecast", "u00", "--panel", write(panel[panel["year"] == 2020]))
    assert result.exit_code == 2
    assert "two" in result.stderr
    assert "Traceback" not in result.output


def test_unknown_units_and_targets_are_refused(panel):
    made = forecast(panel, draws=10)
    with pytest.raises(UnknownUnitError, match='There: "u00", "u01"'):
        made.answer("nowhere")
    with pytest.raises(DataError, match="target year 2021 is not forecast: expected one of 2022"):
        made.answer("u00", target_rank=3, target_year=2021)
    with pytest.raises(DataError, match="expected 1 to 12"):
        made.answer("u00", target_rank=13)
    with pytest.raises(DataError, match="needs a target rank"):
        made.answer("u00", target_year=2022)


def test_a_panel_without_a_unit_needs_a_file_to_write(dti, write, panel):
    result = dti("forecast", "--panel", write(panel))
    assert result.exit_code == 2
    assert "--pmf" in result.stderr


def test_what_came_of_a_part_is_held_against_the_same_units(panel):
    """Ranks are shown as published, targets and best places are among the units of the file."""
    ranks = panel.groupby("year")["score"].rank(ascending=False)
    part = panel.assign(score=np.nan, rank=3 * ranks).query("unit != 'u03'")
    made = dti_library.read_index(part, subset=True).forecast(2018, draws=50)
    last = part[part["year"] == 2018].set_index("unit")["rank"]
    movers = made.movers(5).to_frame().set_index("code")
    assert movers["rank"].to_dict() == last.to_dict()
    assert movers["is_inside"].to_dict() == (last.rank() <= 5).to_dict()
    came = part[part["year"] == 2020].set_index("unit")["rank"]
    for unit in came.index:
        chance = made.answer(unit, target_rank=5).first_target
        assert chance.observed_rank == came.rank()[unit]
        suggested = made.answer(unit, all_targets=True).targets[0].target_rank
        assert suggested < last.rank()[unit] or suggested == 1
        shown = str(made.answer(unit))
        assert f"of {last.max():.0f} in the index of 2018" in shown
        assert shown.startswith(f"{unit}: rank among the 11, as of 2018")
