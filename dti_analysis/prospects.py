"""What may come of a province, in sentences: its targets, what they take, its neighbours."""

import pandas as pd

from dti_analysis.answers import Answer
from dti_analysis.narrative import KINDS, frequency, tell_target
from dti_analysis.pushes import Pushes
from dti_analysis.rivals import rank_at_origin
from dti_analysis.schema import LABELS

_ALIKE = 0.05
"""Chances closer than this tell no neighbour from another."""

NOT_CAUSAL = (
    "This is a scenario, not a causal claim: it is the arithmetic of the index, and says neither "
    "that a push would succeed nor that all else would stay as it is."
)


def tell_targets(answer: Answer) -> str:
    """List every target with its chances and who set it, in Markdown."""
    lines = []
    for chance in answer.chances:
        target = chance.target
        who = KINDS[target.kind] + (f", stated {target.stated_on}" if target.stated_on else "")
        lines.append(
            f"- {tell_target(chance)} In any edition up to then: "
            f"{frequency(chance.probability_by_year)} ({who})."
        )
    return "\n".join(lines)


def name_places(top: int) -> str:
    """Name the best places within a sentence.

    Examples
    --------
    >>> name_places(20), name_places(1)
    ('the top 20', 'first place')
    """
    return "first place" if top == 1 else f"the top {top}"


def name_chance(probability: float) -> str:
    """Name a chance to reach.

    Examples
    --------
    >>> name_chance(0.5), name_chance(0.8), name_chance(0.995)
    ('an even chance', 'a chance of 80 in 100', 'a chance of 99.5 in 100')
    """
    return "an even chance" if probability == 0.5 else f"a chance of {100 * probability:g} in 100"


def describe_gain(percentile: float | None, seen: int) -> str:
    """Say whether a gain has been seen before.

    Examples
    --------
    >>> describe_gain(0.9, 30), describe_gain(1.0, 30), describe_gain(None, 0)
    ('greater than 27 of 30 seen', 'greater than all 30 seen', 'none seen yet')
    """
    if percentile is None or not seen:
        return "none seen yet"
    smaller = round(percentile * seen)
    return f"greater than {'all' if smaller == seen else f'{smaller} of'} {seen} seen"


def tell_needs(pushes: Pushes) -> str:
    """Say what score and what lift the target takes."""
    found, wanted = pushes.answer, pushes.probability
    target = pushes.chance.target
    need = next((need for need in pushes.chance.needs if need.probability == wanted), None)
    if need is None:
        return "No score is published, so that none can be named for the target."
    name, score = found.province.name, need.score
    lift = (
        f"For {name} to have that chance, **{need.lift:.3f}** would have to be added to whatever "
        "its score turns out to be"
        if need.lift > 0
        else f"{name} has that chance already"
    )
    return (
        f"A score of **{score['central']:.3f}** has {name_chance(need.probability)} to be in "
        f"{name_places(target.target_rank)} in {target.target_year} if the country's level rises "
        f"as it has done; at a low level {score['low']:.3f} has, and at a high one "
        f"{score['high']:.3f}. {lift}, at any level: it is the same for everybody."
    )


def tell_pushes(pushes: Pushes) -> str:
    """Say what main indices alone would have to gain, and whether it has been done."""
    found, table = pushes.answer, pushes.pushes
    name, origin = found.province.name, found.forecast.origin_year
    if table.empty:
        return (
            f"No main index of {name} is published for {origin}: what a push on one of them would "
            "do cannot be said."
        )
    if not table["gain"].any():
        return f"{name} needs no push on any main index for that."
    feasible = table[table["is_feasible"]]
    if feasible.empty:
        text = (
            f"None of the {len(table)} main indices known could bring that alone: all would pass 1."
        )
    else:
        easiest = feasible.sort_values(["percentile", "gain"], kind="stable").iloc[0]
        seen = describe_gain(easiest["percentile"], easiest["seen"])
        text = (
            f"Of the {len(table)} main indices known, {len(feasible)} could bring that alone "
            f"within the scale. The least unusual push is **{easiest['gain']:+.3f} on "
            f"{LABELS[easiest['index']].lower()}**, from {easiest['start']:.3f} ({seen})."
        )
    return (
        f"{text} A gain is on top of what the forecast has; it is held against those seen from the "
        f"nearest starts, each beyond that of the median province. {NOT_CAUSAL}"
    )


def tell_neighbours(answer: Answer, near: pd.DataFrame) -> str:
    """Say which neighbour is the likeliest to be ahead, and which the least.

    Parameters
    ----------
    answer : Answer
        The province.
    near : DataFrame
        From `dti_analysis.rivals.list_neighbours`.
    """
    forecast = answer.forecast
    year = int(near["year"].min())
    is_known = rank_at_origin(forecast, answer.province.code) is not None
    around = (
        f"Of the provinces ranked around it in {forecast.origin_year}"
        if is_known
        else f"Its rank of {forecast.origin_year} is not published; of those expected around it"
    )
    order = near[near["year"] == year].sort_values("probability", kind="stable")
    first, last = order.iloc[0], order.iloc[-1]
    if last["probability"] - first["probability"] < _ALIKE:
        return f"{around}, none is much likelier than another to be ahead of it in {year}."
    return (
        f"{around}, **{first['province']}** is the likeliest to be ahead of it in {year} "
        f"({frequency(1 - first['probability'])}), and **{last['province']}** the least likely "
        f"({frequency(1 - last['probability'])})."
    )
