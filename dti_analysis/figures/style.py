"""What all figures share: size, room, scales, and words for those who cannot see them."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import LayoutEngine
from matplotlib.text import Text
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import BboxBase, ScaledTranslation

from dti_analysis.config import IndexConfig
from dti_analysis.figures.palette import LINE, QUIET, RULE, TEXT
from dti_analysis.figures.picture import FONT, Picture, cut, find_fonts
from dti_analysis.language import _, format_number, put_decimal_sign
from dti_analysis.panel import Panel

SMALL = 12
"""Size of all text, in points: at the width of a phone, nine of its pixels."""

WIDTH = 460
"""Width of all figures, in points."""

SHORT = {"median_rank": "median", "best80": "best", "worst80": "worst"}
"""Columns of a summary by the names that messages have for them."""

_STYLE = {
    "axes.edgecolor": LINE,
    "axes.labelcolor": QUIET,
    "axes.titlecolor": TEXT,
    "grid.color": RULE,
    "text.color": TEXT,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "font.family": FONT,
    "font.size": SMALL,
    "figure.dpi": 72,
}
_MARGIN = 4.0
_LABEL_ROOM = 0.4 * WIDTH
_OURS = "dti_analysis"
"""Label of a figure that is not someone else's."""


class HasPanel(Protocol):
    """An index, or whatever else knows its panel: a forecast, an evaluation."""

    @property
    def panel(self) -> Panel:
        """What is known."""


def load_fonts() -> None:
    """Draw once what is not shown: the first figure of a process finds and reads the fonts."""
    config = IndexConfig(source="0")
    axes = start_figure(None, 100)
    axes.text(0, 0, "0", fontweight="bold")
    finish(axes, config, "0", "0").to_html()


class _Surround(LayoutEngine):
    """Room around the only axes for their words.

    Matplotlib's own layouts are made for any number of axes, and take twice as long.
    """

    _adjust_compatible = True
    _colorbar_gridspec = False

    def execute(self, fig: Figure) -> None:
        (axes,) = fig.axes
        # Twice: in the room that is left, ticks may be others.
        for _round in range(2):
            outer = axes.get_tightbbox(for_layout_only=True)
            if outer is not None:
                self._make_room(fig, axes, outer)
        self._pull_legend(fig, axes)

    def _make_room(self, fig: Figure, axes: Axes, outer: BboxBase) -> None:
        inner, page, margin = axes.get_window_extent(), fig.bbox, _MARGIN * fig.dpi / 72
        fig.subplots_adjust(
            left=(inner.x0 - outer.x0 + margin) / page.width,
            right=1 - (outer.x1 - inner.x1 + margin) / page.width,
            bottom=(inner.y0 - outer.y0 + margin) / page.height,
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


def start_figure(ax: Axes | None, height: float) -> Axes:
    """Open a figure, its `height` in points.

    Where `ax` of a figure of someone else's are drawn into, size and layout are theirs.
    """
    axes = _open(height) if ax is None else ax
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_Numbers())
        axis.label.set(fontsize=SMALL)
    axes.tick_params(labelsize=SMALL)
    return axes


def _open(height: float) -> Axes:
    with sns.axes_style("whitegrid", _STYLE):
        figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72, label=_OURS)
        axes = figure.subplots()
    sns.despine(ax=axes)
    figure.set_layout_engine(_Surround())
    return axes


def find_figure(axes: Axes) -> Figure:
    """Find the figure that axes lie in."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def settle(axes: Axes) -> None:
    """Give axes their place for good, so that what stands where can be measured."""
    _ready_texts(axes)
    figure = find_figure(axes)
    engine = figure.get_layout_engine()
    if isinstance(engine, _Surround):
        engine.execute(figure)
        figure.set_layout_engine("none")
    else:
        figure.draw_without_rendering()


def finish(
    axes: Axes,
    config: IndexConfig,
    finding: str,
    alt: str,
    *,
    how: str = "",
    table: pd.DataFrame | None = None,
    stem: str = "figure",
    **values: object,
) -> Picture:
    """Close the figure of `axes` with its finding as title, and say what is seen.

    `values` and the nouns of `config` fill in `finding`, `how` to read it and, with the title, the
    alternative `alt`. The title is written on axes only where these are someone else's.
    """
    known = {**config.nouns, **values}
    title = finding.format(**known)
    figure = find_figure(axes)
    if figure.get_label() != _OURS:
        axes.set_title(title, loc="left", fontsize=SMALL, fontweight="bold")
    _ready_texts(axes)
    return Picture(
        alt=alt.format(title=title, **known),
        title=title,
        subtitle=how.format(**known),
        source=config.name_source(),
        table=table,
        stem=stem,
        figure=figure,
    )


def _ready_texts(axes: Axes) -> None:
    """Take all texts as they are, in fonts that have their letters."""
    for text in axes.findobj(Text):
        assert isinstance(text, Text)
        text.set(parse_math=False, fontfamily=find_fonts(text.get_text()))


def set_rank_axis(axes: Axes, last: int) -> None:
    """Put rank 1 at the top, and the last one at the bottom."""
    axes.set(ylim=(last + 1, 0), ylabel=_("Rank"))
    axes.set_yticks(list_ticks(last))


def set_rows(axes: Axes, labels: list[str]) -> None:
    """Give each row its label, the first at the top."""
    axes.set(yticks=range(len(labels)), ylim=(len(labels) - 0.4, -0.6))
    axes.set_yticklabels([cut(label, _LABEL_ROOM) for label in labels], fontsize=SMALL)
    axes.grid(axis="y", visible=False)


def fade(axes: Axes) -> None:
    """Leave out the frame and the grid."""
    axes.grid(visible=False)
    sns.despine(ax=axes, left=True, bottom=True)
    axes.tick_params(length=0)


def head_rows(axes: Axes, labels: list[str]) -> None:
    """Write above each row what it is about, where names are too long to stand beside it."""
    axes.set(yticks=[], ylim=(len(labels) - 0.4, -0.8))
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    beside: Any = {"transform": axes.get_yaxis_transform(), "ha": "left", "va": "center"}
    beside |= {"color": TEXT, "fontsize": SMALL}
    for place, label in enumerate(labels):
        axes.text(0, place - 0.38, cut(label, 0.8 * WIDTH), fontweight="bold", **beside)


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


def choose_apart(wanted: Sequence[int], least: float) -> list[int]:
    """Choose of some places those that lie at least so far apart, the first before others."""
    chosen: list[int] = []
    for place in wanted:
        if all(abs(place - other) >= least for other in chosen):
            chosen.append(place)
    return sorted(chosen)


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
    look: Any = {"frameon": False, "labelcolor": TEXT, "fontsize": SMALL}
    axes.legend(ncol=columns, **look, **place, **room)


def _go_below(figure: Figure) -> ScaledTranslation:
    """Go from the axes to where their legend begins, under the axis label."""
    return ScaledTranslation(0, -46 / 72, figure.dpi_scale_trans)
