"""What the first target would take: a score, and a push on one component."""

from dti_analysis.figures.needs import plot_needs
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.push import PushTable, describe_pushes, find_pushes, pushes_table
from dti_analysis.forecasting.target_chance import needs_table
from dti_analysis.language import _, format_number
from dti_analysis.reports.section import Section
from dti_analysis.wording import name_chance, name_places


def tell(answer: Answer) -> Section | None:
    """Say what score and lift the target takes, and what pushes would do."""
    if not answer.chances:
        return None
    pushes = find_pushes(answer)
    has_components = bool(answer.draws.panel.components)
    has_scores = any(chance.requirements for chance in answer.chances)
    return Section.under(
        _("What it would take"),
        describe_needs(pushes),
        plot_needs(answer),
        needs_table(answer.chances) if has_scores else None,
        describe_pushes(pushes) if has_components else None,
        pushes_table(pushes) if pushes.pushes["gain"].any() else None,
    )


def describe_needs(pushes: PushTable) -> str:
    """Say what score and what lift the target takes."""
    wanted, target = pushes.probability, pushes.chance.target
    needs = pushes.chance.requirements
    need = next((need for need in needs if need.probability == wanted), None)
    if need is None:
        return _("No score is published, so that none can be named for the target.")
    is_up = pushes.answer.draws.panel.config.higher_is_better
    text = _("A score of **{score}** has {chance} to be in {places} in {year}.")
    if not is_up:
        text = _("A score of **{score}** or less has {chance} to be in {places} in {year}.")
    needed = text.format(
        chance=name_chance(need.probability),
        places=name_places(target.target_rank),
        year=target.target_year,
        score=format_number(need.score, 3),
    )
    name = pushes.answer.unit.name
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
