"""How a table is read: written down for someone to check, and then applied to the letter."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dti_analysis.cleaning.tables import Grid, name_column
from dti_analysis.errors import DataError
from dti_analysis.files import hash_content, replace_together, show_path, writing
from dti_analysis.language import write_number
from dti_analysis.names import quote, shorten

MAPPINGS = "mappings"
"""Folder of the mappings, among the raw tables."""

OPEN = "?"
"""What stands in a mapping where the table leaves open how it is read."""

Rows = Mapping[int, Mapping[str, str]]
"""Cells by the number of their row in the file and the letter of their column."""

_IF_ANY = ("basis", "new_units", "weights_from")
_KEYS = ("file", "sha256", "year", "basis", "part", "header", "decimal", "allow", *_IF_ANY[1:])
_SCHEMA = json.loads((Path(__file__).parent / "mapping.schema.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Column:
    """What one column is: its header on one line, what is read in it, what scores are out of."""

    header: str
    read: str
    out_of: float | None = None


@dataclass(frozen=True)
class TableMapping:
    """How the table of one edition is read."""

    file: str
    sha256: str
    year: int
    part: str  # where in the file the table is; blank if it is all of it
    header: Sequence[int]  # its first and last row
    decimal: str  # sign of its scores; blank if none has one
    columns: Mapping[str, Column]  # by letter
    basis: str = ""  # blank where the index has but one
    source: Mapping[str, str] = field(default_factory=dict)  # url, kind, date
    # rows that are no units, with how they begin
    left_out: Mapping[int, str] = field(default_factory=dict)
    new_units: Sequence[str] = ()  # names that the index has not had before
    # what components count for; empty where it is known
    weights: Mapping[str, float] = field(default_factory=dict)
    weights_from: str = ""
    # ``blanks``, values not published, and ``conflicts``, facts that others contradict
    allow: Sequence[str] = ()
    # cells that are wrong in the source: row, column, what is found there and what is read
    corrections: Sequence[Mapping[str, Any]] = ()
    where: str = "the draft"  # path of the mapping, for messages
    # of a draft: what is to be looked at again, by letter, row or key
    notes: Mapping[str, str] = field(default_factory=dict)

    def find(self, role: str) -> str | None:
        """Find the column that is read so."""
        return next((at for at, column in self.columns.items() if column.read == role), None)


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
    columns = {letter: Column(**column) for letter, column in told["columns"].items()}
    left_out = {int(row): text for row, text in told.get("left_out", {}).items()}
    return TableMapping(**{**told, "columns": columns, "left_out": left_out}, where=where)


def write_mapping(mapping: TableMapping) -> str:
    """Write a mapping as TOML, with notes on its columns, rows and other keys."""
    notes = {"allow": 'of "blanks", "conflicts"', **mapping.notes}
    top = {name: getattr(mapping, name) for name in _KEYS}
    sections: dict[str, dict[str, str]] = {
        "": {k: _write(v) for k, v in top.items() if v or k in notes or k not in _IF_ANY},
        "[source]": {key: _write(text) for key, text in mapping.source.items()},
        "[columns]": {at: _write_column(column) for at, column in mapping.columns.items()},
        "[left_out]  # rows that are no units": {
            str(row): _write(text) for row, text in mapping.left_out.items()
        },
        "[weights]": {name: write_number(each) for name, each in mapping.weights.items()},
    }
    told = f"# How {mapping.file} is read. Hold each line against the table, then apply it:"
    lines = [told, f"# dti import {mapping.file}"]
    for title, entries in sections.items():
        lines += [f"\n{title}"] if title and (entries or title != "[weights]") else []
        for key, value in entries.items():
            lines.append(f"{key} = {value}" + (f"  # {notes[key]}" if key in notes else ""))
    return "\n".join([*lines, ""])


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _write_column(column: Column) -> str:
    scale = "" if column.out_of is None else f", out_of = {write_number(column.out_of)}"
    return f"{{ header = {_write(column.header)}, read = {_write(column.read)}{scale} }}"


def save_draft(mapping: TableMapping, folder: Path) -> Path:
    """Write a draft among the mappings of a folder, and say where; refuse to replace another."""
    name = f"{mapping.year}-{mapping.basis}" if mapping.basis else str(mapping.year)
    path = folder / MAPPINGS / f"{name}.toml"
    text = write_mapping(mapping).encode()
    if path.exists() and path.read_bytes() != text:
        raise DataError(
            f"{show_path(path)}: there is a mapping of that edition already. Change that one, or "
            "remove it and draft it anew."
        )
    if not path.exists():
        with writing(path):
            path.parent.mkdir(exist_ok=True)
        replace_together({path: text}, {path: None})
    return path


def find_mappings(file: Path, folder: Path) -> list[TableMapping]:
    """Find the mappings of a file, one an edition, by what is in it: it may not have changed."""
    try:
        content = hash_content(file.read_bytes())
    except OSError as error:
        reason = "found no such file" if isinstance(error, FileNotFoundError) else error.strerror
        problem = f"{show_path(file)}: expected a table, {reason}. Check the path."
        raise DataError(problem) from error
    found = [read_mapping(path) for path in sorted((folder / MAPPINGS).glob("*.toml"))]
    own = [mapping for mapping in found if mapping.sha256 == content]
    changed = [mapping.where for mapping in found if mapping.file == file.name]
    if own:
        return own
    problem = (
        f"is another than when {changed[0]} was drafted. Remove that and draft it anew, or give "
        "the file it was drafted for."
        if changed
        else f"there is no mapping of it in {show_path(folder / MAPPINGS)}. Draft one, and check "
        "it: dti import FILE --year YEAR --source URL --draft"
    )
    raise DataError(f"{show_path(file)}: {problem}")


def take_table(mapping: TableMapping, grids: Sequence[Grid]) -> tuple[Grid, Rows]:
    """Take the table that a mapping is of, with just its headers, and correct its wrong cells."""
    written = {letter: column.header for letter, column in mapping.columns.items()}
    place, last = f"{mapping.where}: {mapping.part or mapping.file}", mapping.header[1]
    problem = f"{place}: found no table with a header in rows {tuple(mapping.header)}"
    for grid in grids:
        if grid.part == mapping.part and last < len(grid.rows):
            found = {at: " / ".join(t) for at, t in grid.read_headers(*mapping.header).items()}
            off = [at for at in {**written, **found} if found.get(at) != written.get(at)]
            if not off:
                return grid, _correct(mapping, number_cells(grid))
            told, there = (quote(texts.get(off[0], "")) for texts in (written, found))
            problem = f"{place}: column {off[0]}: expected the header {told}, found {there}"
    raise DataError(f"{problem}. Correct the mapping, or draft it anew.")


def number_cells(grid: Grid) -> dict[int, dict[str, str]]:
    """Give the cells of a grid as the file numbers them."""
    letters = [name_column(at) for at in range(grid.width)]
    return {at: dict(zip(letters, row, strict=True)) for at, row in enumerate(grid.rows, start=1)}


def _correct(mapping: TableMapping, rows: dict[int, dict[str, str]]) -> Rows:
    for change in mapping.corrections:
        row, column = change["row"], change["column"]
        found = rows.get(row, {}).get(column) if row > mapping.header[1] else None
        if found != change["found"]:
            raise DataError(
                f"{mapping.where}: the correction of row {row}, column {column}, expects "
                f"{quote(change['found'])}, and the table has {quote(found or '')}. Leave it out "
                "if the source was mended."
            )
        rows[row][column] = change["read"]
    return rows
