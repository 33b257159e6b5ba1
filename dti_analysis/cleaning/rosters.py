"""The rows of a table to a panel: who was ranked in which edition."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from dti_analysis.cleaning.agreement import LABELS, require_agreement
from dti_analysis.cleaning.official_targets import list_official
from dti_analysis.config import IndexConfig
from dti_analysis.errors import DataError
from dti_analysis.guards import guard
from dti_analysis.language import write_number
from dti_analysis.names import find_close, list_names, name_key, quote
from dti_analysis.panel import OVERALL, VALUES, LeftOut, Panel


def build_panel(
    table: pd.DataFrame,
    config: IndexConfig,
    where: str,
    *,
    basis: str | None = None,
    parent: Panel | None = None,
    crosswalk: pd.DataFrame | None = None,
) -> Panel:
    """Make a panel of what `dti_analysis.cleaning.panel_table.read_panel` has read.

    A table that does not fit the description, or does not say who was ranked, is refused.
    """
    table = table.assign(code=table["code"].where(table["code"] != "", table["unit"]))
    _require_scale(table, config, where)
    # The last name of a unit stands, in whatever order the rows come.
    settled = _settle_blanks(table, config, where)
    for name in ("score", "rank"):
        read, kept = table[name].notna().sum(), settled[name].notna().sum()
        guard(f"panel {where}", f"no {name} is dropped", read == kept, f"{kept} of {read}")
    omitted = _list_omitted(table, settled)
    table = settled.sort_values(["year", "code"], ignore_index=True)
    weights = config.weights if isinstance(config.weights, Mapping) else {}
    for name in config.components:
        if table[name].isna().all():
            raise DataError(
                f"{where}: the component {quote(name)} has no score in any row. Fill in its "
                "column, or leave its weight out."
            )
    _require_one_spelling(config.components, where)
    overall = table.assign(measure=OVERALL)[VALUES]
    parts = [
        table[["year", "code"]]
        .assign(measure=name, score=table[name], rank=np.nan)
        .assign(score_status="published", rank_status=None)
        .dropna(subset="score")
        for name in config.components
    ]
    values = pd.concat([overall, *(part[VALUES] for part in parts)], ignore_index=True)
    named = table.rename(columns={"unit": "name"})
    units = named.drop_duplicates("code", keep="last").set_index("code").sort_index()
    units = units.filter(["name", "region", "row", "column"])
    panel = Panel(
        config,
        units,
        values.sort_values(["measure", "year", "code"], key=_overall_first, ignore_index=True),
        weights,
        basis=basis,
        parent=parent,
        crosswalk=crosswalk,
        tables={LABELS: named.filter(["year", "code", "name", "region"])},
        omitted=omitted,
    )
    require_agreement(panel, where)
    if crosswalk is not None and parent is not None:
        _require_crosswalk(panel, parent, where)
    return replace(panel, targets=list_official(panel))


def _overall_first(column: pd.Series) -> pd.Series:
    return column.where(column != OVERALL, "") if column.name == "measure" else column


def _require_one_spelling(components: Iterable[str], where: str) -> None:
    spellings: dict[str, str] = {}
    for name in components:
        other = spellings.setdefault(name_key(name), name)
        if other != name:
            raise DataError(
                f"{where}: expected one spelling of a component, found {quote(other)} and "
                f"{quote(name)}. Write it one way, or rename one of the two columns."
            )


def _require_scale(table: pd.DataFrame, config: IndexConfig, where: str) -> None:
    if config.max_score is None:
        return
    for name in ("score", *config.components):
        beyond = table[(table[name] < 0) | (table[name] > config.max_score)]
        for row in beyond.head(1).to_dict("records"):
            what = "score" if name == "score" else f"{quote(name)} score"
            raise DataError(
                f"{where}: the {what} {write_number(row[name])} of {quote(row['unit'])} in "
                f"{row['year']} is outside 0 to {write_number(config.max_score)}. Correct it, or "
                "max_score in index.toml (--max-score)."
            )


def _settle_blanks(table: pd.DataFrame, config: IndexConfig, where: str) -> pd.DataFrame:
    """Say of rows without a value whether they were ranked; refuse where nobody says so."""
    has_value = table["score"].notna() | table["rank"].notna()
    by_year = has_value.groupby(table["year"])
    table, has_value = table[by_year.transform("any")], has_value[by_year.transform("any")]
    kept = []
    for year, edition in table.groupby("year"):
        known = edition[has_value[edition.index]]
        last = known["rank"].max()
        if len(known) < len(edition):
            # Of a part of what is ranked, no rank tells how many are missing.
            tells = last > len(known) and not config.is_subset
            if not tells and config.blank is None:
                count = len(edition) - len(known)
                rows = "1 row of {} has" if count == 1 else f"{count} rows of {{}} have"
                raise DataError(
                    f"{where}: {rows.format(year)} neither score nor rank, such as that of "
                    f"{list_names(edition['unit'][~has_value[edition.index]][:1])}. Were they "
                    'ranked? Say blank = "unpublished" if they were, "absent" if not, in '
                    "index.toml, or --blank."
                )
            edition = edition if tells or config.blank == "unpublished" else known
        if last > len(edition) and not config.is_subset:
            others = sorted(set(table["unit"]) - set(edition["unit"]))
            gone = f" Only in other editions: {list_names(others)}." if others else ""
            raise DataError(
                f"{where}: the ranks of {year} go up to {last:.0f}, and {len(edition)} units have "
                f"a row: {last - len(edition):.0f} missing.{gone} Add a row for each, blank where "
                "nothing is known, or say subset = true in index.toml, or --subset."
            )
        kept.append(edition)
    return pd.concat(kept) if kept else table


def _list_omitted(table: pd.DataFrame, kept: pd.DataFrame) -> tuple[LeftOut, ...]:
    """List the rows that are not kept, edition by edition: of those kept, units not ranked."""
    left = table.drop(kept.index)
    sizes = kept.groupby("year").size()
    return tuple(
        LeftOut(
            "absent" if year in sizes else "no_value",
            int(str(year)),
            tuple(rows.sort_values("code")["unit"]),
            int(sizes.get(year, 0)),
        )
        for year, rows in left.groupby("year")
    )


def _require_crosswalk(panel: Panel, parent: Panel, where: str) -> None:
    assert panel.crosswalk is not None
    for column, known in (("old_code", parent.units), ("new_code", panel.units)):
        missing = sorted(set(panel.crosswalk[column]) - set(known.index))
        if missing:
            close = list_names(find_close(missing[0], known.index))
            raise DataError(
                f"{where}: the crosswalk names {list_names(missing)}, which has no row."
                + (f" Closest: {close}." if close else "")
            )
    lost = sorted(set(parent.units.index) - set(panel.crosswalk["old_code"]))
    if lost:
        raise DataError(f"{where}: the crosswalk does not say what became of {list_names(lost)}.")
    made = sorted(set(panel.units.index) - set(panel.crosswalk["new_code"]))
    if made:
        raise DataError(f"{where}: the crosswalk does not say what became {list_names(made)}.")
