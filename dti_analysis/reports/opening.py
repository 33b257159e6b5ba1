"""How a report opens: headline, and the three numbers that it comes down to."""

from dti_analysis.cleaning.left_out import describe_gaps
from dti_analysis.display import Keys, Text
from dti_analysis.forecasting.answer import Answer, describe_headline, describe_title
from dti_analysis.language import BOLD, _, ordinal
from dti_analysis.reports.section import Section
from dti_analysis.wording import KINDS, format_chance, likelihood_phrase, name_goal_in


def tell(answer: Answer) -> Section:
    """Say where the unit stands, where it is heading, and its chance."""
    gaps = describe_gaps(answer.draws.panel, answer.draws.origin_year)
    headline = " ".join([*([f"{BOLD}{gaps}.{BOLD}"] if gaps else []), describe_headline(answer)])
    return Section.of(Text(describe_title(answer), "h1"), headline, list_keys(answer))


def list_keys(answer: Answer) -> Keys:
    """List the rank now, the rank expected next and the chance of the first target.

    Without a target there are two.
    """
    draws, first = answer.draws, answer.summary.iloc[0]
    known = answer.history.dropna(subset="rank")
    year = draws.origin_year if known.empty else int(known["year"].iloc[-1])
    keys = [
        (
            _("Rank in {year}").format(year=year),
            "–" if known.empty else ordinal(int(known["rank"].iloc[-1])),
            _("not published")
            if known.empty
            else _("of {count}").format(count=draws.panel.count_ranked(year)),
        ),
        (
            _("Expected in {year}").format(year=int(first["year"])),
            ordinal(int(first["median_rank"])),
            _("80 %: {best}–{worst}").format(
                best=int(first["best80"]), worst=int(first["worst80"])
            ),
        ),
    ]
    keys += [
        (
            name_goal_in(*chance.target.goal),
            format_chance(chance.probability_in_year),
            f"{likelihood_phrase(chance.probability_in_year)}, {_(KINDS[chance.target.kind])}",
        )
        for chance in answer.chances[:1]
    ]
    return Keys(tuple(keys))
