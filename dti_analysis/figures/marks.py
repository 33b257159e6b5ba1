"""Marks that figures share, each of one meaning: dots, ranges, fans, paths, targets and labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from dti_analysis.figures import style
from dti_analysis.figures.palette import LINE, OWN, OWN50, OWN80, PAGE, TARGET, TEXT, TILES
from dti_analysis.figures.picture import cut, find_fonts
from dti_analysis.models.positions import FloatArray

LINE_HEIGHT = 15
"""Height of a line of text, in points."""

_ROOM = 0.55 * style.WIDTH
"""Of a label, in points: of a longer one the end is left out."""

_FAN = {80: OWN80, 50: OWN50}
_DARK = 4
"""First shade of `TILES` that is written on in the colour of the page."""

_NO_LABEL = "_"
"""What a legend leaves out."""


def write_label(
    axes: Axes,
    text: str,
    x: float,
    y: float,
    side: str = "right",
    gap: float = 6,
    *,
    colour: ColorType = TEXT,
    is_bold: bool = False,
    size: float = style.SMALL,
    coords: Any = "data",
    room: float = _ROOM,
) -> Annotation:
    """Write beside a point, on the `side` (left, right, above, below, or two), `gap` points away.

    `coords` as in `matplotlib.axes.Axes.annotate`. What has no `room`, in points, is cut off.
    """
    across = ("right" in side) - ("left" in side)
    up = ("above" in side) - ("below" in side)
    place: Any = {"xytext": (gap * across, gap * up), "textcoords": "offset points"}
    place["ha"] = {1: "left", 0: "center", -1: "right"}[across]
    place["va"] = {1: "bottom", 0: "center", -1: "top"}[up]
    told = cut(text, room, int(size))
    look: Any = {"color": colour, "fontsize": size, "fontweight": "bold" if is_bold else "normal"}
    # From the start, as it may be measured before the figure is done.
    look |= {"parse_math": False, "fontfamily": find_fonts(told)}
    return axes.annotate(
        told, (x, y), xycoords=coords, annotation_clip=False, zorder=5, **place, **look
    )


def draw_dots(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    colour: ColorType,
    size: float = 7,
    *,
    is_hollow: bool = False,
    marker: str = "o",
    edge: float = 1.8,
    label: str = _NO_LABEL,
) -> None:
    """Draw points, full or hollow; `size` and the width of a hollow one's `edge` in points."""
    look: Any = {"zorder": 4, "clip_on": False, "label": label}
    (dots,) = axes.plot(x, y, marker, color=colour, ms=size, **look)
    if is_hollow:
        dots.set(mfc=PAGE, mew=edge)


def draw_known(
    axes: Axes, x: ArrayLike, y: ArrayLike, is_computed: ArrayLike, colour: ColorType = OWN
) -> None:
    """Draw what is known: full where published, hollow where computed."""
    across, up, hollow = np.asarray(x), np.asarray(y), np.asarray(is_computed, dtype=bool)
    for is_hollow in (False, True):
        shown = hollow == is_hollow
        if shown.any():
            draw_dots(axes, across[shown], up[shown], colour, 8, is_hollow=is_hollow)


def draw_medians(axes: Axes, x: ArrayLike, y: ArrayLike, size: float = 7) -> None:
    """Draw medians of a forecast."""
    axes.plot(x, y, "D", color=OWN, mfc=OWN50, mew=1.2, ms=size, zorder=3, clip_on=False)


def draw_ranges(
    axes: Axes,
    places: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    middle: ArrayLike | None = None,
    *,
    colour: ColorType = LINE,
    width: float = 10,
    tick: ColorType = TEXT,
    is_upright: bool = False,
    label: str = _NO_LABEL,
) -> None:
    """Draw bars from low to high, one at each place, and a tick in their middle where given.

    `width` is that of the bars, in points; ticks are a little longer.
    """
    draw = axes.vlines if is_upright else axes.hlines
    draw(places, low, high, color=colour, lw=width, label=label)
    if middle is not None:
        axes.plot(middle, places, "|", color=tick, ms=width + 3, mew=2)


def draw_outlook(axes: Axes, table: pd.DataFrame, last: int) -> None:
    """Draw where each unit may be next, a row each, down to the last rank."""
    draw_ranges(axes, table.index, table["best80"], table["worst80"], width=8, colour=OWN80)
    draw_medians(axes, table["median_rank"], table.index, 5)
    axes.set(xlim=(0.2, last + 0.8), xticks=style.list_ticks(last))
    style.set_rows(axes, list(table["unit"]))


def draw_cell(
    axes: Axes,
    place: tuple[float, float],
    shade: int,
    text: str,
    edge: ColorType = "none",
    size: float = style.SMALL,
) -> None:
    """Draw a cell, its row and column given, in a shade of `TILES`, and write in it."""
    row, column = place
    box = Rectangle((column + 0.02, row + 0.03), 0.96, 0.94, fc=TILES[shade], ec=edge, lw=1.5)
    axes.add_patch(box)
    look: Any = {"color": PAGE if shade >= _DARK else TEXT, "fontsize": size}
    axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", **look)


