"""A working project of another index, from nothing but its panel."""

import json
import os
import shutil
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from string import Template

from dti_analysis import paths
from dti_analysis.cleaning.tables import list_editions, read_panel
from dti_analysis.config import PANEL, Project, read_project
from dti_analysis.errors import DataError


def start_project(
    folder: Path,
    panel: Path,
    name: str | None = None,
    unit: str = "unit",
    units: str = "units",
    source: str | None = None,
    greatest: float | None = None,
) -> Project:
    """Make a project: description, panel, notebook and README. It appears whole or not at all.

    Parameters
    ----------
    folder : Path
        Where; it must not exist, or be empty.
    panel : Path
        The panel; see `dti_analysis.cleaning.tables.read_panel`. It is copied as it is.
    name : str, optional
        Name of the index; that of the file by default.
    unit, units : str
        What is ranked, in the singular and in the plural.
    source : str, optional
        Where the numbers are from; the file by default.
    greatest : float, optional
        Greatest score there can be, the least being 0.

    Raises
    ------
    DataError
        If the folder is taken, the panel has faults, or the two do not fit.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: expected a new or empty folder. Name another.")
    if not folder.absolute().parent.is_dir():
        raise DataError(f"{folder}: expected a folder in one that exists. Make that first.")
    table = read_panel(panel)
    editions = list_editions(table)
    newest = editions[-1]
    known = table[(table["year"] == newest) & table[["score", "rank"]].notna().any(axis=1)]
    example = str(known["unit"].iloc[0])
    told = {
        "name": name or panel.stem,
        "unit": unit,
        "units": units,
        "source": source or f"Source: {panel.name}",
        "example": example,
    }
    scale = "# greatest = 100  # of all scores there can be, the least being 0"
    quoted = {
        **{key: _quote(value) for key, value in told.items()},
        "greatest": scale if greatest is None else f"greatest = {greatest:g}",
        "next_year": 2 * newest - (editions[-2] if len(editions) > 1 else newest - 1),
    }
    plain = told | {"quoted_example": quoted["example"]}
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        with as_file(files("dti_analysis") / "starter") as starter:
            shutil.copytree(starter, draft)
        _fill(draft / paths.DESCRIPTION, quoted)
        _fill(draft / "README.md", plain)
        (draft / "gitignore").rename(draft / ".gitignore")
        (draft / PANEL).parent.mkdir(parents=True)
        shutil.copyfile(panel, draft / PANEL)
        _ = read_project(draft).panel  # what does not fit is told before anything is there
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return read_project(folder)


def _fill(file: Path, values: Mapping[str, object]) -> None:
    text = Template(file.read_text(encoding="utf-8")).substitute(values)
    file.write_text(text, encoding="utf-8")


def _quote(text: str) -> str:
    """Write a text as TOML does, which is as JSON does."""
    return json.dumps(text, ensure_ascii=False)
