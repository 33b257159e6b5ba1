"""What the record says, in sentences for readers who are no statisticians."""

from collections.abc import Sequence

import pandas as pd

from dti_analysis.evaluation.backtest import Evaluation
from dti_analysis.evaluation.calibration import (
    LEAST_CHANCES,
    count_chances,
    count_pit,
    find_class,
    list_chances,
)
from dti_analysis.evaluation.skill import BAR
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import INTERVALS
from dti_analysis.language import (
    _,
    format_number,
    format_percent,
    join_names,
    ngettext,
    ordinal,
)
from dti_analysis.wording import frequency, name_goal_in, tell_history
from dti_analysis.subject import subject

CLOSE = 0.05
"""A skill nearer to none than this makes no difference that a reader would see."""


def tell_record(answer: Answer, calls: pd.DataFrame | None) -> str:
    """Say how many chances like the first one of a report came true.

    Parameters
    ----------
    answer : Answer
        The province.
    calls : DataFrame or None
        From `dti_analysis.evaluation.track_record.load_record`, of the same basis; or from
        `dti_analysis.evaluation.own_record.load_record`, None where there are too few editions.
    """
    if calls is None:
        return _("There are too few editions for a record of how often such chances came true.")
    chance = answer.chances[0]
    size, basis = chance.target.target_rank, answer.forecast.basis
    if size >= basis:
        return _("Every {unit} is among the {basis}: there is no record to keep of that.").format(
            unit=subject().unit, basis=basis
        )
    model = calls["model"].iloc[0]
    counts = count_chances(list_chances(calls, [size]))
    row = counts.iloc[int(find_class(chance.probability_in_year))]
    given, came_true = int(row["chances"]), int(row["came_true"])
    said = _(
        "of {place} among the {basis} between {low} and {high} in 100 that {method} would have "
        "given in the {index} {span}"
    ).format(
        index=subject().index,
        place=_("first place") if size == 1 else _("a top-{rank} place").format(rank=size),
        basis=basis,
        low=format_number(100 * row["low"]),
        high=format_number(100 * row["high"]),
        method=_("this method")
        if model == answer.forecast.model
        else _("the default model `{model}`").format(model=model),
        span=_tell_span(calls),
    )
    if not given:
        return _(
            "There was no chance {said}: too few to say how many such chances come true."
        ).format(said=said)
    if given < LEAST_CHANCES:
        return _(
            "There were only {given} chances {said}: too few to say how many such chances come "
            "true."
        ).format(given=given, said=said)
    return _(
        "Of the {given} chances {said}, **{true} in 100 came true** (on average they said {mean}). "
        "That is a thin record: {origins} origins are few, and the {units} of one edition take "
        "each other's places."
    ).format(
        given=given,
        said=said,
        true=format_number(100 * came_true / given),
        mean=format_number(100 * row["mean"]),
        origins=calls["origin"].nunique(),
        units=subject().units,
    )


def tell_opening(calls: pd.DataFrame) -> str:
    """Open the record: what was held against what, and how little that proves."""
    origins = sorted(calls["origin"].unique())
    title = _("The record of the forecasts")
    text = _(
        "From each of the editions {editions} the model `{model}` is shown what was known then, "
        "and nothing later; its forecasts, {forecasts} in {pairs} pairs of origin and outcome, are "
        "held against the ranks that came. **{origins} origins prove little**: one unusual year "
        "moves everything below. The proof rests on other indices with longer histories, see [how "
        "the forecasts are made and judged](../docs/forecasting.md)."
    ).format(
        editions=join_names([str(origin) for origin in origins]),
        model=calls["model"].iloc[0],
        forecasts=len(calls),
        pairs=len(calls[["origin", "edition"]].drop_duplicates()),
        origins=len(origins),
    )
    return f"# {title}\n\n{text}"


def tell_skill(found: Evaluation, model: str) -> str:
    """Say what skill is and how much of it there was.

    Parameters
    ----------
    found : Evaluation
        Of the model and the random walk.
    model : str
        Its name.
    """
    meaning = _(
        "**Skill** is the share of the error that a forecast saves against a random walk, which "
        "lets every province move from where it stands as far as provinces have moved before; 0 is "
        "no better, below 0 is worse."
    )
    if model == BAR:
        own = _("The model here is that random walk itself, so that its skill is 0.")
        return f"{meaning} {own}"
    rows = found.by_horizon[found.by_horizon["model"] == model]
    steps = [
        f"{ahead(row['horizon'])} {format_percent(row['skill'], 1, signed=True)} "
        f"({count_origins(row['origins'])})"
        for row in rows.to_dict("records")
    ]
    sizes = _(
        "It was {steps}. The intervals come from taking the origins again and again at random, and "
        "from so few they are too narrow."
    ).format(steps=join_names(steps))
    units = sorted(set(found.by_origin["units"]))
    if len(units) == 1:
        return f"{meaning} {sizes}"
    ranked = _(
        "The provinces ranked here are those published in both editions, {least} to {most} of "
        "them; all that follows ranks every province, as reports do."
    ).format(least=units[0], most=units[-1])
    return f"{meaning} {sizes} {ranked}"


