import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_analysis.cleaning.panel_table import read_panel
from dti_analysis.errors import DataError, FaultyDataError


@pytest.fixture
def write(tmp_path):
    def to_file(text, encoding="utf-8"):
        file = tmp_path / "panel.csv"
        file.write_bytes(text.encode(encoding))
        return file

    return to_file


def test_scores_alone(write):
    panel = read_panel(write("unit,year,score\nb,2021,0.5\na,2020,1e-1\n"))
    labels, values = ["unit", "code", "year"], ["score", "rank", "score_status", "rank_status"]
    assert panel.columns.tolist() == labels + values
    assert (panel["code"] == "").all()
    assert (panel["score_status"] == "published").all()
    assert panel["rank_status"].isna().all()
    assert panel["unit"].tolist() == ["b", "a"]
    assert panel["year"].tolist() == [2021, 2020]
    assert panel["year"].dtype == "int64"
    assert panel["score"].tolist() == [0.5, 0.1]
    assert panel["rank"].isna().all()


def test_ranks_alone_and_extra_columns_in_any_order(write):
    panel = read_panel(write("note,rank,note,unit,year\nx,2,y,b,2021.0\n,1.0,,a,2021\n"))
    assert panel["rank"].tolist() == [2.0, 1.0]
    assert panel["year"].tolist() == [2021, 2021]
    assert panel["score"].isna().all()


def test_blanks_and_nan_are_missing_values_but_names_of_units(write):
    text = "unit,year,score,rank\nNA,2020,nan,\nnan,2020, NaN ,2\nNULL,2020,,1\nnone,2020,.5,\n"
    panel = read_panel(write(text))
    assert panel["unit"].tolist() == ["NA", "nan", "NULL", "none"]
    assert panel["score"].isna().tolist() == [True, True, True, False]
    assert panel["rank"].isna().tolist() == [True, False, False, True]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_and_blank_lines_do_not_matter(write, encoding):
    panel = read_panel(write("unit,year,score\r\nHuế,2020,1\r\n\r\n,,\r\n", encoding))
    assert panel["unit"].tolist() == ["Huế"]


HEADER = "unit,year,score,rank\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"panel.csv: expected a panel, found an empty file\. Check the path"),
        (" \n", "found an empty file"),
        (HEADER, r"panel.csv: expected rows, found only the header\. Add a row"),
        (
            "unit,score\na,1\n",
            r'row 1: expected the columns .* no column "year"\. The header has "unit", "score"',
        ),
        ("unit,year\na,1\n", r'no column "score \(or rank\)"'),
        ("unit,year,score,score\na,1,2,3\n", 'row 1: .* found twice the column "score"'),
        (HEADER + "a,2020,0,61,1\n", "row 2: expected 4 cells as in the header, found 5. .*comma"),
        (HEADER + '"a,2020,1,1\n', "row 2: expected quotes in pairs"),
        (HEADER + "a,2020,1,\n ,2020,1,\n", "row 3, field unit: expected a name, found a blank"),
        (HEADER + "a,2020.5,1,\n", 'row 2, field year: expected a whole number .* found "2020.5"'),
        (
            HEADER + "H?u Giang,2020,1,\n",
            'row 2, field unit: .* none of them "\\?", found "H\\?u Gi',
        ),
        ("unit,year,Score,rank\na,2020,1,1\n", 'row 1: expected "score", found "Score"'),
        (HEADER + "a,20,1,\n", 'row 2, field year: .* of four digits such as 2024, found "20"'),
        (HEADER + "a,,1,\n", "row 2, field year: .* found a blank cell"),
        (HEADER + "a,nan,1,\n", 'row 2, field year: .* found "nan"'),
        (HEADER + "a,2020,n/a,\n", 'row 2, field score: .* found "n/a".*leave the cell blank'),
        (HEADER + "a,2020,inf,\n", 'field score: expected a finite number .* found "inf"'),
        (HEADER + "a,2020,1e999,\n", 'expected a finite number .* found "1e999"'),
        (HEADER + "a,2020,-1e300,\n", 'row 2, field score: .* at most 1e\\+100 .* found "-1e300"'),
        (HEADER + "a,2020,1_0,\n", 'expected a finite number .* found "1_0"'),
        (HEADER + "a,2020,,0\n", 'row 2, field rank: .* at least 1, found "0"'),
        (HEADER + "a,2020,,1.5\n", 'row 2, field rank: expected a whole number .* found "1.5"'),
        (HEADER + "a,2020,,-1\n", 'field rank: .* found "-1"'),
        (HEADER + "a,2020,,\nb,2020,nan,\n", "expected a score or a rank, found none in any row"),
        (
            "unit,year,score,score_status\na,2020,1,guessed\n",
            'field score_status: expected one of published, implied, computed, found "guessed"',
        ),
        ("unit,year,rank,rank_status\na,2020,1,x\n", 'row 2, field rank_status: .* found "x"'),
        (
            "unit,code,year,score\na,1,2020,1\nb,1,2020,2\n",
            'row 3, field unit: expected one row for "1" in 2020, found row 2 as well',
        ),
        (
            HEADER + "a,2020,1,\nb,2020,1,\na,2020.0,2,\n",
            'row 4, field unit: expected one row for "a" in 2020, found row 2 as well',
        ),
    ],
)
def test_each_fault_is_named_with_its_place_and_remedy(write, text, message):
    with pytest.raises(DataError, match=message):
        read_panel(write(text))


