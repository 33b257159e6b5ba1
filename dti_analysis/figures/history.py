"""Figures of the editions so far: what lasts, how regions stand, whether scores converge."""

import numpy as np
import pandas as pd
import seaborn as sns

from dti_analysis.figures.overview import spread_out
from dti_analysis.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    Picture,
    add_legend,
    set_rank_axis,
    start_figure,
)
from dti_analysis.language import _, format_number, format_percent
from dti_analysis.schema import name_region

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def plot_persistence(lasting: pd.DataFrame) -> Picture:
    """Draw the rank correlation of editions by how far apart they are.

    Parameters
    ----------
    lasting : DataFrame
        From `dti_analysis.history.persistence.measure_persistence`.
    """
    whole, part = lasting[lasting["is_complete"]], lasting[~lasting["is_complete"]]
    means = whole.groupby("apart")["correlation"].mean()
    title = _(
        "Ranks correlate {near} one edition apart, {far} at {apart} apart, where all are known"
    ).format(
        near=format_number(means.iloc[0], 2),
        far=format_number(means.iloc[-1], 2),
        apart=means.index[-1],
    )
    figure, axes = start_figure(title, (7.6, 3.6))
    for rows, colour, label in (
        (whole, BLUE, _("All ranks known")),
        (part, "white", _("Some ranks known (number)")),
    ):
        axes.plot(rows["apart"], rows["correlation"], "o", mfc=colour, mec=BLUE, ms=7, label=label)
    ordered = lasting.sort_values(["apart", "correlation"])
    heights = ordered.groupby("apart")["correlation"].transform(
        lambda group: spread_out(group.to_numpy(), gap=0.07, last=1)
    )
    for row, height in zip(ordered.to_dict("records"), heights, strict=True):
        count = "" if row["is_complete"] else f" ({row['provinces']})"
        axes.annotate(
            f"{row['first']}–{row['last']}{count}",
            (row["apart"], height),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set(
        xlim=(0.7, lasting["apart"].max() + 0.8),
        ylim=(min(0, lasting["correlation"].min()), 1),
        xticks=sorted(lasting["apart"].unique()),
        xlabel=_("Editions apart"),
        ylabel=_("Rank correlation (−1 to 1)"),
    )
    add_legend(axes, columns=2)
    listing = "; ".join(
        _("{first} and {last} {correlation}, {provinces} provinces").format(
            first=row["first"],
            last=row["last"],
            correlation=format_number(row["correlation"], 2),
            provinces=row["provinces"],
        )
        for row in lasting.to_dict("records")
    )
    alt = _("Dot chart of rank correlations between editions. {title}. {listing}.").format(
        title=title, listing=listing
    )
    return Picture(figure, alt)


def plot_regions(regions: pd.DataFrame, basis: int = 63) -> Picture:
    """Draw the median rank of each region over the editions.

    Parameters
    ----------
    regions : DataFrame
        From `dti_analysis.history.persistence.summarise_regions`.
    basis : {63, 34}
        Former or current provinces.
    """
    medians = regions.pivot(index="region", columns="year", values="median_rank")
    last = medians.columns[-1]
    order = medians[last].sort_values().index
    ends = regions[regions["year"] == last].iloc[0]
    title = _(
        "{year}: {region} is best by median rank; of the variance {share} lies between regions "
        "({chance} would by chance)"
    ).format(
        year=last,
        region=name_region(order[0]),
        share=format_percent(float(ends["share"])),
        chance=format_percent(float(ends["share_by_chance"])),
    )
    figure, axes = start_figure(title, (7.6, 4.2))
    colours = sns.color_palette("colorblind", len(order))
    for region, colour, marker in zip(order, colours, _MARKERS, strict=False):
        label = name_region(region)
        axes.plot(medians.columns, medians.loc[region], color=colour, marker=marker, label=label)
    axes.set_xticks(list(medians.columns))
    set_rank_axis(axes, basis)
    axes.set(xlabel=_("Edition"), ylabel=_("Median rank"))
    add_legend(axes, columns=2)
    listing = "; ".join(
        "{region} {medians}".format(
            region=name_region(region),
            medians=", ".join(
                f"{year}: {format_number(rank, 1)}" for year, rank in medians.loc[region].items()
            ),
        )
        for region in order
    )
    alt = _("Line chart of the median rank of each region. {title}. {listing}.").format(
        title=title, listing=listing
    )
    return Picture(figure, alt)


def plot_spreads(found: pd.DataFrame) -> Picture:
    """Draw the standard deviation of the scores, edition by edition.

    Parameters
    ----------
    found : DataFrame
        From `dti_analysis.history.convergence.measure_convergence`.
    """
    spreads = {int(found["first"].iloc[0]): float(found["spread_first"].iloc[0])}
    spreads |= dict(zip(found["last"].astype(int), found["spread_last"], strict=True))
    listing = ", ".join(f"{year}: {format_number(value, 3)}" for year, value in spreads.items())
    closer = int((found["spread_last"] < found["spread_first"]).sum())
    title = _("Scores drew together in {closer} of {pairs} steps from edition to edition").format(
        closer=closer, pairs=len(found)
    )
    figure, axes = start_figure(title, (7.6, 2.8))
    axes.plot(list(spreads), list(spreads.values()), "-o", color=BLUE, lw=1.8, ms=8)
    for year, value in spreads.items():
        axes.annotate(
            format_number(value, 3),
            (year, value),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    axes.set(
        xticks=list(spreads),
        xlim=(min(spreads) - 0.4, max(spreads) + 0.4),
        ylim=(0, 1.3 * max(spreads.values())),
        xlabel=_("Edition"),
        ylabel=_("Standard deviation of scores"),
    )
    alt = _("Line chart of the standard deviation of scores. {title}. {listing}.").format(
        title=title, listing=listing
    )
    return Picture(figure, alt)


def plot_gains_on_starts(panel: pd.DataFrame, step: pd.Series, basis: int = 63) -> Picture:
    """Draw what each province gained against where it started, and the line through it.

    Parameters
    ----------
    panel : DataFrame
        From `load_data`.
    step : Series
        A row of `dti_analysis.history.convergence.measure_convergence`.
    basis : {63, 34}
        Former or current provinces.
    """
    first, last, beta = int(step["first"]), int(step["last"]), float(step["beta"])
    rows = panel[panel["basis"] == basis]
    scores = rows.pivot(index="code", columns="year", values="score")
    start, gain = scores[first], scores[last] - scores[first]
    title = _(
        "{first} to {last}: slope {beta}; regression to the mean alone would make it {mean}"
    ).format(
        first=first,
        last=last,
        beta=format_number(beta, 2, signed=True),
        mean=format_number(float(step["beta_same_spread"]), 2, signed=True),
    )
    figure, axes = start_figure(title, (7.6, 3.8))
    axes.plot(start, gain, "o", mfc="white", mec=GREY, mew=1.2, ms=6)
    ends = np.array([start.min(), start.max()])
    middle = float(start.mean()), float(gain.mean())
    for slope, style, label in (
        (beta, "-", _("As it was")),
        (float(step["beta_same_spread"]), "--", _("By regression to the mean alone")),
    ):
        colour = BLUE if style == "-" else ORANGE
        axes.plot(
            ends, middle[1] + slope * (ends - middle[0]), style, color=colour, lw=2, label=label
        )
    axes.set(
        xlabel=_("Score of {year} (0 to 1)").format(year=first),
        ylabel=_("Gain up to {year}").format(year=last),
    )
    add_legend(axes, columns=2)
    alt = _(
        "Scatter chart of gains of {count} provinces against their scores of {first}. {title}."
    ).format(count=len(start), first=first, title=title)
    return Picture(figure, alt)
