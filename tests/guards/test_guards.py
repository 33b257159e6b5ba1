"""Each stage broken on purpose: what it gives is stopped, by the name of what does not hold."""

import json
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frozen import CHECKOUT
from running import call

from dti_analysis import project
from dti_analysis.cleaning import dti as builder
from dti_analysis.cleaning import rosters
from dti_analysis.errors import GuardError
from dti_analysis.forecasting import bottom_up, forecast
from dti_analysis.models import drawing, ranks
from dti_analysis.panel import Panel
from dti_analysis.project import load_panels, read_index

HOW = {"draws": 300, "horizon": 2}


def scale(**changes):
    """Change columns of the values of a panel, by functions."""
    return lambda panel: replace(
        panel, values=panel.values.assign(**{k: f(panel.values) for k, f in changes.items()})
    )


PANELS = {
    "keys are unique": lambda panel: replace(
        panel, values=pd.concat([panel.values, panel.values.head(1)])
    ),
    "codes are unique": lambda panel: replace(
        panel, units=pd.concat([panel.units, panel.units.head(1)])
    ),
    "every value has a unit": lambda panel: replace(panel, units=panel.units.iloc[1:]),
    "every score says where it is from": scale(score_status=lambda values: None),
    "every rank says where it is from": scale(rank=lambda values: 1.0),
    "ranks are those of the roster": scale(
        rank=lambda values: 6.0, rank_status=lambda values: "published"
    ),
    "scores are on the scale": scale(score=lambda values: values["score"] + 1),
}


@pytest.mark.parametrize("what", PANELS)
def test_a_panel_that_is_none_is_stopped(what, toy_panel, monkeypatch):
    spoil(monkeypatch, project, "build_panel", PANELS[what])
    with pytest.raises(GuardError, match=f"panel the table: .*{what}"):
        read_index(toy_panel, max_score=1)


def spoil(monkeypatch, module, name, change):
    """Have a function give something else than it does."""
    sound = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *given, **named: change(sound(*given, **named)))


def test_a_row_that_gets_lost_is_stopped(toy_panel, monkeypatch):
    spoil(monkeypatch, rosters, "_settle_blanks", lambda table: table.iloc[1:])
    with pytest.raises(GuardError, match=r"no score is dropped \(found 19 of 20\)"):
        read_index(toy_panel)


POSITIONS = {
    "no unit is dropped": lambda told: replace(told, units=(*told.units[1:], "z")),
    "no spread is zero": lambda told: replace(told, spread=0 * told.spread),
    "no variance is below zero": lambda told: replace(told, variance=told.variance - 1),
    "no value of 2020 is dropped": lambda told: replace(told, mean=told.mean * np.nan),
    "positions of 2020 give its scores back": lambda told: replace(told, mean=told.mean + 0.01),
}


@pytest.mark.parametrize("what", POSITIONS)
def test_positions_that_cannot_be_are_stopped(what, toy_index, monkeypatch):
    spoil(monkeypatch, forecast, "standardise", POSITIONS[what])
    with pytest.raises(GuardError, match=f"positions: .*{what}"):
        toy_index.forecast(**HOW)


def test_a_rank_that_has_no_place_is_stopped(toy_panel, monkeypatch):
    ranked = toy_panel.assign(rank=toy_panel.groupby("year")["score"].rank(ascending=False))
    index = read_index(ranked.drop(columns="score"))
    spoil(monkeypatch, forecast, "standardise", lambda told: replace(told, mean=told.mean * np.nan))
    with pytest.raises(GuardError, match="no value of 2020 is dropped"):
        index.forecast(**HOW)


DRAWS = {
    "every edition ahead is a later one": (Panel, "next_editions", lambda years: years[::-1]),
    "levels are known of all futures or of none": (
        forecast, "draw_levels", lambda levels: np.where(levels > levels.mean(), levels, np.nan)
    ),
    "levels are on the scale": (forecast, "draw_levels", lambda levels: levels + 1),
    "the spread of futures is not zero": (drawing, "_predict", np.zeros_like),
}  # fmt: skip


