"""Where the numbers are from, and the numbers themselves as files."""

import pandas as pd

from dti_analysis.cleaning.facts import cite_sources
from dti_analysis.display import Text, link
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.exports import offer_downloads
from dti_analysis.language import N_, _, format_date
from dti_analysis.reports.section import Section

_COPIED = N_("public copy of dti.gov.vn")

_SOURCE_KINDS = {
    "official": N_("official"),
    "official_copy": N_("unofficial copy"),
    "government": N_("government"),
    "press": N_("press"),
}


def tell(answer: Answer) -> Section:
    """List the sources of a unit's facts; of an index without facts, its own."""
    panel = answer.draws.panel
    heading = _("Sources")
    if "facts" not in panel.tables:
        return Section.under(heading, panel.config.label("source"))
    places = [(int(panel.basis or 0), answer.unit.code)]
    if panel.parent is not None:
        parent = int(panel.parent.basis or 0)
        places += [(parent, member.code) for member in panel.members(answer.unit.code)]
    cited = cite_sources(panel.tables["facts"], panel.tables["sources"], places)
    return Section.under(heading, describe_sources(cited))


def tell_numbers(answer: Answer) -> Section:
    """Offer the numbers of the report as files."""
    return Section.of(offer_downloads(answer))


def describe_sources(cited: pd.DataFrame) -> Text:
    """List sources with their links, a line for each; see `cleaning.facts.cite_sources`."""
    lines = []
    for row in cited.to_dict("records"):
        name = link(row["publisher"].replace(_COPIED, _(_COPIED)), str(row["url"]))
        kind = _SOURCE_KINDS[row["kind"]]
        about = _(kind) + (f", {format_date(row['date'])}" if row["date"] else "")
        lines.append(f"{name} ({about}): {row['editions']}")
    return Text("\n".join(lines), "ul")
