"""Do the rows of a raw table make sense? What no table schema can say."""

from collections.abc import Iterator
from functools import cache, partial

import pandas as pd

from dti_analysis.cleaning.dti import BASES, FORMER, MAIN_INDICES, PILLARS
from dti_analysis.cleaning.gazetteer import Gazetteer, fold_name
from dti_analysis.cleaning.numbers import Finding, find_cells, match_rank, match_score, tell_cell
from dti_analysis.errors import DataError
from dti_analysis.names import quote
from dti_analysis.panel import usual_distance
from dti_analysis.targets import doubt_target, is_date

_FIX = "Correct the value."

_FIX_RANK = "Correct the value or the basis."

_FIX_NAME = "Correct the name or the code."

WHOLE_COUNTRY = ("00", "(cả nước)")
"""Code and name in the rows of `indicators` that are about no single province."""


def find_senseless(
    name: str,
    table: pd.DataFrame,
    gazetteer: Gazetteer | None,
    is_whole: bool = True,
    methodology: pd.DataFrame | None = None,
) -> Iterator[Finding]:
    """Find the well-formed rows of one raw table that contradict the domain.

    Without a gazetteer names are left unchecked, and targets without the points of the editions
    that they are for. Rows can be missed only where none was left out: `is_whole`.
    """
    if name == "crosswalk_63_34" and is_whole:
        yield from _find_merger_faults(table)
    if name == "methodology" and is_whole:
        yield from _find_edition_faults(table)
    if name == "dti_facts":
        yield from _find_value_faults(table)
    if name == "targets" and methodology is not None:
        yield from _find_target_faults(table, methodology)
    if "date" in table:
        is_wrong = (table["date"] != "") & ~table["date"].map(is_date)
        yield from find_cells(table["date"], is_wrong, "a day that there is", "Correct the date.")
    if gazetteer is None:
        return
    if name == "name_variants":
        yield from _find_spelling_faults(table, gazetteer)
    if name == "tile_grid":
        yield from _find_tile_faults(table, gazetteer, is_whole)
    if name in ("dti_facts", "targets"):
        yield from _find_name_faults(table, gazetteer)
    if name == "indicators":
        code, country = WHOLE_COUNTRY
        is_national = table["code"] == code
        yield from _find_name_faults(table[~is_national], gazetteer)
        is_wrong, expected = is_national & (table["province"] != country), f'"{country}"'
        yield from find_cells(table["province"], is_wrong, f"{expected} for code {code}", _FIX_NAME)


def _find_value_faults(facts: pd.DataFrame) -> Iterator[Finding]:
    for row, metric, basis, text in facts[["metric", "basis", "value"]].itertuples(name=None):
        if metric.startswith("rank_"):
            rank, of = match_rank(text) or (0, None)
            is_right = 1 <= rank <= int(basis) and of in (None, int(basis))
            expected, remedy = f"a rank from 1 to {basis}, as the basis is {basis}", _FIX_RANK
        else:
            score = match_score(text)
            is_right, remedy = score is not None and score <= 1, _FIX
            expected = "a score from 0 to 1, such as 0.6077, 60.77% or 607.7/1000"
        if not is_right:
            yield row, "value", *tell_cell(text, expected, remedy)


def _find_target_faults(targets: pd.DataFrame, methodology: pd.DataFrame) -> Iterator[Finding]:
    editions = sorted(set(methodology["year"].astype(int)))
    for row, target in targets.iterrows():
        goal = int(target["target_rank"]), int(target["target_year"]), target["stated_on"]
        doubt = doubt_target(*goal, int(target["basis"]), editions, usual_distance(editions))
        if doubt is not None:
            name, expected, remedy = doubt
            field = name if name in target else f"target_{name}"
            yield int(str(row)), field, *tell_cell(target[field], expected, remedy)


def _find_spelling_faults(variants: pd.DataFrame, gazetteer: Gazetteer) -> Iterator[Finding]:
    """Spellings of two provinces, unless they are marked so; a province owns its display name."""
    owners = {
        fold_name(province.name): code
        for (basis, code), province in gazetteer.provinces.items()
        if basis == FORMER
    }
    plain = variants[~variants["where_seen"].str.contains("AMBIGUOUS")]
    for row, code, variant in zip(plain.index, plain["code"], plain["variant"], strict=True):
        owner = owners.setdefault(fold_name(variant), code)
        if owner != code:
            problem = f"expected code {owner} for {quote(variant)} as elsewhere, found {code}."
            remedy = (
                "Correct the code, or write AMBIGUOUS in where_seen of every row that spells so."
            )
            yield row, "variant", problem, remedy


