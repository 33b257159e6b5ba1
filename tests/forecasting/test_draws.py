"""What is read off the draws, each against a slow and obvious computation."""

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis.errors import DataError, UnknownUnitError
from dti_analysis.forecasting.forecast import forecast
from dti_analysis.models import drawing
from dti_analysis.targets import Target

HOW = {"horizon": 2, "draws": 60, "seed": 5}
WIDTHS = (50, 80, 90)


@pytest.fixture(params=["63", "34", "toy"])
def case(request, toy_index):
    index = toy_index if request.param == "toy" else dti.load_index(request.param)
    made = forecast(index.panel, model="pool", **HOW).draws
    drawn = made.futures.join(lambda chunk: chunk)
    # One draw, one edition, one unit at a time: how many are higher?
    slow = np.array([[[1 + (step > own).sum() for own in step] for step in draw] for draw in drawn])
    return made, drawn, slow


def slow_quantile(values, share):
    """The least of the values that a share of them does not exceed."""
    ordered = sorted(values)
    needed = next(n for n in range(1, len(ordered) + 1) if n >= share * len(ordered) - 1e-9)
    return ordered[needed - 1]


def test_ranks_and_positions_of_a_unit_are_those_of_its_column(case):
    made, drawn, slow = case
    for place, code in enumerate(made.codes):
        np.testing.assert_array_equal(made.ranks_of(code), slow[:, :, place])
    pair = made.codes[1], made.codes[0]
    np.testing.assert_array_equal(made.positions_of(*pair), drawn[:, :, [1, 0]])
    assert (len(made), made.count) == (60, len(made.codes))


def test_rank_probabilities_are_counts(case):
    made, _, slow = case
    counted = np.array(
        [
            [
                [np.mean(slow[:, step, unit] == rank + 1) for rank in range(made.count)]
                for unit in range(made.count)
            ]
            for step in range(2)
        ]
    )
    np.testing.assert_allclose(made.rank_probabilities, counted)
    for place, code in enumerate(made.codes):
        np.testing.assert_allclose(made.probabilities_of(code), counted[:, place])


@pytest.mark.parametrize("is_counted", [False, True])
def test_mean_ranks_are_means(case, is_counted):
    made, _, slow = case
    if is_counted:
        assert made.rank_probabilities.size
    for step, year in enumerate(made.years):
        np.testing.assert_allclose(made.mean_ranks_in(year), slow[:, step].mean(axis=0))


def test_the_chance_to_be_inside_is_a_count(case):
    made, _, slow = case
    for top in (1, 2, made.count):
        for step, year in enumerate(made.years):
            np.testing.assert_allclose(made.inside(top, year), (slow[:, step] <= top).mean(axis=0))
    with pytest.raises(DataError, match="top 0 does not exist"):
        made.inside(0, made.years[0])


def test_a_summary_is_of_sorted_ranks(case):
    made, _, slow = case
    table = made.summarise_all()
    assert table["code"].tolist() == [code for code in made.codes for _ in made.years]
    assert table["unit"].tolist() == [made.panel.names[code] for code in table["code"]]
    for place, code in enumerate(made.codes):
        own = made.summarise(code)
        listed = table[table["code"] == code].drop(columns=["code", "unit"])
        pd.testing.assert_frame_equal(listed.reset_index(drop=True), own)
        for step, row in own.iterrows():
            ranks = slow[:, step, place]
            assert row["year"] == made.years[step]
            assert row["median_rank"] == slow_quantile(ranks, 0.5)
            for width in WIDTHS:
                tail = (100 - width) / 200
                assert row[f"best{width}"] == slow_quantile(ranks, tail)
                assert row[f"worst{width}"] == slow_quantile(ranks, 1 - tail)


def read_all(made):
    """Everything that is read off the draws."""
    draws, year = made.draws, made.years[-1]
    first, last = draws.codes[0], draws.codes[-1]
    return {
        "ranks": draws.ranks_of(first),
        "positions": draws.positions_of(last, first),
        "probabilities": draws.rank_probabilities,
        "mean": draws.mean_ranks_in(year),
        "inside": draws.inside(3, year),
        "ahead": draws.ahead(first, last),
        "summary": draws.summarise_all(),
        "answer": made.answer(first, 3, year).to_dict(),
        "overview": made.overview(),
        "one": made.draw(17, year),
    }


