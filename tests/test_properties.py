"""What holds of any name, number, rank, panel, merger and description, not only of examples."""

import json
import re
from html import unescape

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dti_analysis.batch.kinds import find_unsayable
from dti_analysis.batch.parameters import Parameter
from dti_analysis.cleaning.numbers import parse_rank, parse_score, read_numbers
from dti_analysis.cleaning.panel_table import read_panel
from dti_analysis.config import IndexConfig, parse_config
from dti_analysis.display import Text, drop_marks, link, mark_up
from dti_analysis.errors import STEERING, DataError, escape
from dti_analysis.files import format_csv
from dti_analysis.forecasting.bottom_up import share_out
from dti_analysis.forecasting.conditions import read_condition
from dti_analysis.language import BOLD, CODE, LINK, REFERENCE, _, write_number
from dti_analysis.models.positions import standardise
from dti_analysis.models.ranks import rank_draws
from dti_analysis.names import clean_text, find_code, name_key, quote, read_text, shorten

# --- names

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(st.text())
def test_a_text_that_is_clean_is_left_as_it_is(text):
    assert clean_text(clean_text(text)) == clean_text(text)
    assert name_key(name_key(text)) == name_key(text)


@given(st.text())
def test_what_is_taken_for_a_text_steers_nothing(text):
    try:
        told = read_text(text, "here")
    except DataError as error:
        told = str(error)
    assert not STEERING.search(told)
    assert not STEERING.search(escape(text, kept=""))


@given(st.text())
def test_what_is_quoted_is_short_plain_and_in_one_line(text):
    told = quote(text)
    assert told.isprintable()
    # Each sign of what is left may be written out, in ten signs at most.
    assert len(told) <= 10 * len(shorten(text)) + 2


@given(st.lists(WORDS.map(clean_text), unique_by=name_key, min_size=2, max_size=6), st.text())
def test_a_name_is_found_or_the_message_tells_of_it(names, asked):
    known = {str(place): name for place, name in enumerate(names)}
    told = ""
    try:
        code = find_code(asked, known, "unit", "here")
    except DataError as error:
        code, told = "", str(error)
    is_found = code and name_key(asked) in (name_key(code), name_key(known[code]))
    assert is_found or quote(asked) in told


# --- numbers


NUMBERS = st.floats(-1e99, 1e99, allow_nan=False)


@given(st.lists(NUMBERS, min_size=1))
def test_numbers_are_read_as_they_were_written(values):
    texts = [np.format_float_positional(value, trim="-") for value in values]
    assume(max(map(len, texts)) <= 100)
    read, findings = read_numbers(pd.DataFrame({"x": pd.Series(texts, dtype="str")}))
    assert findings == []
    assert read["x"].tolist() == values


@given(st.lists(st.decimals(0, 9999, places=4).map(str), min_size=2))
def test_a_decimal_comma_is_a_decimal_point(texts):
    columns = [
        read_numbers(pd.DataFrame({"x": pd.Series([*told, "0" + sign + "5"], dtype="str")}))
        for sign, told in ((".", texts), (",", [text.replace(".", ",") for text in texts]))
    ]
    assert columns[0][1] == columns[1][1] == []
    assert columns[0][0].equals(columns[1][0])


@given(NUMBERS)
def test_a_number_in_a_message_is_read_back(value):
    assert float(write_number(value)) == value


@given(st.integers(1, 999_999_999), st.integers(0, 10**6))
def test_a_rank_is_read_in_all_its_forms(rank, more):
    of = min(rank + more, 999_999_999)
    for text in (f"{rank}", f"{rank}.0", f"{rank}/{of}", f"thứ {rank}/{of}", f"Hạng {rank}"):
        assert parse_rank(text) == rank


@given(st.decimals(0, 100, places=3))
def test_a_share_is_of_the_whole_however_it_is_written(share):
    assert parse_score(f"{share}%") == pytest.approx(float(share) / 100)
    assert parse_score(f"{share:f}".replace(".", ",") + "%") == parse_score(f"{share}%")


@given(
    WORDS.filter(str.strip),
    st.sampled_from(["rank", "score"]),
    st.sampled_from(["<=", ">=", "="]),
    st.decimals(-1000, 1000, places=3),
    st.none() | st.integers(1900, 2100),
)
def test_a_condition_is_read_back(unit, measure, sign, value, year):
    text = f"{unit}: {measure} {sign} {value:f}" + (f" in {year}" if year else "")
    read = read_condition(text)
    assert (read.unit, read.measure, read.sign) == (unit.strip(), measure, sign)
    assert (read.value, read.year) == (float(value), year)


# --- ranks

SCORES = arrays(float, st.integers(2, 9), elements=st.integers(-50, 50).map(float))


@given(SCORES, st.integers(1, 9), st.integers(-9, 9))
def test_ranks_change_with_order_alone(scores, factor, shift):
    ranks = rank_draws(scores)
    assert (rank_draws(scores * factor + shift) == ranks).all()
    assert (rank_draws(scores**3) == ranks).all()
    order = np.argsort(scores, kind="stable")
    assert (rank_draws(scores[order]) == ranks[order]).all()


@given(SCORES, st.data())
def test_who_gains_falls_behind_nobody_and_pushes_nobody_ahead(scores, data):
    unit = data.draw(st.integers(0, len(scores) - 1))
    gained = scores.copy()
    gained[unit] += data.draw(st.integers(0, 60))
    before, after = rank_draws(scores), rank_draws(gained)
    assert after[unit] <= before[unit]
    others = np.arange(len(scores)) != unit
    assert (after[others] >= before[others]).all()
    assert (after[others] <= before[others] + 1).all()


