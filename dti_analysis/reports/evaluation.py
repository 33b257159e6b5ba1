"""What the record says, for readers who are no statisticians."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from dti_analysis.display import Text
from dti_analysis.evaluation.backtest import (
    Evaluation,
    needs_table,
    outcomes_table,
    reliability_table,
    scores_table,
    skill_table,
)
from dti_analysis.evaluation.calibration import best_and_worst, count_pit, list_held
from dti_analysis.evaluation.skill import REFERENCE
from dti_analysis.figures.evaluation import plot_case, plot_pit, plot_reliability, plot_skill
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import INTERVALS
from dti_analysis.forecasting.forecast import Forecast, forecast
from dti_analysis.language import BOLD, N_, _, format_number, format_percent, join_names, ordinal
from dti_analysis.reports.method import describe_method
from dti_analysis.reports.section import Section
from dti_analysis.reports.trajectory import describe_history
from dti_analysis.wording import KINDS, count_origins, describe_horizon, format_chance, name_goal_in

_CASE = "Bà Rịa - Vũng Tàu"
"""The case the project was made for."""

_PROOF = N_(
    "The proof rests on other indices with longer histories, see [how the forecasts are made and "
    "judged](../docs/forecasting.md)."
)


def tell_opening(found: Evaluation) -> Section:
    """Say what was held against what, and how little that proves."""
    text = describe_opening(_own(found))
    # Its documents lie beside the notebooks of the DTI alone.
    told = f"{text} {_(_PROOF)}" if found.panel.config.builder else text
    title = _("The record of the forecasts")
    return Section.of(Text(f"{title}: {found.panel.config.label('name')}", "h1"), told)


def tell_skill(found: Evaluation) -> Section:
    """Say what skill is and how much of it there was."""
    model = _name_model(found)
    return Section.under(
        _("Skill: better than a random walk?"),
        describe_skill(found, model),
        plot_skill(found, model),
        skill_table(found),
    )


def tell_reliability(found: Evaluation) -> Section:
    """Say how often what was said came true."""
    record = found.reliability([_name_model(found)])
    # A place among as many as there are is no chance, and not counted.
    sizes = [size for size in found.settings.top if _own(found)[f"top{size}"].notna().any()]
    text = describe_reliability(record, sizes)
    return Section.under(
        _("What was said, and what came true"),
        text,
        describe_coverage(_own(found)),
        plot_reliability(found, record),
        reliability_table(record),
    )


def tell_scores(found: Evaluation) -> Section | None:
    """Say how good the scores were, and whether those said to be needed were enough."""
    model, needs = _name_model(found), found.needs([_name_model(found)])
    if needs.empty:
        return None
    return Section.under(
        _("Scores, and the scores said to be needed"),
        describe_scores(found, model),
        scores_table(found, model),
        needs_table(needs),
    )


def tell_pit(found: Evaluation) -> Section:
    """Say how evenly the outcomes lie over the forecasts."""
    own = _own(found)
    heading = _("How evenly the outcomes lie over the forecasts")
    return Section.under(heading, describe_pit(own), plot_pit(found, own))


def tell_best_and_worst(found: Evaluation) -> Section:
    """Show the forecasts that came nearest, and those that missed most."""
    text = _(
        "The best are of {units} whose place was hardly in doubt. The worst are of those that "
        "leapt or fell further than their past told, or whose past was not published."
    ).format(**found.panel.config.nouns)
    picked = best_and_worst(_own(found))
    table = outcomes_table(picked, found.panel.labels, found.panel.config.head_unit())
    return Section.under(_("The best and the worst calls"), text, table)


def tell_case(found: Evaluation) -> Section | None:
    """Tell the case that the project was made for, as it was forecast from each origin."""
    cases = _list_cases(found)
    if not cases:
        return None
    heading = _("One case: {unit}").format(unit=cases[0].unit.label)
    head = f"{BOLD}{cases[0].unit.label}{BOLD}: {describe_history(cases[0])}"
    return Section.under(heading, head, describe_case(cases), plot_case(cases))


def tell_method(found: Evaluation) -> Section:
    """Describe the method."""
    drawn = _forecasts(found)[-1].draws
    return Section.under(_("Method"), describe_method(drawn))


def _name_model(found: Evaluation) -> str:
    """Name the model that is evaluated: the last, or the reference itself."""
    return str(found.by_horizon["model"].iloc[-1])


def _own(found: Evaluation) -> pd.DataFrame:
    return found.outcomes[found.outcomes["model"] == _name_model(found)]


def _forecasts(found: Evaluation) -> list[Forecast]:
    settings = found.settings
    return [
        forecast(found.panel, int(origin), None, _name_model(found), settings.draws, settings.seed)
        for origin in sorted(found.by_origin["origin"].unique())
    ]


def _list_cases(found: Evaluation) -> list[Answer]:
    if _CASE not in found.panel.names.values():
        return []
    return [made.answer(_CASE, all_targets=True) for made in _forecasts(found)]


def describe_opening(outcomes: pd.DataFrame) -> str:
    """Say what was held against what, and how little that proves."""
    origins = sorted(outcomes["origin"].unique())
    return _(
        "From each of the editions {editions} the model `{model}` is shown what was known then, "
        "and nothing later; its forecasts, {forecasts} in {pairs} pairs of origin and outcome, are "
        "held against the ranks that came. **{origins} origins prove little**: one unusual year "
        "moves everything below."
    ).format(
        editions=join_names([str(origin) for origin in origins]),
        model=outcomes["model"].iloc[0],
        forecasts=len(outcomes),
        pairs=len(outcomes[["origin", "edition"]].drop_duplicates()),
        origins=len(origins),
    )


def describe_skill(found: Evaluation, model: str) -> str:
    """Say what skill is and how much of it the model had against the random walk."""
    nouns = found.panel.config.nouns
    meaning = _(
        "**Skill** is the share of the error that a forecast saves against a random walk, which "
        "lets every {unit} move from where it stands as far as {units} have moved before; 0 is no "
        "better, below 0 is worse."
    ).format(**nouns)
    if model == REFERENCE:
        own = _("The model here is that random walk itself, so that its skill is 0.")
        return f"{meaning} {own}"
    rows = found.by_horizon[found.by_horizon["model"] == model]
    steps = [
        f"{describe_horizon(row['horizon'])} {format_percent(row['skill'], 1, signed=True)} "
        f"({count_origins(row['origins'])})"
        for row in rows.to_dict("records")
    ]
    sizes = _(
        "It was {steps}. The intervals come from taking the origins again and again at random, and "
        "from so few they are too narrow."
    ).format(steps=join_names(steps))
    return f"{meaning} {sizes}"


def describe_coverage(outcomes: pd.DataFrame) -> str:
    """Say what coverage is, and how many outcomes the intervals held."""
    held = [
        _("{held} % where {due} were due").format(
            held=format_number(100 * list_held(outcomes, width).mean()), due=width
        )
        for width in INTERVALS
    ]
    return _(
        "**Coverage** is how many of 100 outcomes fell into the range that was to hold, say, 80 of "
        "100. The ranges held {held}."
    ).format(held=join_names(held))


def describe_reliability(record: pd.DataFrame, sizes: Sequence[int]) -> str:
    """Say how often the chances on record, of best groups of these sizes, came true."""
    text = _(
        "All {chances} chances of a place in the top {places} are sorted by what was said. A "
        "forecast is honest if of the chances near 30 % some 30 % come true."
    ).format(
        chances=format_number(record["chances"].sum()),
        places=join_names([str(size) for size in sizes]),
    )
    if not record["is_thin"].any():
        return text
    thin = _(
        "The intervals take every chance for a case of its own; as units of one edition take each "
        "other's places, they are too narrow, and there are too few origins to say by how much."
    )
    return f"{text} {thin}"


def describe_scores(found: Evaluation, model: str) -> str:
    """Say what a score rests on, and how far it was off."""
    row = found.by_horizon[found.by_horizon["model"] == model].iloc[0]
    text = _(
        "A score rests on the level of its edition too, which comes but once for all: {origins} "
        "origins prove less still here. One edition ahead the median was {error} spreads off, "
        "where no change was {unchanged} off, and the range of 80 % held {held}."
    )
    return text.format(
        origins=row["origins"],
        error=format_number(row["score_mae"], 2),
        unchanged=format_number(row["score_mae_unchanged"], 2),
        held=format_number(100 * row["score_coverage80"]),
    )


def describe_pit(outcomes: pd.DataFrame) -> str:
    """Say what the PIT is, and how even it was."""
    share = 100 * count_pit(outcomes)["share"]
    return _(
        "**PIT** (probability integral transform) says what share of the forecast lay at better "
        "ranks than the one that came; over many honest forecasts every tenth holds 10 %. "
        "Here a tenth held from {least} to {most}, the two outer ones {outer} together, and the "
        "better half {half}."
    ).format(
        least=format_number(share.min()),
        most=format_number(share.max()),
        outer=format_number(share.iloc[0] + share.iloc[-1]),
        half=format_number(100 * outcomes["pit"].lt(0.5).mean()),
    )


def describe_case(cases: Sequence[Answer]) -> Text:
    """Tell what was forecast of one unit from each origin, against what came, a line for each."""
    return Text("\n".join(map(_describe_from, cases)), "ul")


def _describe_from(case: Answer) -> str:
    came, row = list_outcomes(case), case.summary.iloc[0]
    year = int(row["year"])
    outlook = _(
        "As of {origin}: for {year} around {rank}, with an 80 % chance between {best} and {worst}"
    ).format(
        origin=case.draws.origin_year,
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
    targets = " ".join(_describe_target(case, place) for place in range(len(case.chances)))
    return f"{outlook}{verdict}. {targets}"


def _describe_target(case: Answer, place: int) -> str:
    chance = case.chances[place]
    size, year = chance.target.goal
    reached = [
        str(edition)
        for edition, rank in list_outcomes(case).items()
        if edition <= year and rank <= size
    ]
    kind = _(KINDS[chance.target.kind])
    text = f"{kind[:1].upper()}{kind[1:]}, {name_goal_in(size, year)}: "
    text += format_chance(chance.probability_in_year)
    if year > case.years[0]:
        text += _(", in any edition up to then {frequency}").format(
            frequency=format_chance(chance.probability_by_year)
        )
    if reached:
        text += _("; it was there in {years}").format(years=join_names(reached))
    elif chance.observed_rank is not None:
        text += _("; it came {rank}").format(rank=ordinal(chance.observed_rank))
    return f"{text}."


def list_outcomes(case: Answer) -> dict[int, int]:
    """Give the ranks that came after the origin, by edition."""
    known = case.outcomes
    return {int(y): int(r) for y, r in zip(known["year"], known["rank"], strict=True)}


SECTIONS: Mapping[str, Callable[[Evaluation], Section | None]] = {
    "opening": tell_opening,
    "skill": tell_skill,
    "reliability": tell_reliability,
    "scores": tell_scores,
    "pit": tell_pit,
    "best_and_worst": tell_best_and_worst,
    "case": tell_case,
    "method": tell_method,
}
