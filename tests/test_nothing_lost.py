"""What can befall a run, done to it: killed, interrupted, out of disk, read-only, hanging, dead."""

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
from notebook_files import list_files, read_files, read_reports, write_notebook

from dti_analysis.errors import DataError
from dti_analysis.reporting.jobs import Job
from dti_analysis.reporting.options import Options
from dti_analysis.reporting.runner import run_jobs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="does what Linux does")

SCRIPT = """
import sys
from pathlib import Path
from dti_analysis.reporting.jobs import Job
from dti_analysis.reporting.options import Options
from dti_analysis.reporting.runner import run_jobs
notebook, output, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
jobs = [Job(notebook, {"draws": n}, f"report-{n}", f"Report {n}") for n in range(count)]
outcomes = run_jobs(jobs, output, options=Options(n_jobs=2))
sys.exit(any(outcome.error for outcome in outcomes))
"""


@pytest.fixture
def scratch():
    folder = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp"))
    yield folder
    for process in list_processes(folder):
        process.kill()
    shutil.rmtree(folder)


def start(notebook, output, count, scratch, **options):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(notebook), str(output), str(count)],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **options,
    )


def list_processes(scratch):
    """All processes of a run: they share its folder for temporary files."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(scratch):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def list_kernels(scratch):
    return list(scratch.glob("dti-*/*.json"))


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing came in time"
        time.sleep(0.02)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_within_two_seconds_and_leaves_nothing_behind(tmp_path, scratch, signum):
    notebook = write_notebook(tmp_path / "n.ipynb", "import time; time.sleep(60 if draws else 0)")
    output = tmp_path / "out"
    process = start(notebook, output, 3, scratch)
    wait_for(lambda: (output / "report-0.html").exists() and len(list_kernels(scratch)) == 2)
    asked = time.monotonic()
    # A terminal's Ctrl-C goes to all; a scheduler's signal to the process it started.
    (os.killpg if signum == signal.SIGINT else os.kill)(process.pid, signum)
    assert process.wait(timeout=20) != 0
    assert time.monotonic() - asked < 2
    wait_for(lambda: not list_processes(scratch), seconds=2)
    assert list(scratch.iterdir()) == []
    assert list_files(output) == {"report-0.html", "report-0.ipynb", "manifest.json"}
    assert json.loads((output / "manifest.json").read_text())["run"]["status"] == "interrupted"


def test_runs_killed_at_any_moment_add_up_to_an_undisturbed_one(tmp_path, scratch):
    notebook = write_notebook(
        tmp_path / "n.ipynb", "import time; time.sleep(0.1)", "print('draws:', draws)"
    )
    undisturbed, output = tmp_path / "undisturbed", tmp_path / "out"
    assert start(notebook, undisturbed, 8, scratch).wait() == 0
    chance = random.Random(2022)
    for kill in range(8):
        process = start(notebook, output, 8, scratch)
        time.sleep(chance.uniform(1, 4))
        # The run itself every other time, else any of its processes.
        victims = [psutil.Process(process.pid)] if kill % 2 else list_processes(scratch)
        for victim in chance.sample(victims, min(1, len(victims))):
            victim.kill()
        process.wait(timeout=60)
        # Whatever else there was, it ends by itself.
        wait_for(lambda: not list_processes(scratch), seconds=10)
        for name, content in read_reports(output).items() if output.exists() else ():
            if not name.startswith(".building"):
                assert content == read_reports(undisturbed)[name]
    assert start(notebook, output, 8, scratch).wait() == 0
    assert read_reports(output) == read_reports(undisturbed)
    assert list(scratch.iterdir()) == []


def test_workers_without_work_end_too_when_the_run_is_killed(tmp_path, scratch):
    notebook = write_notebook(tmp_path / "n.ipynb", "import time; time.sleep(60 if draws else 0)")
    run = start(notebook, tmp_path / "out", 2, scratch)
    wait_for(lambda: (tmp_path / "out/report-0.html").exists())
    run.kill()
    run.wait()
    wait_for(lambda: not list_processes(scratch), seconds=10)
    assert list(scratch.iterdir()) == []


def test_a_second_run_on_the_same_output_is_refused(tmp_path, scratch):
    notebook = write_notebook(tmp_path / "n.ipynb", "import time; time.sleep(60)")
    first = start(notebook, tmp_path / "out", 1, scratch)
    wait_for(lambda: list_kernels(scratch))
    with pytest.raises(DataError, match="another run is writing here"):
        run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    first.kill()
    first.wait()
    # A killed run does not keep the next one out.
    short = write_notebook(tmp_path / "short.ipynb")
    (outcome,) = run_jobs([Job(short, {}, "n", "N")], tmp_path / "out")
    assert outcome.status == "built"


def test_a_notebook_that_hangs_is_given_up_tried_again_and_kept(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb", "print('so far')", "import time; time.sleep(60 if draws else 0)"
    )
    jobs = [Job(notebook, {"draws": 1}, "hanging", "H"), Job(notebook, {"draws": 0}, "good", "G")]
    began = time.monotonic()
    outcomes = run_jobs(jobs, tmp_path / "out", options=Options(n_jobs=2, timeout=3))
    assert time.monotonic() - began < 30
    assert [outcome.status for outcome in outcomes] == ["failed", "built"]
    assert outcomes[0].error == "TimeoutError: not done after 3 s"
    assert outcomes[0].attempts == 2
    kept = nbformat.read(tmp_path / "out/hanging.failed.ipynb", as_version=4)
    assert kept.cells[-2].outputs[0].text == "so far\n"
    assert kept.cells[-1].outputs[-1].ename == "DeadKernelError"


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


def test_a_warm_process_that_is_killed_costs_no_report(tmp_path, caplog):
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import os, psutil, signal\n"
        "parent = psutil.Process(os.getppid())\n"
        "is_warm = 'dti_analysis.reporting.warm' in parent.cmdline()\n"
        "if is_warm: parent.kill()",
        "import time; time.sleep(2 if is_warm else 0)\nprint(is_warm)",
    )
    (outcome,) = run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    # Its child died with it; the second try found no warm process and went cold.
    assert (outcome.status, outcome.attempts) == ("built", 2)
    executed = nbformat.read(tmp_path / "out/n.ipynb", as_version=4)
    assert executed.cells[-1].outputs[0].text == "False\n"


def run_in_namespace(tmp_path, *commands):
    """Run shell commands where they may mount; skip where that is not allowed."""
    unshare = ["unshare", "--mount", "--map-root-user", "sh", "-ec"]
    if subprocess.run([*unshare, "mount -t tmpfs none /mnt"], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    return subprocess.run(
        [*unshare, "\n".join(commands)], cwd=tmp_path, capture_output=True, text=True
    )


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
