import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser

import pytest
from bs4 import BeautifulSoup

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Link
from dti_analysis.batch.manifest import Manifest, Output, Record, Report
from dti_analysis.batch.plan import Settings
from dti_analysis.files import hash_object
from dti_analysis.project import load_config
from dti_analysis.reports.index_page import IndexRow, Origin, ReportState, render_index
from dti_analysis.reports.index_plan import describe_record, look_ahead, render_pages
from dti_analysis.reports.sparkline import HEIGHT, sparkline
from dti_analysis.root import find_root

ORIGIN = Origin((2022, 2024), facts=2658, sources=109, built="2026-01-02T03:04:05.678+00:00")
GOOD = ReportState(
    "current",
    href="34/79-ho-chi-minh.en.html",
    notebook_href="34/79-ho-chi-minh.en.ipynb",
    csv_href="34/79-ho-chi-minh-forecast.csv",
    json_href="34/79-ho-chi-minh-forecast.json",
    built="2026-01-02",
)
MISSING = ReportState("missing")
HCM = IndexRow(
    basis=34,
    code="79",
    province="Hồ Chí Minh",
    region="Đông Nam Bộ",
    rank=4,
    past=((2022, 3), (2023, None), (2024, 4)),
    median_rank=5,
    interval80=(2, 12),
    target_rank=3,
    target_year=2025,
    is_official_target=False,
    chance=0.302,
    tile=(17, 4),
    reports={"en": GOOD, "vi": dataclasses.replace(GOOD, href="34/79-ho-chi-minh.html")},
)
FAILED = ReportState(
    "failed",
    href="63/77-ba-ria-vung-tau.en.html",
    notebook_href="63/77-ba-ria-vung-tau.en.ipynb",
    built="2025-12-31",
)
BRVT = dataclasses.replace(
    HCM,
    basis=63,
    code="77",
    province="Bà Rịa - Vũng Tàu",
    rank=None,
    is_official_target=True,
    tile=(18, 5),
    reports={"en": FAILED, "vi": MISSING},
)
UNKNOWN = dataclasses.replace(
    BRVT,
    code="01",
    province="Hà Nội",
    region="Đồng bằng sông Hồng",
    tile=(4, 3),
    reports={"en": MISSING, "vi": MISSING},
)


LABEL = load_config().label


