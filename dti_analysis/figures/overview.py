"""Figures of all units at once: ranges, paths, moves, and tiles where they lie."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.figures import marks, style
from dti_analysis.figures.marks import Beside, Lines
from dti_analysis.figures.palette import MISS, OTHER, OWN, QUIET, RULE, TARGET, TEXT, WASH
from dti_analysis.figures.picture import Picture, Tiles, wrap
from dti_analysis.figures.style import HasPanel
from dti_analysis.figures.tiles import (
    EDGE,
    OPEN,
    Diagram,
    Tile,
    describe_shades,
    describe_top,
    is_open,
    shade_chance,
)
from dti_analysis.forecasting.forecast import Forecast
from dti_analysis.language import _, format_number, format_percent, ordinal
from dti_analysis.wording import format_chance, format_rank, name_places, name_range

_TOP = 10
"""Best places that are watched, of at least twice as many."""


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
    table = table[table["year"] == year].copy()
    table["unit"] = table["unit"].map(forecast.panel.config.label_unit)
    table["rank"] = table["code"].map(forecast.panel.ranks_of(origin))
    table = table.sort_values(["rank", "median_rank", "unit"], ignore_index=True)
    config, last = forecast.panel.config, _last_rank(draws.count, table["rank"])
    axes = style.start_figure(ax, 44 + 17 * len(table))
    top = _count_best(forecast)
    inside = pd.Series(draws.inside(top, year), list(draws.codes))
    for row in table.index[table["code"].map(inside).map(is_open)]:
        axes.axhspan(row - 0.5, row + 0.5, color=WASH, lw=0, zorder=0)
    axes.axvline(top + 0.5, color=TARGET, lw=1.2, zorder=1)
    marks.draw_outlook(axes, table, last)
    marks.draw_dots(axes, table["rank"], table.index, TEXT, 3.5)
    first, final = table.iloc[0], table.iloc[-1]
    told = _("{year}: {rank}").format(year=year, rank=ordinal(first["median_rank"]))
    told = f"{told}, {name_range(first['best80'], first['worst80'])}"
    # Behind the line, which it would cross.
    marks.write_label(axes, told, max(first["worst80"], top + 0.5), 0, colour=OWN)
    places = (table["worst80"] - table["best80"] + 1).median()
    finding = (
        _("Half the ranges of {following} or more are of one rank alone")
        if places < 2
        else _("Half the ranges of {following} span {places} places or more")
    )
    return style.finish(
        axes, config, finding,
        _(
            "Range chart of {count} {units} in the order of their {year} rank. {title}. {first}, "
            "at the top, between {best1} and {worst1}; {last}, at the bottom, between {best2} and "
            "{worst2}."
        ),
        year=origin, following=year,
        places=format_number(places), count=len(table),
        first=first["unit"], best1=first["best80"], worst1=first["worst80"], last=final["unit"],
        best2=final["best80"], worst2=final["worst80"], stem="overview",
        how=_(
            "Rank in {index}: ● {year}, ◆ median of {following}, bar its {width} range; orange: "
            "the top {top}, tinted where it may go either way ({low} to {high})."
        ),
        table=table[["unit", "rank", "median_rank", "best80", "worst80"]], top=top,
        width=format_percent(0.8), low=format_percent(OPEN[0] / 100),
        high=format_percent(OPEN[1] / 100),
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
    config, names = index.panel.config, index.panel.labels
    first, last = int(ranks.columns[0]), int(ranks.columns[-1])
    lowest = _last_rank(len(ranks), ranks)
    gain = (ranks[first] - ranks[last]).sort_values(ascending=False, kind="stable")
    count = min(count, len(ranks) // 2)
    rising = gain.iloc[:count].loc[lambda gains: gains > 0].index
    falling = gain.iloc[len(gain) - count :].loc[lambda gains: gains < 0].index
    axes = style.start_figure(ax, 420)
    axes.plot(ranks.columns, ranks.drop([*rising, *falling]).T, color=RULE, lw=0.7, zorder=1)
    colours = dict.fromkeys(rising, OWN) | dict.fromkeys(falling, OTHER)
    for code, colour in colours.items():
        dash = "-o" if colour == OWN else "--o"
        axes.plot(ranks.columns, ranks.loc[code], dash, color=colour, lw=2, ms=5, zorder=2)
    axes.set(xlim=(first - 0.1, last + 0.05))
    axes.set_xticks(ranks.columns)
    style.set_rank_axis(axes, lowest)
    named = [
        Lines(rank, [(f"{rank} {names[str(code)]}", False)], OWN if code in rising else QUIET)
        for code, rank in ranks.loc[list(colours), last].items()
    ]
    marks.settle_with(axes, Beside(last, named))
    gains = {code: format_number(gain[code], signed=True) for code in gain.index}
    listing = ", ".join(f"{names[str(code)]} {gains[code]}" for code in colours)
    text = _(
        "Line chart of the ranks of all {count} {units} from {first} to {last}, 1 at the top. "
        "{title}. Places gained or lost: {listing}."
    )
    return style.finish(
        axes, config,
        _("{riser} rose most from {first} to {last}: {rise}; {faller} fell most: {fall}")
        if len(rising) and len(falling)
        else _("From {first} to {last} places between {fall} and {rise} were gained"), text,
        riser=names[gain.index[0]], rise=gains[gain.index[0]], first=first, last=last,
        faller=names[gain.index[-1]], fall=gains[gain.index[-1]], count=len(ranks),
        listing=listing or _("none"), stem="paths",
        how=_("Rank in {index} by edition: blue rose most, grey fell most."),
        table=ranks.rename(index=names).reset_index(names="unit"),
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
    moves["unit"] = moves.index.map(index.panel.labels)
    moves = moves.sort_values("gain", ascending=False, kind="stable")
    risen, fallen = moves[moves["gain"] > 0], moves[moves["gain"] < 0]
    shown = pd.concat([risen.head(count), fallen.tail(count)]).reset_index(drop=True)
    axes = style.start_figure(ax, 54 + 24 * len(shown))
    for place, row in enumerate(shown.to_dict("records")):
        start, end, gain = row["start"], row["end"], row["gain"]
        colour, dash = (OWN, "-") if gain > 0 else (OTHER, "--")
        axes.plot([start, end], [place, place], dash, color=colour, lw=2)
        marks.draw_dots(axes, [start], [place], MISS, 6)
        marks.draw_dots(axes, [end], [place], colour)
        marks.write_label(axes, format_number(gain, signed=True), max(start, end), place, gap=8)
    lowest, places = _last_rank(len(ranks), ranks), moves["gain"].abs().median()
    axes.set(xlim=(0, 1.12 * lowest), xticks=style.list_ticks(lowest))
    style.set_rows(axes, list(shown["unit"]))
    listing = style.list_each(_("{unit} from {start} to {end}"), **shown)
    text = _(
        "Chart of the ranks in {before} and {after} of the {units} that rose and fell most. "
        "{title}. {listing}."
    )
    return style.finish(
        axes, config,
        _("{year}: {movers} of {count} {units} moved in one edition; the median move: {places}"),
        text, year=after, movers=(moves["gain"] != 0).sum(), count=len(ranks), before=before,
        after=after, listing=listing, places=format_number(places, None), table=shown, stem="moves",
        how=_("Rank in {index}: pale {before}, full {after}; places gained or lost."),
    )  # fmt: skip


def _list_complete(index: HasPanel, year: int | None) -> pd.DataFrame:
    """Ranks by unit, in the order of what they are called, and by edition that has them all."""
    panel = index.panel
    last = getattr(index, "origin_year", panel.editions[-1]) if year is None else year
    editions = [edition for edition in panel.editions if edition <= last]
    whole = [edition for edition in editions if panel.ranks_of(edition).notna().all()]
    # Of units that come and go, those that have stayed.
    ranks = panel.wide("rank")[whole].dropna().astype(int)
    return ranks.sort_index(key=lambda codes: codes.map(panel.labels))


def _last_rank(count: int, ranks: pd.Series | pd.DataFrame) -> int:
    """Last place there is; of a part of what is ranked it lies beyond the number of units."""
    return int(np.nanmax([count, *ranks.to_numpy(dtype=float).ravel()]))


def tabulate_tiles(
    forecast: Forecast, open_link: Callable[[str], str] | None = None
) -> Tiles | None:
    """Show every unit about where it lies: rank, change and chance of the best places.

    None where units have no places.

    Parameters
    ----------
    forecast : Forecast
        Of units that have places (row and column).
    open_link : callable, optional
        Gives the tag that opens the tile of a unit, by its code: that of a link.
    """
    panel, draws = forecast.panel, forecast.draws
    origin, year = forecast.origin_year, forecast.years[0]
    units = panel.units.loc[list(draws.codes)]
    if not {"row", "column"} <= set(units) or units[["row", "column"]].isna().any(axis=None):
        return None
    top, ranks = _count_best(forecast), panel.wide("rank").reindex(units.index)
    ranks = ranks.loc[:, :origin]
    table = pd.DataFrame({"unit": units.index.map(panel.labels)}, index=units.index)
    table["rank"] = ranks[origin]
    table["change"] = -ranks.diff(axis=1)[origin]
    table["chance"] = draws.inside(top, year)
    tiles = []
    spots = units[["row", "column"]].astype(int).to_numpy().tolist()
    for code, spot, row in zip(draws.codes, spots, table.to_dict("records"), strict=True):
        rank, change = (
            None if np.isnan(row[name]) else int(row[name]) for name in ("rank", "change")
        )
        opening = open_link(code) if open_link else "<span>"
        tiles.append(Tile(code, row["unit"], tuple(spot), rank, change, (row["chance"],), opening))
    last, key = _last_rank(draws.count, table["rank"]), f"{panel.basis or 'all'}-{origin}"
    told = describe_top(list(table["chance"]), top, panel.config.nouns["units"])
    listing = style.list_each(
        _("{unit} {rank}, {chance}"),
        unit=table["unit"],
        rank=table["rank"].map(format_rank),
        chance=table["chance"].map(format_chance),
    )
    diagram = Diagram(tiles, (origin, year), last, (top,), key=key)
    picture = style.finish(
        _draw_tiles(diagram), panel.config, "{index} {next}: {told}",
        _(
            "Diagram of {count} tiles, one for each {unit} about where it lies. {title}. Rank in "
            "{year} and chance of {places} in {next}: {listing}."
        ),
        count=len(tiles), year=origin, places=name_places(top), next=year, told=told,
        listing=listing, table=table, stem="tiles",
    )  # fmt: skip
    return Tiles(**vars(picture), diagram=diagram)


def _draw_tiles(diagram: Diagram) -> Axes:
    """Draw the chances for those who take a picture away."""
    ends = np.array([tile.place for tile in diagram.tiles]).max(axis=0) + 1
    axes = style.start_figure(None, 44 + 52 * (ends[0] - 1))
    room, size = 0.8 * style.WIDTH / (ends[1] - 1), 10
    for tile in diagram.tiles:
        (chance,) = tile.chances
        words = [format_chance(chance), *wrap(tile.name, size, room)]
        edge = TARGET if is_open(chance) else "none"
        marks.draw_cell(axes, tile.place, shade_chance(chance), "\n".join(words), edge, size)
    axes.set(xlim=(1, ends[1]), ylim=(ends[0], 1), xticks=[], yticks=[])
    told = f"{describe_shades(diagram.tops[0], diagram.years[1])}\n{_(EDGE)}"
    axes.set_xlabel(told, loc="left", multialignment="left")
    style.fade(axes)
    return axes


def _count_best(forecast: Forecast) -> int:
    return min(_TOP, max(forecast.draws.count // 2, 1))
