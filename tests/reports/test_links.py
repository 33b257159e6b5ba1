"""Links of all pages of a project, and what its pages call things: an index with a merger."""

import re
import shutil

import numpy as np
import pytest
from bs4 import BeautifulSoup
from running import call, list_all

from dti_analysis.batch.job import Job
from dti_analysis.batch.links import Links, find_links, list_pages, set_links
from dti_analysis.batch.manifest import read_manifest
from dti_analysis.batch.store import open_store
from dti_analysis.project import start_project

FORMER = ["Hazel", "Oakham", "Birch's End", "Ashford & Sons", "Maple Bay", "Elmstead", "Rowan"]
NOW = {"Hazel": "Hazel", "Oakham": "Hazel", "Birch's End": "Birch"}
YEARS = range(2018, 2025)
CONFIG = """
name = "City Index"
unit = "city"
units = "cities"
source = "Source: us."
max_score = 100
default = "new"
[index.old]
panel = "old.csv"
[index.new]
panel = "new.csv"
parent = "old"
crosswalk = "moves.csv"
since = 2023-07-01
[weights.2018]
economy = 300
society = 100
[[targets]]
unit = "Hazel"
rank = 2
year = 2026
basis = "new"
[labels.en]
economy = "Economy"
[labels.vi]
name = "Bảng đô thị"
unit = "thành phố"
units = "thành phố"
source = "Nguồn: thống kê."
economy = "Kinh tế"
society = "Xã hội"
"""
PROVINCES = re.compile(r"province|tỉnh", re.IGNORECASE)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """An index of cities, two of which became one."""
    folder = tmp_path_factory.mktemp("cities")
    rng = np.random.default_rng(4)
    levels = rng.normal(50, 12, (len(FORMER), 2))
    old, new = [], []
    for year in YEARS:
        levels = levels + rng.normal(1, 3, levels.shape)
        parts = dict(zip(FORMER, levels.clip(1, 99).round(2), strict=True))
        merged = {}
        for city, part in parts.items():
            merged.setdefault(NOW.get(city, city), []).append(part)
        old += [write_row(city, year, part) for city, part in parts.items()]
        new += [write_row(city, year, np.mean(part, axis=0)) for city, part in merged.items()]
    header = "unit,year,score,economy,society"
    (folder / "panel.csv").write_text("\n".join([header, *old]) + "\n", encoding="utf-8")
    root = folder / "own"
    start_project(root, folder / "panel.csv", unit="city", units="cities")
    raw = root / "data" / "raw"
    shutil.move(raw / "panel.csv", raw / "old.csv")
    (raw / "new.csv").write_text("\n".join([header, *new]) + "\n", encoding="utf-8")
    moves = [f"{city},{NOW.get(city, city)}" for city in FORMER]
    (raw / "moves.csv").write_text("\n".join(["old_code,new_code", *moves]) + "\n")
    (root / "index.toml").write_text(CONFIG, encoding="utf-8")
    return root


def write_row(city, year, part):
    return f"{city},{year},{0.75 * part[0] + 0.25 * part[1]:.4f},{part[0]:.2f},{part[1]:.2f}"


@pytest.fixture(scope="module")
def whole(project):
    return run(project, "whole", "--all")


def run(project, name, *asked):
    output = project / name
    code, out, err = call("report", *asked, "--draws", "200", "--output", output, cwd=project)
    assert code == 0, out + err
    return output


def read(page):
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def follow(page):
    """What pages a page leads to, all of whose links must lead somewhere."""
    soup, led = read(page), []
    for link in soup.find_all("a"):
        href = link.get("href")
        assert href is not None, link  # a mark that was left
        if href.startswith(("http", "data:")):  # what a figure has to take away is within it
            continue
        file, _, anchor = href.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.is_file(), (page.name, href)
        assert not anchor or read(target).find(id=anchor), (page.name, href)
        led.append(target)
    return led


def list_targets(page, folder):
    return {target.relative_to(folder).as_posix() for target in follow(page)}


def test_every_link_of_all_pages_leads_somewhere(whole):
    pages = sorted(whole.rglob("*.html"))
    assert len(pages) == 2 * (7 + 6 + 2 + 1)
    reached = {target for page in pages for target in follow(page)}
    assert set(pages) <= reached


