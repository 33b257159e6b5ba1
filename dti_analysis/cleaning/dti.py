"""Clean facts to the panel: one row per basis, edition and province."""

import pandas as pd

from dti_analysis.cleaning.arithmetic import (
    compute_overall,
    compute_pillars,
    edition_points,
    rank_within_edition,
)
from dti_analysis.cleaning.gazetteer import Gazetteer, merge_provinces
from dti_analysis.errors import DataError
from dti_analysis.schema import (
    ACTIVITIES,
    MAIN_INDICES,
    PANEL_COLUMNS,
    PANEL_KEY,
    PANEL_VALUES,
    PILLARS,
)

COLUMN_OF_METRIC = {
    "score_overall": "score",
    "rank_overall": "rank",
    **{f"score_{index}": index for index in PILLARS + MAIN_INDICES},
    **{f"rank_{pillar}": f"{pillar}_rank" for pillar in PILLARS},
}
RANK_COLUMNS = {"score": "rank", **{pillar: f"{pillar}_rank" for pillar in PILLARS}}
_SCORES = [column for column in PANEL_VALUES if column not in RANK_COLUMNS.values()]


def build_panel(
    resolved: pd.DataFrame,
    methodology: pd.DataFrame,
    crosswalk: pd.DataFrame,
    gazetteer: Gazetteer,
) -> pd.DataFrame:
    """Build the panel of both bases.

    What sources state or imply is kept; what the identities of the index allow is computed:
    overall scores, pillars, ranks of complete editions, and the current provinces before 2025 as
    the mean of the former ones they are made of.

    Parameters
    ----------
    resolved : DataFrame
        One value per cell, from `dti_analysis.cleaning.facts.resolve_facts`.
    methodology, crosswalk : DataFrame
        Raw tables, all text.
    gazetteer : Gazetteer
        All provinces.

    Returns
    -------
    DataFrame
        Columns `schema.PANEL_COLUMNS`, then a ``_status`` column for each value: published,
        implied or computed; missing where the value is. Scores in [0, 1], ranks Int64. One row for
        every province of every edition, known or not, sorted by basis (63 first), year and code.
    """
    editions: list[pd.DataFrame] = []
    former: dict[int, pd.DataFrame] = {}
    for basis, year in _editions_of(resolved):
        codes = sorted(code for b, code in gazetteer.provinces if b == basis)
        facts = resolved[(resolved["basis"] == basis) & (resolved["year"] == year)]
        values, statuses = _lay_out(facts, codes)
        exact = _apply_identities(values, statuses, edition_points(methodology, basis, year))
        if basis == 34 and year in former:
            merged = merge_provinces(former[year], crosswalk)
            for column in merged.columns:
                _fill(values, statuses, column, merged[column])
        for score, rank in RANK_COLUMNS.items():
            _fill(values, statuses, rank, rank_within_edition(exact[score].fillna(values[score])))
        if basis == 63:
            former[year] = values[_SCORES]
        editions.append(_label(values, statuses, basis, year, gazetteer))
    panel = pd.concat(editions, ignore_index=True)
    ranks = list(RANK_COLUMNS.values())
    return panel.astype(dict.fromkeys(ranks, "Int64"))


def _editions_of(resolved: pd.DataFrame) -> list[tuple[int, int]]:
    years = {basis: set(group["year"]) for basis, group in resolved.groupby("basis")}
    former, current = years.get(63, set()), years.get(34, set())
    return [(63, year) for year in sorted(former)] + [
        (34, year) for year in sorted(former | current)
    ]


def _lay_out(facts: pd.DataFrame, codes: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Spread the facts of one edition to one row per province; values and their statuses."""
    cells = facts.assign(column=facts["metric"].map(COLUMN_OF_METRIC)).dropna(subset="column")
    cells = cells.assign(status=cells["status"].replace("stated", "published"))
    wide = {
        part: cells.pivot(index="code", columns="column", values=part).reindex(
            index=codes, columns=PANEL_VALUES
        )
        for part in ("value", "status")
    }
    return wide["value"].astype(float), wide["status"].astype("str")


def _apply_identities(
    values: pd.DataFrame, statuses: pd.DataFrame, points: pd.Series
) -> pd.DataFrame:
    """Fill what the identities of one edition allow, in place.

    Returns the scores to rank by: a published pillar is rounded, which would make false ties.
    """
    if not points.empty:
        _fill(values, statuses, "score", compute_overall(values, points))
    exact = values.copy()
    if set(ACTIVITIES) <= set(points.index):
        pillars = compute_pillars(values, points)
        exact[list(PILLARS)] = pillars.fillna(values[list(PILLARS)])
        for pillar in PILLARS:
            _fill(values, statuses, pillar, pillars[pillar])
    return exact


def _fill(values: pd.DataFrame, statuses: pd.DataFrame, column: str, computed: pd.Series) -> None:
    is_new = values[column].isna() & computed.notna()
    values.loc[is_new, column] = computed[is_new].astype(float)
    statuses.loc[is_new, column] = "computed"


def _label(
    values: pd.DataFrame, statuses: pd.DataFrame, basis: int, year: int, gazetteer: Gazetteer
) -> pd.DataFrame:
    provinces = [gazetteer.provinces[basis, code] for code in values.index]
    labels = pd.DataFrame(
        {
            "basis": basis,
            "year": year,
            "code": values.index,
            "province": [province.name for province in provinces],
            "region": [province.region for province in provinces],
        },
        index=values.index,
    )
    panel = pd.concat([labels, values, statuses.add_suffix("_status")], axis=1)
    return panel[PANEL_COLUMNS + [f"{column}_status" for column in PANEL_VALUES]]


def select_editions(panel: pd.DataFrame, basis: int, last: int | None = None) -> pd.DataFrame:
    """Take the rows of one basis, up to an edition.

    Parameters
    ----------
    panel : DataFrame
        The panel.
    basis : {63, 34}
        Basis to keep.
    last : int, optional
        Last edition to keep; all by default.

    Returns
    -------
    DataFrame
        In the order of `schema.PANEL_KEY`.
    """
    rows = panel[panel["basis"] == basis]
    if last is not None:
        rows = rows[rows["year"] <= last]
    return rows.sort_values(PANEL_KEY, ignore_index=True)


def list_editions(panel: pd.DataFrame, basis: int) -> list[int]:
    """List the editions of a basis, in ascending order."""
    return sorted(int(year) for year in panel.loc[panel["basis"] == basis, "year"].unique())


def choose_origin(panel: pd.DataFrame, basis: int, year: int | None = None) -> int:
    """Choose the last edition a forecast may know: the one asked for, or the last there is.

    Raises
    ------
    DataError
        If the panel does not have it.
    """
    editions = list_editions(panel, basis)
    if year is None:
        return editions[-1]
    if year not in editions:
        raise DataError(
            f"edition {year} is not in the panel of the {basis}: expected one of "
            f"{', '.join(map(str, editions))}."
        )
    return year


def latest_rank(panel: pd.DataFrame, basis: int, code: str, year: int) -> int | None:
    """Give the last rank a province is known to have had up to an edition, if any."""
    rows = select_editions(panel, basis, year)
    known = rows.loc[rows["code"] == code, "rank"].dropna()
    return int(known.iloc[-1]) if len(known) else None
