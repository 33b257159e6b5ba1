"""What a target takes of a province, and who else is near it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from dti_analysis.figures.neighbours import locate_provinces
from dti_analysis.figures.style import BLUE, GREEN, PALE, Picture, add_legend, start_figure
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_number
from dti_analysis.reports.prospects import name_chance, name_places
from dti_analysis.targets import Need, TargetChance

_HALO = [withStroke(linewidth=3, foreground="white")]


def plot_distance(
    answer: Answer, chance: TargetChance | None = None, count: int = 4
) -> Picture | None:
    """Draw what score a target takes, and the provinces expected around the target rank.

    Parameters
    ----------
    answer : Answer
        From `forecast_province` or `forecast_unit`.
    chance : TargetChance, optional
        Of `answer.chances` or `answer.assess`; the first of its targets by default.
    count : int
        Provinces on each side of the target rank, as far as there are.

    Returns
    -------
    Picture or None
        None where no score is published up to the origin, so that none can be named.
    """
    chance = answer.first_chance if chance is None else chance
    if not chance.needs:
        return None
    forecast, target, name = answer.forecast, chance.target, answer.province.name
    scores = _expect_scores(answer, target.target_year)
    low, high = target.target_rank - 1 - count, target.target_rank + count
    is_own = scores["code"] == answer.province.code
    shown = scores[is_own | scores.index.isin(range(low, high))].reset_index(drop=True)
    place = int(np.flatnonzero(shown["code"] == answer.province.code)[0])
    needs = {need.probability: need for need in chance.needs}
    even, good = needs[0.5], needs[0.8]
    goal = {"goal": name_places(target.target_rank), "year": target.target_year}
    title = (
        _("{name} needs {lift} more than expected for an even chance of {goal} in {year}")
        if even.lift >= 0.0005
        else _("{name} already has an even chance, or better, of {goal} in {year}")
    ).format(name=name, lift=format_number(even.lift, 3), **goal)
    figure, axes = start_figure(title, (7.6, 1.9 + 0.27 * len(shown)))
    _draw_ranges(axes, shown, answer, target.target_year)
    _draw_needs(axes, [even, good])
    if forecast.ceiling is not None:
        left, right = axes.get_xlim()
        # No score lies beyond the scale, though a label may.
        end = min(right, forecast.ceiling)
        axes.set_xticks([tick for tick in axes.get_xticks() if left <= tick <= end])
        axes.set_xlim(left, right)
    axes.set(
        yticks=np.arange(len(shown)),
        ylim=(len(shown) - 0.4, -1.5),
        xlabel=(
            _("Score (0 to 1); green: needed for a chance of {goal}")
            if forecast.ceiling == 1
            else _("Score; green: needed for a chance of {goal}")
        ).format(**goal),
        ylabel=_("Place by mean rank in {year}").format(**goal),
    )
    axes.set_yticklabels(
        "{province} {place}".format(province=row["province"], place=row["place"])
        for row in shown.to_dict("records")
    )
    axes.get_yticklabels()[place].set_fontweight("bold")
    axes.grid(axis="y", visible=False)
    add_legend(axes, columns=2)
    return Picture(
        figure, _describe_distance(answer, [even, good], shown, title, target.target_year)
    )


def _describe_distance(
    answer: Answer, needs: list[Need], shown: pd.DataFrame, title: str, year: int
) -> str:
    rows = shown.to_dict("records")
    own = next(row for row in rows if row["code"] == answer.province.code)
    origin = answer.forecast.origin_year
    now = (
        _("Its score of {origin} is {score}.")
        if pd.notna(own["score"])
        else _("Its score of {origin} is not published.")
    ).format(origin=origin, score=format_number(own["score"], 3))
    needed = ", ".join(
        _("{score} for {chance}").format(
            score=format_number(need.score["central"], 3), chance=name_chance(need.probability)
        )
        for need in needs
    )
    around = "; ".join(
        _("{province} {low} to {high}").format(
            province=row["province"],
            low=format_number(row["low80"], 3),
            high=format_number(row["high80"], 3),
        )
        for row in rows
        if row is not own
    )
    return _(
        "Range chart of scores in {year}, in the order of the ranks expected then. {title}. {now} "
        "In {year} it is expected at {median}, 80 in 100 between {low} and {high}. "
        "Needed: {needed}. Around the target rank: {around}."
    ).format(
        year=year,
        title=title,
        now=now,
        median=format_number(own["median"], 3),
        low=format_number(own["low80"], 3),
        high=format_number(own["high80"], 3),
        needed=needed,
        around=around,
    )


def _expect_scores(answer: Answer, year: int) -> pd.DataFrame:
    """All provinces by the rank expected in a year, with their scores then and at the origin."""
    forecast = answer.forecast
    step = forecast.years.index(year)
    quantiles = np.quantile(forecast.draws[:, step], [0.1, 0.5, 0.9], axis=0)
    low, median, high = forecast.to_scores(quantiles, step)
    table = locate_provinces(answer).assign(
        low80=low, median=median, high80=high, expected=forecast.ranks[:, step].mean(axis=0)
    )
    table = table.sort_values(["expected", "code"], ignore_index=True)
    return table.assign(place=table.index + 1)


def _draw_ranges(axes: Axes, shown: pd.DataFrame, answer: Answer, year: int) -> None:
    is_own = shown["code"] == answer.province.code
    place = np.arange(len(shown))
    label = _("Expected in {year}: median, 80 in 100").format(year=year)
    for rows, bar, line, name in ((~is_own, PALE, "black", label), (is_own, BLUE, "white", "_own")):
        some = shown[rows]
        axes.hlines(place[rows], some["low80"], some["high80"], color=bar, lw=9, label=name)
        axes.plot(some["median"], place[rows], "|", color=line, ms=9, mew=2)
    if shown["score"].notna().any():
        label = (
            _("Score of {year}")
            if shown["score"].notna().all()
            else _("Score of {year}, where published")
        ).format(year=answer.forecast.origin_year)
        axes.plot(shown["score"], place, "o", mfc="white", mec="black", mew=1.6, ms=6, label=label)


def _draw_needs(axes: Axes, needs: list[Need]) -> None:
    """Draw the lower and the higher score needed, named on their outer sides."""
    scores = [need.score["central"] for need in needs]
    low, high = axes.get_xlim()
    low, high = min(low, *scores), max(high, *scores)
    # Room for a label on either side.
    room = 0.45 * (high - low)
    axes.set_xlim(min(low, scores[0] - room), max(high, scores[1] + room))
    for need, score, style, side in zip(needs, scores, "-:", ("right", "left"), strict=True):
        axes.axvline(score, color=GREEN, lw=1.8, ls=style, zorder=3)
        axes.annotate(
            _("{score} for {chance} in 100").format(
                score=format_number(score, 3), chance=format_number(100 * need.probability)
            ),
            (score, -1),
            xytext=(-5 if side == "right" else 5, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=9,
            color=GREEN,
            fontweight="bold",
            path_effects=_HALO,
        )
