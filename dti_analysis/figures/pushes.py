"""Figures of pushes: what each main index would have to gain, and whether that has been seen."""

import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke

from dti_analysis.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    Picture,
    add_legend,
    start_figure,
)
from dti_analysis.forecasting.gains import find_nearest, list_gains
from dti_analysis.forecasting.push import Pushes
from dti_analysis.language import _, format_number
from dti_analysis.reports.prospects import describe_gain
from dti_analysis.schema import name_index


def plot_pushes(pushes: Pushes) -> Picture:
    """Draw where each main index stands and where a push would bring it, on its scale.

    Parameters
    ----------
    pushes : Pushes
        From `push_province`.
    """
    table, name = pushes.pushes, pushes.answer.province.name
    feasible = int(table["is_feasible"].sum())
    title = _(
        "{name}: a push on one alone stays on the scale for {feasible} of {known} main indices"
    ).format(name=name, feasible=feasible, known=len(table))
    figure, axes = start_figure(title, (7.6, 1.5 + 0.34 * len(table)))
    place = np.arange(len(table))
    ends = table["start"] + table["gain"]
    for is_feasible, colour, style in ((True, GREEN, "-"), (False, ORANGE, "--")):
        rows = (table["is_feasible"] == is_feasible).to_numpy()
        axes.hlines(place[rows], table["start"][rows], ends[rows], color=colour, lw=2, ls=style)
        axes.plot(ends[rows], place[rows], "o", color=colour, ms=7)
    axes.plot(table["start"], place, "o", mfc="white", mec="black", mew=1.6, ms=6)
    axes.axvline(1, color=GREY, lw=1.2)
    for end, row in zip(place, table.to_dict("records"), strict=True):
        axes.annotate(
            format_number(row["gain"], 3, signed=True),
            (max(row["start"] + row["gain"], row["start"]), end),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )
    axes.set(
        xlim=(0, max(1.05, float(ends.max())) + 0.2),
        ylim=(len(table) - 0.5, -0.5),
        yticks=place,
        xlabel=_("Score: hollow {year}, full with the push; 1 is the most there is").format(
            year=pushes.answer.forecast.origin_year
        ),
    )
    axes.set_xticks(np.arange(0, 1.01, 0.2))
    axes.set_yticklabels([name_index(index) for index in table["index"]])
    axes.grid(axis="y", visible=False)
    listing = "; ".join(
        _("{index} from {start} by {gain}").format(
            index=name_index(row["index"]),
            start=format_number(row["start"], 3),
            gain=format_number(row["gain"], 3, signed=True),
        )
        for row in table.to_dict("records")
    )
    alt = _("Chart of pushes on main indices. {title}. {listing}.").format(
        title=title, listing=listing
    )
    return Picture(figure, alt)


def plot_gains(panel: pd.DataFrame, pushes: Pushes, index: str | None = None) -> Picture:
    """Draw a push among the gains that provinces have made on the same main index.

    Parameters
    ----------
    panel : DataFrame
        From `load_data`.
    pushes : Pushes
        From `push_province`.
    index : str, optional
        One of its main indices; the one that needs least by default.
    """
    table, forecast = pushes.pushes, pushes.answer.forecast
    chosen = table.iloc[0] if index is None else table[table["index"] == index].iloc[0]
    index, start, gain = str(chosen["index"]), float(chosen["start"]), float(chosen["gain"])
    seen = list_gains(panel, forecast.basis, index, forecast.origin_year)
    near = find_nearest(seen, start)
    share = None if pd.isna(chosen["percentile"]) else float(chosen["percentile"])
    title = _("{gain} on {index} from {start}: {seen}").format(
        gain=format_number(gain, 3, signed=True),
        index=name_index(index).lower(),
        start=format_number(start, 3),
        seen=describe_gain(share, int(chosen["seen"])),
    )
    figure, axes = start_figure(title, (7.6, 3.8))
    for rows, colour, label in (
        (seen.drop(near.index), PALE, _("Gains seen from other starts")),
        (near, BLUE, _("From the nearest starts")),
    ):
        axes.plot(rows["start"], rows["gain"], "o", mfc="none", mec=colour, ms=6, label=label)
    label = _("The push")
    axes.plot([start], [gain], "D", color=ORANGE, mec="black", ms=10, zorder=4, label=label)
    axes.axhline(0, color=GREY, lw=1)
    axes.set(xlabel=_("Score before (0 to 1)"), ylabel=_("Gain beyond the median province's"))
    add_legend(axes, columns=3)
    alt = _(
        "Scatter chart of {count} gains on {index} up to {year} against the scores before. {title}."
    ).format(
        count=len(seen), index=name_index(index).lower(), year=forecast.origin_year, title=title
    )
    return Picture(figure, alt)
