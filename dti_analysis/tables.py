"""Frames as tables that can be read: in JupyterLab, in a report, by a screen reader."""

import html
from dataclasses import dataclass
from urllib.parse import urlsplit

import pandas as pd

from dti_analysis.narrative import frequency, name_goal


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
            f"Rank {origin_year}": provinces["rank"],
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
            "Median rank": grouped["rank"].median().round(1),
            "Median rank likely next": grouped["median_rank"].median().round(1),
            "Expected in the top 10": grouped["top10"].sum().round(1),
        }
    )
    frame = frame.sort_values("Median rank").reset_index(names="Region")
    return Table(frame, "Regions, by the median rank of their provinces")


def _cell(score: float, rank: object) -> str:
    parts = [] if pd.isna(score) else [f"{score:.4f}"]
    if pd.notna(rank):  # type: ignore[call-overload]
        parts.append(f"({rank})" if parts else f"rank {rank}")
    return " ".join(parts) or "–"
