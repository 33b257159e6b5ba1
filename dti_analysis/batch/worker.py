"""One report, in a worker process: run and render; or keep what shows the failure.

A worker writes nothing but drafts of its own and hands back contents: only the process that leads
the run touches the output, so a worker may be killed, or be on another machine.
"""

import atexit
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill import PapermillExecutionError, execute_notebook
from papermill.engines import NBClientEngine, papermill_engines
from papermill.iorw import write_ipynb

from dti_analysis.batch.inputs import Inputs, hash_data, hash_library
from dti_analysis.batch.job import Job
from dti_analysis.batch.kernel import choose_kernel
from dti_analysis.batch.notebook import parse, serialise
from dti_analysis.batch.pages import finish, render_again, settle_notebook
from dti_analysis.batch.provisioner import CAN_FORK, make_private_folder, own_warm_process
from dti_analysis.batch.stale import Task
from dti_analysis.errors import DataError
from dti_analysis.language import write_number
from dti_analysis.project import find_root

# Papermill and nbclient log what the outcome tells too; a handler of the caller still gets it.
logging.getLogger("papermill").addHandler(logging.NullHandler())

_LONGEST_REASON = 300
_TOO_LONG = "TimeoutError: not done after"
_ENGINE = "dti-report"
_lock = threading.Lock()


@dataclass(frozen=True)
class Workshop:
    """What all jobs of one run share.

    Parameters
    ----------
    build : Inputs
        What the reports are made from; a worker with other data or another library refuses.
    modules : tuple of str or None
        What the warm process imports; None for cold kernels.
    folder : Path or None
        Private folder for drafts and sockets, with the run's warm process in it unless kernels
        are cold. None where workers have to provide for themselves.
    timeout : float
        Seconds that a notebook may run; 0 for as long as it likes.
    prepared : bytes
        See `dti_analysis.batch.provisioner.WarmProcess`; for those without a folder.
    """

    build: Inputs
    modules: tuple[str, ...] | None
    folder: Path | None
    timeout: float
    prepared: bytes = b""


@dataclass(frozen=True)
class Draft:
    """What a worker made of a job.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by what is added to the stem: ``.ipynb`` and ``.html`` or ``.pdf`` or both,
        or ``.failed.ipynb`` where it failed after it began.
    numbers : mapping of str to bytes
        Contents of the files that are the same in every language, by what is added to the stem
        that these share.
    started, ended : datetime
        When, in UTC.
    cell_seconds : float
        Time spent in cells.
    error : str or None
        Why it failed, in one line.
    is_final : bool
        Whether another try would fail for the same reason.
    """

    files: Mapping[str, bytes]
    started: datetime
    ended: datetime
    cell_seconds: float = 0.0
    error: str | None = None
    numbers: Mapping[str, bytes] = field(default_factory=dict)
    is_final: bool = False


