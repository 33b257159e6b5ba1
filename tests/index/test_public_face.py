"""The public face: names that come when they are asked for, results that show themselves."""

import inspect
import re
import subprocess
import sys

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import dti_analysis as dti
from dti_analysis.errors import DataError
from dti_analysis.evaluation import backtest
from dti_analysis.models import forecasters

VERBS = {
    "Index": ["forecast", "evaluate", "frame", "wide", "find", "track_record", "reliability"],
    "Forecast": ["answer", "compare", "movers", "push", "plan", "neighbours", "overview"],
    "Answer": ["target_chance", "chances_of"],
}


@pytest.fixture(scope="module")
def results():
    """One of each kind of result."""
    index, current = dti.load_index(), dti.load_index("34")
    forecast = current.forecast(draws=200)
    answer = index.forecast(2021, draws=400).answer("BR-VT")
    return {
        "index": index,
        "answer": answer,
        "chance": answer.first_target,
        "forecast": forecast,
        "comparison": index.forecast(2021, 3, draws=200).compare("BR-VT", "Cần Thơ"),
        "movers": forecast.movers(),
        "pushes": forecast.push("Hồ Chí Minh"),
        "gain": forecast.push("Hồ Chí Minh", gain=0.1),
        "plan": forecast.plan("Hồ Chí Minh"),
        "evaluation": index.evaluate(["pool"], draws=50),
    }


