"""A batch of reports over the cores of one machine."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from tqdm import tqdm

from dti_analysis.errors import DataError
from dti_analysis.reporting.jobs import Job, Outcome, check_jobs
from dti_analysis.reporting.worker import Workshop, make_report

_WORKER_DIED = "the worker process died, as when memory runs out"


def run_jobs(
    jobs: Sequence[Job],
    output: Path,
    *,
    small_print: Mapping[str, str] | None = None,
    n_jobs: int | None = None,
    language: str = "en",
    stream: TextIO | None = None,
) -> list[Outcome]:
    """Make reports, each whole or not at all, whatever becomes of the others.

    For each job ``stem.ipynb`` (executed) and ``stem.html`` appear in the output folder when both
    are complete. Where a job fails, the previous ones stay, and ``stem.failed.ipynb`` shows how
    far it came; the next success removes it.

    Parameters
    ----------
    jobs : sequence of Job
        What to make.
    output : Path
        Folder of the reports; made where missing.
    small_print : mapping of str to str, optional
        Label and value of each line at the foot of every report; the notebook, its parameters
        and the time are added.
    n_jobs : int, optional
        Kernels at the same time; by default as many as there are cores to use.
    language : str
        Two-letter code of the language of the reports.
    stream : text stream, optional
        Takes the progress, by default stderr: one bar on a terminal, else a line per report.

    Returns
    -------
    list of Outcome
        In the order of the jobs.

    Raises
    ------
    DataError
        If a job cannot be run as meant; see `check_jobs`. No kernel was started then.
    OSError
        If the output folder cannot be written to.
    """
    if n_jobs is not None and n_jobs < 1:
        raise DataError(f"{n_jobs} workers cannot make a report: expected at least 1.")
    check_jobs(jobs)
    if not jobs:
        return []
    output.mkdir(parents=True, exist_ok=True)
    # Both folders go whatever happens; one that a dying kernel still writes to may stay behind.
    with (
        tempfile.TemporaryDirectory(
            prefix=".building-", dir=output, ignore_cleanup_errors=True
        ) as bench,
        tempfile.TemporaryDirectory(prefix="dti-", ignore_cleanup_errors=True) as sockets,
    ):
        workshop = Workshop(
            output.resolve(),
            Path(bench).resolve(),
            Path(sockets),
            dict(small_print or {}),
            language,
        )
        done = {}
        ended = _spread([_absolute(job) for job in jobs], workshop, n_jobs or _count_cores())
        for outcome in _show(ended, len(jobs), stream or sys.stderr):
            done[outcome.job.stem] = outcome
    return [done[job.stem] for job in jobs]


def _absolute(job: Job) -> Job:
    return Job(job.notebook.resolve(), job.parameters, job.stem, job.title)


def _spread(jobs: Sequence[Job], workshop: Workshop, n_jobs: int) -> Iterator[Outcome]:
    """Yield outcomes as they come. Processes: papermill changes the working directory."""
    left = {job.stem: job for job in jobs}
    try:
        tasks = [delayed(make_report)(job, workshop) for job in jobs]
        for outcome in _pool(min(n_jobs, len(jobs)))(tasks):
            del left[outcome.job.stem]
            yield outcome
    except TerminatedWorkerError:
        # A worker that dies takes the pool with it, and nobody says which job it was at.
        for job in left.values():
            yield _make_alone(job, workshop)


def _make_alone(job: Job, workshop: Workshop) -> Outcome:
    try:
        # Of two workers, one idle: a pool of one would be this very process.
        outcome: Outcome = next(_pool(2)([delayed(make_report)(job, workshop)]))
    except TerminatedWorkerError:
        return Outcome(job, "failed", 0.0, _WORKER_DIED)
    return outcome


def _pool(n_jobs: int) -> Parallel:
    return Parallel(n_jobs, backend="loky", return_as="generator_unordered", batch_size=1)


def _count_cores() -> int:
    """Count the cores this process may use, which in a container are fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _show(ended: Iterator[Outcome], total: int, stream: TextIO) -> Iterator[Outcome]:
    is_terminal = stream.isatty()
    bar = tqdm(ended, total=total, unit="report", file=stream, disable=not is_terminal)
    for count, outcome in enumerate(bar, start=1):
        line = f"{outcome.job.stem}: {outcome.status} in {outcome.seconds:.1f} s"
        if outcome.error is not None:
            line += f": {outcome.error}"
        if not is_terminal:
            print(f"[{count}/{total}] {line}", file=stream, flush=True)
        elif outcome.error is not None:
            bar.write(line, file=stream)
        yield outcome
