"""The tables beside a panel that ``index.toml`` names: weights, targets, what became of whom."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from dti_analysis.cleaning.numbers import find_cells, read_numbers
from dti_analysis.cleaning.panel_table import find_steering
from dti_analysis.cleaning.tables import raise_faults, read_table
from dti_analysis.config import CONFIG
from dti_analysis.errors import Fault, refuse
from dti_analysis.files import show_path
from dti_analysis.names import quote


def read_crosswalk(path: Path) -> pd.DataFrame:
    """Read what became of each unit: old_code, new_code and, if they do not count alike, weight."""
    rows = _read_table(path, ["old_code", "new_code"], ["weight"])
    if "weight" in rows:
        rows = rows.assign(weight=_take_weights(path, rows["weight"]))
    return _require_once(path, rows, "old_code")


def read_weights(path: Path) -> dict[int, dict[str, float]]:
    """Read the weights of components, from each edition that changed them on."""
    rows = _require_once(
        path, _read_table(path, ["year", "component", "weight"]), "component", "year"
    )
    weights = _take_weights(path, rows["weight"])
    rows = rows.assign(year=_take_whole(path, rows["year"]), weight=weights)
    return {
        int(str(year)): dict(zip(part["component"], part["weight"], strict=True))
        for year, part in rows.groupby("year")
    }


def read_targets(path: Path) -> tuple[dict[str, Any], ...]:
    """Read the table of targets: what ``[[targets]]`` says, and where each stands."""
    optional = ["basis", "measure", "stated_on", "source", "note"]
    rows = _read_table(path, ["unit", "rank", "year"], optional)
    rows = rows.assign(rank=_take_whole(path, rows["rank"]), year=_take_whole(path, rows["year"]))
    return tuple(
        {str(key): value for key, value in target.items() if value != ""}
        | {"where": f"{show_path(path)}, row {row}"}
        for row, target in zip(rows.index, rows.to_dict("records"), strict=True)
    )


def _read_table(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table as text, indexed by row; refuse what is missing, and what nothing reads."""
    remedy = f"Check the path and {CONFIG}."
    table = read_table(path, remedy=remedy, needed=needed, optional=optional)
    if not table.cells.empty:  # no target, say, is known yet
        table.require_values(table.cells.columns)
    raise_faults([Fault(table.place, *found) for found in find_steering(table.cells)])
    return table.cells


def _take_whole(path: Path, column: pd.Series) -> pd.Series:
    is_wrong = ~column.str.fullmatch("[0-9]{1,9}")
    found = find_cells(column, is_wrong, f"{column.name} as a whole number", "Correct it.")
    raise_faults([Fault(show_path(path), *each) for each in found])
    return column.astype(int)


def _take_weights(path: Path, column: pd.Series) -> pd.Series:
    values, findings = read_numbers(column.to_frame())
    is_wrong, remedy = ~(values["weight"] > 0), "Correct it, or leave the row out."
    findings = findings or [*find_cells(column, is_wrong, "a weight above 0", remedy)]
    raise_faults([Fault(show_path(path), *found) for found in findings])
    return values["weight"]


def _require_once(path: Path, rows: pd.DataFrame, *key: str) -> pd.DataFrame:
    """Refuse a second row for one key."""
    for row in rows.index[rows.duplicated(key)]:
        name, *year = rows.loc[row, list(key)]
        place = quote(name) + "".join(f" in {number}" for number in year)
        problem = f"expected one row for {place}, found several."
        refuse(show_path(path), int(row), problem, "Keep one of them.")
    return rows
