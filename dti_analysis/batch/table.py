"""Any parameterised notebook, for every row of any table of parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job, add_language, slugify
from dti_analysis.batch.list_page import plan_list
from dti_analysis.batch.parameters import Parameter, find_parameter, inspect_notebook
from dti_analysis.batch.plan import Plan
from dti_analysis.cleaning.numbers import explain, read_numbers
from dti_analysis.cleaning.tables import read_table
from dti_analysis.errors import DataError, Fault, FaultyDataError
from dti_analysis.files import show_path
from dti_analysis.language import LANGUAGES
from dti_analysis.project import find_reports, find_root


def plan(
    notebook: Path,
    given: Sequence[str] = (),
    over: Path | None = None,
    languages: Sequence[str] = (),
    *,
    is_lenient: bool = False,
) -> Plan:
    """Plan a report for each row of a table.

    Parameters
    ----------
    notebook : Path
        Notebook with one cell tagged ``parameters``.
    given : sequence of str
        Values for all of them, as ``name=value``.
    over : Path, optional
        CSV or XLSX with names of parameters as its header. An empty field leaves what the notebook
        says; without a table there is one report.
    languages : sequence of str
        Two-letter codes: each report in each of them, by the notebook's parameter ``lang``. If
        empty, what the notebook says.
    is_lenient : bool
        Whether rows at fault are told in the plan instead of refused.

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
    faults: list[str] | None = [] if is_lenient else None
    rows = {0: {}} if over is None else _read_rows(notebook, known, over, faults)
    if languages:
        find_parameter(notebook, known, "lang")
    if faults and not rows:
        raise DataError("\n".join(faults))
    usual = known["lang"].default if "lang" in known else "en"
    jobs = [_plan_row(notebook, common, row, usual) for row in rows.values()]
    _check_names(dict(zip(rows, jobs, strict=True)), over)
    if languages:
        jobs = [_translate(job, told) for told in dict.fromkeys(languages) for job in jobs]
    listed = plan_list(jobs, notebook.stem, name_output(notebook), describe_inputs(find_root()))
    is_whole = bool(over and not faults and set(languages) in (set(), set(LANGUAGES)))
    return replace(listed, is_whole=is_whole, faults=tuple(faults or ()))


def name_output(notebook: Path) -> Path:
    """Say where the reports of a notebook go by default."""
    return find_reports() / slugify(notebook.stem)


def _translate(job: Job, language: str) -> Job:
    return replace(
        job,
        parameters={**job.parameters, "lang": language},
        stem=add_language(job.stem, language),
        language=language,
        base=job.stem,
    )


def _plan_row(notebook: Path, common: Mapping[str, Any], row: Mapping[str, Any], usual: str) -> Job:
    words = [slugify(str(value)) for value in row.values()]
    language = {**common, **row}.get("lang", usual)
    told = ", ".join(f"{name} = {value}" for name, value in row.items())
    return Job(
        notebook,
        {**common, **row},
        "-".join(filter(None, words)) or slugify(notebook.stem),
        f"{told}: {notebook.stem}" if told else notebook.stem,
        language if language in LANGUAGES else "en",
    )


def _check_names(jobs: Mapping[int, Job], over: Path | None) -> None:
    first: dict[str, int] = {}
    for line, job in jobs.items():
        if job.stem in first:
            where = show_path(over or "")
            raise DataError(
                f"{where}, row {line}: its report would have the name of that of row "
                f"{first[job.stem]}, {job.stem}. Leave one out, or add a column that differs."
            )
        first[job.stem] = line


def _read_rows(
    notebook: Path, known: Mapping[str, Parameter], over: Path, faults: list[str] | None
) -> dict[int, dict[str, Any]]:
    """Read the parameters of each row, by its number; those at fault go to `faults`, if any can."""
    table = read_table(over)
    header = table.cells.columns.tolist()
    for name in header:
        find_parameter(notebook, known, name)
    table.require_columns(header)
    table.require_values(header)
    numbers = [name for name in header if known[name].kind in ("int", "float")]
    cells = table.cells.assign(**_write_plainly(table.place, table.cells[numbers]))
    rows = {}
    for row, line in zip(cells.index, cells.to_dict("records"), strict=True):
        where = f"{table.place}, row {row}"
        fields = {str(name): text for name, text in line.items() if text}
        try:
            rows[row] = {n: _read(notebook, known, n, text, where) for n, text in fields.items()}
        except DataError as error:
            if faults is None:
                raise
            faults.append(str(error))
    return rows


def _write_plainly(place: str, cells: pd.DataFrame) -> dict[str, pd.Series]:
    """Write numbers as Python does; what is none at all is left to its parameter."""
    values, findings = read_numbers(cells)
    texts, known = cells.to_dict(), values.notna().to_dict()
    for row, field, problem, remedy in findings:
        # Python's own ways to write a number, such as 0x10, are none of a table.
        is_code = texts[field][row][:2].lower() in ("0x", "0o", "0b")
        if is_code or explain(texts[field][row]) or known[field][row]:
            raise FaultyDataError([Fault(place, row, field, problem, remedy)])
    is_other = values.notna() & cells.apply(lambda column: column.str.contains("[,%/]"))
    return {str(name): cells[name].mask(is_other[name], values[name].map(repr)) for name in cells}


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
