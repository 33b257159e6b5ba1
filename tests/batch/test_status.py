"""What operators are told: `dti status`, runs that were refused or broken off, what is no more."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from notebook_files import list_files, write_notebook

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.list_page import render_list
from dti_analysis.batch.manifest import Manifest, Output, Record, Report, Run, read_manifest, stamp
from dti_analysis.batch.stopping import record_stop
from dti_analysis.batch.store import Store, open_store
from dti_analysis.errors import DataError, OutputError
from dti_analysis.files import locked
from dti_analysis.project import find_root

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


@pytest.mark.parametrize("age", ["8", "d", "-1d", "0d", "1.5d", "8 d", "٣d", "9999999d", "8w", ""])
def test_an_age_that_is_none_is_refused(status, tmp_path, refused, age):
    write_record(tmp_path, a="built")
    refused(status("--max-age", age), "--max-age", "8d")


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
