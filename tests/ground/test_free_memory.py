"""What would not fit into memory is refused before any work."""

import re

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis import memory
from dti_analysis.errors import DataError
from dti_analysis.forecasting.draws import check_draws
from dti_analysis.models.drawing import estimate_size


@pytest.fixture
def free(monkeypatch):
    """Leave some bytes of memory, and no container."""

    def leave(size):
        monkeypatch.setattr(memory, "find_free_memory", lambda: size)

    return leave


@pytest.fixture
def dti_command(request):
    """The command; `dti` is the library here."""
    return request.getfixturevalue("dti")


@pytest.fixture(scope="module")
def many():
    """A panel of 1,000 units and three editions."""
    rng = np.random.default_rng(1)
    rows = [(f"u{unit:03d}", year) for year in (2020, 2021, 2022) for unit in range(1000)]
    table = pd.DataFrame(rows, columns=["unit", "year"])
    return dti.read_index(table.assign(score=rng.standard_normal(3000)))


@pytest.mark.parametrize("draws", [10**10, 10**18, 10**30])
def test_more_draws_than_fit_are_refused_with_what_would(index, draws):
    with pytest.raises(DataError, match=r"draws of 63 provinces, 3 editions ahead, take") as told:
        index.forecast(horizon=3, draws=draws)
    most = re.search(r"At most ([\d,]+) draws would fit\.", str(told.value))
    assert f"{draws:,} draws" in str(told.value)
    assert 10**5 < int(most[1].replace(",", "")) < 10**10


def test_as_many_draws_as_were_named_do_fit(index, free):
    free(2 * 10**8)
    with pytest.raises(DataError, match=r"expected at most 0\.2 GB") as told:
        index.forecast(horizon=3, draws=10**9)
    most = int(re.search(r"At most ([\d,]+) draws", str(told.value))[1].replace(",", ""))
    assert len(index.forecast(horizon=3, draws=most).draws) == most
    with pytest.raises(DataError, match=f"At most {most:,} draws"):
        index.forecast(horizon=3, draws=most + 1)
    free(10**6)
    with pytest.raises(DataError, match="Ask for fewer editions"):
        index.forecast(horizon=3, draws=10**9)


@pytest.mark.parametrize("draws", [2000.5, 2000.0, "2000", True, None])
def test_draws_and_seeds_are_whole_numbers(index, draws):
    with pytest.raises(DataError, match=r"draws .* is not a whole number"):
        index.forecast(draws=draws)
    with pytest.raises(DataError, match=r"seed .* is not a whole number"):
        index.forecast(draws=100, seed=draws)
    with pytest.raises(DataError, match=r"draws .* is not a whole number"):
        index.evaluate(["averaged_level"], draws=draws)


def test_numbers_of_numpy_and_great_seeds_serve(index):
    made = index.forecast(draws=np.int64(50), seed=2**200)
    assert made.draws.ranks_of("77").shape[0] == 50


def test_draws_of_which_more_is_kept_take_more(free):
    free(2 * 10**8)
    asked = 10**7, 3, 63, "provinces"
    found = []
    for more in (0, 400):
        with pytest.raises(DataError) as told:
            check_draws(*asked, more=more)
        found.append(int(re.search(r"At most ([\d,]+) draws", str(told.value))[1].replace(",", "")))
        check_draws(found[-1], *asked[1:], more=more)
        with pytest.raises(DataError, match=f"At most {found[-1]:,} draws"):
            check_draws(found[-1] + 1, *asked[1:], more=more)
    assert found[1] < found[0] / 3
    with pytest.raises(DataError, match="Ask for fewer editions"):
        check_draws(*asked, least=found[0] + 1)


def test_probabilities_take_twice_their_counts_beside_the_draws(many, free):
    made = many.forecast(draws=300).draws
    free(10**10)
    need = made.futures.size + 2 * made.rank_counts.nbytes
    again = many.forecast(draws=301).draws
    need += again.futures.size - made.futures.size
    free(need)
    assert again.rank_counts.sum() == 301 * 3 * 1000
    free(need - 1)
    with pytest.raises(DataError, match=r"At most 999 units would fit\."):
        _ = many.forecast(draws=302).draws.rank_counts


def test_all_probabilities_are_refused_before_any_draw(many, free, tmp_path, monkeypatch):
    made = many.forecast(draws=500)
    monkeypatch.setattr(type(made.fitted), "predict", None)
    free(9 * 10**7)
    with pytest.raises(DataError, match=r"All rank probabilities of 1,000 units, 3 editions") as e:
        _ = made.draws.rank_counts
    assert re.search(r"At most [\d,]+ units would fit\.", str(e.value))


@pytest.mark.parametrize("draws", [10**10, 10**18])
@pytest.mark.parametrize(
    "words",
    [
        ("forecast", "BR-VT"), ("compare", "BR-VT", "Huế"), ("movers",), ("push", "BR-VT"),
        ("plan", "BR-VT"),
        ("evaluate", "--model", "persistence"), ("report", "BR-VT"), ("report", "--all"),
    ],
)  # fmt: skip
def test_every_command_refuses_more_draws_than_fit(dti_command, refused, words, draws, tmp_path):
    output = ("--output", tmp_path / "made") if words[0] == "report" else ()
    result = dti_command(*words, *output, "--draws", draws)
    refused(result, f"{draws:,} draws of 63 provinces", "would fit")
    assert not list(tmp_path.iterdir())


def test_no_file_is_begun_for_probabilities_that_do_not_fit(dti_command, refused, free, tmp_path):
    free(estimate_size(2, 3, 63) + 10_000)
    file = tmp_path / "pmf.csv"
    result = dti_command("forecast", "--basis", 63, "--horizon", 3, "--draws", 2, "--pmf", file)
    refused(result, "All rank probabilities of 63 provinces, 3 editions", "provinces would fit")
    assert not list(tmp_path.iterdir())


def test_an_explorer_refuses_as_a_forecast_does(index):
    with pytest.raises(DataError, match="would fit"):
        dti.explore("BR-VT", index=index, draws=10**10)


@pytest.mark.parametrize("draws", [0, -5])
def test_a_report_of_no_draws_is_refused_before_it_is_made(dti_command, refused, draws):
    refused(dti_command("report", "BR-VT", "--draws", draws), f"draws {draws} is out of range")


def test_memory_that_runs_out_all_the_same_is_told(dti_command, refused, monkeypatch):
    def take_all(*asked):
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr("dti_analysis.models.averaged.AveragedLevel.fit", take_all)
    refused(
        dti_command("forecast", "BR-VT", "--draws", 7), "Unable to allocate 9 GiB", "fewer draws"
    )


@pytest.mark.parametrize("size", ["max", "1000\n"])
def test_a_container_may_leave_less(tmp_path, monkeypatch, size):
    limit = tmp_path / "memory.max"
    limit.write_text(size)
    monkeypatch.setattr(memory, "_LIMITS", (limit, tmp_path / "none"))
    free = memory.find_free_memory()
    assert free == 1000 if size != "max" else free > 1000
