"""No name is markup: an index of hostile names shows what its twin of plain words shows."""

import json
import re
import shlex
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from browsing import browser, pytestmark  # noqa: F401
from bs4 import BeautifulSoup
from hostile import NAMES, NOUNS, PARTS, make_project, name_plainly, pair_words
from nbconvert.filters import markdown2html
from pypdf import PdfReader
from waiting import PATIENCE

import dti_analysis as dti
from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.list_page import render_list
from dti_analysis.batch.manifest import Manifest, read_manifest
from dti_analysis.batch.options import FORMATS, Options
from dti_analysis.batch.plan import Settings
from dti_analysis.batch.runner import run_plan
from dti_analysis.batch.store import open_store
from dti_analysis.figures.picture import Picture
from dti_analysis.forecasting.exports import Downloads
from dti_analysis.project import load_index
from dti_analysis.reports.index_plan import look_ahead, render_pages
from dti_analysis.reports.jobs import plan_overview
from dti_analysis.reports.plan import plan_project

PAIRS = pair_words()
SVG = "{http://www.w3.org/2000/svg}"
FEW = Settings(None, 60, 1)
UNIT = '<meta http-equiv="refresh" content="0;url=https://h.test/">'
WORST = (
    *(UNIT, '<base href="https://h.test/">', "A**B**C", "[a](https://h.test/)", r"$\foo$"),
    *('" onmouseover="alert(1)', "</title>", "x" * 400),
)
RESULTS = {
    "index": lambda index: index,
    "forecast": lambda index: index.forecast(draws=60),
    "answer": lambda index: ask(index, UNIT),
    "asked": lambda index: index.forecast(draws=60).answer(code(index, "A**B**C"), target_rank=5),
    "comparison": lambda index: index.forecast(draws=60).compare("u000", code(index, "__A__")),
    "movers": lambda index: index.forecast(draws=60).movers(),
    "push": lambda index: index.forecast(draws=60).push(code(index, UNIT)),
    "plan": lambda index: index.forecast(draws=60).plan(code(index, "{unit}"), 5),
    "parts": lambda index: index.parts(code(index, "`a`"), draws=60),
    "evaluation": lambda index: index.evaluate(["pool"], draws=60, min_editions=6),
}


def code(index, name):
    """Know a unit, under whatever name, by its code."""
    return f"u{NAMES.index(name):03d}"


def ask(index, name):
    return index.forecast(draws=60).answer(code(index, name))


def squeeze(text):
    return re.sub(r"\s+", "", text)


def list_elements(page):
    return [(element.name, sorted(element.attrs)) for element in page.find_all()]


def require_same(shown, plain):
    """Require of a result or part of a report what its twin is under other names."""
    assert squeeze(str(shown)) == squeeze(name_plainly(str(plain), PAIRS))
    page, twin = (BeautifulSoup(each._repr_html_(), "html.parser") for each in (shown, plain))
    assert squeeze(page.get_text()) == squeeze(name_plainly(twin.get_text(), PAIRS))
    assert list_elements(page) == list_elements(twin)


INDEX_PAGES = {"map", "index", "index.en"}


def require_same_picture(shown, plain):
    """Require the same letters, as units that are level stand in the order of their names."""
    assert sorted(shown.alt) == sorted(name_plainly(plain.alt, PAIRS))
    drawn, twin = (ElementTree.fromstring(each.to_svg()) for each in (shown, plain))
    assert drawn.find(f"{SVG}title").text == shown.alt
    assert {element.tag for element in drawn.iter()} == {element.tag for element in twin.iter()}
    # Room decides on ticks, and where a title is broken.
    written, wanted = (
        ["".join(text.itertext()) for text in each.iter(f"{SVG}text")] for each in (drawn, twin)
    )
    cut = [squeeze(text.removesuffix("…")) for text in written if text.endswith("…")]
    for text in wanted:
        told = squeeze(name_plainly(text, PAIRS))
        is_whole = text[0].isdigit() or told in squeeze("".join(written))
        assert is_whole or any(told.startswith(begun) for begun in cut)
    figure = BeautifulSoup(shown.to_html(), "html.parser").figure
    assert (figure.img["alt"], figure.img.find_all()) == (shown.alt, [])
    assert set(figure.img.attrs) == {"src", "alt", "width", "height", "style"}
    assert figure.figcaption.strong.text == shown.title
    told = [figure.figcaption.small.text] if figure.figcaption.small else []
    assert told == [shown.subtitle] * bool(shown.subtitle)
    assert figure.select_one(".source").get_text().startswith(shown.source)
    names = {tag.name for tag in figure.find_all()}
    assert names <= {"figcaption", "strong", "small", "br", "img", "p", "span", "a"}


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """The index of hostile names and its twin, both made as people do."""
    folder = tmp_path_factory.mktemp("projects")
    make_project(folder / "hostile")
    make_project(folder / "plain", PAIRS.get)
    return folder


