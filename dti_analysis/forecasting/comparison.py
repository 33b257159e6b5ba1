"""One province against the others, within the draws: who is ahead, who enters, who leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.cleaning.dti import choose_origin
from dti_analysis.cleaning.gazetteer import Province
from dti_analysis.cleaning.store import Data, load_data
from dti_analysis.display import Shown
from dti_analysis.errors import DataError
from dti_analysis.forecasting.bottom_up import forecast_provinces
from dti_analysis.forecasting.draws import (
    DEFAULT_DRAWS,
    DEFAULT_HORIZON,
    DEFAULT_SEED,
    MAX_HORIZON,
    Forecast,
    check_horizon,
)
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.targets import Target, check_target

TOP = 10
"""Best places that are watched unless told otherwise."""


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Two provinces of one forecast, held against each other; see `compare_provinces`.

    Parameters
    ----------
    forecast : Forecast
        Joint forecast of both.
    first, second : Province
        The two.

    Raises
    ------
    DataError
        If they are the same.
    """

    forecast: Forecast
    first: Province
    second: Province

    def __post_init__(self) -> None:
        if self.first.code == self.second.code:
            raise DataError(
                f"{self.first.name} cannot be compared with itself. Name two provinces."
            )

    @cached_property
    def chances(self) -> pd.DataFrame:
        """Chance that the first is ahead: year, probability; what is left is the other's."""
        return compare(self.forecast, self.first.code, self.second.code)

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON; probability is of the first being ahead."""
        return {
            "first": self.first.name,
            "second": self.second.name,
            **self.forecast.describe(),
            "ranks": [rank_at_origin(self.forecast, one.code) for one in (self.first, self.second)],
            "chances": self.chances.to_dict("records"),
        }


@dataclass(frozen=True, repr=False)
class Movers(Shown):
    """Who may enter or leave the best places; see `find_movers`.

    Parameters
    ----------
    forecast : Forecast
        Joint forecast of all.
    top : int
        Number of places.
    year : int
        A year that was forecast.
    """

    forecast: Forecast
    top: int
    year: int

    @cached_property
    def table(self) -> pd.DataFrame:
        """All provinces, by how likely each is to cross the line.

        Columns code, province, rank (the last known), is_inside (by that rank), probability (of
        being inside in `year`).
        """
        return list_movers(self.forecast, self.top, self.year)

    @property
    def is_settled(self) -> bool:
        """Whether the ranks published so far tell who is inside."""
        return bool(self.table["is_inside"].sum() >= self.top)

    def list_leaving(self, least: float = 0.0) -> pd.DataFrame:
        """Those inside that may leave with a chance of at least `least`, the likeliest first."""
        leaving = 1 - self.table["probability"]
        return self.table[self.table["is_inside"] & (leaving >= least)]

    def list_entering(self, least: float = 0.0) -> pd.DataFrame:
        """Those outside that may enter with a chance of at least `least`, the likeliest first."""
        return self.table[~self.table["is_inside"] & (self.table["probability"] >= least)]

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON; probability is of being inside."""
        table = self.table.astype({"rank": object})
        return {
            "top": self.top,
            "year": self.year,
            **self.forecast.describe(),
            "provinces": table.where(table.notna(), None).to_dict("records"),
        }


def compare_provinces(
    first: str,
    second: str,
    basis: int = 63,
    origin_year: int | None = None,
    horizon: int = DEFAULT_HORIZON,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
    road: str | None = None,
    *,
    data: Data | None = None,
) -> Comparison:
    """Hold two provinces against each other.

    Parameters
    ----------
    first, second : str
        Any spellings.
    basis, origin_year, horizon, draws, seed, model, road
        See `forecast_provinces`.
    data : Data, optional
        From `load_data`; the project's own by default.

    Returns
    -------
    Comparison

    Raises
    ------
    DataError
        If a province is not known, both are the same, or a number is out of range.

    Examples
    --------
    >>> from dti_analysis import compare_provinces
    >>> pair = compare_provinces("BR-VT", "Cần Thơ", origin_year=2021, draws=200)
    >>> pair.chances.round(2)
       year  probability
    0  2022         0.26
    1  2023         0.33
    2  2024         0.31
    """
    data = load_data() if data is None else data
    found = [data.raw.gazetteer.resolve(name, basis) for name in (first, second)]
    check_horizon(horizon)
    forecast = forecast_provinces(basis, origin_year, horizon, model, draws, seed, road, data=data)
    return Comparison(forecast, *found)


