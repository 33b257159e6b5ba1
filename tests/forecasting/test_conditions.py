"""What if: chances among the draws in which something comes true are those of plain counting."""

import json

import numpy as np
import pandas as pd
import pytest

from dti_analysis.errors import DataError
from dti_analysis.forecasting.conditions import LEAST_DRAWS, Condition, read_condition
from dti_analysis.models import drawing

HOW = {"draws": 3000, "seed": 4}


def make_frame(column, tell):
    rows = [(f"u{unit}", year, tell(unit)) for unit in range(8) for year in range(2000, 2006)]
    return pd.DataFrame(rows, columns=["unit", "year", column])


@pytest.fixture(scope="module")
def made(index):
    return index.forecast(2022, **HOW)


@pytest.fixture(scope="module")
def drawn(made):
    """Every rank of every draw, counted without the library's own readings."""
    positions = np.concatenate(made.draws.futures.read(lambda chunk: chunk.copy()))
    return 1 + (positions[:, :, None] > positions[:, :, :, None]).sum(axis=3)


@pytest.mark.parametrize(
    ("given", "holds"),
    [
        ({"rank": "<= 5"}, lambda ranks: ranks <= 5),
        ({"rank": 1}, lambda ranks: ranks == 1),
        ({"rank": ">= 4", "year": 2024}, lambda ranks: ranks >= 4),
    ],
)
def test_a_chance_is_that_of_plain_counting(made, drawn, given, holds):
    draws, step = made.draws, made.years.index(given.get("year", 2023))
    kept = holds(drawn[:, step, draws.locate("48")])
    then = made.given("Đà Nẵng", **given)
    assert len(then.draws) == kept.sum()
    for code in ("46", "77", "48"):
        own = drawn[kept, :, draws.locate(code)]
        for rank in (1, 10, 40):
            chance = then.answer(code, rank, 2024).first_target.probability_in_year
            assert chance == np.mean(own[:, 1] <= rank)
        np.testing.assert_array_equal(then.draws.ranks_of(code), own)
    assert then.draws.rank_probabilities[0].sum(axis=1) == pytest.approx(1)
    own = drawn[kept][:, 0, draws.locate("46")] < drawn[kept][:, 0, draws.locate("77")]
    ahead = then.compare("46", "77").to_frame().query("year == 2023")
    assert float(ahead["probability"].iloc[0]) == own.mean()


def test_a_score_that_is_given_is_had_by_all_draws(made):
    draws = made.draws
    typical = float(np.median(draws.to_scores(draws.positions_of("46")[:, 0, 0], 0)))
    then = made.given("Huế", score=round(typical, 3)).draws
    scores = then.to_scores(then.positions_of("46")[:, 0, 0], 0)
    assert len(then) >= LEAST_DRAWS
    assert (np.abs(scores - round(typical, 3)) <= 0.1 * draws.spread).all()
    least = made.given("Huế", score=f">= {typical}").draws
    assert len(least) == pytest.approx(len(draws) / 2, abs=1)
    assert then.score_quantiles(["46"], [0.5], 0) < least.score_quantiles(["46"], [0.5], 0)


def test_conditions_add_up(made):
    one = made.given("48", rank="<= 5").given("46", rank="<= 10")
    other = made.given("46", rank="<= 10").given("48", rank="<= 5")
    assert len(one.draws) == len(other.draws) < len(made.given("48", rank="<= 5").draws)
    np.testing.assert_array_equal(one.draws.ranks_of("77"), other.draws.ranks_of("77"))
    both = made.given("48", rank="<= 20", score=">= 0.1")
    assert len(both.draws) == len(made.given("48", rank="<= 20").given("48", score=">= 0.1").draws)


def test_what_is_given_is_told(made):
    then = made.given("can tho", rank="<= 15")
    told = str(then.answer("Huế"))
    assert "given Cần Thơ: rank ≤ 15 in 2023" in told.splitlines()[0]
    assert f"{len(then.draws):,} of 3,000 joint draws" in told
    (given,) = then.to_dict()["given"]
    assert (given["unit"], given["code"], given["year"]) == ("Cần Thơ", "92", 2023)
    assert (given["measure"], given["sign"], given["value"]) == ("rank", "<=", 15)
    assert made.to_dict()["given"] == []
    assert made.answer("Huế").to_dict()["given"] == []
    for shown in (then.compare("Huế", "77"), then.movers(), then):
        assert "given Cần Thơ: rank ≤ 15 in 2023" in str(shown)


