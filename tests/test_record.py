import re
import shutil

import numpy as np
import pandas as pd
import pytest

from dti_analysis import paths
from dti_analysis.cleaning import store
from dti_analysis.errors import DataError
from dti_analysis.evaluation import backtest as evaluation
from dti_analysis.evaluation import calibration
from dti_analysis.evaluation import track_record as record
from dti_analysis.figures import evaluation as record_figures
from dti_analysis.forecasting.answer import forecast_province
from dti_analysis.models import forecasters as models
from dti_analysis.reports import record as record_narrative
from dti_analysis.reports import record_tables

LEFTOVERS = re.compile(r"\bnan\b|\bNone\b|<NA>|%s|\{|\}")


@pytest.fixture(scope="module")
def calls(data):
    return record.recall_calls(data, draws=500)


@pytest.fixture
def folders(tmp_path):
    shutil.copytree(paths.RAW, tmp_path / "raw")
    return tmp_path / "raw", tmp_path / "processed"


@pytest.mark.parametrize("basis", [63, 34])
def test_every_province_is_held_against_every_later_edition(data, basis):
    calls = record.recall_calls(data, basis, draws=100)
    pairs = [(2021, 2022), (2021, 2023), (2021, 2024), (2022, 2023), (2022, 2024), (2023, 2024)]
    sizes = calls.groupby(["origin", "edition"]).size()
    assert sizes.to_dict() == dict.fromkeys(pairs, basis)
    assert (calls["edition"] - calls["origin"] == calls["horizon"]).all()
    known = data.panel[data.panel["basis"] == basis].set_index(["year", "code"])["rank"]
    came = known.loc[list(zip(calls["edition"], calls["unit"], strict=True))]
    assert calls["came"].tolist() == came.tolist()


@pytest.mark.parametrize(("basis", "province"), [(63, "BR-VT"), (34, "Hồ Chí Minh")])
def test_the_record_holds_what_reports_would_have_said(data, basis, province):
    calls = record.recall_calls(data, basis, draws=300)
    target = {"target_rank": 8, "target_year": 2023}
    found = forecast_province(province, basis, 2021, draws=300, **target, data=data)
    is_same = (calls["unit"] == found.province.code) & (calls["origin"] == 2021)
    own = calls[is_same & (calls["edition"] == 2023)].iloc[0]
    assert own["top8"] == pytest.approx(found.chances[0].probability_in_year)
    assert own["came"] == found.chances[0].observed_rank
    assert own["best80"] == found.summary["best80"].iloc[1]


def test_a_setting_out_of_range_is_refused(data):
    with pytest.raises(DataError, match="draws 0 is out of range"):
        record.recall_calls(data, draws=0)


def test_the_record_is_kept_and_made_anew_where_facts_or_code_change(folders, monkeypatch):
    raw, processed = folders
    made = []

    def recall(data, basis):
        made.append(basis)
        return pd.DataFrame(
            {"unit": ["a"], "top3": [0.5], "top50": [0.5 if basis > 50 else np.nan]}
        )

    monkeypatch.setattr(record, "recall_calls", recall)
    data = store.load_data(raw, processed)
    first = record.load_record(63, processed, data=data)
    assert made == [63, 34]
    pd.testing.assert_frame_equal(record.load_record(63, processed, data=data), first)
    assert first.columns.tolist() == ["unit", "top3", "top50"]
    assert record.load_record(34, processed, data=data).columns.tolist() == ["unit", "top3"]
    assert made == [63, 34]
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,Ba Ria - Vung Tau,score_overall,"0,4123",stated,s038,\n')
    changed = store.load_data(raw, processed)
    record.load_record(63, processed, data=changed)
    assert made == [63, 34] * 2
    other = first.assign(unit="made by other code")
    kept = store.keep(
        processed / record.FILE, changed.raw.checksums, ["models/*.py"], lambda: other
    )
    assert kept["unit"].tolist() == ["made by other code"]


def test_the_panel_command_keeps_the_record_too(tmp_path, dti, monkeypatch):
    kept = []
    monkeypatch.setattr(store, "write_panel", lambda raw: pd.DataFrame())
    monkeypatch.setattr(record, "load_record", lambda basis, data: kept.append(data.raw))
    assert dti("panel").exit_code == 0
    assert len(kept) == 1


