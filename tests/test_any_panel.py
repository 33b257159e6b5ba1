import numpy as np
import pandas as pd
import pytest

from dti_analysis.cleaning import tables as any_panel
from dti_analysis.errors import DataError
from dti_analysis.models.positions import standardise


@pytest.fixture
def write(tmp_path):
    def to_file(text, encoding="utf-8"):
        file = tmp_path / "panel.csv"
        file.write_bytes(text.encode(encoding))
        return file

    return to_file


@pytest.fixture
def ranked():
    """Ranks only: d leaves after 2020, e is new in 2021."""
    return pd.DataFrame(
        {
            "unit": list("abcd") + list("abce"),
            "year": [2020] * 4 + [2021] * 4,
            "score": np.nan,
            "rank": [1, 3, 4, 2, 2, 1, 3, 4],
        }
    )


def test_scores_alone(write):
    panel = any_panel.read_panel(write("unit,year,score\nb,2021,0.5\na,2020,1e-1\n"))
    assert panel.columns.tolist() == ["unit", "year", "score", "rank"]
    assert panel["unit"].tolist() == ["b", "a"]
    assert panel["year"].tolist() == [2021, 2020]
    assert panel["year"].dtype == "int64"
    assert panel["score"].tolist() == [0.5, 0.1]
    assert panel["rank"].isna().all()


def test_ranks_alone_and_extra_columns_in_any_order(write):
    panel = any_panel.read_panel(write("note,rank,note,unit,year\nx,2,y,b,2021.0\n,1.0,,a,2021\n"))
    assert panel["rank"].tolist() == [2.0, 1.0]
    assert panel["year"].tolist() == [2021, 2021]
    assert panel["score"].isna().all()


def test_blanks_and_nan_are_missing_values_but_names_of_units(write):
    text = "unit,year,score,rank\nNA,2020,nan,\nnan,2020, NaN ,2\nNULL,2020,,1\nnone,2020,.5,\n"
    panel = any_panel.read_panel(write(text))
    assert panel["unit"].tolist() == ["NA", "nan", "NULL", "none"]
    assert panel["score"].isna().tolist() == [True, True, True, False]
    assert panel["rank"].isna().tolist() == [True, False, False, True]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_and_blank_lines_do_not_matter(write, encoding):
    panel = any_panel.read_panel(write("unit,year,score\r\nHuế,2020,1\r\n\r\n,,\r\n", encoding))
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
            r'row 1: expected the columns .* found "unit", "score"; missing: year',
        ),
        ("unit,year\na,1\n", r"missing: score \(or rank\)\. Rename"),
        (
            "unit;year;score\na;1;2\n",
            r'commas, found "unit;year;score"; missing: unit, year, score',
        ),
        ("unit,year,score,score\na,1,2,3\n", "row 1: expected one column score, found several"),
        (HEADER + "a,2020,0,61,1\n", "row 2: expected 4 cells as in the header, found 5. .*point"),
        (HEADER + '"a,2020,1,1\n', "row 2: expected quotes in pairs"),
        (HEADER + "a,2020,1,\n ,2020,1,\n", "row 3, field unit: expected a name, found a blank"),
        (HEADER + "a,2020.5,1,\n", 'row 2, field year: expected a whole number .* found "2020.5"'),
        (HEADER + "a,,1,\n", 'row 2, field year: .* found ""'),
        (HEADER + "a,nan,1,\n", 'row 2, field year: .* found "nan"'),
        (HEADER + 'a,2020,"0,61",\n', 'row 2, field score: .* decimal point, found "0,61"'),
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
            HEADER + "a,2020,1,\nb,2020,1,\na,2020.0,2,\n",
            'row 4, field unit: expected one row for "a" in 2020, found row 2 as well',
        ),
    ],
)
def test_each_fault_is_named_with_its_place_and_remedy(write, text, message):
    with pytest.raises(DataError, match=message):
        any_panel.read_panel(write(text))


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match=r"none.csv: expected a panel, found no such file"):
        any_panel.read_panel(tmp_path / "none.csv")
    with pytest.raises(DataError, match="expected a readable file"):
        any_panel.read_panel(tmp_path)


def test_another_encoding_is_refused_with_its_row(write):
    with pytest.raises(DataError, match=r"row 3: expected UTF-8, found the byte 0xF3.* Save it"):
        any_panel.read_panel(write("unit,year,score\na,2020,1\nLeón,2020,2\n", "latin-1"))


