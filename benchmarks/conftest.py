"""What benchmarks share."""

import os

import pytest


@pytest.fixture
def tell(benchmark, capsys):
    def show(told):
        told = {**told, "load": os.getloadavg()[0]}
        benchmark.extra_info.update(told)
        with capsys.disabled():
            print("", *(f"{name:>50}  {value:.4g}" for name, value in told.items()), sep="\n")

    return show
