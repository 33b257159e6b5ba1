"""The page over all reports of a project: each unit's rank, forecast and chances, with links."""

import base64
import hashlib
import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dti_analysis.batch.inputs import tell_small_print
from dti_analysis.batch.job import Link
from dti_analysis.batch.list_page import tell_failure
from dti_analysis.batch.templating import list_translations, open_templates, read_asset
from dti_analysis.config import IndexConfig
from dti_analysis.figures.tiles import Diagram, Tile, describe_top, read_style
from dti_analysis.language import LANGUAGES, N_, _, format_date, join_names, use_language
from dti_analysis.reports.sparkline import Sparkline, sparkline
from dti_analysis.wording import format_chance, format_range, name_goal, round_chance

_PACKAGE = "dti_analysis.reports"
_TOPS = (3, 5, 10, 20)
_FEW = 5
"""Places of the better half up to which the first one is a target too."""
_USUAL = 10
_CHANGES = {
    "data": N_("the data"),
    "library": N_("the program"),
    "versions": N_("the software it uses"),
    "settings": N_("the settings of the forecast"),
    "files": N_("files named as read"),
}


@dataclass(frozen=True)
class ReportState:
    """A report in one language: what became of it, and what there is to link."""

    status: Literal["current", "older", "failed", "missing"]  # the last was never asked for
    # Relative to the index page; after a failure those of the earlier report.
    href: str | None = None
    pdf_href: str | None = None
    notebook_href: str | None = None
    csv_href: str | None = None
    json_href: str | None = None
    changed: tuple[str, ...] = ()  # what differs from what it was made from, see `_CHANGES`
    built: str | None = None  # ISO date of the report that is linked

    def tell(self) -> str:
        """Tell an operator what became of it."""
        if self.status == "missing":
            return _("not built")
        if self.status == "failed":
            return tell_failure(self.built)
        if self.status == "current":
            return _("up to date")
        changes = join_names([_(_CHANGES[name]) for name in self.changed])
        return _("older, of {date}; since then changed: {changes}").format(
            date=format_date(self.built or ""), changes=changes
        )


@dataclass(frozen=True)
class IndexRow:
    """One unit on the index page."""

    code: str
    name: str
    region: str  # empty where it is not known
    rank: int | None  # in the last edition
    past: tuple[tuple[int, int | None], ...]  # year and rank of every edition up to the last
    expected: int  # median of the forecast for the next edition
    interval80: tuple[int, int]
    chances: tuple[float, ...]  # of each of the groups of best places, in the next edition
    reports: Mapping[str, ReportState]  # by language
    is_computed: bool = False  # whether its rank was computed, not published
    tile: tuple[int, int] | None = None  # row and column, from 1
    former: tuple[str, ...] = ()  # units that it was made of, its own name left out
    spellings: tuple[str, ...] = ()  # what else it is found by

    def find_report(self, language: str) -> tuple[str, str] | None:
        """Find the page to link, in this language or else in another: address and language."""
        order = [language, *LANGUAGES]
        found = ((self.reports[code].href, code) for code in order if code in self.reports)
        return next(((href, code) for href, code in found if href), None)

    def open_link(self, language: str) -> str:
        """Write the tag that opens a link to its page, or one that leads nowhere."""
        if (found := self.find_report(language)) is None:
            return "<span>"
        href, code = found
        other = "" if code == language else f' hreflang="{code}"'
        return f'<a href="{html.escape(href)}"{other}>'

    def list_files(self, language: str) -> list[tuple[str, str]]:
        """List what readers may take away: kind and address."""
        states = [self.reports[language], *self.reports.values()]
        pdf = self.reports[language].pdf_href
        csv = next((state.csv_href for state in states if state.csv_href), None)
        return [(kind, href) for kind, href in (("PDF", pdf), ("CSV", csv)) if href]

    def list_sources(self, language: str) -> list[tuple[str, str]]:
        """List what those may take away who check or run reports: kind and address."""
        states = [self.reports[language], *self.reports.values()]
        notebook = self.reports[language].notebook_href
        json = next((state.json_href for state in states if state.json_href), None)
        return [(kind, href) for kind, href in ((_("notebook"), notebook), ("JSON", json)) if href]

    @property
    def change(self) -> int | None:
        """Places gained (positive) or lost since the edition before; None where not known."""
        before, now = ([rank for _year, rank in self.past[-2:]] + [None])[:2]
        return None if before is None or now is None else before - now


