"""What the overview says of all provinces at once."""

import pandas as pd

from dti_analysis.forecast import Forecast
from dti_analysis.narrative import frequency, join_names, name_goal
from dti_analysis.rivals import Movers


def tell_country(forecast: Forecast, provinces: pd.DataFrame) -> str:
    """Open the overview: the leaders, the likeliest next first, the widest open place.

    Parameters
    ----------
    forecast : Forecast
        The forecast.
    provinces : DataFrame
        From `dti_analysis.country.summarise_country`.
    """
    year = forecast.origin_year
    best = provinces[provinces["rank"] <= 3]
    leaders = (
        f"{join_names(list(best['province']))} led the {year} edition."
        if len(best)
        else f"No rank among the first three is published for {year}."
    )
    favourite = forecast.rank_probabilities[0, :, 0].argmax()
    first = provinces[provinces["code"] == forecast.codes[favourite]].iloc[0]
    chance = float(forecast.rank_probabilities[0, favourite, 0])
    span = (provinces["worst80"] - provinces["best80"] + 1).median()
    return (
        f"# The {forecast.basis} provinces, as of {year}\n\n"
        f"{leaders} The likeliest first place in {year + 1} is "
        f"**{first['province']}** ({frequency(chance)}). For half of the provinces the range that "
        f"holds the next rank with 8 chances in 10 spans {span:.0f} places or more: a rank says "
        "less about the next one than its decimals suggest."
    )


def tell_movers(movers: Movers) -> str:
    """Say who is the likeliest to enter and to leave the best places, and how many may change."""
    top, forecast = name_goal(movers.top).lower(), movers.forecast
    leaving, entering = movers.list_leaving(), movers.list_entering()
    sentences = []
    if len(entering):
        first = entering.iloc[0]
        sentences.append(
            f"The likeliest newcomer to the {top} in {movers.year} is **{first['province']}** "
            f"({frequency(first['probability'])})"
        )
    if len(leaving):
        first = leaving.iloc[0]
        sentences.append(
            f"the likeliest to leave it is **{first['province']}** "
            f"({frequency(1 - first['probability'])})"
        )
    text = "; ".join(sentences) + "."
    if len(leaving) < movers.top:
        return (
            f"{text} Not all ranks up to {forecast.origin_year} are published: a province without "
            "one may have been inside before."
        )
    changed = (1 - leaving["probability"]).sum()
    return f"{text} On average {changed:.1f} of the {len(leaving)} now inside are out by then."
