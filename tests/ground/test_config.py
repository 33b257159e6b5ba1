"""What an index.toml may say: every key, and what is refused."""

import re

import pytest
from frozen import CHECKOUT
from hypothesis import given
from hypothesis import strategies as st

from dti_analysis.config import (
    BasisConfig,
    IndexConfig,
    is_number,
    make_config,
    parse_config,
    read_config,
)
from dti_analysis.errors import DataError
from dti_analysis.language import use_language

NOUNS = 'name = "City Index"\nunit = "city"\nunits = "cities"\nsource = "statistics office"\n'
WHOLE = """
name = " City Index "
unit = "city"
units = "cities"
source = "statistics office"
max_score = 100
blank = "absent"
subset = true
builder = "dti"
default = "new"
[index.old]
panel = "panel_old.csv"
[index.new]
panel = "panel_new.csv"
parent = "old"
crosswalk = "crosswalk.csv"
[evaluation]
min_editions = 2
[weights.2020]
economy = 300
society = 100.5
[weights.2023]
economy = 1
[[targets]]
unit = "Hazel"
rank = 3
year = 2026
[[targets]]
unit = "Hazel"
rank = 2
year = 2026
stated_on = 2025-01-31
source = "plan"
note = "so far"
[labels.vi]
unit = "thành phố"
economy = "Kinh tế"
[labels.en]
economy = "Economy"
"""


def test_every_key_is_read(tmp_path):
    file = tmp_path / "index.toml"
    config = parse_config(WHOLE, file)
    assert config == IndexConfig(
        name="City Index",
        unit="city",
        units="cities",
        source="statistics office",
        max_score=100.0,
        blank="absent",
        is_subset=True,
        builder="dti",
        weights={2020: {"economy": 300.0, "society": 100.5}, 2023: {"economy": 1.0}},
        targets=(
            {"unit": "Hazel", "rank": 3, "year": 2026},
            {
                **{"unit": "Hazel", "rank": 2, "year": 2026},
                **{"stated_on": "2025-01-31", "source": "plan", "note": "so far"},
            },
        ),
        bases={
            "old": BasisConfig("panel_old.csv"),
            "new": BasisConfig("panel_new.csv", "old", "crosswalk.csv"),
        },
        default="new",
        min_editions=2,
        labels={"vi": {"unit": "thành phố", "economy": "Kinh tế"}, "en": {"economy": "Economy"}},
        file=file,
    )
    assert isinstance(config.max_score, float)


def test_what_is_not_said_is_left_open():
    config = parse_config(NOUNS)
    assert (config.max_score, config.blank, config.builder, config.default) == (None,) * 4
    assert (config.weights, config.targets, config.bases, config.labels) == ({}, (), {}, {})
    assert (config.is_subset, config.min_editions, config.file) == (False, None, None)


def test_tables_may_stand_in_files_of_their_own():
    config = parse_config(NOUNS + 'weights = "weights.csv"\ntargets = "targets.csv"\n')
    assert (config.weights, config.targets) == ("weights.csv", "targets.csv")


def test_the_first_basis_is_meant_where_none_is_said():
    assert parse_config(NOUNS + "[index.b]\n[index.a]\n").default == "b"


def test_the_description_of_the_dti_is_one():
    config = read_config(CHECKOUT / "index.toml")
    assert (config.name, config.max_score, config.builder) == ("DTI", 1.0, "dti")
    assert config.default == "63"
    assert config.bases["34"].parent == "63"


