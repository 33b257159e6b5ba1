"""Maps of all provinces as equal tiles: their ranks, and their chances of the best places."""

from collections.abc import Hashable, Mapping
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.typing import ColorType

from dti_analysis.figures.style import GREY, Picture, start_figure
from dti_analysis.language import _

_WIDTH, _HEIGHT, _GAP = 1.15, 0.37, 0.05
_NO_VALUE = "white"


def map_ranks(provinces: pd.DataFrame, grid: pd.DataFrame, basis: int, year: int) -> Picture | None:
    """Draw every province's rank as a tile, the best the darkest.

    Parameters
    ----------
    provinces : DataFrame
        Columns code, province, region and rank (missing where not published), as from
        `dti_analysis.forecasting.overview.summarise_country`.
    grid : DataFrame
        The raw table `tile_grid`, all text.
    basis : {63, 34}
        Which provinces.
    year : int
        Edition of the ranks.

    Returns
    -------
    Picture or None
        None where fewer than half of the ranks, or none of the first ten, are published.
    """
    known = provinces.dropna(subset="rank").sort_values(["rank", "code"])
    best = known[known["rank"] <= 10]
    if best.empty or len(known) < basis / 2:
        return None
    regions, of, first = best["region"].nunique(), provinces["region"].nunique(), best.iloc[0]
    title = (
        _("{year}: the top 10 lie in {regions} of {of} regions; {first} is best")
        if len(best) >= 10
        else _(
            "{year}: those known of the top 10 lie in {regions} of {of} regions; {first} is best"
        )
    ).format(year=year, regions=regions, of=of, first=first["province"])
    tiles = _lay_out(provinces, grid, basis)
    ranks = tiles["rank"].astype(float)
    texts = [str(int(rank)) if np.isfinite(rank) else "–" for rank in ranks]
    note = (
        _("Rank in {year}: dark is best")
        if len(known) == basis
        else _("Rank in {year}: dark is best\n– not published")
    ).format(year=year)
    colours = sns.color_palette("YlGnBu_r", as_cmap=True)
    figure = _draw_tiles(tiles, ranks, texts, title, note, colours, Normalize(1, basis))
    listing = "; ".join(
        "{rank} {province}".format(rank=row["rank"], province=row["province"])
        for row in known.to_dict("records")
    )
    alt = _(
        "Map of {basis} tiles in the shape of the country, one for each province, with its rank "
        "in {year}. {title}. Ranks: {listing}. Not published: {missing}."
    ).format(
        basis=basis,
        year=year,
        title=title,
        listing=listing,
        missing=basis - len(known) or _("none"),
    )
    return Picture(figure, alt)


def map_chances(provinces: pd.DataFrame, grid: pd.DataFrame, basis: int, year: int) -> Picture:
    """Draw every province's chance of the top 10 as a tile, the likeliest the darkest.

    Parameters
    ----------
    provinces : DataFrame
        Columns code, province and top10 (chance, 0 to 1), as from
        `dti_analysis.forecasting.overview.summarise_country`.
    grid, basis
        See `map_ranks`.
    year : int
        Edition that the chances are of.
    """
    even = provinces[provinces["top10"] >= 0.5]
    open_ = provinces["top10"].between(0.05, 0.95).sum()
    title = _("Top 10 in {year}: likelier than not for {even} provinces, open for {open}").format(
        year=year, even=len(even), open=open_
    )
    tiles = _lay_out(provinces, grid, basis)
    chances = 100 * tiles["top10"].astype(float)
    texts = [_name_percent(chance) for chance in chances]
    note = _("Chances in 100 of the\ntop 10 in {year}: dark is\nlikely. Open: 5 to 95").format(
        year=year
    )
    colours = sns.color_palette("YlGnBu", as_cmap=True)
    figure = _draw_tiles(tiles, chances, texts, title, note, colours, Normalize(0, 100))
    likeliest = provinces.sort_values(["top10", "code"], ascending=[False, True])
    listing = "; ".join(
        "{province} {chance}".format(
            province=row["province"], chance=_name_percent(100 * row["top10"])
        )
        for row in likeliest[likeliest["top10"] >= 0.05].to_dict("records")
    )
    alt = _(
        "Map of {basis} tiles in the shape of the country, one for each province, with its chance "
        "in 100 of the top 10 in {year}. {title}. Chances of 5 or more in 100: {listing}."
    ).format(basis=basis, year=year, title=title, listing=listing)
    return Picture(figure, alt)


def _name_percent(percent: float) -> str:
    """Write a chance in few letters, without the certainty that draws cannot give."""
    rounded = int(np.floor(percent + 0.5))
    return "<1" if rounded < 1 else ">99" if rounded > 99 else str(rounded)


def _lay_out(provinces: pd.DataFrame, grid: pd.DataFrame, basis: int) -> pd.DataFrame:
    """Put the place of its tile beside each province."""
    places = grid.loc[grid["basis"] == str(basis), ["code", "row", "column"]]
    places = places.astype({"row": int, "column": int})
    return provinces.merge(places, on="code", how="left", validate="one_to_one")


def _draw_tiles(
    tiles: pd.DataFrame,
    values: pd.Series,
    texts: list[str],
    title: str,
    note: str,
    colours: Colormap,
    scale: Normalize,
) -> Figure:
    rows, columns = int(tiles["row"].max()), int(tiles["column"].max())
    figure, axes = start_figure(title, (columns * _WIDTH + 0.2, rows * _HEIGHT + 0.8))
    for tile, value, text in zip(tiles.to_dict("records"), values, texts, strict=True):
        _draw_tile(axes, tile, text, colours(scale(value)) if np.isfinite(value) else _NO_VALUE)
    axes.set(xlim=(1, columns + 1), ylim=(rows + 1, 1), xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.grid(visible=False)
    # The sea is where no tile is: in the east of the north.
    axes.text(columns + 1 - _GAP, 7, note, ha="right", va="top", fontsize=9, color="black")
    return figure


def _draw_tile(axes: Axes, tile: Mapping[Hashable, Any], text: str, colour: ColorType) -> None:
    left, top = tile["column"], tile["row"]
    axes.add_patch(
        Rectangle(
            (left + _GAP / 2, top + _GAP / 2),
            1 - _GAP,
            1 - _GAP,
            facecolor=colour,
            edgecolor=GREY,
            lw=0.6,
        )
    )
    ink = _choose_ink(colour)
    name = _break_name(tile["province"])
    middle = top + 0.5
    axes.text(left + 0.05, middle, text, va="center", fontsize=11, fontweight="bold", color=ink)
    axes.text(left + 0.37, middle, name, va="center", fontsize=9, color=ink, linespacing=1.0)


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
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(colour)
    ]
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], linear))
    return "black" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "white"
