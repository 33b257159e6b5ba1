"""Every type of page in a real browser: axe-core, the network, and the width of a phone.

The browser is Debian's Chromium, offline; it comes from the system, the rest from PyPI.
"""

import re
from dataclasses import replace
from functools import partial

import pytest
from browsing import browser, pytestmark  # noqa: F401
from running import run_jobs
from waiting import PATIENCE

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.list_page import render_list
from dti_analysis.batch.manifest import read_manifest
from dti_analysis.batch.options import Options
from dti_analysis.batch.plan import Page, Settings
from dti_analysis.batch.store import open_store
from dti_analysis.language import use_language
from dti_analysis.reports.index_plan import look_ahead, render_pages
from dti_analysis.reports.jobs import plan_overview, plan_reports
from dti_analysis.root import NOTEBOOKS, find_root

WIDTHS = {"desktop": 1280, "phone": 390}
# The province with the least data, and the one with the longest name and rows of every kind.
SPARSE, LONG = "63/12-lai-chau", "63/77-ba-ria-vung-tau"
BRIEFS = [f"briefs/{stem}.brief" for stem in (LONG, "overview-63.en")]
PAGES = [SPARSE, LONG, *BRIEFS, "overview-63.en", "evaluation", "index", "index.en", "list"]
MOST_BYTES = 500_000  # with the PNG of each picture to take away


@pytest.fixture(scope="module")
def pages(index, index34, tmp_path_factory):
    """The folder of reports of every type; among those on record one that failed."""
    folder = tmp_path_factory.mktemp("reports")
    root, settings = find_root(), Settings(None, 200, 1)
    build = describe_inputs(root)
    named = ["Lai Châu", "Bà Rịa - Vũng Tàu"]
    jobs = [
        *plan_reports([index], named, settings, ["vi"], root),
        plan_overview(index, settings, "en", root),
        Job(root / NOTEBOOKS / "model_evaluation.ipynb", {"draws": 200}, "evaluation", "Record"),
    ]
    outlooks = [look_ahead(each, settings) for each in (index34, index)]
    page = Page(
        ("index.html", "index.en.html"),
        None,
        partial(render_pages, outlooks, settings, build),
    )
    options = Options(retries=0, formats=("html", "pdf"))
    outcomes = run_jobs(jobs, folder, build=build, options=options, page=page)
    options = replace(options, formats=("brief",))
    outcomes += run_jobs(jobs[1:3], folder / "briefs", build=build, options=options)
    assert [outcome.error for outcome in outcomes] == [None] * 6
    manifest = read_manifest(open_store(folder))
    record = manifest.reports[LONG]
    manifest.reports[LONG] = replace(record, status="failed", error="ValueError: " + "long " * 40)
    for name, html in page.render(manifest).items():
        (folder / name).write_text(html, encoding="utf-8")
    (folder / "list.html").write_text(render_list(manifest, "List", build), encoding="utf-8")
    return folder


