"""A table of an edition becomes rows of the panel of any index, or is refused."""

import errno
import io
import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from dti_analysis.project import load_index, start_project

CITIES = ["Hà Nội", "Huế", "Đà Nẵng", "Cần Thơ", "Vinh", "Đà Lạt"]
COLUMNS = {
    "Thành phố": "unit",
    "Điểm tổng": "score",
    "Xếp hạng": "rank",
    "Điểm Kinh tế": "economy",
    "Điểm Xã hội": "society",
}


def make_edition(year):
    """Give an edition whose scores are the means of two components, 3 to 2."""
    table = pd.DataFrame({"unit": CITIES, "year": year})
    table["economy"] = [40 + 7 * at + 1.5 * (year - 2019) - at % year % 3 for at in range(6)]
    table["society"] = [35.0 + 8 * at - 0.5 * (year - 2019) for at in range(6)]
    table["score"] = (0.6 * table["economy"] + 0.4 * table["society"]).round(2)
    table["rank"] = table["score"].rank(ascending=False).astype(int)
    return table


@pytest.fixture
def project(tmp_path, monkeypatch):
    panel = pd.concat(map(make_edition, range(2019, 2025)))
    panel.to_csv(tmp_path / "p.csv", index=False)
    start_project(tmp_path / "mine", tmp_path / "p.csv", unit="city", units="cities", max_score=100)
    monkeypatch.chdir(tmp_path / "mine")
    monkeypatch.setenv("DTI_ROOT", str(tmp_path / "mine"))
    with (tmp_path / "mine" / "index.toml").open("a", encoding="utf-8") as file:
        file.write("[weights.2019]\neconomy = 600\nsociety = 400\n")
        file.write('[labels.vi]\neconomy = "Kinh tế"\nsociety = "Xã hội"\n')
    return tmp_path / "mine"


def lay_out(year=2025, edit=None):
    """Lay an edition out as people publish it."""
    table = make_edition(year)
    table = (edit(table) if edit else table).sort_values("rank")
    return table[list(COLUMNS.values())].set_axis(list(COLUMNS), axis=1)


def to_csv(table):
    text = table.to_csv(sep=";", decimal=",", index=False)
    return f"BẢNG XẾP HẠNG;;;;\n;;;;\n{text};Trung bình\n".encode("utf-8-sig")


def to_xlsx(table):
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Bảng xếp hạng"])
    for row in [list(table), *table.to_numpy().tolist(), ["Nguồn: thống kê"]]:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def to_merged(table):
    """Give a workbook with a header in two rows, its groups and its first column merged."""
    book, stream = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(["BẢNG XẾP HẠNG"])
    sheet.append(["STT", "Thành phố", "Chung", None, "Chỉ số", None])
    sheet.append([None, None, "Điểm", "Xếp hạng", "Kinh tế", "Xã hội"])
    for number, row in enumerate(table.to_numpy().tolist(), start=1):
        sheet.append([number, *row])
    sheet.append(["Trung bình", None, float(table["Điểm tổng"].mean())])
    for place in ("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2"):
        sheet.merge_cells(place)
    book.save(stream)
    return stream.getvalue()


def to_long(*tables):
    """Give a workbook in which a column tells the edition of each row, the last being 2025."""
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Năm", *tables[0]])
    for year, table in enumerate(tables, start=2026 - len(tables)):
        for row in table.to_numpy().tolist():
            book.active.append([year, *row])
    book.save(stream)
    return stream.getvalue()


FORMS = {
    "csv": to_csv,
    "xlsx": to_xlsx,
    "merged": to_merged,
    "long": lambda table: to_long(lay_out(2024), table),
    "html": lambda table: table.to_html(index=False).encode(),
}


