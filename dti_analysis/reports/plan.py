"""The plan of a project's reports, remembered for as long as what it follows from is the same.

Neither pandas nor an index is imported before it is needed, so that a run with nothing to do is
soon over.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dti_analysis.batch.inputs import Inputs, describe_inputs, hash_library, read_versions
from dti_analysis.batch.job import PAGES, Job
from dti_analysis.batch.manifest import Manifest
from dti_analysis.batch.plan import Page, Plan, Settings
from dti_analysis.files import hash_files, hash_object, write_whole
from dti_analysis.root import NOTEBOOKS, REPORTS, find_built, find_reports, find_root, list_tables

if TYPE_CHECKING:
    from dti_analysis.reports.index_plan import Outlook  # which brings pandas

Asked = tuple[str | None, int, int, int]
"""What a report asks of a forecast: basis, origin, draws and seed."""

_SHARED = ("origin_year", "draws", "seed")
_TIMEOUT = 120.0  # seconds


@dataclass(frozen=True)
class Listing:
    """Which reports a project has."""

    jobs: tuple[Job, ...]
    faults: tuple[str, ...] = ()  # what could not be planned


def plan_project(
    names: Sequence[str],
    basis: str | None,
    settings: Settings,
    languages: Sequence[str] = (),
    root: Path | None = None,
    *,
    is_lenient: bool = False,
) -> Plan:
    """Plan the reports of some units or, without names, of all, the overviews and the case.

    All rosters are taken unless a basis is named. There are all reports in the first language, then
    all in the next; by default in both if the index has labels, else in English. Units that are not
    known are told in the plan, if that `is_lenient`, instead of refused.
    """
    output = find_reports() if root is None else root / REPORTS
    root = find_root() if root is None else root
    if names:
        from dti_analysis.reports.jobs import list_reports

        listing = list_reports(names, basis, settings, languages, root, is_lenient=is_lenient)
    else:
        listing = _list_all(basis, settings, languages, root)
    build = describe_inputs(root)
    return Plan(
        listing.jobs,
        _plan_page(listing, settings, build, root),
        build,
        output,
        prepare=partial(_plan_ahead, root),
        is_whole=not (names or basis or languages or settings.origin_year),
        faults=listing.faults,
        timeout=_TIMEOUT,
    )


def _list_all(
    basis: str | None, settings: Settings, languages: Sequence[str], root: Path
) -> Listing:
    """List all reports, as remembered if nothing that the list follows from has changed."""
    asked = [basis, asdict(settings), list(languages)]
    key = _sum_up(asked, root)
    listing = _recall(key, root)
    if listing is None:
        from dti_analysis.reports.jobs import list_reports

        listing = list_reports([], basis, settings, languages, root)
        if _sum_up(asked, root) == key:  # else it is of neither what was nor what is
            _keep(listing, key, root)
    return listing


def _sum_up(asked: object, root: Path) -> str | None:
    """Sum up what a list follows from: what was asked for, tables, library and versions."""
    try:
        made_of = [hash_files(list_tables(root)), hash_library(), dict(read_versions())]
    except OSError:  # as whoever loads the tables says
        return None
    return hash_object([asked, *made_of])


def _recall(key: str | None, root: Path) -> Listing | None:
    with suppress(OSError, ValueError, KeyError, TypeError):  # there is none, or no whole one
        told = json.loads(_find_file(root).read_bytes())
        if key is not None and told["sum"] == hash_object([key, told["listing"]]):
            jobs: list[dict[str, Any]] = told["listing"].pop("jobs")
            own = tuple(Job(root / NOTEBOOKS / job.pop("notebook"), **job) for job in jobs)
            return Listing(own, **told["listing"])
    return None


def _keep(listing: Listing, key: str | None, root: Path) -> None:
    jobs = [{**vars(job), "notebook": job.notebook.name} for job in listing.jobs]
    told = {**vars(listing), "jobs": jobs}
    told.pop("faults")  # only names have any
    with suppress(OSError):  # the next run lists them anew
        file = _find_file(root)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps({"sum": hash_object([key, told]), "listing": told}))


def _find_file(root: Path) -> Path:
    built = find_built(root)
    if built is None:
        raise FileNotFoundError
    return built / "listing.json"


def _plan_page(listing: Listing, settings: Settings, build: Inputs, root: Path) -> Page:
    """Say how to make the page over the reports."""
    is_translated = any(job.base for job in listing.jobs)

    @cache
    def look_ahead_once() -> "list[Outlook]":
        from dti_analysis.reports.index_plan import look_ahead
        from dti_analysis.reports.jobs import load_rosters

        return [look_ahead(index, settings) for index in load_rosters(root)]

    def render(manifest: Manifest) -> Mapping[str, str]:
        from dti_analysis.reports.index_plan import render_pages

        asked = look_ahead_once(), settings, build, manifest
        return render_pages(*asked, is_translated=is_translated)

    return Page(PAGES if is_translated else PAGES[:1], asdict(settings), render)


def _plan_ahead(root: Path, jobs: Sequence[Job]) -> partial[None] | None:
    """Find the forecasts that reports share, be it only in other languages."""
    shared = Counter(
        (job.parameters.get("basis"), *(job.parameters[name] for name in _SHARED)) for job in jobs
    )
    wanted = [asked for asked, count in shared.items() if count > 1]
    return partial(forecast_ahead, root, wanted) if wanted else None


def forecast_ahead(root: Path, wanted: Sequence[Asked]) -> None:
    """Make forecasts in the zygote, for the reports forked from it to find."""
    from dti_analysis.figures.style import load_fonts
    from dti_analysis.language import load_catalogues
    from dti_analysis.project import load_index

    for basis, origin, draws, seed in wanted:
        index = load_index(basis, root)
        index.forecast(origin, draws=draws, seed=seed).draws.prepare()
        for measure in index.panel.whole_measures:
            _ = index.panel.of(measure).editions  # remembered, as its rows are
    load_fonts()
    load_catalogues()
