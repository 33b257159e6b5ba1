"""Numbers to sentences. Every figure in them comes from the answer they are given."""

import math

from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import N_, _, format_number, format_percent, ordinal
from dti_analysis.reports.headings import name_title
from dti_analysis.targets import TargetChance

_WORDS = (
    (0.01, N_("almost ruled out")),
    (0.10, N_("very unlikely")),
    (0.33, N_("unlikely")),
    (0.67, N_("about as likely as not")),
    (0.90, N_("likely")),
    (0.99, N_("very likely")),
    (1.01, N_("almost certain")),
)
"""Likelihood scale of the IPCC (guidance note on uncertainties, 2010), in everyday words."""

KINDS = {
    "official": N_("official target"),
    "given": N_("target asked for"),
    "reference": N_("reference target, no official one being known"),
}


def frequency(chance: float) -> str:
    """Write a chance as a frequency, without the certainty that draws cannot give.

    Examples
    --------
    >>> frequency(0.1632), frequency(0.0), frequency(0.9999)
    ('about 16 in 100', 'less than 1 in 100', 'more than 99 in 100')
    """
    percent = math.floor(100 * chance + 0.5)
    if percent < 1:
        return _("less than 1 in 100")
    if percent > 99:
        return _("more than 99 in 100")
    return _("about {percent} in 100").format(percent=percent)


def likelihood(chance: float) -> str:
    """Put a chance in words.

    Examples
    --------
    >>> likelihood(0.16), likelihood(0.5), likelihood(0.95)
    ('unlikely', 'about as likely as not', 'very likely')
    """
    return _(next(word for bound, word in _WORDS if chance < bound))


def title(answer: Answer) -> str:
    """Name a report: province, how many it is ranked among, and the edition known."""
    forecast = answer.forecast
    return name_title(answer.province.name, forecast.basis, forecast.origin_year)


def tell_headline(answer: Answer) -> str:
    """Say where the province stands, where it is heading and its first chance, in a paragraph."""
    name, forecast = answer.province.name, answer.forecast
    known = answer.history.dropna(subset="rank")
    if known.empty:
        standing = _("**{province}** has no published rank up to {year}.").format(
            province=name, year=forecast.origin_year
        )
    else:
        last = known.iloc[-1]
        standing = _("**{province}** was **{rank} of {basis}** in the {year} edition.").format(
            province=name,
            rank=ordinal(int(last["rank"])),
            basis=forecast.basis,
            year=int(last["year"]),
        )
    first = answer.summary.iloc[0]
    outlook = _(
        "For {year} the forecast puts it around **{rank}**, with 8 chances in 10 that its rank "
        "lies between {best} and {worst}."
    ).format(
        year=int(first["year"]),
        rank=ordinal(int(first["median_rank"])),
        best=int(first["best80"]),
        worst=int(first["worst80"]),
    )
    chances = " ".join(tell_target(chance) for chance in answer.chances[:1])
    return f"{standing} {outlook} {chances}".strip()


def tell_target(chance: TargetChance) -> str:
    """Say how likely a target is, and what happened if it is known."""
    target = chance.target
    text = _("**{goal} in {year}** is **{likelihood}: {frequency}**.").format(
        goal=name_goal(target.target_rank),
        year=target.target_year,
        likelihood=likelihood(chance.probability_in_year),
        frequency=frequency(chance.probability_in_year),
    )
    if chance.observed_rank is None:
        return text
    came = (
        _("It came {rank}: target reached.")
        if chance.observed_rank <= target.target_rank
        else _("It came {rank}: target missed.")
    )
    return f"{text} {came.format(rank=ordinal(chance.observed_rank))}"


def name_goal(target_rank: int) -> str:
    """Name a rank to reach.

    Examples
    --------
    >>> name_goal(20), name_goal(1)
    ('Top 20', 'First place')
    """
    if target_rank == 1:
        return _("First place")
    return _("Top {rank}").format(rank=target_rank)


def name_goal_in(target_rank: int, year: int) -> str:
    """Name a rank to reach and when.

    Examples
    --------
    >>> name_goal_in(20, 2022)
    'Top 20 in 2022'
    """
    return _("{goal} in {year}").format(goal=name_goal(target_rank), year=year)


def tell_history(answer: Answer) -> str:
    """Tell the whole known trajectory, with what became of the province.

    Examples of the form: ``39th (2020) → 29th (2021)``.
    """
    rows = answer.forecast.panel
    known = rows[rows["code"] == answer.province.code].dropna(subset="rank")
    if known.empty:
        return _("No rank has been published.")
    pairs = zip(known["rank"], known["year"], strict=True)
    text = " → ".join(f"{ordinal(int(rank))} ({int(year)})" for rank, year in pairs)
    missing = sorted(set(rows["year"]) - set(known["year"]))
    if not missing:
        return f"{text}."
    gaps = _("Not published: {years}.").format(years=", ".join(str(int(y)) for y in missing))
    return f"{text}. {gaps}"


def tell_outcome(answer: Answer) -> str:
    """Hold the forecast against what really happened since."""
    panel, origin = answer.forecast.panel, answer.forecast.origin_year
    actual = panel[(panel["code"] == answer.province.code) & (panel["year"] > origin)]
    lines = []
    for row in actual.dropna(subset="rank").to_dict("records"):
        drawn = answer.summary[answer.summary["year"] == row["year"]]
        if drawn.empty:
            continue
        rank, best, worst = int(row["rank"]), drawn["best80"].item(), drawn["worst80"].item()
        line = (
            _("**{year}**: it came **{rank}**, inside the {width} interval ({best} to {worst}).")
            if best <= rank <= worst
            else _(
                "**{year}**: it came **{rank}**, outside the {width} interval ({best} to {worst})."
            )
        ).format(
            year=int(row["year"]),
            rank=ordinal(rank),
            width=format_percent(0.8),
            best=int(best),
            worst=int(worst),
        )
        lines.append(f"- {line}")
    if not lines:
        return _("No rank after {year} is known yet: this forecast is open.").format(year=origin)
    return "\n".join(lines)


def tell_no_profile(answer: Answer) -> str:
    """Say why there is no picture of pillars and main indices."""
    return _(
        "No pillar or main index of {province} is published for the editions up to {year}."
    ).format(province=answer.province.name, year=answer.forecast.origin_year)


def tell_no_indicators() -> str:
    """Say that there is no indicator to show."""
    return _("No sourced indicator of this province has been collected yet.")


def tell_standing(answer: Answer) -> str:
    """Say how far the province is from the ranks around it in the origin edition."""
    basis, year = answer.forecast.basis, answer.forecast.origin_year
    rows = answer.forecast.panel
    rows = rows[rows["year"] == year]
    own = rows[rows["code"] == answer.province.code]
    if own["score"].isna().any() or rows["score"].isna().any():
        return (
            _("Its score of {year} is not published: the position rests on its rank.")
            if own["rank"].notna().all()
            else _("Neither its rank nor its score of {year} is published.")
        ).format(year=year)
    score = own["score"].item()
    median, gap = rows["score"].median(), rows["score"].sort_values().diff().median()
    return (
        _(
            "Its score is {score}, {distance} above the median of the {basis} ({median}); one "
            "place up or down in the middle of the table is {gap}."
        )
        if score >= median
        else _(
            "Its score is {score}, {distance} below the median of the {basis} ({median}); one "
            "place up or down in the middle of the table is {gap}."
        )
    ).format(
        score=format_number(score, 4),
        distance=format_number(abs(score - median), 4),
        basis=basis,
        median=format_number(median, 4),
        gap=format_number(gap, 4),
    )
