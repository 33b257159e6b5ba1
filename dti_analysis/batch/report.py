"""One report, in a process of its own: run, render; or keep what shows the failure.

It writes nothing but one file, with what came of it: only the process that leads the run touches
the output, so that a report may die at any moment, or be made on another machine.
"""

import atexit
import contextlib
import gc
import io
import logging
import os
import pickle
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NoReturn

from ipykernel.zmqshell import ZMQInteractiveShell
from nbformat import NotebookNode
from papermill import PapermillExecutionError
from papermill.engines import NBClientEngine
from papermill.execute import (
    prepare_notebook_metadata,
    raise_for_execution_errors,
    remove_error_markers,
)
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from dti_analysis.batch.engine import InProcessEngine, rebuild
from dti_analysis.batch.inputs import Inputs, hash_data, hash_library
from dti_analysis.batch.job import Job
from dti_analysis.batch.kernels import describe_kernel
from dti_analysis.batch.notebook import parse, serialise
from dti_analysis.batch.pages import finish, render_again, settle_notebook
from dti_analysis.batch.pool import TIMEOUT, RunContext, RunResult, tell_error
from dti_analysis.batch.reads import Watch, find_reads
from dti_analysis.batch.stale import Task
from dti_analysis.batch.surroundings import (
    ORDER,
    RESULT,
    die_with_parent,
    leave_start_folder,
)
from dti_analysis.errors import DataError
from dti_analysis.files import write_whole
from dti_analysis.root import find_root

# Papermill and nbclient log what the outcome tells too; a handler of the caller still gets it.
logging.getLogger("papermill").addHandler(logging.NullHandler())

_GRACE = 2.0  # seconds for what a notebook left to be done at its end


def carry_out(task: Task, context: RunContext, folder: Path, watch: Watch) -> NoReturn:
    """Make a report, leave what came of it in a folder, and end this process.

    The private folder also takes its journal and what it prints; `watch` hears of what is read.
    """
    write_whole(folder / RESULT, pickle.dumps(make_report(task, context, folder, watch)))
    _end()


def make_report(task: Task, context: RunContext, folder: Path, watch: Watch) -> RunResult:
    """Run a job to its end, good or bad; failures of any kind are told, not raised.

    This process is its own, and is not fit for another. See `carry_out` for folder and watch.
    """
    began, started, root = time.time(), datetime.now(UTC), find_root()
    notebook = None
    try:
        _check_sources(context.inputs, root)
        if task.executed is not None:
            files, numbers, links = render_again(task, task.executed, context.inputs)
            return RunResult(files, started, datetime.now(UTC), numbers=numbers, links=links)
        home = _find_home(task.job, folder)
        # By the path that it is known by, links and all, as a shell does: so is its project found.
        os.environ["PWD"] = os.path.abspath(home)  # noqa: PTH100
        os.chdir(home)
        notebook = _prepare(task)
        _execute(notebook, task, folder, home)
        values = _list_variables() if task.kernel is None else []
        watch.is_on = False
        reads = find_reads(watch, notebook, values, home, root, began)
        _check_sources(context.inputs, root)
        # What a notebook set for itself is not to be heard of here.
        logging.disable()
        warnings.simplefilter("ignore")
        seconds = _sum_cells(notebook)
        files, numbers, reads, links = finish(notebook, task, context.inputs, started, reads)
        return RunResult(files, started, datetime.now(UTC), seconds, None, numbers, reads, links)
    except Exception as error:
        return _fail(task, notebook, started, tell_error(error), is_final=_is_of_the_input(error))


def recover(task: Task, context: RunContext, folder: Path, how: str) -> NoReturn:
    """Leave what can be saved of a report whose process died, `how`, and end this one."""
    notebook = rebuild(folder, how)
    started = datetime.fromtimestamp(folder.stat().st_ctime, UTC)
    if notebook is not None:
        started = datetime.fromisoformat(notebook.metadata.papermill.start_time)
    is_final = how.startswith(TIMEOUT)
    result = _fail(task, notebook, started, how, is_final=is_final)
    write_whole(folder / RESULT, pickle.dumps(result))
    _end()


