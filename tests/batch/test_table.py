"""Any notebook over any table of parameters."""

import re

import nbformat
import pytest
from click.testing import CliRunner
from notebook_files import list_files, write_notebook
from openpyxl import Workbook
from running import run_jobs

from dti_analysis import cli
from dti_analysis.batch.job import Job
from dti_analysis.batch.table import plan, read_rows
from dti_analysis.errors import DataError
from dti_analysis.root import REPORTS, find_root


@pytest.fixture
def notebook(tmp_path):
    return write_notebook(tmp_path / "My notebook.ipynb", "print(province, draws, share, is_short)")


@pytest.fixture
def write(tmp_path):
    def write(text):
        file = tmp_path / "table.csv"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def dti(*arguments):
    return CliRunner().invoke(cli.main, ["report", *map(str, arguments)])


def test_a_report_for_each_row_and_a_page_that_links_them(tmp_path, notebook, write):
    over = write('province,draws,is_short\nHuế,20,true\n"Bà Rịa, Vũng Tàu",,false\n')
    output = tmp_path / "out"
    result = dti("--notebook", notebook, "-p", "share=0.25", "--over", over, "--output", output)
    assert result.exit_code == 0, result.output
    assert list_files(output) == {
        *["hue-20-true.html", "hue-20-true.ipynb", "index.html", "manifest.json"],
        *["ba-ria-vung-tau-false.html", "ba-ria-vung-tau-false.ipynb"],
    }
    told = [
        nbformat.read(output / f"{stem}.ipynb", as_version=4).cells[-1].outputs[0].text
        for stem in ("hue-20-true", "ba-ria-vung-tau-false")
    ]
    assert told == ["Huế 20 0.25 True\n", "Bà Rịa, Vũng Tàu 10 0.25 False\n"]
    page = (output / "index.html").read_text(encoding="utf-8")
    assert '<a href="hue-20-true.html">province = Huế, draws = 20, is_short = True' in page
    assert "http" not in page.replace("http-equiv", "")
    again = dti("--notebook", notebook, "-p", "share=0.25", "--over", over, "--output", output)
    assert "0 built, 2 unchanged, 0 failed" in again.stderr


def test_a_failure_stands_on_the_page(tmp_path, write):
    notebook = write_notebook(tmp_path / "n.ipynb", "assert draws < 9, '<many>'")
    over = write("draws\n1\n9\n")
    result = dti("--notebook", notebook, "--over", over, "--retries", 0, "--output", tmp_path / "o")
    assert result.exit_code == 1
    assert "9: failed: AssertionError: <many>" in result.stderr
    page = (tmp_path / "o/index.html").read_text(encoding="utf-8")
    assert '<li>draws = 9: n: <span class="bad">could not be made</span></li>' in page
    assert "many" not in page


def test_without_a_table_there_is_one_report(notebook):
    found = plan(notebook, ["draws=5"])
    assert [(job.stem, dict(job.parameters)) for job in found.jobs] == [
        ("my-notebook", {"draws": 5})
    ]
    assert found.output == find_root() / REPORTS / "my-notebook"


