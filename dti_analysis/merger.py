"""The merger of 1 July 2025 within each draw: forecasts of the 63 to forecasts of the 34."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dti_analysis.errors import DataError
from dti_analysis.forecast import Forecast
from dti_analysis.panel import select_editions
from dti_analysis.positions import FloatArray
from dti_analysis.provinces import merge_provinces
from dti_analysis.store import Data


def merge_forecast(data: Data, forecast: Forecast) -> Forecast:
    """Merge a forecast of the 63 into one of the 34.

    The former provinces are averaged draw by draw and only then ranked: the ministry's own rule,
    with all editions of the 63 behind it instead of those that the 34 are known for.

    Parameters
    ----------
    data : Data
        From `dti_analysis.store.load_data`.
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
