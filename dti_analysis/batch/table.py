"""Any parameterised notebook, for every row of any table of parameters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job, add_language, name_stem
from dti_analysis.batch.kinds import read_literal
from dti_analysis.batch.list_page import plan_list
from dti_analysis.batch.parameters import Parameter, find_parameter, inspect_notebook
from dti_analysis.batch.plan import Plan
from dti_analysis.cleaning.numbers import explain, read_numbers
from dti_analysis.cleaning.tables import Table, raise_faults, read_table
from dti_analysis.errors import DataError, Fault, escape
from dti_analysis.language import LANGUAGES
from dti_analysis.root import find_reports, find_root

_REMEDY = "Correct the row or leave it out; a blank cell is what the notebook says."


def plan(
    notebook: Path,
    given: Sequence[str] = (),
    over: Path | None = None,
    languages: Sequence[str] = (),
    *,
    is_lenient: bool = False,
) -> Plan:
    """Plan a report for each row of a table, or one without a table; see `read_rows`.

    What is `given`, as ``name=value``, is so for all. Each report is made in each of the languages,
    by the notebook's parameter ``lang``, or as that says. Rows at fault are told in the plan, if
    that `is_lenient` and any is in order, instead of refused with every fault of the table.
    """
    known = inspect_notebook(notebook)
    common = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise DataError(f'-p {text}: expected name=value, as in -p "draws=1000".')
        common[name], fault = _read(find_parameter(notebook, known, name), value)
        if fault is not None:
            raise DataError(f"-p: {fault}")
    rows: Mapping[int, Mapping[str, Any]] = {0: {}}
    faults: list[Fault] = []
    if over is not None:
        rows, faults = read_rows(notebook, over)
    if not (is_lenient and rows):
        raise_faults(faults)
    if languages:
        find_parameter(notebook, known, "lang")
    usual = known["lang"].default if "lang" in known else "en"
    jobs = [_plan_row(notebook, common, row, usual) for row in rows.values()]
    if languages:
        jobs = [_translate(job, told) for told in dict.fromkeys(languages) for job in jobs]
    build = describe_inputs(find_root())
    return Plan(
        tuple(jobs),
        plan_list(jobs, notebook.stem, build),
        build,
        name_output(notebook),
        is_whole=bool(over and not faults and set(languages) in (set(), set(LANGUAGES))),
        faults=tuple(map(str, faults)),
    )


def name_output(notebook: Path) -> Path:
    """Say where the reports of a notebook go by default."""
    return find_reports() / name_stem(notebook.stem)


def read_rows(notebook: Path, over: Path) -> tuple[dict[int, dict[str, Any]], list[Fault]]:
    """Read what a table, CSV or XLSX, says of a notebook's parameters, which its header names.

    Give the rows that are in order, values by name, by their number in the file, and the faults of
    the others. An empty field leaves what the notebook says.
    """
    table, known = read_table(over), inspect_notebook(notebook)
    header = table.cells.columns.tolist()
    for name in header:
        find_parameter(notebook, known, name)
    table.require_columns(header)
    table.require_values([])
    numbers = [name for name in header if known[name].is_number]
    plain, faults = _write_plainly(table, numbers)
    faults += table.find_uncomputed(name for name in header if name not in numbers)
    wrong = {fault.row for fault in faults}
    rows: dict[int, dict[str, Any]] = {}
    first: dict[str, int] = {}
    for row, line in zip(plain.index, plain.to_dict("records"), strict=True):
        told = []
        if row not in wrong:
            fields = {str(name): text for name, text in line.items() if text}
            read = {name: _read(known[name], text) for name, text in fields.items()}
            told = [fault for _value, fault in read.values() if fault is not None]
            rows[row] = {name: value for name, (value, _fault) in read.items()}
            stem = _name_row(notebook, rows[row])
            if not told and first.setdefault(stem, row) != row:
                told = [f"its report would have the name of that of row {first[stem]}, {stem}."]
        if told or row in wrong:
            rows.pop(row, None)
        faults += [Fault(table.place, row, None, problem, _REMEDY) for problem in told]
    return rows, sorted(faults, key=lambda fault: fault.row or 0)


def _translate(job: Job, language: str) -> Job:
    return replace(
        job,
        parameters={**job.parameters, "lang": language},
        stem=add_language(job.stem, language),
        language=language,
        base=job.stem,
    )


def _name_row(notebook: Path, row: Mapping[str, Any]) -> str:
    return name_stem(*map(str, row.values())) if row else name_stem(notebook.stem)


def _plan_row(notebook: Path, common: Mapping[str, Any], row: Mapping[str, Any], usual: str) -> Job:
    language = {**common, **row}.get("lang", usual)
    told = escape(", ".join(f"{name} = {value}" for name, value in row.items()), kept="")
    return Job(
        notebook,
        {**common, **row},
        _name_row(notebook, row),
        f"{told}: {notebook.stem}" if told else notebook.stem,
        language if language in LANGUAGES else "en",
    )


def _write_plainly(table: Table, numbers: Sequence[str]) -> tuple[pd.DataFrame, list[Fault]]:
    """Write numbers as Python does; what is none at all is left to its parameter."""
    cells = table.cells[numbers]
    values, findings = read_numbers(cells)
    texts, known = cells.to_dict(), values.notna().to_dict()
    faults = []
    for row, field, problem, remedy in findings:
        # Python's own ways to write a number, such as 0x10 or (43), are none of a table.
        literal = read_literal(texts[field][row])
        is_code = literal is not None and type(literal[0]) in (int, float)
        if is_code or explain(texts[field][row]) or known[field][row]:
            faults.append(Fault(table.place, row, field, problem, remedy))
    is_other = values.notna() & cells.apply(lambda column: column.str.contains("[,%/]"))
    plain = {str(name): cells[name].mask(is_other[name], values[name].map(repr)) for name in cells}
    return table.cells.assign(**plain), faults


def _read(parameter: Parameter, text: str) -> tuple[Any, str | None]:
    """Read a value, and tell what is wrong with it, if anything is."""
    value, fault = None, None
    try:
        value = parameter.read(text)
        fault = parameter.fault(value)
    except ValueError as error:
        fault = str(error)
    return value, fault and f"parameter {parameter.name} {fault}"
