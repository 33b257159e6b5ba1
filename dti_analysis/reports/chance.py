"""The targets, who set them, and their chances."""

from dti_analysis.figures.distribution import plot_rank_probabilities
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.target_chance import describe_target
from dti_analysis.language import _, format_date
from dti_analysis.reports.section import Section
from dti_analysis.wording import KINDS, format_chance


def tell(answer: Answer) -> Section | None:
    """Show the chance of each rank in the year of the first target, and list all targets."""
    if not answer.chances:
        return None
    heading = _("The chance of the target")
    return Section.under(heading, plot_rank_probabilities(answer), describe_targets(answer))


def describe_targets(answer: Answer) -> str:
    """List every target with its chances and who set it, in Markdown."""
    lines = []
    for chance in answer.chances:
        target = chance.target
        who = _(KINDS[target.kind])
        if target.stated_on:
            who = _("{kind}, stated {date}").format(kind=who, date=format_date(target.stated_on))
        by_year = _("In any edition up to then: {frequency} ({who}).").format(
            frequency=format_chance(chance.probability_by_year), who=who
        )
        lines.append(f"- {describe_target(chance)} {by_year}")
    return "\n".join(lines)
