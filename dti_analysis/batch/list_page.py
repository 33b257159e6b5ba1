"""The page that links the reports of any notebook."""

from collections.abc import Sequence

from dti_analysis.batch.inputs import Inputs, tell_small_print
from dti_analysis.batch.job import Job, name_page
from dti_analysis.batch.manifest import Manifest
from dti_analysis.batch.plan import Page
from dti_analysis.batch.templating import list_translations, open_templates, read_asset
from dti_analysis.language import DEFAULT_LANGUAGE, LANGUAGES, _, format_date, use_language


def plan_list(
    jobs: Sequence[Job],
    title: str,
    build: Inputs,
) -> Page:
    """Plan a list of reports for the page over them, in every language that they are in."""
    is_translated = any(job.base for job in jobs)
    told = dict.fromkeys((DEFAULT_LANGUAGE, *LANGUAGES)) if is_translated else ("en",)
    pages = {name_page(code) if is_translated else "index.html": code for code in told}

    def render(manifest: Manifest) -> dict[str, str]:
        return {
            name: render_list(
                manifest,
                title,
                build,
                code,
                is_translated=is_translated,
            )
            for name, code in pages.items()
        }

    return Page(tuple(pages), title, render)


def render_list(
    manifest: Manifest,
    title: str,
    build: Inputs,
    language: str = "en",
    *,
    is_translated: bool = False,
) -> str:
    """Render a list of what is on record as HTML.

    The page is there in the other languages too if it `is_translated`.
    """
    template = open_templates().get_template("list.html.j2")
    with use_language(language):
        return template.render(
            title=title,
            tell_failure=tell_failure,
            records=[record for _stem, record in sorted(manifest.reports.items())],
            small_print=tell_small_print(build.small_print()),
            language=language,
            translations=list_translations(language) if is_translated else (),
            style=read_asset("style.css"),
        )


def tell_failure(built: str | None) -> str:
    """Tell the public that a report could not be made, and the day of the one there is."""
    if not built:
        return _("could not be made")
    return _("could not be made; the report of {date} stands").format(date=format_date(built[:10]))