@pytest.mark.parametrize(
    ("table", "given", "words"),
    [
        ("provinz\nHuế\n", [], "parameter provinz is not known. Known: province, draws, basis"),
        (
            "draws\n1\nmany\n",
            [],
            "table.csv, row 3: parameter draws must be of type int, got 'many'",
        ),
        ("draws\n1.5\n", [], "row 2: parameter draws must be of type int, got 1.5 of type float"),
        ("draws\n0x10\n", [], "row 2, field draws: expected a finite number"),
        ("draws\n(43)\n", [], "row 2, field draws: expected a finite number"),
        ("draws\n- 43\n", [], "row 2, field draws: expected a finite number"),
        ("draws\n43 # all\n", [], "row 2, field draws: expected a finite number"),
        ("draws\n-1\n", [], "row 2: parameter draws must be from 0 to 1000000, got -1"),
        ("basis\n62\n", [], "row 2: parameter basis must be one of 63, 34, got 62"),
        ("share\n1e999\n", [], "row 2, field share: expected a finite number"),
        ("is_short\nmaybe\n", [], "row 2: parameter is_short must be true or false, got 'maybe'"),
        ("draws,share\n1\n", [], "row 2: expected 2 cells as in the header, found 1"),
        ("draws\n", [], "expected rows, found only the header"),
        ("", [], "table.csv: expected a table, found an empty file"),
        ("draws\n1\n1\n", [], "row 3: its report would have the name of that of row 2, 1."),
        ("draws\n1\n", ["share"], "-p share: expected name=value"),
        ("draws\n1\n", ["prozent=1"], "parameter prozent is not known"),
        ("draws\n1\n", ["share=high"], "-p: parameter share must be of type float, got 'high'"),
    ],
)
def test_bad_tables_and_values_are_refused_before_any_kernel(
    tmp_path, notebook, write, table, given, words
):
    values = [word for text in given for word in ("-p", text)]
    result = dti(
        "--notebook", notebook, "--over", write(table), *values, "--output", tmp_path / "o"
    )
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "o").exists()


def test_a_table_that_is_none_is_refused(tmp_path, notebook):
    result = dti("--notebook", notebook, "--over", tmp_path / "nowhere.csv")
    assert result.exit_code == 2
    assert "nowhere.csv: expected a table, found no such file" in result.stderr


def test_each_report_is_made_in_each_language_by_the_parameter_for_it(tmp_path):
    file = write_notebook(tmp_path / "n.ipynb", "print(lang, province)")
    notebook = nbformat.read(file, as_version=4)
    notebook.cells[0].source += '\nlang: str = "en"  # language {"en", "vi"}'
    nbformat.write(notebook, file)
    output = tmp_path / "out"
    both = ["--lang", "en", "--lang", "vi", "--lang", "vi"]
    result = dti("--notebook", file, *both, "--output", output)
    assert result.exit_code == 0, result.output
    assert list_files(output) == {
        *("n.html", "n.ipynb", "n.en.html", "n.en.ipynb"),
        *("index.html", "index.en.html", "manifest.json"),
    }
    page = (output / "n.en.html").read_text(encoding="utf-8")
    assert "en Huế" in page
    assert '<a href="n.html" hreflang="vi" lang="vi">Tiếng Việt</a>' in page
    assert '<a href="index.en.html"><span' in page
    index = (output / "index.html").read_text(encoding="utf-8")
    assert "n: tất cả báo cáo" in index
    assert '<a href="index.en.html" hreflang="en" lang="en">English</a>' in index
    assert plan(file).jobs[0].language == "en"
    assert plan(file, ["lang=vi"]).jobs[0].language == "vi"


def test_a_language_needs_a_parameter_for_it(tmp_path, notebook):
    result = dti("--notebook", notebook, "--lang", "vi", "--output", tmp_path / "out")
    assert result.exit_code == 2
    assert "parameter lang is not known" in result.stderr


def test_every_fault_of_a_table_is_told_by_its_row(tmp_path, notebook, write):
    over = write("draws;share;province\n;;\n1;0,5;A\nmany;0,5;B\n;;\n2;4³;C\n3;high;D\n1;0,5;A\n")
    result = dti("--notebook", notebook, "--over", over, "--output", tmp_path / "o")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert [line.partition("row ")[2][:30] for line in lines] == [
        "4: parameter draws must be of ",
        "6, field share: expected a fin",
        "7: parameter share must be of ",
        "8: its report would have the n",
    ]
    assert "that of row 3, 1-0-5-a." in lines[3]


def test_rows_in_order_are_had_apart_from_the_others(notebook, write):
    over = write("draws,province\n,\n1,A\nmany,B\n,\n 2 ,=C\n#REF!,D\n1,a\n")
    rows, faults = read_rows(notebook, over)
    assert rows == {3: {"draws": 1, "province": "A"}, 6: {"draws": 2, "province": "=C"}}
    assert [fault.row for fault in faults] == [4, 7, 8]