@pytest.mark.parametrize("language", ["", ".en"])
def test_reports_lead_to_neighbours_members_successor_and_overview(whole, language):
    former = list_targets(whole / f"old/oakham{language}.html", whole)
    assert former >= {
        *(f"new/hazel{language}.html", f"overview-old{language}.html", f"index{language}.html"),
        "old/oakham.en.html" if not language else "old/oakham.html",
    }
    assert sum(name.startswith("old/") and name.endswith(".html") for name in former) >= 4
    now = list_targets(whole / f"new/hazel{language}.html", whole)
    assert now >= {f"old/hazel{language}.html", f"old/oakham{language}.html"}
    overview = list_targets(whole / f"overview-new{language}.html", whole)
    assert len([name for name in overview if name.startswith("new/")]) == 6
    assert f"overview-old{language}.html" in overview


def test_a_former_unit_says_at_its_top_what_it_became_part_of(whole):
    told = read(whole / "old/oakham.en.html")
    top = " ".join(part.get_text() for part in told.h2.find_all_previous("p"))
    assert "Part of Hazel since 2023-07-01; the forecast is as if it had gone on." in top
    assert "Part of" not in read(whole / "old/rowan.en.html").main.get_text()
    assert (
        "Birch's End was not merged, and is called Birch now."
        in read(whole / "old/birch-s-end.en.html").main.get_text()
    )


def test_an_index_of_cities_never_speaks_of_provinces(whole):
    files = [file for file in whole.rglob("*") if file.is_file() and file.suffix != ".lock"]
    assert {file.suffix for file in files} >= {".html", ".json", ".csv", ".ipynb"}
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert PROVINCES.findall(text) == [], file.name


def test_pages_that_come_and_go_are_linked_and_unlinked_without_running_again(project, whole):
    some = run(project, "some", "Oakham", "Maple Bay")
    pages = sorted(some.rglob("*.html"))
    assert len(pages) == 2 * 3 + 2
    for page in pages:
        follow(page)
    page = some / "old/oakham.html"
    assert "old/hazel.html" not in list_targets(page, some)
    before = page.with_suffix(".ipynb").read_bytes()
    run(project, "some", "--all")
    assert list_all(some) == list_all(whole)
    for page in sorted(some.rglob("*.html")):
        assert list_targets(page, some) == list_targets(whole / page.relative_to(some), whole)
    assert page.with_suffix(".ipynb").is_file()
    assert (some / "old/oakham.ipynb").read_bytes() == before
    _, out, _ = call(
        *("report", "--all", "--draws", "200", "--output", some, "--dry-run"), cwd=project
    )
    assert out == "0 of 30 reports would be made.\n"


def test_reports_that_are_to_be_removed_are_no_pages(whole):
    manifest = read_manifest(open_store(whole))
    pages = list_pages(manifest)
    assert len(pages) == 30
    assert pages - list_pages(manifest, ["old/rowan"]) == {"old/rowan"}


JOB = Job("n.ipynb", {}, "old/a.en", "A", "en", "old/a", {"overview.en": "All"})
MARKED = '<p><a data-report="new/b-as-of-2020 new/b">B <b>&amp;</b></a></p>'


@pytest.mark.parametrize(
    ("pages", "shown", "missing"),
    [
        ([], "B <b>&amp;</b>", ("new/b-as-of-2020.en", "new/b.en", "old/a", "overview.en")),
        (
            ["new/b.en", "old/a"],
            '<a href="../new/b.en.html">B <b>&amp;</b></a>',
            ("new/b-as-of-2020.en", "overview.en"),
        ),
        (
            ["new/b.en", "new/b-as-of-2020.en", "overview.en", "old/a"],
            '<a href="../new/b-as-of-2020.en.html">B <b>&amp;</b></a>',
            (),
        ),
    ],
)
def test_a_mark_is_a_link_to_the_first_page_that_there_is(pages, shown, missing):
    page, links = set_links(MARKED, JOB, pages)
    assert page == f"<p>{shown}</p>"
    assert links == Links(tuple(sorted(pages)), missing)


def test_a_mark_leads_to_no_page_but_a_report():
    marked = '<a data-report="javascript:alert(1) https://example.org/x ../../etc">x</a>'
    page, links = set_links(marked, JOB, {"old/a"})
    assert page == "x"
    assert links.made == ("old/a",)


def test_what_is_to_be_linked_is_found_without_a_record():
    assert find_links(JOB, None, {"old/a"}) == Links(("old/a",), ("overview.en",))
