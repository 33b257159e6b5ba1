"""Where a unit has been, where it is heading, and where it is to be."""

import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.figures import marks, style
from dti_analysis.figures.style import Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, ordinal
from dti_analysis.wording import KINDS, format_chance, name_goal

_MANY = 12
"""Editions that have no room for their years on one axis."""

_FIRST = 6
"""Ranks from 1 above whose points there is no room for a label."""


def plot_trajectory(answer: Answer, ax: Axes | None = None) -> Picture:
    """Draw the known ranks, the fan of the forecast, the targets and what happened since.

    Parameters
    ----------
    answer : Answer
        From `dti_analysis.forecasting.forecast.Forecast.answer`.
    ax : Axes, optional
        Where to draw; a figure of its own by default.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> answer = dti.load_index().forecast(origin=2021, draws=200).answer("BR-VT")
    >>> dti.plot_trajectory(answer).alt.split(".")[0]
    'Line chart of the rank of Bà Rịa - Vũng Tàu, 1 at the top'
    """
    draws, known, later = answer.draws, answer.history.dropna(subset="rank"), answer.outcomes
    panel, summary, config = draws.panel, answer.summary, draws.panel.config
    axes = style.start_figure(config, ax, 4.3)
    anchor = known.loc[known["year"] == draws.origin_year, "rank"]
    marks.draw_fan(axes, summary, (draws.origin_year, anchor.iloc[0]) if len(anchor) else None)
    marks.draw_path(axes, known["year"], known["rank"], _("Rank"))
    if len(later):
        x, y, label = later["year"], later["rank"], _("Observed")
        marks.draw_dots(axes, x, y, style.ORANGE, is_hollow=True, marker="D", edge=2, label=label)
    ranked = pd.concat([known, later])
    for year, rank in zip(ranked["year"], ranked["rank"], strict=True):
        # Above its point, but not where the title is.
        side = "below" if rank <= _FIRST else "above"
        marks.write_label(axes, f"{rank:.0f}", year, rank, side, gap=8, is_bold=True)
    for target in answer.targets:
        # An official one needs no word.
        note = "" if target.kind == "official" else _(KINDS[target.kind])
        marks.raise_flag(axes, *target.goal, note=note)
    axes.set(xlim=(panel.editions[0] - 0.4, summary["year"].max() + 1.1), xlabel=_("Edition"))
    editions = sorted({*panel.editions, *answer.years})
    # Every edition, or, where these are many, every other, or third, the last one with them.
    axes.set_xticks(editions[:: -(1 + len(editions) // _MANY)])
    style.set_rank_axis(axes, int(max([draws.count, *ranked["rank"]])))
    style.add_legend(axes, columns=6)
    ahead = style.list_each(
        _("{year}: median {median}, 80 % between {best} and {worst}"),
        **summary.astype(int).rename(columns=style.SHORT),
    )
    text = _(
        "Line chart of the rank of {unit}, 1 at the top. {title}. Known ranks: {past}. "
        "Forecast: {ahead}."
    )
    if len(later):
        text += " {observed}"
    return style.finish(
        axes, config, "{headline}", text, headline=_find_headline(answer, known),
        unit=answer.unit.name, past=_list_ranks(known) or _("none"), ahead=ahead,
        observed=_("Observed: {ranks}.").format(ranks=_list_ranks(later)),
    )  # fmt: skip


def _find_headline(answer: Answer, known: pd.DataFrame) -> str:
    if len(known):
        year, rank = known[["year", "rank"]].astype(int).iloc[-1]
        now = _("{rank} in {year}").format(rank=ordinal(rank), year=year)
    else:
        now = _("no rank up to {year}").format(year=answer.draws.origin_year)
    if not answer.chances:
        return f"{answer.unit.name}: {now}"
    chance, text = answer.first_target, _("{unit}: {now}; {goal} in {year}: {frequency}")
    goal, year = name_goal(chance.target.target_rank).lower(), chance.target.target_year
    told = format_chance(chance.probability_in_year)
    return text.format(unit=answer.unit.name, now=now, goal=goal, year=year, frequency=told)


def _list_ranks(known: pd.DataFrame) -> str:
    pairs = zip(known["year"], known["rank"], strict=True)
    return ", ".join(f"{year:.0f}: {rank:.0f}" for year, rank in pairs)
