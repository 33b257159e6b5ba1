"""Which reports are due, and why: those whose inputs, or whose files, are not what is on record."""

from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from dti_analysis.batch.inputs import Inputs, hash_read
from dti_analysis.batch.job import Job
from dti_analysis.batch.links import Links, find_links, list_pages
from dti_analysis.batch.manifest import Manifest, Record
from dti_analysis.batch.plan import Plan
from dti_analysis.batch.store import Store
from dti_analysis.errors import DataError
from dti_analysis.files import hash_content, hash_object, show_path
from dti_analysis.names import list_first


@dataclass(frozen=True)
class Task:
    """A job, what its report is made from, and why it is due."""

    job: Job
    content: bytes  # its notebook, read once, so that all of a run are made from the same
    inputs: Mapping[str, str]  # sums of what the report is made from
    reason: str | None  # why it is due; None if it is not
    formats: tuple[str, ...] = ("html",)
    # the executed notebook, where only a format or a link is missing: it is rendered, not run again
    executed: bytes | None = None
    pages: Set[str] = frozenset()  # stems of the pages that it may link
    attempt: int = 1  # which try this is
    kernel: str | None = None  # the ordinary kernel to run it in; None for this interpreter


def find_due(
    jobs: Sequence[Job],
    manifest: Manifest,
    store: Store,
    build: Inputs,
    *,
    formats: Sequence[str] = ("html",),
    is_forced: bool = False,
    gone: Collection[str] = (),
) -> list[Task]:
    """Compare jobs with the record; give a task for each, in their order.

    `build` is what they would be made from now, `formats` are to be there of each report, and those
    that are `gone` are to be removed.
    """
    read, sum_up = cache(_read_notebook), cache(hash_read)
    # Those that were tried count as on record.
    coming = {job.stem for job in jobs if "html" in formats} - set(manifest.reports)
    pages = list_pages(manifest, gone) | coming
    tasks = []
    for job in jobs:
        content = read(job.notebook)
        inputs = {
            "notebook": hash_content(content),
            "parameters": hash_object([dict(job.parameters), job.title, job.language]),
            **build.inputs,
        }
        reason = "forced" if is_forced else _find_reason(job, inputs, manifest, store, sum_up)
        task = Task(job, content, inputs, reason, tuple(formats), pages=pages)
        tasks.append(task if reason else _add_pages(task, manifest.reports[job.stem], store))
    return tasks


def _read_notebook(notebook: Path) -> bytes:
    try:
        return notebook.read_bytes()
    except OSError as error:
        raise DataError(f"{show_path(notebook)}: cannot be read: {error.strerror}.") from error


def _find_reason(
    job: Job,
    inputs: Mapping[str, str],
    manifest: Manifest,
    store: Store,
    sum_up: Callable[[Path], str | None],
) -> str | None:
    record = manifest.reports.get(job.stem)
    if record is None:
        return "new"
    if record.status == "failed":
        return "failed last time"
    changed = [name for name, value in inputs.items() if record.inputs.get(name) != value]
    if changed:
        return f"changed: {', '.join(changed)}"
    for name, value in record.files.items():
        now = sum_up(job.notebook.parent / name)
        if now != value:
            return f"gone: {name}" if now is None else f"changed: {name}"
    outputs = record.report.outputs if record.report else ()
    for output in outputs:
        if not store.has(output.path, output.bytes, output.sha256):
            return f"missing or altered: {output.path}"
    return None


def _add_pages(task: Task, record: Record, store: Store) -> Task:
    """Ask for the formats and links that are missing; the formats that are there stay."""
    missing = tuple(name for name in task.formats if name not in record.formats)
    moved = list_moved(task, record)
    if not missing and not moved:
        return task
    reasons = [f"new: {', '.join(missing)}"] * bool(missing)
    reasons += [f"links: {list_first(moved)}"] * bool(moved)
    return replace(
        task,
        reason="; ".join(reasons),
        formats=record.formats + missing,
        executed=store.read(f"{task.job.stem}.ipynb"),
    )


def list_moved(task: Task, record: Record) -> list[str]:
    """List the stems of pages that have come or gone since a report was to link them."""
    assert record.report is not None
    known = Links(record.report.links, record.report.missing)
    now = find_links(task.job, record, task.pages)
    return sorted(set(known.made) ^ set(now.made))


def find_unplanned(plan: Plan, manifest: Manifest) -> list[str]:
    """Find the stems of reports on record, of notebooks of a plan, that it does not name.

    A plan that is not whole cannot tell.
    """
    named = {job.stem for job in plan.jobs}
    notebooks = {job.notebook.name for job in plan.jobs}
    return [
        stem
        for stem, record in manifest.reports.items()
        if plan.is_whole and record.notebook in notebooks and stem not in named
    ]
