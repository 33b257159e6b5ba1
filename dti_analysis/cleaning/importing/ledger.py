"""The facts of a table against those that stand: what is new, what is there, what differs."""

import csv
import io
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

import pandas as pd

from dti_analysis.cleaning.gazetteer import Gazetteer
from dti_analysis.cleaning.importing.values import Values
from dti_analysis.cleaning.numbers import parse_value
from dti_analysis.errors import DataError

_ORDER = ["year", "basis", "code", "metric", "source_id"]
_MINISTRY = ("dti.gov.vn", "mic.gov.vn", "mst.gov.vn", "most.gov.vn", "chuyendoiso.gov.vn")
_COPIES = ("github.com", "githubusercontent.com", "huggingface.co", "kaggle.com")


@dataclass(frozen=True)
class Source:
    """Where a table is from.

    Parameters
    ----------
    row : dict of str to str
        Its row of `sources`.
    is_new : bool
        Whether `sources` has to be given it.
    """

    row: Mapping[str, str]
    is_new: bool


@dataclass(frozen=True)
class Entry:
    """The facts of a table, held against `dti_facts`.

    Parameters
    ----------
    new : DataFrame
        Rows to add, all text.
    standing : int
        Facts that this source states already.
    conflicts : tuple of str
        Where other rows say otherwise, one sentence each; those of this very source come first.
    is_refuted : bool
        Whether a row of this very source says otherwise.
    """

    new: pd.DataFrame
    standing: int
    conflicts: tuple[str, ...]
    is_refuted: bool


