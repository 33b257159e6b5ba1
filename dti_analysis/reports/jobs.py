"""The reports of a project: which notebooks to run for whom, in which language."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job, add_language
from dti_analysis.batch.list_page import plan_list
from dti_analysis.batch.plan import Plan, Settings
from dti_analysis.errors import AmbiguousUnitError, UnknownUnitError
from dti_analysis.forecasting.forecast import check_forecast
from dti_analysis.index import Index
from dti_analysis.language import LANGUAGES, _, use_language
from dti_analysis.panel import Unit
from dti_analysis.project import (
    NOTEBOOKS,
    REPORTS,
    find_reports,
    find_root,
    load_config,
    load_index,
)
from dti_analysis.reports.index_plan import CASE, CASE_ORIGIN, plan_page
from dti_analysis.reports.stems import OVERVIEW, as_of, name_reports
from dti_analysis.wording import name_title

Asked = tuple[str | None, int, int, int]
"""What a report asks of a forecast: basis, origin, draws and seed."""


_SHARED = ("origin_year", "draws", "seed")
_TIMEOUT = 120.0  # seconds


def plan(
    names: Sequence[str],
    basis: str | None,
    settings: Settings,
    languages: Sequence[str] = (),
    root: Path | None = None,
    *,
    is_lenient: bool = False,
) -> Plan:
    """Plan the reports of some units, or of all.

    Parameters
    ----------
    names : sequence of str
        Units; if empty, all of them, the overviews and the case the project was made for.
    basis : str or None
        Roster, where the index has several; all by default.
    settings : Settings
        What all reports share.
    languages : sequence of str
        Two-letter codes: all reports in the first, then all in the next; by default those that
        the index has labels in.
    root : Path, optional
        Folder of the project; the one you are in by default.
    is_lenient : bool
        Whether units that are not known are told in the plan instead of refused.

    Raises
    ------
    DataError
        If a unit, the basis or a setting is at fault.
    """
    output = find_reports() if root is None else root / REPORTS
    root = find_root() if root is None else root
    config = load_config(root)
    # The rosters of today stand before those that were merged into them.
    names_of_rosters: list[str | None] = [*list(config.bases)[::-1]] or [None]
    rosters = [load_index(name, root) for name in names_of_rosters]
    indices = rosters if basis is None else [load_index(basis, root)]
    is_whole = not (names or basis or languages or settings.origin_year)
    names, faults = _leave_unknown(indices, names, settings) if is_lenient else (names, ())
    languages = languages or [told for told in LANGUAGES[::-1] if told in config.labels]
    jobs, build = plan_reports(indices, names, settings, languages, root), describe_inputs(root)
    if "row" not in indices[0].units:
        titles = {told: own["name"] for told, own in config.labels.items() if "name" in own}
        listed = plan_list(jobs, config.name, output, build, titles)
    else:
        listed = Plan(tuple(jobs), plan_page(rosters, settings, build), build, output)
    ahead = partial(_plan_ahead, root)
    return replace(listed, prepare=ahead, is_whole=is_whole, faults=faults, timeout=_TIMEOUT)


def plan_reports(
    indices: Sequence[Index],
    names: Sequence[str],
    settings: Settings,
    languages: Sequence[str],
    root: Path,
) -> list[Job]:
    """Say which notebooks to run with what.

    Parameters
    ----------
    indices : sequence of Index
        The rosters.
    names, settings, languages, root
        See `plan`.
    """
    stems = {index.basis: name_reports(index) for index in indices}
    chosen = [
        (index, unit, stems[index.basis][unit.code])
        for index, unit in _choose_units(indices, names, settings)
    ]
    jobs: list[Job] = []
    spoken: Sequence[str | None] = list(dict.fromkeys(languages)) or [None]
    for language in spoken:
        jobs += [_plan_unit(*each, settings, language, root) for each in chosen]
        if not names:
            jobs += [plan_overview(index, settings, language, root) for index in indices]
            jobs += _plan_case(indices, settings, language, root)
    return jobs


def _plan_case(
    indices: Sequence[Index], settings: Settings, language: str | None, root: Path
) -> list[Job]:
    """Plan the report of the case that the project was made for, as of its own time."""
    past = replace(settings, origin_year=CASE_ORIGIN)
    return [
        _plan_unit(index, unit, name_reports(index)[unit.code], past, language, root)
        for index in indices
        if index.config.builder == "dti"
        and settings.origin_year is None
        and CASE in index.panel.names.values()
        for unit in [index.find(CASE)]
    ]


def _choose_units(
    indices: Sequence[Index], names: Sequence[str], settings: Settings
) -> list[tuple[Index, Unit]]:
    """Find the units to report on: all ranked at the origin, or those named, wherever known."""
    found: dict[tuple[int, str], tuple[Index, Unit]] = {}
    rosters = []
    for place, index in enumerate(indices):
        asked = settings.origin_year, None, settings.draws, settings.seed
        origin, *_rest = check_forecast(index.panel, *asked)
        ranks = index.panel.ranks_of(origin)
        rosters.append(list(ranks.sort_values(kind="stable").index) or list(index.units.index))
        if not names:
            found |= {(place, code): (index, index.panel.unit(code)) for code in rosters[place]}
    for name in names:
        faults = []
        for place, index in enumerate(indices):
            try:
                unit = index.find(name)
            except UnknownUnitError as error:
                # Known to another roster, perhaps: since a merger there is no such unit.
                faults.append(error)
                continue
            if unit.code not in rosters[place]:
                origin = index.panel.choose_origin(settings.origin_year)
                faults.append(UnknownUnitError(f"{unit.name} is not ranked in {origin}."))
                continue
            found[place, unit.code] = index, unit
        if len(faults) == len(indices):
            raise faults[-1]
    return list(found.values())


def _leave_unknown(
    indices: Sequence[Index], names: Sequence[str], settings: Settings
) -> tuple[list[str], tuple[str, ...]]:
    """Take the names that units go by apart from what is wrong with the others."""
    known, faults = [], []
    for name in names:
        try:
            _choose_units(indices, [name], settings)
            known.append(name)
        except (UnknownUnitError, AmbiguousUnitError) as error:
            faults.append(error)
    if faults and not known:
        raise faults[0]
    return known, tuple(map(str, faults))


def _plan_unit(
    index: Index, unit: Unit, stem: str, settings: Settings, language: str | None, root: Path
) -> Job:
    """Plan the report of one unit, with its official or a reference target."""
    common = settings.common(index)
    origin, last = common["origin_year"], index.panel.choose_origin()
    base = as_of(stem, origin if origin != last else None)
    count = len(index.panel.roster(origin)) or len(index.units)
    with use_language(language or "en"):
        title = name_title(unit.name, count, origin)
    return _make_job(
        root, "unit_report.ipynb", {"unit": unit.name, **common}, base, title, language
    )


def plan_overview(index: Index, settings: Settings, language: str | None, root: Path) -> Job:
    """Plan the overview of one roster."""
    common = settings.common(index)
    with use_language(language or "en"):
        title = _("The {count} {units}, as of {year}").format(
            count=len(index.units), units=index.config.nouns["units"], year=common["origin_year"]
        )
    base = "-".join(filter(None, [OVERVIEW, index.basis]))
    return _make_job(root, "overview.ipynb", common, base, title, language)


def _make_job(
    root: Path,
    notebook: str,
    parameters: Mapping[str, Any],
    base: str,
    title: str,
    language: str | None,
) -> Job:
    file = root / NOTEBOOKS / notebook
    if language is None:
        return Job(file, parameters, base, title)
    told = {**parameters, "lang": language}
    return Job(file, told, add_language(base, language), title, language, base)


def _plan_ahead(root: Path, jobs: Sequence[Job]) -> partial[None] | None:
    """Find the forecasts that reports share, be it only in other languages."""
    shared = Counter(
        (job.parameters.get("basis"), *(job.parameters[name] for name in _SHARED)) for job in jobs
    )
    wanted = [asked for asked, count in shared.items() if count > 1]
    return partial(forecast_ahead, root, wanted) if wanted else None


def forecast_ahead(root: Path, wanted: Sequence[Asked]) -> None:
    """Make forecasts in the zygote, for the reports forked from it to find.

    Parameters
    ----------
    root : Path
        Folder of the project.
    wanted : sequence of tuple
        Basis, origin, draws and seed of each.
    """
    from dti_analysis import language
    from dti_analysis.figures.style import load_fonts

    for basis, origin, draws, seed in wanted:
        load_index(basis, root).forecast(origin, draws=draws, seed=seed).draws.prepare()
    load_fonts()
    language.load_catalogues()
