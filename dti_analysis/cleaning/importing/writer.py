"""Rows into tables: to their places, all others byte for byte as they were."""

import csv
import io
from bisect import bisect_left
from collections.abc import Collection, Sequence

import pandas as pd


def add_rows(content: bytes, rows: pd.DataFrame, order: Sequence[str] = ()) -> bytes:
    """Add rows to a CSV file.

    Parameters
    ----------
    content : bytes
        The file.
    rows : DataFrame
        Rows of its columns, all text.
    order : sequence of str
        Columns by which the file is sorted; rows go to their places if it is, else to the end.

    Returns
    -------
    bytes
        The new file.
    """
    lines = content.splitlines(keepends=True)
    end, sign = _find_end(content), _find_sign(content, rows)
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        lines[-1] += end
    text = content.decode("utf-8-sig")
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    places = [list(rows.columns).index(name) for name in order]
    keys = [[record[at] for at in places] for record in records[1:]]
    # A cell with a line break in it would make lines and rows differ.
    is_sorted = len(records) == len(lines) and keys == sorted(keys)
    added = sorted(rows.to_numpy().tolist(), key=lambda row: [row[at] for at in places])
    if not order or not is_sorted:
        return b"".join([*lines, *(_write_line(row, sign) + end for row in added)])
    for row in reversed(added):
        at = bisect_left(keys, [row[place] for place in places])
        lines.insert(1 + at, _write_line(row, sign) + end)
    return b"".join(lines)


def drop_rows(content: bytes, rows: pd.DataFrame) -> bytes:
    """Take out again what `add_rows` adds."""
    own = {_write_line(row, _find_sign(content, rows)) for row in rows.to_numpy().tolist()}
    lines = content.splitlines(keepends=True)
    return b"".join(line for line in lines if line.rstrip(b"\r\n") not in own)


def _find_end(content: bytes) -> bytes:
    return b"\r\n" if b"\r\n" in content.partition(b"\n")[0] + b"\n" else b"\n"


def _find_sign(content: bytes, rows: pd.DataFrame) -> str:
    """Find the sign that parts the columns of a file: that with which its header is theirs."""
    head = content.decode("utf-8-sig").partition("\n")[0].strip()
    columns: Collection[str] = list(rows.columns)
    signs = [s for s in ",;\t|" if next(csv.reader([head], delimiter=s), []) == columns]
    return signs[0] if signs else ","


def _write_line(row: Sequence[str], sign: str) -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=sign, lineterminator="").writerow(row)
    return line.getvalue().encode()