@pytest.fixture
def take(dti, project):
    """Draft a mapping, edit it, apply it."""

    def run(content, *options, edits=None, year=2025):
        (project / "table").write_bytes(content)
        drafted = dti("import", "table", "--draft", "--year", year, *options)
        if drafted.exit_code:
            return drafted
        path = project / "data" / "raw" / "mappings" / f"{year}.toml"
        text = path.read_text(encoding="utf-8")
        for old, new in (edits or {}).items():
            assert old in text, text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        result = dti("import", "table")
        if result.exit_code:
            path.unlink()
        return result

    return run


@pytest.mark.parametrize("form", FORMS)
def test_edition_comes_back(form, take, project):
    before = (project / "data" / "raw" / "panel.csv").read_bytes()
    content = FORMS[form](lay_out())
    result = take(content)
    assert result.exit_code == 0, result.output
    assert "Added 6 rows to panel.csv." in result.output
    assert (project / "data" / "raw" / "panel.csv").read_bytes().startswith(before)
    index = load_index(root=project)
    found = index.frame().query("year == 2025").set_index("unit")
    wanted = make_edition(2025).set_index("unit").loc[found.index]
    for name in ("score", "rank"):
        assert found[name].tolist() == wanted[name].tolist()
    assert index.panel.scores_of("economy")[2025].to_dict() == wanted["economy"].to_dict()
    again = take(content)
    assert "Nothing new: all 6 stand already." in again.output


def test_one_file_may_hold_several_editions(dti, project):
    (project / "table").write_bytes(to_long(*map(lay_out, (2023, 2024, 2025))))
    for year in (2024, 2025):
        assert dti("import", "table", "--draft", "--year", year).exit_code == 0
    result = dti("import", "table")
    assert result.exit_code == 0, result.output
    assert "Nothing new: all 6 stand already." in result.output
    assert "Added 6 rows to panel.csv." in result.output
    assert len(load_index(root=project).frame()) == 42


def change(column, value, at=0):
    """Put a value into one row."""
    return lambda table: table.assign(
        **{column: [*table[column][:at], value, *table[column][at + 1 :]]}
    )


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (change("score", 99.0, 5), ["which its components make up, found 99"]),
        (change("rank", 2, 5), ["expected rank 1, as the score is"]),
        (change("unit", "Huee", 1), ['city "Huee" is not known', 'Closest: "Huế"', "new_units"]),
        (change("unit", "Vinh", 1), ['expected each city once, found "Vinh" also in row']),
        (change("economy", 101.0, 5), ["say what its scores are out of"]),
        (lambda table: make_edition(2024), ["found those of edition 2024 in all 6 rows"]),
        (
            lambda table: table.assign(rank=table["rank"].map("{}/34".format)),
            ['row 4, field "Xếp hạng": expected a rank from 1 to 6, found "1/34"'],
        ),
        (change("unit", "x\x1b", 5), ["new_units: expected plain text", "x\\x1b"]),
        (
            change("unit", "#REF!", 5),
            ['table, row 4, field "Thành phố": expected a value, found "#REF!"'],
        ),
        (
            change("unit", "Phan R?ng", 1),
            [
                'table, row 8, field "Thành phố": expected a name with all its letters',
                '"Phan R?ng"',
            ],
        ),
        (
            change("score", "=B2", 5),
            ['"Điểm tổng": expected a value, found "=B2": a formula'],
        ),
        (
            change("society", "#REF!", 5),
            ['"Điểm Xã hội": expected a value, found "#REF!": an error'],
        ),
    ],
)
def test_fault_gives_one_message_and_changes_nothing(edit, words, take, refused, project):
    before = (project / "data" / "raw" / "panel.csv").read_bytes()
    result = take(to_csv(lay_out(edit=edit)))
    refused(result, *words)
    assert (project / "data" / "raw" / "panel.csv").read_bytes() == before


