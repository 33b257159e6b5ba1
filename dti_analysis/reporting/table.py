"""Any parameterised notebook, for every row of any table of parameters."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dti_analysis import paths
from dti_analysis.errors import DataError
from dti_analysis.language import FIRST, LANGUAGES
from dti_analysis.reporting.jobs import Job, add_language, name_page, simplify
from dti_analysis.reporting.list_page import render_list
from dti_analysis.reporting.manifest import Manifest
from dti_analysis.reporting.parameters import Parameter, find_parameter, inspect_notebook
from dti_analysis.reporting.plan import Page, Plan
from dti_analysis.reporting.provenance import describe_build


def plan(
    notebook: Path,
    given: Sequence[str] = (),
    over: Path | None = None,
    languages: Sequence[str] = (),
) -> Plan:
    """Plan a report for each row of a table.

    Parameters
    ----------
    notebook : Path
        Notebook with one cell tagged ``parameters``.
    given : sequence of str
        Values for all of them, as ``name=value``.
    over : Path, optional
        CSV with names of parameters as its header. An empty field leaves what the notebook says;
        without a table there is one report.
    languages : sequence of str
        Two-letter codes: each report in each of them, by the notebook's parameter ``lang``. If
        empty, what the notebook says.

    Raises
    ------
    DataError
        If the notebook or the table cannot be read, a name is unknown, or a value is of the wrong
        type or out of range.
    """
    known = inspect_notebook(notebook)
    common = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise DataError(f'-p {text}: expected name=value, as in -p "draws=1000".')
        common[name] = _read(notebook, known, name, value, "-p")
    rows = [{}] if over is None else _read_rows(notebook, known, over)
    if languages:
        find_parameter(notebook, known, "lang")
    usual = known["lang"].default if "lang" in known else "en"
    jobs = [_plan_row(notebook, common, row, usual) for row in rows]
    _check_names(jobs, over)
    title = notebook.stem
    return plan_list(jobs, languages, title, paths.REPORTS / simplify(title))


def plan_list(jobs: Sequence[Job], languages: Sequence[str], title: str, output: Path) -> Plan:
    """Plan reports, in each of some languages, with a list of them for their page.

    Parameters
    ----------
    jobs : sequence of Job
        The reports, in what language their parameters say.
    languages : sequence of str
        Two-letter codes; if empty, each report as it is.
    title : str
        Title of the page.
    output : Path
        Where they go by default.
    """
    if languages:
        jobs = [_translate(job, told) for told in dict.fromkeys(languages) for job in jobs]
    build = describe_build()
    spoken = dict.fromkeys((FIRST, *LANGUAGES)) if languages else ("en",)
    pages = {name_page(told) if languages else "index.html": told for told in spoken}

    def render(manifest: Manifest) -> dict[str, str]:
        return {
            name: render_list(manifest, title, build, told, has_twins=len(pages) > 1)
            for name, told in pages.items()
        }

    page = Page(tuple(pages), title, render)
    return Plan(tuple(jobs), page, build, output)


def _translate(job: Job, language: str) -> Job:
    return replace(
        job,
        parameters={**job.parameters, "lang": language},
        stem=add_language(job.stem, language),
        language=language,
        base=job.stem,
    )


def _plan_row(notebook: Path, common: Mapping[str, Any], row: Mapping[str, Any], usual: str) -> Job:
    words = [simplify(str(value)) for value in row.values()]
    language = {**common, **row}.get("lang", usual)
    told = ", ".join(f"{name} = {value}" for name, value in row.items())
    return Job(
        notebook,
        {**common, **row},
        "-".join(filter(None, words)) or simplify(notebook.stem),
        f"{told}: {notebook.stem}" if told else notebook.stem,
        language if language in LANGUAGES else "en",
    )


def _check_names(jobs: Sequence[Job], over: Path | None) -> None:
    first: dict[str, int] = {}
    for line, job in enumerate(jobs, start=2):
        if job.stem in first:
            raise DataError(
                f"{over}, row {line}: its report would have the name of that of row "
                f"{first[job.stem]}, {job.stem}. Leave one out, or add a column that differs."
            )
        first[job.stem] = line


def _read_rows(notebook: Path, known: Mapping[str, Parameter], over: Path) -> list[dict[str, Any]]:
    try:
        with over.open(encoding="utf-8-sig", newline="") as stream:
            header, *lines = [line for line in csv.reader(stream) if line] or [[]]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{over}: cannot be read as a table: {error}") from error
    if not lines:
        raise DataError(f"{over}: expected a header with names of parameters, and rows under it.")
    rows = []
    for number, line in enumerate(lines, start=2):
        where = f"{over}, row {number}"
        if len(line) != len(header):
            raise DataError(f"{where}: expected {len(header)} fields, found {len(line)}.")
        fields = {name: text for name, text in zip(header, line, strict=True) if text}
        rows.append(
            {name: _read(notebook, known, name, text, where) for name, text in fields.items()}
        )
    return rows


def _read(notebook: Path, known: Mapping[str, Parameter], name: str, text: str, where: str) -> Any:
    parameter = find_parameter(notebook, known, name)
    try:
        value = parameter.read(text)
        fault = parameter.fault(value)
    except ValueError as error:
        fault = str(error)
    if fault is not None:
        raise DataError(f"{where}: parameter {name} {fault}")
    return value
