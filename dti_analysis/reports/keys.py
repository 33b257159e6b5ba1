"""The three numbers of a report: where it stands, where it is heading, and its chance."""

from html import escape

from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, ordinal
from dti_analysis.wording import frequency, likelihood, name_goal_in


def tell_keys(answer: Answer) -> str:
    """List the rank now, the rank expected next and the chance of the first target, in HTML.

    Parameters
    ----------
    answer : Answer
        What is known and forecast.

    Returns
    -------
    str
        A description list, of as many numbers as there are: without a target, two.
    """
    forecast, first = answer.forecast, answer.summary.iloc[0]
    known = answer.history.dropna(subset="rank")
    keys = [
        (
            _("Rank in {year}").format(
                year=forecast.origin_year if known.empty else int(known["year"].iloc[-1])
            ),
            "–" if known.empty else ordinal(int(known["rank"].iloc[-1])),
            _("not published") if known.empty else _("of {count}").format(count=forecast.basis),
        ),
        (
            _("Expected in {year}").format(year=int(first["year"])),
            ordinal(int(first["median_rank"])),
            _("{best} to {worst} in 8 of 10 futures").format(
                best=int(first["best80"]), worst=int(first["worst80"])
            ),
        ),
    ]
    keys += [
        (
            name_goal_in(chance.target.target_rank, chance.target.target_year),
            frequency(chance.probability_in_year),
            likelihood(chance.probability_in_year),
        )
        for chance in answer.chances[:1]
    ]
    rows = "".join(
        f"<div><dt>{escape(label)}</dt>"
        f"<dd><strong>{escape(value)}</strong> {escape(note)}</dd></div>"
        for label, value, note in keys
    )
    return f'<dl class="keys">{rows}</dl>'