def test_new_unit_is_listed_and_what_looks_like_another_is_asked(take, project, refused):
    new = lay_out(edit=change("unit", "Quy Nhơn", 0))
    result = take(to_csv(new))
    assert result.exit_code == 0, result.output
    assert 'of the units of 2024, 1 are not in this table: "Hà Nội"' in result.output
    mapping = project / "data" / "raw" / "mappings" / "2025.toml"
    assert 'new_units = ["Quy Nhơn"]' in mapping.read_text(encoding="utf-8")
    table = to_csv(lay_out(2026, change("unit", "TP Huế", 1)))
    refused(take(table, year=2026), 'city "TP Huế" is not known')
    correction = '[[corrections]]\nrow = 8\ncolumn = "A"\nfound = "{}"\nread = "Huế"\n[left_out]'
    wrong = {"[left_out]": correction.format("Tp Huế")}
    refused(take(table, year=2026, edits=wrong), 'expects "Tp Huế", and the table has "TP Huế"')
    right = {"[left_out]": correction.format("TP Huế")}
    assert take(table, year=2026, edits=right).exit_code == 0


@pytest.mark.parametrize("name", ["=1+1", "@Quy Nhơn", "-Phan Rang"])
def test_name_that_would_be_a_formula_is_written_as_text(name, take, dti, project):
    result = take(to_csv(lay_out(edit=change("unit", name, 0))))
    assert result.exit_code == 0, result.output
    panel = project / "data" / "raw" / "panel.csv"
    assert f"\n'{name},2025," in panel.read_text(encoding="utf-8")
    assert name in set(load_index(root=project).frame()["unit"])
    assert "Nothing new: all 6 stand already." in dti("import", "table").output


def test_formula_without_a_value_is_no_name(take, refused):
    content = to_xlsx(lay_out(edit=change("unit", "=A9", 0)))
    refused(take(content), 'row 8, field "Thành phố": expected a value, found "=A9": a formula')


def test_what_else_a_panel_has_is_added_of_known_units(take, project):
    path = project / "data" / "raw" / "panel.csv"
    panel = pd.read_csv(path)
    codes = {name: f"c{at}" for at, name in enumerate(CITIES)}
    panel = panel.assign(code=panel["unit"].map(codes), region="Bắc").iloc[:, ::-1]
    panel.to_csv(path, index=False)
    assert take(to_csv(lay_out())).exit_code == 0
    added = pd.read_csv(path).query("year == 2025").set_index("unit")
    assert added["code"].to_dict() == codes
    assert set(added["region"]) == {"Bắc"}


def test_rows_that_stand_otherwise_are_refused(take, dti, project, refused):
    assert take(to_csv(lay_out(2025))).exit_code == 0
    other = lay_out(2025).drop(columns=["Điểm Kinh tế", "Điểm Xã hội"])
    other["Điểm tổng"] += 1
    refused(take(to_csv(other)), "there is a mapping of that edition already")
    (project / "table").write_bytes(to_csv(lay_out(2025)))
    panel = project / "data" / "raw" / "panel.csv"
    *before, last = panel.read_text(encoding="utf-8").splitlines(keepends=True)
    unit, year, economy, *others = last.split(",")
    changed = ",".join([unit, year, str(float(economy) - 1), *others])
    panel.write_text("".join([*before, changed]), encoding="utf-8")
    refused(
        dti("import", "table"),
        f"table: disagrees with panel.csv, row {len(before) + 1}: economy of {unit}: ",
        " in the table. The same source cannot say both: correct the table, or panel.csv.",
    )


def test_ranks_of_a_part_may_go_beyond_its_units(take, project, refused):
    content = to_csv(lay_out(edit=lambda table: table.assign(rank=3 * table["rank"])))
    refused(take(content), "expected a rank from 1 to 6, found ")
    with (project / "index.toml").open("r+", encoding="utf-8") as file:
        text = file.read()
        file.seek(0)
        file.write(f"subset = true\n{text}")
    assert take(content).exit_code == 0
    assert load_index(root=project).frame()["rank"].max() == 18


