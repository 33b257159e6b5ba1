"""What is known of the index, and from where: values by edition, points, conflicts."""

import pandas as pd

from dti_analysis.cleaning.facts import CELL
from dti_analysis.schema import PANEL_STATUSES, PANEL_VALUES


def count_known(panel: pd.DataFrame) -> pd.DataFrame:
    """Count by edition and column how many provinces have a value, and where it is from.

    Parameters
    ----------
    panel : DataFrame
        From `load_data`.

    Returns
    -------
    DataFrame
        One row for each basis, year and column of values: basis, year, column, published, implied
        (by what is published), computed (from identities of the index), missing; in provinces.

    Examples
    --------
    >>> from dti_analysis import load_data
    >>> known = count_known(load_data().panel)
    >>> known[(known["year"] == 2020) & (known["column"] == "rank") & (known["basis"] == 63)]
       basis  year column  published  implied  computed  missing
    1     63  2020   rank         29        6         0       28
    """
    counts = []
    for (basis, year), edition in panel.groupby(["basis", "year"], sort=False):
        for column in PANEL_VALUES:
            status = edition[f"{column}_status"]
            known = {word: int((status == word).sum()) for word in PANEL_STATUSES}
            missing = int(edition[column].isna().sum())
            counts.append(
                {"basis": basis, "year": year, "column": column, **known} | {"missing": missing}
            )
    return pd.DataFrame(counts)


def list_points(methodology: pd.DataFrame, basis: int = 63) -> pd.DataFrame:
    """List the share of each pillar (2020) or main index (from 2021) in the points, by edition.

    Parameters
    ----------
    methodology : DataFrame
        The raw table `methodology`, all text: ``load_data().raw["methodology"]``.
    basis : {63, 34}
        Former or current provinces; editions that only the other has are told by its points.

    Returns
    -------
    DataFrame
        One row for each pillar or main index, one column for each edition; shares of 1, missing
        where the edition has no such part.
    """
    table = methodology.astype({"basis": int, "year": int, "points": float})
    table = table.assign(is_other=table["basis"] != basis).sort_values("is_other", kind="stable")
    own = table.drop_duplicates(["year", "index"])
    points = own.pivot(index="index", columns="year", values="points")
    order = own.sort_values("year", kind="stable")["index"].drop_duplicates()
    return (points / points.sum()).reindex(order)


def measure_conflicts(conflicts: pd.DataFrame) -> pd.DataFrame:
    """Say how far apart the statements about each disputed value are.

    Parameters
    ----------
    conflicts : DataFrame
        ``load_data().conflicts``.

    Returns
    -------
    DataFrame
        basis, year, code, province, metric, taken (value), statements (how many), apart (the
        greatest less the least: places for a rank, index units for a score), the widest first
        within ranks and scores.
    """
    grouped = conflicts.groupby(CELL, as_index=False)
    table = grouped.agg(
        province=("province", "first"),
        taken=("value", "first"),
        statements=("value", "size"),
        least=("value", "min"),
        greatest=("value", "max"),
    )
    table["apart"] = table.pop("greatest") - table.pop("least")
    order = table.assign(is_score=table["metric"].str.startswith("score_"))
    order = order.sort_values(["is_score", "apart"], ascending=[True, False], kind="stable")
    return order.drop(columns="is_score").reset_index(drop=True)
