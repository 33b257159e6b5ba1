import base64
import copy
from html.parser import HTMLParser

import pytest
from bs4 import BeautifulSoup
from nbformat import NotebookNode, v4

from dti_analysis.batch.render import dress_tables, render_html

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


class Page(HTMLParser):
    """All start tags of a page with their attributes, and its visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def code(source, *outputs, tags=()):
    return v4.new_code_cell(
        source, outputs=list(outputs), execution_count=7, metadata={"tags": list(tags)}
    )


def result(data, metadata=None):
    return v4.new_output("execute_result", data, metadata=metadata or {}, execution_count=7)


@pytest.fixture
def notebook() -> NotebookNode:
    picture = {"image/png": {"alt": 'Rank of "Huế" & others', "width": 760, "height": 430}}
    return v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# For authors", metadata={"tags": ["notebook-only"]}),
            code("draws: int = 100", tags=["parameters"]),
            code("draws = 4321", tags=["injected-parameters"]),
            code("tell()", result({"text/markdown": "# Bà Rịa - Vũng Tàu\n\nIt is **29th**."})),
            v4.new_markdown_cell("## The rank\n\n[source](https://example.org/a)"),
            code(
                "draw()",
                v4.new_output("display_data", {"image/png": PIXEL}, metadata=picture),
                v4.new_output("stream", name="stderr", text="FutureWarning: beware"),
                v4.new_output("stream", name="stdout", text="printed"),
            ),
            code("frame", result({"text/html": "<table border='1'><tr><td>1</td></tr></table>"})),
            code("widget", result({"application/javascript": "fetch('//evil.example')"})),
            code("1 / 0", v4.new_output("error", ename="ZeroDivisionError", traceback=["1 / 0"])),
        ]
    )


@pytest.fixture
def page(notebook):
    return Page(render_html(notebook, "Title & <more>", home="../index.html", language="vi"))


def test_results_are_shown(page):
    assert "It is " in page.text
    assert "printed" in page.text
    assert page.text.count("Bà Rịa - Vũng Tàu") == 1
    assert len(page.all("h1")) == 1


@pytest.mark.parametrize(
    "hidden",
    ["tell()", "draw()", "In [", "Out[", "4321", "draws", "For authors", "beware", "1 / 0", "evil"],
)
def test_what_is_not_for_readers_is_left_out(page, hidden):
    assert hidden not in page.text


def test_page_is_accessible(page):
    assert page.all("html") == [{"lang": "vi"}]
    assert [len(page.all(tag)) for tag in ("main", "header", "footer", "nav")] == [1, 1, 1, 1]
    skip, home = page.all("a")[:2]
    assert skip["href"] == f"#{page.all('main')[0]['id']}"
    assert home["href"] == "../index.html"
    assert "Title & <more>" in page.text


def test_alt_text_and_size_of_a_figure_are_kept(page):
    (image,) = page.all("img")
    assert image["alt"] == 'Rank of "Huế" & others'
    assert (image["width"], image["height"]) == ("760", "430")


def test_page_asks_no_network(page):
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("iframe")
    loaded = [attributes["src"] for _, attributes in page.tags if "src" in attributes]
    assert loaded
    assert all(source.startswith("data:") for source in loaded)
    assert "url(" not in page.text
    assert "@import" not in page.text
    (policy,) = [meta for meta in page.all("meta") if "http-equiv" in meta]
    assert "default-src 'none'" in policy["content"]


def test_links_to_sources_are_kept(page):
    assert {"href": "https://example.org/a"} in page.all("a")


def test_small_print_is_shown_and_escaped(notebook):
    page = Page(render_html(notebook, "T", small_print={"Data": "sha256 <abc>", "Seed": "2022"}))
    assert "sha256 <abc>" in page.text
    assert len(page.all("dt")) == 2


def test_many_parts_are_listed_before_the_first():
    told = ["<h2 class='x'>A &lt;b&gt; <b>&amp;</b> co</h2>", "<h2>B</h2>", "<h2>C</h2>"]
    cells = [v4.new_markdown_cell("## Of its own")]
    cells += [code("tell()", result({"text/html": html})) for html in told]
    page = BeautifulSoup(render_html(v4.new_notebook(cells=cells), "T"), "html.parser")
    ways, parts = page.select("nav.parts a"), page.select("main h2")
    assert [way.text for way in ways] == [part.text for part in parts]
    assert [way["href"] for way in ways] == [f"#{part['id']}" for part in parts]
    assert len({part["id"] for part in parts}) == 4
    assert page.select_one("main > *").get("class") == ["parts"]


def test_few_parts_are_not_listed(page):
    assert not [tag for tag in page.all("nav") if tag.get("class") == "parts"]


def test_empty_page_is_light():
    assert len(render_html(v4.new_notebook(), "T")) < 20_000


def test_notebook_is_left_as_it_was(notebook):
    before = copy.deepcopy(notebook)
    render_html(notebook, "T")
    assert notebook == before


def test_rendering_twice_gives_the_same(notebook):
    assert render_html(notebook, "T") == render_html(notebook, "T")


def test_columns_are_told_apart_by_what_they_hold():
    long = "a note of more than forty characters, as they are in practice"
    html = dress_tables(
        "<table><caption>Scores</caption>"
        "<thead><tr><th>Year</th><th class='a'>Score</th><th>Kind</th><th>Note</th></tr></thead>"
        "<tbody><tr><td>2022</td><td>0.6077 (29)</td><td>stated</td><td>-</td></tr>"
        f"<tr><td>2023</td><td>–</td><td>implied</td><td>{long}</td></tr></tbody></table>"
    )
    page = Page(html)
    cells = [
        (name, about.get("scope"), about["class"])
        for name, about in page.tags
        if name in ("th", "td")
    ]
    kinds = ["number", "number", "short", "long"]
    assert cells[1] == ("th", "col", "a number")
    assert cells[:1] + cells[2:4] == [("th", "col", kind) for kind in kinds[:1] + kinds[2:]]
    row = [("th", "row", kinds[0]), *(("td", None, kind) for kind in kinds[1:])]
    assert cells[4:] == row * 2
    (box,) = page.all("div")
    assert (box["role"], box["tabindex"], box["aria-label"]) == ("region", "0", "Scores")


def test_a_row_that_spans_columns_is_left_alone():
    html = dress_tables(
        "<table><tr><th colspan='2'>Both</th></tr><tr><td>1</td><td>x</td></tr></table>"
    )
    assert Page(html).all("th")[0] == {"colspan": "2"}


@pytest.mark.parametrize("html", ["<p>No table.</p>", ""])
def test_other_fragments_are_left_alone(html):
    assert dress_tables(html) == html
