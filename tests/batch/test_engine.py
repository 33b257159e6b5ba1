"""The engine: the same outputs as in an ordinary kernel, whatever a notebook does."""

import json
import re
import subprocess
import sys

import nbformat
import pytest
from nbformat import v4
from notebook_files import list_outputs, read_reports, write_notebook
from running import run_jobs

from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.batch.parameters import inspect_notebook
from dti_analysis.root import NOTEBOOKS, find_root

# Whatever could differ where a shell is joined to a client by a call, as a cell that shows it.
ODD = re.split(
    r"\n---\n",
    """\
import sys
print('a')
print('b', end='')
sys.stdout.write('c\\n')
1
---
print('out'); print('err', file=sys.stderr); display('shown'); print('out again')
---
import os; os.environ['ODD'] = 'set'
---
!echo from the shell
---
print('tiếng Việt ✓', '\\x1b[31mred\\x1b[0m')
---
import asyncio
await asyncio.sleep(0)
print('awaited')
'value'
---
async def later():
    print('in a task')
    return 3
await asyncio.create_task(later())
---
try:
    asyncio.run(later())
except RuntimeError as error:
    print(error)
---
from IPython.display import *
display(HTML('<b>bold</b>'), Markdown('*m*'), Latex('$x$'))
---
handle = display('first', display_id='shown'); handle.update('second')
---
update_display('third', display_id='shown')
---
print('gone'); clear_output(); print('stays')
---
print('gone too'); clear_output(wait=True); print('stays too')
---
display({'text/plain': 'raw', 'application/json': {'a': (1, 2)}}, raw=True, metadata={'a': 1})
---
class Odd:
    def _repr_html_(self): return '<i>odd</i>'
    def _repr_png_(self): return b'png'
---
Odd()
---
class Broken:
    def _repr_html_(self): raise ValueError('broken')
---
Broken()
---
{1, 2}, float('nan'), b'bytes'
---
None
---
import matplotlib.pyplot as plt; plt.plot([1, 3, 2]); plt.title('one')
---
plt.figure(); plt.plot([1]); figure, axes = plt.subplots(1, 2, figsize=(3, 2))
---
%config InlineBackend.figure_formats = ['svg']
plt.plot([2, 1], label='$x$'); plt.show()
---
%matplotlib inline
plt.hist([1, 2, 2])
---
import seaborn as sns; sns.histplot([1, 2, 2, 3])
---
print(plt.get_backend(), plt.rcParams['figure.figsize'])
---
import pandas as pd; pd.DataFrame({'a': [1.0, None], 'b': ['x', 'y']}).style.highlight_null()
---
pd.DataFrame([range(40)] * 70)
---
pd.DataFrame({'a': [1.0, None]}, dtype='float64[pyarrow]').describe()
---
%timeit -n1 -r1 -q 1
%who_ls str
---
%%capture kept
print('captured'); display(1)
---
kept.show()
print(repr(kept.stdout))
---
%%writefile written.txt
text
---
%pycat written.txt
---
print(open('written.txt').read()); os.remove('written.txt')
---
%%bash
echo $((1 + 1)); echo oops >&2
---
%%html
<p>cell magic</p>
---
%env ODD=1
print(os.environ['ODD'], In[-1][:6], Out)
---
import warnings; warnings.warn_explicit('shown', UserWarning, 'a.py', 1)
---
import logging; logging.warning('logged')
logging.root.level
---
try:
    input('who? ')
except Exception as error:
    print(type(error).__name__)
---
import getpass
try:
    getpass.getpass()
except Exception as error:
    print(type(error).__name__)
---
breakpoint()
print('went on')
---
from tqdm.auto import tqdm
from tqdm import tqdm as plain
for _ in plain(range(2), ascii=True, bar_format='{n}'): pass
---
import ipywidgets as widgets
slider = widgets.IntSlider(value=3)
slider.value = 5
type(slider)
---
picture = widgets.Image(value=b'\\x89PNG')
type(picture)
---
import pickle
class Mine: pass
pickle.loads(pickle.dumps(Mine())).__class__, __name__
---
from pathlib import Path; print(Path.cwd().name)
---
import beside; beside.value
---
import contextvars; var = contextvars.ContextVar('var', default=0); var.set(1)
---
print(var.get()); await asyncio.sleep(0); var.set(2); print(var.get())
---
var.get()
---
get_ipython().__class__.__name__, get_ipython().user_ns is globals()
---
import statsmodels.api as sm
sm.OLS([1.0, 2.0, 4.0], [1, 2, 3]).fit().params
---
%reset -f out
print('reset')
---
def f(:
    pass""",
)


