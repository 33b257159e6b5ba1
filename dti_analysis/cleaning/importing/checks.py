"""Does a table add up? Components to the scores that they make up, and scores to ranks."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dti_analysis.cleaning.agreement import place_ranks
from dti_analysis.cleaning.importing.edition import Edition
from dti_analysis.panel import OVERALL, RANK_DECIMALS

_EXACT = 1e-9
"""Finer than any digit published, coarser than floating-point noise."""


def require_sound(
    edition: Edition, scores: pd.DataFrame, weights: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """Refuse a table that is that of another edition, or does not add up; tell what holds.

    `scores` has the overall scores of editions, by code and year, and `weights` what each measure
    is made up of.
    """
    _require_new(edition, scores)
    held = [_hold_mean(edition, measure, parts) for measure, parts in weights.items()]
    ranks = [metric for metric in edition.letters if metric.startswith("rank_")]
    held += [] if edition.config.is_subset else [_hold_ranks(edition, metric) for metric in ranks]
    return list(filter(None, held))


def _require_new(edition: Edition, scores: pd.DataFrame) -> None:
    """Refuse a table that is that of another edition under a new year."""
    metric, year = f"score_{OVERALL}", edition.mapping.year
    if metric not in edition.letters:
        return
    own = edition.numbers[metric]
    for other, known in scores[scores["year"] != year].dropna(subset="score").groupby("year"):
        there = known.set_index("code")["score"]
        apart = (there - own).dropna().abs()
        if len(apart) > len(own) / 2 and (apart <= edition.steps[metric] / 2 + _EXACT).all():
            problem = f"expected scores of edition {year}, found those of edition {other} in all "
            remedy = f"Say --year {other}, or give the table of {year}."
            edition.refuse([(None, metric, f"{problem}{len(apart)} rows known.", remedy)])


def _hold_mean(edition: Edition, measure: str, weights: Mapping[str, float]) -> str:
    """Refuse a score that its components do not make up; tell what holds.

    A component that is not given may be anything from 0 to the greatest score. Digits that are not
    given leave room. A weight below 0 takes a component out of another that holds it.
    """
    metric = f"score_{measure}"
    parts = edition.numbers.reindex(columns=[f"score_{name}" for name in weights])
    if metric not in edition.letters or parts.isna().all(axis=None):
        return ""
    points = pd.Series(list(weights.values()), parts.columns, dtype=float)
    shares, whole = points / points.sum(), edition.numbers[metric]
    most = edition.config.max_score or np.inf
    low, high = (
        parts.fillna(pd.Series(np.where(is_most, most, 0), shares.index)) @ shares
        for is_most in (shares < 0, shares > 0)
    )
    steps = pd.Series(edition.steps).reindex(shares.index, fill_value=0.0)
    room = (float((steps * shares.abs()).sum()) + edition.steps[metric]) / 2
    is_off = (whole < low - room - _EXACT) | (whole > high + room + _EXACT)
    off, more, remedy = edition.units.index[is_off[edition.units.index]], "", "Correct the cell."
    if len(off) > len(whole) / 2:
        # One cause, which need not be told for every row.
        more, remedy = f" {len(off) - 1} more rows differ.", _suggest_weights(edition, whole, parts)
        off = off[:1]
    is_exact, findings = high - low < _EXACT, []
    for code in off:
        expected = f"{low[code]:.6f}" + ("" if is_exact[code] else f" to {high[code]:.6f}")
        problem = f"expected {expected}, which its components make up, found {whole[code]:.6g} "
        problem += f"(to {room:.2g}).{more}"
        findings.append((edition.units["row"][code], metric, problem, remedy))
    edition.refuse(findings)
    exact = int(is_exact.sum())
    left = int(whole.count()) - exact
    more = f", and leave room for {left} of which others are not given" if left else ""
    return f"the components make up the {measure} score of {exact}, to {room:.2g}{more}"


def _suggest_weights(edition: Edition, whole: pd.Series, parts: pd.DataFrame) -> str:
    """Say what weights would fit where components do not make up most scores."""
    known = parts.assign(whole=whole).dropna()
    shares, _, rank, _ = np.linalg.lstsq(known[parts.columns].to_numpy(), known["whole"].to_numpy())
    if rank < parts.shape[1] or not np.isclose(shares.sum(), 1, atol=0.02) or (shares < 0).any():
        return "Correct the columns, or the weights of the edition."
    fits = zip(parts.columns.str.removeprefix("score_"), 1000 * shares, strict=True)
    listed, year = ", ".join(f"{name} {share:.0f}" for name, share in fits), edition.mapping.year
    return f"The weights are not those of edition {year}. What would fit, of 1000: {listed}."


def _hold_ranks(edition: Edition, metric: str) -> str:
    """Refuse ranks that are not those of the scores; tell what holds.

    Of two units with one score as published, the publisher may know digits that it does not print:
    they may share the rank, or take one after the other. Ranks alone must still be such that ties
    share the best.
    """
    measure = metric.removeprefix("rank_")
    scores = edition.numbers.get(f"score_{measure}", pd.Series(dtype=float))
    has_scores = scores.notna().any()
    known = edition.numbers[[metric]].assign(score=scores if has_scores else 0.0).dropna()
    ranks, oriented = known[metric], edition.config.orient(known["score"]).round(RANK_DECIMALS)
    best = place_ranks(oriented, ranks)
    worst, findings = best + (len(edition.numbers) - len(known)), []
    for code in known.index[(ranks < best) | (ranks > worst)]:
        expected = f"{best[code]:.0f}"
        expected += f" to {worst[code]:.0f}" if worst[code] > best[code] else ""
        why = f"the score is {known['score'][code]:.6g}"
        why = why if has_scores else "ties share the best rank"
        problem = f"expected rank {expected}, as {why}, found {ranks[code]:.0f}."
        findings.append((edition.units["row"][code], metric, problem, "Correct one of the two."))
    edition.refuse(findings)
    ties = int(ranks.duplicated(keep=False).sum())
    return f"the ranks follow: {measure}{f' ({ties} share a rank)' if ties else ''}"
