"""What a reader of a panel should know that is no fault of it."""

from collections.abc import Iterator, Mapping

import pandas as pd

from dti_analysis.cleaning.agreement import describe_labels, describe_means, describe_odds
from dti_analysis.cleaning.left_out import describe_left_out
from dti_analysis.cleaning.national import describe_national
from dti_analysis.language import _
from dti_analysis.names import find_close, list_names
from dti_analysis.panel import Panel

_SHOWN = 20
_COMPARED = 100  # newcomers, each with all that ended before


def list_remarks(panel: Panel) -> Iterator[str]:
    """Say what a reader should know, a line each.

    What is left out, not published or computed; who is new; what columns say that is at odds.
    """
    for describe in (
        *(describe_left_out, _describe_new),
        *(describe_odds, describe_means, describe_labels, describe_national),
    ):
        yield from describe(panel)


def _describe_new(panel: Panel) -> Iterator[str]:
    """Name newcomers, and hold them against the names that ended before.

    A unit that is spelled otherwise from an edition on has two histories.
    """
    years = panel.rows.groupby("code")["year"].agg(["min", "max"])
    new = years[years["min"] > panel.editions[0]].sort_values("min", kind="stable")
    names = panel.names
    for year, codes in new.groupby("min").groups.items():
        told = list_names(names[str(code)] for code in codes)
        yield _("{year}: first edition of {names}").format(year=year, names=told)
    alike = list(_find_alike(names, years, new.head(_COMPARED)))
    yield from alike[:_SHOWN]
    if len(alike) > _SHOWN or len(new) > _COMPARED:
        yield _("… and more: {count} are new").format(count=len(new))


def _find_alike(names: Mapping[str, str], years: pd.DataFrame, new: pd.DataFrame) -> Iterator[str]:
    for code, year in new["min"].items():
        ended = {names[str(old)]: str(old) for old in years.index[years["max"] < year]}
        for name in find_close(names[str(code)], ended, 1):
            first, last = years.loc[ended[name], ["min", "max"]]
            yield _(
                "{new} is new in {year}; closest name that ended before: {old} ({first} to "
                "{last}). If they are one, write one name, or one code, for both."
            ).format(
                new=_quote(names, str(code)),
                year=year,
                old=_quote(names, ended[name]),
                first=first,
                last=last,
            )


def _quote(names: Mapping[str, str], code: str) -> str:
    return list_names([names[code]], None if names[code] == code else [code])
