"""The units around one, and who of them is likely to be ahead."""

import pandas as pd

from dti_analysis.figures.neighbours import AROUND, tabulate_neighbours
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.comparison import list_neighbours
from dti_analysis.language import _, ngettext
from dti_analysis.reports.section import Section
from dti_analysis.reports.stems import refer_to
from dti_analysis.wording import format_chance

_ALIKE = 0.05
"""Chances closer than this tell no neighbour from another."""


def tell(answer: Answer) -> Section | None:
    """Show the units around one, and the chances against them."""
    draws = answer.draws
    near = list_neighbours(draws, answer.unit.code, [answer.years[0]], AROUND)
    if near.empty:
        return None
    return Section.under(
        _("Neighbours"),
        f"{describe_neighbours(answer, near)} {describe_ends(answer)}".rstrip(),
        tabulate_neighbours(answer, lambda code: refer_to(draws.panel, code, draws.origin_year)),
    )


def describe_neighbours(answer: Answer, near: pd.DataFrame) -> str:
    """Say which of those near it is the least likely and the likeliest to be ahead of."""
    draws = answer.draws
    year, label = int(near["year"].min()), draws.panel.config.label_unit
    around = (
        _("Of the {units} ranked around it in {year}")
        if draws.panel.rank_of(answer.unit.code, draws.origin_year) is not None
        else _("Its rank of {year} is not published; of those expected around it")
    ).format(**draws.panel.config.nouns, year=draws.origin_year)
    order = near[near["year"] == year].sort_values("probability", kind="stable")
    first, last = order.iloc[0], order.iloc[-1]
    if last["probability"] - first["probability"] < _ALIKE:
        told = _("{around}, it is about as likely to be ahead of one as of another in {year}.")
        return told.format(around=around, year=year)
    return _(
        "{around}, it is the least likely to be ahead of **{first}** in {year} ({least}), and the "
        "likeliest to be ahead of **{last}** ({most})."
    ).format(
        around=around,
        first=label(first["unit"]),
        year=year,
        least=format_chance(first["probability"]),
        last=label(last["unit"]),
        most=format_chance(last["probability"]),
    )


def describe_ends(answer: Answer) -> str:
    """Say how many there are above or below, where these are fewer than are shown elsewhere."""
    draws, nouns = answer.draws, answer.draws.panel.config.nouns
    ranks = draws.among(draws.panel.ranks_of(draws.origin_year)).dropna()
    if answer.unit.code not in ranks:
        return ""
    own, others = ranks[answer.unit.code], ranks.drop(answer.unit.code)
    above, below = int((others <= own).sum()), int((others > own).sum())
    told = [
        _("No {unit} is above it.").format(**nouns)
        if not above
        else ngettext("Only one {unit} is above it.", "Only {count} {units} are above it.", above)
        if above < AROUND
        else "",
        _("No {unit} is below it.").format(**nouns)
        if not below
        else ngettext("Only one {unit} is below it.", "Only {count} {units} are below it.", below)
        if below < AROUND
        else "",
    ]
    return " ".join(
        text.format(count=count, **nouns)
        for text, count in zip(told, (above, below), strict=True)
        if text
    )
