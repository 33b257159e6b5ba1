from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from dti_analysis.errors import DataError
from dti_analysis.models import forecasters as models
from dti_analysis.models.positions import standardise


@pytest.fixture
def positions(toy_panel):
    return standardise(toy_panel)


def simulate(rng, units=400, editions=4, v=0.7, q=0.1, r=0.15):
    level = rng.normal(0, np.sqrt(v), units)
    rows = []
    for step in range(editions):
        level = level + rng.normal(0, np.sqrt(q), units)
        score = level + rng.normal(0, np.sqrt(r), units)
        rows.append(
            pd.DataFrame({"unit": [f"{u:04d}" for u in range(units)], "year": step, "score": score})
        )
    return pd.concat(rows).assign(rank=np.nan)


@pytest.mark.parametrize("name", models.MODELS)
def test_every_model_draws_the_same_numbers_from_the_same_seed(positions, name):
    fitted = models.MODELS[name].fit(positions)
    first = fitted.predict(3, 101, np.random.default_rng(5))
    assert first.shape == (101, 3, 5)
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, fitted.predict(3, 101, np.random.default_rng(5)))


@pytest.mark.parametrize("name", models.MODELS)
def test_a_longer_horizon_leaves_the_earlier_steps_as_they_were(positions, name):
    fitted = models.MODELS[name].fit(positions)
    short = fitted.predict(1, 100, np.random.default_rng(5))
    long = fitted.predict(6, 100, np.random.default_rng(5))
    np.testing.assert_allclose(short[:, 0], long[:, 0], atol=1e-12)


def test_persistence_stays(positions):
    drawn = models.MODELS["persistence"].fit(positions).predict(2, 3, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn[2, 1], positions.mean[:, -1])


def test_the_random_walk_adds_observed_changes_only(positions):
    fitted = models.RandomWalk().fit(positions)
    changes = np.diff(positions.mean, axis=1)
    expected = (changes - changes.mean(axis=0)).T.ravel()
    np.testing.assert_allclose(np.sort(fitted.changes), np.sort(expected))
    assert fitted.changes.mean() == pytest.approx(0, abs=1e-12)
    steps = fitted.predict(1, 50, np.random.default_rng(1))[:, 0] - positions.mean[:, -1]
    distance = np.abs(steps[..., None] - fitted.changes).min(axis=-1)
    assert distance.max() < 1e-5


def test_the_window_limits_what_is_learned_from(positions):
    assert len(models.RandomWalk(window=2).fit(positions).changes) == 5
    assert len(models.RandomWalk(window=None).fit(positions).changes) == 15


def test_units_missing_at_the_origin_share_the_places_left():
    panel = pd.DataFrame(
        {
            "unit": list("abcde") * 2,
            "year": [2020] * 5 + [2021] * 5,
            "score": np.nan,
            "rank": [1, 2, 3, 4, None, 2, 1, None, None, None],
        }
    )
    positions = standardise(panel)
    drawn = models.Persistence().fit(positions).predict(1, 200, np.random.default_rng(1))
    places = np.sort(drawn[:, 0, 2:], axis=1)
    np.testing.assert_allclose(places, np.tile(np.sort(positions.unclaimed[-1]), (200, 1)))
    # e, never published, takes each place at times; c and d keep the order of 2020.
    assert len(np.unique(drawn[:, 0, 4])) == 3
    assert (drawn[:, 0, 2] > drawn[:, 0, 3]).all()


def test_no_ties_where_positions_come_from_ranks(index):
    positions = standardise(index.panel.known(2021))
    drawn = models.RandomWalk().fit(positions).predict(1, 500, np.random.default_rng(1))
    assert all(len(np.unique(draw)) == 63 for draw in drawn[:, 0])


def test_the_local_level_finds_the_variances_it_was_simulated_with():
    panel = simulate(np.random.default_rng(7), units=3000, v=0.4)
    scores = panel.pivot(index="unit", columns="year", values="score").to_numpy()
    unscaled = replace(standardise(panel), mean=scores)
    fitted = models.PooledLocalLevel().fit(unscaled)
    assert fitted.v == pytest.approx(0.4, abs=0.04)
    assert fitted.q == pytest.approx(0.1, abs=0.02)
    assert fitted.r == pytest.approx(0.15, abs=0.02)


def test_the_conditional_gaussian_is_the_textbook_one_with_gaps():
    panel = simulate(np.random.default_rng(2), units=30)
    panel.loc[(panel["unit"] == "0003") & (panel["year"] == 1), "score"] = np.nan
    positions = standardise(panel)
    fitted = models.PooledLocalLevel().fit(positions)
    mean, root = fitted.condition(2)
    order = np.arange(1, 7)
    sigma = fitted.v + fitted.q * np.minimum.outer(order, order) + fitted.r * np.eye(6)
    seen = [0, 2, 3]
    past = positions.mean[3, seen]
    gain = sigma[np.ix_([4, 5], seen)] @ np.linalg.inv(sigma[np.ix_(seen, seen)])
    np.testing.assert_allclose(mean[3], gain @ past)
    covariance = sigma[np.ix_([4, 5], [4, 5])] - gain @ sigma[np.ix_(seen, [4, 5])]
    np.testing.assert_allclose(root[3] @ root[3].T, covariance, atol=1e-12)


def test_the_grouped_likelihood_is_the_sum_over_units():
    panel = simulate(np.random.default_rng(4), units=12)
    panel.loc[::7, "score"] = np.nan
    positions = standardise(panel)
    parameters = np.array([0.5, 0.2, 0.1])
    groups = models._group_by_pattern(positions.mean, positions.variance)
    slow = 0.0
    for row in positions.mean:
        seen = np.flatnonzero(np.isfinite(row))
        if len(seen):
            sigma = models._covariance(parameters, 4)[np.ix_(seen, seen)]
            density = multivariate_normal(np.zeros(len(seen)), sigma).logpdf(row[seen])
            slow -= density + len(seen) / 2 * np.log(2 * np.pi)
    assert models._negative_log_likelihood(parameters, groups) == pytest.approx(slow)


def test_draws_have_the_spread_of_the_conditional_gaussian(positions):
    fitted = models.PooledLocalLevel().fit(positions)
    mean, root = fitted.condition(2)
    drawn = fitted.predict(2, 200_000, np.random.default_rng(9))
    np.testing.assert_allclose(drawn.mean(axis=0), mean.T, atol=0.01)
    np.testing.assert_allclose(drawn.var(axis=0), np.einsum("nij,nij->ni", root, root).T, rtol=0.05)


def test_the_pool_takes_equal_shares(positions):
    members = (models.Persistence(), models.RandomWalk())
    drawn = models.Pool(members).fit(positions).predict(1, 11, np.random.default_rng(1))
    stays = (drawn[:, 0] == positions.mean[:, -1]).all(axis=1)
    assert stays.sum() == 6


@pytest.mark.parametrize("name", ["random_walk", "pooled_local_level", "pool"])
def test_one_edition_is_refused_clearly(toy_panel, name):
    positions = standardise(toy_panel[toy_panel["year"] == 2020])
    with pytest.raises(DataError, match="two consecutive editions up to 2020"):
        models.MODELS[name].fit(positions)


def test_equal_scores_are_a_forecast_too(toy_panel):
    positions = standardise(toy_panel.assign(score=0.5))
    drawn = models.MODELS["pool"].fit(positions).predict(2, 50, np.random.default_rng(1))
    assert np.isfinite(drawn).all()
