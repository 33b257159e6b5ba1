"""How much of a ranking lasts from one edition to another; regions, and measures that agree."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from dti_analysis.panel import Panel


def measure_persistence(panel: Panel, top: int = 10) -> pd.DataFrame:
    """Hold the ranks of each edition against those of each later one.

    Parameters
    ----------
    panel, top
        The index, and the number of best places that are watched.

    Returns
    -------
    DataFrame
        One row for each pair of editions with two ranks or more in common: first, last, apart
        (editions between them), units (with a rank in both), is_complete (whether these are
        all), correlation (Spearman's, in [-1, 1]), median_move (places gained or lost by the
        median unit), kept (share of the first best places that are in the last ones; missing
        unless complete). Units of incomplete pairs are compared by their published ranks;
        they chose to publish, so such pairs say less.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> lasting = dti.load_index().persistence()
    >>> lasting[lasting["is_complete"]].drop(columns=["is_complete", "units"]).round(2)
       first  last  apart  correlation  median_move  kept
    7   2022  2023      1         0.86          5.0   0.6
    8   2022  2024      2         0.70          8.0   0.4
    9   2023  2024      1         0.77          7.0   0.6
    """
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
    """Summarise the ranks of each region of a `panel`, edition by edition.

    Returns
    -------
    DataFrame
        One row for each complete edition and region: year, region, units, median_rank, best,
        last (ranks), share (of the variance of all ranks of the edition that lies between
        regions, in [0, 1]; the same for all its regions), share_by_chance (what it would be on
        average if units were assigned to regions by lot). Nothing where no regions are known, or
        no edition is complete.
    """
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
    """Correlate measures over the units of one edition, by Spearman's rank correlation.

    Parameters
    ----------
    panel, year, measures
        The index, an edition, and measures such as pillars or components. Pillars that share
        components correlate by construction.

    Returns
    -------
    DataFrame
        Square, in [-1, 1]; missing where a measure is not known.
    """
    edition = panel.values[panel.values["year"] == year]
    scores = edition.pivot(index="code", columns="measure", values="score")
    return scores.reindex(columns=list(measures)).astype(float).corr(method="spearman")
