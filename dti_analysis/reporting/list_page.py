"""The page that links the reports of any notebook."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from dti_analysis.reporting.manifest import Manifest
from dti_analysis.reporting.provenance import Build


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
    loader = PackageLoader("dti_analysis.reporting")
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, _, _ = loader.get_source(environment, "style.css")
    return environment.get_template("list.html.j2").render(
        title=title,
        records=manifest.reports.values(),
        small_print=build.small_print(),
        style=style,
    )
