"""The points of an edition: what its main indices count for, and where that is known from."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dti_analysis.cleaning.dti import (
    MAIN_INDICES,
    PILLAR_ACTIVITY,
    PILLARS,
    SHARED_INDICES,
    edition_points,
)
from dti_analysis.cleaning.importing.layout import Layout
from dti_analysis.cleaning.importing.rows import Rows
from dti_analysis.errors import DataError
from dti_analysis.language import write_number


@dataclass(frozen=True)
class Points:
    """Points of one edition.

    Parameters
    ----------
    points : Series
        By index; empty where not known.
    origin : str
        Where they come from, for the terminal.
    rows : DataFrame
        Rows to add to `methodology`, all text; empty where it has them already.
    is_in_table : bool
        Whether the table states them, so that its scores may be points earned.
    """

    points: pd.Series
    origin: str
    rows: pd.DataFrame
    is_in_table: bool = False

    def most_earned(self) -> dict[str, float]:
        """Give the points that each score column can earn, by metric, where the table says so."""
        if not self.is_in_table:
            return {}
        of = {**self.points, "overall": self.points.sum()}
        if set(MAIN_INDICES) <= of.keys():
            shared = self.points[list(SHARED_INDICES)].sum()
            of |= {pillar: shared + of[own] for pillar, own in PILLAR_ACTIVITY.items()}
        return {f"score_{index}": float(points) for index, points in of.items()}


def components_of(year: int) -> tuple[str, ...]:
    """List what the overall score of an edition is made of: pillars in 2020, then main indices."""
    return PILLARS if year == 2020 else MAIN_INDICES


def find_points(
    layout: Layout,
    rows: Rows,
    methodology: pd.DataFrame,
    basis: int,
    year: int,
    like: int | None,
    source: str,
) -> Points:
    """Find the points of an edition in the table, in `methodology` or in an earlier edition.

    Parameters
    ----------
    layout, rows : Layout, Rows
        The table: a header or a row may state points.
    methodology : DataFrame
        The raw table, all text.
    basis, year : int
        The edition.
    like : int or None
        Edition whose points are the same.
    source : str
        What `methodology` is to say of points that the table states.

    Raises
    ------
    DataError
        If two of the three disagree, or the edition that is named has none.
    """
    known = edition_points(methodology, basis, year)
    stated = _find_stated(layout, rows, year)
    named, text = pd.Series(dtype=float), methodology.iloc[:0]
    if like is not None:
        text = _rows_like(methodology, basis, year, like)
        named = text.set_index("index")["points"].astype(float)
    for points, what in ((stated, "the table states"), (named, f"--points-like {like} says")):
        for other, whose in ((known, "methodology.csv has"), (stated, "the table states")):
            for index in points.index.intersection(other.index):
                if points[index] != other[index]:
                    raise DataError(
                        f"{layout.grid.place}: points of {index} in edition {year}: {what} "
                        f"{write_number(points[index])}, {whose} {write_number(other[index])}. "
                        "Correct the one that is wrong, or leave --points-like out."
                    )
    none = methodology.iloc[:0]
    if len(stated) < len(components_of(year)):
        stated = none["points"]
    if len(known):
        return Points(known, "as methodology.csv has them", none, is_in_table=len(stated) > 0)
    if len(stated):
        new = pd.DataFrame(
            {
                **{"year": str(year), "basis": str(basis), "index": stated.index},
                **{
                    "points": [write_number(each) for each in stated],
                    "components": "",
                    "status": "stated",
                },
                "source": source,
            }
        )
        return Points(stated, "as the table states them", new[list(methodology.columns)], True)
    return Points(named, f"as in edition {like}" if len(named) else "not known", text)


def fit_shares(scores: pd.DataFrame, overall: pd.Series) -> pd.Series | None:
    """Fit how much of the overall score each component makes up.

    Parameters
    ----------
    scores : DataFrame
        One row per province, one column per component, in [0, 1].
    overall : Series
        The overall score, in [0, 1].

    Returns
    -------
    Series or None
        Shares by component, which sum to 1 if the components explain the score; None where there
        are too few provinces to tell.
    """
    known = scores.notna().all(axis=1) & overall.notna()
    if known.sum() <= scores.shape[1]:
        return None
    shares, _, rank, _ = np.linalg.lstsq(
        scores[known].to_numpy(float), overall[known].to_numpy(float)
    )
    return pd.Series(shares, index=scores.columns) if rank == scores.shape[1] else None


def _find_stated(layout: Layout, rows: Rows, year: int) -> pd.Series:
    wanted = components_of(year)
    by_index = {c.role.partition("_")[2]: c.points for c in layout.metrics if c.points}
    by_index |= {
        metric.partition("_")[2]: text
        for metric, text in rows.points.items()
        if metric.startswith("score_")
    }
    found = {index: text for index, text in by_index.items() if index in wanted}
    if not found:
        return pd.Series(dtype=float)
    odd = {i: t for i, t in found.items() if not re.fullmatch(r"[1-9][0-9]*(?:[.,]0+)?", t)}
    if odd:
        what = ", ".join(f'"{text}" for {index}' for index, text in odd.items())
        raise DataError(
            f"{layout.grid.place}: expected whole points of the main indices, found {what}. "
            "Correct them, or leave the columns out: --column 'HEADER=ignore'."
        )
    values = {i: float(re.split(r"[.,]", found[i])[0]) for i in wanted if i in found}
    total = by_index.get("overall")
    if total and len(values) == len(wanted) and _plain(total) not in (1, 100, sum(values.values())):
        raise DataError(
            f"{layout.grid.place}: points of the main indices: expected {total} together, as "
            f"stated for the whole, found {write_number(sum(values.values()))}. Correct the points."
        )
    return pd.Series(values)


def _plain(text: str) -> float | None:
    """Read points in full: 1.000 and 1000 are the same."""
    if re.fullmatch(r"[0-9]{1,3}(?:[.,][0-9]{3})+", text):
        return float(re.sub(r"[.,]", "", text))
    return float(text.replace(",", ".")) if re.fullmatch(r"[0-9]+(?:[.,][0-9]+)?", text) else None


def _rows_like(methodology: pd.DataFrame, basis: int, year: int, like: int) -> pd.DataFrame:
    for found in (basis, *(b for b in (63, 34) if b != basis)):
        chosen = methodology[
            (methodology["year"] == str(like)) & (methodology["basis"] == str(found))
        ]
        if len(chosen) and set(chosen["index"]) == set(components_of(year)):
            source = f"taken to be as in edition {like}: " + chosen["source"]
            return chosen.assign(year=str(year), basis=str(basis), source=source)
    editions = sorted(set(methodology["year"]))
    raise DataError(
        f"--points-like {like}: no edition with points of {', '.join(components_of(year))}. "
        f"methodology.csv has the editions {', '.join(editions)}."
    )
