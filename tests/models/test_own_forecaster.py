"""A forecaster of a researcher's own: taken by name, judged like any other, refused in one line."""

import importlib
import sys

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti_library
from dti_analysis.errors import DataError
from dti_analysis.models.forecasters import MODELS, choose_model

OWN = '''
import numpy as np

SPREAD = 0.1


class Mine:
    """Everyone stays, give or take."""

    seen = []

    def fit(self, positions):
        self.seen.append(positions)
        return Fitted(np.nan_to_num(positions.mean[:, -1]))


class Fitted:
    def __init__(self, last):
        self.last = last

    def predict(self, horizon, draws, rng):
        return self.last + SPREAD * rng.standard_normal((draws, horizon, len(self.last)))


class Flat(Mine):
    def fit(self, positions):
        self.last = positions.mean[:, -1]
        return self

    def predict(self, horizon, draws, rng):
        return np.zeros((draws, len(self.last)))


class Holes(Flat):
    def predict(self, horizon, draws, rng):
        return np.full((draws, horizon, len(self.last)), np.nan)


class Forgets(Mine):
    def fit(self, positions):
        super().fit(positions)


class Asks(Mine):
    def __init__(self, covariates):
        self.covariates = covariates


made = Asks("by hand")
number = 3
'''
REFUSED = {
    "nowhere:Mine": "nowhere:Mine cannot be imported: No module named 'nowhere'",
    "own:Yours": "own:Yours cannot be imported: module 'own' has no attribute 'Yours'",
    "own": "model own is not known. Known: persistence, .* named module:Name",
    ":Mine": ":Mine cannot be imported",
    "own:number": r"no forecaster: expected a method fit\(positions\), found none on int",
    "own:": "no forecaster: .* found none on module",
    "own:Asks": "cannot be made without arguments: .*'covariates'",
    "own:Forgets": "fit gave NoneType: expected an object with a method predict",
    "own:Flat": r"predict of Flat gave the shape \(50, 5\): .* here \(50, 2, 5\)",
    "own:Holes": "predict of Holes gave NaN or infinite positions",
    "broken:Mine": "broken:Mine cannot be imported: invalid syntax",
}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder with a module, which is the current one."""
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "broken.py").write_text("class Mine(:\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in ("own", "broken"):
        sys.modules.pop(name, None)


@pytest.fixture
def importable(own, monkeypatch):
    monkeypatch.syspath_prepend(own)
    return importlib.import_module("own")


def test_it_is_judged_by_its_name_beside_the_ladder(importable, toy_index):
    found = toy_index.evaluate(["own:Mine", "pool"], draws=50, horizon=2, min_editions=2)
    assert list(found.overall["model"]) == ["random_walk", "pool", "own:Mine"]
    assert found.failures.empty
    same = toy_index.evaluate({"mine": importable.Mine()}, draws=50, horizon=2, min_editions=2)
    by_name, as_it_is = (
        each.outcomes[each.outcomes["model"] == name].drop(columns="model").reset_index(drop=True)
        for each, name in ((found, "own:Mine"), (same, "mine"))
    )
    pd.testing.assert_frame_equal(by_name, as_it_is)


def test_it_sees_nothing_later_than_the_origin(importable, index34):
    importable.Mine.seen.clear()
    index34.evaluate(["own:Mine"], draws=20)
    seen = importable.Mine.seen
    assert [positions.editions[-1] for positions in seen] == [2021, 2022, 2023]
    # Of the parent, as a report would have seen them then.
    for positions in seen:
        then = index34.until(positions.editions[-1]).forecast(draws=20, model="persistence")
        np.testing.assert_array_equal(positions.mean, then.fitted.positions.mean)


def test_an_instance_is_taken_as_it_is_and_a_class_is_called(importable, toy_index):
    assert choose_model("own:made") == ("own:made", importable.made)
    assert choose_model("own:made.fit.__self__")[1] is importable.made
    assert toy_index.forecast(model=importable.Mine, draws=20).draws.model == "Mine"
    assert toy_index.forecast(model="own:Mine", draws=20).draws.model == "own:Mine"


def test_what_has_changed_since_is_not_taken_from_memory(importable, own, toy_index):
    def spread():
        made = toy_index.forecast(draws=200, model="own:Mine")
        return np.std(made.draws.futures.take(0)[0] - made.positions().iloc[:, -1])

    before = spread()
    assert spread() == before
    (own / "own.py").write_text(OWN.replace("SPREAD = 0.1", "SPREAD = 5"), encoding="utf-8")
    importlib.reload(importable)
    assert spread() == pytest.approx(50 * before)
    assert toy_index.forecast(draws=20) is toy_index.forecast(draws=20)


@pytest.mark.parametrize(("name", "told"), REFUSED.items())
def test_what_is_no_forecaster_is_refused(importable, toy_index, name, told):
    with pytest.raises(DataError, match=told):
        toy_index.forecast(model=name, draws=50, horizon=2).to_frame()
    with pytest.raises(DataError, match=told):
        toy_index.evaluate([name], draws=50, horizon=2, min_editions=2)


def test_an_object_without_fit_is_refused_before_any_work(toy_index):
    with pytest.raises(DataError, match="model int is no forecaster"):
        toy_index.evaluate({"three": 3}, min_editions=2)
    with pytest.raises(DataError, match="model int is no forecaster"):
        toy_index.forecast(model=3)


def test_the_command_finds_it_in_the_current_folder(own, dti, toy_panel):
    toy_panel.to_csv("toy.csv", index=False)
    few = ("--panel", "toy.csv", "--draws", 50)
    judged = dti("evaluate", *few, "--model", "own:Mine", "--min-editions", 2)
    assert judged.exit_code == 0, judged.output
    assert "own:Mine" in judged.stdout
    assert "random_walk" in judged.stdout
    assert not any(name in judged.stdout for name in {*MODELS} - {"random_walk"})
    told = dti("forecast", "a", *few, "--model", "own:Mine")
    assert told.exit_code == 0, told.output
    made = dti_library.read_index("toy.csv").forecast(draws=50, model="own:Mine")
    assert told.stdout == f"{made.answer('a')}\n"
    assert "own:Mine" in told.stdout


@pytest.mark.parametrize("name", [*REFUSED, "x" * 20_000 + ":Mine", "own:" + "x" * 20_000])
def test_the_command_refuses_in_one_message(own, dti, refused, toy_panel, name):
    toy_panel.to_csv("toy.csv", index=False)
    few = ("--panel", "toy.csv", "--draws", 50, "--model", name)
    for result in dti("evaluate", *few, "--min-editions", 2), dti("forecast", "a", *few):
        refused(result, name.rpartition(":")[2][-20:] if name != "own:Forgets" else "NoneType")
        assert len(result.stderr) < 500


def test_the_chances_that_are_shown_are_its_own(importable, toy_index):
    shown = str(toy_index.evaluate(["own:Mine"], draws=50, min_editions=2, top=(2,)))
    assert "Chances of the top 2 by own:Mine." in shown
