"""The facts of an edition into the raw tables: all or nothing, and nothing else touched."""

import shutil
import tempfile
from pathlib import Path

import pandas as pd

from dti_analysis.cleaning.checks import accept
from dti_analysis.cleaning.descriptor import DESCRIPTOR
from dti_analysis.cleaning.importing.edition import Reading
from dti_analysis.cleaning.importing.ledger import add_facts, add_rows
from dti_analysis.files import write_together


def stage_edition(reading: Reading, folder: Path) -> dict[Path, bytes]:
    """Make the new contents of the tables that an edition changes, checked as `dti check` does.

    Parameters
    ----------
    reading : Reading
        From `read_edition`.
    folder : Path
        The raw tables; nothing is written there.

    Returns
    -------
    dict
        New contents by file, the checksums last; empty if there is nothing new.
    """
    if not reading.is_news:
        return {}
    new = {
        "sources": pd.DataFrame([reading.source.row] if reading.source.is_new else []),
        "methodology": reading.points.rows,
        "dti_facts": reading.entry.new,
    }
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "raw"
        copy.mkdir()
        for file in (*folder.glob("*.csv"), folder / DESCRIPTOR):
            shutil.copyfile(file, copy / file.name)
        changed = []
        for name, rows in new.items():
            if len(rows):
                path = copy / f"{name}.csv"
                add = add_facts if name == "dti_facts" else add_rows
                path.write_bytes(add(path.read_bytes(), rows))
                changed.append(path.name)
        accept(copy)
        return {folder / name: (copy / name).read_bytes() for name in (*changed, DESCRIPTOR)}


def write_edition(reading: Reading, folder: Path) -> tuple[Path, ...]:
    """Write the facts of an edition, its source, its points and the checksums: all or nothing.

    Parameters
    ----------
    reading : Reading
        From `read_edition`, of the tables of this very folder.
    folder : Path
        The raw tables.

    Returns
    -------
    tuple of Path
        Files written; none if there was nothing new.

    Raises
    ------
    DataError
        If they cannot be written; they are then as they were.
    """
    contents = stage_edition(reading, folder)
    if contents:
        write_together(contents)
    return tuple(contents)
