"""What the overview says of all provinces at once."""

import pandas as pd

from dti_analysis.forecast import Forecast
from dti_analysis.narrative import frequency, join_names
from dti_analysis.prospects import name_places
from dti_analysis.rivals import Movers

NO_PATHS = "Fewer than two editions have every rank published: there are no paths to compare yet."


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
    goal, origin = name_places(movers.top), movers.forecast.origin_year
    if not movers.is_settled:
        likeliest = movers.table.sort_values("probability", ascending=False).iloc[0]
        return (
            f"Too few ranks up to {origin} are published to tell who is in {goal}. The likeliest "
            f"to be there in {movers.year} is **{likeliest['province']}** "
            f"({frequency(likeliest['probability'])})."
        )
    leaving, entering = movers.list_leaving(), movers.list_entering()
    changed = (1 - leaving["probability"]).sum()
    text = (
        f"The likeliest to leave {goal} by {movers.year} is **{leaving.iloc[0]['province']}** "
        f"({frequency(1 - leaving.iloc[0]['probability'])})"
    )
    if len(entering):
        text += (
            f", the likeliest to enter it **{entering.iloc[0]['province']}** "
            f"({frequency(entering.iloc[0]['probability'])})"
        )
    return f"{text}. On average {changed:.1f} of the {len(leaving)} inside in {origin} will be out."
