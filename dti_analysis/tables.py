"""Frames as tables that can be read: in JupyterLab, in a report, by a screen reader."""

import html
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from dti_analysis.answers import Answer
from dti_analysis.narrative import frequency, name_goal
from dti_analysis.prospects import describe_gain, name_places
from dti_analysis.pushes import Pushes
from dti_analysis.rivals import Movers
from dti_analysis.schema import LABELS


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
        "Overall": ("score", "rank"),
        "Digital government": ("government_pillar", "government_pillar_rank"),
        "Digital economy": ("economy_pillar", "economy_pillar_rank"),
        "Digital society": ("society_pillar", "society_pillar_rank"),
    }
    columns: dict[str, object] = {"Edition": own["year"].astype(str)}
    for label, (score, rank) in parts.items():
        columns[label] = [
            _cell(values, ranks) for values, ranks in zip(own[score], own[rank], strict=True)
        ]
    columns["Rank"] = own["rank_status"].fillna("not published")
    return Table(pd.DataFrame(columns), f"Score and rank (of {basis}) by edition")


def tabulate_indicators(compared: pd.DataFrame) -> Table:
    """Show what `dti_analysis.indicators.compare_indicators` returns."""
    shown = compared if compared["Province"].nunique() > 1 else compared.drop(columns="Province")
    caption = "Indicators as their sources state them; they may differ in what they count"
    return Table(shown, caption, links=("Source",))


def tabulate_country(provinces: pd.DataFrame, origin_year: int) -> Table:
    """Show what `dti_analysis.country.summarise_country` returns."""
    goals = [
        f"{name_goal(rank)} in {year}" + ("" if is_official else " *")
        for rank, year, is_official in zip(
            provinces["target_rank"],
            provinces["target_year"],
            provinces["is_official"],
            strict=True,
        )
    ]
    frame = pd.DataFrame(
        {
            "Province": provinces["province"],
            "Region": provinces["region"],
            f"Rank {origin_year}": provinces["rank"].map(_mark_missing),
            f"Likely {origin_year + 1}": provinces["median_rank"],
            "80 in 100": [
                f"{best}–{worst}"
                for best, worst in zip(provinces["best80"], provinces["worst80"], strict=True)
            ],
            "Top 10": provinces["top10"].map(frequency),
            "Target": goals,
            "Chance": provinces["chance"].map(frequency),
        }
    )
    return Table(frame, "Ranks and chances (* reference target, no official one being known)")


def tabulate_regions(provinces: pd.DataFrame) -> Table:
    """Summarise by region what `dti_analysis.country.summarise_country` returns."""
    grouped = provinces.groupby("region")
    frame = pd.DataFrame(
        {
            "Provinces": grouped.size(),
            "Median rank": grouped["rank"].median().astype(float).round(1),
            "Median rank likely next": grouped["median_rank"].median().round(1),
            "Expected in the top 10": grouped["top10"].sum().round(1),
        }
    )
    frame = frame.sort_values("Median rank").reset_index(names="Region")
    return Table(frame, "Regions, by the median rank of their provinces")


def tabulate_needs(answer: Answer) -> Table:
    """Show the score and the lift that each target takes, by chance wanted."""
    needs = [(chance.target, need) for chance in answer.chances for need in chance.needs]
    frame = pd.DataFrame(
        {
            "Target": [f"{name_goal(at.target_rank)} in {at.target_year}" for at, _ in needs],
            "Chance wanted": [f"{100 * need.probability:g} in 100" for _, need in needs],
            "Score needed": [f"{need.score['central']:.3f}" for _, need in needs],
            "Low to high level": [
                f"{need.score['low']:.3f}–{need.score['high']:.3f}" for _, need in needs
            ],
            "Lift needed": [
                f"{need.lift:+.3f}" if np.isfinite(need.lift) else "–" for _, need in needs
            ],
        }
    )
    return Table(frame, "What the targets take; the lift is on top of the province's own score")


def tabulate_pushes(pushes: Pushes) -> Table:
    """Show what each main index alone would have to gain, or what a gain on each would do."""
    table, origin = pushes.pushes, pushes.answer.forecast.origin_year
    target = pushes.chance.target
    frame = pd.DataFrame(
        {
            "Main index": table["index"].map(LABELS),
            "Points": [f"{100 * weight:.1f} %" for weight in table["weight"]],
            f"Score {origin}": table["start"].map("{:.3f}".format),
            "Gain": table["gain"].map("{:+.3f}".format),
            "Within 1": table["is_feasible"].map({True: "yes", False: "no"}),
            "Gains from the nearest starts": [
                describe_gain(share, seen)
                for share, seen in zip(table["percentile"], table["seen"], strict=True)
            ],
            "Chance then": table["chance"].map(frequency),
        }
    )
    if pushes.probability is not None:
        frame = frame.drop(columns="Chance then")
    goal = f"{name_places(target.target_rank)} in {target.target_year}"
    return Table(frame, f"A push on one main index alone, for {goal}")


def tabulate_neighbours(near: pd.DataFrame, answer: Answer) -> Table:
    """Show what `dti_analysis.rivals.list_neighbours` returns."""
    rows = near.drop_duplicates("code")
    chances = near.pivot(index="code", columns="year", values="probability").reindex(rows["code"])
    frame = pd.DataFrame(
        {
            "Province": rows["province"],
            f"Rank {answer.forecast.origin_year}": rows["rank"].map(_mark_missing),
            **{f"Chance in {year}": list(chances[year].map(frequency)) for year in chances},
        }
    )
    return Table(frame, f"Chances that {answer.province.name} is ahead of each neighbour")


def tabulate_movers(movers: Movers, least: float = 0.05) -> Table:
    """Show who may cross the line, if with a chance of at least `least`."""
    may = {
        "leave": movers.list_leaving(least).assign(chance=lambda rows: 1 - rows["probability"]),
        "enter": movers.list_entering(least).assign(chance=lambda rows: rows["probability"]),
    }
    rows = pd.concat([table.assign(may=word) for word, table in may.items()])
    rows = rows.sort_values("chance", ascending=False, kind="stable")
    frame = pd.DataFrame(
        {
            "Province": rows["province"],
            "Last rank": rows["rank"].map(_mark_missing),
            "May": rows["may"] if movers.is_settled else "be inside",
            "Chance": rows["chance"].map(frequency),
        }
    )
    goal = name_places(movers.top).capitalize()
    caption = f"{goal} in {movers.year}: chances of at least {100 * least:g} in 100"
    return Table(frame, caption)


def _mark_missing(rank: object) -> str:
    return "–" if rank is pd.NA else str(rank)


def _cell(score: float, rank: object) -> str:
    parts = [] if pd.isna(score) else [f"{score:.4f}"]
    if pd.notna(rank):  # type: ignore[call-overload]
        parts.append(f"({rank})" if parts else f"rank {rank}")
    return " ".join(parts) or "–"
