"""A table as people get it becomes the facts it was made from, or is refused."""

import errno
import itertools
import os
import re
import shutil
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from edition_files import VIETNAMESE, lay_out, to_csv, to_html, to_xlsx
from killing import kill_at

from dti_analysis import language
from dti_analysis.cleaning import checks
from dti_analysis.cleaning.checks import CheckResult, accept, check_raw
from dti_analysis.cleaning.dti import INDICES, METRICS, PANEL_VALUES, build_table
from dti_analysis.cleaning.facts import clean_facts, resolve_facts
from dti_analysis.cleaning.importing import book as books
from dti_analysis.cleaning.importing.book import FactsBook
from dti_analysis.cleaning.importing.edition import read_edition
from dti_analysis.cleaning.importing.mapping import find_mappings
from dti_analysis.cleaning.importing.vocabulary import Vocabulary
from dti_analysis.cleaning.importing.writer import add_rows
from dti_analysis.cleaning.tables import read_grids
from dti_analysis.errors import DataError
from dti_analysis.files import replace_together
from dti_analysis.project import load_config
from dti_analysis.root import RAW, find_root

URL = "https://dti.gov.vn/xep-hang-moi"
MOST_EARNED = {
    **{"score_overall": 940, "score_awareness": 50, "score_institutions": 50},
    **{"score_infrastructure": 140, "score_workforce": 100, "score_security": 100},
    **{"score_government_activity": 200, "score_economy_activity": 150},
    "score_society_activity": 150,
}
FORMS = {
    "csv": to_csv,
    "thousand": lambda table: to_csv(table, scale=1000),
    "hundred": lambda table: to_csv(table, scale=100, delimiter="\t", comma=False),
    "xlsx": to_xlsx,
    "html": to_html,
}


@pytest.fixture(scope="session")
def tables(resolved):
    return {(63, 2022): lay_out(resolved, 63, 2022), (34, 2024): lay_out(resolved, 34, 2024)}


@pytest.fixture(scope="session")
def earned(tables):
    """The points earned in 2024, to two digits, instead of parts of the whole."""
    points = (tables[34, 2024].drop(columns="rank_overall") * MOST_EARNED).round(2)
    overall = points.drop(columns="score_overall").sum(axis=1).round(2)
    ranks = overall.rank(method="min", ascending=False)
    return points.assign(score_overall=overall, rank_overall=ranks)[tables[34, 2024].columns]


def keep_facts(folder, is_kept):
    """Leave only some facts, by the first cells of their lines, in a copy of the raw tables."""
    shutil.copytree(find_root() / RAW, folder)
    path = folder / "dti_facts.csv"
    header, *lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([header, *(line for line in lines if is_kept(line))]))
    accept(folder)
    return folder


@pytest.fixture(scope="session")
def small_raw(tmp_path_factory):
    """The raw tables with the facts of 2020 alone, which is quicker."""
    folder = tmp_path_factory.mktemp("small") / "raw"
    return keep_facts(folder, lambda line: line.startswith(b"2020,"))


@pytest.fixture(scope="session")
def small_tables(small_raw):
    return checks.read_raw(small_raw)


@pytest.fixture
def spared(small_tables, monkeypatch):
    """Spare the check of raw tables that are known to be sound."""
    monkeypatch.setattr(books, "read_raw", lambda folder: small_tables)


@pytest.fixture
def unchanged(folder, spared):
    """See that the raw tables stay as they are."""
    before = read_bytes(folder)
    yield
    assert read_bytes(folder) == before


