import json
import shutil

import pandas as pd
import pytest

from dti_analysis import files as disk
from dti_analysis import paths
from dti_analysis.cleaning import store
from dti_analysis.errors import FaultyDataError


@pytest.fixture
def folders(tmp_path):
    shutil.copytree(paths.RAW, tmp_path / "raw")
    return tmp_path / "raw", tmp_path / "processed"


def snapshot(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def add_fact(raw, line):
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write(line + "\n")


def test_the_panel_is_written_with_conflicts_and_provenance(folders):
    raw, processed = folders
    panel = store.write_panel(store.read_raw(raw), processed)
    assert set(snapshot(processed)) == {
        "panel.parquet",
        "panel.csv",
        "conflicts.csv",
        "panel.provenance.json",
    }
    again = pd.read_csv(processed / "panel.csv", dtype={"code": str})
    assert again.columns.tolist() == panel.columns.tolist()
    assert again["score"].tolist() == pytest.approx(panel["score"].tolist(), nan_ok=True)
    provenance = json.loads((processed / "panel.provenance.json").read_text(encoding="utf-8"))
    assert provenance["rows"] == len(panel) == 485
    assert set(provenance["tables"]) == {file.stem for file in raw.glob("*.csv")}
    assert pd.read_parquet(processed / "panel.parquet").attrs["provenance"] == provenance


def test_two_builds_give_the_same_bytes(folders):
    raw, processed = folders
    store.write_panel(store.read_raw(raw), processed)
    first = snapshot(processed)
    store.write_panel(store.read_raw(raw), processed)
    assert snapshot(processed) == first


def test_a_panel_that_is_up_to_date_is_not_built_again(folders, monkeypatch):
    raw, processed = folders
    built = store.load_data(raw, processed).panel
    monkeypatch.setattr(store, "write_panel", None)
    pd.testing.assert_frame_equal(store.load_data(raw, processed).panel, built)


def test_a_new_fact_reaches_the_panel(folders):
    raw, processed = folders
    store.load_data(raw, processed)
    add_fact(raw, '2021,63,77,Ba Ria - Vung Tau,score_overall,"0,4123",stated,s038,')
    panel = store.load_data(raw, processed).panel
    rows = panel[(panel["basis"] == 63) & (panel["year"] == 2021) & (panel["code"] == "77")]
    assert rows["score"].tolist() == [0.4123]
    assert rows["score_status"].tolist() == ["published"]


def test_faulty_facts_leave_everything_as_it_was(folders):
    raw, processed = folders
    store.load_data(raw, processed)
    before = snapshot(processed)
    add_fact(raw, "2021,63,77,Bà Rịa - Vũng Tàu,score_overall,1.2,stated,s038,")
    with pytest.raises(FaultyDataError, match=r"dti_facts\.csv, row 2660, field value.*1\.2"):
        store.load_data(raw, processed)
    assert snapshot(processed) == before


def test_a_write_that_fails_leaves_the_file_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / "table.csv"
    disk.write_whole(file, "old")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        disk.write_whole(file, "new")
    assert snapshot(tmp_path) == {"table.csv": b"old"}
