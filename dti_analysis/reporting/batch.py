"""The reports of the DTI: which notebooks to run for whom, in which language."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dti_analysis import paths
from dti_analysis.cleaning.dti import choose_origin
from dti_analysis.cleaning.gazetteer import Province
from dti_analysis.cleaning.store import Data, load_data
from dti_analysis.errors import UnknownProvinceError
from dti_analysis.language import FIRST, _, speaking
from dti_analysis.reporting.index_plan import CASE, CASE_ORIGIN, plan_page
from dti_analysis.reporting.jobs import Job, add_language, name_report
from dti_analysis.reporting.plan import Plan
from dti_analysis.reporting.provenance import describe_build
from dti_analysis.reports.headings import name_title
from dti_analysis.targets import find_reach, list_targets

Asked = tuple[int, int, int, int, int]
"""What a report asks of a forecast: basis, origin, editions ahead, draws and seed."""


@dataclass(frozen=True)
class Settings:
    """What all reports of a run share.

    Parameters
    ----------
    origin_year : int or None
        Last edition used; the last there is by default.
    draws, seed : int
        See `dti_analysis.forecasting.draws.make_forecast`.
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

    def plan_province(self, data: Data, province: Province, language: str = FIRST) -> Job:
        """Plan the report of one province, with its official or a reference target."""
        common = self._common(data, province.basis)
        origin, last = common["origin_year"], choose_origin(data.panel, province.basis)
        base = name_report(
            province.basis, province.code, province.name, None if origin == last else origin
        )
        targets = {"target_rank": 0, "target_year": 0}
        with speaking(language):
            title = name_title(province.name, province.basis, origin)
        return Job(
            paths.NOTEBOOKS / "province_report.ipynb",
            {"province": province.name, **common, **targets, "lang": language},
            add_language(base, language),
            title,
            language,
            base,
        )

    def plan_overview(self, data: Data, basis: int, language: str = FIRST) -> Job:
        """Plan the overview of one basis."""
        common, base = self._common(data, basis), f"overview-{basis}"
        with speaking(language):
            title = _("The {basis} provinces, as of {year}").format(
                basis=basis, year=common["origin_year"]
            )
        return Job(
            paths.NOTEBOOKS / "national_overview.ipynb",
            {**common, "lang": language},
            add_language(base, language),
            title,
            language,
            base,
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


def plan(
    names: Sequence[str],
    bases: Sequence[int],
    settings: Settings,
    languages: Sequence[str] = (FIRST,),
) -> Plan:
    """Plan the reports of some provinces, or of all.

    Parameters
    ----------
    names, bases, settings, languages
        See `plan_reports`.
    """
    data, build = load_data(), describe_build()
    jobs = plan_reports(data, names, bases, settings, languages)
    page = plan_page(data, settings, build)
    return Plan(tuple(jobs), page, build, paths.REPORTS, partial(_plan_ahead, data))


def plan_reports(
    data: Data,
    names: Sequence[str],
    bases: Sequence[int],
    settings: Settings,
    languages: Sequence[str] = (FIRST,),
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
    languages : sequence of str
        Two-letter codes: all reports in the first, then all in the next.

    Raises
    ------
    DataError
        If a province or a setting is at fault.
    """
    jobs, provinces = [], choose_provinces(data, names, bases)
    for language in dict.fromkeys(languages):
        jobs += [settings.plan_province(data, found, language) for found in provinces]
        if not names:
            jobs += [settings.plan_overview(data, basis, language) for basis in bases]
        if not names and 63 in bases and settings.origin_year is None:
            as_of = replace(settings, origin_year=CASE_ORIGIN)
            jobs.append(as_of.plan_province(data, data.raw.gazetteer.resolve(CASE), language))
    return jobs


def _plan_ahead(data: Data, jobs: Sequence[Job]) -> partial[None] | None:
    """Find the forecasts that reports share, be it only with their twins in other languages."""
    reports = [job.parameters for job in jobs if "province" in job.parameters]
    shared = Counter(_ask(data, parameters) for parameters in reports)
    wanted = [asked for asked, count in shared.items() if count > 1]
    return partial(forecast_ahead, data, wanted) if wanted else None


def _ask(data: Data, parameters: Mapping[str, Any]) -> Asked:
    basis, origin = parameters["basis"], parameters["origin_year"]
    code = data.raw.gazetteer.resolve(parameters["province"], basis).code
    official = list_targets(data.raw["targets"], basis, code, after=origin)
    reach = find_reach(official, origin)
    return basis, origin, reach, parameters["draws"], parameters["seed"]


def forecast_ahead(data: Data, wanted: Sequence[Asked]) -> None:
    """Make forecasts in the warm process, for kernels forked from it to find.

    Parameters
    ----------
    data : Data
        The data.
    wanted : sequence of tuple of int
        Basis, origin, editions ahead that targets call for, draws and seed of each.
    """
    from dti_analysis import language
    from dti_analysis.figures.style import load_fonts
    from dti_analysis.forecasting.bottom_up import forecast_provinces
    from dti_analysis.forecasting.draws import DEFAULT_HORIZON
    from dti_analysis.forecasting.ready import Wanted, put_ready
    from dti_analysis.models.forecasters import DEFAULT_MODEL

    for asked in dict.fromkeys(
        Wanted(basis, origin, max(DEFAULT_HORIZON, reach), DEFAULT_MODEL, draws, seed)
        for basis, origin, reach, draws, seed in wanted
    ):
        put_ready(data, asked, forecast_provinces(*asked, data=data))
    load_fonts()
    language.load_catalogues()
