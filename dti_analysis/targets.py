"""Ranks to reach: official ones, those asked for, and those of reference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dti_analysis.errors import DataError

PROBABILITIES = (0.5, 0.8)
"""Chances for which to say what a target takes: an even one, and a good one."""

COLUMNS = ("code", "rank", "year", "stated_on", "source", "note")
"""Columns of the official targets of a panel."""


@dataclass(frozen=True)
class Target:
    """A rank to reach.

    Parameters
    ----------
    target_rank, target_year : int
        The rank, and the edition in which to have it.
    kind : str
        ``official`` (stated by those who are to reach it), ``asked`` (by the user) or ``reference``
        (the next round number above the present rank, where no official target is known).
    stated_on, source, note : str
        When and where it was stated; empty unless official.
    """

    target_rank: int
    target_year: int
    kind: str = "asked"
    stated_on: str = ""
    source: str = ""
    note: str = ""

    @property
    def goal(self) -> tuple[int, int]:
        """Rank and year, whoever set them."""
        return self.target_rank, self.target_year


def list_targets(targets: pd.DataFrame, code: str, after: int) -> list[Target]:
    """List the official targets of the unit `code` for later years than `after`.

    `targets` has the columns `COLUMNS`. They are listed by year, then by the date they were stated.
    """
    own = targets[(targets["code"] == code) & (targets["year"] > after)]
    own = own.sort_values(["year", "stated_on"], kind="stable")
    return [
        Target(int(rank), int(year), "official", *map(str, told))
        for rank, year, *told in own[list(COLUMNS[1:])].itertuples(index=False)
    ]


def combine_targets(
    official: Sequence[Target], asked: Target | None, all_targets: bool
) -> list[Target]:
    """Put a target asked for in the place of the official ones, or before them if `all_targets`.

    An official one with the goal of the one asked for stands for it; without one, all official
    ones do.
    """
    if asked is None:
        return list(official)
    same = [target for target in official if target.goal == asked.goal] or [asked]
    others = [target for target in official if target.goal != asked.goal]
    return same + others if all_targets else same


def suggest_target(rank: float | None, count: int, year: int) -> Target:
    """Give a unit without an official target the next round number above its rank, if known.

    `count` units are ranked, and `year` is the edition to have it in.

    Examples
    --------
    >>> suggest_target(27, 63, 2025).target_rank, suggest_target(2, 63, 2025).target_rank
    (20, 1)
    """
    rounds = [1, 3, 5, *range(10, count, 10)]
    is_known = rank is not None and not math.isnan(rank)
    better = [number for number in rounds if not is_known or number < rank]
    return Target(better[-1] if better else 1, year, "reference")


def require_rank(target_rank: int | None, target_year: int | None) -> None:
    """Refuse a year to reach that stands alone."""
    if target_rank is None and target_year is not None:
        raise DataError("a target year needs a target rank: add --target-rank.")


def check_probability(probability: float) -> None:
    """Refuse a chance, unless in (0, 1), for which nothing can be said to be needed."""
    if not 0 < probability < 1:
        expected = "expected a number between 0 and 1, such as 0.8"
        raise DataError(f"probability {probability} is out of range: {expected}.")


def check_target(target: Target, count: int, years: Sequence[int]) -> None:
    """Refuse a target that is not among the `count` ranks, or the `years` that are forecast."""
    if not 1 <= target.target_rank <= count:
        raise DataError(f"target rank {target.target_rank} does not exist: expected 1 to {count}.")
    if target.target_year not in years:
        raise DataError(
            f"target year {target.target_year} is not forecast: expected one of "
            f"{', '.join(map(str, years))}. A longer horizon reaches further."
        )
