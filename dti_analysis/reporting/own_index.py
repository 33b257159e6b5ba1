"""The reports of a project's own index: its notebook, run for its units."""

from collections import Counter
from collections.abc import Sequence

from dti_analysis import paths
from dti_analysis.cleaning.tables import select_origin
from dti_analysis.config import Project
from dti_analysis.forecasting.any_index import find_unit
from dti_analysis.reporting.jobs import Job, simplify
from dti_analysis.reporting.plan import Plan
from dti_analysis.reporting.provenance import sum_bytes
from dti_analysis.reporting.table import plan_list
from dti_analysis.reports.headings import name_title


def plan(
    index: Project,
    names: Sequence[str],
    origin_year: int | None,
    draws: int,
    seed: int,
    languages: Sequence[str] = (),
) -> Plan:
    """Plan the reports of some units, or of all that have a value at the origin, best first.

    Parameters
    ----------
    index : Project
        The index.
    names : sequence of str
        Any spellings; all units if empty.
    origin_year : int or None
        Last edition used; the last there is by default.
    draws, seed
        See `dti_analysis.forecasting.draws.make_forecast`.
    languages : sequence of str
        Two-letter codes; English if empty.

    Raises
    ------
    DataError
        If a unit is not known at the origin, or that is no edition.
    """
    known = select_origin(index.panel, origin_year)
    origin = int(known["year"].max())
    now = known[known["year"] == origin].sort_values(
        ["score", "rank", "unit"], ascending=[False, True, True]
    )
    units = list(now["unit"])
    chosen = list(dict.fromkeys(find_unit(name, units, origin) for name in names)) or units
    plain = Counter(map(simplify, units))
    suffix = "" if origin == index.panel["year"].max() else f"-as-of-{origin}"
    jobs = [
        Job(
            paths.NOTEBOOKS / "unit_report.ipynb",
            {"unit": unit, "origin_year": origin, "draws": draws, "seed": seed},
            f"{_name_file(unit, plain)}{suffix}",
            name_title(unit, len(units), origin),
        )
        for unit in chosen
    ]
    return plan_list(jobs, languages, index.name, paths.REPORTS)


def _name_file(unit: str, plain: Counter[str]) -> str:
    """Name a report, apart from those of others whose names are the same in plain letters."""
    name = simplify(unit)
    if name and plain[name] == 1:
        return name
    return "-".join(filter(None, [name, sum_bytes(unit.encode())[:8]]))
