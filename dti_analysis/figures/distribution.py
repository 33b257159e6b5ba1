"""The draws themselves: the chance of each rank, single futures, what a merger makes of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from dti_analysis.errors import DataError
from dti_analysis.figures import marks, style
from dti_analysis.figures.palette import MISS, OTHER, OWN, OWN50, TARGET, TEXT, WASH
from dti_analysis.figures.picture import Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import Draws
from dti_analysis.forecasting.forecast import Forecast
from dti_analysis.forecasting.target_chance import TargetChance
from dti_analysis.language import _, format_number, ordinal
from dti_analysis.models.positions import FloatArray
from dti_analysis.wording import format_chance, format_range, name_goal, name_places

_DOTS = 100
"""Futures that all draws come down to, each as likely as any other."""

_COLUMNS = 25
"""Columns of dots that there is room for."""

_ROOM = 420, 170
"""Width and height of the room for dots, in points."""


def plot_rank_probabilities(
    answer: Answer, chance: TargetChance | None = None, ax: Axes | None = None
) -> Picture:
    """Draw the chance of each rank in the target year as 100 dots, those of the target in blue.

    As many are blue as the chance is said to be.

    Parameters
    ----------
    chance : TargetChance, optional
        Of ``answer.chances`` or ``answer.target_chance``; the first of its targets by default.
    answer, ax
        See `plot_trajectory`.
    """
    chance = answer.first_target if chance is None else chance
    draws, target, config = answer.draws, chance.target, answer.draws.panel.config
    step = draws.step_of(target.target_year)
    chances = draws.probabilities_of(answer.unit.code)
    probability = chances[step]
    # What stands beside each other, the next edition and the first target's, has one scale.
    steps = {0, step, *(draws.step_of(each.target.target_year) for each in answer.chances[:1])}
    beside = {each: share_out(chances[each], target.target_rank) for each in steps}
    groups = group_ranks(np.max([*beside.values()], axis=0), target.target_rank)
    piles = {
        each: [int(counts[first - 1 : last].sum()) for first, last in groups]
        for each, counts in beside.items()
    }
    heaps = piles[step]
    across, size = _pile(np.max([*piles.values()], axis=0).tolist())
    axes = style.start_figure(ax, 300)
    x, y, is_there = _place_dots(groups, heaps, across, target.target_rank)
    border = sum(last <= target.target_rank for first, last in groups) + 0.5
    axes.axvspan(0.4, border, color=WASH, lw=0, zorder=0)
    axes.axvline(border, color=TARGET, lw=1.6, zorder=1)
    for shown, colour in ((~is_there, MISS), (is_there, OWN)):
        if shown.any():
            marks.draw_dots(axes, x[shown], y[shown], colour, 0.86 * size)
    axes.set(xlim=(0.4, len(groups) + 0.6), ylim=(0, 230 / size))
    _name_columns(axes, groups, target.target_rank)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False)
    median = int(np.median(draws.ranks_of(answer.unit.code)[:, step]))
    now = draws.among(draws.panel.ranks_of(draws.origin_year)).dropna().get(answer.unit.code)
    _mark_below(axes, groups, now, median, chance.observed_rank)
    style.settle(axes)
    axes.set_ylim(0, axes.bbox.height * 72 / style.find_figure(axes).dpi / size)
    _tell_share(axes, chance, border, int(is_there.sum()), len(groups))
    table = pd.DataFrame({"rank": np.arange(1, draws.count + 1), "probability": probability})
    how = _(
        "Rank in {index}, {year}: each dot is 1 of 100 equally likely futures; blue ones are in "
        "{places}."
    )
    if any(first < last for first, last in groups):
        how += " " + _("Columns are groups of ranks.")
    return style.finish(
        axes, config,
        _("{unit} is first in {year} in {frequency} of futures")
        if target.target_rank == 1
        else _("{unit} is in the top {rank} in {year} in {frequency} of futures"),
        _(
            "Dot chart of the chance of each rank from 1 to {last}. {title}. The single likeliest "
            "rank is {likeliest}, with {percent} %."
        ),
        how=how, table=table, stem=f"ranks-{target.target_year}",
        unit=answer.unit.label, rank=target.target_rank, year=target.target_year,
        places=name_places(target.target_rank), frequency=format_chance(chance.probability_in_year),
        last=draws.count, likeliest=int(np.argmax(probability)) + 1,
        percent=format_number(100 * probability.max()),
    )  # fmt: skip


def share_out(probability: FloatArray, top: int) -> NDArray[np.int64]:
    """Share 100 dots out among ranks, as many to the best as their chance is said to be.

    Examples
    --------
    >>> share_out(np.array([0.124, 0.2, 0.376, 0.3]), 2).tolist()
    [12, 20, 38, 30]
    >>> share_out(np.array([0.004, 0.996]), 1).tolist()
    [0, 100]
    """
    there = int(np.floor(_DOTS * probability[:top].sum() + 0.5))
    parts = [
        _share(part, dots)
        for part, dots in ((probability[:top], there), (probability[top:], _DOTS - there))
    ]
    return np.concatenate(parts)


def _share(part: FloatArray, dots: int) -> NDArray[np.int64]:
    """Share dots out by the greatest remainders."""
    if not dots or not part.sum():
        return np.zeros(len(part), dtype=np.int64)
    exact = dots * part / part.sum()
    counts: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    order = np.argsort(counts - exact, kind="stable")
    counts[order[: dots - counts.sum()]] += 1
    return counts


def group_ranks(counts: NDArray[np.int64], top: int) -> list[tuple[int, int]]:
    """Group ranks up to the last with a dot in columns, none on both sides of the target."""
    last = max(int(np.flatnonzero(counts)[-1]) + 1, min(top + 1, len(counts)))
    size = next(
        size for size in range(1, last + 1) if -(-top // size) - (top - last) // size <= _COLUMNS
    )
    ends = list(range(top % size or size, last + size, size))
    starts = [1, *(end + 1 for end in ends)]
    return [(start, min(end, len(counts))) for start, end in zip(starts, ends, strict=False)]


def _pile(heaps: Sequence[int]) -> tuple[int, float]:
    """Find how many dots stand beside each other in a column, and how large they can be."""
    sizes = {
        across: min(_ROOM[0] / len(heaps) / (across + 0.4), _ROOM[1] / -(-max(heaps) // across))
        for across in range(1, 11)
    }
    return max(sizes.items(), key=lambda found: found[1])


def _place_dots(
    groups: Sequence[tuple[int, int]], heaps: Sequence[int], across: int, top: int
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    columns = np.repeat(np.arange(1, len(heaps) + 1), heaps)
    up, beside = np.divmod(np.concatenate([np.arange(heap) for heap in heaps]), across)
    is_there = np.repeat([last <= top for _first, last in groups], heaps)
    return columns + (beside - (across - 1) / 2) / (across + 0.4), up + 0.5, is_there


def _name_columns(axes: Axes, groups: Sequence[tuple[int, int]], top: int) -> None:
    """Write below some columns which ranks they hold: the target, the first, and round ones."""
    named = {last: place for place, (_first, last) in enumerate(groups, start=1)}
    labels = [format_range(*ends) for ends in groups]
    room = _ROOM[0] / len(groups) / (8 * max(map(len, labels)) + 6)
    wanted = [named[top], 1, *(named[last] for last in named if last % 5 == 0), *named.values()]
    chosen = style.choose_apart(wanted, 1 / room)
    axes.set_xticks(chosen, [labels[place - 1] for place in chosen])


def _mark_below(
    axes: Axes, groups: Sequence[tuple[int, int]], now: float | None, median: int, came: int | None
) -> None:
    """Mark below the axis the rank of today, the median, and what came."""
    below = axes.get_xaxis_transform()
    told = {_("median: {rank}").format(rank=ordinal(median)): (median, "D")}
    if now == median:
        told = {_("now and median: {rank}").format(rank=ordinal(median)): (median, "D")}
    elif now is not None:
        told[_("now: {rank}").format(rank=ordinal(int(now)))] = (int(now), "o")
    if came is not None:
        told[_("came: {rank}").format(rank=ordinal(came))] = (came, "s")
    for row, (text, (rank, marker)) in enumerate(told.items()):
        place = min(1 + sum(last < rank for _first, last in groups), len(groups))
        height = -0.14 - 0.075 * row
        look: Any = {"clip_on": False, "transform": below, "ms": 7, "color": OWN}
        axes.plot([place], [height], marker, mfc=OWN50 if marker == "D" else OWN, **look)
        if marker == "D" and now == median:
            axes.plot([place], [height], "o", **{**look, "ms": 3})
        side = "right" if place <= 0.6 * len(groups) else "left"
        look = {"colour": OWN, "is_bold": True, "coords": below}
        marks.write_label(axes, text, place, height, side, 8, **look)


def _tell_share(axes: Axes, chance: TargetChance, border: float, there: int, columns: int) -> None:
    """Say how many dots are blue, in the free corner, and name the line of the target."""
    target = chance.target
    goal = name_goal(target.target_rank).lower()
    look: Any = {"colour": TARGET, "is_bold": True, "coords": axes.get_xaxis_transform()}
    side = "below left" if border > 0.25 * columns else "below right"
    marks.write_label(axes, goal, border, 1, side, 4, **look)
    percent = 100 * chance.probability_in_year
    told = _("{count} of 100 dots").format(count=there)
    if percent < 0.5 or percent >= 99.5:
        told = format_chance(chance.probability_in_year)
    side, at = ("below right", 0.03) if border > 0.55 * columns else ("below left", 0.98)
    said = _("in {places} in {year}").format(
        places=name_places(target.target_rank), year=target.target_year
    )
    below = marks.LINE_HEIGHT + 4
    marks.write_label(
        axes, told, at, 1, side, below, colour=OWN, is_bold=True, coords=axes.transAxes, size=18
    ).set_x(0)
    marks.write_label(axes, said, at, 1, side, below + 24, coords=axes.transAxes).set_x(0)


def plot_futures(answer: Answer, count: int = 100, ax: Axes | None = None) -> Picture:
    """Draw the first futures one by one, those that reach the first target in green.

    Parameters
    ----------
    count : int
        How many of the draws, which are in no order.
    answer, ax
        See `plot_trajectory`; with a target.
    """
    draws, target, config = answer.draws, answer.first_target.target, answer.draws.panel.config
    step = draws.step_of(target.target_year)
    drawn = draws.ranks_of(answer.unit.code)[:count, : max(answer.horizon, step + 1)]
    is_there = drawn[:, step] <= target.target_rank
    axes = style.start_figure(ax, 330)
    history = answer.history.dropna(subset="rank")
    last = history.tail(1)
    years = [*last["year"], *draws.years[: drawn.shape[1]]]
    starts = np.tile(last["rank"].to_numpy(dtype=float), (len(drawn), 1))
    paths = np.hstack([starts, drawn])
    for rows, colour, label in (
        (~is_there, MISS, _("Other futures")),
        (is_there, OWN, _("Futures that reach the target")),
    ):
        lines = axes.plot(years, paths[rows].T, color=colour, lw=0.9, alpha=0.7)
        for line in lines[:1]:
            line.set_label(label)
    axes.plot(history["year"], history["rank"], color=TEXT, lw=2.4)
    is_computed = history["rank_status"] == "computed"
    marks.draw_known(axes, history["year"], history["rank"], is_computed, TEXT)
    axes.set(xticks=sorted({*history["year"], *years}), xlabel=_("Edition"))
    style.set_rank_axis(axes, int(max([draws.count, *history["rank"]])))
    style.add_legend(axes, columns=2)
    text = _("Line chart of {count} futures of {name}, 1 at the top. {title}.")
    return style.finish(
        axes, config,
        _("{name}: {there} of the first {count} futures drawn are in {places} in {year}"), text,
        name=answer.unit.label, there=is_there.sum(), count=len(drawn),
        places=name_places(target.target_rank), year=target.target_year, stem="futures",
        table=pd.DataFrame(drawn, columns=draws.years[: drawn.shape[1]]),
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
    'Range chart of scores. Ho Chi Minh City, 2025'
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
    places, apart = draws.panel.decimals, (high - low).tolist()
    widths = [format_number(width, places) for width in apart]
    axes = style.start_figure(ax, 80 + 30 * len(apart))
    own = _("{name} ({count})").format(name=whole.label, count=draws.count)
    labels = [*(part.label for part in parts), own]
    for row, width in enumerate(widths):
        bar, tick = (OWN50, OWN) if row == len(parts) else (MISS, OTHER)
        marks.draw_ranges(axes, [row], low[row], high[row], median[row], colour=bar, tick=tick)
        end = high[row] if config.higher_is_better else low[row]
        marks.write_label(axes, width, end, row)
    style.set_rows(axes, labels)
    label = _("Score in {year}{scale}: median, 80 %, width")
    axes.set_xlabel(label.format(year=chosen, scale=style.name_scale(config)))
    axes.margins(x=0.1)
    style.turn_scores(axes, config)
    listing = style.list_each(_("{unit} {low} to {high}"), places, unit=labels, low=low, high=high)
    return style.finish(
        axes, config,
        _("{name}, {year}: the mean of {count} futures spans {width}, its parts {least} to {most}"),
        _("Range chart of scores. {title}. {listing}."), name=whole.label, year=chosen,
        count=len(parts), width=widths[-1], least=format_number(min(apart[:-1]), places),
        most=format_number(max(apart[:-1]), places), listing=listing, stem="merger",
        table=pd.DataFrame({"unit": labels, "low": low, "median": median, "high": high}),
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
