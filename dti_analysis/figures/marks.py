"""Marks that figures share: dots, ranges, fans, paths, target flags and labels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.typing import ColorType
from numpy.typing import ArrayLike

from dti_analysis.figures.style import BLUE, GREEN, ORANGE, PALE, SMALL
from dti_analysis.language import _
from dti_analysis.models.positions import FloatArray
from dti_analysis.wording import name_goal

_FAN = {90: "#dceaf4", 80: "#b5d5ea", 50: "#7fb8dc"}

_FLAG = 0.35
"""Half the length of a target's flag, in years."""

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
    colour: ColorType = "black",
    is_bold: bool = False,
    has_halo: bool = False,
    coords: Any = "data",
) -> None:
    """Write beside a point, on the `side` (left, right, above, below, or two), `gap` points away.

    A halo makes it stand out from what it covers; `coords` as in `matplotlib.axes.Axes.annotate`.
    """
    across = ("right" in side) - ("left" in side)
    up = ("above" in side) - ("below" in side)
    place: Any = {"xytext": (gap * across, gap * up), "textcoords": "offset points"}
    place["ha"] = {1: "left", 0: "center", -1: "right"}[across]
    place["va"] = {1: "bottom", 0: "center", -1: "top"}[up]
    look: Any = {"color": colour, "fontsize": SMALL, "fontweight": "bold" if is_bold else "normal"}
    if has_halo:
        look["path_effects"] = [withStroke(linewidth=3, foreground="white")]
    axes.annotate(text, (x, y), xycoords=coords, annotation_clip=False, zorder=5, **place, **look)


def draw_dots(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    colour: ColorType,
    size: float = 7,
    *,
    is_hollow: bool = False,
    marker: str = "o",
    edge: float = 1.6,
    label: str = _NO_LABEL,
) -> None:
    """Draw points, full or hollow; `size` and the width of a hollow one's `edge` in points."""
    (dots,) = axes.plot(x, y, marker, color=colour, ms=size, label=label)
    if is_hollow:
        dots.set(mfc="white", mew=edge)


def draw_own(axes: Axes, x: float, y: float, label: str = _NO_LABEL) -> None:
    """Draw the point that a figure is about, large."""
    axes.plot([x], [y], "D", color=ORANGE, mec="black", ms=10, zorder=4, label=label)


def draw_ranges(
    axes: Axes,
    places: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    middle: ArrayLike | None = None,
    *,
    colour: ColorType = PALE,
    width: float = 9,
    alpha: float = 1,
    tick: ColorType = "black",
    is_upright: bool = False,
    label: str = _NO_LABEL,
) -> None:
    """Draw bars from low to high, one at each place, and a tick in their middle where given.

    `width` is that of the bars, in points; ticks are a little longer.
    """
    draw = axes.vlines if is_upright else axes.hlines
    draw(places, low, high, color=colour, alpha=alpha, lw=width, label=label)
    if middle is not None:
        axes.plot(middle, places, "|", color=tick, ms=width + 3, mew=2)


def draw_fan(axes: Axes, summary: pd.DataFrame, start: tuple[float, float] | None) -> None:
    """Draw central ranges and the median of a `summary`, from the year and rank of a start."""

    def path(column: str) -> FloatArray:
        known = [] if start is None else [start[0] if column == "year" else start[1]]
        return np.array([*known, *summary[column]], dtype=float)

    for width, colour in _FAN.items():
        best, worst = path(f"best{width}"), path(f"worst{width}")
        label = _("{width} %").format(width=width)
        axes.fill_between(path("year"), best, worst, color=colour, lw=0, label=label)
    median = path("median_rank")
    axes.plot(path("year"), median, color=BLUE, lw=1.6, ls="--", label=_("Median"))


def draw_path(
    axes: Axes, years: ArrayLike, ranks: ArrayLike, label: str, marker: str = "o"
) -> None:
    """Draw what is known of a unit, edition by edition."""
    axes.plot(years, ranks, f"-{marker}", color="black", lw=1.8, label=label)


def raise_flag(
    axes: Axes,
    rank: int,
    year: int,
    colour: ColorType = GREEN,
    width: float = 3,
    style: str = "-",
    note: str = "",
) -> None:
    """Raise a flag at a rank to reach, with its name, and a note, beside it."""
    axes.hlines(rank, year - _FLAG, year + _FLAG, color=colour, lw=width, ls=style)
    text, end, is_bold = "\n".join(filter(None, [name_goal(rank), note])), year + _FLAG, width > 2
    write_label(axes, text, end, rank, gap=3, colour=colour, is_bold=is_bold, has_halo=True)


def spread_out(heights: Sequence[float] | FloatArray, gap: float, last: float) -> FloatArray:
    """Move ascending heights apart until there is a gap between any two, none beyond the last."""
    placed = np.array(heights, dtype=float)
    for _round in range(200):
        placed[-1] = min(placed[-1], last)
        overlap = gap - np.diff(placed)
        if (overlap <= 1e-6).all():
            break
        for index in np.flatnonzero(overlap > 1e-6):
            placed[index] -= overlap[index] / 2
            placed[index + 1] += overlap[index] / 2
    return placed
