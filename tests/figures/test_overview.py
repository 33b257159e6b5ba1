import itertools
import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from dti_analysis.figures.overview import (
    plot_chance_tiles,
    plot_last_moves,
    plot_overview,
    plot_paths,
    plot_rank_tiles,
)
from dti_analysis.figures.palette import OTHER, OWN
from dti_analysis.language import format_number
from dti_analysis.project import load_index

EDITIONS = [("63", 2024), ("34", 2024), ("63", 2021), ("34", 2021)]


def draw(picture):
    """Axes with everything placed, and the box of each text in pixels."""
    canvas = FigureCanvasAgg(picture.figure)
    canvas.draw()
    (axes,) = picture.figure.axes
    return axes, [(text, text.get_window_extent(canvas.get_renderer())) for text in axes.texts]


def read_names(texts):
    return [text.get_text().replace("\n", " ").replace("\u00a0", " ") for text, _ in texts]


@pytest.mark.parametrize("basis", ["63", "34"])
def test_grid_is_complete_and_resembles_the_country(basis):
    units = load_index(basis).units
    row, column = units["row"], units["column"]
    assert not units.duplicated(["row", "column"]).any()
    # From north to south along the coast, and from the Lao border to the sea.
    coast = ["22", "31", "38", "40", "42", "46", "48", "51", "56", "79", "96"]
    assert row[coast].is_monotonic_increasing
    assert column["11"] < column["01"] < column["22"]
    assert column["91"] < column["79"] < column["56"]
    assert row["96"] == row.max()
    assert row["15" if basis == "34" else "10"] == row.min() == 1


@pytest.mark.parametrize(("basis", "year"), EDITIONS)
def test_each_tile_carries_its_own_unit(forecast, basis, year):
    found = forecast(basis, year)
    axes, texts = draw(plot_chance_tiles(found))
    units = found.panel.units.loc[list(found.draws.codes)]
    corners = [(round(tile.get_y()), round(tile.get_x())) for tile in axes.patches]
    assert corners == list(zip(units["row"], units["column"], strict=True))
    assert read_names(texts[1::2]) == [found.panel.labels[code] for code in units.index]
    inside = 100 * found.draws.inside(10, year + 1)
    for (text, _), chance in zip(texts[::2], inside, strict=True):
        assert abs(int(re.sub(r"[<>]", "", text.get_text())) - chance) <= 1


