"""How good a joint forecast was, once the outcome is known: proper scores and calibration.

Draws have shape (M, N): M joint futures of N units at one step. Ranks are those of
`dti_analysis.models.ranks.rank_draws`, so that ties share the best.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dti_analysis.forecasting.draws import INTERVALS
from dti_analysis.models.positions import FloatArray
from dti_analysis.models.ranks import RankArray

CountArray = NDArray[np.unsignedinteger] | NDArray[np.signedinteger]

_CELLS = 2**20
"""Cells of a table by unit and rank, or by draw and unit, that are worked on at a time."""


def call(
    counts: CountArray, came: RankArray, top: Sequence[int], rng: np.random.Generator
) -> pd.DataFrame:
    """Hold the ranks drawn for one step against those that came.

    Parameters
    ----------
    counts : ndarray, shape (N, N)
        Number of draws with each rank, from `dti_analysis.models.ranks.count_ranks`.
    came : ndarray, shape (N,)
        Ranks that came.
    top : sequence of int
        Sizes K of the best groups whose chances are told; those not below N give NaN.
    rng : Generator
        Source of the randomisation in the PIT.

    Returns
    -------
    DataFrame
        One row per unit: outcome (its rank), median_rank, top{K} (chance of it), best{P} and
        worst{P} (ends of the intervals), rps, and pit (randomised probability integral transform
        of the rank: uniform if calibrated).
    """
    shift, units = rng.random(len(came)), len(came)
    size = max(_CELLS // units, 1)
    parts = [slice(start, start + size) for start in range(0, units, size)]
    called = [_call_some(counts[part], came[part], top, shift[part]) for part in parts]
    return pd.concat(called, ignore_index=True)


def _call_some(
    counts: CountArray, came: RankArray, top: Sequence[int], shift: FloatArray
) -> pd.DataFrame:
    cdf, units = accumulate(counts), counts.shape[1]
    calls: dict[str, FloatArray | RankArray] = {"outcome": came}
    calls["median_rank"] = find_quantile(cdf, 0.5)
    for size in top:
        calls[f"top{size}"] = cdf[:, size - 1] if size < units else np.full(len(came), np.nan)
    for percent in INTERVALS:
        tail = (1 - percent / 100) / 2
        calls[f"best{percent}"] = find_quantile(cdf, tail)
        calls[f"worst{percent}"] = find_quantile(cdf, 1 - tail)
    calls["rps"] = score_rps(cdf, came) / (units - 1)
    return pd.DataFrame(calls | {"pit": transform(cdf, came, shift)})


def measure(
    calls: pd.DataFrame,
    counts: CountArray,
    draws: FloatArray,
    outcome: FloatArray,
    top: Sequence[int],
) -> dict[str, float]:
    """Measure the forecasts of one step against its outcome.

    Parameters
    ----------
    calls, counts, top
        From `call`, and what it took.
    draws : ndarray, shape (M, N)
        At least two draws of at least two units, each on a scale of its own: `standardise_each`.
    outcome : ndarray, shape (N,)
        What came, on any scale; the higher the better.

    Returns
    -------
    dict of str to float
        Means over the units: rps (of the rank, over N - 1; 0 to 1), crps (of the position, in
        standard deviations within the edition), brier_top{K} and log_top{K}, coverage{P} and
        width{P} (in places) of the central P % interval of ranks, mae (of the median rank, in
        places); and spearman (of the mean rank with the outcome; NaN if either is constant).
    """
    came = calls["outcome"].to_numpy()
    crps = score_crps(draws, standardise_each(outcome))
    measures = {"rps": float(np.mean(calls["rps"])), "crps": float(np.mean(crps))}
    for size in top:
        brier, log = score_top(counts, came, size) if size < len(came) else (np.nan, np.nan)
        measures |= {f"brier_top{size}": float(brier), f"log_top{size}": float(log)}
    for percent in INTERVALS:
        best, worst = calls[f"best{percent}"].to_numpy(), calls[f"worst{percent}"].to_numpy()
        measures[f"coverage{percent}"] = float(np.mean((best <= came) & (came <= worst)))
        measures[f"width{percent}"] = float(np.mean(worst - best + 1))
    measures["mae"] = float(np.mean(np.abs(calls["median_rank"].to_numpy() - came)))
    mean_ranks = counts @ np.arange(1, len(came) + 1) / len(draws)
    return measures | {"spearman": correlate(mean_ranks, came)}


def accumulate(counts: CountArray) -> FloatArray:
    """Probability of each rank or better by unit, from the number of draws with each rank."""
    cdf = (counts / counts.sum(axis=1, keepdims=True)).cumsum(axis=1)
    return np.asarray(np.minimum(cdf, 1), dtype=float)


def score_rps(cdf: FloatArray, came: RankArray) -> FloatArray:
    """Ranked probability score of each unit: sum over k < N of (F(k) - [rank <= k])².

    Parameters
    ----------
    cdf, came : ndarray
        From `accumulate`, and the ranks that came, shape (N,).

    Returns
    -------
    ndarray, shape (N,)
        From 0, certain and right, to N - 1, certain and wrong by the whole table.

    References
    ----------
    Epstein (1969), Journal of Applied Meteorology 8, 985-987.

    Examples
    --------
    Half a chance each of the ranks 1 and 2, of 3 units; it came second.

    >>> score_rps(np.array([[0.5, 1.0, 1.0]]), np.array([2])).tolist()
    [0.25]
    """
    is_reached = came[:, None] <= np.arange(1, cdf.shape[1] + 1)
    return np.asarray(np.sum((cdf - is_reached) ** 2, axis=1), dtype=float)


def score_crps(draws: FloatArray, outcome: FloatArray) -> FloatArray:
    """Continuous ranked probability score of each unit, free of the bias of few draws.

    `draws` have shape (M, N), the `outcome` (N,) and the same scale, in which the score is.
    """
    from scoringrules import crps_ensemble

    # The probability-weighted moments give the fair estimator, E|X - y| - ½ E|X - X'| over
    # distinct draws, in M log M steps; what scoringrules calls "fair" takes M² in time and space.
    size = max(_CELLS // len(draws), 1)
    scores = [
        crps_ensemble(
            outcome[start : start + size], draws[:, start : start + size], m_axis=0,
            estimator="pwm", backend="numpy",
        )
        for start in range(0, len(outcome), size)
    ]  # fmt: skip
    return np.asarray(np.concatenate(scores), dtype=float)


def score_top(counts: CountArray, came: RankArray, size: int) -> tuple[float, float]:
    """Brier and log score of the chance to be among the best `size`, each the mean over units.

    The log score takes no chance for nearer to 0 or 1 than half a draw, 1 / (2 M): M draws cannot
    tell it from one, and one miss would else be worth infinitely many hits.
    """
    from scoringrules import brier_score, log_score

    draws = int(counts[0].sum())
    chance, is_in = counts[:, :size].sum(axis=1) / draws, (came <= size).astype(float)
    least = 1 / (2 * draws)
    brier = brier_score(is_in, chance)
    log = log_score(is_in, np.clip(chance, least, 1 - least))
    return float(np.mean(brier)), float(np.mean(log))


def find_quantile(cdf: FloatArray, probability: float) -> RankArray:
    """Lowest rank that is reached with a `probability`; inverts `cdf`, from `accumulate`."""
    # Sums of draws counted in binary fractions may fall short of a decimal one by rounding.
    return np.asarray(1 + np.sum(cdf < probability - 1e-9, axis=1), dtype=np.int32)


def transform(cdf: FloatArray, came: RankArray, shift: FloatArray) -> FloatArray:
    """Randomised probability integral transform: F(rank - 1) + V (F(rank) - F(rank - 1)).

    V is uniform, so that the transform of a calibrated forecast is, too, though ranks are whole.

    Parameters
    ----------
    cdf, came, shift
        From `accumulate`, the ranks that came, and V.

    References
    ----------
    Czado, Gneiting & Held (2009), Biometrics 65, 1254-1261.
    """
    padded = np.column_stack([np.zeros(len(cdf)), cdf])
    units = np.arange(len(cdf))
    below, reached = padded[units, came - 1], padded[units, came]
    return np.asarray(below + shift * (reached - below), dtype=float)


def standardise_each(draws: FloatArray) -> FloatArray:
    """Positions within each draw: less the median, over the standard deviation of the units.

    Level and scale of a future edition are anyone's guess and the same for all units; a position
    is what is left when both are taken out, of `draws` of shape (..., N) and of the outcome alike.
    """
    centred = draws - np.median(draws, axis=-1, keepdims=True)
    spread = np.std(centred, axis=-1, keepdims=True)
    is_flat = spread <= 1e-9 * np.max(np.abs(draws), axis=-1, keepdims=True)
    return np.asarray(np.where(is_flat, 0.0, centred / np.where(is_flat, 1.0, spread)), dtype=float)


def correlate(expected: FloatArray, came: RankArray) -> float:
    """Spearman's rank correlation; NaN if either side is constant."""
    if np.ptp(expected) == 0 or np.ptp(came) == 0:
        return np.nan
    # Through pandas, since importing scipy.stats takes longer than all of a small backtest.
    return float(np.corrcoef(pd.Series(expected).rank(), pd.Series(came).rank())[0, 1])
