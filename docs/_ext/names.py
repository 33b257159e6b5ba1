"""What single backticks mean in docstrings: a full name of this library links, the rest is code."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.python import PyXRefRole
from sphinx.util.docutils import SphinxRole
from sphinx.util.typing import ExtensionMetadata


class NameRole(SphinxRole):
    """Link `dti_analysis.data.store.load_data`, and set `seed` as code."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Give the node of a name."""
        if self.text.startswith("dti_analysis."):
            link = PyXRefRole()
            place = (self.lineno, self.inliner, self.options, self.content)
            return link("py:obj", f":py:obj:`~{self.text}`", f"~{self.text}", *place)
        return [nodes.literal(self.rawtext, self.text)], []


def setup(app: Sphinx) -> ExtensionMetadata:
    """Offer the role `name`."""
    app.add_role("name", NameRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
