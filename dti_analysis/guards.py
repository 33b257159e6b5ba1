"""What must hold of every stage's output, by name: a number that cannot be ends all, unwritten.

No input should ever lead here: what is wrong with tables is found before, row by row. These are
the last look at what the program itself has made of them, cheap enough to be had every time.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dti_analysis.errors import GuardError
from dti_analysis.models.positions import FloatArray, Positions, is_placed_by_scores
from dti_analysis.panel import KEY, OVERALL, Panel

_TOLERANCE = 1e-9

_MANY = 100
"""Futures of which some differ, where shocks are drawn from those that were seen."""


def guard(stage: str, what: str, is_met: object, found: str = "") -> None:
    """Stop by a GuardError, that tells what was found, unless something holds of a stage."""
    if not is_met:
        raise GuardError(
            f"{stage}: this must hold and does not: {what}{f' (found {found})' if found else ''}. "
            "Nothing is made of such numbers. If the tables are right, the program is at fault: "
            "tell those who keep it."
        )


def guard_panel(panel: Panel, where: str) -> None:
    """Guard a panel: keys, units, statuses, ranks and scores."""
    stage, values = f"panel {where}", panel.values
    twice = values[values.duplicated(KEY)]
    guard(stage, "keys are unique", twice.empty, _name_first(twice, KEY))
    guard(stage, "codes are unique", panel.units.index.is_unique)
    unknown = values[~values["code"].isin(panel.units.index)]
    guard(stage, "every value has a unit", unknown.empty, _name_first(unknown, KEY))
    for name in ("score", "rank"):
        odd = values[values[name].notna() != values[f"{name}_status"].notna()]
        guard(stage, f"every {name} says where it is from", odd.empty, _name_first(odd, KEY))
    overall = values[values["measure"] == OVERALL]
    most = values["year"].map(overall["year"].value_counts())
    is_beyond = (values["rank"] > most) & (not panel.config.is_subset)
    odd = values[(values["rank"] < 1) | is_beyond]
    guard(stage, "ranks are those of the roster", odd.empty, _name_first(odd, [*KEY, "rank"]))
    if panel.config.max_score is not None:
        scores = values["score"].dropna()
        is_on = scores.between(-_TOLERANCE, panel.config.max_score + _TOLERANCE)
        odd = values.loc[scores.index[~is_on]]
        guard(stage, "scores are on the scale", odd.empty, _name_first(odd, [*KEY, "score"]))


def list_lost(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """List of what fewer values are known than before: how many of how many, for what."""
    return [
        f"{after.get(name, 0)} of {count} for {name}"
        for name, count in before.items()
        if after.get(name, 0) < count
    ]


def guard_positions(positions: Positions, known: pd.DataFrame, roster: tuple[str, ...]) -> None:
    """Guard what `standardise` made for a model, of what is known of the units of the origin."""
    stage, mean = "positions", positions.mean
    is_placed = np.isfinite(mean)
    guard(stage, "no unit is dropped", set(positions.units) == set(roster))
    spread, variance = positions.spread[np.isfinite(positions.spread)], positions.variance
    guard(stage, "no spread is zero", (spread != 0).all())
    guard(stage, "no variance is below zero", (variance[is_placed] >= 0).all())
    place = {code: row for row, code in enumerate(positions.units)}
    rows = known["unit"].map(place).to_numpy()
    scores, ranks = (known[name].to_numpy(dtype=float) for name in ("score", "rank"))
    years = known["year"].to_numpy()
    for step, year in enumerate(positions.editions):
        of = years == year
        scored, ranked = (np.isfinite(part[of]) for part in (scores, ranks))
        has_scores = is_placed_by_scores(int(scored.sum()), int(of.sum()))
        is_kept = is_placed[rows[of][scored if has_scores else ranked], step]
        guard(stage, f"no value of {year} is dropped", is_kept.all())
        if has_scores:
            level, width = positions.level[step], positions.spread[step]
            own = scores[of][scored]
            gap = np.abs(level + width * mean[rows[of][scored], step] - own)
            is_met = (gap <= _TOLERANCE * max(np.abs(own).max(), abs(level))).all()
            guard(stage, f"positions of {year} give its scores back", is_met)


def guard_shares(share: FloatArray, codes: tuple[str, ...], known: pd.Index) -> None:
    """Guard what former units contribute to new ones, shape (former, new)."""
    stage = "merged draws"
    lost = [code for code in codes if code not in known]
    guard(stage, "every unit is one of the roster", not lost, ", ".join(lost[:3]))
    guard(stage, "no former unit is dropped", ((share != 0).sum(axis=1) == 1).all())
    is_whole = (share >= 0).all() and np.allclose(share.sum(axis=0), 1, rtol=0, atol=_TOLERANCE)
    guard(stage, "shares sum to one", is_whole)


def guard_draws(
    years: tuple[int, ...], origin: int, levels: FloatArray, ceiling: float | None
) -> None:
    """Guard the editions ahead, and the scores drawn of the position 0."""
    stage = "draws"
    is_later = (np.diff([origin, *years]) > 0).all()
    guard(stage, "every edition ahead is a later one", is_later, ", ".join(map(str, years)))
    is_known = np.isfinite(levels)
    is_met = is_known.all() or not is_known.any()
    guard(stage, "levels are known of all futures or of none", is_met)
    if ceiling is not None and is_known.all():
        is_on = (levels >= 0).all() and (levels <= ceiling).all()
        guard(stage, "levels are on the scale", is_on)


def guard_spread(futures: FloatArray, positions: Positions) -> None:
    """Guard that futures, shape (draws, horizon, units), differ wherever anything ever moved."""
    moves = np.abs(positions.mean - positions.mean[:, -1:])
    has_moved = (moves > _TOLERANCE).any() and len(futures) >= _MANY
    is_met = not has_moved or (futures != futures[0]).any(axis=(0, 2)).all()
    guard("draws", "the spread of futures is not zero", is_met)


def guard_counts(counts: NDArray[np.unsignedinteger], draws: int) -> None:
    """Guard how many of the draws give each rank, shape (horizon, units, ranks)."""
    stage = "draws"
    of_units = counts.sum(axis=2)
    guard(stage, "probabilities sum to one", (of_units == draws).all(), str(of_units.min() / draws))
    taken = counts.sum(axis=1).cumsum(axis=1)
    least = draws * np.arange(1, counts.shape[2] + 1)
    guard(stage, "no place is left empty", (taken >= least).all())


def guard_probabilities(chances: FloatArray) -> None:
    """Guard the probabilities of the ranks of a unit, shape (horizon, ranks)."""
    is_whole = np.allclose(chances.sum(axis=1), 1, rtol=0, atol=_TOLERANCE)
    guard("answer", "probabilities sum to one", is_whole and (chances >= 0).all())


def guard_chance(in_year: float, by_year: float, reached: float) -> None:
    """Guard the chance of a target in its year and by it, and the share that has the score for it.

    The three are found on ways of their own: from ranks, from the best of them, and from scores.
    """
    stage = "answer"
    found = f"{in_year} and {by_year}"
    guard(stage, "a chance is from 0 to 1", 0 <= in_year <= 1 and 0 <= by_year <= 1, found)
    guard(stage, "by a year is no less likely than in it", in_year <= by_year, found)
    is_met = abs(in_year - reached) <= _TOLERANCE
    guard(stage, "who has the score has the rank", is_met, f"{in_year} and {reached}")


def _name_first(rows: pd.DataFrame, columns: list[str]) -> str:
    return ", ".join(map(str, rows[columns].iloc[0])) if len(rows) else ""
