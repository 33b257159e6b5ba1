"""manifest.json, `dti status`, and what a run tells while it runs."""

import hashlib
import io
import json
from datetime import datetime

import jsonschema
import nbformat
import pytest
from click.testing import CliRunner
from notebook_files import write_notebook

from dti_analysis import cli
from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.batch.progress import Progress, _BarProgress, _JsonProgress, choose_progress
from dti_analysis.batch.runner import run_jobs
from dti_analysis.project import PACKAGE, find_root


class Terminal(io.StringIO):
    def isatty(self):
        return True


class All(Progress):
    """Passes on to all kinds of progress."""

    def __init__(self):
        kinds = (_BarProgress, _JsonProgress, Progress)
        self.told = dict(zip(kinds, (Terminal(), io.StringIO(), io.StringIO()), strict=True))
        self.kinds = [kind(stream) for kind, stream in self.told.items()]
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


def test_the_record_is_as_its_schema_says(manifest):
    schema = json.loads((PACKAGE.parent / "docs/manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(manifest)


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
    assert older["report"]["run"] < run["id"] == older["run"]
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
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert ", finished " in lines[0]
    assert "Reports 3: 1 good, 2 failed" in lines
    assert "  bad: AssertionError: too many (tried 2×)" in lines
    (older,) = [line for line in lines if line.startswith("  older:")]
    assert "(tried 2×; an older report is of 20" in older


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
    lines = folder[1][Progress].splitlines()
    assert sorted(line.partition("]")[0] for line in lines if line.startswith("[")) == [
        *["[1/3", "[2/3", "[3/3"]
    ]
    assert sum("trying again" in line for line in lines) == 2
    assert "\r" not in folder[1][Progress]


def test_json_is_an_object_a_line(folder):
    events = [json.loads(line) for line in folder[1][_JsonProgress].splitlines()]
    assert events[0] == {"event": "start", "reports": 3}
    assert {event["report"] for event in events if event["event"] == "begin"} == {
        *["good", "older", "bad"]
    }
    (bad,) = [e for e in events if e["event"] == "end" and e["report"] == "bad"]
    assert (bad["status"], bad["attempts"], bad["error"]) == (
        *["failed", 2, "AssertionError: too many"],
    )
    assert events[-1]["event"] == "summary"


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
