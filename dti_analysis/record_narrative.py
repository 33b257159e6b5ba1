"""What the record says, in sentences for readers who are no statisticians."""

from collections.abc import Sequence

import pandas as pd

from dti_analysis.answers import Answer
from dti_analysis.calibration import (
    LEAST_CHANCES,
    count_chances,
    count_pit,
    find_class,
    list_chances,
)
from dti_analysis.evaluation import Evaluation
from dti_analysis.forecast import INTERVALS
from dti_analysis.narrative import frequency, join_names, name_goal, ordinal, tell_history
from dti_analysis.skill import BAR

CLOSE = 0.05
"""A skill nearer to none than this makes no difference that a reader would see."""


def tell_record(answer: Answer, calls: pd.DataFrame) -> str:
    """Say how many chances like the first one of a report came true.

    Parameters
    ----------
    answer : Answer
        The province.
    calls : DataFrame
        From `dti_analysis.record.load_record`, of the same basis.
    """
    chance = answer.chances[0]
    size, basis = chance.target.target_rank, answer.forecast.basis
    if size >= basis:
        return f"Every province is among the {basis}: there is no record to keep of that."
    is_same = calls["model"].iloc[0] == answer.forecast.model
    method = "this method" if is_same else f"the default model `{calls['model'].iloc[0]}`"
    counts = count_chances(list_chances(calls, [size]))
    row = counts.iloc[int(find_class(chance.probability_in_year))]
    place = "first place" if size == 1 else f"a top-{size} place"
    given, came_true = int(row["chances"]), int(row["came_true"])
    said = (
        f"of {place} among the {basis} between {100 * row['low']:.0f} and {100 * row['high']:.0f} "
        f"in 100 that {method} would have given in the DTI {_tell_span(calls)}"
    )
    if given < LEAST_CHANCES:
        only = f"There were only {given} chances" if given else "There was no chance"
        return f"{only} {said}: too few to say how many such chances come true."
    return (
        f"Of the {given} chances {said}, **{100 * came_true / given:.0f} in 100 came true** "
        f"(on average they said {100 * row['mean']:.0f}). That is a thin record: "
        f"{calls['origin'].nunique()} origins are few, and the provinces of one edition take each "
        "other's places."
    )


def tell_opening(calls: pd.DataFrame) -> str:
    """Open the record: what was held against what, and how little that proves."""
    origins = sorted(calls["origin"].unique())
    cases = calls[["origin", "edition"]].drop_duplicates()
    return (
        f"From each of the editions {join_names([str(origin) for origin in origins])} the model "
        f"`{calls['model'].iloc[0]}` is shown what was known then, and nothing later; its "
        f"forecasts, {len(calls)} in {len(cases)} pairs of origin and outcome, are held against "
        f"the ranks that came. **{len(origins)} origins prove little**: one unusual year moves "
        "everything below. The proof rests on other indices with longer histories, see "
        "[how the forecasts are made and judged](../docs/forecasting.md)."
    )


def tell_skill(found: Evaluation, model: str) -> str:
    """Say what skill is and how much of it there was.

    Parameters
    ----------
    found : Evaluation
        Of the model and the random walk.
    model : str
        Its name.
    """
    meaning = (
        "**Skill** is the share of the error that a forecast saves against a random walk, which "
        "lets every province move from where it stands as far as provinces have moved before; 0 "
        "is no better, below 0 is worse."
    )
    if model == BAR:
        return f"{meaning} The model here is that random walk itself, so that its skill is 0."
    rows = found.by_horizon[found.by_horizon["model"] == model]
    steps = [
        f"{ahead(row['horizon'])} {100 * row['skill']:+.1f} % ({count_origins(row['origins'])})"
        for row in rows.to_dict("records")
    ]
    units = sorted(set(found.by_origin["units"]))
    ranked = (
        f" The provinces ranked here are those published in both editions, {units[0]} to "
        f"{units[-1]} of them; all that follows ranks every province, as reports do."
        if len(units) > 1
        else ""
    )
    return (
        f"{meaning} It was {join_names(steps)}. The intervals come from taking the origins again "
        f"and again at random, and from so few they are too narrow.{ranked}"
    )


