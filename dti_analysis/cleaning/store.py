"""The table store: raw tables in, the panel out. Nothing else in the library touches tables."""

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dti_analysis import paths
from dti_analysis.cleaning.dti import build_panel
from dti_analysis.cleaning.facts import clean_facts, list_conflicts, resolve_facts
from dti_analysis.cleaning.gazetteer import Gazetteer
from dti_analysis.display import Shown
from dti_analysis.errors import FaultyDataError
from dti_analysis.files import write_whole

# The code that the panel is built by.
_BUILDERS = ("schema.py", "cleaning/*.py")


@dataclass(frozen=True)
class RawTables:
    """The raw tables as they stand, checked.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        All columns text, blanks as empty text; by the name of the file without its ending.
    checksums : mapping of str to str
        sha256 of each file.
    differing : tuple of str
        Tables that are not what data/raw/datapackage.json recorded.
    """

    tables: Mapping[str, pd.DataFrame]
    checksums: Mapping[str, str]
    differing: tuple[str, ...]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """All provinces and their spellings."""
        return Gazetteer.from_tables(self["crosswalk_63_34"], self["name_variants"])


def read_raw(folder: Path = paths.RAW) -> RawTables:
    """Read and check the raw tables.

    Parameters
    ----------
    folder : Path
        Holds datapackage.json and the tables it describes.

    Raises
    ------
    FaultyDataError
        If anything is wrong with them; it lists every fault.
    """
    from dti_analysis.cleaning.checks import check_raw

    result = check_raw(folder)
    if result.faults:
        raise FaultyDataError(result.faults)
    return RawTables(_read_tables(folder), _checksums(folder), result.differing)


def write_panel(raw: RawTables, folder: Path = paths.PROCESSED) -> pd.DataFrame:
    """Build the panel and write it with its conflicts and provenance, each file whole or not.

    Parameters
    ----------
    raw : RawTables
        From `read_raw`.
    folder : Path
        Where panel.parquet, panel.csv, conflicts.csv and panel.provenance.json go.

    Returns
    -------
    DataFrame
        The panel; see `dti_analysis.cleaning.dti.build_panel`.
    """
    facts = clean_facts(raw["dti_facts"], raw["sources"])
    panel = build_panel(
        resolve_facts(facts), raw["methodology"], raw["crosswalk_63_34"], raw.gazetteer
    )
    provenance = {
        "version": importlib.metadata.version("dti_analysis"),
        "rows": len(panel),
        **_fingerprint(raw.checksums),
        "tables": dict(raw.checksums),
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "panel.csv", panel.to_csv(index=False))
    write_whole(folder / "conflicts.csv", list_conflicts(facts).to_csv(index=False))
    write_whole(folder / "panel.provenance.json", json.dumps(provenance, indent=2) + "\n")
    # Last, since `load_data` takes its presence for a complete build.
    _write_built(folder / "panel.parquet", panel, provenance)
    return panel


@dataclass(frozen=True, repr=False)
class Data(Shown):
    """Everything a forecast or a report is made from; `load_data` reads it.

    Parameters
    ----------
    raw : RawTables
        The raw tables.
    panel : DataFrame
        The panel built from them.
    """

    raw: RawTables
    panel: pd.DataFrame

    @cached_property
    def facts(self) -> pd.DataFrame:
        """Every statement, typed, with its source; see `cleaning.facts.clean_facts`."""
        return clean_facts(self.raw["dti_facts"], self.raw["sources"])

    @cached_property
    def conflicts(self) -> pd.DataFrame:
        """Statements on which sources disagree; see `cleaning.facts.list_conflicts`."""
        return list_conflicts(self.facts)


def load_data(raw: Path = paths.RAW, processed: Path = paths.PROCESSED) -> Data:
    """Read the raw tables and the panel.

    The panel is built first where it is missing or no longer what facts and code give. Raw tables
    that a panel has been built from have been checked and are not checked again.

    Parameters
    ----------
    raw, processed : Path
        Folders of the raw tables and of the panel.

    Raises
    ------
    FaultyDataError
        If anything is wrong with the raw tables.

    Examples
    --------
    >>> from dti_analysis import load_data
    >>> panel = load_data().panel
    >>> own = panel[(panel["basis"] == 63) & (panel["province"] == "Bà Rịa - Vũng Tàu")]
    >>> own["rank"].tolist()  # in 2020 to 2024
    [39, 29, 28, 10, 7]
    """
    checksums = _checksums(raw)
    panel = _read_built(processed / "panel.parquet", _fingerprint(checksums))
    if panel is not None:
        return Data(RawTables(_read_tables(raw), checksums, ()), panel)
    tables = read_raw(raw)
    return Data(tables, write_panel(tables, processed))


def keep(
    file: Path, checksums: Mapping[str, str], code: Iterable[str], build: Callable[[], pd.DataFrame]
) -> pd.DataFrame:
    """Read a table made from raw tables; make and write it where these or code have changed.

    Parameters
    ----------
    file : Path
        Where it is kept, as parquet.
    checksums : mapping of str to str
        sha256 of what it is made from.
    code : iterable of str
        The code that it is made by: patterns of files in the library.
    build : callable
        Makes it.
    """
    provenance = _fingerprint(checksums, code)
    table = _read_built(file, provenance)
    if table is None:
        table = build()
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_built(file, table, provenance)
    return table


def _read_built(file: Path, provenance: Mapping[str, Any]) -> pd.DataFrame | None:
    """Read a table if it was built from just that."""
    if not file.exists():
        return None
    table = pd.read_parquet(file)
    # Off the table, or every operation on it would copy them.
    notes = table.attrs.pop("provenance", {})
    return table if notes.items() >= provenance.items() else None


def _write_built(file: Path, table: pd.DataFrame, provenance: Mapping[str, Any]) -> None:
    noted = table.copy(deep=False)
    noted.attrs["provenance"] = provenance
    write_whole(file, noted.to_parquet(None, index=False))


def _read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    files = sorted(folder.glob("*.csv"))
    return {
        file.stem: pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
        for file in files
    }


def _checksums(folder: Path) -> dict[str, str]:
    files = sorted(folder.glob("*.csv"))
    return {file.stem: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _fingerprint(checksums: Mapping[str, str], code: Iterable[str] = _BUILDERS) -> dict[str, str]:
    """Tell the facts and the code that a table is built from."""
    files = sorted({file for pattern in code for file in paths.PACKAGE.glob(pattern)})
    text = b"".join(file.read_bytes() for file in files)
    data = json.dumps(dict(checksums), sort_keys=True).encode()
    return {
        "data_sha256": hashlib.sha256(data).hexdigest(),
        "code_sha256": hashlib.sha256(text).hexdigest(),
    }
