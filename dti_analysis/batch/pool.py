"""Who makes reports: processes of this machine, or a Dask cluster. Each report has its own."""

import atexit
import contextlib
import logging
import math
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

from dti_analysis.batch.inputs import Inputs, Reads
from dti_analysis.batch.links import Links
from dti_analysis.batch.stale import Task
from dti_analysis.batch.surroundings import (
    ORDER,
    RESULT,
    cut_streams,
    kill_marked,
    kill_tree,
    surround,
)
from dti_analysis.errors import DataError, GuardError
from dti_analysis.files import hold_scratch
from dti_analysis.language import write_number

CAN_FORK = sys.platform == "linux"
"""Whether reports can be forked here; elsewhere libraries do not survive it."""

TIMEOUT, DIED = "TimeoutError", "ProcessDied"
"""How the reasons of failures begin that no cell raised."""

RESCUE = 60.0
"""Seconds to save what can be saved of a report that died."""

BLINK = 1.0
"""Seconds between looks at how long a report has been at work and at what it prints."""

_ENDED = "the process that makes reports has ended"
_PATIENCE = 30.0  # seconds to wait for a cluster that has no workers
_GLANCE = 5.0  # seconds between looks at a cluster
_LONGEST_REASON = 300


@dataclass(frozen=True)
class RunContext:
    """What all reports of a run share."""

    inputs: Inputs  # a worker with other data or another library refuses
    # contents: what they import is imported before reports are forked; None for fresh interpreters
    notebooks: tuple[bytes, ...] | None
    timeout: float  # seconds that a report may take; 0 for as long as it likes
    # a pickled callable that is called once, after the imports; empty for none
    prepared: bytes = b""


@dataclass(frozen=True)
class RunResult:
    """What came of a report."""

    # contents by what is added to the stem: ``.failed.ipynb`` where it failed after it began
    files: Mapping[str, bytes]
    started: datetime
    ended: datetime
    cell_seconds: float = 0.0  # of the time it took, what was spent in cells
    error: str | None = None  # why it failed, in one line
    # contents of the files that all languages share, by what is added to their common stem
    numbers: Mapping[str, bytes] = field(default_factory=dict)
    reads: Reads = field(default_factory=Reads)
    links: Links = field(default_factory=Links)  # what its page links, and would link
    is_final: bool = False  # whether another try would end in the same way


def fail(error: Exception | str, *, is_final: bool = False) -> RunResult:
    """Describe a report of which nothing came."""
    now = datetime.now(UTC)
    return RunResult({}, now, now, error=tell_error(error), is_final=is_final)


