"""Figures of the editions so far: what lasts, how regions stand, whether scores converge."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.errors import DataError
from dti_analysis.figures import marks, style
from dti_analysis.figures.marks import Beside, Lines
from dti_analysis.figures.palette import OTHER, OWN, QUIET, TARGET
from dti_analysis.figures.picture import Picture
from dti_analysis.figures.style import HasPanel
from dti_analysis.history.convergence import measure_convergence
from dti_analysis.history.persistence import measure_persistence, summarise_regions
from dti_analysis.language import _, format_number, format_percent
from dti_analysis.panel import Panel

_MANY = 15
"""Pairs of editions that have room for their names."""


def plot_persistence(index: HasPanel, ax: Axes | None = None) -> Picture | None:
    """Draw the rank correlation of editions by how far apart they are.

    None where no two editions are known of all units.

    Parameters
    ----------
    index, ax
        See `plot_coverage`.
    """
    config, lasting = index.panel.config, measure_persistence(index.panel)
    if lasting.empty or not lasting["is_complete"].any():
        return None
    whole, part = lasting[lasting["is_complete"]], lasting[~lasting["is_complete"]]
    means = whole.groupby("apart")["correlation"].mean()
    axes = style.start_figure(ax, 320)
    x, y, label = whole["apart"], whole["correlation"], _("All ranks known")
    marks.draw_dots(axes, x, y, OWN, label=label)
    if len(part):
        x, y, label = part["apart"], part["correlation"], _("Some ranks known (number)")
        marks.draw_dots(axes, x, y, OWN, is_hollow=True, edge=1, label=label)
    steps = sorted(lasting["apart"].unique())
    axes.set(xlim=(0.9, steps[-1] + 0.1), ylim=(min(0, lasting["correlation"].min()), 1))
    axes.set_xticks(steps)
    axes.set(xlabel=_("Editions apart"), ylabel=_("Rank correlation (−1 to 1)"))
    style.add_legend(axes, columns=1)
    if len(lasting) <= _MANY:
        _name_pairs(axes, lasting)
    named = lasting.assign(count=lasting["units"], units=config.nouns["units"])
    listing = style.list_each(
        _("{first} and {last} {correlation}, {count} {units}"), places=2, **named
    )
    text = _("Dot chart of rank correlations between editions. {title}. {listing}.")
    return style.finish(
        axes, config,
        _("Ranks correlate {near} one edition apart, {far} at {apart} apart, where all are known"),
        text, near=format_number(means.iloc[0], 2), far=format_number(means.iloc[-1], 2),
        apart=means.index[-1], listing=listing, table=lasting, stem="persistence",
    )  # fmt: skip


def _name_pairs(axes: Axes, lasting: pd.DataFrame) -> None:
    named = [
        Beside(
            apart, [Lines(row["correlation"], [(_name_pair(row), False)], QUIET) for row in rows]
        )
        for apart in sorted({*lasting["apart"]})
        for rows in [lasting[lasting["apart"] == apart].to_dict("records")]
    ]
    marks.settle_with(axes, *named)


def _name_pair(row: Mapping[Hashable, Any]) -> str:
    count = "" if row["is_complete"] else f" ({row['units']})"
    return f"{row['first']}–{row['last'] % 100:02d}{count}"


def plot_regions(index: HasPanel, ax: Axes | None = None) -> Picture | None:
    """Draw the median rank of each region over the editions.

    None where regions are not known, or no edition has all ranks.

    Parameters
    ----------
    index, ax
        See `plot_coverage`.
    """
    config, regions = index.panel.config, summarise_regions(index.panel)
    if regions.empty:
        return None
    medians = regions.pivot(index="region", columns="year", values="median_rank")
    last = medians.columns[-1]
    medians = medians.sort_values(last)
    medians.index = medians.index.map(config.label)
    ends = regions[regions["year"] == last].iloc[0]
    axes = style.start_figure(ax, 340)
    for place, (_region, path) in enumerate(medians.iterrows()):
        colour, width = (OWN, 2.4) if place == 0 else (OTHER, 1.2)
        axes.plot(path.index, path, "-", color=colour, lw=width)
        marks.draw_dots(axes, path.index, path, colour, 5)
    style.set_rank_axis(axes, len(index.panel.units))
    axes.set(xticks=medians.columns, xlabel=_("Edition"), ylabel=_("Median rank"))
    years, ends_at = medians.columns.to_numpy(), medians[last].to_numpy(dtype=float)
    names = [
        Lines(height, [(str(region), place == 0)], QUIET if place else OWN)
        for place, (region, height) in enumerate(zip(medians.index, ends_at, strict=True))
    ]
    marks.settle_with(axes, Beside(years[-1], names))
    text = _("Line chart of the median rank of each region. {title}. {listing}.")
    listing = style.list_rows(medians, lambda rank: format_number(rank, 1))
    return style.finish(
        axes, config,
        _(
            "{year}: {region} is best by median rank; of the variance {share} lies between regions "
            "({chance} would by chance)"
        ),
        text, year=last, region=medians.index[0], share=format_percent(float(ends["share"])),
        chance=format_percent(float(ends["share_by_chance"])), listing=listing, table=regions,
        stem="regions",
    )  # fmt: skip


def plot_spreads(
    index: HasPanel, measure: str | None = None, ax: Axes | None = None
) -> Picture | None:
    """Draw the standard deviation of the scores, edition by edition.

    None where no two following editions have all scores.

    Parameters
    ----------
    measure : str, optional
        A component or a pillar; what the index ranks by default.
    index, ax
        See `plot_coverage`.
    """
    panel = _take(index, measure)
    found, places = measure_convergence(panel), panel.decimals
    if found.empty:
        return None
    before, after = (found.set_index(edition)[f"spread_{edition}"] for edition in ("first", "last"))
    spreads = after.combine_first(before)
    years, told = spreads.index, spreads.map(lambda spread: format_number(spread, places))
    axes = style.start_figure(ax, 240)
    axes.plot(years, spreads, color=OWN, lw=2)
    marks.draw_dots(axes, years, spreads, OWN, 8)
    for year, value, label in zip(years, spreads, told, strict=True):
        marks.write_label(axes, label, year, value, "above", gap=9)
    axes.set(xticks=years, xlim=(min(years) - 0.4, max(years) + 0.4), xlabel=_("Edition"))
    axes.set(ylim=(0, 1.3 * spreads.max()), ylabel=_("Standard deviation of scores"))
    listing = ", ".join(f"{year}: {spread}" for year, spread in told.items())
    text = _("Line chart of the standard deviation of scores. {title}. {listing}.")
    return style.finish(
        axes, panel.config,
        _("Scores drew together in {closer} of {pairs} steps from edition to edition"), text,
        closer=(found["spread_last"] < found["spread_first"]).sum(), pairs=len(found),
        listing=listing, table=found, stem="spreads",
    )  # fmt: skip


def plot_gains_on_starts(
    index: HasPanel, last: int, measure: str | None = None, ax: Axes | None = None
) -> Picture:
    """Draw what each unit gained against where it started, and the line through it.

    Parameters
    ----------
    last : int
        Edition that the step ends in.
    index, measure, ax
        See `plot_spreads`.

    Raises
    ------
    DataError
        If that edition and the one before do not have all scores.
    """
    panel = _take(index, measure)
    config, found = panel.config, measure_convergence(panel)
    ends = [] if found.empty else found["last"].tolist()
    if last not in ends:
        listed = ", ".join(map(str, ends)) or "none"
        raise DataError(
            f"edition {last} and the one before do not have all scores: expected one of {listed}."
        )
    step = found.iloc[ends.index(last)]
    first, beta, mean = int(step["first"]), float(step["beta"]), float(step["beta_same_spread"])
    scores = panel.wide("score")
    start, gain = scores[first], scores[last] - scores[first]
    axes = style.start_figure(ax, 340)
    marks.draw_dots(axes, start, gain, OTHER, 6, is_hollow=True, edge=1.2)
    span = np.array([start.min(), start.max()])
    for slope, dash, colour, label in (
        (beta, "-", OWN, _("As it was")),
        (mean, "--", TARGET, _("By regression to the mean alone")),
    ):
        height = gain.mean() + slope * (span - start.mean())
        axes.plot(span, height, dash, color=colour, lw=2, label=label)
    label = _("Score of {year}{scale}").format(year=first, scale=style.name_scale(config))
    axes.set(xlabel=label, ylabel=_("Gain up to {year}").format(year=last))
    style.turn_scores(axes, config, is_upright=True)
    style.add_legend(axes, columns=1)
    text = _("Scatter chart of gains of {count} {units} against their scores of {first}. {title}.")
    return style.finish(
        axes, config,
        _("{first} to {last}: slope {beta}; regression to the mean alone would make it {mean}"),
        text, first=first, last=last, beta=format_number(beta, 2, signed=True),
        mean=format_number(mean, 2, signed=True), count=len(start),
        table=pd.DataFrame({"start": start, "gain": gain}).reset_index(), stem="gains-on-starts",
    )  # fmt: skip


def _take(index: HasPanel, measure: str | None) -> Panel:
    return index.panel if measure is None else index.panel.of(measure)
