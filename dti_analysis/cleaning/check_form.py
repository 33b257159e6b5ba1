"""Is a raw table well formed? The file first, then its rows, in plain words."""

import difflib
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dti_analysis.cleaning.numbers import Finding
from dti_analysis.cleaning.tables import read_table
from dti_analysis.errors import refuse
from dti_analysis.names import quote

if TYPE_CHECKING:
    from frictionless import Field, Resource, Schema

_CELL = ("type-error", "constraint-error")
_TYPES = {"integer": "a whole number", "number": "a number with a decimal point"}


def read_columns(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read the raw table at `path` as text, indexed by row number, nothing taken for missing.

    Raises
    ------
    FaultyDataError
        If the file as a whole cannot be read or has not just these `columns`, or a row has not as
        many cells.
    """
    table = read_table(path, remedy="Restore it.", columns=columns)
    if table.cells.empty:
        problem = "expected rows, found only the header."
        refuse(table.place, None, problem, "Restore the table.")
    table.require_values(columns)
    return table.cells


def find_malformed(resource: "Resource", rows: Sequence[int]) -> Iterator[Finding]:
    """Find the rows that break the schema of their table.

    Parameters
    ----------
    resource : Resource
        The table, with its schema, and with what this refers to in its package.
    rows : sequence of int
        Where its rows stand in the file.

    Yields
    ------
    Finding
        Row, field, problem, remedy. One for each cause: a row with a wrong value is not searched
        for its key.
    """
    place = dict(enumerate(rows, start=2))
    faults: defaultdict[int, list[Any]] = defaultdict(list)
    report = resource.validate(limit_errors=sys.maxsize)
    for error in [*report.errors, *report.tasks[0].errors]:
        if hasattr(error, "row_number"):
            faults[error.row_number].append(error)
        else:
            yield None, None, f"{error.message}.", "Correct the table, or restore it."
    orphans: defaultdict[tuple[str, ...], list[tuple[int, Any]]] = defaultdict(list)
    for at, errors in faults.items():
        for error in _keep_causes(errors):
            if error.type == "foreign-key":
                orphans[error.reference_name, *error.field_cells].append((place[at], error))
            else:
                yield _describe_row(place[at], error, resource.schema, place)
    for found in orphans.values():
        yield _describe_orphans([row for row, _ in found], found[0][1])


def _keep_causes(errors: Sequence[Any]) -> list[Any]:
    """Of what Frictionless says about one row, keep what is not the effect of something else."""
    cells: dict[str, Any] = {}
    for error in errors:
        if error.type in _CELL:
            cells.setdefault(error.field_name, error)
    if cells:
        return list(cells.values())
    has_twin = any(error.type == "primary-key" for error in errors)
    return [error for error in errors if not (has_twin and error.type == "unique-error")]


def _describe_row(row: int, error: Any, schema: "Schema", place: Mapping[int, int]) -> Finding:
    if error.type == "primary-key":
        cells = dict(zip(schema.field_names, error.cells, strict=False))
        key = ", ".join(f"{name} {cells[name]}" for name in schema.primary_key)
        problem = f"expected a row of its own for {key}, found it also in {_twin(error, place)}."
        return row, None, problem, "Delete one of the two, or correct what tells them apart."
    if error.type == "unique-error":
        problem = (
            f"expected each value once, found {quote(error.cell)} also in {_twin(error, place)}."
        )
        return row, error.field_name, problem, "Correct one of the two."
    field = schema.get_field(error.field_name)
    if error.type == "type-error":
        expected = _TYPES.get(field.type, f"a {field.type}")
        return (
            row,
            field.name,
            f"expected {expected}, found {quote(error.cell)}.",
            "Correct the value.",
        )
    constraint = re.search(r'constraint "(\w+)"', error.note)
    return _describe_constraint(row, field, constraint[1] if constraint else "", error.cell)


def _describe_constraint(row: int, field: "Field", constraint: str, cell: str) -> Finding:
    limit = field.constraints.get(constraint)
    if constraint == "required":
        return row, field.name, "expected a value, found a blank cell.", "Fill in the value."
    if constraint == "enum":
        choices = [str(choice) for choice in limit or ()]
        if len(choices) > 8:
            close = difflib.get_close_matches(cell, choices, n=3, cutoff=0.4)
            hint = f", such as {' or '.join(close or choices[:3])}"
            expected = f"one of {len(choices)} values listed in datapackage.json{hint}"
        else:
            expected = f"one of {', '.join(choices)}"
    elif constraint == "pattern":
        expected = field.custom.get("form", f"text of the form {limit}")
    else:
        sides = {"minimum": "at least", "maximum": "at most"}
        expected = f"{sides.get(constraint, constraint)} {limit}"
    return row, field.name, f"expected {expected}, found {quote(cell)}.", "Correct the value."


def _describe_orphans(rows: Sequence[int], error: Any) -> Finding:
    more = f" and {len(rows) - 6} more" if len(rows) > 6 else ""
    others = ", ".join(map(str, rows[1:6])) + more
    also = f" (also in row {others})" if others else ""
    names, cells = ", ".join(error.field_names), ", ".join(error.field_cells)
    table = f"{error.reference_name}.csv"
    problem = f"expected a {names} that stands in {table}, found {quote(cells)}{also}."
    return rows[0], names, problem, f"Correct it, or add it to {table}."


def _twin(error: Any, place: Mapping[int, int]) -> str:
    position = re.search(r"[0-9]+", error.note)
    return f"row {place[int(position[0])]}" if position else "another row"