@pytest.fixture
def folder(small_raw, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(small_raw, tmp_path / "raw")


@pytest.fixture
def take(dti, tmp_path, folder):
    """Import a table given as bytes: draft its mapping, edit that, apply it; or only try it."""

    def run(content, *options, year=2024, basis=34, url=URL, folder=folder, edits=None):
        file = tmp_path / "table"
        file.write_bytes(content)
        where = ("--folder", folder)
        said = ("--year", year, "--basis", basis, "--source", url, *options)
        if "--dry-run" in options and edits is None:
            return dti("import", file, *said, *where)
        path = folder / "mappings" / f"{year}-{basis}.toml"
        shutil.rmtree(folder / "mappings", ignore_errors=True)
        tried = [option for option in options if option == "--dry-run"]
        drafted = dti("import", file, "--draft", *(o for o in said if o not in tried), *where)
        if drafted.exit_code:
            return drafted
        text = path.read_text(encoding="utf-8")
        for old, new in (edits or {}).items():
            assert old in text, text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return dti("import", file, *tried, *where)

    return run


def read_bytes(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def read_facts(folder):
    raw = {
        file.stem: pd.read_csv(file, dtype=str, keep_default_na=False)
        for file in folder.glob("*.csv")
    }
    return raw, resolve_facts(clean_facts(raw["dti_facts"], raw["sources"]))


# --- there and back


@pytest.mark.usefixtures("spared")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("basis", "year"), [(63, 2022), (34, 2024)])
def test_edition_comes_back(
    form, basis, year, tables, folder, take, resolved, edition, gazetteer, spared
):
    result = take(FORMS[form](tables[basis, year]), year=year, basis=basis)
    assert result.exit_code == 0, result.output
    raw, found = read_facts(folder)

    def cells(facts):
        own = facts[(facts["basis"] == basis) & (facts["year"] == year)]
        return own.set_index(["code", "metric"])["value"].to_dict()

    # The ministry's table has no ranks of the main indices, of which others state a few.
    printed = resolved[resolved["metric"].isin(VIETNAMESE)]
    assert cells(found) == pytest.approx(cells(printed), abs=1e-12)
    built = build_table(found, raw["methodology"], raw["crosswalk_63_34"], gazetteer)
    own = built[(built["basis"] == basis) & (built["year"] == year)].set_index("code")
    assert own[PANEL_VALUES].equals(edition(basis, year)[PANEL_VALUES])


def test_whole_panel_comes_back(tables, tmp_path, take, dti_table, gazetteer):
    # All but the ministry's facts of that edition; a province's own page repeats some of them.
    is_other = re.compile(rb"(?!2024,34,)|.*,s096,").match
    rest = keep_facts(tmp_path / "rest", is_other)
    assert take(to_xlsx(tables[34, 2024]), folder=rest).exit_code == 0
    assert check_raw(rest) == CheckResult((), ())
    raw, found = read_facts(rest)
    built = build_table(found, raw["methodology"], raw["crosswalk_63_34"], gazetteer)
    assert built.equals(dti_table)
    added = (rest / "dti_facts.csv").read_bytes().splitlines()
    before = (find_root() / RAW / "dti_facts.csv").read_bytes().splitlines()
    assert [line.split(b",")[:6] for line in added] == [line.split(b",")[:6] for line in before]


def test_english_table_of_another_year_with_points_as_before(tables, take, folder, spared):
    table = tables[34, 2024].drop(columns=["rank_overall"])
    content = to_csv(table, delimiter=",", comma=False, english=True)
    before = read_bytes(folder)
    result = take(content, "--points-like", 2024, "--date", "2026-10", year=2025)
    assert result.exit_code == 0, result.output
    assert "components make up the overall score of 34" in result.output
    raw, found = read_facts(folder)
    methodology = raw["methodology"]
    points = methodology[methodology["year"] == "2025"].set_index("index")["points"]
    assert points["infrastructure"] == "140"
    assert points.astype(int).sum() == 940
    assert set(found.loc[found["year"] == 2025, "date"]) == {"2026-10"}
    after = read_bytes(folder)
    assert {name for name in after if after[name] != before.get(name)} == {
        *("dti_facts.csv", "sources.csv", "methodology.csv", "datapackage.json")
    }
    for name in ("dti_facts.csv", "sources.csv", "methodology.csv"):
        assert after[name].startswith(before[name])


def test_table_may_state_the_points_and_give_points_earned(tables, earned, take, folder, spared):
    text = to_csv(earned)
    head, names, body = text.partition("Xếp hạng;".encode())
    row = ";".join(["", "Điểm tối đa", "940", "", *map(str, list(MOST_EARNED.values())[1:])])
    lines = body.decode().splitlines()
    content = head + names + "\n".join([lines[0], row, *lines[1:]]).encode()
    result = take(content, year=2025)
    assert result.exit_code == 0, result.output
    raw, found = read_facts(folder)
    new = raw["methodology"].query("year == '2025'")
    points = dict(zip("score_" + new["index"], new["points"].astype(int), strict=True))
    assert {"score_overall": 940, **points} == MOST_EARNED
    found = found[found["year"] == 2025].pivot(index="province", columns="metric", values="value")
    for metric in MOST_EARNED:
        assert found[metric].to_dict() == pytest.approx(
            tables[34, 2024][metric].to_dict(), abs=1e-4
        )


# --- what is shown


def test_trial_shows_how_the_table_is_read_and_writes_nothing(tables, take, unchanged):
    result = take(to_xlsx(tables[34, 2024]), "--dry-run")
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    start = 'table, sheet "Xếp hạng tỉnh": edition 2024, basis 34, 34 rows read, 5 to 38'
    assert lines[0] == start
    assert "A STT ignore" in lines
    assert "D DTI / Xếp hạng rank_overall 34 1 34" in lines
    assert "E Chỉ số chính / Nhận thức số score_awareness 1 34 0.75 1" in lines
    left_out = 'Left out: row 39: "Trung bình cả nước", row 40: "Nguồn: dti.gov.vn, 2025".'
    assert left_out in lines
    assert "Checked: the components make up the overall score of 34, to 0.0001." in lines
    assert "Checked: the ranks follow: overall." in lines
    assert any(line.startswith("Would add 340 rows to dti_facts.csv, 1 rows") for line in lines)


def test_draft_says_what_it_understood_and_what_it_did_not(tables, dti, tmp_path, folder, spared):
    file = tmp_path / "dti 2025.xlsx"
    text = to_csv(tables[34, 2024]).decode("utf-8-sig").replace("Nhân lực số", "Chỉ số A")
    file.write_text(text.replace("Tỉnh;", "Tỉnh;", 1), encoding="utf-8")
    before = read_bytes(folder)
    where = ("--year", 2024, "--source", URL, "--folder", folder, "--draft")
    result = dti("import", file, *where)
    assert result.exit_code == 0, result.output
    assert read_bytes(folder) == before
    path = folder / "mappings" / "2024-34.toml"
    written = path.read_text(encoding="utf-8")
    assert written in result.output
    for line in (
        'file = "dti 2025.xlsx"',
        'basis = "34"',
        "header = [4, 5]",
        'decimal = ","',
        'B = { header = "Tỉnh/Thành phố", read = "unit" }',
        'C = { header = "DTI / Giá trị", read = "score_overall", out_of = 1 }',
        'H = { header = "Chỉ số chính / Chỉ số A", read = "?" }  # say what it is, or ignore: not '
        "known",
        '40 = "Trung bình"  # total or average',
    ):
        assert line in written.splitlines()
    assert "Left to you: H: say what it is, or ignore: not known." in result.output
    assert f"Next: look through {path.relative_to(tmp_path)}, then: dti import" in result.output
    assert dti("import", file, *where).exit_code == 0  # the same once more
    said = written.replace('read = "?"', 'read = "score_workforce", out_of = 1')
    path.write_text(said, encoding="utf-8")
    result = dti("import", file, *where)
    assert result.exit_code == 2
    assert "there is a mapping of that edition already" in result.stderr
    result = dti("import", file, "--folder", folder)
    assert result.exit_code == 0, result.output
    assert "Added 340 rows to dti_facts.csv" in result.output


def test_second_import_says_so_and_changes_nothing(tables, take, folder):
    assert "Added 340 rows to dti_facts.csv" in take(to_csv(tables[34, 2024])).output
    before = read_bytes(folder)
    again = take(to_html(tables[34, 2024]))
    assert again.exit_code == 0
    assert "Nothing new: all 340 stand already." in again.output
    assert read_bytes(folder) == before


def test_second_import_adds_what_the_first_had_not(tables, take, folder):
    table = tables[34, 2024]
    assert take(to_csv(table[["score_overall", "rank_overall"]])).exit_code == 0
    result = take(to_csv(table))
    assert "Added 272 rows to dti_facts.csv; 68 stand already" in result.output
    assert check_raw(folder).faults == ()


# --- what is refused


def test_same_source_cannot_say_otherwise(tables, take, folder, refused):
    table = tables[34, 2024][["score_overall", "rank_overall"]]
    assert take(to_csv(table)).exit_code == 0
    before = read_bytes(folder)
    table = table.assign(score_overall=table["score_overall"] + 0.01)
    refused(
        take(to_csv(table), edits={"allow = []": 'allow = ["conflicts"]'}),
        *("disagrees with dti_facts.csv, row ", "score_overall of Hà Nội: 0.8241 there (s110)"),
        *("0.8341 in the table", "; and 31 more. The same source cannot say both"),
    )
    assert read_bytes(folder) == before


def test_other_source_may_disagree_if_that_is_meant(tables, take, folder, refused):
    table = tables[34, 2024][["score_overall", "rank_overall"]]
    assert take(to_csv(table)).exit_code == 0
    table = table.assign(score_overall=table["score_overall"] + 0.01)
    other = "https://vnexpress.net/dti"
    refused(take(to_csv(table), url=other), "(s110)", "If both are to stand, say")
    result = take(to_csv(table), url=other, edits={"allow = []": 'allow = ["conflicts"]'})
    assert result.exit_code == 0
    assert "Disagrees: row " in result.output
    raw, found = read_facts(folder)
    best = found[(found["year"] == 2024) & (found["metric"] == "score_overall")]["value"].max()
    assert best == 0.8241  # the ministry before the press
    assert raw["sources"]["kind"].iloc[-2:].tolist() == ["official", "press"]


def change(old, new, count=1):
    def edit(text):
        assert old in text
        return text.replace(old, new, count)

    return edit


def drop_line(start):
    def edit(text):
        lines = [line for line in text.splitlines() if start not in line]
        assert len(lines) < len(text.splitlines())
        return "\n".join(lines)

    return edit


def double_line(start):
    def edit(text):
        return text + next(line for line in text.splitlines() if start in line)

    return edit


FAULTS = {
    "missing": (
        drop_line("Cà Mau"),
        ['"Tỉnh/Thành phố": expected all 34 provinces, found 33 rows', ': "Cà Mau" missing.'],
    ),
    "double": (
        double_line("Cà Mau"),
        ['row 42, field "Tỉnh/Thành phố": expected each province once, found "Tỉnh Cà Mau" also'],
    ),
    "unknown name": (
        change("Tỉnh Cà Mau", "Tỉnh Cà Mao"),
        ['province "Tỉnh Cà Mao" is not known. Closest: "Cà Mau" (34)', "name_variants.csv"],
    ),
    "ambiguous code": (
        change("TP. Đà Nẵng", "DN"),
        ['province "DN" is ambiguous. It can mean', '"Đà Nẵng" (34), "Đồng Nai" (34)'],
    ),
    "other ambiguous code": (
        change("Tỉnh Tây Ninh", "TN"),
        ['province "TN" is ambiguous. It can mean', '"Tây Ninh" (34)', '"Thái Nguyên" (34)'],
    ),
    "former province": (
        change("Tỉnh Cà Mau", "Tỉnh Bạc Liêu"),
        ['"Tỉnh Bạc Liêu" is not one of the 34', "part of Cà Mau"],
    ),
    "no name": (
        change("1;TP. Hà Nội", "1;"),
        ["row 6", "expected the name of a province, found a blank cell beside values."],
    ),
    "sum": (
        change("0,9286", "0,8286"),
        [
            'row 6, field "DTI / Giá trị": expected 0.8092',
            "which its components make up, found 0.8241 (to 0.0001). Correct the cell.",
        ],
    ),
    "rank": (
        change("0,8241;1;", "0,8241;2;"),
        ['row 6, field "DTI / Xếp hạng": expected rank 1, as the score is 0.8241, found 2.'],
    ),
    "rank out of range": (
        change("0,8241;1;", "0,8241;35;"),
        ['row 6, field "DTI / Xếp hạng": expected a rank from 1 to 34, found "35".'],
    ),
    "no rank": (
        change("0,8241;1;", "0,8241;x1;"),
        ['row 6, field "DTI / Xếp hạng": expected a rank from 1 to 34, found "x1".'],
    ),
    "blank score": (
        change("0,8241;1;", ";1;"),
        ['row 6, field "DTI / Giá trị": expected a value as in', "found a blank cell. Fill it in."],
    ),
    "out of range": (
        change("0,9286", "1,9286"),
        ['2024-34.toml: column G ("Chỉ số chính / Hạ tầng số"): say what its scores are out of'],
    ),
    "negative": (
        change("0,9286", "-0,9286"),
        ['row 6, field "Chỉ số chính / Hạ tầng số": expected a score from 0 to 1, found "-0,9286"'],
    ),
    "no number": (
        change("0,9286", "0,92x6"),
        [
            'row 6, field "Chỉ số chính / Hạ tầng số": expected a finite number',
            'found "0,92x6".',
        ],
    ),
    "mixed signs": (
        change("0,9286", "0.9286"),
        [
            'row 6, field "Chỉ số chính / Hạ tầng số": expected a decimal comma as in the other '
            'numbers, found "0.9286". Write all numbers with the same sign.'
        ],
    ),
    "unknown header": (
        change("Nhân lực số", "Chỉ số A"),
        ['column H ("Chỉ số chính / Chỉ số A") is left open', "economy_activity"],
    ),
    "self-assessed score": (
        change("Giá trị", "Điểm tự đánh giá"),
        ['column C ("DTI / Điểm tự đánh giá") is left open'],
    ),
    "same column twice": (
        change("Thể chế số", "Nhận thức số"),
        ["column F", "is read as score_awareness, like column E. Say ignore for one."],
    ),
    "semicolons lost": (lambda text: text.replace(";", ","), ["say what its scores are out of"]),
    "footnote in a rank": (
        change("0,8241;1;", "0,8241;1³;"),
        ['row 6, field "DTI / Xếp hạng": expected a rank from 1 to 34, found "1³"'],
    ),
    "footnote in a score": (change("0,9286", "0,9286²"), ['found "0,9286²"']),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_gives_one_message_and_changes_nothing(fault, tables, take, refused, unchanged):
    edit, words = FAULTS[fault]
    result = take(edit(to_csv(tables[34, 2024]).decode("utf-8-sig")).encode())
    refused(result, *words)
    assert result.stderr.count("\n") == 1, result.stderr


def protect():
    """Make what a workbook with a password looks like: an OLE file with this stream."""
    return bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "EncryptedPackage".encode("utf-16-le")


FILES = {
    "empty": (b"", ["found an empty file"]),
    "blank": (b" \n\n", ["found an empty file"]),
    "text": (b"Xin chao", ["expected a table, found none"]),
    "other table": (
        b"a,b\n1,2\n",
        ["with a column of provinces, under a header and beside others, found none"],
    ),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0", ["found another kind of file"]),
    "pdf": (b"%PDF-1.7", ["found another kind of file"]),
    "old encoding": ("Tỉnh;Điểm\n".encode("cp1258", "replace") + b"\xd0", ["expected UTF-8"]),
    "page without tables": (b"<html><body>DTI</body></html>", ["expected a table, found none"]),
    "page with other tables": (
        b"<table><tr><td>a</td><td>b</td></tr></table>",
        ["beside others, found none in table 1"],
    ),
    "damaged workbook": (b"PK\x03\x04 and so on", ["found a damaged one"]),
    "old workbook": (bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), ["of the old kind (XLS)"]),
    "password": (protect(), ["found one protected by a password"]),
}


@pytest.mark.parametrize("name", FILES)
def test_file_that_is_no_table(name, take, refused, unchanged):
    content, words = FILES[name]
    result = take(content)
    refused(result, "table", *words)
    assert result.stderr.count("\n") == 1


def test_cut_workbook(tables, take, refused, unchanged):
    refused(take(to_xlsx(tables[34, 2024])[:4000]), "found a damaged one")


def test_no_file(dti, tmp_path, folder, refused, unchanged):
    where = ("--folder", folder)
    said = ("--year", 2025, "--basis", 34, "--source", URL)
    for options in ((*said, "--draft"), (*said, "--dry-run"), ()):
        result = dti("import", tmp_path / "none.csv", *where, *options)
        refused(result, "none.csv: ", "found no such file")


def test_nothing_is_imported_without_a_mapping(dti, tables, tmp_path, folder, refused, spared):
    file = tmp_path / "table.csv"
    file.write_bytes(to_csv(tables[34, 2024]))
    said = ("--year", 2024, "--source", URL, "--folder", folder)
    refused(dti("import", file, "--folder", folder), "there is no mapping of it", "--draft")
    refused(dti("import", file, *said), "--year would not be read: a mapping says it.", "--draft")
    refused(dti("import", file, "--draft", "--folder", folder), "--draft needs --year")
    tried = dti("import", file, "--dry-run", "--source", URL, "--folder", folder)
    refused(tried, "--source would not be read: a mapping says it.")
    assert dti("import", file, *said, "--draft").exit_code == 0
    file.write_bytes(to_csv(tables[34, 2024]) + b"\n")
    refused(dti("import", file, "--folder", folder), "is another than when", "2024-34.toml was")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"year": 2025, "basis": 63}, ["--year 2025: editions rank the 63 from 2020 to 2024"]),
        ({"year": 2023, "basis": 34}, ["--year 2023: editions rank", "the 34 from 2024"]),
        ({"year": 2024, "basis": 63}, ["expected all 63 provinces, found 34 rows"]),
        ({"year": 2019, "basis": 63}, ["--year 2019: editions rank the 63 from 2020"]),
        ({"year": 2025}, ["is not known. Say it under [weights] in", "--points-like 2024"]),
    ],
)
def test_wrong_edition(options, words, tables, take, refused, unchanged):
    refused(take(to_csv(tables[34, 2024]), **options), *words)


