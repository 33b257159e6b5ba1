"""`dti report` with the project's own notebooks and real kernels."""

import hashlib
import json
import re

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

import dti_analysis
from dti_analysis import cli
from dti_analysis.batch.plan import Settings
from dti_analysis.config import CONFIG
from dti_analysis.errors import AmbiguousUnitError, UnknownUnitError
from dti_analysis.reports.jobs import plan_reports
from dti_analysis.reports.stems import name_reports
from dti_analysis.root import NOTEBOOKS, RAW, find_root


def dti(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def snapshot(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


NUMBERS = ("-forecast.csv", "-forecast.json", "-rank-probabilities.csv")


@pytest.fixture(scope="module")
def hue(tmp_path_factory):
    """Both reports of a province in both languages, made at once."""
    folder = tmp_path_factory.mktemp("hue")
    result = dti("report", "TP. Huế", "--draws", 500, "--output", folder)
    assert result.exit_code == 0, result.output
    assert "4 of 4 good" in result.output
    return folder


def test_both_reports_of_a_province_in_both_languages_and_the_index(hue):
    assert set(snapshot(hue)) == {
        *(
            f"{base}{ending}"
            for base in ("34/46-hue", "63/46-thua-thien-hue")
            for ending in (".html", ".ipynb", ".en.html", ".en.ipynb", *NUMBERS)
        ),
        *("index.html", "index.en.html", "manifest.json"),
    }
    page = (hue / "63" / "46-thua-thien-hue.en.html").read_text(encoding="utf-8")
    assert 'Among the 34, <a href="../34/46-hue.en.html">Huế</a> is 2nd (2024).' in page
    assert not re.search(r"\bnan\b|&lt;NA&gt;|%s", re.sub(r'base64,[^"]*', "", page))
    assert page.count("<img") == page.count("alt=") == 6
    for name, link in (("index.html", "34/46-hue.html"), ("index.en.html", "34/46-hue.en.html")):
        index = (hue / name).read_text(encoding="utf-8")
        assert f'href="{link}"' in index
        assert index.count("<tr") >= 97


def test_every_link_within_the_folder_leads_somewhere(hue):
    pages = list(hue.rglob("*.html"))
    assert len(pages) == 6
    for page in pages:
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        ids = {f"#{tag['id']}" for tag in soup.find_all(id=True)}
        hrefs = {link["href"] for link in soup.find_all("a") if "//" not in link["href"]}
        assert {href for href in hrefs if href.startswith("#")} <= ids
        files = {href for href in hrefs if not href.startswith(("#", "data:"))}
        assert files
        assert [href for href in files if not (page.parent / href).is_file()] == []


def test_languages_lead_to_each_other(hue):
    for stem in ("34/46-hue", "63/46-thua-thien-hue", "index"):
        for language, own, other, code in (
            ("vi", f"{stem}.html", f"{stem}.en.html", "en"),
            ("en", f"{stem}.en.html", f"{stem}.html", "vi"),
        ):
            soup = BeautifulSoup((hue / own).read_text(encoding="utf-8"), "html.parser")
            assert soup.html["lang"] == language
            (switch,) = soup.header.find_all("a", hreflang=True)
            assert (switch["hreflang"], switch["lang"]) == (code, code)
            assert (hue / own).parent / switch["href"] == hue / other


def test_numbers_are_on_record_once_and_are_those_of_the_command(hue):
    reports = json.loads((hue / "manifest.json").read_text(encoding="utf-8"))["reports"]
    assert [reports[stem]["parameters"]["lang"] for stem in ("34/46-hue", "34/46-hue.en")] == [
        *("vi", "en")
    ]
    outputs = [
        {output["path"]: output["sha256"] for output in reports[stem]["report"]["outputs"]}
        for stem in ("34/46-hue", "34/46-hue.en")
    ]
    shared = {f"34/46-hue{name}" for name in NUMBERS}
    assert outputs[0].keys() & outputs[1].keys() == shared
    for path in shared:
        digest = hashlib.sha256((hue / path).read_bytes()).hexdigest()
        assert outputs[0][path] == outputs[1][path] == digest
    printed = dti("forecast", "Huế", "--basis", 34, "--draws", 500, "--json").stdout
    assert (hue / "34/46-hue-forecast.json").read_text(encoding="utf-8") == printed


def test_a_language_that_comes_later_is_linked_without_running_again(tmp_path):
    arguments = ["report", "Lai Châu", "--basis", 63, "--draws", 200, "--output", tmp_path]
    assert dti(*arguments, "--lang", "vi").exit_code == 0
    page, other = tmp_path / "63/12-lai-chau.html", tmp_path / "63/12-lai-chau.en.html"
    assert other.name not in page.read_text(encoding="utf-8")
    notebook, numbers = page.with_suffix(".ipynb"), tmp_path / "63/12-lai-chau-forecast.csv"
    before = notebook.read_bytes(), numbers.read_bytes()
    index = (tmp_path / "index.en.html").read_text(encoding="utf-8")
    assert '<a href="63/12-lai-chau.html" hreflang="vi">Lai Châu</a>' in index
    assert dti(*arguments, "--dry-run").stdout.splitlines() == [
        "63/12-lai-chau: links: 63/12-lai-chau.en",
        "63/12-lai-chau.en: new",
        "2 of 2 reports would be made.",
    ]
    assert dti(*arguments).exit_code == 0
    assert f'<a href="{other.name}" hreflang="en"' in page.read_text(encoding="utf-8")
    assert f'<a href="{page.name}" hreflang="vi"' in other.read_text(encoding="utf-8")
    assert (notebook.read_bytes(), numbers.read_bytes()) == before
    assert "2 unchanged" in dti(*arguments).stderr


def test_a_language_that_fails_is_not_linked(tmp_path, monkeypatch):
    output = tmp_path / "reports"
    root = write_failing_copy(tmp_path / "project", 'assert lang != "en", "no English today"')
    monkeypatch.setenv("DTI_ROOT", str(root))
    arguments = ["report", "Lai Châu", "--basis", 63, "--draws", 200, "--retries", 0]
    result = dti(*arguments, "--output", output)
    assert result.exit_code == 1
    assert "63/12-lai-chau.en: failed: AssertionError: no English today" in result.stderr
    page = (output / "63/12-lai-chau.html").read_text(encoding="utf-8")
    assert "12-lai-chau.en" not in page
    reasons = dti(*arguments, "--output", output, "--dry-run").stdout.splitlines()
    assert reasons[:-1] == ["63/12-lai-chau.en: failed last time"]
    told = dti("status", "--output", output).stdout
    assert "Reports 2: 1 good, 1 failed" in told
    assert "In vi   1: 1 good, 0 failed" in told
    assert "In en   1: 0 good, 1 failed" in told
    index = (output / "index.en.html").read_text(encoding="utf-8")
    assert "could not be made" in index
    assert "no English today" not in index


def write_failing_copy(root, cell):
    """Make a project of the same index whose report has one more cell."""
    (root / NOTEBOOKS).mkdir(parents=True)
    (root / RAW).parent.mkdir()
    for name in (CONFIG, RAW):
        (root / name).symlink_to(find_root() / name)
    notebook = nbformat.read(find_root() / NOTEBOOKS / "unit_report.ipynb", as_version=4)
    notebook.cells.insert(2, nbformat.v4.new_code_cell(cell))
    nbformat.write(notebook, root / NOTEBOOKS / "unit_report.ipynb")
    return root


def test_one_failure_stops_nobody_and_is_told(tmp_path, monkeypatch):
    output = tmp_path / "reports"
    root = write_failing_copy(tmp_path / "project", 'assert unit != "Kon Tum", "no data today"')
    monkeypatch.setenv("DTI_ROOT", str(root))
    arguments = ["--basis", 63, "--draws", 200, "--lang", "vi", "--output", output]
    result = dti("report", "Kon Tum", "Lai Chau", *arguments)
    assert result.exit_code == 1
    assert "62-kon-tum: failed: AssertionError: no data today" in result.stderr
    assert (output / "63" / "12-lai-chau.html").exists()
    assert (output / "63" / "62-kon-tum.failed.ipynb").exists()
    assert not (output / "63" / "62-kon-tum.html").exists()
    assert "không lập được" in (output / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name one or more units"),
        (("Huế", "--all"), "Name one or more units"),
        (("DN",), "ambiguous"),
        (("Huế", "Atlantis"), '"Atlantis" is not known'),
        (("BR-VT", "--basis", 34), "part of Hồ Chí Minh"),
        (("Huế", "--origin-year", 2030), "edition 2030 is not in the panel"),
        (("Huế", "--jobs", 0), "0 workers"),
        (("Huế", "--retries", -1), "-1 retries: expected 0 or more"),
        (("Huế", "--timeout", -1), "a timeout of -1 s: expected 0 (none) or more"),
        (("Huế", "--draws", 0), "draws 0 is out of range: expected at least 1"),
        (("Huế", "--seed", -1), "seed -1 is out of range: expected at least 0"),
        (("Huế", "-p", "draws=1"), "-p and --over are for --notebook"),
        (("Huế", "--notebook", "n.ipynb"), "Name one or more units"),
        (("--notebook", "nowhere.ipynb"), "nowhere.ipynb: there is no such notebook"),
    ],
)
def test_bad_input_leaves_the_reports_as_they_were(tmp_path, arguments, words):
    (tmp_path / "index.html").write_text("good", encoding="utf-8")
    before = snapshot(tmp_path)
    result = dti("report", *arguments, "--output", tmp_path)
    assert result.exit_code == 2
    assert words in result.stderr
    assert snapshot(tmp_path) == before


def plan(indices, names, settings, languages=()):
    return plan_reports(indices, names, settings, languages, find_root())


def test_provinces_merged_away_are_reported_for_the_63_only(index, index34):
    settings, both = Settings(None, 100, 1), [index34, index]
    assert [job.stem for job in plan(both, ["BR-VT", "Hồ Chí Minh"], settings)] == [
        "63/77-ba-ria-vung-tau",
        "34/79-ho-chi-minh",
        "63/79-ho-chi-minh",
    ]
    with pytest.raises(UnknownUnitError):
        plan([index34], ["BR-VT"], settings)
    with pytest.raises(AmbiguousUnitError):
        plan([index34], ["DN"], settings)


def test_all_reports_are_planned_with_the_overviews_and_the_case(index, index34):
    jobs = plan([index34, index], [], Settings(None, 100, 1), ["vi", "en"])
    assert [job.language for job in jobs] == ["vi"] * 100 + ["en"] * 100
    assert len({job.stem for job in jobs}) == 200
    assert [job.stem for job in jobs[97:100]] == [
        *("overview-34", "overview-63", "63/77-ba-ria-vung-tau-as-of-2021")
    ]
    assert jobs[0].stem == "34/01-ha-noi"  # the best first
    assert {job.notebook.stem for job in jobs} == {"unit_report", "overview"}
    assert all(job.notebook.is_file() for job in jobs)
    assert dict(jobs[98].parameters) == {
        **{"basis": "63", "origin_year": 2024, "draws": 100, "seed": 1, "lang": "vi"}
    }
    past = plan([index], [], Settings(2022, 100, 1))
    assert not [job for job in past if job.stem.endswith("as-of-2021")]


def test_a_report_from_an_earlier_edition_has_its_own_name(index):
    (last,) = plan([index], ["BR-VT"], Settings(None, 100, 1))
    (earlier,) = plan([index], ["BR-VT"], Settings(2021, 100, 1))
    assert last.stem == "63/77-ba-ria-vung-tau"
    assert last.parameters["origin_year"] == 2024
    assert last.parameters["unit"] == "Bà Rịa - Vũng Tàu"
    assert earlier.stem == "63/77-ba-ria-vung-tau-as-of-2021"
    vietnamese, english = plan([index], ["BR-VT"], Settings(2021, 100, 1), ["vi", "en"])
    assert vietnamese.stem == "63/77-ba-ria-vung-tau-as-of-2021"
    assert english.stem == "63/77-ba-ria-vung-tau-as-of-2021.en"
    assert english.translations == {"vi": vietnamese.stem}
    assert english.title == "Bà Rịa - Vũng Tàu: rank among the 63, as of 2021 (DTI)"


def test_units_that_look_the_same_or_have_the_name_of_a_page_have_names_of_their_own():
    names = ["Index", "Overview", "A.B", "A-B", "Ärø", "C", "C as of 2019", "Aux"]
    names += ["x" * 400, "x" * 401]
    rows = [(name, 2020, place) for place, name in enumerate(names)]
    index = dti_analysis.read_index(pd.DataFrame(rows, columns=["unit", "year", "score"]))
    stems = name_reports(index.panel)
    assert list(stems) == list(index.panel.names)
    assert len(set(stems.values())) == len(names)
    assert not {"index", "overview", "aux", "a-b", "c-as-of-2019"} & set(stems.values())
    assert stems["C"] == "c"
    assert max(map(len, stems.values())) <= 120


def test_an_overview_from_an_earlier_edition_has_its_own_name(index, index34):
    today = plan([index34, index], [], Settings(None, 100, 1))
    past = plan([index34, index], [], Settings(2021, 100, 1))
    for jobs, ending in ((today, ""), (past, "-as-of-2021")):
        found = {job.stem: job for job in jobs if job.notebook.stem == "overview"}
        assert set(found) == {f"overview-34{ending}", f"overview-63{ending}"}
        assert all(f"overview-63{ending}" in job.related for job in jobs if job.stem[:2] == "63")
        assert f"overview-34{ending}" in found[f"overview-63{ending}"].related
    assert found["overview-63-as-of-2021"].title == "The 63 provinces in the DTI, as of 2021"
    assert past[0].related["overview-34-as-of-2021"] == "Overview of all 34, as of 2021"
