import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser

import pytest

from dti_analysis.reporting.index_page import IndexRow, Link, render_index

HCM = IndexRow(
    basis=34,
    code="79",
    province="Hồ Chí Minh",
    region="Đông Nam Bộ",
    rank=4,
    median_rank=5,
    interval80=(2, 12),
    target_rank=3,
    target_year=2025,
    is_official_target=False,
    chance=0.302,
    href="34/79-ho-chi-minh.html",
    notebook_href="34/79-ho-chi-minh.ipynb",
    status="built",
)
BRVT = dataclasses.replace(
    HCM,
    basis=63,
    code="77",
    province="Bà Rịa - Vũng Tàu",
    rank=None,
    is_official_target=True,
    href="63/77-ba-ria-vung-tau.html",
    notebook_href="63/77-ba-ria-vung-tau.failed.ipynb",
    status="failed",
    error="ValueError: a <b> & c",
)
MISSING = dataclasses.replace(
    BRVT, code="01", province="Hà Nội", href=None, notebook_href=None, status="missing", error=None
)


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
    return Tables(render_index(rows, 2024, **options))


def test_every_province_stands_in_the_table_of_its_basis():
    # The heading row of the second table lies before its body, so it counts to the first.
    current, former = read(HCM, BRVT, MISSING).tables
    assert current[0] == [
        *["Hồ Chí Minh", "4", "5 2–12", "Top 3 in 2025 reference", "about 30 in 100"],
        *["Đông Nam Bộ", "built, notebook of Hồ Chí Minh"],
    ]
    assert [row[0] for row in former] == ["Bà Rịa - Vũng Tàu", "Hà Nội"]


def test_what_is_not_known_failed_or_missing_is_said():
    failed, missing = read(BRVT, MISSING).tables[0]
    assert failed[1] == "–"
    assert failed[3].endswith("official")
    assert failed[-1].startswith("failed: ValueError: a <b> & c")
    assert missing[-1] == "not built"
    assert "None" not in " ".join(failed + missing)


def test_failures_are_counted_first():
    html = render_index([HCM, BRVT], 2024)
    assert "1 of 2 reports failed" in html
    assert "failed" not in re.sub("(?s)<style>.*?</style>", "", render_index([HCM], 2024))


def test_reports_and_featured_pages_are_linked():
    links = read(HCM, BRVT, links=[Link("overview.html", "Overview", "all at once")]).links
    assert links[1:] == [
        "overview.html",
        "34/79-ho-chi-minh.html",
        "34/79-ho-chi-minh.ipynb",
        "63/77-ba-ria-vung-tau.html",
        "63/77-ba-ria-vung-tau.failed.ipynb",
    ]


@pytest.mark.parametrize("row", [HCM, BRVT])
def test_a_pdf_is_linked_where_there_is_one(row):
    row = dataclasses.replace(row, pdf_href="a.pdf")
    page = read(row)
    assert "a.pdf" in page.links
    assert f"PDF of {row.province}" in page.tables[0][0][-1]


def test_a_basis_without_rows_has_no_table():
    assert len(read(HCM).tables) == 1


def test_page_asks_no_network_and_runs_its_own_script_only():
    html = render_index([HCM], 2024)
    assert not re.findall(r"\ssrc=", html)
    assert "<link" not in html
    assert "http:" not in html
    assert "https:" not in html
    (script,) = re.findall("(?s)<script>(.*?)</script>", html)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_small_print_and_language_are_set():
    html = render_index([HCM], 2024, small_print={"Data": "sha256 <1>"}, language="vi")
    assert '<html lang="vi">' in html
    assert "<dd>sha256 &lt;1&gt;</dd>" in html


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_no_chance_is_called_certain(chance):
    (row,) = read(dataclasses.replace(HCM, chance=chance)).tables[0]
    assert row[4] in ("less than 1 in 100", "more than 99 in 100")
