"""The record of the index itself: what reports would have said from each past edition.

`dti_analysis.evaluation.backtest` compares forecasters on any panel, and ranks those that are
known at both ends. A report ranks all provinces, those without a published past too; here it is
held against what came. Calls have the columns of
`dti_analysis.evaluation.backtest.Evaluation.calls`.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from dti_analysis import paths
from dti_analysis.cleaning.dti import list_editions, select_editions
from dti_analysis.cleaning.store import Data, keep, load_data
from dti_analysis.evaluation.backtest import MIN_EDITIONS_DTI
from dti_analysis.evaluation.scores import measure
from dti_analysis.forecasting.bottom_up import forecast_provinces
from dti_analysis.forecasting.draws import DEFAULT_DRAWS, DEFAULT_HORIZON, DEFAULT_SEED
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.schema import BASES

FILE = "record.parquet"
# The code that the record is built by.
BUILDERS = (
    "schema.py",
    *(f"{part}/*.py" for part in ("cleaning", "models", "forecasting", "evaluation")),
)


def list_origins(panel: pd.DataFrame) -> list[int]:
    """List the editions from which a forecast can be held against a later one."""
    return list_editions(panel, 63)[MIN_EDITIONS_DTI - 1 : -1]


def recall_calls(
    data: Data,
    basis: int = 63,
    horizon: int = DEFAULT_HORIZON,
    model: str = DEFAULT_MODEL,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """Hold against what came all that reports would have said of all provinces.

    Parameters
    ----------
    data : Data
        From `dti_analysis.cleaning.store.load_data`.
    basis : {63, 34}
        Former or current provinces.
    horizon : int
        Editions ahead, as far as every rank is known.
    model, draws, seed
        See `dti_analysis.forecasting.draws.make_forecast`.

    Returns
    -------
    DataFrame
        One row per origin, edition and province: model, origin, horizon, edition, unit (code), and
        what `dti_analysis.evaluation.scores.measure` tells of each, with the chance of each top
        K.

    Raises
    ------
    DataError
        If a setting is out of range.
    """
    ranks = select_editions(data.panel, basis).pivot(index="code", columns="year", values="rank")
    came = ranks.dropna(axis=1).astype(float)
    calls = []
    for origin in list_origins(data.panel):
        forecast = forecast_provinces(basis, origin, horizon, model, draws, seed, data=data)
        for step, edition in enumerate(forecast.years):
            if edition in came:
                outcome = -came.loc[list(forecast.codes), edition].to_numpy()
                rng = np.random.default_rng([seed, origin, step])
                called = measure(forecast.draws[:, step], outcome, range(1, basis), rng)[1]
                label = pd.DataFrame(
                    {
                        "model": model,
                        "origin": origin,
                        "horizon": step + 1,
                        "edition": edition,
                        "unit": list(forecast.codes),
                    }
                )
                calls.append(pd.concat([label, called], axis=1))
    return pd.concat(calls, ignore_index=True)


def load_record(
    basis: int = 63, folder: Path = paths.PROCESSED, *, data: Data | None = None
) -> pd.DataFrame:
    """Read what reports would have said from each past edition, beside what came.

    It is kept, and made anew where facts or code have changed.

    Parameters
    ----------
    basis : {63, 34}
        Former or current provinces.
    folder : Path
        Where it is kept.
    data : Data, optional
        From `load_data`; the project's own by default.

    Returns
    -------
    DataFrame
        The calls of the default forecaster, one row per origin, edition and province: model,
        origin, horizon (editions ahead), edition, unit (code), came (rank), the median and the
        ends of the central intervals, the errors, and top1, top2, …: the chance of each top K.

    Examples
    --------
    >>> from dti_analysis import load_record
    >>> calls = load_record()
    >>> said = calls[(calls["unit"] == "77") & (calls["origin"] == 2021)]
    >>> said[["edition", "median_rank", "came"]].to_numpy().tolist()
    [[2022, 28, 28], [2023, 29, 10], [2024, 30, 7]]
    """
    data = load_data() if data is None else data

    def build() -> pd.DataFrame:
        both = [recall_calls(data, basis).assign(basis=basis) for basis in BASES]
        return pd.concat(both, ignore_index=True)

    record = keep(folder / FILE, data.raw.checksums, BUILDERS, build)
    own = record[record["basis"] == basis].drop(columns="basis")
    return own.dropna(axis=1, how="all").reset_index(drop=True)
