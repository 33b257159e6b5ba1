"""Figures of all units at once: ranges, paths, moves, and tiles where they lie."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_rgb
from matplotlib.patches import Rectangle
from matplotlib.typing import ColorType

from dti_analysis.figures import marks, style
from dti_analysis.figures.style import HasPanel, Picture
from dti_analysis.forecasting.forecast import Forecast
from dti_analysis.language import _, format_number
from dti_analysis.wording import format_rank

_TOP = 10
"""Best places that are watched, of at least twice as many."""

_FAR = 10
"""Places moved in one edition that are many."""

_NO_VALUE = "white"
_TILE_WIDTH, _TILE_HEIGHT, _GAP = 1.15, 0.37, 0.05
_NOTE = 3, 2
"""Rows and columns of tiles that a note takes the place of."""


def plot_overview(forecast: Forecast, ax: Axes | None = None) -> Picture:
    """Draw every unit's rank now and where it may be next.

    Parameters
    ----------
    forecast : Forecast
        Of all units.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    draws, origin, year = forecast.draws, forecast.origin_year, forecast.years[0]
    table = draws.summarise_all()
    table = table[table["year"] == year]
    table = table.assign(rank=table["code"].map(forecast.panel.ranks_of(origin)))
    table = table.sort_values(["rank", "median_rank", "unit"], ignore_index=True)
    config, last = forecast.panel.config, _last_rank(draws.count, table["rank"])
    axes = style.start_figure(config, ax, 0.9 + 0.185 * len(table))
    ends, blue = (table["best80"], table["worst80"], table["median_rank"]), style.BLUE
    marks.draw_ranges(axes, table.index, *ends, width=4, colour=blue, alpha=0.35, tick=blue)
    marks.draw_dots(axes, table["rank"], table.index, "black", 3.5)
    xlabel = _("Rank: dot {origin}, bar 80 % for {year}").format(origin=origin, year=year)
    axes.set(xlim=(0.2, last + 0.8), xticks=style.list_ticks(last), xlabel=xlabel)
    style.set_rows(axes, list(table["unit"]))
    first, final = table.iloc[0], table.iloc[-1]
    return style.finish(
        axes, config, _("Half the ranges of {following} span {places} places or more"),
        _(
            "Range chart of {count} {units} in the order of their {year} rank. {title}. {first}, "
            "at the top, between {best1} and {worst1}; {last}, at the bottom, between {best2} and "
            "{worst2}."
        ),
        year=origin, following=year,
        places=format_number((table["worst80"] - table["best80"] + 1).median()), count=len(table),
        first=first["unit"], best1=first["best80"], worst1=first["worst80"], last=final["unit"],
        best2=final["best80"], worst2=final["worst80"],
    )  # fmt: skip