def test_all_faults_are_told_at_once_in_order_but_ten_at_most(write):
    rows = "".join(f"u{row},2020,x,y\n" for row in range(2, 14))
    with pytest.raises(DataError) as refusal:
        any_panel.read_panel(write(HEADER + rows))
    lines = str(refusal.value).splitlines()
    assert len(lines) == 11
    assert "row 2, field rank" in lines[0]
    assert "row 2, field score" in lines[1]
    assert "row 6, field score" in lines[9]
    assert lines[10].endswith("14 more faults. Correct these first.")


def test_an_edition_needs_a_value():
    panel = pd.DataFrame({"unit": "a", "year": [2020, 2021], "score": [1.0, np.nan], "rank": None})
    assert any_panel.list_editions(panel) == [2020]
    assert any_panel.select_origin(panel)["year"].tolist() == [2020]
    with pytest.raises(DataError, match="no unit has a score or a rank"):
        any_panel.select_origin(panel.assign(score=np.nan))


def test_only_units_with_a_value_at_the_origin_are_kept(toy_panel):
    panel = toy_panel.astype({"rank": float})
    panel.loc[(panel["unit"] == "a") & (panel["year"] == 2022), "score"] = np.nan
    panel.loc[(panel["unit"] == "b") & (panel["year"] == 2022), ["score", "rank"]] = np.nan, 2
    panel.loc[(panel["unit"] == "c") & (panel["year"] == 2020), "score"] = np.nan
    before = panel.copy()
    seen = any_panel.select_origin(panel.sample(frac=1, random_state=1), 2022)
    assert sorted(set(seen["unit"])) == list("bcde")
    assert seen["year"].max() == 2022
    assert len(seen) == 4 * 3 - 1
    assert seen.equals(seen.sort_values(["unit", "year"]))
    pd.testing.assert_frame_equal(panel, before)
    assert len(any_panel.select_origin(toy_panel)) == 20


def test_an_origin_that_is_no_edition_is_refused(toy_panel):
    with pytest.raises(
        DataError, match=r"edition 2019 is not in the panel: .* 2020, 2021, 2022, 2023"
    ):
        any_panel.select_origin(toy_panel, 2019)


def test_ranks_of_who_left_are_closed_up(ranked):
    seen = any_panel.select_origin(ranked)
    ranks = seen.pivot(index="unit", columns="year", values="rank")
    assert ranks[2020].dropna().to_dict() == {"a": 1, "b": 2, "c": 3}
    assert ranks[2021].tolist() == [2, 1, 3, 4]
    assert any_panel.select_origin(ranked, 2020)["rank"].tolist() == [1, 3, 4, 2]


def test_who_left_or_is_new_does_not_move_the_others(ranked):
    seen = standardise(any_panel.select_origin(ranked))
    alone = standardise(
        pd.DataFrame({"unit": list("abc"), "year": 2020, "score": np.nan, "rank": [1, 2, 3]})
    )
    np.testing.assert_allclose(seen.mean[:3, 0], alone.mean[:, 0])
    assert np.isnan(seen.mean[3, 0])


def test_unpublished_ranks_keep_their_places(ranked):
    partly = ranked[ranked["unit"] != "b"]
    ranks = any_panel.select_origin(partly, 2020).set_index("unit")["rank"]
    # Three units are known, but the last of them is the fourth: standing is out of four.
    standing = {"a": 0.5 / 4, "d": 1.5 / 4, "c": 3.5 / 4}
    assert ((ranks - 0.5) / 3).to_dict() == pytest.approx(standing)


def test_ranks_that_are_the_same_units_throughout_are_untouched(dti_panel):
    rows = dti_panel[(dti_panel["basis"] == 63) & (dti_panel["year"] >= 2022)]
    panel = rows.rename(columns={"code": "unit"})
    seen = any_panel.select_origin(panel)
    pd.testing.assert_series_equal(
        seen["rank"],
        panel.sort_values(["unit", "year"], ignore_index=True)["rank"].astype(float),
    )


def test_two_forms_of_a_name_are_one_unit(tmp_path):
    file = tmp_path / "panel.csv"
    file.write_text("unit,year,score\nĐắk Lắk,2020,1\nĐắk Lắk,2021,2\n", encoding="utf-8")
    assert any_panel.read_panel(file)["unit"].tolist() == ["Đắk Lắk"] * 2
