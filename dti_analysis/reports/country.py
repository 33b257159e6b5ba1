"""What the overview says of all provinces at once."""

import pandas as pd

from dti_analysis.forecasting.draws import Forecast
from dti_analysis.forecasting.comparison import Movers
from dti_analysis.language import _, format_number, join_names
from dti_analysis.wording import frequency
from dti_analysis.reports.prospects import name_places


def tell_no_paths() -> str:
    """Say why there is no picture of paths."""
    return _(
        "Fewer than two editions have every rank published: there are no paths to compare yet."
    )


def tell_country(forecast: Forecast, provinces: pd.DataFrame) -> str:
    """Open the overview: the leaders, the likeliest next first, the widest open place.

    Parameters
    ----------
    forecast : Forecast
        The forecast.
    provinces : DataFrame
        From `dti_analysis.forecasting.overview.summarise_country`.
    """
    year = forecast.origin_year
    best = provinces[provinces["rank"] <= 3]
    leaders = (
        _("{provinces} led the {year} edition.")
        if len(best)
        else _("No rank among the first three is published for {year}.")
    ).format(provinces=join_names(list(best["province"])), year=year)
    favourite = forecast.rank_probabilities[0, :, 0].argmax()
    first = provinces[provinces["code"] == forecast.codes[favourite]].iloc[0]
    likeliest = _("The likeliest first place in {year} is **{province}** ({frequency}).").format(
        year=year + 1,
        province=first["province"],
        frequency=frequency(float(forecast.rank_probabilities[0, favourite, 0])),
    )
    span = (provinces["worst80"] - provinces["best80"] + 1).median()
    spread = _(
        "For half of the provinces the range that holds the next rank with 8 chances in 10 spans "
        "{places} places or more: a rank says less about the next one than its decimals suggest."
    ).format(places=format_number(span))
    title = _("The {basis} provinces, as of {year}").format(basis=forecast.basis, year=year)
    return f"# {title}\n\n{leaders} {likeliest} {spread}"


def tell_movers(movers: Movers) -> str:
    """Say who is the likeliest to enter and to leave the best places, and how many may change."""
    goal, origin = name_places(movers.top), movers.forecast.origin_year
    if not movers.is_settled:
        likeliest = movers.table.sort_values("probability", ascending=False).iloc[0]
        return _(
            "Too few ranks up to {origin} are published to tell who is in {places}. The likeliest "
            "to be there in {year} is **{province}** ({frequency})."
        ).format(
            origin=origin,
            places=goal,
            year=movers.year,
            province=likeliest["province"],
            frequency=frequency(likeliest["probability"]),
        )
    leaving, entering = movers.list_leaving(), movers.list_entering()
    text = (
        _(
            "The likeliest to leave {places} by {year} is **{leaving}** ({leaves}), the likeliest "
            "to enter it **{entering}** ({enters})."
        )
        if len(entering)
        else _("The likeliest to leave {places} by {year} is **{leaving}** ({leaves}).")
    ).format(
        places=goal,
        year=movers.year,
        leaving=leaving.iloc[0]["province"],
        leaves=frequency(1 - leaving.iloc[0]["probability"]),
        **(
            {
                "entering": entering.iloc[0]["province"],
                "enters": frequency(entering.iloc[0]["probability"]),
            }
            if len(entering)
            else {}
        ),
    )
    changed = _("On average {changed} of the {inside} inside in {year} will be out.").format(
        changed=format_number((1 - leaving["probability"]).sum(), 1),
        inside=len(leaving),
        year=origin,
    )
    return f"{text} {changed}"