def plot_paths(
    index: HasPanel, year: int | None = None, count: int = 6, ax: Axes | None = None
) -> Picture | None:
    """Draw the paths of the units that rose and fell most over the complete editions.

    None where fewer than two editions up to `year` are complete.

    Parameters
    ----------
    index : Index or Forecast
        The index.
    year : int, optional
        Last edition; the last there is, or the origin of the forecast, by default.
    count : int
        Units to name on each side.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    ranks = _list_complete(index, year)
    if ranks.shape[1] < 2:
        return None
    config, names = index.panel.config, index.panel.names
    first, last = int(ranks.columns[0]), int(ranks.columns[-1])
    lowest = _last_rank(len(ranks), ranks)
    gain = (ranks[first] - ranks[last]).sort_values(ascending=False, kind="stable")
    count = min(count, len(ranks) // 2)
    rising, falling = gain.index[:count], gain.index[len(gain) - count :]
    axes = style.start_figure(config, ax, 5.6)
    axes.plot(ranks.columns, ranks.drop([*rising, *falling]).T, color="#d5d5d5", lw=0.7, zorder=1)
    colours = dict.fromkeys(rising, style.BLUE) | dict.fromkeys(falling, style.ORANGE)
    for code, colour in colours.items():
        dash = "-o" if colour == style.BLUE else "--o"
        axes.plot(ranks.columns, ranks.loc[code], dash, color=colour, lw=2, ms=5, zorder=2)
    named = ranks.loc[list(colours), last].sort_values()
    heights = marks.spread_out(named.to_numpy(dtype=float), gap=lowest / 24, last=lowest)
    for (code, rank), height in zip(named.items(), heights, strict=True):
        marks.write_label(axes, f"{rank} {names[str(code)]}", last, height, colour=colours[code])
    axes.set(xlim=(first - 0.1, last + 0.45 * (last - first)), xlabel=_("Edition"))
    axes.set_xticks(ranks.columns)
    style.set_rank_axis(axes, lowest)
    listing = ", ".join(f"{names[str(code)]} {gain[code]:+d}" for code in colours)
    text = _(
        "Line chart of the ranks of all {count} {units} from {first} to {last}, 1 at the top. "
        "{title}. Places gained or lost: {listing}."
    )
    return style.finish(
        axes, config, _("{riser} rose {rise} places from {first} to {last}, {faller} fell {fall}"),
        text, riser=names[gain.index[0]], rise=gain.iloc[0], first=first, last=last,
        faller=names[gain.index[-1]], fall=-gain.iloc[-1], count=len(ranks), listing=listing,
    )  # fmt: skip


def plot_last_moves(
    index: HasPanel, year: int | None = None, count: int = 8, ax: Axes | None = None
) -> Picture | None:
    """Draw the ranks before and after of the units that moved most in the last edition.

    None where fewer than two editions up to `year` are complete.

    Parameters
    ----------
    count : int
        Units to show, at most, that rose, and as many that fell.
    index, year, ax
        See `plot_paths`.
    """
    ranks = _list_complete(index, year)
    if ranks.shape[1] < 2:
        return None
    config = index.panel.config
    before, after = ranks.columns[-2:]
    moves = ranks[[before, after]].set_axis(["start", "end"], axis=1)
    moves["gain"] = moves["start"] - moves["end"]
    moves["unit"] = moves.index.map(index.panel.names)
    moves = moves.sort_values("gain", ascending=False, kind="stable")
    risen, fallen = moves[moves["gain"] > 0], moves[moves["gain"] < 0]
    shown = pd.concat([risen.head(count), fallen.tail(count)]).reset_index(drop=True)
    axes = style.start_figure(config, ax, 1.3 + 0.24 * len(shown))
    for place, row in enumerate(shown.to_dict("records")):
        start, end, gain = row["start"], row["end"], row["gain"]
        colour, dash = (style.BLUE, "-") if gain > 0 else (style.ORANGE, "--")
        axes.plot([start, end], [place, place], dash, color=colour, lw=2)
        marks.draw_dots(axes, [start], [place], colour, 6, is_hollow=True)
        marks.draw_dots(axes, [end], [place], colour)
        marks.write_label(axes, format_number(gain, signed=True), max(start, end), place, gap=8)
    lowest = _last_rank(len(ranks), ranks)
    axes.set(xlim=(0, 1.08 * lowest), xticks=style.list_ticks(lowest))
    label = _("Rank: hollow {before}, full {after}; places gained or lost")
    axes.set_xlabel(label.format(before=before, after=after))
    style.set_rows(axes, list(shown["unit"]))
    listing = style.list_each(_("{unit} from {start} to {end}"), **shown)
    text = _(
        "Chart of the ranks in {before} and {after} of the {units} that rose and fell most. "
        "{title}. {listing}."
    )
    return style.finish(
        axes, config,
        _("{year}: {movers} of {count} {units} moved ten places or more in one edition"), text,
        year=after, movers=(moves["gain"].abs() >= _FAR).sum(), count=len(ranks), before=before,
        after=after, listing=listing,
    )  # fmt: skip


def _list_complete(index: HasPanel, year: int | None) -> pd.DataFrame:
    """Ranks by unit, in the order of their names, and by edition that has them all."""
    panel = index.panel
    last = getattr(index, "origin_year", panel.editions[-1]) if year is None else year
    editions = [edition for edition in panel.editions if edition <= last]
    whole = [edition for edition in editions if panel.ranks_of(edition).notna().all()]
    # Of units that come and go, those that have stayed.
    ranks = panel.wide("rank")[whole].dropna().astype(int)
    return ranks.sort_index(key=lambda codes: codes.map(panel.names))


def _last_rank(count: int, ranks: pd.Series | pd.DataFrame) -> int:
    """Last place there is; of a part of what is ranked it lies beyond the number of units."""
    return int(np.nanmax([count, *ranks.to_numpy(dtype=float).ravel()]))


def plot_rank_tiles(forecast: Forecast, ax: Axes | None = None) -> Picture | None:
    """Draw every unit's rank at the origin as a tile, the best the darkest.

    None where units have no places, or fewer than half of the ranks, or none of the best, are
    published.

    Parameters
    ----------
    forecast : Forecast
        Of units that have places (row and column).
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    draws, year, top = forecast.draws, forecast.origin_year, _count_best(forecast)
    tiles = _lay_out(forecast, forecast.panel.ranks_of(year))
    known = tiles.dropna(subset="value").sort_values("value", kind="stable")
    best = known[known["value"] <= top]
    if "row" not in tiles or best.empty or len(known) < draws.count / 2:
        return None
    if "region" not in tiles:
        finding = _("{year}: {first} is best")
    elif len(best) >= top:
        finding = _("{year}: the top {top} lie in {regions} of {of} regions; {first} is best")
    else:
        finding = _(
            "{year}: those known of the top {top} lie in {regions} of {of} regions; {first} is best"
        )
    regions, of = (rows.get("region", pd.Series()).nunique() for rows in (best, tiles))
    missing = draws.count - len(known)
    note = _("Rank in {year}: dark is best")
    if missing:
        note = _("Rank in {year}: dark is best\n– not published")
    note = note.format(year=year)
    ranks, names = tiles["value"].map(format_rank), known["name"]
    colours = _colour(tiles, "YlGnBu_r", 1, _last_rank(draws.count, tiles["value"]))
    return style.finish(
        _draw_tiles(forecast, tiles, ranks, colours, note, ax), forecast.panel.config, finding,
        _(
            "Diagram of {count} tiles, one for each {unit} about where it lies, with its rank in "
            "{year}. {title}. Ranks: {listing}. Not published: {missing}."
        ),
        count=draws.count, year=year, top=top, regions=regions, of=of, first=best["name"].iloc[0],
        listing="; ".join(ranks[names.index] + " " + names), missing=missing or _("none"),
    )  # fmt: skip


