"""The targets, who set them, and their chances."""

import re
from textwrap import shorten

from dti_analysis.display import Text, cite
from dti_analysis.figures.distribution import plot_rank_probabilities
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.target_chance import describe_distant, describe_target, name_kind
from dti_analysis.language import _
from dti_analysis.reports.section import Section
from dti_analysis.targets import Target
from dti_analysis.wording import format_chance

_LONGEST = 60
"""Letters of a source that there is room for on a card."""


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
        told = describe_target(chance, name_setter(answer, chance.target))
        # Of the next edition, the chance up to then is the one that was told.
        if chance.target.target_year != answer.years[0]:
            frequency = format_chance(chance.probability_by_year)
            by_year = _("In any edition up to then: {frequency}.").format(frequency=frequency)
            told = f"{told} {by_year}"
        lines.append(told)
    return Text("\n".join(lines), "ul")


def name_setter(answer: Answer, target: Target) -> str:
    """Name who set a target, when, and where that stands: without titles and remarks."""
    if target.kind != "official":
        return name_kind(target)
    nouns = answer.draws.panel.config.nouns
    told = [name_kind(target), _("set by the {unit} itself").format(**nouns)]
    named = re.split(r": | \(", target.source)[0]
    source = cite(target.source) or shorten(named, _LONGEST, placeholder="…")
    if source:
        told.append(_("see {source}").format(source=source))
    return "; ".join(told)
