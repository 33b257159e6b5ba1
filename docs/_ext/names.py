"""What names in docstrings mean: those of this library are links, others are code."""

import importlib
import inspect
import pkgutil
from types import GenericAlias

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.domains.python import PyXRefRole
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxRole
from sphinx.util.typing import ExtensionMetadata

import dti_analysis


class NameRole(SphinxRole):
    """Single backticks: link `dti_analysis.models.ranks.rank_draws`, and set `seed` as code.

    What `import dti_analysis` and its figures offer is linked by its short name too.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Give the node of a name."""
        offers = (dti_analysis, dti_analysis.figures)
        full = next(
            (f"{one.__name__}.{self.text}" for one in offers if self.text in one.__all__), self.text
        )
        if full.startswith("dti_analysis."):
            link = PyXRefRole()
            place = (self.lineno, self.inliner, self.options, self.content)
            return link("py:obj", f":py:obj:`~{full}`", f"~{full}", *place)
        return [nodes.literal(self.rawtext, self.text)], []


def list_classes(app: Sphinx, config: Config) -> None:
    """Have numpydoc link the types of parameters that are classes of this library."""
    aliases = {}
    for found in pkgutil.walk_packages(dti_analysis.__path__, "dti_analysis."):
        for name, kind in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            if kind.__module__ == found.name and not name.startswith("_"):
                aliases[name] = f"{found.name}.{name}"
    # Its own aliases, of Python's types, are links to a site.
    config.numpydoc_xref_aliases_complete = aliases


def link_field(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Link a field of a dataclass to the class, which describes it among its parameters."""
    owner = node.get("reftarget", "").rpartition(".")[0]
    if node.get("refdomain") != "py" or not owner.startswith("dti_analysis."):
        return None
    python = env.domains.python_domain
    return python.resolve_xref(env, node["refdoc"], app.builder, "class", owner, node, content)


def skip_foreign(
    app: Sphinx, kind: str, name: str, found: object, is_skipped: bool, options: object
) -> bool | None:
    """Leave out what is documented elsewhere: other libraries' types, and other names of them."""
    is_code = isinstance(found, type) or inspect.isroutine(found)
    is_foreign = is_code and not (found.__module__ or "").startswith("dti_analysis.")
    return True if is_foreign or isinstance(found, GenericAlias) else None


def setup(app: Sphinx) -> ExtensionMetadata:
    """Offer the role `name`, and find what names mean."""
    app.add_role("name", NameRole())
    app.connect("config-inited", list_classes, priority=900)  # after numpydoc's
    app.connect("missing-reference", link_field)
    app.connect("autodoc-skip-member", skip_foreign)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
