"""Tables as people save them, read alike for all who need one: panels, facts, side tables, runs."""

import contextlib
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from frozen import CHECKOUT
from hypothesis import given
from hypothesis import strategies as st
from notebook_files import write_notebook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from dti_analysis.batch import table as reports
from dti_analysis.cleaning.check_form import find_malformed, find_odd, read_described
from dti_analysis.cleaning.numbers import parse_rank, parse_score, read_numbers
from dti_analysis.cleaning.panel_table import read_panel
from dti_analysis.cleaning.side_tables import read_weights
from dti_analysis.cleaning.tables import read_grids, read_table
from dti_analysis.errors import DataError, Fault, FaultyDataError


def to_book(*rows, formats=(), **sheets):
    """Write a workbook: a sheet of rows, formats by cell, and further sheets by title."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, text in dict(formats).items():
        book.active[cell].number_format = text
    for title, lines in sheets.items():
        sheet = book.create_sheet(title.strip("_"))
        sheet.sheet_state = "hidden" if title.endswith("_") else "visible"
        for line in lines:
            sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def pack(how=zipfile.ZIP_DEFLATED, **parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", how) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def change_book(content, old, new):
    """Change the text of the first sheet of a workbook, where it has the old one once."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    assert sheet.count(old) == 1
    return pack(**parts | {"xl/worksheets/sheet1.xml": sheet.replace(old, new)})


HEADER = ("unit", "year", "score")
ROWS = (("Huế", 2020, 0.5), ("Đắk Lắk", 2021, 0.25))
PLAIN = "unit,year,score\nHuế,2020,0.5\nĐắk Lắk,2021,0.25\n"
VIETNAM = "unit;year;score\nHuế;2020;0,5\nĐắk Lắk;2021;0,25\n"

READ = {
    "plain": (PLAIN, 2),
    "byte order mark": ("\ufeff" + PLAIN, 2),
    "wide text of Excel": (PLAIN.replace(",", "\t").encode("utf-16"), 2),
    "wide text, big end first": (b"\xfe\xff" + VIETNAM.encode("utf-16-be"), 2),
    "Excel in Vietnam": (VIETNAM, 2),
    "tabs": (PLAIN.replace(",", "\t"), 2),
    "strokes": (PLAIN.replace(",", "|"), 2),
    "sign stated": ("sep=;\r\n" + VIETNAM, 3),
    "sign stated in quotes": ('"sep=,"\n' + PLAIN, 3),
    "ends of lines of Windows": (PLAIN.replace("\n", "\r\n"), 2),
    "ends of lines of old": (PLAIN.replace("\n", "\r"), 2),
    "no end of the last line": (PLAIN.rstrip(), 2),
    "blank lines": ("\n\n" + PLAIN.replace("\nHuế", "\n\n \nHuế"), 6),
    "rows of separators": (PLAIN.replace("\nHuế", "\n,,\nHuế") + ",,\n", 3),
    "columns of nothing": (VIETNAM.replace("\n", ";;\n"), 2),
    "quotes": (PLAIN.replace("Huế", '"Huế"').replace("0.5", '"0,5"').replace("0.25", '"0,25"'), 2),
    "space and hints in cells": (
        PLAIN.replace("2020", " 2020\u200b ").replace("unit", " unit "),
        2,
    ),
    "other columns": (PLAIN.replace("\n", ",x,,x\n"), 2),
    "book": (to_book(HEADER, *ROWS), 2),
    "book with blank rows": (to_book((), HEADER, (), *ROWS), 4),
    "book of shares": (
        to_book(HEADER, *ROWS, formats={"C2": "0%", "C3": "0.00%"}),
        2,
    ),
    "book with other sheets": (to_book(HEADER, *ROWS, Blank=[[None]], Old_=[["x", "y"]]), 2),
}