def test_table_of_the_63_for_the_34(tables, take, refused, unchanged):
    refused(take(to_csv(tables[63, 2022])), "province ", "is not one of the 34")


def test_last_edition_under_a_new_year(tables, take, refused):
    table = tables[34, 2024][["score_overall", "rank_overall"]]
    assert take(to_csv(table)).exit_code == 0
    refused(take(to_csv(table), year=2025), "found those of edition 2024 in all 34 rows")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--points-like", 2019],
            ["no points of awareness", "methodology.csv has 2020, 2021"],
        ),
        (["--points-like", 2023], ["methodology.csv has others for edition 2024", "50"]),
        (["--table", "9"], ['--table "9": table has one table']),
        (["--date", "May"], ['--date "May": expected a date such as 2026, 2026-10 or 2026-10-19.']),
    ],
)
def test_wrong_option(options, words, tables, take, refused, unchanged):
    refused(take(to_csv(tables[34, 2024]), *options), *words)


# --- what the table leaves open


def test_pillar_or_activity_is_asked_where_nothing_decides(tables, take, refused, unchanged):
    table = tables[34, 2024][["score_overall", "score_economy_activity"]]
    text = to_csv(table).decode().replace("Chỉ số chính", "").replace("Hoạt động kinh", "Kinh")
    refused(take(text.encode()), 'column D ("DTI / Kinh tế số") is left open. Say what to read')
    said = take(
        text.encode(),
        "--dry-run",
        edits={'read = "?"': 'read = "economy_activity", out_of = 1'},
    )
    assert said.exit_code == 0, said.output
    assert "economy_activity" in said.output


