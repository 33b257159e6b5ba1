"""Pages stand alone: what they refer to is in them, or the report is refused by its name."""

import base64
import re

import nbformat
import pytest
from browsing import browser as browser
from browsing import pytestmark as needs_browser
from nbformat import v4
from running import run_jobs

from dti_analysis.batch.embedding import Embedding
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.batch.render import render_html

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HELD = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


@pytest.fixture
def folder(tmp_path):
    """The folder of a notebook, with files beside it."""
    for name in ("logo.png", "hình ảnh.PNG", "a#b?c.png", "in/side.png", "100%.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PNG)
    (tmp_path / "in/style.css").write_text("@import 'more.css'; p { background: url(side.png) }")
    (tmp_path / "in/more.css").write_text("@font-face { src: url('font.woff2') }")
    (tmp_path / "in/font.woff2").write_bytes(b"font")
    (tmp_path / "in/drawn.svg").write_text(SVG.format('<image href="side.png"/>'))
    (tmp_path / "in/loop.css").write_text("@import 'loop.css';")
    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "table.xlsx").write_bytes(b"table")
    (tmp_path / ".secret").write_bytes(b"secret")
    return tmp_path


@pytest.mark.parametrize(
    "html",
    [
        '<img src="logo.png">',
        "<IMG SRC = logo.png>",
        "<img src=' ./in/../logo.png '>",
        '<img src="logo.png?v=2#part">',
        '<img src="h%C3%ACnh%20%E1%BA%A3nh.PNG">',
        '<img src="hình ảnh.PNG">',
        '<img src="a#b?c.png">',
        '<img src="100%.png">',
        '<img src="{folder}/logo.png">',
        '<img src="file://{folder}/logo.png">',
        '<img alt="a" srcset="logo.png 1x, in/side.png 2x">',
        '<picture><source srcset="logo.png, in/side.png 200w"><img src="logo.png"></picture>',
        '<video poster="logo.png"></video>',
        '<input type="image" src="logo.png" alt="a">',
        '<table background="logo.png"></table>',
        '<svg><image href="logo.png"/><image xlink:href="logo.png"/></svg>',
        '<p style="background: url(logo.png)">a</p>',
        "<p style=\"background: URL( 'logo.png' )\">a</p>",
        '<p style="background: url(&quot;logo.png&quot;)">a</p>',
        "<style>p { background: url(logo.png), url('in/side.png') }</style>",
        '<svg><rect fill="url(logo.png)"/></svg>',
    ],
)
def test_pictures_of_all_kinds_are_put_into_the_page(folder, html):
    embedding = Embedding(folder)
    filled = embedding.fill_html(html.replace("{folder}", str(folder)))
    assert filled.count(HELD) == len(re.findall(r"(?i)\.png", html))
    assert ".png" not in filled.lower()
    assert all(path.read_bytes() == PNG for path in embedding.files)


def read_data(address):
    return base64.b64decode(address.partition("base64,")[2]).decode()


def test_what_a_style_sheet_or_a_picture_refers_to_is_in_it(folder):
    embedding = Embedding(folder)
    filled = embedding.fill_html(
        '<link rel="stylesheet" href="in/style.css"><img src="in/drawn.svg">'
    )
    sheet, picture = re.findall(r'"(data:[^"]*)"', filled)
    assert sheet.startswith("data:text/css")
    assert HELD in read_data(sheet)
    assert HELD in read_data(picture)
    (more,) = re.findall(r'@import "([^"]*)"', read_data(sheet))
    assert 'url("data:font/woff2;base64,' in read_data(more)
    assert {path.name for path in embedding.files} == {
        *("style.css", "more.css", "font.woff2", "side.png", "drawn.svg")
    }


def test_films_are_put_into_the_page(folder):
    filled = Embedding(folder).fill_html('<video><source src="film.mp4"></video>')
    assert '<source src="data:video/mp4;base64,' in filled


def test_pictures_that_are_outputs_hold_what_they_refer_to(folder):
    embedding = Embedding(folder)
    for inner in ('<image href="logo.png"/>', '<image xlink:href="logo.png"/>'):
        filled = embedding.fill_svg(SVG.format(inner))
        assert HELD in filled
        assert filled.startswith("<svg ")
    with pytest.raises(ValueError, match="is no SVG"):
        embedding.fill_svg('<svg><image href="logo.png"></svg>')