def test_scale_without_an_end_takes_scores_as_they_are(take, project):
    config = project / "index.toml"
    text = config.read_text(encoding="utf-8").replace("max_score = 100", "")
    config.write_text(text, encoding="utf-8")
    content = to_csv(lay_out(edit=change("unit", "Quy Nhơn", 0)))
    assert take(content).exit_code == 0
    scores = load_index(root=project).frame().query("year == 2025").set_index("unit")["score"]
    wanted = make_edition(2025).set_index("unit")["score"].rename({"Hà Nội": "Quy Nhơn"})
    assert scores.to_dict() == wanted.to_dict()


def test_panel_keeps_its_own_form(take, project):
    panel = project / "data" / "raw" / "panel.csv"
    table = pd.read_csv(panel)
    table.to_csv(
        panel, sep=";", decimal=",", index=False, encoding="utf-8-sig", lineterminator="\r\n"
    )
    before = panel.read_bytes()
    result = take(to_xlsx(lay_out()))
    assert result.exit_code == 0, result.output
    added = panel.read_bytes().removeprefix(before)
    assert added.count(b";") == 30
    assert added.count(b"\r\n") == 6
    assert b"." not in added
    assert len(load_index(root=project).frame()) == 42


@pytest.mark.parametrize(
    "form",
    [
        lambda text: "sep=;\r\n" + text.replace(",", ";"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\n\n" + text.replace(",", ";").replace("2020\n", "2020\n\n"),
        lambda text: text.replace(",", " ; "),
        lambda text: text.replace(",", ";").replace("\n", ";;\n"),
    ],
)
def test_rows_are_added_to_a_panel_of_any_form(form, take, project):
    panel = project / "data" / "raw" / "panel.csv"
    panel.write_bytes(form(panel.read_text(encoding="utf-8")).encode())
    before = panel.read_bytes()
    result = take(to_csv(lay_out()))
    assert result.exit_code == 0, result.output
    assert panel.read_bytes().startswith(before)
    assert len(load_index(root=project).frame()) == 42


@pytest.mark.parametrize("is_book", [True, False])
def test_rows_are_added_to_no_other_kind_of_panel(is_book, take, project, refused):
    panel = project / "data" / "raw" / "panel.csv"
    text, book, stream = panel.read_text(encoding="utf-8"), openpyxl.Workbook(), io.BytesIO()
    for line in text.splitlines():
        book.active.append(line.split(","))
    book.save(stream)
    panel.write_bytes(stream.getvalue() if is_book else text.encode("utf-16"))
    refused(take(to_csv(lay_out())), "panel.csv: expected a CSV in UTF-8, to which rows can be")


@pytest.mark.parametrize(
    ("years", "words"),
    [
        (["2025"] * 6, None),
        (["2025.0", "2025", "", "2025", "2025", "2025"], None),
        (["2025*", "2025", "2025", "2025", "2025", "2025"], 'row 4, .*"2025*": a footnote mark'),
        (["2024"] * 6, "expected rows of edition 2025, found those of others alone"),
    ],
)
def test_a_column_of_years_tells_editions_and_loses_no_row(years, words, take, refused):
    table = lay_out()
    table.insert(0, "Năm", years)
    result = take(to_csv(table))
    if words is None:
        assert "Added 6 rows to panel.csv." in result.output
    else:
        refused(result, *words.split(".*"))


def test_a_disk_that_fails_is_no_fault_of_the_input(take, project, monkeypatch):
    before = (project / "data" / "raw" / "panel.csv").read_bytes()
    write = Path.write_bytes

    def fail(self, content):
        if self.name == "panel.csv":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self))
        return write(self, content)

    monkeypatch.setattr(Path, "write_bytes", fail)
    result = take(to_csv(lay_out(2025)))
    assert result.exit_code == 1
    assert "folder for temporary files: cannot be written: Input/output error." in result.stderr
    assert (project / "data" / "raw" / "panel.csv").read_bytes() == before


