"""PDFs: laid out for paper, searchable, and made only where asked for."""

import base64
import hashlib
import io
import json
import subprocess
import sys

import pytest
from nbformat import v4
from notebook_files import list_files, read_files, write_notebook
from PIL import Image
from pypdf import PdfReader
from running import run_jobs

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.batch.pdf import render_pdf
from dti_analysis.batch.plan import Plan
from dti_analysis.batch.render import render_html
from dti_analysis.batch.runner import list_due
from dti_analysis.errors import DataError
from dti_analysis.root import find_root

A4 = (595, 842)
BUILD = describe_inputs(find_root())


def draw(width, height):
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(stream, format="png")
    data = {"image/png": base64.b64encode(stream.getvalue()).decode()}
    about = {"image/png": {"alt": "A chart", "width": width, "height": height}}
    return v4.new_code_cell("", outputs=[v4.new_output("display_data", data, metadata=about)])


def place_images(page):
    """Where the images of a page are: left, bottom, right and top, in points."""
    places = []

    def see(operator, _, matrix, __):
        if operator == b"Do":
            width, _, _, height, left, bottom = matrix
            low, high = sorted([bottom, bottom + height])
            places.append((left, low, left + width, high))

    page.extract_text(visitor_operand_before=see)
    return places


@pytest.fixture(scope="module")
def html():
    """A page with a table of many pages, and figures that do not fit where they come."""
    rows = "".join(f"<tr><td>Tỉnh thứ {n}</td><td>{n}</td></tr>" for n in range(150))
    table = (
        "<table><caption>Xếp hạng</caption><thead><tr><th>Địa phương</th><th>Hạng</th></tr>"
        f"</thead><tbody>{rows}</tbody></table>"
    )
    cells = [
        v4.new_markdown_cell("# Chỉ số chuyển đổi số\n\nNghị quyết của Đảng bộ: đường, ữ, ẵ, ợ."),
        v4.new_markdown_cell(f"## Bảng\n\n{table}"),
        v4.new_markdown_cell("## Hình\n\nNối tiếp."),
        *(draw(760, 500) for _ in range(3)),
        draw(760, 3000),
    ]
    return render_html(v4.new_notebook(cells=cells), "Báo cáo <Huế>", language="vi")


@pytest.fixture(scope="module")
def pdf(html):
    return PdfReader(io.BytesIO(render_pdf(html)))


def test_pages_are_a4_and_numbered(pdf):
    count = len(pdf.pages)
    assert count > 5
    for number, page in enumerate(pdf.pages, start=1):
        assert (round(page.mediabox.width), round(page.mediabox.height)) == A4
        assert f"{number} / {count}" in page.extract_text()


def test_title_language_and_outline_are_set(pdf):
    assert pdf.metadata.title == "Báo cáo <Huế>"
    assert pdf.root_object["/Lang"] == "vi"
    top, below = pdf.outline
    assert top.title == "Chỉ số chuyển đổi số"
    assert [entry.title for entry in below] == ["Bảng", "Hình"]


def test_vietnamese_text_is_found(pdf):
    assert "Nghị quyết của Đảng bộ: đường, ữ, ẵ, ợ." in pdf.pages[0].extract_text()


def test_table_head_stands_on_every_page_of_the_table(pdf):
    texts = [page.extract_text() for page in pdf.pages]
    pages = [text for text in texts if "Tỉnh thứ" in text]
    assert len(pages) > 2
    assert all("Địa phương" in text for text in pages)


def test_no_figure_is_cut(pdf):
    places = [place for page in pdf.pages for place in place_images(page)]
    assert len(places) == 4
    margin = 40
    for left, bottom, right, top in places:
        assert margin < left < right < A4[0] - margin
        assert margin < bottom < top < A4[1] - margin


def test_it_is_tagged_with_what_figures_show(pdf):
    assert pdf.root_object["/MarkInfo"]["/Marked"]
    figures = [
        element
        for number in range(1, pdf.trailer["/Size"])
        if isinstance(element := pdf.get_object(number), dict) and element.get("/S") == "/Figure"
    ]
    assert [figure["/Alt"] for figure in figures] == ["A chart"] * 4


