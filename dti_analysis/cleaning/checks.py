"""Are the raw tables fit for use? What `dti check` says, and what the panel asks first."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dti_analysis.cleaning.check_domain import find_senseless
from dti_analysis.cleaning.check_form import find_malformed, find_odd, read_described
from dti_analysis.cleaning.descriptor import DESCRIPTOR, Described, list_fields, read_descriptor
from dti_analysis.cleaning.gazetteer import Gazetteer
from dti_analysis.cleaning.numbers import Finding
from dti_analysis.cleaning.panel_table import find_steering
from dti_analysis.errors import Fault, FaultyDataError, refuse
from dti_analysis.files import clear_drafts, hash_content, replace_together, show_path
from dti_analysis.names import list_first

NEEDED = {
    "sources": "source_id kind publisher date url",
    "crosswalk_63_34": "old_code old_province new_code new_province region_old",
    "name_variants": "code variant where_seen",
    "dti_facts": "year basis code province metric value status source_id note",
    "methodology": "year basis index points",
    "national_facts": "year basis metric value",
    "targets": "basis code province target_rank target_year stated_on source",
    "indicators": "code province indicator year value unit target_value target_year",
    "tile_grid": "basis code row column",
}
"""The tables and columns that the DTI is built from, a table after those it refers to; what they
hold, datapackage.json says."""


@dataclass(frozen=True)
class CheckResult:
    """What is wrong with a folder of raw tables, and what has changed in it."""

    faults: tuple[Fault, ...]  # by table and row; empty when the tables are fit for use
    # names of the tables whose sha256 or size is not the one in datapackage.json
    differing: tuple[str, ...]


@dataclass(frozen=True)
class RawTables:
    """The raw tables as they stand: all columns text, blanks as empty text, by name."""

    tables: Mapping[str, pd.DataFrame]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """All provinces and their spellings."""
        return Gazetteer.from_tables(self["crosswalk_63_34"], self["name_variants"])


def read_raw(folder: Path, *, is_checked: bool = False) -> RawTables:
    """Read the raw tables of a `folder`, by `check_raw` unless they are known to be sound."""
    if not is_checked and (faults := check_raw(folder).faults):
        raise FaultyDataError(faults)
    described = _describe_tables(folder)
    return RawTables(
        {name: read_described(folder / f"{name}.csv", each) for name, each in described.items()}
    )


def check_raw(folder: Path) -> CheckResult:
    """Check a `folder` of raw tables, row by row, against its datapackage.json and the domain.

    A table that differs from its recorded sha256 is checked like any other: adding a fact is
    no fault. Each cause is reported once: a row of the wrong length is not searched for wrong
    values, and nothing is looked up in a table that is itself at fault.
    """
    clear_drafts(folder)
    try:
        described = _describe_tables(folder)
    except FaultyDataError as error:
        return CheckResult(error.faults, ())
    faults: dict[str, list[Fault]] = {}
    sound: dict[str, pd.DataFrame] = {}
    gazetteer = None
    for name, resource in described.items():
        path = folder / f"{name}.csv"
        try:
            table = read_described(path, resource)
        except FaultyDataError as error:
            faults[name] = list(error.faults)
            continue
        at_fault = {table for table, found in faults.items() if found}
        findings = list(find_odd(table, resource))
        table = _drop(table, findings)
        findings += find_malformed(name, table, described, sound, at_fault)
        sound[name] = table = _drop(table, findings)
        is_whole = not findings
        if name == "name_variants" and is_whole and "crosswalk_63_34" not in at_fault:
            gazetteer = Gazetteer.from_tables(sound["crosswalk_63_34"], table)
        points = None if "methodology" in at_fault else sound.get("methodology")
        findings += find_steering(table)
        findings += find_senseless(name, table, gazetteer, is_whole, points)
        if name == "name_variants" and findings:
            gazetteer = None  # a spelling at fault would be reported again wherever it is used
        told = [Fault(show_path(path), *found) for found in findings]
        faults[name] = sorted(told, key=lambda fault: fault.row or 0)
    differing = tuple(name for name in described if _has_changed(folder, described[name]))
    return CheckResult(tuple(fault for found in faults.values() for fault in found), differing)


def _drop(table: pd.DataFrame, findings: Iterable[Finding]) -> pd.DataFrame:
    return table.drop(index=[row for row, *_ in findings if row in table.index])


def accept(folder: Path, names: Collection[str] | None = None) -> tuple[str, ...]:
    """Record the sha256 and size of the tables of a `folder`; give the names of those that changed.

    Of several tables, `names` may leave some to be looked at. Where a table is at fault or changes
    meanwhile, that is refused, and datapackage.json left as it was.
    """
    read = {file: file.read_bytes() for file in folder.rglob("[!.]*") if file.is_file()}
    result = check_raw(folder)
    if result.faults:
        raise FaultyDataError(result.faults)
    if result.differing:
        path = folder / DESCRIPTOR
        descriptor = json.loads(read[path])
        for resource in descriptor["resources"]:
            is_meant = names is None or resource["name"] in names
            if is_meant and resource["name"] in result.differing:
                resource["hash"], resource["bytes"] = _measure(read[folder / resource["path"]])
        text = json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n"
        replace_together({path: text.encode()}, read)
    return result.differing


def _describe_tables(folder: Path) -> Described:
    """Read what the tables are, each after those it needs; refuse to miss what the DTI needs."""
    described = read_descriptor(folder)
    needed = {name: columns.split() for name, columns in NEEDED.items()}
    there = {name: list_fields(resource) for name, resource in described.items()}
    missing = [name for name in needed if name not in there] or [
        f"{name}.{field}"
        for name, fields in needed.items()
        for field in fields
        if field not in there[name]
    ]
    if missing:
        problem = f"expected all {len(NEEDED)} tables of the DTI with their fields, found no "
        remedy = "Describe it there, or restore the file."
        refuse(show_path(folder / DESCRIPTOR), None, f"{problem}{list_first(missing)}.", remedy)
    return {name: described[name] for name in dict.fromkeys([*NEEDED, *described])}


def _has_changed(folder: Path, resource: Mapping[str, Any]) -> bool:
    path, stated = folder / f"{resource['name']}.csv", (resource.get("hash"), resource.get("bytes"))
    return path.is_file() and _measure(path.read_bytes()) != stated


def _measure(content: bytes) -> tuple[str, int]:
    return f"sha256:{hash_content(content)}", len(content)
