"""Who may enter and who may leave the best places, within the draws."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.display import Card, Displayed, Table
from dti_analysis.forecasting.answer import describe_draws, describe_making
from dti_analysis.forecasting.comparison import list_units
from dti_analysis.forecasting.draws import Draws
from dti_analysis.language import _, format_number, pgettext
from dti_analysis.wording import format_chance, format_rank, name_goal_in, name_places

TOP = 10
"""Best places that are watched unless told otherwise."""

LEAST = 0.05
"""Chance from which on it is told that one may cross the line."""


@dataclass(frozen=True, repr=False)
class Movers(Displayed):
    """Who may enter or leave the best places; `Forecast.movers` makes it.

    Parameters
    ----------
    draws, top, year
        Joint draws of all units, the number of places, and a year that was forecast.
    """

    draws: Draws
    top: int
    year: int

    @cached_property
    def table(self) -> pd.DataFrame:
        """All units, by how likely each is to cross the line.

        Columns code, unit, rank (the last known; float), is_inside (by the rank at the origin,
        among the units forecast), probability (of being inside in `year`).
        """
        table, inside = list_units(self.draws), self.draws.inside(self.top, self.year)
        panel, origin = self.draws.panel, self.draws.origin_year
        table["rank"] = panel.last_ranks(origin).reindex(table["code"]).to_numpy(dtype=float)
        table["is_inside"] = self.draws.among(panel.ranks_of(origin)).to_numpy() <= self.top
        table["probability"] = inside
        crossing = np.where(table["is_inside"], 1 - inside, inside)
        return table.iloc[np.lexsort((table["code"], -crossing))].reset_index(drop=True)

    def to_frame(self) -> pd.DataFrame:
        """Give all units as a table: that of `table`."""
        return self.table.copy()

    @property
    def is_settled(self) -> bool:
        """Whether the ranks known at the origin tell who is inside."""
        return bool(self.table["is_inside"].sum() >= self.top)

    def list_leaving(self, least: float = 0.0) -> pd.DataFrame:
        """Those inside that may leave with a chance of at least `least`, the likeliest first."""
        leaving = 1 - self.table["probability"]
        return self.table[self.table["is_inside"] & (leaving >= least)]

    def list_entering(self, least: float = 0.0) -> pd.DataFrame:
        """Those outside that may enter with a chance of at least `least`, the likeliest first."""
        return self.table[~self.table["is_inside"] & (self.table["probability"] >= least)]

    def list_crossing(self, least: float = LEAST) -> pd.DataFrame:
        """Both, with what their `chance` is to cross the line, the likeliest first."""
        rows = pd.concat([self.list_leaving(least), self.list_entering(least)])
        chance = rows["probability"].where(~rows["is_inside"].astype(bool), 1 - rows["probability"])
        return rows.assign(chance=chance).sort_values("chance", ascending=False, kind="stable")

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON; probability is of being inside."""
        table = self.table.astype({"rank": "Int64"}).astype(object)
        return {
            "top": self.top,
            "year": self.year,
            **self.draws.describe(),
            "units": table.where(table.notna(), None).to_dict("records"),
        }

    def make_card(self) -> Card:
        """Put it in short."""
        title = name_goal_in(self.top, self.year)
        about = _("of {count}, as of {year}").format(
            count=self.draws.count, year=self.draws.origin_year
        )
        return Card(
            f"{title}, {about} ({describe_draws(self.draws)})",
            describe_movers(self),
            [movers_table(self)],
            describe_making(self.draws, self.draws.codes),
        )


def describe_movers(movers: Movers) -> str:
    """Say who is the likeliest to enter and to leave the best places, and how many may change."""
    goal, origin = name_places(movers.top), movers.draws.origin_year
    label = movers.draws.panel.config.label_unit
    if not movers.is_settled:
        likeliest = movers.table.sort_values("probability", ascending=False).iloc[0]
        return _(
            "Too few ranks up to {origin} are published to tell who is in {places}. The likeliest "
            "to be there in {year} is **{unit}** ({frequency})."
        ).format(
            origin=origin,
            places=goal,
            year=movers.year,
            unit=label(likeliest["unit"]),
            frequency=format_chance(likeliest["probability"]),
        )
    leaving, entering = movers.list_leaving(), movers.list_entering()
    named = {"places": goal, "year": movers.year, "leaving": label(leaving.iloc[0]["unit"])}
    named["leaves"] = format_chance(1 - leaving.iloc[0]["probability"])
    text = _("The likeliest to leave {places} by {year} is **{leaving}** ({leaves}).")
    if len(entering):
        text = _(
            "The likeliest to leave {places} by {year} is **{leaving}** ({leaves}), the likeliest "
            "to enter it **{entering}** ({enters})."
        )
        named["entering"] = label(entering.iloc[0]["unit"])
        named["enters"] = format_chance(entering.iloc[0]["probability"])
    changed = _("On average {changed} of the {inside} inside in {year} will be out.").format(
        changed=format_number((1 - leaving["probability"]).sum(), 1),
        inside=len(leaving),
        year=origin,
    )
    return f"{text.format(**named)} {changed}"


def movers_table(movers: Movers) -> Table:
    """Show who may cross the line with a chance worth telling."""
    config, rows = movers.draws.panel.config, movers.list_crossing()
    may = rows["is_inside"].map({True: _("leave"), False: _("enter")})
    columns = {
        config.head_unit(): rows["unit"].map(config.label_unit),
        _("Last rank"): rows["rank"].map(format_rank),
        pgettext("what a unit may do", "May"): (may if movers.is_settled else _("be inside")),
        _("Chance"): rows["chance"].map(format_chance),
    }
    places = name_places(movers.top)
    caption = _("{places} in {year}: chances of at least {percent} %").format(
        places=places[0].upper() + places[1:],
        year=movers.year,
        percent=format_number(100 * LEAST, None),
    )
    return Table(pd.DataFrame(columns), caption)
