"""The reports of a project: which notebooks to run for whom, in which language."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dti_analysis.batch.job import Job, add_language
from dti_analysis.batch.plan import Settings
from dti_analysis.errors import AmbiguousUnitError, UnknownUnitError
from dti_analysis.forecasting.forecast import check_forecast
from dti_analysis.index import Index
from dti_analysis.language import LANGUAGES, _, use_language
from dti_analysis.panel import Panel, Unit
from dti_analysis.project import find_child, load_config, load_index
from dti_analysis.reports.plan import Listing
from dti_analysis.reports.stems import CASE, CASE_ORIGIN, as_of, name_overview, name_reports
from dti_analysis.root import NOTEBOOKS
from dti_analysis.wording import name_overview_title, name_title


def list_reports(
    names: Sequence[str],
    basis: str | None,
    settings: Settings,
    languages: Sequence[str],
    root: Path,
    *,
    is_lenient: bool = False,
) -> Listing:
    """List the reports of some units, or of all; see `dti_analysis.reports.plan.plan_project`."""
    rosters = load_rosters(root)
    indices = rosters if basis is None else [load_index(basis, root)]
    names, faults = _leave_unknown(indices, names, settings) if is_lenient else (names, ())
    # Labels of one language are beside the index's own names, which serve the other.
    languages = languages or (LANGUAGES[::-1] if indices[0].config.labels else ())
    return Listing(tuple(plan_reports(indices, names, settings, languages, root)), tuple(faults))


def load_rosters(root: Path) -> list[Index]:
    """Load all indices of a project, those of today before those that were merged into them."""
    names: list[str | None] = [*list(load_config(root).bases)[::-1]] or [None]
    return [load_index(name, root) for name in names]


def plan_reports(
    indices: Sequence[Index],
    names: Sequence[str],
    settings: Settings,
    languages: Sequence[str],
    root: Path,
) -> list[Job]:
    """Say which notebooks to run with what."""
    stems = {index.basis: name_reports(index.panel) for index in indices}
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
        _plan_unit(index, unit, name_reports(index.panel)[unit.code], past, language, root)
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
    origin = common["origin_year"]
    base, count = as_of(stem, _find_past(index.panel, origin)), _count_units(index.panel, origin)
    with use_language(language or "en"):
        title = f"{name_title(unit.label, count, origin)} ({index.config.label('name')})"
        label = _("Overview of all {count}").format(count=count)
        overview = _list_overviews(index.panel, origin, label)
    return _make_job(
        root, "unit_report.ipynb", {"unit": unit.name, **common}, base, title, language, overview
    )


def plan_overview(index: Index, settings: Settings, language: str | None, root: Path) -> Job:
    """Plan the overview of one roster."""
    common, panel = settings.common(index), index.panel
    origin = common["origin_year"]
    base = as_of(name_overview(panel), _find_past(panel, origin))
    others: dict[str, str] = {}
    with use_language(language or "en"):
        title = name_overview_title(index.config.nouns, _count_units(panel, origin), origin)
        for other in filter(None, (panel.parent, find_child(panel))):
            label = _("Overview of the {count}").format(count=len(other.units))
            others |= _list_overviews(other, origin, label)
    return _make_job(root, "overview.ipynb", common, base, title, language, others)


def _find_past(panel: Panel, origin: int) -> int | None:
    """Give an origin by which a report is named: one before the last edition."""
    return None if origin == panel.choose_origin() else origin


def _count_units(panel: Panel, origin: int) -> int:
    return len(panel.roster(origin)) or len(panel.units)


def _list_overviews(panel: Panel, origin: int, label: str) -> dict[str, str]:
    """List the overviews of a roster that may be linked: as of the origin, and of the last."""
    stem, past = name_overview(panel), _find_past(panel, origin)
    told = _("{title}, as of {year}").format(title=label, year=origin)
    return ({} if past is None else {as_of(stem, past): told}) | {stem: label}


def _make_job(
    root: Path,
    notebook: str,
    parameters: Mapping[str, Any],
    base: str,
    title: str,
    language: str | None,
    related: Mapping[str, str],
) -> Job:
    file = root / NOTEBOOKS / notebook
    if language is None:
        return Job(file, parameters, base, title, related=related)
    told = {**parameters, "lang": language}
    related = {add_language(stem, language): label for stem, label in related.items()}
    return Job(file, told, add_language(base, language), title, language, base, related)
