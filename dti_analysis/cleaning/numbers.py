"""Numbers as people write them: plain digits and one decimal sign; and why others are none."""

import re
import unicodedata
from collections.abc import Hashable, Iterator, Mapping
from decimal import Decimal

import pandas as pd

from dti_analysis.cleaning.tables import doubt_cell
from dti_analysis.errors import DataError
from dti_analysis.names import quote, strip_diacritics

Finding = tuple[int | None, str | None, str, str]
"""Row (that of the file), field, problem, remedy: a Fault without its file."""

YEAR_TEXT = re.compile(r"[0-9]{4}(?:[.,]0{0,2})?")
"""A year; tables that have been through pandas have 2024.0 as well."""

_GREATEST = 1e100  # so that its square is a number too
_LONGEST = 100
_OF = r"\s*(?:(?P<percent>%)|/\s*(?P<of>[0-9]{1,4}(?:[.,][0-9]{1,3})?))?"
_NUMBER = re.compile(r"(?P<value>-?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,4})?)" + _OF)
_SHARE = re.compile(r"(?P<value>[0-9]+(?:[.,][0-9]+)?)" + _OF)
_RANK = re.compile(
    r"(?:(?:thu|hang|rank|no\.?|#)\s*)*"
    r"(?P<rank>[0-9]{1,9})(?:[.,]0{0,2})?(?:\s*/\s*(?P<of>[0-9]{1,9}))?"
)
_DIM = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}")
"""A number whose comma may part its thousands as well."""
_REASONS = (
    (r".*[0-9%]\s*(?:[*†‡§]+|\[\w{1,3}\]|\(\w{1,3}\)|[a-z]\))", "a footnote mark is no digit"),
    (r"-?[0-9]+(?:_[0-9]+)+", "its digits are parted"),
    (r"\+.*", "it has a plus sign"),
    (r"-?[0-9]{1,3}(?:[\s.,'’][0-9]{3})+(?:[.,][0-9]*)?(?:\s*[%/].*)?", "its thousands are parted"),
)


def explain(text: str) -> str:
    """Say why a text that looks like a number is not read as one; nothing where it does not.

    Examples
    --------
    >>> explain("4³"), explain("1.234,5"), explain("many")
    (': a footnote mark is no digit', ': its thousands are parted', '')
    """
    if doubt := doubt_cell(text):
        return f": {doubt[0]}"
    for sign in text:
        if not sign.isascii() and sign.isnumeric():
            is_mark = unicodedata.category(sign) == "No"
            return f": {'a footnote mark is no digit' if is_mark else 'its digits are not 0 to 9'}"
    if len(text) > _LONGEST:
        return f": it has more than {_LONGEST} signs"
    return next((f": {why}" for form, why in _REASONS if re.fullmatch(form, text)), "")


def match_rank(text: str) -> tuple[int, int | None] | None:
    """Read a rank of at least 1, and of how many it is; None if it is none."""
    # Marks go from the words; what is a digit only without its marks is none.
    is_plain = text.isascii() or not any(s.isnumeric() and not s.isascii() for s in text)
    match = _RANK.fullmatch(strip_diacritics(text.strip())) if is_plain else None
    rank, of = (int(match["rank"]), match["of"]) if match else (0, None)
    return (rank, int(of) if of else None) if 1 <= rank <= int(of or rank) else None


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
    match = match_rank(text)
    if match is None:
        raise DataError(_tell(text, "a rank", "Write it like 7 or 7/50, rank 1 being the first."))
    return match[0]


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
    match = _SHARE.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    value = None if match is None else _to_float(match)
    if value is None:
        raise DataError(_tell(text, "a score", "Write it like 0.6077, 60.77% or 607.7/1000."))
    return value


def parse_value(metric: str, text: str) -> float:
    """Read the value of a fact: a rank if `metric` begins with ``rank_``, else a score."""
    return float(parse_rank(text)) if metric.startswith("rank_") else parse_score(text)


def _tell(text: str, what: str, remedy: str) -> str:
    why = explain(text.strip())
    doubt = doubt_cell(text.strip())
    return f"{quote(text)} is not {what}{why}. {doubt[1] if doubt else remedy}"


