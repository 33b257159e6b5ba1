"""Figures of the record: skill, said against came true, PIT, and one unit's case."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.errors import DataError
from dti_analysis.evaluation.backtest import Evaluation
from dti_analysis.evaluation.calibration import count_pit
from dti_analysis.figures import marks, style
from dti_analysis.figures.palette import LINE, OTHER, OWN, OWN80, PAGE, QUIET, RULE, TARGET, TEXT
from dti_analysis.figures.picture import Picture
from dti_analysis.figures.style import HasPanel
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_number, format_percent, ordinal, pgettext
from dti_analysis.wording import count_origins, describe_horizon, name_goal

CLOSE = 0.05
"""A skill nearer to none than this makes no difference that a reader would see."""

_ORIGINS = ((OTHER, RULE), (QUIET, LINE), (OWN, OWN80))
"""Medians and bars of origins; the last are one's own."""

_DODGE = 0.2
_MANY = 9
"""Editions that have no room for their years on one axis."""


def plot_skill(evaluation: Evaluation, model: str, ax: Axes | None = None) -> Picture:
    """Draw the skill of a model by horizon, with the interval from resampled origins.

    Parameters
    ----------
    evaluation : Evaluation
        From ``index.evaluate()``.
    model : str
        One of the models evaluated.
    ax : Axes, optional
        Where to draw; a figure of its own by default.

    Raises
    ------
    DataError
        If it was not evaluated.
    """
    rows = evaluation.by_horizon[evaluation.by_horizon["model"] == model]
    if rows.empty:
        there = ", ".join(evaluation.by_horizon["model"].unique())
        raise DataError(f"model {model} was not evaluated. There: {there}.")
    ahead, skill, config = rows["horizon"], 100 * rows["skill"], evaluation.panel.config
    axes = style.start_figure(ax, 280)
    axes.axhline(0, color=QUIET, lw=1.2)
    low, high = 100 * rows["skill_low"], 100 * rows["skill_high"]
    marks.draw_ranges(axes, ahead, low, high, colour=OWN80, is_upright=True)
    marks.draw_dots(axes, ahead, skill, OWN, 8)
    told = rows["skill"].map(lambda share: format_percent(share, 1, signed=True))
    labels = told + "\n" + rows["origins"].map(count_origins)
    for horizon, value, label in zip(ahead, skill, labels, strict=True):
        marks.write_label(axes, label, horizon, value, gap=10)
    axes.set(xlim=(0.6, ahead.max() + 0.9), xticks=list(ahead))
    axes.set(xlabel=_("Editions ahead"), ylabel=_("Skill (%)"))
    axes.margins(y=0.2)
    axes.grid(axis="x", visible=False)
    listing = "; ".join(
        f"{describe_horizon(horizon)} {text} ({_describe_interval(*ends)})"
        for horizon, text, *ends in zip(ahead, told, low, high, strict=True)
    )
    text = _("Dot chart of the skill of {model} against a random walk. {title}. {listing}.")
    return style.finish(
        axes, config,
        _("Close to a random walk: skill {least} to {most}")
        if np.abs(skill).max() < 100 * CLOSE
        else _("Apart from a random walk: skill {least} to {most}"),
        text, least=format_number(skill.min(), 1, signed=True),
        most=format_percent(skill.max() / 100, 1, signed=True), model=model, listing=listing,
        how=_("Skill of {model} against a random walk by editions ahead; bar: {percent} interval."),
        percent=format_percent(0.9), table=rows, stem="skill",
    )  # fmt: skip


def _describe_interval(low: float, high: float) -> str:
    if np.isnan(low):
        return _("one origin, no interval")
    ends = {"low": format_number(low, 1, signed=True), "high": format_number(high, 1, signed=True)}
    return _("{percent} interval {low} to {high}").format(percent=format_percent(0.9), **ends)


