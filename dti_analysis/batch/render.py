"""Executed notebook → one self-contained HTML page without code."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from nbconvert.exporters.html import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from dti_analysis.batch.brief import ONLY
from dti_analysis.batch.embedding import Embedding, is_scripted
from dti_analysis.batch.job import Link
from dti_analysis.batch.templating import TEMPLATES, add_words, read_asset
from dti_analysis.language import _, use_language

HIDDEN_TAGS = frozenset({"parameters", "injected-parameters", "notebook-only", ONLY})
"""Cells with one of these tags are for those who run the notebook, not for those who read it."""

_NUMBER = re.compile(r"[<>]?[-−+]?\d[\d.,\u202f\xa0]*( ?%)?([-–/]\d[\d.,]*)?( \(\d+\))?")
_HEADING = re.compile(r"<h2([^>]*)>(.*?)</h2>", re.DOTALL)
_TAG = re.compile("<[^>]*>")
_MANY = 4
"""From how many parts on a page lists them."""

_NO_VALUE = {"", "–", "-"}
# Characters up to which a cell is kept on one line, and from which it is given much room.
_SHORT, _LONG = 20, 40


def render_html(
    notebook: NotebookNode,
    title: str,
    *,
    small_print: Mapping[str, str] | None = None,
    home: str = "index.html",
    formats: Sequence[Link] = (),
    language: str = "en",
    translations: Sequence[Link] = (),
    related: Sequence[Link] = (),
    downloads: Sequence[Link] = (),
    embedding: Embedding | None = None,
) -> str:
    """Render an executed notebook, which is left as it is, for readers.

    The page makes no request to any network, holds no script, and says so to the browser, which
    then refuses whatever an output may have slipped in. `embedding` takes the files that the
    notebook refers to into it, by default from the working folder, or raises a ValueError.

    At the foot stand the lines of the `small_print`; at the head a way `home`, and links to other
    `formats`, to `translations`, to `related` pages and to `downloads` of its numbers.
    """
    page = {
        "title": title,
        "home": home,
        "formats": formats,
        "translations": translations,
        "related": related,
        "downloads": downloads,
        "style": read_asset("style.css"),
        "small_print": dict(small_print or {}),
        "embedding": embedding or Embedding(Path()),
    }
    with use_language(language):
        html: str = _exporter(language).from_notebook_node(notebook, {"page": page})[0]
        return _list_parts(html)


def _list_parts(html: str) -> str:
    """Let the parts of a page be linked to, and list them before the first if they are many."""
    found = list(_HEADING.finditer(html))
    ways: list[str] = []

    def number(heading: re.Match[str]) -> str:
        named = re.search(r"\bid=\"([^\"]*)\"", heading[1])
        name = named[1] if named else f"part-{len(ways) + 1}"
        ways.append(f'<a href="#{name}">{_TAG.sub("", heading[2])}</a>')
        return heading[0] if named else f'<h2 id="{name}"{heading[1]}>{heading[2]}</h2>'

    numbered = _HEADING.sub(number, html)
    if len(found) < _MANY:
        return numbered
    start, label = found[0].start(), _("On this page")
    listed = f'<nav class="parts" aria-label="{label}">{" ".join(ways)}</nav>\n'
    return numbered[:start] + listed + numbered[start:]


@cache
def _exporter(language: str) -> HTMLExporter:
    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        config=Config(TagRemovePreprocessor={"remove_cell_tags": set(HIDDEN_TAGS)}),
        template_name="report",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        language_code=language,
        filters={"dress_tables": dress_tables, "is_scripted": is_scripted},
    )
    add_words(exporter.environment)
    return exporter


def dress_tables(html: str) -> str:
    """Make tables of any origin readable: aligned numbers, room to scroll on a narrow screen.

    In what comes of a fragment, as pandas and others give it, the cells of a column have class
    ``number``, ``short``, ``medium`` or ``long`` by what it holds, the first cell of a row heads
    it, and each table has a box to scroll in.
    """
    if "<table" not in html:
        return html
    soup = BeautifulSoup(html, "html.parser")
    for table in soup.find_all("table"):
        del table["border"]
        _class_columns(table)
        _scope_headings(table)
        label = table.caption.get_text(" ", strip=True) if table.caption else _("Table")
        # Focusable, so that the keyboard can scroll it.
        box = {"class": "scroll", "role": "region", "tabindex": "0", "aria-label": label}
        table.wrap(soup.new_tag("div", attrs=box))
    return str(soup)


def _class_columns(table: Tag) -> None:
    rows = [row.find_all(["th", "td"]) for row in table.find_all("tr")]
    body = [row for row in rows if any(cell.name == "td" for cell in row)]
    width = len(body[0]) if body else 0
    # A row with cells that span columns would put the others under the wrong heading.
    rows, body = ([row for row in part if len(row) == width] for part in (rows, body))
    for place in range(width):
        kind = _classify([row[place].get_text(strip=True) for row in body])
        for row in rows:
            own = row[place].get_attribute_list("class")
            row[place]["class"] = " ".join(filter(None, [*own, kind]))


def _scope_headings(table: Tag) -> None:
    """Say what each heading is for, so that a screen reader can tell it with every cell."""
    for row in table.find_all("tr"):
        cells = row.find_all(["th", "td"])
        if len(cells) > 1 and any(cell.name == "td" for cell in cells):
            cells[0].name = "th"
            cells[0]["scope"] = "row"
        for cell in row.find_all("th", scope=False, colspan=False):
            cell["scope"] = "col"


def _classify(texts: list[str]) -> str:
    values = [text for text in texts if text not in _NO_VALUE]
    if values and all(_NUMBER.fullmatch(text) for text in values):
        return "number"
    longest = max(map(len, texts))
    if longest > _LONG:
        return "long"
    return "short" if longest <= _SHORT else "medium"
