"""All rank probabilities of a panel, however large: only ranks are kept, and written in pieces."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from dti_analysis.cleaning.tables import select_origin
from dti_analysis.forecasting.draws import (
    DEFAULT_DRAWS,
    DEFAULT_HORIZON,
    DEFAULT_SEED,
    fit_model,
)
from dti_analysis.models.drawing import draw_ranks
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.models.positions import standardise
from dti_analysis.models.ranks import RankArray, rank_probabilities

_ROWS = 2**20
"""Rows of a table of probabilities made at a time."""


def draw_panel_ranks(
    panel: pd.DataFrame,
    origin_year: int | None = None,
    horizon: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
) -> tuple[tuple[str, ...], RankArray]:
    """Draw the ranks of all units that have a value at the origin, and nothing else of them.

    For panels of thousands of units, whose positions would not fit into memory.

    Parameters
    ----------
    panel, origin_year, horizon, draws, seed, model
        See `dti_analysis.forecasting.any_index.forecast_panel`.

    Returns
    -------
    units : tuple of str
        In ascending order.
    ranks : ndarray, shape (draws, horizon, N)
        The same as `dti_analysis.forecasting.any_index.forecast_panel` has in ``Forecast.ranks``.
    """
    horizon = DEFAULT_HORIZON if horizon is None else horizon
    positions = standardise(select_origin(panel, origin_year))
    fitted, rng = fit_model(positions, model, horizon, draws, seed)
    return positions.units, draw_ranks(fitted, horizon, draws, len(positions.units), rng)


def tabulate_probabilities(units: Sequence[str], ranks: RankArray) -> Iterator[pd.DataFrame]:
    """List every rank probability, a part of the units at a time.

    Parameters
    ----------
    units : sequence of str
        In the order of the ranks.
    ranks : ndarray, shape (draws, horizon, N)
        Ranks within each draw.

    Yields
    ------
    DataFrame
        unit, step (1 for the first edition after the origin), rank, probability; the
        probabilities of a unit and step sum to 1.
    """
    _, horizon, count = ranks.shape
    size = max(_ROWS // (horizon * count), 1)
    for start in range(0, count, size):
        some = np.array(units[start : start + size], dtype=object)
        chances = rank_probabilities(ranks[:, :, start : start + size], count).swapaxes(0, 1)
        unit, step, rank = np.indices(chances.shape).reshape(3, -1)
        yield pd.DataFrame(
            {
                "unit": some[unit],
                "step": step + 1,
                "rank": rank + 1,
                "probability": chances.ravel(),
            }
        )


def format_probabilities(units: Sequence[str], ranks: RankArray) -> Iterator[str]:
    """Write the table of `tabulate_probabilities` as CSV, piece by piece."""
    for part, table in enumerate(tabulate_probabilities(units, ranks)):
        yield table.to_csv(index=False, header=part == 0)