def test_options_that_are_not_for_a_panel_are_refused(take, refused):
    refused(take(to_csv(lay_out()), "--kind", "press"), "--kind would not be read")
    refused(take(to_csv(lay_out()), "--basis", "63"), '--basis "63"')
    refused(take(to_csv(lay_out()), "--folder", "data/raw"), "--folder would not be read")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("year = 2025", 'year = "2025"', ["year: '2025' is not of type 'integer'"]),
        ("year = 2025", "year = 99999999999999999999999", ["year: "]),
        ("year = 2025", "year = " + "9" * 5000, ["cannot be read as a mapping: "]),
        ('read = "rank"', 'read = "rank", out_of = 6', ["nothing reads columns.C.out_of."]),
        ("[left_out]", "[weights]\neconomy = 1\n[left_out]", ["nothing reads weights."]),
        ("allow = []", 'allow = ["conflicts"]', ['nothing reads "conflicts".']),
        ("year = 2025", "", ["'year' is a required property"]),
        ("year = 2025", "year = 2025\nyear = 2025", ["cannot be read as a mapping: "]),
        ("year = 2025", "year = 2025\nedition = 2", ["'edition' was unexpected"]),
        ("header = [3, 3]", "header = [3]", ["header: [3] is too short"]),
        ("header = [3, 3]", "header = [30, 30]", ["found no table with a header in rows (30, 30)"]),
        (
            "header = [3, 3]",
            "header = [4, 4]",
            ['column A: expected the header "Thành phố", found'],
        ),
        (
            'decimal = ","',
            'decimal = "."',
            ["expected a decimal point as in the other numbers, found"],
        ),
        ('decimal = ","', 'decimal = ";"', ["decimal: ';' is not one of"]),
        ('part = ""', 'part = "table 7"', ["table 7: found no table"]),
        ("allow = []", 'allow = ["everything"]', ["allow.0: 'everything' is not one of"]),
        ("out_of = 100", "out_of = 0", ["columns.E.out_of: 0 is less than or equal to"]),
        ("out_of = 100", "out_of = nan", ["cannot be read as a mapping: "]),
        ("out_of = 100", "out_of = true", ["columns.E.out_of: True is not of type 'number'"]),
        (", out_of = 100", "", ["say what its scores are out of, as in out_of = 100."]),
        ('read = "rank"', 'read = "place"', ['column C ("Xếp hạng") cannot be "place"', "economy"]),
        ('read = "rank"', 'read = "?"', ['column C ("Xếp hạng") is left open']),
        ('read = "rank"', 'read = "unit"', ["is read as unit, like column A"]),
        ("A = {", '"á" = {', ["columns: 'á' does not match"]),
        (
            '"Trung bình"',
            '"Tổng"',
            ['row 10, field "Thành phố": expected "Tổng", which is left out'],
        ),
        (
            "[left_out]",
            '[left_out]\n77 = "x"',
            ['row 77, field "Thành phố": expected "x", found no'],
        ),
        ("[left_out]", '[left_out]\n-1 = "x"', ["left_out: '-1' does not match"]),
        ("[left_out]", "[weights]\neconomy = -1\n[left_out]", ["weights.economy: -1 is less than"]),
        ("[source]", '[source]\nwho = "me"', ["source: ", "'who' was unexpected"]),
        (
            "[source]",
            "[[corrections]]\nrow = 1\n[source]",
            ["corrections.0: 'column' is a required"],
        ),
        ("[source]", "new = " + "[" * 3000, ["cannot be read as a mapping: "]),
    ],
)
def test_a_faulty_mapping_gives_one_message(old, new, words, take, refused, project):
    before = (project / "data" / "raw" / "panel.csv").read_bytes()
    result = take(to_csv(lay_out()), edits={old: new})
    refused(result, *words)
    assert result.stderr.count("\n") <= 3
    assert (project / "data" / "raw" / "panel.csv").read_bytes() == before


def test_a_mapping_may_have_a_mark_of_utf_8_and_other_line_ends(take):
    content = to_csv(lay_out())
    assert take(content, edits={"\n": "\r\n", "# How": "\ufeff# How"}).exit_code == 0
