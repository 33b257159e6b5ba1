"""Figures of the record: skill, said against came true, PIT, and one province's case."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke

from dti_analysis.answers import Answer
from dti_analysis.calibration import count_pit
from dti_analysis.evaluation import Evaluation
from dti_analysis.narrative import name_goal, ordinal
from dti_analysis.pictures import (
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
from dti_analysis.record_narrative import CLOSE, ahead, count_origins, list_outcomes

_ORIGINS = ((BLUE, "o"), (ORANGE, "s"), (GREEN, "^"))
_DODGE = 0.16


def plot_skill(found: Evaluation, model: str) -> Picture:
    """Draw the skill of a model by horizon, with the interval from resampled origins."""
    rows = found.by_horizon[found.by_horizon["model"] == model]
    skill = 100 * rows["skill"].to_numpy(dtype=float)
    is_close = np.abs(skill).max() < 100 * CLOSE
    title = (
        f"{'Close to' if is_close else 'Apart from'} a random walk: skill "
        f"{skill.min():+.1f} to {skill.max():+.1f} %"
    )
    figure, axes = start_figure(title, (7.6, 2.9))
    axes.axhline(0, color=GREY, lw=1.2)
    axes.vlines(
        rows["horizon"], 100 * rows["skill_low"], 100 * rows["skill_high"], color=PALE, lw=9
    )
    axes.plot(rows["horizon"], skill, "o", color=BLUE, ms=8)
    for horizon, value, origins in zip(rows["horizon"], skill, rows["origins"], strict=True):
        axes.annotate(
            f"{value:+.1f} % ({count_origins(origins)})",
            (horizon, value),
            xytext=(12, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set(
        xlim=(0.6, rows["horizon"].max() + 0.8),
        xticks=list(rows["horizon"]),
        xlabel="Editions ahead",
        ylabel="Skill (%)",
    )
    axes.margins(y=0.2)
    axes.grid(axis="x", visible=False)
    listing = "; ".join(
        f"{ahead(row['horizon'])} {100 * row['skill']:+.1f} %"
        + (
            f" (90 % interval {100 * row['skill_low']:+.1f} to {100 * row['skill_high']:+.1f})"
            if row["skill_low"] == row["skill_low"]
            else " (one origin, no interval)"
        )
        for row in rows.to_dict("records")
    )
    return Picture(
        figure, f"Dot chart of the skill of {model} against a random walk. {title}. {listing}."
    )


def plot_record(record: pd.DataFrame) -> Picture:
    """Draw how many chances came true against what was said.

    Parameters
    ----------
    record : DataFrame
        From `dti_analysis.calibration.record_chances`.
    """
    said, came = 100 * record["mean"], 100 * record["share"]
    low, high = 100 * record["share_low"], 100 * record["share_high"]
    agree = int(said.between(low, high).sum())
    title = f"Chances came true about as often as said in {agree} of {len(record)} classes"
    figure, axes = start_figure(title, (7.6, 4.6))
    axes.plot([0, 100], [0, 100], color=GREY, lw=1.2, ls="--", label="Came true as often as said")
    axes.vlines(said, low, high, color=PALE, lw=7, label="90 % interval")
    axes.plot(said, came, "o", color=BLUE, ms=7, label="Came true (number of chances)")
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
    axes.set(xlim=(-3, 103), ylim=(-3, 103), xlabel="Said (in 100)", ylabel="Came true (in 100)")
    add_legend(axes, columns=3)
    listing = "; ".join(
        f"{x:.0f} said, {y:.0f} came true of {count}"
        for x, y, count in zip(said, came, record["chances"], strict=True)
    )
    return Picture(
        figure,
        f"Dot chart of chances in classes, in 100, and how many came true. {title}. {listing}.",
    )


def plot_pit(calls: pd.DataFrame) -> Picture:
    """Draw how evenly the outcomes lie over what was forecast; see `calibration.count_pit`."""
    pit = count_pit(calls)
    share = 100 * pit["share"].to_numpy(dtype=float)
    due = 100 / len(pit)
    title = (
        f"{share[0] + share[-1]:.0f} in 100 outcomes fell into the outer two tenths, "
        f"{2 * due:.0f} were due"
    )
    figure, axes = start_figure(title, (7.6, 2.9))
    axes.bar(pit["low"], share, width=1 / len(pit), align="edge", color=PALE, edgecolor="white")
    axes.axhline(due, color=ORANGE, lw=1.6, ls="--")
    axes.annotate(
        "honest forecast",
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
        xlabel="PIT: share of the forecast at better ranks (0: came far better, 1: far worse)",
        ylabel="Outcomes (in 100)",
    )
    axes.grid(axis="x", visible=False)
    listing = ", ".join(f"{value:.0f}" for value in share)
    return Picture(
        figure,
        f"Histogram of the PIT of {len(calls)} forecasts in tenths. {title}. From the best to the "
        f"worst tenth, in 100: {listing}.",
    )


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
        for _, row in spans
        if row["year"] in came
    ]
    title = f"{name}: {sum(known)} of {len(known)} ranges held the rank that came"
    figure, axes = start_figure(title, (7.6, 4.3))
    for place, (case, (colour, marker)) in enumerate(zip(cases, _ORIGINS, strict=False)):
        summary = case.summary
        years = summary["year"] + _DODGE * (place - (len(cases) - 1) / 2)
        axes.vlines(years, summary["best80"], summary["worst80"], color=colour, alpha=0.35, lw=6)
        label = f"As of {case.forecast.origin_year} (bar: 80 in 100)"
        axes.plot(years, summary["median_rank"], marker, color=colour, ms=6, label=label)
    axes.plot(list(came), list(came.values()), "-D", color="black", lw=1.6, ms=5, label="Came")
    goals = {target.goal for case in cases for target in case.targets}
    last = max([*came, *(row["year"] for _, row in spans)])
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
    axes.set(xlim=(min(came) - 0.4, last + 1), xlabel="Edition")
    axes.set_xticks(range(min(came), last + 1))
    set_rank_axis(axes, basis)
    add_legend(axes, columns=2)
    told = "; ".join(
        f"as of {origin} for {row['year']} median {row['median_rank']}, 80 in 100 between "
        f"{row['best80']} and {row['worst80']}"
        for origin, row in spans
    )
    path = ", ".join(f"{year}: {ordinal(rank)}" for year, rank in came.items())
    return Picture(
        figure,
        f"Range chart of the rank of {name}, 1 at the top. {title}. It came {path}. "
        f"Forecasts: {told}.",
    )
