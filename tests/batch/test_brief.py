"""The brief of any notebook: of the cells tagged for it, and refused where there are none."""

import copy
import io

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import v4
from notebook_files import list_files, read_files, write_notebook
from pypdf import PdfReader
from running import run_jobs

from dti_analysis.batch.brief import FIGURE, ONLY, WHOLE, has_brief, take_brief
from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.manifest import Output, Record, Report, read_manifest
from dti_analysis.batch.options import FORMATS, Options
from dti_analysis.batch.plan import Plan
from dti_analysis.batch.render import render_html
from dti_analysis.batch.runner import list_due
from dti_analysis.batch.store import open_store
from dti_analysis.errors import DataError
from dti_analysis.root import find_root

BUILD = describe_inputs(find_root())
TELL = "from IPython.display import Markdown, display\n"
CELLS = {
    "# Answers\\n\\nFour of them.": WHOLE,
    "At length.": None,
    "In few words.": ONLY,
}
DRAWING = "<figure><figcaption>{name}</figcaption></figure>"


@pytest.fixture
def write(tmp_path):
    """Write a notebook whose cells tell something each, tagged or not."""

    def write(cells):
        path = write_notebook(
            tmp_path / "n.ipynb", *(f"{TELL}Markdown('{told}')" for told in cells)
        )
        notebook = nbformat.read(path, as_version=4)
        for cell, tag in zip(notebook.cells[1:], cells.values(), strict=True):
            cell.metadata["tags"] = [tag] if tag else []
        nbformat.write(notebook, path)
        return path

    return write


def show(*pieces, tag=None):
    outputs = [v4.new_output("display_data", {"text/html": piece}) for piece in pieces]
    return v4.new_code_cell("", outputs=outputs, metadata={"tags": [tag] if tag else []})


@pytest.fixture
def executed():
    """A notebook with cells of every kind."""
    first, second = (DRAWING.format(name=name) for name in ("First", "Second"))
    return v4.new_notebook(
        cells=[
            show("<h1>Answers</h1>", tag=WHOLE),
            show("<h2>Path</h2>", first, "<p>At length.</p>", second, tag=FIGURE),
            show("<h2>Parts</h2>"),
            show("<p>In few words.</p>", tag=ONLY),
        ]
    )


def read(html):
    return BeautifulSoup(html, "html.parser")


def list_told(html):
    found = read(html).main.find_all(["h1", "h2", "p", "figcaption"])
    return [part.get_text(strip=True) for part in found]


def test_a_brief_holds_what_is_tagged_in_its_order_and_a_figure_of_each_question(executed):
    html = render_html(take_brief(executed), "T")
    assert list_told(html) == ["Answers", "First", "In few words."]
    (brief,) = read(html).main.find_all("section", class_="brief", recursive=False)
    assert brief.find("h1")
    assert brief.find_all("p")[-1].get_text() == "In few words."


def test_what_follows_a_brief_is_the_report_but_for_what_stood_on_it_whole(executed):
    html = render_html(take_brief(executed, is_first=True), "T")
    assert list_told(html) == [
        *("Answers", "First", "In few words."),
        *("Path", "First", "At length.", "Second", "Parts"),
    ]
    (brief,) = read(html).find_all("section", class_="brief")
    assert list_told(f"<main>{brief}</main>") == ["Answers", "First", "In few words."]


def test_what_is_for_the_brief_only_stands_nowhere_else(executed):
    assert list_told(render_html(executed, "T")) == [
        *("Answers", "Path", "First", "At length.", "Second", "Parts")
    ]


def test_a_brief_may_be_one_cell(executed):
    executed.cells = [executed.cells[0], executed.cells[2]]
    html = render_html(take_brief(executed, is_first=True), "T")
    (brief,) = read(html).find_all("section", class_="brief")
    assert list_told(f"<main>{brief}</main>") == ["Answers"]
    assert html.count("<section") == html.count("</section>") == 1


@pytest.mark.parametrize("is_first", [False, True])
def test_the_notebook_is_left_as_it_was(executed, is_first):
    before = copy.deepcopy(executed)
    take_brief(executed, is_first=is_first)
    assert executed == before


@pytest.mark.parametrize("tag", [WHOLE, FIGURE, ONLY])
def test_any_of_the_tags_makes_a_brief(tag):
    assert has_brief(v4.new_notebook(cells=[show(), show(tag=tag)]))
    assert not has_brief(v4.new_notebook(cells=[show(), show(tag="parameters")]))


