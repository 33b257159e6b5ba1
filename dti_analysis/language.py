"""The language of what readers see: its sentences, numbers, dates and ordinals.

English stands in the code; catalogues of other languages stand in ``locale``, and `make catalogues`
brings them up to date. ``N_`` marks what is translated later, where it is shown.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal, localcontext
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from babel import Locale, dates, lists, numbers

from dti_analysis.errors import DataError

_LOCALES = {"en": "en_GB", "vi": "vi_VN"}

LANGUAGES = tuple(_LOCALES)

DEFAULT_LANGUAGE = "vi"
"""The language that readers read first: its pages have the plain names."""

NATIVE_NAMES = {"en": "English", "vi": "Tiếng Việt"}
"""What each language is called by those who look for it."""

BOLD, CODE, LINK = "\x0e", "\x0f", "\x10"
"""What the marks of a message are turned into before its values are filled in, see `display`.

No name can hold these signs, as `errors.STEERING` has them; so nothing in a name is a mark.
"""

_NARROW = "\u202f"
"""Stands between a number and its percent sign, where the language has a space: none breaks it."""

REFERENCE, REPORT = "\x11", "data-report"
"""What stands around a name that is marked as that of a report, and around what that is called; and
the attribute of the element that it becomes: the stem of that report, or of several, the preferred
one first. It leads somewhere only on a page that lies beside it, see `batch.links`.
"""

_LINKED = re.compile(r"\[(.+?)\]\((.+?)\)")

_spoken: ContextVar[str] = ContextVar("language", default="en")


def set_language(lang: str) -> None:
    """Choose the language of all that is told from here on, in the current context.

    Parameters
    ----------
    lang : {"en", "vi"}
        Two-letter code.

    Raises
    ------
    DataError
        If it is not known.
    """
    if lang not in _LOCALES:
        raise DataError(f'language "{lang}" is not known. Known: {", ".join(LANGUAGES)}.')
    _spoken.set(lang)


@contextmanager
def use_language(lang: str) -> Iterator[None]:
    """Speak a language, see `set_language`, for a while; then what was spoken before.

    Examples
    --------
    >>> with use_language("vi"):
    ...     format_number(0.5141, 4)
    '0,5141'
    >>> format_number(0.5141, 4)
    '0.5141'
    """
    before = current_language()
    set_language(lang)
    try:
        yield
    finally:
        set_language(before)


def current_language() -> str:
    """Tell which language is spoken."""
    return _spoken.get()


def _(message: str) -> str:
    """Translate a message; its marks are those of Markdown for bold, code and links."""
    return _turn_marks(_read_catalogue(current_language()).gettext(message))


def N_(message: str) -> str:  # noqa: N802
    """Mark a message that is translated where it is shown."""
    return message


def pgettext(context: str, message: str) -> str:
    """Translate a message that means different things in different places."""
    return _turn_marks(_read_catalogue(current_language()).pgettext(context, message))


def ngettext(singular: str, plural: str, count: int) -> str:
    """Translate a message in the form that goes with a number."""
    return _turn_marks(_read_catalogue(current_language()).ngettext(singular, plural, count))


def _turn_marks(message: str) -> str:
    linked = _LINKED.sub(rf"{LINK}\1{LINK}\2{LINK}", message)
    return linked.replace("**", BOLD).replace("`", CODE).replace(" %", f"{_NARROW}%")


def load_catalogues() -> None:
    """Read every language ahead, for processes that are forked from this one."""
    for lang in LANGUAGES:
        _read_catalogue(lang)


@cache
def _read_catalogue(lang: str) -> NullTranslations:
    if lang == "en":
        return NullTranslations()
    # Half of Babel is of no use to those who read English.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    file = files("dti_analysis") / "locale" / lang / "LC_MESSAGES" / "dti_analysis.po"
    compiled = io.BytesIO()
    with file.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=lang))
    compiled.seek(0)
    return GNUTranslations(compiled)


def format_number(value: float, places: int | None = 0, *, signed: bool = False) -> str:
    """Write a finite number; with the decimal places that it needs, at most six, if None are named.

    Signed, it is a change: a plus stands before what is positive, and what there is of it is never
    written as nothing.

    Examples
    --------
    >>> format_number(20000), format_number(0.0284, 3, signed=True), format_number(99.5, None)
    ('20,000', '+0.028', '99.5')
    >>> [format_number(change, 3, signed=True) for change in (0.0004, -0.0004, 0)]
    ['<0.001', '>−0.001', '0.000']
    """
    digits = "#,##0." + ("######" if places is None else "0" * places)
    digits = digits.removesuffix(".")
    # Rounded here, from the number itself; Babel would round what it prints as.
    exact = Decimal(f"{value:.6f}" if places is None else f"{value:.{places}f}") + 0  # no "−0"
    before = ""
    if signed and value and not exact:
        least = Decimal(1).scaleb(-6 if places is None else -places)
        before, exact, signed = ("<", least, False) if value > 0 else (">", -least, False)
    pattern = f"+{digits};-{digits}" if signed and exact else digits
    with localcontext(prec=400):  # as many digits as a float may have before its point
        told = numbers.format_decimal(exact, format=pattern, locale=_LOCALES[current_language()])
    return before + told.replace("-", "−")


def write_number(value: float) -> str:
    """Write a number in full, as messages and ``index.toml`` have it: in English, to be read back.

    Examples
    --------
    >>> write_number(1234567.0), write_number(0.1), write_number(1e16)
    ('1234567', '0.1', '10000000000000000')
    """
    exact = Decimal(repr(float(value)))
    return format(exact.normalize(), "f") if exact.is_finite() else str(value)


def put_decimal_sign(number: str) -> str:
    """Give a number written with a decimal point the sign that the language uses.

    Examples
    --------
    >>> put_decimal_sign("95.52")
    '95.52'
    """
    return number.replace(".", numbers.get_decimal_symbol(_LOCALES[current_language()]))


def format_percent(share: float, places: int | None = 0, *, signed: bool = False) -> str:
    """Write a share of 1 in percent.

    Examples
    --------
    >>> format_percent(0.294), format_percent(-0.0123, 1, signed=True)
    ('29\u202f%', '−1.2\u202f%')
    """
    number = format_number(100 * share, places, signed=signed)
    return pgettext("percent", "{number} %").format(number=number)


def format_date(text: str) -> str:
    """Write a date that is known to the day, the month or the year.

    Examples
    --------
    >>> format_date("2022-10-10"), format_date("2022")
    ('2022-10-10', '2022')
    """
    known = text.split("-")
    pattern = (
        pgettext("pattern of a date", "yyyy"),
        pgettext("pattern of a date", "yyyy-MM"),
        pgettext("pattern of a date", "yyyy-MM-dd"),
    )[len(known) - 1]
    day = date.fromisoformat("-".join([*known, "01", "01"][:3]))
    return dates.format_date(day, pattern, locale=_LOCALES[current_language()])


_ORDINALS = {
    "one": N_("{rank}st"),
    "two": N_("{rank}nd"),
    "few": N_("{rank}rd"),
    "other": N_("{rank}th"),
}


def ordinal(rank: int) -> str:
    """Write a rank as an ordinal.

    Examples
    --------
    >>> [ordinal(rank) for rank in (1, 2, 3, 11, 22, 63)]
    ['1st', '2nd', '3rd', '11th', '22nd', '63rd']
    """
    form = Locale.parse(_LOCALES[current_language()]).ordinal_form(rank)
    return _(_ORDINALS[form]).format(rank=rank)


def join_names(names: Sequence[str]) -> str:
    """Write names as a list in a sentence.

    Examples
    --------
    >>> join_names(["Huế"]), join_names(["Huế", "Đà Nẵng", "Cần Thơ"])
    ('Huế', 'Huế, Đà Nẵng and Cần Thơ')
    """
    return lists.format_list(names, locale=_LOCALES[current_language()])