def write_odd(path, *cells):
    """A notebook each of whose cells may fail."""
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell(cell, metadata={"tags": ["raises-exception"]}) for cell in cells]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "beside.py").write_text("value = 'from beside'\n")
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    odd = write_odd(tmp_path_factory.mktemp("odd") / "odd.ipynb", *ODD)
    names = ("model_evaluation", "overview", "unit_report", "02_trajectories")
    return [*(find_root() / NOTEBOOKS / f"{name}.ipynb" for name in names), odd]


WAYS = {
    "forked": Options(retries=0),
    "cold": Options(retries=0, is_cold=True),
    "kernel": Options(retries=0, engine="jupyter"),
}


@pytest.fixture(scope="module")
def executed(notebooks, tmp_path_factory):
    """Folders of the same reports, made in each way."""
    folders = {}
    for way, options in WAYS.items():
        folders[way] = tmp_path_factory.mktemp(way)
        jobs = [
            Job(path, {"draws": 300} if "draws" in inspect_notebook(path) else {}, path.stem, "T")
            for path in notebooks
        ]
        outcomes = run_jobs(jobs, folders[way], options=options)
        assert [outcome.error for outcome in outcomes] == [None] * len(jobs)
    return folders


# Addresses, process numbers, dates and random names, which no two runs have alike.
_RANDOM = re.compile(
    r"0x[0-9a-f]{6,}|ipykernel_\d+|[0-9a-f]{32}|T_[0-9a-f]{5}|\b[a-z][0-9a-f]{10}\b|\d{4}-\d\d-\d\dT[\d:.]+"
)


def settle(outputs):
    return _RANDOM.sub("<random>", json.dumps(outputs))


@pytest.mark.parametrize("way", ["forked", "cold"])
def test_every_output_is_that_of_an_ordinary_kernel(notebooks, executed, way):
    for path in notebooks:
        own, ordinary = (
            nbformat.read(executed[kind] / f"{path.stem}.ipynb", as_version=4)
            for kind in (way, "kernel")
        )
        cells = [cell.source for cell in ordinary.cells if cell.cell_type == "code"]
        assert len(cells) > 1
        for source, *outputs in zip(cells, list_outputs(own), list_outputs(ordinary), strict=True):
            assert settle(outputs[0]) == settle(outputs[1]), source


@pytest.mark.parametrize("way", ["cold", "kernel"])
def test_pages_and_downloads_differ_in_time_stamps_only(executed, way):
    forked, other = (read_reports(executed[kind]) for kind in ("forked", way))
    assert set(forked) == set(other)
    for name in forked:
        if not name.endswith(".ipynb") and not name.startswith("odd"):
            # What an ordinary kernel reads is heard by nobody, as the page says at its foot.
            end = b"<footer>" if way == "kernel" else b"</html>"
            assert forked[name].partition(end)[0] == other[name].partition(end)[0], name


def test_what_is_printed_by_whomever_is_shown_in_its_order(tmp_path):
    # In an ordinary kernel it is a matter of time.
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import os, subprocess, sys, threading",
        "print('Python')\nos.write(1, b'C\\n')\nos.system('echo child')\nprint('again')",
        "subprocess.run(['sh', '-c', 'echo aside >&2'])\ndisplay(1)\nprint('end', end='')",
        "thread = threading.Thread(target=print, args=('thread',))\nthread.start(); thread.join()",
        # An ordinary kernel, which has threads, may never return from it.
        "from multiprocessing import get_context\n"
        "with get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2]))",
    )
    run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out", options=Options(retries=0))
    executed = nbformat.read(tmp_path / "out/n.ipynb", as_version=4)
    told = [
        [(output.get("name"), output.get("text")) for output in cell.outputs]
        for cell in executed.cells[-4:]
    ]
    assert told[0] == [("stdout", "Python\nC\nchild\nagain\n")]
    assert told[1] == [("stderr", "aside\n"), (None, None), ("stdout", "end")]
    assert told[2] == [("stdout", "thread\n")]
    assert told[3] == [("stdout", "[1, 2]\n")]


