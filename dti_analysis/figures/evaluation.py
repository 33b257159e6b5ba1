"""Figures of the record: skill, said against came true, PIT, and one province's case."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke

from dti_analysis.evaluation.backtest import Evaluation
from dti_analysis.evaluation.calibration import count_pit
from dti_analysis.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    Picture,
    add_legend,
    set_rank_axis,
    start_figure,
)
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_number, format_percent, ordinal, pgettext
from dti_analysis.reports.record import CLOSE, ahead, count_origins, list_outcomes
from dti_analysis.wording import name_goal

_ORIGINS = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"))
_DODGE = 0.16


def plot_skill(found: Evaluation, model: str) -> Picture:
    """Draw the skill of a model by horizon, with the interval from resampled origins."""
    rows = found.by_horizon[found.by_horizon["model"] == model]
    skill = 100 * rows["skill"].to_numpy(dtype=float)
    is_close = np.abs(skill).max() < 100 * CLOSE
    title = (
        _("Close to a random walk: skill {least} to {most}")
        if is_close
        else _("Apart from a random walk: skill {least} to {most}")
    ).format(
        least=format_number(skill.min(), 1, signed=True),
        most=format_percent(skill.max() / 100, 1, signed=True),
    )
    figure, axes = start_figure(title, (7.6, 2.9))
    axes.axhline(0, color=GREY, lw=1.2)
    axes.vlines(
        rows["horizon"], 100 * rows["skill_low"], 100 * rows["skill_high"], color=PALE, lw=9
    )
    axes.plot(rows["horizon"], skill, "o", color=BLUE, ms=8)
    for horizon, value, origins in zip(rows["horizon"], skill, rows["origins"], strict=True):
        axes.annotate(
            f"{format_percent(value / 100, 1, signed=True)} ({count_origins(origins)})",
            (horizon, value),
            xytext=(12, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set(
        xlim=(0.6, rows["horizon"].max() + 0.8),
        xticks=list(rows["horizon"]),
        xlabel=_("Editions ahead"),
        ylabel=_("Skill (%)"),
    )
    axes.margins(y=0.2)
    axes.grid(axis="x", visible=False)
    listing = "; ".join(
        f"{ahead(row['horizon'])} {format_percent(row['skill'], 1, signed=True)} "
        f"({_describe_interval(row['skill_low'], row['skill_high'])})"
        for row in rows.to_dict("records")
    )
    alt = _("Dot chart of the skill of {model} against a random walk. {title}. {listing}.").format(
        model=model, title=title, listing=listing
    )
    return Picture(figure, alt)


def _describe_interval(low: float, high: float) -> str:
    if np.isnan(low):
        return _("one origin, no interval")
    return _("{percent} interval {low} to {high}").format(
        percent=format_percent(0.9),
        low=format_number(100 * low, 1, signed=True),
        high=format_number(100 * high, 1, signed=True),
    )


def plot_record(record: pd.DataFrame) -> Picture:
    """Draw how many chances came true against what was said.

    Parameters
    ----------
    record : DataFrame
        From `dti_analysis.evaluation.calibration.record_chances`.
    """
    said, came = 100 * record["mean"], 100 * record["share"]
    low, high = 100 * record["share_low"], 100 * record["share_high"]
    agree = int(said.between(low, high).sum())
    title = _("Chances came true about as often as said in {agree} of {classes} classes").format(
        agree=agree, classes=len(record)
    )
    figure, axes = start_figure(title, (7.6, 4.6))
    honest = _("Came true as often as said")
    axes.plot([0, 100], [0, 100], color=GREY, lw=1.2, ls="--", label=honest)
    interval = _("{percent} interval").format(percent=format_percent(0.9))
    axes.vlines(said, low, high, color=PALE, lw=7, label=interval)
    axes.plot(said, came, "o", color=BLUE, ms=7, label=_("Came true (number of chances)"))
    for x, y, count in zip(said, came, record["chances"], strict=True):
        axes.annotate(
            f"{count}",
            (x, y),
            xytext=(9, -3) if x < 90 else (-9, -3),
            textcoords="offset points",
            ha="left" if x < 90 else "right",
            va="top",
            fontsize=9,
        )
    axes.set(xlim=(-3, 103), ylim=(-3, 103))
    axes.set(xlabel=_("Said (in 100)"), ylabel=_("Came true (in 100)"))
    add_legend(axes, columns=3)
    listing = "; ".join(
        _("{said} said, {came} came true of {count}").format(
            said=format_number(x), came=format_number(y), count=count
        )
        for x, y, count in zip(said, came, record["chances"], strict=True)
    )
    alt = _(
        "Dot chart of chances in classes, in 100, and how many came true. {title}. {listing}."
    ).format(title=title, listing=listing)
    return Picture(figure, alt)


def plot_pit(calls: pd.DataFrame) -> Picture:
    """Draw how evenly the outcomes lie over what was forecast; see `calibration.count_pit`."""
    pit = count_pit(calls)
    share = 100 * pit["share"].to_numpy(dtype=float)
    due = 100 / len(pit)
    title = _("{share} in 100 outcomes fell into the outer two tenths, {due} were due").format(
        share=format_number(share[0] + share[-1]), due=format_number(2 * due)
    )
    figure, axes = start_figure(title, (7.6, 2.9))
    axes.bar(pit["low"], share, width=1 / len(pit), align="edge", color=PALE, edgecolor="white")
    axes.axhline(due, color=ORANGE, lw=1.6, ls="--")
    axes.annotate(
        _("honest forecast"),
        (1, due),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        color=ORANGE,
        fontsize=9,
        annotation_clip=False,
    )
    axes.set(
        xlim=(0, 1),
        xlabel=_("PIT: share of the forecast at better ranks (0: came far better, 1: far worse)"),
        ylabel=_("Outcomes (in 100)"),
    )
    axes.grid(axis="x", visible=False)
    listing = ", ".join(f"{value:.0f}" for value in share)
    alt = _(
        "Histogram of the PIT of {count} forecasts in tenths. {title}. From the best to the worst "
        "tenth, in 100: {listing}."
    ).format(count=len(calls), title=title, listing=listing)
    return Picture(figure, alt)


def plot_case(cases: Sequence[Answer]) -> Picture:
    """Draw one province's ranks and what was forecast of them from each origin.

    Parameters
    ----------
    cases : sequence of Answer
        Of one province, from one origin each, in their order; at most three.
    """
    first = cases[0]
    name, basis = first.province.name, first.forecast.basis
    history = first.history.dropna(subset="rank")
    came = {int(y): int(r) for y, r in zip(history["year"], history["rank"], strict=True)}
    came |= list_outcomes(first)
    spans = [
        (case.forecast.origin_year, row)
        for case in cases
        for row in case.summary.astype(int).to_dict("records")
    ]
    known = [
        row["best80"] <= came[row["year"]] <= row["worst80"]
        for _origin, row in spans
        if row["year"] in came
    ]
    title = _("{province}: {held} of {ranges} ranges held the rank that came").format(
        province=name, held=sum(known), ranges=len(known)
    )
    figure, axes = start_figure(title, (7.6, 4.3))
    for place, (case, (colour, marker)) in enumerate(zip(cases, _ORIGINS, strict=False)):
        summary = case.summary
        years = summary["year"] + _DODGE * (place - (len(cases) - 1) / 2)
        axes.vlines(years, summary["best80"], summary["worst80"], color=colour, alpha=0.35, lw=6)
        label = _("As of {year} (bar: 80 in 100)").format(year=case.forecast.origin_year)
        axes.plot(years, summary["median_rank"], marker, color=colour, ms=6, label=label)
    axes.plot(
        list(came),
        list(came.values()),
        "-D",
        color="black",
        lw=1.6,
        ms=5,
        label=pgettext("rank", "Came"),
    )
    goals = {target.goal for case in cases for target in case.targets}
    last = max([*came, *(row["year"] for _origin, row in spans)])
    for rank, year in sorted(goals):
        if year <= last:
            axes.hlines(rank, year - 0.42, year + 0.42, color="black", lw=1.2, ls=":")
            axes.annotate(
                name_goal(rank),
                (year + 0.42, rank),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                path_effects=[withStroke(linewidth=3, foreground="white")],
            )
    axes.set(xlim=(min(came) - 0.4, last + 1), xlabel=_("Edition"))
    axes.set_xticks(range(min(came), last + 1))
    set_rank_axis(axes, basis)
    add_legend(axes, columns=2)
    told = "; ".join(
        _("as of {origin} for {year} median {median}, 80 in 100 between {best} and {worst}").format(
            origin=origin,
            year=row["year"],
            median=row["median_rank"],
            best=row["best80"],
            worst=row["worst80"],
        )
        for origin, row in spans
    )
    path = ", ".join(f"{year}: {ordinal(rank)}" for year, rank in came.items())
    alt = _(
        "Range chart of the rank of {province}, 1 at the top. {title}. It came {path}. Forecasts: "
        "{told}."
    ).format(province=name, title=title, path=path, told=told)
    return Picture(figure, alt)
