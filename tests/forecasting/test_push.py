"""What a push on a component would do, and what would be needed."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis.cleaning.panel_table import read_panel
from dti_analysis.cleaning.rosters import build_panel
from dti_analysis.config import make_config
from dti_analysis.errors import DataError
from dti_analysis.forecasting import gains
from dti_analysis.forecasting import push as pushes
from dti_analysis.forecasting.answer import aim_next
from dti_analysis.index import Index


@pytest.fixture(scope="module")
def ask():
    def ask(unit="Hồ Chí Minh", basis="34", origin=None, **options):
        how = {"model": "pool", "draws": 1000, "seed": 3}
        return dti.load_index(basis).forecast(origin, **how).push(unit, **options)

    return ask


@pytest.fixture(scope="module")
def case():
    """The 63 as of 2022, and the top 10 a year later."""
    made = dti.load_index().forecast(2022, draws=4000)
    return made.answer("BR-VT", target_rank=10, target_year=2023)


def push(case, component="economy_activity", gain=0.1):
    (row,) = pushes.find_pushes(case, component, gain).pushes.to_dict("records")
    return row


def test_each_known_component_is_pushed_alone(ask):
    found = ask()
    assert len(found.pushes) == 8
    assert found.probability == 0.5
    np.testing.assert_allclose(found.pushes["chance"], 0.5, atol=0.002)
    # The same lift for all, shared by the weights.
    lift = found.answer.draws.find_lift("79", found.chance.target, 0.5)
    np.testing.assert_allclose(found.pushes["gain"] * found.pushes["weight"], lift)
    pd.testing.assert_frame_equal(found.to_frame(), found.pushes)


def test_a_gain_given_keeps_the_random_numbers(ask):
    found = ask(gain=0.0)
    assert found.probability is None
    assert (found.pushes["chance"] == found.chance.probability_in_year).all()
    more = ask(gain=0.1, component="economy_activity").pushes
    assert more["component"].tolist() == ["economy_activity"]
    assert more["chance"].item() > found.chance.probability_in_year


def test_where_an_even_chance_is_had_a_better_one_is_asked_for(ask):
    easy = ask(target_rank=6)
    assert 0.5 < easy.chance.probability_in_year < 0.8
    assert easy.probability == 0.8
    done = ask(target_rank=33)
    assert (done.pushes["gain"] == 0).all()


def test_the_34_take_the_weights_of_the_63_while_these_stand(ask):
    found = ask("Đồng Nai", origin=2023)
    weights = found.pushes.set_index("component")["weight"]
    assert weights["government_activity"] == pytest.approx(0.2)


def test_a_push_is_the_same_draws_with_one_score_raised(case):
    pushed = push(case, gain=0.2)
    drawn = case.draws
    place = drawn.locate("77")
    futures = drawn.futures.join(lambda chunk: chunk[:, 0]).copy()
    futures[:, place] += 0.2 * 0.15 / drawn.spread
    slow = np.mean([1 + (draw > draw[place]).sum() <= 10 for draw in futures])
    assert pushed["chance"] == pytest.approx(slow)
    assert pushed["weight"] == pytest.approx(0.15)
    assert pushed["chance"] > case.chances[0].probability_in_year
    assert push(case, gain=0.0)["chance"] == case.chances[0].probability_in_year


@pytest.mark.parametrize("probability", [0.3, 0.5, 0.8])
def test_the_push_found_gives_the_chance_asked_for(case, probability):
    found = pushes.find_pushes(case, "government_activity", probability=probability).pushes
    assert found["chance"].item() == pytest.approx(probability, abs=0.01)


def test_a_push_beyond_the_scale_is_not_feasible(case):
    assert push(case, gain=0.4)["is_feasible"]
    assert not push(case, gain=0.6)["is_feasible"]
    assert not push(case, gain=-0.9)["is_feasible"]


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_of_pushes_as_unusual_the_smallest_is_named(higher_is_better):
    sign = 1 if higher_is_better else -1
    step = sign * np.array([[0.0, 3, 6, 9], [1, 3, 7, 9], [0, 4, 6, 8]])
    rows = [
        (unit, 2020 + year, 50 + score, 50 + score, 50 + score)
        for year, scores in enumerate(step)
        for unit, score in zip("ABCD", scores, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["unit", "year", "score", "big", "small"])
    config = make_config(
        {"higher_is_better": higher_is_better, "weights": {"2020": {"big": 3, "small": 1}}}, "here"
    )
    panel = build_panel(read_panel(table, ["big", "small"]), config, "here")
    found = Index(panel).forecast(draws=100).push("A", target_rank=1)
    assert found.pushes["percentile"].tolist() == [1, 1]
    assert found.pushes["gain"].abs().is_monotonic_increasing
    assert "on big" in str(found)


def test_a_gain_is_placed_among_those_seen_from_similar_starts(index):
    later = index.forecast(draws=500).answer("BR-VT", target_rank=5, target_year=2025)
    percentiles = [push(later, gain=gain)["percentile"] for gain in (-0.5, 0.9)]
    assert percentiles == [0.0, 1.0]
    # Nothing precedes 2022: no gain has been seen by then.
    first = index.forecast(2022, draws=500).answer("BR-VT", target_rank=5)
    pushed = push(first)
    assert np.isnan(pushed["percentile"])
    assert pushed["seen"] == 0


def test_gains_seen_are_those_beyond_the_median_unit(index):
    answer = index.forecast(2023, model="pool", draws=100).answer("BR-VT", target_rank=5)
    wide = index.panel.scores_of("society_activity")
    gain = wide[2023] - wide[2022]
    start, beyond = wide[2022], gain - gain.median()
    nearest = (start - wide.loc["77", 2023]).abs().sort_values(kind="stable").index
    slow = (beyond[nearest[: gains.SIMILAR_STARTS]] < 0.02).mean()
    pushed = push(answer, "society_activity", 0.02)
    assert (pushed["percentile"], pushed["seen"]) == (slow, 30)


@pytest.mark.parametrize("basis", ["63", "34"])
def test_gains_are_those_of_a_slow_search(basis):
    component, panel = "economy_activity", dti.load_index(basis).panel
    scores = panel.table.set_index(["year", "code"])[component]
    slow = []
    for year in (2023, 2024):
        change = scores[year] - scores[year - 1]
        for code, gain in change.dropna().items():
            slow.append((code, year, scores[year - 1, code], gain - change.median()))
    found = gains.list_gains(panel, component, 2024)
    quick = found.sort_values(["code", "year"]).itertuples(index=False, name=None)
    for one, other in zip(sorted(slow), quick, strict=True):
        assert one[:2] == other[:2]
        assert one[2:] == pytest.approx(other[2:])
    near = gains.find_nearest(found, 0.5)
    assert len(near) == gains.SIMILAR_STARTS
    reach = (near["start"] - 0.5).abs().max()
    assert ((found.drop(near.index)["start"] - 0.5).abs() >= reach).all()
    assert gains.list_gains(panel, component, 2022).empty


def test_pushes_are_listed_for_the_components_that_are_known(case, index):
    table = pushes.find_pushes(case).pushes
    assert set(table["component"]) == {
        "infrastructure",
        "government_activity",
        "economy_activity",
        "society_activity",
    }
    assert table["gain"].is_monotonic_increasing
    blind = index.forecast(2021, draws=100).answer("BR-VT", target_rank=20)
    assert pushes.find_pushes(blind).pushes.empty


def test_the_lift_is_what_is_missing(case):
    drawn, target = case.draws, case.targets[0]
    place = drawn.locate("77")
    futures = drawn.futures.join(lambda chunk: chunk[:, 0])
    for probability in (0.2, 0.5, 0.9):
        lift = drawn.find_lift("77", target, probability)
        raised = futures.copy()
        raised[:, place] += lift / drawn.spread + 1e-9
        reached = (raised > raised[:, [place]]).sum(axis=1) < target.target_rank
        assert reached.mean() == pytest.approx(probability, abs=0.002)
    with pytest.raises(DataError, match="probability 1"):
        drawn.find_lift("77", target, 1)


def test_pushes_are_ready_for_json(ask):
    described = json.loads(json.dumps(ask().to_dict(), allow_nan=False))
    told = [described[name] for name in ("code", "approach", "target_kind", "basis")]
    assert told == ["79", "bottom_up", "official", "34"]
    assert len(described["pushes"]) == 8
    early = ask("BR-VT", "63", 2022).to_dict()
    assert {push["percentile"] for push in early["pushes"]} == {None}


def test_without_a_component_there_is_nothing_to_push(ask, toy_index):
    with pytest.raises(DataError, match="no component of Bà Rịa - Vũng Tàu in 2021 is known"):
        ask("BR-VT", "63", 2021)
    with pytest.raises(DataError, match="no component of index is known: give their weights"):
        toy_index.forecast(draws=50).push("a", target_rank=1)


def test_any_index_is_pushed(toy_panel):
    table = toy_panel.assign(
        economy=60 * toy_panel["score"], society=40 * toy_panel["score"] + 20, score=0.0
    )
    table["score"] = 0.75 * table["economy"] + 0.25 * table["society"]
    index = dti.read_index(table, max_score=100, components={"economy": 300, "society": 100})
    found = index.forecast(draws=300).push("c", target_rank=2)
    assert found.pushes.set_index("component")["weight"].to_dict() == {
        "economy": 0.75,
        "society": 0.25,
    }
    lift = found.answer.draws.find_lift("c", found.chance.target, 0.5)
    np.testing.assert_allclose(found.pushes["gain"] * found.pushes["weight"], lift)
    assert found.pushes["seen"].tolist() == [15, 15]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gain": 0.1, "probability": 0.5}, "leave --gain or --chance out"),
        ({"gain": 1.5}, "gain 1.5 is out of range"),
        ({"gain": float("nan")}, "gain nan is out of range"),
        ({"probability": 1.0}, "probability 1.0 is out of range"),
        ({"probability": 0.0}, "probability 0.0 is out of range"),
        ({"component": "charisma"}, r"charisma is not a component. Known: .*awareness"),
        ({"component": "awareness", "unit": "BR-VT", "basis": "63", "origin": 2022},
         "awareness of Bà Rịa - Vũng Tàu in 2022 is not known: a push needs a start"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(ask, options, message):
    with pytest.raises(DataError, match=message):
        ask(**options)


def test_a_chance_out_of_range_is_not_taken_for_nothing_known(case):
    with pytest.raises(DataError, match="probability 2"):
        pushes.find_pushes(case, probability=2)


def test_the_places_of_an_even_chance_are_those_counted(case):
    asked = aim_next(case, 5)
    need = pushes.find_need(asked)
    assert need.probability == 0.5
    gained = pushes.count_places(asked, need)
    assert gained == asked.draws.count_places("77", 2023, need.lift) > 0
    assert gained == asked.summary["median_rank"].iloc[0] - 5
    good = dataclasses.replace(need, probability=0.8, lift=2 * need.lift)
    assert pushes.count_places(asked, good) > gained
