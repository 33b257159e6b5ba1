"""What may come of a province, in sentences: its targets, what they take, its neighbours."""

import pandas as pd

from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.push import Pushes
from dti_analysis.forecasting.comparison import rank_at_origin
from dti_analysis.language import N_, _, format_date, format_number
from dti_analysis.wording import KINDS, frequency, tell_target
from dti_analysis.schema import name_index
from dti_analysis.subject import subject

_ALIKE = 0.05
"""Chances closer than this tell no neighbour from another."""

NOT_CAUSAL = N_(
    "This is a scenario, not a causal claim: it is the arithmetic of the index, and says neither "
    "that a push would succeed nor that all else would stay as it is."
)


def tell_targets(answer: Answer) -> str:
    """List every target with its chances and who set it, in Markdown."""
    lines = []
    for chance in answer.chances:
        target = chance.target
        who = _(KINDS[target.kind])
        if target.stated_on:
            who = _("{kind}, stated {date}").format(kind=who, date=format_date(target.stated_on))
        by_year = _("In any edition up to then: {frequency} ({who}).").format(
            frequency=frequency(chance.probability_by_year), who=who
        )
        lines.append(f"- {tell_target(chance)} {by_year}")
    return "\n".join(lines)


def name_places(top: int) -> str:
    """Name the best places within a sentence.

    Examples
    --------
    >>> name_places(20), name_places(1)
    ('the top 20', 'first place')
    """
    return _("first place") if top == 1 else _("the top {rank}").format(rank=top)


def name_chance(probability: float) -> str:
    """Name a chance to reach.

    Examples
    --------
    >>> name_chance(0.5), name_chance(0.8), name_chance(0.995)
    ('an even chance', 'a chance of 80 in 100', 'a chance of 99.5 in 100')
    """
    if probability == 0.5:
        return _("an even chance")
    return _("a chance of {percent} in 100").format(percent=format_number(100 * probability, None))


def describe_gain(percentile: float | None, seen: int) -> str:
    """Say whether a gain has been seen before.

    Examples
    --------
    >>> describe_gain(0.9, 30), describe_gain(1.0, 30), describe_gain(None, 0)
    ('greater than 27 of 30 seen', 'greater than all 30 seen', 'none seen yet')
    """
    if percentile is None or not seen:
        return _("none seen yet")
    smaller = round(percentile * seen)
    if smaller == seen:
        return _("greater than all {seen} seen").format(seen=seen)
    return _("greater than {smaller} of {seen} seen").format(smaller=smaller, seen=seen)


def tell_needs(pushes: Pushes) -> str:
    """Say what score and what lift the target takes."""
    wanted, target = pushes.probability, pushes.chance.target
    need = next((need for need in pushes.chance.needs if need.probability == wanted), None)
    if need is None:
        return _("No score is published, so that none can be named for the target.")
    score = {level: format_number(value, 3) for level, value in need.score.items()}
    needed = _(
        "A score of **{central}** has {chance} to be in {places} in {year} if the general level "
        "rises as it has done; at a low level {low} has, and at a high one {high}."
    ).format(
        chance=name_chance(need.probability),
        places=name_places(target.target_rank),
        year=target.target_year,
        **score,
    )
    name = pushes.answer.province.name
    if need.lift > 0:
        lift = _(
            "For {province} to have that chance, **{lift}** would have to be added to whatever its "
            "score turns out to be, at any level: it is the same for everybody."
        ).format(province=name, lift=format_number(need.lift, 3))
    else:
        lift = _(
            "{province} has that chance already, at any level: it is the same for everybody."
        ).format(province=name)
    return f"{needed} {lift}"


def tell_pushes(pushes: Pushes) -> str:
    """Say what main indices alone would have to gain, and whether it has been done."""
    found, table = pushes.answer, pushes.pushes
    name, origin = found.province.name, found.forecast.origin_year
    if table.empty:
        return _(
            "No main index of {province} is published for {year}: what a push on one of them would "
            "do cannot be said."
        ).format(province=name, year=origin)
    if not table["gain"].any():
        return _("{province} needs no push on any main index for that.").format(province=name)
    meaning = _(
        "A gain is on top of what the forecast has; it is held against those seen from the nearest "
        "starts, each beyond that of the median province."
    )
    return f"{_tell_easiest(table)} {meaning} {_(NOT_CAUSAL)}"


def _tell_easiest(table: pd.DataFrame) -> str:
    feasible = table[table["is_feasible"]]
    if feasible.empty:
        return _(
            "None of the {known} main indices known could bring that alone within the scale."
        ).format(known=len(table))
    easiest = feasible.sort_values(["percentile", "gain"], kind="stable").iloc[0]
    return _(
        "Of the {known} main indices known, {feasible} could bring that alone within the scale. "
        "The least unusual push is **{gain} on {index}**, from {start} ({seen})."
    ).format(
        known=len(table),
        feasible=len(feasible),
        gain=format_number(easiest["gain"], 3, signed=True),
        index=name_index(easiest["index"]).lower(),
        start=format_number(easiest["start"], 3),
        seen=describe_gain(easiest["percentile"], easiest["seen"]),
    )


def tell_neighbours(answer: Answer, near: pd.DataFrame) -> str:
    """Say which neighbour is the likeliest to be ahead, and which the least.

    Parameters
    ----------
    answer : Answer
        The province.
    near : DataFrame
        From `dti_analysis.forecasting.comparison.list_neighbours`.
    """
    forecast = answer.forecast
    year = int(near["year"].min())
    around = (
        _("Of the {units} ranked around it in {year}")
        if rank_at_origin(forecast, answer.province.code) is not None
        else _("Its rank of {year} is not published; of those expected around it")
    ).format(units=subject().units, year=forecast.origin_year)
    order = near[near["year"] == year].sort_values("probability", kind="stable")
    first, last = order.iloc[0], order.iloc[-1]
    if last["probability"] - first["probability"] < _ALIKE:
        return _(
            "{around}, none is much likelier than another to be ahead of it in {year}."
        ).format(around=around, year=year)
    return _(
        "{around}, **{first}** is the likeliest to be ahead of it in {year} ({most}), and "
        "**{last}** the least likely ({least})."
    ).format(
        around=around,
        first=first["province"],
        year=year,
        most=frequency(1 - first["probability"]),
        last=last["province"],
        least=frequency(1 - last["probability"]),
    )
