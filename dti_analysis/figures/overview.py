"""Figures of all provinces at once."""

import numpy as np
import pandas as pd

from dti_analysis.cleaning.dti import select_editions
from dti_analysis.figures.style import (
    BLUE,
    ORANGE,
    Picture,
    list_ticks,
    set_rank_axis,
    start_figure,
)
from dti_analysis.language import _, format_number


def plot_country(table: pd.DataFrame, basis: int, origin_year: int) -> Picture:
    """Draw every province's rank now and where it may be next.

    Parameters
    ----------
    table : DataFrame
        Columns province, rank, median_rank, best80, worst80; one row per province.
    basis : {63, 34}
        Which provinces.
    origin_year : int
        Last edition used.
    """
    ordered = table.sort_values(["rank", "median_rank", "province"], ignore_index=True)
    place = np.arange(len(ordered))
    width = (ordered["worst80"] - ordered["best80"] + 1).median()
    title = _("Half the ranges of {year} span {places} places or more").format(
        year=origin_year + 1, places=format_number(width)
    )
    figure, axes = start_figure(title, (7.6, 0.9 + 0.185 * len(ordered)))
    axes.hlines(place, ordered["best80"], ordered["worst80"], color=BLUE, alpha=0.35, lw=4)
    axes.plot(ordered["median_rank"], place, "|", color=BLUE, ms=8, mew=2)
    axes.plot(ordered["rank"].astype(float), place, "o", color="black", ms=3.5)
    xlabel = _("Rank: dot {origin}, bar 80 in 100 for {year}")
    axes.set(xlabel=xlabel.format(origin=origin_year, year=origin_year + 1), yticks=place)
    axes.set_yticklabels(ordered["province"], fontsize=9)
    axes.set_xlim(0.2, basis + 0.8)
    axes.set_xticks(list_ticks(basis))
    axes.set_ylim(len(ordered) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    first, last = ordered.iloc[0], ordered.iloc[-1]
    alt = _(
        "Range chart of {count} provinces in the order of their {year} rank. {title}. {first}, at "
        "the top, between {best1} and {worst1}; {last}, at the bottom, between {best2} and "
        "{worst2}."
    ).format(
        count=len(ordered),
        year=origin_year,
        title=title,
        first=first["province"],
        best1=first["best80"],
        worst1=first["worst80"],
        last=last["province"],
        best2=last["best80"],
        worst2=last["worst80"],
    )
    return Picture(figure, alt)


def plot_paths(panel: pd.DataFrame, basis: int, year: int, count: int = 6) -> Picture | None:
    """Draw the paths of the provinces that rose and fell most over the complete editions.

    Parameters
    ----------
    panel : DataFrame
        The panel.
    basis : {63, 34}
        Which provinces.
    year : int
        Last edition.
    count : int
        Provinces to name on each side.

    Returns
    -------
    Picture or None
        None where fewer than two editions up to `year` are complete.
    """
    ranks = _list_complete(panel, basis, year)
    if ranks.shape[1] < 2:
        return None
    first, last = ranks.columns[0], ranks.columns[-1]
    change = (ranks[last] - ranks[first]).sort_values(kind="stable")
    rising, falling = change.index[:count], change.index[-count:]
    title = _("{riser} rose {rise} places from {first} to {last}, {faller} fell {fall}").format(
        riser=rising[0],
        rise=-change.iloc[0],
        first=first,
        last=last,
        faller=falling[-1],
        fall=change.iloc[-1],
    )
    figure, axes = start_figure(title, (7.6, 5.6))
    for province in ranks.index:
        colour = BLUE if province in rising else ORANGE if province in falling else "#d5d5d5"
        is_named = colour != "#d5d5d5"
        axes.plot(
            ranks.columns, ranks.loc[province], "--" if colour == ORANGE else "-", color=colour,
            lw=2 if is_named else 0.7, marker="o" if is_named else "", ms=5,
            zorder=2 if is_named else 1,
        )  # fmt: skip
    named = ranks.loc[[*rising, *falling], last].sort_values()
    heights = spread_out(named.to_numpy(dtype=float), gap=basis / 24, last=basis)
    for (province, rank), height in zip(named.items(), heights, strict=True):
        axes.annotate(
            f"{rank} {province}",
            (last, height),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=BLUE if province in rising else ORANGE,
        )
    axes.set(xlim=(int(first) - 0.1, int(last) + 0.9), xlabel=_("Edition"))
    axes.set_xticks(list(ranks.columns))
    set_rank_axis(axes, basis)
    moves = {name: -int(places) for name, places in change.to_dict().items()}
    listing = ", ".join(f"{name} {moves[name]:+d}" for name in [*rising, *falling])
    alt = _(
        "Line chart of the ranks of all {basis} provinces from {first} to {last}, 1 at the top. "
        "{title}. Places gained or lost: {listing}."
    ).format(basis=basis, first=first, last=last, title=title, listing=listing)
    return Picture(figure, alt)


def plot_last_moves(panel: pd.DataFrame, basis: int, year: int, count: int = 8) -> Picture | None:
    """Draw the ranks before and after of the provinces that moved most in the last edition.

    Parameters
    ----------
    panel : DataFrame
        The panel.
    basis : {63, 34}
        Which provinces.
    year : int
        Last edition.
    count : int
        Provinces to show, at most, that rose, and as many that fell.

    Returns
    -------
    Picture or None
        None where fewer than two editions up to `year` are complete.
    """
    ranks = _list_complete(panel, basis, year)
    if ranks.shape[1] < 2:
        return None
    before, after = ranks.columns[-2:]
    moves = pd.DataFrame({"start": ranks[before], "end": ranks[after]})
    moves["gain"] = moves["start"] - moves["end"]
    moves = moves.sort_values("gain", ascending=False, kind="stable")
    risen, fallen = moves[moves["gain"] > 0], moves[moves["gain"] < 0]
    shown = pd.concat([risen.head(count), fallen.tail(count)]).reset_index().to_dict("records")
    movers = int((moves["gain"].abs() >= 10).sum())
    title = _(
        "{year}: {movers} of {basis} provinces moved ten places or more in one edition"
    ).format(year=after, movers=movers, basis=basis)
    figure, axes = start_figure(title, (7.6, 1.3 + 0.24 * len(shown)))
    for place, row in enumerate(shown):
        start, end, gain = row["start"], row["end"], row["gain"]
        colour = BLUE if gain > 0 else ORANGE
        axes.plot([start, end], [place, place], "-" if gain > 0 else "--", color=colour, lw=2)
        axes.plot([start], [place], "o", mfc="white", mec=colour, mew=1.6, ms=6)
        axes.plot([end], [place], "o", color=colour, ms=7)
        axes.annotate(
            format_number(gain, signed=True),
            (max(start, end), place),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axes.set(
        xlim=(0, 1.08 * basis),
        ylim=(len(shown) - 0.4, -0.6),
        yticks=np.arange(len(shown)),
        xlabel=_("Rank: hollow {before}, full {after}; places gained or lost").format(
            before=before, after=after
        ),
    )
    axes.set_xticks(list_ticks(basis))
    axes.set_yticklabels([row["province"] for row in shown])
    axes.grid(axis="y", visible=False)
    listing = "; ".join(
        _("{province} from {start} to {end}").format(
            province=row["province"], start=row["start"], end=row["end"]
        )
        for row in shown
    )
    alt = _(
        "Chart of the ranks in {before} and {after} of the provinces that rose and fell most. "
        "{title}. {listing}."
    ).format(before=before, after=after, title=title, listing=listing)
    return Picture(figure, alt)


def _list_complete(panel: pd.DataFrame, basis: int, year: int) -> pd.DataFrame:
    """Ranks by province and by edition up to one, those editions that have them all."""
    rows = select_editions(panel, basis, year)
    ranks = rows.pivot(index="province", columns="year", values="rank")
    return ranks.dropna(axis=1).astype(int)


def spread_out(heights: np.ndarray, gap: float, last: float) -> np.ndarray:
    """Move ascending heights apart until no two labels touch, none beyond the last.

    Parameters
    ----------
    heights : ndarray
        Of the labels, in ascending order.
    gap : float
        Least distance between two.
    last : float
        Greatest height there may be.
    """
    placed = heights.copy()
    for _round in range(200):
        placed[-1] = min(placed[-1], last)
        overlap = gap - np.diff(placed)
        if (overlap <= 1e-6).all():
            break
        for index in np.flatnonzero(overlap > 1e-6):
            placed[index] -= overlap[index] / 2
            placed[index + 1] += overlap[index] / 2
    return placed
