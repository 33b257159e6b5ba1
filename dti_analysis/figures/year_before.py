"""What was forecast of a unit one edition ahead, and what came."""

import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.figures import marks, style
from dti_analysis.figures.palette import OWN, OWN80, QUIET, RULE, TEXT
from dti_analysis.figures.picture import Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_percent, ordinal
from dti_analysis.wording import format_range

_ROW = 44
_LEFT, _RIGHT = 104, 84
"""Heights of a row, and widths of what stands on either side of the bars, in points."""


def plot_calls(answer: Answer, calls: pd.DataFrame, ax: Axes | None = None) -> Picture:
    """Draw edition by edition the rank said one edition ahead, and the rank that came.

    Parameters
    ----------
    calls : DataFrame
        Of the unit, a row for each edition: edition, median_rank, best80, worst80 and outcome, as
        `dti_analysis.evaluation.backtest.Evaluation.outcomes` has them.
    answer, ax
        See `plot_trajectory`.
    """
    rows = calls.sort_values("edition").reset_index(drop=True)
    panel, config = answer.draws.panel, answer.draws.panel.config
    own = panel.rows[panel.rows["code"] == answer.unit.code].set_index("year")
    is_computed = rows["edition"].map(own["rank_status"]).eq("computed").to_numpy()
    first = min(rows[["best80", "outcome"]].min())
    last = max(rows[["worst80", "outcome"]].max())
    axes = style.start_figure(ax, 52 + _ROW * len(rows))
    inside = style.WIDTH - _LEFT - _RIGHT
    step = (last - first or 1) / inside
    axes.set(xlim=(first - _LEFT * step, last + _RIGHT * step), ylim=(len(rows) - 0.4, -0.9))
    ticks = [tick for tick in style.list_ticks(last) if tick >= first]
    axes.set(xticks=ticks or [first, last], yticks=[])
    style.fade(axes)
    for tick in axes.get_xticks():
        axes.plot([tick, tick], [-0.5, len(rows) - 0.5], color=RULE, lw=1, zorder=0)
    marks.draw_ranges(axes, rows.index, rows["best80"], rows["worst80"], colour=OWN80, width=14)
    marks.draw_medians(axes, rows["median_rank"], rows.index, 9)
    marks.draw_known(axes, rows["outcome"], rows.index, is_computed, TEXT)
    beside = axes.get_yaxis_transform()
    heads = (_("Edition, said"), 0.0, "right"), (_("came"), 1.0, "left")
    for text, at, side in heads:
        marks.write_label(axes, text, at, -0.75, side, 0, colour=QUIET, coords=beside)
    for place, row in enumerate(rows.to_dict("records")):
        said = f"{ordinal(row['median_rank'])} ({format_range(row['best80'], row['worst80'])})"
        is_missed = not row["best80"] <= row["outcome"] <= row["worst80"]
        for text, at, up, side, colour, is_bold in (
            (f"{row['edition']}", 0.0, 0.18, "right", TEXT, True),
            (said, 0.0, -0.18, "right", OWN, False),
            (ordinal(row["outcome"]), 1.0, 0.18, "left", TEXT, True),
            (_judge(row), 1.0, -0.18, "left", TEXT if is_missed else QUIET, is_missed),
        ):
            look = {"colour": colour, "is_bold": is_bold, "coords": beside}
            marks.write_label(axes, text, at, place - up, side, 0, **look)  # type: ignore[arg-type]
    held = sum(rows["outcome"].between(rows["best80"], rows["worst80"]))
    table = rows[["edition", "median_rank", "best80", "worst80", "outcome"]]
    listing = style.list_each(
        _("{edition}: said {median}, between {best} and {worst}, came {outcome}"),
        **table.rename(columns=style.SHORT),
    )
    return style.finish(
        axes, config, _("{unit}: {held} of {count} ranks came inside the range said a year before"),
        _("Range chart of ranks said one edition ahead, and those that came. {title}. {listing}."),
        how=_(
            "Rank in {index}: ◆ median said one edition ahead, bar its {width} range; ● came, "
            "published, ○ came, computed."
        ),
        table=table, stem="said-and-came", unit=answer.unit.label, held=held, count=len(rows),
        listing=listing, width=format_percent(0.8),
    )  # fmt: skip


def _judge(row: "dict[object, object]") -> str:
    if row["outcome"] < row["best80"]:  # type: ignore[operator]
        return _("better")
    return _("worse") if row["outcome"] > row["worst80"] else _("inside")  # type: ignore[operator]