def find_movers(
    top: int = TOP,
    year: int | None = None,
    basis: int = 63,
    origin_year: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
    road: str | None = None,
    *,
    data: Data | None = None,
) -> Movers:
    """Find who may enter or leave the best places.

    Parameters
    ----------
    top : int
        Number of places.
    year : int, optional
        Edition to look at; the next by default.
    basis, origin_year, draws, seed, model, road
        See `forecast_provinces`.
    data : Data, optional
        From `load_data`; the project's own by default.

    Returns
    -------
    Movers

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> from dti_analysis import find_movers
    >>> movers = find_movers(top=10, basis=34, draws=200)
    >>> movers.list_leaving().head(1)[["province", "rank", "probability"]]
          province  rank  probability
    0  Thái Nguyên     8        0.315
    """
    data = load_data() if data is None else data
    origin = choose_origin(data.panel, basis, origin_year)
    chosen = origin + 1 if year is None else year
    check_target(Target(top, chosen), basis, origin + 1, origin + MAX_HORIZON)
    forecast = forecast_provinces(
        basis, origin, chosen - origin, model, draws, seed, road, data=data
    )
    return Movers(forecast, top, chosen)


def compare(forecast: Forecast, code: str, other: str) -> pd.DataFrame:
    """Give the chance that one province ranks better than another.

    Returns
    -------
    DataFrame
        year, probability; what is left to 1 is the chance of the other, ties aside.
    """
    own, rival = forecast.locate(code), forecast.locate(other)
    ahead = (forecast.draws[:, :, own] > forecast.draws[:, :, rival]).mean(axis=0)
    return pd.DataFrame({"year": forecast.years, "probability": ahead})


def list_movers(forecast: Forecast, top: int, year: int) -> pd.DataFrame:
    """List who may enter or leave the best places.

    Parameters
    ----------
    forecast : Forecast
        Joint forecast of all.
    top : int
        Number of places, such as 10.
    year : int
        A year that was forecast.

    Returns
    -------
    DataFrame
        code, province, rank (the last known), is_inside (by that rank), probability (of being
        inside in `year`), by how likely the province is to cross.
    """
    check_target(Target(top, year), len(forecast.codes), forecast.years[0], forecast.years[-1])
    inside = (forecast.ranks[:, forecast.years.index(year)] <= top).mean(axis=0)
    known = forecast.panel[forecast.panel["year"] <= forecast.origin_year].dropna(subset="rank")
    last = known.drop_duplicates("code", keep="last").set_index("code")["rank"]
    table = _list_units(forecast).assign(probability=inside)
    table.insert(2, "rank", pd.Series(last.reindex(table["code"]).array, dtype="Int64"))
    table.insert(3, "is_inside", (table["rank"] <= top).fillna(False).astype(bool))
    crossing = np.where(table["is_inside"], 1 - inside, inside)
    order = np.lexsort((table["code"], -crossing))
    return table.iloc[order].reset_index(drop=True)


def list_neighbours(
    forecast: Forecast, code: str, years: Sequence[int], count: int = 3
) -> pd.DataFrame:
    """Hold a province against those around it.

    Parameters
    ----------
    forecast : Forecast
        Joint forecast of all.
    code : str
        The province.
    years : sequence of int
        Years that were forecast.
    count : int
        Provinces on each side, as far as there are.

    Returns
    -------
    DataFrame
        code, province, rank (in the origin edition; missing where not published), year,
        probability (that the province of `code` is ahead), year by year in the order of the ranks,
        or of the ranks expected next where that of `code` is not published.
    """
    table = _list_units(forecast)
    published = _ranks_at_origin(forecast).reindex(table["code"])
    table["rank"] = pd.array(published.array, dtype="Int64")
    is_known = pd.notna(published[code])
    table["order"] = table["rank"] if is_known else forecast.ranks[:, 0].mean(axis=0)
    order = table.dropna(subset="order").sort_values(["order", "code"], ignore_index=True)
    own = int(np.flatnonzero(order["code"] == code)[0])
    near = order.iloc[max(own - count, 0) : own + count + 1].drop(columns="order")
    near = near[near["code"] != code]
    chances = pd.concat(
        [compare(forecast, code, other).assign(code=other) for other in near["code"]]
    )
    asked = chances[chances["year"].isin(years)].sort_values("year", kind="stable")
    return asked.merge(near)[["code", "province", "rank", "year", "probability"]]


def rank_at_origin(forecast: Forecast, code: str) -> int | None:
    """Give the rank of a province in the origin edition, if it is known."""
    rank = _ranks_at_origin(forecast).get(code)
    return None if pd.isna(rank) else int(rank)


def _ranks_at_origin(forecast: Forecast) -> pd.Series:
    panel = forecast.panel
    return panel[panel["year"] == forecast.origin_year].set_index("code")["rank"]


def _list_units(forecast: Forecast) -> pd.DataFrame:
    names = forecast.panel.drop_duplicates("code").set_index("code")["province"]
    codes = list(forecast.codes)
    return pd.DataFrame({"code": codes, "province": names.reindex(codes).to_numpy()})
