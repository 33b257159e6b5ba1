"""statsmodels against the project's own local level, and both against what can be done by hand."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tsa.statespace.structural import UnobservedComponents

from dti_analysis.errors import DataError
from dti_analysis.models import forecasters as models
from dti_analysis.models import references
from dti_analysis.models.positions import Positions, standardise

V, Q, R = 0.6, 0.15, 0.2


def place(z):
    """Positions known as they stand."""
    z = np.asarray(z, dtype=float)
    units, editions = z.shape
    return Positions(
        units=tuple(f"u{unit:03d}" for unit in range(units)),
        editions=tuple(range(2020, 2020 + editions)),
        mean=z,
        variance=np.where(np.isfinite(z), 0.0, np.nan),
        unclaimed=(np.empty(0),) * editions,
        level=np.zeros(editions),
        spread=np.ones(editions),
    )


@pytest.fixture(scope="module")
def dti(index):
    return standardise(index.panel.known(2024))


@pytest.fixture(scope="module")
def simulated():
    """Forty units, six editions, one value in eight missing; unit 0 known once, unit 1 never.

    Every third value of the first edition is uncertain, as if known by rank alone.
    """
    rng = np.random.default_rng(11)
    level = rng.normal(0, np.sqrt(V), (40, 1)) + rng.normal(0, np.sqrt(Q), (40, 6)).cumsum(axis=1)
    z = level + rng.normal(0, np.sqrt(R), level.shape)
    is_known = rng.random(z.shape) > 1 / 8
    is_known[:2] = False
    is_known[0, -1] = True
    positions = place(np.where(is_known, z, np.nan))
    positions.variance[::3, 0] += 0.1
    return positions


@pytest.fixture(params=["dti", "simulated"])
def history(request):
    return request.getfixturevalue(request.param)


def fit_directly(positions):
    """Fit the mixed model without the forecaster: the fit, and positions less edition effects."""
    unit, edition = np.nonzero(np.isfinite(positions.mean))
    known = pd.DataFrame({"z": positions.mean[unit, edition], "edition": edition, "unit": unit})
    fitted = MixedLM.from_formula("z ~ C(edition)", groups="unit", data=known).fit(
        reml=False, method="bfgs"
    )
    assert fitted.converged
    effects = fitted.fe_params.to_numpy()
    return fitted, positions.mean - np.concatenate([effects[:1], effects[0] + effects[1:]])


def log_likelihood(v, q, r, z, variance):
    groups = models._group_by_pattern(z, variance)
    fitted = models._negative_log_likelihood(np.array([v, q, r]), groups)
    return -fitted - np.isfinite(z).sum() / 2 * np.log(2 * np.pi)


def test_the_mixed_model_is_the_pooled_local_level_without_a_walk(history):
    fitted, z = fit_directly(history)
    certain = np.where(np.isfinite(z), 0.0, np.nan)
    v, r = float(fitted.cov_re.iloc[0, 0]), float(fitted.scale)
    assert log_likelihood(v, 0, r, z, certain) == pytest.approx(fitted.llf, abs=1e-6)
    groups = models._group_by_pattern(z, certain)
    found = minimize(
        lambda logs: models._negative_log_likelihood(np.exp([logs[0], -40, logs[1]]), groups),
        np.log([0.1, 0.1]),
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-10},
    )
    assert found.success
    assert np.exp(found.x) == pytest.approx([v, r], rel=1e-3)


def test_a_walk_is_told_from_noise_by_the_pooled_local_level_alone(simulated):
    """The likelihood gains by q > 0 where levels do walk, so that the equality above says much."""
    fitted, z = fit_directly(simulated)
    certain = np.where(np.isfinite(z), 0.0, np.nan)
    assert log_likelihood(V, Q, R, z, certain) > fitted.llf + 5


def local_level(z, variance, v, q, r, ahead=0):
    """Local level of one unit in statsmodels, known start; its first level has variance v + q."""
    series = np.append(z, np.full(ahead, np.nan))
    model = UnobservedComponents(series, "llevel", loglikelihood_burn=0)
    model.update([r, q])
    extra = np.append(np.nan_to_num(variance), np.zeros(ahead))
    model.ssm["obs_cov"] = (r + extra)[None, None]
    model.ssm.initialize_known(np.zeros(1), np.array([[v + q]]))
    return model.ssm


def test_the_pooled_likelihood_is_that_of_local_levels(history):
    assert np.isnan(history.mean).any()
    slow = sum(
        local_level(z, variance, V, Q, R).loglike()
        for z, variance in zip(history.mean, history.variance, strict=True)
    )
    assert log_likelihood(V, Q, R, history.mean, history.variance) == pytest.approx(slow)


def test_the_pooled_forecast_is_that_of_local_levels(history):
    ahead, last = 3, history.mean.shape[1]
    mean, root = models.FittedLocalLevel(history, V, Q, R).condition(ahead)
    gaps = np.isnan(history.mean)
    chosen = [*np.flatnonzero(gaps.any(axis=1))[:5], *np.flatnonzero(~gaps.any(axis=1))[:5]]
    assert len(chosen) == 10
    for unit in chosen:
        state = local_level(history.mean[unit], history.variance[unit], V, Q, R, ahead).filter()
        level = state.predicted_state[0, last:-1]
        variance = state.predicted_state_cov[0, 0, last:-1]
        np.testing.assert_allclose(mean[unit], level, atol=1e-10)
        covariance = root[unit] @ root[unit].T
        np.testing.assert_allclose(np.diag(covariance), variance + R)
        # Between two editions ahead, what they share is the level of the earlier.
        np.testing.assert_allclose(covariance[0, 1:], variance[0])


def test_the_mixed_forecast_is_the_conditional_gaussian(history):
    recent = history.last(4)
    found = references.MixedModel().fit(history)
    reference, z = fit_directly(recent)
    v, r = float(reference.cov_re.iloc[0, 0]), float(reference.scale)
    count = np.isfinite(z).sum(axis=1)
    weight = v / (v * count + r)
    np.testing.assert_allclose(found.level, weight * np.nansum(z, axis=1), atol=1e-3)
    np.testing.assert_allclose(found.variance, weight * r, rtol=1e-2)
    np.testing.assert_allclose(found.noise, r, rtol=1e-3)
    assert not found.walk.any()
    assert found.freedom is None


def krige(z, share):
    """Local level about an unknown constant: log-likelihood, scale, next level and its variance."""
    seen = np.flatnonzero(np.isfinite(z))
    order = np.append(seen, len(z)) + 1
    level = (1 - share) * np.minimum.outer(order, order)
    sigma, ahead = level[:-1, :-1] + share / 2 * np.eye(len(seen)), level[-1, :-1]
    ones, inverse = np.ones(len(seen)), np.linalg.inv(sigma)
    total = ones @ inverse @ ones
    centre = ones @ inverse @ z[seen] / total
    rest = z[seen] - centre
    freedom = len(seen) - 1
    scale = rest @ inverse @ rest / freedom
    likelihood = -(
        freedom * np.log(scale) + np.linalg.slogdet(sigma).logabsdet + np.log(total) + freedom
    )
    gain = ahead @ inverse
    variance = level[-1, -1] - gain @ ahead + (1 - gain @ ones) ** 2 / total
    return likelihood / 2, scale, centre + gain @ rest, variance


def test_each_state_space_is_the_likeliest_of_the_units_own_history(history):
    found = references.StateSpace().fit(history)
    own = np.flatnonzero(np.isfinite(history.mean).sum(axis=1) >= 3)
    assert len(own) > 30
    for unit in own:
        tried = [krige(history.mean[unit], share) for share in references.SHARES]
        best = int(np.argmax([likelihood for likelihood, *_ in tried]))
        _, scale, level, variance = tried[best]
        assert found.level[unit] == pytest.approx(level, abs=1e-6)
        assert found.variance[unit] == pytest.approx(scale * variance, rel=1e-6)
        assert found.walk[unit] == pytest.approx(scale * (1 - references.SHARES[best]), abs=1e-9)
        assert found.noise[unit] == pytest.approx(scale * references.SHARES[best] / 2, abs=1e-9)
        assert found.freedom[unit] == np.isfinite(history.mean[unit]).sum() - 1


def test_units_that_tell_little_take_the_variances_of_all(simulated):
    found = references.StateSpace().fit(simulated)
    counts = np.isfinite(simulated.mean).sum(axis=1)
    assert counts[:2].tolist() == [1, 0]
    likely = np.zeros(len(references.SHARES))
    for z in simulated.mean[counts >= 3]:
        likely += [krige(z, share)[0] for share in references.SHARES]
    share = references.SHARES[likely.argmax()]
    changes = np.maximum(counts - 1, 0)
    scales = [krige(z, share)[1] for z in simulated.mean[changes > 0]]
    pooled = changes[changes > 0] @ scales / changes.sum()
    np.testing.assert_allclose(found.walk[:2], pooled * (1 - share))
    np.testing.assert_allclose(found.noise[:2], pooled * share / 2)
    assert (found.freedom[:2] == changes.sum()).all()
    # Known once: there, as surely as a value and a step tell. Never known: anywhere.
    assert found.level[:2].tolist() == [simulated.mean[0, -1], 0]
    np.testing.assert_allclose(found.variance[:2], [pooled * (1 - share / 2), 1])


def test_a_unit_that_never_moved_is_not_certain_to_stay():
    z = np.vstack([np.full(5, 1.5), np.random.default_rng(3).normal(size=(20, 5))])
    found = references.StateSpace().fit(place(z))
    assert found.walk[0] + found.noise[0] > 0.1


def test_two_editions_leave_the_noise_share_open():
    found = references.StateSpace().fit(place([[1.0, 0.8], [0.0, 0.4], [-1.0, -1.2]]))
    change = np.mean(np.square([0.2, 0.4, 0.2]))
    # A change of a walk and noise of half the variance each has that variance.
    np.testing.assert_allclose(found.walk, change / 2)
    np.testing.assert_allclose(found.noise, change / 4)
    np.testing.assert_allclose(found.freedom, 3)


def test_draws_have_the_spread_of_the_levels():
    level, variance = np.array([0.0, 2.0]), np.array([0.3, 0.1])
    walk, noise, freedom = np.array([0.2, 0.0]), np.array([0.1, 0.4]), np.array([10.0, 40.0])
    expected = np.array([variance + step * walk + noise for step in range(3)])
    rng = np.random.default_rng(2)
    normal = references.FittedLevels(level, variance, walk, noise).predict(3, 200_000, rng)
    np.testing.assert_allclose(normal.mean(axis=0), np.tile(level, (3, 1)), atol=0.01)
    np.testing.assert_allclose(normal.var(axis=0), expected, rtol=0.02)
    between = np.cov(normal[:, 0, 0], normal[:, 2, 0])[0, 1]
    assert between == pytest.approx(variance[0], rel=0.05)
    wide = references.FittedLevels(level, variance, walk, noise, freedom).predict(3, 200_000, rng)
    np.testing.assert_allclose(wide.var(axis=0), expected * freedom / (freedom - 2), rtol=0.03)


NAMES = ["mixed_model", "state_space"]


@pytest.mark.parametrize("name", NAMES)
def test_the_scale_of_the_scores_changes_nothing(toy_panel, name):
    def draw(panel):
        return models.MODELS[name].fit(standardise(panel)).predict(2, 50, np.random.default_rng(1))

    np.testing.assert_allclose(
        draw(toy_panel), draw(toy_panel.assign(score=5 + 1000 * toy_panel["score"])), atol=1e-6
    )


@pytest.mark.parametrize("name", NAMES)
def test_two_units_and_two_editions(name):
    fitted = models.MODELS[name].fit(place([[1.0, 0.7], [-1.0, -0.8]]))
    drawn = fitted.predict(2, 500, np.random.default_rng(1))
    assert np.isfinite(drawn).all()
    assert (drawn[:, 0, 0] > drawn[:, 0, 1]).mean() > 0.5


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("z", [[[1.0], [2.0]], [[1.0, np.nan], [np.nan, 1.0]]])
def test_no_unit_in_two_editions_is_refused(name, z):
    with pytest.raises(DataError, match="no unit is known in two editions up to 202"):
        models.MODELS[name].fit(place(z))


def test_equal_scores(toy_panel):
    positions = standardise(toy_panel.assign(score=0.5))
    drawn = references.StateSpace().fit(positions).predict(2, 50, np.random.default_rng(1))
    assert (drawn == 0).all()
    with pytest.raises(DataError, match=r"no unit changes its place in the editions up to 2023"):
        references.MixedModel().fit(positions)


def test_intercepts_that_do_not_vary_are_an_answer():
    """Editions that swap everybody: nothing lasts, and an optimiser that fails is not the end."""
    z = np.outer(np.linspace(-2, 2, 9), [1, -1, 1, -1])
    found = references.MixedModel().fit(place(z))
    np.testing.assert_allclose(found.level, 0, atol=0.01)
    np.testing.assert_allclose(found.variance, 0, atol=0.01)
    np.testing.assert_allclose(found.noise, np.var(z), rtol=0.01)


def test_a_fit_that_does_not_converge_is_not_used(simulated, monkeypatch):
    fit, tried = MixedLM.fit, []

    def stop_early(self, method, reml):
        tried.append(method)
        fitted = fit(self, method=method, reml=reml)
        fitted._results.converged = method in accepted
        return fitted

    monkeypatch.setattr(MixedLM, "fit", stop_early)
    accepted = {"bfgs"}
    references.MixedModel().fit(simulated)
    assert tried == ["lbfgs", "bfgs"]
    accepted = set()
    with pytest.raises(DataError, match="up to 2025 did not converge, by any of lbfgs, bfgs, powe"):
        references.MixedModel().fit(simulated)


def test_positions_are_left_as_they_were(simulated):
    before = simulated.mean.copy()
    for name in NAMES:
        models.MODELS[name].fit(simulated)
    np.testing.assert_array_equal(simulated.mean, before)


def test_the_whole_ladder_is_scored_on_the_dti(index):
    found = index.evaluate(draws=200)
    assert found.failures.empty
    scored = found.by_origin.set_index("model")[["rps", "crps", "coverage80", "mae"]]
    assert set(scored.index) == set(models.MODELS)
    assert np.isfinite(scored.to_numpy()).all()
    persistence = found.overall.set_index("model").loc["persistence", "rps"]
    assert (found.overall.set_index("model").loc[NAMES, "rps"] < persistence).all()


def test_statsmodels_is_loaded_by_a_fit_alone():
    asked = (
        "import sys, dti_analysis.models.forecasters; "
        "print(any('statsmodels' in m for m in sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
