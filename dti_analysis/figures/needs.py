"""What a target takes of a unit, and what pushes on its components would do."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.errors import DataError
from dti_analysis.figures import marks, style
from dti_analysis.figures.marks import Beside, Lines
from dti_analysis.figures.neighbours import AROUND
from dti_analysis.figures.palette import LINE, MISS, OTHER, OWN, QUIET, TARGET
from dti_analysis.figures.picture import Picture
from dti_analysis.forecasting.answer import Answer, aim_next
from dti_analysis.forecasting.comparison import find_near
from dti_analysis.forecasting.gains import find_nearest, list_gains
from dti_analysis.forecasting.plan import Plan
from dti_analysis.forecasting.push import Push, PushTable, count_places, find_need
from dti_analysis.forecasting.target_chance import Requirement, TargetChance
from dti_analysis.language import _, format_number, format_percent, ordinal
from dti_analysis.wording import (
    describe_gain,
    describe_places,
    format_gain,
    format_size,
    name_chance,
    name_goal,
    name_places,
)

_SIDE = 3
"""Units on each side of the one asked about that are its rivals."""

_NOW, _NEXT, _ARROW = 0.0, 1.0, 1.28
"""Where on the width the score of today, the one expected and what is missing stand."""


def plot_needs(
    answer: Answer, chance: TargetChance | None = None, ax: Axes | None = None
) -> Picture | None:
    """Draw the score of today, the one expected next and the one that a target takes.

    None where no score is published up to the origin, so that none can be named. The next edition
    is drawn, whatever the year of the target: further on, the level is guesswork.

    Parameters
    ----------
    answer, chance, ax
        See `plot_rank_probabilities`.
    """
    chance = answer.first_target if chance is None else chance
    draws, config, rank = answer.draws, answer.draws.panel.config, chance.target.target_rank
    if not chance.requirements:
        return None
    asked = aim_next(answer, rank)
    chance = asked.first_target
    need = find_need(asked) or chance.requirements[-1]
    places, shown = draws.panel.decimals, _expect_scores(answer)
    own, rivals = shown[shown["is_own"]].iloc[0], shown[~shown["is_own"]]
    axes = style.start_figure(ax, 340)
    _draw_slopes(axes, shown)
    is_missing = need.lift * config.sense > 0
    # Not always the score that has the chance whatever the level, of which `reports.needs` tells.
    end = float(own["next"]) + need.lift
    ends = [*shown["now"].dropna(), *shown["next"], *([end] if is_missing else [])]
    room = 0.08 * (max(ends) - min(ends) or 1)
    axes.set(xlim=(_NOW - 0.02, _ARROW + 0.04), ylim=(min(ends) - room, max(ends) + room))
    if not config.higher_is_better:
        axes.invert_yaxis()
    axes.set(xticks=[], yticks=[])
    style.fade(axes)
    years = draws.origin_year, draws.years[0]
    _head(axes, years, need.probability if is_missing else None, rank)
    expected = _("expected {score},").format(score=format_number(own["next"], places))
    right = [Lines(own["next"], [(expected, True), (ordinal(int(own["place"])), True)])]
    if is_missing:
        lift = format_number(need.lift, places, signed=True)
        worth = describe_places(count_places(asked, need))
        right.append(Lines(end, [(lift, True), (worth, True)], TARGET))
    left = _label_left(shown, places)
    marks.settle_with(axes, Beside(_NOW, left, "left"), Beside(_ARROW, right))
    if is_missing:
        _draw_gap(axes, float(own["next"]), end)
    marks.stack(axes, Beside(_NEXT, _label_places(rivals)))
    return _describe_needs(axes, answer, chance, need if is_missing else None, shown)


def _expect_scores(answer: Answer) -> pd.DataFrame:
    """Take the unit and those around it, with their scores and places now and next."""
    draws, code = answer.draws, answer.unit.code
    codes = list(find_near(draws, code, AROUND)["code"])
    scores = draws.panel.wide("score")
    now = scores[draws.origin_year] if draws.origin_year in scores else pd.Series(dtype=float)
    drawn, asked = [draws.ranks_of(code)[:, :1]], [[code]]
    if codes:
        drawn, asked = [*drawn, draws.ranks_in(draws.years[0], *codes)], [*asked, codes]
    scores_next = [draws.score_quantiles(part, [0.1, 0.5, 0.9], 0) for part in asked]
    table = pd.DataFrame(np.hstack(scores_next).T, columns=["low", "next", "high"])
    table["code"] = [code, *codes]
    table["place"] = np.quantile(np.hstack(drawn), 0.5, axis=0, method="inverted_cdf")
    ranks = draws.panel.ranks_of(draws.origin_year)
    table = table.assign(
        is_own=table["code"] == code,
        unit=table["code"].map(draws.panel.labels),
        now=now.reindex(table["code"]).to_numpy(),
        rank=ranks.reindex(table["code"]).to_numpy(),
    )
    order = table["rank"] if pd.notna(table["rank"][0]) else table["place"]
    table = table.loc[order.sort_values(kind="stable").index].reset_index(drop=True)
    middle = int(np.argmax(table["is_own"]))
    return table.iloc[max(middle - _SIDE, 0) : middle + _SIDE + 1]


def _draw_slopes(axes: Axes, shown: pd.DataFrame) -> None:
    for x in (_NOW, _NEXT):
        axes.axvline(x, color=LINE, lw=1.2, zorder=0)
    for row in shown.sort_values("is_own").to_dict("records"):
        colour, width = (OWN, 2.6) if row["is_own"] else (OTHER, 1)
        axes.plot([_NOW, _NEXT], [row["now"], row["next"]], color=colour, lw=width)
        if pd.notna(row["now"]):
            marks.draw_dots(axes, [_NOW], [row["now"]], colour, 8 if row["is_own"] else 4)
        if row["is_own"]:
            marks.draw_medians(axes, [_NEXT], [row["next"]], 9)
        else:
            marks.draw_dots(axes, [_NEXT], [row["next"]], colour, 4, marker="D")


def _head(axes: Axes, years: tuple[int, int], wanted: float | None, rank: int) -> None:
    """Say above what stands below."""
    above = axes.get_xaxis_transform()
    for x, year, what in ((_NOW, years[0], _("now")), (_NEXT, years[1], _("expected"))):
        marks.write_label(axes, f"{year}", x, 1, "above", 20, is_bold=True, coords=above)
        marks.write_label(axes, what, x, 1, "above", 5, colour=QUIET, coords=above)
    if wanted is not None:
        look: Any = {"coords": above, "colour": TARGET}
        needed = _("needed for {chance}").format(chance=format_percent(wanted))
        for text, up, is_bold in ((needed, 20, True), (name_goal(rank), 5, False)):
            look["is_bold"] = is_bold
            marks.write_label(axes, text, _ARROW, 1, "above right", up, **look).set_x(-8)


def _label_left(shown: pd.DataFrame, places: int) -> list[Lines]:
    """Name each at its score of today, with its place."""
    return [
        Lines(
            row["now"],
            [(f"{row['unit']} {row['rank']:.0f}".removesuffix(" nan"), row["is_own"])]
            + ([(format_number(row["now"], places), True)] if row["is_own"] else []),
            OWN if row["is_own"] else QUIET,
        )
        for row in shown.dropna(subset="now").to_dict("records")
    ]


def _label_places(rivals: pd.DataFrame) -> list[Lines]:
    """Write at the score expected of each rival the place expected, of those level once."""
    return [
        Lines(score, [(", ".join(f"{place}" for place in sorted({*rows["place"]})), True)], QUIET)
        for score in sorted({*rivals["next"]})
        for rows in [rivals[rivals["next"] == score]]
    ]


def _draw_gap(axes: Axes, expected: float, needed: float) -> None:
    axes.plot([_NEXT, _ARROW], [expected, expected], color=OWN, lw=1.4, ls=":", zorder=1)
    # As far as the words beside it.
    axes.plot([_ARROW - 0.06, _ARROW + 0.02], [needed, needed], color=TARGET, lw=2.4, clip_on=False)
    arrow: Any = {"arrowstyle": "-|>,head_width=.35,head_length=.6", "color": TARGET, "lw": 3}
    arrow |= {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 12}
    axes.annotate("", (_ARROW, needed), (_ARROW, expected), arrowprops=arrow, zorder=4)


def _describe_needs(
    axes: Axes, answer: Answer, chance: TargetChance, need: Requirement | None, shown: pd.DataFrame
) -> Picture:
    draws, config = answer.draws, answer.draws.panel.config
    target, year = chance.target, draws.years[0]
    places, own = draws.panel.decimals, shown[shown["is_own"]].iloc[0]
    now = _("Its score of {origin} is {score}.")
    if pd.isna(own["now"]):
        now = _("Its score of {origin} is not published.")
    now = now.format(origin=draws.origin_year, score=format_number(own["now"], places))
    is_up = config.higher_is_better
    around = style.list_each(_("{unit} {next}"), places, **shown[~shown["is_own"]])
    table = shown[["unit", "rank", "now", "place", "next"]].assign(
        needed=shown["next"].add(need.lift if need else np.nan).where(shown["is_own"])
    )
    return style.finish(
        axes, config,
        _("{name} already has {chance}, or better, of {goal} in {year}")
        if need is None
        else _("{name} needs {lift} more than expected for {chance} of {goal} in {year}")
        if is_up
        else _("{name} needs {lift} less than expected for {chance} of {goal} in {year}"),
        _(
            "Slope chart of scores, now and expected in {year}. {title}. {now} In {year} it is "
            "expected at {median}, 80 % between {low} and {high}. Expected of those ranked around "
            "it: {around}."
        ),
        how=_(
            "Score in {index}{scale}: {origin}, expected in {year} and needed. Grey: those ranked "
            "around it. Numbers beside points are places."
        )
        if need
        else _(
            "Score in {index}{scale}: {origin} and expected in {year}. Grey: those ranked around "
            "it. Numbers beside points are places."
        ),
        table=table, stem="needs", name=answer.unit.label,
        lift=format_size(need.lift, places) if need else "–",
        chance=name_chance((need or chance.requirements[-1]).probability),
        goal=name_places(target.target_rank), year=year, now=now, origin=draws.origin_year,
        scale=style.name_scale(config),
        median=format_number(own["next"], places), low=format_number(own["low"], places),
        high=format_number(own["high"], places), around=around or _("none"),
    )  # fmt: skip


def plot_plan(plan: Plan, ax: Axes | None = None) -> Picture:
    """Draw where each component stands and where the plan would bring it, on its scale.

    Parameters
    ----------
    plan : Plan
        From `dti_analysis.forecasting.forecast.Forecast.plan`.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    table, config, target = plan.gains, plan.answer.draws.panel.config, plan.target.target
    axes, listing = _draw_gains(plan.answer, table, ax)
    finding = _("{name}: {chance} of {goal} in {year} takes what {share} gained or bettered")
    if not plan.is_needed:
        finding = _("{name} already has {chance}, or better, of {goal} in {year}")
    elif not plan.effort.is_enough:
        finding = _("{name}: {chance} of {goal} in {year} takes more than has been seen")
    return style.finish(
        axes, config, finding, _("Chart of gains on all components at once. {title}. {listing}."),
        name=plan.answer.unit.label, chance=name_chance(plan.probability), share=plan.effort.share,
        goal=name_places(target.target_rank), year=target.target_year, listing=listing,
        table=table, stem="plan",
    )  # fmt: skip