def test_pillar_or_activity_is_decided_by_the_sum(tables, take, unchanged):
    text = to_csv(tables[34, 2024]).decode().replace("Chỉ số chính", "")
    for name in ("chính quyền", "kinh tế", "xã hội"):
        text = text.replace(f"Hoạt động {name} số", f"{name.capitalize()} số")
    result = take(text.encode(), "--dry-run")
    assert result.exit_code == 0, result.output
    assert re.search(r"DTI / Chính quyền số +score_government_activity", result.output)


def test_pillar_or_activity_is_decided_by_the_edition(take, unchanged, small_tables):
    provinces = sorted(p.name for (b, _), p in small_tables.gazetteer.provinces.items() if b == 63)
    step = pd.Series(range(63), index=provinces) / 200
    table = pd.DataFrame(
        {
            "score_overall": (0.35 + step).round(4),
            "score_government_pillar": (0.38 + step).round(4),
            "score_economy_pillar": (0.36 + step).round(4),
            "score_society_pillar": (0.3 + step).round(4),
        }
    )
    content = to_csv(table.sort_values("score_overall")).decode().replace("Trụ cột", "Điểm")
    result = take(
        content.encode(),
        "--dry-run",
        edits={"allow = []": 'allow = ["conflicts"]'},
        year=2020,
        basis=63,
    )
    assert result.exit_code == 0, result.output
    assert "score_society_pillar" in result.output
    assert "Checked: the components make up the overall score of 63" in result.output


