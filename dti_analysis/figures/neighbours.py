"""The units around one: where each may be next, and the chance to be ahead of it."""

import html
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.display import mark_up
from dti_analysis.figures import marks, style
from dti_analysis.figures.palette import BAND, OWN, TEXT
from dti_analysis.figures.picture import Rows, draw_bar, draw_span
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.comparison import list_neighbours
from dti_analysis.language import _, format_percent
from dti_analysis.wording import format_chance, format_range, format_rank

AROUND = 5
"""Units on each side that are its neighbours."""


def tabulate_neighbours(answer: Answer, refer: Callable[[str], str] | None = None) -> Rows | None:
    """Show the units ranked around one, where each may be next, and the chance to be ahead of it.

    None where there is no other unit.

    Parameters
    ----------
    answer : Answer
        From `dti_analysis.forecasting.forecast.Forecast.answer`.
    refer : callable, optional
        Names a unit by its code, with the mark of a link if need be; its label by default.
    """
    draws, code, year = answer.draws, answer.unit.code, answer.years[0]
    near = list_neighbours(draws, code, [year], AROUND)
    if near.empty:
        return None
    table = _add_own(answer, near)
    config, last = draws.panel.config, int(table["worst80"].max())
    own = int(np.argmax(table["code"] == code))
    picture = style.finish(
        _draw(table, own, last), config,
        _("Chance of {unit} to be ahead of each neighbour in {year}"), "{title}",
        how=_(
            "{index}. ◆ median rank expected and its {width} range; chance to be ahead, with a "
            "mark at {half}."
        ),
        unit=answer.unit.label, year=year, width=format_percent(0.8), half=format_percent(0.5),
        table=table.drop(columns="code"), stem="neighbours",
    )  # fmt: skip
    return Rows(
        **vars(picture),
        head=(
            _("Rank {year}").format(year=draws.origin_year),
            config.head_unit(),
            _("Expected {year}").format(year=year),
            _("Chance to be ahead, {year}").format(year=year),
        ),
        body=tuple(_draw_row(row, last, refer) for row in table.to_dict("records")),
        own=own,
    )


def _draw(table: pd.DataFrame, own: int, last: int) -> Axes:
    """Draw the rows for those who take a picture away, the bars of chances behind the ranks."""
    axes = style.start_figure(None, 44 + 22 * len(table))
    axes.axhspan(own - 0.5, own + 0.5, color=BAND, lw=0, zorder=0)
    labels = table["rank"].map(format_rank) + "  " + table["unit"]
    marks.draw_outlook(axes, table.assign(unit=labels), last)
    start, wide, chances = 1.15 * last + 0.8, 0.4 * last, table["probability"].dropna()
    for low, high, colour in ((0, 1, BAND), (0, chances, OWN), (0.495, 0.505, TEXT)):
        ends = start + wide * low, start + wide * high
        marks.draw_ranges(axes, chances.index, *ends, colour=colour)
    for place, chance in zip(chances.index, chances, strict=True):
        marks.write_label(axes, format_chance(chance), start + wide, place)
    axes.set_xlim(0.2, start + wide)
    return axes


def _add_own(answer: Answer, near: pd.DataFrame) -> pd.DataFrame:
    """Put the unit itself in its place, and say of each what is expected."""
    draws, code, year = answer.draws, answer.unit.code, answer.years[0]
    drawn = np.column_stack([draws.ranks_in(year, *near["code"]), draws.ranks_of(code)[:, 0]])
    best, median, worst = np.quantile(drawn, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf")
    rank = draws.panel.ranks_of(draws.origin_year).get(code, np.nan)
    own = {"code": code, "unit": answer.unit.label, "rank": rank, "probability": np.nan}
    table = pd.concat([near.drop(columns="year"), pd.DataFrame([own])], ignore_index=True)
    table = table.assign(
        median_rank=median.astype(int), best80=best.astype(int), worst80=worst.astype(int)
    )
    order = "median_rank" if np.isnan(rank) else "rank"
    table["unit"] = table["code"].map(draws.panel.labels)
    return table.sort_values(order, kind="stable", ignore_index=True)[
        ["rank", "code", "unit", "median_rank", "best80", "worst80", "probability"]
    ]


def _draw_row(
    row: Mapping[Hashable, Any], last: int, refer: Callable[[str], str] | None
) -> tuple[str, ...]:
    is_own = pd.isna(row["probability"])
    name = row["unit"] if refer is None or is_own else refer(row["code"])
    best, median, worst = (
        (row[name] - 1) / max(last - 1, 1) for name in ("best80", "median_rank", "worst80")
    )
    ahead = "–"
    if not is_own:
        chance = html.escape(format_chance(row["probability"]))
        ahead = f"{draw_bar(row['probability'], 0.5)} {chance}"
    return (
        format_rank(row["rank"]),
        mark_up(name),
        f"{draw_span(best, median, worst)} {row['median_rank']} "
        f"<small>({format_range(row['best80'], row['worst80'])})</small>",
        ahead,
    )
