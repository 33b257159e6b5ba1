"""manifest.json, `dti status`, and what a run tells while it runs."""

import hashlib
import io
import json
import re
import shutil
from datetime import datetime
from pathlib import Path

import jsonschema
import nbformat
import pytest
from click.testing import CliRunner
from notebook_files import write_notebook
from running import run_jobs

from dti_analysis import cli
from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.manifest import Run, read_manifest
from dti_analysis.batch.options import Options
from dti_analysis.batch.progress import Progress, _BarProgress, _JsonProgress, choose_progress
from dti_analysis.batch.store import open_store
from dti_analysis.errors import DataError
from dti_analysis.root import PACKAGE, find_root

LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [0-9a-f]{8}) (.*)")
OLD = Path(__file__).parents[1] / "data/manifest_1.json"


class Terminal(io.StringIO):
    def isatty(self):
        return True


class All(Progress):
    """Passes on to all kinds of progress."""

    def __init__(self):
        kinds = (_BarProgress, _JsonProgress, Progress)
        self.told = dict(zip(kinds, (Terminal(), io.StringIO(), io.StringIO()), strict=True))
        self.kinds = [kind(stream) for kind, stream in self.told.items()]
        self.run = self.kinds[0].run
        for name in ("start", "begin", "retry", "end", "note", "close"):
            setattr(self, name, self._pass_on(name))

    def _pass_on(self, name):
        return lambda *given: [getattr(progress, name)(*given) for progress in self.kinds]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Reports: one good, one failed after a good one, one failed from the start."""
    folder = tmp_path_factory.mktemp("record")
    notebook = write_notebook(folder / "n.ipynb", "seed = 1", "assert draws < 9, 'too many'")
    titles = {"good": "Huế: good", "older": "Older: then good", "bad": "Bad"}

    def run(progress, **draws):
        jobs = [Job(notebook, {"draws": n}, stem, titles[stem]) for stem, n in draws.items()]
        run_jobs(jobs, folder / "out", options=Options(retries=1, n_jobs=2), progress=progress)

    run(All(), older=1)
    progress = All()
    run(progress, good=1, older=9, bad=10)
    told = {kind: stream.getvalue() for kind, stream in progress.told.items()}
    return folder / "out", told


@pytest.fixture
def manifest(folder):
    return json.loads((folder[0] / "manifest.json").read_text(encoding="utf-8"))


def validate(told):
    schema = json.loads((PACKAGE.parent / "docs/manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(told)


def test_the_record_is_as_its_schema_says(manifest):
    validate(manifest)


def test_each_report_is_a_line_of_the_record(folder, manifest):
    lines = (folder[0] / "manifest.json").read_text(encoding="utf-8").splitlines()
    for stem in manifest["reports"]:
        assert sum(line.startswith(f'"{stem}": ') for line in lines) == 1


def test_a_record_of_the_first_schema_is_read(tmp_path):
    shutil.copy(OLD, tmp_path / "manifest.json")
    manifest = read_manifest(open_store(tmp_path))
    assert manifest.finished == manifest.run
    assert (manifest.run.status, manifest.run.built) == ("finished", 2)
    assert {stem: about.status for stem, about in manifest.reports.items()} == {
        **{"good": "built", "good.en": "built", "older": "failed"}
    }
    assert manifest.reports["good"].report.links == ("en",)
    validate(json.loads(manifest.to_json()))
    manifest.save(open_store(tmp_path))
    assert read_manifest(open_store(tmp_path)) == manifest


def change(*path):
    """Put the last in the place that the others lead to."""
    told = json.loads(OLD.read_text(encoding="utf-8"))
    *place, name, value = path
    at = told
    for step in place:
        at = at[step]
    at[name] = value
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Expecting value"),
        (b"[]", "schema"),
        (b"null", "schema null"),
        (b"{", "Expecting"),
        (b"[" * 100_000, "recursion"),
        (b"\xff\xfe", "decode"),
        (b'{"schema": 2, "schema": 2}', 'the key "schema" stands twice'),
        (b'{"schema": NaN}', "NaN is no number"),
        (b'{"schema": 2}', "is missing"),
        (OLD.read_bytes()[:900], "Unterminated|Expecting"),
        (change("schema", 3), "schema 3, expected 2"),
        (change("reports", []), r"reports is \[\], expected dict"),
        (change("reports", None), "reports is null"),
        (change("reports", "good", 5), "reports.good is 5"),
        (change("reports", "../good", {}), "leads out of the folder"),
        (change("reports", "good", "title", 5), "reports.good.title is 5, expected str"),
        (change("reports", "good", "title", "\ud800"), "surrogates"),
        (change("reports", "good", "parameters", {"a": ["\ud800"]}), "surrogates"),
        (change("reports", "good", "status", "fine"), 'status "fine", expected built or failed'),
        (change("reports", "good", "wish", 5), "reports.good.wish is not known"),
        (change("reports", "good", {}), "reports.good.title is missing"),
        (change("reports", "good", "report", "outputs", {}), "outputs is {}"),
        (
            change("reports", "good", "report", "outputs", 0, "path", "../../x"),
            r'outputs\[\].path "../../x" leads out of the folder',
        ),
        (change("reports", "good", "report", "built", "yesterday"), "yesterday"),
        (change("run", "ended", "2026-01-02T03:04:05"), "has no time zone"),
        (change("run", 5), "run is 5"),
        (change("pages", {"index.html": None}), "pages.index.html is null"),
    ],
)
def test_a_record_of_any_other_shape_is_refused_with_one_message(tmp_path, content, words):
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(DataError, match="not a record of reports") as refused:
        read_manifest(open_store(tmp_path))
    assert re.search(words, str(refused.value))
    assert len(str(refused.value)) < 400
    assert str(refused.value).endswith("Remove it to make all reports anew.")


def span(begun, ended):
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds()


def test_the_record_tells_what_was_run_and_what_came_of_it(folder, manifest):
    run, reports = manifest["run"], manifest["reports"]
    build = describe_inputs(find_root())
    assert (run["data"], run["library"], run["commit"]) == (
        build.data,
        build.library,
        build.commit,
    )
    assert run["versions"]["numpy"]
    assert (run["built"], run["unchanged"], run["failed"]) == (1, 0, 2)
    assert run["started"] < run["ended"]
    good, older, bad = (reports[stem] for stem in ("good", "older", "bad"))
    assert (good["status"], good["parameters"], good["attempts"]) == ("built", {"draws": 1}, 1)
    assert good["report"]["key"] == good["key"]
    assert good["seconds"] == pytest.approx(span(good["started"], good["ended"]), abs=0.002)
    cells = nbformat.read(folder[0] / "good.ipynb", as_version=4).cells
    stamps = [cell.metadata["papermill"] for cell in cells]
    in_cells = sum(span(about["start_time"], about["end_time"]) for about in stamps)
    assert good["cell_seconds"] == pytest.approx(in_cells, abs=0.001)
    assert older["status"] == bad["status"] == "failed"
    assert older["report"]["run"] != run["id"] == older["run"]
    assert manifest["finished"] == run
    assert bad["report"] is None
    assert (bad["error"], bad["attempts"]) == ("AssertionError: too many", 2)


def test_the_files_on_record_are_the_files(folder, manifest):
    outputs = [
        o for r in manifest["reports"].values() for o in (r["report"] or {"outputs": []})["outputs"]
    ]
    assert len(outputs) == 4
    for output in outputs:
        content = (folder[0] / output["path"]).read_bytes()
        assert output["bytes"] == len(content)
        assert output["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_same_facts_stand_at_the_foot_of_a_report(folder, manifest):
    html = (folder[0] / "good.html").read_text(encoding="utf-8")
    foot = html[html.index("<footer>") :]
    assert manifest["run"]["data"][:16] in foot
    assert manifest["run"]["library"][:16] in foot
    assert f"numpy {manifest['run']['versions']['numpy']}" in foot
    assert "draws = 1" in foot


def test_status_tells_failures_with_their_reason(folder):
    result = CliRunner().invoke(cli.main, ["status", "--output", str(folder[0])])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert ": finished " in lines[0]
    assert "Reports 3: 1 good, 2 failed" in lines
    assert "  bad: AssertionError: too many (tried 2×; see bad.failed.ipynb)" in lines
    (older,) = [line for line in lines if line.startswith("  older:")]
    assert "(tried 2×; an older report is of 20" in older
    assert older.endswith("; see older.failed.ipynb)")


def test_status_in_json_is_the_record(folder, manifest):
    result = CliRunner().invoke(cli.main, ["status", "--json", "--output", str(folder[0])])
    assert json.loads(result.stdout) == manifest


def test_status_of_nothing_is_refused(tmp_path):
    result = CliRunner().invoke(cli.main, ["status", "--output", str(tmp_path)])
    assert result.exit_code == 2
    assert "Make reports first: dti report --all" in result.stderr


def test_there_is_one_bar_with_what_is_in_work(folder):
    told = folder[1][_BarProgress]
    assert "0/3" in told
    assert "3/3" in told
    assert "Huế, Older" in told
    assert "bad: failed in" in told
    assert "good: built" not in told
    assert told.rstrip().splitlines()[-1].startswith("3 reports: 1 built, 0 unchanged, 2 failed")


def test_without_a_terminal_there_is_a_line_for_each_report(folder):
    lines = [LINE.fullmatch(line)[2] for line in folder[1][Progress].splitlines()]
    assert sorted(line.partition("]")[0] for line in lines if line.startswith("[")) == [
        *["[1/3", "[2/3", "[3/3"]
    ]
    assert sum("trying again" in line for line in lines) == 2
    assert "\r" not in folder[1][Progress]


def test_json_is_an_object_a_line(folder):
    events = [json.loads(line) for line in folder[1][_JsonProgress].splitlines()]
    assert events[0] == {
        **{name: events[0][name] for name in ("time", "run")},
        **{"event": "start", "reports": 3},
    }
    assert len({event["run"] for event in events}) == 1
    assert all(datetime.fromisoformat(event["time"]).tzinfo for event in events)
    assert {event["report"] for event in events if event["event"] == "begin"} == {
        *["good", "older", "bad"]
    }
    (bad,) = [e for e in events if e["event"] == "end" and e["report"] == "bad"]
    assert (bad["status"], bad["attempts"], bad["error"]) == (
        *["failed", 2, "AssertionError: too many"],
    )
    assert events[-1]["event"] == "summary"


def test_a_terminal_is_told_of_a_run_with_nothing_to_do():
    stream = Terminal()
    choose_progress(stream).close(Run("a1", "", unchanged=3, seconds=0.04))
    assert stream.getvalue() == "3 reports: 0 built, 3 unchanged, 0 failed, in 0.0 s.\n"


def test_the_progress_suits_the_stream():
    assert type(choose_progress(Terminal())) is _BarProgress
    assert type(choose_progress(io.StringIO())) is Progress
    assert type(choose_progress(Terminal(), is_json=True)) is _JsonProgress


@pytest.mark.parametrize("kind", [Progress, _JsonProgress])
def test_nothing_told_steers_the_terminal(kind):
    stream = io.StringIO()
    kind(stream).note("x\x1b[31m\u202e\x9by")
    told = stream.getvalue()
    assert told.isprintable() or told.removesuffix("\n").isprintable()
    if kind is _JsonProgress:
        assert json.loads(told)["text"] == "x\x1b[31m\u202e\x9by"


def test_json_alone_is_told_on_request(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb")
    arguments = ["report", "--notebook", str(notebook), "--output", str(tmp_path / "out")]
    result = CliRunner().invoke(cli.main, [*arguments, "--log-json"])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert [json.loads(line)["event"] for line in result.stderr.splitlines()] == [
        *["start", "begin", "end", "summary"]
    ]
