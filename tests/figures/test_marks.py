import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dti_analysis.figures import marks, style

BLOCKS = st.lists(st.tuples(st.floats(0, 300), st.integers(10, 40)), min_size=1, max_size=7)


@given(BLOCKS.map(sorted))
def test_labels_are_placed_apart_in_their_order(blocks):
    wanted, rooms = zip(*blocks, strict=True)
    placed = np.array(marks.place_apart(wanted, rooms, 0, 300))
    ends = placed + np.array(rooms) / 2
    assert (placed[1:] - np.array(rooms)[1:] / 2 >= ends[:-1] - 1e-6).all()
    assert ends[-1] <= 300 + 1e-6
    assert placed[0] - rooms[0] / 2 >= -1e-6


def test_labels_with_room_stay_where_they_are():
    assert marks.place_apart([10, 50, 90], [10, 10, 10], 0, 100) == [10, 50, 90]


@pytest.mark.parametrize(
    ("side", "offset", "aligned"),
    [
        ("right", (6, 0), ("left", "center")),
        ("above left", (-6, 6), ("right", "bottom")),
        ("below", (0, -6), ("center", "top")),
    ],
)
def test_a_label_stands_beside_its_point(side, offset, aligned):
    axes = style.start_figure(None, 200)
    marks.write_label(axes, "here", 0.5, 0.5, side)
    (text,) = axes.texts
    assert text.xyann == offset
    assert (text.get_ha(), text.get_va()) == aligned


def test_ranges_run_across_or_up():
    axes = style.start_figure(None, 200)
    marks.draw_ranges(axes, [3], [1], [2])
    marks.draw_ranges(axes, [3], [1], [2], is_upright=True)
    across, up = (bars.get_segments()[0].tolist() for bars in axes.collections)
    assert across == [[1, 3], [2, 3]]
    assert up == [[3, 1], [3, 2]]


@pytest.mark.parametrize("name", ["$$x$$", r"$\foo$", "$x^2$"])
def test_a_label_is_measured_as_the_text_it_is(name):
    axes = style.start_figure(None, 300)
    named, plain = (
        marks.write_label(axes, text, 0.5, 0.5) for text in (name, name.replace("$", "S"))
    )
    named_box, plain_box = (label.get_window_extent() for label in (named, plain))
    assert named_box.width == pytest.approx(plain_box.width, rel=0.1)
    assert named_box.height == pytest.approx(plain_box.height, rel=0.5)
