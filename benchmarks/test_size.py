"""Time and peak memory of commands on 3,000 units × 10 editions, each a process of its own.

Figures to read, not to pass: what they may be depends on the machine. `docs/forecasting.md` quotes
them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

DTI = Path(sys.executable).with_name("dti")
UNITS = 3_000

MEASURE = """
import json, resource, subprocess, sys, time
began = time.monotonic()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "seconds": time.monotonic() - began,
    "processor seconds": used.ru_utime + used.ru_stime,
    "peak MB": used.ru_maxrss / 2**10,
}))
"""
"""The greatest of the processes that a command starts is the peak."""


@pytest.fixture(scope="module")
def panel(tmp_path_factory):
    """Scores that walk at random, 2015 to 2024."""
    rng, years = np.random.default_rng(1), np.arange(2015, 2025)
    start, steps = rng.standard_normal((UNITS, 1)), rng.standard_normal((UNITS, len(years)))
    score = (50 + 10 * start + 2 * steps.cumsum(axis=1)).clip(0, 100).round(3)
    columns = {
        "year": np.repeat(years, UNITS),
        "unit": np.tile([f"U{unit:04d}" for unit in range(1, UNITS + 1)], len(years)),
        "score": score.T.ravel(),
    }
    file = tmp_path_factory.mktemp("size") / "big.csv"
    pd.DataFrame(columns).to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def project(panel):
    """A project of its own, made of the panel."""
    command = [DTI, "init", "big", "--panel", panel]
    subprocess.run(command, cwd=panel.parent, check=True, stdout=subprocess.DEVNULL)
    return panel.parent / "big"


@pytest.fixture
def measure(benchmark, capsys):
    """Run a command in a folder, and tell what it took."""

    def run(folder, *words):
        command = [sys.executable, "-c", MEASURE, DTI, *words]
        # The project is the one in the folder, not that of the tests.
        environment = {name: value for name, value in os.environ.items() if name != "DTI_ROOT"}
        how = {"cwd": folder, "text": True, "env": environment}
        told = benchmark.pedantic(subprocess.check_output, (command,), how, rounds=1)
        found = json.loads(told)
        benchmark.extra_info.update(found)
        with capsys.disabled():
            print("", *(f"{name:>20}  {value:.1f}" for name, value in found.items()), sep="\n")

    return run


@pytest.mark.parametrize(
    "words",
    [
        ("forecast", "U0007", "--target-rank", "100"),
        ("forecast", "--pmf", "pmf.csv"),
        ("evaluate", "--model", "averaged_level"),
    ],
    ids=["one unit", "all rank probabilities", "the evaluation"],
)
def test_command(measure, panel, words):
    measure(panel.parent, *words, "--panel", panel.name)


def test_report(measure, project):
    measure(project, "report", "U0007", "--lang", "en", "--force")
