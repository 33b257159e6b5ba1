"""Forecasts of any index: the units and editions of a panel file in place of the DTI's."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dti_analysis.cleaning.gazetteer import Province, fold_name
from dti_analysis.cleaning.tables import list_editions, select_origin
from dti_analysis.config import Goal, Project
from dti_analysis.errors import DataError, UnknownProvinceError
from dti_analysis.forecasting.answer import Answer, choose_probabilities
from dti_analysis.forecasting.comparison import TOP, Comparison, Movers, rank_at_origin
from dti_analysis.forecasting.draws import (
    DEFAULT_DRAWS,
    DEFAULT_HORIZON,
    DEFAULT_SEED,
    MAX_HORIZON,
    Forecast,
    draw_forecast,
)
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.targets import (
    Target,
    check_target,
    combine_targets,
    require_rank,
    suggest_target,
)


def forecast_panel(
    panel: pd.DataFrame,
    origin_year: int | None = None,
    horizon: int = DEFAULT_HORIZON,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
    ceiling: float | None = None,
) -> Forecast:
    """Forecast all units of a panel that have a value at the origin.

    Parameters
    ----------
    panel : DataFrame
        From `dti_analysis.cleaning.tables.read_panel`.
    origin_year : int, optional
        Last edition the forecast may know; the last there is by default.
    horizon : int
        Editions ahead, however many years these are apart.
    draws, seed, model
        See `dti_analysis.forecasting.draws.make_forecast`.
    ceiling : float, optional
        Greatest score there can be, the least being 0.

    Returns
    -------
    Forecast
        Ranks are among the units forecast. Editions that the panel has after the origin keep
        their years; further ones follow at the usual distance.
    """
    known = select_origin(panel, origin_year)
    origin = int(known["year"].max())
    has_value = panel["score"].notna() | panel["rank"].notna()
    rows = panel[has_value & panel["unit"].isin(known["unit"])].rename(columns={"unit": "code"})
    rows = rows.assign(province=rows["code"], region="", rank=_rank_editions(rows))
    years = _name_editions(list_editions(panel), origin, horizon)
    units = known["unit"].nunique()
    return draw_forecast(
        rows.sort_values(["code", "year"], ignore_index=True),
        known,
        units,
        origin,
        years,
        model,
        draws,
        seed,
        ceiling=ceiling,
    )


def forecast_unit(
    panel: pd.DataFrame | Project,
    unit: str,
    origin_year: int | None = None,
    horizon: int | None = None,
    target_rank: int | None = None,
    target_year: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
    probabilities: Sequence[float] = (),
    ceiling: float | None = None,
    all_targets: bool = False,
) -> Answer:
    """Forecast the rank of one unit of any index, and the chance of its targets, if there are any.

    Parameters
    ----------
    panel : DataFrame or Project
        From `read_panel`: columns unit, year, score and rank (missing where not known). Of a
        project its panel, with the end of its scale and its official targets.
    unit : str
        Name of the unit, marks and case aside.
    origin_year, horizon, target_rank, target_year, draws, seed, model, probabilities, all_targets
        See `forecast_province`.
    ceiling : float, optional
        Greatest score there can be, the least being 0; a project says so itself.

    Returns
    -------
    Answer

    Raises
    ------
    UnknownProvinceError
        If no unit with a value at the origin has this name.

    Examples
    --------
    >>> import pandas as pd
    >>> from dti_analysis import forecast_unit
    >>> scores = {"A": [5.0, 6.0, 6.5], "B": [4.0, 5.5, 6.6], "C": [1.0, 1.5, 1.0]}
    >>> wide = pd.DataFrame(scores, index=[2021, 2022, 2023]).rename_axis("year")
    >>> panel = wide.melt(ignore_index=False, var_name="unit", value_name="score").reset_index()
    >>> answer = forecast_unit(panel.assign(rank=float("nan")), "C", target_rank=2, draws=100)
    >>> answer.first_chance.target.target_year, answer.first_chance.probability_in_year < 0.5
    (2024, True)
    """
    wanted = choose_probabilities(probabilities)
    require_rank(target_rank, target_year)
    goals: Sequence[Goal] = ()
    if isinstance(panel, Project):
        ceiling, goals = panel.greatest, panel.goals
        panel = panel.panel
    listed = _reach(panel, origin_year, horizon, goals)
    forecast = forecast_panel(panel, origin_year, listed, draws, seed, model, ceiling)
    province = _take_unit(unit, forecast)
    official = [
        Target(goal.rank, goal.year, "official")
        for goal in goals
        if goal.unit == province.name and goal.year in forecast.years
    ]
    given = None
    if target_rank is not None:
        given = Target(target_rank, target_year or forecast.years[0])
    elif all_targets and not official:
        now = rank_at_origin(forecast, province.code)
        given = suggest_target(now, len(forecast.codes), forecast.years[0])
    chosen = combine_targets(official, given, all_targets)
    for target in chosen:
        if target.target_year not in forecast.years:
            years = ", ".join(map(str, forecast.years))
            raise DataError(
                f"target year {target.target_year} is not forecast: expected one of {years}. "
                "A longer --horizon reaches further."
            )
        check_target(target, len(forecast.codes), forecast.years[0], forecast.years[-1])
    return Answer(province, forecast, tuple(chosen), listed, wanted)


def _reach(
    panel: pd.DataFrame, origin_year: int | None, horizon: int | None, goals: Sequence[Goal]
) -> int:
    """Editions to forecast: as many as asked for, or else as the last official target needs."""
    if horizon is not None or not goals:
        return DEFAULT_HORIZON if horizon is None else horizon
    editions = list_editions(panel)
    origin = editions[-1] if origin_year is None else origin_year
    years = _name_editions(editions, origin, MAX_HORIZON)
    steps = [years.index(goal.year) + 1 for goal in goals if goal.year in years]
    return max([DEFAULT_HORIZON, *steps])


def compare_units(
    panel: pd.DataFrame,
    first: str,
    second: str,
    origin_year: int | None = None,
    horizon: int = DEFAULT_HORIZON,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
) -> Comparison:
    """Hold two units of a panel against each other.

    Parameters
    ----------
    panel, origin_year, horizon, draws, seed, model
        See `forecast_panel`.
    first, second : str
        Names of the units, marks and case aside.

    Raises
    ------
    DataError
        If no unit with a value at the origin has such a name, or both are the same.
    """
    forecast = forecast_panel(panel, origin_year, horizon, draws, seed, model)
    return Comparison(forecast, _take_unit(first, forecast), _take_unit(second, forecast))


def find_movers(
    panel: pd.DataFrame,
    top: int | None = None,
    year: int | None = None,
    origin_year: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
) -> Movers:
    """Find the units that may enter or leave the best places.

    Parameters
    ----------
    panel, origin_year, draws, seed, model
        See `forecast_panel`.
    top : int, optional
        Number of places; 10 by default, or half of the units where these are fewer than 20.
    year : int, optional
        Edition to look at; the next by default.

    Raises
    ------
    DataError
        If there are not so many places, or the year is none of the next editions.
    """
    known = select_origin(panel, origin_year)
    years = _name_editions(list_editions(panel), int(known["year"].max()), MAX_HORIZON)
    chosen = years[0] if year is None else year
    if chosen not in years:
        raise DataError(
            f"year {chosen} is not an edition ahead: expected one of "
            f"{', '.join(map(str, years[:DEFAULT_HORIZON]))}, …."
        )
    units = known["unit"].nunique()
    top = min(TOP, max(units // 2, 1)) if top is None else top
    check_target(Target(top, chosen), units, years[0], years[-1])
    forecast = forecast_panel(panel, origin_year, years.index(chosen) + 1, draws, seed, model)
    return Movers(forecast, top, chosen)


def find_unit(unit: str, units: Sequence[str], origin_year: int) -> str:
    """Find a unit by its name, marks and case aside.

    Parameters
    ----------
    unit : str
        The name.
    units : sequence of str
        Those with a value at the origin.
    origin_year : int
        The origin.

    Raises
    ------
    UnknownProvinceError
        If none of them, or more than one, has this name.
    """
    alike = [unit] if unit in units else []
    alike = alike or [name for name in units if fold_name(name) == fold_name(unit)]
    if len(alike) != 1:
        shown = ", ".join((alike or units)[:10])
        raise UnknownProvinceError(
            f'unit "{unit}" is not known by a value in {origin_year}. Units there: '
            f"{shown}{', …' if len(alike or units) > 10 else ''}."
        )
    return alike[0]


def _take_unit(unit: str, forecast: Forecast) -> Province:
    name = find_unit(unit, forecast.codes, forecast.origin_year)
    return Province(len(forecast.codes), name, name, "")


def _rank_editions(rows: pd.DataFrame) -> pd.Series:
    """Rank the units of each edition among themselves, by score or else by the rank they had."""
    by_year = rows.groupby("year")
    by_score = by_year["score"].rank(method="min", ascending=False)
    by_rank = by_year["rank"].rank(method="min")
    is_ranked = by_year["rank"].transform(lambda ranks: ranks.notna().all())
    return by_rank.where(is_ranked, by_score.fillna(by_rank)).astype("Int64")


def _name_editions(editions: list[int], origin: int, horizon: int) -> tuple[int, ...]:
    later = [year for year in editions if year > origin][:horizon]
    usual = int(np.median(np.diff(editions))) if len(editions) > 1 else 1
    last = later[-1] if later else origin
    further = [last + usual * step for step in range(1, horizon - len(later) + 1)]
    return (*later, *further)