def _find_tile_faults(
    grid: pd.DataFrame, gazetteer: Gazetteer, is_whole: bool
) -> Iterator[Finding]:
    """Codes that no province has, provinces left off the map, two on one tile."""
    keys = [(int(basis), code) for basis, code in zip(grid["basis"], grid["code"], strict=True)]
    is_unknown = pd.Series([key not in gazetteer.provinces for key in keys], grid.index)
    yield from find_cells(grid["code"], is_unknown, "a code of its basis", "Correct the code.")
    is_taken = grid.duplicated(["basis", "row", "column"])
    yield from find_cells(grid["column"], is_taken, "a tile of its own", "Move one of the two.")
    for basis, code in sorted(set(gazetteer.provinces) - set(keys)) if is_whole else ():
        problem = (
            f"expected a tile for {gazetteer.provinces[basis, code].name} "
            f"(basis {basis}, code {code}), found none."
        )
        yield None, "code", problem, "Add a row for it."


def _find_name_faults(table: pd.DataFrame, gazetteer: Gazetteer) -> Iterator[Finding]:
    """Names that do not mean the province of their code; no basis means the former."""
    bases = table["basis"] if "basis" in table else [str(FORMER)] * len(table)
    doubt = cache(partial(_doubt_name, gazetteer))
    for row, *told in zip(table.index, bases, table["code"], table["province"], strict=True):
        if answer := doubt(*told):
            yield row, "province", *answer


def _doubt_name(gazetteer: Gazetteer, basis: str, code: str, name: str) -> tuple[str, str] | None:
    try:
        meant = gazetteer.resolve(name, int(basis))
    except DataError as error:
        return split_remedy(error)
    if meant.code == code:
        return None
    owner = gazetteer.provinces.get((int(basis), code))
    whose = f"the code of {quote(owner.name)}" if owner else "no code"
    found = f"found {code}, which is {whose} (basis {basis})"
    return f"expected code {meant.code} for {quote(name)}, {found}.", _FIX_NAME


def split_remedy(error: DataError) -> tuple[str, str]:
    """Take the last sentence of a message for its remedy, unless the stop is inside a quotation."""
    problem, stop, remedy = str(error).rpartition(". ")
    if stop and remedy.count('"') % 2 == 0:
        return f"{problem}.", remedy
    return str(error), _FIX


def _find_merger_faults(crosswalk: pd.DataFrame) -> Iterator[Finding]:
    """Former and current provinces that do not match up; the gazetteer rests on all of this."""
    for find in (_find_wrong_counts, _find_two_names, _find_equal_names, _find_lost_names):
        faults = list(find(crosswalk))
        yield from faults
        if faults:
            return  # what follows would only be their effect


def _find_wrong_counts(crosswalk: pd.DataFrame) -> Iterator[Finding]:
    for basis, field in zip(BASES, ("old_code", "new_code"), strict=True):
        count = crosswalk[field].nunique()
        if count != basis:
            problem = f"expected {basis} different codes, found {count}."
            yield None, field, problem, "Restore the missing rows or correct the codes."


def _find_two_names(crosswalk: pd.DataFrame) -> Iterator[Finding]:
    for code, former in crosswalk.groupby("new_code"):
        usual = former["new_province"].mode()[0]
        for row in former.index[former["new_province"] != usual]:
            problem = (
                f"expected {quote(usual)} for {code}, found {quote(former['new_province'][row])}."
            )
            yield row, "new_province", problem, _FIX_NAME


def _find_equal_names(crosswalk: pd.DataFrame) -> Iterator[Finding]:
    current = crosswalk.drop_duplicates("new_code")["new_province"]
    for names in (crosswalk["old_province"], current):
        is_twin = names.map(fold_name).duplicated()
        yield from find_cells(names, is_twin, "a name that no other row has", _FIX)


def _find_lost_names(crosswalk: pd.DataFrame) -> Iterator[Finding]:
    for name, former in crosswalk.groupby("new_province"):
        is_heir = former["old_province"].map(fold_name) == fold_name(str(name))
        if len(former) > 1 and not is_heir.any():
            problem = f"expected a former province of {quote(str(name))} to carry the name, "
            problem += "found none."
            yield former.index[0], "new_province", problem, _FIX


def _find_edition_faults(methodology: pd.DataFrame) -> Iterator[Finding]:
    """Editions whose points do not make up the overall score."""
    for (year, basis), rows in methodology.groupby(["year", "basis"]):
        expected = PILLARS if year == "2020" else MAIN_INDICES
        what = f"the {len(expected)} {'pillars' if expected is PILLARS else 'main indices'}"
        missing = [index for index in expected if index not in set(rows["index"])]
        if missing:
            problem = (
                f"expected points of {what} in edition {year} (basis {basis}), "
                f"found none of {', '.join(missing)}."
            )
            yield None, "index", problem, "Add a row for each."
        is_other, told = ~rows["index"].isin(expected), f"one of {what} in edition {year}"
        remedy = "Correct the index or the year, or delete the row."
        yield from find_cells(rows["index"], is_other, told, remedy)
