"""What a forecast costs, part by part: `make bench`."""

import numpy as np
import pytest

from dti_analysis import models, ranks
from dti_analysis.positions import standardise
from dti_analysis.store import load_data


@pytest.fixture(scope="module")
def positions():
    panel = load_data().panel
    return standardise(panel[panel["basis"] == 63].rename(columns={"code": "unit"}))


@pytest.mark.parametrize(
    "name", ["pooled_local_level", "pool", "averaged_level", "mixed_model", "state_space"]
)
def test_fit_63_provinces_5_editions(benchmark, positions, name):
    benchmark(models.MODELS[name].fit, positions)


@pytest.mark.parametrize("name", ["pool", "averaged_level"])
def test_20_000_joint_draws_of_63_provinces_3_editions_ahead(benchmark, positions, name):
    fitted = models.MODELS[name].fit(positions)

    def forecast():
        drawn = fitted.predict(3, 20_000, np.random.default_rng(1))
        return ranks.rank_probabilities(ranks.rank_draws(drawn))

    benchmark.pedantic(forecast, rounds=3)
