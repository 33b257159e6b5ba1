"""Reports of another index: made from its panel alone, and of it alone, in every language."""

import re

import numpy as np
import papermill
import pytest
from bs4 import BeautifulSoup
from golden import read_page
from running import call, list_all

from dti_analysis.batch.plan import Settings
from dti_analysis.config import CONFIG
from dti_analysis.errors import DataError, UnknownUnitError
from dti_analysis.project import load_index, start_project
from dti_analysis.reports.opening import name_finding
from dti_analysis.reports.plan import plan_project
from dti_analysis.root import NOTEBOOKS, RAW, REPORTS

CITIES = [
    *("Hazel", "Oakham", "Birch's End", "Ashford & Sons", "Maple Bay", "Elmstead"),
    *("Pinewood", "Cedar City", "Alder", "Rowan Hill", "Willowby", "Thornton"),
]
YEARS = range(2018, 2025)
WEIGHTS = {"economy": 300, "society": 200, "government": 100}
LABELS = """
[weights.2020]
economy = 300
society = 200
government = 100
[[targets]]
unit = "Hazel"
rank = 3
year = 2026
[labels.vi]
name = "Bảng xếp hạng đô thị"
unit = "thành phố"
units = "thành phố"
source = "Nguồn: cơ quan thống kê."
economy = "Kinh tế"
society = "Xã hội"
government = "Chính quyền"
"""
RANK_LABELS = """
[labels.vi]
name = "Danh sách"
unit = "câu lạc bộ"
units = "câu lạc bộ"
source = "Nguồn: liên đoàn."
"""
HAZEL = ("report", "hazel", "--draws", "300", "--lang", "vi", "--lang", "en")
LEFTOVERS = re.compile(r"\bnan\b|\bNone\b|<NA>|%s|\{|\}|rovince|\bDTI\b|data/raw|\bministry\b")
ENGLISH = re.compile(
    r"\b(the|rank|ranks|score|scores|chance|target|edition|of|in|and|to|is|was|city|cities|club"
    r"|clubs|economy|society|government|overall|computed|published|source|index)\b",
    re.IGNORECASE,
)
NAMES = re.compile("|".join([*map(re.escape, CITIES), "averaged_level", r"\bSVG\b|JSON|CSV"]))


def make_table():
    """Scores of three components and the whole by year, as their names are told."""
    rng = np.random.default_rng(4)
    levels = {city: rng.normal(50, 12, 3) for city in CITIES}
    shares = np.array(list(WEIGHTS.values())) / sum(WEIGHTS.values())
    for year in YEARS:
        for city in CITIES:
            levels[city] = levels[city] + rng.normal(1, 3.5, 3)
            parts = levels[city].clip(1, 99).round(2)
            yield city, year, float(shares @ parts), parts


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """An index of scores and components, and one of ranks alone; each with a report of Hazel."""
    folder = tmp_path_factory.mktemp("projects")
    rows = list(make_table())
    lines = [
        f"{city},{year},{score:.4f},{','.join(f'{part:.2f}' for part in parts)}"
        for city, year, score, parts in rows
    ]
    scored = write(folder / "scored.csv", f"unit,year,score,{','.join(WEIGHTS)}", lines)
    lines = [
        f"{city},{year},{1 + sum(other > score for _, when, other, _ in rows if when == year)}"
        for city, year, score, _ in rows
    ]
    ranked = write(folder / "ranked.csv", "unit,year,rank", lines)
    start_project(folder / "cities", scored, "City Index", "city", "cities", "Source: us.", 100)
    start_project(folder / "clubs", ranked, "Club List", "club", "clubs", "Source: us.")
    for name, labels in (("cities", LABELS), ("clubs", RANK_LABELS)):
        with (folder / name / CONFIG).open("a", encoding="utf-8") as stream:
            stream.write(labels)
        code, out, err = call(*HAZEL, cwd=folder / name)
        assert code == 0, out + err
    return folder


def write(file, header, lines):
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


def read(file):
    return read_page(file.read_text(encoding="utf-8"))


def tell_finding(project):
    """Tell what the report of Hazel finds, from the same draws."""
    forecast = load_index(root=project).forecast(draws=300)
    return name_finding(forecast.answer("Hazel", all_targets=True))


def list_headings(file):
    page = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
    return [heading.get_text() for heading in page.main.find_all(["h1", "h2"])]