def test_the_readme_of_a_project_is_called_by_its_name(projects):
    texts = [(projects / name / "README.md").read_text() for name in ("hostile", "plain")]
    page, twin = (BeautifulSoup(markdown2html(text), "html.parser") for text in texts)
    assert page.h1.get_text() == f"{NOUNS['name']}¶"
    assert [element.name for element in page.find_all()] == [e.name for e in twin.find_all()]
    (typed,) = re.findall("dti forecast .*", texts[0])
    assert shlex.split(typed, comments=True)[2] in NAMES


@pytest.fixture(scope="module")
def twins(projects):
    return [load_index(root=projects / name) for name in ("hostile", "plain")]


@pytest.fixture(scope="module")
def parts(twins):
    """Every part of the reports on a unit, on all units and on the record, for both."""
    return [
        [
            part
            for kind in ("answer", "forecast", "evaluation")
            for report in [dti.report(RESULTS[kind](index))]
            for name in report.names
            for part in report.section(name) or ()
        ]
        for index in twins
    ]


def test_there_are_many_names_and_each_stands_for_itself(twins):
    assert len(set(NAMES)) == len(NAMES) > 80
    assert list(twins[0].panel.names.values()) == list(NAMES)
    assert len(twins[0].panel.components) == len(PARTS)


@pytest.mark.parametrize("kind", RESULTS)
def test_results_show_names_letter_by_letter(twins, kind):
    require_same(*map(RESULTS[kind], twins))


def test_every_part_of_a_report_shows_names_letter_by_letter(parts):
    assert len(parts[0]) > 40
    for shown, plain in zip(*parts, strict=True):
        if isinstance(shown, Picture):
            require_same_picture(shown, plain)
        elif not isinstance(shown, Downloads):
            require_same(shown, plain)


def test_files_to_take_away_have_names_letter_by_letter(parts):
    (files,) = [part.files for part in parts[0] if isinstance(part, Downloads)]
    assert json.loads(files["-forecast.json"])["unit"] == UNIT
    assert '"{}"'.format(UNIT.replace('"', '""')) in files["-forecast.csv"]


@pytest.fixture(scope="module")
def pages(projects, index, index34):
    """Reports of the worst names, the overview, lists and the page with a map."""
    root = projects / "hostile"
    plan = plan_project(list(WORST), None, FEW, ["en"], root)
    jobs = [*plan.jobs, plan_overview(load_index(root=root), FEW, "en", root)]
    folder = projects / "pages"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DTI_ROOT", str(root))
        options = Options(retries=0, formats=tuple(FORMATS))
        outcomes = run_plan(replace(plan, jobs=tuple(jobs)), folder, options)
    assert [outcome.error for outcome in outcomes] == [None] * len(jobs)
    manifest, build = read_manifest(open_store(folder)), describe_inputs(root)
    record = manifest.reports[jobs[0].stem]
    named = {f"r{place:03d}": replace(record, title=name) for place, name in enumerate(NAMES)}
    listed = render_list(Manifest(reports=named), NOUNS["name"], build)
    (folder / "list.html").write_text(listed, encoding="utf-8")
    outlooks = [look_ahead(each, FEW) for each in (index34, index)]
    outlooks[0].units["unit"] = NAMES[: len(outlooks[0].units)]
    mapped = render_pages(outlooks, FEW, build, Manifest())["index.en.html"]
    (folder / "map.html").write_text(mapped, encoding="utf-8")
    return folder, {job.title: job.stem for job in jobs}


def list_pages(pages):
    folder, _titles = pages
    return sorted(folder.glob("*.html"))


def read(file):
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


def test_pages_are_called_by_names_letter_by_letter(pages):
    folder, titles = pages
    for title, stem in titles.items():
        heads = [f"{name}: rank " for name in WORST if title.startswith(f"{name}: rank ")]
        for kind in ("html", "brief"):
            page = read(folder / f"{stem}{FORMATS[kind]}")
            assert page.title.text == title
            assert page.h1.text.startswith(*heads or [title])
    for name in WORST:
        named = f"{name}: rank among the {len(NAMES)}, as of 2024 ({NOUNS['name']})"
        assert named in titles