def draw_fan(axes: Axes, summary: pd.DataFrame, start: tuple[float, float] | None) -> None:
    """Draw central ranges and medians of a `summary`, from the year and rank of a start."""

    def path(column: str) -> FloatArray:
        known = [] if start is None else [start[0] if column == "year" else start[1]]
        return np.array([*known, *summary[column]], dtype=float)

    for width, colour in _FAN.items():
        best, worst = path(f"best{width}"), path(f"worst{width}")
        if len(best) > 1:
            axes.fill_between(path("year"), best, worst, color=colour, lw=0)
        else:
            draw_ranges(axes, path("year"), best, worst, colour=colour, is_upright=True)
    axes.plot(path("year"), path("median_rank"), color=OWN, lw=1.6, ls=":")
    draw_medians(axes, summary["year"], summary["median_rank"])


def raise_flag(axes: Axes, start: float, year: float, rank: int) -> None:
    """Draw the line that a target is not to fall below, up to a flag in its year."""
    border = rank + 0.5
    axes.plot([start, year], [border, border], color=TARGET, lw=1.6, ls=(0, (5, 3)), zorder=3)
    axes.plot([year], [border], marker=9, color=TARGET, ms=9, zorder=4, clip_on=False)


@dataclass(frozen=True)
class Lines:
    """Lines of text that stand together beside a height."""

    height: float  # of what they are about, on the axis
    texts: Sequence[tuple[str, bool]]  # each line, and whether it is bold
    colour: ColorType = OWN

    @property
    def room(self) -> float:
        """Height of all lines, in points."""
        return LINE_HEIGHT * len(self.texts)


@dataclass(frozen=True)
class Beside:
    """Blocks of lines on a side of a place of the axis, some points away."""

    x: float
    blocks: Sequence[Lines]
    side: str = "right"
    gap: int = 10


def settle_with(axes: Axes, *besides: Beside) -> list[Annotation]:
    """Give axes their place for good, with room for what stands beside them, and write that."""
    middle = float(np.mean(axes.get_ylim()))
    holders = [
        write_label(axes, text, beside.x, middle, beside.side, beside.gap, is_bold=is_bold)
        for beside in besides
        for block in beside.blocks
        for text, is_bold in block.texts
    ]
    style.settle(axes)
    for holder in holders:
        holder.remove()
    return [label for beside in besides for label in stack(axes, beside)]


def stack(axes: Axes, beside: Beside) -> list[Annotation]:
    """Write blocks of lines beside a place, each as near to its height as the others let it.

    Axes must not change their scale or place any more; see `dti_analysis.figures.style.settle`.
    """
    x, blocks, side, gap = beside.x, beside.blocks, beside.side, beside.gap
    ordered = sorted(blocks, key=lambda block: axes.transData.transform((x, block.height))[1])
    scale = style.find_figure(axes).dpi / 72
    wanted = [axes.transData.transform((x, block.height))[1] / scale for block in ordered]
    ends = max(axes.bbox.y0 / scale - LINE_HEIGHT / 2, 0), axes.bbox.y1 / scale
    middles = place_apart(wanted, [block.room for block in ordered], *ends)
    to_data, labels = axes.transData.inverted(), []
    for block, middle in zip(ordered, middles, strict=True):
        for place, (text, is_bold) in enumerate(block.texts):
            up = middle + block.room / 2 - LINE_HEIGHT * (place + 0.5)
            height = float(to_data.transform((0, up * scale))[1])
            look: Any = {"colour": block.colour, "is_bold": is_bold}
            labels.append(write_label(axes, text, x, height, side, gap, **look))
    return labels


def place_apart(
    wanted: Sequence[float], rooms: Sequence[float], least: float, most: float
) -> list[float]:
    """Place ascending middles as near to those wanted as their rooms let them.

    Examples
    --------
    >>> place_apart([10, 12, 40], [10, 10, 10], 0, 100)
    [6.0, 16.0, 40.0]
    >>> place_apart([98], [10], 0, 100)
    [95.0]
    """
    size = np.asarray(rooms, dtype=float)

    def find_bottom(group: slice) -> float:
        """Take the mean of what each would have it be, as far as there is room."""
        before = np.cumsum(size[group]) - size[group] / 2
        bottom = float(np.mean(np.asarray(wanted, dtype=float)[group] - before))
        return max(min(bottom, most - float(size[group].sum())), least)

    groups: list[slice] = []
    for place in range(len(size)):
        group = slice(place, place + 1)
        while groups and find_bottom(groups[-1]) + size[groups[-1]].sum() > find_bottom(group):
            group = slice(groups.pop().start, place + 1)
        groups.append(group)
    return [
        float(middle)
        for group in groups
        for middle in find_bottom(group) + np.cumsum(size[group]) - size[group] / 2
    ]
