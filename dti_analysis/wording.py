"""Plain values to phrases: chances, ranks, targets, gains. No result is known here."""

import math
from collections.abc import Mapping

from dti_analysis.language import N_, _, format_number, format_percent, ngettext

_WORDS = (
    (10, N_("as likely as not"), N_("as likely as not")),
    (30, N_("rather unlikely"), N_("rather likely")),
    (40, N_("unlikely"), N_("likely")),
    (49, N_("very unlikely"), N_("very likely")),
    (50, N_("almost ruled out"), N_("almost certain")),
)
"""Words for a chance below and above 50 %, by how far from it the digits shown are at most."""

KINDS = {
    "official": N_("official target"),
    "asked": N_("target asked for"),
    "reference": N_("reference target"),
}
"""Who set a target."""


def format_chance(chance: float) -> str:
    """Write a chance in percent, without the certainty that draws cannot give.

    Examples
    --------
    >>> format_chance(0.1632), format_chance(0.0), format_chance(0.9999)
    ('16\u202f%', '<1\u202f%', '>99\u202f%')
    """
    percent = round_chance(chance)
    if percent < 1:
        return f"<{format_percent(0.01)}"
    return f">{format_percent(0.99)}" if percent > 99 else format_percent(percent / 100)


def likelihood_phrase(chance: float) -> str:
    """Put a chance in words, which go with the digits that `format_chance` shows.

    Examples
    --------
    >>> likelihood_phrase(0.16), likelihood_phrase(0.6), likelihood_phrase(0.604)
    ('unlikely', 'as likely as not', 'as likely as not')
    """
    percent = round_chance(chance)
    return next(
        _(above if percent > 50 else below)
        for most, below, above in _WORDS
        if abs(percent - 50) <= most
    )


def round_chance(chance: float) -> int:
    """Round a chance to the per cent that are shown."""
    return math.floor(100 * chance + 0.5)


def format_rank(rank: float) -> str:
    """Write a rank for a table; a dash where it is not known.

    Examples
    --------
    >>> format_rank(29.0), format_rank(float("nan"))
    ('29', '–')
    """
    return "–" if math.isnan(rank) else f"{rank:.0f}"


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


def name_places(top: int) -> str:
    """Name the best places within a sentence.

    Examples
    --------
    >>> name_places(20), name_places(1)
    ('the top 20', 'first place')
    """
    return _("first place") if top == 1 else _("the top {rank}").format(rank=top)


def name_chance(probability: float) -> str:
    """Name a chance to reach.

    Examples
    --------
    >>> name_chance(0.5), name_chance(0.8), name_chance(0.995)
    ('an even chance', 'a chance of 80\u202f%', 'a chance of 99.5\u202f%')
    """
    if probability == 0.5:
        return _("an even chance")
    return _("a chance of {percent}").format(percent=format_percent(probability, None))


def format_range(best: float, worst: float) -> str:
    """Write the ranks from the best to the worst, of one rank that alone.

    Examples
    --------
    >>> format_range(2, 9), format_range(5, 5)
    ('2–9', '5')
    """
    return f"{best:.0f}" if best == worst else f"{best:.0f}–{worst:.0f}"


def name_range(best: float, worst: float) -> str:
    """Name the ranks between which one lies in four futures of five.

    Examples
    --------
    >>> name_range(2, 9)
    '80\u202f%: 2–9'
    """
    return f"{format_percent(0.8)}: {format_range(best, worst)}"


def describe_places(places: int) -> str:
    """Say how many places something is worth.

    Examples
    --------
    >>> describe_places(1), describe_places(12), describe_places(0)
    ('≈ 1 place', '≈ 12 places', 'less than one place')
    """
    if not places:
        return _("less than one place")
    return ngettext("≈ 1 place", "≈ {count} places", places).format(count=places)


def format_gain(gain: float, places: int) -> str:
    """Write what has to be gained.

    Examples
    --------
    >>> format_gain(0.02, 3), format_gain(0.0001, 3), format_gain(0.0, 3)
    ('+0.020', '<0.001', 'none needed')
    """
    return format_number(gain, places, signed=True) if gain else _("none needed")


def format_size(change: float, places: int) -> str:
    """Write how much is added or taken off.

    Examples
    --------
    >>> format_size(-0.02, 3), format_size(0.0001, 3)
    ('0.020', '<0.001')
    """
    return format_number(abs(change), places, signed=True).removeprefix("+")


def describe_gain(percentile: float | None, seen: int) -> str:
    """Say whether a gain has been seen before.

    Examples
    --------
    >>> describe_gain(0.9, 30), describe_gain(1.0, 30), describe_gain(None, 0)
    ('greater than 27 of 30 seen', 'greater than all 30 seen', 'none seen yet')
    """
    if percentile is None or math.isnan(percentile) or not seen:
        return _("none seen yet")
    smaller = round(percentile * seen)
    if smaller == seen:
        return _("greater than all {seen} seen").format(seen=seen)
    return _("greater than {smaller} of {seen} seen").format(smaller=smaller, seen=seen)


def name_title(unit: str, count: int, origin_year: int) -> str:
    """Name a report by what it is about.

    Examples
    --------
    >>> name_title("Hazel", 37, 2024)
    'Hazel: rank among the 37, as of 2024'
    """
    return _("{unit}: rank among the {count}, as of {year}").format(
        unit=unit, count=count, year=origin_year
    )


def name_overview_title(nouns: Mapping[str, str], count: int, origin_year: int) -> str:
    """Name an overview by what it is about, in the `nouns` of its index.

    Examples
    --------
    >>> name_overview_title({"units": "cities", "index": "City Index"}, 37, 2024)
    'The 37 cities in the City Index, as of 2024'
    """
    return _("The {count} {units} in the {index}, as of {year}").format(
        count=count, year=origin_year, **nouns
    )


def describe_horizon(horizon: int) -> str:
    """Say how far ahead.

    Examples
    --------
    >>> describe_horizon(1), describe_horizon(3)
    ('one edition ahead', '3 editions ahead')
    """
    return ngettext("one edition ahead", "{count} editions ahead", horizon).format(count=horizon)


def count_origins(origins: int) -> str:
    """Count origins in words.

    Examples
    --------
    >>> count_origins(1), count_origins(3)
    ('1 origin', '3 origins')
    """
    return ngettext("{count} origin", "{count} origins", origins).format(count=origins)
