"""Rows into tables: to their places, all others byte for byte as they were."""

import csv
import io
import re
from bisect import bisect_left
from collections.abc import Sequence

import pandas as pd

from dti_analysis.cleaning.tables import find_sign
from dti_analysis.files import guard_cell


def add_rows(
    content: bytes, rows: pd.DataFrame, order: Sequence[str] = (), where: str = "the table"
) -> bytes:
    """Add rows, all text, to the content of a CSV file.

    They go to their places if it is sorted by the columns of `order`, else to the end.
    """
    lines = content.splitlines(keepends=True)
    end, sign = _find_end(content), find_sign(where, content)
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        lines[-1] += end
    text = content.decode("utf-8-sig")
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    places = [list(rows.columns).index(name) for name in order]
    is_whole = all(len(record) >= rows.shape[1] for record in records)
    keys = [[record[at] for at in places] for record in records[1:]] if is_whole else []
    # A cell with a line break in it, or a blank line, would make lines and rows differ.
    is_sorted = len(keys) + 1 == len(records) == len(lines) and keys == sorted(keys)
    added = sorted(rows.to_numpy().tolist(), key=lambda row: [row[at] for at in places])
    if not order or not is_sorted:
        return b"".join([*lines, *(_write_line(row, sign) + end for row in added)])
    for row in reversed(added):
        at = bisect_left(keys, [row[place] for place in places])
        lines.insert(1 + at, _write_line(row, sign) + end)
    return b"".join(lines)


def drop_rows(content: bytes, rows: pd.DataFrame) -> bytes:
    """Take out again what `add_rows` adds."""
    sign = find_sign("the table", content)
    own = {_write_line(row, sign) for row in rows.to_numpy().tolist()}
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if line.rstrip(b"\r\n") not in own)


def _find_end(content: bytes) -> bytes:
    found = re.search(rb"\r\n|\n|\r", content)
    return found[0] if found else b"\n"


def _write_line(row: Sequence[str], sign: str) -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=sign, lineterminator="").writerow(map(guard_cell, row))
    return line.getvalue().encode()
