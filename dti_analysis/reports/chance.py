"""The targets, who set them, and their chances."""

from dti_analysis.display import Text
from dti_analysis.figures.distribution import plot_rank_probabilities
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.target_chance import describe_distant, describe_target, name_kind
from dti_analysis.language import _
from dti_analysis.reports.section import Section
from dti_analysis.wording import format_chance


def tell(answer: Answer) -> Section | None:
    """Show the chance of each rank next and in the year of the first target; list all targets."""
    if not answer.chances:
        return None
    heading, distant = _("The chance of the target"), describe_distant(answer.distant)
    first, nearer = answer.first_target, None
    if first.target.target_year != answer.years[0]:
        nearer = plot_rank_probabilities(answer, answer.target_chance(first.target.target_rank))
    pictured = nearer, plot_rank_probabilities(answer)
    return Section.under(heading, *pictured, describe_targets(answer), distant or None)


def describe_targets(answer: Answer) -> Text:
    """List every target with its chances and who set it, a line for each."""
    lines = []
    for chance in answer.chances:
        by_year = _("In any edition up to then: {frequency} ({who}).").format(
            frequency=format_chance(chance.probability_by_year), who=name_kind(chance.target)
        )
        lines.append(f"{describe_target(chance)} {by_year}")
    return Text("\n".join(lines), "ul")