def test_same_page_gives_same_bytes_in_any_process(html):
    code = (
        "import sys, hashlib\nfrom dti_analysis.batch.pdf import render_pdf\n"
        "print(hashlib.sha256(render_pdf(sys.stdin.read())).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=html, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stderr == ""
    assert done.stdout.strip() == hashlib.sha256(render_pdf(html)).hexdigest()


def test_nothing_is_fetched(tmp_path):
    (tmp_path / "a.png").write_bytes(base64.b64decode(draw(9, 9).outputs[0].data["image/png"]))
    html = f"<title>T</title><img alt='' src='{(tmp_path / 'a.png').as_uri()}'>"
    (page,) = PdfReader(io.BytesIO(render_pdf(html))).pages
    assert place_images(page) == []


@pytest.fixture
def made(tmp_path):
    """A report as HTML alone, and its job."""
    notebook = write_notebook(tmp_path / "n.ipynb", "print(province)")
    job = Job(notebook, {"province": "Đắk Lắk"}, "sub/n", "N")
    run(tmp_path, job)
    assert list_files(tmp_path / "out") == {"manifest.json", "sub/n.ipynb", "sub/n.html"}
    return tmp_path, job


def run(folder, job, **options):
    (outcome,) = run_jobs([job], folder / "out", build=BUILD, options=Options(**options))
    return outcome.status


@pytest.mark.parametrize("formats", [("pdf",), ("html", "pdf")])
def test_a_pdf_is_made_where_there_is_none_and_nothing_is_run_for_it(made, formats):
    folder, job = made
    output = folder / "out"
    before = read_files(output)
    options = Options(formats=formats)
    assert list_due(Plan((job,), None, BUILD, output), output, options)[0].reason == "new: pdf"
    assert run(folder, job, formats=formats) == "built"
    files = read_files(output)
    assert "Đắk Lắk" in PdfReader(io.BytesIO(files["sub/n.pdf"])).pages[0].extract_text()
    assert files["sub/n.ipynb"] == before["sub/n.ipynb"]  # with the times of the run that made it
    link = b' \xc2\xb7 <a href="n.pdf">PDF</a>'
    assert link in files["sub/n.html"]
    assert files["sub/n.html"].replace(link, b"") == before["sub/n.html"]
    outputs = json.loads(files["manifest.json"])["reports"]["sub/n"]["report"]["outputs"]
    assert {about["path"]: about["sha256"] for about in outputs} == {
        name: hashlib.sha256(files[name]).hexdigest()
        for name in ("sub/n.ipynb", "sub/n.html", "sub/n.pdf")
    }
    assert run(folder, job, formats=formats) == "unchanged"
    assert run(folder, job) == "unchanged"


def test_a_pdf_that_is_not_asked_for_does_not_grow_old(made):
    folder, job = made
    output = folder / "out"
    assert run(folder, job, formats=("html", "pdf"), is_forced=True) == "built"
    assert b'href="n.pdf"' in (output / "sub/n.html").read_bytes()
    assert run(folder, job, is_forced=True) == "built"
    assert list_files(output) == {"manifest.json", "sub/n.ipynb", "sub/n.html"}
    assert b"n.pdf" not in (output / "sub/n.html").read_bytes()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("raise ImportError('no module')", ["WeasyPrint", "dti_analysis[pdf]"]),
        ("print('advice')\nraise OSError('no pango')", ["no pango", "libpangoft2-1.0-0"]),
    ],
)
def test_what_is_missing_is_said_before_anything_starts(
    fault, words, dti, refused, tmp_path, monkeypatch
):
    (tmp_path / "weasyprint.py").write_text(fault)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "weasyprint")
    output = tmp_path / "out"
    arguments = ["Lai Châu", "--basis", "63", "--format", "pdf", "--output", output]
    refused(dti("report", *arguments), *words)
    assert not output.exists()


def test_unknown_format_is_refused():
    with pytest.raises(DataError, match="format docx: expected one or more of html, pdf"):
        Options(formats=("html", "docx")).check()
    with pytest.raises(DataError, match="format none"):
        Options(formats=()).check()
