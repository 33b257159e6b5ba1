"""All provinces as dots, region by region, one of them marked."""

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from dti_analysis.figures.style import GREY, ORANGE, PALE, Picture, list_ticks, start_figure
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_number
from dti_analysis.schema import name_region

_NEAR = 0.02
"""Scores closer than this change places easily: a usual gain of one edition is greater."""

_HALO = [withStroke(linewidth=3, foreground="white")]


def locate_provinces(answer: Answer) -> pd.DataFrame:
    """Give name, region and score at the origin of every province, in the order of the draws."""
    forecast = answer.forecast
    rows = forecast.panel[forecast.panel["year"] == forecast.origin_year].set_index("code")
    known = rows.reindex(list(forecast.codes))[["province", "region", "score"]]
    return known.rename_axis("code").reset_index()


def plot_strip(answer: Answer) -> Picture:
    """Draw every province as a dot, region by region, by score or else by expected rank.

    Parameters
    ----------
    answer : Answer
        Province and forecast. Scores are those of the origin where the province's own and at
        least half of all are published; else ranks are those expected in the next edition.
    """
    table, forecast = locate_provinces(answer), answer.forecast
    table["expected"] = forecast.ranks[:, 0].mean(axis=0)
    own = table[table["code"] == answer.province.code].iloc[0]
    scored = table.dropna(subset="score")
    if pd.notna(own["score"]) and len(scored) >= len(table) / 2:
        return _strip_scores(answer, scored, len(table))
    year = forecast.origin_year + 1
    peers = table[(table["region"] == own["region"]) & (table["code"] != own["code"])]
    ahead = (peers["expected"] < own["expected"]).sum()
    title = (
        _("{year}: {ahead} of the {peers} others in {region} are expected ahead of {name}")
        if len(peers)
        else _("{year}: {name} is alone in {region}")
    ).format(
        year=year,
        ahead=ahead,
        peers=len(peers),
        region=name_region(own["region"]),
        name=own["province"],
    )
    figure, axes = _draw_strip(title, table, "expected", answer)
    axes.set(
        xlim=(forecast.basis + 0.8, 0.2),
        xlabel=_("Mean of the ranks drawn for {year}, the best on the right").format(year=year),
    )
    axes.set_xticks(list_ticks(forecast.basis))
    alt = _(
        "One dot for each of {count} provinces, in a row for each region, by the mean of its ranks "
        "drawn for {year}. {title}. {name} is at {expected}. Scores of {origin} are not drawn, "
        "since too few are published."
    ).format(
        count=len(table),
        year=year,
        title=title,
        name=own["province"],
        expected=format_number(own["expected"], 1),
        origin=forecast.origin_year,
    )
    return Picture(figure, alt)


def _strip_scores(answer: Answer, table: pd.DataFrame, count: int) -> Picture:
    own = table[table["code"] == answer.province.code].iloc[0]
    others = table[table["code"] != own["code"]]
    near = int((others["score"].sub(own["score"]).abs() <= _NEAR).sum())
    title = _("Within {margin} of the score of {name} in {year}: {near} of {others} others").format(
        margin=format_number(_NEAR, 2),
        name=own["province"],
        year=answer.forecast.origin_year,
        near=near,
        others=len(others),
    )
    figure, axes = _draw_strip(title, table, "score", answer)
    axes.axvspan(own["score"] - _NEAR, own["score"] + _NEAR, color=PALE, alpha=0.5, lw=0, zorder=0)
    axes.set_xlabel(
        _("Score of {year} (0 to 1); grey: within {margin}").format(
            year=answer.forecast.origin_year, margin=format_number(_NEAR, 2)
        )
    )
    best, last = (table.loc[table["score"].agg(end)] for end in ("idxmax", "idxmin"))
    alt = _(
        "One dot for each of {count} provinces, in a row for each region, by its score of {year}; "
        "{missing} not published. {title}. {name} is at {score}; the best is {best} at "
        "{highest}, the last {last} at {lowest}."
    ).format(
        count=len(table),
        year=answer.forecast.origin_year,
        missing=count - len(table) or _("none"),
        title=title,
        name=own["province"],
        score=format_number(own["score"], 3),
        best=best["province"],
        highest=format_number(best["score"], 3),
        last=last["province"],
        lowest=format_number(last["score"], 3),
    )
    return Picture(figure, alt)


def _draw_strip(
    title: str, table: pd.DataFrame, column: str, answer: Answer
) -> tuple[Figure, Axes]:
    """Draw the dots, the province's own as a large diamond with its name beside."""
    regions = list(table.groupby("region")[column].median().sort_values().index)
    if column == "score":
        regions.reverse()
    figure, axes = start_figure(title, (7.6, 1.2 + 0.4 * len(regions)))
    is_own = table["code"] == answer.province.code
    sns.stripplot(
        table[~is_own],
        x=column,
        y="region",
        order=regions,
        jitter=False,
        color="white",
        edgecolor=GREY,
        linewidth=1.2,
        size=7,
        alpha=0.9,
        ax=axes,
    )
    own = table[is_own].iloc[0]
    value, place = float(own[column]), regions.index(own["region"])
    axes.plot([value], [place], "D", color=ORANGE, mec="black", ms=10, zorder=4)
    is_high = (value > table[column].median()) == (column == "score")
    axes.annotate(
        str(own["province"]),
        (value, place),
        xytext=(6 if is_high else -6, 8),
        textcoords="offset points",
        ha="right" if is_high else "left",
        va="bottom",
        fontsize=9,
        fontweight="bold",
        path_effects=_HALO,
        zorder=5,
    )
    axes.set(ylim=(len(regions) - 0.5, -0.9), ylabel="", yticks=range(len(regions)))
    axes.set_yticklabels([name_region(region) for region in regions])
    axes.grid(axis="y", visible=True)
    return figure, axes
