"""How good the scores forecast were, and whether those said to be needed were enough.

The scores of all units stand or fall with the level of their edition, which comes but once for
each: the cases of one edition are not many.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dti_analysis.evaluation.scores import score_crps
from dti_analysis.forecasting.draws import INTERVALS
from dti_analysis.models.positions import FloatArray
from dti_analysis.models.ranks import threshold
from dti_analysis.targets import PROBABILITIES


def measure_scores(
    drawn: FloatArray, came: FloatArray, before: FloatArray, spread: float
) -> dict[str, float]:
    """Measure the scores forecast for one step against those that came.

    Parameters
    ----------
    drawn : ndarray, shape (M, N)
        Scores of N units in M draws, in index units.
    came, before : ndarray, shape (N,)
        Those that came, and those of the origin; NaN where not known.
    spread : float
        What the measures are in: the standard deviation of the scores of an edition.

    Returns
    -------
    dict of str to float
        Means over the units whose score came: score_crps, score_mae (of the median) and
        score_mae_unchanged (of the score at the origin, where that is known), in spreads; and
        score_coverage{P} of the central P % interval. NaN where no score came.
    """
    is_known = np.isfinite(came)
    names = ("score_crps", "score_mae", "score_mae_unchanged")
    if not (is_known.any() and np.isfinite(spread)):
        return dict.fromkeys((*names, *(f"score_coverage{each}" for each in INTERVALS)), np.nan)
    drawn, came, change = drawn[:, is_known], came[is_known], (came - before)[is_known]
    errors = (
        np.mean(score_crps(drawn, came)),
        np.mean(np.abs(np.median(drawn, axis=0) - came)),
        np.mean(np.abs(change[np.isfinite(change)])) if np.isfinite(change).any() else np.nan,
    )
    measures = {name: float(error / spread) for name, error in zip(names, errors, strict=True)}
    for percent in INTERVALS:
        tail = (1 - percent / 100) / 2
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        measures[f"score_coverage{percent}"] = float(np.mean((low <= came) & (came <= high)))
    return measures


def call_needs(drawn: FloatArray, came: FloatArray, sizes: Sequence[int]) -> pd.DataFrame:
    """Say what score each unit was told to need for the best places, and what it took.

    Parameters
    ----------
    drawn, came : ndarray, shapes (M, N) and (N,)
        Scores as they were drawn and as they came, more being better.
    sizes : sequence of int
        Sizes K of the best groups; those not below N are left out.

    Returns
    -------
    DataFrame
        One row per unit: taken_top{K} (the K-th best score among the others, where those of all
        came; else NaN), and needed{P}_top{K}: the score said to give a chance of P in 100.
    """
    told: dict[str, FloatArray] = {}
    for size in (each for each in sizes if each < len(came)):
        taken = find_thresholds(came[None], size)[0]
        told[f"taken_top{size}"] = taken if np.isfinite(came).all() else np.full(len(came), np.nan)
        thresholds = find_thresholds(drawn, size)
        needed = np.quantile(thresholds, PROBABILITIES, axis=0, method="inverted_cdf")
        for probability, scores in zip(PROBABILITIES, needed, strict=True):
            told[f"needed{100 * probability:.0f}_top{size}"] = scores
    return pd.DataFrame(told, index=range(len(came)))


def find_thresholds(values: FloatArray, size: int) -> FloatArray:
    """Find what each unit has to reach to be among the best.

    `values` and what is returned have the shape (draws, N).
    """
    return threshold(np.partition(values, [-size, -size - 1], axis=1), values, size)


def list_needs(calls: pd.DataFrame, sense: int = 1) -> pd.DataFrame:
    """List every score that was said to be needed, and what came of it.

    The columns are origin, horizon, unit, top (K), probability, is_enough (whether the score that
    it took was no higher), is_met (whether the unit came to it or above), is_reached (whether it
    was among the best K). More is better, or less: `sense` is 1 or -1.
    """
    parts = []
    for column in (name for name in calls if str(name).startswith("taken_top")):
        size = int(str(column).removeprefix("taken_top"))
        for probability in PROBABILITIES:
            asked = f"needed{100 * probability:.0f}_top{size}"
            known = calls.dropna(subset=[column, asked, "score"])
            parts.append(
                known[["origin", "horizon", "unit"]].assign(
                    top=size,
                    probability=probability,
                    is_enough=sense * (known[asked] - known[column]) >= 0,
                    is_met=sense * (known["score"] - known[asked]) >= 0,
                    is_reached=known["outcome"] <= size,
                )
            )
    columns = ["origin", "horizon", "unit", "top", "probability"]
    empty = pd.DataFrame(columns=[*columns, "is_enough", "is_met", "is_reached"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def count_needs(needs: pd.DataFrame) -> pd.DataFrame:
    """Count how often the scores said to be needed, from `list_needs`, were enough.

    There is one row per horizon and probability: origins, scores (how many were said), enough
    (share of them that would have been), met (how many units came to theirs or above), reached
    (share of these that were among the best; NaN where none).
    """
    met = needs.assign(is_reached=needs["is_reached"].where(needs["is_met"]))
    counted = met.groupby(["horizon", "probability"], as_index=False).agg(
        origins=("origin", "nunique"),
        scores=("unit", "size"),
        enough=("is_enough", "mean"),
        met=("is_met", "sum"),
        reached=("is_reached", "mean"),
    )
    return counted.astype({"met": int, "enough": float, "reached": float})
