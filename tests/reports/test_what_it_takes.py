"""What a target takes: the plan, or pushes where none can be made; and the parts ahead."""

import pytest

from dti_analysis.display import drop_marks
from dti_analysis.forecasting.parts import describe_missing
from dti_analysis.project import load_index
from dti_analysis.reports import report
from dti_analysis.reports.needs import describe_road
from dti_analysis.reports.profile import look_ahead


@pytest.fixture(scope="module")
def forecast():
    return load_index("34").forecast(draws=2000)


def captions(section):
    return [part.caption for part in section if hasattr(part, "caption")]


def test_the_plan_stands_in_place_of_the_pushes(forecast):
    answer = forecast.answer("TP. Hồ Chí Minh", all_targets=True)
    told = report(answer).section("needs")
    assert captions(told)[1:] == [
        "Gains on all components at once, for an even chance of the top 3 in 2025",
        "The same by fewer components, at most what has been seen on each",
    ]
    assert "A push" not in str(told)
    plan = forecast.plan("TP. Hồ Chí Minh", 3, 2025)
    assert plan.make_card().tables[0].frame.equals(list(told)[-2].frame)


def test_pushes_stay_where_no_plan_can_be_made():
    answer = load_index("63").forecast(2022, draws=300).answer("Đà Nẵng", 1, all_targets=True)
    told = report(answer).section("needs")
    assert captions(told)[1:] == ["A push on one component alone, for first place in 2023"]
    assert "The least unusual push" in str(told)


def test_nothing_is_planned_for_what_is_had_already(forecast):
    told = report(forecast.answer("Hà Nội", 30)).section("needs")
    assert len(captions(told)) == 1
    assert "no gain beyond what the forecast has is needed" in str(told)


def test_the_easiest_road_is_that_of_fewest_components(forecast):
    one, two, none = (
        forecast.plan(*asked) for asked in (("Hà Nội",), ("Điện Biên", 1), ("Cao Bằng",))
    )
    (gain,) = one.list_fewer(1)[0].gains.values()
    assert drop_marks(describe_road(one)) == (
        f"The easiest road by precedent: government activities {gain:+.3f}."
    )
    assert not any(effort.is_enough for effort in two.list_fewer(1))
    first, second = two.list_fewer(2)[0].gains.values()
    told = drop_marks(describe_road(two))
    assert f"government activities {first:+.3f} and " in told
    assert told.endswith(f" {second:+.3f}.")
    assert drop_marks(describe_road(none)).startswith(
        "No gain on one or two components that has been seen"
    )


@pytest.mark.parametrize(("basis", "unit"), [("63", "BR-VT"), ("34", "Huế")])
def test_the_parts_ahead_are_those_of_the_index(basis, unit):
    index = load_index(basis)
    answer = index.forecast(draws=300, seed=5).answer(unit, all_targets=True)
    *_, words, table = report(answer).section("profile")
    assert str(words).startswith("Each part is forecast from its own past")
    found = index.parts(unit, draws=300, seed=5)
    assert table.frame.equals(found.make_card().tables[0].frame)
    assert describe_missing(found) in str(words)


def test_parts_of_which_nothing_is_known_are_left_out():
    assert look_ahead(load_index("63").forecast(2021, draws=100).answer("BR-VT")) == ()


def test_parts_are_of_the_draws_alone_when_something_is_given(forecast):
    given = forecast.given("Huế", rank="<= 5").answer("Đà Nẵng", all_targets=True)
    assert captions(report(given).section("profile")) == ["Score and rank (of 34) by edition"]
