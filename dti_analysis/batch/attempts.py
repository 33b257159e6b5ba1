"""From what came of an attempt to what goes on record."""

from collections.abc import Mapping
from dataclasses import replace

from dti_analysis.batch.job import Job
from dti_analysis.batch.manifest import Output, Record, Report, stamp
from dti_analysis.batch.options import FORMATS
from dti_analysis.batch.pool import RunResult
from dti_analysis.batch.stale import Task
from dti_analysis.batch.store import Store
from dti_analysis.files import hash_content

FAILED = ".failed.ipynb"
"""What is added to a stem for the executed notebook of a failure."""


def name_outputs(job: Job, result: RunResult) -> dict[str, bytes]:
    """Name the files of a result relative to the output folder."""
    files = {f"{job.stem}{ending}": content for ending, content in result.files.items()}
    return files | {f"{job.shared_stem}{name}": text for name, text in result.numbers.items()}


def place_outputs(
    store: Store,
    task: Task,
    outputs: Mapping[str, bytes],
    reports: Mapping[str, Record],
    run: str,
) -> None:
    """Put what came of an attempt in place, and away what would mislead beside it."""
    job = task.job
    # Numbers are there already if this run made the report in another language before.
    translations = [reports[stem].report for stem in job.translations.values() if stem in reports]
    made = [
        output for other in translations if other and other.run == run for output in other.outputs
    ]
    there = {output.path: output.sha256 for output in made}
    new = {
        name: content
        for name, content in outputs.items()
        if name not in there or there[name] != hash_content(content)
    }
    store.put(new)
    if f"{job.stem}{FAILED}" not in outputs and task.executed is None:
        store.remove(f"{job.stem}{FAILED}")
    if f"{job.stem}.ipynb" in outputs:
        # A page in a format that was not asked for this time is of an earlier report.
        for ending in FORMATS.values():
            if f"{job.stem}{ending}" not in outputs:
                store.remove(f"{job.stem}{ending}")


def describe_attempt(
    task: Task,
    result: RunResult,
    error: str | None,
    outputs: Mapping[str, bytes],
    run: str,
    earlier: Record | None,
) -> Record:
    """Describe an attempt for the record.

    `outputs` are in place of it, by name. Of the `earlier` record the good report is still in place
    where this attempt failed, with an `error`.
    """
    job = task.job
    ended, report = stamp(result.ended), earlier.report if earlier else None
    files = tuple(
        Output(name, len(content), hash_content(content)) for name, content in outputs.items()
    )
    links, missing = result.links.made, result.links.missing
    if earlier and report and task.executed is not None and error is None:
        # Only rendered again: what the last try was made from, and how it ended, stays.
        shown = replace(report, run=run, outputs=files, links=links, missing=missing)
        return replace(earlier, title=job.title, report=shown)
    record = Record(
        title=job.title,
        notebook=job.notebook.name,
        parameters=dict(job.parameters),
        seed=_find_seed(job),
        inputs=task.inputs,
        status="failed" if error else "built",
        run=run,
        started=stamp(result.started),
        ended=ended,
        seconds=round((result.ended - result.started).total_seconds(), 3),
        cell_seconds=round(result.cell_seconds, 3),
        attempts=task.attempt,
        error=error,
        failed_notebook=failed if (failed := f"{job.stem}{FAILED}") in outputs else None,
        report=report,
        files=result.reads.files,
        unwatched=result.reads.unwatched,
    )
    return (
        record
        if error
        else replace(record, report=Report(run, record.key, ended, files, links, missing))
    )


def _find_seed(job: Job) -> int | None:
    from dti_analysis.batch.parameters import inspect_notebook

    own = inspect_notebook(job.notebook).get("seed")
    seed = job.parameters.get("seed", own.default if own else None)
    return seed if isinstance(seed, int) else None
