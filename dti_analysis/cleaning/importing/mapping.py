"""How a table is read: written down for someone to check, and then applied to the letter."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dti_analysis.cleaning.tables import Grid
from dti_analysis.errors import DataError
from dti_analysis.files import hash_content, read_if_there, replace_together, show_path, writing
from dti_analysis.language import write_number
from dti_analysis.names import quote, shorten

MAPPINGS = "mappings"
"""Folder of the mappings, among the raw tables."""

OPEN = "?"
"""What stands in a mapping where the table leaves open how it is read."""

_IF_ANY = ("basis", "new_units", "weights", "weights_from", "corrections")
_SCHEMA = json.loads(Path(__file__).with_name("mapping.schema.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Column:
    """What one column is: its header on one line, what is read in it, what scores are out of."""

    header: str
    read: str
    out_of: float | None = None


@dataclass(frozen=True, kw_only=True)
class TableMapping:
    """How the table of one edition is read, in the order in which that is written down."""

    file: str
    sha256: str
    year: int
    basis: str = ""  # blank where the index has but one
    part: str  # where in the file the table is; blank if it is all of it
    header: Sequence[int]  # its first and last row
    decimal: str  # sign of its scores; blank if none has one
    # ``blanks``, values not published, and ``conflicts``, facts that others contradict
    allow: Sequence[str] = ()
    new_units: Sequence[str] = ()  # names that the index has not had before
    weights_from: str = ""
    source: Mapping[str, str] = field(default_factory=dict)  # url, kind, date
    columns: Mapping[str, Column]  # by letter
    left_out: Mapping[int, str] = field(default_factory=dict)  # with how they begin
    # what components count for; empty where it is known
    weights: Mapping[str, float] = field(default_factory=dict)
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
    from jsonschema import Draft202012Validator, exceptions

    where = show_path(path)
    try:
        told = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        # No number that JSON does not have: nan, inf.
        json.dumps(told, allow_nan=False)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DataError(f"{where}: cannot be read as a mapping: {error}.") from error
    found = exceptions.best_match(Draft202012Validator(_SCHEMA).iter_errors(told))
    if found is not None:
        place = ".".join(map(str, found.absolute_path))
        problem = f"{place + ': ' if place else ''}{shorten(found.message)}"
        raise DataError(f"{where}: {problem}. Correct it, or draft it anew.")
    columns = {letter: Column(**column) for letter, column in told["columns"].items()}
    left_out = {int(row): text for row, text in told.get("left_out", {}).items()}
    return TableMapping(**{**told, "columns": columns, "left_out": left_out}, where=where)


def write_mapping(mapping: TableMapping) -> str:
    """Write a draft as TOML, with notes on its columns, rows and other keys."""
    notes = {"allow": 'of "blanks", "conflicts"', "left_out": "rows that are no units"}
    notes = {key: f"  # {note}" for key, note in {**notes, **mapping.notes}.items()}
    told = f"# How {mapping.file} is read. Hold each line against the table, then apply it:"
    lines = [told, f"# dti import {mapping.file}"]
    for key, value in vars(mapping).items():
        if key in ("where", "notes") or (key in _IF_ANY and not value and key not in notes):
            continue
        if is_section := isinstance(value, Mapping):
            lines.append(f"\n[{key}]{notes.get(key, '')}")
        for name, entry in (value if is_section else {key: value}).items():
            lines.append(f"{name} = {_write(entry)}{notes.get(str(name), '')}")
    return "\n".join([*lines, ""])


def _write(value: object) -> str:
    if isinstance(value, Column):
        cells = {name: cell for name, cell in vars(value).items() if cell is not None}
        return f"{{ {', '.join(f'{name} = {_write(cell)}' for name, cell in cells.items())} }}"
    if isinstance(value, float):
        return write_number(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def save_draft(mapping: TableMapping, folder: Path) -> Path:
    """Write a draft among the mappings of a folder, and say where; refuse to replace another."""
    name = "-".join(filter(None, (str(mapping.year), mapping.basis)))
    path, text = folder / MAPPINGS / f"{name}.toml", write_mapping(mapping).encode()
    there = read_if_there(path)
    if there not in (None, text):
        raise DataError(
            f"{show_path(path)}: there is a mapping of that edition already. Change that one, or "
            "remove it and draft it anew."
        )
    with writing(path):
        path.parent.mkdir(exist_ok=True)
    replace_together({path: text}, {path: there})
    return path


def find_mappings(file: Path, folder: Path) -> list[TableMapping]:
    """Find the mappings of a file, one an edition, by what is in it: it may not have changed."""
    content = hash_content(file.read_bytes())
    found = [read_mapping(path) for path in sorted((folder / MAPPINGS).glob("*.toml"))]
    own = [mapping for mapping in found if mapping.sha256 == content]
    changed = [mapping.where for mapping in found if mapping.file == file.name]
    if own:
        return own
    if changed:
        problem = f"is another than when {changed[0]} was drafted. Remove that and draft it anew, "
        raise DataError(f"{show_path(file)}: {problem}or give the file it was drafted for.")
    problem = f"there is no mapping of it in {show_path(folder / MAPPINGS)}. Draft one, and check "
    told = f"{problem}it: dti import FILE --year YEAR --source URL --draft"
    raise DataError(f"{show_path(file)}: {told}")


def take_table(mapping: TableMapping, grids: Sequence[Grid]) -> Grid:
    """Take the table that a mapping is of, with just its headers, and correct its wrong cells."""
    written = {letter: column.header for letter, column in mapping.columns.items()}
    place, last = f"{mapping.where}: {mapping.part or mapping.file}", mapping.header[1]
    problem = f"{place}: found no table with a header in rows {tuple(mapping.header)}"
    for grid in grids:
        if grid.part == mapping.part and last < len(grid.rows):
            found = {at: " / ".join(t) for at, t in grid.read_headers(*mapping.header).items()}
            off = [at for at in {**written, **found} if found.get(at) != written.get(at)]
            if not off:
                return _correct(mapping, grid)
            told, there = (quote(texts.get(off[0], "")) for texts in (written, found))
            problem = f"{place}: column {off[0]}: expected the header {told}, found {there}"
    raise DataError(f"{problem}. Correct the mapping, or draft it anew.")


def _correct(mapping: TableMapping, grid: Grid) -> Grid:
    cells = grid.cells
    for change in mapping.corrections:
        row, column = change["row"], change["column"]
        is_there = mapping.header[1] < row <= len(cells) and column in cells
        found = str(cells.at[row, column]) if is_there else ""
        if not is_there or found != change["found"]:
            raise DataError(
                f"{mapping.where}: the correction of row {row}, column {column}, expects "
                f"{quote(change['found'])}, and the table has {quote(found)}. Leave it out if the "
                "source was mended."
            )
        cells.at[row, column] = change["read"]
    return replace(grid, rows=tuple(cells.itertuples(index=False, name=None)))
