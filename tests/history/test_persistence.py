"""How much of a ranking lasts, regions, and measures that agree: against slow ways."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from history_panels import make_index
from scipy import stats

from dti_analysis.cleaning.dti import ACTIVITIES, PILLARS


def test_persistence_of_a_small_ranking_by_hand():
    table = make_index([[9, 8, 7, 6], [8, 9, 7, 6], [6, 7, None, 9]]).persistence(top=2)
    table = table.set_index(["first", "last"])
    # 1 - 6 * (1 + 1) / (4 * 15), and the first three of four in another order.
    assert table.loc[(2020, 2021), "correlation"] == pytest.approx(0.8)
    assert table.loc[(2020, 2021), "median_move"] == 0.5
    assert table.loc[(2020, 2021), "kept"] == 1.0
    partly = table.loc[(2020, 2022)]
    assert partly[["units", "is_complete", "apart"]].tolist() == [3, False, 2]
    assert np.isnan(partly["kept"])
    assert partly["correlation"] == pytest.approx(-1.0)


def test_regions_share_the_variance_that_lies_between_them():
    table = make_index([[9, 8, 2, 1]], ["a", "a", "b", "b"]).regions()
    # Means 1.5 and 3.5 around 2.5, all ranks 1 to 4: 1 / 1.25.
    assert table["share"].tolist() == pytest.approx([0.8, 0.8])
    assert table["median_rank"].tolist() == [1.5, 3.5]
    shares = [
        make_index([list(order)], ["a", "a", "b", "b", "b"]).regions()["share"].iloc[0]
        for order in permutations([9, 8, 5, 2, 1])
    ]
    assert np.mean(shares) == pytest.approx(table["share_by_chance"].iloc[0] * 3 / 4)


def test_an_incomplete_edition_has_no_regions():
    table = make_index([[9, 8, None], [3, 2, 1]], ["one"] * 3).regions()
    assert table["year"].unique().tolist() == [2021]
    assert table["units"].tolist() == [3]


def test_where_no_edition_is_complete_there_are_no_regions():
    assert make_index([[9, 8, None], [3, None, 1]], ["one"] * 3).regions().empty
    assert make_index([[9, 8, 7]]).regions().empty


def test_correlations_are_those_of_ranks(index):
    measures = [*PILLARS, *ACTIVITIES]
    table = index.correlations(2023, measures)
    edition = index.frame().query("year == 2023")
    for one, other in ((PILLARS[0], ACTIVITIES[1]), (ACTIVITIES[0], ACTIVITIES[2])):
        slow = stats.spearmanr(edition[one], edition[other]).statistic
        assert table.loc[one, other] == pytest.approx(slow)
    assert np.diag(table).tolist() == pytest.approx([1] * 6)
    assert table.columns.tolist() == table.index.tolist() == measures


def test_the_ranks_of_the_dti_last_as_by_scipy(index):
    table = index.persistence().set_index(["first", "last"])
    wide = index.wide().dropna()
    for first, last in ((2022, 2023), (2022, 2024), (2023, 2024)):
        both = index.wide()[[first, last]]
        slow = stats.spearmanr(both[first], both[last]).statistic
        assert table.loc[(first, last), "correlation"] == pytest.approx(slow)
        kept = len(set(both[both[first] <= 10].index) & set(both[both[last] <= 10].index)) / 10
        assert table.loc[(first, last), "kept"] == pytest.approx(kept)
    assert len(wide) < 63  # so the earlier pairs are of fewer
    assert not table.loc[(2020, 2021), "is_complete"]


def test_inputs_are_left_alone(toy_panel):
    before = toy_panel.copy()
    assert len(make_index([[3, 2, 1], [1, 2, 3]]).persistence()) == 1
    pd.testing.assert_frame_equal(toy_panel, before)
