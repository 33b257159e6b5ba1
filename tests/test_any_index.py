"""Indices that are not the DTI: forecasts from a file, by the library and the command."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from dti_analysis import cli
from dti_analysis.cleaning.tables import read_panel
from dti_analysis.errors import DataError, UnknownProvinceError
from dti_analysis.forecasting import any_index, probabilities
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


def dti(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def tabulate(panel, **options):
    units, ranks = probabilities.draw_panel_ranks(panel, draws=400, **options)
    return pd.concat(probabilities.tabulate_probabilities(units, ranks), ignore_index=True)


def test_the_probability_file_is_complete(write, panel, tmp_path):
    out = tmp_path / "pmf.csv"
    result = dti("forecast", "--panel", write(panel), "--pmf", out, "--draws", 400)
    assert result.exit_code == 0, result.output
    pmf = pd.read_csv(out)
    assert pmf.columns.tolist() == ["unit", "step", "rank", "probability"]
    assert len(pmf) == 12 * 3 * 12
    np.testing.assert_allclose(pmf.groupby(["unit", "step"])["probability"].sum(), 1)
    np.testing.assert_allclose(pmf.groupby(["step", "rank"])["probability"].sum(), 1)


def test_exactly_the_units_with_a_value_at_the_origin_are_ranked(panel):
    assert tabulate(panel, origin_year=2012)["unit"].nunique() == 11
    assert "u03" not in set(tabulate(panel, origin_year=2012)["unit"])
    assert "u05" not in set(tabulate(panel, origin_year=2014)["unit"])
    assert tabulate(panel)["unit"].nunique() == 12


def test_row_order_and_scale_change_nothing(panel):
    shuffled = panel.sample(frac=1, random_state=4)
    scaled = panel.assign(score=panel["score"] * 10)
    for changed in (shuffled, scaled):
        pd.testing.assert_frame_equal(tabulate(changed), tabulate(panel))


def test_ranks_alone_are_those_of_the_forecast(panel, monkeypatch):
    monkeypatch.setattr(drawing, "_LEAST_DRAWS", 1)
    monkeypatch.setattr(drawing, "_CELLS", 12 * 7)  # 400 draws in 58 chunks
    forecast = any_index.forecast_panel(panel, draws=400)
    units, ranks = probabilities.draw_panel_ranks(panel, draws=400)
    assert units == forecast.codes
    np.testing.assert_array_equal(ranks, forecast.ranks)


def test_the_table_is_the_same_in_parts(panel, monkeypatch):
    units, ranks = probabilities.draw_panel_ranks(panel, draws=400)
    whole = list(probabilities.format_probabilities(units, ranks))
    monkeypatch.setattr(probabilities, "_ROWS", 5 * 3 * 12)  # five units at a time
    parts = list(probabilities.format_probabilities(units, ranks))
    assert len(whole) == 1
    assert len(parts) == 3
    assert "".join(parts) == whole[0]


def test_a_target_without_a_unit_is_refused(write, panel, tmp_path):
    out = tmp_path / "pmf.csv"
    file = write(panel)
    for options in (["--target-rank", 3], ["--target-year", 2022], ["--json"]):
        result = dti("forecast", "--panel", file, "--pmf", out, *options)
        assert result.exit_code == 2
        assert "are for one unit: name it" in result.stderr
    assert not out.exists()


def test_a_folder_that_is_not_there_is_named_before_any_work(write, panel, tmp_path):
    out = tmp_path / "missing" / "pmf.csv"
    result = dti("forecast", "--panel", write(panel), "--pmf", out)
    assert result.exit_code == 2
    assert f"{out}: expected a file in a folder that exists" in result.stderr


def test_few_units_have_movers_over_the_middle(write, panel):
    few = panel[panel["unit"] < "u07"]
    assert any_index.find_movers(few, draws=50).top == 3
    assert any_index.find_movers(panel, draws=50).top == 6
    result = dti("movers", "--panel", write(few), "--draws", 50)
    assert result.exit_code == 0, result.stderr
    assert "Top 3 of 7" in result.stdout


def test_the_future_is_not_looked_at(panel):
    garbled = panel.assign(score=panel["score"].where(panel["year"] <= 2016, -1))
    pd.testing.assert_frame_equal(
        tabulate(garbled, origin_year=2016), tabulate(panel, origin_year=2016)
    )


def test_editions_keep_their_years_and_follow_at_the_usual_distance(panel):
    assert any_index.forecast_panel(panel, 2016, draws=10).years == (2018, 2020, 2022)
    assert any_index.forecast_panel(panel, draws=10).years == (2022, 2024, 2026)


def test_a_unit_and_a_target_are_answered_as_for_a_province(write, panel):
    result = dti(
        "forecast", "U00", "--panel", write(panel), "--origin-year", 2018,
        "--target-rank", 4, "--target-year", 2020, "--json", "--draws", 300,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    described = json.loads(result.output)
    assert (described["code"], described["basis"]) == ("u00", 12)
    target = described["targets"][0]
    assert target["observed_rank"] in range(1, 13)
    assert target["score_needed_p50"] > 1


def test_a_panel_of_ranks_alone_is_enough(write, panel):
    ranks = panel.groupby("year")["score"].rank(ascending=False)
    by_rank = panel.assign(rank=ranks)[["unit", "year", "rank"]]
    result = dti("forecast", "u01", "--panel", write(by_rank), "--target-rank", 3, "--draws", 300)
    assert result.exit_code == 0, result.output
    assert "Top 3 in 2022" in result.output
    assert "nan" not in result.output
    described = any_index.forecast_unit(read_panel(write(by_rank)), "u01", target_rank=3, draws=300)
    assert described.to_dict()["targets"][0]["score_needed_p50"] is None


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
    np.testing.assert_allclose(table.groupby(["unit", "step"])["probability"].sum(), 1)


NAMES = ["Huế", "Bà Rịa - Vũng Tàu", 'say "x"', "a, b", "=1+1", "two\nlines", "Đắk Lắk", "x" * 200]


@pytest.mark.parametrize(
    "change",
    [
        lambda panel: panel[panel["unit"].isin(["u00", "u01"])],
        lambda panel: panel.assign(score=5.0),
        lambda panel: panel[panel["year"] >= 2018],
        lambda panel: panel[panel["year"] != 2014],
        lambda panel: panel.assign(score=-panel["score"]),
        lambda panel: panel.assign(score=panel["score"].round()),
        lambda panel: panel.assign(score=panel["score"] * 1e90),
        lambda panel: panel.assign(score=panel["score"].where(panel["unit"] != "u07", 1e6)),
        lambda panel: panel.sort_values("year", ascending=False),
        lambda panel: panel.assign(score=np.nan, rank=2 * panel.groupby("year").cumcount() + 3),
        lambda panel: panel.replace({"unit": {f"u0{i}": name for i, name in enumerate(NAMES)}}),
    ],
    ids=[
        "two units", "equal", "two editions", "a year missing", "negative", "rounded", "huge",
        "an outlier", "backwards", "ranks with gaps", "names",
    ],
)  # fmt: skip
def test_every_command_answers_on_odd_panels(write, panel, tmp_path, change):
    changed, out = change(panel), tmp_path / "pmf.csv"
    file, (first, second) = write(changed), changed["unit"].unique()[:2]
    for words in (
        ("forecast", "--pmf", out),
        ("forecast", first, "--target-rank", 1),
        ("compare", first, second, "--json"),
        ("movers", "--top", 1),
    ):
        result = dti(*words, "--panel", file, "--draws", 50)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
    pmf = pd.read_csv(out, keep_default_na=False)
    at_origin = changed[changed["year"] == changed["year"].max()]
    assert sorted(set(pmf["unit"])) == sorted(at_origin["unit"])
    np.testing.assert_allclose(pmf.groupby(["unit", "step"])["probability"].sum(), 1)
    evaluated = ("evaluate", "--draws", 20, "--model", "averaged_level", "--min-editions", 2)
    result = dti(*evaluated, "--panel", file)
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
        (lambda panel: panel.iloc[:0], ["found only the header"]),
        (lambda panel: pd.DataFrame(), ["found an empty file"]),
    ],
    ids=["one edition", "twice", "text", "infinite", "huge", "no rows", "blank"],
)
def test_every_command_refuses_bad_panels_and_leaves_no_file(
    write, panel, tmp_path, refused, change, words
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


def test_one_edition_is_refused_clearly(write, panel):
    result = dti("forecast", "u00", "--panel", write(panel[panel["year"] == 2020]))
    assert result.exit_code == 2
    assert "two" in result.stderr
    assert "Traceback" not in result.output


def test_unknown_units_and_targets_are_refused(panel):
    with pytest.raises(UnknownProvinceError, match="Units there: u00, u01"):
        any_index.forecast_unit(panel, "nowhere", draws=10)
    with pytest.raises(DataError, match="target year 2021 is not forecast: expected one of 2022"):
        any_index.forecast_unit(panel, "u00", target_rank=3, target_year=2021, draws=10)
    with pytest.raises(DataError, match="expected 1 to 12"):
        any_index.forecast_unit(panel, "u00", target_rank=13, draws=10)
    with pytest.raises(DataError, match="needs a target rank"):
        any_index.forecast_unit(panel, "u00", target_year=2022, draws=10)


def test_a_panel_without_a_unit_needs_a_file_to_write(write, panel):
    result = dti("forecast", "--panel", write(panel))
    assert result.exit_code == 2
    assert "--pmf" in result.stderr
