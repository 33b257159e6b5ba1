"""Raw facts to clean ones: values as people paste them, conflicts between sources."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

import pandas as pd

from dti_analysis.errors import DataError

FACT_STATUSES = ("stated", "implied", "suspect")

SOURCE_KINDS = ("official", "official_copy", "government", "press")
"""Kinds of source, the most trusted first."""

CELL = ["basis", "year", "code", "metric"]

_NUMBER = r"(?P<value>[0-9]+(?:[.,][0-9]+)?)"
_RANK = re.compile(r"(?:(?:thu|hang|rank|no\.?|#)\s*)*(?P<rank>[0-9]+)(?:\s*/\s*(?P<of>[0-9]+))?")
_SCORE = re.compile(_NUMBER + r"\s*(?:(?P<percent>%)|/\s*(?P<of>[0-9.,]+))?")


def parse_rank(text: str) -> int:
    """Read a rank, at least 1, as people write it: ``29``, ``29.0``, ``7/50`` or ``thứ 7/50``.

    Raises
    ------
    DataError
        If it is not a rank, or lies beyond the number of provinces it is written with.

    Examples
    --------
    >>> parse_rank("39/63"), parse_rank("thứ 29/63")
    (39, 29)
    """
    plain = _plain(text)
    match = _RANK.fullmatch(re.sub(r"[.,]0+$", "", plain))
    if not match:
        raise DataError(f'"{text}" is not a rank. Write it like 7 or 7/50.')
    rank, of = int(match["rank"]), match["of"]
    if rank < 1 or (of and rank > int(of)):
        raise DataError(f'"{text}" is not a rank: expected 1 to {of or "the number of provinces"}.')
    return rank


def parse_score(text: str) -> float:
    """Read a score or share as people write it, such as ``0,6077``, ``95,52%`` or ``801,91/1000``.

    It is a fraction, 1 being the whole: ``95,52%`` is 0.9552.

    Raises
    ------
    DataError
        If it is not a number.

    Examples
    --------
    >>> parse_score("0,6077"), parse_score("95,52%"), parse_score("801,91/1000")
    (0.6077, 0.9552, 0.80191)
    """
    match = _SCORE.fullmatch(_plain(text))
    if not match:
        raise DataError(f'"{text}" is not a score. Write it like 0.6077, 60.77% or 607.7/1000.')
    value = Decimal(match["value"].replace(",", "."))
    if match["percent"]:
        return float(value / 100)
    if match["of"]:
        scale = Decimal(re.sub(r"[.,]", "", match["of"]))
        # "0,3026/1.000" is out of 1.000, not of a thousand.
        if value <= 1 < scale and re.search(r"[.,]", match["of"]):
            scale = Decimal(1)
        if scale not in (1, 10, 100, 1000):
            raise DataError(f'"{text}" is not a score: expected it out of 1, 10, 100 or 1000.')
        return float(value / scale)
    return float(value)


def parse_value(metric: str, text: str) -> float:
    """Read the value of a fact: a rank if `metric` begins with ``rank_``, else a score."""
    return float(parse_rank(text)) if metric.startswith("rank_") else parse_score(text)


def clean_facts(facts: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Type the raw facts and put the kind and address of its source beside each.

    Parameters
    ----------
    facts : DataFrame
        The raw table `dti_facts`, all text.
    sources : DataFrame
        The raw table `sources`, all text.

    Returns
    -------
    DataFrame
        basis and year (int), code, province, metric, value (float: a rank, or a score in [0, 1]),
        status, source_id, note, kind, publisher, date, url; suspect facts included.

    Raises
    ------
    DataError
        If a value cannot be read.
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


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip()).casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
