"""The numbers of an answer as files, for those who go on to compute with them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import INTERVALS

MIME = "application/vnd.dti.files+json"
"""Type of a notebook's output that is files: texts by what is added to the name of the report."""

_BOM = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something else and garble Vietnamese names."""

_ENDS = [(width, place, end) for width in INTERVALS for place, end in enumerate(("best", "worst"))]
_YEAR_COLUMNS = (
    *("year", "kind", "median_rank", "mean_rank"),
    *(f"{end}_rank_{width}pct" for width, _, end in _ENDS),
    *("median_score_0_to_1", "low_score_80pct_0_to_1", "high_score_80pct_0_to_1"),
)


def format_json(described: Mapping[str, Any]) -> str:
    """Write what was found as JSON, as ``--json`` prints it.

    Parameters
    ----------
    described : mapping
        Plain numbers, as from `Answer.to_dict`.
    """
    return json.dumps(described, ensure_ascii=False, indent=2, allow_nan=False)


def tabulate_years(described: Mapping[str, Any]) -> pd.DataFrame:
    """Put what is known and what is forecast of a province in one table, a row for each year.

    Parameters
    ----------
    described : mapping
        From `Answer.to_dict`.

    Returns
    -------
    DataFrame
        province, code, basis, origin_year, year, kind (``known`` or ``forecast``); median_rank
        (where known: the rank), mean_rank, best_rank_80pct and worst_rank_80pct (and so for the
        other intervals); median_score_0_to_1, low_score_80pct_0_to_1 and high_score_80pct_0_to_1,
        in index units under the central level. What is not known is missing.
    """
    own = {name: described[name] for name in ("province", "code", "basis", "origin_year")}
    known = [
        {
            **own,
            "year": row["year"],
            "kind": "known",
            "median_rank": row["rank"],
            "median_score_0_to_1": row["score"],
        }
        for row in described["history"]
    ]
    return pd.DataFrame(
        known + [{**own, **_flatten_year(row)} for row in described["forecast"]],
        columns=[*own, *_YEAR_COLUMNS],
        dtype=object,  # a rank beside one that is not known stays a whole number
    )


def _flatten_year(row: Mapping[str, Any]) -> dict[str, Any]:
    ranks = [row[f"interval{width}"][place] for width, place, _ in _ENDS]
    central = row["scores"]["central"] if row["scores"] else None
    scores = [central["median"], *central["interval80"]] if central else [None] * 3
    values = (row["year"], "forecast", row["median_rank"], row["mean_rank"], *ranks, *scores)
    return dict(zip(_YEAR_COLUMNS, values, strict=True))


def tabulate_probabilities(found: Answer) -> pd.DataFrame:
    """List the chance of every rank in every year.

    Parameters
    ----------
    found : Answer
        The answer.

    Returns
    -------
    DataFrame
        province, code, basis, year, rank, probability_0_to_1 and, of this rank or a better one,
        cumulative_probability_0_to_1.
    """
    forecast, unit = found.forecast, found.forecast.locate(found.province.code)
    chances = forecast.rank_probabilities[: found.horizon, unit]
    steps, places = chances.shape
    return pd.DataFrame(
        {
            "province": found.province.name,
            "code": found.province.code,
            "basis": forecast.basis,
            "year": np.repeat(forecast.years[:steps], places),
            "rank": np.tile(np.arange(1, places + 1), steps),
            "probability_0_to_1": chances.ravel(),
            # A sum of shares has digits that the draws do not.
            "cumulative_probability_0_to_1": chances.cumsum(axis=1).ravel().round(9),
        }
    )


@dataclass(frozen=True)
class Downloads:
    """Files that a notebook hands to the report it is made into; there they are links.

    Parameters
    ----------
    files : dict of str to str
        Texts by what is added to the name of the report.
    """

    files: dict[str, str]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {MIME: self.files, "text/plain": "\n".join(self.files)}


def offer_downloads(found: Answer) -> Downloads:
    """Write the numbers of a report as files.

    Parameters
    ----------
    found : Answer
        The answer that the report tells.

    Returns
    -------
    Downloads
        The JSON of ``dti forecast PROVINCE --json``, which knows no reference target, and the
        tables of `tabulate_years` and `tabulate_probabilities` as CSV in UTF-8 with a mark that
        spreadsheets know it by.
    """
    described = found.to_dict()
    told = zip(found.targets, described["targets"], strict=True)
    described["targets"] = [about for target, about in told if target.kind != "reference"]
    tables = {
        "-forecast.csv": tabulate_years(described),
        "-rank-probabilities.csv": tabulate_probabilities(found),
    }
    written = {name: _BOM + table.to_csv(index=False) for name, table in tables.items()}
    return Downloads({**written, "-forecast.json": f"{format_json(described)}\n"})
