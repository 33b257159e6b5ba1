"""Ranks to reach: official ones, those asked for, and those of reference."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from dti_analysis.errors import DataError

PROBABILITIES = (0.5, 0.8)
"""Chances for which to say what a target takes: an even one, and a good one."""

COLUMNS = ("code", "rank", "year", "stated_on", "source", "note")
"""Columns of the official targets of a panel."""

_DATE = r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"


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


def is_known(stated_on: str, origin: int, next_day: str = "") -> bool:
    """Say whether a target was known at an origin: stated before the next edition came out.

    Where one of the two days is not known, it was if it was stated in a year up to ``origin + 1``:
    no edition comes out before its own year is over, so nothing is known too early, however far
    apart the editions are. A target of which nobody says when it was stated always was.

    Examples
    --------
    >>> is_known("2022-10-10", 2021), is_known("2023-12", 2021)
    (True, False)
    >>> is_known("2023-06-30", 2021, "2023-07-12"), is_known("2023-07-12", 2021, "2023-07-12")
    (True, False)
    """
    if len(stated_on) == len(next_day) == len("2022-10-10"):
        return stated_on < next_day
    return not stated_on or int(stated_on[:4]) <= origin + 1


def list_targets(targets: pd.DataFrame, code: str) -> list[Target]:
    """List the official targets of the unit `code` in `targets`, which has the columns `COLUMNS`.

    They come by year, those stated last first.
    """
    own = targets[targets["code"] == code]
    own = own.sort_values("stated_on", ascending=False, kind="stable")
    own = own.sort_values("year", kind="stable")
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


def doubt_target(
    rank: int, year: int, stated_on: str, count: int, editions: Sequence[int], ahead: int
) -> tuple[str, str, str] | None:
    """Doubt an official target that cannot be: give its field, what was expected, and the remedy.

    `count` units are ranked; of the `editions` there are, the next come every `ahead` years.

    Examples
    --------
    >>> doubt_target(3, 2026, "", 7, [2021, 2023], 2)
    ('year', 'an edition, such as 2025 or 2027', 'Correct the year.')
    """
    if not 1 <= rank <= count:
        return "rank", f"a rank from 1 to {count}", "Correct the rank."
    last = editions[-1]
    steps = max(year - last, 0) // ahead
    there = [*editions[1:], *(last + ahead * more for more in (steps, steps + 1) if more)]
    if year not in there:
        before, after = (
            [near for near in there if (near > year) is late] for late in (False, True)
        )
        near = map(str, before[-1:] + after[:1])
        return "year", f"an edition, such as {' or '.join(near)}", "Correct the year."
    if stated_on and not is_date(stated_on):
        return "stated_on", "a date, such as 2022, 2022-10 or 2022-10-10", "Correct the date."
    if stated_on[:4] > str(year):
        expected = f"a date up to {year}, the year to reach it in"
        return "stated_on", expected, "Correct the date, or leave the target out."
    return None


def is_date(text: str) -> bool:
    """Say whether a text is a year, a month or a day that there is: ``2022``, ``2022-10-10``.

    Examples
    --------
    >>> is_date("2022-10"), is_date("2022-02-30"), is_date("10/2022")
    (True, False, False)
    """
    if not re.fullmatch(_DATE, text):
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:  # such as 30 February
        return False
    return True


def check_target(target: Target, count: int, years: Sequence[int]) -> None:
    """Refuse a target that is not among the `count` ranks, or the `years` that are forecast."""
    check_place("target rank", target.target_rank, count)
    check_year(target.target_year, years, "target year")


def check_place(name: str, place: int, count: int) -> None:
    """Refuse a rank, or a number of best places, beyond the `count` there are."""
    if not 1 <= place <= count:
        raise DataError(f"{name} {place} does not exist: expected 1 to {count}.")


def check_year(year: int, years: Sequence[int], name: str = "year") -> None:
    """Refuse a year that is not one of the `years` that are forecast."""
    if year not in years:
        raise DataError(
            f"{name} {year} is not forecast: expected one of {', '.join(map(str, years))}. "
            "A longer horizon reaches further."
        )