@pytest.mark.parametrize(
    "html",
    [
        "<p>src=a.png, url(a.png), href=x</p>",
        f'<img src="{HELD}" srcset="{HELD} 1x">',
        '<svg viewBox="0 0 1 1"><use xlink:href="#a"/><rect fill="url(#b)"/></svg>',
        '<a href="https://example.org/a.png">a</a> <a href="mailto:a@example.org">b</a>',
        '<a href="//example.org">c</a> <a href="#d">d</a> <a href="../63/77.html">e</a>',
        '<a href="in/">a folder</a><a href="../">above</a><a href="javascript:void 0">f</a>',
        "<style>/* url(a.png) */ @namespace url(http://www.w3.org/2000/svg); p { top: 0 }</style>",
        '<link rel="author" href="https://example.org">',
        '<meta charset="utf-8"><img alt="none"><img src="">',
    ],
)
def test_what_refers_to_nothing_or_is_a_link_stays_as_it_is(folder, html):
    embedding = Embedding(folder)
    assert embedding.fill_html(html) == html
    assert not embedding.files


def test_a_link_to_a_file_hands_out_the_file(folder):
    embedding = Embedding(folder)
    filled = embedding.fill_html('<a href="table.xlsx">a</a>')
    assert 'href="data:application/octet-stream;base64,dGFibGU="' in filled
    assert 'download="table.xlsx"' in filled
    assert list(embedding.files) == [folder / "table.xlsx"]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<img src="https://example.org/x.png">', "to https://example.org/x.png, which it cannot"),
        ('<img src="//example.org/x.png">', "//example.org/x.png, which it cannot hold: embed it"),
        ('<img src="http://[x.png">', "http://[x.png, which it cannot hold"),
        ('<img src="ftp://a/x.png">', "ftp://a/x.png, which it cannot hold"),
        ('<img src="blob:a">', "blob:a, which it cannot hold"),
        ('<img src="none.png">', "none.png, and there is no such file: add it"),
        ('<img src="in">', "in, and there is no such file"),
        ('<img src="table.xlsx">', "table.xlsx, a kind of file that it cannot hold: link it"),
        ('<img srcset="logo.png 1x, https://a/x.png 2x">', "https://a/x.png, which it cannot hold"),
        ('<audio src="https://a/x.mp3"></audio>', "https://a/x.mp3, which it cannot hold"),
        ('<p style="background: url(https://a/x.png)">', "https://a/x.png, which it cannot hold"),
        ("<style>@import 'https://a/x.css';</style>", "https://a/x.css, which it cannot hold"),
        ("<style>@import url(https://a/x.css);</style>", "https://a/x.css, which it cannot hold"),
        ('<link rel="stylesheet" href="https://a/x.css">', "https://a/x.css, which it cannot hold"),
        ('<link rel="preconnect" href="https://a">', "https://a, which it cannot hold"),
        ('<link rel="stylesheet" href="in/loop.css">', "loop.css, which refers to itself"),
        ('<svg><image xlink:href="https://a/x.png"/></svg>', "https://a/x.png, which it cannot"),
        ('<svg><use href="in/drawn.svg#a"/></svg>', "drawn.svg#a, by <use>, which it cannot hold"),
        ('<iframe src="https://a/b"></iframe>', "https://a/b, by <iframe>, which it cannot hold"),
        ('<iframe srcdoc="<p>a</p>"></iframe>', "<p>a</p>, by <iframe>, which it cannot hold"),
        ('<object data="in/drawn.svg"></object>', "by <object>, which it cannot hold"),
        ('<embed src="data:application/pdf;base64,AA">', "by <embed>, which it cannot hold"),
        ('<script src="https://a/b.js"></script>', "https://a/b.js, by <script>, which it cannot"),
        ('<script src="in/b.js"></script>', "in/b.js, by <script>"),
        ('<base href="https://a/">', "https://a/, by <base>"),
        ('<meta http-equiv="Refresh" content="0; url=https://a">', "0; url=https://a, where it"),
        ('<a href="{folder}/table.xlsx">a</a>', "a file of this machine: put it beside"),
        ('<a href="file:///etc/hosts">a</a>', "file:///etc/hosts, a file of this machine"),
        ('<a href=".secret">a</a>', ".secret, a file of this machine"),
        ('<img src="attachment:x.png">', "attachment:x.png, which its cell has no attachment for"),
        ('<div id="plot"></div><script>draw()</script>', '<div id="plot"> for a script to fill'),
        ("<canvas></canvas><script>draw()</script>", '<canvas id=""> for a script to fill'),
        (f'<img src="https://a/{"x" * 999}.png">', "which it cannot hold"),
    ],
)
def test_what_a_page_cannot_hold_is_refused_by_name(folder, html, words):
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        Embedding(folder).fill_html(html.replace("{folder}", str(folder)))
    assert len(str(caught.value)) < 300


