"""The templates of the pages over the reports."""

from importlib.resources import files
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined

from dti_analysis.batch.job import name_page
from dti_analysis.language import NATIVE_NAMES, _, format_date, ngettext, pgettext

_PACKAGE = "dti_analysis.batch"

TEMPLATES = files(_PACKAGE) / "templates"


def open_templates(package: str = _PACKAGE) -> Environment:
    """Open a package's templates; a name that a page does not give is an error, text is escaped."""
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    add_words(environment)
    environment.filters["date"] = format_date
    return environment


def list_translations(language: str) -> list[tuple[str, str, str]]:
    """List the page over the reports in its other languages: address, own name and code."""
    return [
        (name_page(code), NATIVE_NAMES[code], code) for code in NATIVE_NAMES if code != language
    ]


def add_words(environment: Environment) -> None:
    """Let templates say `_` and the like, in the language spoken when they are rendered."""
    environment.add_extension("jinja2.ext.i18n")
    cast(Any, environment).install_gettext_callables(_, ngettext, pgettext=pgettext)


def read_asset(name: str, package: str = _PACKAGE) -> str:
    """Read what stands beside a package's templates and goes into a page as it is."""
    return (files(package) / "templates" / name).read_text(encoding="utf-8")