def plot_reliability(index: HasPanel, record: pd.DataFrame, ax: Axes | None = None) -> Picture:
    """Draw how many chances came true against what was said.

    Parameters
    ----------
    index : Index or Evaluation
        What was forecast.
    record : DataFrame
        From ``index.reliability()``, or ``evaluation.reliability()`` of one model.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    said, came = 100 * record["mean"], 100 * record["share"]
    low, high = 100 * record["share_low"], 100 * record["share_high"]
    axes = style.start_figure(ax, 420)
    honest = _("Came true as often as said")
    axes.plot([0, 100], [0, 100], color=QUIET, lw=1.2, ls="--", label=honest)
    interval = _("{percent} interval").format(percent=format_percent(0.9))
    bar: Any = {"width": 7, "is_upright": True, "label": interval}
    marks.draw_ranges(axes, said, low, high, colour=OWN80, **bar)
    marks.draw_dots(axes, said, came, OWN, label=_("Came true (number of chances)"))
    for x, y, count in zip(said, came, record["chances"], strict=True):
        marks.write_label(axes, f"{count}", x, y, "below right" if x < 90 else "below left")
    axes.set(xlim=(-3, 103), ylim=(-3, 103))
    axes.set(xlabel=_("Said (%)"), ylabel=_("Came true (%)"))
    style.add_legend(axes, columns=1)
    listing = style.list_each(
        _("{said} said, {came} came true of {count}"), said=said, came=came, count=record["chances"]
    )
    text = _("Dot chart of chances in classes (%), and how many came true. {title}. {listing}.")
    return style.finish(
        axes, index.panel.config,
        _("Chances came true about as often as said in {agree} of {classes} classes"),
        text, agree=said.between(low, high).sum(), classes=len(record), listing=listing,
        table=record, stem="reliability",
    )  # fmt: skip


def plot_pit(index: HasPanel, record: pd.DataFrame, ax: Axes | None = None) -> Picture:
    """Draw how evenly the outcomes lie over what was forecast.

    Parameters
    ----------
    record : DataFrame
        From ``index.track_record()``, or ``evaluation.outcomes`` of one model; see
        `dti_analysis.evaluation.calibration.count_pit`.
    index, ax
        See `plot_reliability`.
    """
    pit = count_pit(record)
    share, due = 100 * pit["share"].to_numpy(dtype=float), 100 / len(pit)
    axes = style.start_figure(ax, 260)
    axes.bar(pit["low"], share, 1 / len(pit), align="edge", color=OWN80, edgecolor=PAGE)
    axes.axhline(due, color=TARGET, lw=1.6, ls="--")
    look: Any = {"colour": TARGET, "coords": axes.transAxes}
    marks.write_label(axes, _("dashed: due of an honest forecast"), 1, 1, "above left", 4, **look)
    label = _("Share of the forecast at better ranks (PIT)")
    axes.set(xlim=(0, 1), xlabel=label, ylabel=_("Outcomes (%)"))
    axes.grid(axis="x", visible=False)
    text = _(
        "Histogram of the PIT of {count} forecasts in tenths. {title}. From the best to the worst "
        "tenth (%): {listing}."
    )
    listing = ", ".join(f"{value:.0f}" for value in share)
    return style.finish(
        axes, index.panel.config,
        _("{share} % of outcomes fell into the outer two tenths, {due} were due"),
        text, share=format_number(share[0] + share[-1]), due=format_number(2 * due),
        count=len(record), listing=listing, table=pit, stem="pit",
        how=_("0: came far better than forecast, 1: far worse."),
    )  # fmt: skip


def plot_case(answers: Sequence[Answer], ax: Axes | None = None) -> Picture:
    """Draw one unit's ranks and what was forecast of them from each origin.

    Parameters
    ----------
    answers : sequence of Answer
        Of one unit, from one origin each, in their order.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    first = answers[0]
    name, draws, config = first.unit.label, first.draws, first.draws.panel.config
    ranked = pd.concat([first.history, first.outcomes]).dropna(subset="rank")
    came = dict(zip(ranked["year"].astype(int), ranked["rank"].astype(int), strict=True))
    spans = pd.concat(
        answer.summary.astype(int).assign(origin=answer.draws.origin_year) for answer in answers
    )
    known = spans[spans["year"].isin(list(came))]
    held = known["year"].map(came).between(known["best80"], known["worst80"])
    axes = style.start_figure(ax, 400)
    for place, (answer, (colour, pale)) in enumerate(zip(answers, cycle(_ORIGINS), strict=False)):
        rows = answer.summary
        beside = rows["year"] + _DODGE * (place - (len(answers) - 1) / 2)
        bar: Any = {"colour": pale, "width": 8, "is_upright": True}
        marks.draw_ranges(axes, beside, rows["best80"], rows["worst80"], **bar)
        label = _("As of {year} (bar: 80 %)").format(year=answer.draws.origin_year)
        marks.draw_dots(axes, beside, rows["median_rank"], colour, 6, marker="D", label=label)
    is_computed = ranked["rank_status"] == "computed"
    axes.plot(list(came), list(came.values()), color=TEXT, lw=2, label=pgettext("rank", "Came"))
    marks.draw_known(axes, list(came), list(came.values()), is_computed, TEXT)
    years = sorted({*came, *spans["year"]})
    for rank, year in sorted({target.goal for answer in answers for target in answer.targets}):
        if year <= years[-1]:
            marks.raise_flag(axes, year - 0.4, year + 0.4, rank)
            marks.write_label(axes, name_goal(rank), year + 0.4, rank + 0.5, gap=7, colour=TARGET)
    axes.set(xlim=(years[0] - 0.4, years[-1] + 1), xlabel=_("Edition"))
    axes.set_xticks(years[:: -(1 + len(years) // _MANY)])
    style.set_rank_axis(axes, max([draws.count, *came.values()]))
    style.add_legend(axes, columns=1)
    told = style.list_each(
        _("as of {origin} for {year} median {median}, 80 % between {best} and {worst}"),
        **spans.rename(columns=style.SHORT),
    )
    path = ", ".join(f"{year}: {ordinal(rank)}" for year, rank in came.items())
    text = _(
        "Range chart of the rank of {unit}, 1 at the top. {title}. It came {path}. Forecasts: "
        "{told}."
    )
    return style.finish(
        axes, config, _("{unit}: {held} of {ranges} ranges held the rank that came"), text,
        unit=name, held=held.sum(), ranges=len(held), path=path, told=told, table=spans,
        stem="case",
    )  # fmt: skip