def test_column_of_provinces_is_told_by_its_names(tables, take, unchanged):
    text = to_csv(tables[34, 2024]).decode().replace("Tỉnh/Thành phố", "Nơi")
    result = take(text.encode(), "--dry-run")
    assert result.exit_code == 0, result.output
    assert "34 rows read, 6 to 39" in result.output


def test_indices_given_must_leave_room_for_those_that_are_not(tables, take, refused, unchanged):
    table = tables[34, 2024].drop(columns=["score_awareness", "score_security"])
    result = take(to_csv(table), "--dry-run")
    assert "leave room for 34 of which others are not given" in result.output
    table.iloc[0, list(table.columns).index("score_infrastructure")] = 0
    # 0.8241 less 140/940 × 0.9286, 50/940 × 1 and 100/940 × 0.8082; and 150/940 more.
    refused(take(to_csv(table)), "row 6", "expected 0.5466", " to 0.7062", "found 0.8241")


def test_pillars_are_held_against_the_activities(tables, take, edition, refused, unchanged):
    own = edition(34, 2024).set_index("province")
    names = ["government_pillar", "economy_pillar", "society_pillar"]
    table = tables[34, 2024].join(own[names].round(4).add_prefix("score_"))
    result = take(to_csv(table), "--dry-run")
    assert result.exit_code == 0, result.output
    for pillar in names:
        assert f"the components make up the {pillar} score of 34" in result.output
    table.loc["Huế", "score_economy_pillar"] -= 0.01
    refused(take(to_csv(table)), '"Trụ cột / Kinh tế số": expected ', "Correct the cell.")


