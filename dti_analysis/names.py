"""A spelling to its key, and what stands close to a name that is not known."""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping

from dti_analysis.errors import AmbiguousUnitError, UnknownUnitError

_SHOWN = 10


def strip_diacritics(text: str) -> str:
    """Drop case and diacritics, the stroke of đ among them.

    Examples
    --------
    >>> strip_diacritics("Đắk Lắk"), strip_diacritics("XẾP HẠNG")
    ('dak lak', 'xep hang')
    """
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("đ", "d")
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def name_key(name: str) -> str:
    r"""Reduce a spelling to what all spellings of one name share: all but case, marks and space.

    Invisible characters are no part of a name, and any run of white space is one space. A name
    without a letter or digit is its own key.

    Examples
    --------
    >>> name_key("Cần\u00a0 Thơ"), name_key("New York\u200b") == name_key("new york")
    ('can tho', True)
    """
    # "Cf" are signs without a picture: joiners, direction marks, the mark of UTF-8.
    visible = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    return " ".join(strip_diacritics(visible).split()) or name


def find_code(name: str, names: Mapping[str, str], noun: str, where: str) -> str:
    """Find the code of a name: written just so, or else with other case, marks or space.

    `names` has the names by code; for messages, `noun` is what is named, and `where` among what.

    Raises
    ------
    UnknownUnitError
        If nothing is called so; the message lists the closest names.
    AmbiguousUnitError
        If several are.
    """
    for same in (
        [code for code, known in names.items() if known == name],
        [name] if name in names else [],
        [code for code, known in names.items() if name_key(known) == name_key(name)],
    ):
        if len(same) == 1:
            return same[0]
        if same:
            listed = list_names(names[code] for code in same)
            raise AmbiguousUnitError(f'{noun} "{name}" is ambiguous. It can mean {listed}.')
    close = find_close(name, names.values())
    known = f"Closest: {list_names(close)}." if close else f"There: {list_names(names.values())}."
    raise UnknownUnitError(f'{noun} "{name}" is not known {where}. {known}')


def find_close(name: str, names: Iterable[str], count: int = 5) -> list[str]:
    """Find the names that look like another one, the closest first."""
    by_key = {name_key(known): known for known in names}
    return [by_key[key] for key in difflib.get_close_matches(name_key(name), by_key, n=count)]


def list_names(names: Iterable[str]) -> str:
    """Quote names in a message, the first ten of them."""
    quoted = [f'"{name}"' for name in names]
    return ", ".join(quoted[:_SHOWN]) + (", …" if len(quoted) > _SHOWN else "")
