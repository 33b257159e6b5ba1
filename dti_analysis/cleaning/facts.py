"""Raw facts to clean ones: one value for each cell, and conflicts between sources."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import pandas as pd

from dti_analysis.cleaning.numbers import parse_value
from dti_analysis.errors import DataError
from dti_analysis.names import quote
from dti_analysis.targets import is_date

FACT_STATUSES = ("stated", "implied", "suspect")

SOURCE_KINDS = ("official", "official_copy", "government", "press")
"""Kinds of source, the most trusted first."""

_SITES = {
    "official": "dti.gov.vn mic.gov.vn mst.gov.vn most.gov.vn chuyendoiso.gov.vn",
    "official_copy": "github.com githubusercontent.com huggingface.co kaggle.com",
    "government": "gov.vn",
}
"""Who speaks on which sites; on all others, the press."""

CELL = ["basis", "year", "code", "metric"]


def clean_facts(facts: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Type the raw facts, all text, and put the kind and address of its source beside each.

    The columns are basis and year (int), code, province, metric, value (float: a rank, or a score
    in [0, 1]), status, source_id, note, kind, publisher, date, url. Suspect facts are included; a
    value that cannot be read is refused.
    """
    values = [parse_value(*pair) for pair in zip(facts["metric"], facts["value"], strict=True)]
    typed = facts.assign(
        basis=facts["basis"].astype(int), year=facts["year"].astype(int), value=values
    )
    return typed.merge(sources, on="source_id", how="left", validate="many_to_one")


def resolve_facts(facts: pd.DataFrame) -> pd.DataFrame:
    """Take one value for each cell.

    Suspect facts are never used. Stated comes before implied, then official before official copy
    before government before press, then the later source, then the one that comes first in the
    alphabet of source_id, so that the order of the rows never matters.

    There is one row per basis, year, code and metric, in this order, with the columns of `facts`:
    those of `clean_facts`.
    """
    return _by_trust(facts).drop_duplicates(CELL).sort_values(CELL, ignore_index=True)


def list_conflicts(facts: pd.DataFrame) -> pd.DataFrame:
    """List every statement about a cell on which sources disagree, the value taken first.

    Of `facts`, as `clean_facts` has them, these are those of each cell with more than one value,
    suspect ones set aside, with the column `is_taken`.
    """
    trusted = _by_trust(facts)
    disputed = trusted[trusted.groupby(CELL)["value"].transform("nunique") > 1]
    listed = disputed.assign(is_taken=~disputed.duplicated(CELL))
    return listed.sort_values(CELL, kind="stable", ignore_index=True)


def cite_sources(
    facts: pd.DataFrame, sources: pd.DataFrame, provinces: Iterable[tuple[int, str]]
) -> pd.DataFrame:
    """List the sources that the values of some provinces, each (basis, code), were taken from.

    See `clean_facts` for `facts` and `sources`. The columns are publisher, kind, date, url and
    editions (text), by edition.
    """
    wanted = [(str(basis), code) for basis, code in provinces]
    is_own = pd.MultiIndex.from_frame(facts[["basis", "code"]]).isin(wanted)
    used = resolve_facts(clean_facts(facts[is_own], sources))
    cited = used.groupby(["publisher", "kind", "date", "url"], sort=False)["year"]
    editions = cited.agg(lambda years: ", ".join(map(str, sorted(set(years)))))
    return editions.rename("editions").reset_index().sort_values(["editions", "url"])


def find_source(
    sources: pd.DataFrame, url: str = "", kind: str = "", date: str = ""
) -> dict[str, str]:
    """Find the row of an address in the raw table `sources`, a new one where it is not known.

    What is no address or no date, or is told otherwise in the table, is refused.
    """
    host = re.fullmatch(r"https?://([^\s/:?#]+)\S*", url)
    if host is None:
        raise DataError(f"--source {quote(url)}: expected an address such as https://dti.gov.vn/….")
    if date and not is_date(date):
        example = "2026, 2026-10 or 2026-10-19"
        raise DataError(f"--date {quote(date)}: expected a date such as {example}.")
    site = host[1].lower().removeprefix("www.")
    speakers = [(speaker, each) for speaker, sites in _SITES.items() for each in sites.split()]
    kinds = [speaker for speaker, each in speakers if f".{site}".endswith(f".{each}")]
    last = max(map(int, sources["source_id"].str[1:]), default=0)
    new = (f"s{last + 1:03d}", kind or [*kinds, "press"][0], site, date, url)
    rows = sources[sources["url"] == url].to_numpy().tolist()
    row = dict(zip(sources.columns.tolist(), (*rows, new)[0], strict=True))
    for name, text in (("kind", kind), ("date", date)):
        if text not in ("", row[name]):
            raise DataError(
                f"--{name} {quote(text)}: sources.csv has {row['source_id']}, of the same "
                f"address, with {quote(row[name])}. Leave it out, or correct the row."
            )
    return row


def agree(metric: str, *texts: str) -> bool:
    """Whether two statements are one: the same rank, or scores that differ by rounding alone."""
    if "" in texts:
        return texts[0] == texts[1]
    values = []
    for text in texts:
        try:
            values.append(Decimal(text.replace(",", ".")))
        except InvalidOperation:  # such as 39/63, or 95%
            values.append(Decimal(str(parse_value(metric, text))))
    places = min(max(0, -int(value.as_tuple().exponent)) for value in values)
    room = Decimal(1).scaleb(-places) / 2 if min(values) % 1 and max(values) % 1 else Decimal(0)
    return abs(values[0] - values[1]) <= room


def _by_trust(facts: pd.DataFrame) -> pd.DataFrame:
    """Sort usable facts, the most trusted first."""
    usable = facts[facts["status"] != "suspect"]
    order = usable.assign(
        _status=usable["status"].map(FACT_STATUSES.index),
        _kind=usable["kind"].map(SOURCE_KINDS.index),
    ).sort_values("source_id")
    order = order.sort_values("date", ascending=False, kind="stable")
    order = order.sort_values(["_status", "_kind"], kind="stable")
    return order.drop(columns=["_status", "_kind"])
