"""What a notebook may do to the process that it runs in, one report each; the others are made."""

import json
import os
import signal
import subprocess
import sys

import nbformat
import psutil
import pytest
from notebook_files import write_notebook
from running import DTI, run_jobs
from waiting import PATIENCE, wait_for

from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="does what Linux does")

# Seconds that no other run of these tests asks for.
LONG = str(10**6 + os.getpid())

FAULTS = {
    "segfault": ("import ctypes\nctypes.string_at(0)", "ProcessDied: SIGSEGV"),
    "abort": ("import os\nos.abort()", "ProcessDied: SIGABRT"),
    "exit": ("import os\nos._exit(3)", "ProcessDied: exit code 3"),
    "kill": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "ProcessDied: SIGKILL, as when memory runs out",
    ),
    "memory": (
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))\nbytearray(2**33)",
        "MemoryError",
    ),
    "recursion": ("def call():\n    call()\n\ncall()", "RecursionError: maximum recursion depth"),
    "interrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "generator": ("raise GeneratorExit('early')", "GeneratorExit: early"),
}
HARMLESS = {
    "descriptors closed": "import os\nos.close(0), os.close(1), os.close(2)",
    "streams closed": "import sys\nsys.stdout.close(), sys.stderr.close()",
    "no home": "import os\nos.environ.clear()",
    "folder gone": "import os, tempfile\nplace = tempfile.mkdtemp()\nos.chdir(place)\n"
    "os.rmdir(place)",
    "signals ignored": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "thread left": "import threading, time\n"
    "threading.Thread(target=time.sleep, args=[1e6]).start()",
    "child left": f"import subprocess\nchild = subprocess.Popen(['sleep', '{LONG}'])",
    "time stands still": "import time\ntime.time = time.monotonic = lambda: 0.0",
}
# The last cell of each; an ordinary kernel cannot print where the streams are closed either.
LAST = {"descriptors closed": "print('last')", "child left": "print('last')"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    cells = {name: code for name, (code, _) in FAULTS.items()} | HARMLESS
    jobs = [
        Job(
            write_notebook(folder / f"{place}.ipynb", "print('first')", code, LAST.get(name, "1")),
            {},
            f"{place}",
            name,
        )
        for place, (name, code) in enumerate(cells.items())
    ]
    outcomes = run_jobs(jobs, folder / "out", options=Options(retries=0))
    return folder / "out", {outcome.job.title: outcome for outcome in outcomes}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_and_shown_where_it_happened(made, name):
    output, outcomes = made
    outcome, (_, reason) = outcomes[name], FAULTS[name]
    assert (outcome.status, outcome.error[: len(reason)]) == ("failed", reason)
    failed = nbformat.read(output / f"{outcome.job.stem}.failed.ipynb", 4)
    first, fault, last = [cell for cell in failed.cells if cell.cell_type == "code"][-3:]
    assert first.outputs[0].text == "first\n"
    assert fault.outputs[-1].output_type == "error"
    assert last.outputs == []


@pytest.mark.parametrize("name", HARMLESS)
def test_a_report_is_made_whatever_its_notebook_leaves_behind(made, name):
    output, outcomes = made
    outcome = outcomes[name]
    assert (outcome.status, outcome.error) == ("built", None)
    assert (output / f"{outcome.job.stem}.html").exists()


def test_nothing_of_them_is_left(made):
    left = [process.info["cmdline"] for process in psutil.process_iter(["cmdline"])]
    assert ["sleep", LONG] not in left


def test_what_is_printed_without_end_is_cut(tmp_path):
    code = "for _ in range(70):\n    print('x' * 2**20)"
    notebook = write_notebook(tmp_path / "n.ipynb", code)
    run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    (_, cell) = nbformat.read(tmp_path / "out/n.ipynb", 4).cells[-2:]
    assert cell.outputs[0].text.endswith("[cut: more than 64 MB were printed]\n")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_command_that_is_stopped_while_the_zygote_starts_leaves_nothing(tmp_path, signum):
    (tmp_path / "scratch").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "scratch")}
    command = [DTI, "report", "BR-VT", "--output", tmp_path / "out"]
    process = subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        # However these tests were started: in the background of a script, it is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    (zygote,) = wait_for(lambda: psutil.Process(process.pid).children())
    process.send_signal(signum)
    told = process.communicate(timeout=PATIENCE)[1]
    assert "Traceback" not in told
    wait_for(lambda: not zygote.is_running())
    assert list((tmp_path / "scratch").iterdir()) == []
    if (tmp_path / "out").exists():
        record = json.loads((tmp_path / "out/manifest.json").read_text())
        assert record["reports"] == {}
