import dataclasses

import numpy as np
import pytest

from dti_analysis.figures.neighbours import plot_neighbours
from dti_analysis.figures.style import ORANGE

CASES = [
    ("Bà Rịa - Vũng Tàu", "63", 2021),
    ("Bà Rịa - Vũng Tàu", "63", 2024),
    ("Hồ Chí Minh", "34", 2024),
    ("Cao Bằng", "34", 2024),
    ("Hưng Yên", "34", 2021),
    ("Thừa Thiên Huế", "63", 2021),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_there_is_a_dot_for_each_unit_and_the_right_one_is_marked(ask, look, case):
    found = ask(*case)
    draws, panel = found.draws, found.draws.panel
    picture = plot_neighbours(found)
    axes = look(picture)
    (mark,) = [line for line in axes.lines if line.get_marker() == "D"]
    assert mark.get_color() == ORANGE
    regions = [label.get_text() for label in axes.get_yticklabels()]
    assert regions[int(mark.get_ydata()[0])] == panel.config.label(found.unit.region)
    assert [text.get_text() for text in axes.texts] == [found.unit.name]
    (dots,) = [line for line in axes.lines if line.get_marker() == "o"]
    scores = panel.wide("score")[draws.origin_year].reindex(list(draws.codes)).to_numpy()
    own = draws.locate(found.unit.code)
    is_by_score = case[2] == 2024
    values = scores if is_by_score else draws.mean_ranks[0]
    assert mark.get_xdata()[0] == pytest.approx(values[own])
    np.testing.assert_allclose(np.sort(dots.get_xdata()), np.sort(np.delete(values, own)))
    if is_by_score:
        near = (np.abs(np.delete(values, own) - values[own]) <= 0.02).sum()
        assert f": {near} of {len(values) - 1} others" in picture.alt
        assert f"is at {values[own]:.3f}" in picture.alt
    else:
        assert axes.xaxis_inverted()
        regions_of = panel.units["region"].reindex(list(draws.codes)).to_numpy()
        peers = np.delete(values, own)[np.delete(regions_of, own) == found.unit.region]
        said = f"{(peers < values[own]).sum()} of the {len(peers)} others"
        assert said in picture.alt
        assert "too few are published" in picture.alt


def test_a_unit_alone_in_its_region(ask):
    found = ask("Hưng Yên", "34", 2021)
    panel = found.draws.panel
    others = panel.units["region"].replace("Tây Nguyên", "Đông Nam Bộ")
    region = others.where(panel.units.index != found.unit.code, "Tây Nguyên")
    alone = dataclasses.replace(panel, units=panel.units.assign(region=region))
    draws = dataclasses.replace(found.draws, panel=alone)
    picture = plot_neighbours(dataclasses.replace(found, draws=draws))
    assert "Hưng Yên is alone in Central Highlands" in picture.alt


def test_without_regions_there_is_one_row(toy_index, look):
    picture = plot_neighbours(toy_index.forecast(draws=50).answer("b"))
    axes = look(picture)
    assert len(axes.get_yticks()) == 1
    assert "One dot for each of 5 units, in one row, by its score of 2023" in picture.alt
