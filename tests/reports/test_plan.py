"""The list of reports is remembered, and made anew as soon as anything may have changed it."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from dti_analysis.batch.plan import Settings
from dti_analysis.errors import DataError
from dti_analysis.project import start_project
from dti_analysis.reports import jobs, plan
from dti_analysis.reports.plan import plan_project
from dti_analysis.root import PROCESSED, RAW

SETTINGS = Settings(None, 50, 1)
PANEL = "unit,year,score\nHuế,2020,1\nLào Cai,2020,2\nHuế,2021,3\nLào Cai,2021,2\n"
LABELS = '[labels.vi]\nname = "Bảng"\nunit = "tỉnh"\nunits = "tỉnh"\nsource = "Nguồn."\n'
COMMAND = """
import sys
from dti_analysis.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*{"pandas", "numpy", "papermill"} & sys.modules.keys(), file=sys.stderr)
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "panel.csv").write_text(PANEL, encoding="utf-8")
    start_project(tmp_path / "own", tmp_path / "panel.csv")
    with (tmp_path / "own" / "index.toml").open("a", encoding="utf-8") as stream:
        stream.write(LABELS)
    return tmp_path / "own"


@pytest.fixture
def listed(monkeypatch):
    """How often reports were listed."""
    made = []

    def list_reports(*arguments, **options):
        made.append(arguments)
        return original(*arguments, **options)

    original = jobs.list_reports
    monkeypatch.setattr(jobs, "list_reports", list_reports)
    return made


def tell(told):
    """What there is to compare of a plan."""
    pages = told.page.names, told.page.inputs
    return replace(told, page=None, prepare=None), pages, repr(told.prepare(told.jobs))


def test_what_is_remembered_is_what_was_listed(project, listed):
    first = plan_project([], None, SETTINGS, ["vi", "en"], project)
    again = plan_project([], None, SETTINGS, ["vi", "en"], project)
    assert len(listed) == 1
    assert len(first.jobs) == 6
    assert tell(again) == tell(first)
    assert [list(job.parameters) for job in again.jobs] == [list(j.parameters) for j in first.jobs]


def test_that_of_the_dti_is_remembered_with_its_map(listed):
    first, again = (plan_project([], None, SETTINGS) for _ in range(2))
    assert len(listed) <= 1  # another test may have listed the same
    assert len(first.jobs) == 200
    assert tell(again) == tell(first)
    assert again.page.names == ("index.html", "index.en.html")


def change_row(project, _):
    table = project / RAW / "panel.csv"
    table.write_text(PANEL + "Sa Pa,2021,4\n", encoding="utf-8")


def change_config(project, _):
    file = project / "index.toml"
    file.write_text(file.read_text(encoding="utf-8") + '"Huế" = "Cố đô"\n', encoding="utf-8")


def add_described(project, _):
    (project / RAW / "datapackage.json").write_text("{}", encoding="utf-8")


def change_library(_, monkeypatch):
    monkeypatch.setattr(plan, "hash_library", lambda: "another")


def change_versions(_, monkeypatch):
    monkeypatch.setattr(plan, "read_versions", lambda: {"babel": "0"})


def cut(project, _):
    file = project / PROCESSED / "listing.json"
    file.write_bytes(file.read_bytes()[:-9])


def alter(project, _):
    file = project / PROCESSED / "listing.json"
    file.write_bytes(file.read_bytes().replace(b'"draws": 50', b'"draws": 51'))


def empty(project, _):
    (project / PROCESSED / "listing.json").write_text("[]", encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [
        *(change_row, change_config, add_described, change_library, change_versions),
        *(cut, alter, empty),
    ],
)
def test_whatever_a_list_follows_from_has_it_made_anew(project, listed, monkeypatch, change):
    plan_project([], None, SETTINGS, root=project)
    change(project, monkeypatch)
    told = plan_project([], None, SETTINGS, root=project)
    assert len(listed) == 2
    assert all(job.parameters["draws"] == 50 for job in told.jobs)
    assert len(told.jobs) == 2 * (4 if change is change_row else 3)


@pytest.mark.parametrize(
    "asked",
    [
        {"settings": Settings(2020, 50, 1)},
        {"settings": Settings(None, 51, 1)},
        {"settings": Settings(None, 50, 2)},
        {"languages": ["en"]},
        {"names": ["Huế"]},
    ],
)
def test_another_question_has_a_list_of_its_own(project, listed, asked):
    usual = {"names": [], "basis": None, "settings": SETTINGS, "root": project}
    plan_project(**usual)
    plan_project(**{**usual, **asked})
    assert len(listed) == 2


def test_tables_at_fault_are_refused_whatever_is_remembered(project):
    plan_project([], None, SETTINGS, root=project)
    (project / RAW / "panel.csv").write_text(PANEL + "Huế,2021,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="Huế"):
        plan_project([], None, SETTINGS, root=project)
    (project / RAW / "panel.csv").unlink()
    with pytest.raises(DataError, match=r"panel\.csv"):
        plan_project([], None, SETTINGS, root=project)


def test_a_list_of_tables_that_changed_meanwhile_is_not_kept(project, listed, monkeypatch):
    sums = iter("abcc")
    monkeypatch.setattr(plan, "hash_library", lambda: next(sums))
    plan_project([], None, SETTINGS, root=project)
    assert not (project / PROCESSED / "listing.json").exists()
    plan_project([], None, SETTINGS, root=project)
    assert (project / PROCESSED / "listing.json").exists()


def test_a_list_that_is_remembered_takes_no_pandas(project):
    environment = {**os.environ, "DTI_ROOT": str(project)}
    command = [sys.executable, "-c", COMMAND, "report", "--all", "--dry-run", "--draws", "50"]
    told = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert told[0].stdout == told[1].stdout
    assert "6 of 6 reports would be made" in told[0].stdout
    assert "pandas" in told[0].stderr
    assert told[1].stderr.strip() == ""
