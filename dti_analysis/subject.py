"""What is told of: the index, what it ranks, and where its numbers are from."""

from contextvars import ContextVar
from dataclasses import dataclass

from dti_analysis.language import N_, _


@dataclass(frozen=True)
class Subject:
    """An index, in the words that its readers use.

    Parameters
    ----------
    index : str
        Its name, short.
    unit, units : str
        What it ranks, in the singular and in the plural.
    source : str
        Where its numbers are from, as the source line of figures.
    """

    index: str
    unit: str
    units: str
    source: str


_DTI = Subject(
    N_("DTI"),
    N_("province"),
    N_("provinces"),
    N_("Source: dti.gov.vn and public statements, see data/raw; own computation."),
)

_told: ContextVar[Subject] = ContextVar("subject", default=_DTI)


def tell_of(subject: Subject) -> None:
    """Choose what is told of from here on, in the current context; the DTI by default."""
    _told.set(subject)


def subject() -> Subject:
    """Give the words for what is told of, in the language spoken where that is the DTI."""
    told = _told.get()
    if told is not _DTI:
        return told
    return Subject(_(told.index), _(told.unit), _(told.units), _(told.source))


def head_units() -> str:
    """Head a column of what is ranked."""
    unit = subject().unit
    return unit[:1].upper() + unit[1:]
