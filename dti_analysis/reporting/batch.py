"""The reports of the DTI: which notebooks to run for whom, and the index page over them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from dti_analysis import paths
from dti_analysis.country import forecast_country, summarise_country
from dti_analysis.errors import UnknownProvinceError
from dti_analysis.panel import choose_origin
from dti_analysis.provinces import Province
from dti_analysis.reporting.index_page import IndexRow, Link, render_index
from dti_analysis.reporting.jobs import Job, Outcome, name_report
from dti_analysis.reporting.provenance import describe_build
from dti_analysis.reporting.runner import run_jobs
from dti_analysis.store import Data, write_whole

_CASE, _CASE_ORIGIN = "Bà Rịa - Vũng Tàu", 2021
"""The case the project was made for, told as of the edition before its first target."""


@dataclass(frozen=True)
class Settings:
    """What all reports of a run share.

    Parameters
    ----------
    origin_year : int or None
        Last edition used; the last there is by default.
    draws, seed : int
        See `dti_analysis.forecast.make_forecast`.
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


def make_reports(
    data: Data,
    names: Sequence[str],
    bases: Sequence[int],
    output: Path,
    settings: Settings,
    n_jobs: int | None = None,
) -> list[Outcome]:
    """Run the notebooks and write the index page.

    Parameters
    ----------
    data : Data
        The data.
    names : sequence of str
        Provinces; if empty, all of them, the overviews and the case the project was made for.
    bases : sequence of int
        63, 34 or both.
    output : Path
        Folder of the reports.
    settings : Settings
        What all reports share.
    n_jobs : int, optional
        Kernels at the same time; as many as there are cores by default.

    Returns
    -------
    list of Outcome
        One per report.

    Raises
    ------
    DataError
        If a province, a parameter or an option is at fault; nothing has been run then.
    """
    jobs = [settings.plan_province(data, found) for found in choose_provinces(data, names, bases)]
    if not names:
        jobs += [settings.plan_overview(data, basis) for basis in bases]
        if 63 in bases and settings.origin_year is None:
            as_of = replace(settings, origin_year=_CASE_ORIGIN)
            jobs.append(as_of.plan_province(data, data.raw.gazetteer.resolve(_CASE)))
    build = describe_build(data.panel.attrs["provenance"]["data_sha256"])
    outcomes = run_jobs(jobs, output, small_print=build, n_jobs=n_jobs)
    write_whole(output / "index.html", _render_index(data, outcomes, output, settings, build))
    return outcomes


def _render_index(
    data: Data,
    outcomes: Sequence[Outcome],
    output: Path,
    settings: Settings,
    build: dict[str, str],
) -> str:
    errors = {outcome.job.stem: outcome.error for outcome in outcomes if outcome.error}
    rows = [row for basis in (34, 63) for row in _list_rows(data, basis, output, settings, errors)]
    origin = choose_origin(data.panel, 34)
    links = []
    for stem, label, note in (
        ("overview-34", "Overview of the 34", "all current provinces at once"),
        ("overview-63", "Overview of the 63", "all former provinces at once"),
        (
            name_report(63, "77", _CASE, _CASE_ORIGIN),
            f"{_CASE} as of {_CASE_ORIGIN}",
            "39 → 29 → top 20? A forecast whose outcome is known",
        ),
    ):
        if (output / f"{stem}.html").exists():
            links.append(Link(f"{stem}.html", label, note))
    return render_index(rows, origin, links=links, small_print=build)


def _list_rows(
    data: Data, basis: int, output: Path, settings: Settings, errors: dict[str, str]
) -> list[IndexRow]:
    forecast = forecast_country(data, basis, draws=settings.draws, seed=settings.seed)
    rows = []
    for row in summarise_country(data, forecast).to_dict("records"):
        stem = name_report(basis, row["code"], row["province"])
        notebook = f"{stem}.failed.ipynb" if stem in errors else f"{stem}.ipynb"
        has_report = (output / f"{stem}.html").exists()
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
                href=f"{stem}.html" if has_report else None,
                notebook_href=notebook if (output / notebook).exists() else None,
                status="failed" if stem in errors else "built" if has_report else "missing",
                error=errors.get(stem),
            )
        )
    return rows
