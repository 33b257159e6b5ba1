"""What the draws say of a target: its chance, and what it takes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.display import Card, Displayed, Table
from dti_analysis.forecasting.draws import Draws
from dti_analysis.guards import guard_chance
from dti_analysis.language import _, format_date, format_number, ordinal
from dti_analysis.models import ranks
from dti_analysis.targets import Target
from dti_analysis.wording import (
    KINDS,
    format_chance,
    format_gain,
    likelihood_phrase,
    name_goal,
    name_goal_in,
)


@dataclass(frozen=True)
class Requirement:
    """What gives a target a chance.

    Parameters
    ----------
    probability, score : float
        The chance, in (0, 1), and the score that reaches the target with it, in index units.
    lift : float
        What must be added to the unit's own future score, in index units, negative where less is
        better; of the other sign where the chance is greater already.
    """

    probability: float
    score: float
    lift: float


@dataclass(frozen=True, repr=False)
class TargetChance(Displayed):
    """What the draws say about a target.

    Parameters
    ----------
    target, probability_in_year, probability_by_year
        The target, and the chance of its rank or better in its year, and in any edition after the
        origin up to it; NaN where its year is beyond all that is forecast.
    requirements : tuple of Requirement
        Score and lift needed for each chance asked about; empty for an index known by its ranks
        alone.
    observed_rank : int or None
        Rank of the target year, where already known; among the units forecast, where these are a
        part of what is ranked.
    published_rank : int or None
        The same among all that were ranked.
    higher_is_better : bool
        Whether the score needed is the least that will do, or else the most.
    decimals : int
        Decimal places of scores, to write them with.
    """

    target: Target
    probability_in_year: float
    probability_by_year: float
    requirements: tuple[Requirement, ...]
    observed_rank: int | None
    published_rank: int | None = None
    higher_is_better: bool = field(default=True, kw_only=True)
    decimals: int = field(default=3, kw_only=True)

    @property
    def score_needed(self) -> dict[float, float]:
        """Score needed, by probability."""
        return {need.probability: need.score for need in self.requirements}

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON, what is not known as None."""
        return {
            "target_rank": self.target.target_rank,
            "target_year": self.target.target_year,
            "kind": self.target.kind,
            "stated_on": self.target.stated_on or None,
            "probability_in_year": _known(self.probability_in_year),
            "probability_by_year": _known(self.probability_by_year),
            "score_needed_p50": self.score_needed.get(0.5),
            "score_needed_p80": self.score_needed.get(0.8),
            "needs": [
                {
                    "probability": need.probability,
                    "score": need.score,
                    "lift": _known(need.lift),
                }
                for need in self.requirements
            ],
            "observed_rank": self.observed_rank,
        }

    def to_frame(self) -> pd.DataFrame:
        """Give what the target takes as a table.

        Returns
        -------
        DataFrame
            One row for each chance wanted: probability, score (needed) and lift, in index units.
        """
        rows = [[need.probability, need.score, need.lift] for need in self.requirements]
        return pd.DataFrame(rows, columns=["probability", "score", "lift"])

    def make_card(self) -> Card:
        """Put it in short."""
        needs = [needs_table([self])] if self.requirements else []
        return Card(name_goal_in(*self.target.goal), describe_target(self), needs)


def leave_open(target: Target) -> TargetChance:
    """Say nothing of a target that lies beyond all that is forecast."""
    return TargetChance(target, math.nan, math.nan, (), None)


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def assess(draws: Draws, code: str, target: Target, probabilities: Sequence[float]) -> TargetChance:
    """Read the chance of a target, and what it takes for some other chances, off the draws."""
    step, needed = draws.find_threshold(code, target)
    own = draws.ranks_of(code)[:, : step + 1]
    in_year = ranks.chance_in_year(own, target.target_rank)
    by_year = ranks.chance_by_year(own, target.target_rank)
    reached = float(np.mean(draws.positions_of(code)[:, step, 0] >= needed))
    guard_chance(in_year, by_year, reached)
    ranked = draws.panel.ranks_of(target.target_year)
    came, published = draws.among(ranked)[code], ranked.get(code, np.nan)
    needs = (
        Requirement(
            chance, draws.find_score(code, target, chance), draws.find_lift(code, target, chance)
        )
        for chance in probabilities
    )
    return TargetChance(
        target,
        in_year,
        by_year,
        tuple(need for need in needs if np.isfinite(need.score)),
        *(None if np.isnan(rank) else int(rank) for rank in (came, published)),
        higher_is_better=draws.panel.config.higher_is_better,
        decimals=draws.panel.decimals,
    )


