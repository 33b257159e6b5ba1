"""`dti report` with the project's own notebooks and real kernels."""

import re

import nbformat
import pytest
from click.testing import CliRunner

from dti_analysis import cli, paths
from dti_analysis.errors import AmbiguousProvinceError, UnknownProvinceError
from dti_analysis.reporting.batch import Settings, choose_provinces


def dti(*arguments):
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def snapshot(folder):
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_both_reports_of_a_province_and_the_index(tmp_path):
    result = dti("report", "TP. Huế", "--draws", 500, "--output", tmp_path)
    assert result.exit_code == 0, result.output
    assert "2 of 2 good" in result.output
    assert set(snapshot(tmp_path)) == {
        "34/46-hue.html",
        "34/46-hue.ipynb",
        "63/46-thua-thien-hue.html",
        "63/46-thua-thien-hue.ipynb",
        "index.html",
        "manifest.json",
    }
    page = (tmp_path / "63" / "46-thua-thien-hue.html").read_text(encoding="utf-8")
    assert "Among the 34, Huế is 2nd (2024)." in page
    assert not re.search(r"\bnan\b|&lt;NA&gt;|%s", re.sub(r'base64,[^"]*', "", page))
    assert page.count("<img") == page.count("alt=") == 5
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'href="34/46-hue.html"' in index
    assert index.count("<tr") >= 97


def test_one_failure_stops_nobody_and_is_told(tmp_path, monkeypatch):
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    notebook = nbformat.read(paths.NOTEBOOKS / "province_report.ipynb", as_version=4)
    notebook.cells.insert(
        2, nbformat.v4.new_code_cell('assert province != "Kon Tum", "no data today"')
    )
    nbformat.write(notebook, notebooks / "province_report.ipynb")
    monkeypatch.setattr(paths, "NOTEBOOKS", notebooks)
    output = tmp_path / "reports"
    result = dti("report", "Kon Tum", "Lai Chau", "--basis", 63, "--draws", 200, "--output", output)
    assert result.exit_code == 1
    assert "62-kon-tum: failed: AssertionError: no data today" in result.stderr
    assert (output / "63" / "12-lai-chau.html").exists()
    assert (output / "63" / "62-kon-tum.failed.ipynb").exists()
    assert not (output / "63" / "62-kon-tum.html").exists()
    assert "no data today" in (output / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name one or more provinces"),
        (("Huế", "--all"), "Name one or more provinces"),
        (("DN",), "ambiguous"),
        (("Huế", "Atlantis"), '"Atlantis" is not known'),
        (("BR-VT", "--basis", 34), "part of Hồ Chí Minh"),
        (("Huế", "--origin-year", 2030), "edition 2030 is not in the panel"),
        (("Huế", "--jobs", 0), "0 workers"),
        (("Huế", "--retries", -1), "-1 retries: expected 0 or more"),
        (("Huế", "--timeout", -1), "a timeout of -1 s: expected 0 (none) or more"),
        (("Huế", "--draws", 0), "parameter draws must be from 1 to 1e+06, got 0"),
        (("Huế", "--seed", -1), "parameter seed must be from 0 to inf, got -1"),
        (("Huế", "-p", "draws=1"), "-p and --over are for --notebook"),
        (("Huế", "--notebook", "n.ipynb"), "Name one or more provinces"),
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


def test_provinces_merged_away_are_reported_for_the_63_only(data):
    found = choose_provinces(data, ["BR-VT", "Hồ Chí Minh"], [63, 34])
    assert [(p.basis, p.name) for p in found] == [
        (63, "Bà Rịa - Vũng Tàu"),
        (63, "Hồ Chí Minh"),
        (34, "Hồ Chí Minh"),
    ]
    assert len(choose_provinces(data, [], [63, 34])) == 97
    with pytest.raises(UnknownProvinceError):
        choose_provinces(data, ["BR-VT"], [34])
    with pytest.raises(AmbiguousProvinceError):
        choose_provinces(data, ["DN"], [34])


def test_a_report_from_an_earlier_edition_has_its_own_name(data, gazetteer):
    province = gazetteer.resolve("BR-VT")
    last = Settings(None, 100, 1).plan_province(data, province)
    earlier = Settings(2021, 100, 1).plan_province(data, province)
    assert last.stem == "63/77-ba-ria-vung-tau"
    assert last.parameters["origin_year"] == 2024
    assert earlier.stem == "63/77-ba-ria-vung-tau-as-of-2021"