CODED = "unit,code,year,score\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEADER + "Đắk Lắk,2020,1,\nHuế,2020,1,\nĐăk Lăk,2021,1,\nĐăk Lăk,2022,1,\n",
            'row 4, field unit: expected one spelling of a name, found "Đăk Lăk" here and "Đắk Lắk"'
            " in row 2. Write it one way or, .* a code of its own in the column code.$",
        ),
        (HEADER + "Hòa Bình,2020,1,\nHoà Bình,2021,1,\n", "row 3, field unit: expected one spell"),
        (HEADER + "New York,2020,1,\nNEW  york,2021,1,\n", '"NEW  york" here and "New York"'),
        (HEADER + "Cần Thơ,2020,1,\nCần\u00a0Thơ,2020,1,\n", r'"Cần\\xa0Thơ" here and "Cần Thơ"'),
        (HEADER + "ab,2020,1,\na\u200cb,2020,1,\n", r'found "a\\u200cb" here and "ab" in row 2'),
        *(
            (HEADER + f"Huế,2020,1,\n{marked},2021,1,\n", f'row 3, .*{re.escape(marked)}" here and')
            for marked in ("Huế¹", "Huế*", "Huế (1)", "Huế [2]", "HUẾ †")
        ),
        (
            CODED + "Huế,46,2020,1\nHue,,2021,1\n",
            'row 3, field code: expected a code .* found none here and "46" for "Huế" in row 2',
        ),
        (
            CODED + "Huế,,2020,1\nHuế,46,2021,1\n",
            'row 3, field code: expected .* found "46" for "Huế" here and none in row 2. Fill',
        ),
        (
            CODED + "A,vn,2020,1\nA,VN,2021,1\n",
            'row 3, field code: expected one spelling of a code, found "VN" here and "vn" in row 2',
        ),
        (
            CODED + "Oman,OM,2020,1\nOm,XX,2020,1\n",
            'row 3, field unit: .* not the code of another unit, found "Om" here and the code',
        ),
        (
            CODED + "Oman,OM,2020,1\nOM,,2021,1\n",
            'row 3, field unit: .* "OM" here and the code "OM"',
        ),
    ],
)
def test_spellings_that_fold_to_one_are_refused(write, text, message):
    with pytest.raises(DataError, match=message):
        read_panel(write(text))


def test_marks_that_no_name_goes_without_are_a_part_of_names(write):
    rows = "Region (1),2020,1,\nRegion (2),2020,1,\n***,2020,1,\n"
    assert len(read_panel(write(HEADER + rows))) == 3


def test_names_of_units_with_codes_of_their_own_may_fold_to_one(write):
    rows = "Phú Tân,1,2020,1\nPhụ Tân,2,2020,1\nPhú Tân,3,2020,1\nPhụ Tấn,1,2021,1\n"
    assert read_panel(write(CODED + rows))["code"].tolist() == ["1", "2", "3", "1"]


@pytest.mark.parametrize("name", ["???", "***", "🙂", "--"])
def test_names_that_fold_to_nothing_are_units_of_their_own(write, name):
    assert len(read_panel(write(HEADER + f"{name},2020,1,\n!!,2020,1,\nA,2020,2,\n"))) == 3


STEERING_SIGNS = {
    **{"\x1b": r"\\x1b", "\x00": r"\\x00", "\n": r"\\x0a", "\r": r"\\x0d", "\t": r"\\x09"},
    **{"\x7f": r"\\u007f", "\x9b": r"\\u009b", "\u200e": r"\\u200e", "\u200f": r"\\u200f"},
    **{"\u202a": r"\\u202a", "\u202e": r"\\u202e", "\u2066": r"\\u2066", "\u2069": r"\\u2069"},
    **{"\u061c": r"\\u061c", "\u2028": r"\\u2028", "\u2029": r"\\u2029", "\ufff9": r"\\ufff9"},
}


