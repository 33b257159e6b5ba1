"""The DTI: its structure and arithmetic, and the builder of its panels from facts.

Main indices make up pillars and the overall score, scores make ranks, and the 63 former provinces
the 34 of today. Sources: Decision 1726/QĐ-BTTTT (edition 2020), Decision 922/QĐ-BTTTT (2021 to
2023), and for 2024 the points recovered from the 34 published rows; all in
``data/raw/methodology.csv``.

Scores are in [0, 1]. Ranks count from 1, the best; ties share the best rank.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from dti_analysis.cleaning.facts import clean_facts, list_conflicts, resolve_facts
from dti_analysis.cleaning.gazetteer import Gazetteer, merge_provinces
from dti_analysis.cleaning.national import type_national
from dti_analysis.config import BasisConfig, IndexConfig
from dti_analysis.errors import DataError
from dti_analysis.files import format_table
from dti_analysis.guards import guard
from dti_analysis.panel import NATIONAL, OVERALL, VALUES, Panel, rank_within_edition
from dti_analysis.targets import COLUMNS as TARGET_COLUMNS

FORMER, CURRENT = 63, 34
"""Number of provinces until 30 June 2025, and from 1 July 2025: the two bases."""

BASES = (FORMER, CURRENT)

EDITIONS = {FORMER: (2020, 2024), CURRENT: (2024, 2099)}
"""First and last edition of each basis."""

PILLARS = ("government_pillar", "economy_pillar", "society_pillar")
SHARED_INDICES = ("awareness", "institutions", "infrastructure", "workforce", "security")
ACTIVITIES = ("government_activity", "economy_activity", "society_activity")
MAIN_INDICES = SHARED_INDICES + ACTIVITIES

PILLAR_ACTIVITY = dict(zip(PILLARS, ACTIVITIES, strict=True))
"""Each pillar is the shared indices plus this one activity index (from edition 2021)."""

_ROUNDING = 1e-3
"""What printed scores may be off by, beside those that they are made of."""

_PARTS = pd.DataFrame(
    [
        (pillar, component)
        for pillar, activity in PILLAR_ACTIVITY.items()
        for component in (*SHARED_INDICES, activity)
    ],
    columns=["measure", "component"],
)

INDICES = (OVERALL, *PILLARS, *MAIN_INDICES)
_KEPT = ("sources", "indicators", "methodology")
METRICS = tuple(f"{kind}_{index}" for kind in ("rank", "score") for index in INDICES)

READS = {
    "weights": "methodology.csv",
    "targets": "targets.csv",
    "bases": {
        str(FORMER): BasisConfig(),
        str(CURRENT): BasisConfig(
            parent=str(FORMER), crosswalk="crosswalk_63_34.csv", since="2025-07-01"
        ),
    },
    "means": {},
    "blank": None,
    "higher_is_better": True,
    "is_subset": False,
}
"""What of its description the builder takes as given: another value would not be read."""

TABLE = "panel.parquet"
"""The table of both bases as it is kept; written last, it stands for a complete build."""

BUILDERS = ("panel.py", "cleaning/*.py")
"""The code that the table of both bases is built by."""

REGIONS = (
    "Bắc Trung Bộ và Duyên hải miền Trung",
    "Đông Nam Bộ",
    "Đồng bằng sông Cửu Long",
    "Đồng bằng sông Hồng",
    "Tây Nguyên",
    "Trung du và miền núi phía Bắc",
)

PANEL_COLUMNS = (
    ["basis", "year", "code", "province", "region", "score", "rank"]
    + [column for pillar in PILLARS for column in (pillar, f"{pillar}_rank")]
    + list(MAIN_INDICES)
)
PANEL_VALUES = PANEL_COLUMNS[5:]


def components_of(year: int) -> tuple[str, ...]:
    """List what the overall score of an edition is made of: pillars in 2020, then main indices."""
    return PILLARS if year == 2020 else MAIN_INDICES


def require_edition(year: int, basis: str | None = None) -> None:
    """Refuse an edition that did not, or will not, rank the provinces of a basis, or of any."""
    spans = [span for name, span in EDITIONS.items() if basis in (None, str(name))]
    if not any(first <= year <= last for first, last in spans):
        told = " and ".join(f"the {basis} from {a} to {b}" for basis, (a, b) in EDITIONS.items())
        raise DataError(f"--year {year}: editions rank {told}. Correct --year or --basis.")


def list_parts(year: int, points: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """List what each measure of an edition is made up of, by the points of its components.

    A pillar is what the whole earned, less the activities of the two other pillars.
    """
    parts = {OVERALL: dict(points)}
    for pillar, activity in PILLAR_ACTIVITY.items() if year > 2020 and points else ():
        others = {other: -points[other] for other in ACTIVITIES if other != activity}
        parts[pillar] = {OVERALL: sum(points.values()), **others}
    return parts


def edition_points(methodology: pd.DataFrame, basis: int, year: int) -> pd.Series:
    """Points of each pillar (2020) or main index (from 2021) in the edition of a basis and a year.

    `methodology` is the raw table; points are by index name, empty if it does not know the edition.
    """
    edition = (methodology["basis"] == str(basis)) & (methodology["year"] == str(year))
    return methodology[edition].set_index("index")["points"].astype(float)


def compute_overall(scores: pd.DataFrame, points: pd.Series) -> pd.Series:
    """Overall score: the mean of the components, weighted by their points.

    `scores` has one row per province and one column per component, in [0, 1]; the overall score is
    missing where any component is.

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

    `scores` has one row per province, with ``score`` and the three activity indices, in [0, 1];
    `points` are those of the eight main indices. A pillar is missing where an input is.
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


