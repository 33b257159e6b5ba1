"""What the forecasters would have said from each past edition, and what came."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti_library
from dti_analysis.errors import DataError
from dti_analysis.evaluation.backtest import (
    Settings,
    list_origins,
    outcomes_table,
    reliability_table,
    skill_table,
)
from dti_analysis.evaluation.calibration import best_and_worst
from dti_analysis.forecasting.forecast import forecast
from dti_analysis.models import forecasters as models

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "evaluation.md"
POOL = {"pool": models.MODELS["pool"]}


@pytest.fixture
def panel():
    rng = np.random.default_rng(5)
    level = rng.normal(0, 1, 15)
    rows = []
    for step in range(7):
        level = level + rng.normal(0, 0.3, 15)
        rows += [{"unit": f"u{u:02d}", "year": 2010 + step, "score": level[u]} for u in range(15)]
    return pd.DataFrame(rows).assign(rank=np.nan)


def evaluate(panel, *models, **options):
    return dti_library.read_index(panel).evaluate(
        *models, **({"draws": 200, "horizon": 2} | options)
    )


def test_every_model_is_scored_from_every_origin(panel):
    found = evaluate(panel)
    assert set(found.by_origin["model"]) == set(models.MODELS)
    assert sorted(found.by_origin["origin"].unique()) == [2013, 2014, 2015]
    assert found.failures.empty
    reference = found.overall.set_index("model").loc["random_walk"]
    assert reference["skill"] == 0
    assert reference["origins"] == 3
    assert isinstance(found.settings, Settings)


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


@pytest.mark.parametrize("basis", ["63", "34"])
def test_what_is_judged_is_what_reports_print(basis):
    """All units are forecast, by the merger where there was one, and the draws are the same."""
    index = dti_library.load_index(basis)
    found = index.evaluate(["pool"], draws=300, top=(5, 10))
    assert sorted(found.by_origin["origin"].unique()) == [2021, 2022, 2023]
    assert set(found.by_origin["units"]) == {int(basis)}
    said = found.outcomes[found.outcomes["model"] == "pool"].set_index(["origin", "unit"])
    for origin in (2021, 2022, 2023):
        made = index.forecast(origin, horizon=3, model="pool", draws=300)
        assert made.approach == {"63": "direct", "34": "bottom_up"}[basis]
        for code in made.draws.codes[::7]:
            answer = made.answer(code)
            rows = said.loc[[(origin, code)]].set_index("edition")
            for edition, row in rows.iterrows():
                summary = answer.summary.set_index("year").loc[edition]
                for name in ("median_rank", "best50", "worst50", "best80", "worst90"):
                    assert row[name] == summary[name]
                for top in (5, 10):
                    chance = answer.target_chance(top, edition)
                    assert row[f"top{top}"] == pytest.approx(chance.probability_in_year)
                assert row["outcome"] == index.panel.rank_of(code, edition)


def test_the_units_without_an_outcome_are_forecast_but_not_scored(panel):
    """A unit that leaves is drawn like all; the others are ranked among those that stay."""
    stays = (panel["unit"] != "u07") | (panel["year"] < 2016)
    index = dti_library.read_index(panel[stays])
    found = index.evaluate(["pool"], draws=100, horizon=1)
    cells = found.by_origin.set_index(["model", "origin"])["units"]
    assert cells["pool"].to_dict() == {2013: 15, 2014: 15, 2015: 14}
    last = found.outcomes.query("model == 'pool' and origin == 2015").set_index("unit")
    assert "u07" not in last.index
    drawn = forecast(index.panel, 2015, 1, "pool", 100).draws
    left = [code for code in drawn.codes if code != "u07"]
    slow = drawn.positions_of(*left)[:, 0]
    ranks = 1 + (slow[:, None, :] > slow[:, :, None]).sum(axis=2)
    for place, code in enumerate(left):
        assert last.loc[code, "top5"] == pytest.approx((ranks[:, place] <= 5).mean())
    scores = panel[(panel["year"] == 2016) & (panel["unit"] != "u07")].set_index("unit")["score"]
    came = scores.rank(ascending=False).astype(int)
    assert last["outcome"].to_dict() == came.to_dict()


def test_ranks_of_a_part_are_held_against_those_of_the_same_units(panel):
    """Where scores are unknown, what came are the published ranks, restated among these units."""
    ranks = panel.groupby("year")["score"].rank(ascending=False)
    by_rank = panel.assign(rank=ranks, score=np.nan)
    part = by_rank[by_rank["unit"] != "u03"]
    found = dti_library.read_index(part, subset=True).evaluate(["pool"], draws=50)
    for (edition, _), rows in found.outcomes.query("model == 'pool'").groupby(
        ["edition", "origin"]
    ):
        own = part[part["year"] == edition].set_index("unit")["rank"]
        assert rows.set_index("unit")["outcome"].to_dict() == own.rank().astype(int).to_dict()


def test_only_the_last_editions_are_shown_to_a_model(panel):
    class Counts:
        """Tells how many editions it was given."""

        def __init__(self):
            self.seen = []

        def fit(self, positions):
            self.seen.append(positions.mean.shape[1])
            return models.MODELS["persistence"].fit(positions)

    few, many = Counts(), Counts()
    evaluate(panel, {"counts": few}, window_last=3, horizon=1)
    evaluate(panel, {"counts": many}, horizon=1)
    assert (few.seen, many.seen) == ([3, 3, 3], [4, 5, 6])


def test_the_editions_of_the_parent_count_for_a_merger(index34):
    assert list_origins(index34.panel, 2) == [2021, 2022, 2023]
    direct = index34.evaluate(["random_walk"], draws=50, approach="direct")
    assert sorted(direct.by_origin["origin"]) == [2023]
    assert direct.failures["origin"].tolist() == [2021, 2022]
    assert direct.failures["reason"].str.contains("editions").all()


def test_too_few_editions_are_refused(panel):
    with pytest.raises(DataError, match="edition"):
        evaluate(panel[panel["year"] <= 2012])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"horizon": 0}, "horizon 0 is out of range"),
        ({"draws": 1}, "draws 1 is out of range: expected at least 2"),
        ({"seed": -1}, "seed -1 is out of range"),
        ({"window_last": 0}, "last 0 is out of range"),
        ({"min_editions": 0}, "min editions 0 is out of range"),
        ({"top": (5, 0)}, "top 5, 0 is out of range"),
        ({"approach": "bottom_up"}, "nothing to evaluate.*nothing was merged"),
    ],
)
def test_a_setting_out_of_range_is_refused(panel, options, message):
    with pytest.raises(DataError, match=message):
        evaluate(panel, ["pool"], **options)


def test_the_command_prints_a_table_and_writes_json(dti, panel, tmp_path):
    file, out = tmp_path / "panel.csv", tmp_path / "out.json"
    panel.to_csv(file, index=False)
    arguments = ["evaluate", "--panel", file, "--draws", 100, "--model", "pool"]
    result = dti(*arguments, "--json", out)
    assert result.exit_code == 0, result.output
    found = dti_library.read_index(file).evaluate(["pool"], draws=100)
    assert result.stdout == f"{found}\n"
    assert result.stdout.startswith("panel: What would have been said as of 2013, 2014, 2015, ")
    assert "random_walk" in result.output
    described = json.loads(out.read_text(encoding="utf-8"))
    assert described == json.loads(json.dumps(found.to_dict()))
    assert (described["index"], described["measure"], described["basis"]) == (
        "panel", "overall", None,
    )  # fmt: skip
    assert {row["model"] for row in described["overall"]} == {"pool", "random_walk"}
    assert {row["model"] for row in described["reliability"]} == {"pool", "random_walk"}
    assert "Chances of the top 5, 10, 20 by pool" in result.output


def test_the_record_is_that_of_the_outcomes_of_each_model(panel):
    found = evaluate(panel, top=(5, 10))
    record = found.reliability()
    assert list(record["model"].unique()) == list(models.MODELS)
    given = record.groupby("model")["chances"].sum()
    assert set(given) == {2 * 15 * 5}  # top sizes, units, pairs of origin and horizon
    assert found.reliability(["pool"])["model"].unique().tolist() == ["pool"]
    outcomes = found.outcomes[found.outcomes["model"] == "pool"]
    is_low = outcomes["top5"] < 0.05, outcomes["top10"] < 0.05
    came_true = (is_low[0] & (outcomes["outcome"] <= 5)).sum()
    came_true += (is_low[1] & (outcomes["outcome"] <= 10)).sum()
    lowest = found.reliability(["pool"]).iloc[0]
    assert lowest["chances"] == is_low[0].sum() + is_low[1].sum()
    assert lowest["came_true"] == came_true


def test_the_record_is_shown_by_class(panel):
    found = evaluate(panel, models.MODELS, top=(5,))
    record = found.reliability([models.DEFAULT_MODEL])
    first, lines = record.iloc[0], str(found).splitlines()
    row = next(line for line in lines if line.startswith("0–5 "))
    assert row.split()[2:5] == [
        str(first["chances"]), str(first["came_true"]), f"{100 * first['share']:.0f}",
    ]  # fmt: skip
    assert any("they are too narrow" in line for line in lines)  # three origins
    assert len(reliability_table(record).frame) == len(record)
    none = evaluate(panel, POOL, top=())
    assert none.reliability().empty
    assert "Came true" not in str(none)


def test_the_table_has_every_model_at_every_horizon(panel):
    found = evaluate(panel)
    table = skill_table(found).frame
    assert table["Model"].tolist() == [*models.MODELS] * 2
    assert table["Editions ahead"].tolist() == [1] * len(models.MODELS) + [2] * len(models.MODELS)
    assert set(table.loc[table["Model"] == "random_walk", "Skill"]) == {"reference"}
    assert not table.isna().any().any()


def test_the_best_and_the_worst_are_shown_by_name(index):
    found = index.evaluate(["pool"], draws=100)
    own = found.outcomes[found.outcomes["model"] == "pool"]
    table = outcomes_table(best_and_worst(own), index.panel.names, "Province").frame
    assert len(table) == 18
    assert set(table["Province"]) <= set(index.panel.names.values())
    assert table["From"].isin(["2021", "2022", "2023"]).all()


def test_json_is_valid_where_numbers_are_missing(panel):
    # One origin has no interval; 20 of 15 units are no top; nobody's rank changes.
    short = panel[panel["year"] <= 2014].assign(score=lambda rows: rows["unit"].rank())
    found = evaluate(short, {"persistence": models.MODELS["persistence"]})
    described = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert described["overall"][0]["skill_low"] is None
    assert described["outcomes"][0]["top20"] is None


def test_every_field_of_the_json_is_documented(panel):
    documented = set(re.findall(r"`(\w+)`", DOCUMENT.read_text(encoding="utf-8")))
    described = evaluate(panel, POOL).to_dict()
    assert documented >= set(described) | set(described["settings"])
    for name in ("overall", "by_horizon", "by_origin", "outcomes", "reliability", "needs"):
        fields = {re.sub(r"\d+$", "", field) for field in described[name][0]}
        assert documented >= fields - {"settings"}, name


def test_the_command_runs_the_whole_ladder(dti, panel, tmp_path):
    file = tmp_path / "panel.csv"
    panel.to_csv(file, index=False)
    result = dti("evaluate", "--panel", file, "--draws", 50)
    assert result.exit_code == 0, result.output
    for name in models.MODELS:
        # In the rows of each of three horizons.
        assert len(re.findall(rf"^[123] +{name} ", result.output, re.MULTILINE)) == 3
    assert "nan" not in result.output
    assert "refused" not in result.output


def test_the_command_refuses_an_unknown_model(dti, refused):
    refused(dti("evaluate", "--model", "crystal_ball"), "crystal_ball", "Known: persistence")
