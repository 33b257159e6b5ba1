"""What the index page of the DTI's reports shows: the outlook, and what is on record."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from dti_analysis.cleaning.dti import choose_origin
from dti_analysis.cleaning.store import Data
from dti_analysis.language import FIRST, LANGUAGES, _, speaking
from dti_analysis.reporting.jobs import add_language, name_page, name_report
from dti_analysis.reporting.manifest import Manifest, Record
from dti_analysis.reporting.plan import Page
from dti_analysis.reporting.provenance import Build

if TYPE_CHECKING:
    from dti_analysis.reporting.batch import Settings

    # The page forecasts, which a run with nothing to do can spare.
    from dti_analysis.reporting.index_page import IndexRow, Link, ReportState

CASE, CASE_ORIGIN = "Bà Rịa - Vũng Tàu", 2021
"""The case the project was made for, told as of the edition before its first target."""


def plan_page(data: Data, settings: "Settings", build: Build) -> Page:
    """Say how to make the index page, in every language.

    Parameters
    ----------
    data : Data
        The data.
    settings : Settings
        What all reports share; the outlook on the page is made with them.
    build : Build
        What the reports are made from.
    """

    def render(manifest: Manifest) -> Mapping[str, str]:
        from dti_analysis.reporting.index_page import Origin, render_index

        rows = [
            row for basis in (34, 63) for row in _list_rows(data, basis, settings, manifest, build)
        ]
        years, raw = data.panel["year"], data.raw
        origin = Origin(
            (int(years.min()), choose_origin(data.panel, 34)),
            facts=len(raw["dti_facts"]),
            sources=len(raw["sources"]),
            built=manifest.run.get("started") or "",
        )
        pages = {}
        for language in LANGUAGES:
            with speaking(language):
                links = list(_list_featured(manifest, language))
                pages[name_page(language)] = render_index(
                    rows, origin, links=links, small_print=build.small_print(), language=language
                )
        return pages

    names = dict.fromkeys(map(name_page, (FIRST, *LANGUAGES)))
    return Page(tuple(names), asdict(settings), render)


def _list_featured(manifest: Manifest, language: str) -> "Iterator[Link]":
    from dti_analysis.reporting.index_page import Link

    for base, label, note in (
        ("overview-34", _("Overview of the 34"), _("all current provinces at once")),
        ("overview-63", _("Overview of the 63"), _("all former provinces at once")),
        (
            name_report(63, "77", CASE, CASE_ORIGIN),
            _("{province} as of {year}").format(province=CASE, year=CASE_ORIGIN),
            _("39 → 29 → top 20? A forecast whose outcome is known"),
        ),
    ):
        record = manifest.reports.get(add_language(base, language))
        if record and (href := record.find(".html") or record.find(".pdf")):
            yield Link(href, label, note)


def _list_rows(
    data: Data, basis: int, settings: "Settings", manifest: Manifest, build: Build
) -> "list[IndexRow]":
    from dti_analysis.forecasting.overview import forecast_country, summarise_country
    from dti_analysis.reporting.index_page import IndexRow

    forecast = forecast_country(data, basis, draws=settings.draws, seed=settings.seed)
    grid = data.raw["tile_grid"]
    tiles = {
        tile["code"]: (int(tile["row"]), int(tile["column"]))
        for tile in grid[grid["basis"] == str(basis)].to_dict("records")
    }
    past = forecast.panel[forecast.panel["year"] <= forecast.origin_year]
    rows = []
    for row in summarise_country(data, forecast).to_dict("records"):
        own = past[past["code"] == row["code"]].sort_values("year")
        base = name_report(basis, row["code"], row["province"])
        rows.append(
            IndexRow(
                basis=basis,
                code=row["code"],
                province=row["province"],
                region=row["region"],
                rank=_take_rank(row["rank"]),
                past=tuple(
                    (int(year), _take_rank(rank))
                    for year, rank in own[["year", "rank"]].itertuples(index=False)
                ),
                median_rank=row["median_rank"],
                interval80=(row["best80"], row["worst80"]),
                target_rank=row["target_rank"],
                target_year=row["target_year"],
                is_official_target=row["is_official"],
                chance=row["chance"],
                tile=tiles[row["code"]],
                reports={
                    language: describe_record(
                        manifest.reports.get(add_language(base, language)), settings, build
                    )
                    for language in LANGUAGES
                },
            )
        )
    return rows


def _take_rank(rank: Any) -> int | None:
    return None if pd.isna(rank) else int(rank)


def describe_record(record: Record | None, settings: "Settings", build: Build) -> "ReportState":
    """Tell a page what became of a report: status, reason, and what there is to link.

    Parameters
    ----------
    record : Record or None
        Its record; None if it was never asked for.
    settings : Settings
        What reports would share now.
    build : Build
        What they would be made from now.
    """
    from dti_analysis.reporting.index_page import ReportState

    if record is None:
        return ReportState("missing")
    changed = [name for name, now in build.inputs.items() if record.inputs.get(name) != now]
    asked = {"draws": settings.draws, "seed": settings.seed}
    if any(record.parameters.get(name) != value for name, value in asked.items()):
        changed.append("settings")
    has_failed = record.status == "failed"
    return ReportState(
        "failed" if has_failed else "older" if changed else "current",
        href=record.find(".html") or record.find(".pdf"),
        pdf_href=record.find(".pdf"),
        notebook_href=record.failed_notebook if has_failed else record.find(".ipynb"),
        csv_href=record.find("-forecast.csv"),
        json_href=record.find("-forecast.json"),
        error=record.error,
        changed=tuple(changed),
        built=record.report.built[:10] if record.report else None,
    )
