"""Figures of the draws themselves: single futures, and what a merger makes of them."""

import numpy as np
from matplotlib.patheffects import withStroke

from dti_analysis.cleaning.gazetteer import Gazetteer
from dti_analysis.errors import DataError
from dti_analysis.figures.style import (
    BLUE,
    GREEN,
    GREY,
    PALE,
    Picture,
    add_legend,
    set_rank_axis,
    start_figure,
)
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import Forecast
from dti_analysis.language import _, format_number
from dti_analysis.reports.prospects import name_places


def plot_futures(answer: Answer, count: int = 100) -> Picture:
    """Draw the first futures one by one, those that reach the first target in green.

    Parameters
    ----------
    answer : Answer
        From `forecast_province` or `forecast_unit`, with a target.
    count : int
        How many of the draws, which are in no order.
    """
    target, forecast, name = answer.first_chance.target, answer.forecast, answer.province.name
    drawn = forecast.ranks[:count, :, forecast.locate(answer.province.code)]
    is_there = drawn[:, forecast.years.index(target.target_year)] <= target.target_rank
    title = _(
        "{name}: {there} of the first {count} futures drawn are in {places} in {year}"
    ).format(
        name=name,
        there=int(is_there.sum()),
        count=len(drawn),
        places=name_places(target.target_rank),
        year=target.target_year,
    )
    figure, axes = start_figure(title, (7.6, 4.3))
    history = answer.history.dropna(subset="rank")
    last = history.tail(1)
    years = [*last["year"], *forecast.years]
    starts = np.tile(last["rank"].to_numpy(dtype=float), (len(drawn), 1))
    paths = np.hstack([starts, drawn])
    for rows, colour, label in (
        (~is_there, PALE, _("Other futures")),
        (is_there, GREEN, _("Futures that reach the target")),
    ):
        lines = axes.plot(years, paths[rows].T, color=colour, lw=0.9, alpha=0.7)
        for line in lines[:1]:
            line.set_label(label)
    axes.plot(
        history["year"],
        history["rank"].astype(float),
        "-o",
        color="black",
        lw=1.8,
        label=_("Rank"),
    )
    axes.set_xticks(sorted({*history["year"], *forecast.years}))
    axes.set(xlabel=_("Edition"))
    set_rank_axis(axes, forecast.basis)
    add_legend(axes, columns=3)
    alt = _("Line chart of {count} futures of {name}, 1 at the top. {title}.").format(
        count=len(drawn), name=name, title=title
    )
    return Picture(figure, alt)


def plot_parts(
    former: Forecast, merged: Forecast, code: str, gazetteer: Gazetteer, year: int | None = None
) -> Picture:
    """Draw the score expected of a current province beside those of the former ones it is made of.

    Parameters
    ----------
    former, merged : Forecast
        Of the 63 and of the 34, from the same draws; see
        `dti_analysis.forecasting.bottom_up.merge_forecast`.
    code : str
        Current province.
    gazetteer : Gazetteer
        All provinces.
    year : int, optional
        A year that was forecast; the first by default.

    Raises
    ------
    DataError
        If the two were not made from the same draws.
    """
    if former.years != merged.years or len(former.draws) != len(merged.draws):
        raise DataError("a merger is drawn from two forecasts of the same draws and years.")
    chosen = merged.years[0] if year is None else year
    step, whole = merged.years.index(chosen), gazetteer.provinces[34, code]
    parts = gazetteer.former_provinces(code)
    drawn = [former.draws[:, step, former.locate(part.code)] for part in parts]
    scores = [former.to_scores(np.quantile(part, [0.1, 0.5, 0.9]), step) for part in drawn]
    own = merged.draws[:, step, merged.locate(code)]
    scores.append(merged.to_scores(np.quantile(own, [0.1, 0.5, 0.9]), step))
    widths = [float(high - low) for low, _median, high in scores]
    title = _(
        "{name}, {year}: the mean of {count} futures spans {width}, its parts {least} to {most}"
    ).format(
        name=whole.name,
        year=chosen,
        count=len(parts),
        width=format_number(widths[-1], 3),
        least=format_number(min(widths[:-1]), 3),
        most=format_number(max(widths[:-1]), 3),
    )
    figure, axes = start_figure(title, (7.6, 1.5 + 0.36 * len(scores)))
    labels = [*(part.name for part in parts), _("{name} (34)").format(name=whole.name)]
    for place, (low, median, high) in enumerate(scores):
        colour = BLUE if place == len(parts) else GREY
        axes.hlines(place, low, high, color=colour, alpha=0.5, lw=9)
        axes.plot([median], [place], "|", color="black", ms=12, mew=2)
        axes.annotate(
            format_number(high - low, 3),
            (high, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )
    axes.set(
        yticks=range(len(scores)),
        ylim=(len(scores) - 0.4, -0.6),
        xlabel=_("Score in {year} (0 to 1): median, 80 in 100, width").format(year=chosen),
    )
    axes.margins(x=0.1)
    axes.set_yticklabels(labels)
    axes.grid(axis="y", visible=False)
    listing = "; ".join(
        _("{province} {low} to {high}").format(
            province=label, low=format_number(low, 3), high=format_number(high, 3)
        )
        for label, (low, _median, high) in zip(labels, scores, strict=True)
    )
    alt = _("Range chart of scores. {title}. {listing}.").format(title=title, listing=listing)
    return Picture(figure, alt)
