"""The draws themselves: the chance of each rank, single futures, what a merger makes of them."""

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes

from dti_analysis.errors import DataError
from dti_analysis.figures import marks, style
from dti_analysis.figures.style import Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import Draws
from dti_analysis.forecasting.forecast import Forecast
from dti_analysis.forecasting.target_chance import TargetChance
from dti_analysis.language import _, format_number, ordinal
from dti_analysis.wording import format_chance, name_places

_BARS = 0.82
"""Part of the axes' width that the bars of all ranks together take."""

_ROOM = 500
"""Width of axes in a figure of their own, in points."""


def plot_rank_probabilities(
    answer: Answer, chance: TargetChance | None = None, ax: Axes | None = None
) -> Picture:
    """Draw the probability of each rank in the target year, the target's side in green.

    Parameters
    ----------
    chance : TargetChance, optional
        Of ``answer.chances`` or ``answer.target_chance``; the first of its targets by default.
    answer, ax
        See `plot_trajectory`.
    """
    chance = answer.first_target if chance is None else chance
    draws, target, config = answer.draws, chance.target, answer.draws.panel.config
    probability = 100 * draws.probabilities_of(answer.unit.code)[draws.step_of(target.target_year)]
    order = np.arange(1, draws.count + 1)
    axes = style.start_figure(config, ax, 2.7)
    # One artist for all bars, which each on its own take ten times as long to draw.
    colours = [style.GREEN if rank <= target.target_rank else style.PALE for rank in order]
    room = _ROOM if ax is None else 72 * axes.bbox.width / style.find_figure(axes).dpi
    axes.vlines(order, 0, probability, colors=colours, lw=_BARS * room / draws.count)
    axes.axvline(target.target_rank + 0.5, color=style.GREEN, lw=1.2)
    if chance.observed_rank is not None:
        came, at_top = chance.observed_rank, axes.get_xaxis_transform()
        axes.axvline(came, color=style.ORANGE, lw=1.6, ls=":")
        text, colour = _("observed: {rank}").format(rank=ordinal(came)), style.ORANGE
        marks.write_label(axes, text, came, 1, "below right", 3, colour=colour, coords=at_top)
    axes.set(xlim=(0.3, draws.count + 0.7), xticks=style.list_ticks(draws.count))
    axes.set(ylim=(0, 1.18 * probability.max()), ylabel=_("Chance (%)"))
    axes.set_xlabel(_("Rank in {year}").format(year=target.target_year))
    axes.grid(axis="x", visible=False)
    return style.finish(
        axes, config,
        _("{unit} is first in {year} in {frequency} of futures")
        if target.target_rank == 1
        else _("{unit} is in the top {rank} in {year} in {frequency} of futures"),
        _(
            "Bar chart of the chance of each rank from 1 to {last}. {title}. The single likeliest "
            "rank is {likeliest}, with {percent} %."
        ),
        unit=answer.unit.name, rank=target.target_rank, year=target.target_year,
        frequency=format_chance(chance.probability_in_year), last=draws.count,
        likeliest=order[np.argmax(probability)], percent=format_number(probability.max()),
    )  # fmt: skip