@pytest.mark.parametrize("what", DRAWS)
def test_draws_that_cannot_be_are_stopped(what, toy_panel, monkeypatch):
    index = read_index(toy_panel, max_score=1)
    spoil(monkeypatch, *DRAWS[what])
    with pytest.raises(GuardError, match=f"draws: .*{what}"):
        index.forecast(**HOW)


def test_an_index_in_which_nothing_moved_is_forecast(toy_panel, monkeypatch):
    first = toy_panel.groupby("unit")["score"].transform("first")
    index = read_index(toy_panel.assign(score=first))
    spoil(monkeypatch, drawing, "_predict", np.zeros_like)
    assert len(index.forecast(**HOW).draws) == HOW["draws"]


def test_ranks_that_nobody_has_are_stopped(toy_index, monkeypatch):
    draws = toy_index.forecast(**HOW).draws
    spoil(monkeypatch, ranks, "rank_draws", lambda drawn: np.maximum(drawn, 2))
    with pytest.raises(GuardError, match=r"draws: .*no place is left empty"):
        draws.prepare()


def test_futures_that_are_not_counted_are_stopped(toy_index, monkeypatch):
    draws = toy_index.forecast(**HOW).draws
    read = type(draws.futures).read
    monkeypatch.setattr(
        type(draws.futures), "read", lambda self, of: read(self, lambda chunk: of(chunk[1:]))
    )
    with pytest.raises(GuardError, match=r"probabilities sum to one \(found 0\.99"):
        draws.prepare()


