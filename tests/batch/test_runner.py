import io
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from notebook_files import list_files, write_notebook
from running import run_jobs

from dti_analysis.batch.inputs import describe_inputs, read_commit
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.batch.progress import Progress
from dti_analysis.errors import DataError
from dti_analysis.root import find_root

SHOW_PICTURE = """\
import base64
from IPython.display import display
alt = {"image/png": {"alt": f"Ranks of {province}"}}
data = {"image/png": base64.b64encode(b"picture").decode()}
display(data, raw=True, metadata=alt)"""


def run(job: Job, output: Path, **options):
    (outcome,) = run_jobs([job], output, options=Options(retries=0, **options))
    return outcome


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    """Two good jobs, one that raises and one that kills its kernel, at once on two workers."""
    folder = tmp_path_factory.mktemp("batch")
    good = write_notebook(folder / "good.ipynb", SHOW_PICTURE, "print('draws:', draws)")
    raising = write_notebook(folder / "raising.ipynb", "print('so far')", "{}['rank of Huế']")
    dying = write_notebook(folder / "dying.ipynb", "import os; os._exit(1)")
    output = folder / "reports"
    (output / "63").mkdir(parents=True)
    for stem in ("63/raising", "63/dying"):
        (output / f"{stem}.html").write_text("previous page")
        (output / f"{stem}.ipynb").write_text("previous notebook")
    jobs = [
        Job(raising, {}, "63/raising", "Raising"),
        Job(good, {"province": "Bà Rịa - Vũng Tàu", "draws": 4321}, "63/good", "Good", "vi"),
        Job(dying, {}, "63/dying", "Dying"),
        Job(good, {}, "overview", "Overview"),
    ]
    told = io.StringIO()
    outcomes = run_jobs(
        jobs,
        output,
        options=Options(n_jobs=2, retries=0),
        progress=Progress(told),
    )
    return output, outcomes, told.getvalue()


def test_outcomes_come_in_the_order_of_the_jobs(batch):
    _, outcomes, _ = batch
    assert [outcome.job.title for outcome in outcomes] == ["Raising", "Good", "Dying", "Overview"]
    assert [outcome.status for outcome in outcomes] == ["failed", "built", "failed", "built"]
    assert all(outcome.seconds > 0 for outcome in outcomes)


def test_reasons_of_failures_are_told(batch):
    _, (raising, good, dying, _), _ = batch
    assert raising.error == "KeyError: 'rank of Huế'"
    assert dying.error == "ProcessDied: exit code 1"
    assert good.error is None


def test_progress_is_a_line_per_report_where_there_is_no_terminal(batch):
    *_, told = batch
    lines = told.splitlines()
    told = [line.split(" ", 2)[2] for line in lines]  # after the time and the run
    assert [line[:5] for line in told[:-1]] == ["[1/4]", "[2/4]", "[3/4]", "[4/4]"]
    assert told[-1].startswith("4 reports: 2 built, 0 unchanged, 2 failed, in ")
    assert sum("63/raising: failed" in line and "KeyError" in line for line in lines) == 1


def test_a_failure_keeps_the_previous_report_and_the_notebook_with_the_error(batch):
    output, *_ = batch
    for stem in ("63/raising", "63/dying"):
        assert (output / f"{stem}.html").read_text() == "previous page"
        assert (output / f"{stem}.ipynb").read_text() == "previous notebook"
    kept = nbformat.read(output / "63/raising.failed.ipynb", as_version=4)
    outputs = [output for cell in kept.cells for output in cell.get("outputs", [])]
    assert [output.get("text", output.get("ename")) for output in outputs] == [
        "so far\n",
        "KeyError",
    ]
    nbformat.validate(nbformat.read(output / "63/dying.failed.ipynb", as_version=4))


def test_nothing_unfinished_is_left(batch):
    output, *_ = batch
    assert list_files(output) == {
        "manifest.json",
        *["63/good.html", "63/good.ipynb", "overview.html", "overview.ipynb"],
        *["63/raising.html", "63/raising.ipynb", "63/raising.failed.ipynb"],
        *["63/dying.html", "63/dying.ipynb", "63/dying.failed.ipynb"],
    }
    assert [folder.name for folder in output.iterdir() if folder.is_dir()] == ["63"]


def test_page_shows_results_and_provenance_but_no_code(batch):
    output, *_ = batch
    html = (output / "63/good.html").read_text(encoding="utf-8")
    assert "draws: 4321" in html
    assert 'alt="Ranks of Bà Rịa - Vũng Tàu"' in html
    assert 'lang="vi"' in html
    assert 'href="../index.html"' in html
    assert f"sha256 {describe_inputs(find_root()).data[:16]}" in html
    assert "province = Bà Rịa - Vũng Tàu, draws = 4321" in html
    assert "b64encode" not in html
    assert 'href="index.html"' in (output / "overview.html").read_text(encoding="utf-8")


def test_executed_notebook_tells_its_parameters_and_no_path_of_this_machine(batch):
    output, *_ = batch
    text = (output / "63/good.ipynb").read_text(encoding="utf-8")
    metadata = json.loads(text)["metadata"]
    assert metadata["papermill"]["parameters"] == {"province": "Bà Rịa - Vũng Tàu", "draws": 4321}
    assert metadata["provenance"]["Data"] == f"sha256 {describe_inputs(find_root()).data[:16]}"
    assert str(output.parent) not in text
    assert "building" not in text


