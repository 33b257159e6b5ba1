"""One thing is broken at a time; one fault must say so."""

import csv
import hashlib
import io
import json
import re
import shutil
from pathlib import Path

import frictionless
import pytest

from dti_analysis.cleaning.check_form import read_described
from dti_analysis.cleaning.checks import NEEDED, accept, check_raw
from dti_analysis.cleaning.descriptor import list_fields, read_descriptor
from dti_analysis.errors import FaultyDataError
from dti_analysis.root import RAW, find_root

END = 102  # row of a fact that is added to the hundred kept


@pytest.fixture(scope="session")
def small_raw(tmp_path_factory):
    """The raw tables with the first hundred facts, which is quicker."""
    folder = tmp_path_factory.mktemp("small") / "raw"
    shutil.copytree(find_root() / RAW, folder)
    facts = folder / "dti_facts.csv"
    facts.write_bytes(b"".join(facts.read_bytes().splitlines(keepends=True)[: END - 1]))
    assert accept(folder) == ("dti_facts",)
    return folder


@pytest.fixture
def raw(small_raw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(small_raw, tmp_path / "data" / "raw")


def edit(raw: Path, table: str, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a table, or file."""
    path = raw / (table if "." in table else f"{table}.csv")
    content = path.read_bytes()
    assert old.encode() in content
    path.write_bytes(content.replace(old.encode(), new.encode(), 1))


def append(raw: Path, table: str, line: str) -> None:
    with (raw / f"{table}.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(line)


def only_fault(raw: Path):
    """Give the fault, if there is exactly one, said in one line."""
    faults = check_raw(raw).faults
    assert len(faults) == 1, [str(fault) for fault in faults]
    assert "\n" not in str(faults[0])
    assert faults[0].problem.endswith(".")
    assert faults[0].remedy.endswith(".")
    return faults[0]


# --- the data as they are; see tests/cleaning/test_raw_tables.py too


def test_the_spelling_nan_is_text():
    folder = find_root() / RAW
    described = read_descriptor(folder)["name_variants"]
    variants = read_described(folder / "name_variants.csv", described)
    assert variants.loc[variants["variant"] == "nan", "code"].tolist() == ["40"]
    assert not variants.isna().any(axis=None)


@pytest.mark.parametrize(
    ("sign", "shown"), [("\x1b", r"\x1b"), ("\u202e", r"\u202e"), ("\t", r"\x09")]
)
def test_signs_that_steer(raw, sign, shown):
    edit(raw, "sources", "dti.gov.vn", f"dti{sign}.gov.vn")
    fault = only_fault(raw)
    assert fault.problem.startswith("expected plain text, without control or direction signs")
    assert f"dti{shown}.gov.vn" in str(fault)


# --- whole files


def test_no_folder(raw):
    fault = only_fault(raw / "nowhere")
    assert str(fault) == (
        "data/raw/nowhere: expected a folder of raw tables, found nothing. "
        "Name the folder that holds datapackage.json."
    )


def test_folder_is_a_file(raw):
    assert "found a file" in only_fault(raw / "sources.csv").problem


def test_path_outside_the_working_folder_is_shown_in_full(raw, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (raw / "sources.csv").unlink()
    assert only_fault(raw).file == str(raw / "sources.csv")


def test_no_description(raw):
    (raw / "datapackage.json").unlink()
    fault = only_fault(raw)
    assert fault.file == "data/raw/datapackage.json"
    assert "No such file" in fault.problem


def test_description_is_not_json(raw):
    (raw / "datapackage.json").write_text('{\n "resources": [,]\n}', encoding="utf-8")
    fault = only_fault(raw)
    assert (fault.file, fault.row) == ("data/raw/datapackage.json", 2)
    assert "expected JSON" in fault.problem


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{}", b'{"resources": 1}', b"\xff\xfe{"])
def test_description_is_no_data_package(raw, content):
    (raw / "datapackage.json").write_bytes(content)
    assert only_fault(raw).file == "data/raw/datapackage.json"


def describe(raw: Path, change) -> None:
    path = raw / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    change({resource["name"]: resource for resource in package["resources"]}, package)
    path.write_text(json.dumps(package, ensure_ascii=False, indent=2), encoding="utf-8")


def test_description_lacks_tables(raw):
    describe(raw, lambda _, package: package.update(resources=package["resources"][2:]))
    assert "found no sources, dti_facts" in only_fault(raw).problem


FIELD = '"name": "target_rank",\n            "type": "integer"'
DESCRIPTIONS = {  # what is replaced in the file, and what is said of it
    "nested": ('"profile"', f'"x": {"[" * 100_000}{"]" * 100_000}, "profile"', "found too many in"),
    "digits": (
        '"profile"',
        f'"x": {"9" * 5000}, "profile"',
        "expected JSON in UTF-8: Exceeds the limit",
    ),
    "nan": ('"minimum": 2020', '"minimum": NaN', "NaN is no number of JSON"),
    "too great": ('"minimum": 2020', '"minimum": 1e999', "1e999 is no number of JSON"),
    "twice": ('"profile"', '"profile": 1, "profile"', 'the key "profile" stands twice'),
    "null": ('"path": "sources.csv"', '"path": null', "sources.path: expected a text, found null"),
    "list": ('"path": "sources.csv"', '"path": ["sources.csv"]', 'expected a text, found ."so'),
    "above": ('"path": "sources.csv"', '"path": "../sources.csv"', "expected the path sources.csv"),
    "absolute": ('"path": "sources.csv"', '"path": "/etc/passwd"', 'found "/etc/passwd"'),
    "address": ('"path": "sources.csv"', '"path": "http://x.test/a.csv"', "expected the path sou"),
    "encoding": ('"encoding": "utf-8"', '"encoding": "latin-1"', "expected .*utf8.*found .latin-1"),
    "name": ('"name": "sources"', '"name": "../x"', "name: .* does not match"),
    "same": ('"name": "sources"', '"name": "targets"', "the file: expected each name once"),
    "type": (FIELD, FIELD.replace("integer", "figure"), 'expected .*integer.*found "figure"'),
    "kind": (FIELD, FIELD.replace('"integer"', "3"), "target_rank.type: expected .*, found 3"),
    "field": (
        FIELD,
        FIELD.replace("target_rank", "code"),
        "targets: expected each name once",
    ),
    "constraint": (
        '"required": true',
        '"required": "yes"',
        'required: expected true or false, found "yes"',
    ),
    "constraints": (
        '"constraints": {',
        '"constraints": {"most": 1, ',
        "not allowed .*most",
    ),
    "bound": ('"minimum": 2020', '"minimum": "2020"', 'minimum: expected a number, found "2020"'),
    "bad pattern": ('"^[0-9]{2}$"', '"["', r'found "\["'),
    "slow pattern": ('"^[0-9]{2}$"', '"^(a+)+$"', "repeats, none of them of a group, found"),
    "slow too": ('"^[0-9]{2}$"', '"^.*.*.*.*.*x$"', "at most 4 repeats"),
    "key": ('"primaryKey": [', '"primaryKey": ["x", ', 'has no field "x" for a key'),
    "reference": ('"resource": "sources"', '"resource": "x"', 'to "x", which is not described'),
    "long": ('"profile"', '"resources": "' + "x" * 20_000 + '", "y"', "stands twice in one place"),
}


def test_what_a_description_says_more_of_a_field_changes_nothing(raw):
    edit(raw, "datapackage.json", FIELD, '"format": 5, "missingValues": ["10"], ' + FIELD)
    assert check_raw(raw).faults == ()


@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_a_faulty_description_is_told_in_one_message(raw, kind):
    old, new, words = DESCRIPTIONS[kind]
    edit(raw, "datapackage.json", old, new)
    fault = only_fault(raw)
    assert fault.file == "data/raw/datapackage.json"
    assert re.search(words, fault.problem)
    assert len(str(fault)) < 400


def test_a_mark_of_utf8_before_a_description_does_not_matter(raw):
    path = raw / "datapackage.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check_raw(raw).faults == ()


def test_a_folder_in_place_of_a_description(raw):
    (raw / "datapackage.json").unlink()
    (raw / "datapackage.json").mkdir()
    assert "expected the description of the tables: Is a directory" in only_fault(raw).problem


def test_long_values_are_quoted_in_short(raw):
    append(raw, "dti_facts", fact(value="0." + "9" * 20_000, metric="score_" + "x" * 20_000))
    assert all(len(str(fault)) < 400 for fault in check_raw(raw).faults) != []


def test_description_lacks_a_field(raw):
    describe(raw, lambda tables, _: tables["targets"]["schema"]["fields"].pop(-2))
    assert "found no targets.source" in only_fault(raw).problem


@pytest.mark.parametrize("table", NEEDED)
def test_no_table(raw, table):
    (raw / f"{table}.csv").unlink()
    fault = only_fault(raw)
    assert (fault.file, fault.row) == (f"data/raw/{table}.csv", None)
    assert fault.problem == "expected a table, found no such file."


@pytest.mark.parametrize("content", ["", "\n", " \r\n"])
@pytest.mark.parametrize("table", ["sources", "dti_facts"])
def test_empty_file(raw, table, content):
    (raw / f"{table}.csv").write_text(content, newline="")
    fault = only_fault(raw)
    assert fault.file == f"data/raw/{table}.csv"
    assert "found an empty file" in fault.problem


@pytest.mark.parametrize("table", ["sources", "dti_facts"])
def test_header_only(raw, table):
    path = raw / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").partition("\n")[0] + "\n", encoding="utf-8")
    fault = only_fault(raw)
    assert fault.file == f"data/raw/{table}.csv"
    assert "found only the header" in fault.problem


def test_table_is_not_utf8(raw):
    path = raw / "dti_facts.csv"
    lines = path.read_bytes().split(b"\n")
    lines[40] = "2020,63,49,Qu\u1ea3ng Nam,".encode() + b"\xf2"
    path.write_bytes(b"\n".join(lines))
    fault = only_fault(raw)
    assert fault.row == 41
    assert "expected UTF-8, found byte 0xF2 at byte 24 of the line" in fault.problem
    assert "CSV UTF-8" in fault.remedy


def test_byte_order_mark_is_no_fault(raw):
    path = raw / "dti_facts.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    result = check_raw(raw)
    assert result.faults == ()
    assert result.differing == ("dti_facts",)


def test_windows_line_endings_are_no_fault(raw):
    path = raw / "sources.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check_raw(raw).faults == ()


def test_blank_lines_are_passed_over_and_rows_are_counted_as_in_the_file(raw):
    append(raw, "dti_facts", "\n,,,,,,,,\n" + fact())
    assert check_raw(raw).faults == ()
    append(raw, "dti_facts", fact(metric="rank_awareness"))
    assert only_fault(raw).row == END + 3


def test_open_quotes(raw):
    append(raw, "dti_facts", fact().replace(",\n", ',"as printed\n'))
    fault = only_fault(raw)
    assert (fault.file, fault.row) == ("data/raw/dti_facts.csv", END)
    assert "expected quotes in pairs" in fault.problem


HEADERS = {
    "year,basis,code,metric,value,status,source_id,note": 'found no column "province".',
    "year,basis,code,province,metric,Value,status,source_id,note": (
        'found no column "value"; an unknown column "Value".'
    ),
    "year,basis,code,province,metric,value,status,source_id,note,seen": (
        'found an unknown column "seen".'
    ),
    "year,basis,code,province,metric,value,status,source_id,note,note": (
        'found twice the column "note".'
    ),
    "year,basis,code,province,metric,value,status,note,source_id": "found another order.",
}


@pytest.mark.parametrize(("header", "problem"), HEADERS.items())
def test_header(raw, header, problem):
    columns = ",".join(list_fields(read_descriptor(raw)["dti_facts"]))
    edit(raw, "dti_facts", columns, header)
    fault = only_fault(raw)
    assert (fault.file, fault.row) == ("data/raw/dti_facts.csv", 1)
    assert fault.problem.endswith(problem)
    assert columns.replace(",", ", ") in fault.problem


def test_column_missing_from_every_row(raw):
    path = raw / "sources.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line.partition(",")[2] for line in lines), encoding="utf-8")
    assert 'found no column "source_id"' in only_fault(raw).problem


# --- rows of facts

FAULTY_CELLS = [
    ({"year": ""}, "year", "expected a value, found a blank cell."),
    ({"year": "year 2024"}, "year", 'expected a whole number, found "year 2024".'),
    ({"year": "2019"}, "year", 'expected at least 2020, found "2019".'),
    ({"basis": "64"}, "basis", 'expected one of 63, 34, found "64".'),
    ({"code": "7"}, "code", 'expected two digits, such as 01, found "7".'),
    ({"status": "said"}, "status", 'expected one of stated, implied, suspect, found "said".'),
    ({"metric": "score_awarenes"}, "metric", "datapackage.json, such as score_awareness"),
    ({"value": ""}, "value", "expected a value, found a blank cell."),
    (
        {"value": "1.2"},
        "value",
        'expected a score from 0 to 1, such as 0.6077, 60.77% or 607.7/1000, found "1.2".',
    ),
    ({"value": "120%"}, "value", '607.7/1000, found "120%".'),
    ({"value": "-0.1"}, "value", '607.7/1000, found "-0.1".'),
    ({"value": "high"}, "value", '607.7/1000, found "high".'),
    ({"value": "nan"}, "value", '607.7/1000, found "nan".'),
    (
        {"metric": "rank_awareness", "value": "0"},
        "value",
        'expected a rank from 1 to 63, as the basis is 63, found "0".',
    ),
    ({"metric": "rank_awareness", "value": "7.5"}, "value", 'basis is 63, found "7.5".'),
    (
        {"metric": "rank_awareness", "value": "64"},
        "value",
        'expected a rank from 1 to 63, as the basis is 63, found "64".',
    ),
    (
        {"metric": "rank_awareness", "value": "7/34"},
        "value",
        'expected a rank from 1 to 63, as the basis is 63, found "7/34".',
    ),
    (
        {"source_id": "s999"},
        "source_id",
        'expected a source_id that stands in sources.csv, found "s999".',
    ),
    ({"source_id": "32"}, "source_id", 'expected s and three digits, such as s001, found "32".'),
    ({"province": "Bà Rịa Mới"}, "province", 'province "Bà Rịa Mới" is not known.'),
    ({"province": "Bà Rịa - Vũng Tầu X"}, "province", 'Closest: "Bà Rịa - Vũng Tàu" (63)'),
    ({"province": "DN"}, "province", 'province "DN" is ambiguous. It can mean "Đà Nẵng"'),
    (
        {"code": "79"},
        "province",
        'expected code 77 for "Bà Rịa - Vũng Tàu", found 79, '
        'which is the code of "Hồ Chí Minh" (basis 63).',
    ),
    ({"code": "03"}, "province", "found 03, which is no code (basis 63)."),
    ({"basis": "34"}, "province", "Bà Rịa - Vũng Tàu has been part of Hồ Chí Minh."),
]


def fact(**changes: str) -> str:
    """Write a fact that is not in the table yet, as a line of CSV."""
    cells = {
        "year": "2024",
        "basis": "63",
        "code": "77",
        "province": "Bà Rịa - Vũng Tàu",
        "metric": "score_awareness",
        "value": "0.9876",
        "status": "stated",
        "source_id": "s032",
        "note": "",
    }
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow((cells | changes).values())
    return line.getvalue()


@pytest.mark.parametrize(("changes", "field", "problem"), FAULTY_CELLS)
def test_faulty_cell(raw, changes, field, problem):
    append(raw, "dti_facts", fact(**changes))
    fault = only_fault(raw)
    assert (fault.file, fault.row, fault.field) == ("data/raw/dti_facts.csv", END, field)
    assert problem in fault.problem


@pytest.mark.parametrize(
    ("line", "problem", "remedy"),
    [
        (
            fact().replace("0.9876", "0,9876"),
            "9 cells as in the header, found 10.",
            "decimal comma",
        ),
        (
            fact().replace(",\n", "\n"),
            "9 cells as in the header, found 8.",
            "keep the delimiter",
        ),
        ("2024\n", "9 cells as in the header, found 1.", "keep the delimiter"),
    ],
)
def test_row_of_the_wrong_length(raw, line, problem, remedy):
    append(raw, "dti_facts", line)
    fault = only_fault(raw)
    assert (fault.row, fault.field) == (END, None)
    assert problem in fault.problem
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "0,6077"},
        {"value": "95,52%"},
        {"value": "801,91/1000"},
        {"metric": "rank_awareness", "value": "39/63"},
        {"metric": "rank_awareness", "value": "thứ 29/63"},
        {"province": "Tỉnh Ba Ria–Vung  Tau"},
        {"year": "2025", "basis": "34", "code": "79", "province": "TP. Hồ Chí Minh"},
        {"note": 'printed "0,9876", as seen'},
    ],
)
def test_sound_fact_as_people_paste_it(raw, changes):
    append(raw, "dti_facts", fact(**changes))
    result = check_raw(raw)
    assert [str(fault) for fault in result.faults] == []
    assert result.differing == ("dti_facts",)


def test_same_fact_twice(raw):
    edit(
        raw,
        "dti_facts",
        "\n2020,63,06",
        "\n2020,63,01,Hà Nội,rank_overall,43,stated,s050,\n2020,63,06",
    )
    fault = only_fault(raw)
    assert fault.row == 4
    assert fault.problem == (
        "expected a row of its own for year 2020, basis 63, code 01, metric rank_overall, "
        "source_id s050, status stated, found it also in row 2."
    )


def test_several_faults_come_by_table_and_row(raw):
    append(raw, "tile_grid", "63,01,many,4\n")
    append(raw, "dti_facts", fact(value="7") + fact(year="", status=""))
    append(raw, "dti_facts", fact(province="Nowhere", metric="score_security"))
    places = [(fault.file, fault.row, fault.field) for fault in check_raw(raw).faults]
    assert places == [
        ("data/raw/dti_facts.csv", END, "value"),
        ("data/raw/dti_facts.csv", END + 1, "year"),
        ("data/raw/dti_facts.csv", END + 1, "status"),
        ("data/raw/dti_facts.csv", END + 2, "province"),
        ("data/raw/tile_grid.csv", 99, "row"),
    ]


def test_row_number_counts_from_the_header(raw):
    edit(
        raw,
        "dti_facts",
        "2020,63,01,Hà Nội,rank_overall,43,",
        "2020,63,01,Hà Nội,rank_overall,430,",
    )
    assert str(only_fault(raw)) == (
        "data/raw/dti_facts.csv, row 2, field value: expected a rank from 1 to 63, as the basis "
        'is 63, found "430". Correct the value or the basis.'
    )


# --- rows of the other tables


def test_missing_source_is_one_fault_with_the_rows_that_need_it(raw):
    path = raw / "sources.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("s062,")), "utf-8")
    fault = only_fault(raw)
    assert (fault.file, fault.field) == ("data/raw/dti_facts.csv", "source_id")
    assert "(also in row" in fault.problem
    assert " more)" in fault.problem


def test_fault_of_a_source_is_not_repeated_for_its_facts(raw):
    edit(raw, "sources", "s001,", "001,")
    fault = only_fault(raw)
    assert (fault.file, fault.row, fault.field) == ("data/raw/sources.csv", 2, "source_id")


OTHER_TABLES = [
    ("sources", "s002,government", "s001,government", 3, None, "source_id s001"),
    ("sources", "s002,government", "s002,blog", 3, "kind", "official, official_copy, government"),
    ("sources", "2021-10-21", "21/10/2021", 2, "date", "such as 2021, 2021-10 or 2021-10-19"),
    ("sources", ",http://stttt", ",stttt", 2, "url", "an address that begins with"),
    ("name_variants", "01,HN,", "03,HN,", 2, "code", "stands in crosswalk_63_34.csv"),
    ("name_variants", "01,Ha Noi,", "02,Ha Noi,", 3, "variant", 'code 01 for "Ha Noi"'),
    ("targets", ",20,2022,", ",0,2022,", 7, "target_rank", "expected at least 1"),
    ("targets", "34,56,Khánh Hòa,20", "34,56,Khanh Hoà,40", 23, "target_rank", "from 1 to 34"),
    ("targets", ",30,2023,2023,", ",30,2023,2024,", 16, "stated_on", "expected a date up to 2023"),
    ("targets", ",20,2022,2022-10-10", ",20,2022,2023-10-10", 17, "stated_on", "up to 2022"),
    ("targets", "63,77,Bà Rịa", "63,79,Bà Rịa", 17, "province", "expected code 77"),
    ("indicators", "77,Bà Rịa", "79,Bà Rịa", 2, "province", "expected code 77"),
    ("indicators", "95.52", '"95,52"', 2, "value", "expected a decimal point as"),
    ("indicators", ",65-70,", ",about 70,", None, "target_value", "such as 80 or 65-70"),
    ("indicators", "00,(cả nước),", "00,Hà Nội,", None, "province", "(cả nước)"),
    ("tile_grid", "63,01,4,3", "63,01,4,0", 2, "column", "expected at least 1"),
    ("tile_grid", "63,02,1,3", "63,02,4,3", 3, "column", "expected a tile of its own"),
    ("national_facts", "0.4874", "48.74", 2, "value", "expected at most 1"),
    ("methodology", ",400,", ",0,", 2, "points", "expected at least 1"),
    ("methodology", ",400,", ",40%,", 2, "points", "expected a whole number"),
    (
        "crosswalk_63_34",
        "01,Hà Nội,01,Hà Nội,",
        "01,Hà Nội,01,Hà Nội,Bắc ",
        2,
        "region_old",
        "one of",
    ),
    ("crosswalk_63_34", "01,Hà Nội,", "01,Hà Giang,", 3, "old_province", "also in row 2"),
]


@pytest.mark.parametrize(("table", "old", "new", "row", "field", "problem"), OTHER_TABLES)
def test_faulty_row_of_another_table(raw, table, old, new, row, field, problem):
    edit(raw, table, old, new)
    fault = only_fault(raw)
    assert (fault.file, fault.field) == (f"data/raw/{table}.csv", field)
    assert problem in fault.problem
    assert fault.row == row or row is None


def test_province_without_a_tile_and_a_tile_without_one(raw):
    edit(raw, "tile_grid", "34,96,", "34,95,")
    assert [(fault.row, fault.problem) for fault in check_raw(raw).faults] == [
        (None, "expected a tile for Cà Mau (basis 34, code 96), found none."),
        (98, 'expected a code of its basis, found "95".'),
    ]


def test_merger_without_all_former_provinces(raw):
    edit(raw, "crosswalk_63_34", "02,Hà Giang,08,Tuyên Quang,Trung du và miền núi phía Bắc\n", "")
    assert only_fault(raw).problem == "expected 63 different codes, found 62."


def test_two_names_for_one_new_code(raw):
    edit(raw, "crosswalk_63_34", "02,Hà Giang,08,Tuyên Quang", "02,Hà Giang,08,Hà Giang")
    fault = only_fault(raw)
    assert fault.field == "new_province"
    assert 'for 08, found "' in fault.problem


def test_merged_province_whose_name_no_former_one_carried(raw):
    path = raw / "crosswalk_63_34.csv"
    path.write_bytes(path.read_bytes().replace(",79,Hồ Chí Minh,".encode(), b",79,Saigon,"))
    fault = only_fault(raw)
    assert fault.field == "new_province"
    assert fault.problem == (
        'expected a former province of "Saigon" to carry the name, found none.'
    )


def test_edition_without_all_its_points(raw):
    edit(raw, "methodology", "2022,63,security", "2025,63,security")
    problems = [fault.problem for fault in check_raw(raw).faults]
    assert problems == [
        "expected points of the 8 main indices in edition 2022 (basis 63), found none of security.",
        "expected points of the 8 main indices in edition 2025 (basis 63), found none of "
        "awareness, institutions, infrastructure, workforce, government_activity, "
        "economy_activity, society_activity.",
    ]


def test_pillars_have_points_in_2020_only(raw):
    append(raw, "methodology", "2021,63,society_pillar,300,,stated,Decision\n")
    assert only_fault(raw).problem == (
        'expected one of the 8 main indices in edition 2021, found "society_pillar".'
    )


# --- recording


def test_accept_records_the_sum_and_nothing_else(raw):
    before = (raw / "datapackage.json").read_text(encoding="utf-8")
    append(raw, "dti_facts", fact(value="0,9876"))
    tables = {file.name: file.read_bytes() for file in raw.glob("*.csv")}
    assert not frictionless.validate(str(raw / "datapackage.json")).valid

    assert accept(raw) == ("dti_facts",)

    assert check_raw(raw).differing == ()
    assert frictionless.validate(str(raw / "datapackage.json")).valid
    assert {file.name: file.read_bytes() for file in raw.iterdir()} == tables | {
        "datapackage.json": (raw / "datapackage.json").read_bytes()
    }
    after = (raw / "datapackage.json").read_text(encoding="utf-8")
    changed = [
        (old.split(":")[0].strip(), new)
        for old, new in zip(before.splitlines(), after.splitlines(), strict=True)
        if old != new
    ]
    content = tables["dti_facts.csv"]
    assert changed == [
        ('"hash"', f'      "hash": "sha256:{hashlib.sha256(content).hexdigest()}",'),
        ('"bytes"', f'      "bytes": {len(content)},'),
    ]


def test_accept_without_a_change_leaves_the_file_alone(raw):
    before = (raw / "datapackage.json").stat()
    assert accept(raw) == ()
    assert (raw / "datapackage.json").stat().st_ino == before.st_ino


def test_accept_refuses_faulty_tables(raw):
    before = (raw / "datapackage.json").read_bytes()
    append(raw, "dti_facts", fact(value="1.2") + fact(province="Nowhere"))
    with pytest.raises(FaultyDataError, match=r"row 102, field value: .* found .1\.2.") as caught:
        accept(raw)
    assert len(caught.value.faults) == 2
    assert (raw / "datapackage.json").read_bytes() == before


def test_accept_records_a_table_that_had_no_sum(raw):
    describe(raw, lambda tables, _: tables["targets"].pop("hash"))
    assert check_raw(raw).differing == ("targets",)
    assert accept(raw) == ("targets",)
    assert check_raw(raw).differing == ()


def test_check_changes_nothing(raw):
    append(raw, "dti_facts", fact(value="1.2"))
    before = {file.name: file.read_bytes() for file in raw.iterdir()}
    check_raw(raw)
    assert {file.name: file.read_bytes() for file in raw.iterdir()} == before