class Tables(HTMLParser):
    """Cells of each table body, and all links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.links: list[str] = []
        self._cell = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tbody":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag == "thead":
            self._cell = False
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self.tables[-1][-1].append("")
            self._cell = True
        elif tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_endtag(self, tag):
        if tag in ("td", "th", "table"):
            self._cell = False

    def handle_data(self, data):
        if self._cell:
            self.tables[-1][-1][-1] += data


def read(*rows, **options):
    return Tables(render_index(rows, ORIGIN, label=LABEL, **options))


def soup(*rows, **options):
    return BeautifulSoup(render_index(rows, ORIGIN, label=LABEL, **options), "html.parser")


def test_every_province_stands_in_the_table_of_its_basis():
    # The heading row of the second table lies before its body, so it counts to the first.
    current, former = read(HCM, BRVT, UNKNOWN).tables
    *cells, report = [" ".join(cell.split()) for cell in current[0]]
    assert cells == [
        *["Hồ Chí Minh", "", "4", "5 2–12", "Top 3 in 2025 reference", "30\u202f%"],
        "Southeast",
    ]
    assert report == (
        "up to date Tiếng Việt: Hồ Chí Minh CSV of Hồ Chí Minh JSON of Hồ Chí Minh "
        "notebook of Hồ Chí Minh"
    )
    assert [row[0] for row in former] == ["Bà Rịa - Vũng Tàu", "Hà Nội"]


def test_what_is_not_known_failed_or_missing_is_said():
    failed, missing = read(BRVT, UNKNOWN).tables[0]
    assert failed[2] == "–"
    assert failed[4].endswith("official")
    assert failed[-1].startswith("could not be made; the report of 2025-12-31 stands")
    assert missing[-1].strip() == "not built"
    assert "None" not in " ".join(failed + missing)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("data",), "since then changed: the data"),
        (
            ("library", "versions", "settings"),
            "the program, the software it uses and the settings of the forecast",
        ),
    ],
)
def test_a_report_that_is_behind_says_so(changed, words):
    older = dataclasses.replace(GOOD, status="older", changed=changed)
    (row,) = read(dataclasses.replace(HCM, reports={"en": older})).tables[0]
    assert row[-1].startswith("older, of 2026-01-02; ")
    assert words in row[-1]


def test_failures_are_counted_first():
    html = render_index([HCM, BRVT], ORIGIN)
    assert "1 of 2 reports failed" in html
    assert "failed" not in re.sub("(?s)<style>.*?</style>", "", render_index([HCM], ORIGIN))


def test_reports_and_featured_pages_are_linked():
    page = soup(HCM, BRVT, links=[Link("overview.html", "Overview", note="all at once")])
    links = {link["href"] for link in page.find_all("a")}
    assert links == {
        *["#content", "#of-34", "#of-63", "index.html", "overview.html"],
        *[GOOD.href, GOOD.notebook_href, GOOD.csv_href, GOOD.json_href],
        *["34/79-ho-chi-minh.html", FAILED.href, FAILED.notebook_href],
    }
    (numbers,) = page.find_all("a", href=GOOD.csv_href)
    assert numbers["download"] == "79-ho-chi-minh-forecast.csv"


@pytest.mark.parametrize("state", [GOOD, FAILED])
def test_a_pdf_is_linked_where_there_is_one(state):
    page = read(dataclasses.replace(HCM, reports={"en": dataclasses.replace(state, pdf_href="a")}))
    assert "a" in page.links
    assert "PDF of Hồ Chí Minh" in page.tables[0][0][-1]


def test_a_report_in_another_language_is_linked_where_there_is_no_own():
    page = soup(BRVT, language="vi")
    assert [link["href"] for link in page.find_all("a", hreflang="en")] == [
        "index.en.html",  # the switch, the tile, the row, and the English one beside it
        *[FAILED.href] * 3,
    ]


def test_languages_have_a_page_each_and_lead_to_each_other():
    english, vietnamese = soup(HCM), soup(HCM, language="vi")
    assert english.html["lang"] == "en"
    assert vietnamese.html["lang"] == "vi"
    assert english.header.a["href"] == "index.html"
    assert vietnamese.header.a["href"] == "index.en.html"
    assert english.header.a.text == "Tiếng Việt"
    assert vietnamese.header.a.text == "English"
    assert "khoảng 30 trên 100" in vietnamese.table.text
    assert "Đông Nam Bộ" in vietnamese.table.text


def test_the_map_has_a_tile_for_each_province_where_it_lies():
    page = soup(HCM, UNKNOWN, BRVT)
    (current,), former = (page.select(f"[data-basis='{basis}'] .tiles li") for basis in (34, 63))
    assert current["style"] == "grid-area:17/4"
    assert current.a["href"] == GOOD.href
    assert current.a["class"] == ["shade-0"]
    assert current.text.split() == ["4", "Hồ", "Chí", "Minh"]
    assert [tile.text.split()[0] for tile in former] == ["–", "–"]
    assert former[0].span["class"] == ["shade-none"]  # no report: nothing to link
    assert former[1].a["href"] == FAILED.href


@pytest.mark.parametrize(
    ("basis", "rank", "shade"),
    [(34, 6, 0), (34, 7, 1), (34, 34, 5), (63, 10, 0), (63, 11, 1), (63, 51, 5), (63, 63, 5)],
)
def test_shades_are_those_of_the_legend(basis, rank, shade):
    row = dataclasses.replace(HCM, basis=basis, rank=rank)
    assert row.shade == shade
    text = soup(row).select_one(f".legend .shade-{shade}").text
    best, worst = map(int, text.split("–"))
    assert best <= rank <= worst


def test_past_ranks_are_sketched_with_the_best_at_the_top():
    sketch = sparkline([(2020, 63), (2021, None), (2022, 2), (2023, 1)], 63)
    (start,), (before, end) = (
        [[float(number) for number in point.split(",")] for point in line.split()]
        for line in sketch.lines
    )
    assert start[0] < before[0] < end[0]
    assert HEIGHT > start[1] > before[1] > end[1] > 0
    assert sketch.last == tuple(end)
    assert sketch.change == -1
    assert sketch.alt == "Ranks: 63 (2020), not published (2021), 2 (2022), 1 (2023)"
    assert sparkline([(2024, None)], 34).last == ()


def test_a_sketch_has_its_ranks_in_words():
    (svg,) = soup(HCM).select("td svg")
    assert svg["aria-label"] == "Ranks: 3 (2022), not published (2023), 4 (2024)"
    assert svg["role"] == "img"


def test_it_is_told_when_and_from_what_the_page_was_made():
    (told,) = soup(HCM, language="vi").select(".quiet")
    assert told.text == (
        "Lập ngày 02/01/2026, từ các kỳ đánh giá 2022–2024 của bộ chỉ số: "
        "2.658 số liệu từ 109 nguồn."
    )
    assert told.time["datetime"] == ORIGIN.built


def test_a_basis_without_rows_has_no_table():
    assert len(read(HCM).tables) == 1


def test_page_asks_no_network_and_runs_its_own_script_only():
    html = render_index([HCM], ORIGIN)
    assert not re.findall(r"\ssrc=", html)
    assert "<link" not in html
    assert "http:" not in html
    assert "https:" not in html
    (script,) = re.findall("(?s)<script>(.*?)</script>", html)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_small_print_is_told_in_the_language_of_the_page():
    page = soup(HCM, small_print={"Data": "sha256 <1>", "Commit": ""}, language="vi")
    assert [(line.dt.text, line.dd.text) for line in page.select("footer dl > div")] == [
        ("Số liệu", "sha256 <1>")
    ]


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_no_chance_is_called_certain(chance):
    (row,) = read(dataclasses.replace(HCM, chance=chance)).tables[0]
    assert row[5] in ("<1\u202f%", ">99\u202f%")


BUILD, SETTINGS = describe_inputs(find_root()), Settings(None, 100, 1)
INPUTS = {
    "data": BUILD.data,
    "library": BUILD.library,
    "versions": hash_object(dict(BUILD.versions)),
}
RECORD = Record(
    *("T", "n.ipynb", {"draws": 100, "seed": 1}, 1, INPUTS, "built", "", "", "", 1.0, 1.0, 1),
    report=Report("", "", "2026-01-02T03:04", (Output("a.html", 1, ""), Output("a.ipynb", 1, ""))),
)


@pytest.mark.parametrize(
    ("changed", "status", "names"),
    [
        ({}, "current", ()),
        ({"inputs": INPUTS | {"data": "0"}}, "older", ("data",)),
        ({"inputs": INPUTS | {"library": "0", "versions": "0"}}, "older", ("library", "versions")),
        ({"parameters": {"draws": 99, "seed": 1}}, "older", ("settings",)),
        ({"status": "failed", "error": "E"}, "failed", ()),
    ],
)
def test_the_state_of_a_report_is_read_off_its_record(changed, status, names):
    state = describe_record(dataclasses.replace(RECORD, **changed), SETTINGS, BUILD)
    assert (state.status, state.changed) == (status, names)
    assert (state.href, state.csv_href, state.built) == ("a.html", None, "2026-01-02")


def test_pages_of_all_provinces_are_light_and_complete(index, index34):
    outlooks = [look_ahead(each, SETTINGS) for each in (index34, index)]
    pages = render_pages(outlooks, SETTINGS, BUILD, Manifest())
    assert set(pages) == {"index.html", "index.en.html"}
    for html in pages.values():
        assert len(html.encode()) < 400_000
        found = BeautifulSoup(html, "html.parser")
        assert len(found.select(".tiles li")) == len(found.select("tbody tr")) == 97
        assert len(found.select("td svg polyline")) >= 97
        assert {option["value"] for option in found.select("#region option")} > {"Tây Nguyên"}
