"""How much of a ranking lasts from one edition to another, and how regions and indices hang so."""

from collections.abc import Sequence
from itertools import combinations

import pandas as pd

from dti_analysis.cleaning.dti import list_editions, select_editions


def measure_persistence(panel: pd.DataFrame, basis: int = 63, top: int = 10) -> pd.DataFrame:
    """Hold the ranks of each edition against those of each later one.

    Parameters
    ----------
    panel : DataFrame
        From `load_data`.
    basis : {63, 34}
        Former or current provinces.
    top : int
        Number of best places that are watched.

    Returns
    -------
    DataFrame
        One row for each pair of editions with two ranks or more in common: first, last, apart
        (editions between them), provinces (with a rank in both), is_complete (whether these are
        all), correlation (Spearman's, in [-1, 1]), median_move (places gained or lost by the
        median province), kept (share of the first best places that are in the last ones; missing
        unless complete). Provinces of incomplete pairs are compared by their published ranks;
        they chose to publish, so such pairs say less.

    Examples
    --------
    >>> from dti_analysis import load_data
    >>> lasting = measure_persistence(load_data().panel)
    >>> lasting[lasting["is_complete"]].drop(columns=["is_complete", "provinces"]).round(2)
       first  last  apart  correlation  median_move  kept
    7   2022  2023      1         0.86          5.0   0.6
    8   2022  2024      2         0.70          8.0   0.4
    9   2023  2024      1         0.77          7.0   0.6
    """
    rows = select_editions(panel, basis)
    ranks = rows.pivot(index="code", columns="year", values="rank").astype(float)
    editions = list_editions(panel, basis)
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
                "provinces": len(both),
                "is_complete": is_complete,
                "correlation": both[first].corr(both[last], method="spearman"),
                "median_move": both[first].sub(both[last]).abs().median(),
                "kept": both.loc[best, last].le(top).mean() if is_complete else float("nan"),
            }
        )
    return pd.DataFrame(pairs)


def summarise_regions(panel: pd.DataFrame, basis: int = 63) -> pd.DataFrame:
    """Summarise the ranks of each region, edition by edition.

    Parameters
    ----------
    panel : DataFrame
        From `load_data`.
    basis : {63, 34}
        Former or current provinces.

    Returns
    -------
    DataFrame
        One row for each complete edition and region: year, region, provinces, median_rank, best,
        last (ranks), share (of the variance of all ranks of the edition that lies between
        regions, in [0, 1]; the same for all its regions), share_by_chance (what it would be on
        average if provinces were assigned to regions by lot).
    """
    rows = select_editions(panel, basis)
    complete = rows.groupby("year").filter(lambda edition: edition["rank"].notna().all())
    parts = []
    for year, edition in complete.groupby("year"):
        rank = edition["rank"].astype(float)
        by_region = rank.groupby(edition["region"])
        between = by_region.transform("mean").var(ddof=0)
        table = by_region.agg(
            provinces="size", median_rank="median", best="min", last="max"
        ).reset_index()
        table.insert(0, "year", year)
        by_chance = (len(table) - 1) / (len(edition) - 1)
        parts.append(table.assign(share=between / rank.var(ddof=0), share_by_chance=by_chance))
    return pd.concat(parts, ignore_index=True)


def correlate_indices(
    panel: pd.DataFrame, year: int, indices: Sequence[str], basis: int = 63
) -> pd.DataFrame:
    """Correlate indices over the provinces of one edition, by Spearman's rank correlation.

    Parameters
    ----------
    panel : DataFrame
        From `load_data`.
    year : int
        The edition.
    indices : sequence of str
        Columns, such as `schema.PILLARS`. Pillars share five main indices, so that they correlate
        by construction; their activities do not.
    basis : {63, 34}
        Former or current provinces.

    Returns
    -------
    DataFrame
        Square, in [-1, 1]; missing where an index is not known.
    """
    edition = panel[(panel["basis"] == basis) & (panel["year"] == year)]
    return edition[list(indices)].astype(float).corr(method="spearman")