def test_the_child_of_a_cell_that_forks_ends_with_the_cell(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import os\npid = os.fork()\nif pid: print(os.waitpid(pid, 0)[1])",
        "pid = os.fork()\nif not pid: raise ValueError\nprint(os.wait()[1] >> 8)",
        "with open('times.txt', 'a') as file: file.write('once ')",
    )
    (outcome,) = run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    assert (outcome.status, outcome.attempts) == ("built", 1)
    executed = nbformat.read(tmp_path / "out/n.ipynb", as_version=4)
    told = [[output.text for output in cell.outputs] for cell in executed.cells[-3:]]
    assert told == [["0\n"], ["1\n"], []]
    assert (tmp_path / "times.txt").read_text() == "once "


def run_papermill(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", "dti", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


def test_papermills_own_command_starts_a_process_for_it(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb", "import os\nprint(os.getpid(), draws)", "1 / (draws - 3)"
    )
    done = run_papermill(notebook, tmp_path / "out.ipynb", "-p", "draws", "4")
    assert done.returncode == 0, done.stderr
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert executed.cells[2].outputs[0].text.split()[1] == "4"
    assert executed.metadata.papermill.parameters == {"draws": 4}
    failed = run_papermill(notebook, tmp_path / "out.ipynb", "-p", "draws", "3")
    assert failed.returncode == 1
    assert "ZeroDivisionError" in failed.stderr
    kept = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [cell.metadata.papermill.status for cell in kept.cells[-1:]] == ["failed"]


def test_papermills_options_are_met_or_refused(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "print('told')")
    told = tmp_path / "told.txt"
    done = run_papermill(notebook, tmp_path / "out.ipynb", "--stdout-file", told, "--log-output")
    assert done.returncode == 0, done.stderr
    assert told.read_text() == "told\n"
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert [output.text for output in executed.cells[1].outputs] == ["told\n"]  # and no bar
    assert "Executing Cell 2" in done.stderr
    limited = run_papermill(notebook, tmp_path / "out.ipynb", "--execution-timeout", "5")
    assert limited.returncode == 1
    assert "sets no limit to a cell" in limited.stderr


def test_papermills_command_tells_the_death_of_its_process(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "print('so far')", "import os; os._exit(3)")
    done = run_papermill(notebook, tmp_path / "out.ipynb")
    assert done.returncode == 1
    assert "ProcessDied: exit code 3" in done.stderr
    kept = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    shown = [output.get("text") for cell in kept.cells for output in cell.get("outputs", [])]
    assert "so far\n" in shown


def test_what_an_ordinary_kernel_came_to_before_it_died_is_kept(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "print('so far')", "import os; os._exit(3)")
    job, options = Job(notebook, {}, "n", "N"), Options(retries=0, engine="jupyter")
    (outcome,) = run_jobs([job], tmp_path / "out", options=options)
    assert outcome.error == "DeadKernelError: Kernel died"
    kept = nbformat.read(tmp_path / "out/n.failed.ipynb", as_version=4)
    assert kept.cells[1].outputs[0].text == "so far\n"


def test_what_is_printed_into_a_widget_is_in_it_alone(tmp_path):
    # An ordinary kernel may wait for ever for what its page answers.
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import ipywidgets\nout = ipywidgets.Output()",
        "with out:\n    print('inside'); display('too')\nprint('outside')",
    )
    run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out", options=Options(retries=0))
    executed = nbformat.read(tmp_path / "out/n.ipynb", as_version=4)
    assert [output.text for output in executed.cells[-1].outputs] == ["outside\n"]
    (state,) = executed.metadata.widgets.values()
    (held,) = (about.state.outputs for about in state.state.values() if "outputs" in about.state)
    assert [output.get("text", output.get("data")) for output in held] == [
        "inside\n",
        {"text/plain": "'too'"},
    ]
