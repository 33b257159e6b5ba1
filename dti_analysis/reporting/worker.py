"""One report, in a worker process: run, render, put in place; or keep what shows the failure."""

import logging
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

import nbformat
from papermill import PapermillExecutionError, execute_notebook

from dti_analysis.reporting.jobs import Job, Outcome
from dti_analysis.reporting.kernel import choose_kernel
from dti_analysis.reporting.rendering import render_html

# Papermill and nbclient log what the outcome tells too; a handler of the caller still gets it.
logging.getLogger("papermill").addHandler(logging.NullHandler())

_LONGEST_REASON = 300


@dataclass(frozen=True)
class Workshop:
    """What all jobs of one run share.

    Parameters
    ----------
    output : Path
        Folder of the finished reports.
    bench : Path
        Folder on the same file system for unfinished ones.
    sockets : Path
        Private folder with a short path for the sockets of the kernels.
    small_print : mapping of str to str
        Label and value of each line at the foot of every report.
    language : str
        Two-letter code of the language of the reports.
    """

    output: Path
    bench: Path
    sockets: Path
    small_print: Mapping[str, str]
    language: str


def make_report(job: Job, workshop: Workshop) -> Outcome:
    """Run a job to its end, good or bad.

    Parameters
    ----------
    job : Job
        A checked job.
    workshop : Workshop
        Where and with what to work.

    Returns
    -------
    Outcome
        Failures of any kind are told, not raised, so that the other jobs go on.
    """
    started = time.monotonic()
    draft = workshop.bench / f"{uuid.uuid4().hex}.ipynb"
    try:
        _build(job, workshop, draft)
    except Exception as error:
        reason = _explain(error)
        try:
            _keep_failure(job, workshop, draft)
        except (OSError, ValueError) as second:
            reason += f" (and its notebook could not be kept: {second})"
        return Outcome(job, "failed", time.monotonic() - started, reason)
    return Outcome(job, "built", time.monotonic() - started)


def _build(job: Job, workshop: Workshop, draft: Path) -> None:
    notebook = execute_notebook(
        job.notebook,
        draft,
        dict(job.parameters),
        progress_bar=False,
        # As in JupyterLab and under nbval; papermill's own default is the caller's folder.
        cwd=job.notebook.parent,
        # The polite way takes half a second and makes the kernel complain of an interrupt.
        shutdown_kernel="immediate",
        **choose_kernel(workshop.sockets),
    )
    small_print = {
        **workshop.small_print,
        "Notebook": job.notebook.name,
        "Parameters": ", ".join(f"{name} = {value}" for name, value in job.parameters.items()),
        "Built": datetime.now().astimezone().isoformat(" ", "seconds"),
    }
    html = render_html(
        notebook,
        job.title,
        small_print={label: value for label, value in small_print.items() if value},
        home="../" * (len(PurePosixPath(job.stem).parts) - 1) + "index.html",
        language=workshop.language,
    )
    _settle_metadata(notebook, job)
    notebook.metadata["provenance"] = small_print
    _write_draft(draft, _serialise(notebook))
    page = draft.with_suffix(".html")
    _write_draft(page, html)
    final = workshop.output / f"{job.stem}.ipynb"
    final.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(final)
    page.replace(final.with_suffix(".html"))
    failed_notebook(workshop.output, job).unlink(missing_ok=True)


def failed_notebook(output: Path, job: Job) -> Path:
    """Name the file that keeps the executed notebook of a failed job.

    Parameters
    ----------
    output : Path
        Folder of the finished reports.
    job : Job
        The job.
    """
    return output / f"{job.stem}.failed.ipynb"


def _keep_failure(job: Job, workshop: Workshop, draft: Path) -> None:
    kept = failed_notebook(workshop.output, job)
    if not draft.exists():
        # Nothing was run; what an earlier failure left would mislead.
        kept.unlink(missing_ok=True)
        return
    notebook = nbformat.read(draft, as_version=4)  # type: ignore[no-untyped-call]
    _settle_metadata(notebook, job)
    _write_draft(draft, _serialise(notebook))
    kept.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(kept)


def _settle_metadata(notebook: nbformat.NotebookNode, job: Job) -> None:
    """Replace the draft's and this machine's paths, which papermill records."""
    recorded = notebook.metadata.get("papermill", {})
    recorded["input_path"] = job.notebook.name
    recorded["output_path"] = f"{job.stem}.ipynb"


def _serialise(notebook: nbformat.NotebookNode) -> str:
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return text


def _write_draft(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        # Else a power cut could leave the final name on an empty file.
        os.fsync(stream.fileno())


def _explain(error: Exception) -> str:
    if isinstance(error, PapermillExecutionError):
        reason = f"{error.ename}: {error.evalue}" if error.evalue else str(error.ename)
    else:
        reason = f"{type(error).__name__}: {error}"
    line = " ".join(reason.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}…"
