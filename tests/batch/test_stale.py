"""Only what changed is made again, and it is said why."""

import dataclasses
import io
import subprocess
import sys

import pytest
from click.testing import CliRunner
from notebook_files import list_files, read_files, write_notebook
from running import run_jobs

from dti_analysis import cli
from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.manifest import read_manifest
from dti_analysis.batch.options import Options
from dti_analysis.batch.plan import Plan
from dti_analysis.batch.progress import Progress
from dti_analysis.batch.runner import list_due, run_plan
from dti_analysis.batch.stale import find_due
from dti_analysis.batch.store import open_store
from dti_analysis.errors import DataError
from dti_analysis.files import hash_content
from dti_analysis.root import find_root

BUILD = describe_inputs(find_root())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A notebook, its job, and the report that is there already."""
    folder = tmp_path_factory.mktemp("made")
    job = Job(write_notebook(folder / "n.ipynb", "print(draws)"), {"draws": 7}, "sub/n", "N")
    assert run_jobs([job], folder / "out", build=BUILD)[0].status == "built"
    return folder, job


@pytest.fixture
def restored(made):
    """The same, put back afterwards."""
    folder, job = made
    before = read_files(folder)
    yield folder, job
    for name, content in before.items():
        (folder / name).write_bytes(content)


def reason(folder, job, build=BUILD, **options):
    (task,) = list_due(Plan((job,), None, build, ""), folder / "out", Options(**options))
    return task.reason


def test_with_nothing_changed_nothing_is_done(made, monkeypatch):
    folder, job = made
    before = {name: (folder / name).stat().st_mtime_ns for name in list_files(folder)}
    monkeypatch.setattr("dti_analysis.batch.runner.Pool", None)
    (outcome,) = run_jobs([job], folder / "out", build=BUILD)
    assert outcome.status == "unchanged"
    after = {name: (folder / name).stat().st_mtime_ns for name in list_files(folder)}
    assert {name for name in after if after[name] != before[name]} == {"out/manifest.json"}


def test_a_run_with_nothing_to_do_does_not_even_import_what_runs_notebooks(tmp_path):
    arguments = ["report", "Lai Châu", "--basis", "63", "--draws", "100", "--lang", "vi"]
    arguments += ["--output", str(tmp_path)]
    assert CliRunner().invoke(cli.main, arguments).exit_code == 0
    code = (
        "import sys\nfrom dti_analysis.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        "heavy = {'papermill', 'nbconvert', 'jupyter_client', 'joblib', 'matplotlib', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert "1 reports: 0 built, 1 unchanged, 0 failed" in done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.fixture
def reading(restored):
    """The report, with two files on record that its notebook read."""
    folder, job = restored
    store = open_store(folder / "out")
    manifest = read_manifest(store)
    files = {}
    for name in ("data.txt", "../other.txt"):
        (job.notebook.parent / name).write_text(name)
        files[name] = hash_content(name.encode())
    manifest.reports[job.stem] = dataclasses.replace(manifest.reports[job.stem], files=files)
    manifest.save(store)
    return folder, job


def test_a_file_that_was_read_and_changed_or_vanished_is_told(reading):
    folder, job = reading
    assert reason(folder, job) is None
    (folder / "../other.txt").write_text("changed")
    assert reason(folder, job) == "changed: ../other.txt"
    (folder / "data.txt").unlink()
    assert reason(folder, job) == "gone: data.txt"
    (folder / "data.txt").mkdir()
    assert reason(folder, job) == "changed: data.txt"
    (folder / "data.txt").rmdir()


def test_a_file_that_many_reports_read_is_summed_up_once(reading, monkeypatch):
    folder, job = reading
    manifest = read_manifest(open_store(folder / "out"))
    jobs = [dataclasses.replace(job, stem=f"sub/{number}") for number in range(9)]
    manifest.reports |= {other.stem: manifest.reports[job.stem] for other in jobs}
    read = []

    def sum_up(file):
        read.append(file)
        return hash_content(file.read_bytes())

    monkeypatch.setattr("dti_analysis.batch.stale.hash_read", sum_up)
    tasks = find_due(jobs, manifest, open_store(folder / "out"), BUILD)
    assert {task.reason for task in tasks} == {None}
    assert len(read) == len(set(read)) == 2


def test_what_is_not_there_is_new(made):
    folder, job = made
    assert reason(folder, dataclasses.replace(job, stem="other")) == "new"
    assert reason(folder, job) is None


def test_a_changed_parameter_or_title_is_told(made):
    folder, job = made
    changed = "changed: parameters"
    assert reason(folder, dataclasses.replace(job, parameters={"draws": 8})) == changed
    assert reason(folder, dataclasses.replace(job, title="M")) == changed
    assert reason(folder, dataclasses.replace(job, language="vi")) == changed


@pytest.mark.parametrize("field", ["data", "library", "versions"])
def test_a_changed_source_is_told(made, field):
    folder, job = made
    value = {"numpy": "0"} if field == "versions" else "0" * 64
    other = dataclasses.replace(BUILD, **{field: value})
    assert reason(folder, job, other) == f"changed: {field}"
    # A commit that leaves the library as it was is no change.
    assert reason(folder, job, dataclasses.replace(BUILD, commit="other")) is None


def test_a_changed_notebook_is_told(restored):
    folder, job = restored
    write_notebook(job.notebook, "print(draws + 1)")
    assert reason(folder, job) == "changed: notebook"


@pytest.mark.parametrize("ending", ["html", "ipynb"])
def test_a_missing_or_altered_file_is_told(restored, ending):
    folder, job = restored
    file = folder / f"out/sub/n.{ending}"
    file.write_bytes(file.read_bytes()[:-1] + b" ")
    assert reason(folder, job) == f"missing or altered: sub/n.{ending}"
    file.unlink()
    assert reason(folder, job) == f"missing or altered: sub/n.{ending}"


def test_force_makes_all(made):
    folder, job = made
    assert reason(folder, job, is_forced=True) == "forced"


def test_a_failure_is_tried_again_by_the_next_run(tmp_path):
    job = Job(write_notebook(tmp_path / "n.ipynb", "1 / 0"), {}, "n", "N")
    run_jobs([job], tmp_path / "out", build=BUILD, options=Options(retries=0))
    assert reason(tmp_path, job) == "failed last time"


class Stopped(Progress):
    """Stops the run after some reports, as Ctrl-C does; all that ended are in `ended`."""

    def __init__(self, most):
        super().__init__(io.StringIO())
        self.ended, self.most = [], most

    def end(self, outcome):
        self.ended.append(outcome.job.stem)
        if len(self.ended) == self.most:
            raise KeyboardInterrupt


def test_a_run_that_was_stopped_after_20_of_200_redoes_none_of_them(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb")
    jobs = [
        Job(notebook, {"draws": n}, f"{n}{end}", "N", language, str(n))
        for language, end in (("vi", ""), ("en", ".en"))
        for n in range(100)
    ]
    first, second = Stopped(20), Stopped(None)
    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, tmp_path / "out", build=BUILD, progress=first)
    manifest = read_manifest(open_store(tmp_path / "out"))
    assert manifest.run.status == "interrupted"
    made = set(manifest.reports)
    assert made >= set(first.ended)
    before = {name: (tmp_path / "out" / f"{name}.html").stat().st_mtime_ns for name in made}
    outcomes = run_jobs(jobs, tmp_path / "out", build=BUILD, progress=second)
    assert [outcome.error for outcome in outcomes] == [None] * 200
    assert len(second.ended) == 200 - len(made)
    assert not made & set(second.ended)
    for name, moment in before.items():
        page = tmp_path / "out" / f"{name}.html"
        assert page.stat().st_mtime_ns == moment
        assert f'href="{name}.en.html"' in page.read_text(encoding="utf-8")


def test_a_link_to_a_translation_that_failed_is_taken_away_once(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "assert draws")
    jobs = [
        Job(notebook, {"draws": 1}, "n", "N", "vi", "n"),
        Job(notebook, {"draws": 0}, "n.en", "N", "en", "n"),
    ]
    page = tmp_path / "out/n.html"
    statuses = ["built", "unchanged"]
    moments = set()
    for status in statuses:
        options = Options(retries=0)
        outcomes = run_jobs(jobs, tmp_path / "out", build=BUILD, options=options)
        assert [outcome.status for outcome in outcomes] == [status, "failed"]
        assert "n.en.html" not in page.read_text(encoding="utf-8")
        moments.add(page.stat().st_mtime_ns)
    assert len(moments) == 1


def test_the_older_report_of_one_that_fails_links_no_page_that_is_gone(tmp_path):
    out = tmp_path / "out"
    notebook = write_notebook(tmp_path / "n.ipynb")
    other = Job(notebook, {}, "other", "O")
    first = Job(notebook, {}, "first", "F", related={"other": "The other"})
    run_jobs([first, other], out, build=BUILD)
    executed = (out / "first.ipynb").read_bytes()
    assert 'href="other.html"' in (out / "first.html").read_text(encoding="utf-8")
    write_notebook(notebook, "1 / 0")
    plan, pages = Plan((first,), None, BUILD, "", is_whole=True), set()
    for _ in range(2):
        (outcome,) = run_plan(plan, out, Options(retries=0, is_pruning=True))
        record = read_manifest(open_store(out)).reports["first"]
        assert outcome.error == record.error == "ZeroDivisionError: division by zero"
        assert (outcome.status, record.status) == ("failed", "failed")
        assert "1 / 0" in (out / record.failed_notebook).read_text(encoding="utf-8")
        pages.add((out / "first.html").stat().st_mtime_ns)
    assert "other.html" not in (out / "first.html").read_text(encoding="utf-8")
    assert (out / "first.ipynb").read_bytes() == executed
    assert len(pages) == 1


def test_a_dry_run_says_what_and_why_and_writes_nothing(tmp_path):
    output = tmp_path / "out"
    arguments = ["report", "Huế", "--dry-run", "--output", str(output)]
    result = CliRunner().invoke(cli.main, arguments)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "34/46-hue: new",
        "63/46-thua-thien-hue: new",
        "34/46-hue.en: new",
        "63/46-thua-thien-hue.en: new",
        "4 of 4 reports would be made.",
    ]
    assert not output.exists()


def test_a_record_of_something_else_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "a web app"}')
    job = Job(write_notebook(tmp_path / "n.ipynb"), {}, "n", "N")
    with pytest.raises(DataError, match=r"manifest.json: not a record of reports .*Remove it"):
        run_jobs([job], tmp_path, build=BUILD)


def test_data_that_change_meanwhile_are_not_mixed(tmp_path):
    job = Job(write_notebook(tmp_path / "n.ipynb"), {}, "n", "N")
    other = dataclasses.replace(BUILD, data="0" * 64)
    (outcome,) = run_jobs([job], tmp_path / "out", build=other, options=Options(retries=0))
    assert outcome.error == ("RuntimeError: the raw tables are not those that the run began with")
