"""The page that links the reports of any notebook."""

from dti_analysis.language import speaking
from dti_analysis.reporting.manifest import Manifest
from dti_analysis.reporting.provenance import Build, tell_small_print
from dti_analysis.reporting.templating import list_twins, open_templates, read_asset


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
    with speaking(language):
        return template.render(
            title=title,
            records=manifest.reports.values(),
            small_print=tell_small_print(build.small_print()),
            language=language,
            twins=list_twins(language) if has_twins else (),
            style=read_asset("style.css"),
        )
