"""Any composite index: a CSV file to a panel, and what of it a forecast from an origin may see."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from dti_analysis.errors import DataError, Fault, FaultyDataError

COLUMNS = ("unit", "year", "score", "rank")

_SHOWN = 10
_MISSING = ("", "nan")
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_WHOLE = r"[+-]?[0-9]{1,9}(?:\.0*)?"
_GREATEST = 1e100  # of a score, whose square has to be a number as well
_BLANK = "leave the cell blank if it is not known."


def read_panel(path: Path | str, indices: Sequence[str] = ()) -> pd.DataFrame:
    """Read the panel of any index.

    Parameters
    ----------
    path : Path or str
        A CSV file in UTF-8 with the columns unit, year and score or rank or both; other columns
        are ignored but for `indices`. The higher the score the better; rank 1 is best. A blank or
        ``nan`` among the scores and ranks is a missing value; among the units, ``NA`` and ``nan``
        are names.

    indices : sequence of str
        Columns with the scores of main indices, to be read as well.

    Returns
    -------
    DataFrame
        unit (str), year (int), score and rank (float, NaN where missing), and the main indices
        like the score; in the order of the file, rows without any value included.

    Raises
    ------
    FaultyDataError
        With what is wrong, where, and the remedy; the first ten faults, and how many more.
    """
    columns = [*COLUMNS, *(name for name in indices if name not in COLUMNS)]
    table = _read_table(path, columns, indices)
    text = table.apply(lambda column: column.str.strip())
    text["unit"] = text["unit"].str.normalize("NFC")
    faults = [Fault(str(path), *found) for found in sorted(_find_faults(text, indices))]
    if len(faults) > _SHOWN:
        more = f"{len(faults) - _SHOWN} more faults."
        faults = [*faults[:_SHOWN], Fault(str(path), None, None, more, "Correct these first.")]
    if faults:
        raise FaultyDataError(faults)
    values = {
        column: pd.to_numeric(text[column].where(~_is_missing(text[column]))).astype(float)
        for column in columns[2:]
    }
    if not any(values[column].notna().any() for column in ("score", "rank")):
        _refuse(path, None, "expected a score or a rank, found none in any row.", "Fill them in.")
    year = text["year"].astype(float).astype("int64")
    panel = pd.DataFrame({"unit": text["unit"], "year": year, **values})
    return panel.reset_index(drop=True)


def list_editions(panel: pd.DataFrame) -> list[int]:
    """List the editions in which any unit has a value, in ascending order.

    Parameters
    ----------
    panel : DataFrame
        From `read_panel`.
    """
    return sorted(int(year) for year in panel.loc[_has_value(panel), "year"].unique())


def select_origin(panel: pd.DataFrame, origin_year: int | None = None) -> pd.DataFrame:
    """Take what a forecast may see: no edition after the origin, no unit without a value there.

    A unit has a value where its score or, failing that, its rank is known. Ranks are restated
    among the units kept in each edition: those who have left since no longer take places, and
    where some ranks are not published, those that are keep their standing, ``(rank - ½) / size``.

    Parameters
    ----------
    panel : DataFrame
        Columns unit, year, score, rank; one row per unit and edition.
    origin_year : int, optional
        Last edition to see; the last there is by default.

    Returns
    -------
    DataFrame
        unit, year, score, rank (float); only rows with a value, sorted by unit and year: what
        `dti_analysis.models.positions.standardise` takes.

    Raises
    ------
    DataError
        If `origin_year` is not an edition.
    """
    editions = list_editions(panel)
    if not editions:
        raise DataError("no unit has a score or a rank: expected at least one edition.")
    origin = editions[-1] if origin_year is None else origin_year
    if origin not in editions:
        raise DataError(
            f"edition {origin} is not in the panel: expected one of "
            f"{', '.join(map(str, editions))}."
        )
    known = panel.loc[_has_value(panel) & (panel["year"] <= origin), list(COLUMNS)]
    known = known.astype({"score": float, "rank": float})
    units = known.loc[known["year"] == origin, "unit"]
    is_kept = known["unit"].isin(units)
    known["rank"] = _restate_ranks(known, is_kept.to_numpy())
    return known[is_kept].sort_values(["unit", "year"], ignore_index=True)


def _restate_ranks(known: pd.DataFrame, is_kept: np.ndarray) -> np.ndarray:
    """Restate the ranks of each edition among its units that are kept; see `select_origin`."""
    ranks = known["rank"].to_numpy(dtype=float, copy=True)
    for rows in known.groupby("year").indices.values():
        stated, kept = ranks[rows], is_kept[rows]
        if np.isnan(stated).all():
            continue
        # Ranks that are not published take places too: the last known one tells how many.
        size = max(len(rows), np.nanmax(stated))
        left = np.sort(stated[~kept & np.isfinite(stated)])
        ranks[rows] = stated - np.searchsorted(left, stated)
        ranks[rows] = 0.5 + (ranks[rows] - 0.5) * kept.sum() / (size - len(left))
    return ranks


def _has_value(panel: pd.DataFrame) -> "pd.Series[bool]":
    return panel["score"].notna() | panel["rank"].notna()


def _is_missing(text: "pd.Series[str]") -> "pd.Series[bool]":
    return text.str.lower().isin(_MISSING)


def _find_faults(text: pd.DataFrame, indices: Sequence[str]) -> Iterator[tuple[int, str, str, str]]:
    """Find the cells that are not what their column holds: row, field, problem, remedy."""
    is_blank = text["unit"] == ""
    for row in text.index[is_blank]:
        yield row, "unit", "expected a name, found a blank.", "Name the unit or remove the row."
    is_year = text["year"].str.fullmatch(_WHOLE)
    for row, year in text.loc[~is_year, "year"].items():
        problem = f"expected a whole number such as 2024, found {_quote(year)}."
        yield int(str(row)), "year", problem, "Correct the year."
    for name in ("score", *indices):
        score = text.loc[~_is_missing(text[name]), name]
        is_number = score.str.fullmatch(_NUMBER)
        # A number too great for the machine, such as 1e999, reads as infinite.
        is_number &= score.where(is_number, "0").astype(float).abs() <= _GREATEST
        for row, value in score[~is_number].items():
            problem = (
                f"expected a finite number of at most {_GREATEST:g} in size with a decimal point, "
                f"found {_quote(value)}."
            )
            yield int(str(row)), name, problem, f"Correct the score, or {_BLANK}"
    rank = text.loc[~_is_missing(text["rank"]), "rank"]
    is_rank = rank.str.fullmatch(_WHOLE)
    is_rank &= rank.where(is_rank, "0").astype(float) >= 1
    for row, value in rank[~is_rank].items():
        problem = f"expected a whole number of at least 1, found {_quote(value)}."
        yield int(str(row)), "rank", problem, f"Correct the rank, or {_BLANK}"
    key = pd.DataFrame({"unit": text["unit"], "year": text["year"].where(is_year, "0")})
    key = key.astype({"year": float})[is_year & ~is_blank]
    first = key.reset_index(names="row").groupby(["unit", "year"])["row"].transform("first")
    for row, earlier in zip(key.index, first, strict=True):
        if row != earlier:
            unit, year = _quote(key.loc[row, "unit"]), int(key.loc[row, "year"])
            problem = f"expected one row for {unit} in {year}, found row {earlier} as well."
            yield int(row), "unit", problem, "Keep one of the two."


def _read_table(path: Path | str, columns: Sequence[str], indices: Sequence[str]) -> pd.DataFrame:
    """Read the columns of a panel as text, indexed by row; score or rank blank if not there."""
    rows = _read_rows(path)
    header = [label.strip() for label in rows[0]]
    for column in columns:
        if header.count(column) > 1:
            _refuse(path, 1, f"expected one column {column}, found several.", "Keep one of them.")
    missing = [column for column in COLUMNS[:2] if column not in header]
    if not {"score", "rank"} & set(header):
        missing.append("score (or rank)")
    if missing:
        _refuse(
            path,
            1,
            f"expected the columns unit, year and score or rank, separated by commas, found "
            f"{', '.join(map(_quote, header))}; missing: {', '.join(missing)}.",
            "Rename the columns; put commas between them.",
        )
    for column in indices:
        if column not in header:
            found = ", ".join(map(_quote, header))
            problem = f"expected the main index {_quote(column)} as a column, found {found}."
            _refuse(path, 1, problem, "Name it as in the header, or leave its points out.")
    cells = {row: line for row, line in enumerate(rows[1:], start=2) if any(map(str.strip, line))}
    if not cells:
        _refuse(path, None, "expected rows, found only the header.", "Add a row for each value.")
    for row, line in cells.items():
        if len(line) != len(header):
            _refuse(
                path,
                row,
                f"expected {len(header)} cells as in the header, found {len(line)}.",
                "Write numbers with a decimal point, and put a cell that holds a comma in quotes.",
            )
    # Only what is needed: other columns may share a name, or have none.
    place = {column: header.index(column) for column in columns if column in header}
    wanted = {
        column: [line[place[column]] if column in place else "" for line in cells.values()]
        for column in columns
    }
    return pd.DataFrame(wanted, index=list(cells), dtype="str")


def _read_rows(path: Path | str) -> list[list[str]]:
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        _refuse(path, None, "expected a panel, found no such file.", "Check the path.")
    except OSError as error:
        _refuse(path, None, f"expected a readable file: {error.strerror}.", "Check the path.")
    if not content.strip():
        _refuse(path, None, "expected a panel, found an empty file.", "Check the path.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        byte = f"0x{content[error.start]:02X}"
        remedy = 'Save it as UTF-8 ("CSV UTF-8" in a spreadsheet).'
        _refuse(path, row, f"expected UTF-8, found the byte {byte}.", remedy)
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        remedy = "Close the quotes; write a quote inside a quoted cell twice."
        _refuse(path, len(rows) + 1, f"expected quotes in pairs around a cell: {error}.", remedy)
    return rows


def _quote(text: object) -> str:
    return f'"{text}"'


def _refuse(path: Path | str, row: int | None, problem: str, remedy: str) -> NoReturn:
    raise FaultyDataError([Fault(str(path), row, None, problem, remedy)])
