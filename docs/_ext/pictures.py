"""Pictures of notebooks with their own words beside them, for who cannot see them."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


def describe_pictures(app: Sphinx, page: nodes.document) -> None:
    """Give a picture the text that its output has besides, which would else be left out."""
    for bundle in page.findall(nodes.container):
        if bundle.get("nb_element") == "mime_bundle":
            told = [part for part in bundle.children if part["mime_type"] == "text/plain"]
            for picture in bundle.findall(nodes.image) if told else ():
                picture.setdefault("alt", told[0].astext())


def setup(app: Sphinx) -> ExtensionMetadata:
    """Describe pictures as soon as a page is read."""
    app.connect("doctree-read", describe_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
