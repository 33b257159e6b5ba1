"""The least unusual gains over all components that reach a target."""

import dataclasses
import json
import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dti_analysis as dti_library
from dti_analysis.errors import DataError
from dti_analysis.forecasting import plan as plans
from dti_analysis.forecasting.plan import Part, solve

WEIGHTS = {"roads": 300.0, "schools": 100.0}
HOW = {"draws": 500, "seed": 3}


def make_index(max_score=100.0, higher_is_better=True, editions=5, **known):
    """Ten units with two components, whose mirror image is the same with less being better."""
    rng = np.random.default_rng(1)
    level = np.linspace(60, 40, 10)
    rows = []
    for year in range(2020, 2020 + editions):
        parts = np.round(level[:, None] + rng.normal(0, 6, (10, 2)), 2)
        rows += [(f"u{i}", year, part @ [0.75, 0.25], *part) for i, part in enumerate(parts)]
    table = pd.DataFrame(rows, columns=["unit", "year", "score", *WEIGHTS])
    if not higher_is_better:
        table[["score", *WEIGHTS]] = (max_score or 100) - table[["score", *WEIGHTS]]
    for name, values in known.items():
        table.loc[table["year"] == table["year"].max(), name] = values
    how = {"max_score": max_score, "higher_is_better": higher_is_better, "components": WEIGHTS}
    return dti_library.read_index(table, **how)


@pytest.fixture(scope="module")
def ask():
    def ask(unit="Hồ Chí Minh", basis="34", origin=None, **options):
        return dti_library.load_index(basis).forecast(origin, **HOW).plan(unit, **options)

    return ask


def give(part, percentile):
    """The rule by the letter."""
    return min(max(float(np.quantile(part.seen, percentile)), 0.0), part.room)


def bring(parts, percentile):
    return sum(part.weight * give(part, percentile) for part in parts)


PARTS = [
    Part("a", 0.5, 40.0, math.inf, np.array([-3.0, -1, -1, 0, 0, 2, 5])),
    Part("b", 0.3, 97.0, 3.0, np.array([-2.0, 1, 1, 4, 8])),
    Part("c", 0.2, 10.0, 90.0, np.array([-9.0, -8, -7, 1])),
]


@pytest.mark.parametrize("lift", [1e-6, 0.3, 0.9, 1.0, 2.0, 3.3, 3.59])
def test_the_percentile_is_that_of_a_search_over_a_grid(lift):
    grid = np.linspace(0, 1, 20_001)
    least = next(level for level in grid if bring(PARTS, level) >= lift)
    found = solve(PARTS, lift)
    assert found.is_enough
    assert least - 1 / 20_000 <= found.percentile <= least
    for part in PARTS:
        assert found.gains[part.component] == pytest.approx(give(part, found.percentile))


def test_of_more_than_has_been_seen_the_most_is_given():
    # 5 of a, 3 of b, where its scale ends, and 1 of c.
    assert solve(PARTS, 0.5 * 5 + 0.3 * 3 + 0.2 * 1 + 1e-6) == plans.Effort(
        {"a": 5.0, "b": 3.0, "c": 1.0}, 1.0, is_enough=False
    )


@pytest.mark.parametrize("lift", [0.0, -0.1, -math.inf])
def test_where_nothing_is_to_be_lifted_nothing_gains(lift):
    assert solve(PARTS, lift) == plans.Effort(dict.fromkeys("abc", 0.0), 0.0, is_enough=True)


def test_less_than_any_gain_seen_may_do():
    part = Part("a", 0.5, 0.0, math.inf, np.array([2.0, 3, 4]))
    assert solve([part], 0.25) == plans.Effort({"a": 0.5}, 0.0, is_enough=True)


gains_seen = st.lists(st.integers(-40, 40).map(lambda gain: gain / 8), min_size=2, max_size=12)
some_parts = st.lists(
    st.builds(
        lambda weight, room, seen: Part("", weight / 8, 0.0, room, np.sort(seen)),
        st.integers(1, 8),
        st.sampled_from([0.25, 1.0, 2.5, math.inf]),
        gains_seen,
    ),
    min_size=1,
    max_size=4,
).map(lambda parts: [Part(str(i), *list(vars(part).values())[1:]) for i, part in enumerate(parts)])


