"""The parts of the index, and every edition of a unit with its pillars."""

from collections.abc import Sequence

import pandas as pd

from dti_analysis.display import Table
from dti_analysis.figures.profile import COMPANY, compare_parts, plot_profile, tell_cost
from dti_analysis.forecasting.answer import Answer, aim_next
from dti_analysis.forecasting.parts import ALONE, describe_missing, forecast_parts, parts_table
from dti_analysis.language import N_, _, format_number, pgettext
from dti_analysis.panel import OVERALL, Panel
from dti_analysis.reports.section import Section

_STATUSES = {
    "published": N_("published"),
    "implied": N_("implied"),
    "computed": N_("computed"),
    "not published": N_("not published"),
}


_SHOWN = 8
"""Parts that have room on a brief."""

FEW = 4000
"""Draws of each part, at most: its median and range are then a rank off at the worst."""


def tell(answer: Answer) -> Section | None:
    """Show the parts of the index, where it has any, and the editions."""
    if len(answer.draws.panel.measures) == 1:
        return None
    picture = plot_profile(answer) if answer.chances else None
    heading, missing = (
        (
            _("Pillars and main indices"),
            _("No pillar or main index of {unit} is published for the editions up to {year}."),
        )
        if len(_list_wholes(answer.draws.panel)) > 1
        else (
            _("Components"),
            _("No component of {unit} is published for the editions up to {year}."),
        )
    )
    missing = missing.format(unit=answer.unit.label, year=answer.draws.origin_year)
    ahead = () if answer.draws.given else look_ahead(answer)
    return Section.under(heading, picture or missing, editions_table(answer), *ahead)


def costs_table(answer: Answer) -> Table | None:
    """Tell what each part costs against the ranks around the first target, where that is known."""
    if not answer.chances:
        return None
    rank, panel = aim_next(answer).first_target.target.target_rank, answer.draws.panel
    found = compare_parts(answer, rank)
    if found is None:
        return None
    year, table = found
    table = table.dropna(subset="gap").head(_SHOWN)
    own, group = (
        [format_number(score, max(panel.decimals - 1, 0)) for score in table[name]]
        for name in ("own", "group")
    )
    frame = pd.DataFrame(
        {
            _("Component"): table.index.map(panel.config.label),
            _("own"): own,
            _("group"): group,
            _("cost"): [tell_cost(cost, panel.decimals) for cost in table["cost"]],
        }
    )
    caption = _("{year}: what costs most against the ranks within {width} of {rank}")
    told = caption.format(year=year, width=COMPANY, rank=rank)
    return Table(frame, told) if len(frame) else None


def look_ahead(answer: Answer) -> Sequence[str | Table]:
    """Say where the unit may go in each part; nothing where it is not known to stand in any."""
    draws = answer.draws
    asked = answer.unit.code, draws.origin_year
    found = forecast_parts(draws.panel, *asked, draws=min(len(draws), FEW), seed=draws.seed)
    if found.table["rank"].isna().all():
        return ()
    return f"{_(ALONE)} {describe_missing(found)}".rstrip(), parts_table(found)


def editions_table(answer: Answer) -> Table:
    """Tell the known editions of a unit: overall and the pillars, score and rank."""
    panel = answer.draws.panel
    own = panel.values[panel.values["code"] == answer.unit.code]
    rows = panel.history(answer.unit.code)
    columns: dict[str, object] = {_("Edition"): rows["year"].astype(str)}
    for measure in _list_wholes(panel):
        part = rows if measure == panel.measure else own[own["measure"] == measure]
        part = part.set_index("year").reindex(rows["year"])
        columns[_head(panel, measure)] = [
            _cell(score, rank, panel.decimals)
            for score, rank in zip(part["score"], part["rank"], strict=True)
        ]
    statuses = rows["rank_status"].fillna("not published")
    columns[pgettext("where it is from", "Rank")] = [_(_STATUSES[status]) for status in statuses]
    counts = {panel.count_ranked(year) for year in rows["year"]}
    caption = _("Score and rank by edition")
    if len(counts) == 1:
        caption = _("Score and rank (of {count}) by edition").format(count=counts.pop())
    return Table(pd.DataFrame(columns), caption)


def _list_wholes(panel: Panel) -> list[str]:
    """List what is made of components: the whole and, where there are any, its pillars."""
    return [name for name in panel.measures if name not in panel.weights_of(9999)]


def _head(panel: Panel, measure: str) -> str:
    label = panel.config.label(measure)
    return _("Overall") if label == OVERALL else label


def _cell(score: float, rank: float, places: int) -> str:
    parts = [] if pd.isna(score) else [format_number(score, places)]
    if pd.notna(rank):
        parts.append(f"({rank:.0f})" if parts else _("rank {rank}").format(rank=f"{rank:.0f}"))
    return " ".join(parts) or "–"
