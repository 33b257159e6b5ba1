"""Figures of one province: its trajectory, the chance of each rank, its profile."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from dti_analysis.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    PALE,
    Picture,
    add_legend,
    list_ticks,
    set_rank_axis,
    start_figure,
)
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_number, ordinal
from dti_analysis.schema import MAIN_INDICES, PILLARS, name_index
from dti_analysis.targets import TargetChance
from dti_analysis.wording import frequency, name_goal

_COMPANY = 5
"""Places from a target rank within which provinces are the company to keep."""

_MANY = 12
"""Editions that have no room for their years on one axis."""

_FIRST = 6
"""Ranks from 1 above whose points there is no room for a label."""

_BARS = 410
"""Points that the bars of all ranks together are wide."""

_FAN = {90: "#dceaf4", 80: "#b5d5ea", 50: "#7fb8dc"}


def plot_trajectory(answer: Answer) -> Picture:
    """Draw the known ranks, the fan of the forecast, the targets and what happened since.

    Parameters
    ----------
    answer : Answer
        From `forecast_province` or `forecast_unit`.

    Examples
    --------
    >>> from dti_analysis import forecast_province, plot_trajectory
    >>> picture = plot_trajectory(forecast_province("BR-VT", origin_year=2021, draws=200))
    >>> picture.alt.split(".")[0]
    'Line chart of the rank of Bà Rịa - Vũng Tàu, 1 at the top'
    """
    forecast, name = answer.forecast, answer.province.name
    origin = forecast.origin_year
    history, summary = answer.history.dropna(subset="rank"), answer.summary
    title = _trajectory_title(answer)
    figure, axes = start_figure(title, (7.6, 4.3))

    anchor = history[history["year"] == origin]
    start = [] if anchor.empty else [float(anchor["rank"].iloc[0])]
    years = np.array([origin] * len(start) + list(summary["year"]), dtype=float)
    for width, colour in _FAN.items():
        best = np.array(start + list(summary[f"best{width}"]), dtype=float)
        worst = np.array(start + list(summary[f"worst{width}"]), dtype=float)
        axes.fill_between(
            years, best, worst, color=colour, lw=0, label=_("{width} in 100").format(width=width)
        )
    axes.plot(
        years, start + list(summary["median_rank"]), color=BLUE, lw=1.6, ls="--", label=_("Median")
    )
    axes.plot(
        history["year"], history["rank"].astype(float), "-o", color="black", lw=1.8, label=_("Rank")
    )
    rows = forecast.panel
    later = rows[(rows["code"] == answer.province.code) & (rows["year"] > origin)]
    later = later.dropna(subset="rank")
    if len(later):
        axes.plot(
            later["year"],
            later["rank"].astype(float),
            "D",
            mfc="white",
            mec=ORANGE,
            mew=2,
            ms=7,
            label=_("Observed"),
        )
    for row in pd.concat([history, later]).to_dict("records"):
        _annotate(axes, row["year"], row["rank"])
    for target in answer.targets:
        axes.hlines(
            target.target_rank, target.target_year - 0.35, target.target_year + 0.35, GREEN, lw=3
        )
        axes.annotate(
            name_goal(target.target_rank),
            (target.target_year + 0.35, target.target_rank),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            color=GREEN,
            fontsize=9,
            fontweight="bold",
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )
    first = int(rows["year"].min())
    axes.set(xlim=(first - 0.4, summary["year"].max() + 1.1), xlabel=_("Edition"))
    editions = sorted({*rows["year"].astype(int), *summary["year"].astype(int)})
    # Every edition, or, where these are many, every other, or third, the last one with them.
    axes.set_xticks(editions[:: -(1 + len(editions) // _MANY)])
    set_rank_axis(axes, forecast.basis)
    add_legend(axes, columns=6)
    return Picture(figure, _describe_trajectory(answer, title, later, name))


def _trajectory_title(answer: Answer) -> str:
    known = answer.history.dropna(subset="rank")
    now = (
        _("{rank} in {year}").format(
            rank=ordinal(int(known["rank"].iloc[-1])), year=int(known["year"].iloc[-1])
        )
        if len(known)
        else _("no rank up to {year}").format(year=answer.forecast.origin_year)
    )
    if not answer.chances:
        return f"{answer.province.name}: {now}"
    chance = answer.chances[0]
    return _("{province}: {now}; {goal} in {year}: {frequency}").format(
        province=answer.province.name,
        now=now,
        goal=name_goal(chance.target.target_rank).lower(),
        year=chance.target.target_year,
        frequency=frequency(chance.probability_in_year),
    )


def _describe_trajectory(answer: Answer, title: str, later: pd.DataFrame, name: str) -> str:
    ahead = "; ".join(
        _("{year}: median {median}, 80 in 100 between {best} and {worst}").format(
            year=row["year"], median=row["median_rank"], best=row["best80"], worst=row["worst80"]
        )
        for row in answer.summary.astype(int).to_dict("records")
    )
    text = _(
        "Line chart of the rank of {province}, 1 at the top. {title}. Known ranks: {past}. "
        "Forecast: {ahead}."
    ).format(
        province=name,
        title=title,
        past=_list_ranks(answer.history.dropna(subset="rank")) or _("none"),
        ahead=ahead,
    )
    if later.empty:
        return text
    observed = _("Observed: {ranks}.").format(ranks=_list_ranks(later))
    return f"{text} {observed}"


def _list_ranks(known: pd.DataFrame) -> str:
    pairs = zip(known["year"], known["rank"], strict=True)
    return ", ".join(f"{int(year)}: {int(rank)}" for year, rank in pairs)


def plot_rank_probabilities(answer: Answer, chance: TargetChance | None = None) -> Picture:
    """Draw the probability of each rank in the target year, the target's side in green.

    Parameters
    ----------
    answer : Answer
        From `forecast_province` or `forecast_unit`.
    chance : TargetChance, optional
        Of `answer.chances` or `answer.assess`; the first of its targets by default.
    """
    chance = answer.first_chance if chance is None else chance
    forecast, target = answer.forecast, chance.target
    step = forecast.years.index(target.target_year)
    probability = forecast.rank_probabilities[step, forecast.locate(answer.province.code)]
    order = np.arange(1, len(probability) + 1)
    title = (
        _("{province} is first in {year} in {frequency} futures")
        if target.target_rank == 1
        else _("{province} is in the top {rank} in {year} in {frequency} futures")
    ).format(
        province=answer.province.name,
        rank=target.target_rank,
        year=target.target_year,
        frequency=frequency(chance.probability_in_year),
    )
    figure, axes = start_figure(title, (7.6, 2.7))
    # One artist for all bars, which each on its own take ten times as long to draw.
    axes.vlines(
        order,
        0,
        100 * probability,
        colors=[GREEN if rank <= target.target_rank else PALE for rank in order],
        lw=_BARS / len(order),
    )
    axes.axvline(target.target_rank + 0.5, color=GREEN, lw=1.2)
    if chance.observed_rank is not None:
        axes.axvline(chance.observed_rank, color=ORANGE, lw=1.6, ls=":")
        axes.annotate(
            _("observed: {rank}").format(rank=ordinal(chance.observed_rank)),
            (chance.observed_rank, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4, -2),
            textcoords="offset points",
            va="top",
            color=ORANGE,
            fontsize=9,
        )
    axes.set(
        xlim=(0.3, len(order) + 0.7),
        xlabel=_("Rank in {year}").format(year=target.target_year),
        ylim=(0, 118 * probability.max()),
        ylabel=_("Chance (in 100)"),
    )
    axes.set_xticks(list_ticks(len(order)))
    axes.grid(axis="x", visible=False)
    alt = _(
        "Bar chart of the chance of each rank from 1 to {last}. {title}. The single likeliest rank "
        "is {likeliest}, with {percent} in 100."
    ).format(
        last=len(order),
        title=title,
        likeliest=int(order[np.argmax(probability)]),
        percent=format_number(100 * probability.max()),
    )
    return Picture(figure, alt)


def plot_profile(answer: Answer, target_rank: int | None = None) -> Picture | None:
    """Draw the eight main indices against the provinces ranked around a target.

    Parameters
    ----------
    answer : Answer
        From `forecast_province`.
    target_rank : int, optional
        Provinces within five places of it are the company to keep; the rank of the first target by
        default.

    Returns
    -------
    Picture or None
        None where no main index of the province, nor a pillar, is known up to the origin; the
        pillars alone where they are all that is known.
    """
    if target_rank is None:
        target_rank = answer.first_chance.target.target_rank
    code, rows = answer.province.code, answer.forecast.panel
    rows = rows[rows["year"] <= answer.forecast.origin_year]
    for parts in (MAIN_INDICES, PILLARS):
        own_rows = rows[rows["code"] == code].set_index("year")
        # An index of other makers has no such columns.
        known = own_rows.reindex(columns=list(parts)).dropna(how="all")
        if len(known):
            break
    else:
        return None
    year, own = int(known.index[-1]), known.iloc[-1].astype(float)
    edition = rows[(rows["year"] == year) & (rows["code"] != code)]
    near = edition.loc[edition["rank"].sub(target_rank).abs() <= _COMPANY, list(parts)]
    near = near.astype(float)
    gap = (own - near.median()).dropna()
    if gap.empty:
        return None
    weakest, strongest = str(gap.idxmin()), str(gap.idxmax())
    title = (
        _("{year}: furthest behind the ranks around {rank} in {index}")
        if gap[weakest] < 0
        else _("{year}: level with or above the ranks around {rank} everywhere")
    ).format(year=year, rank=target_rank, index=name_index(weakest).lower())
    figure, axes = start_figure(title, (7.6, 1.12 + 0.36 * len(parts)))
    place = np.arange(len(parts))
    axes.hlines(
        place,
        near.quantile(0.25),
        near.quantile(0.75),
        color=PALE,
        lw=9,
        label=_("Middle half and median of the ranks within {width} of {rank}").format(
            width=_COMPANY, rank=target_rank
        ),
    )
    axes.plot(near.median(), place, "|", color="black", ms=13, mew=2)
    axes.plot(own, place, "o", color=BLUE, ms=7, label=answer.province.name)
    missing = [part for part in parts if pd.isna(own[part])]
    for part in missing:
        note = _("not published")
        axes.text(0.01, parts.index(part), note, va="center", fontsize=9, style="italic")
    axes.set(xlim=(0, 1.02), xlabel=_("Score (0 to 1)"), yticks=place)
    axes.set_yticklabels([name_index(part) for part in parts])
    axes.set_ylim(len(parts) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    add_legend(axes, columns=2)
    listing = "; ".join(
        _("{index} {own} against {others}").format(
            index=name_index(part),
            own=format_number(own[part], 2),
            others=format_number(near[part].median(), 2),
        )
        for part in gap.index
    )
    alt = _(
        "Dot chart of scores of {name} in {year} against the median of the provinces ranked "
        "within {width} places of {rank}. {listing}. Not published: {missing}. Best by "
        "comparison: {best}."
    ).format(
        name=answer.province.name,
        year=year,
        width=_COMPANY,
        rank=target_rank,
        listing=listing,
        missing=", ".join(name_index(part).lower() for part in missing) or _("none"),
        best=name_index(strongest).lower(),
    )
    return Picture(figure, alt)


def _annotate(axes: Axes, year: float, rank: float) -> None:
    # Above its point, but not where the title is.
    is_first = rank <= _FIRST
    axes.annotate(
        str(int(rank)),
        (year, float(rank)),
        xytext=(0, -8 if is_first else 8),
        textcoords="offset points",
        ha="center",
        va="top" if is_first else "bottom",
        fontsize=9,
        fontweight="bold",
    )
