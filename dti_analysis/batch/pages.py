"""Executed notebook → the files of its report, in the formats asked for."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import PurePosixPath

from nbformat import NotebookNode

from dti_analysis.batch.brief import has_brief, take_brief
from dti_analysis.batch.embedding import Embedding
from dti_analysis.batch.inputs import Inputs, Reads, tell_small_print
from dti_analysis.batch.job import Job, Link, name_page
from dti_analysis.batch.links import Links, address, set_links
from dti_analysis.batch.notebook import parse, serialise
from dti_analysis.batch.options import FORMATS
from dti_analysis.batch.reads import add_files
from dti_analysis.batch.render import render_html
from dti_analysis.batch.stale import Task
from dti_analysis.forecasting.exports import MIME
from dti_analysis.language import N_, NATIVE_NAMES, _, format_date, use_language

_ADDED = (N_("Notebook"), N_("Parameters"), N_("Made from"), N_("Not watched"), N_("Built"))
"""What the small print says of a report beside what it says of all of them."""

_NUMBERS = {
    "-forecast.csv": N_("Ranks and scores by year (CSV)"),
    "-rank-probabilities.csv": N_("Chance of every rank (CSV)"),
    "-forecast.json": N_("Everything (JSON)"),
}
_NAME = re.compile(r"-[a-z0-9-]+\.[a-z0-9]+")

_UNTIL = " to "

Files = dict[str, bytes]


def finish(
    notebook: NotebookNode, task: Task, build: Inputs, started: datetime, reads: Reads
) -> tuple[Files, Files, Reads, Links]:
    """Make the files of a report that was just executed, as `render_again` does; give its reads.

    The notebook is given its small print, and loses what would make another run differ. What it
    read comes back with the files that the pages hold. A reference to what a page cannot hold
    raises a ValueError.
    """
    times = [started, datetime.now(UTC)]
    settle_notebook(notebook, task.job)
    numbers = take_numbers(notebook)
    home = task.job.notebook.parent
    embedding = Embedding(home)
    about = _describe(task, build, times, reads)
    pages, links = _render(notebook, task, about, numbers, embedding)
    if embedding.files:  # which the small print tells too
        reads = add_files(reads, embedding.files, home)
        about = _describe(task, build, times, reads)
        pages, links = _render(notebook, task, about, numbers, Embedding(home))
    notebook.metadata["provenance"] = about
    return {".ipynb": serialise(notebook), **pages}, numbers, reads, links


def _describe(
    task: Task, build: Inputs, times: Iterable[datetime], reads: Reads
) -> Mapping[str, str]:
    """Say what a report was made from, in lines of label and value."""
    files = {**reads.files, **build.named}
    given = (
        task.job.notebook.name,
        ", ".join(f"{name} = {value}" for name, value in task.job.parameters.items()),
        ", ".join(f"{name} (sha256 {value[:16]})" for name, value in files.items()),
        ", ".join(reads.unwatched),
        _UNTIL.join(time.isoformat(" ", "seconds") for time in times),
    )
    added = {label: text for label, text in zip(_ADDED, given, strict=True) if text}
    return build.small_print() | added


def render_again(task: Task, executed: bytes, build: Inputs) -> tuple[Files, Files, Links]:
    """Make the files of a report from the notebook that was stored with it, which stays as it is.

    They are, by what is added to the stem, its own, and those that are the same in every language;
    and what the page links, and would link.
    """
    notebook = parse(executed)
    # It was stored in the order of the alphabet.
    order = [*build.small_print(), *_ADDED]
    stored = notebook.metadata["provenance"]
    about = {label: stored[label] for label in order if label in stored}
    numbers = take_numbers(notebook)
    pages, links = _render(notebook, task, about, numbers, Embedding(task.job.notebook.parent))
    return {".ipynb": executed, **pages}, numbers, links


def take_numbers(notebook: NotebookNode) -> Files:
    """Find the files that a notebook hands out, by what is added to the name of the report.

    See `dti_analysis.forecasting.exports`.
    """
    found: Files = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for name, text in output.get("data", {}).get(MIME, {}).items():
                if not _NAME.fullmatch(name):
                    raise ValueError(f"file {name}: expected a name such as -forecast.csv")
                found[name] = text.encode()
    return found


def _render(
    notebook: NotebookNode,
    task: Task,
    about: Mapping[str, str],
    numbers: Files,
    embedding: Embedding,
) -> tuple[Files, Links]:
    job = task.job
    path, shared = PurePosixPath(job.stem), PurePosixPath(job.shared_stem).name
    home = name_page(job.language) if job.base else "index.html"
    with use_language(job.language):
        small_print = tell_small_print({**about, "Built": _tell_times(about["Built"])})
        offered = [
            Link(f"{shared}{name}", _(_NUMBERS[name]) if name in _NUMBERS else f"{shared}{name}")
            for name in numbers
        ]
    translations = [
        Link(address(job, stem), NATIVE_NAMES[other], other)
        for other, stem in job.translations.items()
        if stem in task.pages
    ]
    with use_language(job.language):
        words = {"html": _("The whole report"), "pdf": "PDF", "brief": _("On one page")}
    formats = {
        name: Link(f"{path.name}{FORMATS[name]}", words[name]) for name in sorted(task.formats)
    }
    render = partial(
        render_html,
        title=job.title,
        small_print=small_print,
        home="../" * (len(path.parts) - 1) + home,
        language=job.language,
        related=[
            Link(address(job, stem), label)
            for stem, label in job.related.items()
            if stem in task.pages
        ],
        embedding=embedding,
    )
    html = render(
        notebook,
        formats=[link for name, link in formats.items() if name != "html"],
        translations=translations,
        downloads=offered,
    )
    html, links = set_links(html, job, task.pages)
    pages = {}
    if "html" in task.formats:
        pages[FORMATS["html"]] = html.encode()
    if "brief" in task.formats:
        whole = [formats["html"]] if "html" in formats else []
        brief = render(take_brief(notebook), formats=whole)
        pages[FORMATS["brief"]] = set_links(brief, job, task.pages)[0].encode()
    if "pdf" in task.formats:
        from dti_analysis.batch.pdf import render_pdf  # optional, and slow to import

        if has_brief(notebook):
            html = render(take_brief(notebook, is_first=True), downloads=offered)
        pages[FORMATS["pdf"]] = render_pdf(set_links(html, job, task.pages)[0])
    return pages, links


def _tell_times(built: str) -> str:
    begun, ended = (datetime.fromisoformat(text) for text in built.split(_UNTIL))
    return _("{date}, {begun} to {ended} (UTC)").format(
        date=format_date(f"{begun:%Y-%m-%d}"), begun=f"{begun:%H:%M:%S}", ended=f"{ended:%H:%M:%S}"
    )


def settle_notebook(notebook: NotebookNode, job: Job) -> None:
    """Leave nothing but time stamps that another run, or another machine, would make differ."""
    recorded = notebook.metadata.get("papermill", {})
    recorded["input_path"] = job.notebook.name
    recorded["output_path"] = f"{job.stem}.ipynb"
    recorded.pop("duration", None)
    for place, cell in enumerate(notebook.cells):
        cell.metadata.get("papermill", {}).pop("duration", None)
        if "injected-parameters" in cell.metadata.get("tags", []) or "id" not in cell:
            cell["id"] = f"cell-{place}"
        if "outputs" in cell:
            cell.outputs = _join_streams(cell.outputs)


def _join_streams(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Put together what was printed in one go: in how many parts it comes is a matter of time."""
    joined: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        if output.output_type != "stream":
            streams.clear()
        elif output.name in streams:
            streams[output.name].text += output.text
            continue
        else:
            streams[output.name] = output
        joined.append(output)
    return joined
