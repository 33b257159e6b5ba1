"""A merger of units within each draw: forecasts of the parent's units to forecasts of its own."""

from dataclasses import replace

import numpy as np
import pandas as pd

from dti_analysis.forecasting.draws import Draws
from dti_analysis.guards import guard_shares
from dti_analysis.models.positions import FloatArray
from dti_analysis.panel import Panel


def merge_draws(former: Draws, panel: Panel) -> Draws:
    """Merge the draws of a parent's units into those of the units of a panel that they became.

    They are averaged draw by draw and only then ranked, with all editions of the parent behind them
    instead of those that the new units are known for.
    """
    assert panel.crosswalk is not None
    codes, share = share_out(former.codes, panel.crosswalk)
    guard_shares(share, codes, panel.units.index)
    # A unit is known where all it was made of are.
    positions = replace(
        former.positions,
        units=codes,
        mean=np.array([part[part > 0] @ former.positions.mean[part > 0] for part in share.T]),
        variance=np.zeros((len(codes), len(former.positions.editions))),
    )
    return replace(
        former,
        panel=panel,
        positions=positions,
        futures=former.futures.merge(share),
        approach="bottom_up",
        codes=codes,
        _found={},
        _expected={},
    )


def share_out(
    codes: tuple[str, ...], crosswalk: pd.DataFrame
) -> tuple[tuple[str, ...], FloatArray]:
    """Say what each former unit contributes to the mean of each new one, in order of code.

    The shares have the shape (former, new), and columns that sum to 1.
    """
    rows = crosswalk.set_index("old_code").reindex(list(codes))
    current, group = np.unique(rows["new_code"].to_numpy(dtype=str), return_inverse=True)
    weight = rows["weight"].to_numpy(dtype=float) if "weight" in rows else np.ones(len(codes))
    share = np.zeros((len(codes), len(current)))
    share[np.arange(len(codes)), group] = weight / np.bincount(group, weight)[group]
    return tuple(map(str, current)), share