ANSWERS = {
    "probabilities sum to one": ("rank_probabilities", lambda chances: 0.9 * chances),
    "a chance is from 0 to 1": ("chance_by_year", lambda chance: chance + 1),
    "by a year is no less likely than in it": ("chance_by_year", lambda chance: 0.0),
    "who has the score has the rank": ("threshold", lambda needed: needed + 0.5),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_that_cannot_be_is_stopped(what, toy_index, monkeypatch):
    answer = toy_index.forecast(**HOW).answer("c", 3)
    spoil(monkeypatch, ranks, *ANSWERS[what])
    with pytest.raises(GuardError, match=f"answer: .*{what}"):
        answer.to_dict()


SHARES = {
    "every unit is one of the roster": lambda found: (("?", *found[0][1:]), found[1]),
    "no former unit is dropped": lambda found: (found[0], found[1] * (np.arange(63) > 0)[:, None]),
    "shares sum to one": lambda found: (found[0], 2 * found[1]),
}


@pytest.mark.parametrize("what", SHARES)
def test_a_merger_that_cannot_be_is_stopped(what, index34, monkeypatch):
    spoil(monkeypatch, bottom_up, "share_out", SHARES[what])
    with pytest.raises(GuardError, match=f"merged draws: .*{what}"):
        forecast.forecast(index34.panel, draws=10)


def raise_scores(rows):
    values, statuses = rows
    return values.assign(score=values["score"] + 0.5), statuses


TABLES = {
    "keys are unique": ("_label", lambda rows: pd.concat([rows, rows.head(1)])),
    "no fact is dropped": ("_label", lambda rows: rows.assign(score_status="computed")),
    "scores of 2020 among 63 lie amid their parts": ("_lay_out", raise_scores),
    "merged scores of 2020 lie amid": ("merge_provinces", lambda merged: merged + 0.2),
}


@pytest.mark.parametrize("what", TABLES)
def test_a_table_of_the_dti_that_cannot_be_is_stopped(what, raw, resolved, gazetteer, monkeypatch):
    spoil(monkeypatch, builder, *TABLES[what])
    with pytest.raises(GuardError, match=f"table of the DTI: .*{what}"):
        builder.build_table(resolved, raw["methodology"], raw["crosswalk_63_34"], gazetteer)


@pytest.fixture
def own_dti(tmp_path, monkeypatch):
    """A copy of the DTI, built."""
    shutil.copytree(CHECKOUT / "tests/data/raw", tmp_path / "data/raw")
    shutil.copy(CHECKOUT / "index.toml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DTI_ROOT", str(tmp_path))
    load_panels(tmp_path)
    monkeypatch.setattr(project, "_loaded", {})
    return tmp_path


def test_as_much_is_known_as_before_unless_the_tables_are_accepted(own_dti, dti, refused):
    facts = own_dti / "data/raw/dti_facts.csv"
    lines = facts.read_text(encoding="utf-8").splitlines(keepends=True)
    gone = next(line for line in lines if line.startswith("2021,63,77,") and "rank_overall" in line)
    kept = [line for line in lines if not line.startswith(gone[: gone.index("rank_overall") + 12])]
    facts.write_text("".join(kept), encoding="utf-8")
    words = "as much is known as before", "of 63 in 2021", "dti check --accept"
    refused(dti("forecast", "Huế", "--draws", 10), *words)
    assert dti("check", "--accept").exit_code == 0
    assert dti("forecast", "Huế", "--draws", 10).exit_code == 0


def test_code_that_loses_values_is_stopped_though_no_table_has_changed(own_dti, monkeypatch):
    spoil(monkeypatch, project, "tell_provenance", lambda told: {**told, "code_sha256": "new"})
    spoil(monkeypatch, builder, "compute_pillars", lambda pillars: pillars * np.nan)
    with pytest.raises(GuardError, match=r"No table has changed.*remove .*coverage\.json"):
        load_panels(own_dti)
    file = own_dti / "data/processed/coverage.json"
    assert json.loads(file.read_text(encoding="utf-8"))["known"]["score of 63 in 2024"] == 63
    file.write_text("{", encoding="utf-8")  # spoiled: nothing to be held against
    assert load_panels(own_dti)


FAULT = """
import dataclasses
import importlib.abc
import importlib.machinery
import sys

import numpy


class Fault(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name != {module!r}:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        run = spec.loader.exec_module

        def spoil(module):
            run(module)
            sound = module.{function}
            module.{function} = lambda *given, **named: {change}

        spec.loader.exec_module = spoil
        return spec


sys.meta_path.insert(0, Fault())
"""
STAGES = {
    "panel": ("cleaning.rosters", "_settle_blanks", "sound(*given)[1:]"),
    "positions": (
        "models.positions",
        "standardise",
        "dataclasses.replace(sound(*given), spread=0 * sound(*given).spread)",
    ),
    "draws": ("models.ranks", "rank_draws", "numpy.maximum(sound(*given), 2)"),
    "answer": ("models.ranks", "chance_by_year", "0.0"),
}


@pytest.fixture(scope="module")
def cities(tmp_path_factory):
    """A project of five cities."""
    folder = tmp_path_factory.mktemp("cities")
    rows = [
        (f"city {name}", 2018 + step, 50 + 7 * place + (place * step * 3) % 5)
        for place, name in enumerate("abcde")
        for step in range(5)
    ]
    table = folder / "cities.csv"
    pd.DataFrame(rows, columns=["unit", "year", "score"]).to_csv(table, index=False)
    assert call("init", "own", "--panel", table, cwd=folder)[0] == 0
    return folder / "own"


@pytest.mark.skipif(sys.platform != "linux", reason="reports are forked on Linux only")
@pytest.mark.parametrize(
    ("stage", "options"),
    [("panel", []), ("positions", []), ("draws", []), ("answer", ["--cold", "--jobs", "1"])],
    ids=["panel", "positions", "draws", "answer, each on its own"],
)
def test_a_batch_ends_before_a_report_is_written(stage, options, cities, tmp_path, monkeypatch):
    module, function, change = STAGES[stage]
    told = FAULT.format(module=f"dti_analysis.{module}", function=function, change=change)
    (tmp_path / "sitecustomize.py").write_text(told, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    shutil.rmtree(cities / "reports", ignore_errors=True)
    code, _, error = call("report", "--all", "--draws", "500", *options, cwd=cities)
    assert code == 2
    assert "Traceback" not in error
    assert re.search(rf"{stage}\b.*: this must hold and does not: ", error)
    assert not list(Path(cities, "reports").rglob("*.html"))