class _ReportEngine(NBClientEngine):  # type: ignore[misc]
    """Saves a notebook that breaks off, instead of every notebook after every cell."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, draft: Path, **kwargs: Any
    ) -> None:
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        except Exception as error:
            _mark_error(nb_man.nb, error)
            write_ipynb(nb_man.nb, str(draft))
            raise


papermill_engines.register(_ENGINE, _ReportEngine)


def make_report(task: Task, workshop: Workshop) -> Draft:
    """Run a job to its end, good or bad.

    Parameters
    ----------
    task : Task
        A checked job, and what to make of it.
    workshop : Workshop
        With what to work.

    Returns
    -------
    Draft
        Failures of any kind are told, not raised, so that the other jobs go on.
    """
    job = task.job
    clock, started = time.monotonic(), datetime.now(UTC)
    folder, is_warm = _find_room(workshop)
    draft = folder / f"{uuid.uuid4().hex[:12]}.ipynb"
    try:
        if not folder.is_dir():
            raise RuntimeError("the run that this report is for is over")
        _check_sources(workshop.build)
        if task.executed is not None:
            files, numbers, _held = render_again(task, task.executed, workshop.build)
            return Draft(files, started, datetime.now(UTC), numbers=numbers)
        notebook = execute_notebook(
            parse(task.content),
            draft,
            dict(job.parameters),
            engine_name=_ENGINE,
            draft=draft,
            request_save_on_cell_execute=False,
            progress_bar=False,
            # As in JupyterLab and under nbval; papermill's own way changes this process's folder.
            resources={"metadata": {"path": str(_find_home(job, folder))}},
            # The polite way takes half a second and makes the kernel complain of an interrupt.
            shutdown_kernel="immediate",
            **choose_kernel(folder, is_warm, workshop.timeout),
        )
        _check_sources(workshop.build)
        cell_seconds = _sum_cells(notebook)
        files, numbers, _held = finish(notebook, task, workshop.build, started)
        return Draft(files, started, datetime.now(UTC), cell_seconds, numbers=numbers)
    except Exception as error:
        reason = explain(error, time.monotonic() - clock, workshop.timeout)
        files = {".failed.ipynb": _read_failure(draft, job)} if draft.exists() else {}
        is_final = reason.startswith((_TOO_LONG, *(f"{kind}:" for kind in _list_kinds(DataError))))
        return Draft(files, started, datetime.now(UTC), error=reason, is_final=is_final)
    finally:
        draft.unlink(missing_ok=True)


def _find_room(workshop: Workshop) -> tuple[Path, bool]:
    is_warm = workshop.modules is not None and CAN_FORK
    if workshop.folder is not None:
        return workshop.folder, is_warm
    with _lock:  # a Dask worker may have several threads
        if workshop.modules is not None and CAN_FORK:
            return own_warm_process(workshop.modules, workshop.prepared).folder, True
        return _own_folder(), False


@cache
def _own_folder() -> Path:
    folder = make_private_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _find_home(job: Job, folder: Path) -> Path:
    """Find the working folder: the notebook's own, which another machine may not have."""
    return job.notebook.parent if job.notebook.parent.is_dir() else folder


def _check_sources(build: Inputs) -> None:
    """Refuse to mix what a report is said to be made from with something else."""
    if hash_data(find_root()) != build.data:
        raise RuntimeError("the raw tables are not those that the run began with")
    if _hash_own_library() != build.library:
        raise RuntimeError("the worker has another version of the library")


_hash_own_library = cache(hash_library)


def _read_failure(draft: Path, job: Job) -> bytes:
    notebook = parse(draft.read_bytes())
    settle_notebook(notebook, job)
    return serialise(notebook)


def _sum_cells(notebook: NotebookNode) -> float:
    """Add up the seconds that cells took."""
    recorded = (cell.metadata.get("papermill", {}) for cell in notebook.cells)
    return sum(about.get("duration") or 0.0 for about in recorded)


def _mark_error(notebook: NotebookNode, error: Exception) -> None:
    """Show an error that no cell raised, such as the death of the kernel, where it happened."""
    begun = [cell for cell in notebook.cells if cell.metadata["papermill"].get("start_time")]
    if begun and begun[-1].cell_type == "code":
        output = nbformat.v4.new_output(  # type: ignore[no-untyped-call]
            "error", ename=type(error).__name__, evalue=str(error), traceback=[str(error)]
        )
        begun[-1].outputs.append(output)


def _list_kinds(kind: type[Exception]) -> list[str]:
    return [kind.__name__, *chain.from_iterable(map(_list_kinds, kind.__subclasses__()))]


def explain(error: Exception, seconds: float = 0.0, timeout: float = 0.0) -> str:
    """Tell in one line why a report failed.

    Parameters
    ----------
    error : Exception
        What went wrong.
    seconds, timeout : float
        How long it had been going on, and how long it was allowed to; 0 for as long as it likes.
    """
    if isinstance(error, PapermillExecutionError):
        reason = f"{error.ename}: {error.evalue}" if error.evalue else str(error.ename)
    elif isinstance(error, DeadKernelError) and timeout and seconds >= timeout:
        reason = f"{_TOO_LONG} {write_number(timeout)} s"
    else:
        reason = f"{type(error).__name__}: {error}"
    line = " ".join(reason.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"
