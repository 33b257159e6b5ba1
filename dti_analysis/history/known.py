"""What is known of an index, and from where: values by edition, weights, conflicts."""

import pandas as pd

from dti_analysis.cleaning.facts import CELL
from dti_analysis.panel import STATUSES, Panel


def count_known(panel: Panel) -> pd.DataFrame:
    """Count in a `panel` of how many units a value is known, and where it is from.

    Returns
    -------
    DataFrame
        One row for each edition, measure and column (rank or score) of which anything is known in
        any edition: year, measure, column, published, implied (by what is published), computed
        (by the arithmetic of the index), missing; in units.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> known = dti.load_index().coverage()
    >>> known[(known["year"] == 2020) & (known["column"] == "rank")].head(1)
       year  measure column  published  implied  computed  missing
    1  2020  overall   rank         29        6         0       28
    """
    roster = panel.rows.groupby("year").size()
    known_of = {
        measure: panel.rows
        if measure == panel.measure
        else panel.values[panel.values["measure"] == measure]
        for measure in panel.measures
    }
    counts = []
    for year, units in roster.items():
        for measure, known_ever in known_of.items():
            rows = known_ever[known_ever["year"] == year]
            for column in ("score", "rank"):
                if not known_ever[column].notna().any():
                    continue
                status = rows[f"{column}_status"][rows[column].notna()]
                known = {word: int((status == word).sum()) for word in STATUSES}
                label = {"year": year, "measure": measure, "column": column}
                counts.append(label | known | {"missing": int(units) - len(status)})
    return pd.DataFrame(counts)


def list_weights(panel: Panel) -> pd.DataFrame:
    """List the share of each component in the weights of a `panel`, by edition.

    Returns
    -------
    DataFrame
        One row for each component, one column for each edition whose weights are stated; shares of
        1, missing where the edition has no such part.
    """
    weights = pd.DataFrame({year: pd.Series(part) for year, part in panel.weights.items()})
    return (weights / weights.sum()).reindex(list(panel.components))


def measure_conflicts(conflicts: pd.DataFrame) -> pd.DataFrame:
    """Say how far apart the statements about each of the `conflicts` of an index are.

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