@given(
    parts=some_parts, lift=st.floats(-1, 12), more=st.floats(0, 3), sense=st.sampled_from([1, -1])
)
def test_a_plan_is_feasible_and_least_and_rises_with_the_lift(parts, lift, more, sense):
    found = solve(parts, sense * lift, sense)
    gains = [sense * found.gains[part.component] for part in parts]
    total = sum(part.weight * gain for part, gain in zip(parts, gains, strict=True))
    for part, gain in zip(parts, gains, strict=True):
        assert -1e-12 <= gain <= give(part, found.percentile) + 1e-9
    if found.is_enough:
        assert total == pytest.approx(max(lift, 0), abs=1e-9)
    else:
        assert (found.percentile, total < lift) == (1, True)
        assert total == pytest.approx(bring(parts, 1), abs=1e-9)
    if found.percentile > 1e-6:
        assert bring(parts, found.percentile - 1e-6) < lift
    greater = solve(parts, sense * (lift + more), sense)
    assert greater.percentile >= found.percentile - 1e-12
    assert found.is_enough or not greater.is_enough


@pytest.mark.parametrize("basis", ["63", "34"])
def test_the_gains_are_the_percentile_of_those_seen_from_similar_starts(ask, basis):
    unit = {"63": "BR-VT", "34": "Hồ Chí Minh"}[basis]
    found = ask(unit, basis, target_rank=3)
    panel, code = found.answer.draws.panel, found.answer.unit.code
    for row in found.gains.itertuples():
        wide = panel.scores_of(row.component)
        gains = wide.diff(axis=1)
        seen = [
            (abs(wide[year - 1][each] - row.start), gains[year][each] - gains[year].median())
            for each in wide.index
            for year in (2023, 2024)
            if np.isfinite(gains[year][each])
        ]
        near = sorted(seen, key=lambda one: one[0])[:30]
        expected = np.quantile([gain for _, gain in near], found.effort.percentile)
        assert row.start == wide[2024][code]
        assert row.gain == pytest.approx(min(max(expected, 0), 1 - row.start))
        assert row.end == row.start + row.gain
        assert row.seen == 30
    assert (found.gains["percentile"] == found.effort.percentile).all()
    brought = found.gains["weight"] * found.gains["gain"]
    assert brought.is_monotonic_decreasing
    assert brought.sum() == pytest.approx(found.lift)


@pytest.mark.parametrize("probability", [0.3, 0.5, 0.8])
def test_the_chance_wanted_is_had_and_with_any_less_is_not(ask, probability):
    found = ask(target_rank=2, target_year=2025, probability=probability)
    draws = found.answer.draws
    place = draws.locate("79")
    futures = draws.futures.join(lambda chunk: chunk[:, 0])

    def count(lift):
        raised = futures.copy()
        raised[:, place] += lift / draws.spread
        return np.mean((raised > raised[:, [place]]).sum(axis=1) < 2)

    assert found.effort.is_enough
    assert count(found.lift + 1e-9) == found.chance >= probability
    assert count(found.lift - 1e-6) < probability


def test_no_other_gains_reach_it_by_smaller_percentiles(ask):
    """However unequal: each of at most the percentile of the plan, one of all less."""
    found = ask(target_rank=2, probability=0.8)
    parts, _still = plans.list_parts(found.answer)
    rng = np.random.default_rng(5)
    most = found.effort.percentile - 1e-6
    for levels in most * rng.beta(4, 1, (300, len(parts))):
        brought = sum(
            part.weight * give(part, level) for part, level in zip(parts, levels, strict=True)
        )
        assert brought < found.lift
        assert plans.lift_chance(found.answer, brought) <= found.chance
    assert plans.lift_chance(found.answer, bring(parts, most)) < 0.8


def test_fewer_components_take_more_unusual_gains(ask):
    found = ask()
    parts, _still = plans.list_parts(found.answer)
    assert [len(found.list_fewer(size)) for size in (1, 2)] == [4, 6]
    pushes = dti_library.load_index("34").forecast(**HOW).push("Hồ Chí Minh").pushes
    needed = pushes.set_index("component")["gain"]
    for effort in found.list_fewer(1):
        ((component, gain),) = effort.gains.items()
        if effort.is_enough:
            assert gain == pytest.approx(needed[component])
        else:
            assert gain < needed[component]
    grid = np.linspace(0, 1, 2001)
    for effort in found.list_fewer(2):
        two = [part for part in parts if part.component in effort.gains]
        enough = [level for level in grid if bring(two, level) >= found.lift]
        assert effort.is_enough == bool(enough)
        assert effort.percentile == pytest.approx(min(enough, default=1), abs=1 / 2000)
    pairs = {frozenset(effort.gains) for effort in found.list_fewer(2)}
    assert pairs == {frozenset(two) for two in combinations([p.component for p in parts], 2)}
    least = [found.list_fewer(size)[0].percentile for size in (1, 2)]
    assert least[0] >= least[1] >= found.effort.percentile


