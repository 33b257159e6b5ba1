import math
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dti_analysis.errors import DataError
from dti_analysis.targets import (
    COLUMNS,
    PROBABILITIES,
    Target,
    check_probability,
    check_target,
    combine_targets,
    doubt_target,
    is_known,
    list_targets,
    require_rank,
    suggest_target,
)

OFFICIAL = [Target(20, 2022, "official"), Target(10, 2025, "official")]


def test_official_targets_come_by_year_and_those_stated_last_first():
    rows = [
        ("a", 10, 2025, "2022-10-10", "s2", ""),
        ("a", 15, 2025, "2023-12", "s1", "n1"),
        ("a", 5, 2025, "", "", ""),
        ("a", 20, 2022, "2022-10-10", "s2", ""),
        ("b", 1, 2025, "", "", ""),
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    before = table.copy()
    targets = list_targets(table, "a")
    assert [target.goal for target in targets] == [(20, 2022), (15, 2025), (10, 2025), (5, 2025)]
    assert targets[1] == Target(15, 2025, "official", "2023-12", "s1", "n1")
    assert list_targets(table, "c") == []
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("stated_on", "next_day", "is_so"),
    [
        ("", "", True),
        ("", "2023-07-12", True),
        ("1999", "", True),
        *(("2022", next_day, True) for next_day in ("", "2023-07-12")),
        *(("2022-12", next_day, True) for next_day in ("", "2023-07-12")),
        *(("2023", next_day, False) for next_day in ("", "2023-07-12")),
        *(("2023-01", next_day, False) for next_day in ("", "2023-07-12")),
        ("2022-12-31", "", True),
        ("2023-01-01", "", False),
        ("2023-07-11", "2023-07-12", True),
        ("2023-07-12", "2023-07-12", False),
        ("2023-07-13", "2023-07-12", False),
    ],
)
def test_a_target_is_known_if_it_was_stated_before_the_next_edition(stated_on, next_day, is_so):
    assert is_known(stated_on, 2021, next_day) is is_so


EDITIONS = [2018, 2020, 2022]


@pytest.mark.parametrize(
    ("told", "ahead", "field", "expected"),
    [
        ((0, 2024, ""), 2, "rank", "a rank from 1 to 5"),
        ((-1, 2024, ""), 2, "rank", "a rank from 1 to 5"),
        ((6, 2024, ""), 2, "rank", "a rank from 1 to 5"),
        ((1, 2025, ""), 2, "year", "an edition, such as 2024 or 2026"),
        ((1, 2023, ""), 2, "year", "an edition, such as 2022 or 2024"),
        ((1, 2021, ""), 2, "year", "an edition, such as 2020 or 2022"),
        ((1, 2021, ""), 1, "year", "an edition, such as 2020 or 2022"),
        ((1, 2019, ""), 2, "year", "an edition, such as 2020$"),
        ((1, 2018, ""), 2, "year", "an edition, such as 2020$"),
        ((1, 1, ""), 2, "year", "an edition, such as 2020$"),
        ((1, 2024, "soon"), 2, "stated_on", "a date, such as 2022, 2022-10 or 2022-10-10"),
        ((1, 2024, "2024-13"), 2, "stated_on", "a date, such as"),
        ((1, 2024, "2025"), 2, "stated_on", "a date up to 2024, the year to reach it in"),
    ],
)
def test_a_target_that_cannot_be_is_doubted(told, ahead, field, expected):
    found = doubt_target(*told, 5, EDITIONS, ahead)
    assert found is not None
    assert found[0] == field
    assert re.match(expected, found[1])


@pytest.mark.parametrize("year", [2020, 2022, 2024, 2026, 2062, 9998])
@pytest.mark.parametrize("stated_on", ["", "2019", "2020-02", "2020-12-31"])
def test_a_target_of_an_edition_there_was_or_will_be_is_none(year, stated_on):
    assert doubt_target(5, year, stated_on, 5, EDITIONS, 2) is None
    assert doubt_target(1, 2023, "", 5, EDITIONS, 1) is None
    assert doubt_target(1, 2024, "", 5, [2023], 1) is None


def test_a_target_asked_for_comes_first_or_alone():
    asked = Target(5, 2025)
    assert combine_targets(OFFICIAL, None, all_targets=False) == OFFICIAL
    assert combine_targets(OFFICIAL, asked, all_targets=False) == [asked]
    assert combine_targets(OFFICIAL, asked, all_targets=True) == [asked, *OFFICIAL]


def test_an_official_target_stands_for_the_same_one_asked_for():
    asked = Target(10, 2025)
    assert combine_targets(OFFICIAL, asked, all_targets=False) == [OFFICIAL[1]]
    assert combine_targets(OFFICIAL, asked, all_targets=True) == OFFICIAL[::-1]


@pytest.mark.parametrize(
    ("rank", "count", "target"),
    [
        *((39, 63, 30), (30, 63, 20), (11, 63, 10), (10, 63, 5), (4, 63, 3), (3, 63, 1)),
        *((1, 63, 1), (None, 63, 60), (math.nan, 60, 50), (None, 4, 5), (2, 2, 1)),
    ],
)
def test_the_next_round_number_is_suggested(rank, count, target):
    assert suggest_target(rank, count, 2030) == Target(target, 2030, "reference")


@given(st.integers(2, 500), st.data())
def test_what_is_suggested_is_better_and_exists(count, data):
    rank = data.draw(st.integers(2, count))
    assert 1 <= suggest_target(rank, count, 2030).target_rank < rank


def test_what_cannot_be_assessed_is_refused():
    check_target(Target(63, 2022), 63, [2022])
    for rank in (0, -1, 64):
        with pytest.raises(
            DataError, match=rf"target rank {rank} does not exist: expected 1 to 63"
        ):
            check_target(Target(rank, 2022), 63, [2022])
    with pytest.raises(DataError, match=r"year 2024 is not forecast: .* 2022, 2023\. A longer hor"):
        check_target(Target(1, 2024), 63, [2022, 2023])
    with pytest.raises(DataError, match="add --target-rank"):
        require_rank(None, 2024)
    require_rank(1, None)
    require_rank(None, None)


@pytest.mark.parametrize("probability", [0, 1, -0.5, 80, math.nan])
def test_what_is_no_chance_is_refused(probability):
    check_probability(0.5)
    with pytest.raises(DataError, match=f"probability {probability} is out of range"):
        check_probability(probability)


def test_what_is_told_of_each_target_can_be_asked_about():
    assert list(PROBABILITIES) == sorted(PROBABILITIES)
    for probability in PROBABILITIES:
        check_probability(probability)


def test_a_target_does_not_change():
    with pytest.raises(AttributeError):
        Target(3, 2026).target_rank = 1
