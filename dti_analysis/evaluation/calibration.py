"""How often chances came true: forecasts held against outcomes, many at a time.

Outcomes are those of `dti_analysis.evaluation.backtest.Evaluation`, of one model: one row per
origin, horizon and unit, with what was said of it and what came.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dti_analysis.models.positions import FloatArray

BOUNDS = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
"""Where classes of chances meet; each holds its lower bound, the last its upper one too."""

LEAST_CHANCES = 10
"""Fewer chances than these say nothing of how many come true."""

LEAST_ORIGINS = 10
"""Fewer origins than these, resampled, would make a narrow interval out of luck."""

_LEVEL = 0.9
_RESAMPLES = 1000


def list_chances(calls: pd.DataFrame, sizes: Sequence[int]) -> pd.DataFrame:
    """List every chance of a top K that one model gave, and whether it came true.

    The columns are origin, horizon, unit, top (K), chance (0 to 1), is_true. A missing chance, as
    where K takes in all, is left out.
    """
    parts = [
        calls[["origin", "horizon", "unit"]].assign(
            top=size, chance=calls[f"top{size}"].astype(float), is_true=calls["outcome"] <= size
        )
        for size in sizes
    ]
    if not parts:
        return pd.DataFrame(columns=["origin", "horizon", "unit", "top", "chance", "is_true"])
    return pd.concat(parts, ignore_index=True).dropna(subset="chance", ignore_index=True)


def find_class(chance: FloatArray | float) -> np.ndarray:
    """Find the number of the class that a chance falls into, 0 for the lowest.

    Examples
    --------
    >>> find_class(np.array([0, 0.05, 0.199, 1])).tolist()
    [0, 1, 1, 6]
    """
    return np.searchsorted(BOUNDS[1:-1], chance, side="right")


def count_chances(chances: pd.DataFrame) -> pd.DataFrame:
    """Count by class how many `chances`, from `list_chances`, were given and came true.

    The lowest class comes first, empty ones too: low, high (its bounds), origins, chances, mean (of
    the chances; NaN if none), came_true (how many).
    """
    grouped = chances.groupby(find_class(chances["chance"].to_numpy(dtype=float)))
    counts = grouped.agg(
        origins=("origin", "nunique"),
        chances=("chance", "size"),
        mean=("chance", "mean"),
        came_true=("is_true", "sum"),
    ).reindex(range(len(BOUNDS) - 1))
    whole = ["origins", "chances", "came_true"]
    counts[whole] = counts[whole].fillna(0).astype(int)
    bounds = pd.DataFrame({"low": BOUNDS[:-1], "high": BOUNDS[1:]})
    return pd.concat([bounds, counts.astype({"mean": float})], axis=1)


def reliability(chances: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Say by class how many chances came true, and how far luck may have moved that.

    The 90 % interval is Wilson's for a binomial share, which takes every chance for a case of its
    own. They are not: the units of one edition take each other's places, and a top 5 is a top 10.
    From `LEAST_ORIGINS` origins on the interval is widened to that of resampled origins, where
    that reaches further; with fewer it is too narrow, and `is_thin` says so.

    Parameters
    ----------
    chances, rng
        From `list_chances`, and the source of the resampling.

    Returns
    -------
    DataFrame
        As `count_chances`, without empty classes, and: share (that came true), share_low and
        share_high (ends of its interval), is_thin.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    # Takes longer than all of a small backtest, and not every user of this module needs it.
    from statsmodels.stats.proportion import proportion_confint

    record = count_chances(chances)
    record = record[record["chances"] > 0]
    came, given = record["came_true"].to_numpy(), record["chances"].to_numpy()
    low, high = proportion_confint(came, given, alpha=1 - _LEVEL, method="wilson")
    is_thin = chances["origin"].nunique() < LEAST_ORIGINS
    if not is_thin:
        shares, tails = _resample(chances, record.index, rng), [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]
        ends = np.nanquantile(shares, tails, axis=0)
        low, high = np.fmin(low, ends[0]), np.fmax(high, ends[1])
    told = record.assign(share=came / given, share_low=low, share_high=high, is_thin=is_thin)
    return told.reset_index(drop=True)


def _resample(chances: pd.DataFrame, classes: pd.Index, rng: np.random.Generator) -> FloatArray:
    """Shares that came true over samples of origins with replacement, by sample and class."""
    counts = [
        count_chances(group).loc[classes, ["came_true", "chances"]].to_numpy(dtype=float)
        for _, group in chances.groupby("origin")
    ]
    sample = rng.integers(len(counts), size=(_RESAMPLES, len(counts)))
    came, given = np.moveaxis(np.stack(counts)[sample].sum(axis=1), -1, 0)
    return np.asarray(came / np.where(given > 0, given, np.nan), dtype=float)


def list_held(calls: pd.DataFrame, percent: int = 80) -> pd.Series:
    """Say of each of `calls` whether the central interval of `percent` held the rank that came."""
    return calls["outcome"].between(calls[f"best{percent}"], calls[f"worst{percent}"])


def count_pit(calls: pd.DataFrame) -> pd.DataFrame:
    """Count the probability integral transforms in tenths: low, high, count, share.

    Equal counts are what an honest forecast has. High ends tell of ranges that are too narrow, a
    high middle of ranges too wide, a high lower end of outcomes better than forecast.
    """
    count, edges = np.histogram(calls["pit"].to_numpy(dtype=float), bins=10, range=(0, 1))
    counted = {"low": edges[:-1], "high": edges[1:], "count": count, "share": count / count.sum()}
    return pd.DataFrame(counted)


def best_and_worst(calls: pd.DataFrame) -> pd.DataFrame:
    """Pick by horizon the calls of one model with the least and with the greatest RPS.

    The best come first and the worst last, up to three on either side and never one on both; the
    column `is_best` tells them apart.
    """
    picked = []
    for _, group in calls.groupby("horizon"):
        ordered = group.sort_values(["rps", "origin", "unit"])
        size = min(3, len(ordered) // 2)
        picked.append(ordered.head(size).assign(is_best=True))
        picked.append(ordered.tail(size).assign(is_best=False))
    return pd.concat(picked, ignore_index=True)
