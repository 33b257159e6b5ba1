"""The public face: names that come when they are asked for, results that show themselves."""

import inspect
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

import dti_analysis as dti
from dti_analysis.errors import DataError
from dti_analysis.evaluation import backtest
from dti_analysis.reports.cards import make_card


@pytest.fixture(scope="module")
def answer(data):
    return dti.forecast_province("BR-VT", origin_year=2021, draws=400, data=data)


@pytest.fixture(scope="module")
def results(data, answer):
    """One of each kind of result."""
    few = {"draws": 200, "data": data}
    return {
        "data": data,
        "answer": answer,
        "chance": answer.first_chance,
        "forecast": dti.forecast_provinces(basis=34, **few),
        "comparison": dti.compare_provinces("BR-VT", "Cần Thơ", origin_year=2021, **few),
        "movers": dti.find_movers(basis=34, **few),
        "pushes": dti.push_province("Hồ Chí Minh", basis=34, **few),
        "gain": dti.push_province("Hồ Chí Minh", basis=34, gain=0.1, **few),
        "evaluation": dti.evaluate(models=["pool"], draws=50),
    }


def test_nothing_is_imported_before_it_is_asked_for():
    code = (
        "import sys, dti_analysis; print('pandas' in sys.modules); "
        "print({'forecast_province', 'plot_trajectory'} <= set(dir(dti_analysis))); "
        "print('pandas' in sys.modules); dti_analysis.load_data; print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False", "True"]


@pytest.mark.parametrize("name", dti.__all__)
def test_every_public_name_is_there_and_documented(name):
    thing = getattr(dti, name)
    assert name in dir(dti)
    assert thing.__name__ == name
    assert inspect.getdoc(thing)
    if inspect.isfunction(thing):
        # A verb and what it is done to, unless the package itself is that.
        assert "_" in name or name in {"evaluate", "explore", "speak"}
        for parameter in inspect.signature(thing).parameters:
            assert parameter in inspect.getdoc(thing)


def test_the_docstring_of_the_package_names_functions_that_are_there():
    functions = {name for name in dti.__all__ if inspect.isfunction(getattr(dti, name))}
    named = set(dti.__doc__.split("`")[1::2])
    assert functions - {"speak"} <= named
    assert "speak" in named


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="forecast_weather"):
        dti.forecast_weather  # noqa: B018


def test_the_projects_own_data_are_the_default(answer):
    own = dti.forecast_province("BR-VT", origin_year=2021, draws=400)
    pd.testing.assert_frame_equal(own.summary, answer.summary)
    assert dti.find_movers(draws=50).table["rank"].notna().all()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("data", ["2020 to 2024", "2,658 statements"]),
        ("answer", ["29th of 63", "Top 10 in 2025", "400 joint draws"]),
        ("chance", ["Top 20 in 2022", "Lift needed", "It came 28th"]),
        ("forecast", ["all 34, as of 2024", "Huế", "merged into the 34 within draws"]),
        ("comparison", ["Bà Rịa - Vũng Tàu against Cần Thơ", "2024"]),
        ("movers", ["Top 10 in 2025", "likeliest to leave"]),
        ("pushes", ["Government activities", "not a causal claim"]),
        ("gain", ["+0.100", "Chance then"]),
        ("evaluation", ["as of 2021, 2022, 2023", "random_walk", "bar"]),
    ],
)
def test_results_show_themselves(results, kind, words):
    shown = results[kind]
    page = BeautifulSoup(shown._repr_html_(), "html.parser")
    assert [len(page.find_all("section")), page.find(string=lambda text: "**" in text)] == [1, None]
    for table in page.find_all("table"):
        assert table.caption.get_text()
        assert {head["scope"] for head in table.find_all("th")} == {"col"}
        assert len(table.tbody.find_all("tr")) <= 20
    for text in (page.get_text(" "), repr(shown)):
        for word in words:
            assert word in text
    assert "<" not in repr(shown).replace("<NA>", "")
    assert max(map(len, repr(shown).split("\n\n"))) < 2500


def test_no_card_is_made_of_what_is_no_result():
    with pytest.raises(TypeError, match="no card is made of a list"):
        make_card([])


def test_markup_in_a_name_is_not_markup(toy_panel):
    panel = toy_panel.assign(unit=toy_panel["unit"].replace("a", "<b>&"), rank=np.nan)
    shown = dti.forecast_unit(panel, "<b>&", draws=20)
    assert "&lt;b&gt;&amp;" in shown._repr_html_()
    assert "<b>" not in shown._repr_html_()


def test_draws_of_a_province_are_those_of_the_joint_forecast(answer):
    unit = answer.forecast.locate("77")
    assert list(answer.drawn_ranks.columns) == [2022, 2023, 2024, 2025]
    np.testing.assert_array_equal(answer.drawn_ranks, answer.forecast.ranks[:, :, unit])
    chance = (answer.drawn_ranks[2022] <= 20).mean()
    assert chance == answer.first_chance.probability_in_year
    assert answer.rank_probabilities.loc[:20, 2022].sum() == pytest.approx(chance)
    assert answer.assess(20) == answer.forecast.assess("77", answer.assess(20).target)
    assert answer.assess(20, 2025).target.target_year == 2025


def test_what_a_target_takes_is_a_table(answer):
    chance = answer.first_chance
    table = chance.to_frame().set_index("probability")
    assert table["central"].to_dict() == chance.score_needed
    assert list(table.columns) == ["low", "central", "high", "lift"]


def test_a_joint_forecast_is_a_table(results):
    forecast = results["forecast"]
    table = forecast.to_frame()
    assert table.groupby("year").size().to_dict() == dict.fromkeys(forecast.years, 34)
    own = table[table["code"] == "79"].reset_index(drop=True)
    assert set(own.pop("province")) == {"Hồ Chí Minh"}
    pd.testing.assert_frame_equal(own.drop(columns="code"), forecast.summarise("79"))


@pytest.mark.parametrize("ask", [dti.plot_rank_probabilities, dti.plot_distance, dti.plot_futures])
def test_a_target_is_missed_in_plain_words(data, ask):
    without = dti.forecast_province("Lai Châu", draws=50, data=data)
    assert "Lai Châu" in dti.plot_trajectory(without).alt
    with pytest.raises(DataError, match=r"no target of Lai Châu is known: name one"):
        ask(without)


def test_a_target_beyond_the_forecast_is_refused(answer):
    with pytest.raises(DataError, match="target year 2031 is out of range"):
        answer.assess(10, 2031)


def test_models_are_evaluated_by_name_or_as_they_are(data):
    units = backtest.select_units(data.panel)
    by_name = dti.evaluate(models=["pool"], draws=50)
    given = dti.evaluate(units, backtest.choose_models(["pool"]), draws=50, min_editions=2)
    pd.testing.assert_frame_equal(by_name.calls, given.calls)
    with pytest.raises(DataError, match="model oracle is not known"):
        dti.evaluate(models=["oracle"])
    with pytest.raises(DataError, match="expected at least 5, 4 up to an origin"):
        dti.evaluate(units[units["year"] > 2021], ["pool"])
