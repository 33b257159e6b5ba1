"""What the index page of the DTI's reports shows: the outlook, and what is on record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from dti_analysis.batch.inputs import Inputs
from dti_analysis.batch.job import Link, add_language, name_page
from dti_analysis.batch.manifest import Manifest, Record
from dti_analysis.batch.plan import Settings
from dti_analysis.index import Index
from dti_analysis.language import LANGUAGES, _, use_language
from dti_analysis.reports.index_page import IndexRow, Origin, ReportState, render_index
from dti_analysis.reports.stems import CASE, CASE_ORIGIN, name_report

Outlook = tuple[Index, pd.DataFrame]
"""A roster, and the overview of its forecast."""


def look_ahead(index: Index, settings: Settings) -> Outlook:
    """Forecast a roster for the page.

    The draws are not kept: they would take more memory, as long as the run lasts, than all else.
    """
    forgetful = replace(index, _forecasts={})
    return index, forgetful.forecast(draws=settings.draws, seed=settings.seed).overview()


def render_pages(
    outlooks: Sequence[Outlook], settings: Settings, build: Inputs, manifest: Manifest
) -> Mapping[str, str]:
    """Render the index page, in every language.

    Parameters
    ----------
    outlooks : sequence of tuple
        From `look_ahead`, the roster that is shown first at the head.
    settings : Settings
        What all reports share.
    build : Inputs
        What the reports are made from.
    manifest : Manifest
        The record.

    Returns
    -------
    mapping of str to str
        HTML documents by their names.
    """
    rows = [row for outlook in outlooks for row in _list_rows(outlook, settings, manifest, build)]
    index, _overview = outlooks[0]
    editions, tables = index.editions, index.panel.tables
    origin = Origin(
        (editions[0], editions[-1]),
        facts=len(tables["facts"]),
        sources=len(tables["sources"]),
        built=manifest.run.started if manifest.run else "",
    )
    pages = {}
    for language in LANGUAGES:
        with use_language(language):
            links = list(_list_featured(manifest, language))
            pages[name_page(language)] = render_index(
                rows,
                origin,
                links=links,
                unplanned=_list_unplanned(manifest, language),
                small_print=build.small_print(),
                language=language,
                label=index.config.label,
            )
    return pages


def _list_featured(manifest: Manifest, language: str) -> Iterator[Link]:
    for base, label, note in (
        ("overview-34", _("Overview of the 34"), _("all current provinces at once")),
        ("overview-63", _("Overview of the 63"), _("all former provinces at once")),
        (
            name_report("63", "77", CASE, CASE_ORIGIN),
            _("{unit} as of {year}").format(unit=CASE, year=CASE_ORIGIN),
            _("39 → 29 → top 20? A forecast whose outcome is known"),
        ),
    ):
        record = manifest.reports.get(add_language(base, language))
        if record and (href := record.find(".html") or record.find(".pdf")):
            yield Link(href, label, note=note)


def _list_unplanned(manifest: Manifest, language: str) -> list[Link]:
    return [
        Link(href, record.title)
        for _stem, record in sorted(manifest.reports.items())
        if not record.is_planned and record.parameters.get("lang") == language
        if (href := record.find(".html") or record.find(".pdf"))
    ]


def _list_rows(
    outlook: Outlook, settings: Settings, manifest: Manifest, build: Inputs
) -> list[IndexRow]:
    (index, overview), rows = outlook, []
    for row in overview.to_dict("records"):
        unit = index.units.loc[row["code"]]
        own = index.panel.history(row["code"])
        base = name_report(index.basis or "", row["code"], row["unit"])
        rows.append(
            IndexRow(
                basis=len(index.units),
                code=row["code"],
                province=row["unit"],
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
                tile=(int(unit["row"]), int(unit["column"])),
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


def describe_record(record: Record | None, settings: Settings, build: Inputs) -> ReportState:
    """Tell a page what became of a report: status, reason, and what there is to link.

    Parameters
    ----------
    record : Record or None
        Its record; None if it was never asked for.
    settings : Settings
        What reports would share now.
    build : Inputs
        What they would be made from now.
    """
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
        notebook_href=record.find(".ipynb"),
        csv_href=record.find("-forecast.csv"),
        json_href=record.find("-forecast.json"),
        changed=tuple(changed),
        built=record.report.built[:10] if record.report else None,
    )