@pytest.mark.parametrize("name", ["cities", "clubs"])
def test_a_report_is_made_in_each_language_with_its_numbers_once(projects, name):
    made = [file for file in list_all(projects / name / REPORTS) if not file.startswith(".")]
    assert made == [
        *("hazel-forecast.csv", "hazel-forecast.json", "hazel-rank-probabilities.csv"),
        *("hazel.en.html", "hazel.en.ipynb", "hazel.html", "hazel.ipynb"),
        *("index.en.html", "index.html", "manifest.json"),
    ]


@pytest.mark.parametrize("name", ["cities", "clubs"])
@pytest.mark.parametrize("page", ["hazel.en", "hazel", "index.en", "index"])
def test_pages_are_of_this_index_alone_and_have_no_leftovers(projects, name, page):
    text = read(projects / name / REPORTS / f"{page}.html")
    assert len(text) > 100
    assert LEFTOVERS.findall(text) == []


@pytest.mark.parametrize("name", ["cities", "clubs"])
def test_a_vietnamese_report_has_no_english_in_it(projects, name):
    text = read(projects / name / REPORTS / "hazel.html").replace("English", "")
    assert ENGLISH.findall(NAMES.sub("", text)) == []


def test_an_index_calls_things_by_its_own_nouns(projects):
    folder = projects / "cities" / REPORTS
    english, vietnamese = read(folder / "hazel.en.html"), read(folder / "hazel.html")
    assert "Of the cities ranked around it in 2024" in english
    assert "joint futures of all 12 cities are drawn" in english
    assert "would have given in the City Index" in english
    assert "all 3 components" in english
    assert "Of the ranges of all 12 cities for 2024" in english
    assert "Trong số các thành phố xếp liền kề năm 2024" in vietnamese
    assert "Bảng xếp hạng đô thị" in vietnamese
    assert "Nguồn: cơ quan thống kê." in vietnamese
    assert "Edition | Overall | Rank" in english
    assert "Kỳ đánh giá | Tổng thể | Tình trạng thứ hạng" in vietnamese
    assert "City Index: where each of 12 cities stood in 2024" in read(folder / "index.en.html")
    assert "Bảng xếp hạng đô thị: thứ hạng năm 2024 của 12 thành phố" in read(folder / "index.html")


def test_sections_of_which_the_index_knows_nothing_are_left_out(projects):
    common = ["The rank trajectory", "The chance of the target"]
    assert list_headings(projects / "cities/reports/hazel.en.html") == [
        *(tell_finding(projects / "cities"), *common, "What it would take", "Neighbours"),
        *("Components", "What was forecast for 2024, and what came"),
        *("Method", "Sources", "Numbers to take away"),
    ]
    ranked = projects / "clubs/reports/hazel.en.html"
    assert list_headings(ranked) == [
        *(tell_finding(projects / "clubs"), *common, "Neighbours"),
        *("What was forecast for 2024, and what came", "Method"),
        *("Sources", "Numbers to take away"),
    ]
    assert "Score said" not in read(ranked)
    told = read(ranked)
    assert "Only ranks are published of this index, no scores" in told
    assert "their normal scores" in told
    assert "scores needed" not in told
    page = BeautifulSoup(ranked.read_text(encoding="utf-8"), "html.parser")
    assert all(table.find("td") for table in page.find_all("table"))


@pytest.mark.parametrize("name", ["cities", "clubs"])
def test_the_index_page_leads_to_what_there_is_and_names_all(projects, name):
    page = (projects / name / "reports/index.html").read_text(encoding="utf-8")
    main = BeautifulSoup(page, "html.parser").main
    assert [link["href"] for link in main.find_all("a")] == ["hazel.html", "hazel-forecast.csv"]
    assert {cell.find(["a", "span"]).text for cell in main.select("tbody th")} == set(CITIES)


def test_a_project_has_the_notebooks_that_serve_any_index(projects):
    assert list_all(projects / "clubs" / NOTEBOOKS) == [
        *("model_evaluation.ipynb", "overview.ipynb", "unit_report.ipynb")
    ]


