"""The templates of the pages over the reports."""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

_PACKAGE = "dti_analysis.reporting"

TEMPLATES = files(_PACKAGE) / "templates"


def open_templates() -> Environment:
    """Open the templates; a name that a page does not give is an error, and text is escaped."""
    return Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def read_asset(name: str) -> str:
    """Read what stands beside the templates and goes into a page as it is."""
    return (TEMPLATES / name).read_text(encoding="utf-8")