@pytest.mark.parametrize(("basis", "size"), [(63, 20), (63, 1), (34, 10)])
def test_a_report_tells_how_often_such_chances_came_true(data, basis, size):
    calls = record.recall_calls(data, basis, draws=500)
    province = {63: "BR-VT", 34: "Huế"}[basis]
    found = forecast_province(
        province, basis, 2021, target_rank=size, target_year=2022, draws=500, data=data
    )
    told = record_narrative.tell_record(found, calls)
    chance = found.chances[0].probability_in_year
    place = np.digitize(chance, calibration.BOUNDS[1:-1])
    low, high = calibration.BOUNDS[place], calibration.BOUNDS[place + 1]
    given = calls[(calls[f"top{size}"] >= low) & (calls[f"top{size}"] < high)]
    came = (given["came"] <= size).mean()
    assert told.startswith(f"Of the {len(given)} chances of ")
    assert f"among the {basis} between {100 * low:.0f} and {100 * high:.0f} in 100" in told
    assert f"**{100 * came:.0f} in 100 came true**" in told
    assert "from 2021 to 2023" in told
    assert ("first place" if size == 1 else f"a top-{size} place") in told


def test_too_few_chances_have_no_record(data, calls):
    found = forecast_province(
        "BR-VT", origin_year=2021, target_rank=20, target_year=2022, draws=500, data=data
    )
    told = record_narrative.tell_record(found, calls.head(20))
    assert re.match(r"There were only \d chances .*: too few to say", told)
    assert record_narrative.tell_record(found, calls.assign(top20=0.5)).startswith("There was no")
    last = forecast_province("BR-VT", origin_year=2021, target_rank=63, draws=500, data=data)
    assert "no record to keep" in record_narrative.tell_record(last, calls)


def test_the_record_of_another_model_is_named(data, calls):
    found = forecast_province("BR-VT", origin_year=2021, model="pool", draws=500, data=data)
    assert f"the default model `{models.DEFAULT_MODEL}`" in (
        record_narrative.tell_record(found, calls)
    )


@pytest.mark.parametrize(
    ("model", "horizon"),
    [(models.DEFAULT_MODEL, 3), ("random_walk", 1), ("persistence", 3)],
)
def test_the_record_is_told_drawn_and_tabulated(data, model, horizon):
    settings = {"horizon": horizon, "draws": 200}
    calls = record.recall_calls(data, model=model, **settings)
    found = evaluation.evaluate(
        evaluation.select_units(data.panel),
        evaluation.choose_models([model]),
        min_editions=evaluation.MIN_EDITIONS_DTI,
        **settings,
    )
    chances = calibration.list_chances(calls, evaluation.TOP)
    recorded = calibration.record_chances(chances, np.random.default_rng(1))
    picked = calibration.pick_calls(calls)
    names = {code: p.name for (_, code), p in data.raw.gazetteer.provinces.items()}
    cases = [
        forecast_province("BR-VT", origin_year=origin, model=model, **settings, data=data)
        for origin in record.list_origins(data.panel)
    ]
    texts = [
        record_narrative.tell_opening(calls),
        record_narrative.tell_skill(found, model),
        record_narrative.tell_coverage(calls),
        record_narrative.tell_chances(recorded, evaluation.TOP),
        record_narrative.tell_pit(calls),
        record_narrative.tell_case(cases),
        record_figures.plot_skill(found, model).alt,
        record_figures.plot_record(recorded).alt,
        record_figures.plot_pit(calls).alt,
        record_figures.plot_case(cases).alt,
        record_tables.tabulate_skill(found)._repr_html_(),
        record_tables.tabulate_record(recorded)._repr_html_(),
        record_tables.tabulate_calls(picked, names)._repr_html_(),
    ]
    for text in texts:
        assert len(text) > 60
        assert not LEFTOVERS.search(text), text


def test_the_users_case_is_told(data):
    cases = [
        forecast_province("BR-VT", origin_year=origin, draws=500, data=data)
        for origin in record.list_origins(data.panel)
    ]
    told = record_narrative.tell_case(cases)
    assert "39th (2020) → 29th (2021) → 28th (2022) → 10th (2023) → 7th (2024)" in told
    chance = record_narrative.frequency(cases[0].chances[0].probability_in_year)
    assert f"Top 20 in 2022: {chance}; it came 28th." in told
    assert "it was there in 2023 and 2024" in told
    assert told.count("As of ") == 3


def test_the_pictures_show_what_is_counted(calls):
    pit = calibration.count_pit(calls)
    figure = record_figures.plot_pit(calls).figure
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == pytest.approx((100 * pit["share"]).tolist())
    held = calls["came"].between(calls["best80"], calls["worst80"]).mean()
    assert f"{100 * held:.0f} in 100 where 80 were due" in record_narrative.tell_coverage(calls)
