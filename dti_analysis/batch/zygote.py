"""The zygote: imports once what notebooks use, then forks a process for each report.

Run by `dti_analysis.batch.pool` as ``python -m dti_analysis.batch.zygote DESCRIPTOR FOLDER``. It
takes orders from the descriptor until the other end is closed. It is the parent of the reports, so
that exit codes, groups and deadlines are certain. Linux only.
"""

import contextlib
import ctypes
import gc
import importlib
import io
import math
import os
import pickle
import selectors
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

import psutil
from nbformat import from_dict

from dti_analysis.batch import report
from dti_analysis.batch.imports import find_imports
from dti_analysis.batch.pool import BLINK, RESCUE, RunContext, tell_end, tell_timeout
from dti_analysis.batch.reads import Watch
from dti_analysis.batch.render import render_html
from dti_analysis.batch.stale import Task
from dti_analysis.batch.surroundings import (
    MARK,
    RESULT,
    cut_streams,
    die_with_parent,
    kill_tree,
    leave_start_folder,
)
from dti_analysis.errors import GuardError
from dti_analysis.language import LANGUAGES

# What a library leaves for its first use. The inline backend is not for here: on import it ties
# figures to the shell that is there, and none is.
_LATE = {
    "matplotlib": ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
    "pandas": ("pandas.io.formats.html", "pyarrow.dataset", "pyarrow.parquet"),
    "PIL": ("PIL.PngImagePlugin",),
}
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
_IDLE = 600.0  # seconds without work after which it ends


def prepare(modules: Iterable[str], prepared: bytes = b"") -> str | GuardError | None:
    """Import modules, and do what is to be done ahead, for the children to find.

    What cannot be imported is left for the notebook to stumble over. Say why forked reports would
    not be like fresh ones: an import prints or warns, which a cell would show, or starts a thread,
    which a fork loses; or what ends the batch. None if they are.
    """
    said = io.StringIO()
    show = warnings.showwarning
    warnings.showwarning = lambda message, *_, **__: print(message, file=said)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            _import(modules)
            for name, late in _LATE.items():
                if name in sys.modules:
                    _import(late)
            if prepared:
                pickle.loads(prepared)()
            _render_tiny()
    except GuardError as error:
        return error
    except Exception as error:  # each report tells it again, where it is read
        return f"{type(error).__name__}: {error}"
    finally:
        warnings.showwarning = show
    if said.getvalue():
        return f"an import says: {said.getvalue().strip()}"
    if _has_threads():
        return "an import starts a thread"
    # Else the first collection in each child would copy every page there is.
    gc.collect()
    gc.freeze()
    return None


def _render_tiny() -> None:
    """Render a page in each language: what is done at a first use would be done in each child."""
    text = {"cell_type": "markdown", "metadata": {}, "source": "# [a](b)\n\n|a|\n|-|\n|1|"}
    page = from_dict({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [text]})  # type: ignore[no-untyped-call]
    for language in LANGUAGES:
        render_html(page, "", language=language)


def _has_threads() -> bool:
    """Tell whether threads are left, those that are just about to end apart."""
    deadline = time.monotonic() + BLINK
    while len([*Path("/proc/self/task").iterdir()]) > 1:
        if time.monotonic() > deadline:
            return True
        time.sleep(0.01)
    return False


