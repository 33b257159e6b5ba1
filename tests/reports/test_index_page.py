import base64
import dataclasses
import hashlib
import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import dti_analysis as dti
from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Link
from dti_analysis.batch.manifest import Manifest, Output, Record, Report, Run
from dti_analysis.batch.plan import Settings
from dti_analysis.config import IndexConfig
from dti_analysis.figures.tiles import list_shades, shade_rank
from dti_analysis.files import hash_object
from dti_analysis.reports.index_page import (
    IndexPage,
    IndexRow,
    ReportState,
    Roster,
    list_tops,
    render_index,
)
from dti_analysis.reports.index_plan import describe_record, look_ahead, render_pages
from dti_analysis.reports.sparkline import HEIGHT, sparkline
from dti_analysis.root import find_root

GOOD = ReportState(
    "current",
    href="34/79-hazel.en.html",
    notebook_href="34/79-hazel.en.ipynb",
    csv_href="34/79-hazel-forecast.csv",
    json_href="34/79-hazel-forecast.json",
    built="2026-01-02",
)
MISSING = ReportState("missing")
HAZEL = IndexRow(
    code="79",
    name="Hazel",
    region="South",
    rank=4,
    past=((2022, 3), (2023, None), (2024, 4)),
    expected=5,
    interval80=(2, 12),
    chances=(0.302, 0.8, 0.81, 0.999),
    tile=(17, 4),
    former=("Oakham", "Birch"),
    spellings=("hzl",),
    reports={"en": GOOD, "vi": dataclasses.replace(GOOD, href="34/79-hazel.html")},
)
FAILED = ReportState(
    "failed",
    href="63/77-rowan.en.html",
    notebook_href="63/77-rowan.en.ipynb",
    built="2025-12-31",
)
ROWAN = dataclasses.replace(
    HAZEL,
    code="77",
    name="Rowan",
    rank=None,
    chances=(0.0, 0.2, 0.196, 1.0),
    tile=(18, 5),
    former=(),
    reports={"en": FAILED, "vi": MISSING},
)
UNKNOWN = dataclasses.replace(
    ROWAN, code="01", name="Alder", tile=(4, 3), reports={"en": MISSING, "vi": MISSING}
)
CONFIG = IndexConfig(
    name="CI",
    title="City Index (CI)",
    unit="city",
    units="cities",
    source="Source: us.",
    labels={"vi": {"units": "thành phố", "unit": "thành phố", "South": "Miền Nam"}},
)


def roster(*rows, key="34", **options):
    return Roster(key, f"The {key} cities", (2024, 2026), 34, (3, 5, 10, 17), rows, **options)


def soup(*rows, language="en", rosters=(), **options):
    page = IndexPage(CONFIG, rosters or [roster(*rows)], language=language, **options)
    return BeautifulSoup(render_index(page), "html.parser")


def words(tag):
    return " ".join(tag.get_text(" ").split())


def test_the_page_names_its_index_and_counts_who_contends():
    page = soup(HAZEL, ROWAN)
    assert page.title.string == "City Index (CI): ranks, forecast and chances"
    assert words(page.h1) == (
        "CI 2026: 1 of 2 cities above 80 % for the top 10, 1 between 20 and 80 %; places left: "
        "9 of 10"
    )
    lead = page.select_one(".lead").text
    assert lead.startswith("City Index (CI): where each of 2 cities stood in 2024, where its rank")
    assert "in 2026" in lead  # the next edition, not the year after


@pytest.mark.parametrize(
    ("place", "likely", "is_open"), [(0, 0, 1), (1, 0, 2), (2, 1, 1), (3, 2, 0)]
)
def test_chances_are_counted_by_the_digits_shown(place, likely, is_open):
    told = roster(HAZEL, ROWAN).describe_top(place, "cities")
    assert told.startswith(f"{likely} of 2 cities")
    assert f", {is_open} between" in told


def test_a_row_tells_rank_forecast_and_chances():
    row = soup(HAZEL).select_one("tbody tr")
    rank, path, forecast, chances, files = row.find_all("td")
    assert words(row.th) == "Hazel with Oakham, Birch 2026: 5 (2–12)"
    assert row.th.a["href"] == GOOD.href
    assert (rank.text, path["data-value"], words(forecast)) == ("4", "", "5 2–12")
    assert words(chances) == "30 % 80 % 81 % >99 %"
    assert words(files) == "CSV of Hazel"


def test_what_is_not_known_failed_or_missing_is_said():
    page = soup(ROWAN, UNKNOWN)
    failed, missing = page.select("tbody tr")
    assert failed.td.text == "–"
    assert "could not be made; the report of 2025-12-31 stands" in failed.th.text
    assert missing.th.a is None
    assert "None" not in page.main.text
    assert "1 of 2 reports failed" in page.main.text
    assert "failed" not in soup(HAZEL).main.text