@pytest.mark.parametrize("field", ["unit", "code", "region"])
@pytest.mark.parametrize("sign", STEERING_SIGNS)
def test_signs_that_steer_are_refused_in_every_text_and_written_out(sign, field):
    table = pd.DataFrame({"unit": ["A", "B"], "code": ["1", "2"], "region": ["N", "S"]})
    table = table.assign(year=2020, score=1.0)
    table.loc[1, field] = f"x{sign}y"
    expected = (
        f'^the table, row 3, field {field}: expected plain text, .* found "x{{}}y"\\. Type it'
    )
    with pytest.raises(DataError, match=expected.format(STEERING_SIGNS[sign])) as refusal:
        read_panel(table)
    assert sign not in str(refusal.value)


def test_a_surrogate_is_refused():
    units = pd.Series(["A", "x\ud800"], dtype=object)
    with pytest.raises(DataError, match=r'the table, row 3: .* found "x\\ud800"\. Type it'):
        read_panel(pd.DataFrame({"unit": units, "year": 2020, "score": 1.0}))


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match=r"none.csv: expected a panel, found no such file"):
        read_panel(tmp_path / "none.csv")
    with pytest.raises(DataError, match="expected a readable file"):
        read_panel(tmp_path)


def test_another_encoding_is_refused_with_its_row(write):
    with pytest.raises(DataError, match=r"row 3: expected UTF-8, found byte 0xF3.* Save it"):
        read_panel(write("unit,year,score\na,2020,1\nLeón,2020,2\n", "latin-1"))


def test_all_faults_are_told_at_once_in_order_but_ten_at_most(write):
    rows = "".join(f"u{row},2020,x,y\n" for row in range(2, 14))
    with pytest.raises(DataError) as refusal:
        read_panel(write(HEADER + rows))
    lines = str(refusal.value).splitlines()
    assert len(lines) == 11
    assert "row 2, field rank" in lines[0]
    assert "row 2, field score" in lines[1]
    assert "row 6, field score" in lines[9]
    assert lines[10].endswith("14 more faults. Correct these first.")


def test_two_forms_of_a_name_are_one_unit(tmp_path):
    file = tmp_path / "panel.csv"
    file.write_text("unit,year,score\nĐắk Lắk,2020,1\nĐắk Lắk,2021,2\n", encoding="utf-8")
    assert read_panel(file)["unit"].tolist() == ["Đắk Lắk"] * 2


def test_codes_regions_and_statuses_are_read_where_they_are(write):
    text = (
        "code,unit,region,year,score,score_status,rank,rank_status\n"
        "7,A,north,2020,1,implied,1,\n8,B,,2020,,published,2,computed\n"
    )
    panel = read_panel(write(text))
    assert panel["code"].tolist() == ["7", "8"]
    assert panel["region"].tolist() == ["north", ""]
    assert panel["score_status"].fillna("none").tolist() == ["implied", "none"]
    assert panel["rank_status"].tolist() == ["published", "computed"]


def test_rows_without_a_value_are_kept_since_they_say_who_was_ranked(write):
    panel = read_panel(write(HEADER + "a,2020,1,\nb,2020,,\n"))
    assert panel["unit"].tolist() == ["a", "b"]


def test_components_are_read_like_scores(write):
    text = "unit,year,score,work,play\na,2020,1,2,nan\nb,2020,1,,4\n"
    panel = read_panel(write(text), ["work", "play"])
    assert panel["work"].fillna(0).tolist() == [2, 0]
    assert panel["play"].fillna(0).tolist() == [0, 4]
    assert "work" not in read_panel(write(text))
    with pytest.raises(DataError, match=r'no column "rest"\. The header has "unit", .* weight'):
        read_panel(write(text), ["rest"])
    with pytest.raises(DataError, match=r'row 2, field work: .* found "x"'):
        read_panel(write("unit,year,score,work\na,2020,1,x\n"), ["work"])


def test_a_table_is_read_like_its_file(write, toy_panel):
    before = toy_panel.copy()
    file = write(toy_panel.to_csv(index=False))
    pd.testing.assert_frame_equal(read_panel(toy_panel), read_panel(file))
    pd.testing.assert_frame_equal(toy_panel, before)
    faulty = toy_panel.assign(rank=0)
    with pytest.raises(FaultyDataError, match=r"^the table, row 2, field rank: .* at least 1"):
        read_panel(faulty)


@settings(deadline=None)
@given(st.permutations(range(20)))
def test_the_order_of_rows_and_columns_does_not_matter(order):
    table = pd.DataFrame(
        {
            "unit": list("abcd") * 5,
            "year": sorted([*range(2020, 2025)] * 4),
            "rank": [1, 2, 3, 4] * 5,
        }
    )
    mixed = read_panel(table.iloc[order][["rank", "year", "unit"]])
    own = read_panel(table)
    key = ["year", "unit"]
    pd.testing.assert_frame_equal(
        mixed.sort_values(key, ignore_index=True), own.sort_values(key, ignore_index=True)
    )
