import json
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from dti_analysis import cli, paths
from dti_analysis.errors import DataError
from dti_analysis.evaluation import backtest as evaluation
from dti_analysis.evaluation import scorecard
from dti_analysis.models import forecasters as models

DOCUMENT = paths.PACKAGE.parent / "docs" / "evaluation.md"


@pytest.fixture
def panel():
    rng = np.random.default_rng(5)
    level = rng.normal(0, 1, 15)
    rows = []
    for step in range(7):
        level = level + rng.normal(0, 0.3, 15)
        rows += [{"unit": f"u{u:02d}", "year": 2010 + step, "score": level[u]} for u in range(15)]
    return pd.DataFrame(rows).assign(rank=np.nan)


def evaluate(panel, **options):
    options = {"draws": 200, "horizon": 2} | options
    return evaluation.evaluate(panel, **options)


def test_every_model_is_scored_from_every_origin(panel):
    found = evaluate(panel)
    assert set(found.by_origin["model"]) == set(models.MODELS)
    assert sorted(found.by_origin["origin"].unique()) == [2013, 2014, 2015]
    assert found.refusals.empty
    bar = found.overall.set_index("model").loc["random_walk"]
    assert bar["skill"] == 0
    assert bar["origins"] == 3


def test_skill_is_one_less_the_ratio_of_the_mean_scores(panel):
    found = evaluate(panel)
    cells = found.by_origin[found.by_origin["horizon"] == 1]
    mean = cells.groupby("model")["rps"].mean()
    stated = found.by_horizon[found.by_horizon["horizon"] == 1].set_index("model")["skill"]
    for name in models.MODELS:
        assert stated[name] == pytest.approx(1 - mean[name] / mean["random_walk"])


def test_row_order_and_scale_change_nothing(panel):
    base = evaluate(panel).by_origin
    for changed in (panel.sample(frac=1, random_state=1), panel.assign(score=panel["score"] * 10)):
        pd.testing.assert_frame_equal(evaluate(changed).by_origin, base)


def test_a_garbled_future_changes_no_earlier_score(panel):
    garbled = panel.assign(score=panel["score"].where(panel["year"] <= 2014, 0.0))
    one, two = evaluate(panel).by_origin, evaluate(garbled).by_origin
    seen = ["model", "origin", "horizon", "rps"]
    pd.testing.assert_frame_equal(
        one.loc[one["edition"] <= 2014, seen], two.loc[two["edition"] <= 2014, seen]
    )


def test_too_few_editions_are_refused(panel):
    with pytest.raises(DataError, match="edition"):
        evaluate(panel[panel["year"] <= 2012])


def test_the_command_prints_a_table_and_writes_json(panel, tmp_path):
    file, out = tmp_path / "panel.csv", tmp_path / "out.json"
    panel.to_csv(file, index=False)
    arguments = ["evaluate", "--panel", str(file), "--draws", "100", "--model", "pool"]
    result = CliRunner().invoke(cli.main, [*arguments, "--json", str(out)])
    assert result.exit_code == 0, result.output
    assert "random_walk" in result.output
    assert "3 editions ahead" in result.output
    described = json.loads(out.read_text(encoding="utf-8"))
    assert {row["model"] for row in described["overall"]} == {"pool", "random_walk"}
    assert {row["model"] for row in described["record"]} == {"pool", "random_walk"}
    assert "Chances of a top 5, 10, 20 place by pool" in result.output
    assert "place by random_walk" not in result.output


def test_the_record_is_that_of_the_calls_of_each_model(panel):
    found = evaluate(panel, top=(5, 10))
    record = found.list_record()
    assert list(record["model"].unique()) == list(models.MODELS)
    given = record.groupby("model")["chances"].sum()
    assert set(given) == {2 * 15 * 5}  # top sizes, units, pairs of origin and horizon
    assert found.list_record(["pool"])["model"].unique().tolist() == ["pool"]
    calls = found.calls[found.calls["model"] == "pool"]
    is_low = calls["top5"] < 0.05, calls["top10"] < 0.05
    came_true = (is_low[0] & (calls["came"] <= 5)).sum() + (is_low[1] & (calls["came"] <= 10)).sum()
    lowest = found.list_record(["pool"]).iloc[0]
    assert lowest["chances"] == is_low[0].sum() + is_low[1].sum()
    assert lowest["came_true"] == came_true


def test_the_record_is_printed_by_class(panel):
    found = evaluate(panel, models={"pool": models.MODELS["pool"]}, top=(5,))
    lines = scorecard.tell_evaluation(found, ["pool"]).splitlines()
    first = found.list_record(["pool"]).iloc[0]
    line = next(line for line in lines if line.startswith("said 0–5 in 100"))
    assert f"{first['chances']} chances," in line
    assert f"{100 * first['share']:.0f} in 100 came true" in line
    assert any("they are" in line for line in lines)  # three origins: too narrow
    few = evaluate(panel, models={"pool": models.MODELS["pool"]}, top=())
    assert few.list_record().empty
    assert "came true" not in scorecard.tell_evaluation(few, ["pool"])


def test_json_is_valid_where_numbers_are_missing(panel):
    # One origin has no interval; 20 of 15 units are no top; nobody's rank changes.
    short = panel[panel["year"] <= 2014].assign(score=lambda rows: rows["unit"].rank())
    found = evaluate(short, models={"persistence": models.MODELS["persistence"]})
    described = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert described["overall"][0]["skill_low"] is None
    assert described["calls"][0]["top20"] is None


def test_every_field_of_the_json_is_documented(panel):
    documented = set(re.findall(r"`(\w+)`", DOCUMENT.read_text(encoding="utf-8")))
    described = evaluate(panel, models={"pool": models.MODELS["pool"]}).to_dict()
    assert documented >= set(described) | set(described["settings"])
    for name in ("overall", "by_horizon", "by_origin", "calls", "record"):
        fields = {re.sub(r"\d+$", "", field) for field in described[name][0]}
        assert documented >= fields - {"settings"}, name


def test_the_command_runs_the_whole_ladder(panel, tmp_path):
    file = tmp_path / "panel.csv"
    panel.to_csv(file, index=False)
    result = CliRunner().invoke(cli.main, ["evaluate", "--panel", str(file), "--draws", "50"])
    assert result.exit_code == 0, result.output
    tables = result.output.split("RPS: ")[0]
    for name in models.MODELS:
        # In the table of each of three horizons, and of all together.
        assert tables.count(f"\n{name} ") == 4
    assert "nan" not in tables
    assert "Missing" not in tables


def test_the_command_refuses_an_unknown_model(panel):
    result = CliRunner().invoke(cli.main, ["evaluate", "--model", "crystal_ball"])
    assert result.exit_code == 2
    assert "crystal_ball" in result.stderr
