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
from dti_analysis.figures.style import HasPanel, Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_number, format_percent, ordinal, pgettext
from dti_analysis.wording import count_origins, describe_horizon

CLOSE = 0.05
"""A skill nearer to none than this makes no difference that a reader would see."""

_ORIGINS = ((style.BLUE, "o"), (style.ORANGE, "s"), (style.GREEN, "^"))
_DODGE = 0.16


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
    axes = style.start_figure(config, ax, 2.9)
    axes.axhline(0, color=style.GREY, lw=1.2)
    low, high = 100 * rows["skill_low"], 100 * rows["skill_high"]
    marks.draw_ranges(axes, ahead, low, high, is_upright=True)
    marks.draw_dots(axes, ahead, skill, style.BLUE, 8)
    told = rows["skill"].map(lambda share: format_percent(share, 1, signed=True))
    labels = told + " (" + rows["origins"].map(count_origins) + ")"
    for horizon, value, label in zip(ahead, skill, labels, strict=True):
        marks.write_label(axes, label, horizon, value, gap=12)
    axes.set(xlim=(0.6, ahead.max() + 0.8), xticks=list(ahead))
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
    config = index.panel.config
    axes = style.start_figure(config, ax, 4.6)
    honest = _("Came true as often as said")
    axes.plot([0, 100], [0, 100], color=style.GREY, lw=1.2, ls="--", label=honest)
    interval = _("{percent} interval").format(percent=format_percent(0.9))
    marks.draw_ranges(axes, said, low, high, width=7, is_upright=True, label=interval)
    marks.draw_dots(axes, said, came, style.BLUE, label=_("Came true (number of chances)"))
    for x, y, count in zip(said, came, record["chances"], strict=True):
        marks.write_label(axes, f"{count}", x, y, "below right" if x < 90 else "below left")
    axes.set(xlim=(-3, 103), ylim=(-3, 103))
    axes.set(xlabel=_("Said (%)"), ylabel=_("Came true (%)"))
    style.add_legend(axes, columns=3)
    listing = style.list_each(
        _("{said} said, {came} came true of {count}"), said=said, came=came, count=record["chances"]
    )
    text = _("Dot chart of chances in classes (%), and how many came true. {title}. {listing}.")
    return style.finish(
        axes, config, _("Chances came true about as often as said in {agree} of {classes} classes"),
        text, agree=said.between(low, high).sum(), classes=len(record), listing=listing,
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
    config = index.panel.config
    axes = style.start_figure(config, ax, 2.9)
    axes.bar(pit["low"], share, 1 / len(pit), align="edge", color=style.PALE, edgecolor="white")
    axes.axhline(due, color=style.ORANGE, lw=1.6, ls="--")
    marks.write_label(axes, _("honest forecast"), 1, due, gap=4, colour=style.ORANGE)
    label = _("PIT: share of the forecast at better ranks (0: came far better, 1: far worse)")
    axes.set(xlim=(0, 1), xlabel=label, ylabel=_("Outcomes (%)"))
    axes.grid(axis="x", visible=False)
    text = _(
        "Histogram of the PIT of {count} forecasts in tenths. {title}. From the best to the worst "
        "tenth (%): {listing}."
    )
    listing = ", ".join(f"{value:.0f}" for value in share)
    return style.finish(
        axes, config, _("{share} % of outcomes fell into the outer two tenths, {due} were due"),
        text, share=format_number(share[0] + share[-1]), due=format_number(2 * due),
        count=len(record), listing=listing,
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
    name, draws, config = first.unit.name, first.draws, first.draws.panel.config
    ranked = pd.concat([first.history, first.outcomes]).dropna(subset="rank")
    came = dict(zip(ranked["year"].astype(int), ranked["rank"].astype(int), strict=True))
    spans = pd.concat(
        answer.summary.astype(int).assign(origin=answer.draws.origin_year) for answer in answers
    )
    known = spans[spans["year"].isin(list(came))]
    held = known["year"].map(came).between(known["best80"], known["worst80"])
    axes = style.start_figure(config, ax, 4.3)
    for place, (answer, (colour, marker)) in enumerate(zip(answers, cycle(_ORIGINS), strict=False)):
        rows = answer.summary
        beside = rows["year"] + _DODGE * (place - (len(answers) - 1) / 2)
        bar: Any = {"colour": colour, "alpha": 0.35, "width": 6, "is_upright": True}
        marks.draw_ranges(axes, beside, rows["best80"], rows["worst80"], **bar)
        label = _("As of {year} (bar: 80 %)").format(year=answer.draws.origin_year)
        marks.draw_dots(axes, beside, rows["median_rank"], colour, 6, marker=marker, label=label)
    marks.draw_path(axes, list(came), list(came.values()), pgettext("rank", "Came"), "D")
    years = sorted({*came, *spans["year"]})
    for rank, year in sorted({target.goal for answer in answers for target in answer.targets}):
        if year <= years[-1]:
            marks.raise_flag(axes, rank, year, "black", 1.2, ":")
    axes.set(xlim=(years[0] - 0.4, years[-1] + 1), xticks=years, xlabel=_("Edition"))
    style.set_rank_axis(axes, max([draws.count, *came.values()]))
    style.add_legend(axes, columns=2)
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
        unit=name, held=held.sum(), ranges=len(held), path=path, told=told,
    )  # fmt: skip