@pytest.mark.parametrize(("basis", "year"), EDITIONS)
def test_texts_stay_in_their_tiles_and_are_large_enough(forecast, basis, year):
    found = forecast(basis, year)
    for picture in filter(None, (plot_rank_tiles(found), plot_chance_tiles(found))):
        axes, texts = draw(picture)
        boxes = [tile.get_window_extent() for tile in axes.patches]
        for place, (text, box) in enumerate(texts):
            tile = boxes[place // 2]
            assert tile.x0 <= box.x0 <= box.x1 <= tile.x1, text.get_text()
            assert tile.y0 <= box.y0 <= box.y1 <= tile.y1, text.get_text()
            assert text.get_fontsize() >= 9
        for (one, left), (other, right) in itertools.pairwise(texts):
            assert not left.overlaps(right), (one.get_text(), other.get_text())


def test_the_better_the_rank_the_darker_the_tile(forecast):
    found = forecast("63", 2024)
    axes, _ = draw(plot_rank_tiles(found))
    grey = [np.dot([0.299, 0.587, 0.114], to_rgb(tile.get_facecolor())) for tile in axes.patches]
    ranks = found.panel.ranks_of(2024)[list(found.draws.codes)]
    assert (np.diff(np.array(grey)[np.argsort(ranks, kind="stable")]) >= -1e-9).all()


def test_words_say_the_ranks_of_the_edition_and_what_is_not_published(forecast):
    found = forecast("63", 2021)
    picture = plot_rank_tiles(found)
    assert "29 Bà Rịa - Vũng Tàu" in picture.alt
    _, texts = draw(picture)
    missing = read_names(texts).count("–")
    assert missing == found.panel.ranks_of(2021).isna().sum() > 0
    assert f"Not published: {missing}." in picture.alt
    assert "– not published" in picture.subtitle
    whole = plot_rank_tiles(forecast("34", 2024))
    assert "1 Hà Nội; 2 Huế" in whole.alt
    assert "Not published: none." in whole.alt
    assert "not published" not in whole.subtitle


def test_no_tiles_of_ranks_where_few_are_published_or_places_unknown(forecast, toy_index):
    assert plot_rank_tiles(forecast("34", 2021)) is None
    own = toy_index.forecast(draws=50)
    assert plot_rank_tiles(own) is None
    assert plot_chance_tiles(own) is None


def test_words_say_the_chances(forecast):
    found = forecast("34", 2024)
    picture, inside = plot_chance_tiles(found), found.draws.inside(10, 2025)
    assert f"Top 10 in 2025: likelier than not for {(inside >= 0.5).sum()} provinces" in picture.alt
    best = found.panel.labels[found.draws.codes[int(inside.argmax())]]
    assert f"Chances of 5\u202f% or more: {best} " in picture.alt


@pytest.mark.parametrize(("basis", "year"), EDITIONS)
def test_overview_shows_ranks_of_the_origin_and_ranges_of_the_next(forecast, basis, year):
    found = forecast(basis, year)
    picture = plot_overview(found)
    (axes,) = picture.figure.axes
    table = found.to_frame()
    table = table[table["year"] == year + 1].set_index("code").rename(found.panel.labels)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert sorted(names) == sorted(table.index)
    bars = axes.collections[0]
    ends = [[path[0, 0], path[1, 0]] for path in bars.get_segments()]
    assert ends == table.loc[names, ["best80", "worst80"]].to_numpy().tolist()
    (dots,) = [line for line in axes.lines if line.get_marker() == "o"]
    ranks = found.panel.ranks_of(year).rename(found.panel.labels)
    np.testing.assert_array_equal(dots.get_xdata(), ranks[names])
    assert f"{names[0]}, at the top, between {ends[0][0]:.0f} and" in picture.alt


@pytest.mark.parametrize(("basis", "year"), [("63", 2024), ("34", 2024), ("63", 2023)])
def test_movers_of_the_last_edition_are_those_of_the_panel(look, basis, year):
    index = load_index(basis)
    picture = plot_last_moves(index, year)
    axes = look(picture)
    before, after = (index.panel.ranks_of(y).rename(index.panel.labels) for y in (year - 1, year))
    gain = (before - after).astype(int)
    names = [label.get_text() for label in axes.get_yticklabels()]
    told = [format_number(gain[name], signed=True) for name in names]
    assert [text.get_text() for text in axes.texts] == told
    assert gain[names[0]] == gain.max()
    assert gain[names[-1]] == gain.min()
    ends = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
    assert [tuple(pair) for pair in ends] == [(before[name], after[name]) for name in names]
    assert f"{(gain.abs() >= 10).sum()} of {basis} provinces" in picture.alt
    assert f"{names[0]} from {before[names[0]]:.0f} to {after[names[0]]:.0f}" in picture.alt


@pytest.mark.parametrize(("basis", "year"), [("63", 2024), ("34", 2024), ("63", 2023)])
def test_names_beside_the_paths_do_not_touch(look, basis, year):
    axes = look(plot_paths(load_index(basis), year))
    assert len(axes.texts) == 12
    named = {line.get_color(): line.get_linestyle() for line in axes.lines if line.get_lw() > 1}
    assert named == {OWN: "-", OTHER: "--"}


def test_few_units_are_named_once(toy_index):
    (axes,) = plot_paths(toy_index).figure.axes
    assert len({text.get_text() for text in axes.texts}) == len(axes.texts) == 4


def test_paths_of_a_forecast_end_at_its_origin(index, forecast):
    assert plot_paths(forecast("63", 2023)).alt == plot_paths(index, 2023).alt
    assert plot_paths(index).alt == plot_paths(index, 2024).alt


def test_no_movers_before_two_complete_editions(index, forecast):
    assert plot_last_moves(index, 2022) is None
    assert plot_paths(forecast("63", 2021)) is None