def tell_error(error: Exception | str) -> str:
    """Tell in one line what went wrong; of an error that a cell raised, as the cell did."""
    name = getattr(error, "ename", type(error).__name__)
    text = str(getattr(error, "evalue", error))
    told = error if isinstance(error, str) else f"{name}: {text}" if text else name
    line = " ".join(told.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"


class EndedError(RuntimeError):
    """Those who make reports have ended, or were stopped."""


class Zygote:
    """A process that has imported what notebooks use, and forks a child for each report.

    It removes its private `folder` where this process is killed. Once the imports are done, `ready`
    has why reports cannot be forked or, a GuardError, must not be; None if they can.
    """

    def __init__(self, folder: Path) -> None:
        self.ready: Future[str | GuardError | None] = Future()
        self.is_dead = False
        self._ends: dict[str, Future[str]] = {}
        self._lock = threading.Lock()
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = _start("zygote", folder, number, folder, pass_fds=[number])
        self._line: Connection[Any, Any] = Connection(ours.detach())
        threading.Thread(target=self._listen, daemon=True).start()

    def brief(self, context: RunContext) -> None:
        """Tell it what all reports share; it has to know before it is asked for one."""
        self._send(context)

    def run(self, task: Task, folder: Path) -> str:
        """Have a report made in its private folder, and wait until it has ended, well or not.

        How its process ended is told in words, should nothing else tell; an EndedError says that
        this one ended before.
        """
        end: Future[str] = Future()
        with self._lock:
            if self.is_dead:
                raise EndedError(_ENDED)
            self._ends[folder.name] = end
        self._send((task, folder))
        try:
            return end.result()
        except EndedError:
            kill_marked(folder.name)
            raise

    def close(self) -> None:
        """End it, and all that it started, at once."""
        _end(self._process)

    def _send(self, message: object) -> None:
        with contextlib.suppress(OSError), self._lock:  # it is dead: `_listen` tells so
            self._line.send(message)

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            self.ready.set_result(self._line.recv())
            while True:
                name, how = self._line.recv()
                self._ends.pop(name).set_result(how)
        with self._lock:
            self.is_dead = True
        ends: list[Future[Any]] = [self.ready, *self._ends.values()]
        for end in ends:
            if not end.done():
                end.set_exception(EndedError(_ENDED))


class Cold:
    """Starts a fresh interpreter for each report."""

    def __init__(self, context: RunContext) -> None:
        self.is_dead = False
        self._context = context
        self._at_work: set[subprocess.Popen[bytes]] = set()

    def run(self, task: Task, folder: Path) -> str:
        """Make a report; see `Zygote.run`."""
        (folder / ORDER).write_bytes(pickle.dumps((task, self._context)))
        how = self._call(folder, self._context.timeout)
        if not (folder / RESULT).exists():
            self._call(folder, RESCUE, how)
        return how

    def close(self) -> None:
        """End all that is in work, at once."""
        self.is_dead = True
        for process in list(self._at_work):
            _end(process)

    def _call(self, folder: Path, timeout: float, *how: str) -> str:
        """Run the interpreter; say how it ended, in words."""
        limit = time.monotonic() + (timeout or math.inf)
        process = _start("report", folder, os.getpid(), folder, *how)
        self._at_work.add(process)
        try:
            while True:
                if self.is_dead:
                    raise EndedError(_ENDED)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return tell_end(process.wait(BLINK))
                if time.monotonic() > limit:
                    return tell_timeout(timeout)
                cut_streams(folder)
        finally:
            _end(process)
            kill_marked(folder.name)
            self._at_work.discard(process)


def _start(
    module: str, folder: Path, *arguments: object, **settings: Any
) -> "subprocess.Popen[bytes]":
    """Start an interpreter with a module of this room; what it needs to write goes to a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.{module}", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=surround(folder),
        # Out of the terminal's reach: what Ctrl-C means is for this process to decide.
        start_new_session=True,
        **settings,
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that has not ended yet, and all that it started."""
    if process.poll() is None:
        kill_tree(process.pid)
    process.wait()


def tell_timeout(timeout: float) -> str:
    """Tell that a report was given up."""
    return f"{TIMEOUT}: not done after {write_number(timeout)} s"


def tell_end(code: int) -> str:
    """Tell how a process ended without having said so itself, from its exit code."""
    if code >= 0:
        return f"{DIED}: exit code {code}"
    name = signal.Signals(-code).name
    return f"{DIED}: {name}" + (", as when memory runs out" if name == "SIGKILL" else "")


Maker = TypeVar("Maker", Zygote, Cold)


class Pool:
    """Processes of this machine; `note` is told what people should know."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._lock = threading.Lock()
        self._makers: list[Zygote | Cold] = []
        self._early: Zygote | None = None
        self._is_closed = False
        self._exits = ExitStack()
        self._folder = self._exits.enter_context(hold_scratch("reports"))

    def start_early(self) -> None:
        """Start the process that forks reports before it is known what they are."""
        self._early = Zygote(self._folder)
        self._exits.callback(self._early.close)

    def brief(self, context: RunContext, size: int) -> None:
        """Tell what all reports share, and how many can be in work."""
        self._context, self._size = context, size
        self._threads = ThreadPoolExecutor(size)
        self._exits.callback(self._threads.shutdown, cancel_futures=True)

    @property
    def size(self) -> int:
        """How many reports can be in work."""
        return self._size

    @property
    def is_warm(self) -> bool:
        """Whether reports are forked."""
        return self._context.notebooks is not None

    def submit(self, task: Task) -> "Future[RunResult]":
        """Have a report made."""
        return self._threads.submit(self.make, task)

    def is_there(self) -> bool:
        """Whether anybody is left to wait for."""
        return True

    def make(self, task: Task) -> RunResult:
        """Make a report, and wait for what comes of it; failures are told, not raised."""
        try:
            return self._make(task, self._find_maker())
        except EndedError as error:
            if self._is_closed:
                return fail(error)
        # It may have been this report's doing: apart from the others, it harms none of them.
        own = Zygote(self._folder)
        try:
            self._hold(own).brief(self._context)
            return self._make(task, own)
        except EndedError:
            return fail(f"{DIED}: with the process that it was forked from")
        finally:
            own.close()

    def close(self) -> None:
        """End all that is in work, at once. Afterwards nothing is left, no process and no file."""
        self._is_closed = True
        for maker in list(self._makers):
            maker.close()
        self._exits.close()

    def _make(self, task: Task, maker: Zygote | Cold) -> RunResult:
        folder = self._folder / uuid4().hex[:12]
        folder.mkdir()
        try:
            how = maker.run(task, folder)
            if not (folder / RESULT).exists():
                return fail(how, is_final=how.startswith(TIMEOUT))
            result: RunResult = pickle.loads((folder / RESULT).read_bytes())
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return result

    def _find_maker(self) -> Zygote | Cold:
        """Find who makes reports, or start it; the first has to wait for the imports."""
        with self._lock:
            if not self._makers or self._makers[-1].is_dead:
                self._add_maker()
            return self._makers[-1]

    def _add_maker(self) -> None:
        reason: str | GuardError | None = None
        if self._context.notebooks is not None:
            early, self._early = self._early, None
            zygote = self._hold(early or Zygote(self._folder))
            zygote.brief(self._context)
            try:
                reason = zygote.ready.result()
            except EndedError:
                reason = "the process that would fork them does not start"
            if reason is None:
                return
            if isinstance(reason, GuardError):
                raise reason
            zygote.close()
            if not self._is_closed:
                self._note(f"Reports start cold: {reason}.")
        self._hold(Cold(self._context))

    def _hold(self, maker: Maker) -> Maker:
        """Remember whom to end."""
        self._makers.append(maker)
        if self._is_closed:
            maker.close()
            raise EndedError(_ENDED)
        return maker


class DaskPool(Pool):
    """Workers of a Dask cluster that is there already, with the scheduler ``tcp://host:8786``."""

    def __init__(self, context: RunContext, address: str) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise DataError(
                "--dask needs Dask. Install it: pip install 'dti_analysis[cluster]'"
            ) from error
        try:
            client = cast(Any, Client)
            self._client = client(address, timeout=_PATIENCE, set_as_default=False)
            self._client.wait_for_workers(1, timeout=_PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            raise DataError(f"{address}: no Dask cluster with workers there: {error}") from error
        self._context = context
        self._executor = self._client.get_executor(pure=False)
        self._shared = pickle.dumps(context)
        self._last_seen = time.monotonic()

    @property
    def size(self) -> int:
        """How many reports can be in work."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def submit(self, task: Task) -> "Future[RunResult]":
        """Have a report made."""
        future: Future[RunResult] = self._executor.submit(_make_there, task, self._shared)
        return future

    def is_there(self) -> bool:
        """Whether anybody is left to wait for: a cluster without workers may yet get some."""
        if self._client.nthreads():
            self._last_seen = time.monotonic()
        return time.monotonic() - self._last_seen < _PATIENCE

    def close(self) -> None:
        """Leave the cluster, whatever is in work."""
        self._executor.shutdown(wait=False)
        self._client.close()


def _make_there(task: Task, shared: bytes) -> RunResult:
    """Make a report in a Dask worker, which may have several threads."""
    with _there:
        pool = _own_pool(shared)
    return pool.make(task)


_there = threading.Lock()


@cache
def _own_pool(shared: bytes) -> Pool:
    pool = Pool(logging.getLogger(__name__).warning)
    pool.brief(pickle.loads(shared), 1)
    atexit.register(pool.close)
    return pool


def make_all(
    waiting: deque[Task],
    pool: Pool,
    begin: Callable[[Task], None] = lambda _: None,
    meanwhile: Callable[[], object] = lambda: None,
) -> Iterator[tuple[Task, RunResult]]:
    """Make reports, as many at a time as the pool can; give each with what came of it, as they end.

    What is `waiting` may grow meanwhile. `begin` is told of each task that is handed out, and
    `meanwhile` is done once, when the first are in work.
    """
    at_work: dict[Future[RunResult], Task] = {}
    is_first = True
    while waiting or at_work:
        while waiting and len(at_work) < pool.size:
            task = waiting.popleft()
            begin(task)
            at_work[pool.submit(task)] = task
        if is_first:
            meanwhile()
            is_first = False
        done, _ = wait(at_work, timeout=_GLANCE, return_when=FIRST_COMPLETED)
        if not done and not pool.is_there():
            for task in at_work.values():
                yield task, fail("the cluster has no workers any more")
            at_work.clear()
        for future in done:
            try:
                result = future.result()
            except GuardError:
                raise
            except Exception as error:  # of the cluster, or of sending to it
                result = fail(error)
            yield at_work.pop(future), result


def count_cores() -> int:
    """Count the cores this process may use, which in a container are fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
