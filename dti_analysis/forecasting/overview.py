"""All units at once: where each stands, may go, and its chance."""

import pandas as pd

from dti_analysis.forecasting.answer import choose_targets
from dti_analysis.forecasting.draws import Draws

_RANKS = ("median_rank", "best80", "worst80")


def summarise_units(draws: Draws, top: int = 10) -> pd.DataFrame:
    """Summarise every unit of a forecast, by rank at the origin, those without one last.

    The columns are code, unit, region (empty where not known), rank (at the origin, float),
    median_rank, best80, worst80 for the next edition, chance_top (of the best `top` then), and
    target_rank, target_year, is_official, chance: the first official target after the origin, or a
    reference target.
    """
    panel, year = draws.panel, draws.years[0]
    following = draws.summarise_all()
    following = following[following["year"] == year].set_index("code")
    ranks = panel.ranks_of(draws.origin_year)
    inside = draws.inside(min(top, draws.count), year)
    rows = []
    for place, code in enumerate(draws.codes):
        target = choose_targets(draws, code, all_targets=True)[0][0]
        step = draws.years.index(target.target_year)
        rows.append(
            {
                "code": code,
                "unit": panel.names[code],
                "region": panel.unit(code).region,
                "rank": ranks[code],
                **{name: int(following[name][code]) for name in _RANKS},
                "chance_top": inside[place],
                "target_rank": target.target_rank,
                "target_year": target.target_year,
                "is_official": target.kind == "official",
                "chance": draws.rank_counts[step, place, : target.target_rank].sum() / len(draws),
            }
        )
    return pd.DataFrame(rows).sort_values(["rank", "median_rank", "code"], ignore_index=True)
