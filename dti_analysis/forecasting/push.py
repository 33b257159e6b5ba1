"""One question answered: what a push on main indices would do for a province's target."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dti_analysis.cleaning.store import Data, load_data
from dti_analysis.config import Project
from dti_analysis.display import Shown
from dti_analysis.errors import DataError
from dti_analysis.forecasting.answer import Answer, forecast_province
from dti_analysis.forecasting.any_index import forecast_unit
from dti_analysis.forecasting.draws import DEFAULT_DRAWS, DEFAULT_SEED
from dti_analysis.forecasting.gains import list_pushes
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.targets import PROBABILITIES, TargetChance, check_probability


@dataclass(frozen=True, repr=False)
class Pushes(Shown):
    """A province, its target, and what pushes on main indices would do; see `push_province`.

    Parameters
    ----------
    answer : Answer
        The province; its first target is the one pushed for.
    pushes : DataFrame
        One row for each main index: index, start (its score at the origin), gain, weight (its
        share of the points), chance (with the gain), is_feasible (whether it stays within its
        scale), percentile (share of the gains seen from similar starts that were smaller), seen
        (how many these were); see `dti_analysis.forecasting.gains.Push`.
    probability : float or None
        Chance that the gains were chosen for; None where the gain was given.
    """

    answer: Answer
    pushes: pd.DataFrame
    probability: float | None

    @property
    def chance(self) -> TargetChance:
        """The target's chance without a push."""
        return self.answer.chances[0]

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON, what is not known as None."""
        target = self.chance.target
        pushes = self.pushes.astype({"percentile": object})
        return {
            "province": self.answer.province.name,
            "code": self.answer.province.code,
            **self.answer.forecast.describe(),
            "target_rank": target.target_rank,
            "target_year": target.target_year,
            "target_kind": target.kind,
            "probability_in_year": self.chance.probability_in_year,
            "probability_wanted": self.probability,
            "pushes": pushes.where(pushes.notna(), None).to_dict("records"),
        }


def push_province(
    province: str,
    index: str | None = None,
    gain: float | None = None,
    probability: float | None = None,
    basis: int = 63,
    origin_year: int | None = None,
    target_rank: int | None = None,
    target_year: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
    road: str | None = None,
    *,
    data: Data | None = None,
) -> Pushes:
    """Find what a push on a main index, or on each of them alone, would do.

    It is the arithmetic of the index, a scenario, not a causal claim.

    Parameters
    ----------
    province : str
        Any spelling.
    index : str, optional
        One of `schema.MAIN_INDICES`; all that are known by default.
    gain : float, optional
        Gain whose effect to find.
    probability : float, optional
        Chance whose gain to find, unless a gain is given: by default an even one or, where that is
        had already, 0.8.
    basis, origin_year, target_rank, target_year, draws, seed, model, road
        See `forecast_province`; without an official target, the next round number above the rank
        is the target.
    data : Data, optional
        From `load_data`; the project's own by default.

    Returns
    -------
    Pushes

    Raises
    ------
    DataError
        If gain and probability are both given, one of them is out of range, or the index is not
        known for the province at the origin.

    Examples
    --------
    >>> from dti_analysis import push_province
    >>> found = push_province("Hồ Chí Minh", basis=34, draws=200)
    >>> found.pushes[["index", "gain", "is_feasible"]].head(2).round(2)
                     index  gain  is_feasible
    0  government_activity  0.25         True
    1     economy_activity  0.33        False
    """
    _check(gain, probability, 1.0)
    data = load_data() if data is None else data
    found = forecast_province(
        province, basis, origin_year, None, target_rank, target_year, draws, seed, model,
        all_targets=True, road=road, data=data,
    )  # fmt: skip
    return _require_any(find_pushes(data, found, index, gain, probability))


def push_unit(
    own: Project,
    unit: str,
    index: str | None = None,
    gain: float | None = None,
    probability: float | None = None,
    **options: Any,
) -> Pushes:
    """Find what a push on a main index of another index, or on each of them alone, would do.

    Parameters
    ----------
    own : Project
        The index, its points known.
    unit : str
        Name of the unit, marks and case aside.
    index, gain, probability
        See `push_province`.
    **options
        See `dti_analysis.forecasting.any_index.forecast_unit`.

    Raises
    ------
    DataError
        As `push_province`; or if the main indices of the index are not known.
    """
    _check(gain, probability, own.greatest or float("inf"))
    if not own.points:
        raise DataError("no main index of this index is known: give their points in index.toml.")
    found = forecast_unit(own, unit, all_targets=True, **options)
    return _require_any(find_pushes(own, found, index, gain, probability))


def _check(gain: float | None, probability: float | None, greatest: float) -> None:
    if gain is not None and probability is not None:
        raise DataError("a push has a gain or a chance to reach: leave --gain or --chance out.")
    if gain is not None and not abs(gain) <= greatest:  # NaN is not either
        raise DataError(
            f"gain {gain} is out of range: expected -{greatest:g} to {greatest:g}, as indices are "
            f"in [0, {greatest:g}]."
        )
    if probability is not None:
        check_probability(probability)


def _require_any(asked: Pushes) -> Pushes:
    found = asked.answer
    if asked.pushes.empty:
        raise DataError(
            f"no main index of {found.province.name} in {found.forecast.origin_year} is known: a "
            "push needs a start. Choose another origin."
        )
    return asked


def find_pushes(
    data: Data | Project,
    found: Answer,
    index: str | None = None,
    gain: float | None = None,
    probability: float | None = None,
) -> Pushes:
    """Ask what pushes would do for the first target of an answer.

    Parameters
    ----------
    data : Data or Project
        From `dti_analysis.cleaning.store.load_data`; or another index.
    found : Answer
        With at least one target.
    index, gain, probability
        See `push_province`. By default the chance is an even one or, where that is had already,
        0.8.

    Returns
    -------
    Pushes
        Without any where no main index is known at the origin.
    """
    chance = found.chances[0]
    wanted = probability or choose_chance(found)
    pushes = list_pushes(
        data,
        found.forecast,
        found.province.code,
        chance.target,
        wanted,
        gain,
        None if index is None else [index],
    )
    return Pushes(found, pushes, wanted if gain is None else None)


def choose_chance(found: Answer) -> float:
    """Choose the chance to reach: an even one or, where that is had already, a good one."""
    had = found.chances[0].probability_in_year
    greater = [chance for chance in PROBABILITIES if chance > had]
    return (greater or PROBABILITIES[-1:])[0]