def test_a_page_holds_no_more_than_a_browser_takes(folder, monkeypatch):
    monkeypatch.setattr("dti_analysis.batch.embedding._MOST_BYTES", 100)
    embedding = Embedding(folder)
    embedding.fill_html('<img src="logo.png">')
    with pytest.raises(ValueError, match=r"side\.png, and can hold 0\.0001 MB of files in all"):
        embedding.fill_html('<img src="in/side.png">')


def test_scripts_that_fill_nothing_are_left_out(folder):
    html = "<style>p { color: red }</style><p>Shown</p><script>toggle()</script>"
    assert Embedding(folder).fill_html(html) == html.partition("<script>")[0]


def test_attachments_are_found_whatever_they_are_named(folder):
    attachments = {"a.png": {"image/png": "AAAA"}, "b ữ.png": {"image/png": "BBBB"}}
    source = '![](attachment:a.png) ![](attachment:b%20%E1%BB%AF.png) <img src="attachment:a.png">'
    cell = v4.new_markdown_cell(f"{source} attachment:none", attachments=attachments)
    html = render_html(v4.new_notebook(cells=[cell]), "T", embedding=Embedding(folder))
    assert html.count("data:image/png;base64,AAAA") == 2
    assert html.count("data:image/png;base64,BBBB") == 1
    assert "attachment:none" in html


def test_a_picture_is_shown_rather_than_what_a_script_would_draw(folder):
    drawn = '<div id="a"></div><script src="https://a/b.js"></script>'
    for kind, content in (("image/png", "AAAA"), ("image/svg+xml", SVG.format(""))):
        output = v4.new_output("display_data", {"text/html": drawn, kind: content})
        notebook = v4.new_notebook(cells=[v4.new_code_cell("a", outputs=[output])])
        html = render_html(notebook, "T", embedding=Embedding(folder))
        assert f'src="data:{kind};base64,' in html
        assert "<script" not in html


def write(file, *cells):
    nbformat.write(v4.new_notebook(cells=list(cells)), file)
    return file


HTML = "from IPython.display import HTML\nHTML('''{}''')"


@needs_browser
def test_a_page_shows_what_stood_beside_its_notebook_and_asks_for_nothing(folder, browser):
    cells = [
        v4.new_markdown_cell('Ours: ![logo](logo.png)\n\n<img class="b" src="in/drawn.svg">'),
        v4.new_code_cell(HTML.format('<img src="logo.png"><p style="background: url(logo.png)">a')),
        v4.new_code_cell(HTML.format('<link rel="stylesheet" href="in/style.css">')),
        v4.new_markdown_cell("[a table](table.xlsx)"),
    ]
    refused = write(folder / "r.ipynb", v4.new_markdown_cell("![](https://example.org/x.png)"))
    jobs = [Job(write(folder / "n.ipynb", *cells), {}, "n", "N"), Job(refused, {}, "r", "R")]
    good, bad = run_jobs(jobs, folder / "out", options=Options(retries=0, formats=("html",)))
    assert good.error is None
    assert bad.error == (
        "ValueError: the page refers to https://example.org/x.png, which it cannot hold: "
        "embed it, or link it"
    )
    assert not (folder / "out/r.html").exists()
    page = browser.new_page()
    asked, told = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    (folder / "elsewhere.html").write_bytes((folder / "out/n.html").read_bytes())
    page.goto((folder / "elsewhere.html").as_uri())
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(sizes) == 3
    assert min(sizes) > 0
    assert [url for url in asked if not url.startswith("data:")] == [page.url]
    assert told == []
    with page.expect_download() as download:
        page.get_by_text("a table").click()
    assert download.value.suggested_filename == "table.xlsx"
