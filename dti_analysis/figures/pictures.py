"""What all figures share: style, title, source line, and words for those who cannot see them."""

import base64
import io
from dataclasses import dataclass
from typing import Any

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import ScaledTranslation
from PIL import Image

from dti_analysis.language import N_, _, put_decimal_sign

# Okabe and Ito (2008), distinguishable with any colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
GREY, PALE = "#767676", "#b9c6d3"

SOURCE = N_("Source: dti.gov.vn and public statements, see data/raw; own computation.")

_STYLE = {"axes.edgecolor": "#999999", "grid.color": "#e4e4e4", "font.family": "DejaVu Sans"}
_DPI = 160
_SCREEN_DPI = 100


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

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
        # Drawn once, and straight to pixels: a file would be drawn twice, and only read again.
        canvas: Any = FigureCanvasAgg(self.figure)
        canvas.draw()
        pixels = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
        # No software name or date: the same numbers give the same bytes.
        png = _reduce_colours(pixels)
        width, height = (int(side * _SCREEN_DPI) for side in self.figure.get_size_inches())
        image = base64.b64encode(png).decode("ascii")
        shown = {"alt": self.alt, "width": width, "height": height}
        return {"image/png": image, "text/plain": self.alt}, {"image/png": shown}


def _reduce_colours(pixels: Image.Image) -> bytes:
    """Keep 128 colours, which is all that flat charts need, at a third of the size."""
    reduced = io.BytesIO()
    palette = pixels.convert("RGB").quantize(128, Image.Quantize.MAXCOVERAGE)
    palette.save(reduced, format="png")
    return reduced.getvalue()


def load_fonts() -> None:
    """Draw once what is not shown: the first figure of a process finds and reads the fonts."""
    figure, axes = start_figure("0", (2, 2))
    for style in ("normal", "italic"):
        axes.text(0, 0, "0", style=style, fontweight="bold" if style == "normal" else "normal")
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()


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
        figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
        axes = figure.subplots()
    sns.despine(ax=axes)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_Numbers())
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", wrap=True)
    axes.tick_params(labelsize=9)
    figure.supxlabel(_(SOURCE), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure, axes


def set_rank_axis(axes: Axes, basis: int) -> None:
    """Put rank 1 at the top."""
    axes.set(ylim=(basis + 1, 0), ylabel=_("Rank"))
    axes.set_yticks([1, *range(10, basis + 1, 10)])


def add_legend(axes: Axes, columns: int) -> None:
    """Put the legend under the axis label, where it covers no data."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    below = ScaledTranslation(0, -0.48, figure.dpi_scale_trans)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=axes.transAxes + below,
        ncol=columns,
        frameon=False,
        fontsize=9,
        borderaxespad=0,
        columnspacing=1.2,
        handletextpad=0.5,
    )