def plot_futures(answer: Answer, count: int = 100, ax: Axes | None = None) -> Picture:
    """Draw the first futures one by one, those that reach the first target in green.

    Parameters
    ----------
    answer : Answer
        From `dti_analysis.forecasting.forecast.Forecast.answer`, with a target.
    count : int
        How many of the draws, which are in no order.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    draws, target, config = answer.draws, answer.first_target.target, answer.draws.panel.config
    step = draws.step_of(target.target_year)
    drawn = draws.ranks_of(answer.unit.code)[:count, : max(answer.horizon, step + 1)]
    is_there = drawn[:, step] <= target.target_rank
    axes = style.start_figure(config, ax, 4.3)
    history = answer.history.dropna(subset="rank")
    last = history.tail(1)
    years = [*last["year"], *draws.years[: drawn.shape[1]]]
    starts = np.tile(last["rank"].to_numpy(dtype=float), (len(drawn), 1))
    paths = np.hstack([starts, drawn])
    for rows, colour, label in (
        (~is_there, style.PALE, _("Other futures")),
        (is_there, style.GREEN, _("Futures that reach the target")),
    ):
        lines = axes.plot(years, paths[rows].T, color=colour, lw=0.9, alpha=0.7)
        for line in lines[:1]:
            line.set_label(label)
    marks.draw_path(axes, history["year"], history["rank"], _("Rank"))
    axes.set(xticks=sorted({*history["year"], *years}), xlabel=_("Edition"))
    style.set_rank_axis(axes, int(max([draws.count, *history["rank"]])))
    style.add_legend(axes, columns=3)
    text = _("Line chart of {count} futures of {name}, 1 at the top. {title}.")
    return style.finish(
        axes, config,
        _("{name}: {there} of the first {count} futures drawn are in {places} in {year}"), text,
        name=answer.unit.name, there=is_there.sum(), count=len(drawn),
        places=name_places(target.target_rank), year=target.target_year,
    )  # fmt: skip


def plot_bottom_up(
    forecast: Forecast, unit: str, year: int | None = None, ax: Axes | None = None
) -> Picture | None:
    """Draw the score expected of a unit beside those of the former ones that it was made of.

    None where no score is published up to the origin, so that none can be named.

    Parameters
    ----------
    forecast : Forecast
        By way of the parent's units.
    unit : str
        Name or code of one of the units that they were merged into.
    year : int, optional
        A year that was forecast; the first by default.
    ax : Axes, optional
        Where to draw; a figure of its own by default.

    Raises
    ------
    DataError
        If the forecast is direct, or the year was not forecast.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> forecast = dti.load_index("34").forecast(draws=200)
    >>> dti.figures.plot_bottom_up(forecast, "TP. Hồ Chí Minh").alt.split(":")[0]
    'Range chart of scores. Hồ Chí Minh, 2025'
    """
    draws, config = forecast.draws, forecast.panel.config
    whole, former = draws.unit(unit), _split(draws)
    chosen = draws.years[0] if year is None else year
    step = draws.step_of(chosen)
    if not np.isfinite(draws.spread):
        return None
    parts = draws.panel.members(whole.code)
    ends = [0.1, 0.5, 0.9], step
    scores = former.score_quantiles([part.code for part in parts], *ends)
    low, median, high = np.hstack([scores, draws.score_quantiles([whole.code], *ends)])
    places, apart = style.count_places(config), (high - low).tolist()
    widths = [format_number(width, places) for width in apart]
    axes = style.start_figure(config, ax, 1.5 + 0.36 * len(apart))
    own = _("{name} ({count})").format(name=whole.name, count=draws.count)
    labels = [*(part.name for part in parts), own]
    for row, width in enumerate(widths):
        colour = style.BLUE if row == len(parts) else style.GREY
        marks.draw_ranges(axes, [row], low[row], high[row], median[row], colour=colour, alpha=0.5)
        end = high[row] if config.higher_is_better else low[row]
        marks.write_label(axes, width, end, row, has_halo=True)
    style.set_rows(axes, labels)
    label = _("Score in {year}{scale}: median, 80 %, width")
    axes.set_xlabel(label.format(year=chosen, scale=style.name_scale(config)))
    axes.margins(x=0.1)
    style.turn_scores(axes, config)
    listing = style.list_each(_("{unit} {low} to {high}"), places, unit=labels, low=low, high=high)
    return style.finish(
        axes, config,
        _("{name}, {year}: the mean of {count} futures spans {width}, its parts {least} to {most}"),
        _("Range chart of scores. {title}. {listing}."), name=whole.name, year=chosen,
        count=len(parts), width=widths[-1], least=format_number(min(apart[:-1]), places),
        most=format_number(max(apart[:-1]), places), listing=listing,
    )  # fmt: skip


def _split(draws: Draws) -> Draws:
    """Take the draws of the parent's units, before they are merged."""
    parent = draws.panel.parent
    if parent is None or draws.approach != "bottom_up":
        raise DataError(
            "a merger is drawn from a forecast by way of the former "
            f'{draws.panel.config.units}: expected the approach "bottom_up", got "direct".'
        )
    futures, codes = replace(draws.futures, share=None, _kept={}), parent.roster(draws.origin_year)
    return replace(draws, panel=parent, futures=futures, codes=codes, approach="direct", _found={})
