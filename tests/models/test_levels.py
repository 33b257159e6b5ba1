"""The level of future editions: drawn, bounded, none of the ranks' business."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_analysis.models.levels import draw_levels
from dti_analysis.models.positions import Positions


def make_positions(level, spread=1.0, seed=0, units=30):
    """Units that walk, in editions of which some have no scores."""
    level = np.asarray(level, dtype=float)
    moves = 0.3 * np.random.default_rng(seed).standard_normal((units, len(level)))
    return Positions(
        tuple(f"{unit:02}" for unit in range(units)),
        tuple(range(2000, 2000 + len(level))),
        moves.cumsum(axis=1),
        np.zeros(moves.shape),
        ((),) * len(level),
        level,
        np.where(np.isfinite(level), spread, np.nan),
    )


def test_a_longer_horizon_leaves_the_earlier_editions_as_they_were():
    positions = make_positions([1, 2, 2.5, 3, 3.2])
    short = draw_levels(positions, 1, 500, 7, None)
    long = draw_levels(positions, 4, 500, 7, None)
    np.testing.assert_array_equal(long[:, :1], short)
    assert (draw_levels(positions, 1, 500, 8, None) != short).all()


def test_the_drift_is_shrunk_and_damped():
    steady = make_positions([10, 13, 16, 19, 22])
    drawn = draw_levels(steady, 3, 200_000, 1, None)
    # Four changes of 3 count as six of which two are none: 2, then 0.8 of it, and 0.8 of that.
    assert drawn.mean(axis=0) - 22 == pytest.approx([2, 3.6, 4.88], abs=0.03)


def test_older_changes_are_forgotten():
    recent, long = [10, 13, 16, 19, 22], [90, 0, 10, 13, 16, 19, 22]
    own, other = (
        np.median(draw_levels(make_positions(level), 1, 50_000, 1, None))
        for level in (recent, long)
    )
    assert own == pytest.approx(other, abs=0.03)


def test_the_uncertainty_grows_faster_than_the_root_of_the_horizon():
    drawn = draw_levels(make_positions([5, 5, 5, 5, 5]), 4, 100_000, 3, None)
    widths = np.diff(np.quantile(drawn, [0.1, 0.9], axis=0), axis=0)[0]
    assert widths[3] > 2.1 * widths[0]


def test_where_units_hardly_move_the_level_is_sure_too():
    still = make_positions([5, 5.01, 5.02, 5.01, 5.02])
    moving = Positions(**{**vars(still), "mean": 10 * still.mean})
    widths = [
        np.ptp(np.quantile(draw_levels(p, 1, 20_000, 1, None), [0.1, 0.9])) for p in (still, moving)
    ]
    assert widths[1] > 5 * widths[0]


def test_near_the_end_of_the_scale_a_level_slows_down():
    level = make_positions([0.5, 0.6, 0.7, 0.8, 0.9], 0.05)
    free, bound = (
        np.median(draw_levels(level, 4, 20_000, 1, ceiling), axis=0) for ceiling in (None, 1.0)
    )
    assert free[0] < 1 < free[3]
    assert 0.9 < bound[0] < bound[3] < 0.99
    # A scale of another length is the same scale.
    longer = Positions(**{**vars(level), "level": 50 * level.level, "spread": 50 * level.spread})
    assert np.median(draw_levels(longer, 4, 20_000, 1, 50.0), axis=0) == pytest.approx(50 * bound)


@settings(max_examples=30, deadline=None)
@given(
    level=st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), min_size=2, max_size=8),
    spread=st.floats(1e-6, 1),
)
def test_a_level_is_on_the_scale_or_there_is_none(level, spread):
    drawn = draw_levels(make_positions(level, spread), 3, 200, 1, 1.0)
    assert drawn.shape == (200, 3)
    if np.isfinite(level).any():
        assert ((drawn >= 0) & (drawn <= 1)).all()
    else:
        assert np.isnan(drawn).all()
