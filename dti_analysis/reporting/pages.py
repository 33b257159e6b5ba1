"""Executed notebook → the files of its report, in the formats asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath

import nbformat
from nbformat import NotebookNode

from dti_analysis.reporting.due import Task
from dti_analysis.reporting.jobs import Job
from dti_analysis.reporting.provenance import Build
from dti_analysis.reporting.rendering import render_html


def finish(
    notebook: NotebookNode, task: Task, build: Build, language: str, started: datetime
) -> dict[str, bytes]:
    """Make the files of a report whose notebook was just executed.

    Parameters
    ----------
    notebook : NotebookNode
        The executed notebook; it is given its small print, and loses what would make another
        run differ.
    task : Task
        What was asked for.
    build : Build
        What the report was made from.
    language : str
        Two-letter code of the language of the content.
    started : datetime
        When it was begun.

    Returns
    -------
    dict
        Contents by what is added to the stem.
    """
    times = [started, datetime.now(UTC)]
    about = {
        **build.small_print(),
        "Notebook": task.job.notebook.name,
        "Parameters": ", ".join(f"{name} = {value}" for name, value in task.job.parameters.items()),
        "Built": " to ".join(time.isoformat(" ", "seconds") for time in times),
    }
    pages = _render(notebook, task, about, language)
    settle_metadata(notebook, task.job)
    notebook.metadata["provenance"] = about
    return {".ipynb": serialise(notebook), **pages}


def render_again(task: Task, executed: bytes, build: Build, language: str) -> dict[str, bytes]:
    """Make the files of a report from the notebook that was stored with it.

    Parameters
    ----------
    task, build, language
        As for `finish`.
    executed : bytes
        The executed notebook; it stays as it is.

    Returns
    -------
    dict
        As from `finish`.
    """
    notebook = parse(executed)
    # It was stored in the order of the alphabet.
    order = [*build.small_print(), "Notebook", "Parameters", "Built"]
    about = {label: notebook.metadata["provenance"][label] for label in order}
    return {".ipynb": executed, **_render(notebook, task, about, language)}


def _render(
    notebook: NotebookNode, task: Task, about: Mapping[str, str], language: str
) -> dict[str, bytes]:
    path = PurePosixPath(task.job.stem)
    html = render_html(
        notebook,
        task.job.title,
        small_print={label: value for label, value in about.items() if value},
        home="../" * (len(path.parts) - 1) + "index.html",
        pdf=f"{path.name}.pdf" if "pdf" in task.formats else None,
        language=language,
    )
    pages = {}
    if "html" in task.formats:
        pages[".html"] = html.encode()
    if "pdf" in task.formats:
        from dti_analysis.reporting.pdf import render_pdf  # optional, and slow to import

        pages[".pdf"] = render_pdf(html)
    return pages


def settle_metadata(notebook: NotebookNode, job: Job) -> None:
    """Leave nothing but time stamps that another run, or another machine, would make differ."""
    recorded = notebook.metadata.get("papermill", {})
    recorded["input_path"] = job.notebook.name
    recorded["output_path"] = f"{job.stem}.ipynb"
    recorded.pop("duration", None)
    for place, cell in enumerate(notebook.cells):
        cell.metadata.get("papermill", {}).pop("duration", None)
        if "injected-parameters" in cell.metadata.get("tags", []) or "id" not in cell:
            cell["id"] = f"cell-{place}"


def parse(content: bytes) -> NotebookNode:
    """Read a notebook from a file's content."""
    notebook: NotebookNode = nbformat.reads(content.decode(), as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def serialise(notebook: NotebookNode) -> bytes:
    """Write a notebook out as a file's content."""
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return text.encode()