def plot_chance_tiles(forecast: Forecast, ax: Axes | None = None) -> Picture | None:
    """Draw every unit's chance of the best places in the next edition as a tile.

    None where units have no places.

    Parameters
    ----------
    forecast, ax
        See `plot_rank_tiles`.
    """
    draws, year, top = forecast.draws, forecast.years[0], _count_best(forecast)
    tiles = _lay_out(forecast, pd.Series(100 * draws.inside(top, year), list(draws.codes)))
    if "row" not in tiles:
        return None
    chances, texts = tiles["value"], tiles["value"].map(_name_percent)
    note = _("Chances in % of the\ntop {top} in {year}: dark is\nlikely. Open: 5 to 95")
    note, colours = note.format(top=top, year=year), _colour(tiles, "YlGnBu", 0, 100)
    likely = chances[chances >= 5].sort_values(ascending=False, kind="stable").index
    return style.finish(
        _draw_tiles(forecast, tiles, texts, colours, note, ax), forecast.panel.config,
        _("Top {top} in {year}: likelier than not for {even} {units}, open for {open}"),
        _(
            "Diagram of {count} tiles, one for each {unit} about where it lies, with its chance "
            "(%) of the top {top} in {year}. {title}. Chances of 5 % or more: {listing}."
        ),
        count=draws.count, top=top, year=year, even=(chances >= 50).sum(),
        open=chances.between(5, 95).sum(),
        listing="; ".join(tiles["name"][likely] + " " + texts[likely]),
    )  # fmt: skip


