import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dti_analysis.cleaning.gazetteer import Gazetteer, fold_name, merge_provinces
from dti_analysis.errors import AmbiguousUnitError, DataError, UnknownUnitError

OLD_TONES = {"hoà": "hòa", "hoá": "hóa", "thuỷ": "thủy"}


def without_marks(text):
    text = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(letter for letter in text if not unicodedata.combining(letter))


@pytest.mark.parametrize(
    "respell",
    [
        str,
        str.upper,
        str.lower,
        without_marks,
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: unicodedata.normalize("NFC", text),
        lambda text: f"  {text} ".replace(" ", "  "),
        lambda text: text.replace("-", "–").replace(" ", "\u00a0"),
    ],
)
def test_every_spelling_seen_resolves_to_its_code(raw, gazetteer, respell):
    variants = raw["name_variants"]
    ambiguous = {"dn", "tn"}
    for row in variants.itertuples():
        if fold_name(row.variant) in ambiguous:
            continue
        assert gazetteer.resolve(respell(row.variant)).code == row.code, row.variant


def test_every_display_name_resolves_in_both_bases(gazetteer):
    for (basis, code), province in gazetteer.provinces.items():
        for name in (
            province.name,
            f"tỉnh {province.name}",
            f"TP. {province.name}",
            f"Thành phố {province.name}",
            f"{without_marks(province.name)} Province",
            f"{without_marks(province.name)} City",
        ):
            assert gazetteer.resolve(name, basis) == gazetteer.provinces[basis, code]


@pytest.mark.parametrize(
    ("old", "new"),
    [("Thanh Hoá", "Thanh Hóa"), ("Khánh Hoà", "Khánh Hòa"), ("Hoà Bình", "Hòa Bình")],
)
def test_tone_may_stand_in_the_old_or_the_new_place(gazetteer, old, new):
    assert gazetteer.resolve(old) == gazetteer.resolve(new)


def test_there_are_63_and_34(gazetteer):
    assert gazetteer.bases == (63, 34)
    assert sum(basis == 63 for basis, _ in gazetteer.provinces) == 63
    assert sum(basis == 34 for basis, _ in gazetteer.provinces) == 34


def test_a_code_is_a_key_only_within_its_basis(gazetteer):
    assert gazetteer.provinces[63, "44"].name == "Quảng Bình"
    assert gazetteer.provinces[34, "44"].name == "Quảng Trị"
    assert gazetteer.resolve("Quảng Trị", 63).code == "45"
    assert gazetteer.resolve("Quảng Trị", 34).code == "44"


def test_ambiguous_names_are_refused_with_the_candidates(gazetteer):
    with pytest.raises(AmbiguousUnitError, match=r'"Đà Nẵng".*"Đồng Nai"'):
        gazetteer.resolve("DN")
    with pytest.raises(AmbiguousUnitError, match=r'"Thái Nguyên".*"Tây Ninh"'):
        gazetteer.resolve("tn")


def test_unknown_names_are_refused_with_the_closest(gazetteer):
    with pytest.raises(UnknownUnitError, match=r'"Quảng Nma" is not known. Closest:.*"Quảng Nam"'):
        gazetteer.resolve("Quảng Nma")
    with pytest.raises(UnknownUnitError, match=r"Add the spelling to name_variants.csv"):
        gazetteer.resolve("")
    with pytest.raises(DataError, match=r"basis 62"):
        gazetteer.resolve("Hà Nội", 62)


def test_a_merged_province_is_pointed_to_its_successor(gazetteer):
    with pytest.raises(UnknownUnitError, match=r'part of Hồ Chí Minh. Ask for "Hồ Chí Minh"'):
        gazetteer.resolve("BR-VT", 34)
    assert gazetteer.resolve("Thừa Thiên Huế", 34).name == "Huế"


@example(" ")
@given(st.text())
def test_folding_is_idempotent_enough_to_be_a_key(text):
    folded = fold_name(text)
    assert " " not in folded
    assert fold_name(unicodedata.normalize("NFD", text)) == fold_name(
        unicodedata.normalize("NFC", text)
    )


def test_the_text_nan_is_a_spelling_and_not_a_missing_value(gazetteer):
    assert gazetteer.resolve("nan").name == "Nghệ An"


def test_merging_is_the_unweighted_mean_and_missing_where_a_part_is():
    crosswalk = pd.DataFrame({"old_code": ["1", "2", "3", "4"], "new_code": ["a", "a", "b", "b"]})
    scores = pd.DataFrame({"score": [0.2, 0.4, 0.5, np.nan]}, index=["1", "2", "3", "4"])
    before = scores.copy()
    merged = merge_provinces(scores, crosswalk)
    assert merged.loc["a", "score"] == pytest.approx(0.3)
    assert np.isnan(merged.loc["b", "score"])
    pd.testing.assert_frame_equal(scores, before)


def test_a_new_spelling_in_the_table_is_enough(raw):
    variants = raw["name_variants"]
    more = pd.concat(
        [variants, pd.DataFrame([{"code": "77", "variant": "Vũng Tàu – Bà Rịa", "where_seen": ""}])]
    )
    gazetteer = Gazetteer.from_tables(raw["crosswalk_63_34"], more)
    assert gazetteer.resolve("vung tau ba ria").code == "77"
