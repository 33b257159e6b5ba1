"""Ranks to reach: official ones, given ones, and what the draws say of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dti_analysis.display import Shown
from dti_analysis.errors import DataError
from dti_analysis.models.levels import LEVELS

PROBABILITIES = (0.5, 0.8)
"""Chances for which to say what a target takes: an even one, and a good one."""


@dataclass(frozen=True)
class Target:
    """A rank to reach.

    Parameters
    ----------
    target_rank, target_year : int
        The rank, and the edition in which to have it.
    kind : str
        ``official`` (from targets.csv), ``given`` (by the user) or ``reference`` (the next round
        number above the present rank, where no official target is known).
    stated_on, source, note : str
        When and where it was stated; empty unless official.
    """

    target_rank: int
    target_year: int
    kind: str = "given"
    stated_on: str = ""
    source: str = ""
    note: str = ""

    @property
    def goal(self) -> tuple[int, int]:
        """Rank and year, whoever set them."""
        return self.target_rank, self.target_year


@dataclass(frozen=True)
class Need:
    """What gives a target a chance.

    Parameters
    ----------
    probability : float
        The chance, in (0, 1).
    score : dict of str to float
        Score that reaches the target with that chance, in index units, under the low, central and
        high level of the edition.
    lift : float
        What must be added to the province's own future score, in index units; negative where the
        chance is greater already.
    """

    probability: float
    score: dict[str, float]
    lift: float


@dataclass(frozen=True, repr=False)
class TargetChance(Shown):
    """What the draws say about a target.

    Parameters
    ----------
    target : Target
        The target.
    probability_in_year, probability_by_year : float
        Chance of the target rank or better in the target year, and in any edition after the
        origin up to it.
    needs : tuple of Need
        Score and lift needed for each chance asked about; empty for an index known by its ranks
        alone.
    observed_rank : int or None
        Rank published for the target year, where already known.
    """

    target: Target
    probability_in_year: float
    probability_by_year: float
    needs: tuple[Need, ...]
    observed_rank: int | None

    @property
    def score_needed(self) -> dict[float, float]:
        """Score needed under the central level, by probability."""
        return {need.probability: need.score["central"] for need in self.needs}

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON, what is not known as None."""
        return {
            "target_rank": self.target.target_rank,
            "target_year": self.target.target_year,
            "probability_in_year": self.probability_in_year,
            "probability_by_year": self.probability_by_year,
            "score_needed_p50": self.score_needed.get(0.5),
            "score_needed_p80": self.score_needed.get(0.8),
            "needs": [
                {
                    "probability": need.probability,
                    "score": need.score,
                    "lift": need.lift if math.isfinite(need.lift) else None,
                }
                for need in self.needs
            ],
            "observed_rank": self.observed_rank,
        }

    def to_frame(self) -> pd.DataFrame:
        """Give what the target takes as a table.

        Returns
        -------
        DataFrame
            One row for each chance wanted: probability, low, central, high (score needed under
            that level), lift; in index units.
        """
        rows = [[need.probability, *need.score.values(), need.lift] for need in self.needs]
        return pd.DataFrame(rows, columns=["probability", *LEVELS, "lift"])


def list_targets(
    targets: pd.DataFrame, basis: int, code: str, after: int | None = None
) -> list[Target]:
    """List the official targets of a province.

    Parameters
    ----------
    targets : DataFrame
        The raw table `targets`, all text.
    basis, code
        Province.
    after : int, optional
        Only targets for later years than this.

    Returns
    -------
    list of Target
        By year, then by the date they were stated.
    """
    own = targets[(targets["basis"] == str(basis)) & (targets["code"] == code)]
    found = [
        Target(
            int(row["target_rank"]),
            int(row["target_year"]),
            "official",
            row["stated_on"],
            row["source"],
            row["note"],
        )
        for row in own.to_dict("records")
    ]
    later = [target for target in found if after is None or target.target_year > after]
    return sorted(later, key=lambda target: (target.target_year, target.stated_on))


def combine_targets(
    official: Sequence[Target], given: Target | None, all_targets: bool
) -> list[Target]:
    """Put a given target before the official ones, or in their place.

    Parameters
    ----------
    official : sequence of Target
        Official targets; one with the goal of the given one stands for it.
    given : Target or None
        Target asked for; if None, all official ones are.
    all_targets : bool
        Whether the other official ones follow the given one.
    """
    if given is None:
        return list(official)
    same = [target for target in official if target.goal == given.goal] or [given]
    others = [target for target in official if target.goal != given.goal]
    return same + others if all_targets else same


def require_rank(target_rank: int | None, target_year: int | None) -> None:
    """Refuse a year to reach that stands alone.

    Raises
    ------
    DataError
        If it has no rank.
    """
    if target_rank is None and target_year is not None:
        raise DataError("a target year needs a target rank: add --target-rank.")


def suggest_target(rank: int | None, count: int, year: int) -> Target:
    """Give a province without an official target the next round number above its rank.

    Examples
    --------
    >>> suggest_target(27, 63, 2025).target_rank, suggest_target(2, 63, 2025).target_rank
    (20, 1)
    """
    rounds = [1, 3, 5, *range(10, count, 10)]
    better = [number for number in rounds if rank is None or number < rank]
    return Target(better[-1] if better else 1, year, "reference")


def find_reach(targets: Iterable[Target], origin_year: int) -> int:
    """Tell how many editions ahead the last target is; 0 where there is none.

    Examples
    --------
    >>> find_reach([Target(20, 2022), Target(10, 2025)], origin_year=2021)
    4
    """
    return max((target.target_year - origin_year for target in targets), default=0)


def check_probability(probability: float) -> None:
    """Refuse a chance for which nothing can be said to be needed.

    Raises
    ------
    DataError
        Unless it is in (0, 1).
    """
    if not 0 < probability < 1:
        raise DataError(
            f"probability {probability} is out of range: expected a number between 0 and 1, such "
            "as 0.8."
        )


def check_target(target: Target, count: int, first_year: int, last_year: int) -> None:
    """Refuse a target that cannot be assessed.

    Parameters
    ----------
    target : Target
        The target.
    count : int
        Number of provinces ranked.
    first_year, last_year : int
        Editions that are or can be forecast.

    Raises
    ------
    DataError
        If its rank or its year is out of range.
    """
    if not 1 <= target.target_rank <= count:
        raise DataError(f"target rank {target.target_rank} does not exist: expected 1 to {count}.")
    if not first_year <= target.target_year <= last_year:
        raise DataError(
            f"target year {target.target_year} is out of range: expected {first_year} to "
            f"{last_year}, the editions after the origin."
        )
