"""Does a table add up? Components to the scores that they make up, and scores to ranks."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dti_analysis.cleaning.agreement import place_ranks
from dti_analysis.cleaning.importing.edition import Edition
from dti_analysis.config import IndexConfig
from dti_analysis.panel import OVERALL, RANK_DECIMALS

_EXACT = 1e-9
"""Finer than any digit published, coarser than floating-point noise."""


def require_sound(
    edition: Edition,
    others: pd.DataFrame,
    weights: Mapping[str, Mapping[str, float]],
    config: IndexConfig,
) -> list[str]:
    """Refuse a table that is that of another edition, or does not add up; tell what holds.

    `others` has the overall scores of other editions, by code and year, and `weights` what each
    measure is made up of.
    """
    _require_new(edition, others)
    held = [_hold_mean(edition, measure, parts, config) for measure, parts in weights.items()]
    ranks = [metric for metric in edition.letters if metric.startswith("rank_")]
    held += [_hold_ranks(edition, metric, config) for metric in ranks if not config.is_subset]
    return list(filter(None, held))


def _require_new(edition: Edition, others: pd.DataFrame) -> None:
    """Refuse a table that is that of another edition under a new year."""
    metric, year = f"score_{OVERALL}", edition.mapping.year
    for other in others.columns if metric in edition.letters else ():
        scores = edition.numbers[metric]
        known = others[other].reindex(scores.index).dropna()
        is_same = (known - scores).abs() <= edition.steps[metric] / 2 + _EXACT
        if len(known) > len(scores) / 2 and is_same[known.index].all():
            problem = f"expected scores of edition {year}, found those of edition {other} in all "
            remedy = f"Say --year {other}, or give the table of {year}."
            edition.refuse([(None, metric, f"{problem}{len(known)} rows known.", remedy)])


def _hold_mean(
    edition: Edition, measure: str, weights: Mapping[str, float], config: IndexConfig
) -> str:
    """Refuse scores that are not the weighted mean of their components; tell what holds.

    A component that is not given may be anything from 0 to the greatest score. Digits that are not
    given leave room. A weight below 0 takes a component out of another that holds it.
    """
    metric = f"score_{measure}"
    parts = edition.numbers.reindex(columns=[f"score_{name}" for name in weights])
    if metric not in edition.letters or parts.isna().all(axis=None):
        return ""
    points = pd.Series(list(weights.values()), parts.columns, dtype=float)
    shares, most = points / points.sum(), config.max_score or np.nan
    least = pd.Series(np.where(shares < 0, most, 0), shares.index)
    last = pd.Series(np.where(shares < 0, 0, most), shares.index)
    whole, low, high = (
        edition.numbers[metric],
        parts.fillna(least) @ shares,
        parts.fillna(last) @ shares,
    )
    steps = pd.Series(edition.steps).reindex(shares.index, fill_value=0.0)
    room = (float((steps * shares.abs()).sum()) + edition.steps[metric]) / 2
    is_exact, found = high - low < _EXACT, f"(to {room:.2g})."
    off = whole.index[(whole < low - room - _EXACT) | (whole > high + room + _EXACT)]
    off, remedy = edition.units.index.intersection(off, sort=False), "Correct the cell."
    if len(off) > len(whole) / 2:
        # One cause, which need not be told for every row.
        found += f" {len(off) - 1} more rows differ."
        off, remedy = off[:1], _suggest_weights(edition, whole, parts)
    rows, findings = edition.units["row"], []
    for code in off:
        expected = f"{low[code]:.6f}" + ("" if is_exact[code] else f" to {high[code]:.6f}")
        problem = f"expected {expected}, which its components make up, found {whole[code]:.6g} "
        findings.append((int(rows[code]), metric, problem + found, remedy))
    edition.refuse(findings)
    exact = int(is_exact.sum())
    left = int(whole.count()) - exact
    more = f", and leave room for {left} of which others are not given" if left else ""
    return f"the components make up the {measure} score of {exact}, to {room:.2g}{more}"


def _suggest_weights(edition: Edition, whole: pd.Series, parts: pd.DataFrame) -> str:
    """Say what weights would fit where components do not make up most scores."""
    known = parts.assign(whole=whole).dropna()
    shares, _, rank, _ = np.linalg.lstsq(
        known[parts.columns].to_numpy(), known["whole"].to_numpy(), rcond=None
    )
    if rank < parts.shape[1] or not np.isclose(shares.sum(), 1, atol=0.02) or (shares < 0).any():
        return "Correct the columns, or the weights of the edition."
    fits = zip(parts.columns.str.removeprefix("score_"), shares, strict=True)
    listed = ", ".join(f"{name} {1000 * share:.0f}" for name, share in fits)
    year = edition.mapping.year
    return f"The weights are not those of edition {year}. What would fit, of 1000: {listed}."


def _hold_ranks(edition: Edition, metric: str, config: IndexConfig) -> str:
    """Refuse ranks that are not those of the scores; tell what holds.

    Of two units with one score as published, the publisher may know digits that it does not print:
    they may share the rank, or take one after the other. Ranks alone must still be such that ties
    share the best.
    """
    measure = metric.removeprefix("rank_")
    scores = edition.numbers.get(f"score_{measure}")
    has_scores = scores is not None and scores.notna().any()
    known = edition.numbers[[metric]].assign(score=scores if has_scores else 0.0).dropna()
    ranks, oriented = known[metric], config.orient(known["score"]).round(RANK_DECIMALS)
    best = place_ranks(oriented, ranks)
    worst = best + (len(edition.numbers) - len(known))
    rows, findings = edition.units["row"], []
    for code in known.index[(ranks < best) | (ranks > worst)]:
        expected = f"{best[code]:.0f}"
        expected += f" to {worst[code]:.0f}" if worst[code] > best[code] else ""
        why = f"the score is {known['score'][code]:.6g}"
        why = why if has_scores else "ties share the best rank"
        problem = f"expected rank {expected}, as {why}, found {ranks[code]:.0f}."
        findings.append((int(rows[code]), metric, problem, "Correct one of the two."))
    edition.refuse(findings)
    ties = int(ranks.duplicated(keep=False).sum())
    return f"the ranks follow: {measure}{f' ({ties} share a rank)' if ties else ''}"