def test_a_single_future_is_one_of_those_kept(made):
    then = made.given("48", rank=1)
    for number in (0, len(then.draws) - 1):
        assert then.draw(number).set_index("code").at["48", "rank"] == 1
    with pytest.raises(DataError, match=f"expected 0 to {len(then.draws) - 1}"):
        then.draw(len(then.draws))


def test_chunks_of_which_no_draw_is_left_do_no_harm(index, monkeypatch):
    monkeypatch.setattr(drawing, "_CELLS", 63 * 4)
    monkeypatch.setattr(drawing, "_LEAST_DRAWS", 1)
    made = index.forecast(2022, draws=6000, seed=9)
    then = made.given("48", rank=3)
    sizes = then.draws.futures.read(len)
    assert min(sizes) == 0
    assert sum(sizes) == len(then.draws) == (made.draws.ranks_of("48")[:, 0] == 3).sum()
    assert "given Đà Nẵng" in str(then.answer("46", 1))
    assert len(then.overview()) == 63
    assert str(then.movers())


def test_a_merger_is_asked_too(index34):
    made = index34.forecast(**HOW)
    then = made.given("Huế", rank="<= 2")
    assert (then.draws.ranks_of("46")[:, 0] <= 2).all()
    assert then.draws.rank_counts.sum() == len(then.draws) * 34 * len(made.years)


def test_an_index_where_less_is_better_is_asked_in_its_own_scores():
    import dti_analysis as dti

    rng = np.random.default_rng(1)
    frame = make_frame("score", lambda unit: 50 + 5 * unit + rng.normal())
    made = dti.read_index(frame, higher_is_better=False, max_score=100).forecast(**HOW)
    then = made.given("u0", score="<= 52").draws
    assert (then.to_scores(then.positions_of("u0")[:, 0, 0], 0) <= 52).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rank": 63}, "in 2023: so it is in 0 of 3,000 draws, expected at least 200"),
        ({"rank": 64}, "rank 64 does not exist: expected 1 to 63"),
        ({"rank": 0}, "rank 0 does not exist"),
        ({"rank": "<= 2.5"}, "rank 2.5 is not a whole number"),
        ({"score": 1.5}, "score 1.5 is out of range: expected 0 to 1"),
        ({"rank": "< 5"}, "cannot be read"),
        ({"rank": "<= 5", "year": 1999}, "1999"),
        ({}, "name a rank or a score"),
    ],
)
def test_what_cannot_be_given_is_refused(made, given, message):
    with pytest.raises(DataError, match=message):
        made.given("Đà Nẵng", **given)


def test_an_index_of_ranks_has_no_scores_to_give():
    import dti_analysis as dti

    made = dti.read_index(make_frame("rank", lambda unit: unit + 1)).forecast(**HOW)
    assert (made.given("u0", rank=1).draws.ranks_of("u0")[:, 0] == 1).all()
    with pytest.raises(DataError, match="give a rank instead"):
        made.given("u0", score=1)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Cần Thơ:rank<=5", Condition("Cần Thơ", "rank", "<=", 5)),
        ("a: b: score ≥ 0.85 in 2026", Condition("a: b", "score", ">=", 0.85, 2026)),
        ("77: rank == 3", Condition("77", "rank", "=", 3)),
    ],
)
def test_a_condition_is_read_as_it_is_written(text, condition):
    assert read_condition(text) == condition


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Huế",
        "Huế: rank",
        "Huế: rank <= ",
        "rank <= 5",
        "Huế: place <= 5",
        "Huế: rank <= 1.2.3",
        "Huế: rank <= 5 in",
    ],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(DataError, match="expected a unit, rank or score"):
        read_condition(text)


def test_by_command(dti, refused):
    asked = ("--origin-year", 2022, "--draws", 3000, "--seed", 4, "--given", "Đà Nẵng: rank <= 2")
    found = json.loads(dti("forecast", "Huế", *asked, "--json").output)
    assert found["given"][0]["code"] == "48"
    for command in (["compare", "Huế", "77"], ["movers"], ["push", "77"]):
        assert "given Đà Nẵng: rank ≤ 2 in 2023" in dti(*command, *asked).output.replace("\n", " ")
    refused(dti("forecast", "Huế", "--given", "Huế is first"), "cannot be read")
    refused(
        dti("forecast", "Huế", *asked, "--given", "Đà Nẵng: rank >= 60"), "expected at least 200"
    )