def _draw_gains(answer: Answer, table: pd.DataFrame, ax: Axes | None) -> tuple[Axes, str]:
    """Draw the component, start and gain of each row, and list them."""
    config, origin = answer.draws.panel.config, answer.draws.origin_year
    places, most = answer.draws.panel.decimals, config.max_score
    axes = style.start_figure(ax, 70 + 36 * len(table))
    axes.hlines(table.index, table["start"], table["end"], color=TARGET, lw=3)
    marks.draw_dots(axes, table["end"], table.index, TARGET, 9, marker="|", edge=3)
    marks.draw_dots(axes, table["start"], table.index, OWN, 8)
    gains = [format_gain(gain, places) for gain in table["gain"]]
    is_up = config.higher_is_better
    # On the right, whichever way the scores run.
    ends = table[["start", "end"]].agg("max" if is_up else "min", axis=1)
    for place, (gain, end) in enumerate(zip(gains, ends, strict=True)):
        marks.write_label(axes, gain, end, place, gap=8)
    labels = list(map(config.label, table["component"]))
    style.head_rows(axes, labels)
    if most is None:
        axes.margins(x=0.2)
        style.turn_scores(axes, config)
        label = _("Score: dot {year}, line the gain")
    else:
        axes.axvline(config.orient(most), color=QUIET, lw=1.2)
        right = max(1.05 * most, float(config.orient(ends).max())) + 0.2 * most
        axes.set_xlim(config.orient(0.0), config.orient(right))
        axes.set_xticks(np.linspace(0, most, 6))
        label = _("Score: dot {year}, line the gain; {most} is the most there is")
    if not is_up:
        label = _("Score, less is better: dot {year}, line the gain")
    told = "" if most is None else format_number(most, None)
    axes.set_xlabel(label.format(year=origin, most=told))
    columns = {"component": labels, "start": table["start"], "gain": gains}
    return axes, style.list_each(_("{component} from {start}: {gain}"), places, **columns)