def read_numbers(
    cells: pd.DataFrame, max_score: float | None = None, decimal: str | None = None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Read columns of numbers, all with one decimal sign.

    Parameters
    ----------
    cells : DataFrame
        Text, blank where a value is missing.
    max_score : float, optional
        What shares such as ``95,52%`` or ``801,91/1000`` are of; 1 by default.
    decimal : str, optional
        The decimal sign, where that is settled; blank if there is none.

    Returns
    -------
    values : DataFrame of float
        NaN where it is missing, or no number.
    findings : list of Finding
        What is no number; signs that are mixed, or may be of thousands; shares beside others.
    """
    matches: dict[tuple[Hashable, Hashable], re.Match[str]] = {}
    findings: list[Finding] = []
    for field, column in cells.items():
        for row, text in column[column != ""].items():
            match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
            value = None if match is None else _to_float(match)
            if match is None or value is None or abs(value) > _GREATEST:
                findings.append((int(str(row)), str(field), *_describe(text)))
            else:
                matches[row, field] = match
    findings += [*_find_signs(matches, decimal), *_find_shares(matches)]
    whole = max_score or 1.0
    values = {
        field: [_to_float(matches.get((row, field)), whole) for row in cells.index]
        for field in cells
    }
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
    is_scale = scale in (1, 10, 100, 1000)
    return float(Decimal(text) / scale * Decimal(str(whole))) if is_scale else None


def _describe(text: str) -> tuple[str, str]:
    doubt = doubt_cell(text)
    problem = f"expected a finite number of at most {_GREATEST:g} in size, found {quote(text)}"
    remedy = "Write plain digits and one decimal sign, or leave the cell blank if it is not known."
    remedy = doubt[1] if doubt else remedy
    return f"{problem}{explain(text)}.", remedy


def _find_signs(
    matches: Mapping[tuple[Hashable, Hashable], re.Match[str]], decimal: str | None
) -> Iterator[Finding]:
    """Find decimal signs that differ from the others, or may be of thousands."""
    if decimal is not None:
        usual = {",": "a decimal comma", ".": "a decimal point"}.get(decimal, "no decimals")
        for (row, field), match in matches.items():
            if not {",", "."} & set(match["value"]) <= {decimal}:
                problem = f"expected {usual} as in the other numbers, found {quote(match.string)}."
                yield int(str(row)), str(field), problem, "Write all numbers with the same sign."
        return
    points, commas, dim = (
        [place for place, match in matches.items() if is_so(match["value"])]
        for is_so in (
            lambda text: "." in text,
            lambda text: "," in text and not _DIM.fullmatch(text),
            _DIM.fullmatch,
        )
    )
    if points and (commas or dim):
        rare, usual = min((points, "comma"), ([*commas, *dim], "point"), key=lambda s: len(s[0]))
        (row, field), others = rare[0], len(rare) - 1
        found = quote(matches[row, field].string) + (f" (and {others} more)" if others else "")
        problem = f"expected a decimal {usual} as in the other numbers, found {found}."
        yield int(str(row)), str(field), problem, "Write all numbers with the same sign."
    elif dim and not commas:
        row, field = dim[0]
        text = matches[row, field].string
        problem = f"expected a decimal sign that cannot part thousands, found {quote(text)}, and "
        remedy = f"Write {text.replace(',', '.', 1)} or {text.replace(',', '', 1)}."
        yield int(str(row)), str(field), f"{problem}no other number settles it.", remedy


def _find_shares(matches: Mapping[tuple[Hashable, Hashable], re.Match[str]]) -> Iterator[Finding]:
    """Find columns of which some numbers are shares and others are not."""
    for column in dict.fromkeys(field for _, field in matches):
        sides: dict[bool, list[Hashable]] = {True: [], False: []}
        for (row, field), match in matches.items():
            if field == column:
                sides[bool(match["percent"] or match["of"])].append(row)
        rare = min(sides.values(), key=len)
        if rare:
            found = quote(matches[rare[0], column].string)
            problem = f"expected shares such as 95% in every row or in none, found {found}."
            yield int(str(rare[0])), str(column), problem, "Write all of them alike."
