"""What a forecast costs, part by part, and how much it may: `make bench`."""

import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis.models import forecasters as models
from dti_analysis.models import ranks
from dti_analysis.models.drawing import Futures
from dti_analysis.models.positions import standardise

LARGE = """
import resource, sys, time
import numpy as np, pandas as pd
import dti_analysis as dti

units, editions = int(sys.argv[1]), 20
rng = np.random.default_rng(1)
start = rng.standard_normal((units, 1))
score = start + 0.2 * rng.standard_normal((units, editions)).cumsum(axis=1)
panel = pd.DataFrame({
    "unit": np.repeat([f"u{unit:06d}" for unit in range(units)], editions),
    "year": np.tile(np.arange(2000, 2000 + editions), units),
    "score": score.ravel(),
})
began = time.process_time()
dti.read_index(panel).forecast(draws=10_000).answer("u000001", target_rank=10).to_dict()
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.fixture(scope="module")
def positions():
    panel = dti.load_index("63").panel
    return standardise(panel.known(panel.editions[-1]))


@pytest.mark.parametrize("name", [name for name in models.MODELS if name != "persistence"])
def test_fit_63_provinces_5_editions(benchmark, positions, name):
    benchmark(models.MODELS[name].fit, positions)
    if name == models.DEFAULT_MODEL:
        assert benchmark.stats["median"] < 0.05


@pytest.mark.parametrize("name", ["pool", "averaged_level"])
def test_100_000_joint_draws_of_63_provinces_5_editions_ahead(benchmark, positions, name):
    fitted = models.MODELS[name].fit(positions)

    def forecast():
        futures = Futures(fitted, 5, 100_000, 63, seed=1)
        return ranks.rank_probabilities(futures.join(ranks.rank_draws))

    benchmark.pedantic(forecast, rounds=3)
    if name == models.DEFAULT_MODEL:
        assert benchmark.stats["min"] < 1.5


def test_evaluation_of_63_units_17_editions(benchmark):
    rng = np.random.default_rng(1)
    score = rng.standard_normal((63, 1)) + 0.2 * rng.standard_normal((63, 17)).cumsum(axis=1)
    unit, year = np.indices(score.shape)
    panel = pd.DataFrame(
        {
            "unit": [f"u{number:02d}" for number in unit.ravel()],
            "year": 2000 + year.ravel(),
            "score": score.ravel(),
        }
    )
    benchmark.pedantic(dti.read_index(panel).evaluate, rounds=1)
    assert benchmark.stats["max"] < 60


def test_thousands_of_units_20_editions(benchmark):
    def run(units):
        command = [sys.executable, "-c", LARGE, str(units)]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return tuple(map(float, told.split()))

    small, _ = run(1_000)
    large, gigabytes = benchmark.pedantic(run, (10_000,), rounds=1)
    # Seconds of the processors, 10 000 log 10 000 to 1 000 log 1 000, and half as much for noise.
    assert large / small < 1.5 * 10 * 4 / 3
    assert gigabytes < 2


@pytest.mark.parametrize("module", ["dti_analysis", "dti_analysis.cli"])
def test_import(benchmark, module):
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}

    def start():
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env=environment)
        return time.perf_counter() - began

    benchmark.pedantic(start, rounds=5, warmup_rounds=1)
    assert benchmark.stats["min"] < 0.5


def test_another_province_and_target_in_the_explorer(benchmark):
    explorer = dti.explore("BR-VT", origin_year=2021)
    choices = iter([("Huế", 5), ("Cần Thơ", 10), ("Lai Châu", 30), ("BR-VT", 20)])

    def choose(name, target_rank):
        explorer.unit.value = name
        explorer.target_rank.value = target_rank

    benchmark.pedantic(choose, setup=lambda: (next(choices), {}), rounds=4)
    assert explorer.answer.first_target.target.target_rank == 20
    # Two changes, each of which answers on its own.
    assert benchmark.stats["median"] < 2