def plot_gains(found: PushTable, component: str | None = None, ax: Axes | None = None) -> Picture:
    """Draw a push among the gains that units have made on the same component.

    Parameters
    ----------
    found : PushTable
        From `dti_analysis.forecasting.forecast.Forecast.push`.
    component : str, optional
        One of its components; the one that needs least by default.
    ax
        See `plot_plan`.

    Raises
    ------
    DataError
        If it has no such component.
    """
    panel, origin = found.answer.draws.panel, found.answer.draws.origin_year
    config, push = panel.config, _choose_push(found, component)
    places, name = panel.decimals, config.label(push.component).lower()
    seen = list_gains(panel, push.component, origin)
    near = find_nearest(seen, push.start)
    axes = style.start_figure(ax, 330)
    for rows, colour, label in (
        (seen.drop(near.index), MISS, _("Gains seen from other starts")),
        (near, OTHER, _("From the nearest starts")),
    ):
        x, y = rows["start"], rows["gain"]
        marks.draw_dots(axes, x, y, colour, 6, is_hollow=True, edge=1, label=label)
    marks.draw_dots(axes, [push.start], [push.gain], TARGET, 10, marker="^", label=_("The push"))
    axes.axhline(0, color=OTHER, lw=1)
    axes.set_xlabel(_("Score before{scale}").format(scale=style.name_scale(config)))
    axes.set_ylabel(_("Gain beyond the median"))
    style.turn_scores(axes, config, is_upright=True)
    style.add_legend(axes, columns=1)
    text = _(
        "Scatter chart of {count} gains on {component} up to {year} against the scores before. "
        "{title}."
    )
    return style.finish(
        axes, config, _("{gain} on {component} from {start}: {seen}"), text,
        gain=format_number(push.gain, places, signed=True), component=name,
        start=format_number(push.start, places), seen=describe_gain(push.percentile, push.seen),
        count=len(seen), year=origin,
        table=seen, stem="gains",
    )  # fmt: skip


def _choose_push(found: PushTable, component: str | None) -> Push:
    pushes = [Push(*row) for row in found.pushes.itertuples(index=False)]
    chosen = [push for push in pushes if component in {None, push.component}]
    if not chosen:
        listed = ", ".join(push.component for push in pushes)
        raise DataError(f"no push on {component} is in the table. There: {listed}.")
    return chosen[0]
