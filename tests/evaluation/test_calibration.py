import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from dti_analysis.evaluation import calibration


def make_calls(rows):
    """Calls by hand; the outcome is a rank, top1 and top2 are chances."""
    columns = ["origin", "horizon", "unit", "outcome", "top1", "top2", "rps", "pit"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def calls():
    return make_calls(
        [
            (2001, 1, "a", 1, 0.90, 1.00, 0.01, 0.05),
            (2001, 1, "b", 3, 0.10, 0.70, 0.30, 0.95),
            (2001, 1, "c", 2, 0.00, 0.30, 0.20, 0.15),
            (2002, 1, "a", 2, 0.80, 0.95, 0.10, 0.90),
            (2002, 1, "b", 1, 0.19, 0.65, 0.25, 0.02),
            (2002, 1, "c", 3, 0.01, np.nan, 0.00, 1.00),
        ]
    )


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_chances_are_counted_in_classes(calls):
    before = calls.copy()
    counts = calibration.count_chances(calibration.list_chances(calls, [1, 2]))
    pd.testing.assert_frame_equal(calls, before)
    assert counts["low"].tolist() == [0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95]
    assert counts["high"].tolist() == [0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1]
    # top 1: a .90 true, b .10, c .00, a .80 false, b .19 true, c .01; top 2: a 1.00 true,
    # b .70 false, c .30 true, a .95 true, b .65 true, c missing.
    assert counts["chances"].tolist() == [2, 2, 1, 0, 2, 2, 2]
    assert counts["came_true"].tolist() == [0, 1, 1, 0, 1, 1, 2]
    assert counts["origins"].tolist() == [2, 2, 1, 0, 2, 2, 2]
    expected = [0.005, 0.145, 0.3, np.nan, 0.675, 0.85, 0.975]
    np.testing.assert_allclose(counts["mean"], expected)


def test_few_origins_have_the_interval_of_a_binomial_and_are_thin(calls, rng):
    record = calibration.reliability(calibration.list_chances(calls, [1, 2]), rng)
    assert record["chances"].tolist() == [2, 2, 1, 2, 2, 2]
    assert record["share"].tolist() == [0, 0.5, 1, 0.5, 0.5, 1]
    assert record["is_thin"].all()
    low, high = proportion_confint(1, 2, alpha=0.1, method="wilson")
    assert record.loc[1, ["share_low", "share_high"]].tolist() == pytest.approx([low, high])


def make_origins(is_true_at):
    """Twelve origins with twenty chances of 50 in 100 each."""
    rows = [
        (2000 + step, 1, f"u{unit}", 1 if is_true_at(step, unit) else 2, 0.5, 1.0, 0.1, 0.5)
        for step in range(12)
        for unit in range(20)
    ]
    return calibration.list_chances(make_calls(rows), [1])


def test_units_that_move_together_widen_the_interval(rng):
    # All come true in every other edition: twelve cases, not 240.
    together = calibration.reliability(make_origins(lambda step, _: step % 2 == 0), rng)
    apart = calibration.reliability(make_origins(lambda _, unit: unit % 2 == 0), rng)
    assert together["share"].tolist() == apart["share"].tolist() == [0.5]
    assert not together["is_thin"].any()
    low, high = proportion_confint(120, 240, alpha=0.1, method="wilson")
    assert apart.loc[0, ["share_low", "share_high"]].tolist() == pytest.approx([low, high])
    # The 5 % points of a binomial of twelve halves are 3 and 9.
    assert together.loc[0, ["share_low", "share_high"]].tolist() == [0.25, 0.75]


def test_same_seed_same_record():
    chances = make_origins(lambda step, unit: (step * unit) % 3 == 0)
    one, two = (calibration.reliability(chances, np.random.default_rng(4)) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)


def test_no_chances_have_an_empty_record(calls, rng):
    assert calibration.reliability(calibration.list_chances(calls, []), rng).empty


def test_the_pit_is_counted(calls):
    found = calibration.count_pit(calls)
    assert found["count"].tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert found["share"].tolist() == pytest.approx([1 / 3, 1 / 6, 0, 0, 0, 0, 0, 0, 0, 0.5])
    assert found["low"].tolist() == pytest.approx(np.arange(10) / 10)


def test_the_best_and_the_worst_calls_by_horizon(calls):
    later = calls.assign(horizon=2, rps=1 - calls["rps"])
    middle = calls.head(1).assign(unit="d", rps=0.15)
    picked = calibration.best_and_worst(pd.concat([calls, middle, later]))
    assert picked["horizon"].tolist() == [1] * 6 + [2] * 6
    assert picked["is_best"].tolist() == ([True] * 3 + [False] * 3) * 2
    names = list(zip(picked["origin"], picked["unit"], strict=True))
    first = [(2002, "c"), (2001, "a"), (2002, "a"), (2001, "c"), (2002, "b"), (2001, "b")]
    assert names == first + first[::-1]
    assert len(calibration.best_and_worst(calls.head(3))) == 2