@pytest.mark.parametrize("basis", ["63", "34"])
def test_chunks_drawn_again_give_the_same_numbers_as_chunks_kept(basis, monkeypatch):
    panel = dti.load_index(basis).panel
    monkeypatch.setattr(drawing, "_LEAST_DRAWS", 13)
    monkeypatch.setattr(drawing, "_CELLS", 1)
    kept = forecast(panel, horizon=2, draws=60)
    found = read_all(kept)
    assert len(kept.draws.futures._kept) == 5
    monkeypatch.setattr(drawing, "_BUDGET", 1)
    again = forecast(panel, horizon=2, draws=60)
    for name, value in read_all(again).items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(value, found[name])
        elif isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, found[name])
        else:
            assert value == found[name]
    assert not again.draws.futures._kept


@pytest.fixture
def passes(index, monkeypatch):
    """A forecast whose chunks are drawn again, and the passes over them so far."""
    made, passes = forecast(index.panel, 2021, draws=60), []
    monkeypatch.setattr(drawing, "_BUDGET", 1)
    read = drawing.Futures.read
    monkeypatch.setattr(drawing.Futures, "read", lambda *asked: passes.append(1) or read(*asked))
    return made, passes


def test_an_answer_takes_one_pass(passes):
    made, done = passes
    answer = made.answer("BR-VT", probabilities=(0.3,))
    assert not done  # nothing is read before it is asked for
    assert len(answer.targets) > 1
    for _ in range(2):
        str(answer), answer.to_dict(), answer.chances_of([1, 20]), answer.rank_draws
    assert len(done) == 1
    other = made.answer("Lai Châu", target_rank=20)
    str(other), answer.to_dict()
    assert len(done) == 2
    other.target_chance(10)
    assert len(done) == 3


def test_a_report_takes_two_passes(passes):
    made, done = passes
    report = dti.report(made.answer("BR-VT", all_targets=True))
    for name in ("opening", "trajectory", "chance", "needs", "neighbours", "outcome", "numbers"):
        report.section(name)
    assert len(done) == 2


def test_what_was_read_is_not_read_again_nor_changed_by_more_readings(index, monkeypatch):
    from dti_analysis.forecasting import draws as joint

    made = forecast(index.panel, draws=60).draws
    first = made.ranks_of("77")
    assert made.ranks_of("77") is first
    monkeypatch.setattr(joint, "_REMEMBERED", 2)
    for code in made.codes[:5]:
        made.ranks_of(code)
    np.testing.assert_array_equal(made.ranks_of("77"), first)
    assert len(made._found) <= 2


def test_prepared_draws_are_the_same(index):
    one, two = (forecast(index.panel, draws=60) for _ in range(2))
    two.draws.prepare()
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    assert one.answer("BR-VT").to_dict() == two.answer("BR-VT").to_dict()


def test_one_future_is_a_ranking(index34):
    made = index34.forecast(draws=60, horizon=2)
    future = made.draw(7, 2026)
    assert sorted(future["code"]) == sorted(made.draws.codes)
    assert future["rank"].is_monotonic_increasing
    assert future["position"].is_monotonic_decreasing
    own = future.set_index("code").loc["79"]
    assert own["rank"] == made.draws.ranks_of("79")[7, 1]
    assert own["position"] == made.draws.positions_of("79")[7, 1, 0]
    with pytest.raises(DataError, match="year 2028 is not forecast"):
        made.draw(7, 2028)


def test_a_unit_that_was_not_ranked_at_the_origin_is_not_forecast(toy_panel):
    gone = (toy_panel["unit"] == "e") & (toy_panel["year"] == 2023)
    made = dti.read_index(toy_panel[~gone]).forecast(draws=20)
    assert made.draws.codes == ("a", "b", "c", "d")
    said = 'unit "e" was not ranked in 2023.* Its editions: 2020, 2021, 2022'
    with pytest.raises(UnknownUnitError, match=said):
        made.answer("e")
    with pytest.raises(UnknownUnitError, match='"e"'):
        made.compare("a", "e")


def test_what_a_target_takes_is_what_the_others_have(case):
    made, drawn, _ = case
    for rank in {1, 2, made.count - 1, made.count}:
        for place, code in enumerate(made.codes[:3]):
            step, needed = made.find_threshold(code, Target(rank, made.years[1]))
            others = np.delete(drawn[:, 1], place, axis=1)
            slow = np.sort(others, axis=1)[:, -rank] if rank < made.count else -np.inf
            assert step == 1
            np.testing.assert_array_equal(needed, np.broadcast_to(slow, needed.shape))


