"""A spelling to its key, and what stands close to a name that is not known."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dti_analysis.errors import (
    NOT_PLAIN,
    STEERING,
    AmbiguousUnitError,
    DataError,
    UnknownUnitError,
    escape,
)

_SHOWN = 10
_MARKS = re.compile(
    r"(?:\s*(?:\*+|[†‡§⁰¹²³⁴-⁹]|[(\[]\s*(?:[0-9⁰¹²³⁴-⁹]{1,2}|\*+)\s*[)\]]|\[[a-z]\]))+$"
)
_LONGEST = 80  # of what is quoted, so that a message keeps its remedy in sight
# Hints where a line may break, and the mark of UTF-8: seen by nobody, and no part of a name.
_HINTS = re.compile(r"[\u00ad\u200b\u2060\ufeff]")
# Fillers and selectors of variants, which show nothing though they are no format signs.
_FILLERS = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def clean_text(text: str) -> str:
    r"""Write a text in one way (NFC), without space around it and hints where a line may break.

    Examples
    --------
    >>> clean_text("\ufeffHue\u0302\u0301 ") == "Huế"
    True
    """
    return unicodedata.normalize("NFC", _HINTS.sub("", text)).strip()


def read_text(text: str, where: str) -> str:
    """Clean a text that was given; refuse one with signs that would steer what shows it."""
    cleaned = clean_text(text)
    if STEERING.search(cleaned):
        raise DataError(f"{where}: {NOT_PLAIN}, found {quote(cleaned)}. Type it anew.")
    return cleaned


def shorten(text: str) -> str:
    """Leave out the middle of what is longer than a message should quote.

    Examples
    --------
    >>> shorten("a" * 20_000 + "b")
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…aaaaaaaaaaaaaaaaaaaaaaaaaaaab'
    """
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 30]}…{text[-29:]}"


def quote(text: str) -> str:
    r"""Quote a spelling, shortened, so that what tells it from another one is seen.

    Examples
    --------
    >>> print(quote("Cần\u00a0Thơ"), quote("Cần Thơ"))
    "Cần\xa0Thơ" "Cần Thơ"
    """
    signs = escape(shorten(text), kept="")
    plain = (
        ascii(sign)[1:-1] if not sign.isprintable() or _FILLERS.match(sign) else sign
        for sign in signs
    )
    return '"{}"'.format("".join(plain))


def strip_diacritics(text: str) -> str:
    """Drop case and diacritics, the stroke of đ among them.

    Examples
    --------
    >>> strip_diacritics("Đắk Lắk"), strip_diacritics("XẾP HẠNG")
    ('dak lak', 'xep hang')
    """
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("đ", "d")
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def strip_marks(name: str) -> str:
    """Take the marks of footnotes off a name.

    Examples
    --------
    >>> strip_marks("Huế (1)"), strip_marks("Hà Nội*")
    ('Huế', 'Hà Nội')
    """
    return _MARKS.sub("", name).strip()


def is_visible(name: str) -> bool:
    r"""Say whether a name shows anything: format signs and fillers alone do not.

    Examples
    --------
    >>> is_visible("\u3164"), is_visible("\u200d\ufe0f"), is_visible("...")
    (False, False, True)
    """
    return bool(_drop_unseen(name).strip())


def name_key(name: str) -> str:
    r"""Reduce a spelling to what all spellings of one name share: all but case, marks and space.

    Invisible characters are no part of a name, and any run of white space is one space. A name
    without a letter or digit is its own key.

    Examples
    --------
    >>> name_key("Cần\u00a0 Thơ"), name_key("New York\u200b") == name_key("new york")
    ('can tho', True)
    """
    return " ".join(strip_diacritics(_drop_unseen(name)).split()) or name


def _drop_unseen(name: str) -> str:
    # "Cf" are signs without a picture: joiners, direction marks, the mark of UTF-8.
    return _FILLERS.sub("", "".join(sign for sign in name if unicodedata.category(sign) != "Cf"))


def find_code(name: str, names: Mapping[str, str], noun: str, where: str) -> str:
    """Find the code of a name: written just so, or else with other case, marks or space.

    `names` has the names by code; for messages, `noun` is what is named, and `where` among what. If
    nothing is called so, an UnknownUnitError lists the closest names; if several are, an
    AmbiguousUnitError lists them.
    """
    for same in _list_matches(name, names):
        if len(same) == 1:
            return same[0]
        if same:
            listed = list_names((names[code] for code in same), same)
            raise AmbiguousUnitError(
                f"{noun} {quote(name)} is ambiguous. It can mean {listed}. Write the code."
            )
    close = find_close(name, names.values())
    known = f"Closest: {list_names(close)}." if close else f"There: {list_names(names.values())}."
    raise UnknownUnitError(f"{noun} {quote(name)} is not known {where}. {known}")


def _list_matches(name: str, names: Mapping[str, str]) -> Iterator[list[str]]:
    """List the codes that a name may mean, the strictest reading first; folding all comes last."""
    spelling, key = clean_text(name), name_key(name)
    yield [code for code, known in names.items() if known == spelling]
    yield [spelling] if spelling in names else []
    yield [code for code, known in names.items() if key in (name_key(known), name_key(code))]


def find_close(name: str, names: Iterable[str], count: int = 5) -> list[str]:
    """Find the names that look like another one, the closest first."""
    by_key = {name_key(known): known for known in names}
    return [by_key[key] for key in difflib.get_close_matches(name_key(name), by_key, n=count)]


def list_names(names: Iterable[str], codes: Iterable[str] | None = None) -> str:
    """Quote names in a message, the first ten of them, with their codes if these are given."""
    quoted = [f'"{shorten(name)}"' for name in names]
    if codes is not None:
        quoted = [f"{name} ({shorten(code)})" for name, code in zip(quoted, codes, strict=True)]
    return list_first(quoted)


def list_first(texts: Sequence[str]) -> str:
    """List the first ten of some texts."""
    return ", ".join(texts[:_SHOWN]) + (", …" if len(texts) > _SHOWN else "")