@pytest.fixture
def write(tmp_path):
    def to_file(content, name="t.csv"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    return to_file


@pytest.mark.parametrize("form", READ)
def test_a_table_is_read_in_every_form(form, write):
    content, first = READ[form]
    panel = read_panel(write(content))
    assert panel["unit"].tolist() == ["Huế", "Đắk Lắk"]
    assert panel["year"].tolist() == [2020, 2021]
    assert panel["score"].tolist() == [0.5, 0.25]
    assert read_table(write(content)).cells.index[0] == first


OLE = bytes.fromhex("D0CF11E0A1B11AE1")
REFUSED = {
    "nothing": ("", "expected .*, found an empty file"),
    "blank lines alone": (" \n\n", "found an empty file"),
    "separators alone": (";;\n;;\n", "found no cells"),
    "book without cells": (to_book(), "found no cells"),
    "another encoding": ("a,b\nĐắk,León\n".encode("cp1258", "replace"), "row 2: expected UTF-8"),
    "half of a wide sign": (VIETNAM.encode("utf-16")[:-1], "expected UTF-16"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0", "found another kind of file"),
    "wide text without its mark": (PLAIN.encode("utf-16-le"), "found another kind of file"),
    "another wide text": (PLAIN.encode("utf-32"), "found another kind of file"),
    "old book": (OLE + bytes(600), r"found one of the old kind \(XLS\)"),
    "locked book": (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
    "binary book": (pack(**{"xl/workbook.bin": b""}), "found an XLSB"),
    "open document": (
        pack(zipfile.ZIP_STORED, mimetype="application/vnd.oasis.opendocument.spreadsheet"),
        "found an OpenDocument one",
    ),
    "other archive": (pack(a="b"), "a damaged one or another archive"),
    "cut book": (to_book(HEADER, *ROWS)[:3000], "a damaged one or another archive"),
    "book that unpacks to much": (pack(a=bytes(200_000_000)), "at most 128 MB unpacked"),
    "page": ("\n<html><table><tr><td>a", "found a page, in HTML or XML"),
    "book as XML": ('\ufeff<?xml version="1.0"?><Workbook/>', "found a page, in HTML or XML"),
    "table as SYLK": ("ID;PCALC\r\nC;X1;Y1;K1\r\n", "found another kind of file"),
    "a cell too long": (f"a,b\n1,{'x' * 200_000}\n", "row 2: expected cells of at most 131,072"),
    **{
        f"book with the number {text[:9]}": (
            change_book(to_book(HEADER, *ROWS), "<v>0.25</v>", f"<v>{text}</v>"),
            f'row 3, field C: expected a number, found "{text[:9]}',
        )
        for text in ("NaN", "INF", "1_000", "1" * 5000, "many")
    },
    "two sheets": (to_book(HEADER, *ROWS, B=[["x"]]), 'found sheet "Sheet", sheet "B"'),
    "two signs that would do": ("a,b;c\nd,e;f\n", "found that commas or semicolons would do"),
    "open quotes": ('a,b\n1,"2\n', "row 2: expected quotes in pairs"),
    "cells too many": ("unit,year,score\nHuế,2020,0,5\n", "row 2: expected 3 cells .* found 4"),
    "cells too many and a blank": ("unit,year,score,rank\nA,2020,0,5,\n", "row 2: .* found 5"),
    "cells too few": ("unit,year,score\n\nHuế,2020\n", "row 3: expected 3 cells .* found 2"),
    "all rows too long, told once": (
        "a,b\n" + "1,2,3\n" * 19,
        r"found 3 \(and so in 18 more rows\)",
    ),
    "a title above, told once": (
        f"Title\n{PLAIN}",
        "row 2: expected 1 cell .*and delete what stands",
    ),
    "a title above in a book": (
        to_book(("Title",), HEADER, *ROWS),
        "row 2: .* found 3 .*Delete what",
    ),
    "letters that were lost": (
        PLAIN.replace("ế", "\ufffd"),
        "row 2: expected letters, found .*lost",
    ),
    "book with hidden sheets alone": (
        to_book(Old_=[["x", "y"]]),
        "no cells in a sheet that is shown",
    ),
    "strict book": (
        change_book(
            to_book(HEADER, *ROWS),
            "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            "http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "found one of the strict kind",
    ),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_no_table_is_refused(form, write):
    content, words = REFUSED[form]
    with pytest.raises(DataError, match=words):
        read_table(write(content))


def test_a_far_cell_is_refused_and_a_far_format_is_nothing(write):
    content = to_book(HEADER, *ROWS, formats={"XFD1048576": "0"})
    assert len(read_table(write(content)).cells) == 2
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.active["XFD1048576"] = "x"
    book.save(write(b"", "far.xlsx"))
    with pytest.raises(DataError, match="found one down to row 1048576 and out to column XFD"):
        read_table(write(b"", "t.csv").with_name("far.xlsx"))


def test_a_block_that_is_merged_over_a_whole_sheet_is_refused(write):
    block = '<mergeCells count="1"><mergeCell ref="A2:XFD1048576"/></mergeCells>'
    content = change_book(to_book(HEADER, *ROWS), "</sheetData>", f"</sheetData>{block}")
    with pytest.raises(DataError, match="out to column XFD"):
        read_table(write(content))


def test_thirty_thousand_rows_are_read(write):
    rows = [(f"u{at % 3000}", 2000 + at // 3000, at / 7) for at in range(30_000)]
    assert len(read_table(write(to_book(HEADER, *rows))).cells) == 30_000
    text = "\n".join(",".join(map(str, row)) for row in (HEADER, *rows))
    panel = read_panel(write(text))
    assert panel["score"].tolist() == [score for _, _, score in rows]
    assert len(read_grids(write(text))[0].rows) == 30_001


# --- the four who read tables

PACKAGE = CHECKOUT / "dti_analysis"
FIELDS = [
    {"name": "a", "type": "string", "constraints": {"required": True}},
    {"name": "year", "type": "integer"},
    {"name": "c", "type": "number"},
]
RESOURCE = {"name": "t", "path": "t.csv", "schema": {"fields": FIELDS, "primaryKey": ["a"]}}


def read_facts(file):
    """Read a raw table, and raise what is odd in it."""
    table = read_described(file, RESOURCE)
    for row, field, problem, remedy in find_odd(table, RESOURCE):
        raise FaultyDataError([Fault(file.name, row, field, problem, remedy)])
    assert list(find_malformed("t", table, {"t": RESOURCE}, {})) == []
    return table["c"].astype(float).tolist()


def read_runs(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb")
    return lambda file: [
        float(job.parameters["share"]) for job in reports.plan(notebook, over=file).jobs
    ]


READERS = {
    "panel": ("unit,year,score", lambda file: read_panel(file)["score"].tolist()),
    "facts": ("a,year,c", read_facts),
    "side table": (
        "component,year,weight",
        lambda file: [w for part in read_weights(file).values() for w in part.values()],
    ),
    "runs": ("province,draws,share", None),
}

NUMBERS = {  # cells of two rows, and what they are or what is said of them
    ("0.5", "0.25"): [0.5, 0.25],
    ("0,5", "0,25"): [0.5, 0.25],
    ("0,5", "1,234"): [0.5, 1.234],
    (".5", "2"): [0.5, 2],
    ("0.5", "0,25"): 'row .* expected a decimal (point|comma) as in the other numbers, found "0',
    ("1,234", "5"): 'row 2.* cannot part thousands, found "1,234".* 1.234 or 1234',
    ("5", "4³"): 'row 3.*"4³": a footnote mark is no digit',
    ("5", "0.5²"): "row 3.*a footnote mark is no digit",
    ("43*", "5"): "row 2.*a footnote mark is no digit",
    ("43 (1)", "5"): "row 2.*a footnote mark is no digit",
    ("½", "5"): "row 2.*a footnote mark is no digit",
    ("1.234,5", "5"): "row 2.*its thousands are parted",
    ("1,234.5", "5"): "row 2.*its thousands are parted",
    ("1 234", "5"): "row 2.*its thousands are parted",
    ("1\u00a0234", "5"): "row 2.*its thousands are parted",
    ("1_000", "5"): "row 2.*its digits are parted",
    ("+5", "5"): "row 2.*it has a plus sign",
    ("５", "5"): "row 2.*its digits are not 0 to 9",
    ("٥", "5"): "row 2.*its digits are not 0 to 9",
    ("1" * 5000, "5"): "row 2.*it has more than 100 signs",
    ("#REF!", "5"): "row 2.*an error of a spreadsheet",
    ("=A1", "5"): "row 2.*a formula without a value",
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("cells", NUMBERS, ids=lambda cells: f"{cells[0][:9]}-{cells[1]}")
def test_numbers_are_read_alike_by_all_who_read_tables(reader, cells, write, tmp_path):
    header, read = READERS[reader]
    expected, read = NUMBERS[cells], read or read_runs(tmp_path)
    lines = [header, *(f"{'ab'[at]},{2020 + at},{cell}" for at, cell in enumerate(cells))]
    file = write(to_text(lines))
    if isinstance(expected, list):
        assert read(file) == expected
    else:
        with pytest.raises(DataError, match=expected):
            read(file)


YEARS = ("2_020", "+2020", "２０２０", "2020*", "2.020", "20²", "1" * 5000, "=A1", "2020.5")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("year", YEARS, ids=lambda year: year[:9])
def test_whole_numbers_are_plain_digits_for_all(reader, year, write, tmp_path):
    header, read = READERS[reader]
    with pytest.raises(DataError, match=r"row 3"):
        (read or read_runs(tmp_path))(write(to_text([header, "a,2021,1", f"b,{year},1"])))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("cell", ["=1+1", "#N/A", "#BUSY!", "#¿NOMBRE?", "Err:502"])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_cells_that_no_spreadsheet_computed_are_told(reader, cell, column, write, tmp_path):
    header, read = READERS[reader]
    row = ["b", 2021, 1]
    row[column] = cell
    words = (
        "formula without a value.*save it"
        if cell.startswith("=")
        else f"{re.escape(cell)}.*an error"
    )
    with pytest.raises(DataError, match=rf"row 3, field {header.split(',')[column]}.*{words}"):
        (read or read_runs(tmp_path))(write(to_book(header.split(","), ["a", 2020, 1], row)))


def to_text(lines):
    """Write cells of three columns, whose last may hold commas."""
    return "".join(line.replace(",", ";", 2) + "\n" for line in lines)


def test_formulas_with_a_value_are_read_as_it(write):
    content = to_book(HEADER, ("A", 2020, "=1/2"), ("B", 2020, 0.25))
    content = change_book(content, "<v />", "<v>0.5</v>")
    assert read_panel(write(content))["score"].tolist() == [0.5, 0.25]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('a,b\n"1,2\n', "row 2: expected quotes in pairs"),
        (to_book(Old_=[HEADER]), "found none in a sheet that is shown"),
    ],
)
def test_what_holds_no_table_is_told_as_what_it_is(content, words, write):
    with pytest.raises(DataError, match=words):
        read_grids(write(content))


def test_a_formula_for_a_blank_cell_has_been_computed(write):
    content = to_book(HEADER, ("A", 2020, '=""'), ("B", 2020, 0.25))
    content = change_book(content, '<c r="C2">', '<c r="C2" t="str">')
    assert read_panel(write(content))["score"].isna().tolist() == [True, False]


@pytest.mark.parametrize(("cell", "place"), [("0.5", "field score"), ("A", "row 4, field unit")])
@pytest.mark.parametrize(
    ("where", "mark", "shown"),
    [
        ("superscript", "2", "²"),
        ("superscript", "(1)", r"\(¹\)"),
        ("superscript", "a", r"\[a\]"),
        ("subscript", "1", "₁"),
    ],
)
def test_raised_and_lowered_marks_of_a_book_are_no_text(cell, place, where, mark, shown, write):
    sign = TextBlock(InlineFont(vertAlign=where), mark)
    text = CellRichText(TextBlock(InlineFont(b=True), cell), sign)
    row = [text if cell == "A" else "A", 2020, 0.5 if cell == "A" else text]
    if (cell, where) == ("A", "subscript"):  # as in a name such as CO₂
        return
    with pytest.raises(DataError, match=rf'{place}: .*"{cell}{shown}'):
        read_panel(write(to_book(HEADER, row, ("B", 2020, 0.5), ("A", 2021, 0.5))))


@pytest.mark.parametrize("rank", ["4\u0301", "4\u03383", "4\u20e3", "thứ ４", "4ª", "4th"])
def test_marks_at_a_rank_are_not_passed_over(rank):
    with pytest.raises(DataError, match="expected a rank, found"):
        parse_rank(rank)


def test_hints_in_cells_are_no_part_of_them_for_an_import_either(write):
    (grid,) = read_grids(write("a,b\n\u200b0.5\u200b,x\u00ad\n"))
    assert grid.rows[1] == ("0.5", "x")


@pytest.mark.parametrize("page", ["<div>x" * 20_000, "<div>x</div>" * 20_000, "<sup>1"])
def test_what_lies_around_a_table_of_a_page_changes_nothing(page, write):
    table = "<table><tr><td>a<sup>1<td>b<sup>2</sup>c<tr><td>1<script>x</script><td>2</table>"
    (grid,) = read_grids(write(f"<html>{page}{table}"))
    assert grid.rows == (("a", "bc"), ("1", "2"))
    assert grid.marked == 2


# --- shares, and ranks out of a number


@pytest.mark.parametrize(
    ("cells", "max_score", "scores"),
    [
        (("95,52%", "1%"), None, [0.9552, 0.01]),
        (("95,52%", "1%"), 100, [95.52, 1]),
        (("801,91/1000", "5/1000"), 10, [8.0191, 0.05]),
        (("95.52 %", "1"), 100, "row ., field score: expected shares"),
        (("5/7", "1"), None, "row 2, field score: expected a finite number"),
        (("50/100.0", "1%"), None, "row 2, field score: expected a finite number"),
        (("50/100,00", "1%"), None, "row 2, field score: expected a finite number"),
    ],
)
def test_shares_are_of_the_greatest_score(cells, max_score, scores, write):
    file = write(to_text([",".join(HEADER), *(f"{c[:2]},2020,{c}" for c in cells)]))
    if isinstance(scores, str):
        with pytest.raises(DataError, match=scores):
            read_panel(file, max_score=max_score)
    else:
        assert read_panel(file, max_score=max_score)["score"].tolist() == scores


@pytest.mark.parametrize(
    ("ranks", "is_subset", "words"),
    [
        (("1/2", "thứ 2/2"), False, None),
        (("hạng 1", "#2"), False, None),
        (("1/2", ""), False, None),
        (("1/9", "2/9"), True, None),
        (("1/9", "2/9"), False, "row 2, field rank: .* out of 2 in 2020, as it has rows, found"),
        (("1/9", "2/8"), True, "row 3, field rank: .* out of 9 in 2020, as elsewhere in it"),
        (("3/2", "1"), False, 'row 2, field rank: expected a whole number of at least 1, found "3'),
        (("1³", "2"), False, "row 2, field rank: .* a footnote mark"),
        (("1,000", "2"), False, "row 2, field rank: .* its thousands"),
    ],
)
def test_a_rank_may_say_of_how_many(ranks, is_subset, words, write):
    lines = ["unit,year,rank", *(f"u{at},2020,{rank}" for at, rank in enumerate(ranks))]
    if words is None:
        assert read_panel(write(to_text(lines)), is_subset=is_subset)["rank"][0] == 1
    else:
        with pytest.raises(DataError, match=words):
            read_panel(write(to_text(lines)), is_subset=is_subset)


ODD = st.text(st.sampled_from("0123456789.,/%+-_eE³²½５ ()*#=thứhạngno\u00a0\x00\ud800"))


@given(st.one_of(ODD, st.text()))
def test_no_text_leads_to_anything_but_a_number_or_a_refusal(text):
    for parse in (parse_rank, parse_score):
        with contextlib.suppress(DataError):
            assert parse(text) >= 0
    values, findings = read_numbers(pd.DataFrame({"x": pd.Series([text], dtype=object)}))
    assert values.notna().all(axis=None) or findings or text == ""


def test_nothing_else_reads_tables():
    own = {"cleaning/tables.py"}
    found = {
        file.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if re.search(r"csv\.(reader|DictReader)|read_csv|read_excel|openpyxl", file.read_text())
    }
    assert found - own == {"cleaning/importing/writer.py"}, "rows are placed among lines there"
