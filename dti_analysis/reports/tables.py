"""Frames as tables that can be read: in JupyterLab, in a report, by a screen reader."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.push import Pushes
from dti_analysis.forecasting.comparison import Movers
from dti_analysis.targets import TargetChance
from dti_analysis.language import N_, _, format_number, format_percent, pgettext, put_decimal_sign
from dti_analysis.wording import frequency, name_goal_in
from dti_analysis.reports.prospects import describe_gain, name_places
from dti_analysis.schema import PILLARS, name_index, name_region
from dti_analysis.subject import head_units

_STATUSES = {
    "published": N_("published"),
    "implied": N_("implied"),
    "computed": N_("computed"),
    "not published": N_("not published"),
}


def _escape(value: object) -> object:
    return html.escape(value) if isinstance(value, str) else value


def _link(escaped: object) -> str:
    """Link an address by the name of its host; leave a source without one as it is."""
    address = str(escaped)
    host = urlsplit(address).hostname if address.startswith("http") else None
    return f'<a href="{address}">{host.removeprefix("www.")}</a>' if host else address


@dataclass(frozen=True)
class Table:
    """A frame with a caption; shows itself in a notebook.

    Parameters
    ----------
    frame : DataFrame
        What to show, formatted; the index is left out.
    caption : str
        What the table holds.
    links : tuple of str
        Columns of addresses, to be shown as links.
    """

    frame: pd.DataFrame
    caption: str
    links: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        body = self.frame.map(_escape).to_html(
            index=False,
            border=0,
            na_rep="–",
            justify="unset",
            escape=False,
            formatters=dict.fromkeys(self.links, _link),
        )
        body = body.replace("<th>", '<th scope="col">')
        head, rest = body.split("<thead>", 1)
        return f"{head}<caption>{html.escape(self.caption)}</caption>\n  <thead>{rest}"

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.frame.to_string(index=False)}"


def tabulate_editions(panel: pd.DataFrame, basis: int, code: str) -> Table:
    """Tell the known editions of a province: overall and the pillars, score and rank.

    Parameters
    ----------
    panel : DataFrame
        The panel.
    basis, code
        Province.
    """
    own = panel[(panel["basis"] == basis) & (panel["code"] == code)].sort_values("year")
    parts = {
        "overall": ("score", "rank"),
        **{pillar: (pillar, f"{pillar}_rank") for pillar in PILLARS},
    }
    columns: dict[str, object] = {_("Edition"): own["year"].astype(str)}
    for index, (score, rank) in parts.items():
        columns[name_index(index)] = [
            _cell(values, ranks) for values, ranks in zip(own[score], own[rank], strict=True)
        ]
    statuses = own["rank_status"].fillna("not published")
    columns[pgettext("where it is from", "Rank")] = [_(_STATUSES[status]) for status in statuses]
    caption = _("Score and rank (of {basis}) by edition").format(basis=basis)
    return Table(pd.DataFrame(columns), caption)


def tabulate_indicators(compared: pd.DataFrame) -> Table:
    """Show what `dti_analysis.cleaning.indicators.compare_indicators` returns."""
    shown = compared if compared["Province"].nunique() > 1 else compared.drop(columns="Province")
    frame = shown.assign(
        Indicator=shown["Indicator"].map(_),
        Value=shown["Value"].map(_write_value),
        Unit=shown["Unit"].map(_),
        Met=shown["Met"].map(lambda met: met and _(met)),
        **{"National target": shown["National target"].map(_write_value)},
    )
    columns = {
        "Province": _("Province"),
        "Indicator": _("Indicator"),
        "Year": _("Year"),
        "Value": _("Value"),
        "Unit": _("Unit"),
        "National target": _("National target"),
        "Met": _("Met"),
        "Source": _("Source"),
    }
    caption = _("Indicators as their sources state them; they may differ in what they count")
    return Table(frame.rename(columns=columns), caption, links=(_("Source"),))


def tabulate_country(provinces: pd.DataFrame, origin_year: int) -> Table:
    """Show what `dti_analysis.forecasting.overview.summarise_country` returns."""
    goals = [
        name_goal_in(rank, year) + ("" if is_official else " *")
        for rank, year, is_official in zip(
            provinces["target_rank"],
            provinces["target_year"],
            provinces["is_official"],
            strict=True,
        )
    ]
    frame = pd.DataFrame(
        {
            _("Province"): provinces["province"],
            _("Region"): provinces["region"].map(name_region),
            _("Rank {year}").format(year=origin_year): provinces["rank"].map(_mark_missing),
            _("Likely {year}").format(year=origin_year + 1): provinces["median_rank"],
            _("{width} in 100").format(width=80): [
                f"{best}–{worst}"
                for best, worst in zip(provinces["best80"], provinces["worst80"], strict=True)
            ],
            _("Top {rank}").format(rank=10): provinces["top10"].map(frequency),
            _("Target"): goals,
            _("Chance"): provinces["chance"].map(frequency),
        }
    )
    return Table(frame, _("Ranks and chances (* reference target, no official one being known)"))


def tabulate_regions(provinces: pd.DataFrame) -> Table:
    """Summarise by region what `dti_analysis.forecasting.overview.summarise_country` returns."""
    grouped = provinces.groupby("region")
    medians = grouped["rank"].median().astype(float).sort_values()
    names = medians.index
    frame = pd.DataFrame(
        {
            _("Region"): names.map(name_region),
            _("Provinces"): grouped.size()[names],
            _("Median rank"): _round(medians),
            _("Median rank likely next"): _round(grouped["median_rank"].median()[names]),
            _("Expected in the top 10"): _round(grouped["top10"].sum()[names]),
        }
    )
    return Table(frame, _("Regions, by the median rank of their provinces"))


def _round(values: pd.Series) -> list[str]:
    return ["–" if pd.isna(value) else format_number(value, 1) for value in values]


def tabulate_needs(chances: Iterable[TargetChance]) -> Table:
    """Show the score and the lift that each target takes, by chance wanted."""
    needs = [(chance.target, need) for chance in chances for need in chance.needs]
    frame = pd.DataFrame(
        {
            _("Target"): [name_goal_in(*target.goal) for target, need in needs],
            _("Chance wanted"): [
                _("{width} in 100").format(width=format_number(100 * need.probability, None))
                for target, need in needs
            ],
            _("Score needed"): [format_number(need.score["central"], 3) for target, need in needs],
            _("Low to high level"): [
                f"{format_number(need.score['low'], 3)}–{format_number(need.score['high'], 3)}"
                for target, need in needs
            ],
            _("Lift needed"): [
                format_number(need.lift, 3, signed=True) if np.isfinite(need.lift) else "–"
                for target, need in needs
            ],
        }
    )
    caption = _("What the targets take; the lift is on top of its own score")
    return Table(frame, caption)


def tabulate_pushes(pushes: Pushes) -> Table:
    """Show what each main index alone would have to gain, or what a gain on each would do."""
    table, origin = pushes.pushes, pushes.answer.forecast.origin_year
    target = pushes.chance.target
    frame = pd.DataFrame(
        {
            _("Main index"): table["index"].map(name_index),
            _("Points"): [format_percent(weight, 1) for weight in table["weight"]],
            _("Score {year}").format(year=origin): [
                format_number(start, 3) for start in table["start"]
            ],
            _("Gain"): [format_number(gain, 3, signed=True) for gain in table["gain"]],
            _("Within scale"): table["is_feasible"].map({True: _("yes"), False: _("no")}),
            _("Gains from the nearest starts"): [
                describe_gain(share, seen)
                for share, seen in zip(table["percentile"], table["seen"], strict=True)
            ],
            _("Chance then"): table["chance"].map(frequency),
        }
    )
    if pushes.probability is not None:
        frame = frame.drop(columns=_("Chance then"))
    caption = _("A push on one main index alone, for {places} in {year}").format(
        places=name_places(target.target_rank), year=target.target_year
    )
    return Table(frame, caption)


def tabulate_neighbours(near: pd.DataFrame, answer: Answer) -> Table:
    """Show what `dti_analysis.forecasting.comparison.list_neighbours` returns."""
    rows = near.drop_duplicates("code")
    chances = near.pivot(index="code", columns="year", values="probability").reindex(rows["code"])
    frame = pd.DataFrame(
        {
            head_units(): rows["province"],
            _("Rank {year}").format(year=answer.forecast.origin_year): rows["rank"].map(
                _mark_missing
            ),
            **{
                _("Chance in {year}").format(year=year): list(chances[year].map(frequency))
                for year in chances
            },
        }
    )
    caption = _("Chances that {province} is ahead of each neighbour")
    return Table(frame, caption.format(province=answer.province.name))


def tabulate_movers(movers: Movers, least: float = 0.05) -> Table:
    """Show who may cross the line, if with a chance of at least `least`."""
    may = {
        _("leave"): movers.list_leaving(least).assign(chance=lambda rows: 1 - rows["probability"]),
        _("enter"): movers.list_entering(least).assign(chance=lambda rows: rows["probability"]),
    }
    rows = pd.concat([table.assign(may=word) for word, table in may.items()])
    rows = rows.sort_values("chance", ascending=False, kind="stable")
    frame = pd.DataFrame(
        {
            head_units(): rows["province"],
            _("Last rank"): rows["rank"].map(_mark_missing),
            pgettext("what a province may do", "May"): (
                rows["may"] if movers.is_settled else _("be inside")
            ),
            _("Chance"): rows["chance"].map(frequency),
        }
    )
    places = name_places(movers.top)
    caption = _("{places} in {year}: chances of at least {percent} in 100").format(
        places=places[0].upper() + places[1:],
        year=movers.year,
        percent=format_number(100 * least, None),
    )
    return Table(frame, caption)


def _write_value(text: str) -> str:
    """Write a value as stated, with the decimal sign of the language."""
    return re.sub(r"\d+\.\d+", lambda found: put_decimal_sign(found[0]), text)


def _mark_missing(rank: object) -> str:
    return "–" if rank is pd.NA else str(rank)


def _cell(score: float, rank: object) -> str:
    parts = [] if pd.isna(score) else [format_number(score, 4)]
    if pd.notna(rank):  # type: ignore[call-overload]
        parts.append(f"({rank})" if parts else _("rank {rank}").format(rank=rank))
    return " ".join(parts) or "–"
