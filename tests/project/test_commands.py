"""`dti check` and `dti panel`, and how all commands refuse."""

import itertools
import shutil

import pytest

from dti_analysis import project
from dti_analysis.cleaning import checks
from dti_analysis.project import load_index
from dti_analysis.root import RAW, find_built, find_root


def test_check_finds_the_projects_own_data_in_order(dti):
    result = dti("check")
    assert result.exit_code == 0
    assert "no fault found" in result.output


def test_check_accept_records_a_changed_table(dti, refused, tmp_path):
    raw = shutil.copytree(find_root() / RAW, tmp_path / "raw")
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,TP. HCM,rank_overall,"thứ 29/63",stated,s001,\n')
    refused(dti("check", raw), "row 2660", "field province", "Bà Rịa - Vũng Tàu")
    refused(dti("check", raw, "--accept"), "row 2660")
    shutil.copy(find_root() / RAW / "dti_facts.csv", raw)
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,Tỉnh BR-VT,rank_overall,"thứ 29/63",stated,s001,\n')
    result = dti("check", raw)
    assert result.exit_code == 0
    assert "dti_facts: differs from its recorded sha256" in result.stderr
    assert "Recorded: dti_facts" in dti("check", raw, "--accept").output
    assert dti("check", raw).stderr == ""


def test_what_changes_while_it_is_checked_is_not_recorded(refused, dti, tmp_path, monkeypatch):
    raw = shutil.copytree(find_root() / RAW, tmp_path / "raw")
    facts, find, notes = raw / "dti_facts.csv", checks._has_changed, itertools.count()
    written = facts.read_bytes()

    def change(*arguments):
        row = f"2021,63,77,Tỉnh BR-VT,rank_overall,29,stated,s001,{next(notes)}\n"
        facts.write_bytes(written + row.encode())
        return find(*arguments)

    before = (raw / "datapackage.json").read_bytes()
    monkeypatch.setattr(checks, "_has_changed", change)
    refused(dti("check", raw, "--accept"), "dti_facts.csv: was changed by another while this was")
    assert (raw / "datapackage.json").read_bytes() == before


@pytest.fixture
def own_dti(tmp_path, monkeypatch):
    """A copy of the DTI."""
    shutil.copytree(find_root() / RAW, tmp_path / RAW)
    shutil.copy(find_root() / "index.toml", tmp_path)
    monkeypatch.setenv("DTI_ROOT", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("content", [b"", b"PAR1", None])
@pytest.mark.parametrize("name", ["panel.csv", "conflicts.csv", "panel.provenance.json"])
def test_a_built_file_that_is_spoiled_is_made_again(name, content, own_dti):
    file = find_built(own_dti) / name
    load_index()
    whole = file.read_bytes()
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    project._loaded.clear()
    load_index()
    assert file.read_bytes() == whole


def test_panel_builds_both_bases_and_their_records(dti, own_dti):
    result = dti("panel")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.output.endswith("data/processed: 485 rows.\n")
    made = {file.name for file in (own_dti / "data/processed").iterdir()}
    assert {"panel.parquet", "panel.csv", "conflicts.csv", "panel.provenance.json"} < made
    with (own_dti / RAW / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,Tỉnh BR-VT,rank_overall,"thứ 29/63",stated,s001,\n')
    assert "dti_facts: differs from its recorded sha256; see dti check." in dti("panel").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "nowhere"), ["nowhere"]),
        (("report",), ["--all"]),
        (("report", "Atlantis"), ["not known"]),
        (("evaluate", "--model", "crystal_ball"), ["Known: persistence, random_walk"]),
        (("forecast", "Huế", "--basis", "62"), ['basis "62" is not known. Known: 63, 34.']),
        (("forecast", "Huế", "--measure", "x"), ['measure "x" is not known', "government_pillar"]),
        (("forecast", "Huế", "--max-score", "1"), ["--max-score goes with --panel"]),
        (("forecast", "Huế", "--max-score", "0"), ["--max-score goes with --panel"]),
        (("forecast", "--pmf", "x.csv", "--target-rank", "0"), ["are for one unit: name it"]),
        (("movers", "--year", "0"), ["year 0 is not forecast"]),
        (("report", "--notebook", "x", "--draws", "9"), ["--draws would not be read: -p says it"]),
        (("report", "--notebook", "x", "--basis", "63"), ["--basis would not be read: -p says it"]),
        (("report", "Huế", "--dry-run", "--log-json"), ["--log-json would not be read: --dry-run"]),
        (("forecast", "Huế", "--subset"), ["--subset goes with --panel"]),
        (("forecast", "Huế", "--blank", "absent"), ["--blank goes with --panel"]),
        (("forecast", "Huế", "--panel", "x.csv", "--basis", "63"), ["a file has one"]),
        (("forecast", "Huế", "--panel", "."), [".: expected a readable file: Is a directory"]),
        (
            ("forecast", "Huế", "--pmf", "."),
            [".: expected a file", "Name a file in it"],
        ),
        (("forecast", "Hà Nam", "--probability", "0.7"), ["no target of Hà Nam is known"]),
        (("movers", "--top", "99"), ["top 99 does not exist: expected 1 to 63"]),
        (("report", "Huế", "--timeout", "nan"), ["a timeout of nan s"]),
        (("forecast", "Huế", "--panel", "none.csv"), ["none.csv: expected a panel, found no such"]),
    ],
)
def test_bad_input_gives_one_message_and_exit_2(dti, refused, arguments, words):
    refused(dti(*arguments), *words)


def test_a_project_at_fault_gives_one_message(dti, refused, tmp_path, monkeypatch):
    (tmp_path / "index.toml").write_text("greatest = 1\n", encoding="utf-8")
    monkeypatch.setenv("DTI_ROOT", str(tmp_path))
    for verb in (("check",), ("panel",), ("forecast", "A"), ("movers",)):
        refused(dti(*verb), "index.toml: greatest is called max_score now")
