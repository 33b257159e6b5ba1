"""What all figures share: style, title, source line, and words for those who cannot see them."""

import base64
import html
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import BboxBase, ScaledTranslation

from dti_analysis.config import IndexConfig
from dti_analysis.language import _, format_number, put_decimal_sign
from dti_analysis.panel import Panel

# Okabe and Ito (2008), distinguishable with any colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
GREY, PALE = "#767676", "#b9c6d3"

SMALL = 9
"""Size of all text but the title, in points."""

SHORT = {"median_rank": "median", "best80": "best", "worst80": "worst"}
"""Columns of a summary by the names that messages have for them."""

_FONT = "DejaVu Sans"
_STYLE = {"axes.edgecolor": "#999999", "grid.color": "#e4e4e4", "font.family": _FONT}
# Points of the figure to pixels of the screen.
_SCALE = 100 / 72
_WIDTH = 7.6
_MARGIN = 4.0
# Text stays text, which can be searched and read aloud; the same numbers give the same bytes.
_DRAWING: Any = {"svg.fonttype": "none", "svg.hashsalt": "dti_analysis"}
_NAMELESS = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# Nearly as wide as the font that room is made for, and at hand where that one is not.
_FALLBACK = "Verdana, sans-serif"


class HasPanel(Protocol):
    """An index, or whatever else knows its panel: a forecast, an evaluation."""

    @property
    def panel(self) -> Panel:
        """What is known."""


@dataclass(frozen=True)
class Picture:
    """A figure and its text alternative; shows itself in a notebook.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure, free of pyplot and so of any global state.
    alt : str
        What a sighted reader sees.
    """

    figure: Figure
    alt: str

    def to_svg(self) -> str:
        """Draw it as SVG, with the text alternative as its title; the same each time."""
        drawn = io.StringIO()
        with mpl.rc_context(_DRAWING):
            canvas: Any = FigureCanvasSVG(self.figure)
            canvas.print_svg(drawn, metadata={**_NAMELESS, "Title": self.alt})
        return drawn.getvalue().replace(f"'{_FONT}'", f"'{_FONT}', {_FALLBACK}")

    def to_html(self) -> str:
        """Draw it as an image element, no wider than its place."""
        width, height = self._measure()
        drawn = base64.b64encode(self.to_svg().encode()).decode()
        return (
            f'<img src="data:image/svg+xml;base64,{drawn}" alt="{html.escape(self.alt)}" '
            f'width="{width}" height="{height}" style="max-width: 100%; height: auto">'
        )

    def _measure(self) -> tuple[int, int]:
        """Width and height in pixels of the screen."""
        width, height = (int(72 * _SCALE * side) for side in self.figure.get_size_inches())
        return width, height

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        width, height = self._measure()
        shown = {"alt": self.alt, "width": width, "height": height}
        return {"image/svg+xml": self.to_svg(), "text/plain": self.alt}, {"image/svg+xml": shown}


def load_fonts() -> None:
    """Draw once what is not shown: the first figure of a process finds and reads the fonts."""
    config = IndexConfig(source="0")
    axes = start_figure(config, None, 2, 2)
    for style, weight in (("normal", "bold"), ("italic", "normal")):
        axes.text(0, 0, "0", style=style, fontweight=weight)
    finish(axes, config, "0", "0").to_svg()


class _Surround(LayoutEngine):
    """Room around the only axes for their words, and for the source line below.

    Matplotlib's own layouts are made for any number of axes, and take twice as long.
    """

    _adjust_compatible = True
    _colorbar_gridspec = False

    def __init__(self, source: Text) -> None:
        super().__init__()
        self._source = source

    def execute(self, fig: Figure) -> None:
        (axes,) = fig.axes
        # Twice: in the room that is left, the title may take another line, and ticks be others.
        for _round in range(2):
            outer = axes.get_tightbbox(for_layout_only=True)
            if outer is not None:
                self._make_room(fig, axes, outer)
        self._pull_legend(fig, axes)

    def _make_room(self, fig: Figure, axes: Axes, outer: BboxBase) -> None:
        inner, page, margin = axes.get_window_extent(), fig.bbox, _MARGIN * fig.dpi / 72
        below = self._source.get_window_extent().y1 + margin
        fig.subplots_adjust(
            left=(inner.x0 - outer.x0 + margin) / page.width,
            right=1 - (outer.x1 - inner.x1 + margin) / page.width,
            bottom=(inner.y0 - outer.y0 + below) / page.height,
            top=1 - (outer.y1 - inner.y1 + margin) / page.height,
        )

    def _pull_legend(self, fig: Figure, axes: Axes) -> None:
        """Begin a legend that is too long further left: there it does not stand on the axes."""
        legend = axes.get_legend()
        if legend is None:
            return
        margin = _MARGIN * fig.dpi / 72
        beyond = legend.get_window_extent().x1 - (fig.bbox.x1 - margin)
        if beyond > 0:
            left = ScaledTranslation(-beyond / fig.dpi, 0, fig.dpi_scale_trans)
            anchor = axes.transAxes + _go_below(fig) + left
            legend.set_bbox_to_anchor((0, 0), transform=anchor)


