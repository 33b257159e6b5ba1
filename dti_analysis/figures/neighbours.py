"""All units as dots, region by region, one of them marked."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.figures import marks, style
from dti_analysis.figures.style import Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_number

_NEAR = 0.02
"""Part of the scale within which scores change places easily: a usual gain is greater."""


def plot_neighbours(answer: Answer, ax: Axes | None = None) -> Picture:
    """Draw every unit as a dot, region by region, by score or else by expected rank.

    Parameters
    ----------
    answer : Answer
        Unit and forecast. Scores are those of the origin where the unit's own and at least half of
        all are published; else ranks are those expected in the next edition.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    draws, code = answer.draws, answer.unit.code
    table = draws.panel.units.reindex(list(draws.codes))
    if "region" not in table:
        table["region"] = ""
    table = table.fillna({"region": ""}).assign(
        score=draws.panel.wide("score")[draws.origin_year],
        expected=draws.mean_ranks_in(draws.years[0]),
    )
    is_scored = table["score"].notna()
    if is_scored[code] and is_scored.sum() >= len(table) / 2:
        return _plot_scores(answer, table[is_scored], ax)
    return _plot_ranks(answer, table, ax)


def _plot_ranks(answer: Answer, table: pd.DataFrame, ax: Axes | None) -> Picture:
    draws, config, code = answer.draws, answer.draws.panel.config, answer.unit.code
    year, own, region = draws.years[0], table["expected"][code], table["region"][code]
    peers = table["expected"][table["region"] == region].drop(code)
    if not region:
        finding = _("{year}: {ahead} of the {peers} others are expected ahead of {name}")
    elif len(peers):
        finding = _(
            "{year}: {ahead} of the {peers} others in {region} are expected ahead of {name}"
        )
    else:
        finding = _("{year}: {name} is alone in {region}")
    axes = _draw_dots(answer, table, "expected", ax)
    label = _("Mean of the ranks drawn for {year}, the best on the right").format(year=year)
    axes.set(xlim=(draws.count + 0.8, 0.2), xticks=style.list_ticks(draws.count), xlabel=label)
    return style.finish(
        axes, config, finding,
        _(
            "One dot for each of {count} {units}, {rows}, by the mean of its ranks drawn for "
            "{year}. {title}. {name} is at {expected}. Scores of {origin} are not drawn, since too "
            "few are published."
        ),
        ahead=(peers < own).sum(), peers=len(peers), region=config.label(region), count=len(table),
        rows=_describe_rows(table), year=year, name=answer.unit.name,
        expected=format_number(own, 1), origin=draws.origin_year,
    )  # fmt: skip


def _plot_scores(answer: Answer, table: pd.DataFrame, ax: Axes | None) -> Picture:
    draws, config, code = answer.draws, answer.draws.panel.config, answer.unit.code
    places, origin = style.count_places(config), draws.origin_year
    scores, names = table["score"], table["name"]
    coarse = max(places - 1, 0)
    margin = _NEAR * (config.max_score or float(np.ptp(scores)))
    others, own, width = scores.drop(code), scores[code], format_number(margin, coarse)
    axes = _draw_dots(answer, table, "score", ax)
    axes.axvspan(own - margin, own + margin, color=style.PALE, alpha=0.5, lw=0, zorder=0)
    label, scale = _("Score of {year}{scale}; grey: within {margin}"), style.name_scale(config)
    axes.set_xlabel(label.format(year=origin, scale=scale, margin=width))
    style.turn_scores(axes, config)
    oriented = config.orient(scores)
    best, last = (names[oriented == end].index[0] for end in (oriented.max(), oriented.min()))
    return style.finish(
        axes, config,
        _("Within {margin} of the score of {name} in {year}: {near} of {others} others"),
        _(
            "One dot for each of {count} {units}, {rows}, by its score of {year}; {missing} not "
            "published. {title}. {name} is at {score}; the best is {best} at {highest}, the last "
            "{last} at {lowest}."
        ),
        margin=width, near=(others.sub(own).abs() <= margin).sum(), others=len(others),
        count=draws.count, rows=_describe_rows(table), year=origin,
        missing=draws.count - len(table) or _("none"), name=answer.unit.name,
        score=format_number(own, places), best=names[best],
        highest=format_number(scores[best], places), last=names[last],
        lowest=format_number(scores[last], places),
    )  # fmt: skip


def _describe_rows(table: pd.DataFrame) -> str:
    return _("in a row for each region") if table["region"].any() else _("in one row")


def _draw_dots(answer: Answer, table: pd.DataFrame, column: str, ax: Axes | None) -> Axes:
    """Draw the dots, the unit's own as a large diamond with its name beside."""
    config, code, values = answer.draws.panel.config, answer.unit.code, table[column]
    is_up = column == "score" and config.higher_is_better
    order = values.groupby(table["region"]).median().sort_values(ascending=not is_up)
    regions = [str(region) for region in order.index]
    axes = style.start_figure(config, ax, 1.2 + 0.4 * len(regions))
    rows = table["region"].map(regions.index)
    marks.draw_dots(axes, values.drop(code), rows.drop(code), style.GREY, is_hollow=True, edge=1.2)
    own, name = (values[code], rows[code]), answer.unit.name
    marks.draw_own(axes, *own)
    side = "above left" if (values[code] > values.median()) == is_up else "above right"
    marks.write_label(axes, name, *own, side, 7, is_bold=True, has_halo=True)
    style.set_rows(axes, [config.label(region) for region in regions], above=0.9, below=0.5)
    axes.grid(axis="y", visible=True)
    return axes