def test_a_rank_that_was_computed_is_marked():
    page = soup(dataclasses.replace(HAZEL, is_computed=True))
    assert page.select_one("tbody td").text == "4○"
    assert "○ computed, not published." in page.main.text
    assert "○" not in soup(HAZEL).text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (("data",), "since then changed: the data"),
        (
            ("library", "versions", "settings"),
            "the program, the software it uses and the settings of the forecast",
        ),
    ],
)
def test_what_operators_look_for_lies_in_a_fold(changed, told):
    older = dataclasses.replace(GOOD, status="older", changed=changed)
    page = soup(dataclasses.replace(HAZEL, reports={"en": older}))
    (line,) = page.select("footer details li")
    assert line.text.startswith("Hazel: older, of 2026-01-02; ")
    assert told in line.text
    assert [link["href"] for link in line.find_all("a")] == [GOOD.notebook_href, GOOD.json_href]
    assert not re.search("notebook|JSON", page.main.text)


def test_reports_and_other_pages_are_linked():
    page = soup(
        rosters=[roster(HAZEL, overview="overview-34.html"), roster(ROWAN, key="63")],
        further=[Link("63/77-as-of-2021.html", "As of 2021")],
        unplanned=[Link("old.html", "Old")],
    )
    assert {link["href"] for link in page.find_all("a")} == {
        *("#content", "#table-34", "#table-63", "index.html", "overview-34.html"),
        *(GOOD.href, GOOD.notebook_href, GOOD.csv_href, GOOD.json_href),
        *(FAILED.href, FAILED.notebook_href, "63/77-as-of-2021.html", "old.html"),
    }
    numbers, _source = page.find_all("a", download=True)[:2]
    assert numbers["download"] == "79-hazel-forecast.csv"


@pytest.mark.parametrize("state", [GOOD, FAILED])
def test_a_pdf_is_linked_where_there_is_one(state):
    state = dataclasses.replace(state, pdf_href="a.pdf")
    page = soup(dataclasses.replace(HAZEL, reports={"en": state}))
    assert words(page.find("a", href="a.pdf")) == "PDF of Hazel"


def test_a_report_in_another_language_is_linked_where_there_is_no_own():
    page = soup(ROWAN, language="vi")
    assert [link["href"] for link in page.find_all("a", hreflang="en")] == [
        "index.en.html",  # the switch, the tile and the row
        *[FAILED.href] * 2,
    ]


def test_languages_have_a_page_each_and_lead_to_each_other():
    english, vietnamese = soup(HAZEL), soup(HAZEL, language="vi")
    assert (english.html["lang"], vietnamese.html["lang"]) == ("en", "vi")
    assert [link["href"] for link in english.header.find_all("a")] == ["index.html"]
    assert [link["href"] for link in vietnamese.header.find_all("a")] == ["index.en.html"]
    assert "30%" in vietnamese.table.text
    assert vietnamese.tbody.tr["data-region"] == "Miền Nam|South"
    assert soup(HAZEL, is_translated=False).header.find_all("a") == []


def test_the_diagram_has_a_tile_for_each_unit_where_it_lies():
    page = soup(HAZEL, ROWAN, UNKNOWN)
    alder, hazel, rowan = page.select(".tiles li")
    assert hazel["style"] == "grid-area:17/4"
    assert hazel.a["href"] == GOOD.href
    assert [face.b.text for face in hazel.select(".face")] == [
        *("4", "–", "30\u202f%", "80\u202f%", "81\u202f%", ">99\u202f%")
    ]
    assert [" open" in " ".join(face["class"]) for face in hazel.select(".chance")] == [
        *(True, True, False, False)
    ]
    assert rowan.b.text == "–"
    assert alder.a is None
    assert not re.search(r"\b[Mm]ap\b|bản đồ", page.text)


def test_without_places_there_is_the_table_alone():
    page = soup(dataclasses.replace(HAZEL, tile=None))
    assert page.select(".tiles, .views, .diagram") == []
    assert len(page.select("tbody tr")) == 1


@pytest.mark.parametrize("lowest", [1, 5, 34, 63, 200])
def test_shades_are_those_of_the_legend(lowest):
    shades = list_shades(lowest)
    assert [rank for _, best, worst in shades for rank in range(best, worst + 1)] == [
        *range(1, lowest + 1)
    ]
    for shade, best, worst in shades:
        assert {shade_rank(rank, lowest) for rank in (best, worst)} == {shade}
    assert shades[0][0] == 5


def test_a_switch_has_one_choice_and_names_of_its_own():
    page = soup(rosters=[roster(HAZEL), roster(ROWAN, key="63")])
    for group in page.select("fieldset"):
        assert len({field["name"] for field in group.find_all("input")}) == 1
        assert len(group.find_all("input", checked=True)) == 1
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(set(ids)) == len(ids)
    assert page.select_one(".tops input[checked]")["id"] == "top-0-10"


@pytest.mark.parametrize(("count", "usual"), [(1, 1), (2, 1), (5, 3), (12, 6), (34, 10), (200, 10)])
def test_the_usual_target_is_the_top_ten_or_the_better_half(count, usual):
    tops = list_tops(count)
    assert dataclasses.replace(roster(), tops=tops).usual == tops.index(usual)
    assert len(tops) <= 5
    assert max(tops) <= count


