"""What the forecast of the edition before said, in a report and of all units."""

import pandas as pd
import pytest

from dti_analysis.display import drop_marks
from dti_analysis.figures.palette import PAGE
from dti_analysis.figures.year_before import plot_calls
from dti_analysis.project import load_index, read_index
from dti_analysis.reports import report
from dti_analysis.reports.overview import describe_surprises
from dti_analysis.reports.record import read_record
from dti_analysis.reports.year_before import describe_call, list_calls, scores_table
from dti_analysis.wording import format_chance, name_range

BR_VT, HA_GIANG = "77", "02"


def ask(unit, origin, basis="63", **options):
    return load_index(basis).forecast(origin, draws=300, **options).answer(unit, all_targets=True)


def pick(answer, **changed):
    """The calls of the origin's edition, and what is changed in that of the unit."""
    calls = list_calls(answer.draws, 20)
    is_own = (calls["unit"] == answer.unit.code) & (calls["edition"] == answer.draws.origin_year)
    for name, value in changed.items():
        calls = calls.assign(**{name: calls[name].mask(is_own, value)})
    return calls


@pytest.mark.parametrize(("basis", "unit"), [("63", BR_VT), ("34", "79")])
def test_it_is_what_a_report_of_that_edition_would_have_said(basis, unit):
    answer = ask(unit, 2022, basis)
    before = load_index(basis).forecast(2021, 1).answer(unit, 20, 2022)
    said, score = before.summary.iloc[0], before.scores.iloc[0]
    told = drop_marks(describe_call(answer, pick(answer)))
    assert f"around {said['median_rank']:.0f}th in 2022" in told
    assert f"({name_range(said['best80'], said['worst80'])}); it came" in told
    own = list_calls(answer.draws, 20).query("unit == @unit")
    (row,) = scores_table(answer, own).frame.to_dict("records")
    assert (
        row["Score said"] == f"{score['median']:.3f} ({score['low80']:.3f}–{score['high80']:.3f})"
    )
    history = load_index(basis).panel.history(unit).set_index("year").loc[2022]
    assert row["Score that came"] == f"{history['score']:.3f}"
    picture = plot_calls(answer, own)
    came = f"came {history['rank']:.0f}"
    between = f"between {said['best80']:.0f} and {said['worst80']:.0f}"
    assert f"2022: said {said['median_rank']:.0f}, {between}, {came}" in picture.alt
    (dot,) = [line for line in picture.figure.axes[0].lines if line.get_marker() == "o"]
    assert (dot.get_mfc() == PAGE) == (history["rank_status"] == "computed")
    if basis == "63":
        chance = format_chance(before.first_target.probability_in_year)
        stated = "The chance of the top 20 (official target, stated 2022-10-10)"
        assert f"{stated} was put at {chance}: the target was missed." in told


@pytest.mark.parametrize(
    ("unit", "origin", "verdict"),
    [
        (BR_VT, 2023, "it came 10th: better than that range."),
        (HA_GIANG, 2022, "it came 57th: worse than that range."),
        (BR_VT, 2024, "it came 7th: inside that range."),
    ],
)
def test_a_miss_is_told_with_its_side(unit, origin, verdict):
    answer = ask(unit, origin)
    assert verdict in drop_marks(describe_call(answer, pick(answer)))


def test_a_target_that_was_reached_is_told():
    answer = ask(BR_VT, 2022)
    told = drop_marks(describe_call(answer, pick(answer, outcome=20)))
    assert "the target was reached." in told
    assert "That is its rank among those forecast; among all it came 28th." in told
    assert "The chance of" not in drop_marks(
        describe_call(answer, pick(answer).drop(columns="top20"))
    )


def test_targets_of_other_years_are_none_of_that_edition():
    answer = ask(BR_VT, 2024)
    assert answer.draws.panel.targets_of(BR_VT, 2023)
    assert "The chance of" not in drop_marks(describe_call(answer, pick(answer)))


def test_the_others_are_counted():
    answer = ask(BR_VT, 2024)
    record = load_index("63").track_record().query("horizon == 1 and edition == 2024")
    held = sum(
        row.best80 <= row.outcome <= row.worst80
        for row in record.itertuples()
        if row.origin == 2023
    )
    told = drop_marks(describe_call(answer, pick(answer)))
    assert f"Of the ranges of all 63 provinces for 2024, {held} held the rank that came." in told


def test_it_stands_in_place_of_an_outcome_that_is_open():
    last, middle, first = (report(ask(BR_VT, origin)) for origin in (2024, 2022, 2021))
    assert last.section("outcome") is None
    assert [len(list(section)) for section in (last.section("year_before"),)] == [4]
    assert "What was forecast for 2022" in str(middle.section("year_before"))
    assert "2023: it came 10th" in str(middle.section("outcome"))
    assert "2023" not in str(middle.section("year_before"))  # what came later is not told
    assert first.section("year_before") is None
    assert first.section("outcome") is not None


def test_an_open_forecast_of_few_editions_says_that_it_is_open():
    rows = [(f"u{unit}", year, unit + year % 3) for unit in range(5) for year in (2001, 2002)]
    index = read_index(pd.DataFrame(rows, columns=["unit", "year", "score"]))
    forecast = index.forecast(draws=100)
    told = report(forecast.answer("u1", all_targets=True))
    assert told.section("year_before") is None
    assert "this forecast is open" in str(told.section("outcome"))
    assert drop_marks(describe_surprises(forecast)) == ""


def test_another_model_than_that_on_record_is_named():
    answer = ask(BR_VT, 2024, model="pool")
    told = drop_marks(describe_call(answer, pick(answer)))
    assert told.startswith("As of 2023, the default model averaged_level would have put")


def test_the_record_is_read_once():
    panel = load_index("34").panel
    assert read_record(panel, 3) is read_record(panel, 3)


def test_the_greatest_surprises_are_named():
    forecast = load_index("34").forecast(draws=100)
    record = load_index("34").track_record().query("horizon == 1 and edition == 2024")
    missed = {row.unit: row.outcome - row.median_rank for row in record.itertuples()}
    told = drop_marks(describe_surprises(forecast))
    names = forecast.panel.names
    up, down = min(missed, key=missed.get), max(missed, key=missed.get)
    assert f"The greatest surprise upwards was {names[up]} (" in told
    assert f"downwards {names[down]} (" in told
    error = sum(map(abs, missed.values())) / len(missed)
    assert f"the median was {error:.1f} places off on average" in told
    held = record["outcome"].between(record["best80"], record["worst80"]).sum()
    assert f"{held} of 34 came inside" in told
    assert drop_marks(describe_surprises(load_index("63").forecast(2021, draws=100))) == ""
