"""What a target takes of a unit, and what pushes on its components would do."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.errors import DataError
from dti_analysis.figures import marks, style
from dti_analysis.figures.style import Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.gains import find_nearest, list_gains
from dti_analysis.forecasting.plan import Plan
from dti_analysis.forecasting.push import Push, PushTable
from dti_analysis.forecasting.target_chance import Requirement, TargetChance
from dti_analysis.language import _, format_number
from dti_analysis.targets import Target
from dti_analysis.wording import describe_gain, name_chance, name_places


def plot_needs(
    answer: Answer, chance: TargetChance | None = None, count: int = 4, ax: Axes | None = None
) -> Picture | None:
    """Draw what score a target takes, and the units expected around the target rank.

    None where no score is published up to the origin, so that none can be named.

    Parameters
    ----------
    count : int
        Units on each side of the target rank, as far as there are.
    answer, chance, ax
        See `plot_rank_probabilities`.
    """
    chance = answer.first_target if chance is None else chance
    if not chance.requirements:
        return None
    config, target = answer.draws.panel.config, chance.target
    shown = _expect_scores(answer, target.target_rank, target.target_year, count)
    by_chance = {need.probability: need for need in chance.requirements}
    needs = [by_chance[0.5], by_chance[0.8]]
    axes = style.start_figure(config, ax, 1.9 + 0.27 * len(shown))
    _draw_scores(axes, shown, answer.draws.origin_year, target.target_year)
    _draw_needs(axes, needs, style.count_places(config))
    if config.max_score is not None:
        left, right = axes.get_xlim()
        # No score lies beyond the scale, though a label may.
        least, most = max(left, 0), min(right, config.max_score)
        axes.set_xticks([tick for tick in axes.get_xticks() if least <= tick <= most])
        axes.set_xlim(left, right)
    style.turn_scores(axes, config)
    style.set_rows(axes, list(shown["unit"] + " " + shown["place"].astype(str)), above=1.5)
    axes.get_yticklabels()[int(np.argmax(shown["is_own"]))].set_fontweight("bold")
    label, goal = _("Score{scale}; green: needed for a chance of {goal}"), target.target_rank
    axes.set_xlabel(label.format(scale=style.name_scale(config), goal=name_places(goal)))
    axes.set_ylabel(_("Place by mean rank in {year}").format(year=target.target_year))
    style.add_legend(axes, columns=2)
    return _describe_needs(axes, answer, target, needs, shown)


def _expect_scores(answer: Answer, rank: int, year: int, count: int) -> pd.DataFrame:
    """Units around a rank, and the one asked about, with their scores then and at the origin."""
    draws = answer.draws
    step = draws.step_of(year)
    table = pd.DataFrame({"code": draws.codes, "expected": draws.mean_ranks_in(year)})
    table = table.sort_values(["expected", "code"], ignore_index=True)
    table = table.assign(place=table.index + 1, is_own=table["code"] == answer.unit.code)
    table = table[table["is_own"] | table["place"].between(rank - count, rank + count)]
    low, median, high = draws.score_quantiles(list(table["code"]), [0.1, 0.5, 0.9], step)
    scores = table["code"].map(draws.panel.wide("score")[draws.origin_year])
    table = table.assign(unit=table["code"].map(draws.panel.names), score=scores)
    return table.assign(low=low, median=median, high=high).reset_index(drop=True)


def _draw_scores(axes: Axes, shown: pd.DataFrame, origin: int, year: int) -> None:
    label = _("Expected in {year}: median, 80 %").format(year=year)
    for rows, bar, tick, name in (
        (shown[~shown["is_own"]], style.PALE, "black", label),
        (shown[shown["is_own"]], style.BLUE, "white", "_"),
    ):
        ends = rows["low"], rows["high"], rows["median"]
        marks.draw_ranges(axes, rows.index, *ends, colour=bar, tick=tick, label=name)
    if shown["score"].notna().any():
        is_whole = shown["score"].notna().all()
        label = _("Score of {year}") if is_whole else _("Score of {year}, where published")
        label = label.format(year=origin)
        marks.draw_dots(axes, shown["score"], shown.index, "black", 6, is_hollow=True, label=label)


def _draw_needs(axes: Axes, needs: Sequence[Requirement], places: int) -> None:
    """Draw the score needed for the lower and the higher chance, named on their outer sides."""
    scores = [need.score for need in needs]
    low, high = axes.get_xlim()
    low, high = min(low, *scores), max(high, *scores)
    # Room for a label on either side.
    room = 0.45 * (high - low)
    axes.set_xlim(min(low, min(scores) - room), max(high, max(scores) + room))
    look: Any = {"colour": style.GREEN, "is_bold": True, "has_halo": True}
    for need, score, dash, side in zip(needs, scores, "-:", ("left", "right"), strict=True):
        axes.axvline(score, color=style.GREEN, lw=1.8, ls=dash, zorder=3)
        told, chance = format_number(score, places), format_number(100 * need.probability)
        text = _("{score} for {chance} %").format(score=told, chance=chance)
        marks.write_label(axes, text, score, -1, side, 5, **look)


def _describe_needs(
    axes: Axes, answer: Answer, target: Target, needs: Sequence[Requirement], shown: pd.DataFrame
) -> Picture:
    config, lift = answer.draws.panel.config, needs[0].lift
    places, own = style.count_places(config), shown[shown["is_own"]].iloc[0]
    now = _("Its score of {origin} is {score}.")
    if pd.isna(own["score"]):
        now = _("Its score of {origin} is not published.")
    now = now.format(origin=answer.draws.origin_year, score=format_number(own["score"], places))
    scores = [format_number(need.score, places) for need in needs]
    is_up = config.higher_is_better
    needed = ", ".join(
        (_("{score} for {chance}") if is_up else _("at most {score} for {chance}")).format(
            score=score, chance=name_chance(need.probability)
        )
        for score, need in zip(scores, needs, strict=True)
    )
    around = style.list_each(_("{unit} {low} to {high}"), places, **shown[~shown["is_own"]])
    return style.finish(
        axes, config,
        _("{name} already has an even chance, or better, of {goal} in {year}")
        if lift * config.sense < 0.5 * 10**-places
        else _("{name} needs {lift} more than expected for an even chance of {goal} in {year}")
        if is_up
        else _("{name} needs {lift} less than expected for an even chance of {goal} in {year}"),
        _(
            "Range chart of scores in {year}, in the order of the ranks expected then. {title}. "
            "{now} In {year} it is expected at {median}, 80 % between {low} and {high}. "
            "Needed: {needed}. Around the target rank: {around}."
        ),
        name=answer.unit.name, lift=format_number(abs(lift), places) if np.isfinite(lift) else "–",
        goal=name_places(target.target_rank), year=target.target_year, now=now,
        median=format_number(own["median"], places), low=format_number(own["low"], places),
        high=format_number(own["high"], places), needed=needed, around=around,
    )  # fmt: skip


def plot_pushes(found: PushTable, ax: Axes | None = None) -> Picture:
    """Draw where each component stands and where a push would bring it, on its scale.

    Parameters
    ----------
    found : PushTable
        From `dti_analysis.forecasting.forecast.Forecast.push`.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    table, config = found.pushes, found.answer.draws.panel.config
    axes, listing = _draw_gains(found.answer, table, table["is_feasible"], ax)
    return style.finish(
        axes, config,
        _("{name}: a push on one alone stays on the scale for {feasible} of {known} components"),
        _("Chart of pushes on components. {title}. {listing}."), name=found.answer.unit.name,
        feasible=table["is_feasible"].sum(), known=len(table), listing=listing,
    )  # fmt: skip


