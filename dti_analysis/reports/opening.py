"""How a report opens: of what, where it stands, its chances, and what is needed."""

from collections.abc import Hashable, Mapping
from typing import Any

from dti_analysis.cleaning.left_out import describe_gaps
from dti_analysis.display import Key, Keys, Ladder, Text
from dti_analysis.forecasting.answer import Answer, aim_next, describe_headline
from dti_analysis.forecasting.push import count_places, find_need
from dti_analysis.language import BOLD, _, format_number, ordinal
from dti_analysis.reports.chance import name_setter
from dti_analysis.reports.merger import describe_succession
from dti_analysis.reports.needs import describe_road, find_road
from dti_analysis.reports.section import Section
from dti_analysis.wording import (
    describe_places,
    format_chance,
    likelihood_phrase,
    name_chance,
    name_goal_in,
    name_places,
    name_range,
)

_STEPS = (1, 3, 5, 10, 15, 20)
"""Best places whose chances every report tells, beside the better half and the targets."""


def tell(answer: Answer) -> Section:
    """Answer the four questions that a report is opened for."""
    gone, edition = describe_succession(answer), describe_edition(answer)
    return Section.of(
        Text(answer.draws.panel.config.full_name, "small"),
        Text(name_finding(answer), "h1"),
        describe_headline(answer),
        Text(f"{gone} {edition}", "note") if gone else Text(edition, "small"),
        list_keys(answer),
    )


def name_finding(answer: Answer) -> str:
    """Say in a line where the unit stands, and how likely its first target is.

    Examples of the form: ``X: rank 4 in the DTI of 2024; top 3 in 2030 rather unlikely``.
    """
    draws, known = answer.draws, answer.history.dropna(subset="rank")
    about = {"unit": answer.unit.label, "index": draws.panel.config.label("name")}
    if known.empty:
        told = _("{unit}: no rank in the {index} up to {year}").format(
            **about, year=draws.origin_year
        )
    else:
        year, rank = known[["year", "rank"]].astype(int).iloc[-1]
        told = _("{unit}: rank {rank} in the {index} of {year}").format(
            **about, rank=rank, year=year
        )
    if not answer.chances:
        return told
    chance = answer.first_target
    headline = (
        _("{told}; {goal} (reference) {likelihood}")
        if chance.target.kind == "reference"
        else _("{told}; {goal} {likelihood}")
    )
    return headline.format(
        told=told,
        goal=name_goal_in(*chance.target.goal).lower(),
        likelihood=likelihood_phrase(chance.probability_in_year),
    )


def describe_edition(answer: Answer) -> str:
    """Say which edition is the last one used, and whether it is complete."""
    draws = answer.draws
    told = _("As of the edition of {year}").format(year=draws.origin_year)
    gaps = describe_gaps(draws.panel, draws.origin_year)
    if gaps:
        return f"{told} · {BOLD}{gaps}{BOLD}"
    whole = _("all {count} {units} ranked").format(
        count=draws.panel.count_ranked(draws.origin_year), **draws.panel.config.nouns
    )
    return f"{told} · {whole}"


def list_keys(answer: Answer) -> Keys:
    """List the rank now, the rank expected, the ladder of chances, and what is needed.

    What cannot be told is left out.
    """
    cards = (_tell_now(answer), _tell_next(answer), _climb(answer), _tell_need(answer))
    return Keys(tuple(card for card in cards if card is not None))


def _tell_now(answer: Answer) -> Key:
    panel, known = answer.draws.panel, answer.history.dropna(subset="rank")
    if known.empty:
        year = answer.draws.origin_year
        return Key(_("Rank in {year}").format(year=year), "–", (_("not published"),))
    *before, last = known.to_dict("records")
    year, is_computed = int(last["year"]), last["rank_status"] == "computed"
    among = _("of {count}, computed") if is_computed else _("of {count}")
    notes = [among.format(count=panel.count_ranked(year))]
    if before:
        past = ", ".join(_tell_past(row) for row in before[-3:])
        notes.append(_("Before: {ranks}").format(ranks=past))
    kind = "computed" if is_computed else "known"
    label = _("Rank in {year}").format(year=year)
    return Key(label, ordinal(int(last["rank"])).capitalize(), tuple(notes), kind=kind)


def _tell_past(row: Mapping[Hashable, Any]) -> str:
    mark = "○\N{NO-BREAK SPACE}" if row["rank_status"] == "computed" else ""
    return f"{mark}{row['rank']:.0f}\N{NO-BREAK SPACE}({row['year']})"


def _tell_next(answer: Answer) -> Key:
    first, *later = answer.summary.to_dict("records")
    notes = [name_range(first["best80"], first["worst80"])]
    if later:
        last = later[-1]
        ends = name_range(last["best80"], last["worst80"])
        told = _("{year}: {rank} ({ends})")
        rank = ordinal(int(last["median_rank"]))
        notes.append(told.format(year=int(last["year"]), rank=rank, ends=ends))
    label = _("Expected in {year}").format(year=int(first["year"]))
    return Key(
        label, ordinal(int(first["median_rank"])).capitalize(), tuple(notes), kind="forecast"
    )


def _climb(answer: Answer) -> Ladder:
    """Build the ladder of chances, in the next edition and in the last one forecast."""
    count, half = answer.draws.count, (answer.draws.count + 1) // 2
    goals = [chance.target for chance in answer.chances]
    wanted = {*_STEPS, half, *(goal.target_rank for goal in goals[:1])}
    tops = sorted(top for top in wanted if top < count) or [1]
    years = list(dict.fromkeys([answer.years[0], *(goal.target_year for goal in goals[:1])]))
    years = years if len(years) > 1 else list(dict.fromkeys([years[0], answer.years[-1]]))
    table = answer.chances_of(tops)
    notes = [_("Top {half} is the better half.").format(half=half)]
    if goals:
        framed = _("Framed: {who}.").format(who=name_setter(answer, goals[0]))
        notes.insert(0, framed)
    return Ladder(
        _("Chance of a place among the best"),
        _("Top"),
        tops,
        {str(year): [(chance, format_chance(chance)) for chance in table[year]] for year in years},
        (str(goals[0].target_year), goals[0].target_rank) if goals else None,
        bool(goals) and goals[0].kind == "official",
        " ".join(notes),
    )


def _tell_need(answer: Answer) -> Key | None:
    """Say what the next edition takes; nothing where no score is known, or nobody has a target."""
    if not answer.targets:
        return None
    asked = aim_next(answer)
    need = find_need(asked)
    if need is None:
        return None
    draws, target = answer.draws, asked.first_target.target
    config = draws.panel.config
    label = _("Needed for {chance} of {places} in {year}").format(
        chance=name_chance(need.probability),
        places=name_places(target.target_rank),
        year=target.target_year,
    )
    if need.lift * config.sense <= 0:
        had = format_chance(asked.first_target.probability_in_year)
        told = _("It has {chance} already.").format(chance=had)
        return Key(label, _("Nothing more"), (told,), kind="met")
    road = find_road(asked)
    notes = (
        _("if the other {units} move as expected").format(**config.nouns),
        describe_road(road) if road else "",
    )
    lift = format_number(need.lift, draws.panel.decimals, signed=True)
    return Key(label, lift, notes, describe_places(count_places(asked, need)), "needed")
