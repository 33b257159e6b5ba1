"""The page that links the reports of any notebook."""

from dti_analysis.reporting.manifest import Manifest
from dti_analysis.reporting.provenance import Build
from dti_analysis.reporting.templating import open_templates, read_asset


def render_list(manifest: Manifest, title: str, build: Build) -> str:
    """Render a list of what is on record.

    Parameters
    ----------
    manifest : Manifest
        The record.
    title : str
        Title of the page.
    build : Build
        What the page is made from, for its small print.

    Returns
    -------
    str
        HTML document.
    """
    return (
        open_templates()
        .get_template("list.html.j2")
        .render(
            title=title,
            records=manifest.reports.values(),
            small_print=build.small_print(),
            style=read_asset("style.css"),
        )
    )