def test_a_brief_is_made_beside_the_report_and_leads_to_it(tmp_path, write):
    job = Job(write(CELLS), {}, "sub/n", "N")
    output = tmp_path / "out"
    assert run(job, output) == "built"
    before = read_files(output)
    options = Options(formats=("html", "brief"))
    assert list_due(Plan((job,), None, BUILD, output), output, options)[0].reason == "new: brief"
    assert run(job, output, formats=("html", "brief")) == "built"
    files = read_files(output)
    assert set(files) == {"manifest.json", "sub/n.ipynb", "sub/n.html", "sub/n.brief.html"}
    assert files["sub/n.ipynb"] == before["sub/n.ipynb"]  # nothing was run for it
    brief, whole = read(files["sub/n.brief.html"]), read(files["sub/n.html"])
    assert "In few words." in brief.main.get_text()
    assert "At length." not in brief.main.get_text()
    assert "n.html" in [link["href"] for link in brief.nav.find_all("a")]
    assert "n.brief.html" in [link["href"] for link in whole.nav.find_all("a")]
    record = read_manifest(open_store(output)).reports["sub/n"]
    assert record.formats == ("html", "brief")
    assert (record.find(".html"), record.find(".brief.html")) == ("sub/n.html", "sub/n.brief.html")
    assert run(job, output, formats=("html", "brief")) == "unchanged"


def test_a_brief_alone_leads_to_no_report(tmp_path, write):
    output = tmp_path / "out"
    assert run(Job(write(CELLS), {}, "n", "N"), output, formats=("brief",)) == "built"
    assert list_files(output) == {"manifest.json", "n.ipynb", "n.brief.html"}
    nav = read((output / "n.brief.html").read_text(encoding="utf-8")).nav
    assert "n.html" not in [link["href"] for link in nav.find_all("a")]


def test_a_pdf_begins_with_the_brief(tmp_path, write):
    output = tmp_path / "out"
    assert run(Job(write(CELLS), {}, "n", "N"), output, formats=("pdf",)) == "built"
    first, second = PdfReader(io.BytesIO((output / "n.pdf").read_bytes())).pages
    told = first.extract_text()
    assert told.index("Answers") < told.index("Four of them.") < told.index("In few words.")
    assert "At length." not in told
    assert "At length." in second.extract_text()
    assert "Answers" not in second.extract_text()


def test_a_pdf_of_a_notebook_without_a_brief_begins_with_itself(tmp_path, write):
    output = tmp_path / "out"
    job = Job(write(dict.fromkeys(CELLS)), {}, "n", "N")
    assert run(job, output, formats=("pdf",)) == "built"
    (page,) = PdfReader(io.BytesIO((output / "n.pdf").read_bytes())).pages
    assert page.extract_text().index("Answers") < page.extract_text().index("At length.")


def run(job, output, **options):
    (outcome,) = run_jobs([job], output, build=BUILD, options=Options(**options))
    return outcome.status


@pytest.mark.parametrize("is_dry", [False, True])
@pytest.mark.parametrize("formats", [["brief"], ["html", "brief"]])
def test_a_notebook_that_says_nothing_of_a_brief_is_refused_before_anything_runs(
    tmp_path, write, dti, refused, formats, is_dry
):
    seen, output = tmp_path / "seen", tmp_path / "out"
    notebook = write({"# Whole": None})
    document = nbformat.read(notebook, as_version=4)
    document.cells.append(v4.new_code_cell(f"open({str(seen)!r}, 'w').close()"))
    nbformat.write(document, notebook)
    told = [part for name in formats for part in ("--format", name)]
    dry = ["--dry-run"] * is_dry
    result = dti("report", "--notebook", notebook, *told, *dry, "--output", output)
    refused(result, "n.ipynb says of no cell that it stands on a brief", *(WHOLE, FIGURE, ONLY))
    assert len(result.stderr.strip().splitlines()) == 1
    assert not seen.exists()
    assert not [name for name in list_files(output) if name != "manifest.json"]


def test_of_several_notebooks_one_without_a_brief_has_none_run(tmp_path, write):
    good = Job(write(CELLS).rename(tmp_path / "good.ipynb"), {}, "good", "Good")
    bad = Job(write({"# Whole": None}), {}, "bad", "Bad")
    with pytest.raises(DataError, match=r"n\.ipynb says of no cell"):
        run_jobs([good, bad], tmp_path / "out", build=BUILD, options=Options(formats=("brief",)))
    assert not [name for name in list_files(tmp_path / "out") if name.startswith("good")]


@pytest.mark.parametrize(
    ("made", "found"),
    [
        (["a.brief.html", "a.html"], {"html": "a.html", "brief": "a.brief.html", "pdf": None}),
        (["a.html", "a.pdf"], {"html": "a.html", "brief": None, "pdf": "a.pdf"}),
        (["a.brief.html"], {"html": None, "brief": "a.brief.html", "pdf": None}),
        ([], {"html": None, "brief": None, "pdf": None}),
    ],
)
def test_a_brief_is_never_taken_for_the_report(made, found):
    outputs = tuple(Output(path, 1, "") for path in made)
    record = Record(
        *("A", "n.ipynb", {}, 1, {}, "built", "", "", "", 1.0, 1.0, 1),
        report=Report("", "", "2026-01-02", outputs),
    )
    assert {name: record.find(ending) for name, ending in FORMATS.items()} == found
    assert record.formats == tuple(name for name in FORMATS if found[name])
