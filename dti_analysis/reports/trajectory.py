"""The ranks so far, and how far the unit is from those around it."""

import pandas as pd

from dti_analysis.display import Table
from dti_analysis.figures.trajectory import plot_trajectory
from dti_analysis.forecasting.answer import Answer, interval_columns
from dti_analysis.language import _, format_number, ordinal
from dti_analysis.reports.section import Section
from dti_analysis.wording import format_chance, name_goal


def tell(answer: Answer) -> Section:
    """Show the trajectory, and say what is known of it."""
    return Section.under(
        _("The rank trajectory"),
        plot_trajectory(answer),
        describe_history(answer),
        describe_standing(answer),
        forecast_table(answer),
    )


def forecast_table(answer: Answer) -> Table:
    """Show the ranks forecast by edition, and the chance of the first target's places in each."""
    rows = answer.summary
    columns = {
        _("Edition"): rows["year"].astype(str),
        _("Median"): rows["median_rank"],
        **interval_columns(rows, (50, 80)),
    }
    if answer.chances:
        top = answer.first_target.target.target_rank
        columns[name_goal(top)] = list(map(format_chance, answer.chances_of([top]).to_numpy()[0]))
    caption = _("Ranks forecast: median and central ranges")
    return Table(pd.DataFrame(columns), caption, is_beside=True)


def describe_history(answer: Answer) -> str:
    """Tell the whole known trajectory, with what became of the unit.

    Examples of the form: ``39th (2020) → 29th (2021)``.
    """
    rows = answer.draws.panel.history(answer.unit.code)
    known = rows.dropna(subset="rank")
    if known.empty:
        return _("No rank has been published.")
    pairs = zip(known["rank"], known["year"], strict=True)
    text = " → ".join(f"{ordinal(int(rank))} ({int(year)})" for rank, year in pairs)
    missing, is_computed = rows["rank"].isna(), rows["rank_status"] == "computed"
    return " ".join(
        [f"{text[:1].upper()}{text[1:]}."]
        + [
            words.format(years=", ".join(map(str, rows.loc[is_so, "year"])))
            for words, is_so in (
                (_("Not published: {years}."), missing),
                (_("Computed from the scores: {years}."), is_computed),
            )
            if is_so.any()
        ]
    )


def describe_standing(answer: Answer) -> str:
    """Say how far the unit is from the ranks around it in the origin edition."""
    draws = answer.draws
    rows = draws.panel.rows[draws.panel.rows["year"] == draws.origin_year].set_index("code")
    scores = rows["score"]
    if draws.panel.rows["score"].isna().all():
        return _(
            "Only ranks are published of this index, no scores: so nothing is said of how much a "
            "target would take."
        )
    if scores.isna().any():
        return (
            _("Its score of {year} is not published: the position rests on its rank.")
            if rows["rank"].notna()[answer.unit.code]
            else _("Neither its rank nor its score of {year} is published.")
        ).format(year=draws.origin_year)
    score, median = float(scores[answer.unit.code]), scores.median()
    beside = _("{distance} above") if score >= median else _("{distance} below")
    told = _(
        "Its score is {score}, {beside} the median of the {count} ({median}); one place up or "
        "down in the middle of the table is {gap}."
    ).format(
        score=format_number(score, draws.panel.decimals),
        beside=beside.format(distance=format_number(abs(score - median), draws.panel.decimals)),
        count=draws.count,
        median=format_number(median, draws.panel.decimals),
        gap=format_number(scores.sort_values().diff().median(), draws.panel.decimals),
    )
    note = "" if draws.panel.config.higher_is_better else _("Less is better.")
    return f"{told} {note}".strip()
