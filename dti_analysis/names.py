"""Spellings of one word that differ in case and diacritics alone."""

import unicodedata


def drop_marks(text: str) -> str:
    """Drop case and diacritics, the stroke of đ among them.

    Examples
    --------
    >>> drop_marks("Đắk Lắk"), drop_marks("XẾP HẠNG")
    ('dak lak', 'xep hang')
    """
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("đ", "d")
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
