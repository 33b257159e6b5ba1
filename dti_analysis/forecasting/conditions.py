"""What if: the joint draws in which something comes true of a unit, to be asked of others."""

import math
import re
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dti_analysis.errors import DataError
from dti_analysis.forecasting.draws import Draws
from dti_analysis.language import _, write_number
from dti_analysis.names import quote
from dti_analysis.panel import Unit
from dti_analysis.targets import check_place

LEAST_DRAWS = 200
"""Draws that must be left: of fewer, a chance is known to no better than 7 %."""

_NEAR = 0.1
"""How near a score has to come to one that is given, in spreads: no draw has it to the digit."""

_WRITTEN = re.compile(
    r"(?P<unit>.+):\s*(?P<measure>rank|score)\s*(?P<sign><=|>=|≤|≥|==?)\s*(?P<value>-?[0-9.]{1,100})"
    r"(?:\s+in\s+(?P<year>[0-9]{1,9}))?\s*",
    re.DOTALL,
)
_SIGNS = {"≤": "<=", "≥": ">=", "==": "="}


@dataclass(frozen=True)
class Condition:
    """Something that is taken for given of a unit.

    Parameters
    ----------
    unit : str
        Its name, any spelling, or its code.
    measure : {"rank", "score"}
        What is given; a score in index units.
    sign : {"<=", ">=", "="}
        Whether it is at most, at least, or just that; of a score, within a tenth of a spread.
    value : float
        The rank or score.
    year : int or None
        The edition; the next if None.
    """

    unit: str
    measure: Literal["rank", "score"]
    sign: str
    value: float
    year: int | None = None


def read_condition(text: str) -> Condition:
    """Read a condition as it is written, ``Hazel: rank <= 5`` or ``Elm: score >= 0.8 in 2026``.

    Examples
    --------
    >>> read_condition("Hazel: rank <= 5")
    Condition(unit='Hazel', measure='rank', sign='<=', value=5.0, year=None)
    """
    found = _WRITTEN.fullmatch(text)
    value = _read_number(found["value"]) if found else None
    if found is None or value is None:
        raise DataError(
            f"condition {quote(text)} cannot be read: expected a unit, rank or score, <=, >= or "
            'one =, and a number, as in "Hazel: rank <= 5" or "Hazel: score >= 0.8 in 2026".'
        )
    sign, year = found["sign"], found["year"]
    measure: Any = found["measure"]
    return Condition(
        found["unit"].strip(), measure, _SIGNS.get(sign, sign), value, int(year) if year else None
    )


def _read_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def list_conditions(
    unit: str, rank: int | str | None, score: float | str | None, year: int | None
) -> list[Condition]:
    """List what is given of a unit: values, or written as ``"<= 5"``."""
    given = {"rank": rank, "score": score}
    told = {name: value for name, value in given.items() if value is not None}
    if not told:
        raise DataError(f"nothing is given of {unit}: name a rank or a score.")
    return [
        replace(
            read_condition(f"u: {name} {value if isinstance(value, str) else f'= {value}'}"),
            unit=unit,
            year=year,
        )
        for name, value in told.items()
    ]


def keep_draws(draws: Draws, conditions: list[Condition]) -> Draws:
    """Keep the joint draws in which conditions hold; refuse fewer than `LEAST_DRAWS`."""
    told, is_kept = [*draws.given], np.ones(len(draws), dtype=bool)
    for condition in conditions:
        unit = draws.unit(condition.unit)
        year = draws.years[0] if condition.year is None else condition.year
        is_kept &= _holds(draws, condition, unit, draws.step_of(year))
        told.append(asdict(condition) | {"unit": unit.name, "code": unit.code, "year": year})
    left = int(is_kept.sum())
    if left < LEAST_DRAWS:
        raise DataError(
            f"{'; '.join(map(describe_condition, told))}: so it is in {left:,} of {len(draws):,} "
            f"draws, expected at least {LEAST_DRAWS}. Ask for more draws, or for less."
        )
    return draws.keep(is_kept, tuple(told))


def _holds(draws: Draws, condition: Condition, unit: Unit, step: int) -> NDArray[np.bool_]:
    """Say in which draws a condition holds, shape (draws,)."""
    value, drawn = condition.value, draws.ranks_of(unit.code)[:, step].astype(float)
    near = 0.0
    if condition.measure == "rank":
        if not value.is_integer():
            raise DataError(f"rank {write_number(value)} is not a whole number.")
        check_place("rank", int(value), draws.count)
    else:
        drawn = draws.to_scores(draws.positions_of(unit.code)[:, step, 0], step)
        near = _NEAR * abs(draws.spread)
        most = draws.panel.config.max_score
        if not math.isfinite(near):
            raise DataError(f"no score of {draws.panel.config.name} is known: give a rank instead.")
        if most is not None and not 0 <= value <= most:
            end = write_number(most)
            raise DataError(f"score {write_number(value)} is out of range: expected 0 to {end}.")
    if condition.sign == "=":
        return np.asarray(np.abs(drawn - value) <= near)
    return np.asarray(drawn <= value if condition.sign == "<=" else drawn >= value)


def describe_condition(given: dict[str, Any]) -> str:
    """Tell what is given, as it is written."""
    measure = _("rank") if given["measure"] == "rank" else _("score")
    sign = given["sign"].replace("<=", "≤").replace(">=", "≥")
    return _("{unit}: {measure} {sign} {value} in {year}").format(
        **given | {"measure": measure, "sign": sign, "value": write_number(given["value"])}
    )
