"""Which table of a file is meant: the one that names the provinces."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dti_analysis.cleaning.gazetteer import Gazetteer
from dti_analysis.cleaning.importing.layout import Layout, find_layout
from dti_analysis.cleaning.importing.rows import count_provinces
from dti_analysis.cleaning.tables import Grid, read_grids
from dti_analysis.errors import DataError
from dti_analysis.files import show_path


def find_table(
    file: Path,
    gazetteer: Gazetteer,
    basis: int,
    year: int,
    overrides: Mapping[str, str],
    table: str | None,
) -> Layout:
    """Choose the table that names the most provinces."""
    grids = read_grids(file)
    if table is not None:
        wanted = [g for g in grids if table in (g.part, g.part.partition(" ")[2].strip('"'))]
        if not wanted:
            there = ", ".join(grid.part or "one table" for grid in grids)
            raise DataError(f'--table "{table}": {show_path(file)} has {there}.')
        grids = wanted
    found = [layout for grid in grids if (layout := find_layout(grid, year, overrides))]
    if not found:
        raise DataError(
            f"{show_path(file)}: expected a table with a column of provinces (Tỉnh/Thành phố, "
            f"Province) and others beside it, found no such header{_tell_grids(grids)}. Give the "
            "file with the table, or name the column: --column 'HEADER=province'."
        )
    counts = [count_provinces(layout, gazetteer, basis) for layout in found]
    # Of one text, parted by different signs, the most columns are right.
    best = max(zip(counts, [len(layout.columns) for layout in found], strict=True))
    chosen = [
        layout
        for layout, count in zip(found, counts, strict=True)
        if (count, len(layout.columns)) == best or (layout.grid.part and best[0] == count == basis)
    ]
    if len(chosen) > 1:
        names = ", ".join(layout.grid.part for layout in chosen)
        raise DataError(
            f"{show_path(file)}: expected one table of the {basis} provinces, found {names}. "
            f"Say which: --table '{chosen[0].grid.part}'."
        )
    return chosen[0]


def _tell_grids(grids: Sequence[Grid]) -> str:
    parts = [grid.part for grid in grids if grid.part]
    return f" in {', '.join(parts[:5])}{' …' if len(parts) > 5 else ''}" if parts else ""
