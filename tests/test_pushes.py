"""What a push would do, asked for a province."""

import json

import numpy as np
import pytest

from dti_analysis.cleaning.dti import select_editions
from dti_analysis.errors import DataError
from dti_analysis.forecasting import gains as scenarios
from dti_analysis.forecasting import push as pushes
from dti_analysis.forecasting.answer import forecast_province


def ask(data, province="Hồ Chí Minh", **options):
    options = {"basis": 34, "model": "pool", "draws": 1000, "seed": 3} | options
    return pushes.push_province(province, **options, data=data)


def test_each_known_main_index_is_pushed_alone(data):
    found = ask(data)
    assert len(found.pushes) == 8
    assert found.probability == 0.5
    np.testing.assert_allclose(found.pushes["chance"], 0.5, atol=0.002)
    # The same lift for all, shared by the points.
    lift = found.answer.forecast.find_lift("79", found.chance.target, 0.5)
    np.testing.assert_allclose(found.pushes["gain"] * found.pushes["weight"], lift)


def test_a_gain_given_keeps_the_random_numbers(data):
    found = ask(data, gain=0.0)
    assert found.probability is None
    assert (found.pushes["chance"] == found.chance.probability_in_year).all()
    more = ask(data, gain=0.1, index="economy_activity").pushes
    assert more["index"].tolist() == ["economy_activity"]
    assert more["chance"].item() > found.chance.probability_in_year


def test_where_an_even_chance_is_had_a_better_one_is_asked_for(data):
    easy = ask(data, target_rank=6)
    assert 0.5 < easy.chance.probability_in_year < 0.8
    assert easy.probability == 0.8
    done = ask(data, target_rank=33)
    assert (done.pushes["gain"] == 0).all()


def test_the_34_take_the_points_of_the_63_while_these_stand(data):
    found = ask(data, "Đồng Nai", origin_year=2023)
    weights = found.pushes.set_index("index")["weight"]
    assert weights["government_activity"] == pytest.approx(0.2)


def test_gains_seen_are_those_beyond_the_median_province(data):
    found = forecast_province(
        "BR-VT", origin_year=2023, target_rank=5, model="pool", draws=100, data=data
    )
    rows = select_editions(data.panel, 63, 2023)
    wide = rows.pivot(index="code", columns="year", values="society_activity")
    start, beyond = wide[2022], (wide[2023] - wide[2022]) - (wide[2023] - wide[2022]).median()
    own = wide.loc["77", 2023]
    nearest = (start - own).abs().sort_values(kind="stable").index[: scenarios.SIMILAR_STARTS]
    slow = (beyond[nearest] < 0.02).mean()
    pushed = scenarios.apply_push(
        data, found.forecast, "77", found.targets[0], "society_activity", 0.02
    )
    assert (pushed.percentile, pushed.seen) == (slow, 30)


def test_pushes_are_ready_for_json(data):
    described = json.loads(json.dumps(ask(data).to_dict(), allow_nan=False))
    assert (described["code"], described["road"], described["target_kind"]) == (
        "79", "merged", "official",
    )  # fmt: skip
    assert len(described["pushes"]) == 8
    early = ask(data, "BR-VT", basis=63, origin_year=2022).to_dict()
    assert {push["percentile"] for push in early["pushes"]} == {None}


def test_without_a_main_index_there_is_nothing_to_push(data):
    with pytest.raises(DataError, match="no main index of Bà Rịa - Vũng Tàu in 2021 is known"):
        ask(data, "BR-VT", basis=63, origin_year=2021)
    found = forecast_province("BR-VT", origin_year=2021, model="pool", draws=100, data=data)
    assert pushes.find_pushes(data, found).pushes.empty


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gain": 0.1, "probability": 0.5}, "leave --gain or --chance out"),
        ({"gain": 1.5}, "gain 1.5 is out of range"),
        ({"gain": float("nan")}, "gain nan is out of range"),
        ({"probability": 1.0}, "probability 1.0 is out of range"),
        ({"index": "charisma"}, "charisma is not a main index"),
    ],
)
def test_what_cannot_be_asked_is_refused(data, options, message):
    with pytest.raises(DataError, match=message):
        ask(data, **options)


def test_a_chance_out_of_range_is_not_taken_for_nothing_known(data):
    found = forecast_province("BR-VT", target_rank=5, model="pool", draws=100, data=data)
    target = found.targets[0]
    with pytest.raises(DataError, match="probability 2"):
        scenarios.list_pushes(data, found.forecast, "77", target, probability=2)
