"""The record of an index itself: what reports would have said, kept and told."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti_library
from dti_analysis.evaluation import calibration, track_record
from dti_analysis.evaluation.backtest import evaluate, list_outcomes
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.root import find_root

FEW = 300
PAIRS = [(2021, 2022), (2021, 2023), (2021, 2024), (2022, 2023), (2022, 2024), (2023, 2024)]


@pytest.fixture
def quick(monkeypatch):
    """Records of few draws."""
    monkeypatch.setattr(track_record.joint, "DEFAULT_DRAWS", FEW)
    monkeypatch.setattr(track_record, "DEFAULT_DRAWS", FEW)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("basis", ["63", "34"])
def test_every_unit_is_held_against_every_later_edition(basis):
    index = dti_library.load_index(basis)
    record = track_record.load_record(index.panel, (5, 10))
    sizes = record.groupby(["origin", "edition"]).size()
    assert sizes.to_dict() == dict.fromkeys(PAIRS, int(basis))
    assert (record["edition"] - record["origin"] == record["horizon"]).all()
    assert set(record["model"]) == {DEFAULT_MODEL}
    known = index.frame().set_index(["year", "code"])["rank"]
    came = known.loc[list(zip(record["edition"], record["unit"], strict=True))]
    assert record["outcome"].tolist() == came.tolist()
    # Of so few units every size is kept.
    assert {f"top{size}" for size in range(1, int(basis))} <= set(record)
    assert record.notna().all().all()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("basis", "name"), [("63", "BR-VT"), ("34", "Hồ Chí Minh")])
def test_the_record_holds_what_reports_would_have_said(basis, name):
    index = dti_library.load_index(basis)
    record = track_record.load_record(index.panel, ())
    answer = index.forecast(2021, draws=FEW).answer(name, target_rank=8, target_year=2023)
    is_same = (record["unit"] == answer.unit.code) & (record["origin"] == 2021)
    own = record[is_same & (record["edition"] == 2023)].iloc[0]
    assert own["top8"] == pytest.approx(answer.first_target.probability_in_year)
    assert own["outcome"] == answer.first_target.observed_rank
    assert own["best80"] == answer.summary["best80"].iloc[1]


def test_the_record_is_what_an_evaluation_tells_of_the_same_model(index):
    told = evaluate(index.panel, [DEFAULT_MODEL], draws=50, min_editions=2, top=(3,)).outcomes
    told = told[told["model"] == DEFAULT_MODEL].reset_index(drop=True)
    pd.testing.assert_frame_equal(list_outcomes(index.panel, DEFAULT_MODEL, 50, 2, (3,)), told)


def test_the_record_is_kept_and_made_anew_where_facts_or_code_change(
    index, index34, tmp_path, monkeypatch
):
    made = []

    def list_few(panel, model, draws, min_editions, top):
        made.append(panel.basis)
        return list_outcomes(panel, model, 20, min_editions, (3,))

    def load(panel):
        return track_record.load_record(panel, (3,), tmp_path)

    monkeypatch.setattr(track_record, "list_outcomes", list_few)
    first = load(index.panel)
    assert made == ["63"]
    pd.testing.assert_frame_equal(load(index.panel), first)
    assert made == ["63"]
    assert len(load(index34.panel)) == 34 * 6
    assert made == ["63", "34"]
    assert len(list(tmp_path.glob("record-*.parquet"))) == 2
    # Other numbers, another measure and other code make another record.
    changed = index.panel.values.copy()
    changed.loc[changed.index[-1], "score"] += 0.001
    load(dti_library.Index(index.panel).of("society_pillar").panel)
    load(type(index.panel)(**{**vars_of(index.panel), "values": changed}))
    assert made == ["63", "34", "63", "63"]
    monkeypatch.setattr(track_record, "_BUILDERS", ("models/*.py",))
    load(index.panel)
    assert made == ["63", "34", "63", "63", "63"]
    (tmp_path / "record-63-overall.parquet").write_bytes(b"cut")
    pd.testing.assert_frame_equal(load(index.panel), first)
    assert made == ["63", "34", "63", "63", "63", "63"]


def vars_of(panel):
    """Give the fields of a panel."""
    return {name: getattr(panel, name) for name in panel.__dataclass_fields__}


def test_too_few_editions_have_no_record(toy_panel):
    short = dti_library.read_index(toy_panel[toy_panel["year"] < 2022])
    assert short.track_record() is None
    assert short.reliability().empty
    three = dti_library.read_index(toy_panel[toy_panel["year"] < 2023]).track_record()
    assert three["origin"].unique().tolist() == [2021]


@pytest.mark.usefixtures("quick")
def test_sizes_are_those_wanted_where_units_are_many(monkeypatch, toy_index):
    monkeypatch.setattr(track_record, "_FEW", 4)
    record = track_record.load_record(toy_index.panel, (3, 2, 3))
    assert [name for name in record if name.startswith("top")] == ["top2", "top3"]


def test_the_panel_command_keeps_the_record_too(dti, monkeypatch, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(find_root() / "data/raw", root / "data/raw")
    shutil.copyfile(find_root() / "index.toml", root / "index.toml")
    monkeypatch.setenv("DTI_ROOT", str(root))
    kept = []
    monkeypatch.setattr(
        dti_library.Index, "track_record", lambda index, top=(): kept.append(index.basis)
    )
    result = dti("panel")
    assert result.exit_code == 0, result.output
    assert kept == ["63", "34"]
    assert (root / "data/processed/panel.parquet").is_file()


@pytest.mark.usefixtures("quick")
def test_the_reliability_of_an_index_is_that_of_its_record(index34, monkeypatch, toy_index):
    record = toy_index.track_record((1, 2))
    found = toy_index.reliability((1, 2))
    chances = calibration.list_chances(record, (1, 2))
    pd.testing.assert_frame_equal(
        found, calibration.reliability(chances, np.random.default_rng(2022))
    )
    assert found["chances"].sum() == len(chances) == 2 * len(record)
    # Five units have no top 5, and no top 10.
    pd.testing.assert_frame_equal(toy_index.reliability((1, 2, 5, 10)), found)


LEFTOVERS = re.compile(r"\bnan\b|\bNone\b|<NA>|%s|\{|\}")


@pytest.mark.parametrize(("model", "horizon"), [(DEFAULT_MODEL, 3), ("random_walk", 1)])
def test_the_record_is_told_drawn_and_tabulated(index, model, horizon):
    from dti_analysis.reports import evaluation as sections

    found = index.evaluate([model], horizon=horizon, draws=200)
    for tell in (
        sections.tell_opening,
        sections.tell_skill,
        sections.tell_reliability,
        sections.tell_scores,
        sections.tell_pit,
        sections.tell_best_and_worst,
        sections.tell_case,
    ):
        text = repr(tell(found))
        assert len(text) > 60
        assert not LEFTOVERS.search(text), text


def test_the_users_case_is_told(index):
    from dti_analysis.reports.evaluation import describe_case
    from dti_analysis.reports.trajectory import describe_history
    from dti_analysis.wording import format_chance

    cases = [index.forecast(origin, draws=500).answer("BR-VT") for origin in (2021, 2022, 2023)]
    told = str(describe_case(cases))
    assert describe_history(cases[0]).startswith("39th (2020) → 29th (2021) → 28th (2022) → ")
    chance = format_chance(cases[0].chances[0].probability_in_year)
    assert f"Top 20 in 2022: {chance}; it came 28th." in told
    assert "it was there in 2023 and 2024" in told
    assert told.count("As of ") == 3


def test_the_coverage_that_is_told_is_what_was_held(index):
    from dti_analysis.reports.evaluation import describe_coverage

    outcomes = index.evaluate(["pool"], draws=100).outcomes.query("model == 'pool'")
    held = outcomes["outcome"].between(outcomes["best80"], outcomes["worst80"]).mean()
    assert f"{100 * held:.0f}\u202f% where 80 were due" in describe_coverage(outcomes)
