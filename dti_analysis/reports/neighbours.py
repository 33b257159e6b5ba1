"""The units around one, and who of them is likely to be ahead."""

import pandas as pd

from dti_analysis.figures.neighbours import AROUND, tabulate_neighbours
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.comparison import list_neighbours
from dti_analysis.language import _
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
        describe_neighbours(answer, near),
        tabulate_neighbours(answer, lambda code: refer_to(draws.panel, code, draws.origin_year)),
    )


def describe_neighbours(answer: Answer, near: pd.DataFrame) -> str:
    """Say which neighbour is the likeliest to be ahead, and which the least.

    Parameters
    ----------
    answer : Answer
        The unit.
    near : DataFrame
        From `dti_analysis.forecasting.comparison.list_neighbours`.
    """
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
        return _(
            "{around}, none is much likelier than another to be ahead of it in {year}."
        ).format(around=around, year=year)
    return _(
        "{around}, **{first}** is the likeliest to be ahead of it in {year} ({most}), and "
        "**{last}** the least likely ({least})."
    ).format(
        around=around,
        first=label(first["unit"]),
        year=year,
        most=format_chance(1 - first["probability"]),
        last=label(last["unit"]),
        least=format_chance(1 - last["probability"]),
    )
