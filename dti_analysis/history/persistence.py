"""How much of a ranking lasts from one edition to another; regions, and measures that agree."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from dti_analysis.panel import Panel


def measure_persistence(panel: Panel, top: int = 10) -> pd.DataFrame:
    """Hold ranks against later ones; see `dti_analysis.index.Index.persistence`."""
    ranks, editions = panel.wide("rank"), panel.editions
    pairs = []
    for first, last in combinations(editions, 2):
        both = ranks[[first, last]].dropna()
        if len(both) < 2:
            continue
        is_complete = len(both) == len(ranks)
        best = both[first] <= top
        pairs.append(
            {
                "first": first,
                "last": last,
                "apart": editions.index(last) - editions.index(first),
                "units": len(both),
                "is_complete": is_complete,
                "correlation": both[first].corr(both[last], method="spearman"),
                "median_move": both[first].sub(both[last]).abs().median(),
                "kept": both.loc[best, last].le(top).mean() if is_complete else float("nan"),
            }
        )
    return pd.DataFrame(pairs)


def summarise_regions(panel: Panel) -> pd.DataFrame:
    """Summarise ranks by region; see `dti_analysis.index.Index.regions`."""
    if "region" not in panel.units:
        return pd.DataFrame()
    rows = panel.table
    complete = rows.groupby("year").filter(lambda edition: edition["rank"].notna().all())
    parts = []
    for year, edition in complete.groupby("year"):
        rank = edition["rank"].astype(float)
        by_region = rank.groupby(edition["region"])
        between = by_region.transform("mean").var(ddof=0)
        told = by_region.agg(units="size", median_rank="median", best="min", last="max")
        table = told.reset_index()
        table.insert(0, "year", year)
        by_chance = (len(table) - 1) / (len(edition) - 1)
        parts.append(table.assign(share=between / rank.var(ddof=0), share_by_chance=by_chance))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def correlate_measures(panel: Panel, year: int, measures: Sequence[str]) -> pd.DataFrame:
    """Correlate measures; see `dti_analysis.index.Index.correlations`."""
    edition = panel.values[panel.values["year"] == year]
    scores = edition.pivot(index="code", columns="measure", values="score")
    return scores.reindex(columns=list(measures)).astype(float).corr(method="spearman")
