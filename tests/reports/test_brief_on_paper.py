"""The brief of a unit and of an overview: one sheet of A4, with which the PDF begins."""

import io
import re
import unicodedata

import pytest
from browsing import browser, pytestmark  # noqa: F401
from bs4 import BeautifulSoup
from pypdf import PdfReader
from running import run_jobs
from waiting import PATIENCE

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.options import Options
from dti_analysis.batch.plan import Settings
from dti_analysis.reports.jobs import plan_overview, plan_reports
from dti_analysis.root import find_root

A4 = (595, 842)
# With the most and the least to tell, each in both languages.
UNITS = {"34": ["Hồ Chí Minh", "Cao Bằng"], "63": ["Bà Rịa - Vũng Tàu", "Lai Châu"]}
LANGUAGES = ["vi", "en"]
FILLED = re.compile(r"([\d.]+) [\d.]+ ([\d.]+) ([\d.]+) re\nf\n")
"""Left edge, width and height of a box in a PDF."""


@pytest.fixture(scope="module")
def folder(index, index34, tmp_path_factory):
    """Briefs and PDFs of units and overviews in each language; give the names of the reports."""
    folder, root = tmp_path_factory.mktemp("briefs"), find_root()
    settings = Settings(None, 300, 1)
    jobs = [
        job
        for each, name in ((index, "63"), (index34, "34"))
        for job in (
            *plan_reports([each], UNITS[name], settings, LANGUAGES, root),
            *(plan_overview(each, settings, language, root) for language in LANGUAGES),
        )
    ]
    options = Options(retries=0, formats=("brief", "pdf"))
    outcomes = run_jobs(jobs, folder, build=describe_inputs(root), options=options)
    assert [outcome.error for outcome in outcomes] == [None] * 12
    return folder


STEMS = [
    f"{stem}{ending}"
    for stem in (
        *("34/79-ho-chi-minh", "34/04-cao-bang", "overview-34"),
        *("63/77-ba-ria-vung-tau", "63/12-lai-chau", "overview-63"),
    )
    for ending in ("", ".en")
]


def test_these_are_all(folder):
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*.brief.html")}
    assert made == {f"{stem}.brief.html" for stem in STEMS}


@pytest.fixture
def print_page(browser):  # noqa: F811
    """Print a page as a reader would, whatever scheme the screen has."""
    context = browser.new_context(color_scheme="dark", offline=True)
    context.set_default_timeout(1000 * PATIENCE)

    def print_page(path):
        page = context.new_page()
        page.goto(path.as_uri())
        return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))

    yield print_page
    context.close()


def squeeze(text):
    """Leave letters and digits alone: a PDF does not tell where lines break."""
    return re.sub(r"\W", "", unicodedata.normalize("NFKC", text))


def read_brief(folder, stem):
    html = (folder / f"{stem}.brief.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser").find("section", class_="brief")


@pytest.mark.parametrize("stem", STEMS)
def test_a_brief_is_one_sheet_of_a4(stem, folder, print_page):
    (sheet,) = print_page(folder / f"{stem}.brief.html").pages
    assert (round(sheet.mediabox.width), round(sheet.mediabox.height)) == A4
    told = squeeze(sheet.extract_text())
    brief = read_brief(folder, stem)
    assert squeeze(brief.h1.get_text()) in told
    assert squeeze(brief.select("p:not(.source)")[-1].get_text()) in told


@pytest.mark.parametrize("stem", STEMS)
def test_a_pdf_begins_with_its_brief_on_one_page(stem, folder):
    first, second, *_ = PdfReader(folder / f"{stem}.pdf").pages
    told, after = squeeze(first.extract_text()), squeeze(second.extract_text())
    brief = read_brief(folder, stem)
    title, *_, end = (squeeze(part.get_text()) for part in brief.select("h1, p:not(.source)"))
    assert title in told
    assert title not in after
    assert end in told
    assert end not in after


@pytest.mark.parametrize("stem", STEMS)
def test_a_brief_stands_alone(stem, folder):
    html = (folder / f"{stem}.brief.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)[^"]*\.(png|svg|css|js)', html)
    brief = read_brief(folder, stem)
    assert "DTI" in brief.get_text()
    assert len(brief.find_all("h1")) == 1
    assert brief.find_all("figure")


def test_the_bars_of_a_pdf_are_as_long_as_the_chances_beside_them(folder):
    stem = "34/79-ho-chi-minh"
    shares = [
        int(span["style"].split()[1].rstrip("%"))
        for span in read_brief(folder, stem).select(".ladder span")
    ]
    page, *_ = PdfReader(folder / f"{stem}.pdf").pages
    drawn = page.get_contents().get_data().decode("latin-1")
    low = [
        (float(left), float(width))
        for left, width, height in FILLED.findall(drawn)
        if float(height) < 4
    ]
    whole, part = low[::2], low[1::2]
    assert [left for left, _ in whole] == [left for left, _ in part]
    lengths = [100 * mine / all_ for (_, all_), (_, mine) in zip(whole, part, strict=True)]
    assert lengths == pytest.approx(shares, abs=0.1)
    assert len({*shares}) > 5


def test_a_brief_tells_what_parts_cost_where_they_are_known(folder):
    table = read_brief(folder, "34/79-ho-chi-minh.en").find("caption").find_parent("table")
    heads, *rows = ([cell.get_text() for cell in row.find_all(["th", "td"])] for row in table("tr"))
    assert heads[1:] == ["own", "group", "cost"]
    assert rows[0][0] == "Government activities"
    costs = [float(row[3].replace("−", "-").replace("equal", "0")) for row in rows]
    assert costs == sorted(costs)
    assert costs[0] < 0