def test_nothing_heavy_is_imported_before_it_is_asked_for():
    code = """
import sys, dti_analysis as dti
heavy = ("numpy", "pandas", "matplotlib", "scipy", "statsmodels", "nbformat", "seaborn")
print([name for name in heavy if name in sys.modules])
print({"load_index", "plot_trajectory"} <= set(dir(dti)), "pandas" in sys.modules)
dti.load_index
print([name for name in heavy if name in sys.modules])
forecast = dti.load_index().forecast(draws=20)
answer = forecast.answer("BR-VT")
repr(answer), answer._repr_html_(), answer.to_dict(), forecast.movers(), forecast.push("BR-VT")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, names, loaded, asked = done.stdout.splitlines()
    assert (first, names) == ("[]", "True False")
    # What draws pictures, reads notebooks or evaluates waits until something does.
    assert "'pandas'" in loaded
    for heavy in ("matplotlib", "seaborn", "statsmodels", "nbformat"):
        assert heavy not in loaded
        assert heavy not in asked


def test_the_public_names_fit_a_page():
    assert 20 <= len(dti.__all__) <= 27
    assert {"load_index", "read_index", "set_language", "report", "explore"} <= set(dti.__all__)
    gone = {"forecast_province", "forecast_unit", "load_data", "read_panel", "evaluate", "speak"}
    assert not gone & set(dti.__all__)


@pytest.mark.parametrize("name", dti.__all__)
def test_every_public_name_is_there_and_documented(name):
    thing = getattr(dti, name)
    assert name in dir(dti)
    assert thing.__name__.removeprefix("dti_analysis.") == name
    assert inspect.getdoc(thing)
    if inspect.isfunction(thing):
        # A verb and what it is done to, unless the package itself is that.
        assert "_" in name or name in {"explore", "report"}
        for parameter in inspect.signature(thing).parameters:
            assert parameter in inspect.getdoc(thing)


@pytest.mark.parametrize(
    ("kind", "verb"), [(kind, verb) for kind, verbs in VERBS.items() for verb in verbs]
)
def test_every_verb_is_documented(kind, verb):
    method = getattr(getattr(dti, kind), verb)
    told = inspect.getdoc(method)
    for parameter in list(inspect.signature(method).parameters)[1:]:
        assert parameter in told or "See " in told or "see " in told or verb == "wide"


def test_the_docstring_of_the_package_names_functions_that_are_there():
    functions = {name for name in dti.__all__ if inspect.isfunction(getattr(dti, name))}
    named = set(dti.__doc__.split("`")[1::2])
    assert functions <= named


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="forecast_weather"):
        dti.forecast_weather  # noqa: B018


def test_the_projects_own_data_are_the_default(results):
    own = dti.load_index().forecast(2021, draws=400).answer("BR-VT")
    pd.testing.assert_frame_equal(own.summary, results["answer"].summary)
    assert dti.load_index().forecast(draws=50).movers().table["rank"].notna().all()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("index", ["DTI: 63 provinces, 2020 to 2024", "2,658 statements"]),
        (
            "answer",
            ["(DTI; 2021 is not complete", "29th of 63", "Top 10 in 2025", "400 joint draws"],
        ),
        ("chance", ["Top 20 in 2022", "Lift needed", "It came 28th"]),
        ("forecast", ["all 34, as of 2024 (DTI)", "Huế", "merged into the 34 within draws"]),
        ("comparison", ["Bà Rịa - Vũng Tàu against Cần Thơ", "(DTI;", "2024"]),
        ("movers", ["Top 10 in 2025", "(DTI)", "likeliest to leave"]),
        ("pushes", ["Government activities", "(DTI)", "not a causal claim"]),
        ("gain", ["+0.100", "Chance then"]),
        ("plan", ["Government activities", "(DTI)", "would have to gain", "not a causal claim"]),
        ("evaluation", ["DTI: ", "as of 2021, 2022, 2023", "random_walk", "reference"]),
    ],
)
def test_results_show_themselves(results, kind, words):
    shown = results[kind]
    page = BeautifulSoup(shown._repr_html_(), "html.parser")
    assert [len(page.find_all("section")), page.find(string=lambda text: "**" in text)] == [1, None]
    for table in page.find_all("table"):
        assert table.caption.get_text()
        assert {head["scope"] for head in table.find_all("th")} == {"col"}
        assert len(table.tbody.find_all("tr")) <= 25
    for text in (page.get_text(" "), repr(shown)):
        for word in words:
            assert word in text
    assert "<" not in repr(shown)
    assert "**" not in repr(shown)
    assert max(map(len, repr(shown).split("\n\n"))) < 2500


@pytest.mark.parametrize("kind", ["answer", "forecast", "comparison", "movers", "pushes", "plan"])
def test_results_name_the_index_in_their_first_line(results, kind):
    # As of 2021, what was forecast from there.
    gaps = r"(; 2021 is not complete: 42 of 63 known)?"
    assert re.search(rf"\(DTI{gaps}\)$", str(results[kind]).splitlines()[0])
    first = BeautifulSoup(results[kind]._repr_html_(), "html.parser").find("p")
    assert re.search(rf"\(DTI{gaps}\)$", first.get_text())


def test_results_are_in_the_language_chosen(results):
    from dti_analysis.language import use_language

    with use_language("vi"):
        told = str(results["answer"])
    assert "Bà Rịa - Vũng Tàu" in told
    assert told != str(results["answer"])


def test_markup_in_a_name_is_not_markup(toy_panel):
    panel = toy_panel.assign(unit=toy_panel["unit"].replace("a", "<b>&"))
    shown = dti.read_index(panel).forecast(draws=20).answer("<b>&")
    assert "&lt;b&gt;&amp;" in shown._repr_html_()
    assert "<b>" not in shown._repr_html_()


def test_a_joint_forecast_is_a_table(results):
    forecast = results["forecast"]
    table = forecast.to_frame()
    assert table.groupby("year").size().to_dict() == dict.fromkeys(forecast.years, 34)
    own = table[table["code"] == "79"].reset_index(drop=True)
    assert set(own.pop("unit")) == {"Hồ Chí Minh"}
    pd.testing.assert_frame_equal(own.drop(columns="code"), forecast.draws.summarise("79"))


@pytest.mark.parametrize("ask", [dti.plot_rank_probabilities, dti.plot_needs, dti.plot_futures])
def test_a_figure_without_a_target_says_what_to_name(ask):
    without = dti.load_index().forecast(draws=50).answer("Lai Châu")
    assert "Lai Châu" in dti.plot_trajectory(without).alt
    with pytest.raises(DataError, match=r"no target of Lai Châu is known: name one"):
        ask(without)


def test_models_are_evaluated_by_name_or_as_they_are(index):
    by_name = index.evaluate(["pool"], draws=50)
    as_they_are = index.evaluate(backtest.choose_models(["pool"]), draws=50, min_editions=2)
    pd.testing.assert_frame_equal(by_name.outcomes, as_they_are.outcomes)
    own = index.evaluate({"mine": forecasters.Pool((forecasters.RandomWalk(),))}, draws=50)
    assert set(own.outcomes["model"]) == {"random_walk", "mine"}
    with pytest.raises(DataError, match="model oracle is not known"):
        index.evaluate(["oracle"])
    with pytest.raises(DataError, match="expected at least 5, 4 up to an origin"):
        index.until(2023).evaluate(["pool"], min_editions=4)


def test_every_verb_works_on_a_table_and_changes_nothing(toy_panel):
    table = toy_panel.assign(
        economy=toy_panel["score"] * 0.9, society=toy_panel["score"] * 1.1, region="north"
    )
    before = table.copy()
    index = dti.read_index(table, name="Toys", components={"economy": 1, "society": 1})
    forecast = index.forecast(draws=100)
    answer = forecast.answer("b", target_rank=1)
    found = index.evaluate(["pool"], draws=50, min_editions=2)
    results = [
        index, forecast, answer, answer.first_target, forecast.compare("a", "b"), forecast.movers(),
        forecast.push("b", target_rank=1), forecast.plan("b", target_rank=1), found,
    ]  # fmt: skip
    for result in results:
        frame = result.to_frame()
        assert isinstance(frame, pd.DataFrame)
        assert len(frame)
        frame[frame.columns[0]] = None  # one's own copy
        assert result.to_frame().iloc[:, 0].notna().all()
        assert "Toys" in repr(result) or result is answer.first_target
        assert "<section" in result._repr_html_()
    assert len(forecast.overview()) == 5
    assert forecast.neighbours("b")["unit"].nunique() == 4
    assert answer.chances_of([1, 2]).shape == (2, 3)
    assert index.track_record().shape[0] > 0
    assert len(index.reliability([1, 2])) > 0
    assert {len(index.coverage()), index.regions()["region"].nunique()} == {16, 1}
    assert len(index.persistence()) == 6
    assert len(index.convergence()) == 3
    assert index.correlations(2023, ["economy", "society"]).to_numpy().tolist() == [[1, 1]] * 2
    assert index.weights().loc["economy"].tolist() == [0.5]
    assert index.facts().empty
    assert index.conflicts().empty
    assert index.disputes().empty
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("basis", ["63", "34"])
def test_tables_are_for_seaborn_and_statsmodels(basis):
    """Ranks are floats with NaN, as other libraries take them."""
    index = dti.load_index(basis)
    frame, wide = index.frame(), index.wide()
    for column in ("rank", "score", *(name for name in frame if name.endswith("_rank"))):
        assert frame[column].dtype == float
    assert all(column.dtype == float for _, column in wide.items())
    assert wide.loc["01", 2024] == frame.query("code == '01' and year == 2024")["rank"].item()
    frame["rank"] = 0.0  # one's own copy
    assert not index.frame()["rank"].eq(0).any()
    movers = index.forecast(2021, draws=50).movers().to_frame()
    assert movers["rank"].dtype == float