def _import(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            try:
                importlib.import_module(name)
            except ModuleNotFoundError:
                # Perhaps what a module imports when it is first asked for.
                parent, _, attribute = name.rpartition(".")
                getattr(sys.modules.get(parent), attribute, None)


@dataclass
class _Child:
    """A report in work, or the rescue of one that died."""

    task: Task
    folder: Path
    pid: int  # not waited for yet
    deadline: float
    is_rescue: bool = False  # whether it saves what another left
    how: str = ""  # how it ends, or how the other did; empty where its exit code is to tell


class _Nursery:
    """Forks reports, tells their ends, and kills those that nobody wants any more."""

    def __init__(self, owner: "Connection[Any, Any]", context: RunContext, watch: Watch) -> None:
        self._owner, self._context, self._watch = owner, context, watch
        self._children: dict[int, _Child] = {}
        self._is_owned = True
        self._selector = selectors.DefaultSelector()
        self._selector.register(owner, selectors.EVENT_READ, self._take_order)

    def serve(self) -> bool:
        """Work until the owner is gone, or has had no work for long: then it is there still."""
        last = time.monotonic()
        while self._is_owned and time.monotonic() - last < _IDLE:
            for key, _ in self._selector.select(BLINK if self._children else _IDLE):
                key.data()
            if self._children:
                last = time.monotonic()
                self._look_after()
        for child in psutil.Process().children():
            kill_tree(child.pid)
        return self._is_owned

    def _take_order(self) -> None:
        try:
            task, folder = self._owner.recv()
        except (EOFError, OSError):
            self._is_owned = False
            return
        limit = self._context.timeout or math.inf
        self._fork(task, folder, limit, report.carry_out, self._watch)

    def _fork(
        self, task: Task, folder: Path, limit: float, work: Callable[..., NoReturn], last: object
    ) -> None:
        parent, self._watch.is_on = os.getpid(), False  # this fork is none of a notebook's
        pid = os.fork()
        self._watch.is_on = True
        if pid == 0:
            try:
                die_with_parent(parent)
                os.setsid()
                self._selector.close()
                self._owner.close()
                os.environ[MARK] = folder.name
                work(task, self._context, folder, last)
            finally:
                os._exit(1)
        is_rescue = work is report.recover
        how = str(last) if is_rescue else ""
        child = _Child(task, folder, pid, time.monotonic() + limit, is_rescue, how)
        end = os.pidfd_open(pid)
        self._children[end] = child
        self._selector.register(end, selectors.EVENT_READ, lambda: self._reap(end))

    def _reap(self, end: int) -> None:
        child = self._children.pop(end)
        self._selector.unregister(end)
        os.close(end)
        kill_tree(child.pid)  # what it left; its number is its own until it is waited for
        _, status = os.waitpid(child.pid, 0)
        self._kill_orphans(child.folder.name)
        how = child.how or tell_end(os.waitstatus_to_exitcode(status))
        if (child.folder / RESULT).exists() or child.is_rescue:
            with contextlib.suppress(OSError):
                self._owner.send((child.folder.name, how))
        else:
            self._fork(child.task, child.folder, RESCUE, report.recover, how)

    def _look_after(self) -> None:
        """Kill what is late, and cut what prints without end."""
        for child in self._children.values():
            if time.monotonic() > child.deadline:
                child.how = child.how or tell_timeout(self._context.timeout)
                kill_tree(child.pid)
            cut_streams(child.folder)

    def _kill_orphans(self, mark: str) -> None:
        """Kill what a report started and left, which is this process's now."""
        own = {child.pid for child in self._children.values()}
        for process in psutil.Process().children():
            with contextlib.suppress(psutil.Error, ChildProcessError):
                if process.pid not in own and _read_mark(process) in (mark, None):
                    kill_tree(process.pid)
                    os.waitpid(process.pid, 0)


def _read_mark(process: psutil.Process) -> str | None:
    """Read whose a process is; None of one that has ended."""
    try:
        mark: str | None = process.environ().get(MARK)
    except psutil.Error:
        return None
    return mark


def main(number: str, folder: str) -> None:
    """Serve the owner at the other end of a descriptor."""
    leave_start_folder()
    ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1)
    owner: Connection[Any, Any] = Connection(int(number))
    watch = Watch()
    try:
        context: RunContext = owner.recv()
        reason = prepare(find_imports(context.notebooks or ()), context.prepared)
        owner.send(reason)
        is_owned = reason is not None or _Nursery(owner, context, watch).serve()
    except (EOFError, OSError):
        is_owned = False
    if not is_owned:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
