"""What a push on a component would do to a chance. A scenario, not a causal claim."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.config import IndexConfig
from dti_analysis.display import Card, Displayed, Table
from dti_analysis.errors import DataError
from dti_analysis.forecasting.answer import Answer, describe_draws, describe_making, describe_title
from dti_analysis.forecasting.gains import place_gain
from dti_analysis.forecasting.target_chance import Requirement, TargetChance, describe_target
from dti_analysis.language import N_, _, format_number, format_percent, write_number
from dti_analysis.names import shorten
from dti_analysis.panel import OVERALL
from dti_analysis.targets import PROBABILITIES, check_probability
from dti_analysis.wording import describe_gain, format_chance, format_gain, name_places

NOT_CAUSAL = N_(
    "This is a scenario, not a causal claim: it is the arithmetic of the index, and says neither "
    "that a push would succeed nor that all else would stay as it is."
)


@dataclass(frozen=True)
class Push:
    """A gain on one component and what it would do.

    Parameters
    ----------
    component, start
        Component pushed, and its score in the last edition, in index units.
    gain : float
        How much is added to it, beyond what the forecast already has; what takes off is negative.
    weight : float
        Share of the component in the overall score.
    chance : float
        Chance of the target in its year, with the gain; same random numbers as without.
    is_feasible : bool
        Whether the component stays within its scale.
    percentile, seen
        Share of the one-edition gains seen from similar starts that were smaller, in [0, 1]; NaN
        where none has been seen; and how many they are. A gain seen is what a unit gained beyond
        the median unit of the edition, as the push is one beyond the forecast.
    """

    component: str
    start: float
    gain: float
    weight: float
    chance: float
    is_feasible: bool
    percentile: float
    seen: int


@dataclass(frozen=True, repr=False)
class PushTable(Displayed):
    """A unit, its target, and what pushes on components would do; `Forecast.push` makes it.

    Parameters
    ----------
    answer : Answer
        The unit; its first target is the one pushed for.
    pushes : DataFrame
        One row for each component: the fields of `Push`; by gain, then by what it does.
    probability : float or None
        Chance that the gains were chosen for; None where the gain was given.
    """

    answer: Answer
    pushes: pd.DataFrame
    probability: float | None

    @property
    def chance(self) -> TargetChance:
        """The target's chance without a push."""
        return self.answer.first_target

    def to_frame(self) -> pd.DataFrame:
        """Give the pushes as a table: that of `pushes`."""
        return self.pushes.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON, what is not known as None."""
        pushes = self.pushes.astype({"percentile": object})
        return {
            **describe_question(self.answer, self.probability),
            "pushes": pushes.where(pushes.notna(), None).to_dict("records"),
        }

    def make_card(self) -> Card:
        """Put it in short."""
        text = describe_target(self.chance)
        if self.probability is not None:
            text = f"{text} {describe_pushes(self)}"
        draws = self.answer.draws
        making = describe_making(draws, [self.answer.unit.code])
        title = f"{describe_title(self.answer)} ({describe_draws(draws)})"
        return Card(title, text, [pushes_table(self)], making)


def find_pushes(
    answer: Answer,
    component: str | None = None,
    gain: float | None = None,
    probability: float | None = None,
) -> PushTable:
    """Find what a push on a component, or on each of them alone, would do for the first target.

    See `dti_analysis.forecasting.forecast.Forecast.push`. Negative gains are losses, unless less is
    better. No row is left where no component is known at the origin.
    """
    check_push(gain, probability, answer.draws.panel.config.max_score)
    wanted = probability or choose_chance(answer)
    starts = list_starts(answer)
    if component is not None:
        starts = {component: _require_start(answer, starts, component)}
    pushes = [
        push(answer, name, start, _find_gain(answer, name, wanted) if gain is None else gain)
        for name, start in starts.items()
    ]
    table = pd.DataFrame(map(asdict, pushes), columns=list(Push.__annotations__))
    keys = ["gain", "chance", "component"]
    is_up = answer.draws.panel.config.higher_is_better
    table = table.sort_values(keys, ascending=[is_up, False, True], ignore_index=True)
    return PushTable(answer, table, wanted if gain is None else None)


def list_starts(answer: Answer) -> dict[str, float]:
    """Give the scores at the origin of the components that are known, so can be pushed."""
    panel, year, code = answer.draws.panel, answer.draws.origin_year, answer.unit.code
    starts = {}
    for component in panel.weights_of(year):
        scores = panel.scores_of(component)
        start = scores[year].get(code, np.nan) if year in scores else np.nan
        if np.isfinite(start):
            starts[component] = float(start)
    return starts


def push(answer: Answer, component: str, start: float, gain: float) -> Push:
    """Add a gain on one component to a unit's draws and read off the chance of its target again.

    A change of a component moves the overall score by its share of the weights. All other units,
    and all random numbers, stay as they are.
    """
    panel, year = answer.draws.panel, answer.draws.origin_year
    weight = weigh(answer, component)
    greatest = panel.config.max_score
    return Push(
        component,
        start,
        gain,
        weight,
        lift_chance(answer, weight * gain),
        greatest is None or bool(0 <= start + gain <= greatest),
        *place_gain(panel, component, year, start, gain),
    )


def lift_chance(answer: Answer, lift: float) -> float:
    """Read off the chance of the first target again, with a lift of the unit's own future score.

    In index units; all random numbers stay as they are. A gain found for a chance does give it:
    what rounding takes off is made up for.
    """
    draws, code = answer.draws, answer.unit.code
    step, needed = draws.find_threshold(code, answer.first_target.target)
    own = draws.positions_of(code)[:, step, 0]
    return float(np.mean(own + (1 + 1e-12) * lift / draws.spread >= needed))


def _find_gain(answer: Answer, component: str, probability: float) -> float:
    lift = answer.draws.find_lift(answer.unit.code, answer.first_target.target, probability)
    choose = max if answer.draws.panel.config.higher_is_better else min
    return choose(lift, 0.0) / weigh(answer, component)


def weigh(answer: Answer, component: str) -> float:
    """Give the share of a component in the overall score, by the weights of the origin."""
    weights = answer.draws.panel.weights_of(answer.draws.origin_year)
    return weights[component] / sum(weights.values())


def _require_start(answer: Answer, starts: Mapping[str, float], component: str) -> float:
    panel, origin = answer.draws.panel, answer.draws.origin_year
    if component not in panel.components:
        known = ", ".join(panel.components) or "none"
        raise DataError(f"{shorten(component)} is not a component. Known: {known}.")
    if component not in starts:
        raise DataError(
            f"{component} of {answer.unit.name} in {origin} is not known: a push needs a start. "
            "Choose another component or origin."
        )
    return starts[component]


def require_any(answer: Answer) -> None:
    """Refuse to push a unit of which no component is known at the origin, or has a weight."""
    draws = answer.draws
    if not draws.panel.components:
        name, measure = draws.panel.config.name, draws.panel.measure
        if measure != OVERALL:
            raise DataError(
                f"{measure} is made of no components that could be pushed. Take the overall index."
            )
        raise DataError(f"no component of {name} is known: give their weights in index.toml.")
    if not list_starts(answer):
        raise DataError(
            f"no component of {answer.unit.name} in {draws.origin_year} is known: a push needs a "
            "start. Choose another origin."
        )


def check_push(gain: float | None, probability: float | None, max_score: float | None) -> None:
    """Refuse a gain or a chance that cannot be asked about."""
    if gain is not None and probability is not None:
        raise DataError("a push has a gain or a chance to reach: leave --gain or --chance out.")
    greatest = np.inf if max_score is None else max_score
    if gain is not None and not (abs(gain) <= greatest and np.isfinite(gain)):
        end = write_number(greatest)
        raise DataError(
            f"gain {write_number(gain)} is out of range: expected -{end} to {end}, as components "
            f"are in [0, {end}]."
        )
    if probability is not None:
        check_probability(probability)


def choose_chance(answer: Answer) -> float:
    """Choose the chance to reach: an even one or, where that is had already, a good one."""
    had = answer.first_target.probability_in_year
    greater = [chance for chance in PROBABILITIES if chance > had]
    return (greater or PROBABILITIES[-1:])[0]


def find_need(asked: Answer) -> Requirement | None:
    """Find what the chance to reach takes of the first target; None where no score is known."""
    wanted = choose_chance(asked)
    needs = asked.first_target.requirements
    return next((need for need in needs if need.probability == wanted), None)


def count_places(asked: Answer, need: Requirement) -> int:
    """Count the places that the median rank gains by what the first target takes."""
    draws, code, target = asked.draws, asked.unit.code, asked.first_target.target
    if need.probability != 0.5:
        return draws.count_places(code, target.target_year, need.lift)
    # Who has an even chance of a rank has it for a median.
    medians = draws.summarise(code).set_index("year")["median_rank"]
    return max(int(medians[target.target_year]) - target.target_rank, 0)


def describe_question(answer: Answer, probability: float | None) -> dict[str, Any]:
    """Say in plain types of which unit what was asked: the first target, and a chance of it."""
    chance = answer.first_target
    return {
        "unit": answer.unit.name,
        "code": answer.unit.code,
        **answer.draws.describe(),
        "target_rank": chance.target.target_rank,
        "target_year": chance.target.target_year,
        "target_kind": chance.target.kind,
        "probability_in_year": chance.probability_in_year,
        "probability_wanted": probability,
    }


def describe_pushes(found: PushTable) -> str:
    """Say what components alone would have to gain, and whether it has been done."""
    answer, table = found.answer, found.pushes
    name, origin = answer.unit.label, answer.draws.origin_year
    if table.empty:
        return _(
            "No component of {unit} is published for {year}: what a push on one of them would do "
            "cannot be said."
        ).format(unit=name, year=origin)
    if not table["gain"].any():
        return _("{unit} needs no push on any component for that.").format(unit=name)
    meaning = explain_gains(answer.draws.panel.config)
    return f"{_describe_easiest(found)} {meaning} {_(NOT_CAUSAL)}"


def explain_gains(config: IndexConfig) -> str:
    """Say what a gain is, and what it is held against."""
    meaning = _(
        "A gain is on top of what the forecast has; it is held against those seen from the nearest "
        "starts, each beyond that of the median."
    )
    if config.higher_is_better:
        return meaning
    sign = _("Less is better: a gain takes off, and is negative.")
    return f"{sign} {meaning}"


def _describe_easiest(found: PushTable) -> str:
    table, panel = found.pushes, found.answer.draws.panel
    feasible = table[table["is_feasible"]]
    if feasible.empty:
        return _(
            "None of the {known} components known could bring that alone within the scale."
        ).format(known=len(table))
    easiest = feasible.sort_values("percentile", kind="stable").iloc[0]
    return _(
        "Of the {known} components known, {feasible} could bring that alone within the scale. "
        "The least unusual push is **{gain} on {component}**, from {start} ({seen})."
    ).format(
        known=len(table),
        feasible=len(feasible),
        gain=format_number(easiest["gain"], panel.decimals, signed=True),
        component=panel.config.label(easiest["component"]).lower(),
        start=format_number(easiest["start"], panel.decimals),
        seen=describe_gain(easiest["percentile"], easiest["seen"]),
    )


def pushes_table(found: PushTable) -> Table:
    """Show what each component alone would have to gain, or what a gain on each would do."""
    table, draws = found.pushes, found.answer.draws
    target, places = found.chance.target, draws.panel.decimals
    write_gain = partial(format_number, signed=True) if found.probability is None else format_gain
    columns = {
        _("Component"): table["component"].map(draws.panel.config.label),
        _("Weight"): [format_percent(weight, 1) for weight in table["weight"]],
        _("Score {year}").format(year=draws.origin_year): [
            format_number(start, places) for start in table["start"]
        ],
        _("Gain"): [write_gain(gain, places) for gain in table["gain"]],
        _("Within scale"): table["is_feasible"].map({True: _("yes"), False: _("no")}),
        _("Gains from the nearest starts"): [
            describe_gain(share, seen)
            for share, seen in zip(table["percentile"], table["seen"], strict=True)
        ],
        _("Chance then"): table["chance"].map(format_chance),
    }
    if found.probability is not None:
        del columns[_("Chance then")]
    caption = _("A push on one component alone, for {places} in {year}").format(
        places=name_places(target.target_rank), year=target.target_year
    )
    return Table(pd.DataFrame(columns), caption)