def test_points_that_are_not_those_of_the_edition(tables, take, refused, unchanged):
    table = tables[34, 2024]
    result = take(to_csv(table), "--points-like", 2023, year=2025)
    refused(result, " 33 more rows differ. The weights are not those of edition 2025.")
    assert result.stderr.count("\n") == 1
    # 50 of 940, and so on: what the 34 rows themselves say.
    assert "awareness 53, institutions 53, infrastructure 149, workforce 106" in result.stderr


def test_whole_numbers_without_a_word_for_rank_or_score(tables, take, refused, unchanged):
    table = tables[34, 2024][["score_overall", "rank_overall"]]
    text = to_csv(table).decode().replace("Xếp hạng;", "").replace("Xếp hạng\n", "Nhận thức số\n")
    refused(take(text.encode()), 'column D ("DTI / Nhận thức số") is left open')
    drafted = (Path("raw") / "mappings" / "2024-34.toml").read_text(encoding="utf-8")
    assert "say rank_awareness or score_awareness: whole numbers from 1 to 34" in drafted


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (0.2, "say out_of: its scores are 0.16482 at most, a small part of 1"),
        (5000, "say out_of: its scores are 4120.5 at most"),
    ],
)
def test_scale_is_asked_where_it_is_not_clear(factor, words, tables, take, refused, unchanged):
    table = tables[34, 2024][["score_overall"]]
    column = 'column C ("DTI / Giá trị"): say what its scores are out of, as in out_of = 100.'
    refused(take(to_csv(table, scale=factor)), column)
    drafted = (Path("raw") / "mappings" / "2024-34.toml").read_text(encoding="utf-8")
    assert words in drafted


def test_scale_may_be_said(tables, take, unchanged):
    table = tables[34, 2024][["score_overall"]]
    edits = {'read = "score_overall"': 'read = "score_overall", out_of = 5000'}
    result = take(to_csv(table, scale=5000), "--dry-run", edits=edits)
    assert ",score_overall,0.8241,stated,s110,stated out of 5000" in result.output


def test_points_earned_out_of_what_is_said(earned, take, unchanged):
    edits = {
        f'read = "{metric}", out_of = {out_of}': f'read = "{metric}", out_of = {most}'
        for metric, most in MOST_EARNED.items()
        for out_of in [100 if most <= 100 else 1000]
    } | {
        f'read = "{metric}" }}': f'read = "{metric}", out_of = {most} }}'
        for metric, most in MOST_EARNED.items()
    }
    file = take(to_csv(earned), "--dry-run", edits={})
    drafted = (Path("raw") / "mappings" / "2024-34.toml").read_text(encoding="utf-8")
    result = take(
        to_csv(earned), "--dry-run", edits={k: v for k, v in edits.items() if k in drafted}
    )
    assert file.exit_code == 2
    assert result.exit_code == 0, result.output
    # Half a hundredth of a point for each of the eight indices and for the whole, of 940.
    assert "the components make up the overall score of 34, to 4.8e-05" in result.output


def test_values_that_say_their_scale(tables, take, unchanged):
    table = tables[34, 2024][["score_overall"]]
    text = to_csv(table, scale=1000).decode().replace("824,1", "824,1/1000")
    assert take(text.encode()).exit_code == 2
    lines = [
        line + "/1000" if "TP." in line or "Tỉnh " in line else line
        for line in to_csv(table, scale=1000).decode().splitlines()
    ]
    result = take("\n".join(lines).encode(), "--dry-run")
    assert ",score_overall,0.8241,stated" in result.output


def test_columns_of_other_editions_changes_and_remarks_are_left_out(tables, take, unchanged):
    lines = to_csv(tables[34, 2024][["score_overall", "rank_overall"]]).decode().splitlines()
    added = {3: ";;", 4: ";Xếp hạng 2023;Tăng/giảm"} | dict.fromkeys(range(5, 40), ";12;-3")
    text = "\n".join(line + added.get(at, "") for at, line in enumerate(lines))
    result = take(text.encode(), "--dry-run")
    assert result.exit_code == 0, result.output
    assert result.output.count(" ignore") == 3


def test_blank_among_filled_cells_must_be_meant(tables, take, refused, unchanged):
    text = to_csv(tables[34, 2024]).decode().replace(";0,9286;", ";-;")
    refused(
        take(text.encode()),
        'row 6, field "Chỉ số chính / Hạ tầng số": expected a value as in the other rows, found a '
        'blank cell. Fill it in, or say allow = ["blanks"] if it was not published.',
    )
    result = take(text.encode(), "--dry-run", edits={"allow = []": 'allow = ["blanks"]'})
    assert "Would add 339 rows to dti_facts.csv" in result.output


