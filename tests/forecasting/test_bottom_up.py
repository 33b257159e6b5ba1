"""A merger: drawn as those who were merged, averaged within draws, and only then ranked."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis.errors import DataError
from dti_analysis.evaluation.scores import accumulate, score_rps
from dti_analysis.forecasting.bottom_up import share_out
from dti_analysis.forecasting.forecast import APPROACHES, forecast
from dti_analysis.models import ranks
from dti_analysis.panel import Panel
from dti_analysis.targets import Target


def join(made):
    return made.draws.futures.join(lambda chunk: chunk)


def test_draws_merged_then_ranked_equal_a_slow_loop(index, index34, gazetteer):
    former = index.forecast(draws=20, horizon=2)
    merged = index34.forecast(draws=20, horizon=2).draws
    assert merged.codes == tuple(sorted(code for basis, code in gazetteer.provinces if basis == 34))
    drawn = join(former)
    quick = merged.futures.join(ranks.rank_draws)
    for draw in range(20):
        for step in range(2):
            scores = {
                code: np.mean(
                    [
                        drawn[draw, step, former.draws.locate(old)]
                        for old, new in gazetteer.successors.items()
                        if new == code
                    ]
                )
                for code in merged.codes
            }
            slow = [1 + sum(v > scores[c] for v in scores.values()) for c in merged.codes]
            assert quick[draw, step].tolist() == slow
            assert [merged.ranks_of(code)[draw, step] for code in merged.codes] == slow


def test_a_merged_forecast_answers_like_any_other(index34):
    merged = index34.forecast(draws=2000, horizon=2)
    assert merged.years == (2025, 2026)
    np.testing.assert_allclose(merged.draws.rank_probabilities.sum(axis=2), 1)
    answer = merged.answer("TP HCM", target_rank=3, target_year=2026)
    assert 0 < answer.first_target.probability_in_year < 1
    assert answer.history["rank"].dropna().tolist() == [6, 3, 4]


def test_the_34_are_forecast_by_way_of_the_63_where_these_are_known(index, index34):
    how = {"model": "pool", "draws": 300, "seed": 4, "horizon": 3}
    merged = index34.forecast(2021, **how)
    assert merged.approach == merged.to_dict()["approach"] == "bottom_up"
    assert (merged.to_dict()["basis"], merged.years) == ("34", (2022, 2023, 2024))
    former = index.forecast(2021, **how)
    codes, share = share_out(former.draws.codes, index34.panel.crosswalk)
    assert codes == merged.draws.codes
    np.testing.assert_allclose(join(merged), join(former) @ share)
    direct = index34.forecast(approach="direct", **how)
    assert direct.approach == "direct"
    own = replace(index34.panel, parent=None, crosswalk=None)
    np.testing.assert_array_equal(join(direct), join(forecast(own, **how)))
    assert index.forecast(**how).approach == "direct"


def later_edition(panel: Panel) -> Panel:
    """Add an edition, 2025, of these units alone: the last once more."""
    last = panel.values[panel.values["year"] == 2024]
    return replace(panel, values=pd.concat([panel.values, last.assign(year=2025)]))


def test_from_an_edition_of_the_34_alone_only_their_own_past_leads_on(index34):
    extended = later_edition(index34.panel)
    assert forecast(extended, draws=50).approach == "direct"
    assert forecast(extended, 2024, draws=50).approach == "bottom_up"
    with pytest.raises(DataError, match="nothing was merged into these provinces that is known in"):
        forecast(extended, approach="bottom_up", draws=50)
    with pytest.raises(DataError, match=r"approach scenic is not known. Known: bottom_up, direct"):
        forecast(extended, approach="scenic")


def test_no_merger_leads_to_those_that_nothing_was_merged_into(index, toy_index):
    with pytest.raises(DataError, match="expected an index with a parent"):
        index.forecast(approach="bottom_up")
    with pytest.raises(DataError, match="nothing was merged into these units"):
        toy_index.forecast(approach="bottom_up")


def test_the_merger_is_the_better_approach(index34):
    # Ranks of 2024 as of 2023, the only origin from which both approaches lead on.
    scores = index34.wide("score")[2024]
    rps = {}
    for approach in APPROACHES:
        made = index34.forecast(2023, 1, "random_walk", 4000, 0, approach)
        came = ranks.rank_draws(scores.reindex(list(made.draws.codes)).to_numpy(dtype=float))
        rps[approach] = score_rps(accumulate(made.draws.rank_counts[0]), came).mean()
    assert rps["bottom_up"] < rps["direct"]
    with pytest.raises(DataError, match="two consecutive editions"):
        index34.forecast(2022, model="pool", approach="direct", draws=50)


@pytest.mark.parametrize(
    ("basis", "origin"), [("63", 2021), ("63", 2024), ("34", 2021), ("34", 2024)]
)
def test_to_have_the_score_needed_is_to_have_the_rank(basis, origin):
    made = dti.load_index(basis).forecast(origin, 2, "pool", 800, 6)
    draws, drawn = made.draws, join(made)
    for code in draws.codes[::5]:
        for rank in (1, 10, int(basis) - 1, int(basis)):
            target = Target(rank, made.years[1])
            answer = made.answer(code, *target.goal, probabilities=(0.3, 0.5, 0.9))
            chance, place = answer.first_target, draws.locate(code)
            own = drawn[:, 1, place]
            needed = ranks.threshold(np.sort(drawn[:, 1], axis=1), own, rank)
            np.testing.assert_array_equal(draws.find_threshold(code, target)[1], needed)
            assert np.mean(own >= needed) == chance.probability_in_year
            assert chance.probability_in_year == pytest.approx(
                draws.rank_probabilities[1, place, :rank].sum()
            )
            assert len(chance.requirements) == 4
            for need in chance.requirements:
                # In index units, where a score needed outside the scale cannot be had.
                reached = draws.to_scores(needed, 1) <= need.score + 1e-12
                assert reached.mean() >= need.probability
                lifted = np.mean(own + need.lift / draws.spread >= needed - 1e-9)
                assert lifted >= need.probability
                assert (need.lift <= 0) == (chance.probability_in_year >= need.probability)


def test_merging_does_not_depend_on_the_order_of_the_codes(raw):
    crosswalk = raw["crosswalk_63_34"]
    codes = tuple(crosswalk["old_code"])
    draws = np.random.default_rng(1).normal(size=(3, 63))
    order = np.random.default_rng(2).permutation(63)
    straight, shuffled = (
        share_out(listed, crosswalk) for listed in (codes, tuple(np.array(codes)[order]))
    )
    assert shuffled[0] == straight[0]
    np.testing.assert_allclose(draws[:, order] @ shuffled[1], draws @ straight[1])
    np.testing.assert_allclose(straight[1].sum(axis=0), 1)


def test_units_that_do_not_count_alike_are_weighed():
    crosswalk = pd.DataFrame(
        {"old_code": ["a", "b", "c"], "new_code": ["x", "x", "y"], "weight": [3.0, 1.0, 7.0]}
    )
    codes, share = share_out(("c", "a", "b"), crosswalk)
    assert codes == ("x", "y")
    assert share.tolist() == [[0, 1], [0.75, 0], [0.25, 0]]
