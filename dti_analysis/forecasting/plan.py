"""The least unusual gains over all components that reach a target. A scenario, no causal claim."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.display import Card, Displayed, Table
from dti_analysis.errors import DataError
from dti_analysis.forecasting.answer import Answer, describe_draws, describe_making, describe_title
from dti_analysis.forecasting.gains import find_nearest, list_gains
from dti_analysis.forecasting.push import (
    NOT_CAUSAL,
    choose_chance,
    describe_question,
    explain_gains,
    lift_chance,
    list_starts,
    weigh,
)
from dti_analysis.forecasting.target_chance import TargetChance, describe_target
from dti_analysis.language import N_, _, format_number, format_percent, join_names, ngettext
from dti_analysis.models.positions import FloatArray
from dti_analysis.wording import format_chance, format_gain, name_chance, name_places

LEAST_SEEN = 10
"""Gains that must have been seen on a component: of fewer, a percentile says nothing."""

_STILL = {
    "unpublished": N_("not published"),
    "complete": N_("at the end of its scale"),
    "few_seen": N_("too few gains seen"),
}
"""Why a component stands still."""


@dataclass(frozen=True)
class Part:
    """What a component can give."""

    component: str
    weight: float  # its share in the overall score
    start: float  # its score in the last edition, in index units
    room: float  # what is left of its scale, at least 0; infinite where the scale is open
    seen: FloatArray  # gains seen from similar starts, ascending, more being better

    @property
    def levels(self) -> FloatArray:
        """Percentiles of the gains seen, in [0, 1]."""
        return np.linspace(0, 1, len(self.seen))

    @property
    def bends(self) -> FloatArray:
        """Percentiles between which `give` is a straight line."""
        return np.concatenate([self.levels, np.interp([0, self.room], self.seen, self.levels)])

    def give(self, percentile: float | FloatArray) -> FloatArray:
        """Give a percentile of the gains seen, as far as it is one and there is room for it."""
        return np.interp(percentile, self.levels, self.seen).clip(0, self.room)


@dataclass(frozen=True)
class Effort:
    """Gains on some components, all at one percentile of what was gained from similar starts.

    Parameters
    ----------
    gains : dict of float
        By component, in index units, negative where less is better.
    percentile : float
        In [0, 1]; 0 where less than any gain seen will do.
    is_enough : bool
        Whether they reach what was wanted; if not, they are the greatest seen.
    """

    gains: dict[str, float]
    percentile: float
    is_enough: bool

    @property
    def share(self) -> str:
        """How many in 100 gained as much or more, in words."""
        return format_chance(1 - self.percentile)


def solve(parts: Sequence[Part], lift: float, sense: int = 1) -> Effort:
    """Find the least percentile at which gains on all `parts` lift the overall score enough.

    Exactly: what they bring together is a rising line with bends, which are looked through. A lift
    is in index units and may be infinite; where less is better it is negative, and the sense -1.
    """
    aim = max(sense * lift, 0.0)
    bends = np.unique(np.concatenate([part.bends for part in parts]))
    brought = np.sum([part.weight * part.give(bends) for part in parts], axis=0)
    first = min(int((brought < aim).sum()), len(bends) - 1)
    around = slice(max(first - 1, 0), first + 1)
    percentile = float(np.interp(aim, brought[around], bends[around]))
    gains = np.array([part.give(percentile) for part in parts])
    total = float(np.dot([part.weight for part in parts], gains))
    if total > aim:  # less than any gain seen will do
        gains *= aim / total
    names = [part.component for part in parts]
    told = dict(zip(names, (sense * gains + 0.0).tolist(), strict=True))
    return Effort(told, percentile, bool(brought[-1] >= aim))


@dataclass(frozen=True, repr=False)
class Plan(Displayed):
    """A unit, its target, and the least unusual gains that reach it; `Forecast.plan` makes it.

    Parameters
    ----------
    answer : Answer
        The unit; its first target is the one planned for.
    probability : float
        Chance wanted.
    lift : float
        What that takes on top of the unit's own future score, in index units.
    effort : Effort
        Gains on all components that can be planned for.
    gains : DataFrame
        One row for each of them: component, weight, start, gain, end, percentile, seen (how many
        gains), is_bounded (whether the scale ends there); by what they bring.
    chance : float
        Chance of the target in its year, with these gains; same random numbers as without.
    together : tuple of int
        How often a unit, from any start, gained as much on all of them at once, and of how many
        times that its gains on all were seen.
    fewer : tuple of Effort
        Of each component alone, and of each two.
    still : dict of str
        The other components, and why they stand still: unpublished (at the origin), complete (at
        the end of the scale) or few_seen (fewer gains than `LEAST_SEEN`).
    """

    answer: Answer
    probability: float
    lift: float
    effort: Effort
    gains: pd.DataFrame
    chance: float
    together: tuple[int, int]
    fewer: tuple[Effort, ...]
    still: dict[str, str]

    @property
    def target(self) -> TargetChance:
        """The target, and its chance without the plan."""
        return self.answer.first_target

    @property
    def is_needed(self) -> bool:
        """Whether the chance is not had already."""
        return self.lift * self.answer.draws.panel.config.sense > 0

    def list_fewer(self, size: int) -> list[Effort]:
        """List what so many components, 1 or 2, would have to gain, the least unusual first.

        Those come last that cannot reach the target.
        """
        found = [effort for effort in self.fewer if len(effort.gains) == size]
        return sorted(found, key=lambda effort: (not effort.is_enough, effort.percentile))

    def to_frame(self) -> pd.DataFrame:
        """Give the gains as a table: that of `gains`."""
        return self.gains.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON, what is not known as None."""
        return {
            **describe_question(self.answer, self.probability),
            "lift": self.lift if math.isfinite(self.lift) else None,
            "percentile": self.effort.percentile,
            "is_enough": self.effort.is_enough,
            "chance": self.chance,
            "done_together": self.together[0],
            "seen_together": self.together[1],
            "gains": self.gains.drop(columns="percentile").to_dict("records"),
            "singles": [asdict(effort) for effort in self.list_fewer(1)],
            "doubles": [asdict(effort) for effort in self.list_fewer(2)],
            "still": self.still,
        }

    def make_card(self) -> Card:
        """Put it in short."""
        draws = self.answer.draws
        return Card(
            f"{describe_title(self.answer)} ({describe_draws(draws)})",
            f"{describe_target(self.target)} {describe_plan(self)}",
            [plan_table(self), fewer_table(self)] if self.is_needed else [],
            describe_making(draws, [self.answer.unit.code]),
        )