def describe_target(chance: TargetChance, who: str = "") -> str:
    """Say how likely a target is, who set it, and what happened if it is known.

    `who` says more than its kind of who set it.
    """
    target = chance.target
    text = _("**{goal} in {year}** is **{likelihood}: {frequency}** ({kind}).").format(
        goal=name_goal(target.target_rank),
        year=target.target_year,
        kind=who or _(KINDS[target.kind]),
        likelihood=likelihood_phrase(chance.probability_in_year),
        frequency=format_chance(chance.probability_in_year),
    )
    if chance.observed_rank is None:
        return text
    came = (
        _("It came {rank}: target reached.")
        if chance.observed_rank <= target.target_rank
        else _("It came {rank}: target missed.")
    )
    text = f"{text} {came.format(rank=ordinal(chance.observed_rank))}"
    if chance.published_rank in (None, chance.observed_rank):
        return text
    among = _("That is its rank in this file; among all it came {rank}.")
    return f"{text} {among.format(rank=ordinal(chance.published_rank))}"


def name_kind(target: Target) -> str:
    """Name who set a target, why and when."""
    kind = _(KINDS[target.kind])
    if target.kind == "reference":
        return _("reference target, no official one being known")
    if not target.stated_on:
        return kind
    return _("{kind}, stated {date}").format(kind=kind, date=format_date(target.stated_on))


def describe_distant(targets: Sequence[Target]) -> str:
    """Name the official targets beyond what is forecast; nothing where there are none."""
    if not targets:
        return ""
    listed = "; ".join(f"{name_goal_in(*each.goal)} ({name_kind(each)})" for each in targets)
    return _("Not assessed, as beyond what is forecast: {targets}.").format(targets=listed)


def targets_table(chances: Sequence[TargetChance]) -> Table:
    """Show the chances of targets, who set them and what came."""
    columns = {
        _("Target"): [name_goal_in(*chance.target.goal) for chance in chances],
        _("Kind"): [name_kind(chance.target) for chance in chances],
        _("Chance"): [format_chance(chance.probability_in_year) for chance in chances],
        _("In any edition up to then"): [
            format_chance(chance.probability_by_year) for chance in chances
        ],
        _("It came"): [
            "–" if chance.observed_rank is None else ordinal(chance.observed_rank)
            for chance in chances
        ],
    }
    return Table(pd.DataFrame(columns), _("Chances of the targets"))


def needs_table(chances: Sequence[TargetChance]) -> Table:
    """Show the score and the lift that each target takes, by chance wanted."""
    needs = [(chance, need) for chance in chances for need in chance.requirements]
    places = max((chance.decimals for chance in chances), default=0)
    heading, caption = (
        (_("Score needed"), _("What the targets take; the lift is on top of its own score"))
        if all(chance.higher_is_better for chance in chances)
        else (
            _("Score needed, or less"),
            _("What the targets take, less being better; a lift below 0 is off its own score"),
        )
    )
    columns = {
        _("Target"): [name_goal_in(*chance.target.goal) for chance, need in needs],
        _("Chance wanted"): [
            _("{width} %").format(width=format_number(100 * need.probability, None))
            for chance, need in needs
        ],
        heading: [format_number(need.score, places) for chance, need in needs],
        _("Lift needed"): [
            format_gain(need.lift if (need.lift > 0) == chance.higher_is_better else 0, places)
            for chance, need in needs
        ],
    }
    return Table(pd.DataFrame(columns), caption)
