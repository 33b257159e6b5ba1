"""All provinces of a basis at once: where each stands, may go, and its chance."""

import pandas as pd

from dti_analysis.cleaning.dti import choose_origin, latest_rank
from dti_analysis.cleaning.store import Data
from dti_analysis.forecasting.bottom_up import forecast_provinces
from dti_analysis.forecasting.draws import DEFAULT_DRAWS, DEFAULT_HORIZON, DEFAULT_SEED, Forecast
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.models.ranks import chance_in_year
from dti_analysis.targets import list_targets, suggest_target


def forecast_country(
    data: Data,
    basis: int,
    origin_year: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    model: str = DEFAULT_MODEL,
) -> Forecast:
    """Forecast a basis far enough for every official target.

    Parameters
    ----------
    data : Data
        From `dti_analysis.cleaning.store.load_data`.
    basis, origin_year, draws, seed, model
        See `dti_analysis.forecasting.draws.make_forecast`.
    """
    panel, targets = data.panel, data.raw["targets"]
    origin = choose_origin(panel, basis, origin_year)
    years = targets.loc[targets["basis"] == str(basis), "target_year"].astype(int)
    horizon = max([DEFAULT_HORIZON, *(year - origin for year in years)])
    return forecast_provinces(basis, origin, horizon, model, draws, seed, data=data)


def summarise_country(data: Data, forecast: Forecast) -> pd.DataFrame:
    """Summarise every province.

    Parameters
    ----------
    data : Data
        From `dti_analysis.cleaning.store.load_data`.
    forecast : Forecast
        From `forecast_country`.

    Returns
    -------
    DataFrame
        By rank at the origin: code, province, region, rank (Int64), median_rank, best80, worst80
        for the next edition, top10 (chance of the top 10 then), and target_rank, target_year,
        is_official, chance: the first official target after the origin, or a reference target.
    """
    origin, basis = forecast.origin_year, forecast.basis
    gazetteer, targets = data.raw.gazetteer, data.raw["targets"]
    rows = []
    for unit, code in enumerate(forecast.codes):
        province = gazetteer.provinces[basis, code]
        rank = latest_rank(forecast.panel, basis, code, origin)
        official = list_targets(targets, basis, code, after=origin)
        target = official[0] if official else suggest_target(rank, basis, origin + 1)
        chance = forecast.assess(code, target)
        following = forecast.summarise(code).iloc[0]
        rows.append(
            {
                "code": code,
                "province": province.name,
                "region": province.region,
                "rank": rank,
                "median_rank": int(following["median_rank"]),
                "best80": int(following["best80"]),
                "worst80": int(following["worst80"]),
                "top10": chance_in_year(forecast.ranks[:, :1, unit], min(10, basis)),
                "target_rank": target.target_rank,
                "target_year": target.target_year,
                "is_official": bool(official),
                "chance": chance.probability_in_year,
            }
        )
    table = pd.DataFrame(rows).astype({"rank": "Int64"})
    return table.sort_values(["rank", "code"], ignore_index=True)