def _fail(
    task: Task, notebook: NotebookNode | None, started: datetime, reason: str, *, is_final: bool
) -> RunResult:
    files = {}
    if notebook is not None and "papermill" in notebook.metadata:
        settle_notebook(notebook, task.job)
        files = {".failed.ipynb": serialise(notebook)}
    return RunResult(files, started, datetime.now(UTC), error=reason, is_final=is_final)


def _find_home(job: Job, folder: Path) -> Path:
    """Find the working folder: the notebook's own, which another machine may not have."""
    return job.notebook.parent if job.notebook.parent.is_dir() else folder


def _check_sources(inputs: Inputs, root: Path) -> None:
    """Refuse to mix what a report is said to be made from with something else."""
    if hash_data(root) != inputs.data:
        raise RuntimeError("the raw tables are not those that the run began with")
    if _hash_own_library() != inputs.library:
        raise RuntimeError("the worker has another version of the library")


_hash_own_library = cache(hash_library)


def _prepare(task: Task) -> NotebookNode:
    """Put the parameters in, as papermill does."""
    notebook = load_notebook_node(parse(task.content))
    kernel = {"kernel_name": "python3", "language": "python"} if task.kernel is None else {}
    if task.job.parameters:
        notebook = parameterize_notebook(notebook, dict(task.job.parameters), **kernel)
    prepare_notebook_metadata(notebook, "", "")
    prepared: NotebookNode = remove_error_markers(notebook)
    return prepared


def _execute(notebook: NotebookNode, task: Task, folder: Path, home: Path) -> None:
    if task.kernel is None:
        InProcessEngine.execute_notebook(notebook, "python3", progress_bar=False, folder=folder)
    else:
        settings = describe_kernel(folder, home)
        NBClientEngine.execute_notebook(notebook, task.kernel, progress_bar=False, **settings)
    meant = [(cell, cell.outputs) for cell in notebook.cells if _is_meant_to_fail(cell)]
    for cell, _ in meant:
        cell.outputs = []
    try:
        raise_for_execution_errors(notebook, None)
    finally:
        for cell, outputs in meant:
            cell.outputs = outputs


def _list_variables() -> list[object]:
    """List what the variables of the notebook hold, those of the shell apart."""
    shell = ZMQInteractiveShell.instance()
    return [value for name, value in shell.user_ns.items() if name not in shell.user_ns_hidden]


def _is_meant_to_fail(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and "raises-exception" in cell.metadata.get("tags", [])


def _sum_cells(notebook: NotebookNode) -> float:
    """Add up the seconds that cells took."""
    recorded = (cell.metadata.get("papermill", {}) for cell in notebook.cells)
    return sum(about.get("duration") or 0.0 for about in recorded)


def _is_of_the_input(error: Exception) -> bool:
    """Tell whether another try would end in the same way: the input is at fault."""
    if isinstance(error, PapermillExecutionError):
        return error.ename in {kind.__name__ for kind in _list_kinds(DataError)}
    return isinstance(error, DataError)


def _list_kinds(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for own in kind.__subclasses__():
        yield from _list_kinds(own)


def _end() -> NoReturn:
    """End at once, whatever threads a notebook left, but not before its files are written out."""
    for thing in gc.get_objects():
        with contextlib.suppress(Exception):
            if isinstance(thing, io.IOBase) and thing.writable():
                thing.flush()
    last = threading.Thread(target=atexit._run_exitfuncs, daemon=True)
    last.start()
    last.join(_GRACE)
    os._exit(0)


def main(parent: str, name: str, how: str = "") -> None:
    """Make the report that was left in a folder, in a fresh interpreter; or recover it."""
    die_with_parent(int(parent))
    leave_start_folder()
    folder = Path(name)
    task, context = pickle.loads((folder / ORDER).read_bytes())
    if how:
        recover(task, context, folder, how)
    carry_out(task, context, folder, Watch())


if __name__ == "__main__":
    main(*sys.argv[1:])
