"""The official targets that an index states, to those of its rosters; what cannot be is refused."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from dti_analysis.config import CONFIG, IndexConfig
from dti_analysis.errors import DataError, UnknownUnitError
from dti_analysis.files import show_path
from dti_analysis.names import find_close, list_names, quote
from dti_analysis.panel import OVERALL, Panel, usual_distance
from dti_analysis.targets import COLUMNS, doubt_target

_Stated = Mapping[str, Any]


def list_official(panel: Panel) -> pd.DataFrame:
    """List the official targets of the units of a panel, as `Panel.targets` has them.

    Those that name another roster, or a unit of another, are left for that one; what cannot be, or
    is stated twice, is refused.
    """
    found: dict[tuple[object, ...], tuple[str, dict[str, Any]]] = {}
    for where, stated in _list_stated(panel.config):
        code = _find_code(panel, stated)
        if code is None:
            continue
        target = _check(panel, code, stated, where)
        key = target["measure"], code, target["rank"], target["year"]
        if key in found:
            raise DataError(
                f"{where}: expected a target of its own, found rank {target['rank']} in "
                f"{target['year']} for {quote(panel.names[code])} twice: it is that of "
                f"{found[key][0]}. Leave one of them out."
            )
        found[key] = where, target
    rows = [target for _where, target in found.values()]
    return pd.DataFrame(rows, columns=["measure", *COLUMNS])


def require_rosters(config: IndexConfig, panels: Mapping[str, Panel]) -> None:
    """Refuse targets of a roster or a unit that is none, `panels` being all rosters by name."""
    for where, stated in _list_stated(config):
        basis, unit = stated.get("basis"), stated["unit"]
        if basis is not None and basis not in config.bases:
            known = ", ".join(config.bases) or "none, leave it out"
            raise DataError(f"{where}: basis {quote(basis)} is not known. Known: {known}.")
        if any(_find_code(panel, stated) is not None for panel in panels.values()):
            continue
        others = [name for name, panel in panels.items() if unit in panel.names.values()]
        if others:
            raise DataError(
                f'{where}: expected a {config.unit} of basis "{basis}", found {quote(unit)}, which '
                f'is one of "{others[0]}". Correct one of the two.'
            )
        names = list(
            dict.fromkeys(name for panel in panels.values() for name in panel.names.values())
        )
        close = find_close(unit, names)
        raise DataError(
            f"{where}: expected a {config.unit} of the panel, found {quote(unit)}. "
            f"{'Closest' if close else 'There'}: {list_names(close or names)}."
        )


def _list_stated(config: IndexConfig) -> Iterator[tuple[str, _Stated]]:
    """List where each target stands, and what it says."""
    stated = config.targets if isinstance(config.targets, tuple) else ()
    for number, target in enumerate(stated, start=1):
        yield target.get("where", f"{show_path(config.file or CONFIG)}, target {number}"), target


def _find_code(panel: Panel, stated: _Stated) -> str | None:
    if stated.get("basis", panel.basis) != panel.basis:
        return None
    try:
        return panel.find(stated["unit"]).code
    except UnknownUnitError:
        return None


def _check(panel: Panel, code: str, stated: _Stated, where: str) -> dict[str, Any]:
    try:
        own = panel.of(stated.get("measure", OVERALL))
    except DataError as error:
        raise DataError(f"{where}: {error}") from error
    target = {key: stated.get(key, "") for key in COLUMNS} | {"measure": own.measure, "code": code}
    year = target["year"] if target["year"] in own.editions else own.editions[-1]
    asked = target["rank"], target["year"], target["stated_on"], len(own.roster(year))
    doubt = doubt_target(*asked, own.editions, usual_distance(own.editions))
    if doubt is not None:
        name, expected, remedy = doubt
        found = quote(str(target[name]))
        raise DataError(f"{where}, {name}: expected {expected}, found {found}. {remedy}")
    return target