def plot_plan(plan: Plan, ax: Axes | None = None) -> Picture:
    """Draw where each component stands and where the plan would bring it, on its scale.

    Parameters
    ----------
    plan : Plan
        From `dti_analysis.forecasting.forecast.Forecast.plan`.
    ax
        See `plot_pushes`.
    """
    table, config, target = plan.gains, plan.answer.draws.panel.config, plan.target.target
    axes, listing = _draw_gains(plan.answer, table, table["gain"].notna(), ax)
    finding = _("{name}: {chance} of {goal} in {year} takes what {share} gained or bettered")
    if not plan.is_needed:
        finding = _("{name} already has {chance}, or better, of {goal} in {year}")
    elif not plan.effort.is_enough:
        finding = _("{name}: {chance} of {goal} in {year} takes more than has been seen")
    return style.finish(
        axes, config, finding, _("Chart of gains on all components at once. {title}. {listing}."),
        name=plan.answer.unit.name, chance=name_chance(plan.probability), share=plan.effort.share,
        goal=name_places(target.target_rank), year=target.target_year, listing=listing,
    )  # fmt: skip


def _draw_gains(
    answer: Answer, table: pd.DataFrame, is_feasible: "pd.Series[bool]", ax: Axes | None
) -> tuple[Axes, str]:
    """Draw the component, start and gain of each row, and list them."""
    config, origin = answer.draws.panel.config, answer.draws.origin_year
    places, most = style.count_places(config), config.max_score
    axes = style.start_figure(config, ax, 1.5 + 0.34 * len(table))
    table = table.assign(end=table["start"] + table["gain"])
    for is_within, colour, dash in ((True, style.GREEN, "-"), (False, style.ORANGE, "--")):
        rows = table[is_feasible == is_within]
        axes.hlines(rows.index, rows["start"], rows["end"], color=colour, lw=2, ls=dash)
        marks.draw_dots(axes, rows["end"], rows.index, colour)
    marks.draw_dots(axes, table["start"], table.index, "black", 6, is_hollow=True)
    gains = [format_number(gain, places, signed=True) for gain in table["gain"]]
    is_up = config.higher_is_better
    # On the right, whichever way the scores run.
    ends = table[["start", "end"]].agg("max" if is_up else "min", axis=1)
    for place, (gain, end) in enumerate(zip(gains, ends, strict=True)):
        marks.write_label(axes, gain, end, place, gap=8, has_halo=True)
    labels = list(map(config.label, table["component"]))
    style.set_rows(axes, labels, above=0.5, below=0.5)
    if most is None:
        axes.margins(x=0.2)
        style.turn_scores(axes, config)
        label = _("Score: hollow {year}, full with the gain")
    else:
        axes.axvline(config.orient(most), color=style.GREY, lw=1.2)
        right = max(1.05 * most, float(config.orient(ends).max())) + 0.2 * most
        axes.set_xlim(config.orient(0.0), config.orient(right))
        axes.set_xticks(np.linspace(0, most, 6))
        label = _("Score: hollow {year}, full with the gain; {most} is the most there is")
    if not is_up:
        label = _("Score, less is better: hollow {year}, full with the gain")
    told = "" if most is None else format_number(most, None)
    axes.set_xlabel(label.format(year=origin, most=told))
    columns = {"component": labels, "start": table["start"], "gain": gains}
    return axes, style.list_each(_("{component} from {start} by {gain}"), places, **columns)


