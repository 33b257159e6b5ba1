"""What the index page of a project shows: what is forecast, and what is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dti_analysis.batch.inputs import Inputs
from dti_analysis.batch.job import Link, add_language, name_page
from dti_analysis.batch.manifest import Manifest, Record
from dti_analysis.batch.plan import Settings
from dti_analysis.cleaning.left_out import describe_gaps
from dti_analysis.index import Index
from dti_analysis.language import DEFAULT_LANGUAGE, LANGUAGES, _, format_date, use_language
from dti_analysis.project import find_child
from dti_analysis.reports.index_page import (
    IndexPage,
    IndexRow,
    ReportState,
    Roster,
    list_tops,
    render_index,
)
from dti_analysis.reports.merger import find_day
from dti_analysis.reports.stems import name_overview, name_reports


@dataclass(frozen=True)
class Outlook:
    """A roster, and the overview of its forecast for the next edition, the `year`."""

    index: Index
    units: pd.DataFrame  # see `dti_analysis.forecasting.overview.summarise_units`
    tops: tuple[int, ...]  # groups of best places, from `list_tops`
    chances: Sequence[tuple[float, ...]]  # of each unit to be in each of the groups
    year: int


def look_ahead(index: Index, settings: Settings) -> Outlook:
    """Forecast a roster for the page.

    The draws are not kept: they would take more memory, as long as the run lasts, than all else.
    """
    forgetful = replace(index, _forecasts={})
    forecast = forgetful.forecast(draws=settings.draws, seed=settings.seed)
    draws, units, year = forecast.draws, forecast.overview(), forecast.years[0]
    tops = list_tops(draws.count)
    chances = pd.DataFrame(
        {top: draws.inside(top, year) for top in tops}, index=list(draws.codes)
    ).reindex(units["code"])
    return Outlook(index, units, tops, list(chances.itertuples(index=False, name=None)), year)


def render_pages(
    outlooks: Sequence[Outlook],
    settings: Settings,
    build: Inputs,
    manifest: Manifest,
    *,
    is_translated: bool = True,
) -> Mapping[str, str]:
    """Render the index page, in every language that reports are made in, by its names.

    The roster that is shown first is the first of the outlooks. Unless reports are made in several
    languages, as `is_translated` says, all are in English.
    """
    pages = {}
    for language in LANGUAGES if is_translated else ("en",):
        with use_language(language):
            stems = _Stems(manifest, language, is_translated=is_translated)
            rosters = [_list_units(outlook, settings, stems, build) for outlook in outlooks]
            page = IndexPage(
                outlooks[0].index.config,
                rosters,
                stems.list_others(is_planned=True),
                stems.list_others(is_planned=False),
                manifest.run.started if manifest.run else "",
                build.small_print(),
                language,
                is_translated,
            )
        pages[name_page(language) if is_translated else name_page(DEFAULT_LANGUAGE)] = render_index(
            page
        )
    return pages


class _Stems:
    """What is on record, by what reports are called in all languages."""

    def __init__(self, manifest: Manifest, language: str, *, is_translated: bool) -> None:
        self._reports, self._language = manifest.reports, language
        self._is_translated = is_translated
        self._shown: set[str] = set()

    def find(self, base: str) -> dict[str, Record | None]:
        """Find the records of a report by language."""
        if not self._is_translated:
            named = {"en": base}
        else:
            named = {language: add_language(base, language) for language in LANGUAGES}
        self._shown.update(named.values())
        return {language: self._reports.get(stem) for language, stem in named.items()}

    def find_page(self, base: str) -> str | None:
        """Find the page of a report in the language spoken."""
        record = self.find(base)[self._language]
        return _find_page(record) if record else None

    def list_others(self, *, is_planned: bool) -> list[Link]:
        """List the reports in this language that the page does not show yet."""
        return [
            Link(href, record.title)
            for stem, record in sorted(self._reports.items())
            if record.is_planned == is_planned and not (is_planned and stem in self._shown)
            if record.parameters.get("lang", self._language) == self._language
            if (href := _find_page(record))
        ]


def _list_units(outlook: Outlook, settings: Settings, stems: _Stems, build: Inputs) -> Roster:
    index, panel, names = outlook.index, outlook.index.panel, name_reports(outlook.index.panel)
    origin = index.editions[-1]
    ranked = panel.rows[panel.rows["year"] == origin].set_index("code")
    rows = []
    for row, chances in zip(outlook.units.to_dict("records"), outlook.chances, strict=True):
        code = row["code"]
        own, members = panel.history(code), panel.members(code)
        found = [*panel.spellings.get(code, ())]
        if panel.parent:
            found += [old.name for old in members]
            found += [name for old in members for name in panel.parent.spellings.get(old.code, ())]
        rows.append(
            IndexRow(
                code=code,
                name=row["unit"],
                region=row["region"],
                rank=_take_rank(row["rank"]),
                past=tuple(
                    (int(year), _take_rank(rank))
                    for year, rank in own[["year", "rank"]].itertuples(index=False)
                ),
                expected=row["median_rank"],
                interval80=(row["best80"], row["worst80"]),
                chances=chances,
                reports={
                    language: describe_record(record, settings, build)
                    for language, record in stems.find(names[code]).items()
                },
                is_computed=bool(ranked["rank_status"].get(code) == "computed"),
                tile=_find_tile(dict(index.units.loc[code])),
                former=tuple(old.name for old in members if old.name != row["unit"])
                if len(members) > 1
                else (),
                spellings=tuple(dict.fromkeys(found)),
            )
        )
    return Roster(
        key=panel.basis or "all",
        caption=_name_roster(index),
        years=(origin, outlook.year),
        lowest=max(len(rows), panel.count_ranked(origin)),
        tops=outlook.tops,
        rows=rows,
        note=describe_gaps(panel, origin),
        overview=stems.find_page(name_overview(panel)),
    )


def _name_roster(index: Index) -> str:
    """Name a roster by its size, and by when it was that of its index."""
    named = {"count": len(index.units), "units": index.config.nouns["units"]}
    child = None if index.panel.parent else find_child(index.panel)
    if day := find_day(index.panel):
        return _("The {count} {units} since {date}").format(**named, date=format_date(day))
    if child and (day := find_day(child)):
        return _("The {count} {units} before {date}").format(**named, date=format_date(day))
    return _("The {count} {units}").format(**named)


def _find_tile(unit: Mapping[Any, Any]) -> tuple[int, int] | None:
    """Find the row and column of a tile, where both are known."""
    row, column = unit.get("row"), unit.get("column")
    return None if pd.isna(row) or pd.isna(column) else (int(row), int(column))


def _take_rank(rank: Any) -> int | None:
    return None if pd.isna(rank) else int(rank)


def _find_page(record: Record) -> str | None:
    return record.find(".html") or record.find(".pdf")


def describe_record(record: Record | None, settings: Settings, build: Inputs) -> ReportState:
    """Tell a page what became of a report: status, reason, and what there is to link.

    One that was never asked for has no record; the others are held against what they would be made
    of now.
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
        href=_find_page(record),
        pdf_href=record.find(".pdf"),
        notebook_href=record.find(".ipynb"),
        csv_href=record.find("-forecast.csv"),
        json_href=record.find("-forecast.json"),
        changed=tuple(changed),
        built=record.report.built[:10] if record.report else None,
    )
