"""What the editions say: counts, persistence, regions and convergence against slow ways."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dti_analysis.errors import DataError
from dti_analysis.figures import distribution as draw_figures
from dti_analysis.figures import heatmaps as cell_figures
from dti_analysis.figures import history as history_figures
from dti_analysis.figures import pushes as push_figures
from dti_analysis.forecasting.answer import forecast_province
from dti_analysis.forecasting.bottom_up import forecast_provinces, merge_forecast
from dti_analysis.forecasting.gains import SIMILAR_STARTS, find_nearest, list_gains
from dti_analysis.forecasting.push import push_province
from dti_analysis.history import known
from dti_analysis.history.convergence import measure_convergence
from dti_analysis.history.persistence import (
    correlate_indices,
    measure_persistence,
    summarise_regions,
)
from dti_analysis.schema import ACTIVITIES, MAIN_INDICES, PILLARS


def make_panel(scores, regions=None):
    """Panel of one basis from lists of scores by edition; None is not published."""
    rows = []
    for step, edition in enumerate(scores):
        ranks = pd.Series(edition, dtype=float).rank(ascending=False, method="min")
        for unit, (score, rank) in enumerate(zip(edition, ranks, strict=True)):
            region = regions[unit] if regions else "one"
            rows.append([63, 2020 + step, f"{unit:02d}", f"p{unit}", region, score, rank])
    columns = ["basis", "year", "code", "province", "region", "score", "rank"]
    panel = pd.DataFrame(rows, columns=columns)
    return panel.astype({"rank": "Int64", "score": float})


def test_every_province_is_counted_once(dti_panel):
    counts = known.count_known(dti_panel)
    statuses = counts[["published", "implied", "computed", "missing"]].sum(axis=1)
    assert (statuses == counts["basis"]).all()
    former = counts[(counts["basis"] == 63) & (counts["column"] == "rank")].set_index("year")
    assert (63 - former["missing"]).to_dict() == {2020: 35, 2021: 42, 2022: 63, 2023: 63, 2024: 63}


@pytest.mark.parametrize("basis", [63, 34])
def test_shares_of_points_add_up(raw, basis):
    points = known.list_points(raw["methodology"], basis)
    assert points.columns.tolist() == [2020, 2021, 2022, 2023, 2024]
    assert points.sum().tolist() == pytest.approx([1] * 5)
    assert points[2020].dropna().index.tolist() == list(PILLARS)
    assert points[2024].dropna().index.tolist() == list(MAIN_INDICES)
    assert points.loc["infrastructure", 2024] == pytest.approx(140 / 940)


def test_conflicts_say_how_far_apart_statements_are():
    cell = {
        "basis": 63,
        "year": 2022,
        "code": "01",
        "province": "Hà Nội",
        "metric": "score_overall",
    }
    other = cell | {"metric": "rank_overall"}
    rows = [cell | {"value": 0.5}, cell | {"value": 0.52}, cell | {"value": 0.49}]
    rows += [other | {"value": 3.0}, other | {"value": 5.0}]
    table = known.measure_conflicts(pd.DataFrame(rows))
    assert table["metric"].tolist() == ["rank_overall", "score_overall"]
    assert table["taken"].tolist() == [3.0, 0.5]
    assert table["statements"].tolist() == [2, 3]
    assert table["apart"].tolist() == pytest.approx([2, 0.03])


def test_persistence_of_a_small_ranking_by_hand():
    panel = make_panel([[9, 8, 7, 6], [8, 9, 7, 6], [6, 7, None, 9]])
    table = measure_persistence(panel, top=2).set_index(["first", "last"])
    # 1 - 6 * (1 + 1) / (4 * 15), and the first three of four in another order.
    assert table.loc[(2020, 2021), "correlation"] == pytest.approx(0.8)
    assert table.loc[(2020, 2021), "median_move"] == 0.5
    assert table.loc[(2020, 2021), "kept"] == 1.0
    partly = table.loc[(2020, 2022)]
    assert partly[["provinces", "is_complete", "apart"]].tolist() == [3, False, 2]
    assert np.isnan(partly["kept"])
    assert partly["correlation"] == pytest.approx(-1.0)


def test_regions_share_the_variance_that_lies_between_them():
    apart = make_panel([[9, 8, 2, 1]], ["a", "a", "b", "b"])
    table = summarise_regions(apart)
    # Means 1.5 and 3.5 around 2.5, all ranks 1 to 4: 1 / 1.25.
    assert table["share"].tolist() == pytest.approx([0.8, 0.8])
    assert table["median_rank"].tolist() == [1.5, 3.5]
    shares = [
        summarise_regions(make_panel([list(order)], ["a", "a", "b", "b", "b"]))["share"].iloc[0]
        for order in permutations([9, 8, 5, 2, 1])
    ]
    assert np.mean(shares) == pytest.approx(table["share_by_chance"].iloc[0] * 3 / 4)


def test_an_incomplete_edition_has_no_regions():
    table = summarise_regions(make_panel([[9, 8, None], [3, 2, 1]]))
    assert table["year"].unique().tolist() == [2021]


def test_correlations_are_those_of_ranks(dti_panel):
    table = correlate_indices(dti_panel, 2023, [*PILLARS, *ACTIVITIES])
    edition = dti_panel[(dti_panel["basis"] == 63) & (dti_panel["year"] == 2023)]
    slow = stats.spearmanr(edition[PILLARS[0]], edition[ACTIVITIES[1]]).statistic
    assert table.loc[PILLARS[0], ACTIVITIES[1]] == pytest.approx(slow)
    assert np.diag(table).tolist() == pytest.approx([1] * 6)


starts = st.lists(st.integers(0, 1000), min_size=5, max_size=30, unique=True)


@settings(max_examples=30)
@given(starts, st.randoms(use_true_random=False))
def test_places_that_change_at_an_unchanged_spread_look_like_convergence(start, random):
    end = list(start)
    random.shuffle(end)
    (step,) = measure_convergence(make_panel([start, end])).to_dict("records")
    assert step["spread_first"] == pytest.approx(step["spread_last"])
    assert step["beta"] == pytest.approx(step["beta_same_spread"], abs=1e-9)
    assert step["beta"] == pytest.approx(step["beta_backwards"], abs=1e-9)
    assert step["beta"] <= 1e-9
    # The slope is that of a line through gains on starts.
    slope = np.polyfit(start, np.subtract(end, start), 1)[0]
    assert step["beta"] == pytest.approx(slope, abs=1e-6)


def test_scores_that_draw_together_converge():
    start = np.array([0.1, 0.3, 0.4, 0.9])
    (step,) = measure_convergence(make_panel([start, 0.5 + 0.5 * start])).to_dict("records")
    assert step["beta"] == pytest.approx(-0.5)
    assert step["beta_same_spread"] == pytest.approx(0)
    assert step["beta_backwards"] == pytest.approx(1)
    assert step["p_spread"] == pytest.approx(stats.pearsonr(start, -start).pvalue, abs=1e-6)
    assert step["mean_gain"] == pytest.approx(0.5 - 0.5 * start.mean())


def test_the_test_of_spreads_is_pitmans_and_morgans(dti_panel):
    (step, _) = measure_convergence(dti_panel).to_dict("records")
    ratio, r = (step["spread_first"] / step["spread_last"]) ** 2, step["correlation"]
    # The statistic as Pitman wrote it, of the ratio of the variances.
    t = (ratio - 1) * np.sqrt(61) / (2 * np.sqrt(ratio * (1 - r**2)))
    assert step["p_spread"] == pytest.approx(2 * stats.t.sf(t, 61))


def test_only_following_complete_editions_are_compared():
    panel = make_panel([[1, 2, 3, 5], [1, None, 3, 4], [4, 3, 2, 2], [1, 2, 4, 4]])
    assert measure_convergence(panel)[["first", "last"]].to_numpy().tolist() == [[2022, 2023]]


@pytest.mark.parametrize("basis", [63, 34])
def test_gains_seen_are_those_of_a_slow_search(dti_panel, basis):
    index = "economy_activity"
    rows = dti_panel[dti_panel["basis"] == basis]
    slow = []
    for year in (2023, 2024):
        before = rows[rows["year"] == year - 1].set_index("code")[index]
        gains = rows[rows["year"] == year].set_index("code")[index] - before
        for code, gain in gains.dropna().items():
            slow.append((code, year, before[code], gain - gains.median()))
    found = list_gains(dti_panel, basis, index, 2024)
    quick = found.sort_values(["code", "year"]).itertuples(index=False, name=None)
    for one, other in zip(sorted(slow), quick, strict=True):
        assert one[:2] == other[:2]
        assert one[2:] == pytest.approx(other[2:])
    near = find_nearest(found, 0.5)
    assert len(near) == SIMILAR_STARTS
    reach = (near["start"] - 0.5).abs().max()
    assert ((found.drop(near.index)["start"] - 0.5).abs() >= reach).all()
    assert list_gains(dti_panel, basis, index, 2022).empty


@pytest.fixture(scope="module")
def pictures(data):
    return draw_all(data)


def draw_all(data):
    """Every figure of what the notebooks teach, by name."""
    panel, few = data.panel, {"draws": 200, "data": data}
    steps = measure_convergence(panel)
    pushes = push_province("BR-VT", origin_year=2023, target_rank=5, **few)
    former = forecast_provinces(63, **few)
    merged = merge_forecast(data, former)
    answer = forecast_province("BR-VT", origin_year=2021, **few)
    correlations = correlate_indices(panel, 2023, [*PILLARS, *ACTIVITIES])
    return {
        "known": cell_figures.plot_known(known.count_known(panel)),
        "points": cell_figures.plot_points(known.list_points(data.raw["methodology"])),
        "correlations": cell_figures.plot_correlations(correlations, 2023),
        "persistence": history_figures.plot_persistence(measure_persistence(panel)),
        "regions": history_figures.plot_regions(summarise_regions(panel)),
        "spreads": history_figures.plot_spreads(steps),
        "starts": history_figures.plot_gains_on_starts(panel, steps.iloc[0]),
        "futures": draw_figures.plot_futures(answer, 50),
        "parts": draw_figures.plot_parts(former, merged, "79", data.raw.gazetteer),
        "pushes": push_figures.plot_pushes(pushes),
        "gains": push_figures.plot_gains(panel, pushes, "economy_activity"),
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "known",
            ["All 63 ranks are known for 3 of 5 editions, fewer for 2020, 2021", "Score 2020: 14"],
        ),
        ("points", ["Infrastructure weighs more (10 % to 15 %)", "Awareness 2021: 10.0 %"]),
        ("correlations", ["go together most", "Social activities, Economic activities"]),
        ("persistence", ["Ranks correlate 0.82 one edition apart, 0.70 at 2", "30 provinces"]),
        ("regions", ["11 % lies between regions (8 % would by chance)", "Southeast 2022: 23.5"]),
        ("spreads", ["drew together in 1 of 2 steps", "2023: 0.060"]),
        ("starts", ["slope -0.34; regression to the mean alone would make it -0.14"]),
        ("futures", ["of the first 50 futures drawn are in the top 20 in 2022"]),
        ("parts", ["the mean of 3 futures spans", "Bình Dương", "Hồ Chí Minh (34)"]),
        (
            "pushes",
            ["a push on one alone stays on the scale for", "Economic activities from 0.606"],
        ),
        ("gains", ["on economic activities from 0.606: greater than"]),
    ],
)
def test_pictures_state_what_they_find(pictures, name, words):
    picture = pictures[name]
    for word in words:
        assert word in picture.alt
    title = picture.figure.axes[0].get_title(loc="left")
    assert title in picture.alt
    assert any(text.get_text().startswith("Source:") for text in picture.figure.texts)
    assert "nan" not in picture.alt.lower().split()


def test_futures_shown_are_the_first_that_were_drawn(data):
    answer = forecast_province("BR-VT", origin_year=2021, draws=200, data=data)
    there = int((answer.drawn_ranks[2022].head(50) <= 20).sum())
    assert f"{there} of the first 50 futures" in draw_figures.plot_futures(answer, 50).alt
    (axes,) = draw_figures.plot_futures(answer, 50).figure.axes
    assert len(axes.lines) == 51


def test_parts_are_those_of_one_forecast(data):
    former = forecast_provinces(63, draws=20, data=data)
    other = forecast_provinces(34, draws=30, data=data)
    with pytest.raises(DataError, match="two forecasts of the same draws"):
        draw_figures.plot_parts(former, other, "79", data.raw.gazetteer)
