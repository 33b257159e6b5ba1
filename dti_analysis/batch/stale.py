"""Which reports are due, and why: those whose inputs, or whose files, are not what is on record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from dti_analysis.batch.inputs import Inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.manifest import Manifest, Record
from dti_analysis.batch.options import FORMATS
from dti_analysis.batch.store import Store
from dti_analysis.errors import DataError
from dti_analysis.files import hash_content, hash_object, show_path


@dataclass(frozen=True)
class Task:
    """A job, what its report is made from, and why it is due.

    Parameters
    ----------
    job : Job
        The job.
    content : bytes
        Its notebook, read once, so that all of a run are made from the same.
    inputs : mapping of str to str
        Sums of what the report is made from.
    reason : str or None
        Why it is due; None if it is not.
    formats : tuple of {"html", "pdf"}
        What to make of the executed notebook.
    executed : bytes or None
        The executed notebook, where it is as it should be and only a format or a link is missing:
        it is rendered then, not run again.
    links : tuple of str
        Codes of the languages whose report to link.
    attempt : int
        Which try this is, from 1.
    """

    job: Job
    content: bytes
    inputs: Mapping[str, str]
    reason: str | None
    formats: tuple[str, ...] = ("html",)
    executed: bytes | None = None
    links: tuple[str, ...] = ()
    attempt: int = 1


def find_due(
    jobs: Sequence[Job],
    manifest: Manifest,
    store: Store,
    build: Inputs,
    *,
    formats: Sequence[str] = ("html",),
    is_forced: bool = False,
) -> list[Task]:
    """Compare jobs with the record.

    Parameters
    ----------
    jobs : sequence of Job
        The jobs.
    manifest : Manifest
        The record.
    store : Store
        Where the reports are.
    build : Inputs
        What they would be made from now.
    formats : sequence of {"html", "pdf"}
        What is to be there of each report.
    is_forced : bool
        Whether all are due, whatever is on record.

    Returns
    -------
    list of Task
        One for each job, in their order.

    Raises
    ------
    DataError
        If a notebook cannot be read.
    """
    read = cache(_read_notebook)
    asked = frozenset(job.stem for job in jobs)
    tasks = []
    for job in jobs:
        content = read(job.notebook)
        inputs = {
            "notebook": hash_content(content),
            "parameters": hash_object([dict(job.parameters), job.title, job.language]),
            **build.inputs,
        }
        reason = "forced" if is_forced else _find_reason(job, inputs, manifest, store)
        # Those that are asked for too are taken to succeed; whoever runs the tasks looks again.
        coming = asked if reason and "html" in formats else frozenset()
        links = _find_links(job, manifest, coming)
        task = Task(job, content, inputs, reason, tuple(formats), links=links)
        tasks.append(task if reason else _add_pages(task, manifest.reports[job.stem], store))
    return tasks


def find_unlinked(jobs: Sequence[Job], manifest: Manifest) -> list[Job]:
    """Find the good reports that link a translation that is not there, or fail to link one that is.

    Parameters
    ----------
    jobs : sequence of Job
        The jobs.
    manifest : Manifest
        The record.
    """
    records = manifest.reports
    return [
        job
        for job in jobs
        if job.stem in records
        and (report := records[job.stem].report)
        and report.links != _find_links(job, manifest, frozenset())
    ]


def _find_links(job: Job, manifest: Manifest, coming: Collection[str]) -> tuple[str, ...]:
    """Find the languages that the report can be had in."""
    records = manifest.reports
    return tuple(
        other
        for other, stem in job.translations.items()
        if stem in coming or (stem in records and records[stem].find(".html"))
    )


def _read_notebook(notebook: Path) -> bytes:
    try:
        return notebook.read_bytes()
    except OSError as error:
        raise DataError(f"{show_path(notebook)}: cannot be read: {error.strerror}.") from error


def _find_reason(
    job: Job, inputs: Mapping[str, str], manifest: Manifest, store: Store
) -> str | None:
    record = manifest.reports.get(job.stem)
    if record is None:
        return "new"
    if record.status == "failed":
        return "failed last time"
    changed = [name for name, value in inputs.items() if record.inputs.get(name) != value]
    if changed:
        return f"changed: {', '.join(changed)}"
    outputs = record.report.outputs if record.report else ()
    for output in outputs:
        if not store.has(output.path, output.bytes, output.sha256):
            return f"missing or altered: {output.path}"
    return None


def _add_pages(task: Task, record: Record, store: Store) -> Task:
    """Ask for the formats and links that are missing; the formats that are there stay."""
    there = [name for name in FORMATS if record.find(f".{name}")]
    missing = [name for name in FORMATS if name in task.formats and name not in there]
    is_linked = record.report is not None and record.report.links == task.links
    if not missing and is_linked:
        return task
    reasons = [f"new: {', '.join(missing)}"] * bool(missing)
    reasons += [f"links: {', '.join(task.links) or 'none'}"] * (not is_linked)
    return replace(
        task,
        reason="; ".join(reasons),
        formats=tuple(there + missing),
        executed=store.read(f"{task.job.stem}.ipynb"),
    )
