"""What all figures share: style, title, source line, and words for those who cannot see them."""

import base64
import html
import io
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import BboxBase, ScaledTranslation

from dti_analysis.language import _, put_decimal_sign
from dti_analysis.subject import subject

# Okabe and Ito (2008), distinguishable with any colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
GREY, PALE = "#767676", "#b9c6d3"

_FONT = "DejaVu Sans"
_STYLE = {"axes.edgecolor": "#999999", "grid.color": "#e4e4e4", "font.family": _FONT}
# Points of the figure to pixels of the screen.
_SCALE = 100 / 72
_MARGIN = 4.0
# Text stays text, which can be searched and read aloud; the same numbers give the same bytes.
_DRAWING: Any = {"svg.fonttype": "none", "svg.hashsalt": "dti_analysis"}
_NAMELESS = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# Nearly as wide as the font that room is made for, and at hand where that one is not.
_FALLBACK = "Verdana, sans-serif"


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
    figure, axes = start_figure("0", (2, 2))
    for style in ("normal", "italic"):
        axes.text(0, 0, "0", style=style, fontweight="bold" if style == "normal" else "normal")
    Picture(figure, "").to_svg()


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


def start_figure(title: str, size: tuple[float, float]) -> tuple[Figure, Axes]:
    """Open a figure with its finding as title and the source line.

    Parameters
    ----------
    title : str
        The finding, in words.
    size : tuple of float
        Width and height in inches.
    """
    with sns.axes_style("whitegrid", _STYLE):
        figure = Figure(figsize=size)
        axes = figure.subplots()
    sns.despine(ax=axes)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_Numbers())
    # Its place is given, as no ticks stand at the top: looking for them takes a while.
    axes.set_title(title, loc="left", y=1, fontsize=11, fontweight="bold", wrap=True)
    axes.tick_params(labelsize=9)
    source = figure.text(
        _MARGIN / 72 / size[0],
        _MARGIN / 72 / size[1],
        subject().source,
        va="bottom",
        fontsize=8,
        color=GREY,
    )
    figure.set_layout_engine(_Surround(source))
    return figure, axes


def set_rank_axis(axes: Axes, basis: int) -> None:
    """Put rank 1 at the top."""
    axes.set(ylim=(basis + 1, 0), ylabel=_("Rank"))
    axes.set_yticks(list_ticks(basis))


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


def add_legend(axes: Axes, columns: int) -> None:
    """Put the legend under the axis label, where it covers no data."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=axes.transAxes + _go_below(figure),
        ncol=columns,
        frameon=False,
        fontsize=9,
        borderaxespad=0,
        columnspacing=1.2,
        handletextpad=0.5,
    )


def _go_below(figure: Figure) -> ScaledTranslation:
    """Go from the axes to where their legend begins, under the axis label."""
    return ScaledTranslation(0, -0.48, figure.dpi_scale_trans)