def test_a_later_success_removes_the_failed_notebook(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "assert draws == 11, draws")
    job = Job(notebook, {"draws": 12}, "n", "N")
    assert run(job, tmp_path / "out").error == "AssertionError: 12"
    assert list_files(tmp_path / "out") == {"n.failed.ipynb", "manifest.json"}
    assert run(Job(notebook, {"draws": 11}, "n", "N"), tmp_path / "out").status == "built"
    assert list_files(tmp_path / "out") == {"n.html", "n.ipynb", "manifest.json"}


def test_kernel_is_this_interpreter_in_the_folder_of_the_notebook(tmp_path, monkeypatch):
    impostor = tmp_path / "jupyter/kernels/python3/kernel.json"
    impostor.parent.mkdir(parents=True)
    spec = {"argv": ["false"], "display_name": "Python 3", "language": "python"}
    impostor.write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    notebook = write_notebook(
        tmp_path / "a folder/n.ipynb",
        "import os, sys; print(sys.executable, os.getcwd(), os.environ['OMP_NUM_THREADS'])",
    )
    assert run(Job(notebook, {}, "n", "N"), tmp_path / "out").error is None
    executed = nbformat.read(tmp_path / "out/n.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == f"{sys.executable} {notebook.parent} 1\n"


def test_what_is_printed_in_one_go_is_one_output_in_however_many_parts_it_comes(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import sys",
        "for n in range(3): print(n, flush=True), print(-n, file=sys.stderr, flush=True)\n"
        "display(3)\nprint(4, flush=True)\nprint(5)",
    )
    assert run(Job(notebook, {}, "n", "N"), tmp_path / "out").error is None
    executed = nbformat.read(tmp_path / "out/n.ipynb", as_version=4)
    told = [
        output.get("text") or output.data["text/plain"] for output in executed.cells[-1].outputs
    ]
    assert told == ["0\n1\n2\n", "0\n-1\n-2\n", "3", "4\n5\n"]
    page = (tmp_path / "out/n.html").read_text(encoding="utf-8")
    assert all(f"<pre>{text}</pre>" in page for text in (told[0], told[3]))


def test_a_report_that_cannot_be_put_in_place_is_a_failure_of_its_own(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb")
    (tmp_path / "out/n.ipynb").mkdir(parents=True)
    outcome = run(Job(notebook, {}, "n", "N"), tmp_path / "out")
    assert outcome.status == "failed"
    assert outcome.error == "its report cannot be stored: Is a directory"
    assert list_files(tmp_path / "out") == {"manifest.json"}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"provinz": "Huế"},
            "provinz is not known. Known: province, draws, basis, share, is_short.",
        ),
        ({"draws": "10"}, "draws must be of type int, got '10' of type str"),
        ({"draws": True}, "draws must be of type int, got True of type bool"),
        ({"draws": 1.0}, "draws must be of type int, got 1.0 of type float"),
        ({"province": None}, "province must be of type str, got None"),
        ({"is_short": 1}, "is_short must be of type bool, got 1 of type int"),
        ({"draws": -1}, "draws must be from 0 to 1000000, got -1"),
        ({"basis": 62}, "basis must be one of 63, 34, got 62"),
        ({"share": float("nan")}, "share must be a finite number, got nan"),
    ],
)
def test_wrong_parameters_are_refused_before_anything_starts(tmp_path, parameters, message):
    notebook = write_notebook(tmp_path / "n.ipynb")
    jobs = [Job(notebook, {"share": 1}, "good", "Good"), Job(notebook, parameters, "bad", "Bad")]
    with pytest.raises(DataError, match=rf"n.ipynb: parameter {message}"):
        run_jobs(jobs, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("stem", ["../n", "/n", "", "63/../../n", "63\\n"])
def test_reports_stay_within_the_output(tmp_path, stem):
    notebook = write_notebook(tmp_path / "n.ipynb")
    with pytest.raises(DataError, match="does not stay within the output folder"):
        run_jobs([Job(notebook, {}, stem, "N")], tmp_path / "out")


def test_two_jobs_for_one_report_are_refused(tmp_path):
    job = Job(write_notebook(tmp_path / "n.ipynb"), {}, "n", "N")
    with pytest.raises(DataError, match="report n is asked for twice"):
        run_jobs([job, job], tmp_path / "out")


def test_what_is_no_notebook_is_refused(tmp_path):
    (tmp_path / "n.ipynb").write_text("{")
    with pytest.raises(DataError, match="cannot be read as a notebook"):
        run_jobs([Job(tmp_path / "n.ipynb", {}, "n", "N")], tmp_path / "out")


def test_no_workers_are_refused(tmp_path):
    with pytest.raises(DataError, match="0 workers"):
        run_jobs([], tmp_path, options=Options(n_jobs=0))


def test_no_jobs_make_no_folder(tmp_path):
    assert run_jobs([], tmp_path / "out") == []
    assert not (tmp_path / "out").exists()


def test_a_report_may_take_as_long_as_it_likes(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb")
    assert run(Job(notebook, {}, "n", "N"), tmp_path / "out", timeout=0).status == "built"


def test_commit_is_told_where_there_is_one(tmp_path):
    assert read_commit(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    assert read_commit(tmp_path) is None
    (tmp_path / "a").write_text("1")
    subprocess.run([*git, "add", "a"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "m"], check=True)
    clean = read_commit(tmp_path)
    (tmp_path / "a").write_text("2")
    assert read_commit(tmp_path) == f"{clean} and local changes"
    build = describe_inputs(tmp_path)
    assert build.commit == f"{clean} and local changes"
    assert build.small_print()["Commit"] == build.commit
