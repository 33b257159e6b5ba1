"""The merger of 1 July 2025 within each draw: forecasts of the 63 to forecasts of the 34."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dti_analysis.cleaning.dti import choose_origin, list_editions, select_editions
from dti_analysis.cleaning.gazetteer import merge_provinces
from dti_analysis.cleaning.store import Data, load_data
from dti_analysis.errors import DataError
from dti_analysis.forecasting.draws import (
    DEFAULT_DRAWS,
    DEFAULT_HORIZON,
    DEFAULT_SEED,
    Forecast,
    make_forecast,
)
from dti_analysis.forecasting.ready import Wanted, find_ready
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.models.positions import FloatArray

ROADS = ("merged", "direct")
"""From the past of the 63 by way of the merger, or from the past of the provinces themselves."""


def forecast_provinces(
    basis: int = 63,
    origin_year: int | None = None,
    horizon: int = DEFAULT_HORIZON,
    model: str = DEFAULT_MODEL,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    road: str | None = None,
    *,
    data: Data | None = None,
) -> Forecast:
    """Forecast all provinces of a basis jointly, by the better road.

    The 34 are forecast by way of the 63 wherever these are known at the origin. Their own past
    begins with the edition 2022, all editions before having unpublished provinces, so that the
    origins 2021 and 2022 cannot be forecast from it at all. The one origin that both roads share,
    2023, does not tell them apart: the RPS of the ranks of 2024 is 0.1054 by the merger against
    0.1042 by `averaged_level`, 0.1025 against 0.1037 by `random_walk`; the merger's 80 %
    intervals hold more of what came by every forecaster (65 against 59 in 100).

    Parameters
    ----------
    basis : {63, 34}
        Former or current provinces.
    origin_year : int, optional
        Last edition the forecast may know; the last there is by default.
    horizon : int
        Editions ahead.
    model, draws, seed
        See `forecast_province`.
    road : {"merged", "direct"}, optional
        From the past of the 63 by way of the merger, or from the past of the provinces themselves;
        the better one by default.
    data : Data, optional
        From `load_data`; the project's own by default.

    Returns
    -------
    Forecast
        With the road taken as its `road`.

    Raises
    ------
    DataError
        If the road does not lead from this origin to this basis, or a number is out of range.

    Examples
    --------
    >>> from dti_analysis import forecast_provinces
    >>> forecast = forecast_provinces(basis=34, draws=200)
    >>> forecast.draws.shape  # draws, editions ahead, provinces
    (200, 3, 34)
    >>> table = forecast.to_frame()
    >>> table.loc[table["mean_rank"].idxmin(), "province"]
    'Huế'
    """
    data = load_data() if data is None else data
    origin = choose_origin(data.panel, basis, origin_year)
    has_former = basis == 34 and origin in list_editions(data.panel, 63)
    chosen = road or ("merged" if has_former else "direct")
    if chosen not in ROADS:
        raise DataError(f"road {chosen} is not known. Known: {', '.join(ROADS)}.")
    if found := find_ready(data, Wanted(basis, origin, horizon, model, draws, seed, road)):
        return found
    if chosen == "direct":
        return make_forecast(data.panel, basis, origin, horizon, model, draws, seed)
    if not has_former:
        raise DataError(
            f"no merger leads to the {basis} from {origin}: expected basis 34 and an edition in "
            "which the 63 are known. Take the direct road."
        )
    former = make_forecast(data.panel, 63, origin, horizon, model, draws, seed)
    return merge_forecast(data, former)


def merge_forecast(data: Data, forecast: Forecast) -> Forecast:
    """Merge a forecast of the 63 into one of the 34.

    The former provinces are averaged draw by draw and only then ranked: the ministry's own rule,
    with all editions of the 63 behind it instead of those that the 34 are known for.

    Parameters
    ----------
    data : Data
        From `dti_analysis.cleaning.store.load_data`.
    forecast : Forecast
        Of the 63.

    Returns
    -------
    Forecast
        Of the 34, from the same draws.

    Raises
    ------
    DataError
        If the forecast is not of the 63.
    """
    if forecast.basis != 63:
        raise DataError(
            f"only a forecast of the 63 can be merged, not one of the {forecast.basis}."
        )
    crosswalk = data.raw["crosswalk_63_34"]
    codes, draws = merge_draws(forecast.draws, forecast.codes, crosswalk)
    former = pd.DataFrame(forecast.positions.mean, index=list(forecast.codes))
    positions = replace(
        forecast.positions,
        units=codes,
        mean=merge_provinces(former, crosswalk).to_numpy(),
        variance=np.zeros((len(codes), len(forecast.positions.editions))),
    )
    return replace(
        forecast,
        panel=select_editions(data.panel, 34),
        positions=positions,
        draws=draws,
        basis=34,
        road="merged",
    )


def merge_draws(
    draws: FloatArray, codes: tuple[str, ...], crosswalk: pd.DataFrame
) -> tuple[tuple[str, ...], FloatArray]:
    """Average former provinces within each draw.

    Parameters
    ----------
    draws : ndarray, shape (..., 63)
        Positions or scores of the former provinces.
    codes : tuple of str
        Their codes, in the order of the last axis.
    crosswalk : DataFrame
        Columns old_code and new_code.

    Returns
    -------
    codes : tuple of str
        Current codes in ascending order.
    draws : ndarray, shape (..., 34)
        Unweighted means.
    """
    new_code = crosswalk.set_index("old_code")["new_code"].reindex(list(codes))
    current, group = np.unique(new_code.to_numpy(dtype=str), return_inverse=True)
    share = np.zeros((len(codes), len(current)))
    share[np.arange(len(codes)), group] = 1 / np.bincount(group)[group]
    return tuple(map(str, current)), np.asarray(draws @ share, dtype=float)
