"""The record of scores and of the scores said to be needed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dti_analysis as dti
from dti_analysis.evaluation.levels import (
    call_needs,
    count_needs,
    find_thresholds,
    list_needs,
    measure_scores,
)
from dti_analysis.models.ranks import threshold


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.lists(st.integers(0, 6), min_size=4, max_size=4), min_size=1, max_size=5),
    size=st.integers(1, 3),
)
def test_what_each_has_to_reach_is_what_it_is_for_one(values, size):
    drawn = np.array(values, dtype=float)
    found = find_thresholds(drawn, size)
    ordered = np.sort(drawn, axis=1)
    for unit in range(4):
        np.testing.assert_array_equal(found[:, unit], threshold(ordered, drawn[:, unit], size))


def test_scores_are_measured_in_spreads():
    drawn = np.tile(np.linspace(0, 1, 101)[:, None], 2)
    found = measure_scores(drawn, np.array([0.5, 0.95]), np.array([0.1, np.nan]), 0.5)
    assert found["score_mae"] == pytest.approx((0 + 0.45) / 2 / 0.5)
    assert found["score_mae_unchanged"] == pytest.approx(0.4 / 0.5)
    assert found["score_coverage80"] == 0.5
    assert found["score_coverage90"] == 1


def test_where_no_score_came_there_is_nothing_to_measure():
    nothing = measure_scores(np.zeros((3, 2)), np.full(2, np.nan), np.zeros(2), 1.0)
    assert np.isnan(list(nothing.values())).all()
    assert list_needs(pd.DataFrame({"outcome": [1, 2]})).empty


def test_a_score_is_enough_where_that_of_the_rival_is_no_higher():
    drawn = np.array([[3.0, 2.0, 1.0]] * 10)
    came = np.array([2.5, 2.0, 2.2])
    calls = call_needs(drawn, came, [1, 3]).assign(
        origin=1, horizon=1, unit=list("abc"), score=came, outcome=[1, 3, 2]
    )
    assert "needed80_top3" not in calls  # to be among all takes nothing
    needs = list_needs(calls).query("probability == 0.8").set_index("unit")
    # a was told to beat 2, b and c to beat 3; it took 2.2 of a, and 2.5 of the others.
    assert needs["is_enough"].to_dict() == {"a": False, "b": True, "c": True}
    assert needs["is_met"].to_dict() == {"a": True, "b": False, "c": False}
    assert needs["is_reached"].to_dict() == {"a": True, "b": False, "c": False}
    counted = count_needs(list_needs(calls)).iloc[1]
    assert counted[["scores", "met", "reached"]].tolist() == [3, 1, 1]


def make_index(sign=1):
    """Thirty units that walk, all one step up each edition; every chance is known to be right."""
    rng = np.random.default_rng(5)
    scores = rng.normal(0, 1, (30, 1)) + rng.normal(0, 0.4, (30, 12)).cumsum(axis=1)
    scores += rng.normal(0.3, 0.3, 12).cumsum()
    rows = [
        {"unit": f"u{unit:02}", "year": 2000 + year, "score": sign * scores[unit, year]}
        for unit in range(30)
        for year in range(12)
    ]
    return dti.read_index(pd.DataFrame(rows), higher_is_better=sign > 0)


def test_an_index_and_its_mirror_image_have_the_same_record():
    up, down = (
        make_index(sign).evaluate(["averaged_level"], draws=200, top=(5,)) for sign in (1, -1)
    )
    pd.testing.assert_frame_equal(up.needs(), down.needs())
    measures = [name for name in up.by_horizon if str(name).startswith("score_")]
    pd.testing.assert_frame_equal(up.by_horizon[measures], down.by_horizon[measures])
    flipped = -down.outcomes["needed80_top5"]
    pd.testing.assert_series_equal(up.outcomes["needed80_top5"], flipped)
    for end, other in (("low80", "high80"), ("median_score", "median_score")):
        said = pd.Series(-down.outcomes[other], name=end)
        pd.testing.assert_series_equal(up.outcomes[end], said)


def test_scores_said_of_a_walk_are_enough_about_as_often_as_said():
    record = make_index().evaluate(["averaged_level"], draws=500, horizon=1, top=(5, 10)).needs()
    enough = record.query("model == 'averaged_level'").set_index("probability")["enough"]
    assert 0.3 <= enough[0.5] <= 0.8
    assert 0.65 <= enough[0.8] <= 1
    assert record["scores"].eq(8 * 30 * 2).all()


def test_the_score_needed_of_the_record_is_that_of_the_answer(index):
    found = index.evaluate(["averaged_level"], draws=300, top=(10,)).outcomes
    own = found.query("unit == '48' and origin == 2022 and horizon == 2").iloc[-1]
    answer = index.forecast(2022, 2, draws=300).answer("48", 10, 2024)
    assert own["needed80_top10"] == pytest.approx(answer.first_target.score_needed[0.8])
    said = answer.scores.set_index("year").loc[2024]
    assert own[["median_score", "low80", "high80"]].tolist() == pytest.approx(
        said[["median", "low80", "high80"]].tolist()
    )
    assert own["score"] == index.panel.history("48").set_index("year").at[2024, "score"]
