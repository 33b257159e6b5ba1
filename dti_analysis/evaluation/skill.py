"""Skill: how much better than the reference a forecaster was, and how far that may be luck."""

from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.models.positions import FloatArray

REFERENCE = "random_walk"
"""The forecaster that skill is measured against."""

_RESAMPLES = 1000
_INTERVAL = (0.05, 0.95)


def add_skill(cells: pd.DataFrame) -> pd.DataFrame:
    """Set each forecast, by model, origin and horizon, beside that of the reference.

    That is rps_reference, and skill: 1 - rps / rps_reference; NaN where the reference is perfect or
    missing.
    """
    bar = cells[cells["model"] == REFERENCE].set_index(["origin", "horizon"])["rps"]
    key = pd.MultiIndex.from_frame(cells[["origin", "horizon"]])
    rps_reference = bar.reindex(key).to_numpy(dtype=float)
    skill = _compute_skill(cells["rps"].to_numpy(dtype=float), rps_reference)
    return cells.assign(rps_reference=rps_reference, skill=skill)


def _compute_skill(rps: FloatArray, rps_reference: FloatArray) -> FloatArray:
    """1 - RPS / RPS of the reference; NaN where the reference is perfect or missing."""
    return 1 - rps / np.where(rps_reference > 0, rps_reference, np.nan)


def average(by_origin: pd.DataFrame, keys: list[str], seed: int) -> pd.DataFrame:
    """Average the measures over the forecasts of each group, and give the skill its interval.

    Keys tell the groups apart, the model last. For the columns see
    `dti_analysis.evaluation.backtest.Evaluation`.
    """
    rows = []
    for key, cells in by_origin.groupby(keys, sort=False):
        row: dict[str, Any] = dict(zip(keys, key, strict=True))
        row |= {"origins": cells["origin"].nunique(), "forecasts": len(cells)}
        means = cells.drop(columns=["model", "origin", "horizon", "edition", "skill"]).mean()
        rows.append(row | means.to_dict() | _resample_skill(cells, seed))
    table = pd.DataFrame(rows)
    return table.sort_values(keys[:-1], kind="stable", ignore_index=True) if keys[1:] else table


def _resample_skill(cells: pd.DataFrame, seed: int) -> dict[str, float]:
    """Skill of the mean RPS, and its interval over samples of origins with replacement.

    Origins, not units: ranks of one edition depend on each other.
    """
    paired = cells.dropna(subset="rps_reference").groupby("origin")[["rps", "rps_reference"]].sum()
    own, bar = (paired[column].to_numpy(dtype=float) for column in ("rps", "rps_reference"))
    skill = {"skill": float(_compute_skill(own.sum(), bar.sum()))}
    if len(paired) < 2:
        return skill | {"skill_low": np.nan, "skill_high": np.nan}
    sample = np.random.default_rng(seed).integers(len(paired), size=(_RESAMPLES, len(paired)))
    resampled = _compute_skill(own[sample].sum(axis=1), bar[sample].sum(axis=1))
    low, high = np.quantile(resampled, _INTERVAL)
    return skill | {"skill_low": float(low), "skill_high": float(high)}