def test_two_tables_that_would_do(tables, take, refused, unchanged):
    page = to_html(tables[34, 2024]).decode()
    start = page.index("<table><thead>")
    twice = page.replace("</body>", page[start : page.index("</table>", start)] + "</table></body>")
    refused(take(twice.encode()), "found table 4, table 5. Say which: --table 'table 4'.")
    assert take(twice.encode(), "--table", "5", "--dry-run").exit_code == 0


def test_sheets_without_the_table_are_passed_over(tables, take, tmp_path, unchanged):
    file = tmp_path / "book.xlsx"
    file.write_bytes(to_xlsx(tables[34, 2024]))
    book = openpyxl.load_workbook(file)
    book.create_sheet("Bộ").append(["Bộ", "Điểm"])
    hidden = book.copy_worksheet(book["Xếp hạng tỉnh"])
    hidden.sheet_state = "hidden"
    book.save(file)
    assert take(file.read_bytes(), "--dry-run").exit_code == 0


def test_ranks_alone_must_be_such_that_ties_share_the_best(tables, take, refused, unchanged):
    ranks = tables[34, 2024][["rank_overall"]].copy()
    ranks.iloc[4] = 4  # 1 2 3 4 4 6
    assert take(to_csv(ranks), "--dry-run").exit_code == 0
    ranks.iloc[5:] -= 1  # 1 2 3 4 4 5
    refused(take(to_csv(ranks)), "expected rank 6, as ties share the best rank, found 5.")


def test_equal_scores_may_share_a_rank_or_follow_each_other(tables, take, refused, unchanged):
    table = tables[34, 2024][["score_overall", "rank_overall"]].copy()
    table.iloc[5, 0] = table.iloc[4, 0]
    assert take(to_csv(table), "--dry-run").exit_code == 0
    table.iloc[5, 1] = 5
    assert "overall (2 share a rank)" in take(to_csv(table), "--dry-run").output
    table.iloc[4:6, 1] = 6
    refused(take(to_csv(table)), "expected rank 5, as the score is", "found 6.")


def test_title_beside_the_header_is_no_group(tables, take, unchanged):
    text = to_csv(tables[34, 2024].drop(columns="rank_overall"), english=True, delimiter=";")
    for title in (";XẾP HẠNG DTI CẤP TỈNH NĂM 2024\n", "Xếp hạng DTI;Năm 2024\n"):
        result = take(title.encode() + text.decode("utf-8-sig").encode(), "--dry-run")
        assert result.exit_code == 0, result.output
        assert re.search(r"Awareness +score_awareness", result.output)


def test_title_of_another_year_is_pointed_out(tables, take, unchanged):
    text = to_csv(tables[34, 2024]).decode().replace("CẤP TỈNH", "CẤP TỈNH NĂM 2021")
    take(text.encode(), "--dry-run", edits={})
    drafted = (Path("raw") / "mappings" / "2024-34.toml").read_text(encoding="utf-8")
    assert "year = 2024  # look again: the title names 2021" in drafted


def test_rows_of_regions_repeated_headers_and_numbers_are_left_out(tables, take, unchanged):
    lines = to_csv(tables[34, 2024][["score_overall", "rank_overall"]]).decode().splitlines()
    lines[7:7] = ["(1);(2);(3);(4)", "I;Đồng bằng sông Hồng;0,75;", lines[3], lines[4]]
    result = take("\n".join(lines).encode(), "--dry-run", edits={})
    assert result.exit_code == 0, result.output
    drafted = (Path("raw") / "mappings" / "2024-34.toml").read_text(encoding="utf-8")
    for reason in ("numbers of the columns", "total or average", "header again"):
        assert f"# {reason}" in drafted


def test_page_with_tags_that_are_not_closed(tables, take, unchanged):
    page = to_html(tables[34, 2024]).decode()
    for tag in ("</td>", "</tr>", "</th>"):
        page = page.replace(tag, "")
    result = take(page.encode(), "--dry-run")
    assert result.exit_code == 0, result.output
    assert "Would add 340 rows to dti_facts.csv" in result.output


def test_page_that_lays_itself_out_by_tables(tables, take, unchanged):
    page = to_html(tables[34, 2024]).decode()
    page = page.replace("<body>", "<body><table><tr><td>Menu</td><td>")
    page = page.replace("</body>", "</td></tr></table></body>")
    assert "Would add 340 rows to dti_facts.csv" in take(page.encode(), "--dry-run").output


def test_wide_text(tables, take, unchanged):
    text = to_csv(tables[34, 2024], delimiter="\t").decode("utf-8-sig")
    assert "Would add 340 rows to dti_facts.csv" in take(text.encode("utf-16"), "--dry-run").output


# --- writing


@pytest.fixture
def drafted(tables, dti, tmp_path, folder, spared):
    """A table whose mapping is drafted."""
    file = tmp_path / "table"
    file.write_bytes(to_csv(tables[34, 2024]))
    said = ("--year", 2024, "--source", URL, "--draft", "--folder", folder)
    assert dti("import", file, *said).exit_code == 0
    return file


def fail_to_write(result, folder, before, words):
    """See that nothing was changed, and that it was told as a fault of the output."""
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Nothing was changed" in result.stderr or "Permission" in result.stderr
    assert read_bytes(folder) == before


