"""Numbers as people write them: plain digits and one decimal sign; and why others are none."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

import pandas as pd

from dti_analysis.errors import DataError
from dti_analysis.names import quote, strip_diacritics

Finding = tuple[int | None, str | None, str, str]
"""Row (that of the file), field, problem, remedy: a Fault without its file."""

YEAR_TEXT = re.compile(r"[0-9]{4}(?:[.,]0{0,2})?")
"""A year; tables that have been through pandas have 2024.0 as well."""

ERROR = r"#(?:\S+[!?]|N/A|NV|GETTING_DATA)|Err:[0-9]{3}"
"""What spreadsheets, in whatever language, write where they could not compute."""

_Place = tuple[int, str]
_GREATEST = 1e100  # so that its square is a number too
_EXPECTED = f"a finite number of at most {_GREATEST:g} in size"
_WRITE = "Write plain digits and one decimal sign, or leave the cell blank if it is not known."
_LONGEST = 100
_OF = r"\s*(?:(?P<percent>%)|/\s*(?P<of>10{0,3}|1[.,]000))?"
_NUMBER = re.compile(r"(?P<value>-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,4})?)" + _OF)
_SHARE = re.compile(r"(?P<value>[0-9]+(?:[.,][0-9]+)?)" + _OF)
_RANK_WORDS = re.compile(r"(?:(?:thu|hang|rank|no\.?|#)\s*)*")
_RANK = re.compile(
    r"(?P<words>[^0-9]*)(?P<rank>[0-9]{1,9})(?:[.,]0{0,2})?(?:\s*/\s*(?P<of>[0-9]{1,9}))?"
)
_DIM = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")
"""A number whose comma may part its thousands as well."""
_MARKED = "a footnote mark is no digit"
_UNCOMPUTED = "a formula without a value"
_FAILED = "an error of a spreadsheet"
_REASONS = (
    (r".*[0-9%]\s*(?:[*†‡§]+|\[\w{1,3}\]|\(\w{1,3}\)|[a-z]\))", _MARKED),
    (r"-?[0-9]+(?:_[0-9]+)+", "its digits are parted"),
    (r"\+.*", "it has a plus sign"),
    (r"-?[0-9]{1,3}(?:[\s.,'’][0-9]{3})+(?:[.,][0-9]*)?(?:\s*[%/].*)?", "its thousands are parted"),
)
_REMEDIES = {
    _UNCOMPUTED: "Open the file in a spreadsheet, save it, and give it again.",
    _FAILED: "Correct its formula, or type the value.",
}


def explain(text: str) -> str:
    """Say why a text that looks like a value is not read as one; nothing where it does not.

    Examples
    --------
    >>> explain("4³"), explain("1.234,5"), explain("=A1+B1"), explain("many")
    ('a footnote mark is no digit', 'its thousands are parted', 'a formula without a value', '')
    """
    if text.startswith("="):
        return _UNCOMPUTED
    if re.fullmatch(ERROR, text):
        return _FAILED
    for sign in text:
        if not sign.isascii() and sign.isnumeric():
            return _MARKED if unicodedata.category(sign) == "No" else "its digits are not 0 to 9"
    if len(text) > _LONGEST:
        return f"it has more than {_LONGEST} signs"
    return next((why for form, why in _REASONS if re.fullmatch(form, text)), "")


def is_uncomputed(cell: str) -> bool:
    """Whether a spreadsheet has not, or could not, compute a cell."""
    return explain(cell) in _REMEDIES


def tell_cell(cell: str, expected: str, remedy: str) -> tuple[str, str]:
    """Say what was expected of a cell, what it holds, and why that will not do; and the remedy."""
    why = explain(cell)
    found = quote(cell) + (f": {why}" if why else "") if cell else "a blank cell"
    return f"expected {expected}, found {found}.", _REMEDIES.get(why, remedy)


def find_cells(
    column: "pd.Series[str]", is_wrong: "pd.Series[bool]", expected: str, remedy: str
) -> Iterator[Finding]:
    """Say of some cells of a column what was expected there."""
    for row, cell in column[is_wrong].items():
        yield int(str(row)), str(column.name), *tell_cell(cell, expected, remedy)


def match_rank(text: str) -> tuple[int, int | None] | None:
    """Read a rank of at least 1, and of how many it is; None if it is none."""
    match = _RANK.fullmatch(text.strip())
    # Marks go from the words alone: what is a digit only without its marks is none.
    is_rank = match is not None and _RANK_WORDS.fullmatch(strip_diacritics(match["words"]))
    rank, of = (int(match["rank"]), match["of"]) if match and is_rank else (0, None)
    return (rank, int(of) if of else None) if 1 <= rank <= int(of or rank) else None


def tell_rank(text: str) -> tuple[str, str]:
    """Say why a text is no rank, and the remedy."""
    return tell_cell(text.strip(), "a rank", "Write it like 7 or 7/50, rank 1 being the first.")


def match_score(text: str) -> float | None:
    """Read a score, 1 being the whole; None if it is none."""
    return _to_float(_SHARE.fullmatch(text.strip()) if len(text) <= _LONGEST else None)


def parse_rank(text: str) -> int:
    """Read a rank, at least 1, as people write it: ``29``, ``29.0``, ``7/50`` or ``thứ 7/50``.

    What is none, or lies beyond the number that it is written with, is refused.

    Examples
    --------
    >>> parse_rank("39/63"), parse_rank("thứ 29/63")
    (39, 29)
    """
    match = match_rank(text)
    if match is None:
        raise DataError(" ".join(tell_rank(text)))
    return match[0]


def parse_score(text: str) -> float:
    """Read a score or share as people write it, such as ``0,6077``, ``95,52%`` or ``801,91/1000``.

    It is a fraction, 1 being the whole: ``95,52%`` is 0.9552.

    Examples
    --------
    >>> parse_score("0,6077"), parse_score("95,52%"), parse_score("801,91/1000")
    (0.6077, 0.9552, 0.80191)
    """
    value = match_score(text)
    if value is None:
        remedy = "Write it like 0.6077, 60.77% or 607.7/1000."
        raise DataError(" ".join(tell_cell(text.strip(), "a score", remedy)))
    return value


def parse_value(metric: str, text: str) -> float:
    """Read the value of a fact: a rank if `metric` begins with ``rank_``, else a score."""
    return float(parse_rank(text)) if metric.startswith("rank_") else parse_score(text)


def read_numbers(
    cells: pd.DataFrame, max_score: float | None = None, decimal: str | None = None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Read columns of numbers, text or blank, all with one decimal sign: the settled one, if any.

    Shares such as ``95,52%`` or ``801,91/1000`` are of `max_score`, by default 1. A value is NaN
    where it is missing, or no number. Findings are what is no number; signs that are mixed, or may
    be of thousands; shares beside others.
    """
    matches: dict[_Place, re.Match[str]] = {}
    findings: list[Finding] = []
    values: dict[str, list[float | None]] = {}
    for field in cells.columns.tolist():
        values[field] = []
        for row, text in zip(cells.index.tolist(), cells[field], strict=True):
            match = _NUMBER.fullmatch(text) if 0 < len(text) <= _LONGEST else None
            value = _to_float(match, max_score or 1.0)
            if match is not None and value is not None and abs(value) <= _GREATEST:
                matches[row, field] = match
            elif text:
                value = None
                findings.append((row, field, *tell_cell(text, _EXPECTED, _WRITE)))
            values[field].append(value)
    findings += [*_find_signs(matches, decimal), *_find_shares(matches)]
    return pd.DataFrame(values, index=cells.index, columns=cells.columns, dtype=float), findings


