"""The arithmetic of the index: main indices to pillars to overall score to rank.

Sources: Decision 1726/QĐ-BTTTT (edition 2020), Decision 922/QĐ-BTTTT (2021 to 2023), and for 2024
the points recovered from the 34 published rows; all in ``data/raw/methodology.csv``.
"""

import pandas as pd

from dti_analysis.schema import ACTIVITIES, PILLAR_ACTIVITY

# Finer than any published decimal, coarser than floating-point noise.
_RANK_DECIMALS = 9


def edition_points(methodology: pd.DataFrame, basis: int, year: int) -> pd.Series:
    """Points of each pillar (2020) or main index (from 2021) in one edition.

    Parameters
    ----------
    methodology : DataFrame
        The raw table `methodology`, all text.
    basis, year : int
        The edition.

    Returns
    -------
    Series
        Points by index name; empty if the edition's methodology is not known.
    """
    edition = (methodology["basis"] == str(basis)) & (methodology["year"] == str(year))
    return methodology[edition].set_index("index")["points"].astype(float)


def compute_overall(scores: pd.DataFrame, points: pd.Series) -> pd.Series:
    """Overall score: the mean of the components, weighted by points.

    Parameters
    ----------
    scores : DataFrame
        One row per province, one column per component, in [0, 1].
    points : Series
        Points by component.

    Returns
    -------
    Series
        In [0, 1]; missing where any component is.

    Examples
    --------
    >>> scores = pd.DataFrame({"government_pillar": [0.5], "economy_pillar": [0.3]})
    >>> compute_overall(scores, pd.Series({"government_pillar": 400, "economy_pillar": 100})).item()
    0.46
    """
    components = scores.reindex(columns=points.index)
    return (components * points).sum(axis=1, skipna=False) / points.sum()


def compute_pillars(scores: pd.DataFrame, points: pd.Series) -> pd.DataFrame:
    """Pillar scores from the overall score and the three activity indices (from edition 2021).

    A pillar is the shared indices together with its own activity index. The points earned on the
    shared indices are the total earned less those of the three activities, so the shared indices
    themselves need not be known.

    Parameters
    ----------
    scores : DataFrame
        One row per province: ``score`` and the three activity indices, in [0, 1].
    points : Series
        Points of the eight main indices.

    Returns
    -------
    DataFrame
        The three pillars, in [0, 1]; missing where an input is.
    """
    activities = list(ACTIVITIES)
    earned = scores[activities] * points[activities]
    shared_earned = points.sum() * scores["score"] - earned.sum(axis=1, skipna=False)
    shared = points.sum() - points[activities].sum()
    return pd.DataFrame(
        {
            pillar: (shared_earned + earned[activity]) / (shared + points[activity])
            for pillar, activity in PILLAR_ACTIVITY.items()
        }
    )


def rank_within_edition(scores: pd.Series) -> pd.Series:
    """Rank the scores of one edition: 1 is the highest, ties share the best rank.

    Parameters
    ----------
    scores : Series
        Unrounded scores of all provinces of one edition.

    Returns
    -------
    Series
        Ranks (Int64); all missing if any score is, since a rank needs the whole field.

    Examples
    --------
    >>> rank_within_edition(pd.Series([0.4, 0.7, 0.4, 0.1])).tolist()
    [2, 1, 2, 4]
    """
    if scores.isna().any():
        return pd.Series(pd.NA, index=scores.index, dtype="Int64")
    ranks = scores.round(_RANK_DECIMALS).rank(method="min", ascending=False)
    return ranks.astype("Int64")
