"""What can befall a run, done to it: killed, interrupted, out of disk, read-only, hanging, dead."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from killing import list_processes, run_in_namespace
from notebook_files import (
    HANG,
    HANG_IF_DRAWS,
    list_files,
    read_files,
    read_reports,
    write_notebook,
)
from running import run_jobs
from waiting import PATIENCE, wait_for

from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.errors import DataError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="does what Linux does")

TESTS = Path(__file__).resolve().parent.parent
SCRIPT = (
    f"import sys; sys.path.append({str(TESTS)!r})"
    + """
import signal
from pathlib import Path
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from running import run_jobs
notebook, output, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
# However these tests were started: in the background of a script, SIGINT is ignored.
is_deaf = sys.argv[4:] == ["deaf"]
signal.signal(signal.SIGINT, signal.SIG_IGN if is_deaf else signal.default_int_handler)
jobs = [Job(notebook, {"draws": n}, f"report-{n}", f"Report {n}") for n in range(count)]
outcomes = run_jobs(jobs, output, options=Options(n_jobs=2))
sys.exit(any(outcome.error for outcome in outcomes))
"""
)


@pytest.fixture
def scratch():
    folder = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp"))
    yield folder
    for process in list_processes(folder):
        process.kill()
    shutil.rmtree(folder)


def start(notebook, output, count, scratch, *words):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(notebook), str(output), str(count), *words],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def list_reports(scratch):
    return list(scratch.glob(".dti-*/*/journal"))


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_a_run_and_leaves_nothing_behind(tmp_path, scratch, signum):
    notebook = write_notebook(tmp_path / "n.ipynb", HANG_IF_DRAWS)
    output = tmp_path / "out"
    process = start(notebook, output, 3, scratch)
    wait_for(lambda: (output / "report-0.html").exists() and len(list_reports(scratch)) == 2)
    # A terminal's Ctrl-C goes to all; a scheduler's signal to the process it started.
    (os.killpg if signum == signal.SIGINT else os.kill)(process.pid, signum)
    assert process.wait(PATIENCE) != 0
    wait_for(lambda: not list_processes(scratch))
    assert list(scratch.iterdir()) == []
    assert list_files(output) == {"report-0.html", "report-0.ipynb", "manifest.json"}
    assert json.loads((output / "manifest.json").read_text())["run"]["status"] == "interrupted"


def test_a_run_started_deaf_to_ctrl_c_is_stopped_by_sigterm_alone(tmp_path, scratch):
    # In the background of a script: what is typed at its terminal is for others.
    mark, output = tmp_path / "mark", tmp_path / "out"
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        f"import pathlib, time\nmark = pathlib.Path({str(mark)!r})",
        "while draws and not mark.exists(): time.sleep(0.02)",
        "if draws == 3: time.sleep(1e6)",
    )
    process = start(notebook, output, 4, scratch, "deaf")
    wait_for(lambda: (output / "report-0.html").exists() and len(list_reports(scratch)) == 2)
    os.killpg(process.pid, signal.SIGINT)
    mark.touch()
    # Not for their files alone, which are in place a moment before they are on record.
    wait_for(lambda: len(json.loads((output / "manifest.json").read_text())["reports"]) == 3)
    wait_for(lambda: list_reports(scratch))
    process.terminate()
    assert process.wait(PATIENCE) != 0
    wait_for(lambda: not list_processes(scratch))
    record = json.loads((output / "manifest.json").read_text())
    assert record["run"]["status"] == "interrupted"
    # What was being written as the run was stopped is taken back: the third, at the most.
    assert {"report-0", "report-1", "report-2"} >= record["reports"].keys()
    assert [about["attempts"] for about in record["reports"].values()] in ([1, 1], [1, 1, 1])


def test_runs_killed_at_any_moment_add_up_to_an_undisturbed_one(tmp_path, scratch):
    notebook = write_notebook(
        tmp_path / "n.ipynb", "import time; time.sleep(0.1)", "print('draws:', draws)"
    )
    undisturbed, output = tmp_path / "undisturbed", tmp_path / "out"
    assert start(notebook, undisturbed, 6, scratch).wait() == 0
    chance = random.Random(2022)

    def come_to(count):
        """Wait for some moment after so many reports are there."""
        wait_for(lambda: process.poll() is not None or len([*output.glob("*.html")]) >= count)
        time.sleep(chance.uniform(0, 0.3))

    for kill in range(4):
        process = start(notebook, output, 6, scratch)
        come_to(kill)
        if kill % 2:  # another of its processes first
            others = [other for other in list_processes(scratch) if other.pid != process.pid]
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                chance.choice(others).kill()
            come_to(kill + 1)
        process.kill()
        process.wait()
        # Whatever else there was, it ends by itself.
        wait_for(lambda: not list_processes(scratch))
        for name, content in read_reports(output).items() if output.exists() else ():
            if not name.endswith((".part", ".failed.ipynb")):  # one of which was killed itself
                assert content == read_reports(undisturbed)[name]
    assert start(notebook, output, 6, scratch).wait() == 0
    assert read_reports(output) == read_reports(undisturbed)
    assert list(scratch.iterdir()) == []


def test_workers_without_work_end_too_when_the_run_is_killed(tmp_path, scratch):
    notebook = write_notebook(tmp_path / "n.ipynb", HANG_IF_DRAWS)
    run = start(notebook, tmp_path / "out", 2, scratch)
    wait_for(lambda: (tmp_path / "out/report-0.html").exists())
    run.kill()
    run.wait()
    wait_for(lambda: not list_processes(scratch))
    assert list(scratch.iterdir()) == []


def test_a_second_run_on_the_same_output_is_refused(tmp_path, scratch):
    notebook = write_notebook(tmp_path / "n.ipynb", HANG)
    first = start(notebook, tmp_path / "out", 1, scratch)
    wait_for(lambda: list_reports(scratch))
    with pytest.raises(DataError, match="another run is writing here"):
        run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    first.kill()
    first.wait()
    # A killed run does not keep the next one out.
    short = write_notebook(tmp_path / "short.ipynb")
    (outcome,) = run_jobs([Job(short, {}, "n", "N")], tmp_path / "out")
    assert outcome.status == "built"


HANGS = (
    HANG,
    "import ctypes; ctypes.PyDLL(None).pause()",  # in C, and nobody else gets a turn
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass",
    "!sleep 100000",
    "import subprocess; subprocess.run(['sleep', '100000'], start_new_session=True)",
)


@pytest.mark.parametrize("is_cold", [False, True])
def test_a_notebook_that_hangs_is_given_up_once_and_kept(tmp_path, is_cold):
    jobs = [
        Job(write_notebook(tmp_path / f"{n}.ipynb", "print('so far')", hang), {}, str(n), "N")
        for n, hang in enumerate(HANGS)
    ]
    options = Options(n_jobs=len(jobs), timeout=20, is_cold=is_cold)
    for outcome in run_jobs(jobs, tmp_path / "out", options=options):
        assert outcome.error == "TimeoutError: not done after 20 s"
        assert outcome.attempts == 1
        file = tmp_path / f"out/{outcome.job.stem}.failed.ipynb"
        kept = nbformat.read(file, as_version=4)
        assert kept.cells[-2].outputs[0].text == "so far\n"
        assert kept.cells[-1].outputs[-1].ename == "TimeoutError"


@pytest.mark.parametrize("is_cold", [False, True])
def test_a_kernel_that_is_killed_costs_one_attempt(tmp_path, is_cold):
    # As the kernel of a machine out of memory: nobody in it can catch the signal.
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import os, pathlib, signal\n"
        f"mark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
        "is_first = not mark.exists()\n"
        "mark.touch()\n"
        "if is_first: os.kill(os.getpid(), signal.SIGKILL)",
    )
    options = Options(is_cold=is_cold)
    (outcome,) = run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out", options=options)
    assert (outcome.status, outcome.attempts) == ("built", 2)
    assert list_files(tmp_path / "out") == {"n.html", "n.ipynb", "manifest.json"}


def test_who_kills_the_zygote_harms_none_of_those_in_work(tmp_path):
    mark = f"import os, pathlib, time; mark = pathlib.Path({str(tmp_path / 'mark')!r})"
    killing = write_notebook(
        tmp_path / "killing.ipynb",
        mark,
        "while not mark.exists(): time.sleep(0.02)",
        "import signal; os.kill(os.getppid(), signal.SIGKILL); time.sleep(1e6)",
    )
    good = write_notebook(
        tmp_path / "good.ipynb",
        mark,
        "is_first = not mark.exists()\nmark.touch()\nif is_first: time.sleep(1e6)",
    )
    jobs = [Job(killing, {}, "killing", "K"), Job(good, {}, "good", "G")]
    options = Options(n_jobs=2, retries=0)
    outcomes = run_jobs(jobs, tmp_path / "out", options=options)
    assert [outcome.status for outcome in outcomes] == ["failed", "built"]
    assert outcomes[0].error == "ProcessDied: with the process that it was forked from"
    assert list_files(tmp_path / "out") == {"good.html", "good.ipynb", "manifest.json"}


def write_script(tmp_path, *cells):
    notebook = write_notebook(tmp_path / "n.ipynb", *cells)
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    return f"{sys.executable} {script} {notebook}"


def test_a_full_disk_fails_what_does_not_fit_and_leaves_what_was(tmp_path):
    run = write_script(tmp_path, "import os; print(os.urandom(600_000 if draws else 10).hex())")
    (tmp_path / "out").mkdir()
    done = run_in_namespace(
        tmp_path,
        "mount -t tmpfs -o size=1m none out",
        "mkdir -p copy",
        f"{run} out 1",  # it fits
        "cp -r out before",
        f"{run} out 2 && exit 3",
        "ls out; cmp out/report-0.html before/report-0.html",
    )
    assert done.returncode == 0, done.stderr
    assert "report-1: failed" in done.stderr
    assert "cannot be stored: No space left on device" in done.stderr
    assert done.stdout.split() == ["manifest.json", "report-0.html", "report-0.ipynb"]


def test_a_read_only_output_is_told_before_any_kernel_starts(tmp_path):
    run = write_script(tmp_path)
    (tmp_path / "out").mkdir()
    done = run_in_namespace(
        tmp_path, "mount -t tmpfs -o ro none out", f"{run} out 1 && exit 3", "ls out"
    )
    assert done.returncode == 0, done.stderr
    assert "Read-only file system" in done.stderr
    assert done.stdout == ""


def test_a_failure_keeps_the_earlier_report_and_marks_it_older(tmp_path):
    def run(source, retries=0):
        notebook = write_notebook(tmp_path / "n.ipynb", source)
        job = Job(notebook, {}, "n", "N")
        run_jobs([job], tmp_path / "out", options=Options(retries=retries))
        return json.loads((tmp_path / "out/manifest.json").read_text())["reports"]["n"]

    good = run("print(1)")
    before = read_files(tmp_path / "out")
    failed = run("1 / 0", retries=2)
    after = read_files(tmp_path / "out")
    assert (failed["status"], failed["attempts"]) == ("failed", 3)
    assert failed["error"] == "ZeroDivisionError: division by zero"
    assert failed["report"] == good["report"]
    assert failed["report"]["key"] != failed["key"]
    assert {name: after[name] for name in ("n.html", "n.ipynb")} == {
        name: before[name] for name in ("n.html", "n.ipynb")
    }
    assert failed["failed_notebook"] == "n.failed.ipynb"
