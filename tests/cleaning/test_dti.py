"""The panels that the facts build; the identities they keep are in test_raw_tables.py."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from dti_analysis.cleaning import dti as builder
from dti_analysis.cleaning.dti import (
    MAIN_INDICES,
    PANEL_COLUMNS,
    PANEL_VALUES,
    PILLARS,
    build_table,
)
from dti_analysis.cleaning.gazetteer import merge_provinces
from dti_analysis.errors import AmbiguousUnitError, FaultyDataError, UnknownUnitError
from dti_analysis.project import load_panels
from dti_analysis.root import PROCESSED, RAW, find_root


def stated(clean, basis, year, metric):
    rows = clean[
        (clean["basis"] == basis)
        & (clean["year"] == year)
        & (clean["metric"] == metric)
        & (clean["status"] == "stated")
    ]
    return rows.drop_duplicates("code").set_index("code")["value"]


def test_the_identities_are_checked_on_what_the_sources_give(clean, edition):
    """See test_raw_tables.py."""
    editions = [(63, 2022), (63, 2023), (34, 2024)]
    complete = [len(edition(*key).dropna(subset=list(MAIN_INDICES))) for key in editions]
    assert complete == [10, 10, 34]
    for year, overall, pillars in ((2022, 63, 26), (2023, 21, 15), (2024, 5, 0)):
        assert len(stated(clean, 63, year, "rank_overall")) == overall
        assert sum(len(stated(clean, 63, year, f"rank_{pillar}")) for pillar in PILLARS) == pillars


@pytest.mark.parametrize("year", [2022, 2023])
def test_the_34_before_2024_are_merged_and_ranked(raw, edition, year):
    rows = edition(34, year)
    merged = merge_provinces(edition(63, year)[["score"]], raw["crosswalk_63_34"])
    np.testing.assert_allclose(rows["score"], merged["score"], atol=1e-12)
    assert (rows["score_status"] == "computed").all()
    assert rows["rank"].between(1, 34).all()


@pytest.mark.parametrize(
    ("year", "ranks", "scores"), [(2020, 35, 14), (2021, 42, 14), (2022, 63, 63), (2024, 63, 63)]
)
def test_coverage_is_what_the_sources_give(edition, year, ranks, scores):
    rows = edition(63, year)
    assert (rows["rank"].notna().sum(), rows["score"].notna().sum()) == (ranks, scores)


def test_columns_and_statuses(dti_table):
    assert dti_table.columns.tolist() == PANEL_COLUMNS + [f"{c}_status" for c in PANEL_VALUES]
    assert not dti_table.duplicated(["basis", "year", "code"]).any()
    for column in PANEL_VALUES:
        status = dti_table[f"{column}_status"]
        assert (status.notna() == dti_table[column].notna()).all()
        assert set(status.dropna()) <= {"published", "implied", "computed"}
    known = dti_table.set_index(["basis", "year", "code"])["rank_status"]
    assert known[63, 2022, "77"] == "published"
    assert known[63, 2020, "06"] == "implied"
    assert known[63, 2024, "77"] == "computed"


def test_the_panel_does_not_depend_on_the_order_of_the_facts(raw, resolved, gazetteer, dti_table):
    shuffled = resolved.sample(frac=1, random_state=1)
    again = build_table(shuffled, raw["methodology"], raw["crosswalk_63_34"], gazetteer)
    pd.testing.assert_frame_equal(again, dti_table)


def test_a_rounded_published_pillar_makes_no_false_tie(raw, edition):
    rows = edition(63, 2022)
    assert rows.loc["84", "government_pillar_status"] == "published"
    assert rows["government_pillar_rank"].is_unique


# --- the panel of each basis


def test_each_basis_has_all_its_provinces_in_every_edition(index, index34):
    for one, count in ((index, 63), (index34, 34)):
        assert one.editions == (2020, 2021, 2022, 2023, 2024)
        assert (one.panel.rows.groupby("year").size() == count).all()
        assert one.units.index.is_monotonic_increasing
        assert one.units.columns.tolist() == ["name", "region", "row", "column"]
    assert index.panel.rank_of("77", 2023) == 10
    assert index34.panel.rank_of("79", 2021) is None
    assert index34.panel.last_ranks(2021).get("79") is None
    assert len(index34.panel.between(2020, 2021).rows) == 68


def test_the_panel_says_what_the_table_says(index, index34, dti_table):
    for one, basis in ((index, 63), (index34, 34)):
        table = dti_table[dti_table["basis"] == basis].reset_index(drop=True)
        frame = one.frame()
        ranks = ["rank", *(f"{pillar}_rank" for pillar in PILLARS)]
        for column in ["year", "code", *ranks, "score", *PILLARS, *MAIN_INDICES, "score_status"]:
            pd.testing.assert_series_equal(
                frame[column],
                table[column].astype(float) if column in ranks else table[column],
                check_dtype=column in ranks,
            )
        assert frame["unit"].tolist() == table["province"].tolist()
        assert frame["region"].tolist() == table["region"].tolist()


def test_the_current_provinces_come_of_the_former(index, index34):
    assert index34.panel.parent.basis == "63"
    assert [unit.name for unit in index34.panel.members("79")] == [
        "Bình Dương",
        "Bà Rịa - Vũng Tàu",
        "Hồ Chí Minh",
    ]
    assert index.panel.parent is None
    assert index.panel.members("79") == []


def test_points_are_those_of_the_edition_or_of_the_other_basis(index, index34):
    assert index.panel.weights_of(2020) == dict(zip(PILLARS, (400, 300, 300), strict=True))
    assert sum(index34.panel.weights_of(2024).values()) == 940
    # Of 2024 only the points of the 34 are known.
    assert index.panel.weights_of(2024) == index34.panel.weights_of(2024)
    assert index.panel.weights_of(2030) == index.panel.weights_of(2024)
    assert index.panel.weights_of(2019) == {}


@pytest.mark.parametrize("pillar", PILLARS)
def test_a_pillar_is_ranked_like_the_whole(index, index34, edition, pillar):
    for one, basis in ((index, 63), (index34, 34)):
        panel = one.of(pillar).panel
        rows = edition(basis, 2024)
        assert panel.ranks_of(2024).to_dict() == rows[f"{pillar}_rank"].astype(float).to_dict()
        assert panel.editions[-3:] == (2022, 2023, 2024)
        weights = panel.weights_of(2024)
        assert len(weights) == 6
        assert pillar.replace("pillar", "activity") in weights
    # Pillars merge as the whole does.
    assert index34.of(pillar).panel.parent.measure == pillar


def test_targets_are_those_of_the_measure(index):
    assert [target.goal for target in index.panel.targets_of("77", origin=2021)][:1] == [(20, 2022)]
    assert index.of(PILLARS[0]).panel.targets_of("77", origin=2021) == []


def test_any_spelling_and_any_code_is_a_province(index, index34):
    for name in ("Bà Rịa - Vũng Tàu", "ba ria vung tau", "BR-VT", "77", "Tỉnh BRVT"):
        assert index.find(name).code == "77"
    assert index.find("TP. Huế").name == "Thừa Thiên Huế"
    assert index34.find("Thừa Thiên Huế").name == "Huế"
    with pytest.raises(
        AmbiguousUnitError, match=r'"DN" is ambiguous. It can mean "Đà Nẵng" \(63\)'
    ):
        index.find("DN")
    with pytest.raises(UnknownUnitError, match=r'part of Hồ Chí Minh. Ask for "Hồ Chí Minh"'):
        index34.find("BR-VT")
    with pytest.raises(UnknownUnitError, match='"Atlantis" is not known'):
        index34.find("Atlantis")


# --- what is built, and when


@pytest.fixture
def folders(tmp_path):
    shutil.copytree(find_root() / RAW, tmp_path / RAW)
    shutil.copy(find_root() / "index.toml", tmp_path)
    return tmp_path / RAW, tmp_path / PROCESSED


def build(root, monkeypatch):
    """Build the table from scratch."""
    monkeypatch.setattr("dti_analysis.project._loaded", {})
    load_panels(root)
    return pd.read_parquet(root / PROCESSED / builder.TABLE)


def snapshot(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def add_fact(raw, line):
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write(line + "\n")


def test_the_table_is_written_with_conflicts_and_provenance(folders, tmp_path, monkeypatch):
    raw, processed = folders
    table = build(tmp_path, monkeypatch)
    assert set(snapshot(processed)) == {
        "panel.parquet",
        "panel.csv",
        "conflicts.csv",
        "coverage.json",
        "panel.provenance.json",
    }
    again = pd.read_csv(processed / "panel.csv", dtype={"code": str})
    assert again.columns.tolist() == table.columns.tolist()
    assert again["score"].tolist() == pytest.approx(table["score"].tolist(), nan_ok=True)
    provenance = json.loads((processed / "panel.provenance.json").read_text(encoding="utf-8"))
    assert set(provenance.pop("tables")) == {file.name for file in raw.glob("*.csv")}
    beside = {"panel.csv", "conflicts.csv", "coverage.json"}
    assert set(provenance.pop("files")) == {"panel.parquet", *beside}
    assert set(provenance) == {"version", "data_sha256", "code_sha256"}
    assert len(table) == 485


def test_two_builds_give_the_same_bytes(folders, tmp_path, monkeypatch):
    _, processed = folders
    build(tmp_path, monkeypatch)
    first = snapshot(processed)
    shutil.rmtree(processed)
    build(tmp_path, monkeypatch)
    assert snapshot(processed) == first


def test_what_is_up_to_date_is_neither_checked_nor_built_again(folders, tmp_path, monkeypatch):
    built = load_panels(tmp_path)
    monkeypatch.setattr("dti_analysis.project._loaded", {})
    monkeypatch.setattr(builder, "build_table", None)
    monkeypatch.setattr("dti_analysis.cleaning.checks.check_raw", None)
    again = load_panels(tmp_path)
    assert again is not built
    for basis, panel in again.items():
        pd.testing.assert_frame_equal(panel.values, built[basis].values)
        assert panel.fingerprint == built[basis].fingerprint


def test_a_new_fact_reaches_the_panel(folders, tmp_path):
    raw, _ = folders
    before = load_panels(tmp_path)["63"]
    add_fact(raw, '2021,63,77,Ba Ria - Vung Tau,score_overall,"0,4123",stated,s038,')
    after = load_panels(tmp_path)["63"]
    own = after.rows[(after.rows["year"] == 2021) & (after.rows["code"] == "77")]
    assert own["score"].tolist() == [0.4123]
    assert own["score_status"].tolist() == ["published"]
    assert after.fingerprint != before.fingerprint


def test_faulty_facts_leave_everything_as_it_was(folders, tmp_path):
    raw, processed = folders
    load_panels(tmp_path)
    before = snapshot(processed)
    add_fact(raw, "2021,63,77,Bà Rịa - Vũng Tàu,score_overall,1.2,stated,s038,")
    with pytest.raises(FaultyDataError, match=r"dti_facts\.csv, row 2660, field value.*1\.2"):
        load_panels(tmp_path)
    assert snapshot(processed) == before
