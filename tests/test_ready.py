"""Forecasts made ahead are those that would have been made, and found by content alone."""

import dataclasses
import pickle

import numpy as np
import pytest

from dti_analysis.cleaning.store import Data, load_data
from dti_analysis.forecasting import ready
from dti_analysis.forecasting.bottom_up import forecast_provinces
from dti_analysis.reporting.batch import Settings, forecast_ahead, plan
from dti_analysis.reporting.due import Task
from dti_analysis.reporting.imports import find_imports
from dti_analysis.reporting.provenance import describe_build
from dti_analysis.reporting.provisioner import CAN_FORK, WarmProcess
from dti_analysis.reporting.worker import Workshop, make_report

ASKED = (34, 2024, 0, 300, 7)


@pytest.fixture
def put(monkeypatch, data):
    monkeypatch.setattr(ready, "_ready", {})
    forecast_ahead(data, [ASKED])
    return next(iter(ready._ready.values()))


def ask(data, **changed):
    basis, origin, _, draws, seed = ASKED
    asked = {"basis": basis, "origin_year": origin, "draws": draws, "seed": seed} | changed
    return forecast_provinces(**asked, data=data)


def test_it_is_found_and_equals_one_made_afresh(put, data, monkeypatch):
    assert ask(data) is put
    assert ask(load_data()) is put  # the same numbers, read anew
    monkeypatch.setattr(ready, "_ready", {})
    fresh = ask(data)
    assert fresh is not put
    np.testing.assert_array_equal(fresh.draws, put.draws)
    np.testing.assert_array_equal(fresh.ranks, put.ranks)


@pytest.mark.parametrize(
    "changed", [{"basis": 63}, {"draws": 301}, {"seed": 8}, {"origin_year": 2023}, {"horizon": 4}]
)
def test_another_question_is_not_answered_by_it(put, data, changed):
    assert ask(data, **changed) is not put


def test_other_numbers_are_not_answered_by_it(put, data):
    panel = data.panel.copy()
    panel.loc[panel.index[-1], "score"] += 0.001
    assert ask(Data(data.raw, panel)) is not put
    crosswalk = data.raw["crosswalk_63_34"]
    swapped = crosswalk.assign(new_code=crosswalk["new_code"].to_numpy()[::-1])
    tables = dict(data.raw.tables) | {"crosswalk_63_34": swapped}
    assert ready._identify(Data(dataclasses.replace(data.raw, tables=tables), data.panel)) != (
        ready._identify(data)
    )


def test_it_is_made_ahead_where_reports_share_it_only():
    settings = Settings(None, 100, 1)
    alone = plan(["Huế"], [63, 34], settings)
    assert alone.prepare(alone.jobs) is None
    many = plan([], [63, 34], settings)
    ahead = many.prepare(many.jobs)
    assert sorted(ahead.args[1]) == [
        *((34, 2024, reach, 100, 1) for reach in (0, 6)),
        *((63, 2024, reach, 100, 1) for reach in (0, 1, 6)),
    ]


def test_languages_share_what_a_target_far_ahead_calls_for():
    both = plan(["Khánh Hòa"], [34], Settings(None, 100, 1), ["vi", "en"])
    assert both.prepare(both.jobs).args[1] == [(34, 2024, 6, 100, 1)]


@pytest.mark.skipif(not CAN_FORK, reason="kernels are forked on Linux")
def test_a_report_from_what_was_made_ahead_is_the_same():
    settings = Settings(None, 300, 1)
    planned = plan([], [34], settings)
    job = planned.jobs[0]
    content = job.notebook.read_bytes()
    task = Task(job, content, {}, "new")
    modules = find_imports([content])
    drafts = []
    for prepared in (b"", pickle.dumps(planned.prepare(planned.jobs))):
        process = WarmProcess(modules, prepared)
        workshop = Workshop(describe_build(), modules, process.folder, 60.0)
        drafts.append(make_report(task, workshop))
        process.close()
    assert [draft.error for draft in drafts] == [None, None]
    bodies = [draft.files[".html"].partition(b"<footer>")[0] for draft in drafts]
    assert bodies[0] == bodies[1]
