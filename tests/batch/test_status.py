"""What operators are told: `dti status`, runs that were refused or broken off, what is no more."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from notebook_files import list_files, write_notebook
from running import run_jobs

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.list_page import render_list
from dti_analysis.batch.manifest import Manifest, Output, Record, Report, Run, read_manifest, stamp
from dti_analysis.batch.options import Options
from dti_analysis.batch.plan import Plan, Settings
from dti_analysis.batch.runner import run_plan
from dti_analysis.batch.stopping import record_stop
from dti_analysis.batch.store import Store, open_store
from dti_analysis.errors import DataError, OutputError
from dti_analysis.files import locked
from dti_analysis.forecasting.exports import MIME
from dti_analysis.reports.plan import plan_project
from dti_analysis.root import find_root

NOW = datetime.now(UTC)
NOTICE = '<p class="bad" id="notice" hidden></p>'


def write_record(folder, *, status="finished", days=0, **reports):
    """Put a record in place, of one run and of reports by their status."""
    when = stamp(NOW - timedelta(days=days))
    done = Run("a1", when, None if status == "running" else when, status)
    good = dataclasses.replace(done, ended=when, status="finished")
    page = (Output("n.html", 1, ""), Output("n.ipynb", 1, ""))
    records = {
        stem: Record(
            *(stem, "n.ipynb", {}, None, {}, about, "a1", when, when, 1.0, 1.0, 1),
            error="E: bad" if about == "failed" else None,
            report=Report("a1", "", when, page),
        )
        for stem, about in reports.items()
    }
    manifest = Manifest(done, good, records, {"index.html": "k", "index.en.html": "k"})
    manifest.save(open_store(folder))
    for language, name in (("vi", "index.html"), ("en", "index.en.html")):
        html = render_list(manifest, "T", describe_inputs(find_root()), language)
        (folder / name).write_text(html, encoding="utf-8")
    return manifest


@pytest.fixture
def status(dti, tmp_path):
    return lambda *arguments: dti("status", "--output", tmp_path, *arguments)


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"a": "built"}, 0),
        ({"a": "built", "b": "failed"}, 1),
        ({"a": "built", "status": "refused"}, 2),
        ({"a": "failed", "status": "interrupted"}, 2),
        ({"a": "built", "status": "running"}, 2),
    ],
)
def test_the_exit_code_tells_a_monitor_how_it_stands(status, tmp_path, record, code):
    write_record(tmp_path, **record)
    assert status().exit_code == code
    assert status("--json").exit_code == code


def test_a_run_at_work_is_told_from_one_that_was_killed(status, tmp_path):
    write_record(tmp_path, status="running", a="built")
    assert ": killed" in status().stdout.splitlines()[0]
    assert json.loads(status("--json").stdout)["run"]["status"] == "killed"
    with locked(tmp_path):
        told = status()
    assert told.exit_code == 0
    assert ": running" in told.stdout.splitlines()[0]
    assert read_manifest(open_store(tmp_path)).run.status == "running"


@pytest.mark.parametrize(("age", "code"), [("8d", 0), ("169h", 0), ("7d", 2), ("90m", 2)])
def test_a_run_may_be_as_old_as_is_said(status, tmp_path, age, code):
    write_record(tmp_path, days=7, a="built")
    told = status("--max-age", age)
    assert told.exit_code == code
    assert ("Too old" in told.stdout) == (code == 2)


@pytest.mark.parametrize("age", ["8", "d", "-1d", "0d", "1.5d", "8 d", "٣d", "9999999d", "8w"])
def test_an_age_that_is_none_is_refused(status, tmp_path, refused, age):
    write_record(tmp_path, a="built")
    refused(status("--max-age", age), "--max-age", "8d")


def test_an_age_that_is_left_blank_is_refused(status, tmp_path, refused):
    write_record(tmp_path, a="built")
    refused(status("--max-age", ""), "--max-age: expected a value, found none.")


def test_reports_that_are_no_longer_planned_are_told_and_do_not_fail(status, tmp_path):
    manifest = write_record(tmp_path, a="built", b="failed")
    manifest.reports["b"] = dataclasses.replace(manifest.reports["b"], is_planned=False)
    manifest.save(open_store(tmp_path))
    told = status()
    assert told.exit_code == 0
    assert "Reports 1: 1 good, 0 failed" in told.stdout
    assert "  b: no longer planned; dti report --prune removes it" in told.stdout


def read_pages(folder):
    return [(folder / name).read_text("utf-8") for name in ("index.html", "index.en.html")]


def test_a_refused_run_is_on_record_and_on_every_page_and_the_last_good_one_stays(
    dti, status, tmp_path, refused
):
    before = write_record(tmp_path, days=9, a="built")
    refused(dti("report", "Atlantis", "--output", tmp_path), '"Atlantis" is not known')
    after = read_manifest(open_store(tmp_path))
    assert after.finished == before.finished
    assert (after.run.status, after.reports) == ("refused", before.reports)
    assert '"Atlantis" is not known' in after.run.reason
    told = status()
    assert told.exit_code == 2
    assert '"Atlantis" is not known' in told.stdout
    assert f"The last run that came to its end ended {before.finished.ended}" in told.stdout
    day = f"{NOW - timedelta(days=9):%Y-%m-%d}"
    vietnamese, english = read_pages(tmp_path)
    assert f'<p class="bad" id="notice">Not updated since {day}: ' in english
    assert '<p class="bad" id="notice">Chưa cập nhật kể từ ngày ' in vietnamese
    assert NOTICE not in vietnamese + english
    assert dti("report", "Atlantis", "--output", tmp_path).exit_code == 2
    assert read_pages(tmp_path) == [vietnamese, english]


def test_a_good_run_takes_the_notice_away_though_it_has_nothing_to_make(dti, tmp_path):
    notebook, output = write_notebook(tmp_path / "n.ipynb"), tmp_path / "out"
    arguments = ["report", "--notebook", notebook, "--output", output]
    assert dti(*arguments).exit_code == 0
    good = (output / "index.html").read_text("utf-8")
    assert NOTICE in good
    assert dti(*arguments, "-p", "draws=many").exit_code == 2
    assert "Not updated since" in (output / "index.html").read_text("utf-8")
    assert dti(*arguments).exit_code == 0
    assert (output / "index.html").read_text("utf-8") == good
    assert dti("status", "--output", output).exit_code == 0


def test_a_refused_run_leaves_nothing_where_nothing_is_on_record(dti, tmp_path):
    output = tmp_path / "out"
    assert dti("report", "Atlantis", "--output", output).exit_code == 2
    assert not output.exists()
    output.mkdir()
    assert dti("report", "Atlantis", "--output", output).exit_code == 2
    assert list_files(output) == set()


def test_a_refused_dry_run_and_one_beside_a_run_at_work_are_not_on_record(dti, tmp_path):
    before = write_record(tmp_path, a="built")
    arguments = ["report", "Atlantis", "--output", tmp_path]
    assert dti(*arguments, "--dry-run").exit_code == 2
    with locked(tmp_path):
        assert "Atlantis" in dti(*arguments).stderr
        busy = dti("report", "Huế", "--output", tmp_path)
    assert busy.exit_code == 2
    assert "another run is writing here" in busy.stderr
    assert read_manifest(open_store(tmp_path)) == before


def test_a_disk_that_takes_no_record_does_not_hide_why_a_run_was_refused(
    dti, tmp_path, refused, monkeypatch
):
    before = write_record(tmp_path, a="built")

    def put(*_):
        raise OutputError("No space left on device")

    monkeypatch.setattr(Store, "put", put)
    refused(dti("report", "Atlantis", "--output", tmp_path), '"Atlantis" is not known')
    assert read_manifest(open_store(tmp_path)) == before


def test_what_broke_a_run_off_is_on_record_once(tmp_path):
    manifest = write_record(tmp_path, a="built")
    store, run = open_store(tmp_path), Run("b2", stamp(NOW))
    record_stop(store, run, DataError("first"))
    record_stop(store, run, DataError("second"))
    after = read_manifest(store)
    assert (after.run.id, after.run.status, after.run.reason) == ("b2", "refused", "first")
    assert after.finished == manifest.finished
    record_stop(store, Run("c3", stamp(NOW)), KeyboardInterrupt())
    after = read_manifest(store)
    assert (after.run.id, after.run.status, after.run.reason) == ("c3", "interrupted", None)


def test_a_refused_run_is_an_event_of_its_own(dti, tmp_path):
    told = dti("report", "Atlantis", "--output", tmp_path, "--log-json")
    assert told.exit_code == 2
    (event,) = map(json.loads, told.stderr.splitlines())
    assert event["event"] == "refused"
    assert '"Atlantis" is not known' in event["reason"]
    assert datetime.fromisoformat(event["time"]).tzinfo


@pytest.fixture
def over(dti, tmp_path):
    """Make reports of a notebook over rows of a table."""
    notebook = write_notebook(tmp_path / "n.ipynb", "assert draws")

    def over(*draws, options=(), table="t.csv"):
        (tmp_path / table).write_text("\n".join(["draws", *map(str, draws)]), encoding="utf-8")
        arguments = ["report", "--notebook", notebook, "--over", tmp_path / table]
        return dti(*arguments, "--output", tmp_path / "out", *options)

    return over


def test_reports_that_are_no_longer_planned_are_marked_and_removed_if_asked(
    over, dti, tmp_path, refused
):
    output = tmp_path / "out"
    assert over(1, 2, 0, options=["--retries", 0]).exit_code == 1  # 0 fails
    everything = list_files(output)
    assert {"2.html", "2.ipynb", "0.failed.ipynb"} <= everything
    # A part of what is planned says nothing of the rest.
    assert dti("report", "--notebook", tmp_path / "n.ipynb", "--output", output).exit_code == 0
    assert all(about.is_planned for about in read_manifest(open_store(output)).reports.values())
    (output / "mine.txt").write_text("not on record")
    assert over(1).exit_code == 0
    assert list_files(output) == {*everything, "mine.txt", "n.html", "n.ipynb"}
    page = (output / "index.html").read_text(encoding="utf-8")
    assert page.count("no longer planned") == 3
    told = dti("status", "--output", output)
    assert told.exit_code == 0
    assert told.stdout.count("no longer planned") == 3
    assert over(1, options=["--dry-run", "--prune"]).stdout.splitlines() == [
        *(f"{stem}: no longer planned; would be removed" for stem in "02n"),
        "0 of 1 reports would be made.",
    ]
    assert "2.html" in list_files(output)
    part = dti("report", "--notebook", tmp_path / "n.ipynb", "--output", output, "--prune")
    refused(part, "--prune would remove what others plan")
    assert over(1, options=["--prune"]).exit_code == 0
    assert list_files(output) == {*["1.html", "1.ipynb", "index.html", "manifest.json"], "mine.txt"}
    assert "no longer planned" not in (output / "index.html").read_text(encoding="utf-8")
    assert set(read_manifest(open_store(output)).reports) == {"1"}


def test_a_report_that_is_planned_again_is_so_on_record(over, tmp_path):
    assert over(1, 2).exit_code == 0
    for rows, planned in (([1], [True, False]), ([1, 2], [True, True])):
        assert over(*rows).exit_code == 0
        reports = read_manifest(open_store(tmp_path / "out")).reports
        assert [reports[stem].is_planned for stem in "12"] == planned


def test_files_that_a_report_shares_with_one_that_stays_are_not_pruned(tmp_path):
    store, build = open_store(tmp_path), describe_inputs(find_root())
    files = {MIME: {"-n.csv": "1"}}
    cell = f"from IPython.display import display; display({files}, raw=True)"
    notebook = write_notebook(tmp_path / "n.ipynb", cell)
    both = (
        Job(notebook, {}, "a", "A", "vi", "a"),
        Job(notebook, {}, "a.en", "A", "en", "a"),
    )
    run_plan(Plan(both, None, build, tmp_path, is_whole=True), tmp_path)
    for about in read_manifest(store).reports.values():
        assert "a-n.csv" in about.list_files()
    plan = Plan(both[:1], None, build, tmp_path, is_whole=True)
    run_plan(plan, tmp_path, Options(is_pruning=True))
    assert list_files(tmp_path) == {"a.html", "a.ipynb", "a-n.csv", "n.ipynb", "manifest.json"}


@pytest.mark.parametrize(
    ("arguments", "is_whole"),
    [
        ({}, True),
        ({"names": ["Huế"]}, False),
        ({"basis": "34"}, False),
        ({"languages": ["vi"]}, False),
        ({"settings": Settings(2023, 100, 1)}, False),
    ],
)
def test_only_all_by_itself_is_the_whole_plan(arguments, is_whole):
    usual = {"names": [], "basis": None, "settings": Settings(None, 100, 1)}
    plan = plan_project(**{**usual, **arguments})
    assert (plan.is_whole, plan.timeout) == (is_whole, 120)


def test_what_a_row_at_fault_does_not_touch_is_made_if_asked(over, dti, tmp_path, refused):
    output = tmp_path / "out"
    refused(over(1, "many", 3), "row 3: parameter draws", "many")
    assert not output.exists()
    told = over(1, "many", 3, options=["--keep-going"])
    assert told.exit_code == 1
    assert "row 3: parameter draws" in told.stderr
    assert {"1.html", "3.html"} <= list_files(output)
    (fault,) = read_manifest(open_store(output)).run.faults
    assert "row 3: parameter draws" in fault
    status = dti("status", "--output", output)
    assert status.exit_code == 1
    assert "row 3: parameter draws" in status.stdout
    # Nobody knows whose row it is, so no report is taken to be no longer planned.
    assert over(1, "many", options=["--keep-going"]).exit_code == 1
    assert all(about.is_planned for about in read_manifest(open_store(output)).reports.values())
    refused(over(1, "many", options=["--keep-going", "--prune"]), "--prune")
    refused(over("many", "more", options=["--keep-going"]), "row 2", "row 3")


def test_names_that_are_not_known_are_told_and_the_others_planned_if_asked():
    settings = Settings(None, 100, 1)
    plan = plan_project(["Huế", "Atlantis", "Lai Châu"], "34", settings, is_lenient=True)
    assert [job.stem for job in plan.jobs if job.language == "vi"] == [
        "34/46-hue",
        "34/12-lai-chau",
    ]
    (fault,) = plan.faults
    assert '"Atlantis" is not known' in fault
    with pytest.raises(DataError, match='"Atlantis" is not known'):
        plan_project(["Atlantis"], "34", settings, is_lenient=True)


def test_a_job_at_fault_costs_its_own_report_if_asked(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb")
    reports = [Job(notebook, {"draws": draws}, str(draws), "N") for draws in (1, -1)]
    with pytest.raises(DataError, match="draws must be from 0"):
        run_jobs(reports, tmp_path / "out")
    outcomes = run_jobs(reports, tmp_path / "out", options=Options(is_lenient=True))
    assert [outcome.status for outcome in outcomes] == ["built", "failed"]
    assert "draws must be from 0" in outcomes[1].error
    run = read_manifest(open_store(tmp_path / "out")).run
    assert run.faults == (outcomes[1].error,)
    assert (run.built, run.failed) == (1, 1)


@pytest.mark.parametrize(
    ("cell", "attempts"),
    [
        ("import dti_analysis as dti\ndti.load_index().find('Atlantis')", 1),
        ("raise ValueError('bad luck')", 2),
        ("raise TimeoutError('the server is slow')", 2),
    ],
)
def test_a_fault_of_the_input_is_not_tried_again(tmp_path, cell, attempts):
    job = Job(write_notebook(tmp_path / "n.ipynb", cell), {}, "n", "N")
    (outcome,) = run_jobs([job], tmp_path / "out", options=Options(retries=1))
    assert (outcome.status, outcome.attempts) == ("failed", attempts)


def test_a_command_of_ones_own_limit_is_the_limit(dti, tmp_path, monkeypatch):
    seen = []

    def run_plan(plan, output, options, progress, pool):
        seen.append(options.timeout)
        return []

    monkeypatch.setattr("dti_analysis.batch.command.run_plan", run_plan)
    notebook = ["--notebook", write_notebook(tmp_path / "n.ipynb")]
    for arguments in (["Huế"], notebook, ["Huế", "--timeout", 0], [*notebook, "--timeout", 5]):
        assert dti("report", *arguments, "--output", tmp_path / "out").exit_code == 0
    assert seen == [120, 600, 0, 5]
