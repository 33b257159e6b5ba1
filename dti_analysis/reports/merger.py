"""A merger of units: what became of one, and what it was made of."""

from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.movers import TOP
from dti_analysis.language import _, format_date, format_percent, join_names, ordinal
from dti_analysis.panel import Panel, Unit
from dti_analysis.project import find_child
from dti_analysis.reports.section import Section
from dti_analysis.reports.stems import refer_to


def tell(answer: Answer) -> Section | None:
    """Say what merged into what, where the index knows of a merger."""
    panel = answer.draws.panel
    child = panel if panel.parent else find_child(panel)
    if child is None:
        return None
    text = _describe_members(answer) if child is panel else _describe_successor(answer, child)
    day = find_day(child)
    heading = _("The merger of {year}").format(year=day[:4]) if day else _("The merger")
    return Section.under(heading, text)


def describe_succession(answer: Answer) -> str:
    """Say what a former unit became part of; nothing of one that went on."""
    panel, unit = answer.draws.panel, answer.unit
    child = None if panel.parent else find_child(panel)
    if child is None or len(child.members(child.successors[unit.code])) == 1:
        return ""
    day, successor = find_day(child), _refer(answer, child, child.successors[unit.code])
    told = (
        _("**Part of {successor} since {date}**; the forecast is as if it had gone on.")
        if day
        else _("**Part of {successor} now**; the forecast is as if it had gone on.")
    )
    return told.format(successor=successor, date=format_date(day))


def _describe_members(answer: Answer) -> str:
    panel, unit = answer.draws.panel, answer.unit
    parent, day = panel.parent, find_day(panel)
    assert parent is not None
    former = panel.members(unit.code)
    named = {"unit": unit.label, "date": format_date(day)}
    if len(former) == 1:
        return (
            _("{unit} is one of the {units} that were not merged on {date}.")
            if day
            else _("{unit} is one of the {units} that were not merged.")
        ).format(**panel.config.nouns | named)
    made = _("{unit} was formed on {date} from {former}.") if day else _("{unit}: once {former}.")
    mean = _("Its earlier scores are their {mean}.").format(mean=name_mean(panel))
    count, before = len(panel.units), len(parent.units)
    top = min(TOP, max(count // 2, 1))
    compared = _(
        "A rank among {count} is not comparable with one among {before}: the top {top} are the "
        "best {share} here, and were the best {former_share} there."
    ).format(
        count=count,
        before=before,
        top=top,
        share=format_percent(top / count),
        former_share=format_percent(top / before),
    )
    names = join_names(
        [
            _tell_former(unit.label, old).format(unit=_refer(answer, parent, old.code))
            for old in former
        ]
    )
    note = panel.config.label("merger_note")
    return " ".join(filter(None, [made.format(**named, former=names), mean, note, compared]))


def _tell_former(label: str, old: Unit) -> str:
    """Tell a former unit from the one of the same name that it became part of."""
    return _("the former {unit}") if old.label == label else "{unit}"


def name_mean(panel: Panel) -> str:
    """Name the mean that the units of the parent are averaged by."""
    is_weighted = panel.crosswalk is not None and "weight" in panel.crosswalk
    return _("weighted mean") if is_weighted else _("unweighted mean")


def _describe_successor(answer: Answer, child: Panel) -> str:
    unit, day = answer.unit, find_day(child)
    successor = child.unit(child.successors[unit.code])
    former = child.members(successor.code)
    edition = child.editions[-1]
    rank = child.rank_of(successor.code, edition)
    linked = _refer(answer, child, successor.code)
    named = {"unit": unit.label, "successor": linked, "date": format_date(day)}
    standing = (
        _("Among the {count}, {unit} is {rank} ({edition}).").format(
            count=len(child.units), unit=linked, rank=ordinal(rank), edition=edition
        )
        if rank
        else ""
    )
    if len(former) == 1:
        kept = _("{unit} was not merged.")
        if successor.name != unit.name:
            kept = _("{unit} was not merged, and is called {successor} now.")
        return f"{kept.format(**named)} {standing}".rstrip()
    counts = {"before": len(answer.draws.panel.units), "count": len(child.units)}
    merged = (
        _("On {date}, when {before} {units} became {count}, {former} became **{successor}**.")
        if day
        else _("When {before} {units} became {count}, {former} became **{successor}**.")
    ).format(
        **counts,
        **named,
        units=answer.draws.panel.config.nouns["units"],
        former=join_names(
            [_tell_former(successor.label, old).format(unit=old.label) for old in former]
        ),
    )
    meaning = _(
        "A forecast for the {before} is from then on a statement about places, not about an "
        "administration that could still act on it."
    ).format(**counts)
    return " ".join(filter(None, [merged, standing, meaning]))


def _refer(answer: Answer, panel: Panel, code: str) -> str:
    return refer_to(panel, code, answer.draws.origin_year)


def find_day(panel: Panel) -> str:
    """Find the day on which a roster began, where that is told."""
    basis = panel.config.bases.get(panel.basis or "")
    return basis.since if basis and basis.since else ""