COLUMN_OF_METRIC = {
    "score_overall": "score",
    "rank_overall": "rank",
    **{f"score_{index}": index for index in PILLARS + MAIN_INDICES},
    **{f"rank_{pillar}": f"{pillar}_rank" for pillar in PILLARS},
}
RANK_COLUMNS = {"score": "rank", **{pillar: f"{pillar}_rank" for pillar in PILLARS}}
_SCORES = [column for column in PANEL_VALUES if column not in RANK_COLUMNS.values()]


def build_table(
    resolved: pd.DataFrame,
    methodology: pd.DataFrame,
    crosswalk: pd.DataFrame,
    gazetteer: Gazetteer,
) -> pd.DataFrame:
    """Build the panel of both bases from one value per cell and the raw tables.

    What sources state or imply is kept; what the identities of the index allow is computed: overall
    scores, pillars, ranks of complete editions, and the current provinces before 2025 as the mean
    of the former ones they are made of.

    It has the columns `PANEL_COLUMNS`, then a ``_status`` column for each value: published, implied
    or computed; missing where the value is. Scores are in [0, 1], ranks Int64. There is one row for
    every province of every edition, known or not, sorted by basis (63 first), year and code.
    """
    editions: list[pd.DataFrame] = []
    former: dict[int, pd.DataFrame] = {}
    for basis, year in _editions_of(resolved):
        codes = sorted(code for b, code in gazetteer.provinces if b == basis)
        facts = resolved[(resolved["basis"] == basis) & (resolved["year"] == year)]
        values, statuses = _lay_out(facts, codes)
        exact = _apply_identities(values, statuses, edition_points(methodology, basis, year))
        if basis == CURRENT and year in former:
            merged = merge_provinces(former[year], crosswalk)
            for column in merged.columns:
                _fill(values, statuses, column, merged[column])
        for score, rank in RANK_COLUMNS.items():
            _fill(values, statuses, rank, rank_within_edition(exact[score].fillna(values[score])))
        if basis == FORMER:
            former[year] = values[_SCORES]
        editions.append(_label(values, statuses, basis, year, gazetteer))
    panel = pd.concat(editions, ignore_index=True)
    ranks = list(RANK_COLUMNS.values())
    panel = panel.astype(dict.fromkeys(ranks, "Int64"))
    _guard_table(panel, resolved, methodology, crosswalk)
    return panel


def _guard_table(
    table: pd.DataFrame, resolved: pd.DataFrame, methodology: pd.DataFrame, crosswalk: pd.DataFrame
) -> None:
    """Guard the table of both bases: no fact dropped, and what the index is by its own rules."""
    stage, keys = "table of the DTI", ["basis", "year", "code"]
    guard(stage, "keys are unique", not table.duplicated(keys).any())
    statuses = table[[f"{column}_status" for column in PANEL_VALUES]]
    kept = int(statuses.isin(["published", "implied"]).sum().sum())
    stated = int(resolved["metric"].isin(list(COLUMN_OF_METRIC)).sum())
    guard(stage, "no fact is dropped", kept == stated, f"{kept} of {stated}")
    editions = {
        (basis, year): table[(table["basis"] == basis) & (table["year"] == year)].set_index("code")
        for basis, year in _editions_of(resolved)
    }
    for (basis, year), rows in editions.items():
        points = edition_points(methodology, basis, year)
        parts = [rows[name] for name in points.index]
        _guard_means(rows["score"], parts, f"scores of {year} among {basis} lie amid their parts")
        if basis == CURRENT and (FORMER, year) in editions:
            members = crosswalk.groupby("new_code")["old_code"].apply(list)
            former = editions[FORMER, year]["score"]
            own = members.map(lambda codes, known=former: known.reindex(codes).to_numpy())
            ranges = [own.map(np.min), own.map(np.max)]
            what = f"merged scores of {year} lie amid those they are made of"
            _guard_means(rows["score"], ranges, what)


def _guard_means(means: pd.Series, parts: list[pd.Series], what: str) -> None:
    """Guard that means lie between the least and the greatest of their parts, where all known."""
    if not parts:
        return
    known = pd.concat([means, *parts], axis=1).dropna().to_numpy()
    least, most = known[:, 1:].min(axis=1), known[:, 1:].max(axis=1)
    is_amid = (known[:, 0] >= least - _ROUNDING) & (known[:, 0] <= most + _ROUNDING)
    guard("table of the DTI", what, is_amid.all())


