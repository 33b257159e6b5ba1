"""Who was ranked, with what, and how a panel is made of a table that says so."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_analysis.cleaning.panel_table import read_panel
from dti_analysis.cleaning.rosters import build_panel
from dti_analysis.config import IndexConfig, make_config
from dti_analysis.errors import AmbiguousUnitError, DataError, UnknownUnitError
from dti_analysis.panel import Unit, rank_within_edition


def tabulate(rows, columns=("unit", "year", "score", "rank")):
    return pd.DataFrame(rows, columns=list(columns))


def build(table, told=None, components=(), **more):
    return build_panel(
        read_panel(table, components), make_config(told or {}, "index.toml"), "the table", **more
    )


@pytest.fixture
def panel(toy_panel):
    return build(toy_panel)


# --- what is told of an edition


def test_a_rank_needs_the_whole_field():
    assert rank_within_edition(pd.Series([0.1, np.nan])).isna().all()
    assert rank_within_edition(pd.Series([0.3, 0.1 + 0.2, 0.1])).tolist() == [1, 1, 3]


def test_ranks_are_computed_where_all_have_scores_and_say_so(panel):
    assert panel.editions == (2020, 2021, 2022, 2023)
    assert panel.wide().loc["e"].tolist() == [5, 5, 5, 5]
    assert panel.rows["rank_status"].unique().tolist() == ["computed"]
    assert panel.rows["score_status"].unique().tolist() == ["published"]
    assert panel.rows["rank"].dtype == float


def test_published_ranks_stay_as_they_are():
    rows = [("a", 2020, 0.9, 2), ("b", 2020, 0.8, 1), ("c", 2020, 0.7, None)]
    panel = build(tabulate(rows))
    assert panel.ranks_of(2020).to_dict() == {"a": 2, "b": 1, "c": 3}
    assert panel.rows["rank_status"].tolist() == ["published", "published", "computed"]
    partly = build(tabulate([*rows, ("d", 2020, None, 4)]))
    assert partly.rank_of("c", 2020) is None
    assert partly.rank_of("d", 2020) == 4
    assert partly.rank_of("nobody", 2020) is None


def test_an_edition_of_which_nothing_is_known_is_none():
    panel = build(tabulate([("a", 2020, 1.0, None), ("a", 2021, None, None)]))
    assert panel.editions == (2020,)
    assert panel.choose_origin() == 2020
    with pytest.raises(DataError, match="expected a score or a rank, found none in any row"):
        build(tabulate([("a", 2020, None, None)]))
    with pytest.raises(DataError, match="no score and no rank is known"):
        panel.between(2021, 2022).choose_origin()


def test_an_origin_that_is_no_edition_is_refused(panel):
    with pytest.raises(
        DataError, match=r"edition 2019 is not in the panel: .* 2020, 2021, 2022, 2023"
    ):
        panel.choose_origin(2019)


def test_what_is_known_of_a_unit(panel):
    history = panel.history("b")
    assert history.columns.tolist() == ["year", "rank", "score", "rank_status"]
    assert history["rank"].tolist() == [2, 2, 3, 2]
    assert panel.unit("b") == Unit("b", "b")
    assert panel.roster(2021) == tuple("abcde")
    assert panel.last_ranks(2022)["b"] == 3


def test_what_is_asked_of_a_panel_does_not_change_it(panel):
    before = panel.values.copy(), panel.rows.copy()
    panel.known(2021)
    panel.outcome(2022, ["a", "b"])
    panel.table["score"] = 0.0
    panel.between(2021, 2022)
    pd.testing.assert_frame_equal(panel.values, before[0])
    pd.testing.assert_frame_equal(panel.rows, before[1])
    with pytest.raises(dataclasses.FrozenInstanceError):
        panel.measure = "x"


# --- a row is membership


BLANK = [("a", 2020, 9.0, None), ("b", 2020, None, None), ("c", 2020, 7.0, None)]


def test_a_row_without_a_value_is_refused_naming_both_choices_and_how_to_say_them():
    with pytest.raises(
        DataError,
        match=r'^the table: 1 row of 2020 has neither score nor rank, such as that of "b"\. Were '
        r'they ranked\? Say blank = "unpublished" if they were, "absent" if not, in index\.toml, '
        r"or --blank\.$",
    ):
        build(tabulate(BLANK))


def test_a_row_without_a_value_is_what_is_said_of_it():
    was_ranked = build(tabulate(BLANK), {"blank": "unpublished"})
    assert was_ranked.roster(2020) == ("a", "b", "c")
    assert was_ranked.ranks_of(2020).isna().all()
    was_not = build(tabulate(BLANK), {"blank": "absent"})
    assert was_not.roster(2020) == ("a", "c")
    assert was_not.ranks_of(2020).tolist() == [1, 2]


@pytest.mark.parametrize("blank", [None, "unpublished", "absent"])
def test_a_rank_beyond_those_known_says_that_blanks_were_ranked(blank):
    rows = [("a", 2020, None, 1), ("b", 2020, None, None), ("c", 2020, None, 3)]
    panel = build(tabulate(rows), {"blank": blank} if blank else None)
    assert panel.roster(2020) == ("a", "b", "c")
    assert panel.ranks_of(2020).fillna(0).tolist() == [1, 0, 3]


def test_ranks_beyond_the_rows_are_refused_with_how_many_are_missing():
    rows = [("a", 2020, None, 1), ("b", 2020, None, 29), ("c", 2021, None, 1)]
    with pytest.raises(
        DataError,
        match=r"^the table: the ranks of 2020 go up to 29, and 2 units have a row: 27 missing\. "
        r"Only in other editions: \"c\"\. Add a row for each, blank where nothing is known, or say "
        r"subset = true in index\.toml, or --subset\.$",
    ):
        build(tabulate(rows))
    with pytest.raises(DataError, match="go up to 29, and 3 units have a row: 26 missing"):
        build(tabulate([*rows, ("d", 2020, None, None)]), {"blank": "unpublished"})


def test_ranks_of_a_part_are_shown_as_published():
    rows = [("a", 2020, 5.0, 7), ("b", 2020, 4.0, 29)]
    panel = build(tabulate(rows), {"subset": True})
    assert panel.ranks_of(2020).tolist() == [7, 29]
    assert panel.rows["rank_status"].tolist() == ["published"] * 2


def test_no_rank_of_a_part_tells_whether_a_blank_was_ranked():
    rows = [("a", 2020, None, 7), ("b", 2020, None, 29), ("c", 2020, None, None)]
    with pytest.raises(DataError, match="Were they ranked"):
        build(tabulate(rows), {"subset": True})
    for blank, count in (("unpublished", 3), ("absent", 2)):
        panel = build(tabulate(rows), {"subset": True, "blank": blank})
        assert len(panel.roster(2020)) == count


def test_tied_ranks_are_no_missing_units():
    assert build(tabulate([("a", 2020, None, 1), ("b", 2020, None, 1)])).editions == (2020,)


def test_a_score_outside_the_scale_is_refused():
    rows = [("a", 2020, 50.0, None), ("b", 2020, 101.0, None)]
    with pytest.raises(
        DataError, match=r'the score 101 of "b" in 2020 is outside 0 to 100\. .*--max-score'
    ):
        build(tabulate(rows), {"max_score": 100})
    with pytest.raises(DataError, match='the score -1 of "a" in 2020'):
        build(tabulate([("a", 2020, -1.0, None)]), {"max_score": 100})
    assert build(tabulate(rows)).config.max_score is None


# --- editions to come


def edit(*years):
    return build(tabulate([("a", year, 1.0, None) for year in years]))


@pytest.mark.parametrize(
    ("years", "origin", "next_ones"),
    [
        # Every other year to 2020, and yearly since.
        ((2014, 2016, 2018, 2020, 2021, 2022, 2023), 2023, (2024, 2025, 2026)),
        ((2018, 2020, 2022), 2022, (2024, 2026, 2028)),
        ((2020, 2021, 2022), 2020, (2021, 2022, 2023)),
        ((2010, 2012, 2014), 2010, (2012, 2014, 2016)),
        ((2020,), 2020, (2021, 2022, 2023)),
        ((2019, 2020, 2022, 2023), 2023, (2024, 2025, 2026)),
        ((2000, 2001, 2002, 2003, 2006, 2009), 2009, (2012, 2015, 2018)),
        # One gap at another pace is taken for an edition left out or early; two are the new pace.
        ((2014, 2016, 2018, 2020, 2021), 2021, (2023, 2025, 2027)),
        ((2014, 2016, 2018, 2020, 2021, 2022), 2022, (2023, 2024, 2025)),
        ((2019, 2021, 2022, 2023), 2023, (2024, 2025, 2026)),
        ((2019, 2020, 2021, 2023), 2023, (2024, 2025, 2026)),
        ((2018, 2020, 2021), 2021, (2022, 2023, 2024)),
        ((2018, 2019, 2021), 2021, (2022, 2023, 2024)),
        ((2010, 2015), 2015, (2020, 2025, 2030)),
        ((2010, 2011, 2012, 2014, 2016), 2016, (2018, 2020, 2022)),
    ],
)
def test_the_editions_to_come_are_those_there_and_then_at_the_usual_distance(
    years, origin, next_ones
):
    assert edit(*years).next_editions(origin, 3) == next_ones
    assert edit(*years).next_editions(origin, 1) == next_ones[:1]


# --- names


def test_a_unit_is_found_by_name_code_or_another_spelling():
    rows = [("Cần Thơ", "92", 2020, 1.0), ("New York", "1", 2020, 2.0)]
    panel = build(tabulate(rows, ("unit", "code", "year", "score")))
    for name in ("Cần Thơ", "92", "can  tho", "CẦN THƠ\u200b"):
        assert panel.find(name) == Unit("92", "Cần Thơ")
    with pytest.raises(UnknownUnitError, match=r'^unit "TP. Cần Thơ" is not known among the 2'):
        panel.find("TP. Cần Thơ")
    with pytest.raises(UnknownUnitError, match=r'Closest: "New York"\.$'):
        panel.find("new yorc")


def test_an_ambiguous_name_is_refused_in_the_nouns_of_the_index():
    rows = [("Äb", "1", 2020, 1.0), ("Ab", "2", 2020, 2.0), ("Cd", "3", 2020, 3.0)]
    panel = build(
        tabulate(rows, ("unit", "code", "year", "score")), {"unit": "city", "units": "cities"}
    )
    assert panel.find("Ab").name == "Ab"
    assert panel.find("A\u0308b").name == "Äb"
    meant = r'^city "ab" is ambiguous. It can mean "Äb" \(1\), "Ab" \(2\)\. Write the code\.$'
    with pytest.raises(AmbiguousUnitError, match=meant):
        panel.find("ab")


def test_the_last_name_of_a_unit_stands_in_whatever_order_the_rows_come():
    rows = [("Old", "1", 2020, 1.0), ("New", "1", 2021, 2.0), ("B", "2", 2020, 2.0)]
    for order in ([0, 1, 2], [2, 1, 0]):
        panel = build(tabulate([rows[at] for at in order], ("unit", "code", "year", "score")))
        assert panel.names == {"1": "New", "2": "B"}


def test_regions_are_known_where_they_are_told():
    table = tabulate([("a", 2020, 1.0, None)]).assign(region="north")
    assert build(table).unit("a") == Unit("a", "a", "north")
    assert build(table).table["region"].tolist() == ["north"]
    assert "region" not in build(table.drop(columns="region")).table


# --- mergers


PARENT = tabulate(
    [(name, 2020, score, None) for name, score in zip("abc", (3.0, 2, 1), strict=True)]
)
CHILD = tabulate([(name, 2021, score, None) for name, score in zip("xc", (3.0, 2), strict=True)])
CROSSWALK = pd.DataFrame({"old_code": list("abc"), "new_code": list("xxc")})


def merge(crosswalk=CROSSWALK):
    nouns = {"unit": "city", "units": "cities"}
    parent = build(PARENT, nouns, basis="old")
    return build(CHILD, nouns, basis="new", parent=parent, crosswalk=crosswalk)


def test_units_know_what_they_were_made_of_and_became():
    panel = merge()
    assert panel.successors == {"a": "x", "b": "x", "c": "c"}
    assert [unit.code for unit in panel.members("x")] == ["a", "b"]
    assert panel.parent.successors == {}
    assert panel.parent.members("a") == []


def test_a_former_name_is_pointed_to_what_it_became():
    panel = merge()
    with pytest.raises(
        UnknownUnitError,
        match='^city "a" is not one of the 2: a has become part of x. Ask for "x", or use basis '
        r"old\.$",
    ):
        panel.find("a")
    with pytest.raises(UnknownUnitError, match='"nobody" is not known among the 2 cities'):
        panel.find("nobody")
    assert panel.find("c").code == "c"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("abcd", "xxcc", 'the crosswalk names "d", which has no row'),
        ("abc", "xxq", 'the crosswalk names "q", which has no row'),
        ("ab", "xc", 'does not say what became of "c"'),
        ("abc", "xxx", 'does not say what became "c"'),
    ],
)
def test_a_crosswalk_that_does_not_fit_is_refused(old, new, words):
    with pytest.raises(DataError, match=words):
        merge(pd.DataFrame({"old_code": list(old), "new_code": list(new)}))


def test_editions_are_cut_in_the_parent_too():
    cut = merge().between(2021, 2021)
    assert cut.editions == (2021,)
    assert cut.parent.editions == ()


# --- measures and weights


WEIGHTS = {"2020": {"work": 3.0}, "2022": {"work": 1.0, "play": 3.0}}


def build_with_components():
    rows = [
        ("a", 2020, 1.0, 0.9, None),
        ("b", 2020, 2.0, 0.5, 0.1),
        ("a", 2022, 4.0, 0.8, 0.2),
        ("b", 2022, 3.0, 0.9, 0.4),
    ]
    table = tabulate(rows, ("unit", "year", "score", "work", "play"))
    return build(table, {"weights": WEIGHTS}, ["work", "play"])


def test_weights_of_an_edition_are_the_last_ones_stated():
    panel = build_with_components()
    told = [dict(panel.weights_of(year)) for year in (2019, 2020, 2021, 2022, 2030)]
    first, second = {"work": 3.0}, {"work": 1.0, "play": 3.0}
    assert told == [{}, first, first, second, second]
    assert panel.components == ("work", "play")


def test_a_component_is_ranked_like_the_whole():
    panel = build_with_components()
    work = panel.of("work")
    assert work.measure == "work"
    assert work.ranks_of(2020).to_dict() == {"a": 1, "b": 2}
    assert work.ranks_of(2022).to_dict() == {"a": 2, "b": 1}
    assert work.rows["rank_status"].unique().tolist() == ["computed"]
    assert panel.ranks_of(2022).to_dict() == {"a": 1, "b": 2}
    assert work.of("overall").rows.equals(panel.rows)
    assert panel.of("overall") is panel
    assert panel.measures == ["overall", "play", "work"]


def test_a_rank_of_a_component_needs_the_whole_roster():
    play = build_with_components().of("play")
    assert play.editions == (2020, 2022)
    assert play.roster(2020) == ("a", "b")
    assert play.ranks_of(2020).isna().all()
    assert play.ranks_of(2022).to_dict() == {"a": 2, "b": 1}


def test_a_measure_that_is_never_known_of_all_is_refused_with_those_that_are():
    rows = [("a", 2020, 1.0, 0.9, None), ("b", 2020, 2.0, 0.5, 0.1)]
    table = tabulate(rows, ("unit", "year", "score", "work", "play"))
    panel = build(table, {"weights": {"2020": {"work": 1, "play": 1}}}, ["work", "play"])
    for name in ("play", "nothing"):
        with pytest.raises(
            DataError,
            match=rf'^measure "{name}" is not known for all units of any edition\. Known: overall, '
            r"work\.$",
        ):
            panel.of(name)


def test_scores_of_a_component_are_spread_by_unit_and_edition():
    wide = build_with_components().scores_of("play")
    assert wide.loc["b"].tolist() == [0.1, 0.4]
    assert np.isnan(wide.loc["a", 2020])


def test_the_table_has_the_measures_beside_each_other():
    table = build_with_components().table
    values = ["score", "rank", "score_status", "rank_status", "play", "work"]
    assert table.columns.tolist() == ["year", "code", "unit", *values]
    assert table["work"].tolist() == [0.9, 0.5, 0.8, 0.9]
    own = build_with_components().of("work").table
    assert own["score"].tolist() == [0.9, 0.5, 0.8, 0.9]
    assert own["overall"].tolist() == [1, 2, 4, 3]


@pytest.mark.parametrize("name", ["overall", "rank", "year", "unit"])
def test_no_component_is_called_like_a_column_of_the_panel(name):
    table = tabulate([("a", 2020, 1.0, 1)]).assign(overall=1.0)
    with pytest.raises(DataError, match=f'no component can be called "{name}"'):
        read_panel(table, [name])


# --- targets


def aim(*targets):
    told = [dict(zip(("unit", "rank", "year"), target, strict=True)) for target in targets]
    return build(tabulate([("A", 2020, 1.0, None), ("B", 2020, 2.0, None)]), {"targets": told})


def test_targets_are_those_of_the_unit_and_after_an_edition():
    panel = aim(("A", 1, 2022), ("A", 2, 2021), ("B", 1, 2022))
    assert [target.goal for target in panel.targets_of("A", origin=2020)] == [(2, 2021), (1, 2022)]
    assert [target.goal for target in panel.targets_of("A", origin=2021)] == [(1, 2022)]
    assert {target.kind for target in panel.targets_of("A", origin=2020)} == {"official"}


def test_two_ranks_for_one_year_are_two_targets_and_the_same_twice_is_refused():
    panel = aim(("A", 1, 2022), ("A", 2, 2022))
    assert len(panel.targets_of("A", origin=2020)) == 2
    with pytest.raises(
        DataError,
        match=r'^index\.toml, target 2: .* found rank 1 in 2022 for "A" twice: .* target 1',
    ):
        aim(("A", 1, 2022), ("A", 1, 2022))


# --- what a forecast depends on


def test_the_fingerprint_is_of_all_that_a_forecast_depends_on(toy_panel):
    own = build(toy_panel).fingerprint
    assert build(toy_panel.sample(frac=1, random_state=3)).fingerprint == own
    changed = toy_panel.assign(score=toy_panel["score"].where(toy_panel.index != 3, 0.1))
    others = [
        build(changed).fingerprint,
        build(toy_panel, {"max_score": 1}).fingerprint,
        build(toy_panel, {"targets": [{"unit": "a", "rank": 1, "year": 2030}]}).fingerprint,
        build_with_components().fingerprint,
        build_with_components().of("work").fingerprint,
        merge().fingerprint,
        merge().parent.fingerprint,
    ]
    assert len({own, *others}) == 8


def test_an_edition_in_which_only_those_were_ranked_who_left_has_nothing_to_restate():
    rows = [("a", 2020, None, 1), ("a", 2021, None, 1), ("b", 2021, None, 2), ("b", 2022, None, 1)]
    known = build(tabulate(rows)).known(2022)
    assert known["unit"].tolist() == ["b", "b"]
    assert known["rank"].tolist() == [1, 1]


# --- whatever the order of the rows


@st.composite
def panels(draw):
    """Tables of a few units and editions, with scores, ranks, gaps and absences."""
    count = draw(st.integers(2, 4))  # of five or more, ranks at odds with scores are refused
    rows = []
    for year in range(2020, 2020 + draw(st.integers(1, 4))):
        ranks = draw(st.permutations(range(1, count + 1)))
        for unit in range(count):
            score = draw(st.none() | st.integers(0, 5))
            rank = draw(st.none() | st.just(ranks[unit]))
            if draw(st.integers(0, 5)):
                rows.append((f"u{unit}", year, score, rank))
    table = tabulate(rows).astype({"score": float, "rank": float})
    return table, draw(st.permutations(range(len(rows))))


@settings(deadline=None)
@given(panels(), st.sampled_from(["unpublished", "absent"]))
def test_row_order_does_not_matter(made, blank):
    table, order = made
    told = {"blank": blank, "subset": True}
    if not (table["score"].notna() | table["rank"].notna()).any():
        return
    own, mixed = build(table, told), build(table.iloc[order], told)
    pd.testing.assert_frame_equal(own.values, mixed.values)
    pd.testing.assert_frame_equal(own.units, mixed.units)
    pd.testing.assert_frame_equal(own.rows, mixed.rows)
    assert own.fingerprint == mixed.fingerprint
    for origin in own.editions:
        pd.testing.assert_frame_equal(own.known(origin), mixed.known(origin))


@settings(deadline=None)
@given(panels(), st.floats(0.01, 100))
def test_ranks_do_not_depend_on_the_scale_and_ties_share_the_best(made, factor):
    table = made[0].dropna(subset="score").assign(rank=np.nan)
    if table.empty:
        return
    own, scaled = build(table), build(table.assign(score=table["score"] * factor))
    pd.testing.assert_series_equal(own.rows["rank"], scaled.rows["rank"])
    for _, edition in own.rows.groupby("year"):
        better = [(edition["score"] > score).sum() for score in edition["score"]]
        assert edition["rank"].tolist() == [count + 1 for count in better]


def test_a_panel_may_be_made_of_a_description_alone(toy_panel):
    panel = build_panel(read_panel(toy_panel), IndexConfig(), "the table")
    assert panel.names == dict(zip("abcde", "abcde", strict=True))
