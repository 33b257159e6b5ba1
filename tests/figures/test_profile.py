import dataclasses

import numpy as np
import pandas as pd
import pytest

from dti_analysis.figures.profile import plot_profile
from dti_analysis.figures.style import BLUE
from dti_analysis.project import read_index

CASES = [
    ("Bà Rịa - Vũng Tàu", "63", 2024),
    ("Hồ Chí Minh", "34", 2024),
    ("Cao Bằng", "34", 2024),
    ("Khánh Hòa", "34", 2024),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_profile_shows_all_components_and_what_is_not_published(ask, look, edition, case):
    found = ask(*case)
    rank, panel = found.targets[0].target_rank, found.draws.panel
    picture = plot_profile(found, rank)
    axes = look(picture)
    parts = list(panel.weights_of(2024))
    labels = [panel.config.label(part) for part in parts]
    assert [label.get_text() for label in axes.get_yticklabels()] == labels
    rows = edition(int(case[1]), 2024)
    own = rows.loc[found.unit.code, parts].astype(float)
    (dots,) = [line for line in axes.lines if line.get_color() == BLUE]
    np.testing.assert_array_equal(dots.get_xdata(), own)
    missing = [panel.config.label(part).lower() for part in parts if pd.isna(own[part])]
    assert len(axes.texts) == len(missing)
    assert f"Not published: {', '.join(missing) or 'none'}." in picture.alt
    near = rows.drop(found.unit.code)
    near = near[(near["rank"] - rank).abs() <= 5][parts].astype(float)
    (bars,) = axes.collections
    drawn = {int(path[0, 1]): (path[0, 0], path[1, 0]) for path in bars.get_segments() if len(path)}
    for place, part in enumerate(parts):
        if near[part].notna().any():
            middle = np.nanquantile(near[part], [0.25, 0.75])
            assert drawn[place] == pytest.approx(tuple(middle))


def test_profile_falls_back_on_pillars(ask):
    found = ask("Hồ Chí Minh", "34", 2024)
    panel = found.draws.panel
    is_component = panel.values["measure"].isin(panel.weights_of(2024))
    hidden = dataclasses.replace(
        panel, values=panel.values.assign(score=panel.values["score"].mask(is_component))
    )
    blind = dataclasses.replace(found, draws=dataclasses.replace(found.draws, panel=hidden))
    (axes,) = plot_profile(blind, 10).figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["Digital government", "Digital economy", "Digital society"]


def test_no_profile_where_nothing_is_published(ask):
    assert plot_profile(ask("Hải Phòng", "63", 2021), 10) is None


def test_profile_of_any_index_has_its_own_scale(toy_panel):
    table = toy_panel[["unit", "year", "score"]].assign(score=lambda rows: 100 * rows["score"])
    table = table.assign(Roads=table["score"], Schools=100 - table["score"])
    index = read_index(table, max_score=100, components={"Roads": 1, "Schools": 1})
    picture = plot_profile(index.forecast(draws=50).answer("c"), 1)
    (axes,) = picture.figure.axes
    assert axes.get_xlim() == (0, 102)
    assert axes.get_xlabel() == "Score (0 to 100)"
    assert axes.get_title(loc="left").endswith("furthest behind the ranks around 1 in roads")
    assert "Roads 50 against 62; Schools 50 against 38." in picture.alt
