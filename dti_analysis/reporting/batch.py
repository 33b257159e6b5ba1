"""The reports of the DTI: which notebooks to run for whom, and the index page over them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from dti_analysis import paths
from dti_analysis.data.panel import choose_origin
from dti_analysis.data.provinces import Province
from dti_analysis.data.store import Data, load_data
from dti_analysis.errors import UnknownProvinceError
from dti_analysis.reporting.jobs import Job, name_report
from dti_analysis.reporting.manifest import Manifest, Record
from dti_analysis.reporting.plan import Page, Plan
from dti_analysis.reporting.provenance import Build, describe_build

if TYPE_CHECKING:  # the page forecasts, which a run with nothing to do can spare
    from dti_analysis.reporting.index_page import IndexRow

_CASE, _CASE_ORIGIN = "Bà Rịa - Vũng Tàu", 2021
"""The case the project was made for, told as of the edition before its first target."""


_FEW = 3
"""Reports up to which a forecast that they share is left for each to make."""


@dataclass(frozen=True)
class Settings:
    """What all reports of a run share.

    Parameters
    ----------
    origin_year : int or None
        Last edition used; the last there is by default.
    draws, seed : int
        See `dti_analysis.forecasts.forecast.make_forecast`.
    """

    origin_year: int | None
    draws: int
    seed: int

    def _common(self, data: Data, basis: int) -> dict[str, Any]:
        origin = choose_origin(data.panel, basis, self.origin_year)
        return {
            "basis": basis,
            "origin_year": origin,
            "draws": self.draws,
            "seed": self.seed,
        }

    def plan_province(self, data: Data, province: Province) -> Job:
        """Plan the report of one province, with its official or a reference target."""
        common = self._common(data, province.basis)
        origin, last = common["origin_year"], choose_origin(data.panel, province.basis)
        return Job(
            paths.NOTEBOOKS / "province_report.ipynb",
            {"province": province.name, **common, "target_rank": 0, "target_year": 0},
            name_report(
                province.basis, province.code, province.name, None if origin == last else origin
            ),
            f"{province.name}: rank among the {province.basis}, as of {origin}",
        )

    def plan_overview(self, data: Data, basis: int) -> Job:
        """Plan the overview of one basis."""
        common = self._common(data, basis)
        return Job(
            paths.NOTEBOOKS / "national_overview.ipynb",
            common,
            f"overview-{basis}",
            f"The {basis} provinces, as of {common['origin_year']}",
        )


def choose_provinces(data: Data, names: Sequence[str], bases: Sequence[int]) -> list[Province]:
    """Find the provinces to report on.

    Parameters
    ----------
    data : Data
        The data.
    names : sequence of str
        Any spellings; all provinces if empty.
    bases : sequence of int
        63, 34 or both. Asked for both, a province that was merged away is reported for the 63.

    Raises
    ------
    DataError
        If a name is unknown or ambiguous.
    """
    gazetteer = data.raw.gazetteer
    if not names:
        return [gazetteer.provinces[key] for key in sorted(gazetteer.provinces) if key[0] in bases]
    found: dict[Province, None] = {}
    for name in names:
        for basis in bases:
            try:
                found[gazetteer.resolve(name, basis)] = None
            except UnknownProvinceError:
                # Known to the 63 only: since the merger there is no such province.
                if basis == 63 or 63 not in bases:
                    raise
    return list(found)


def plan(names: Sequence[str], bases: Sequence[int], settings: Settings) -> Plan:
    """Plan the reports of some provinces, or of all.

    Parameters
    ----------
    names, bases, settings
        See `plan_reports`.
    """
    data, build = load_data(), describe_build()
    jobs = plan_reports(data, names, bases, settings)
    page = plan_page(data, settings, build)
    return Plan(tuple(jobs), page, build, paths.REPORTS, partial(_plan_ahead, data))


def plan_reports(
    data: Data, names: Sequence[str], bases: Sequence[int], settings: Settings
) -> list[Job]:
    """Say which notebooks to run with what.

    Parameters
    ----------
    data : Data
        The data.
    names : sequence of str
        Provinces; if empty, all of them, the overviews and the case the project was made for.
    bases : sequence of int
        63, 34 or both.
    settings : Settings
        What all reports share.

    Raises
    ------
    DataError
        If a province or a setting is at fault.
    """
    jobs = [settings.plan_province(data, found) for found in choose_provinces(data, names, bases)]
    if not names:
        jobs += [settings.plan_overview(data, basis) for basis in bases]
        if 63 in bases and settings.origin_year is None:
            as_of = replace(settings, origin_year=_CASE_ORIGIN)
            jobs.append(as_of.plan_province(data, data.raw.gazetteer.resolve(_CASE)))
    return jobs


def _plan_ahead(data: Data, jobs: Sequence[Job]) -> partial[None] | None:
    """Find the forecasts that many of the reports share."""
    names = ("basis", "origin_year", "draws", "seed")
    shared = Counter(
        tuple(job.parameters[name] for name in names)
        for job in jobs
        if "province" in job.parameters
    )
    wanted = [settings for settings, count in shared.items() if count > _FEW]
    return partial(forecast_ahead, data, wanted) if wanted else None


def forecast_ahead(data: Data, wanted: Sequence[tuple[int, int, int, int]]) -> None:
    """Make forecasts in the warm process, for kernels forked from it to find.

    Parameters
    ----------
    data : Data
        The data.
    wanted : sequence of tuple of int
        Basis, origin, draws and seed of each.
    """
    from dti_analysis.figures.pictures import load_fonts
    from dti_analysis.forecasts.forecast import DEFAULT_HORIZON
    from dti_analysis.forecasts.merger import forecast_provinces
    from dti_analysis.forecasts.ready import Wanted, put_ready
    from dti_analysis.models.forecasters import DEFAULT_MODEL

    for basis, origin, draws, seed in wanted:
        asked = Wanted(basis, origin, DEFAULT_HORIZON, DEFAULT_MODEL, draws, seed)
        put_ready(data, asked, forecast_provinces(*asked, data=data))
    load_fonts()


def plan_page(data: Data, settings: Settings, build: Build) -> Page:
    """Say how to make the index page.

    Parameters
    ----------
    data : Data
        The data.
    settings : Settings
        What all reports share; the outlook on the page is made with them.
    build : Build
        What the reports are made from.
    """

    def render(manifest: Manifest) -> str:
        from dti_analysis.reporting.index_page import Link, render_index

        featured = (
            ("overview-34", "Overview of the 34", "all current provinces at once"),
            ("overview-63", "Overview of the 63", "all former provinces at once"),
            (
                name_report(63, "77", _CASE, _CASE_ORIGIN),
                f"{_CASE} as of {_CASE_ORIGIN}",
                "39 → 29 → top 20? A forecast whose outcome is known",
            ),
        )
        links = [
            Link(href, label, note)
            for stem, label, note in featured
            if stem in manifest.reports
            and (href := describe_record(manifest.reports[stem])["href"])
        ]
        rows = [row for basis in (34, 63) for row in _list_rows(data, basis, settings, manifest)]
        origin = choose_origin(data.panel, 34)
        return render_index(rows, origin, links=links, small_print=build.small_print())

    return Page("index.html", asdict(settings), render)


def _list_rows(data: Data, basis: int, settings: Settings, manifest: Manifest) -> "list[IndexRow]":
    from dti_analysis.forecasts.country import forecast_country, summarise_country
    from dti_analysis.reporting.index_page import IndexRow

    forecast = forecast_country(data, basis, draws=settings.draws, seed=settings.seed)
    rows = []
    for row in summarise_country(data, forecast).to_dict("records"):
        record = manifest.reports.get(name_report(basis, row["code"], row["province"]))
        rows.append(
            IndexRow(
                basis=basis,
                code=row["code"],
                province=row["province"],
                region=row["region"],
                rank=None if pd.isna(row["rank"]) else int(row["rank"]),
                median_rank=row["median_rank"],
                interval80=(row["best80"], row["worst80"]),
                target_rank=row["target_rank"],
                target_year=row["target_year"],
                is_official_target=row["is_official"],
                chance=row["chance"],
                **describe_record(record),
            )
        )
    return rows


def describe_record(record: Record | None) -> dict[str, Any]:
    """Tell a page what became of a report: status, error, and what there is to link.

    Parameters
    ----------
    record : Record or None
        Its record; None if it was never asked for.
    """
    if record is None:
        return {"status": "missing", "error": None, "href": None, "notebook_href": None}
    is_older = record.status == "failed" and record.report is not None
    return {
        "status": record.status,
        "error": record.error,
        "href": record.find(".html") or record.find(".pdf"),
        "pdf_href": record.find(".pdf"),
        "notebook_href": record.failed_notebook
        if record.status == "failed"
        else record.find(".ipynb"),
        "older": record.report.built[:10] if is_older and record.report else None,
    }
