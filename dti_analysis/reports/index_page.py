"""The page that links every report, with each province's rank, outlook and chance."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dti_analysis.batch.inputs import tell_small_print
from dti_analysis.batch.job import Link
from dti_analysis.batch.list_page import tell_failure
from dti_analysis.batch.templating import list_translations, open_templates, read_asset
from dti_analysis.cleaning.gazetteer import MERGER_DATE
from dti_analysis.language import (
    LANGUAGES,
    N_,
    NATIVE_NAMES,
    _,
    format_date,
    format_number,
    join_names,
    use_language,
)
from dti_analysis.reports.sparkline import Sparkline, sparkline
from dti_analysis.wording import format_chance, name_goal_in

_PACKAGE = "dti_analysis.reports"
_CAPTIONS = {
    34: N_("The 34 provinces since {date}"),
    63: N_("The 63 provinces before {date}"),
}
_SHADE = {34: 6, 63: 10}
"""Ranks to a shade of the map."""
_SHADES = 6
_CHANGES = {
    "data": N_("the data"),
    "library": N_("the program"),
    "versions": N_("the software it uses"),
    "settings": N_("the settings of the forecast"),
    "files": N_("files named as read"),
}


@dataclass(frozen=True)
class ReportState:
    """A report in one language: what became of it, and what there is to link.

    Parameters
    ----------
    status : {"current", "older", "failed", "missing"}
        Whether it is made from what there is now, from something else, could not be made, or was
        never asked for.
    href, pdf_href, notebook_href, csv_href, json_href : str or None
        Page, PDF, executed notebook and numbers, relative to the index page; None where there is
        none. After a failure, those of the earlier report.
    changed : tuple of str
        What differs from what it was made from: data, library, versions, settings.
    built : str or None
        ISO date of the report that is linked.
    """

    status: Literal["current", "older", "failed", "missing"]
    href: str | None = None
    pdf_href: str | None = None
    notebook_href: str | None = None
    csv_href: str | None = None
    json_href: str | None = None
    changed: tuple[str, ...] = ()
    built: str | None = None

    @property
    def numbers(self) -> tuple[tuple[str, str | None], ...]:
        """Kind and address of the files of its numbers."""
        return ("CSV", self.csv_href), ("JSON", self.json_href)

    def tell_age(self) -> str:
        """Say why the report that is linked is not what it would be now."""
        changes = join_names([_(_CHANGES[name]) for name in self.changed])
        return _("older, of {date}; since then changed: {changes}").format(
            date=format_date(self.built or ""), changes=changes
        )


@dataclass(frozen=True)
class IndexRow:
    """One province on the index page.

    Parameters
    ----------
    basis : {63, 34}
        Former or current provinces.
    code, province, region : str
        Code, display name and region.
    rank : int or None
        Rank in the last edition; None where it is not known.
    past : tuple of (int, int or None)
        Year and rank of every edition up to the last.
    median_rank : int
        Median of the forecast for the next edition.
    interval80 : tuple of int
        Best and worst rank of its central 80 % interval.
    target_rank, target_year : int
        First target after the last edition.
    is_official_target : bool
        Whether the province set it; else it is a reference.
    chance : float
        Probability of the target in its year.
    tile : tuple of int
        Row and column of its tile on the map, from 1.
    reports : mapping of str to ReportState
        By two-letter code of the language.
    """

    basis: int
    code: str
    province: str
    region: str
    rank: int | None
    past: tuple[tuple[int, int | None], ...]
    median_rank: int
    interval80: tuple[int, int]
    target_rank: int
    target_year: int
    is_official_target: bool
    chance: float
    tile: tuple[int, int]
    reports: Mapping[str, ReportState]

    def find_report(self, language: str) -> tuple[str, str] | None:
        """Find the page to link, in this language or else in another: address and language."""
        order = [language, *LANGUAGES]
        found = ((self.reports[code].href, code) for code in order if code in self.reports)
        return next(((href, code) for href, code in found if href), None)

    def list_numbers(self) -> list[tuple[str, str]]:
        """List the files of its numbers, the same in every language: address and kind."""
        found: dict[str, str] = {}
        for state in self.reports.values():
            found |= {kind: href for kind, href in state.numbers if href}
        return [(href, kind) for kind, href in found.items()]

    @property
    def shade(self) -> int | None:
        """Shade of its tile, 0 for the best ranks; None where the rank is not known."""
        if self.rank is None:
            return None
        return min((self.rank - 1) // _SHADE[self.basis], _SHADES - 1)

    @property
    def sparkline(self) -> Sparkline:
        """Its past ranks in a small picture."""
        return sparkline(self.past, self.basis)


@dataclass(frozen=True)
class Origin:
    """Where the numbers of the page come from.

    Parameters
    ----------
    editions : tuple of int
        First and last edition; the outlook is for the next.
    facts, sources : int
        How many facts from how many sources.
    built : str
        When the page was made: ISO 8601, in UTC; empty where it is not told.
    """

    editions: tuple[int, int]
    facts: int = 0
    sources: int = 0
    built: str = ""


def render_index(
    rows: Sequence[IndexRow],
    origin: Origin,
    *,
    links: Sequence[Link] = (),
    unplanned: Sequence[Link] = (),
    small_print: Mapping[str, str] | None = None,
    language: str = "en",
    label: Callable[[str], str] = str,
) -> str:
    """Render the index page in one language.

    It can be read, followed and printed without scripts and offline; a short script of its own
    adds search, filters and sorting.

    Parameters
    ----------
    rows : sequence of IndexRow
        The provinces, in the order to show them in within their basis.
    origin : Origin
        Where the numbers come from.
    links : sequence of Link
        What to offer first: the overview, a case of special interest.
    unplanned : sequence of Link
        Reports that are there still, though no plan names them any more.
    small_print : mapping of str to str, optional
        Label and value of each line at the foot, in English.
    language : str
        Two-letter code of the language of the page.
    label : callable
        What regions are called in the language chosen.

    Returns
    -------
    str
        HTML document.
    """
    environment = open_templates(_PACKAGE)
    environment.filters |= {
        "frequency": format_chance,
        "region": label,
        "number": format_number,
    }
    script = read_asset("index.js", _PACKAGE)
    states = [row.reports[language] for row in rows if language in row.reports]
    with use_language(language):
        return environment.get_template("index.html.j2").render(
            tables=[
                (basis, _(caption).format(date=_(MERGER_DATE)), list_shades(basis), of)
                for basis, caption in _CAPTIONS.items()
                if (of := [row for row in rows if row.basis == basis])
            ],
            failed=sum(state.status == "failed" for state in states),
            regions=sorted({row.region for row in rows}, key=label),
            count=len(states),
            origin=origin,
            year=origin.editions[1],
            links=links,
            unplanned=unplanned,
            tell_failure=tell_failure,
            small_print=tell_small_print(small_print or {}),
            language=language,
            translations=list_translations(language),
            native_names=NATIVE_NAMES,
            name_goal_in=name_goal_in,
            style=read_asset("style.css") + read_asset("index.css", _PACKAGE),
            script=script,
            # The browser runs this script and no other.
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )


def list_shades(basis: int) -> list[tuple[int, int]]:
    """Tell the best and the worst rank of each shade of the map, the darkest first.

    Examples
    --------
    >>> list_shades(34)
    [(1, 6), (7, 12), (13, 18), (19, 24), (25, 30), (31, 34)]
    """
    size = _SHADE[basis]
    ends = [size * (shade + 1) for shade in range(_SHADES - 1)] + [basis]
    return [(size * shade + 1, end) for shade, end in enumerate(ends)]
