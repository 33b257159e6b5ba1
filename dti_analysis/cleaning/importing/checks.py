"""Does a table add up? Components to the scores that they make up, and scores to ranks."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from dti_analysis.cleaning.agreement import place_ranks
from dti_analysis.cleaning.importing.edition import Edition
from dti_analysis.cleaning.tables import raise_faults
from dti_analysis.config import IndexConfig
from dti_analysis.panel import RANK_DECIMALS

_EXACT = 1e-9
"""Finer than any digit published, coarser than floating-point noise."""


def require_mean(
    edition: Edition, measure: str, weights: Mapping[str, float], config: IndexConfig
) -> list[str]:
    """Refuse scores that are not the weighted mean of their components; tell what holds.

    A component that is not given may be anything from 0 to the greatest score. Digits that are not
    given leave room. A weight below 0 takes a component out of another that holds it.
    """
    whole, parts, room = _take_parts(edition, measure, weights)
    if whole is None or parts.isna().all(axis=None):
        return []
    shares = pd.Series(weights) / sum(weights.values())
    most = np.nan if config.max_score is None else config.max_score
    least = {name: most if weight < 0 else 0 for name, weight in weights.items()}
    last = {name: 0 if weight < 0 else most for name, weight in weights.items()}
    low, high = parts.fillna(least) @ shares, parts.fillna(last) @ shares
    is_off = (whole < low - room - _EXACT) | (whole > high + room + _EXACT)
    hint = _hint(edition, whole, parts) if is_off.mean() > 0.5 else "Correct the cell."
    faults = []
    for code in sorted(map(str, whole.index[is_off]), key=lambda code: edition.units["row"][code]):
        is_exact = high[code] - low[code] < _EXACT
        expected = f"{low[code]:.6f}" if is_exact else f"{low[code]:.6f} to {high[code]:.6f}"
        found = f"found {whole[code]:.6g} (to {room:.2g})"
        problem = f"expected {expected}, which its components make up, {found}."
        faults.append(edition.fault(code, f"score_{measure}", problem, hint))
    if len(faults) > len(whole) / 2:
        # One cause, which need not be told for every row.
        problem = f"{faults[0].problem} {len(faults) - 1} more rows differ."
        faults = [replace(faults[0], problem=problem)]
    raise_faults(faults)
    exact = int((high - low < _EXACT).sum())
    left = int(whole.count()) - exact
    more = f", and leave room for {left} of which others are not given" if left else ""
    return [f"the components make up the {measure} score of {exact}, to {room:.2g}{more}"]


def _take_parts(
    edition: Edition, measure: str, weights: Mapping[str, float]
) -> tuple[pd.Series | None, pd.DataFrame, float]:
    """Take scores, their components, and how far rounding may part the two."""
    metric, total = f"score_{measure}", sum(weights.values())
    parts = edition.numbers.reindex(columns=[f"score_{name}" for name in weights])
    parts.columns = pd.Index(weights)
    if metric not in edition.numbers or not weights:
        return None, parts, 0
    steps = [abs(weights[name]) / total * edition.steps.get(f"score_{name}", 0) for name in weights]
    return edition.numbers[metric], parts, (sum(steps) + edition.steps[metric]) / 2


def _hint(edition: Edition, whole: pd.Series, parts: pd.DataFrame) -> str:
    """Say what weights would fit where components do not make up most scores."""
    known = parts.assign(whole=whole).dropna()
    shares, _, rank, _ = np.linalg.lstsq(
        known[parts.columns].to_numpy(), known["whole"].to_numpy(), rcond=None
    )
    if rank < parts.shape[1] or not np.isclose(shares.sum(), 1, atol=0.02) or (shares < 0).any():
        return "Correct the columns, or the weights of the edition."
    fits = zip(parts.columns, shares, strict=True)
    listed = ", ".join(f"{name} {1000 * share:.0f}" for name, share in fits)
    return (
        f"The weights are not those of edition {edition.mapping.year}. What would fit, of 1000: "
        f"{listed}."
    )


def require_ranks(edition: Edition, measure: str, config: IndexConfig) -> list[str]:
    """Refuse ranks that are not those of the scores; tell what holds.

    Of two units with one score as published, the publisher may know digits that it does not print:
    they may share the rank, or take one after the other. Ranks alone must still be such that ties
    share the best.
    """
    metric, scores = f"rank_{measure}", edition.numbers.get(f"score_{measure}")
    if metric not in edition.numbers or config.is_subset:
        return []
    has_scores = scores is not None and scores.notna().any()
    known = edition.numbers[[metric]].assign(score=scores if has_scores else 0.0).dropna()
    ranks, oriented = known[metric], config.orient(known["score"]).round(RANK_DECIMALS)
    best = place_ranks(oriented, ranks)
    worst = best + (len(edition.numbers) - len(known))
    faults = []
    for code in known.index[(ranks < best) | (ranks > worst)]:
        low, high = int(best[code]), int(worst[code])
        expected = f"{low}" if low == high else f"{low} to {high}"
        why = (
            f"the score is {known['score'][code]:.6g}" if has_scores else "ties share the best rank"
        )
        problem = f"expected rank {expected}, as {why}, found {ranks[code]:.0f}."
        faults.append(edition.fault(str(code), metric, problem, "Correct one of the two."))
    raise_faults(faults)
    ties = int(ranks.duplicated(keep=False).sum())
    return [f"the ranks follow: {measure}{f' ({ties} share a rank)' if ties else ''}"]


def require_new(edition: Edition, others: pd.DataFrame) -> None:
    """Refuse a table that is that of another edition under a new year.

    `others` has the overall scores of other editions, by code and year.
    """
    if "score_overall" not in edition.numbers:
        return
    scores, year = edition.numbers["score_overall"], edition.mapping.year
    for other in others.columns:
        known = others[other].reindex(scores.index).dropna()
        is_same = (known - scores).abs() <= edition.steps["score_overall"] / 2 + _EXACT
        if len(known) > len(scores) / 2 and is_same[known.index].all():
            problem = f"expected scores of edition {year}, found those of edition {other} in all "
            remedy = f"Say --year {other}, or give the table of {year}."
            problem += f"{len(known)} rows known."
            raise_faults([edition.fault(None, "score_overall", problem, remedy)])