def plot_gains(found: PushTable, component: str | None = None, ax: Axes | None = None) -> Picture:
    """Draw a push among the gains that units have made on the same component.

    Parameters
    ----------
    component : str, optional
        One of its components; the one that needs least by default.
    found, ax
        See `plot_pushes`.

    Raises
    ------
    DataError
        If it has no such component.
    """
    panel, origin = found.answer.draws.panel, found.answer.draws.origin_year
    config, push = panel.config, _choose_push(found, component)
    places, name = style.count_places(config), config.label(push.component).lower()
    seen = list_gains(panel, push.component, origin)
    near = find_nearest(seen, push.start)
    axes = style.start_figure(config, ax, 3.8)
    for rows, colour, label in (
        (seen.drop(near.index), style.PALE, _("Gains seen from other starts")),
        (near, style.BLUE, _("From the nearest starts")),
    ):
        x, y = rows["start"], rows["gain"]
        marks.draw_dots(axes, x, y, colour, 6, is_hollow=True, edge=1, label=label)
    marks.draw_own(axes, push.start, push.gain, _("The push"))
    axes.axhline(0, color=style.GREY, lw=1)
    axes.set_xlabel(_("Score before{scale}").format(scale=style.name_scale(config)))
    axes.set_ylabel(_("Gain beyond the median"))
    style.turn_scores(axes, config, is_upright=True)
    style.add_legend(axes, columns=3)
    text = _(
        "Scatter chart of {count} gains on {component} up to {year} against the scores before. "
        "{title}."
    )
    return style.finish(
        axes, config, _("{gain} on {component} from {start}: {seen}"), text,
        gain=format_number(push.gain, places, signed=True), component=name,
        start=format_number(push.start, places), seen=describe_gain(push.percentile, push.seen),
        count=len(seen), year=origin,
    )  # fmt: skip


def _choose_push(found: PushTable, component: str | None) -> Push:
    pushes = [Push(*row) for row in found.pushes.itertuples(index=False)]
    chosen = [push for push in pushes if component in {None, push.component}]
    if not chosen:
        listed = ", ".join(push.component for push in pushes)
        raise DataError(f"no push on {component} is in the table. There: {listed}.")
    return chosen[0]
