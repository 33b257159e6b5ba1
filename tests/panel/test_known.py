"""What a forecast may see of a panel: its units at the origin, ranked among themselves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_analysis.models.positions import standardise
from dti_analysis.project import read_index


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


def know(table, origin, **options):
    return read_index(table, **options).panel.known(origin)


def test_only_units_with_a_row_at_the_origin_are_kept(toy_panel):
    panel = toy_panel.astype({"rank": float})
    panel.loc[(panel["unit"] == "a") & (panel["year"] == 2022), "score"] = np.nan
    panel.loc[(panel["unit"] == "b") & (panel["year"] == 2022), ["score", "rank"]] = np.nan, 2
    panel.loc[(panel["unit"] == "c") & (panel["year"] == 2020), "score"] = np.nan
    before = panel.copy()
    seen = know(panel.sample(frac=1, random_state=1), 2022, blank="absent")
    assert seen.columns.tolist() == ["unit", "year", "score", "rank"]
    assert sorted(set(seen["unit"])) == list("bcde")
    assert seen["year"].max() == 2022
    assert len(seen) == 4 * 3 - 1
    assert seen.equals(seen.sort_values(["unit", "year"]))
    pd.testing.assert_frame_equal(panel, before)
    assert len(know(toy_panel, 2023)) == 20
    # Ranked but not published: it is still there.
    seen = know(panel, 2022, blank="unpublished")
    assert sorted(set(seen["unit"])) == list("abcde")
    assert len(seen) == 5 * 3


def test_ranks_of_who_left_are_closed_up(ranked):
    seen = know(ranked, 2021)
    ranks = seen.pivot(index="unit", columns="year", values="rank")
    assert ranks[2020].dropna().to_dict() == {"a": 1, "b": 2, "c": 3}
    assert ranks[2021].tolist() == [2, 1, 3, 4]
    assert know(ranked, 2020)["rank"].tolist() == [1, 3, 4, 2]
    # What is shown stays.
    assert read_index(ranked).wide().loc["b"].tolist() == [3, 1]


def test_who_left_or_is_new_does_not_move_the_others(ranked):
    seen = standardise(know(ranked, 2021))
    alone = standardise(
        pd.DataFrame({"unit": list("abc"), "year": 2020, "score": np.nan, "rank": [1, 2, 3]})
    )
    np.testing.assert_allclose(seen.mean[:3, 0], alone.mean[:, 0])
    assert np.isnan(seen.mean[3, 0])


def test_ranks_that_are_not_in_the_panel_keep_their_places(ranked):
    partly = ranked[ranked["unit"] != "b"]
    ranks = know(partly, 2020, subset=True).set_index("unit")["rank"]
    # Three units are known, but the last of them is the fourth: standing is out of four.
    standing = {"a": 0.5 / 4, "d": 1.5 / 4, "c": 3.5 / 4}
    assert ((ranks - 0.5) / 3).to_dict() == pytest.approx(standing)


def test_unpublished_ranks_keep_their_places(ranked):
    partly = ranked.assign(rank=ranked["rank"].mask(ranked["unit"] == "b"))
    ranks = know(partly, 2020).set_index("unit")["rank"]
    # The rank 4 says that b was ranked: all four are there, and nothing moves.
    assert ranks.dropna().to_dict() == {"a": 1, "c": 4, "d": 2}


def test_ranks_that_are_the_same_units_throughout_are_untouched(index):
    seen = index.panel.known(2024)
    own = index.panel.rows.rename(columns={"code": "unit"})
    own = own.sort_values(["unit", "year"], ignore_index=True)
    pd.testing.assert_frame_equal(seen, own[["unit", "year", "score", "rank"]])


def test_what_came_is_of_those_forecast_and_ranked_among_them(ranked):
    panel = read_index(ranked).panel
    came = panel.outcome(2021, ["a", "c", "e"])
    assert came.columns.tolist() == ["unit", "year", "score", "rank"]
    assert came["unit"].tolist() == ["a", "c", "e"]
    assert came["rank"].tolist() == [1, 2, 3]
    assert panel.outcome(2021, ["d"]).empty


def test_what_came_is_only_what_is_known(toy_panel):
    table = toy_panel.assign(score=toy_panel["score"].mask(toy_panel.index == 3))
    assert toy_panel.loc[3, ["unit", "year"]].tolist() == ["a", 2023]
    panel = read_index(table, blank="unpublished").panel
    assert panel.outcome(2023, list("abc"))["unit"].tolist() == ["b", "c"]


@settings(deadline=None)
@given(
    st.permutations(range(1, 9)),
    st.sets(st.integers(0, 7), max_size=6),
    st.sets(st.integers(0, 7), max_size=6),
)
def test_restated_ranks_are_those_of_a_slow_count(ranks, left, unpublished):
    units = [f"u{unit}" for unit in range(8)]
    then = pd.DataFrame({"unit": units, "year": 2020, "rank": ranks}).astype({"rank": float})
    then.loc[list(unpublished - {ranks.index(8)}), "rank"] = np.nan
    now = [unit for number, unit in enumerate(units) if number not in left]
    after = pd.DataFrame({"unit": now, "year": 2021, "rank": range(1, len(now) + 1)})
    seen = know(pd.concat([then, after]), 2021)
    found = seen[seen["year"] == 2020].set_index("unit")["rank"]
    stated = then.set_index("unit")["rank"]
    gone = [rank for unit, rank in stated.items() if unit not in now and not np.isnan(rank)]
    places = 8 - len(gone)
    for unit in now:
        if np.isnan(stated[unit]):
            assert np.isnan(found[unit])
            continue
        place = stated[unit] - sum(rank < stated[unit] for rank in gone)
        assert found[unit] == pytest.approx(0.5 + (place - 0.5) * len(now) / places)
