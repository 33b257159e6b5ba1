"""The page that links the reports of any notebook."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from dti_analysis.language import DEFAULT_LANGUAGE, LANGUAGES, use_language
from dti_analysis.reporting.jobs import Job, name_page
from dti_analysis.reporting.manifest import Manifest
from dti_analysis.reporting.plan import Page, Plan
from dti_analysis.reporting.provenance import Build, tell_small_print
from dti_analysis.reporting.templating import list_twins, open_templates, read_asset


def plan_list(
    jobs: Sequence[Job],
    title: str,
    output: Path,
    build: Build,
    titles: Mapping[str, str] | None = None,
) -> Plan:
    """Plan reports with a list of them for their page, in every language where they have twins.

    Parameters
    ----------
    jobs : sequence of Job
        The reports.
    title : str
        Title of the page.
    output : Path
        Where they go by default.
    build : Build
        What they are made from.
    titles : mapping of str to str, optional
        The title by language, where it is another than `title`.
    """
    has_twins = any(job.base for job in jobs)
    told = dict.fromkeys((DEFAULT_LANGUAGE, *LANGUAGES)) if has_twins else ("en",)
    pages = {name_page(code) if has_twins else "index.html": code for code in told}

    def render(manifest: Manifest) -> dict[str, str]:
        return {
            name: render_list(
                manifest, (titles or {}).get(code, title), build, code, has_twins=has_twins
            )
            for name, code in pages.items()
        }

    page = Page(tuple(pages), title, render)
    return Plan(tuple(jobs), page, build, output)


def render_list(
    manifest: Manifest, title: str, build: Build, language: str = "en", *, has_twins: bool = False
) -> str:
    """Render a list of what is on record.

    Parameters
    ----------
    manifest : Manifest
        The record.
    title : str
        Title of the page.
    build : Build
        What the page is made from, for its small print.
    language : str
        Two-letter code of the language of the page.
    has_twins : bool
        Whether the page is there in the other languages too.

    Returns
    -------
    str
        HTML document.
    """
    template = open_templates().get_template("list.html.j2")
    with use_language(language):
        return template.render(
            title=title,
            records=[record for _stem, record in sorted(manifest.reports.items())],
            small_print=tell_small_print(build.small_print()),
            language=language,
            twins=list_twins(language) if has_twins else (),
            style=read_asset("style.css"),
        )