def test_what_stands_still_is_named(ask):
    """Of the 34, gains on four components are known from 2022 on, on the others of one edition."""
    found = ask()
    assert found.still == {
        "awareness": "complete",
        "institutions": "complete",
        "workforce": "few_seen",
        "security": "few_seen",
    }
    assert "Awareness (at the end of its scale)" in str(found)
    assert "Information security (too few gains seen)" in str(found)
    assert set(found.gains["component"]).isdisjoint(found.still)
    former = ask("BR-VT", "63", 2023, target_rank=5)
    assert set(former.still.values()) == {"unpublished"}
    assert len(former.gains) + len(former.still) == 8
    assert "Awareness (not published)" in str(former)
    assert "the 4 components listed" in str(former)


def test_a_gain_ends_where_the_scale_does(ask):
    gains = ask().gains.set_index("component")
    assert gains["is_bounded"].to_dict() == {
        "government_activity": False,
        "economy_activity": False,
        "society_activity": False,
        "infrastructure": True,
    }
    assert gains.loc["infrastructure", "end"] == pytest.approx(1)
    assert "1.000 (at the end of its scale)" in str(ask())


@pytest.mark.parametrize("max_score", [None, 100])
@pytest.mark.parametrize("probability", [0.4, 0.6, 0.999])
def test_where_less_is_better_a_plan_is_the_mirror_image(max_score, probability):
    asked = {"target_rank": 3, "probability": probability}
    more, less = (
        make_index(max_score, higher_is_better, schools=98.0 if higher_is_better else 2.0)
        .forecast(**HOW)
        .plan("u4", **asked)
        for higher_is_better in (True, False)
    )
    assert less.effort.percentile == pytest.approx(more.effort.percentile)
    assert less.effort.is_enough == more.effort.is_enough == (probability < 0.99)
    assert less.chance == more.chance
    assert less.gains["component"].tolist() == more.gains["component"].tolist()
    assert less.gains["is_bounded"].tolist() == more.gains["is_bounded"].tolist()
    np.testing.assert_allclose(less.gains["gain"], -more.gains["gain"], atol=1e-9)
    assert (less.gains["gain"] <= 0).all()
    assert less.gains["end"].ge(-1e-9).all() or max_score is None
    for one, other in zip(less.fewer, more.fewer, strict=True):
        assert one.percentile == pytest.approx(other.percentile)


def test_it_is_counted_how_often_all_was_gained_at_once(ask):
    found = ask(target_rank=4, probability=0.6)
    panel = found.answer.draws.panel
    needed = found.gains.set_index("component")["gain"]
    wide = {component: panel.scores_of(component).diff(axis=1) for component in needed.index}
    done = [
        all(
            change[year][code] - change[year].median() >= needed[component]
            for component, change in wide.items()
        )
        for year in (2023, 2024)
        for code in panel.units.index
    ]
    assert 0 < sum(done) < len(done)
    assert found.together == (sum(done), len(done))
    assert f"as much on all at once was gained {sum(done)} of 68 times" in str(found)
    share = sum(done) / len(done)
    assert share < 1 - found.effort.percentile


def test_of_a_small_index_all_components_are_planned_for():
    found = make_index().forecast(**HOW).plan("u4", target_rank=2)
    assert found.still == {}
    assert sorted(found.gains["weight"]) == [0.25, 0.75]
    assert "all 2 components would have to gain at once what" in str(found)
    assert "stand still" not in str(found)


def test_what_is_had_already_needs_no_gains(ask):
    for rank in (33, 34):
        found = ask(target_rank=rank)
        assert (found.effort.percentile, found.effort.is_enough) == (0, True)
        assert (found.gains["gain"] == 0).all()
        assert found.chance == found.target.probability_in_year
        assert f"has a chance of 80\u202f%, or better, of the top {rank} in" in str(found)
        assert found.make_card().tables == []
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["lift"] is None


