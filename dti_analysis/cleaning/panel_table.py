"""A table that people bring, to the rows of a panel, whatever index it is of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.cleaning.numbers import YEAR_TEXT, Finding, find_cells, match_rank, read_numbers
from dti_analysis.cleaning.tables import SAVE_AS_UTF_8, Table, raise_faults, read_table
from dti_analysis.errors import NOT_PLAIN, STEERING, Fault, refuse
from dti_analysis.names import clean_text, is_visible, list_names, name_key, quote, strip_marks
from dti_analysis.panel import OVERALL, STATUSES

COLUMNS = ("unit", "year", "score", "rank")
"""Columns that a panel has; one of score and rank will do."""

_OWN = {
    *(OVERALL, "unit", "code", "name", "region", "row", "column", "year", "measure"),
    *(f"{value}{status}" for value in ("score", "rank") for status in ("", "_status")),
}
"""Names that are taken."""

_TEXTS = ("unit", "code", "region")
_FURTHER = ("code", "region", "score_status", "rank_status")
_MISSING = ("", "nan", "<na>")
_HALF = re.compile(r"[\ud800-\udfff]")
_LOST = re.compile(r"[\w .'’-]*[^\W\d_]\?[\w .'’?-]*")
"""A name, and no markup, some of whose letters an encoding lacked."""

_BLANK = "leave the cell blank if it is not known."


def read_panel(
    source: Path | str | pd.DataFrame,
    components: Sequence[str] = (),
    *,
    columns: Mapping[str, str] | None = None,
    max_score: float | None = None,
    is_subset: bool = False,
) -> pd.DataFrame:
    """Read the panel of any index: a CSV or XLSX file, or a table.

    Its columns are unit, year and score or rank or both; code (by default the unit), region,
    score_status and rank_status are read where they are there, and others are ignored but for the
    scores of `components`. What columns are that have other headers, `columns` says. Rank 1 is
    best; ``7/50`` says of how many, of which a part, `is_subset`, has fewer rows. Scores such as
    ``95,52%`` are of `max_score`, by default 1. A blank or ``nan`` among the scores and ranks is a
    missing value; among the units, ``NA`` and ``nan`` are names.

    Rows stay in their order, those without any value included: unit, code, region (only where any
    is told), year (int), score and rank (float), score_status and rank_status (missing where the
    value is; published where nothing else is said), and the components like the score. What is
    wrong is refused with the place and the remedy, ten faults at a time.
    """
    if isinstance(source, pd.DataFrame):
        table = _to_table(source)
    else:
        table = read_table(Path(source), "a panel")
    table = name_columns(table, columns or {}, components)
    where, text = table.place, _take_columns(table, components)
    numbers = text[["score", *components]].mask(lambda cells: cells.apply(_is_missing), "")
    values, findings = read_numbers(numbers, max_score)
    ranks = text["rank"].mask(_is_missing(text["rank"]), "").map(_cached_rank)
    findings += [*_find_faults(text), *_find_wrong_ranks(text, ranks, is_subset)]
    raise_faults([Fault(where, *found) for found in sorted(findings, key=lambda f: (f[0], f[1]))])
    values["rank"] = [float(rank[0]) if rank else np.nan for rank in ranks]
    if not values[["score", "rank"]].notna().any(axis=None):
        refuse(where, None, "expected a score or a rank, found none in any row.", "Fill them in.")
    year = text["year"].str.replace(r"[.,]0*$", "", regex=True).astype("int64")
    statuses = {
        f"{name}_status": text[f"{name}_status"]
        .mask(text[f"{name}_status"] == "", "published")
        .where(values[name].notna(), None)
        for name in ("score", "rank")
    }
    labels = {name: text[name] for name in _TEXTS}
    columns_ = {name: values[name] for name in ("score", "rank", *components)}
    panel = pd.DataFrame({**labels, "year": year, **columns_, **statuses})
    if (panel["region"] == "").all():
        del panel["region"]
    return panel.reset_index(drop=True)


def _to_table(frame: pd.DataFrame) -> Table:
    """Write a table as its CSV would be read: cells as text, the first row being 2."""
    rows = frame.astype(object).where(frame.notna(), "").to_numpy().tolist()
    cells = {row: list(map(str, line)) for row, line in enumerate(rows, start=2)}
    for row, line in cells.items():
        for cell in line:
            # Half a letter, which is no text that could be written: no file has it.
            if not cell.isascii() and _HALF.search(cell):
                refuse("the table", row, f"{NOT_PLAIN}, found {quote(cell)}.", "Type it anew.")
    filled = {row: line for row, line in cells.items() if any(map(clean_text, line))}
    columns = pd.Index([clean_text(str(label)) for label in frame.columns], dtype="str")
    text = [list(map(clean_text, line)) for line in filled.values()]
    return Table("the table", 1, pd.DataFrame(text, list(filled), columns, dtype="str"))


def _is_missing(text: "pd.Series[str]") -> "pd.Series[bool]":
    return text.str.lower().isin(_MISSING)


@cache
def _cached_rank(text: str) -> tuple[int, int | None] | None:
    return match_rank(text)


def _find_wrong_ranks(
    text: pd.DataFrame, ranks: "pd.Series[Any]", is_subset: bool
) -> Iterator[Finding]:
    """Find what is no rank, and ranks out of another number than there are in their edition."""
    is_wrong, remedy = ~_is_missing(text["rank"]) & ranks.isna(), f"Correct the rank, or {_BLANK}"
    yield from find_cells(text["rank"], is_wrong, "a whole number of at least 1", remedy)
    has_value = ranks.notna() | ~_is_missing(text["score"])
    for year, rows in text.groupby("year"):
        told = {int(str(row)): rank[1] for row, rank in ranks[rows.index].items() if rank}
        told = {row: of for row, of in told.items() if of is not None}
        counts = {len(rows), int(has_value[rows.index].sum())}
        expected = set(list(told.values())[:1]) if is_subset else counts
        for row in (row for row, of in told.items() if of not in expected):
            problem = f"expected a rank out of {max(expected)} in {year}, as "
            problem += "elsewhere in it" if is_subset else "it has rows"
            problem += f", found {quote(str(rows.loc[row, 'rank']))}."
            remedy = "Correct it, add the missing rows, or say subset = true in index.toml, "
            yield row, "rank", problem, f"{remedy}or --subset."


def _find_faults(text: pd.DataFrame) -> Iterator[Finding]:
    """Find the cells that are not what their column holds: row, field, problem, remedy."""
    unseen = [name for name in text["unit"].unique() if not is_visible(name)]
    is_blank = text["unit"].isin(unseen)
    yield from find_cells(text["unit"], is_blank, "a name", "Name the unit or remove the row.")
    is_cut, told = (
        text["unit"].str.fullmatch(_LOST),
        'a name with all its letters, none of them "?"',
    )
    yield from find_cells(text["unit"], is_cut, told, SAVE_AS_UTF_8)
    yield from find_steering(text[list(_TEXTS)])
    yield from _find_spellings(text[~is_blank])
    is_year = text["year"].str.fullmatch(YEAR_TEXT.pattern)
    expected = "a whole number of four digits such as 2024"
    yield from find_cells(text["year"], ~is_year, expected, "Correct the year.")
    expected, remedy = f"one of {', '.join(STATUSES)}", "Correct the status, or leave it blank."
    for name in ("score_status", "rank_status"):
        yield from find_cells(text[name], ~text[name].isin(["", *STATUSES]), expected, remedy)
    named = text["code"].where(text["code"] != "", text["unit"])
    year = text["year"].where(is_year, "0").str.replace(",", ".")
    key = pd.DataFrame({"unit": named, "year": year})
    key = key.astype({"year": float})[is_year & ~is_blank]
    first = key.reset_index(names="row").groupby(["unit", "year"])["row"].transform("first")
    for row, earlier in zip(key.index, first, strict=True):
        if row != earlier:
            place = f"{quote(key.loc[row, 'unit'])} in {key.loc[row, 'year']:.0f}"
            problem = f"expected one row for {place}, found row {earlier} as well."
            yield int(row), "unit", problem, "Keep one of the two."


def find_steering(text: pd.DataFrame) -> Iterator[Finding]:
    """Find the cells with signs that steer what shows them: row, field, problem, remedy."""
    for _, column in text.items():
        expected = NOT_PLAIN.removeprefix("expected ")
        yield from find_cells(column, column.str.contains(STEERING), expected, "Type it anew.")


def _find_spellings(text: pd.DataFrame) -> Iterator[Finding]:
    """Find names and codes that only case, marks and space tell apart, and names that are codes.

    A mark of a footnote is none of a name that stands without it as well.

    Names need not differ where codes do: those are two units, or one that was renamed.
    """
    units = text[["unit", "code"]].drop_duplicates()
    rows = list(zip(map(int, units.index), units["unit"], units["code"], strict=True))
    codes: dict[str, tuple[int, str]] = {}
    for row, _, code in (told for told in rows if told[2]):
        earlier, other = codes.setdefault(name_key(code), (row, code))
        if other != code:
            problem = f"expected one spelling of a code, found {quote(code)} here and "
            problem += f"{quote(other)} in row {earlier}."
            remedy = "Write it one way, or tell two codes apart by more than case, marks and space."
            yield row, "code", problem, remedy
    names: dict[str, tuple[int, str, str]] = {}
    known = {name_key(unit) for _, unit, _ in rows}
    for row, unit, code in rows:
        key, bare = name_key(unit), name_key(strip_marks(unit))
        key = bare if bare in known else key
        earlier, other, its_code = names.setdefault(key, (row, unit, code))
        if bool(code) != bool(its_code):
            found = f"{quote(code)} for {quote(unit)} here" if code else "none here"
            there = f"{quote(its_code)} for {quote(other)}" if its_code else "none"
            problem = f"expected a code in every row of a unit, found {found} and {there} in row "
            yield row, "code", f"{problem}{earlier}.", "Fill the codes in."
        elif not code and unit != other:
            problem = f"expected one spelling of a name, found {quote(unit)} here and "
            problem += f"{quote(other)} in row {earlier}."
            remedy = "Write it one way or, if these are two units, give each a code of its own in "
            yield row, "unit", problem, f"{remedy}the column code."
        earlier, other = codes.get(name_key(unit), (row, code))
        if other != code:
            problem = f"expected a name that is not the code of another unit, found {quote(unit)} "
            problem += f"here and the code {quote(other)} in row {earlier}."
            yield row, "unit", problem, "Write the code otherwise."


def convert_panel(file: Path, names: Mapping[str, str]) -> bytes:
    """Write a panel as a CSV that a project keeps, with the names of a panel for its columns.

    One that is a CSV in UTF-8 with commas and these names is left as it is, unless a spreadsheet
    would compute something in it: that is written as text.
    """
    table = read_table(file, "a panel")
    if table.is_plain and not names and not table.has_formulas:
        return file.read_bytes()
    return name_columns(table, names).to_csv()


def name_columns(table: Table, names: Mapping[str, str], components: Sequence[str] = ()) -> Table:
    """Give the columns of a table the names that a panel has for them.

    A header that is not there, a name that no panel has, and two columns of one name are refused.
    """
    header, known = table.cells.columns.tolist(), [*COLUMNS, *_FURTHER, *components]
    told = {" ".join(clean_text(label).split()): clean_text(name) for label, name in names.items()}
    for label, name in told.items():
        if header.count(label) != 1:
            found = "several" if label in header else "none"
            problem = f"expected the column {quote(label)} once, found {found}."
            table.refuse_header(problem, "Name it as there.")
        if name not in known:
            problem = f"{quote(label)}: no column of a panel is called {quote(name)}."
            table.refuse_header(problem, f"Known: {', '.join(known)}.")
    named = [told.get(label, label) for label in header]
    for name in told.values():
        if named.count(name) > 1:
            of = list_names(label for label in header if told.get(label, label) == name)
            problem = f"expected one column for {name}, found {of}."
            table.refuse_header(problem, "Keep one of them.")
    return replace(table, cells=table.cells.set_axis(named, axis=1))


def _take_columns(table: Table, components: Sequence[str]) -> pd.DataFrame:
    """Take the columns of a panel; those that are not there are blank."""
    header = table.cells.columns.tolist()
    values = [name for name in COLUMNS[2:] if name in header]
    further = [name for name in _FURTHER if name in header]
    needed = [*COLUMNS[:2], *(values or ["score (or rank)"]), *further, *components]
    remedy = "Rename columns" + (", or leave out a weight." if components else ".")
    table.require_columns(needed, remedy=remedy)
    names = (*COLUMNS, *_FURTHER, *components)
    known = {name_key(name): name for name in names}
    for label in header:
        if label not in names and (name := known.get(name_key(label))):
            problem = f"expected {quote(name)}, found {quote(label)}."
            table.refuse_header(problem, "Write it so, or call another column otherwise.")
    for column in components:
        if column in _OWN:
            problem = f"no component can be called {quote(column)}."
            table.refuse_header(problem, "Rename its column.")
    columns = list(dict.fromkeys((*COLUMNS, *components, *_FURTHER)))
    table.require_values(column for column in columns if column in header)
    # Only what is needed: other columns may share a name, or have none.
    return table.cells[[name for name in columns if name in header]].reindex(
        columns=columns, fill_value=""
    )
