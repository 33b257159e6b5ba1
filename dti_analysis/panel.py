"""The panel: who was ranked in which edition, with what score and rank, and what that rests on."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd

from dti_analysis.config import IndexConfig, list_components
from dti_analysis.errors import DataError, UnknownUnitError
from dti_analysis.names import find_code, quote
from dti_analysis.targets import COLUMNS as TARGET_COLUMNS
from dti_analysis.targets import Target, is_known, list_targets

OVERALL = "overall"
"""The measure of the whole index; others are its components and the pillars made of them."""

NATIONAL = "national"
"""Name of the table of what is stated of editions as a whole, among those of a panel."""

KEY = ["year", "code", "measure"]
VALUES = [*KEY, "score", "rank", "score_status", "rank_status"]
"""Columns of the values: one row for each unit, edition and measure."""


STATUSES = ("published", "implied", "computed")
"""Where a value is from: stated, following from what is stated, or by the index's arithmetic."""

# Finer than any published decimal, coarser than floating-point noise.
RANK_DECIMALS = 9
# Gaps between editions that tell how far apart the next ones will be.
_RECENT_GAPS = 3


@dataclass(frozen=True)
class Unit:
    """What an index ranks: a province, a city."""

    code: str  # its key within the roster, the name where there are no codes
    name: str
    region: str = ""  # where it lies; empty where that is not known
    # of the index that ranks it, which may call it otherwise in a language
    config: IndexConfig = field(default_factory=IndexConfig, repr=False, compare=False)

    @property
    def label(self) -> str:
        """What it is called in the language chosen."""
        return self.config.label_unit(self.name)


@dataclass(frozen=True)
class LeftOut:
    """Units of an edition of which something is not there, or not as it was published.

    Its kind is ``absent`` (a row without a value, taken for not ranked), ``no_value`` (nothing is
    known of the edition), ``unpublished`` (ranked, neither score nor rank known), ``no_rank`` (only
    the score), ``computed`` (the rank, from the scores of all), ``away`` (not ranked, though before
    and after), ``gone`` (ranked for the last time, hence not forecast) or ``beyond`` (ranked, but
    in no row of a panel that is a part).
    """

    kind: str
    year: int
    units: tuple[str, ...]  # their names, by code; none where these are not known
    ranked: int  # how many in the edition, as far as that is known


