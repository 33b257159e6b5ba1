"""What was forecast is remembered, and found by the content of the data alone."""

import os
import pickle
import shutil
from functools import partial

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis import index as index_module
from dti_analysis.batch.plan import Settings
from dti_analysis.batch.pool import CAN_FORK, Pool, RunContext
from dti_analysis.batch.stale import Task
from dti_analysis.models.forecasters import RandomWalk
from dti_analysis.reports.plan import forecast_ahead, plan_project
from dti_analysis.root import find_root

ASKED = {"origin": 2024, "draws": 300, "seed": 7}


@pytest.fixture
def own(toy_panel, tmp_path):
    """A project of its own."""
    (tmp_path / "data/raw").mkdir(parents=True)
    toy_panel.to_csv(tmp_path / "data/raw/panel.csv", index=False)
    (tmp_path / "index.toml").write_text(
        'name = "Toys"\nunit = "toy"\nunits = "toys"\nsource = "a box"\n', encoding="utf-8"
    )
    return tmp_path


def test_a_forecast_is_found_and_equals_one_made_afresh(index34):
    made = index34.forecast(**ASKED)
    assert index34.forecast(**ASKED) is made
    assert index34.forecast(None, 6, "averaged_level", 300, 7, "bottom_up") is made
    assert dti.load_index("34").forecast(**ASKED) is made
    fresh = index34.of("economy_pillar").of("overall").forecast(**ASKED)
    assert fresh is not made
    for code in made.draws.codes:
        np.testing.assert_array_equal(fresh.draws.ranks_of(code), made.draws.ranks_of(code))
    assert fresh.answer("Huế").to_dict() == made.answer("Huế").to_dict()


@pytest.mark.parametrize(
    "changed",
    [{"draws": 301}, {"seed": 8}, {"origin": 2023}, {"horizon": 4}, {"approach": "direct"},
     {"model": "pool"}],
)  # fmt: skip
def test_another_question_is_not_answered_by_it(index34, changed):
    made = index34.forecast(**ASKED)
    assert index34.forecast(**(ASKED | changed)) is not made


def test_a_forecaster_of_ones_own_may_have_changed(index34):
    how = {"draws": 50, "model": RandomWalk()}
    assert index34.forecast(**how) is not index34.forecast(**how)


def test_few_are_remembered(toy_index):
    first = toy_index.forecast(draws=20)
    for seed in range(index_module._REMEMBERED):
        assert toy_index.forecast(draws=20, seed=seed).draws.seed == seed
    assert len(toy_index._forecasts) == index_module._REMEMBERED
    assert toy_index.forecast(draws=20) is not first


def test_an_index_is_the_same_while_nothing_has_changed(own):
    loaded = dti.load_index(root=own)
    assert dti.load_index(root=own) is loaded
    assert dti.load_index(root=str(own)) is loaded
    file = own / "data/raw/panel.csv"
    content = file.read_bytes()
    os.utime(file, (1, 1))  # touched, not changed
    assert dti.load_index(root=own) is loaded
    file.write_bytes(content.replace(b"0.85", b"0.95"))
    changed = dti.load_index(root=own)
    assert changed is not loaded
    assert changed.wide("score").loc["a", 2023] == 0.95
    assert loaded.wide("score").loc["a", 2023] == 0.85
    file.write_bytes(content)
    back = dti.load_index(root=own).wide("score")
    pd.testing.assert_frame_equal(back, loaded.wide("score"))


@pytest.mark.parametrize(
    "told",
    [
        "max_score = 10",
        "[labels.en]\nname = 'Playthings'",
        "[[targets]]\nunit = 'c'\nrank = 1\nyear = 2025",
        "[evaluation]\nmin_editions = 2",
    ],
)
def test_another_description_makes_another_index(own, told):
    loaded = dti.load_index(root=own)
    file = own / "index.toml"
    file.write_text(f"{file.read_text(encoding='utf-8')}{told}\n", encoding="utf-8")
    changed = dti.load_index(root=own)
    assert changed is not loaded
    assert changed.config != loaded.config


def test_rosters_and_measures_are_indices_of_their_own(index, index34):
    assert dti.load_index() is dti.load_index("63") is dti.load_index(63) is index
    assert dti.load_index(34) is index34 is not index
    pillar = dti.load_index(measure="society_pillar")
    assert pillar is dti.load_index(measure="society_pillar")
    assert pillar is not index


def test_a_fact_more_makes_another_index(tmp_path, index):
    root = tmp_path / "copy"
    for name in ("data/raw", "data/processed"):
        shutil.copytree(find_root() / name, root / name)
    shutil.copyfile(find_root() / "index.toml", root / "index.toml")
    copied = dti.load_index(root=root)
    assert copied is not index
    pd.testing.assert_frame_equal(copied.frame(), index.frame())
    with (root / "data/raw/dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,Ba Ria - Vung Tau,score_overall,"0,4123",stated,s038,\n')
    changed = dti.load_index(root=root)
    assert changed is not copied
    own = changed.frame().set_index(["year", "code"])
    assert own.loc[(2021, "77"), "score"] == 0.4123


def test_looking_back_is_an_index_that_remembers_nothing(index):
    index.forecast(2022, draws=50)
    past = index.until(2022)
    assert past.editions == (2020, 2021, 2022)
    assert not past._forecasts
    assert past.forecast(draws=50).answer("BR-VT").outcomes.empty


def made_ahead(units, languages=("vi",)):
    """What a plan of reports has the zygote do: basis, origin, draws and seed of each."""
    planned = plan_project(units, None, Settings(None, 100, 1), languages)
    ahead = planned.prepare(planned.jobs)
    assert ahead is None or isinstance(ahead, partial)
    return ahead and sorted(pickle.loads(pickle.dumps(ahead)).args[1])


def test_forecasts_are_made_ahead_where_reports_share_them_only():
    assert made_ahead(["Huế"]) is None
    both = [("34", 2024, 100, 1), ("63", 2024, 100, 1)]
    assert made_ahead([]) == both
    # Two languages share what each asks for.
    assert made_ahead(["Khánh Hòa"], ["vi", "en"]) == both


@pytest.mark.skipif(not CAN_FORK, reason="reports are forked on Linux")
def test_a_report_from_what_was_made_ahead_is_the_same():
    planned = plan_project([], "34", Settings(None, 300, 1), ["en"])
    job = planned.jobs[0]
    content = job.notebook.read_bytes()
    task = Task(job, content, {}, "new")
    results = []
    for prepared in (b"", pickle.dumps(planned.prepare(planned.jobs))):
        pool = Pool(print)
        pool.brief(RunContext(planned.build, (content,), 0.0, prepared), 1)
        results.append(pool.make(task))
        pool.close()
    assert [result.error for result in results] == [None, None]
    bodies = [result.files[".html"].partition(b"<footer>")[0] for result in results]
    assert bodies[0] == bodies[1]


def test_a_report_finds_what_was_made_ahead(index34):
    forecast_ahead(find_root(), [("34", 2024, 90, 3)])
    made = index34._forecasts[2024, 6, "averaged_level", 90, 3, "bottom_up"]
    assert index34.forecast(2024, draws=90, seed=3) is made
    assert "rank_counts" in vars(made.draws)  # read off already, for all to share
    assert "rows" in vars(index34.panel.of("economy_pillar"))
