import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dti_analysis.config import IndexConfig
from dti_analysis.figures import marks, style


@given(st.lists(st.integers(1, 63), min_size=2, max_size=12, unique=True).map(sorted))
def test_labels_are_spread_out_in_their_order(heights):
    placed = marks.spread_out(heights, gap=2, last=63)
    assert (np.diff(placed) >= 2 - 1e-3).all()
    assert placed[-1] <= 63 + 1e-3


def test_labels_with_room_stay_where_they_are():
    heights = [1.0, 5.0, 9.0]
    assert marks.spread_out(heights, gap=2, last=9).tolist() == heights
    assert heights == [1.0, 5.0, 9.0]


@pytest.mark.parametrize(
    ("side", "offset", "aligned"),
    [
        ("right", (6, 0), ("left", "center")),
        ("above left", (-6, 6), ("right", "bottom")),
        ("below", (0, -6), ("center", "top")),
    ],
)
def test_a_label_stands_beside_its_point(side, offset, aligned):
    axes = style.start_figure(IndexConfig(), None, 2)
    marks.write_label(axes, "here", 0.5, 0.5, side)
    (text,) = axes.texts
    assert text.xyann == offset
    assert (text.get_ha(), text.get_va()) == aligned


def test_ranges_run_across_or_up():
    axes = style.start_figure(IndexConfig(), None, 2)
    marks.draw_ranges(axes, [3], [1], [2])
    marks.draw_ranges(axes, [3], [1], [2], is_upright=True)
    across, up = (bars.get_segments()[0].tolist() for bars in axes.collections)
    assert across == [[1, 3], [2, 3]]
    assert up == [[3, 1], [3, 2]]
