"""One unit against another, and against those around it, within the draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.display import Card, Displayed, Table
from dti_analysis.errors import DataError
from dti_analysis.forecasting.answer import describe_draws, describe_making
from dti_analysis.forecasting.draws import Draws
from dti_analysis.language import _
from dti_analysis.panel import Unit
from dti_analysis.wording import format_chance


@dataclass(frozen=True, repr=False)
class Comparison(Displayed):
    """Two units of one forecast, held against each other; `Forecast.compare` makes it.

    Parameters
    ----------
    draws, first, second
        Joint draws of all units, and the two, which must not be the same.
    """

    draws: Draws
    first: Unit
    second: Unit

    def __post_init__(self) -> None:
        if self.first == self.second:
            raise DataError(f"{self.first.name} cannot be compared with itself. Name two units.")

    @cached_property
    def chances(self) -> pd.DataFrame:
        """Chance that the first is ahead: year, probability; what is left is the other's."""
        return self.draws.ahead(self.first.code, self.second.code).drop(columns="code")

    def to_frame(self) -> pd.DataFrame:
        """Give the chances as a table: those of `chances`."""
        return self.chances.copy()

    @property
    def ranks(self) -> list[int | None]:
        """Ranks of the two at the origin, where known."""
        panel, origin = self.draws.panel, self.draws.origin_year
        return [panel.rank_of(unit.code, origin) for unit in (self.first, self.second)]

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON; probability is of the first being ahead."""
        return {
            "first": self.first.name,
            "second": self.second.name,
            **self.draws.describe(),
            "ranks": self.ranks,
            "chances": self.chances.to_dict("records"),
        }

    def make_card(self) -> Card:
        """Put it in short."""
        names = {"first": self.first.name, "second": self.second.name}
        origin = self.draws.origin_year
        columns = {
            _("Edition"): self.chances["year"].astype(str),
            _("Chance"): self.chances["probability"].map(format_chance),
        }
        title = _("{first} against {second}, as of {year}").format(**names, year=origin)
        caption = _("Chances that {first} is ahead of {second}").format(**names)
        first, second = ("–" if rank is None else str(rank) for rank in self.ranks)
        return Card(
            f"{title} ({describe_draws(self.draws)})",
            _("Ranks in {year}: {first} and {second}.").format(
                year=origin, first=first, second=second
            ),
            [Table(pd.DataFrame(columns), caption)],
            describe_making(self.draws, [self.first.code, self.second.code]),
        )


def list_neighbours(draws: Draws, code: str, years: Sequence[int], count: int = 3) -> pd.DataFrame:
    """Hold a unit against those around it, as `Forecast.neighbours` does."""
    near = find_near(draws, code, count)
    if near.empty:
        return near.assign(year=0, probability=0.0)
    chances = draws.ahead(code, *near["code"])
    asked = chances[chances["year"].isin(years)].sort_values("year", kind="stable")
    return asked.merge(near)[["code", "unit", "rank", "year", "probability"]]


def find_near(draws: Draws, code: str, count: int = 3) -> pd.DataFrame:
    """Find the units around one: code, unit, rank, by rank, as `list_neighbours` takes them."""
    table = list_units(draws)
    table["rank"] = draws.panel.ranks_of(draws.origin_year).reindex(table["code"]).to_numpy()
    is_known = table.loc[table["code"] == code, "rank"].notna().all()
    table["order"] = table["rank"] if is_known else draws.mean_ranks_in(draws.years[0])
    order = table.dropna(subset="order").sort_values(["order", "code"], ignore_index=True)
    own = int(np.flatnonzero(order["code"] == code)[0])
    near = order.iloc[max(own - count, 0) : own + count + 1].drop(columns="order")
    return near[near["code"] != code]


def list_units(draws: Draws) -> pd.DataFrame:
    """List code and name (unit) of all that are forecast, in the order of the draws."""
    codes = list(draws.codes)
    return pd.DataFrame({"code": codes, "unit": draws.panel.units["name"].reindex(codes).array})