def tell_coverage(calls: pd.DataFrame) -> str:
    """Say what coverage is, and how many outcomes the intervals held."""
    held = [
        _("{held} in 100 where {due} were due").format(
            held=format_number(
                100 * calls["came"].between(calls[f"best{width}"], calls[f"worst{width}"]).mean()
            ),
            due=width,
        )
        for width in INTERVALS
    ]
    return _(
        "**Coverage** is how many of 100 outcomes fell into the range that was to hold, say, 80 of "
        "100. The ranges held {held}."
    ).format(held=join_names(held))


def tell_chances(record: pd.DataFrame, sizes: Sequence[int]) -> str:
    """Say how often what was said came true.

    Parameters
    ----------
    record : DataFrame
        From `dti_analysis.evaluation.calibration.record_chances`.
    sizes : sequence of int
        The K whose chances it counts.
    """
    text = _(
        "All {chances} chances of a place in the top {places} are sorted by what was said. A "
        "forecast is honest if of the chances near 30 in 100 some 30 in 100 come true."
    ).format(
        chances=format_number(record["chances"].sum()),
        places=join_names([str(size) for size in sizes]),
    )
    if not record["is_thin"].any():
        return text
    thin = _(
        "The intervals take every chance for a case of its own; as provinces of one edition take "
        "each other's places, they are too narrow, and there are too few origins to say by how "
        "much."
    )
    return f"{text} {thin}"


def tell_pit(calls: pd.DataFrame) -> str:
    """Say what the PIT is, and how even it was."""
    share = 100 * count_pit(calls)["share"]
    return _(
        "**PIT** (probability integral transform) says what share of the forecast lay at better "
        "ranks than the one that came; over many honest forecasts every tenth holds 10 in 100. "
        "Here a tenth held from {least} to {most}, the two outer ones {outer} together, and the "
        "better half {half}."
    ).format(
        least=format_number(share.min()),
        most=format_number(share.max()),
        outer=format_number(share.iloc[0] + share.iloc[-1]),
        half=format_number(100 * calls["pit"].lt(0.5).mean()),
    )


def tell_calls() -> str:
    """Say what the best and the worst calls have in common."""
    return _(
        "The best are of provinces whose place was hardly in doubt. The worst are of those that "
        "leapt or fell further than their past told, or whose past was not published."
    )


def tell_case(cases: Sequence[Answer]) -> str:
    """Tell one province's way as it was forecast from each origin, against what came.

    Parameters
    ----------
    cases : sequence of Answer
        Of one province, from one origin each, in their order.
    """
    head = f"**{cases[0].province.name}**: {tell_history(cases[0])}"
    return "\n".join([head, "", *(f"- {_tell_from(case)}" for case in cases)])


def _tell_from(case: Answer) -> str:
    came, row = list_outcomes(case), case.summary.iloc[0]
    year = int(row["year"])
    outlook = _(
        "As of {origin}: for {year} around {rank}, with 8 chances in 10 between {best} and {worst}"
    ).format(
        origin=case.forecast.origin_year,
        year=year,
        rank=ordinal(int(row["median_rank"])),
        best=int(row["best80"]),
        worst=int(row["worst80"]),
    )
    verdict = ""
    if year in came:
        is_in = row["best80"] <= came[year] <= row["worst80"]
        verdict = _("; it came {rank}, inside") if is_in else _("; it came {rank}, outside")
        verdict = verdict.format(rank=ordinal(came[year]))
    targets = " ".join(_tell_target(case, place) for place in range(len(case.chances)))
    return f"{outlook}{verdict}. {targets}"


def _tell_target(case: Answer, place: int) -> str:
    chance = case.chances[place]
    size, year = chance.target.goal
    reached = [
        str(edition)
        for edition, rank in list_outcomes(case).items()
        if edition <= year and rank <= size
    ]
    text = f"{name_goal_in(size, year)}: {frequency(chance.probability_in_year)}"
    if year > case.forecast.years[0]:
        text += _(", in any edition up to then {frequency}").format(
            frequency=frequency(chance.probability_by_year)
        )
    if reached:
        text += _("; it was there in {years}").format(years=join_names(reached))
    elif chance.observed_rank is not None:
        text += _("; it came {rank}").format(rank=ordinal(chance.observed_rank))
    return f"{text}."


def list_outcomes(case: Answer) -> dict[int, int]:
    """Give the ranks that came after the origin, by edition."""
    rows = case.forecast.panel
    own = rows[(rows["code"] == case.province.code) & (rows["year"] > case.forecast.origin_year)]
    known = own.dropna(subset="rank")
    return {int(y): int(r) for y, r in zip(known["year"], known["rank"], strict=True)}


def ahead(horizon: int) -> str:
    """Say how far ahead.

    Examples
    --------
    >>> ahead(1), ahead(3)
    ('one edition ahead', '3 editions ahead')
    """
    return ngettext("one edition ahead", "{count} editions ahead", horizon).format(count=horizon)


def count_origins(origins: int) -> str:
    """Count origins in words.

    Examples
    --------
    >>> count_origins(1), count_origins(3)
    ('1 origin', '3 origins')
    """
    return ngettext("{count} origin", "{count} origins", origins).format(count=origins)


def _tell_span(calls: pd.DataFrame) -> str:
    first, last = calls["origin"].min(), calls["origin"].max()
    if first == last:
        return _("as of {year}").format(year=first)
    return _("from {first} to {last}").format(first=first, last=last)