AIM = "{unit = 'A', rank = 1, year = 2030}"
FAULTS = [
    ("name = ", "cannot be read as TOML"),
    ("a = [[[" * 2000, "cannot be read as TOML"),
    (
        "colour = 3",
        r"colour is not known\. Known: blank, builder, default, evaluation, higher_is_b",
    ),
    ("name = 3", 'expected name = "…", found 3'),
    ('unit = " "', "expected unit = \"…\", found ''"),
    ('unit = "ci\\u202ety"', r"expected plain text, .* found \"ci\\u202ety\"\. Type it anew"),
    ('unit = "ci\\u001b[31mty"', r"expected plain text, .* found \"ci\\x1b\[31mty\""),
    ('labels.vi."a\\rb" = "x"', r"expected plain text, .* found \"a\\x0db\""),
    ('labels.vi.a = "x\\u0000y"', r"expected plain text, .* found \"x\\x00y\""),
    ('weights.2020."a\\tb" = 1', r"expected plain text, .* found \"a\\x09b\""),
    (
        'labels.vi = {"H\\u00fa" = "x", "Hu\\u0301" = "y"}',
        "expected each key once, found one twice",
    ),
    ('targets = [{unit = "A", rank = 1, year = 2030, note = "a\\u2028b"}]', "expected plain text"),
    ("units = true", 'expected units = "…", found True'),
    ("source = []", 'expected source = "…"'),
    ("builder = 1", 'expected builder = "…", found 1'),
    ("max_score = true", "expected max_score = a number above 0, found True"),
    ("max_score = 0", "expected max_score = a number above 0, found 0"),
    ("max_score = -3", "expected max_score = a number above 0, found -3"),
    ("max_score = inf", "expected max_score = a number above 0, found inf"),
    ("max_score = 1e101", "expected max_score = a number above 0, found 1e"),
    (f"max_score = 1{'0' * 400}", "expected max_score = a number above 0, found 1000"),
    (f"max_score = 1{'0' * 5000}", "cannot be read as TOML"),
    ("max_score = nan", "expected max_score = a number above 0, found nan"),
    ('max_score = "1"', "expected max_score = a number above 0, found '1'"),
    ('blank = "none"', 'expected blank = "unpublished" or "absent", found \'none\''),
    ("blank = true", 'expected blank = "unpublished" or "absent", found True'),
    ("higher_is_better = 0", "expected higher_is_better = true or false, found 0"),
    ('higher_is_better = "no"', "expected higher_is_better = true or false, found 'no'"),
    ("subset = 1", "expected subset = true or false, found 1"),
    ('subset = "yes"', "expected subset = true or false, found 'yes'"),
    ("weights = 3", r"expected weights as \[weights.2024\]"),
    ("weights = {2024 = {a = 0}}", r"weights\.2024: expected a = a number above 0, found 0"),
    ("weights = {2024 = {a = inf}}", r"weights\.2024: expected a = a number above 0, found inf"),
    ("weights = {2024 = {a = nan}}", r"weights\.2024: expected a = a number above 0, found nan"),
    ("weights = {2024 = {a = -1}}", r"weights\.2024: expected a = a number above 0, found -1"),
    ("weights = {2024 = {a = true}}", r"weights\.2024: expected a = a number above 0, found T"),
    ("weights = {}", r"expected weights as \[weights.2024\]"),
    ("weights = {20240 = {a = 1}}", r"expected weights as \[weights.2024\]"),
    ("weights = '../a.csv'", r"expected weights = the name of a \.csv in data/raw"),
    ("weights = 'a.xlsx'", r"expected weights = the name of a \.csv in data/raw"),
    ("weights = {2024 = {}}", r"expected weights as \[weights.2024\]"),
    ("weights = {now = {a = 1}}", r"expected weights as \[weights.2024\]"),
    ("targets = 3", "expected targets as unit"),
    ("targets = [3]", "expected targets as unit"),
    ("targets = '/a.csv'", r"expected targets = the name of a \.csv in data/raw, found '/a"),
    ('targets = [{unit = "A"}]', "expected targets as unit"),
    ('targets = [{unit = "A", rank = 1.5, year = 2030}]', "target 1: expected rank = a"),
    ('targets = [{unit = "A", rank = true, year = 2030}]', "target 1: expected rank = a"),
    ('targets = [{unit = "A", rank = 0, year = 2030}]', "target 1: expected rank = a whole"),
    ('targets = [{unit = "A", rank = 1, year = 2030.0}]', "target 1: expected year = a year such"),
    ('targets = [{unit = "A", rank = 1, year = 20300}]', "target 1: expected year = a year such"),
    ('targets = [{unit = "", rank = 1, year = 2030}]', "target 1: expected unit = "),
    (f"targets = [{AIM}, {AIM[:-1]}, stated_on = 2022}}]", "target 2: expected stated_on = "),
    (f"targets = [{AIM}, {AIM[:-1]}, by = 'x'}}]", "target 2: by is not known. Known: unit, rank"),
    ("index = 3", r"expected \[index.NAME\] for each roster"),
    ("index = {a = 3}", r"expected \[index.NAME\] for each roster"),
    ("index = {a = {colour = 'red'}}", r"index\.a: colour is not known\. Known: panel, parent"),
    ("index = {a = {panel = 3}}", r"index\.a: expected panel = the name of a \.csv in data/raw"),
    ("index = {a = {panel = '../a.csv'}}", r"index\.a: expected panel = the name of a \.csv"),
    ("index = {a = {parent = 'b', crosswalk = 'c.csv'}}", "index.a names the parent 'b', which is"),
    ("index = {a = {}, b = {parent = 'a'}}", "and parent and crosswalk or neither, found"),
    ("index = {a = {}, b = {crosswalk = 'c.csv'}}", "and parent and crosswalk or neither, found"),
    ("default = 'a'", r"default names 'a'; known: no \[index"),
    ("default = 'a'\nindex = {b = {}, c = {}}", "default names 'a'; known: b, c"),
    ("means = 3", r"expected \[means\] with the mean of all scores of an edition"),
    ("means = {2020 = true}", "expected 2020 = a number, found True"),
    ("means = {soon = 1}", "soon"),
    ("evaluation = 3", r"expected \[evaluation\] with min_editions = 1 or more, found 3"),
    ("evaluation = {}", r"expected \[evaluation\] with min_editions"),
    ("evaluation = {min_editions = 0}", "evaluation: expected min_editions = a whole number from"),
    ("evaluation = {min_editions = true}", "evaluation: expected min_editions = a whole number"),
    ("evaluation = {min_editions = 2, models = 1}", r"evaluation: models is not known\. Known: m"),
    ("labels = 3", r"expected \[labels.vi\]"),
    ("labels = {vi = {unit = 3}}", 'labels.vi: expected unit = "…", found 3'),
    ("labels = {vi = {unit = ' '}}", 'labels.vi: expected unit = "…", found'),
    ("labels = {fr = {unit = 'ville'}}", r"labels: fr is not known\. Known: vi, en"),
    (f"labels.{'x.' * 600}x = 1", "cannot be read: maximum recursion depth exceeded"),
    (f"labels.{'x.' * 3000}x = 1", "cannot be read: maximum recursion depth exceeded"),
    ("greatest = 100", "greatest is called max_score now"),
    ("ceiling = 100", "ceiling is called max_score now"),
    ("points = {2024 = {a = 1}}", "points is called weights now"),
]