def find_plan(answer: Answer, probability: float | None = None) -> Plan:
    """Find the least unusual gains over all components that reach the first target of an answer.

    See `dti_analysis.forecasting.forecast.Forecast.plan`.
    """
    wanted = choose_chance(answer) if probability is None else probability
    draws, config = answer.draws, answer.draws.panel.config
    lift = draws.find_lift(answer.unit.code, answer.first_target.target, wanted)
    if math.isnan(lift):
        raise DataError(
            f"no score of {config.name} is published up to {draws.origin_year}: no plan can be "
            "made. Choose another origin."
        )
    parts, still = list_parts(answer)
    if not parts:
        told = ", ".join(f"{component} ({_STILL[why]})" for component, why in still.items())
        raise DataError(
            f"no component of {answer.unit.name} in {draws.origin_year} can be planned for: "
            f"{told}. Expected a score, room on the scale and {LEAST_SEEN} gains seen. Choose "
            "another origin."
        )
    effort = solve(parts, lift, config.sense)
    gains = _list_gains(parts, effort)
    fewer = [
        solve(some, lift, config.sense) for size in (1, 2) for some in combinations(parts, size)
    ]
    chance = lift_chance(answer, float((gains["weight"] * gains["gain"]).sum()))
    together = _count_together(answer, effort)
    return Plan(answer, wanted, lift, effort, gains, chance, together, tuple(fewer), still)


def list_parts(answer: Answer) -> tuple[list[Part], dict[str, str]]:
    """List the components of a unit that can gain, and why the others stand still.

    See `Plan`.
    """
    panel, origin = answer.draws.panel, answer.draws.origin_year
    config, starts = panel.config, list_starts(answer)
    parts, still = [], {}
    for component in panel.weights_of(origin):
        if component not in starts:
            still[component] = "unpublished"
            continue
        start = starts[component]
        room = math.inf
        if config.max_score is not None:
            room = config.max_score - start if config.higher_is_better else start
        near = find_nearest(list_gains(panel, component, origin), start)["gain"]
        if room <= 0:
            still[component] = "complete"
        elif len(near) < LEAST_SEEN:
            still[component] = "few_seen"
        else:
            seen = np.sort(config.sense * near.to_numpy(dtype=float))
            parts.append(Part(component, weigh(answer, component), start, room, seen))
    return parts, still


def _list_gains(parts: Sequence[Part], effort: Effort) -> pd.DataFrame:
    rows = [
        {
            "component": part.component,
            "weight": part.weight,
            "start": part.start,
            "gain": (gain := effort.gains[part.component]),
            "end": part.start + gain,
            "percentile": effort.percentile,
            "seen": len(part.seen),
            "is_bounded": math.isclose(abs(gain), part.room),
        }
        for part in parts
    ]
    table = pd.DataFrame(rows)
    order = (table["weight"] * table["gain"].abs()).sort_values(ascending=False, kind="stable")
    return table.loc[order.index].reset_index(drop=True)


