"""Rows into tables: to their places, all others byte for byte as they were."""

import csv
import io
import re
from bisect import bisect_left
from collections.abc import Sequence

import pandas as pd

from dti_analysis.cleaning.tables import find_sign
from dti_analysis.files import format_csv


def add_rows(
    content: bytes, rows: pd.DataFrame, order: Sequence[str] = (), where: str = "the table"
) -> bytes:
    """Add rows, all text, to the content of a CSV file.

    They go to their places if it is sorted by the columns of `order`, else to the end.
    """
    lines, sign = content.splitlines(keepends=True), find_sign(where, content)
    end = (re.search(rb"\r\n|\n|\r", content) or [b"\n"])[0]
    if not content.endswith((b"\n", b"\r")):
        lines[-1] += end
    places = [list(rows.columns).index(name) for name in order]
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    records = [row for row in csv.reader(text, delimiter=sign) if len(row) >= rows.shape[1]]
    keys = [[row[at] for at in places] for row in records[1:]]
    # A cell with a line break in it, or a blank line, would make lines and rows differ.
    is_sorted = order and len(records) == len(lines) and keys == sorted(keys)
    last = len(lines)
    added = sorted(rows.to_numpy().tolist(), key=lambda row: [row[at] for at in places])
    for row in reversed(added):
        at = 1 + bisect_left(keys, [row[place] for place in places]) if is_sorted else last
        lines.insert(at, format_csv([row], sign).encode().removesuffix(b"\n") + end)
    return b"".join(lines)


def drop_rows(content: bytes, rows: pd.DataFrame) -> bytes:
    """Take out again what `add_rows` adds."""
    own = set(format_csv(rows.to_numpy().tolist(), find_sign("the table", content)).splitlines())
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if line.decode().rstrip("\r\n") not in own)
