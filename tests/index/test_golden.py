"""What the frozen tables give stays what it was, figure by figure and word by word."""

import difflib

import numpy as np
import pandas as pd
import pytest
from golden import BY_DEFAULT, FOLDER, FORECASTS, KEYS, REPORTS, make_report, make_tables, read

import dti_analysis as dti
from dti_analysis.errors import DataError
from dti_analysis.forecasting.forecast import APPROACHES

REMEDY = "If that is meant: python tests/golden.py"


def list_changes(expected, found, keys):
    """Name each figure that differs by more than what is cut off after ten digits."""
    expected, found = (table.set_index(keys) for table in (expected, found))
    lost, new = expected.index.difference(found.index), found.index.difference(expected.index)
    changes = [f"{key} is gone" for key in lost] + [f"{key} is new" for key in new]
    for column in expected.columns.union(found.columns, sort=False):
        both = [table[column].reindex(expected.index) for table in (expected, found)]
        is_same = np.isclose(*both, rtol=1e-9, atol=1e-12, equal_nan=True)
        for key in expected.index[~is_same].difference(lost):
            then, now = (values[key] for values in both)
            changes.append(f"{key}, {column}: was {then:.10g}, is {now:.10g}")
    return changes


@pytest.fixture(scope="module")
def tables():
    return make_tables()


@pytest.mark.parametrize("name", KEYS)
def test_figures_are_what_they_were(tables, name):
    keys, expected = KEYS[name], read(FOLDER / f"{name}.csv")
    assert tables[name].columns.tolist() == expected.columns.tolist()
    changes = list_changes(expected, tables[name], keys)
    told = "\n".join([*changes[:20], *["…"][: len(changes) > 20]])
    assert not changes, f"{len(changes)} figures of {name} by {keys}:\n{told}\n{REMEDY}"


@pytest.mark.parametrize("name", REPORTS)
def test_reports_say_what_they_said(name):
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    lines = expected.splitlines(), make_report(name).splitlines()
    changes = list(difflib.unified_diff(*lines, "was", "is", lineterm="", n=0))
    assert not changes, "\n".join([*changes, REMEDY])


def test_every_forecast_that_can_be_made_is_among_them():
    for basis in BY_DEFAULT:
        index = dti.load_index(basis)
        for approach in APPROACHES:
            for origin in index.editions:
                if (basis, approach, origin) not in FORECASTS:
                    with pytest.raises(DataError):
                        index.forecast(origin, approach=approach, draws=10)
    assert {approach for _, approach, _ in FORECASTS} == set(APPROACHES)
    for basis, approach in BY_DEFAULT.items():
        assert dti.load_index(basis).forecast(draws=10).approach == approach


def test_a_change_is_named():
    table = pd.DataFrame({"code": ["01", "02", "03"], "rank": [1.0, 2, 3], "chance": [0.5, 1, 0]})
    other = table.assign(rank=[1.0, 2.5, 3], chance=[0.5 + 1e-11, 1, 0]).iloc[:2]
    assert list_changes(table, table, ["code"]) == []
    assert list_changes(table, other, ["code"]) == ["03 is gone", "02, rank: was 2, is 2.5"]
