"""Results in short: what JupyterLab and a Python prompt show of them."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

import pandas as pd

from dti_analysis.cleaning.store import Data
from dti_analysis.evaluation.backtest import Evaluation
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import INTERVALS, Forecast
from dti_analysis.forecasting.push import Pushes
from dti_analysis.forecasting.comparison import Comparison, Movers
from dti_analysis.targets import TargetChance
from dti_analysis.language import _, format_number, ordinal
from dti_analysis import wording as narrative
from dti_analysis.reports import prospects, tables
from dti_analysis.reports.country import tell_movers
from dti_analysis.wording import frequency
from dti_analysis.reports.record_tables import tabulate_skill
from dti_analysis.reports.tables import Table
from dti_analysis.subject import head_units

_SHOWN = 10
"""Provinces of a joint forecast to show."""


@dataclass(frozen=True)
class Card:
    """A result in short.

    Parameters
    ----------
    title : str
        What it is.
    text : str
        What it says, in Markdown of which only bold and code are used; may be empty.
    tables : sequence of Table
        What it says in numbers.
    note : str
        How it was made; may be empty.
    """

    title: str
    text: str = ""
    tables: Sequence[Table] = ()
    note: str = ""

    def to_html(self) -> str:
        """Give it as a section of a page."""
        parts = [
            f"<p><strong>{html.escape(self.title)}</strong></p>",
            f"<p>{_mark_up(self.text)}</p>" if self.text else "",
            *(table._repr_html_() for table in self.tables),
            f"<p><small>{_mark_up(self.note)}</small></p>" if self.note else "",
        ]
        return "<section>\n{}\n</section>".format("\n".join(filter(None, parts)))

    def __str__(self) -> str:
        parts = [self.title, self.text.replace("**", ""), *map(repr, self.tables), self.note]
        return "\n\n".join(filter(None, parts))


def _mark_up(text: str) -> str:
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(text))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", bold)


@singledispatch
def make_card(shown: object) -> Card:
    """Put a result in short.

    Parameters
    ----------
    shown : Data, Answer, Forecast, TargetChance, Comparison, Movers, Pushes or Evaluation
        The result.
    """
    raise TypeError(f"no card is made of a {type(shown).__name__}.")


@make_card.register
def _show_data(shown: Data) -> Card:
    panel = shown.panel
    known = panel.groupby(["basis", "year"], sort=False)[["score", "rank"]].count().reset_index()
    frame = pd.DataFrame(
        {
            _("Provinces"): known["basis"],
            _("Edition"): known["year"].astype(str),
            _("Scores known"): known["score"],
            _("Ranks known"): known["rank"],
        }
    )
    note = _("{facts} statements from {sources} sources; the panel has {rows} rows.").format(
        facts=format_number(len(shown.raw["dti_facts"])),
        sources=len(shown.raw["sources"]),
        rows=format_number(len(panel)),
    )
    title = _("The Digital Transformation Index, {first} to {last}").format(
        first=panel["year"].min(), last=panel["year"].max()
    )
    return Card(title, tables=[Table(frame, _("What is known, by edition"))], note=note)


@make_card.register
def _show_answer(shown: Answer) -> Card:
    outlook = [tabulate_outlook(shown)]
    chances = [tabulate_chances(shown.chances)] if shown.chances else []
    text, made = narrative.tell_headline(shown), _tell_making(shown.forecast)
    return Card(narrative.title(shown), text, outlook + chances, made)


def tabulate_outlook(answer: Answer) -> Table:
    """Show the forecast of a province by year: median, intervals, score."""
    summary, scores = answer.summary.astype(int), answer.scores
    columns = {
        _("Edition"): summary["year"].astype(str),
        _("Median"): summary["median_rank"],
        **_list_intervals(summary),
    }
    if len(scores):
        central = scores.loc[scores["level"] == "central", "median"]
        columns[_("Score")] = [format_number(score, 3) for score in central]
    return Table(pd.DataFrame(columns), _("Rank and score expected, by edition"))


def _list_intervals(summary: pd.DataFrame) -> dict[str, list[str]]:
    """Give the central intervals of ranks as columns; see `Forecast.summarise`."""
    return {
        _("{width} in 100").format(width=width): [
            f"{best}–{worst}"
            for best, worst in zip(summary[f"best{width}"], summary[f"worst{width}"], strict=True)
        ]
        for width in INTERVALS
    }


def tabulate_chances(chances: Sequence[TargetChance]) -> Table:
    """Show the chance of each target, what an even chance takes, and what came."""
    needs = [
        next((need for need in chance.needs if need.probability == 0.5), None) for chance in chances
    ]
    frame = pd.DataFrame(
        {
            _("Target"): [narrative.name_goal_in(*chance.target.goal) for chance in chances],
            _("Chance"): [frequency(chance.probability_in_year) for chance in chances],
            _("In any edition up to then"): [
                frequency(chance.probability_by_year) for chance in chances
            ],
            _("Score for an even chance"): [
                "–" if need is None else format_number(need.score["central"], 3) for need in needs
            ],
            _("It came"): [
                "–" if chance.observed_rank is None else ordinal(chance.observed_rank)
                for chance in chances
            ],
        }
    )
    return Table(frame, _("Chances of the targets"))


@make_card.register
def _show_chance(shown: TargetChance) -> Card:
    title = narrative.name_goal_in(*shown.target.goal)
    needs = [tables.tabulate_needs([shown])] if shown.needs else []
    return Card(title, narrative.tell_target(shown), needs)


@make_card.register
def _show_forecast(shown: Forecast) -> Card:
    year, names = shown.years[0], shown.panel.drop_duplicates("code").set_index("code")["province"]
    best = shown.ranks[:, 0].mean(axis=0).argsort(kind="stable")[:_SHOWN]
    codes = [shown.codes[unit] for unit in best]
    first = pd.concat([shown.summarise(code).head(1).assign(code=code) for code in codes])
    frame = pd.DataFrame(
        {
            head_units(): first["code"].map(names),
            _("Median"): first["median_rank"],
            **_list_intervals(first),
        }
    )
    title = _("Joint forecast of all {basis}, as of {year}").format(
        basis=shown.basis, year=shown.origin_year
    )
    caption = _("The best {count} by mean rank in {year}").format(count=len(first), year=year)
    return Card(title, tables=[Table(frame, caption)], note=_tell_making(shown))


@make_card.register
def _show_comparison(shown: Comparison) -> Card:
    names = {"first": shown.first.name, "second": shown.second.name}
    frame = pd.DataFrame(
        {
            _("Edition"): shown.chances["year"].astype(str),
            _("Chance"): shown.chances["probability"].map(frequency),
        }
    )
    table = Table(frame, _("Chances that {first} is ahead of {second}").format(**names))
    title = _("{first} against {second}, as of {year}").format(
        **names, year=shown.forecast.origin_year
    )
    return Card(title, tables=[table], note=_tell_making(shown.forecast))


@make_card.register
def _show_movers(shown: Movers) -> Card:
    title = narrative.name_goal_in(shown.top, shown.year)
    table = tables.tabulate_movers(shown)
    return Card(title, tell_movers(shown), [table], _tell_making(shown.forecast))


@make_card.register
def _show_pushes(shown: Pushes) -> Card:
    text = narrative.tell_target(shown.chance)
    if shown.probability is not None:
        text = f"{text} {prospects.tell_pushes(shown)}"
    table = tables.tabulate_pushes(shown)
    made = _tell_making(shown.answer.forecast)
    return Card(narrative.title(shown.answer), text, [table], made)


@make_card.register
def _show_evaluation(shown: Evaluation) -> Card:
    origins = sorted(shown.by_origin["origin"].unique())
    title = _("What would have been said as of {years}, and what came").format(
        years=", ".join(map(str, origins))
    )
    return Card(title, tables=[tabulate_skill(shown)])


def _tell_making(forecast: Forecast) -> str:
    made = _("Model `{model}`, {draws} joint draws, seed {seed}.").format(
        model=forecast.model, draws=format_number(len(forecast.draws)), seed=forecast.seed
    )
    if forecast.road != "merged":
        return made
    return "{} {}".format(
        made, _("The 63 are merged into the {basis} within draws.").format(basis=forecast.basis)
    )