def test_the_cut_lies_under_the_last_row_inside():
    ranks = (1, 3, 3, 5, None)
    of = roster(*(dataclasses.replace(HAZEL, rank=rank) for rank in ranks))
    assert [[of.is_last_inside(place, top) for place in range(5)] for top in (1, 2, 3, 5)] == [
        [True, False, False, False, False],
        [True, False, False, False, False],
        [False, False, True, False, False],
        [False, False, False, True, False],
    ]


def test_past_ranks_are_sketched_with_the_best_at_the_top():
    drawn = sparkline([(2020, 63), (2021, None), (2022, 2), (2023, 1)], (2024, 5), 63)
    (start,), (before, end) = (
        [[float(number) for number in point.split(",")] for point in line.split()]
        for line in drawn.lines
    )
    assert start[0] < before[0] < end[0] < drawn.ahead[0]
    assert HEIGHT > start[1] > before[1] > end[1] > 0
    assert drawn.last == tuple(end)
    assert drawn.alt == (
        "Ranks: 63 (2020), not published (2021), 2 (2022), 1 (2023); expected 5 (2024)"
    )
    assert sparkline([(2024, None)], (2025, 1), 34).last == ()
    assert sparkline([(2024, 1)], (2025, 1), 1).ahead[1] < HEIGHT


def test_a_sketch_has_its_ranks_in_words():
    (svg,) = soup(HAZEL).select("td svg")
    assert svg["aria-label"] == (
        "Ranks: 3 (2022), not published (2023), 4 (2024); expected 5 (2026)"
    )
    assert svg["role"] == "img"


@pytest.mark.parametrize(
    ("change", "told"), [((9, 4), "▲5"), ((4, 9), "▼5"), ((4, 4), "="), ((None, 4), "–")]
)
def test_a_change_is_told_by_a_sign(change, told):
    past = tuple(zip((2023, 2024), change, strict=True))
    page = soup(dataclasses.replace(HAZEL, past=past))
    assert page.select_one(".face.change b").text == told


def test_it_is_told_when_the_page_was_made_and_what_is_not_complete():
    page = soup(
        rosters=[roster(HAZEL, ROWAN, note="2024 is not complete")],
        language="vi",
        built="2026-01-02T03:04:05.678+00:00",
    )
    status = page.select_one(".status")
    assert status.time["datetime"] == "2026-01-02T03:04:05.678+00:00"
    assert words(status) == (
        "Kỳ mới nhất: 2024 , biết 1/2 thứ hạng. 2024 is not complete · Kỳ tới: 2026 · Cập nhật "
        "ngày 02/01/2026"
    )


def test_page_asks_no_network_and_runs_its_own_script_only():
    html = render_index(IndexPage(CONFIG, [roster(HAZEL)]))
    assert not re.findall(r"\ssrc=", html)
    assert "<link" not in html
    assert "http:" not in html
    assert "https:" not in html
    (script,) = re.findall("(?s)<script>(.*?)</script>", html)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_small_print_is_told_in_the_language_of_the_page():
    page = soup(HAZEL, small_print={"Data": "sha256 <1>", "Commit": ""}, language="vi")
    assert [(line.dt.text, line.dd.text) for line in page.select("footer dl > div")] == [
        ("Số liệu", "sha256 <1>")
    ]


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


def test_pages_of_all_units_are_light_and_complete(index, index34):
    outlooks = [look_ahead(each, SETTINGS) for each in (index34, index)]
    pages = render_pages(outlooks, SETTINGS, BUILD, Manifest(Run("a", "2026-01-02T00:00:00+00:00")))
    assert set(pages) == {"index.html", "index.en.html"}
    for html in pages.values():
        assert len(html.encode()) < 400_000
        found = BeautifulSoup(html, "html.parser")
        assert len(found.select(".tiles li")) == len(found.select("tbody tr")) == 97
        assert len(found.select("td svg polyline")) >= 97
        merged = found.find("tr", attrs={"data-code": "79"})
        assert {"saigon", "tphcm", "hcm", "brvt"} <= set(merged["data-spellings"].split("|"))
        assert "Bình Dương" in merged.th.text
    assert found.h1.text.startswith("DTI 2025: ")


@pytest.mark.parametrize("column", ["score", "rank"])
@pytest.mark.parametrize("count", [2, 5, 200])
def test_any_index_has_the_page(count, column):
    rows = [
        (f"City {unit}", year, (unit + year) % count + 1)
        for unit in range(count)
        for year in (2018, 2020, 2022)
    ]
    table = pd.DataFrame(rows, columns=["unit", "year", column])
    index = dti.read_index(table, name="CI", unit="city", units="cities")
    outlooks = [look_ahead(index, SETTINGS)]
    pages = render_pages(outlooks, SETTINGS, BUILD, Manifest(), is_translated=False)
    assert set(pages) == {"index.html"}
    page = BeautifulSoup(pages["index.html"], "html.parser")
    assert page.h1.text.startswith("CI 2024: ")  # two years after the last
    assert page.h2.text == f"The {count} cities"
    assert len(page.select("tbody tr")) == count
    assert not re.search(r"province|\bnan\b|None|map\b", page.text, re.IGNORECASE)
    assert len(pages["index.html"]) < 400_000