def test_read_only_folder(drafted, dti, folder):
    before, is_root = read_bytes(folder), os.geteuid() == 0
    folder.chmod(0o555)
    if is_root:  # who may write anywhere; the folders above belong to root alone
        for above in (folder.parent, *folder.parent.parents, find_root()):
            if above.stat().st_mode & 0o001 == 0:
                above.chmod(above.stat().st_mode | 0o011)
        os.seteuid(65534)
    try:
        result = dti("import", drafted, "--folder", folder)
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
    fail_to_write(result, folder, before, "Permission denied")


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_disk_full_while_tables_are_written(call, at, drafted, dti, folder, monkeypatch):
    before, calls, act = read_bytes(folder), [], getattr(os, call)
    of_raw = re.compile(rf"{re.escape(str(folder))}/\..*\.part")

    def fail(what, *more, **options):
        path = os.fspath(
            Path(f"/proc/self/fd/{what}").readlink() if isinstance(what, int) else what
        )
        calls.extend([path] if of_raw.match(path) else [])
        if len(calls) == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return act(what, *more, **options)

    monkeypatch.setattr(os, call, fail)
    result = dti("import", drafted, "--folder", folder)
    monkeypatch.undo()
    fail_to_write(result, folder, before, "No space left on device")


def test_killed_at_any_moment_and_imported_again(drafted, dti, folder, monkeypatch):
    """Each table is old or new, all together are sound, and the same import finishes it."""
    before = read_bytes(folder)
    assert dti("import", drafted, "--folder", folder).exit_code == 0
    after = read_bytes(folder)
    for step in itertools.count():
        for name, content in before.items():
            (folder / name).write_bytes(content)
        book = FactsBook.open(load_config(), folder)
        (mapping,) = find_mappings(drafted, folder)
        entry = book.enter(read_edition(mapping, read_grids(drafted), book))
        assert [file.stem for file in entry.contents] == ["sources", "dti_facts", "datapackage"]
        is_killed = kill_at(step, partial(replace_together, entry.contents, book.read))
        found = {name: (folder / name).read_bytes() for name in before}
        assert all(found[name] in (before[name], after[name]) for name in before)
        assert check_raw(folder).faults == ()
        assert not list(folder.glob(".*"))  # what the killed one left
        monkeypatch.undo()  # what is there now is to be read
        result = dti("import", drafted, "--folder", folder)
        assert result.exit_code == 0, result.output
        assert read_bytes(folder) == after  # the drafts of the killed one are gone as well
        if not is_killed:
            break
    assert step > 8


def test_two_at_once_lose_nothing(drafted, folder):
    """The second is refused, as it was made of what the first has replaced."""
    book = FactsBook.open(load_config(), folder)
    (mapping,) = find_mappings(drafted, folder)
    entry = book.enter(read_edition(mapping, read_grids(drafted), book))
    facts = folder / "dti_facts.csv"
    facts.write_bytes(facts.read_bytes() + b"2020,63,79,x,rank_security,9,stated,s001,by hand\n")
    before = read_bytes(folder)
    with pytest.raises(DataError, match=r"dti_facts\.csv: was changed by another"):
        replace_together(entry.contents, book.read)
    assert read_bytes(folder) == before


def test_tables_changed_by_hand_are_not_recorded_on_the_side(tables, take, folder):
    with (folder / "targets.csv").open("a") as file:
        file.write("63,77,Bà Rịa - Vũng Tàu,9,2026,2025-01-01,https://x.test,\n")
    with (folder / "dti_facts.csv").open("a") as file:
        file.write("2020,63,79,Hồ Chí Minh,rank_security,9,stated,s001,by hand\n")
    assert "Added 340 rows to dti_facts.csv" in take(to_csv(tables[34, 2024])).output
    assert check_raw(folder) == CheckResult((), ("dti_facts", "targets"))
    assert "by hand" in (folder / "dti_facts.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("has_end", [True, False])
def test_rows_go_to_their_places_and_others_stay(end, has_end):
    lines = ["k,v", "a,1", 'c,"x, y"', "d,4"]
    content = (end.join(lines) + (end if has_end else "")).encode()
    rows = pd.DataFrame([["c", "7"], ["b", "2"], ["e", "5"]], columns=["k", "v"])
    placed = [*lines[:2], "b,2", "c,7", *lines[2:], "e,5", ""]
    assert add_rows(content, rows, ["k"]) == end.join(placed).encode()


def test_rows_go_to_the_end_of_a_table_in_another_order():
    rows = pd.DataFrame([["b", "2"], ["a", "1"]], columns=["k", "v"])
    assert add_rows(b"k,v\nd,1\nc,2\n", rows, ["k"]) == b"k,v\nd,1\nc,2\na,1\nb,2\n"


# --- words


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_names_of_the_indices_are_understood(lang):
    words = Vocabulary.of(load_config())
    with language.use_language(lang):
        names = {index: load_config().label(index) for index in INDICES}
    for index, name in names.items():
        assert f"score_{index}" in words.understand([name])
        assert f"rank_{index}" in words.understand([name, "Thứ hạng"])


def test_metrics_are_understood():
    words = Vocabulary.of(load_config())
    assert [words.understand([metric]) for metric in METRICS] == [(metric,) for metric in METRICS]
