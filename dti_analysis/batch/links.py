"""Links between pages: what a report would link, and which of that there is."""

import html
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from os.path import relpath
from pathlib import PurePosixPath

from dti_analysis.batch.job import Job, add_language
from dti_analysis.batch.manifest import Manifest, Record
from dti_analysis.language import REPORT

_MARK = re.compile(rf'<a {REPORT}="([^"]*)">(.*?)</a>', re.DOTALL)


@dataclass(frozen=True)
class Links:
    """Stems of the pages that a report would link: those there are, and those missing."""

    made: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def list_pages(manifest: Manifest, gone: Collection[str] = ()) -> frozenset[str]:
    """List the stems of the pages on record, unless this run is to remove them, as `gone`."""
    records = manifest.reports.items()
    return frozenset(stem for stem, record in records if stem not in gone and record.find(".html"))


def find_links(job: Job, record: Record | None, pages: Collection[str]) -> Links:
    """Sort what a report would link, as far as plan and record tell, by which pages there are."""
    report = record.report if record else None
    named = (*report.links, *report.missing) if report else ()
    return _sort((*job.translations.values(), *job.related, *named), pages)


def set_links(page: str, job: Job, pages: Collection[str]) -> tuple[str, Links]:
    """Turn what a notebook marked as the name of a report into a link to its page.

    A mark names reports by the stem that they share in all languages, the one to be preferred
    first. It is a link to the first that there is in the language of the page, else plain text. The
    links are what was marked, and what job and plan name besides.
    """
    marked: dict[str, None] = {}

    def turn(found: re.Match[str]) -> str:
        stems = [_name(stem, job) for stem in html.unescape(found[1]).split()]
        marked.update(dict.fromkeys(stems))
        to = next((stem for stem in stems if stem in pages), None)
        return (
            found[2] if to is None else f'<a href="{html.escape(address(job, to))}">{found[2]}</a>'
        )

    turned = _MARK.sub(turn, page)
    return turned, _sort((*job.translations.values(), *job.related, *marked), pages)


def address(job: Job, stem: str) -> str:
    """Give the address of another page, relative to that of a job."""
    return relpath(f"{stem}.html", PurePosixPath(job.stem).parent).replace("\\", "/")


def _name(stem: str, job: Job) -> str:
    return add_language(stem, job.language) if job.base else stem


def _sort(stems: Iterable[str], pages: Collection[str]) -> Links:
    known = sorted(set(stems))
    is_there: Callable[[str], bool] = pages.__contains__
    return Links(
        tuple(filter(is_there, known)), tuple(stem for stem in known if not is_there(stem))
    )
