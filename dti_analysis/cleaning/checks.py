"""Are the raw tables fit for use? What `dti check` says, and what the panel asks first."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dti_analysis.cleaning.check_domain import find_senseless
from dti_analysis.cleaning.check_form import find_malformed, read_columns
from dti_analysis.cleaning.gazetteer import Gazetteer
from dti_analysis.cleaning.numbers import Finding
from dti_analysis.cleaning.panel_table import find_steering
from dti_analysis.cleaning.tables import read_table
from dti_analysis.errors import Fault, FaultyDataError, refuse
from dti_analysis.files import replace_together, show_path

if TYPE_CHECKING:
    from frictionless import Package

DESCRIPTOR = "datapackage.json"

TABLES = {
    "sources": ("source_id", "kind", "publisher", "date", "url"),
    "crosswalk_63_34": ("old_code", "old_province", "new_code", "new_province", "region_old"),
    "name_variants": ("code", "variant", "where_seen"),
    "dti_facts": (
        *("year", "basis", "code", "province", "metric"),
        *("value", "status", "source_id", "note"),
    ),
    "methodology": ("year", "basis", "index", "points", "components", "status", "source"),
    "national_facts": ("year", "basis", "metric", "value", "source_url", "source_date", "note"),
    "targets": (
        *("basis", "code", "province", "target_rank", "target_year"),
        *("stated_on", "source", "note"),
    ),
    "indicators": (
        *("code", "province", "indicator", "year", "value", "unit"),
        *("target_value", "target_year", "source_url", "note"),
    ),
    "population63": ("code", "province", "year", "population", "source"),
    "tile_grid": ("basis", "code", "row", "column"),
}
"""The raw tables and the columns the project reads; a table comes after those it refers to."""


@dataclass(frozen=True)
class CheckResult:
    """What is wrong with a folder of raw tables, and what has changed in it.

    Parameters
    ----------
    faults : tuple of Fault
        By table and row; empty when the tables are fit for use.
    differing : tuple of str
        Names of the tables whose sha256 or size is not the one recorded in datapackage.json.
    """

    faults: tuple[Fault, ...]
    differing: tuple[str, ...]


@dataclass(frozen=True)
class RawTables:
    """The raw tables as they stand.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        All columns text, blanks as empty text; by the name of the file without its ending.
    differing : tuple of str
        Tables that are not what datapackage.json recorded; empty where that was not asked.
    """

    tables: Mapping[str, pd.DataFrame]
    differing: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """All provinces and their spellings."""
        return Gazetteer.from_tables(self["crosswalk_63_34"], self["name_variants"])


def read_raw(folder: Path, *, is_checked: bool = False) -> RawTables:
    """Read the raw tables of a `folder`, by `check_raw` unless they are found sound: `is_checked`.

    Raises
    ------
    FaultyDataError
        If anything is wrong with them; it lists every fault.
    """
    differing: tuple[str, ...] = ()
    if not is_checked:
        result = check_raw(folder)
        if result.faults:
            raise FaultyDataError(result.faults)
        differing = result.differing
    tables = {file.stem: read_table(file).cells for file in sorted(folder.glob("*.csv"))}
    return RawTables(tables, differing)


def check_raw(folder: Path) -> CheckResult:
    """Check a `folder` of raw tables, row by row, against its datapackage.json and the domain.

    A table that differs from its recorded sha256 is checked like any other: adding a fact is
    no fault. Each cause is reported once: a row of the wrong length is not searched for wrong
    values, and nothing is looked up in a table that is itself at fault.
    """
    try:
        package = _read_package(folder)
    except FaultyDataError as error:
        return CheckResult(error.faults, ())
    from frictionless import Package, Resource

    faults: dict[str, list[Fault]] = {}
    sound_rows: dict[str, pd.DataFrame] = {}
    gazetteer = None
    read = Package()
    for name in TABLES:
        schema = package.get_resource(name).schema
        path = folder / str(package.get_resource(name).path)
        try:
            table = read_columns(path, schema.field_names)
        except FaultyDataError as error:
            faults[name] = list(error.faults)
            continue
        at_fault = {table for table, found in faults.items() if found}
        schema.foreign_keys = [
            key for key in schema.foreign_keys if key["reference"]["resource"] not in at_fault
        ]
        rows = [table.columns.tolist(), *table.to_numpy().tolist()]
        resource = read.add_resource(Resource(name=name, data=rows, schema=schema))
        malformed = list(find_malformed(resource, list(table.index)))
        table = table.drop(index=[finding[0] for finding in malformed if finding[0] in table.index])
        sound_rows[name] = table
        if name == "name_variants" and not malformed and not at_fault & {"crosswalk_63_34"}:
            gazetteer = Gazetteer.from_tables(sound_rows["crosswalk_63_34"], table)
        points = None if "methodology" in at_fault else sound_rows.get("methodology")
        findings = [*malformed, *find_steering(table)]
        findings += find_senseless(name, table, gazetteer, not malformed, points)
        if name == "name_variants" and findings:
            gazetteer = None  # a spelling at fault would be reported again wherever it is used
        faults[name] = _to_faults(show_path(path), findings)
    differing = tuple(name for name in TABLES if _has_changed(folder, package, name))
    return CheckResult(tuple(fault for found in faults.values() for fault in found), differing)


def accept(folder: Path) -> tuple[str, ...]:
    """Record the sha256 and size of the tables of a `folder`; give the names of those that changed.

    Raises
    ------
    DataError
        If a table is at fault or changes meanwhile; datapackage.json is then left as it was.
    """
    read = {file: file.read_bytes() for file in folder.rglob("[!.]*") if file.is_file()}
    result = check_raw(folder)
    if result.faults:
        raise FaultyDataError(result.faults)
    if result.differing:
        path = folder / DESCRIPTOR
        descriptor = json.loads(read[path])
        for resource in descriptor["resources"]:
            if resource["name"] in result.differing:
                resource["hash"], resource["bytes"] = _measure(read[folder / resource["path"]])
        text = json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"
        replace_together({path: text.encode()}, read)
    return result.differing


def _read_package(folder: Path) -> "Package":
    # Takes longer to import than a forecast to make, and few commands check.
    from frictionless import FrictionlessException, Package

    path = folder / DESCRIPTOR
    if not folder.is_dir():
        problem = (
            f"expected a folder of raw tables, found {'a file' if folder.exists() else 'nothing'}."
        )
        refuse(show_path(folder), None, problem, f"Name the folder that holds {DESCRIPTOR}.")
    file = show_path(path)
    descriptor = _read_descriptor(path, file)
    resources = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(resources, list):
        refuse(file, None, 'expected a list of "resources", found none.', "Restore the file.")
    named = {entry.get("name"): entry for entry in resources if isinstance(entry, dict)}
    missing = [name for name in TABLES if name not in named]
    if missing:
        problem = f"expected each of the {len(TABLES)} tables to be described, "
        problem += f"found no resource {', '.join(missing)}."
        refuse(file, None, problem, "Describe it under resources, or restore the file.")
    for name in TABLES:
        # Frictionless would guess a schema from the rows and read several paths as one table.
        if not isinstance(named[name].get("path"), str):
            problem = f'resource {name}: expected one "path", found none.'
            refuse(file, None, problem, "Restore it.")
    try:
        package = Package.from_descriptor(descriptor, basepath=str(folder))
    except FrictionlessException as error:
        reason = (error.reasons or [error.error])[0]
        problem = f"expected a Data Package: {reason.message}."
        refuse(file, None, problem, "Restore or correct it.")
    for name, columns in TABLES.items():
        described = package.get_resource(name).schema.field_names
        lacking = [column for column in columns if column not in described]
        if lacking:
            lack = f"expected the field {', '.join(lacking)}, found no such field."
            refuse(file, None, f"resource {name}: {lack}", "Describe the field in its schema.")
    return package


def _read_descriptor(path: Path, file: str) -> Any:
    """Parse the JSON; what it holds is still unknown."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        refuse(file, None, "expected the description of the tables, found no file.", "Restore it.")
    except OSError as error:
        problem = f"expected a file that can be read: {error.strerror}."
        refuse(file, None, problem, "Restore it.")
    except UnicodeDecodeError:
        refuse(file, None, "expected UTF-8 text, found other bytes.", "Save the file as UTF-8.")
    except json.JSONDecodeError as error:
        problem = f"expected JSON, found a mistake at column {error.colno}: {error.msg}."
        refuse(file, error.lineno, problem, "Correct the line, or restore the file.")


def _to_faults(file: str, findings: Iterable[Finding]) -> list[Fault]:
    faults = [
        # Row numbers out of a DataFrame's index are NumPy's.
        Fault(file, None if row is None else int(row), field, problem, remedy)
        for row, field, problem, remedy in findings
    ]
    return sorted(faults, key=lambda fault: fault.row or 0)


def _has_changed(folder: Path, package: "Package", name: str) -> bool:
    resource = package.get_resource(name)
    path = folder / str(resource.path)
    return path.is_file() and _measure(path.read_bytes()) != (resource.hash, resource.bytes)


def _measure(content: bytes) -> tuple[str, int]:
    return f"sha256:{hashlib.sha256(content).hexdigest()}", len(content)