class _Numbers(ScalarFormatter):
    """Numbers on an axis, with the decimal sign of the language spoken."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return put_decimal_sign(super().__call__(x, pos))


def start_figure(
    config: IndexConfig, ax: Axes | None, height: float, width: float = _WIDTH
) -> Axes:
    """Open a figure, its `height` and `width` in inches, with the source line of `config`.

    Where `ax` of a figure of someone else's are drawn into, size, layout and source are theirs.
    """
    axes = _open(config, (width, height)) if ax is None else ax
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_Numbers())
    axes.tick_params(labelsize=SMALL)
    return axes


def _open(config: IndexConfig, size: tuple[float, float]) -> Axes:
    with sns.axes_style("whitegrid", _STYLE):
        figure = Figure(figsize=size)
        axes = figure.subplots()
    sns.despine(ax=axes)
    left, bottom = (_MARGIN / 72 / side for side in size)
    source = config.label("source")
    written = figure.text(left, bottom, source, va="bottom", fontsize=8, color=GREY)
    figure.set_layout_engine(_Surround(written))
    written.set_parse_math(False)
    return axes


def find_figure(axes: Axes) -> Figure:
    """Find the figure that axes lie in."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def finish(axes: Axes, config: IndexConfig, finding: str, alt: str, **values: object) -> Picture:
    """Close the figure of `axes` with its finding as title, and say what is seen.

    `values` and the nouns of `config` fill in `finding`, and with the title the alternative `alt`.
    """
    known = {**config.nouns, **values}
    title = finding.format(**known)
    # What is wrapped is measured as mathematics in any case, unless its signs are escaped.
    escaped = title.replace("$", r"\$")
    # Its place is given, as no ticks stand at the top: looking for them takes a while.
    heading = axes.set_title(escaped, loc="left", y=1, fontsize=11, fontweight="bold", wrap=True)
    for text in axes.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(text is heading)
    return Picture(find_figure(axes), alt.format(title=title, **known))


def set_rank_axis(axes: Axes, last: int) -> None:
    """Put rank 1 at the top, and the last one at the bottom."""
    axes.set(ylim=(last + 1, 0), ylabel=_("Rank"))
    axes.set_yticks(list_ticks(last))


def set_rows(axes: Axes, labels: list[str], above: float = 0.6, below: float = 0.6) -> None:
    """Give each row its label, the first at the top, with some room above and below."""
    axes.set(yticks=range(len(labels)), ylim=(len(labels) - 1 + below, -above))
    axes.set_yticklabels(labels, fontsize=SMALL)
    axes.grid(axis="y", visible=False)


def list_ticks(count: int) -> list[int]:
    """List the ranks to write on an axis: the first, and round numbers.

    Examples
    --------
    >>> list_ticks(63), list_ticks(6), list_ticks(2000)
    ([1, 10, 20, 30, 40, 50, 60], [1, 2, 3, 4, 5, 6], [1, 500, 1000, 1500, 2000])
    """
    steps = (figure * 10**power for power in range(9) for figure in (1, 2, 5))
    step = next(step for step in steps if count / step < 7)
    return [1, *range(max(step, 2), count + 1, step)]


def count_places(config: IndexConfig) -> int:
    """Count the decimal places of a score: as many as tell a thousandth of the scale.

    Examples
    --------
    >>> [count_places(IndexConfig(max_score=most)) for most in (1, 100, 1000, None)]
    [3, 1, 0, 3]
    """
    return 3 if config.max_score is None else max(0, 3 - math.floor(math.log10(config.max_score)))


def name_scale(config: IndexConfig) -> str:
    """Name the scale of scores in brackets, to put after what is scored; nothing if it is open.

    Examples
    --------
    >>> name_scale(IndexConfig(max_score=1)), name_scale(IndexConfig())
    (' (0 to 1)', '')
    >>> name_scale(IndexConfig(max_score=1, higher_is_better=False))
    ' (0 to 1, less is better)'
    """
    said = []
    if config.max_score is not None:
        said.append(_("0 to {most}").format(most=format_number(config.max_score, None)))
    if not config.higher_is_better:
        said.append(_("less is better"))
    return f" ({', '.join(said)})" if said else ""


def turn_scores(axes: Axes, config: IndexConfig, *, is_upright: bool = False) -> None:
    """Put the best scores on the right and, of what `is_upright`, on top; limits must stand."""
    if not config.higher_is_better:
        axes.invert_xaxis()
        if is_upright:
            axes.invert_yaxis()


def list_rows(table: pd.DataFrame, write: Callable[[float], str]) -> str:
    """List what is known of a table: each row by its label, each value by that of its column."""
    return "; ".join(
        f"{label} " + ", ".join(f"{column}: {write(value)}" for column, value in row.items())
        for label, row in ((label, row.dropna()) for label, row in table.iterrows())
    )


def list_each(message: str, places: int = 0, **columns: Any) -> str:
    """List what a message says of each row of columns, floats with so many decimal places."""
    written = pd.DataFrame(columns).map(
        lambda value: format_number(value, places) if isinstance(value, float) else value
    )
    return "; ".join(message.format_map(row) for row in written.to_dict("records"))


def add_legend(axes: Axes, columns: int) -> None:
    """Put the legend under the axis label, where it covers no data."""
    below = axes.transAxes + _go_below(find_figure(axes))
    place: Any = {"loc": "upper left", "bbox_to_anchor": (0, 0), "bbox_transform": below}
    room: Any = {"borderaxespad": 0, "columnspacing": 1.2, "handletextpad": 0.5}
    axes.legend(ncol=columns, frameon=False, fontsize=SMALL, **place, **room)


def _go_below(figure: Figure) -> ScaledTranslation:
    """Go from the axes to where their legend begins, under the axis label."""
    return ScaledTranslation(0, -0.48, figure.dpi_scale_trans)
