"""A file to the facts of an edition: everything understood, and held against what is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dti_analysis.cleaning.checks import RawTables
from dti_analysis.cleaning.facts import clean_facts, resolve_facts
from dti_analysis.cleaning.gazetteer import MERGER_DATE
from dti_analysis.cleaning.importing.layout import (
    Layout,
    check_overrides,
    read_overrides,
    require_roles,
)
from dti_analysis.cleaning.importing.ledger import (
    Entry,
    Source,
    describe_source,
    enter_facts,
)
from dti_analysis.cleaning.importing.meanings import choose_meanings, require_kinds
from dti_analysis.cleaning.importing.points import Points, find_points
from dti_analysis.cleaning.importing.rows import Rows, read_rows
from dti_analysis.cleaning.importing.standing import require_new, require_ranks
from dti_analysis.cleaning.importing.sums import makes_up_overall, require_sums
from dti_analysis.cleaning.importing.tables import find_table
from dti_analysis.cleaning.importing.values import Values, read_scales, read_values
from dti_analysis.cleaning.tables import Grid
from dti_analysis.errors import DataError

_FIRST_YEAR, _LAST_YEAR = 2020, 2099
_FIRST_OF_34, _LAST_OF_63 = 2024, 2024


@dataclass(frozen=True)
class Reading:
    """A table as it was understood, and what comes of it.

    Parameters
    ----------
    basis, year : int
        The edition.
    layout, rows, values : Layout, Rows, Values
        Where the table lies, what its rows are, what its cells say.
    points : Points
        What the main indices count for.
    source : Source
        Who says so.
    entry : Entry
        What is new, stands already or differs.
    meaning : str
        What decided on columns whose header leaves open what they are; blank if none does.
    held : tuple of str
        What was found to add up.
    """

    basis: int
    year: int
    layout: Layout
    rows: Rows
    values: Values
    points: Points
    source: Source
    entry: Entry
    meaning: str
    held: tuple[str, ...]

    @property
    def is_news(self) -> bool:
        """Whether the raw tables lack anything of it."""
        return bool(len(self.entry.new) or len(self.points.rows))


def read_edition(
    file: Path,
    raw: RawTables,
    *,
    year: int,
    basis: int,
    url: str,
    columns: Sequence[str] = (),
    scales: Sequence[str] = (),
    points_like: int | None = None,
    table: str | None = None,
    kind: str | None = None,
    date: str | None = None,
    allow_conflicts: bool = False,
    allow_blanks: bool = False,
) -> Reading:
    """Understand a table of one edition, and hold it against the index and the raw tables.

    Parameters
    ----------
    file : Path
        CSV, XLSX or saved HTML page.
    raw : RawTables
        The raw tables as they are.
    year, basis : int
        The edition.
    url : str
        Address of the page that the table is from.
    columns : sequence of str
        ``HEADER=METRIC`` each, before what headers say.
    scales : sequence of str
        What scores are out of, where that is not clear: ``100`` or ``HEADER=100``.
    points_like : int, optional
        Edition whose points are those of this one.
    table : str, optional
        Which table or sheet, where several would do.
    kind, date : str, optional
        Of the source; see `describe_source`.
    allow_conflicts : bool
        Take facts too that other sources contradict.
    allow_blanks : bool
        Let a province have no value of an index that most have.

    Raises
    ------
    DataError
        If something is not understood or does not add up; it says where and what to do.
    """
    _require_edition(year, basis)
    if raw.differing:
        raise DataError(
            f"{', '.join(raw.differing)}: differs from its recorded sha256. Look at the change, "
            "then record it: dti check --accept."
        )
    source = describe_source(raw["sources"], url, kind, date)
    overrides = read_overrides(columns)
    layout = find_table(file, raw.gazetteer, basis, year, overrides, table)
    check_overrides(layout, overrides)
    layout, meaning = choose_meanings(
        layout, year, lambda trial: _adds_up(trial, raw, basis, year, scales, points_like, source)
    )
    require_roles(layout)
    rows = read_rows(layout, raw.gazetteer, basis, year)
    require_kinds(layout, lambda column: rows.cells[column.role].tolist(), basis)
    points = _find_points(layout, rows, raw, basis, year, points_like, source)
    values = read_values(
        layout, rows, read_scales(scales, layout), points.most_earned(), allow_blanks
    )
    require_new(layout, values, _other_editions(raw, basis, year), year)
    held = require_sums(layout, rows, values, points.points, year)
    held += require_ranks(layout, rows, values, basis)
    entry = enter_facts(raw["dti_facts"], values, source, raw.gazetteer, basis, year)
    if entry.conflicts and (entry.is_refuted or not allow_conflicts):
        _refuse_conflicts(layout.grid, entry)
    return Reading(basis, year, layout, rows, values, points, source, entry, meaning, held)


def _require_edition(year: int, basis: int) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise DataError(f"--year {year}: expected {_FIRST_YEAR} to {_LAST_YEAR}.")
    if basis == 34 and year < _FIRST_OF_34:
        problem = f"the 34 provinces exist since {MERGER_DATE}; edition {year} ranks the 63"
        raise DataError(f"--basis 34 --year {year}: {problem}. Say --basis 63, or correct --year.")
    if basis == 63 and year > _LAST_OF_63:
        problem = f"since {MERGER_DATE} there are 34 provinces; edition {year} ranks these"
        raise DataError(f"--basis 63 --year {year}: {problem}. Say --basis 34, or correct --year.")


def _adds_up(
    trial: Layout,
    raw: RawTables,
    basis: int,
    year: int,
    scales: Sequence[str],
    points_like: int | None,
    source: Source,
) -> bool:
    """Whether a table makes sense with its columns read so; what is wrong with it is said later."""
    try:
        require_roles(trial)
        rows = read_rows(trial, raw.gazetteer, basis, year)
        points = _find_points(trial, rows, raw, basis, year, points_like, source)
        values = read_values(trial, rows, read_scales(scales, trial), points.most_earned())
    except DataError:
        return False
    return makes_up_overall(values, points.points, year)


def _find_points(
    layout: Layout,
    rows: Rows,
    raw: RawTables,
    basis: int,
    year: int,
    like: int | None,
    source: Source,
) -> Points:
    stated_by = f"stated in the table of {source.row['url']}"
    return find_points(layout, rows, raw["methodology"], basis, year, like, stated_by)


def _other_editions(raw: RawTables, basis: int, year: int) -> pd.DataFrame:
    facts = resolve_facts(clean_facts(raw["dti_facts"], raw["sources"]))
    is_other = (facts["metric"] == "score_overall") & (facts["basis"] == basis)
    others = facts[is_other & (facts["year"] != year)]
    return others.pivot(index="code", columns="year", values="value")


def _refuse_conflicts(grid: Grid, entry: Entry) -> None:
    shown = "; ".join(entry.conflicts[:3])
    rest = len(entry.conflicts) - 3
    more = f"; and {rest} more" if rest > 0 else ""
    remedy = (
        "The same source cannot say both: correct the table, or the rows of dti_facts.csv."
        if entry.is_refuted
        else "If both statements are to stand, say --allow-conflicts."
    )
    raise DataError(f"{grid.place}: disagrees with dti_facts.csv, {shown}{more}. {remedy}")
