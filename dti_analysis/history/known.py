"""What is known of an index, and from where: values by edition, weights, conflicts."""

import pandas as pd

from dti_analysis.cleaning.facts import CELL
from dti_analysis.panel import STATUSES, Panel


def count_known(panel: Panel) -> pd.DataFrame:
    """Count what is known; see `dti_analysis.index.Index.coverage`."""
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
    """List shares in the weights; see `dti_analysis.index.Index.weights`."""
    weights = pd.DataFrame({year: pd.Series(part) for year, part in panel.weights.items()})
    return (weights / weights.sum()).reindex(list(panel.components))


def measure_conflicts(conflicts: pd.DataFrame) -> pd.DataFrame:
    """Say how far statements are apart; see `dti_analysis.index.Index.disputes`."""
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