@pytest.fixture
def look(browser):  # noqa: F811
    """Open a file as a reader would, and tell what there is to object to."""
    contexts = []

    def open_page(path, width, scheme="light", **options):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True, **options
        )
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page = context.new_page()
        requests, complaints = [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        asked = [url for url in requests if not url.startswith(("data:", path.as_uri()))]
        return page, asked, complaints

    yield open_page
    for context in contexts:
        context.close()


def list_violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_asks_no_network(name, width, scheme, pages, look):
    page, asked, complaints = look(pages / f"{name}.html", width, scheme)
    assert asked == []
    assert complaints == []
    assert overflow(page) <= 0
    assert list_violations(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_page_can_be_read_without_scripts(name, pages, look):
    page, _, _ = look(pages / f"{name}.html", WIDTHS["phone"], java_script_enabled=False)
    assert page.locator("h1").count() == 1
    assert page.locator("main").inner_text()


@pytest.mark.parametrize("name", PAGES)
def test_keyboard_skips_to_the_content(name, pages, look):
    page, _, _ = look(pages / f"{name}.html", WIDTHS["phone"])
    page.keyboard.press("Tab")
    assert page.locator(".skip:focus").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"


@pytest.mark.parametrize("name", PAGES)
def test_printed_page_is_dark_on_white(name, pages, look):
    page, _, _ = look(pages / f"{name}.html", WIDTHS["desktop"], "dark")
    page.emulate_media(media="print")
    colours = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    # Or bars and ranges, which are grounds of elements, would not be printed.
    told = "e => getComputedStyle(e).printColorAdjust"
    adjusted = page.evaluate(f"[...document.querySelectorAll('main *')].map({told})")
    assert set(adjusted) == {"exact"}
    assert not page.locator(".skip").is_visible()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_light_enough_to_mail(name, pages):
    assert (pages / f"{name}.html").stat().st_size < MOST_BYTES


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
@pytest.mark.parametrize("name", [SPARSE, LONG])
def test_four_answers_stand_on_the_first_screen(name, size, pages, look):
    width, height = size
    page, _, _ = look(pages / f"{name}.html", width)
    assert "DTI" in page.title()
    assert "DTI" in page.locator("h1").inner_text()
    assert "DTI" in page.locator("h1 + p").inner_text().partition(".")[0]
    cards = page.locator(".keys > div")
    kinds = cards.evaluate_all("cards => cards.map((card) => card.className)")
    assert kinds == [kinds[0], "forecast", "ladder", "needed"]
    bottoms = cards.evaluate_all(
        "cards => cards.map((card) => card.getBoundingClientRect().bottom)"
    )
    assert max(bottoms) <= height


@pytest.mark.parametrize("name", [SPARSE, LONG, "index", "index.en"])
@pytest.mark.parametrize("width", [1100, 1280])
def test_tables_fit_on_a_desk(name, width, pages, look):
    page, _, _ = look(pages / f"{name}.html", width)
    boxes = "[...document.querySelectorAll('.scroll')]"
    assert page.evaluate(f"{boxes}.every((box) => box.scrollWidth <= box.clientWidth)")


def count_shown(page):
    return [page.locator(f"{part}:visible").count() for part in ("tbody tr", ".tiles li")]


def list_found(page, text):
    page.fill("#search", text)
    return page.locator("tbody th:visible > :first-child").all_inner_texts()


def test_the_index_works_without_scripts(pages, look):
    page, _, _ = look(pages / "index.html", WIDTHS["desktop"], java_script_enabled=False)
    assert count_shown(page) == [34, 34]
    assert page.locator("tbody svg[aria-label]:visible").count() == 34
    assert not page.locator("#search").is_visible()
    page.check("#roster-1")
    assert count_shown(page) == [63, 63]
    shown = page.locator(".roster-1 tbody tr").first.locator(".chances > span:visible")
    before = shown.all_inner_texts()
    page.check("#top-1-3")
    assert len(shown.all_inner_texts()) == len(before) == 1
    assert page.locator(".roster-1 .count > span:visible").count() == 1
    faces = page.locator(".roster-1 .tiles .face:visible")
    for view in ("rank", "change", "chance"):
        page.check(f"#view-1-{view}")
        assert faces.count() == page.locator(f".roster-1 .face.{view}:visible").count() == 63


def test_tiles_of_an_overview_switch_without_scripts(pages, look):
    options = {"java_script_enabled": False}
    page, _, _ = look(pages / "overview-63.en.html", WIDTHS["phone"], **options)
    for view in ("rank", "change", "chance"):
        page.check(f"#view-63-2024-{view}")
        faces, legends = page.locator(".face:visible"), page.locator(".diagram > div:visible")
        assert faces.count() == page.locator(f".face.{view}:visible").count() == 63
        assert legends.count() == page.locator(f".diagram > .{view}:visible").count() == 1
    page.emulate_media(media="print")
    assert page.locator(".face.chance:visible").count() == 63
    assert not page.locator("fieldset").is_visible()


@pytest.mark.parametrize("name", ["index", "index.en"])
def test_the_index_finds_every_spelling(name, pages, look, index34):
    with use_language("en" if name.endswith(".en") else "vi"):
        called = index34.panel.labels["79"]
    page, _, _ = look(pages / f"{name}.html", WIDTHS["desktop"])
    for text in ("hcm", "TP.HCM", "sài gòn", "saigon", "hồ chí", "vung tau", "brvt", "Bình Dương"):
        assert list_found(page, text) == [called], text
    assert list_found(page, "thừa thiên") == ["Huế"]
    assert list_found(page, "nowhere") == []
    assert re.sub(r"\D", "", page.locator("output").inner_text()) == "0"
    assert len(list_found(page, "dong nam bo")) == 3
    page.check("#roster-1")
    assert len(list_found(page, "dong nam bo")) == 6
    assert list_found(page, "brvt") == ["Bà Rịa - Vũng Tàu"]
    assert len(list_found(page, "")) == 63


def test_the_index_is_sorted_by_any_column(pages, look):
    page, _, _ = look(pages / "index.html", WIDTHS["desktop"])
    page.check("#roster-1")
    table = page.locator("table").last

    def sort(place, direction):
        table.locator("thead th button").nth(place).click()
        assert table.locator(f"th[aria-sort={direction}]").count() == 1
        return table.locator("tbody th > :first-child").all_inner_texts()

    orders = [sort(place, "ascending") for place in range(5)]
    assert len(set(map(tuple, orders))) == 5
    assert {len(set(order)) for order in orders} == {63}
    assert orders[1][0] == "An Giang"
    by_chance = sort(4, "descending")
    page.check("#top-1-32")
    page.locator(".roster-1 thead button").last.click()
    assert sort(4, "descending") != by_chance
    assert sort(0, "ascending")[-1] == sort(0, "descending")[0]


def test_the_index_is_walked_by_keyboard(pages, look):
    page, _, _ = look(pages / "index.html", WIDTHS["desktop"])
    page.check("#roster-1")
    page.locator("#top-1-10").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("#top-1-5").is_checked()
    tile = page.locator(".tiles a", has_text="Lai Châu").last
    tile.focus()
    assert tile.evaluate("tile => getComputedStyle(tile).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/63/12-lai-chau.html")
    page.locator("nav a", has_text="←").click()
    page.wait_for_url("**/index.html")
    page.locator("header a[hreflang=en]").click()
    page.wait_for_url("**/index.en.html")


def test_faults_are_found(tmp_path, look):
    path = tmp_path / "bad.html"
    path.write_text(
        "<body><img src='https://example.org/a.png' width='500'><p style='color: #ccc'>pale",
        encoding="utf-8",
    )
    page, asked, complaints = look(path, WIDTHS["phone"])
    assert asked == ["https://example.org/a.png"]
    assert len(complaints) == 1
    assert overflow(page) > 0
    rules = {violation.partition(":")[0] for violation in list_violations(page)}
    assert rules >= {"image-alt", "color-contrast", "html-has-lang", "document-title"}