def test_to_be_ahead_is_to_have_the_better_rank(case):
    made, _, slow = case
    first, *others = made.codes[:4]
    table = made.ahead(first, *others)
    assert table["code"].tolist() == [code for code in others for _ in made.years]
    assert table["year"].tolist() == [*made.years] * len(others)
    counted = [
        np.mean(slow[:, step, 0] < slow[:, step, place])
        for place in range(1, 4)
        for step in range(2)
    ]
    np.testing.assert_allclose(table["probability"], counted)


@pytest.mark.parametrize("is_better", [True, False])
def test_scores_are_on_the_scale_by_the_spread_of_the_last_edition(toy_panel, is_better):
    told = {"max_score": 1.0, "higher_is_better": is_better}
    made = forecast(dti.read_index(toy_panel, **told).panel, **HOW).draws
    last = toy_panel.loc[toy_panel["year"] == 2023, "score"]
    assert made.spread == pytest.approx(np.std(last) * (1 if is_better else -1))
    far = np.full(len(made), 1e9)
    ends = [made.to_scores(sign * far, 0).tolist() for sign in (-1, 1)]
    assert ends == [[0.0] * len(made), [1.0] * len(made)][:: 1 if is_better else -1]
    near = made.to_scores(np.zeros(len(made)), 1)
    levels = made.levels[:, 1]
    np.testing.assert_allclose(near, levels if is_better else 1 - levels)
    assert len(set(near)) > 1


def test_scores_without_a_scale_go_on(toy_panel):
    made = forecast(dti.read_index(toy_panel).panel, **HOW).draws
    drawn = made.to_scores(np.full((len(made), 2), [-100.0, 100.0]), 0)
    np.testing.assert_allclose(drawn[:, 1] - drawn[:, 0], 200 * made.spread)


def test_of_a_part_ranks_are_restated_among_those_forecast(toy_panel):
    rank = toy_panel["unit"].map({"a": 2, "b": 4, "c": 5, "d": 9, "e": 11})
    index = dti.read_index(toy_panel.assign(score=None, rank=rank), subset=True)
    made = forecast(index.panel, **HOW).draws
    ranked = index.panel.ranks_of(2023)
    assert made.among(ranked).tolist() == [1, 2, 3, 4, 5]
    assert made.among(ranked.drop("c")).isna().all()
    whole = dti.read_index(toy_panel)
    own = forecast(whole.panel, **HOW).draws.among(whole.panel.ranks_of(2023).drop("c"))
    assert own.drop("c").tolist() == [1, 2, 4, 5]


def test_the_lift_gives_the_chance_that_was_wanted(toy_index):
    made = forecast(toy_index.panel, **HOW).draws
    target = Target(2, made.years[1])
    for wanted in (0.5, 0.8):
        lift = made.find_lift("c", target, wanted) / made.spread
        _, needed = made.find_threshold("c", target)
        reached = np.mean(made.positions_of("c")[:, 1, 0] + lift >= needed - 1e-12)
        assert wanted <= reached < wanted + 2 / len(made) + 1e-9


def test_what_is_described_is_what_was_asked(toy_index):
    told = forecast(toy_index.panel, model="pool", **HOW).draws.describe()
    assert (told["draws"], told["seed"], told["model"]) == (60, 5, "pool")
    assert (told["origin_year"], told["approach"], told["given"]) == (2023, "direct", [])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"horizon": 0}, r"horizon 0 is out of range: expected 1 to 20 editions\."),
        ({"horizon": 21}, r"horizon 21 is out of range: expected 1 to 20 editions\."),
        ({"horizon": True}, r"horizon True is not a whole number: expected 1 to 20 editions\."),
        ({"seed": -1}, r"seed -1 is out of range: expected at least 0\."),
        ({"draws": 0}, r"draws 0 is out of range: expected at least 1\."),
    ],
)
def test_numbers_out_of_range_are_refused_with_the_range(toy_index, asked, message):
    with pytest.raises(DataError, match=message):
        forecast(toy_index.panel, **(HOW | asked))
    least = {"horizon": 20, "draws": 1, "seed": 0}
    assert len(forecast(toy_index.panel, **least).draws.years) == 20
