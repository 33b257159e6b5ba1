"""How a table is read: written down for someone to check, and then applied to the letter."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from dti_analysis.cleaning.tables import Grid, place_column
from dti_analysis.errors import DataError
from dti_analysis.files import show_path
from dti_analysis.language import write_number
from dti_analysis.names import quote, shorten

OPEN = "?"
"""What stands in a mapping where the table leaves open how it is read."""

_SCHEMA = json.loads((Path(__file__).parent / "mapping.schema.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Column:
    """What one column is: its header on one line, what is read in it, what scores are out of."""

    header: str
    read: str
    out_of: Decimal | None = None


@dataclass(frozen=True)
class TableMapping:
    """How the table of one edition is read."""

    file: str
    sha256: str
    year: int
    part: str  # where in the file the table is; blank if it is all of it
    header: tuple[int, ...]  # its first and last row
    decimal: str  # sign of its scores; blank if none has one
    columns: Mapping[str, Column]  # by letter
    basis: str = ""  # blank where the index has but one
    source: Mapping[str, str] = field(default_factory=dict)  # url, kind, date
    # rows that are no units, with how they begin
    left_out: Mapping[int, str] = field(default_factory=dict)
    new_units: tuple[str, ...] = ()  # names that the index has not had before
    # what components count for; empty where it is known
    weights: Mapping[str, float] = field(default_factory=dict)
    weights_from: str = ""
    # ``blanks``, values not published, and ``conflicts``, facts that others contradict
    allow: tuple[str, ...] = ()
    # cells that are wrong in the source: row, column, what is found there and what is read
    corrections: tuple[Mapping[str, Any], ...] = ()
    where: str = "the draft"  # path of the mapping, for messages

    def find(self, role: str) -> int | None:
        """Find the column that is read so, counted from 0."""
        found = (letter for letter, column in self.columns.items() if column.read == role)
        return next(map(place_column, found), None)


def read_mapping(path: Path) -> TableMapping:
    """Read a mapping that was drafted, and that someone may have changed, in full."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    where = show_path(path)
    try:
        told = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        # No number that JSON does not have: nan, inf.
        json.dumps(told, allow_nan=False)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DataError(f"{where}: cannot be read as a mapping: {error}.") from error
    found = best_match(Draft202012Validator(_SCHEMA).iter_errors(told))
    if found is not None:
        place = ".".join(map(str, found.absolute_path))
        problem = f"{place + ': ' if place else ''}{shorten(found.message)}"
        raise DataError(f"{where}: {problem}. Correct it, or draft it anew.")
    columns = {
        letter: Column(column["header"], column["read"], _read_scale(column.get("out_of")))
        for letter, column in told["columns"].items()
    }
    left_out = {int(row): text for row, text in told.get("left_out", {}).items()}
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return TableMapping(**told | lists | {"columns": columns, "left_out": left_out}, where=where)


def _read_scale(out_of: float | None) -> Decimal | None:
    return None if out_of is None else Decimal(str(out_of))


def write_mapping(mapping: TableMapping, notes: Mapping[str, str]) -> str:
    """Write a mapping as TOML, with notes on its columns, rows and other keys."""

    def tell(value: object) -> str:
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    def line(key: object, value: str) -> str:
        return f"{key} = {value}" + (f"  # {notes[str(key)]}" if str(key) in notes else "")

    told_new = mapping.new_units or "new_units" in notes
    lines = [
        f"# How {mapping.file} is read. Hold each line against the table, then apply it:",
        f"# dti import {mapping.file}",
        *(line(name, tell(getattr(mapping, name))) for name in ("file", "sha256", "year")),
        *([line("basis", tell(mapping.basis))] if mapping.basis else []),
        line("part", tell(mapping.part)),
        line("header", tell(mapping.header)),
        line("decimal", tell(mapping.decimal)),
        f'allow = {tell(mapping.allow)}  # of "blanks", "conflicts"',
        *([line("new_units", tell(mapping.new_units))] if told_new else []),
        *([line("weights_from", tell(mapping.weights_from))] if mapping.weights else []),
        "\n[source]",
        *(line(key, tell(text)) for key, text in mapping.source.items()),
        "\n[columns]",
    ]
    for letter, column in mapping.columns.items():
        scale = "" if column.out_of is None else f", out_of = {write_number(float(column.out_of))}"
        told = f"{{ header = {tell(column.header)}, read = {tell(column.read)}{scale} }}"
        lines.append(line(letter, told))
    lines.append("\n[left_out]  # rows that are no units")
    lines += [line(row, tell(text)) for row, text in mapping.left_out.items()]
    if mapping.weights:
        lines.append("\n[weights]")
        lines += [line(name, write_number(each)) for name, each in mapping.weights.items()]
    return "\n".join([*lines, ""])


def find_grid(mapping: TableMapping, grids: Sequence[Grid]) -> Grid:
    """Find the table that a mapping is of, with just its headers, and correct its wrong cells."""
    written = {letter: column.header for letter, column in mapping.columns.items()}
    place = f"{mapping.where}: {mapping.part or mapping.file}"
    problem = f"{place}: found no table with a header in rows {mapping.header}"
    for grid in grids:
        if grid.part == mapping.part and mapping.header[1] < len(grid.rows):
            found = {at: " / ".join(t) for at, t in grid.read_headers(*mapping.header).items()}
            off = [at for at in {**written, **found} if found.get(at) != written.get(at)]
            if not off:
                return _correct(mapping, grid)
            told, there = (quote(texts.get(off[0], "")) for texts in (written, found))
            problem = f"{place}: column {off[0]}: expected the header {told}, found {there}"
    raise DataError(f"{problem}. Correct the mapping, or draft it anew.")


def _correct(mapping: TableMapping, grid: Grid) -> Grid:
    rows = [list(row) for row in grid.rows]
    for change in mapping.corrections:
        at, column = change["row"] - 1, place_column(change["column"])
        is_there = mapping.header[1] <= at < len(rows) and column < grid.width
        found = rows[at][column] if is_there else ""
        if not is_there or found != change.get("found"):
            raise DataError(
                f"{mapping.where}: the correction of row {change['row']}, column "
                f"{change['column']}, expects {quote(str(change.get('found')))}, and the table "
                f"has {quote(found)}. Leave it out if the source was mended."
            )
        rows[at][column] = str(change.get("read", ""))
    return replace(grid, rows=tuple(map(tuple, rows)))
