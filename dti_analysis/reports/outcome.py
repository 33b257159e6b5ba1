"""What came of a forecast, where that is known already."""

import numpy as np

from dti_analysis.display import Text
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_percent, ordinal
from dti_analysis.reports import year_before
from dti_analysis.reports.section import Section


def tell(answer: Answer) -> Section | None:
    """Hold the forecast against what came; of an open one, what the one before it was worth."""
    if answer.outcomes.empty and year_before.tell(answer):
        return None
    return Section.under(_("What came of it"), describe_outcome(answer))


def describe_outcome(answer: Answer) -> Text:
    """Hold the forecast against what really happened since, a line for each edition."""
    summary, draws = answer.summary.set_index("year"), answer.draws
    lines = []
    for row in answer.outcomes.to_dict("records"):
        if row["year"] not in summary.index:
            continue
        published, drawn = int(row["rank"]), summary.loc[row["year"]]
        ranked = draws.among(draws.panel.ranks_of(int(row["year"])))[answer.unit.code]
        if np.isnan(ranked):
            told = _("**{year}**: among all it came **{rank}**; not all of this file are known.")
            lines.append(told.format(year=int(row["year"]), rank=ordinal(published)))
            continue
        rank = int(ranked)
        best, worst = int(drawn["best80"]), int(drawn["worst80"])
        line = (
            _("**{year}**: it came **{rank}**, inside the {width} interval ({best} to {worst}).")
            if best <= rank <= worst
            else _(
                "**{year}**: it came **{rank}**, outside the {width} interval ({best} to {worst})."
            )
        ).format(
            year=int(row["year"]),
            rank=ordinal(rank),
            width=format_percent(0.8),
            best=best,
            worst=worst,
        )
        if rank != published:
            among = _("That is its rank in this file; among all it came {rank}.")
            line += " " + among.format(rank=ordinal(published))
        lines.append(line)
    if not lines:
        year = draws.origin_year
        told = _("No rank after {year} is known yet: this forecast is open.").format(year=year)
        return Text(told)
    return Text("\n".join(lines), "ul")
