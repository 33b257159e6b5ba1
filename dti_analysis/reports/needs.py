"""What the first target would take: a score, and gains on components."""

from dti_analysis.errors import DataError
from dti_analysis.figures.needs import plot_needs, plot_plan
from dti_analysis.forecasting.answer import Answer, aim_next
from dti_analysis.forecasting.plan import Plan, describe_plan, fewer_table, find_plan, plan_table
from dti_analysis.forecasting.push import describe_pushes, find_need, find_pushes, pushes_table
from dti_analysis.forecasting.target_chance import needs_table
from dti_analysis.language import _, format_number, join_names
from dti_analysis.reports.section import Part, Section
from dti_analysis.wording import format_size, name_chance, name_places


def find_road(asked: Answer) -> Plan | None:
    """Plan for the first target over all components; nothing where no plan can be made."""
    if not asked.draws.panel.components:
        return None
    try:
        return find_plan(asked)
    except DataError:  # no component has a score, room on the scale and gains seen
        return None


def tell(answer: Answer) -> Section | None:
    """Say what score and lift the target takes, and what gains would do it."""
    # Of ranks alone: `trajectory` says so.
    if not answer.targets or answer.draws.panel.rows["score"].isna().all():
        return None
    asked = aim_next(answer)
    has_scores = any(chance.requirements for chance in answer.chances)
    return Section.under(
        _("What it would take"),
        describe_needs(asked),
        plot_needs(asked),
        needs_table(answer.chances) if has_scores else None,
        *list_gains(asked),
    )


def list_gains(asked: Answer) -> list[Part | str]:
    """Tell the plan over all components or, where none can be made, pushes on each alone."""
    if not asked.draws.panel.components:
        return []
    plan = find_road(asked)
    if plan is None:
        pushes = find_pushes(asked)
        tables = [pushes_table(pushes)] if pushes.pushes["gain"].any() else []
        return [describe_pushes(pushes), *tables]
    if not plan.is_needed:
        return [describe_plan(plan)]
    shown = describe_road, describe_plan, plot_plan, plan_table, fewer_table
    return [show(plan) for show in shown]


def describe_road(plan: Plan) -> str:
    """Name the least unusual gains among those on as few components as can bring it."""
    panel = plan.answer.draws.panel
    enough = [effort for size in (1, 2) for effort in plan.list_fewer(size) if effort.is_enough]
    if not enough:
        return _("No gain on one or two components that has been seen would bring that alone.")
    gains = [
        _("{component} {gain}").format(
            gain=format_number(gain, panel.decimals, signed=True),
            component=panel.config.label(component).lower(),
        )
        for component, gain in enough[0].gains.items()
        if gain
    ]
    text = _("The easiest road by precedent: **{gains}**.")
    return text.format(gains=join_names(gains))


def describe_needs(answer: Answer) -> str:
    """Say what score and what lift the first target takes."""
    target, need = answer.first_target.target, find_need(answer)
    if need is None:
        return _("No score is published, so that none can be named for the target.")
    config, places = answer.draws.panel.config, answer.draws.panel.decimals
    text, lift = (
        _(
            "While the level is not known, a score of **{score}** has {chance} to be in {places} "
            "in {year}."
        ),
        _(
            "For {unit} to have that chance, **{lift}** would have to be added to whatever its "
            "score turns out to be, at any level: it is the same for everybody."
        ),
    )
    if not config.higher_is_better:
        text, lift = (
            _(
                "While the level is not known, a score of **{score}** or less has {chance} to be "
                "in {places} in {year}."
            ),
            _(
                "For {unit} to have that chance, **{lift}** would have to be taken off whatever "
                "its score turns out to be, at any level: it is the same for everybody."
            ),
        )
    needed = text.format(
        chance=name_chance(need.probability),
        places=name_places(target.target_rank),
        year=target.target_year,
        score=format_number(need.score, places),
    )
    missing = max(need.lift * config.sense, 0)
    if not missing:
        lift = _("{unit} has that chance already, at any level: it is the same for everybody.")
    return f"{needed} {lift.format(unit=answer.unit.label, lift=format_size(missing, places))}"
