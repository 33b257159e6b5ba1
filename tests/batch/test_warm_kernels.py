"""Kernels forked from a warm process: the same outputs as fresh ones, figures included."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from notebook_files import list_outputs, read_reports, write_notebook
from waiting import PATIENCE, wait_for

from dti_analysis.batch.imports import find_imports
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.batch.parameters import inspect_notebook
from dti_analysis.batch.provisioner import NAME, ForkedKernel, WarmProcess
from dti_analysis.batch.runner import run_jobs
from dti_analysis.project import NOTEBOOKS, find_root

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")

# Whatever a fork could get wrong, as a cell that shows it.
TRAPS = (
    "import matplotlib.pyplot as plt\nimport seaborn as sns\nfigure = plt.plot([1, 3, 2])",
    "sns.histplot([1, 2, 2, 3])",
    "import matplotlib\nprint(matplotlib.get_backend(), plt.rcParams['figure.figsize'])",
    "import sys\nprint(__name__, sys.path, sys.argv[0], sys.flags)",
    "import os\nprint({k: v for k, v in os.environ.items() if k != 'JPY_PARENT_PID'})",
    "print(os.getcwd(), os.getpgid(0) == os.getpid(), os.umask(0o22))",
    "import threading\nprint([thread.name for thread in threading.enumerate()])",
    "import signal\nprint([(s.name, str(signal.getsignal(s))) for s in signal.Signals][:31])",
    "import multiprocessing\nprint(multiprocessing.current_process().daemon)",
    "import warnings\nwarnings.warn_explicit('shown', UserWarning, 'a.py', 1)",
    "import pandas as pd\npd.DataFrame({'a': [1.0, None]}, dtype='float64[pyarrow]')",
    "import logging\nprint(logging.root.handlers, logging.root.level)",
    "!echo from the shell",
    "%timeit -n1 -r1 -q 1\nget_ipython().history_manager.hist_file",
    "import statsmodels.api as sm\nsm.OLS([1.0, 2.0, 4.0], [1, 2, 3]).fit().params",
    "from ipykernel.kernelapp import IPKernelApp\nprint(IPKernelApp.instance().parent_handle > 0)",
)


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    traps = write_notebook(tmp_path_factory.mktemp("traps") / "traps.ipynb", *TRAPS)
    names = ("model_evaluation", "overview", "unit_report", "02_trajectories")
    return [*(find_root() / NOTEBOOKS / f"{name}.ipynb" for name in names), traps]


@pytest.fixture(scope="module")
def executed(notebooks, tmp_path_factory):
    """Folders of the same reports, from forked and from cold kernels."""
    folders = {}
    for kind in ("forked", "cold"):
        folders[kind] = tmp_path_factory.mktemp(kind)
        jobs = [
            Job(path, {"draws": 300} if "draws" in inspect_notebook(path) else {}, path.stem, "T")
            for path in notebooks
        ]
        options = Options(is_cold=kind == "cold", retries=0)
        outcomes = run_jobs(jobs, folders[kind], options=options)
        assert [outcome.error for outcome in outcomes] == [None] * len(jobs)
    return folders


def test_every_output_is_that_of_a_cold_kernel(notebooks, executed):
    for path in notebooks:
        forked, cold = (
            nbformat.read(folder / f"{path.stem}.ipynb", as_version=4)
            for folder in executed.values()
        )
        assert len(list_outputs(cold)) > 1
        for source, *outputs in zip(
            [cell.source for cell in cold.cells if cell.cell_type == "code"],
            list_outputs(forked),
            list_outputs(cold),
            strict=True,
        ):
            assert outputs[0] == outputs[1], source


def test_reports_differ_in_time_stamps_only(executed):
    forked, cold = map(read_reports, executed.values())
    assert set(forked) == set(cold)
    for name in forked:
        assert forked[name] == cold[name], name


def test_figures_of_pyplot_are_there(executed):
    traps = nbformat.read(executed["forked"] / "traps.ipynb", as_version=4)
    shown = [output for cell in list_outputs(traps) for output in cell]
    pictures = [output for output in shown if "image/png" in output.get("data", {})]
    assert len(pictures) == 2


def test_random_numbers_are_no_ones_elses(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import numpy as np, os, random, uuid",
        "print(random.random(), np.random.rand(), np.random.default_rng().random(), uuid.uuid4())",
    )
    jobs = [Job(notebook, {}, stem, "N") for stem in "ab"]
    run_jobs(jobs, tmp_path)
    drawn = [
        nbformat.read(tmp_path / f"{stem}.ipynb", as_version=4).cells[-1].outputs[0].text.split()
        for stem in "ab"
    ]
    assert not set(drawn[0]) & set(drawn[1])


def test_sockets_have_paths_of_their_own_and_leave_no_trace(tmp_path):
    # On ports, kernels that start at once take each other's; by default, sockets are named
    # kernel-ipc-1 and so on in the working folder, all kernels' alike.
    notebook = write_notebook(
        tmp_path / "home/n.ipynb",
        "import json, ipykernel.connect as c\nabout = c.get_connection_info(unpack=True)",
        "session = get_ipython().kernel.session.session\n"
        "print(about['transport'], about['ip'], about['key'], session)",
    )
    jobs = [Job(notebook, {"draws": n}, str(n), "N") for n in range(8)]
    outcomes = run_jobs(jobs, tmp_path / "out", options=Options(n_jobs=8, retries=0))
    assert [outcome.error for outcome in outcomes] == [None] * 8
    told = [
        nbformat.read(tmp_path / f"out/{n}.ipynb", as_version=4).cells[-1].outputs[0].text.split()
        for n in range(8)
    ]
    assert {transport for transport, *_ in told} == {"ipc"}
    for column in list(zip(*told, strict=True))[1:]:
        assert len(set(column)) == 8
    assert [file.name for file in notebook.parent.iterdir()] == ["n.ipynb"]
    assert not list(Path.cwd().glob("kernel-ipc-*"))


def test_what_a_kernel_starts_with_is_there_and_frozen(tmp_path):
    # debugpy alone takes a fresh kernel a third of a second; unfrozen, the first collection in
    # each kernel would copy every page.
    code = (
        "from dti_analysis.batch import warm; import gc, sys; warm.preload([]); "
        "print('debugpy' in sys.modules, gc.get_freeze_count() > 10_000)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"], done.stderr


def papermill_command(notebook, output, **environment):
    command = [sys.executable, "-m", "papermill", str(notebook), str(output)]
    return subprocess.run(
        [*command, "--log-level", "WARNING", "--no-progress-bar"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_papermill_uses_it_unmodified(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb", "import os, psutil; print(psutil.Process(os.getppid()).cmdline())"
    )
    done = papermill_command(
        notebook, tmp_path / "out.ipynb", JUPYTER_DEFAULT_PROVISIONER_NAME=NAME
    )
    assert done.returncode == 0, done.stderr
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert "dti_analysis.batch.warm" in executed.cells[-1].outputs[0].text


def test_nbval_uses_it_unmodified(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import os, psutil\nname = psutil.Process(os.getppid()).cmdline()\n"
        "assert 'dti_analysis.batch.warm' in name, name",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval-lax", "-p", "no:cacheprovider", str(notebook)],
        env={**os.environ, "JUPYTER_DEFAULT_PROVISIONER_NAME": NAME},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_elsewhere_than_on_linux_kernels_are_ordinary_and_one_line_says_so(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("dti_analysis.batch.equipment.CAN_FORK", False)
    notebook = write_notebook(
        tmp_path / "n.ipynb", "import os, psutil; psutil.Process(os.getppid()).cmdline()"
    )
    jobs = [Job(notebook, {}, stem, "N") for stem in "ab"]
    outcomes = run_jobs(jobs, tmp_path / "out")
    assert [outcome.status for outcome in outcomes] == ["built"] * 2
    assert capsys.readouterr().err.count("Kernels start cold: forking them needs Linux.") == 1
    assert b"batch.warm" not in (tmp_path / "out/a.ipynb").read_bytes()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("print('hello')", "an import says: hello"),
        ("import warnings; warnings.warn('old')", "an import says: old"),
        (
            "import threading; t = threading.Timer(1e6, print); t.daemon = True; t.start()",
            "an import starts a thread",
        ),
    ],
)
def test_a_module_that_would_not_be_as_fresh_is_not_forked_with(
    tmp_path, monkeypatch, capfd, code, reason
):
    # A cell that imports it must show what it says; and threads do not survive a fork.
    (tmp_path / "loud.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    notebook = write_notebook(tmp_path / "n.ipynb", "import loud")
    (outcome,) = run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    assert (outcome.status, outcome.attempts) == ("built", 1)
    assert capfd.readouterr().err.count(f"kernels start cold: {reason}") == 1
    told = nbformat.read(tmp_path / "out/n.ipynb", as_version=4).cells[-1].outputs
    assert [output.text.strip() for output in told if output.name == "stdout"] == (
        ["hello"] if "hello" in code else []
    )


@pytest.fixture
def warm_process():
    process = WarmProcess(["json"])
    yield process
    process.close()


def fork(warm_process, *arguments):
    request = {"arguments": arguments, "env": dict(os.environ), "cwd": "/"}
    return ForkedKernel(warm_process.folder, request)


def fork_to_stay(warm_process):
    """A kernel that does not end by itself."""
    return fork(warm_process, "-f", str(warm_process.folder / "kernel.json"))


def test_the_end_of_a_kernel_is_told(warm_process):
    kernel = fork(warm_process, "--help")
    assert kernel.wait(PATIENCE) == 0
    assert kernel.poll() == 0


def test_a_kernel_dies_with_who_asked_for_it(warm_process):
    kernel = fork_to_stay(warm_process)
    child = psutil.Process(kernel.pid)
    kernel._line.close()
    wait_for(lambda: not child.is_running())


def test_a_kernel_dies_with_the_warm_process(warm_process):
    kernel = fork_to_stay(warm_process)
    psutil.Process(warm_process.pid).kill()
    assert kernel.wait(PATIENCE) == -9
    with pytest.raises(OSError, match=r"refused|gone"):
        fork(warm_process)


def test_closing_leaves_no_process_and_no_folder(warm_process):
    kernel = fork_to_stay(warm_process)
    child = psutil.Process(kernel.pid)
    warm_process.close()
    assert not psutil.pid_exists(warm_process.pid)
    wait_for(lambda: not child.is_running())
    assert kernel.wait(PATIENCE) == -9
    assert not warm_process.folder.exists()


def test_who_dies_while_asking_does_no_harm(warm_process):
    import socket

    for part in (b"", b"{"):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(warm_process.folder / "warm"))
            line.sendall(part)
    assert fork(warm_process, "--help").wait(PATIENCE) == 0


def test_no_thread_and_one_thread_for_linear_algebra(warm_process):
    fork(warm_process, "--help").wait(PATIENCE)
    server = psutil.Process(warm_process.pid)
    assert server.num_threads() == 1
    assert server.environ()["OPENBLAS_NUM_THREADS"] == "1"


def test_the_callers_script_is_not_run_again(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb")
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from dti_analysis.batch.job import Job\n"
        "from dti_analysis.batch.runner import run_jobs\n"
        "print('run')\n"
        f"print(run_jobs([Job(Path({str(notebook)!r}), {{}}, 'n', 'N')], 'out')[0].status)\n"
    )
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["run", "built"]


def test_imports_are_read_from_code(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import a.b, c as d\nfrom e import f",
        "%matplotlib inline\nimport g",
        "def late():\n    import h",
    )
    assert find_imports([notebook.read_bytes()]) == ("a.b", "c", "e", "e.f", "h")


def test_what_is_taken_by_a_short_name_is_read_from_code_too(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "import a.b as c", "c.d(1)\nother.e\nc.f.g = 1")
    assert find_imports([notebook.read_bytes()]) == ("a.b", "a.b.d", "a.b.f")


def test_preloading_follows_names_that_load_on_demand():
    code = "from dti_analysis.batch import warm; import sys; warm._import(sys.argv[1:]); "
    code += "print('dti_analysis.figures.heatmaps' in sys.modules, 'scipy.special' in sys.modules)"
    names = ["dti_analysis", "dti_analysis.read_index", "dti_analysis.nothing", "no.such"]
    done = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"], done.stderr


def test_preloading_leaves_the_inline_backend_alone():
    # Imported without a shell, it would never tie itself to one, and figures would be lost.
    code = "from dti_analysis.batch import warm; import sys; warm.preload(['seaborn']); "
    code += "print(*[name in sys.modules for name in sys.argv[1:]])"
    environment = {**os.environ, "JE_ARROW_MALLOC_CONF": "background_thread:false"}
    environment["OPENBLAS_NUM_THREADS"] = "1"
    done = subprocess.run(
        [sys.executable, "-c", code, "matplotlib.pyplot", "matplotlib_inline.backend_inline"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["True", "False"], done.stderr