@dataclass(frozen=True, eq=False)
class Panel:
    """Everything that is known of one roster of units, checked once; no method changes it.

    Parameters
    ----------
    config : IndexConfig
        What the index is.
    units : DataFrame
        Indexed by code: name, and if known region, row and column (of its tile).
    values : DataFrame
        The columns `VALUES`: year (int), code, measure, score (float), rank (float; ties share the
        best) and for both a status, missing where the value is. A row of the measure overall says
        that a unit was ranked in that edition, whether its score and rank are published or not.
    weights : mapping of int to mapping of str to float
        Weights of the components from each edition that changed them on.
    targets : DataFrame
        Official targets: measure and the columns `dti_analysis.targets.COLUMNS`.
    parent : Panel or None
        The roster that this one was made of, by a merger.
    crosswalk : DataFrame or None
        What became of each unit of the parent: old_code, new_code and, if units do not count
        alike, weight.
    tables : mapping of str to DataFrame
        What else is known: facts, sources and the like.
    basis : str or None
        Name of the roster, where the index has several.
    measure : str
        What is ranked.
    resolve : callable or None
        From a spelling to a code, where names have spellings of their own.
    spellings : mapping of str to sequence of str
        Other spellings of the units, by code, where they are known.
    omitted : tuple of LeftOut
        Rows of what it was made from that are none of its own.
    """

    config: IndexConfig
    units: pd.DataFrame
    values: pd.DataFrame
    weights: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    targets: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["measure", *TARGET_COLUMNS])
    )
    parent: "Panel | None" = None
    crosswalk: pd.DataFrame | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    basis: str | None = None
    measure: str = OVERALL
    resolve: Callable[[str], str] | None = None
    spellings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    omitted: tuple[LeftOut, ...] = ()

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The editions of the measure: year, code, score, rank, score_status, rank_status.

        One row for each unit ranked, by year and code; editions of which nothing is known are left
        out. A rank that is not known is computed where the whole roster has scores.
        """
        columns = ["score", "rank", "score_status", "rank_status"]
        own = self.values[self.values["measure"] == self.measure]
        if self.measure != OVERALL:
            roster = self.values.loc[self.values["measure"] == OVERALL, KEY[:2]]
            own = roster.merge(own, on=KEY[:2], how="left")
        own = own[[*KEY[:2], *columns]].sort_values(KEY[:2], ignore_index=True)
        has_value = own["score"].notna() | own["rank"].notna()
        own = own[has_value.groupby(own["year"]).transform("any")].reset_index(drop=True)
        oriented = self.config.orient(own["score"])
        computed = oriented.groupby(own["year"]).transform(rank_within_edition)
        is_computed = own["rank"].isna() & computed.notna()
        return own.assign(
            rank=own["rank"].where(~is_computed, computed),
            rank_status=own["rank_status"].where(~is_computed, "computed"),
        )

    @cached_property
    def editions(self) -> tuple[int, ...]:
        """Editions of which anything is known, in ascending order."""
        return tuple(int(year) for year in sorted(self.rows["year"].unique()))

    @cached_property
    def decimals(self) -> int:
        """Decimal places of a score that tell a thirtieth of how far the last known ones spread."""
        known = self.rows.dropna(subset="score").groupby("year")["score"].std()
        spread = known[known > 0].tail(1)
        return 3 if spread.empty else max(0, math.ceil(math.log10(30 / spread.iloc[0])))

    @property
    def names(self) -> dict[str, str]:
        """Names by code."""
        return dict(self.units["name"])

    @property
    def labels(self) -> dict[str, str]:
        """What units are called in the language chosen, by code."""
        return {code: self.config.label_unit(name) for code, name in self.names.items()}

    def unit(self, code: str) -> Unit:
        """Give a unit by its code."""
        row = self.units.loc[code]
        return Unit(code, str(row["name"]), str(row.get("region", "") or ""), self.config)

    def find(self, name: str) -> Unit:
        """Find a unit by its name or code.

        Raises
        ------
        UnknownUnitError, AmbiguousUnitError
            If none, or several, are called so.
        """
        noun = self.config.unit
        among = f"among the {len(self.units)} {self.config.units}"
        resolve = self.resolve or partial(find_code, names=self.names, noun=noun, where=among)
        try:
            return self.unit(resolve(name))
        except UnknownUnitError as error:
            if self.parent is None or self.crosswalk is None:
                raise
            try:
                former = self.parent.find(name)
            except DataError:
                raise error from None
            now = self.unit(self.successors[former.code])
            raise UnknownUnitError(
                f"{noun} {quote(name)} is not one of the {len(self.units)}: {former.name} has "
                f'become part of {now.name}. Ask for "{now.name}", or use basis '
                f"{self.parent.basis}."
            ) from None

    @property
    def successors(self) -> dict[str, str]:
        """What became of each unit of the parent: its code by the old one."""
        if self.crosswalk is None:
            return {}
        return dict(zip(self.crosswalk["old_code"], self.crosswalk["new_code"], strict=True))

    def members(self, code: str) -> list[Unit]:
        """List the units of the parent that a unit was made of, by code."""
        merged = [old for old, new in sorted(self.successors.items()) if new == code]
        return [self.parent.unit(old) for old in merged] if self.parent else []

    def of(self, measure: str) -> "Panel":
        """Take another measure for what is ranked: a component, or a pillar.

        The overall index and its pillars merge from the parent, a component does not.

        Raises
        ------
        DataError
            If it is not known of a whole roster in any edition.
        """
        if measure == self.measure:
            return self
        if measure not in self._others:
            self._others[measure] = self._take(measure)
        return self._others[measure]

    @cached_property
    def _others(self) -> dict[str, "Panel"]:
        return {}

    def _take(self, measure: str) -> "Panel":
        asked = replace(self, measure=measure)
        if measure not in set(self.values["measure"]) or not asked._is_ever_whole():
            raise DataError(
                f"measure {quote(measure)} is not known for all {self.config.units} of any "
                f"edition. Known: {', '.join(self.whole_measures)}."
            )
        parts = self.tables.get("parts")
        own = set() if parts is None else set(parts.loc[parts["measure"] == measure, "component"])
        weights = {
            year: {name: weight for name, weight in part.items() if name in own}
            for year, part in self.weights.items()
        }
        merges = self.parent is not None and measure not in self.weights_of(self.editions[-1])
        parent = self.parent.of(measure) if merges and self.parent else None
        return replace(
            asked,
            parent=parent,
            crosswalk=self.crosswalk if merges else None,
            weights={year: part for year, part in weights.items() if part},
        )

    def _is_ever_whole(self) -> bool:
        known = self.rows["score"].notna() | self.rows["rank"].notna()
        return bool(known.groupby(self.rows["year"]).all().any())

    @cached_property
    def whole_measures(self) -> list[str]:
        """Those of which there is an edition that is known of its whole roster: what `of` takes."""
        return [name for name in self.measures if replace(self, measure=name)._is_ever_whole()]

    @property
    def measures(self) -> list[str]:
        """What is measured: the overall index first, then its pillars and components."""
        return [OVERALL, *(name for name in self.values["measure"].unique() if name != OVERALL)]

    @property
    def components(self) -> tuple[str, ...]:
        """Components of any edition, in the order of their first weights."""
        return list_components(self.weights)

    def weights_of(self, year: int) -> Mapping[str, float]:
        """Give the weights of the components in an edition: the last ones stated up to it."""
        known = [edition for edition in self.weights if edition <= year]
        return self.weights[max(known)] if known else {}

    def scores_of(self, component: str) -> pd.DataFrame:
        """Scores of a component: one row for each unit (code), one column for each edition."""
        rows = self.values[self.values["measure"] == component]
        return rows.pivot(index="code", columns="year", values="score")

    def wide(self, column: str = "rank") -> pd.DataFrame:
        """Spread ranks or scores: one row for each unit (code), one column for each edition."""
        return self.rows.pivot(index="code", columns="year", values=column).astype(float)

    @cached_property
    def table(self) -> pd.DataFrame:
        """The panel as a table to work on: one row for each unit and edition.

        Its columns are year, code, unit (name), region where known, score, rank (float),
        score_status and rank_status of the measure; then the scores of all other measures by their
        names, and what is published of their ranks as ``<measure>_rank``.
        """
        labels = self.units.reindex(self.rows["code"])
        table = self.rows.copy()
        table.insert(2, "unit", labels["name"].to_numpy())
        if "region" in labels:
            table.insert(3, "region", labels["region"].to_numpy())
        others = self.values[self.values["measure"] != self.measure]
        parts = [table.set_index(KEY[:2])]
        for column, suffix in (("score", ""), ("rank", "_rank")):
            known = others.dropna(subset=column)
            wide = known.pivot(index=KEY[:2], columns="measure", values=column)
            order = [name for name in self.measures if name in wide]
            parts.append(wide[order].add_suffix(suffix))
        return pd.concat(parts, axis=1).reindex(parts[0].index).reset_index()

    def choose_origin(self, year: int | None = None) -> int:
        """Choose the last edition a forecast may know: the one asked for, or the last there is.

        Raises
        ------
        DataError
            If it is not an edition.
        """
        if not self.editions:
            raise DataError("no score and no rank is known: expected at least one edition.")
        if year is None:
            return self.editions[-1]
        if year not in self.editions:
            listed = ", ".join(map(str, self.editions))
            raise DataError(f"edition {year} is not in the panel: expected one of {listed}.")
        return year

    def next_editions(self, origin: int, count: int) -> tuple[int, ...]:
        """Name the editions after one: those there are, then at `usual_distance`."""
        later = [year for year in self.editions if year > origin][:count]
        last, step = later[-1] if later else origin, usual_distance(self.editions)
        further = range(1, count - len(later) + 1)
        return (*later, *(last + step * ahead for ahead in further))

    def roster(self, year: int) -> tuple[str, ...]:
        """List the units ranked in an edition, by code."""
        return self._rosters.get(year, ())

    @cached_property
    def _rosters(self) -> dict[int, tuple[str, ...]]:
        years, codes = self.rows["year"], self.rows["code"]
        return {year: tuple(codes[years == year]) for year in years.unique().tolist()}

    def ranks_of(self, year: int) -> pd.Series:
        """Ranks of an edition by code, NaN where not known."""
        return self.rows[self.rows["year"] == year].set_index("code")["rank"]

    def count_ranked(self, year: int) -> int:
        """Count the units ranked in an edition, as far as rows and ranks tell."""
        ranks = self.ranks_of(year)
        return int(max([len(ranks), *ranks.dropna()]))  # of a part, ranks may exceed its rows

    def rank_of(self, code: str, year: int) -> int | None:
        """Give the rank of a unit in an edition, if it is known."""
        rank = self.ranks_of(year).get(code)
        return None if rank is None or np.isnan(rank) else int(rank)

    def last_ranks(self, year: int) -> pd.Series:
        """Last ranks known up to an edition, by code."""
        known = self.rows[self.rows["year"] <= year].dropna(subset="rank")
        return known.drop_duplicates("code", keep="last").set_index("code")["rank"]

    def history(self, code: str) -> pd.DataFrame:
        """Editions of a unit: year, rank, score, rank_status."""
        own = self.rows[self.rows["code"] == code]
        return own[["year", "rank", "score", "rank_status"]].reset_index(drop=True)

    def known_targets(self, origin: int) -> pd.DataFrame:
        """Take the official targets for later editions that were known at an origin.

        If no later edition is out, all that were stated so far are; see
        `dti_analysis.targets.is_known`.
        """
        own = self.targets[self.targets["measure"] == self.measure]
        own = own[own["year"] > origin]
        if not any(year > origin for year in self.editions):
            return own
        next_day = self.release_days.get(self.next_editions(origin, 1)[0], "")
        known = [is_known(stated_on, origin, next_day) for stated_on in own["stated_on"]]
        return own[np.array(known, dtype=bool)]

    def targets_of(self, code: str, origin: int) -> list[Target]:
        """List the official targets of a unit for later editions that were known at an origin."""
        return list_targets(self.known_targets(origin), code)

    @cached_property
    def release_days(self) -> Mapping[int, str]:
        """Day on which each edition came out, where sources tell: the first to state a fact."""
        if not {"facts", "sources"} <= set(self.tables):
            return {}
        stated = self.tables["facts"].merge(self.tables["sources"], on="source_id")
        days = stated[stated["date"].str.len() == len("2022-10-10")].groupby("year")["date"].min()
        return {int(str(year)): str(day) for year, day in days.items()}

    @cached_property
    def means(self) -> Mapping[int, float]:
        """What is stated to be the mean of all scores of an edition, more being better."""
        told = dict(self.config.means) if self.measure == OVERALL else {}
        if NATIONAL in self.tables:
            stated = self.tables[NATIONAL]
            own = stated[stated["metric"] == f"mean_{self.measure}"]
            told |= zip(own["year"].tolist(), own["value"], strict=True)
        return {year: float(self.config.orient(mean)) for year, mean in told.items()}

    def known(self, origin: int) -> pd.DataFrame:
        """Take what a forecast may see: no edition after the origin, no unit that is not in it.

        Ranks are restated among the units kept in each edition: those who have left since no
        longer take places, and where the panel is but a part of what is ranked, those that are in
        it keep their standing, ``(rank - ½) / size``. The columns are unit (code), year, score
        (turned where less is better, so that more is) and rank (float), sorted by unit and year, as
        `dti_analysis.models.positions.standardise` takes.
        """
        seen = self.rows[self.rows["year"] <= origin]
        known = self._restate(seen, seen["code"].isin(self.roster(origin)))
        return known.sort_values(["unit", "year"], ignore_index=True)

    def outcome(self, edition: int, codes: Sequence[str]) -> pd.DataFrame:
        """Take what came of some units, as `known` does: only those of which a value is known."""
        seen = self.rows[self.rows["year"] == edition]
        has_value = seen["score"].notna() | seen["rank"].notna()
        known = self._restate(seen, seen["code"].isin(list(codes)) & has_value)
        return known.reset_index(drop=True)

    def _restate(self, seen: pd.DataFrame, is_kept: "pd.Series[bool]") -> pd.DataFrame:
        known = _restate_ranks(seen, is_kept)
        return known.assign(score=self.config.orient(known["score"]))

    @cached_property
    def fingerprint(self) -> str:
        """Sum up, by content, all that a forecast depends on: sha256 in hexadecimal."""
        scale = self.config.max_score, self.config.higher_is_better
        about = f"{self.measure} {scale} {self.weights} {self.means}"
        found = hashlib.sha256(about.encode())
        tables = [self.values, self.targets.astype(str)]
        tables += [self.crosswalk] if self.crosswalk is not None else []
        for table in tables:
            found.update(repr(list(table.columns)).encode())
            found.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
        return found.hexdigest() + (self.parent.fingerprint if self.parent else "")

    def between(self, first: int, last: int) -> "Panel":
        """Keep the editions from one to another, of the parent too."""
        is_kept = self.values["year"].between(first, last)
        parent = self.parent.between(first, last) if self.parent else None
        return replace(self, values=self.values[is_kept], parent=parent)


def usual_distance(editions: Sequence[int]) -> int:
    """Tell how many years are between editions of late: the median of the last three gaps.

    So one edition that was left out, or that came early, changes nothing, and two that come at
    another pace do. Between two gaps it is the half of their sum, rounded down; with one edition it
    is a year.

    Examples
    --------
    >>> usual_distance([2016, 2018, 2020, 2021]), usual_distance([2016, 2018, 2020, 2021, 2022])
    (2, 1)
    """
    gaps = np.diff(editions)[-_RECENT_GAPS:]
    return int(np.median(gaps)) if len(gaps) else 1


def rank_within_edition(scores: pd.Series) -> pd.Series:
    """Rank the unrounded scores of one edition: 1 is the highest, ties share the best rank.

    Ranks are all missing if any score is, since a rank needs the whole roster.

    Examples
    --------
    >>> rank_within_edition(pd.Series([0.4, 0.7, 0.4, 0.1])).tolist()
    [2.0, 1.0, 2.0, 4.0]
    """
    if scores.isna().any():
        return pd.Series(np.nan, index=scores.index, dtype=float)
    return scores.round(RANK_DECIMALS).rank(method="min", ascending=False)


def _restate_ranks(seen: pd.DataFrame, is_kept: "pd.Series[bool]") -> pd.DataFrame:
    """Keep some rows, and restate the ranks of each edition among them; see `Panel.known`."""
    ranks = seen["rank"].to_numpy(dtype=float, copy=True)
    for rows in seen.groupby("year").indices.values():
        stated, kept = ranks[rows], is_kept.to_numpy()[rows]
        if np.isnan(stated[kept]).all():
            continue  # none of theirs to restate
        # Ranks beyond the panel take places too: the last known one tells how many.
        size = max(len(rows), np.nanmax(stated))
        left = np.sort(stated[~kept & np.isfinite(stated)])
        ranks[rows] = stated - np.searchsorted(left, stated)
        ranks[rows] = 0.5 + (ranks[rows] - 0.5) * kept.sum() / (size - len(left))
    known = seen.assign(rank=ranks).rename(columns={"code": "unit"})
    return known.loc[is_kept, ["unit", "year", "score", "rank"]]