@pytest.mark.parametrize(("line", "words"), FAULTS)
def test_a_fault_is_told_with_its_file(tmp_path, line, words):
    key = line.partition(" = ")[0]
    lines = [told for told in NOUNS.splitlines() if not told.startswith(f"{key} =")]
    file = tmp_path / "index.toml"
    file.write_text("\n".join([*lines, line]), encoding="utf-8")
    with pytest.raises(DataError, match=words) as refusal:
        read_config(file)
    assert re.match(f"{file}(, [a-z0-9. ]+)?: ", str(refusal.value))
    assert str(refusal.value).endswith(".") or "TOML" in words


@pytest.mark.parametrize("key", ["name", "unit", "units", "source"])
def test_what_an_index_must_say(key):
    lines = [line for line in NOUNS.splitlines() if not line.startswith(f"{key} =")]
    with pytest.raises(DataError, match=f'^index.toml: expected {key} = "…", found nothing'):
        parse_config("\n".join(lines))


def test_a_mark_of_utf8_does_not_matter_and_another_encoding_is_refused(tmp_path):
    file = tmp_path / "index.toml"
    file.write_bytes(b"\xef\xbb\xbf" + NOUNS.replace("office", "Amt für Zahlen").encode())
    assert read_config(file).source == "statistics Amt für Zahlen"
    file.write_bytes(NOUNS.replace("office", "Amt für Zahlen").encode("latin-1"))
    with pytest.raises(DataError, match="cannot be read as TOML: it is not in UTF-8"):
        read_config(file)


@pytest.mark.parametrize("text", ["a." * 20_000 + "b = 1", f'default = "{"x" * 20_000}"'])
def test_what_is_very_long_gives_a_short_message(text):
    with pytest.raises(DataError) as refusal:
        parse_config(f"{text}\n{NOUNS}")
    assert len(str(refusal.value)) < 300


def test_a_folder_without_a_description_is_told(tmp_path):
    with pytest.raises(DataError, match="See dti init"):
        read_config(tmp_path / "index.toml")


def test_a_config_may_be_made_of_part_of_it():
    assert make_config({"unit": "city"}, "here").unit == "city"
    with pytest.raises(DataError, match=r"^here: expected blank"):
        make_config({"blank": "no"}, "here")
    with pytest.raises(DataError, match=r"^here: greatest is called max_score now"):
        make_config({"greatest": 1}, "here")


def test_nouns_and_labels_follow_the_language():
    config = parse_config(WHOLE)
    assert config.nouns == {"index": "City Index", "unit": "city", "units": "cities"}
    assert config.head_unit() == "City"
    assert [config.label(name) for name in ("economy", "society")] == ["Economy", "society"]
    with use_language("vi"):
        assert config.nouns == {"index": "City Index", "unit": "thành phố", "units": "cities"}
        assert config.head_unit() == "Thành phố"
        assert config.label("economy") == "Kinh tế"
        assert config.label("source") == "statistics office"
    # A component that is called like a field of the description keeps its own name.
    assert config.label("blank") == "blank"


@pytest.mark.parametrize(
    ("value", "is_one"),
    [(1, True), (0.5, True), (float("nan"), False), (True, False), ("1", False), (None, False)],
)
def test_what_is_a_number(value, is_one):
    assert is_number(value) is is_one


@given(
    st.dictionaries(
        st.sampled_from(
            ["name", "max_score", "blank", "subset", "weights", "targets", "index", "labels", "x"]
        ),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_whatever_is_said_is_read_or_refused_with_one_message(told):
    refusal = None
    try:
        make_config(told, "here")
    except DataError as error:
        refusal = str(error)
    assert refusal is None or refusal.startswith(("here: ", "here, "))
