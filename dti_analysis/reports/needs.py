"""What the first target would take: a score, and gains on components."""

from dti_analysis.errors import DataError
from dti_analysis.figures.needs import plot_needs, plot_plan
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.plan import Plan, describe_plan, fewer_table, find_plan, plan_table
from dti_analysis.forecasting.push import choose_chance, describe_pushes, find_pushes, pushes_table
from dti_analysis.forecasting.target_chance import needs_table
from dti_analysis.language import _, format_number, join_names
from dti_analysis.reports.section import Part, Section
from dti_analysis.wording import name_chance, name_places


def tell(answer: Answer) -> Section | None:
    """Say what score and lift the target takes, and what gains would do it."""
    if not answer.chances:
        return None
    has_scores = any(chance.requirements for chance in answer.chances)
    return Section.under(
        _("What it would take"),
        describe_needs(answer),
        plot_needs(answer),
        needs_table(answer.chances) if has_scores else None,
        *list_gains(answer),
    )


def list_gains(answer: Answer) -> list[Part | str]:
    """Tell the plan over all components or, where none can be made, pushes on each alone."""
    if not answer.draws.panel.components:
        return []
    try:
        plan = find_plan(answer)
    except DataError:
        pushes = find_pushes(answer)
        tables = [pushes_table(pushes)] if pushes.pushes["gain"].any() else []
        return [describe_pushes(pushes), *tables]
    if not plan.is_needed:
        return [describe_plan(plan)]
    told = describe_road(plan), describe_plan(plan)
    return [*told, plot_plan(plan), plan_table(plan), fewer_table(plan)]


def describe_road(plan: Plan) -> str:
    """Name the least unusual gains among those on as few components as can bring it."""
    config = plan.answer.draws.panel.config
    enough = [effort for size in (1, 2) for effort in plan.list_fewer(size) if effort.is_enough]
    if not enough:
        return _("No gain on one or two components that has been seen would bring that alone.")
    easiest = enough[0]
    gains = [
        _("{gain} on {component}").format(
            gain=format_number(gain, 3, signed=True), component=config.label(component).lower()
        )
        for component, gain in easiest.gains.items()
    ]
    text = _(
        "The easiest road by precedent, on one component alone: **{gains}**, which {share} gained "
        "or bettered."
    )
    if len(gains) > 1:
        text = _(
            "No one component would bring that alone; the easiest road by precedent is on two: "
            "**{gains}**, each of which {share} gained or bettered."
        )
    return text.format(gains=join_names(gains), share=easiest.share)


def describe_needs(answer: Answer) -> str:
    """Say what score and what lift the first target takes."""
    wanted, chance = choose_chance(answer), answer.first_target
    target, needs = chance.target, chance.requirements
    need = next((need for need in needs if need.probability == wanted), None)
    if need is None:
        return _("No score is published, so that none can be named for the target.")
    is_up = answer.draws.panel.config.higher_is_better
    text = _("A score of **{score}** has {chance} to be in {places} in {year}.")
    if not is_up:
        text = _("A score of **{score}** or less has {chance} to be in {places} in {year}.")
    needed = text.format(
        chance=name_chance(need.probability),
        places=name_places(target.target_rank),
        year=target.target_year,
        score=format_number(need.score, 3),
    )
    name = answer.unit.name
    if need.lift > 0 and is_up:
        lift = _(
            "For {unit} to have that chance, **{lift}** would have to be added to whatever its "
            "score turns out to be, at any level: it is the same for everybody."
        ).format(unit=name, lift=format_number(need.lift, 3))
    elif need.lift < 0 and not is_up:
        lift = _(
            "For {unit} to have that chance, **{lift}** would have to be taken off whatever its "
            "score turns out to be, at any level: it is the same for everybody."
        ).format(unit=name, lift=format_number(-need.lift, 3))
    else:
        lift = _(
            "{unit} has that chance already, at any level: it is the same for everybody."
        ).format(unit=name)
    return f"{needed} {lift}"