def count_known(table: pd.DataFrame) -> dict[str, int]:
    """Count the values known of each edition, by what they are: ``score of 63 in 2024``."""
    return {
        f"{column} of {basis} in {year}": int(count)
        for (basis, year), rows in table.groupby(["basis", "year"])
        for column, count in rows[PANEL_VALUES].count().items()
        if count
    }


def _editions_of(resolved: pd.DataFrame) -> list[tuple[int, int]]:
    years = {basis: set(group["year"]) for basis, group in resolved.groupby("basis")}
    former, current = years.get(FORMER, set()), years.get(CURRENT, set())
    return [(FORMER, year) for year in sorted(former)] + [
        (CURRENT, year) for year in sorted(former | current)
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


def make_panels(
    table: pd.DataFrame,
    raw: Mapping[str, pd.DataFrame],
    gazetteer: Gazetteer,
    config: IndexConfig,
) -> dict[str, Panel]:
    """Take the table of both bases apart into a panel by the name of each, the former the parent.

    `table` is from `build_table`, and `raw` and `gazetteer` are as there; `config` has the nouns.
    """
    parent: Panel | None = None
    panels, national = {}, type_national(raw["national_facts"])
    for basis in BASES:
        panel = Panel(
            config,
            _list_units(gazetteer, raw["tile_grid"], basis),
            _lengthen(table[table["basis"] == basis]),
            _list_weights(raw["methodology"], basis),
            _list_targets(raw["targets"], basis),
            tables={
                "facts": raw["dti_facts"],
                **{name: raw[name] for name in _KEPT},
                "parts": _PARTS,
                NATIONAL: national[national["basis"] == basis],
            },
            basis=str(basis),
            resolve=partial(_resolve, gazetteer, basis),
            spellings=gazetteer.list_spellings(basis),
        )
        if parent is not None:
            crosswalk = raw["crosswalk_63_34"][["old_code", "new_code"]]
            panel = replace(panel, parent=parent, crosswalk=crosswalk)
        panels[str(basis)] = parent = panel
    return panels


def _resolve(gazetteer: Gazetteer, basis: int, name: str) -> str:
    known = gazetteer.provinces
    return name if (basis, name) in known else gazetteer.resolve(name, basis).code


def _list_units(gazetteer: Gazetteer, grid: pd.DataFrame, basis: int) -> pd.DataFrame:
    provinces = [
        (code, province.name, province.region)
        for (of, code), province in sorted(gazetteer.provinces.items())
        if of == basis
    ]
    units = pd.DataFrame(provinces, columns=["code", "name", "region"]).set_index("code")
    tiles = grid[grid["basis"] == str(basis)].set_index("code")[["row", "column"]].astype(int)
    return units.join(tiles)


def _lengthen(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each value of a province, and for each province of an edition."""
    names = {"score": OVERALL} | {name: name for name in (*PILLARS, *MAIN_INDICES)}
    parts = []
    for column, measure in names.items():
        rank = RANK_COLUMNS.get(column)
        part = rows[["year", "code"]].assign(
            measure=measure,
            score=rows[column],
            rank=rows[rank].astype(float) if rank else float("nan"),
            score_status=rows[f"{column}_status"],
            rank_status=rows[f"{rank}_status"] if rank else None,
        )
        is_known = part["score"].notna() | part["rank"].notna()
        parts.append(part if measure == OVERALL else part[is_known])
    return pd.concat(parts, ignore_index=True)[VALUES]


def _list_weights(methodology: pd.DataFrame, basis: int) -> dict[int, dict[str, float]]:
    """Points by edition; where a basis has none, those of the other stand for them."""
    table = methodology.astype({"basis": int, "year": int, "points": float})
    own = table.assign(is_other=table["basis"] != basis)
    own = own.sort_values(["year", "is_other"], kind="stable")
    own = own.drop_duplicates(["year", "index"])
    return {
        int(str(year)): dict(zip(points["index"], points["points"], strict=True))
        for year, points in own.groupby("year")
    }


def _list_targets(targets: pd.DataFrame, basis: int) -> pd.DataFrame:
    own = targets[targets["basis"] == str(basis)]
    own = own.rename(columns={"target_rank": "rank", "target_year": "year"})
    own = own.astype({"rank": int, "year": int}).assign(measure=OVERALL)
    return own[["measure", *TARGET_COLUMNS]].reset_index(drop=True)


def build_from_raw(
    raw: Mapping[str, pd.DataFrame], gazetteer: Gazetteer
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Build the table of both bases, and files to be kept beside it for people, from raw tables."""
    facts = clean_facts(raw["dti_facts"], raw["sources"])
    resolved = resolve_facts(facts)
    table = build_table(resolved, raw["methodology"], raw["crosswalk_63_34"], gazetteer)
    return table, {
        "panel.csv": format_table(table),
        "conflicts.csv": format_table(list_conflicts(facts)),
    }