def test_more_than_has_been_seen_is_said_to_be(ask):
    found = ask("Cao Bằng", target_rank=1)
    assert (found.effort.percentile, found.effort.is_enough) == (1, False)
    parts, _still = plans.list_parts(found.answer)
    brought = bring(parts, 1)
    assert brought < found.lift
    assert found.chance == plans.lift_chance(found.answer, brought) < 0.5
    assert "takes more than has been seen" in str(found)
    assert not any(effort.is_enough for effort in found.fewer)


def test_an_even_chance_is_wanted_or_a_better_one(ask):
    assert ask().probability == 0.5
    assert ask(target_rank=6).probability == 0.8


def test_same_seed_same_numbers(ask):
    first, second = (ask(target_rank=2).to_dict() for _ in range(2))
    assert first == second


def test_a_plan_is_ready_for_json(ask):
    found = ask(target_rank=2)
    described = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (described["code"], described["basis"], described["probability_wanted"]) == (
        "79",
        "34",
        0.5,
    )
    back = pd.DataFrame(described["gains"]).assign(percentile=described["percentile"])
    pd.testing.assert_frame_equal(back[list(found.gains)], found.to_frame())
    for name, size in (("singles", 1), ("doubles", 2)):
        assert [plans.Effort(**effort) for effort in described[name]] == found.list_fewer(size)
    assert described["still"] == found.still
    assert described["chance"] == found.chance
    assert (described["done_together"], described["seen_together"]) == found.together


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "BR-VT", "basis": "63", "origin": 2021}, "in 2021 is known: a push needs"),
        ({"unit": "BR-VT", "basis": "63", "origin": 2022},
         r"in 2022 can be planned for: .*infrastructure \(too few gains seen\).* 10 gains seen"),
        ({"probability": 0.0}, "probability 0.0 is out of range"),
        ({"probability": 1.0}, "probability 1.0 is out of range"),
        ({"target_year": 2025}, "a target year needs a target rank"),
        ({"target_rank": 35}, "target rank 35 does not exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused(ask, options, message):
    with pytest.raises(DataError, match=message):
        ask(**options)


def test_few_gains_are_too_few():
    """Ten units gain ten times between two editions, nine times if one of them is new."""
    table = make_index(editions=2).frame().drop(columns="rank")
    whole, newer = (
        dti_library.read_index(rows, components=WEIGHTS).forecast(**HOW)
        for rows in (table, table.query("code != 'u0' or year > 2020"))
    )
    assert whole.plan("u4", target_rank=2).gains["seen"].tolist() == [10, 10]
    message = r"roads \(too few gains seen\), schools \(too few gains seen\)"
    with pytest.raises(DataError, match=message):
        newer.plan("u4", target_rank=2)


def test_without_scores_there_is_no_lift_to_plan_for():
    table = make_index().frame().drop(columns=["score"])
    with pytest.raises(DataError, match="no score of index is published up to 2024"):
        dti_library.read_index(table, components=WEIGHTS).forecast(**HOW).plan("u4", target_rank=2)


def test_the_command_prints_the_plan(dti):
    how = ("--basis", 34, "--draws", 500, "--seed", 3, "--target-rank", 2, "--chance", 0.8)
    found = dti_library.load_index("34").forecast(**HOW).plan("79", 2, probability=0.8)
    assert dti("plan", "TP HCM", *how).output == f"{found}\n"
    assert json.loads(dti("plan", "TP HCM", *how, "--json").output) == found.to_dict()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("Atlantis",), ["not known"]),
        (("Huế", "--chance", "0"), ["probability 0.0"]),
        (("Huế", "--chance", "most"), ["--chance"]),
        (("Huế", "--target-rank", "64"), ["target rank 64 does not exist"]),
        (("Huế", "--origin-year", "2022"), ["can be planned for"]),
        ((), ["UNIT"]),
    ],
)
def test_bad_input_gives_one_message_and_exit_2(dti, refused, arguments, words):
    refused(dti("plan", *arguments, "--draws", 100), *words)


def test_a_gain_is_never_written_as_nothing_with_a_sign(ask):
    found = ask()
    gains = found.gains.assign(gain=[0.0, 0.0001, *found.gains["gain"][2:]])
    told = plans.plan_table(dataclasses.replace(found, gains=gains)).frame["Gain"]
    assert told[:2].tolist() == ["none needed", "<0.001"]
    assert not told.str.fullmatch(r"[+−]0\.000").any()
