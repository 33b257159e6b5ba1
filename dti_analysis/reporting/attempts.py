"""From what came of an attempt to what goes on record."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from dti_analysis.reporting.due import Task
from dti_analysis.reporting.jobs import Job
from dti_analysis.reporting.manifest import Output, Record, Report
from dti_analysis.reporting.provenance import sum_bytes

if TYPE_CHECKING:  # it imports papermill, which a run with nothing to do can spare
    from dti_analysis.reporting.worker import Draft

FAILED = ".failed.ipynb"
"""What is added to a stem for the executed notebook of a failure."""


def describe_attempt(
    task: Task,
    draft: "Draft",
    error: str | None,
    outputs: Mapping[str, bytes],
    run: str,
    earlier: Record | None,
) -> Record:
    """Describe an attempt for the record.

    Parameters
    ----------
    task : Task
        What was tried.
    draft : Draft
        What came of it.
    error : str or None
        Why it failed, if it did.
    outputs : mapping of str to bytes
        What is in place of it, by name.
    run : str
        The run's id.
    earlier : Record or None
        What was on record; its good report is still in place where this attempt failed.
    """
    job = task.job
    record = Record(
        title=job.title,
        notebook=job.notebook.name,
        parameters=dict(job.parameters),
        seed=_find_seed(job),
        inputs=task.inputs,
        status="failed" if error else "built",
        run=run,
        started=stamp(draft.started),
        ended=stamp(draft.ended),
        seconds=round((draft.ended - draft.started).total_seconds(), 3),
        cell_seconds=round(draft.cell_seconds, 3),
        attempts=task.attempt,
        error=error,
        failed_notebook=failed if (failed := f"{job.stem}{FAILED}") in outputs else None,
        report=earlier.report if earlier else None,
    )
    if error is not None:
        return record
    files = tuple(
        Output(name, len(content), sum_bytes(content)) for name, content in outputs.items()
    )
    report = Report(run, record.key, record.ended, files, tuple(task.links))
    return replace(record, report=report)


def _find_seed(job: Job) -> int | None:
    from dti_analysis.reporting.parameters import inspect_notebook

    own = inspect_notebook(job.notebook).get("seed")
    seed = job.parameters.get("seed", own.default if own else None)
    return seed if isinstance(seed, int) else None


def stamp(moment: datetime) -> str:
    """Write a moment as the record does: ISO 8601, to the millisecond."""
    return moment.isoformat(timespec="milliseconds")
