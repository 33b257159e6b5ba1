"""Do scores converge? The spread of scores, and what lower starters gained, told apart.

A negative slope of gains on starts (beta-convergence) is no sign that scores draw together: with
an unchanged spread it is the correlation of the two editions less 1, and below 0 whenever places
change at all. That is regression to the mean, and it shows as well when time is run backwards. Only
a spread that shrinks (sigma-convergence) says that scores converge.

References
----------
Friedman (1992), Journal of Economic Literature 30, 2129-2132. Quah (1993), Scandinavian Journal of
Economics 95, 427-443. Pitman (1939), Biometrika 31, 9-12; Morgan (1939), Biometrika 31, 13-19.
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from dti_analysis.panel import Panel


def measure_convergence(panel: Panel) -> pd.DataFrame:
    """Measure convergence; see `dti_analysis.index.Index.convergence`."""
    scores = panel.wide("score")
    is_whole = scores.notna().all() & (scores.max() > scores.min())
    complete, listed = list(scores.columns[is_whole]), list(scores.columns)
    found = []
    for first, last in pairwise(complete):
        if listed.index(last) - listed.index(first) == 1:
            start, end = scores[first].to_numpy(), scores[last].to_numpy()
            found.append({"first": first, "last": last} | _measure_pair(start, end))
    return pd.DataFrame(found)


def _measure_pair(start: np.ndarray, end: np.ndarray) -> dict[str, float]:
    spread_first, spread_last = start.std(ddof=1), end.std(ddof=1)
    correlation = float(np.corrcoef(start, end)[0, 1])
    return {
        "mean_gain": float((end - start).mean()),
        "spread_first": float(spread_first),
        "spread_last": float(spread_last),
        "p_spread": _test_spreads(start, end),
        "correlation": correlation,
        "beta": float(correlation * spread_last / spread_first - 1),
        "beta_backwards": float(correlation * spread_first / spread_last - 1),
        "beta_same_spread": correlation - 1,
    }


def _test_spreads(start: np.ndarray, end: np.ndarray) -> float:
    """Test whether two variances are equal: if so, sum and difference are uncorrelated."""
    from scipy.special import betainc

    gain = end - start
    if np.ptp(gain) == 0:
        return float("nan")
    correlation = np.corrcoef(start + end, gain)[0, 1]
    # The two-sided p-value of a correlation of normal variables.
    return float(betainc((len(start) - 2) / 2, 0.5, 1 - correlation**2))