def tell_coverage(calls: pd.DataFrame) -> str:
    """Say what coverage is, and how many outcomes the intervals held."""
    held = [
        f"{100 * calls['came'].between(calls[f'best{width}'], calls[f'worst{width}']).mean():.0f} "
        f"in 100 where {width} were due"
        for width in INTERVALS
    ]
    return (
        "**Coverage** is how many of 100 outcomes fell into the range that was to hold, say, 80 of "
        f"100. The ranges held {join_names(held)}."
    )


def tell_chances(record: pd.DataFrame, sizes: Sequence[int]) -> str:
    """Say how often what was said came true.

    Parameters
    ----------
    record : DataFrame
        From `dti_analysis.calibration.record_chances`.
    sizes : sequence of int
        The K whose chances it counts.
    """
    places = join_names([str(size) for size in sizes])
    thin = (
        " The intervals take every chance for a case of its own; as provinces of one edition take "
        "each other's places, they are too narrow, and there are too few origins to say by how "
        "much."
        if record["is_thin"].any()
        else ""
    )
    return (
        f"All {record['chances'].sum():,} chances of a place in the top {places} are sorted by "
        "what was said. A forecast is honest if of the chances near 30 in 100 some 30 in 100 come "
        f"true.{thin}"
    )


def tell_pit(calls: pd.DataFrame) -> str:
    """Say what the PIT is, and how even it was."""
    pit = count_pit(calls)
    half = calls["pit"].lt(0.5).mean()
    return (
        "**PIT** (probability integral transform) says what share of the forecast lay at better "
        "ranks than the one that came; over many honest forecasts every tenth holds 10 in 100. "
        f"Here a tenth held from {100 * pit['share'].min():.0f} to {100 * pit['share'].max():.0f}, "
        f"the two outer ones {100 * (pit['share'].iloc[0] + pit['share'].iloc[-1]):.0f} together, "
        f"and the better half {100 * half:.0f}."
    )


def tell_case(cases: Sequence[Answer]) -> str:
    """Tell one province's way as it was forecast from each origin, against what came.

    Parameters
    ----------
    cases : sequence of Answer
        Of one province, from one origin each, in their order.
    """
    came = list_outcomes(cases[0])
    lines = [f"**{cases[0].province.name}**: {tell_history(cases[0])}"]
    for case in cases:
        origin = case.forecast.origin_year
        row = case.summary.iloc[0]
        year = int(row["year"])
        verdict = ""
        if year in came:
            is_in = row["best80"] <= came[year] <= row["worst80"]
            verdict = f"; it came {ordinal(came[year])}, {'inside' if is_in else 'outside'}"
        lines.append(
            f"- As of {origin}: for {year} around {ordinal(int(row['median_rank']))}, with 8 "
            f"chances in 10 between {int(row['best80'])} and {int(row['worst80'])}{verdict}. "
            + " ".join(_tell_target(case, place) for place in range(len(case.chances)))
        )
    return "\n".join([lines[0], "", *lines[1:]])


def _tell_target(case: Answer, place: int) -> str:
    chance = case.chances[place]
    size, year = chance.target.target_rank, chance.target.target_year
    reached = [
        str(edition)
        for edition, rank in list_outcomes(case).items()
        if edition <= year and rank <= size
    ]
    end = f"; it was there in {join_names(reached)}" if reached else ""
    if not reached and chance.observed_rank is not None:
        end = f"; it came {ordinal(chance.observed_rank)}"
    earlier = (
        f", in any edition up to then {frequency(chance.probability_by_year)}"
        if year > case.forecast.years[0]
        else ""
    )
    return f"{name_goal(size)} in {year}: {frequency(chance.probability_in_year)}{earlier}{end}."


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
    return "one edition ahead" if horizon == 1 else f"{horizon} editions ahead"


def count_origins(origins: int) -> str:
    """Count origins in words.

    Examples
    --------
    >>> count_origins(1), count_origins(3)
    ('1 origin', '3 origins')
    """
    return f"{origins} origin{'' if origins == 1 else 's'}"


def _tell_span(calls: pd.DataFrame) -> str:
    first, last = calls["origin"].min(), calls["origin"].max()
    return f"as of {first}" if first == last else f"from {first} to {last}"
