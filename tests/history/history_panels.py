"""Small indices made by hand, edition by edition."""

import pandas as pd

import dti_analysis as dti


def make_index(scores, regions=None):
    """Make an index from lists of scores by edition; None is not published."""
    rows = []
    for step, edition in enumerate(scores):
        ranks = pd.Series(edition, dtype=float).rank(ascending=False, method="min")
        for unit, (score, rank) in enumerate(zip(edition, ranks, strict=True)):
            row = {"year": 2020 + step, "unit": f"p{unit:02d}", "score": score, "rank": rank}
            rows.append(row | ({"region": regions[unit]} if regions else {}))
    return dti.read_index(pd.DataFrame(rows), blank="unpublished")
