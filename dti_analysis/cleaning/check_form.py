"""Is a raw table well formed? The file first, then its rows, in plain words."""

import difflib
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dti_analysis.cleaning.descriptor import Described, count_repeats, list_fields
from dti_analysis.cleaning.numbers import Finding, explain, read_numbers
from dti_analysis.cleaning.tables import read_table
from dti_analysis.errors import refuse
from dti_analysis.names import quote

if TYPE_CHECKING:
    from frictionless import Field, Schema

_LONGEST = 100  # cell that a pattern with several repeats is tried on
_KNOWN = ("name", "type", "form", "constraints")


def read_described(path: Path, resource: Mapping[str, Any]) -> pd.DataFrame:
    """Read a raw table as text, by row of the file, nothing taken for missing.

    Numbers have a decimal point, whatever the file has.

    Raises
    ------
    FaultyDataError
        If the file as a whole cannot be read or has not just the columns of its `resource`, or a
        row has not as many cells.
    """
    table = read_table(path, remedy="Restore it.", columns=list_fields(resource))
    if table.cells.empty:
        problem = "expected rows, found only the header."
        refuse(table.place, None, problem, "Restore the table.")
    table.require_values(table.cells.columns)
    numbers = _list_numbers(resource, "number")
    if not read_numbers(table.cells[numbers])[1]:
        points = {name: table.cells[name].str.replace(",", ".") for name in numbers}
        return table.cells.assign(**points)
    return table.cells


def find_odd(table: pd.DataFrame, resource: Mapping[str, Any]) -> Iterator[Finding]:
    """Find numbers that are not written in plain digits, and texts too long for their pattern."""
    for name in _list_numbers(resource, "integer"):
        column = table[name]
        for row, text in column[~column.str.fullmatch("-?[0-9]{1,15}|")].items():
            problem = f"expected a whole number, found {quote(text)}{explain(text)}."
            yield int(str(row)), name, problem, "Correct the value."
    yield from read_numbers(table[_list_numbers(resource, "number")])[1]
    for field in resource["schema"]["fields"]:
        if count_repeats(field.get("constraints", {}).get("pattern", "")) > 1:
            column = table[field["name"]]
            for row, text in column[column.str.len() > _LONGEST].items():
                problem = f"expected at most {_LONGEST} signs, found {quote(text)}."
                yield int(str(row)), field["name"], problem, "Correct the value."


def _list_numbers(resource: Mapping[str, Any], kind: str) -> list[str]:
    return [field["name"] for field in resource["schema"]["fields"] if field["type"] == kind]


def find_malformed(
    name: str,
    table: pd.DataFrame,
    described: Described,
    sound: Mapping[str, pd.DataFrame],
    ignored: Collection[str] = (),
) -> Iterator[Finding]:
    """Find the rows that break the schema of their table.

    Parameters
    ----------
    name : str
        Name of the table.
    table : DataFrame
        Its rows, all text.
    described : mapping of str to mapping
        See `dti_analysis.cleaning.descriptor.read_descriptor`.
    sound : mapping of str to DataFrame
        Tables that it may refer to.
    ignored : collection of str
        Tables in which nothing is looked up.

    Yields
    ------
    Finding
        Row, field, problem, remedy. One for each cause: a row with a wrong value is not searched
        for its key.
    """
    # Takes longer to import than a forecast to make, and few commands check.
    from frictionless import Package

    keys = described[name]["schema"].get("foreignKeys", ())
    keys = [key for key in keys if key["reference"]["resource"] not in ignored]
    needed = {name: table} | {
        other: sound[other] for key in keys if (other := key["reference"]["resource"]) in sound
    }
    resources = [
        {
            "name": other,
            "data": [list(rows.columns), *rows.to_numpy().tolist()],
            "schema": {
                "fields": [_take_known(field) for field in described[other]["schema"]["fields"]],
                "primaryKey": described[other]["schema"].get("primaryKey", []),
                "foreignKeys": keys * (other == name),
            },
        }
        for other, rows in needed.items()
    ]
    resource = Package.from_descriptor({"resources": resources}).get_resource(name)
    place = dict(enumerate(table.index, start=2))
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


def _take_known(field: Mapping[str, Any]) -> dict[str, Any]:
    """Take of a field what was checked; of more, such as a format, Frictionless has views."""
    return {key: field[key] for key in _KNOWN if key in field}


def _keep_causes(errors: Sequence[Any]) -> list[Any]:
    """Of what Frictionless says about one row, keep what is not the effect of something else."""
    cells: dict[str, Any] = {}
    for error in errors:
        if error.type == "constraint-error":
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