@dataclass(frozen=True)
class Roster:
    """The units of one roster on the index page, in the language of that."""

    key: str  # its name within addresses
    caption: str
    years: tuple[int, int]  # last edition, and the next
    lowest: int  # last rank there is
    tops: tuple[int, ...]  # sizes of the groups of best places, from `list_tops`
    rows: Sequence[IndexRow]  # by rank
    note: str = ""  # what of its last edition is not complete
    overview: str | None = None  # its address

    @property
    def has_tiles(self) -> bool:
        """Whether its units have places on a diagram."""
        return any(row.tile for row in self.rows)

    def draw_tiles(self, config: IndexConfig, key: str, language: str) -> str:
        """Draw the tiles of its units, with a switch told apart by its key."""
        tiles = [
            Tile(
                row.code,
                config.label_unit(row.name),
                row.tile,
                row.rank,
                row.change,
                row.chances,
                row.open_link(language),
            )
            for row in self.rows
            if row.tile
        ]
        return Diagram(tiles, self.years, self.lowest, self.tops, self.usual, key).to_html()

    @property
    def has_sources(self) -> bool:
        """Whether one of its units has a report."""
        return any(state.status != "missing" for row in self.rows for state in row.reports.values())

    @property
    def usual(self) -> int:
        """Place, among `tops`, of the group that is shown unless another is chosen."""
        return max(place for place, top in enumerate(self.tops) if top <= _USUAL or not place)

    @property
    def known(self) -> int:
        """How many ranks of the last edition are known."""
        return sum(row.rank is not None for row in self.rows)

    def sparkline(self, row: IndexRow) -> Sparkline:
        """Draw the past ranks of a unit, and the one expected, in a small picture."""
        return sparkline(row.past, (self.years[1], row.expected), self.lowest)

    def is_last_inside(self, place: int, top: int) -> bool:
        """Tell whether the row at a place is the last of a group of best places."""
        rank = self.rows[place].rank
        after = self.rows[place + 1].rank if place + 1 < len(self.rows) else None
        return rank is not None and rank <= top and (after is None or after > top)

    def describe_top(self, place: int, units: str) -> str:
        """Count who is in a group of `tops` almost for sure, and who contends for what is left."""
        return describe_top([row.chances[place] for row in self.rows], self.tops[place], units)


@dataclass(frozen=True)
class IndexPage:
    """All that the index page shows, in one language."""

    config: IndexConfig
    rosters: Sequence[Roster]  # that which is shown first at the head
    further: Sequence[Link] = ()  # other reports that there are
    unplanned: Sequence[Link] = ()  # reports that are there still, though no plan names them
    built: str = ""  # ISO 8601, in UTC; empty where it is not told
    small_print: Mapping[str, str] = field(default_factory=dict)  # what it was made from
    language: str = "en"
    is_translated: bool = True  # whether the page is there in the other languages too


def list_tops(count: int) -> tuple[int, ...]:
    """List the groups of best places whose chances are told: the last is the better half.

    Examples
    --------
    >>> list_tops(34), list_tops(5), list_tops(200)
    ((3, 5, 10, 17), (1, 3), (3, 5, 10, 20, 100))
    """
    half = math.ceil(count / 2)
    first = (1,) if half <= _FEW else ()
    return (*(top for top in (*first, *_TOPS) if top < half), half)


def render_index(page: IndexPage) -> str:
    """Render the index page as HTML.

    It can be read, followed and printed without scripts and offline, and its switches work so; a
    short script of its own adds search and sorting.
    """
    environment = open_templates(_PACKAGE)
    environment.filters |= {
        "called": page.config.label_unit,
        "chance": format_chance,
        "percent": round_chance,
        "span": lambda ends: format_range(*ends),
    }
    script = read_asset("index.js", _PACKAGE)
    language = page.language
    states = [
        row.reports[language]
        for roster in page.rosters
        for row in roster.rows
        if language in row.reports
    ]
    with use_language(language):
        return environment.get_template("index.html.j2").render(
            page=page,
            nouns=page.config.nouns,
            name=page.config.full_name,
            label=page.config.label,
            source=page.config.name_source(),
            head_unit=page.config.head_unit(),
            rosters=page.rosters,
            main=page.rosters[0],
            failed=sum(state.status == "failed" for state in states),
            count=len(states),
            goals={top: name_goal(top) for roster in page.rosters for top in roster.tops},
            tell_failure=tell_failure,
            small_print=tell_small_print(page.small_print),
            language=language,
            translations=list_translations(language) if page.is_translated else (),
            style=read_asset("style.css") + read_style() + read_asset("index.css", _PACKAGE),
            script=script,
            # The browser runs this script and no other.
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