def test_overview_lists_and_map_show_all_names(pages):
    folder, _titles = pages
    rows = {cell.text for cell in read(folder / "overview.en.html").select("tbody th")}
    links = {link.text for link in read(folder / "list.html").select("main li > a[href$=html]")}
    assert rows >= set(NAMES)
    assert links == set(NAMES)
    page = read(folder / "map.html")
    assert {cell.text for cell in page.select("tbody th > span")} >= set(NAMES[:34])
    assert page.select("tbody th span *, .face b *") == []


def test_pages_have_no_element_that_acts(pages):
    for file in list_pages(pages):
        page = read(file)
        acting = "script, iframe, object, embed, base, form, input, button, textarea, select, link"
        found = {element.name for element in page.select(acting)}
        has_tiles = bool(page.select("figure .tiles"))
        switches = {"input"} if has_tiles else set()
        assert found == ({"script", "form", "input"} if file.stem in INDEX_PAGES else switches)
        assert len(page.select("style")) == 1 + has_tiles
        assert len(page.select("title")) == 1
        assert all(image["src"].startswith("data:image/") for image in page.select("img"))
        assert not [name for e in page.find_all() for name in e.attrs if name.startswith("on")]
        assert not page.select('a[href^="javascript"], a[href*="h.test"]')
        assert len(page.select("h1")) == 1


def test_reports_have_one_outline_whatever_they_are_called(pages):
    folder, titles = pages
    stems = [stem for title, stem in titles.items() if "rank among" in title]
    for kind in ("html", "brief"):
        files = [folder / f"{stem}{FORMATS[kind]}" for stem in stems]
        heads = [read(file).select("h2, h3, h4") for file in files]
        assert len(files) == len(WORST)
        assert len({tuple(head.name + head.text for head in each) for each in heads}) == 1


def test_a_browser_asks_for_nothing_and_stays(pages, browser):  # noqa: F811
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(1000 * PATIENCE)
    happened = []
    page.on("request", lambda request: happened.append(request.url))
    page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: happened.append(message.text))
    for file in list_pages(pages):
        page.goto(file.as_uri())
        page.mouse.move(300, 300)
        page.wait_for_timeout(50)
        assert page.url == file.as_uri()
        assert page.title() == read(file).title.text
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        asked = [told for told in happened if not told.startswith(("data:", file.as_uri()))]
        assert asked == []
        happened.clear()


@pytest.mark.parametrize("name", ["<b>bold</b>", "---", "$x^2$", "]]>", "אבג"])
def test_the_index_page_finds_a_name_as_it_is_typed(pages, browser, name):  # noqa: F811
    folder, _titles = pages
    page = browser.new_page()
    page.goto((folder / "index.en.html").as_uri())
    page.fill("#search", name)
    found = page.locator("tbody th:visible > :first-child").all_inner_texts()
    assert name in found
    assert len(found) < 20


@pytest.mark.parametrize("name", WORST[:3])
def test_a_pdf_is_called_by_its_name_and_says_it(pages, name):
    folder, titles = pages
    (title,) = [title for title in titles if title.startswith(name)]
    pdf = PdfReader(folder / f"{titles[title]}.pdf")
    assert pdf.metadata.title == title
    brief, *rest = (squeeze(page.extract_text()) for page in pdf.pages)
    assert squeeze(f"{name}: rank") in brief
    assert squeeze(name) in "".join(rest)


def test_every_page_forbids_what_it_does_not_use(pages):
    common = {
        *("default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-src 'none'"),
        *("object-src 'none'",),
    }
    files = {"data:"} | {f"{kind}-src data:" for kind in ("img", "media", "font")}
    for file in list_pages(pages):
        (policy,) = read(file).select("meta[http-equiv]")
        assert policy["http-equiv"] == "Content-Security-Policy"
        told = set(policy["content"].split("; "))
        own = {rule for rule in told - common if not rule.startswith("style-src 'unsafe-inline'")}
        script = {rule for rule in own if re.fullmatch(r"script-src 'sha256-[\w+/=]{44}'", rule)}
        assert common <= told
        assert own - script <= files
        assert bool(script) == (file.stem in INDEX_PAGES)
