import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dti_analysis.errors import AmbiguousUnitError, UnknownUnitError
from dti_analysis.names import clean_text, find_close, find_code, list_names, name_key, quote

NAMES = {"1": "Cần Thơ", "2": "New York", "3": "Nowhere", "4": "大学", "York": "Yorkshire"}


def find(name, names=NAMES):
    return find_code(name, names, "city", "among these")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Cần Thơ", "1"),
        ("can  tho ", "1"),
        ("CAN\u00a0THO", "1"),
        (unicodedata.normalize("NFD", "Cần Thơ"), "1"),
        ("\ufeffnew\u200b york", "2"),
        ("2", "2"),
        ("大学", "4"),
        ("York", "York"),
        ("YORK", "York"),
        ("yorkshire", "York"),
    ],
)
def test_a_name_is_found_whatever_its_case_marks_and_space(name, code):
    assert find(name) == code


@pytest.mark.parametrize("name", ["Thơ", "York City", "New", "newyork", "TP. Cần Thơ", ""])
def test_a_name_is_matched_whole(name):
    with pytest.raises(UnknownUnitError, match=f'^city "{name}" is not known among these. '):
        find(name)


def test_what_is_quoted_is_short_and_keeps_both_ends():
    long = "a" + "x" * 20_000 + "z"
    names = {"1": long, "2": long[:-1] + "y", "3": "b"}
    with pytest.raises(UnknownUnitError, match=r'^city "axxx.*…x*" is not known') as refusal:
        find(long[:-1], names)
    assert len(str(refusal.value)) < 400
    assert quote(long).endswith('xz"')
    assert len(quote(long)) == len(quote("x" * 80)) == 82


def test_the_closest_are_named_or_else_all():
    with pytest.raises(UnknownUnitError, match=r'these\. Closest: "New York"\.$'):
        find("New Yorc")
    with pytest.raises(UnknownUnitError, match=r'There: "Cần Thơ", "New York", "Nowhere", "大学"'):
        find("!!!!!!")
    assert find_close("nowere", NAMES.values()) == ["Nowhere"]


def test_an_exact_name_comes_before_a_code_and_this_before_other_spellings():
    names = {"a": "b", "b": "c", "c": "B"}
    assert find("b", names) == "a"
    assert find("c", names) == "b"
    assert find("B", names) == "c"
    assert find("a", names) == "a"


def test_a_name_of_several_is_ambiguous():
    names = {"1": "Ä", "2": "a", "3": "c", "4": "c"}
    assert find("a", names) == "2"
    with pytest.raises(AmbiguousUnitError, match=r'city "á" is ambiguous. .* "Ä" \(1\), "a" \(2\)'):
        find("á", names)
    with pytest.raises(
        AmbiguousUnitError, match=r'"c" .* can mean "c" \(3\), "c" \(4\)\. Write the'
    ):
        find("c", names)
    many = {f"{number:02}": "same" for number in range(11)}
    with pytest.raises(AmbiguousUnitError, match=r'"same" \(09\), …\. Write the code\.'):
        find("same", many)


def test_names_without_a_letter_are_their_own_keys():
    assert name_key("\u200b") != name_key("")
    assert name_key("!") == "!"
    assert name_key("\u0301") == "\u0301"
    with pytest.raises(UnknownUnitError):
        find("???", {"1": "***", "2": "🙂", "3": "\u200d"})


@pytest.mark.parametrize(
    "sign", ["\u200c", "\u200d", "\ufe0f", "\u3164", "\u034f", "\u00ad", "\ufeff", "\u202e"]
)
def test_what_is_not_seen_is_no_part_of_a_key(sign):
    assert name_key(f"Cần{sign} Thơ{sign}") == name_key("Cần Thơ")


def test_a_text_is_kept_in_one_form_without_hints_but_with_what_joins_letters():
    assert clean_text(unicodedata.normalize("NFD", "\ufeffĐắk\u200b Lắk\u00ad\n")) == "Đắk Lắk"
    persian = "می\u200cخواهم"
    assert clean_text(persian) == persian


def test_what_tells_two_spellings_apart_is_seen_in_quotes():
    assert quote("Huế") == '"Huế"'
    assert quote("a\u00a0b\u200cc\u3000") == r'"a\xa0b\u200cc\u3000"'


def test_names_are_quoted_the_first_ten():
    assert list_names(["a", "b"]) == '"a", "b"'
    assert list_names(map(str, range(11))).endswith('"9", …')
    assert "…" not in list_names(map(str, range(10)))


@given(st.text())
def test_a_key_is_its_own_key_and_that_of_both_forms(name):
    assume(any(letter.isalnum() for letter in name))
    both = [name_key(unicodedata.normalize(form, name)) for form in ("NFD", "NFC")]
    assert both[0] == both[1]
    assert name_key(name_key(name)) == name_key(name)


# As a table is read: clean, and not blank.
@given(st.lists(st.text().map(clean_text).filter(bool), unique_by=name_key, min_size=1), st.data())
def test_every_name_is_found(names, data):
    codes = {f"code {number}": name for number, name in enumerate(names)}
    name = data.draw(st.sampled_from(names))
    assert codes[find(name, codes)] == name
