"""The merger of 2025: what became of a province, and what it was made of."""

from dti_analysis.cleaning.gazetteer import MERGER_DATE
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, format_percent, join_names, ordinal
from dti_analysis.panel import Panel
from dti_analysis.project import find_child
from dti_analysis.reports.section import Section


def tell(answer: Answer) -> Section | None:
    """Say what merged into what, where the index knows of a merger."""
    panel = answer.draws.panel
    text = _describe_members(answer) if panel.parent else None
    child = None if panel.parent else find_child(panel)
    if child is not None:
        text = _describe_successor(answer, child)
    return None if text is None else Section.under(_("The merger of 2025"), text)


def _describe_members(answer: Answer) -> str:
    panel, unit = answer.draws.panel, answer.unit
    former = panel.members(unit.code)
    if len(former) == 1:
        return _("{unit} is one of the {units} that were not merged on {date}.").format(
            **panel.config.nouns | {"unit": unit.name}, date=_(MERGER_DATE)
        )
    assert panel.parent is not None
    return _(
        "{unit} was formed on {date} from {former}. Before 2024 its score is their unweighted "
        "mean, the rule that reproduces all 34 scores the ministry published for 2024. A rank of "
        "34 is not comparable with one of 63: the top 10 are the best {share34} here, and were the "
        "best {share63} there."
    ).format(
        unit=unit.name,
        date=_(MERGER_DATE),
        former=join_names([old.name for old in former]),
        share34=format_percent(10 / len(panel.units)),
        share63=format_percent(10 / len(panel.parent.units)),
    )


def _describe_successor(answer: Answer, child: Panel) -> str:
    unit = answer.unit
    successor = child.unit(child.successors[unit.code])
    former = child.members(successor.code)
    edition = child.editions[-1]
    rank = child.last_ranks(edition).get(successor.code)
    standing = (
        _("Among the 34, {unit} is {rank} ({edition}).").format(
            unit=successor.name, rank=ordinal(int(rank)), edition=edition
        )
        if rank
        else ""
    )
    if len(former) == 1:
        kept = (
            _("{unit} was not merged on {date}.")
            if successor.name == unit.name
            else _("{unit} was not merged on {date}, under the name {successor}.")
        ).format(unit=unit.name, date=_(MERGER_DATE), successor=successor.name)
        return f"{kept} {standing}"
    merged = _("On {date}, when 63 provinces became 34, {former} became **{successor}**.").format(
        date=_(MERGER_DATE),
        former=join_names([old.name for old in former]),
        successor=successor.name,
    )
    meaning = _(
        "A forecast for the 63 is from then on a statement about places, not about an "
        "administration that could still act on it."
    )
    return f"{merged} {standing} {meaning}"
