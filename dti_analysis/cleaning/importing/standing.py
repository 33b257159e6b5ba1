"""Ranks against scores, and scores against those of other editions."""

import pandas as pd

from dti_analysis.cleaning.dti import INDICES
from dti_analysis.cleaning.importing.layout import Layout
from dti_analysis.cleaning.importing.rows import Rows
from dti_analysis.cleaning.importing.values import Values
from dti_analysis.cleaning.tables import raise_faults
from dti_analysis.errors import FaultyDataError

EXACT = 1e-9
"""Finer than any digit published, coarser than floating-point noise."""


def require_ranks(layout: Layout, rows: Rows, values: Values, basis: int) -> tuple[str, ...]:
    """Refuse a table whose ranks are not those of its scores.

    Of two provinces with one score as published, the ministry may know digits that it does not
    print: they may share the rank, or take one after the other.

    Parameters
    ----------
    layout, rows, values : Layout, Rows, Values
        The table.
    basis : int
        Number of provinces.

    Returns
    -------
    tuple of str
        What was found to hold, for the terminal.

    Raises
    ------
    FaultyDataError
        It names the first rows.
    """
    held = []
    for index in INDICES:
        if f"rank_{index}" not in values.numbers:
            continue
        # Ranks alone must still be such that ties share the best.
        names = [f"rank_{index}", f"score_{index}"]
        known = values.numbers.reindex(columns=names)
        has_scores = known[f"score_{index}"].notna().any()
        known = (known if has_scores else known.fillna({f"score_{index}": 0})).dropna()
        ranks = known[f"rank_{index}"].to_numpy()
        scores = known[f"score_{index}"].to_numpy().round(9)
        is_ahead = scores[None, :] > scores[:, None]
        is_beside = (scores[None, :] == scores[:, None]) & (ranks[None, :] < ranks[:, None])
        best = 1 + (is_ahead | is_beside).sum(axis=1)
        worst = best + (basis - len(known))
        column = layout.column_of(f"rank_{index}")
        off = [at for at in range(len(known)) if not best[at] <= ranks[at] <= worst[at]]
        faults = []
        for at in off:
            expected = f"{best[at]}" if best[at] == worst[at] else f"{best[at]} to {worst[at]}"
            row, score = rows.row_of[str(known.index[at])], scores[at]
            why = f"the score is {score:.6g}" if has_scores else "ties share the best rank"
            problem = f"expected rank {expected}, as {why}, found {ranks[at]:.0f}."
            faults.append(layout.grid.fault(row, column.name, problem, "Correct one of the two."))
        raise_faults(faults)
        ties = int(pd.Series(ranks).duplicated(keep=False).sum())
        held.append(f"{index} ({ties} share a rank)" if ties else index)
    return (f"the ranks follow: {', '.join(held)}",) if held else ()


def require_new(layout: Layout, values: Values, panel_scores: pd.DataFrame, year: int) -> None:
    """Refuse a table that is that of another edition under a new year.

    Parameters
    ----------
    layout, values : Layout, Values
        The table.
    panel_scores : DataFrame
        Overall scores known of this basis, indexed by code, one column per other edition.
    year : int
        The edition it is said to be.

    Raises
    ------
    FaultyDataError
        If all its overall scores are those of another edition.
    """
    if "score_overall" not in values.numbers:
        return
    scores = values.numbers["score_overall"]
    for other in panel_scores.columns:
        known = panel_scores[other].reindex(scores.index)
        if known.notna().sum() > len(scores) / 2:
            is_same = (known - scores).abs() <= values.steps["score_overall"] / 2 + EXACT
            if is_same[known.notna()].all():
                fault = layout.grid.fault(
                    None,
                    layout.column_of("score_overall").name,
                    f"expected scores of edition {year}, found those of edition {other} in all "
                    f"{int(known.notna().sum())} provinces known.",
                    f"Say --year {other}, or give the table of {year}.",
                )
                raise FaultyDataError([fault])
