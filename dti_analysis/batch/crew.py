"""Who does the work: processes of this machine, or a Dask cluster. One task each at a time."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import Any, TypeVar, cast

from joblib.externals.loky.process_executor import ProcessPoolExecutor

from dti_analysis.batch.provisioner import ONE_THREAD
from dti_analysis.errors import DataError

Task = TypeVar("Task")
Result = TypeVar("Result")

_PATIENCE = 30.0  # seconds to wait for a cluster that has no workers
_GLANCE = 5.0  # seconds between looks at a cluster
_BLINK = 0.2  # seconds between looks at the process that leads the run


class WorkerDiedError(RuntimeError):
    """The process that was at a task died."""


class Crew:
    """Those who work: processes of this machine, as papermill is not made for threads.

    Parameters
    ----------
    size : int
        How many.

    Attributes
    ----------
    executor : Executor
        Takes tasks.
    """

    executor: Executor

    def __init__(self, size: int) -> None:
        self._size = size
        self.renew()

    def count(self) -> int:
        """How many tasks can be in work."""
        return self._size

    def is_there(self) -> bool:
        """Whether anybody is left to wait for."""
        return True

    def renew(self) -> None:
        """Replace an executor that broke."""
        self.executor = ProcessPoolExecutor(
            self._size, env=ONE_THREAD, initializer=_follow, initargs=(os.getpid(),)
        )

    def dismiss(self) -> None:
        """Stop at once, whatever is in work."""
        cast(ProcessPoolExecutor, self.executor).shutdown(wait=True, kill_workers=True)


class DaskCrew(Crew):
    """Workers of a Dask cluster that is there already.

    Parameters
    ----------
    address : str
        Of its scheduler, ``tcp://host:8786``.
    """

    def __init__(self, address: str) -> None:
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
        self.executor = self._client.get_executor(pure=False)
        self._last_seen = time.monotonic()

    def count(self) -> int:
        """How many tasks can be in work."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def is_there(self) -> bool:
        """Whether anybody is left to wait for: a cluster without workers may yet get some."""
        if self._client.nthreads():
            self._last_seen = time.monotonic()
        return time.monotonic() - self._last_seen < _PATIENCE

    def renew(self) -> None:
        """Do nothing: a cluster replaces its workers itself."""

    def dismiss(self) -> None:
        """Stop at once, whatever is in work."""
        self.executor.shutdown(wait=False)
        self._client.close()


def spread(
    waiting: deque[Task],
    work: Callable[[Task], Result],
    crew: Crew,
    begin: Callable[[Task], None],
) -> Iterator[tuple[Task, Result | Exception]]:
    """Do tasks, as many at a time as there are hands.

    A worker that dies takes with it what the others are at, and nobody says whose fault it was:
    what was lost is done again, one task at a time.

    Parameters
    ----------
    waiting : deque
        What to do; it may grow meanwhile.
    work : callable
        Does one task; both are sent to the worker.
    crew : Crew
        Who works.
    begin : callable
        Told of each task that is handed out.

    Yields
    ------
    tuple
        Each task with its result, or with the exception it ended with; `WorkerDiedError` where
        its worker died. In the order in which they end.
    """
    suspects: deque[Task] = deque()
    at_work: dict[Future[Result], Task] = {}
    is_alone = False
    while waiting or suspects or at_work:
        is_alone = bool(suspects) or (is_alone and bool(at_work))
        queue, room = (suspects, 1) if is_alone else (waiting, crew.count())
        while queue and len(at_work) < room:
            task = queue.popleft()
            begin(task)
            at_work[_hand_out(crew, work, task)] = task
        done, _ = wait(at_work, timeout=_GLANCE, return_when=FIRST_COMPLETED)
        if not done and not crew.is_there():
            done = set(at_work)
        lost = []
        for future in done:
            task = at_work.pop(future)
            try:
                yield task, future.result(timeout=0)
            except BrokenExecutor:
                lost.append(task)
            except TimeoutError:
                yield task, WorkerDiedError("the cluster has no workers any more")
            except Exception as error:
                yield task, error
        if lost:
            crew.renew()
            if is_alone:
                yield lost[0], WorkerDiedError("the worker process died, as when memory runs out")
            else:
                suspects += lost
                suspects += (at_work.pop(future) for future in list(at_work))


def _follow(leader: int) -> None:
    """End this process soon after the one that leads the run, which may be killed."""

    def watch() -> None:
        while os.getppid() == leader:
            time.sleep(_BLINK)
        os._exit(1)

    if os.name == "posix":
        threading.Thread(target=watch, daemon=True).start()


def _hand_out(crew: Crew, work: Callable[[Task], Result], task: Task) -> "Future[Result]":
    try:
        return crew.executor.submit(work, task)
    except BrokenExecutor:
        crew.renew()  # an idle worker died
        return crew.executor.submit(work, task)


def count_cores() -> int:
    """Count the cores this process may use, which in a container are fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
