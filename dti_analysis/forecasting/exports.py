"""The numbers of forecasts as files, for those who go on to compute with them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.files import format_csv, format_table
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import INTERVALS, Draws

MIME = "application/vnd.dti.files+json"
"""Type of a notebook's output that is files: texts by what is added to the name of the report."""

_BOM = "\ufeff"
"""Without it, spreadsheets take UTF-8 for something else and garble Vietnamese names."""

_ENDS = [(width, place, end) for width in INTERVALS for place, end in enumerate(("best", "worst"))]
_YEAR_COLUMNS = (
    *("year", "kind", "median_rank"),
    *(f"{end}_rank_{width}pct" for width, _, end in _ENDS),
    *("median_score", "low_score_80pct", "high_score_80pct"),
)
_OWN = ("unit", "code", "basis", "origin_year")


def format_json(described: Mapping[str, Any]) -> str:
    """Write what was `described` in plain numbers as JSON, as ``--json`` prints it."""
    return json.dumps(described, ensure_ascii=False, indent=2, allow_nan=False)


def years_table(described: Mapping[str, Any]) -> pd.DataFrame:
    """Put what `Answer.to_dict` has `described` in one table, a row for each year.

    The columns are unit, code, basis, origin_year, year, kind (``known`` or ``forecast``);
    median_rank (where known: the rank), best_rank_80pct and worst_rank_80pct (and so for the other
    intervals); median_score, low_score_80pct and high_score_80pct, in index units. What is not
    known is missing.
    """
    own = {name: described[name] for name in _OWN}
    known = [
        {
            "year": row["year"],
            "kind": "known",
            "median_rank": row["rank"],
            "median_score": row["score"],
        }
        for row in described["history"]
    ]
    rows = [own | row for row in (*known, *map(_flatten_year, described["forecast"]))]
    # A rank beside one that is not known stays a whole number.
    return pd.DataFrame(rows, columns=[*own, *_YEAR_COLUMNS], dtype=object)


def _flatten_year(row: Mapping[str, Any]) -> dict[str, Any]:
    ranks = [row[f"interval{width}"][place] for width, place, _ in _ENDS]
    score = row["score"]
    scores = [score["median"], *score["interval80"]] if score else [None] * 3
    values = (row["year"], "forecast", row["median_rank"], *ranks, *scores)
    return dict(zip(_YEAR_COLUMNS, values, strict=True))


def probabilities_table(answer: Answer) -> pd.DataFrame:
    """List the chance of every rank in every year of an `answer`, 0 to 1.

    The columns are unit, code, basis, year, rank, probability and, of this rank or a better one,
    cumulative_probability.
    """
    chances = answer.rank_probabilities
    steps, places = len(answer.years), len(chances)
    return pd.DataFrame(
        {
            "unit": answer.unit.name,
            "code": answer.unit.code,
            "basis": answer.draws.panel.basis,
            "year": np.repeat(answer.years, places),
            "rank": np.tile(chances.index, steps),
            "probability": chances.to_numpy().T.ravel(),
            "cumulative_probability": answer.chances_of(list(chances.index)).to_numpy().T.ravel(),
        }
    )


def write_probabilities(draws: Draws, horizon: int) -> Iterator[str]:
    """Write every rank probability of all units as CSV, piece by piece.

    The columns are unit, step (1 for the first edition after the origin), rank, probability; the
    probabilities of a unit and step sum to 1.
    """
    yield "unit,step,rank,probability\n"
    names = draws.panel.units["name"].reindex(list(draws.codes))
    ranks = [f"{rank}," for rank in range(1, draws.count + 1)]
    for name, counts in zip(names, draws.rank_counts[:horizon].swapaxes(0, 1), strict=True):
        unit = format_csv([[name]])[:-1]
        found, places = np.unique(counts, return_inverse=True)
        chances = [f"{chance}\n" for chance in (found / len(draws)).tolist()]
        for step, row in enumerate(places.tolist(), start=1):
            head = f"{unit},{step},"
            rows = zip(ranks, row, strict=True)
            yield "".join([head + rank + chances[place] for rank, place in rows])


@dataclass(frozen=True)
class Downloads:
    """Files that a notebook hands to the report it is made into; there they are links.

    `files` are texts by what is added to the name of the report.
    """

    files: dict[str, str]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {MIME: self.files, "text/plain": "\n".join(self.files)}


def offer_downloads(answer: Answer) -> Downloads:
    """Write the numbers of the report on an `answer` as files.

    The JSON of ``dti forecast UNIT --json``, which knows no reference target, and the tables of
    `years_table` and `probabilities_table` as CSV in UTF-8, marked so that spreadsheets know it.
    """
    described = answer.to_dict()
    described["targets"] = [
        target for target in described["targets"] if target["kind"] != "reference"
    ]
    tables = {
        "-forecast.csv": years_table(described),
        "-rank-probabilities.csv": probabilities_table(answer),
    }
    written = {name: _BOM + format_table(table) for name, table in tables.items()}
    return Downloads({**written, "-forecast.json": f"{format_json(described)}\n"})