# --- panel and merger


@st.composite
def frames(draw):
    """Scores of some units in some editions, none of them out."""
    units = draw(st.integers(2, 6))
    years = draw(st.integers(1, 4))
    cells = st.integers(0, 1000).map(lambda value: value / 10)
    scores = draw(arrays(float, (years, units), elements=cells))
    return pd.DataFrame(
        [
            {"unit": f"u{unit}", "year": 2020 + year, "score": scores[year, unit]}
            for year in range(years)
            for unit in range(units)
        ]
    )


@given(frame=frames())
def test_a_panel_is_read_back_from_the_csv_it_is_written_as(frame, tmp_path_factory):
    file = tmp_path_factory.mktemp("panel") / "p.csv"
    file.write_text(format_csv([frame.columns, *frame.to_numpy().tolist()]), encoding="utf-8")
    pd.testing.assert_frame_equal(read_panel(file), read_panel(frame))


@given(frames())
def test_positions_keep_the_order(frame):
    assume((frame.groupby("year")["score"].nunique() > 1).all())
    known = frame.assign(code=frame["unit"], rank=np.nan)
    positions = standardise(known)
    wide = frame.pivot(index="unit", columns="year", values="score")
    for column, year in enumerate(positions.editions):
        ranks = rank_draws(wide[year].to_numpy())
        assert (rank_draws(positions.mean[:, column].round(9)) == ranks).all()


@given(st.data())
def test_a_merged_mean_lies_between_its_members(data):
    count = data.draw(st.integers(1, 8))
    codes = tuple(f"u{unit}" for unit in range(count))
    into = data.draw(st.lists(st.sampled_from("ABC"), min_size=count, max_size=count))
    weights = st.lists(st.floats(0.01, 100), min_size=count, max_size=count)
    table = pd.DataFrame({"old_code": codes, "new_code": into})
    if (weight := data.draw(st.none() | weights)) is not None:
        table["weight"] = weight
    merged, share = share_out(codes, table.sample(frac=1, random_state=3))
    assert merged == tuple(sorted(set(into)))
    np.testing.assert_allclose(share.sum(axis=0), 1)
    scores = data.draw(arrays(float, count, elements=st.floats(-100, 100)))
    for code, mean in zip(merged, scores @ share, strict=True):
        members = scores[[place for place, new in enumerate(into) if new == code]]
        assert members.min() - 1e-9 <= mean <= members.max() + 1e-9


# --- descriptions and parameters

NOUN = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"]))


@given(NOUN, NOUN, st.none() | st.floats(0.01, 1e6), st.booleans())
def test_a_description_is_read_back(name, source, max_score, is_better):
    told = {"name": name, "unit": "city", "units": "cities", "source": source}
    assume(all(clean_text(text) for text in told.values()))
    lines = [f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in told.items()]
    lines += [f"higher_is_better = {json.dumps(is_better)}"]
    lines += [] if max_score is None else [f"max_score = {max_score!r}"]
    read = parse_config("\n".join(lines))
    assert (read.name, read.source) == (clean_text(name), clean_text(source))
    assert (read.max_score, read.higher_is_better) == (max_score, is_better)


@given(st.none() | st.floats(1, 100), st.booleans(), st.floats(0, 100))
def test_scores_turned_twice_are_as_they_were(max_score, is_better, score):
    config = IndexConfig(max_score=max_score, higher_is_better=is_better)
    assert config.orient(config.orient(score)) == pytest.approx(score, abs=1e-9)


@given(st.text())
def test_a_text_for_any_parameter_is_taken_or_refused_in_one_line(text):
    for kind in ("int", "float", "bool", "str", "list[int]", "dict[str, int]", "int | None", "Any"):
        parameter = Parameter("x", kind, None)
        try:
            value = parameter.read(text)
            fault = parameter.fault(value)
        except ValueError as error:
            fault = str(error)
        assert fault is not None or find_unsayable(value) is None
        assert fault is None or (fault.startswith("must be ") and len(fault) < 250)


# --- what is shown

TAGS = re.compile(r"</?(strong|code)>|<a (href|data-report)=\"[^\"<>]*\">|</a>|<br>\n")
MARKS = st.sampled_from(
    [BOLD, CODE, LINK, REFERENCE, "<", ">", "&", '"', "'", "**", "`", "\n", "http://h.test"]
)


@given(st.lists(MARKS | st.text(), max_size=12).map("".join))
def test_nothing_of_a_text_is_an_element_but_its_marks(text):
    assert "<" not in TAGS.sub("", mark_up(text))


@given(
    st.text(st.characters(exclude_characters=BOLD + CODE + LINK + REFERENCE + "\r", codec="utf-8"))
)
def test_a_name_in_a_message_is_shown_letter_by_letter(name):
    told = mark_up(_("**{unit}** leads.").format(unit=name))
    shown = unescape(TAGS.sub(lambda tag: "\n" if tag[0] == "<br>\n" else "", told))
    assert shown == f"{name} leads."
    assert drop_marks(_("**{unit}** leads.").format(unit=name)) == f"{name} leads."
    soup = BeautifulSoup(Text(_("**{unit}**").format(unit=name))._repr_html_(), "html.parser")
    assert {tag.name for tag in soup.find_all()} <= {"p", "strong", "br"}


@given(st.text())
def test_a_link_leads_to_a_host_or_is_none(address):
    made = mark_up(link("a", address))
    assert made == "a" or re.match(r'<a href="https?://', made)