def test_tables_are_read_as_spreadsheets_write_them(tmp_path, notebook):
    book = Workbook()
    for line in (["share", "is_short", "draws"], [], [0.25, True, 7], [None, False, None]):
        book.active.append(line)
    book.save(tmp_path / "t.xlsx")
    (tmp_path / "t.csv").write_text("share;is_short;draws\n;;\n0,25;TRUE;7\n;FALSE;\n", "utf-8-sig")
    rows = {3: {"share": 0.25, "is_short": True, "draws": 7}, 4: {"is_short": False}}
    for name in ("t.xlsx", "t.csv"):
        assert read_rows(notebook, tmp_path / name) == (rows, [])


def test_cells_are_of_the_types_that_a_parameter_takes(tmp_path, write):
    file = write_notebook(tmp_path / "n.ipynb")
    notebook = nbformat.read(file, as_version=4)
    notebook.cells[0].source = "a: int | None = 1\nb: float | str = 1\nc: list[int] = []"
    nbformat.write(notebook, file)
    rows, faults = read_rows(file, write('a;b;c\nNone;0.5;[1, 2]\n"1,0";x;\n"2,5";;\n'))
    assert rows == {2: {"a": None, "b": 0.5, "c": [1, 2]}}
    assert [fault.row for fault in faults] == [3, 4]
    assert "parameter a must be of type int | None, got 2.5" in str(faults[1])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["index", "Index"], "index"),
        (["CON", "x"], "con"),
        (["–", "Москва", "Киев"], ""),
        (["Москва 1", "Киев 1"], "1"),
    ],
)
def test_names_are_those_of_no_page_and_of_no_device_and_never_empty(
    notebook, write, values, words
):
    over = write("\n".join(["province", *values, ""]))
    found = [job.stem for job in plan(notebook, over=over).jobs]
    assert len(set(found)) == len(values)
    assert re.fullmatch(f"{words}-?[0-9a-f]{{8}}", found[0])


@pytest.mark.parametrize("value", ["a" * 400, "chữ " * 100, "Ж" * 400, "a-" * 200 + "b"])
def test_a_long_name_is_cut_at_a_word_and_told_from_others(tmp_path, notebook, write, value):
    over = write(f"province\n{value}\n{value}x\n")
    stems = [job.stem for job in plan(notebook, over=over).jobs]
    assert len(set(stems)) == 2
    for stem in stems:
        assert re.fullmatch(r"([a-z]+-)*[0-9a-f]{8}", stem)
        assert len(stem) <= 110


def test_a_notebook_named_as_a_page_has_a_report_of_its_own(tmp_path):
    output = tmp_path / "out"
    notebook = write_notebook(tmp_path / "index.ipynb", "print('value')")
    result = dti("--notebook", notebook, "--output", output)
    assert result.exit_code == 0, result.output
    pages = {name for name in list_files(output) if name.endswith(".html")} - {"index.html"}
    assert len(pages) == 1
    assert "value" in (output / pages.pop()).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("stems", "words"),
    [
        (["index"], "report name index is that of a page over reports"),
        (["Index.en"], "report name Index.en is that of a page"),
        (["a", "A"], 'report A is asked for twice, as "0" and "1"'),
        (["a", "a.failed"], 'report a.failed is asked for twice, as "0" and "1"'),
        (["a/" + "b" * 201], "is too long for a file: expected at most 200 bytes"),
        (["ữ" * 70], "is too long for a file"),
    ],
)
def test_jobs_whose_files_would_lie_on_others_are_refused(tmp_path, notebook, stems, words):
    jobs = [Job(notebook, {}, stem, str(place)) for place, stem in enumerate(stems)]
    with pytest.raises(DataError, match=re.escape(words)):
        run_jobs(jobs, tmp_path / "o")
    assert not (tmp_path / "o").exists()
