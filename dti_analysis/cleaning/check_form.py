"""Is a raw table well formed? The file first, then its rows, in plain words."""

import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dti_analysis.cleaning.descriptor import Described, count_repeats, list_fields
from dti_analysis.cleaning.numbers import Finding, find_cells, read_numbers, tell_cell
from dti_analysis.cleaning.tables import read_table
from dti_analysis.names import find_close, quote, shorten

if TYPE_CHECKING:
    from frictionless import Schema

_LONGEST = 100  # cell that a pattern with several repeats is tried on
_KNOWN = ("name", "type", "form", "constraints")
_LISTED = 8


def read_described(path: Path, resource: Mapping[str, Any]) -> pd.DataFrame:
    """Read a raw table as text, by row of the file, nothing taken for missing.

    Numbers have a decimal point, whatever the file has. A file that has not just the columns of its
    `resource`, or as many cells in each row, is refused.
    """
    columns = list_fields(resource)
    table = read_table(path, remedy="Restore it.", needed=columns, optional=())
    if table.cells.columns.tolist() != columns:
        problem = f"expected the columns {', '.join(columns)}, found another order."
        table.refuse_header(problem)
    table.require_values(columns)
    numbers = _list_numbers(resource, "number")
    if not read_numbers(table.cells[numbers])[1]:
        points = {name: table.cells[name].str.replace(",", ".") for name in numbers}
        return table.cells.assign(**points)
    return table.cells


def find_odd(table: pd.DataFrame, resource: Mapping[str, Any]) -> Iterator[Finding]:
    """Find numbers that are not written in plain digits, and texts too long for their pattern."""
    for name in _list_numbers(resource, "integer"):
        is_wrong = ~table[name].str.fullmatch("-?[0-9]{1,15}|")
        yield from find_cells(table[name], is_wrong, "a whole number", "Correct the value.")
    yield from read_numbers(table[_list_numbers(resource, "number")])[1]
    for field in resource["schema"]["fields"]:
        if count_repeats(field.get("constraints", {}).get("pattern", "")) > 1:
            column, expected = table[field["name"]], f"at most {_LONGEST} signs"
            is_wrong = column.str.len() > _LONGEST
            yield from find_cells(column, is_wrong, expected, "Correct the value.")


def _list_numbers(resource: Mapping[str, Any], kind: str) -> list[str]:
    return [field["name"] for field in resource["schema"]["fields"] if field["type"] == kind]


def find_malformed(
    name: str,
    table: pd.DataFrame,
    described: Described,
    sound: Mapping[str, pd.DataFrame],
    ignored: Collection[str] = (),
) -> Iterator[Finding]:
    """Find the rows, all text, that break the schema of their table.

    It may refer to the `sound` tables; nothing is looked up in those `ignored`. There is one
    finding for each cause: a row with a wrong value is not searched for its key.
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
    kinds = {error.type for error in errors}
    if "constraint-error" in kinds:
        return [error for error in errors if error.type == "constraint-error"]
    has_twin = "primary-key" in kinds
    return [error for error in errors if not (has_twin and error.type == "unique-error")]


def _describe_row(row: int, error: Any, schema: "Schema", place: Mapping[int, int]) -> Finding:
    if error.type == "constraint-error":
        return row, error.field_name, *_describe_constraint(error, schema)
    twin = f"found {{}} also in row {place[int(re.findall('[0-9]+', error.note)[0])]}."
    if error.type == "unique-error":
        problem = f"expected each value once, {twin.format(quote(error.cell))}"
        return row, error.field_name, problem, "Correct one of the two."
    cells = dict(zip(schema.field_names, error.cells, strict=False))
    key = ", ".join(f"{name} {shorten(cells[name])}" for name in schema.primary_key)
    problem = f"expected a row of its own for {key}, {twin.format('it')}"
    return row, None, problem, "Delete one of the two, or correct what tells them apart."


def _describe_constraint(error: Any, schema: "Schema") -> tuple[str, str]:
    field = schema.get_field(error.field_name)
    constraint = re.findall(r'constraint "(\w+)"', error.note)[0]
    limit = field.constraints[constraint]
    choices = list(map(str, limit)) if constraint == "enum" else []
    expected = {
        "required": "a value",
        "pattern": field.custom.get("form", f"text of the form {limit}"),
        "minimum": f"at least {limit}",
        "maximum": f"at most {limit}",
        "enum": f"one of {', '.join(choices)}",
    }[constraint]
    if len(choices) > _LISTED:
        close = find_close(error.cell, choices, 3) or choices[:3]
        expected = f"one of {len(choices)} values listed in datapackage.json, such as "
        expected += " or ".join(close)
    return tell_cell(error.cell, expected, "Correct the value.")


def _describe_orphans(rows: Sequence[int], error: Any) -> Finding:
    more = f" and {len(rows) - 6} more" if len(rows) > 6 else ""
    also = f" (also in row {', '.join(map(str, rows[1:6]))}{more})" if rows[1:] else ""
    names, cells = ", ".join(error.field_names), ", ".join(error.field_cells)
    table = f"{error.reference_name}.csv"
    problem = f"expected a {names} that stands in {table}, found {quote(cells)}{also}."
    return rows[0], names, problem, f"Correct it, or add it to {table}."