def _to_float(match: "re.Match[str] | None", whole: float = 1.0) -> float | None:
    if match is None:
        return None
    text = match["value"].replace(",", ".")
    if not (match["percent"] or match["of"]):
        return float(text)
    if abs(float(text)) > _GREATEST:
        return None
    scale = 100 if match["percent"] else int(re.sub(r"[.,]", "", match["of"]))
    # "0,3026/1.000" is out of 1.000, not of a thousand.
    if match["of"] and abs(float(text)) <= 1 < scale and not match["of"].isdecimal():
        scale = 1
    return float(Decimal(text) / scale * Decimal(str(whole)))


def _find_signs(matches: Mapping[_Place, re.Match[str]], decimal: str | None) -> Iterator[Finding]:
    """Find the first decimal sign that differs from the others, or may be of thousands."""
    points = [place for place, match in matches.items() if "." in match["value"]]
    commas = [place for place, match in matches.items() if "," in match["value"]]
    if decimal is None and not points:
        if commas and all(_DIM.fullmatch(matches[place]["value"]) for place in commas):
            text = matches[commas[0]].string
            problem = "expected a decimal sign that cannot part thousands, found "
            problem += f"{quote(text)}, and no other number settles it."
            remedy = f"Write {text.replace(',', '.', 1)} or {text.replace(',', '', 1)}."
            yield *commas[0], problem, remedy
        return
    if decimal is None:
        decimal = "," if len(points) <= len(commas) else "."
    odd = {",": points, ".": commas}.get(decimal, points + commas)
    if odd:
        usual = {",": "a decimal comma", ".": "a decimal point"}.get(decimal, "no decimals")
        found = quote(matches[odd[0]].string) + (f" (and {len(odd) - 1} more)" if odd[1:] else "")
        problem = f"expected {usual} as in the other numbers, found {found}."
        yield *odd[0], problem, "Write all numbers with the same sign."


def _find_shares(matches: Mapping[_Place, re.Match[str]]) -> Iterator[Finding]:
    """Find columns of which some numbers are shares and others are not."""
    sides: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for (row, field), match in matches.items():
        sides[field][not (match["percent"] or match["of"])].append(row)
    for field, both in sides.items():
        rare = min(both, key=len)
        if rare:
            found = quote(matches[rare[0], field].string)
            problem = f"expected shares such as 95% in every row or in none, found {found}."
            yield rare[0], field, problem, "Write all of them alike."
