"""Gains on components that units have really made from one edition to the next."""

import numpy as np
import pandas as pd

from dti_analysis.panel import Panel

SIMILAR_STARTS = 30
"""Gains seen from the starts nearest to one's own that a push is compared with."""


def list_gains(panel: Panel, component: str, last: int) -> pd.DataFrame:
    """List the gains on a component that units made from one edition to the next, up to the last.

    The columns are code, year (of the later edition), start, gain (beyond that of the median unit
    of the edition: what all gain, or lose to a change of the formula, moves no rank); in index
    units, negative for what is taken off.
    """
    editions = [year for year in panel.editions if year <= last]
    wide = panel.scores_of(component).reindex(columns=editions)
    gains = wide.diff(axis=1)
    beyond = gains - gains.median()
    table = pd.DataFrame(
        {
            "code": np.repeat(wide.index.to_numpy(), wide.shape[1] - 1),
            "year": np.tile(wide.columns.to_numpy()[1:], len(wide)),
            "start": wide.iloc[:, :-1].to_numpy().ravel(),
            "gain": beyond.iloc[:, 1:].to_numpy().ravel(),
        }
    )
    return table.dropna(ignore_index=True)


def find_nearest(gains: pd.DataFrame, start: float) -> pd.DataFrame:
    """Take the `gains` seen nearest to a `start`, `SIMILAR_STARTS` of them if there are."""
    order = (gains["start"] - start).abs().sort_values(kind="stable").index
    return gains.loc[order[:SIMILAR_STARTS]]


def place_gain(
    panel: Panel, component: str, last: int, start: float, gain: float
) -> tuple[float, int]:
    """Place a gain among those seen up to an edition from the starts nearest to one.

    Give the share of them that were smaller, NaN where none has been seen, and how many they are.
    """
    beyond = gain - find_nearest(list_gains(panel, component, last), start)["gain"]
    is_smaller = beyond * panel.config.sense > 0
    return (float(is_smaller.mean()) if len(beyond) else float("nan")), len(beyond)
