"""Forecasts made ahead, for the processes that are forked from this one to find."""

import hashlib
from typing import NamedTuple

import pandas as pd

from dti_analysis.cleaning.store import Data
from dti_analysis.forecasting.draws import Forecast


class Wanted(NamedTuple):
    """What a forecast is asked for; see `dti_analysis.forecasting.bottom_up.forecast_provinces`."""

    basis: int
    origin_year: int
    horizon: int
    model: str
    draws: int
    seed: int
    road: str | None = None


_ready: dict[tuple[str, Wanted], Forecast] = {}


def put_ready(data: Data, wanted: Wanted, forecast: Forecast) -> None:
    """Keep a forecast, its ranks and their chances, for as long as this process lives.

    Parameters
    ----------
    data : Data
        What it was made from.
    wanted : Wanted
        What was asked for.
    forecast : Forecast
        What was made of it.
    """
    # Once asked for, they stay with the forecast, as do the ranks.
    _ = forecast.rank_probabilities
    for step in range(len(forecast.years)):
        forecast.order_draws(step)
    _ready[_identify(data), wanted] = forecast


def find_ready(data: Data, wanted: Wanted) -> Forecast | None:
    """Find a forecast that was put ready, made from the very same numbers; else None.

    Parameters
    ----------
    data, wanted
        See `put_ready`.
    """
    # Nothing is, but in a process forked for it, so nobody else pays for looking.
    return _ready.get((_identify(data), wanted)) if _ready else None


def _identify(data: Data) -> str:
    """Sum up what a forecast depends on, by content: frames may have been changed in place."""
    tables = (data.panel, data.raw["crosswalk_63_34"])
    found = hashlib.sha256()
    for table in tables:
        found.update(repr(list(table.columns)).encode())
        found.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
    return found.hexdigest()
