"""The page that links every report, with each province's rank, outlook and chance."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dti_analysis.prose.narrative import frequency, name_goal
from dti_analysis.reporting.templating import open_templates, read_asset
from dti_analysis.schema import MERGER_DATE

CAPTIONS = {
    34: f"The 34 provinces since {MERGER_DATE}",
    63: f"The 63 provinces before {MERGER_DATE}",
}


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
    href, notebook_href : str or None
        Report and executed notebook, relative to the page; None where there is none. After a
        failure, the earlier report and the notebook with the error.
    status : {"built", "failed", "missing"}
        Whether the last run made the report, tried to, or there is none.
    error : str or None
        Why it failed.
    older : str or None
        Date of the report that is linked, where it is an earlier one than was tried last.
    pdf_href : str or None
        The report as PDF, where there is one.
    """

    basis: int
    code: str
    province: str
    region: str
    rank: int | None
    median_rank: int
    interval80: tuple[int, int]
    target_rank: int
    target_year: int
    is_official_target: bool
    chance: float
    href: str | None
    notebook_href: str | None
    status: Literal["built", "failed", "missing"]
    error: str | None = None
    older: str | None = None
    pdf_href: str | None = None


@dataclass(frozen=True)
class Link:
    """A report that is not one of the provinces' own rows.

    Parameters
    ----------
    href : str
        Address relative to the page.
    label, note : str
        Text of the link, and what follows it.
    """

    href: str
    label: str
    note: str = ""


def render_index(
    rows: Sequence[IndexRow],
    origin_year: int,
    *,
    links: Sequence[Link] = (),
    small_print: Mapping[str, str] | None = None,
    language: str = "en",
) -> str:
    """Render the index page.

    It can be read, followed and printed without scripts and offline; a short script of its own
    adds search and sorting.

    Parameters
    ----------
    rows : sequence of IndexRow
        The provinces, in the order to show them in within their basis.
    origin_year : int
        The last edition; the outlook is for the next.
    links : sequence of Link
        What to offer first: the overview, a case of special interest.
    small_print : mapping of str to str, optional
        Label and value of each line at the foot: what the page was made from.
    language : str
        Two-letter code of the language of the page.

    Returns
    -------
    str
        HTML document.
    """
    environment = open_templates()
    environment.filters |= {"frequency": frequency, "name_goal": name_goal}
    script = read_asset("index.js")
    return environment.get_template("index.html.j2").render(
        tables=[
            (basis, caption, [row for row in rows if row.basis == basis])
            for basis, caption in CAPTIONS.items()
        ],
        failed=[row for row in rows if row.status == "failed"],
        origin_year=origin_year,
        links=links,
        small_print=dict(small_print or {}),
        language=language,
        style=read_asset("style.css"),
        script=script,
        # The browser runs this script and no other.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