@pytest.mark.parametrize("project", ["cities", "clubs"])
@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize(
    "name",
    [
        "unit_report",
        "model_evaluation",
        "overview",
    ],
)
def test_its_notebooks_run_as_they_are(projects, tmp_path, monkeypatch, project, language, name):
    folder = projects / project / NOTEBOOKS
    monkeypatch.delenv("DTI_ROOT")
    executed = papermill.execute_notebook(
        folder / f"{name}.ipynb",
        tmp_path / "out.ipynb",
        {"draws": 200, "lang": language},
        progress_bar=False,
        cwd=folder,
    )
    told = "\n".join(
        shown.get("text/plain", "")
        for cell in executed.cells
        for output in cell.get("outputs", [])
        for shown in [output.get("data", {})]
    )
    assert len(told) > 1000
    assert LEFTOVERS.findall(told) == []
    assert "../docs" not in told


def test_reports_are_made_again_where_the_panel_or_its_description_changed(projects):
    folder = projects / "clubs"
    asked = (*HAZEL, "--dry-run")
    _, out, _ = call(*asked, cwd=folder / NOTEBOOKS)
    assert out == "0 of 2 reports would be made.\n"
    description, panel = folder / CONFIG, folder / RAW / "panel.csv"
    before = description.read_text(encoding="utf-8"), panel.read_text(encoding="utf-8")
    with panel.open("a", encoding="utf-8") as table:
        table.writelines(f"{city},2025,{rank}\n" for rank, city in enumerate(CITIES, start=1))
    _, out, _ = call(*asked, cwd=folder)
    assert "hazel: changed: parameters, data\n" in out
    panel.write_text(before[1], encoding="utf-8")
    description.write_text(before[0].replace("Club List", "Clubs"), encoding="utf-8")
    _, out, _ = call(*asked, cwd=folder)
    assert "hazel: changed: data\n" in out
    description.write_text(before[0], encoding="utf-8")


def test_reports_have_names_of_their_own(tmp_path):
    names = ["大学", "C", "C++", "C#", "Đà Nẵng"]
    lines = [f"{name},{year},{10 * n + year % 7}" for n, name in enumerate(names) for year in YEARS]
    folder = tmp_path / "mine"
    start_project(folder, write(tmp_path / "panel.csv", "unit,year,score", lines))
    settings = Settings(None, 50, 1)
    stems = [job.stem for job in plan_project([], None, settings, root=folder).jobs]
    assert stems.pop() == "overview"
    assert len(set(stems)) == len(names)
    assert stems[0] == "da-nang"  # the best first
    assert all(re.fullmatch(r"[a-z0-9-]+", stem) for stem in stems)
    again = plan_project(["大学"], None, Settings(2020, 50, 1), root=folder).jobs
    assert [job.stem for job in again] == [f"{stems[-1]}-as-of-2020"]
    assert again[0].parameters == {"unit": "大学", "origin_year": 2020, "draws": 50, "seed": 1}
    with pytest.raises(UnknownUnitError, match='unit "Nobody" is not known'):
        plan_project(["Nobody"], None, settings, root=folder)
    with pytest.raises(DataError, match=r'basis "63" is not known\. Known: none, leave it out'):
        plan_project([], "63", settings, root=folder)


def test_a_unit_that_was_not_ranked_at_the_origin_is_refused(tmp_path):
    lines = [f"{unit},{year},{unit == 'A'}" for unit in "AB" for year in YEARS]
    lines = [line.replace("True", "5").replace("False", "4") for line in lines] + ["C,2018,3"]
    start_project(tmp_path / "a", write(tmp_path / "p.csv", "unit,year,score", lines))
    index = load_index(root=tmp_path / "a")
    assert len(index.units) == 3
    with pytest.raises(UnknownUnitError, match=r"C is not ranked in 2024\."):
        plan_project(["C"], None, Settings(None, 50, 1), root=tmp_path / "a")
    assert [
        job.stem for job in plan_project([], None, Settings(None, 50, 1), root=tmp_path / "a").jobs
    ] == [*("a", "b", "overview")]


def test_labels_add_a_language_and_take_none_away(projects, tmp_path):
    settings = Settings(None, 50, 1)
    jobs = plan_project(["Hazel"], None, settings, root=projects / "cities").jobs
    assert [(job.stem, job.language) for job in jobs] == [("hazel", "vi"), ("hazel.en", "en")]
    panel = write(tmp_path / "p.csv", "unit,year,rank", ["A,2020,1", "B,2020,2"])
    start_project(tmp_path / "plain", panel)
    jobs = plan_project(["A"], None, settings, root=tmp_path / "plain").jobs
    assert [(job.stem, job.language, job.translations) for job in jobs] == [("a", "en", {})]
