"""Is a raw table well formed? The file first, then its rows, in plain words."""

import difflib
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dti_analysis.cleaning.check_domain import Finding
from dti_analysis.cleaning.tables import read_rows
from dti_analysis.errors import refuse
from dti_analysis.files import show_path
from dti_analysis.names import list_names, quote

if TYPE_CHECKING:
    from frictionless import Field, Schema
    from frictionless.resources import TableResource

_SHAPE = ("blank-row", "extra-cell", "missing-cell")
_CELL = ("type-error", "constraint-error")
_TYPES = {"integer": "a whole number", "number": "a number with a decimal point"}


def read_table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read the raw table at `path` as text, indexed by row number, nothing taken for missing.

    The header is row 1. Rows with too many or too few cells are left out.

    Raises
    ------
    FaultyDataError
        With one fault, if the file as a whole cannot be read or has not just these `columns`.
    """
    shown = show_path(path)
    header, *rows = read_rows(path, shown, "table", "Restore it.")
    problem = _describe_header(header, columns)
    if problem:
        refuse(shown, 1, problem, f'Make the header row read "{",".join(columns)}".')
    if not rows:
        refuse(shown, None, "expected rows, found only the header.", "Restore the table.")
    sound = {row: cells for row, cells in enumerate(rows, start=2) if len(cells) == len(columns)}
    return pd.DataFrame(list(sound.values()), index=list(sound), columns=list(columns), dtype="str")


def find_malformed(
    resource: "TableResource", ignored_references: Collection[str] = ()
) -> Iterator[Finding]:
    """Find the rows that break the schema of their table.

    Parameters
    ----------
    resource : TableResource
        The table, with its schema; its recorded hash and size are not compared.
    ignored_references : collection of str
        Tables in which nothing is looked up.

    Yields
    ------
    Finding
        Row, field, problem, remedy. One for each cause: a row of the wrong length is not searched
        for wrong values, and a row with a wrong value is not searched for its key.
    """
    schema = resource.schema
    schema.foreign_keys = [
        key for key in schema.foreign_keys if key["reference"]["resource"] not in ignored_references
    ]
    from frictionless import Checklist

    checklist = Checklist(skip_errors=["hash-count", "byte-count"])
    report = resource.validate(checklist, limit_errors=sys.maxsize)
    rows: defaultdict[int, list[Any]] = defaultdict(list)
    for error in [*report.errors, *report.tasks[0].errors]:
        if hasattr(error, "row_number"):
            rows[error.row_number].append(error)
        else:
            yield None, None, f"{error.message}.", "Correct the table, or restore it."
    orphans: defaultdict[tuple[str, ...], list[tuple[int, Any]]] = defaultdict(list)
    for row, errors in rows.items():
        for error in _keep_causes(errors):
            if error.type == "foreign-key":
                orphans[error.reference_name, *error.field_cells].append((row, error))
            else:
                yield _describe_row(row, error, schema)
    for found in orphans.values():
        yield _describe_orphans([row for row, _ in found], found[0][1])


def _describe_header(header: Sequence[str], columns: Sequence[str]) -> str | None:
    if list(header) == list(columns):
        return None
    if len(header) == 1 and ";" in header[0]:
        return "expected columns separated by commas, found semicolons."
    parts = {
        "no column": [column for column in columns if column not in header],
        "an unknown column": [label for label in header if label not in columns],
        "twice the column": sorted({c for c in columns if header.count(c) > 1}),
    }
    found = "; ".join(f"{what} {list_names(names)}" for what, names in parts.items() if names)
    return f"expected the {len(columns)} columns described, found {found or 'another order'}."


def _keep_causes(errors: Sequence[Any]) -> list[Any]:
    """Of what Frictionless says about one row, keep what is not the effect of something else."""
    shape = [error for error in errors if error.type in _SHAPE]
    if shape:
        return shape[:1]
    cells: dict[str, Any] = {}
    for error in errors:
        if error.type in _CELL:
            cells.setdefault(error.field_name, error)
    if cells:
        return list(cells.values())
    has_twin = any(error.type == "primary-key" for error in errors)
    return [error for error in errors if not (has_twin and error.type == "unique-error")]


def _describe_row(row: int, error: Any, schema: "Schema") -> Finding:
    if error.type == "blank-row":
        return row, None, "expected a row of values, found a blank line.", "Delete the line."
    if error.type in _SHAPE:
        problem = f"expected {len(schema.fields)} cells, found {len(error.cells)}."
        remedy = 'A decimal comma must be written inside quotes, like "0,6077"; '
        return row, None, problem, remedy + "a blank cell keeps its comma."
    if error.type == "primary-key":
        cells = dict(zip(schema.field_names, error.cells, strict=False))
        key = ", ".join(f"{name} {cells[name]}" for name in schema.primary_key)
        problem = f"expected a row of its own for {key}, found it also in {_twin(error)}."
        return row, None, problem, "Delete one of the two, or correct what tells them apart."
    if error.type == "unique-error":
        problem = f'expected each value once, found "{error.cell}" also in {_twin(error)}.'
        return row, error.field_name, problem, "Correct one of the two."
    field = schema.get_field(error.field_name)
    if error.type == "type-error":
        expected = _TYPES.get(field.type, f"a {field.type}")
        return row, field.name, f'expected {expected}, found "{error.cell}".', "Correct the value."
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


def _twin(error: Any) -> str:
    position = re.search(r"[0-9]+", error.note)
    return f"row {position[0]}" if position else "another row"