def _count_best(forecast: Forecast) -> int:
    return min(_TOP, max(forecast.draws.count // 2, 1))


def _name_percent(percent: float) -> str:
    """Write a chance in few letters, without the certainty that draws cannot give."""
    rounded = int(np.floor(percent + 0.5))
    return "<1" if rounded < 1 else ">99" if rounded > 99 else str(rounded)


def _lay_out(forecast: Forecast, values: pd.Series) -> pd.DataFrame:
    """Units of a forecast with a value each; without row and column where one has no place."""
    tiles = forecast.panel.units.loc[list(forecast.draws.codes)].assign(value=values)
    is_placed = {"row", "column"} <= set(tiles) and tiles[["row", "column"]].notna().all(axis=None)
    return tiles if is_placed else tiles.drop(columns="row", errors="ignore")


def _colour(tiles: pd.DataFrame, palette: str, low: float, high: float) -> list[ColorType]:
    scale, colours = Normalize(low, high), sns.color_palette(palette, as_cmap=True)
    return [colours(scale(value)) if np.isfinite(value) else _NO_VALUE for value in tiles["value"]]


def _draw_tiles(
    forecast: Forecast,
    tiles: pd.DataFrame,
    texts: pd.Series,
    colours: Sequence[ColorType],
    note: str,
    ax: Axes | None,
) -> Axes:
    columns, top = int(tiles["column"].max()), _find_sea(tiles)
    rows = max(int(tiles["row"].max()), top + _NOTE[0] - 1)
    height, width = rows * _TILE_HEIGHT + 0.8, columns * _TILE_WIDTH + 0.2
    axes = style.start_figure(forecast.panel.config, ax, height, width)
    for left, row, text, name, colour in zip(
        tiles["column"], tiles["row"], texts, tiles["name"], colours, strict=True
    ):
        corner, side = (left + _GAP / 2, row + _GAP / 2), 1 - _GAP
        axes.add_patch(Rectangle(corner, side, side, fc=colour, ec=style.GREY, lw=0.6))
        words: Any = {"y": row + 0.5, "va": "center", "color": _choose_ink(colour)}
        axes.text(left + 0.05, s=text, fontsize=11, fontweight="bold", **words)
        axes.text(left + 0.37, s=_break_name(name), fontsize=style.SMALL, linespacing=1.0, **words)
    axes.set(xlim=(1, columns + 1), ylim=(rows + 1, 1), xticks=[], yticks=[])
    sns.despine(ax=axes, left=True, bottom=True)
    axes.grid(visible=False)
    axes.text(columns + 1 - _GAP, top + _GAP, note, ha="right", va="top", fontsize=style.SMALL)
    return axes


def _find_sea(tiles: pd.DataFrame) -> int:
    """Find the first row of a place on the right without tiles, for a note; else below all."""
    height, width = _NOTE
    right = set(tiles.loc[tiles["column"] > tiles["column"].max() - width, "row"])
    tops = range(1, int(tiles["row"].max()) + 2)
    return next(top for top in tops if right.isdisjoint(range(top, top + height)))


def _break_name(name: str) -> str:
    """Break a name into at most two lines, the shortest there can be; a dash ends its line.

    Examples
    --------
    >>> _break_name("Thừa Thiên Huế").splitlines(), _break_name("Hà Nội").splitlines()
    (['Thừa', 'Thiên Huế'], ['Hà Nội'])
    """
    words = name.replace(" - ", "\u00a0- ")
    broken = (wrap(words, width, break_on_hyphens=False) for width in range(8, len(name) + 9))
    return "\n".join(next(lines for lines in broken if len(lines) <= 2))


def _choose_ink(colour: ColorType) -> str:
    """Choose black or white, whichever has the greater contrast by WCAG 2."""
    part = np.array(to_rgb(colour))
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return "black" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "white"