def _count_together(answer: Answer, effort: Effort) -> tuple[int, int]:
    panel, origin = answer.draws.panel, answer.draws.origin_year
    beyond = [
        list_gains(panel, component, origin).set_index(["code", "year"])["gain"] - gain
        for component, gain in effort.gains.items()
    ]
    more = panel.config.sense * pd.concat(beyond, axis=1, join="inner")
    return int((more >= -1e-9).all(axis=1).sum()), len(more)


def describe_plan(plan: Plan) -> str:
    """Say how unusual the least unusual gains are that reach the target, and what stands still."""
    if not plan.is_needed:
        target = plan.target.target
        return _(
            "{unit} already has {chance}, or better, of {places} in {year}: no gain beyond what "
            "the forecast has is needed."
        ).format(
            unit=plan.answer.unit.label,
            chance=name_chance(plan.probability),
            places=name_places(target.target_rank),
            year=target.target_year,
        )
    meaning = explain_gains(plan.answer.draws.panel.config)
    told = [_describe_effort(plan), _describe_together(plan), _describe_still(plan)]
    return " ".join(filter(None, [*told, meaning, _(NOT_CAUSAL)]))


def _describe_effort(plan: Plan) -> str:
    count = len(plan.gains)
    components = _("all {count} components")
    if plan.still or count == 1:
        components = ngettext("the component listed", "the {count} components listed", count)
    told = _(
        "For {chance} of {places} in {year}, {components} would have to gain at once what, from "
        "similar starts, **{share}** gained or bettered from one edition to the next."
    )
    if not plan.effort.is_enough:
        told = _(
            "{chance} of {places} in {year} takes **more than has been seen**: if {components} "
            "gained at once the most that was gained from similar starts from one edition to the "
            "next, it would be {frequency}."
        )
    target = plan.target.target
    told = told.format(
        chance=name_chance(plan.probability),
        places=name_places(target.target_rank),
        year=target.target_year,
        components=components.format(count=count),
        share=plan.effort.share,
        frequency=format_chance(plan.chance),
    )
    return told[0].upper() + told[1:]


def _describe_together(plan: Plan) -> str:
    done, seen = plan.together
    if len(plan.gains) == 1 or not seen:
        return ""
    told = _(
        "That is of each by itself: **as much on all at once was gained {done} of {seen} times**, "
        "from any start."
    )
    if not done:
        told = _(
            "That is of each by itself: **as much on all at once was never gained, of {seen} "
            "times**, from any start."
        )
    return told.format(done=format_number(done), seen=format_number(seen))


def _describe_still(plan: Plan) -> str:
    if not plan.still:
        return ""
    label = plan.answer.draws.panel.config.label
    listed = [f"{label(component)} ({_(_STILL[why])})" for component, why in plan.still.items()]
    return _("The others stand still: {components}.").format(components=join_names(listed))


def plan_table(plan: Plan) -> Table:
    """Show what each component would have to gain."""
    table, draws = plan.gains, plan.answer.draws
    target, places = plan.target.target, draws.panel.decimals
    ends = [
        f"{format_number(end, places)} ({_(_STILL['complete'])})"
        if is_bounded
        else format_number(end, places)
        for end, is_bounded in zip(table["end"], table["is_bounded"], strict=True)
    ]
    columns = {
        _("Component"): table["component"].map(draws.panel.config.label),
        _("Weight"): [format_percent(weight, 1) for weight in table["weight"]],
        _("Score {year}").format(year=draws.origin_year): [
            format_number(start, places) for start in table["start"]
        ],
        _("Gain"): [format_gain(gain, places) for gain in table["gain"]],
        _("With the plan"): ends,
        _("Gains seen"): table["seen"],
    }
    caption = _("Gains on all components at once, for {chance} of {places} in {year}").format(
        chance=name_chance(plan.probability),
        places=name_places(target.target_rank),
        year=target.target_year,
    )
    return Table(pd.DataFrame(columns), caption)


def fewer_table(plan: Plan) -> Table:
    """Hold the plan against the least unusual pushes on one component, and on two."""
    panel, rows = plan.answer.draws.panel, []
    label, places = panel.config.label, panel.decimals
    for name, size in ((_("One component"), 1), (_("Two components"), 2)):
        efforts = plan.list_fewer(size)
        enough = [effort for effort in efforts if effort.is_enough]
        listed = [
            f"{label(component)} {format_gain(gain, places)}"
            for effort in enough[:1]
            for component, gain in effort.gains.items()
        ]
        could = _("{enough} of {count}").format(enough=len(enough), count=len(efforts))
        rows.append([name, could, ", ".join(listed) or "–", enough[0].share if enough else "–"])
    is_enough = plan.effort.is_enough
    could, share = (_("yes"), plan.effort.share) if is_enough else (_("no"), "–")
    rows.append([_("All listed"), could, _("as above"), share])
    heads = [_("Gains on"), _("Could do"), _("Least unusual"), _("As much or more was gained by")]
    caption = _("The same by fewer components, at most what has been seen on each")
    return Table(pd.DataFrame(rows, columns=heads), caption)
