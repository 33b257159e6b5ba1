"""What was understood of a table, for the terminal."""

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from dti_analysis.cleaning.dti import METRICS
from dti_analysis.cleaning.importing.edition import Reading
from dti_analysis.cleaning.importing.layout import Column
from dti_analysis.cleaning.tables import name_column
from dti_analysis.display import align_columns
from dti_analysis.files import show_path
from dti_analysis.language import write_number

_WIDEST = 40


def tell_reading(reading: Reading) -> str:
    """Put on the terminal which column is what, which rows are left out, and what adds up.

    Parameters
    ----------
    reading : Reading
        From `dti_analysis.cleaning.importing.edition.read_edition`.
    """
    layout, grid, source = reading.layout, reading.layout.grid, reading.source
    numbers = sorted(at + grid.first_row for at in reading.rows.row_of.values())
    header = [at + grid.first_row for at in (layout.first_header, layout.first_data - 1)]
    lines = [
        f"{grid.place}: edition {reading.year}, {len(numbers)} of {reading.basis} provinces",
        *_tell_title(reading),
        f"Header in {_tell_span(*header)}, provinces in {_tell_span(numbers[0], numbers[-1])}.",
        "",
        *align_columns(
            [
                ["column", "header", "read as", "values", "lowest", "highest"],
                *(_tell_column(reading, column) for column in layout.columns),
            ]
        ),
        "",
    ]
    lines += _tell_left_out(reading)
    if reading.meaning:
        lines.append(f"Columns that can be pillar or activity index: told {reading.meaning}.")
    lines.append(f"Scores: {_tell_form(reading)}.")
    total = reading.points.points.sum()
    of = f" ({write_number(total)} in all)" if total else ""
    lines.append(f"Points: {reading.points.origin}{of}.")
    lines += [f"Checked: {held}." for held in reading.held]
    lines += [f"Disagrees: {conflict}." for conflict in reading.entry.conflicts[:5]]
    if len(reading.entry.conflicts) > 5:
        lines.append(f"Disagrees: {len(reading.entry.conflicts) - 5} more; see conflicts.csv.")
    row, news = source.row, " (new)" if source.is_new else ""
    lines.append(f"Source: {row['source_id']}{news}, {row['kind']}, {row['url']}")
    return "\n".join(lines)


def tell_outcome(reading: Reading, written: Sequence[Path], folder: Path, dry_run: bool) -> str:
    """Say what was written, or would be, and how to go on or back.

    Parameters
    ----------
    reading : Reading
        The table.
    written : sequence of Path
        Files; none if there was nothing new.
    folder : Path
        The raw tables.
    dry_run : bool
        Whether nothing was to be written.
    """
    entry, points = reading.entry, len(reading.points.rows)
    standing = f"; {entry.standing} stand already" if entry.standing else ""
    if not written:
        return f"Nothing new: all {entry.standing} facts stand already. Nothing was changed."
    parts = [
        *([f"{len(entry.new)} facts to dti_facts.csv"] if len(entry.new) else []),
        *(["1 source to sources.csv"] if reading.source.is_new else []),
        *([f"{points} rows of points to methodology.csv"] if points else []),
    ]
    what = f"{', '.join(parts)}{standing}"
    if dry_run:
        shown = entry.new.head(3).to_numpy().tolist()
        examples = [f"  {','.join(row)}" for row in shown]
        return "\n".join([f"Would add {what}. Such as:", *examples, "Nothing was written."])
    place = show_path(folder)
    return (
        f"Added {what}; recorded the checksums.\n"
        f"Next: look at git diff {place}, then make reports.\n"
        f"To undo this and whatever else is not committed there: git checkout -- {place}"
    )


def _tell_column(reading: Reading, column: Column) -> list[str]:
    start = [name_column(column.position), _shorten(column.header)]
    if column.role not in METRICS:
        note = {"other": "– (left out)", "ordinal": "– (ordinal number)", "code": "– (code)"}
        return [*start, note.get(column.role, column.role), "", "", ""]
    numbers = reading.values.numbers[column.role].dropna()
    form = ".0f" if column.role.startswith("rank_") else ".4f"
    span = [f"{numbers.min():{form}}", f"{numbers.max():{form}}"] if len(numbers) else ["", ""]
    return [*start, column.role, str(len(numbers)), *span]


def _tell_title(reading: Reading) -> list[str]:
    """Show what stands above the table, and whether it names another year."""
    above = reading.layout.grid.rows[: reading.layout.first_header]
    texts = list(dict.fromkeys(cell for row in above for cell in row if cell))
    years = sorted(set(re.findall(r"\b20[0-9]{2}\b", " ".join(texts))))
    lines = [f"Title: {_shorten(texts[0], 90)}"] if texts else []
    if years and str(reading.year) not in years:
        lines.append(f"Look again: the title names {', '.join(years)}, not {reading.year}.")
    return lines


def _tell_left_out(reading: Reading) -> list[str]:
    """Say which rows are no provinces, and why: neighbours of one reason together."""
    first = reading.layout.grid.first_row
    lines = []
    for reason, run in groupby(reading.rows.left_out, key=lambda row: row[2]):
        rows = list(run)
        where = _tell_span(rows[0][0] + first, rows[-1][0] + first).capitalize()
        labels = [f'"{_shorten(label)}"' for _, label, _ in rows[:3] if label]
        more = [f"{len(rows) - 3} more"] if len(rows) > 3 else []
        names = f": {', '.join([*labels, *more])}" if labels else ""
        lines.append(f"{where} left out, {reason}{names}")
    return lines


def _tell_form(reading: Reading) -> str:
    values = reading.values
    if not values.scales:
        return "none in this table"
    sign = {",": "decimal comma, ", ".": "decimal point, "}.get(values.decimal_sign, "")
    scales = sorted(set(values.scales.values()))
    if len(scales) == 1:
        out_of = f"out of {scales[0]}"
    else:
        listed = [f"{metric.partition('_')[2]} {scale}" for metric, scale in values.scales.items()]
        out_of = f"out of different numbers: {', '.join(listed)}"
    return f"{sign}{out_of}{'' if scales == [1] else ', written out of 1'}"


def _tell_span(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first}–{last}"


def _shorten(text: str, widest: int = _WIDEST) -> str:
    return text if len(text) <= widest else f"{text[: widest - 1]}…"