def describe_source(sources: pd.DataFrame, url: str, kind: str | None, date: str | None) -> Source:
    """Find a source by its address, or make a row for it.

    Parameters
    ----------
    sources : DataFrame
        The raw table, all text.
    url : str
        Address of the page.
    kind, date : str or None
        As `sources` has them; by default the kind is told by the address, and the date is blank.

    Raises
    ------
    DataError
        If it is no address, or stands there with another kind or date.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(map(str.isspace, url)):
        raise DataError(f'--source "{url}": expected an address such as https://dti.gov.vn/….')
    if date is not None and not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", date):
        raise DataError(f"--date {date}: expected a date such as 2026, 2026-10 or 2026-10-19.")
    known = sources[sources["url"] == url]
    if len(known):
        row = {str(name): str(value) for name, value in known.iloc[0].items()}
        for name, given in (("kind", kind), ("date", date)):
            if given is not None and given != row[name]:
                raise DataError(
                    f"--{name} {given}: sources.csv has {row['source_id']}, of the same address, "
                    f'with "{row[name]}". Leave --{name} out, or correct the row.'
                )
        return Source(row, is_new=False)
    host = parts.hostname.removeprefix("www.")
    last = max((int(text[1:]) for text in sources["source_id"]), default=0)
    row = {
        "source_id": f"s{last + 1:03d}",
        "kind": kind or _guess_kind(host),
        "publisher": host,
        "date": date or "",
        "url": url,
    }
    return Source(row, is_new=True)


def enter_facts(
    facts: pd.DataFrame,
    values: Values,
    source: Source,
    gazetteer: Gazetteer,
    basis: int,
    year: int,
) -> Entry:
    """Hold the values of a table against the facts that stand.

    Parameters
    ----------
    facts : DataFrame
        The raw table `dti_facts`, all text.
    values : Values
        What the table says.
    source : Source
        Who says so.
    gazetteer : Gazetteer
        Names the provinces.
    basis, year : int
        The edition.
    """
    there = _index_facts(facts, basis, year)
    own_id = source.row["source_id"]
    new: list[dict[str, str]] = []
    clashes: dict[bool, list[str]] = {True: [], False: []}
    for code, row in values.written.iterrows():
        name = gazetteer.provinces[basis, str(code)].name
        for metric, text in ((str(metric), text) for metric, text in row.items() if text):
            is_there = False
            for number, fact in there.get((str(code), metric), ()):
                is_own = fact["source_id"] == own_id
                is_same = _agree(metric, fact["value"], text)
                is_there |= is_own and is_same and fact["status"] == "stated"
                if is_same == (fact["status"] == "suspect"):
                    said = "known to be wrong" if is_same else fact["value"]
                    clashes[is_own].append(
                        f"row {number}: {metric} of {name}: {said} there ({fact['source_id']}), "
                        f"{text} in the table"
                    )
            if not is_there:
                scale = values.scales.get(metric, Decimal(1))
                new.append(
                    {
                        **{"year": str(year), "basis": str(basis), "code": str(code)},
                        **{"province": name, "metric": metric, "value": text},
                        **{"status": "stated", "source_id": own_id},
                        "note": f"stated out of {scale}" if scale != 1 else "",
                    }
                )
    standing = int((values.written != "").to_numpy().sum()) - len(new)
    table = pd.DataFrame(new, columns=list(facts.columns), dtype=str)
    return Entry(table, standing, (*clashes[True], *clashes[False]), bool(clashes[True]))


def _index_facts(
    facts: pd.DataFrame, basis: int, year: int
) -> dict[tuple[str, str], list[tuple[int, dict[str, str]]]]:
    """Find the facts of an edition by code and metric, each with its row in the file."""
    found: defaultdict[tuple[str, str], list[tuple[int, dict[str, str]]]] = defaultdict(list)
    for number, fact in enumerate(facts.to_dict("records"), start=2):
        if (fact["basis"], fact["year"]) == (str(basis), str(year)):
            found[fact["code"], fact["metric"]].append(
                (number, {str(name): str(value) for name, value in fact.items()})
            )
    return found


def add_rows(content: bytes, rows: pd.DataFrame, order: Sequence[str] = ()) -> bytes:
    """Add rows to a CSV file, all others byte for byte as they were.

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
    end = b"\r\n" if b"\r\n" in content.partition(b"\n")[0] + b"\n" else b"\n"
    lines = content.splitlines(keepends=True)
    if lines and not lines[-1].endswith((b"\n", b"\r")):
        lines[-1] += end
    records = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    places = [list(rows.columns).index(name) for name in order]
    keys = [[record[at] for at in places] for record in records[1:]]
    # A cell with a line break in it would make lines and rows differ.
    is_sorted = len(records) == len(lines) and keys == sorted(keys)
    added = sorted(rows.to_numpy().tolist(), key=lambda row: [row[at] for at in places])
    if not order or not is_sorted:
        return b"".join([*lines, *(_write_line(row, end) for row in added)])
    for row in reversed(added):
        lines.insert(1 + bisect_left(keys, [row[at] for at in places]), _write_line(row, end))
    return b"".join(lines)


def add_facts(content: bytes, rows: pd.DataFrame) -> bytes:
    """Add rows to dti_facts.csv, each to its place."""
    return add_rows(content, rows, _ORDER)


def _agree(metric: str, first: str, second: str) -> bool:
    """Whether two statements are one: the same rank, or scores that differ by rounding alone."""
    values = [Decimal(str(parse_value(metric, text))) for text in (first, second)]
    places = min(max(0, -int(value.as_tuple().exponent)) for value in values)
    room = Decimal(1).scaleb(-places) / 2 if min(values) % 1 and max(values) % 1 else Decimal(0)
    return abs(values[0] - values[1]) <= room


def _write_line(row: Sequence[str], end: bytes) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(row)
    return line.getvalue().encode() + end


def _guess_kind(host: str) -> str:
    def is_of(sites: Sequence[str]) -> bool:
        return any(host == site or host.endswith(f".{site}") for site in sites)

    if is_of(_MINISTRY):
        return "official"
    if is_of(_COPIES):
        return "official_copy"
    return "government" if is_of(["gov.vn"]) else "press"
