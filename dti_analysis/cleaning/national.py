"""What is stated of an edition as a whole, such as the mean of its scores, and whether it fits."""

from collections.abc import Iterator

import pandas as pd

from dti_analysis.language import _, format_number
from dti_analysis.panel import NATIONAL, OVERALL, Panel


def type_national(facts: pd.DataFrame) -> pd.DataFrame:
    """Take one value for each figure of an edition: that which most sources state, or the smallest.

    Of the raw table, all text, are made basis and year (int), metric, value (float, index units)
    and digits (int, after the point).
    """
    key = ["basis", "year", "metric"]
    counted = facts.groupby([*key, "value"]).size().rename("sources").reset_index()
    best = counted.sort_values(["sources", "value"], ascending=[False, True])
    best = best.drop_duplicates(key).drop(columns="sources")
    digits = best["value"].str.partition(".")[2].str.len()
    typed = best.astype({"basis": int, "year": int, "value": float}).assign(digits=digits)
    return typed.sort_values(key, ignore_index=True)


def describe_national(panel: Panel) -> Iterator[str]:
    """Hold the scores that are known of an edition against the mean that is stated of all."""
    if NATIONAL not in panel.tables:
        return
    table = panel.tables[NATIONAL]
    scores = panel.values[
        (panel.values["measure"] == OVERALL) & (panel.values["score_status"] != "computed")
    ]
    for year, stated, digits in table.loc[
        table["metric"] == f"mean_{OVERALL}", ["year", "value", "digits"]
    ].itertuples(index=False):
        known, count = scores.loc[scores["year"] == year, "score"].dropna(), len(panel.roster(year))
        rest = count - len(known)
        told = {
            "year": year,
            "known": len(known),
            "count": count,
            "mean": format_number(float(known.mean()), int(digits)),
            "stated": format_number(float(stated), int(digits)),
        }
        if len(known) and rest:
            others = (stated * count - known.sum()) / rest
            told["others"] = format_number(float(others), int(digits))
            yield _(
                "{year}: the mean of {known} known scores is {mean}, that of all {count} is stated "
                "as {stated}: the others have {others} on average"
            ).format(**told)
        elif len(known) and told["mean"] != told["stated"]:
            yield _("{year}: the mean of the scores is {mean}, and stated as {stated}").format(
                **told
            )
