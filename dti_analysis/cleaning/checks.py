"""Are the raw tables fit for use? What `dti check` says, and what the panel asks first."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
from frictionless import FrictionlessException, Package

from dti_analysis.cleaning.check_domain import Finding, find_senseless
from dti_analysis.cleaning.check_form import find_malformed, read_table, show_path
from dti_analysis.cleaning.gazetteer import Gazetteer
from dti_analysis.errors import Fault, FaultyDataError
from dti_analysis.files import write_whole

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


def check_raw(folder: Path) -> CheckResult:
    """Check a folder of raw tables, row by row, against its datapackage.json and the domain.

    A table that differs from its recorded sha256 is checked like any other: adding a fact is
    no fault.

    Parameters
    ----------
    folder : Path
        Holds datapackage.json and the tables it describes.

    Returns
    -------
    CheckResult
        Each cause is reported once: a row of the wrong length is not searched for wrong values,
        and nothing is looked up in a table that is itself at fault.
    """
    try:
        package = _read_package(folder)
    except FaultyDataError as error:
        return CheckResult(error.faults, ())
    faults: dict[str, list[Fault]] = {}
    sound_rows: dict[str, pd.DataFrame] = {}
    gazetteer = None
    for name in TABLES:
        resource = package.get_table_resource(name)
        path = folder / str(resource.path)
        try:
            table = read_table(path, resource.schema.field_names)
        except FaultyDataError as error:
            faults[name] = list(error.faults)
            continue
        at_fault = {table for table, found in faults.items() if found}
        malformed = list(find_malformed(resource, ignored_references=at_fault))
        table = table.drop(index=[finding[0] for finding in malformed if finding[0] in table.index])
        sound_rows[name] = table
        if name == "name_variants" and not malformed and not at_fault & {"crosswalk_63_34"}:
            gazetteer = Gazetteer.from_tables(sound_rows["crosswalk_63_34"], table)
        findings = malformed + list(find_senseless(name, table, gazetteer, is_whole=not malformed))
        if name == "name_variants" and findings:
            gazetteer = None  # a spelling at fault would be reported again wherever it is used
        faults[name] = _to_faults(show_path(path), findings)
    differing = tuple(name for name in TABLES if _has_changed(folder, package, name))
    return CheckResult(tuple(fault for found in faults.values() for fault in found), differing)


def accept(folder: Path) -> tuple[str, ...]:
    """Record the present sha256 and size of every table in datapackage.json.

    Parameters
    ----------
    folder : Path
        Holds datapackage.json and the tables it describes.

    Returns
    -------
    tuple of str
        Names of the tables recorded anew; empty when nothing had changed.

    Raises
    ------
    FaultyDataError
        If a table is at fault; datapackage.json is then left as it was.
    """
    result = check_raw(folder)
    if result.faults:
        raise FaultyDataError(result.faults)
    if result.differing:
        path = folder / DESCRIPTOR
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        for resource in descriptor["resources"]:
            if resource["name"] in result.differing:
                resource["hash"], resource["bytes"] = _measure(folder / resource["path"])
        write_whole(path, json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n")
    return result.differing


def _read_package(folder: Path) -> Package:
    path = folder / DESCRIPTOR
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        _refuse(
            folder,
            f"expected a folder of raw tables, found {found}.",
            f"Name the folder that holds {DESCRIPTOR}.",
        )
    descriptor = _read_descriptor(path)
    resources = descriptor.get("resources") if isinstance(descriptor, dict) else None
    if not isinstance(resources, list):
        _refuse(path, 'expected a list of "resources", found none.', "Restore the file.")
    named = {entry.get("name"): entry for entry in resources if isinstance(entry, dict)}
    missing = [name for name in TABLES if name not in named]
    if missing:
        _refuse(
            path,
            f"expected each of the {len(TABLES)} tables to be described, "
            f"found no resource {', '.join(missing)}.",
            "Describe it under resources, or restore the file.",
        )
    for name in TABLES:
        # Frictionless would guess a schema from the rows and read several paths as one table.
        if not isinstance(named[name].get("path"), str):
            _refuse(path, f'resource {name}: expected one "path", found none.', "Restore it.")
    try:
        package = Package.from_descriptor(descriptor, basepath=str(folder))
    except FrictionlessException as error:
        reason = (error.reasons or [error.error])[0]
        _refuse(path, f"expected a Data Package: {reason.message}.", "Restore or correct it.")
    for name, columns in TABLES.items():
        described = package.get_resource(name).schema.field_names
        lacking = [column for column in columns if column not in described]
        if lacking:
            _refuse(
                path,
                f"resource {name}: expected the field {', '.join(lacking)}, found no such field.",
                "Describe the field in its schema.",
            )
    return package


def _read_descriptor(path: Path) -> Any:
    """Parse the JSON; what it holds is still unknown."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        _refuse(path, "expected the description of the tables, found no file.", "Restore it.")
    except OSError as error:
        _refuse(path, f"expected a file that can be read: {error.strerror}.", "Restore it.")
    except UnicodeDecodeError:
        _refuse(path, "expected UTF-8 text, found other bytes.", "Save the file as UTF-8.")
    except json.JSONDecodeError as error:
        _refuse(
            path,
            f"expected JSON, found a mistake at column {error.colno}: {error.msg}.",
            "Correct the line, or restore the file.",
            row=error.lineno,
        )


def _refuse(path: Path, problem: str, remedy: str, row: int | None = None) -> NoReturn:
    raise FaultyDataError([Fault(show_path(path), row, None, problem, remedy)])


def _to_faults(file: str, findings: Iterable[Finding]) -> list[Fault]:
    faults = [
        # Row numbers out of a DataFrame's index are NumPy's.
        Fault(file, None if row is None else int(row), field, problem, remedy)
        for row, field, problem, remedy in findings
    ]
    return sorted(faults, key=lambda fault: fault.row or 0)


def _has_changed(folder: Path, package: Package, name: str) -> bool:
    resource = package.get_resource(name)
    path = folder / str(resource.path)
    return path.is_file() and _measure(path) != (resource.hash, resource.bytes)


def _measure(path: Path) -> tuple[str, int]:
    content = path.read_bytes()
    return f"sha256:{hashlib.sha256(content).hexdigest()}", len(content)
