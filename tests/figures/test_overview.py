import dataclasses

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from dti_analysis.figures.overview import (
    plot_last_moves,
    plot_overview,
    plot_paths,
    tabulate_tiles,
)
from dti_analysis.figures.palette import OTHER, OWN, TARGET
from dti_analysis.index import Index
from dti_analysis.language import format_number
from dti_analysis.project import load_index, read_index
from dti_analysis.wording import format_chance, format_rank

EDITIONS = [("63", 2024), ("34", 2024), ("63", 2021), ("34", 2021)]


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


def read_tiles(figure):
    return BeautifulSoup(figure.to_html(), "html.parser").select(".tiles li")


@pytest.mark.parametrize(("basis", "year"), EDITIONS)
def test_each_tile_carries_its_own_unit(forecast, basis, year):
    found = forecast(basis, year)
    tiles = read_tiles(tabulate_tiles(found))
    units = found.panel.units.loc[[tile["data-code"] for tile in tiles]]
    assert sorted(units.index) == sorted(found.draws.codes)
    inside = pd.Series(found.draws.inside(10, year + 1), list(found.draws.codes))
    ranks = found.panel.wide("rank").reindex(columns=[year - 1, year])
    for tile, (code, unit) in zip(tiles, units.iterrows(), strict=True):
        assert tile["style"] == f"grid-area:{unit['row']:.0f}/{unit['column']:.0f}"
        rank, change, chance = tile.select(".face")
        before, now = ranks.loc[code]
        assert rank.b.text == format_rank(now)
        assert chance.b.text == format_chance(inside[code])
        gained = before - now
        signs = {1: f"▲{gained:.0f}", -1: f"▼{-gained:.0f}", 0: "="}
        assert change.b.text == ("–" if np.isnan(gained) else signs[np.sign(gained)])
        name = found.panel.labels[code]
        assert all(face.text == f"{face.b.text} {name}" for face in (rank, change, chance))


def test_the_better_the_rank_the_darker_the_tile(forecast):
    faces = [tile.select_one(".rank") for tile in read_tiles(tabulate_tiles(forecast("63", 2024)))]
    shades = {int(face.b.text): face["class"][-1] for face in faces}
    assert [shades[rank] for rank in sorted(shades)] == sorted(shades.values(), reverse=True)
    assert set(shades.values()) == {f"shade-{shade}" for shade in range(6)}


def test_words_tell_the_tiles(forecast):
    found = forecast("34", 2024)
    figure, inside = tabulate_tiles(found), found.draws.inside(10, 2025)
    likely = (inside >= 0.805).sum()
    assert figure.title.startswith(f"DTI 2025: {likely} of 34 provinces above 80")
    assert f"Hà Nội 1, {format_chance(inside[list(found.draws.codes).index('01')])};" in figure.alt
    assert list(figure.table) == ["unit", "rank", "change", "chance"]


def test_one_face_is_left_where_there_is_no_style_sheet(forecast):
    page = BeautifulSoup(tabulate_tiles(forecast("34", 2024)).to_html(), "html.parser")
    for tile in page.select(".tiles li"):
        (left,) = [face for face in tile.select(".face") if not face.has_attr("hidden")]
        assert "chance" in left["class"]
    assert page.fieldset.has_attr("hidden")
    assert [each["class"] for each in page.select("div.view:not([hidden])")] == [["view", "chance"]]


def test_no_tiles_where_places_are_unknown(toy_index):
    assert tabulate_tiles(toy_index.forecast(draws=50)) is None


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
    (told,) = (text for text in axes.texts if "80" in text.get_text())
    border = next(line.get_xdata()[0] for line in axes.lines if line.get_color() == TARGET)
    assert told.xy[0] >= max(border, ends[0][1])  # beside the line of the top ten, not on it


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
    assert f"{(gain != 0).sum()} of {basis} provinces moved in one edition" in picture.alt
    assert f"the median move: {gain.abs().median():g}" in picture.title
    assert f"{names[0]} from {before[names[0]]:.0f} to {after[names[0]]:.0f}" in picture.alt


@pytest.mark.parametrize(("basis", "year"), [("63", 2024), ("34", 2024), ("63", 2023)])
def test_names_beside_the_paths_do_not_touch(look, basis, year):
    axes = look(plot_paths(load_index(basis), year))
    assert len(axes.texts) == 12
    named = {line.get_color(): line.get_linestyle() for line in axes.lines if line.get_lw() > 1}
    assert named == {OWN: "-", OTHER: "--"}


def test_few_units_are_named_once():
    rows = [("a", 1, 3), ("b", 2, 2), ("c", 3, 1)]
    rows = [(unit, 2020 + place, row[place]) for unit, *row in rows for place in (0, 1)]
    (axes,) = plot_paths(
        read_index(pd.DataFrame(rows, columns=["unit", "year", "rank"]))
    ).figure.axes
    assert [text.get_text() for text in axes.texts] == ["3 a", "1 c"]


def test_who_stands_where_it_stood_neither_rose_nor_fell():
    rows = [(unit, year, rank) for year in (2020, 2021) for rank, unit in enumerate("abcd", 1)]
    index = read_index(pd.DataFrame(rows, columns=["unit", "year", "rank"]))
    paths, moves = plot_paths(index), plot_last_moves(index)
    assert paths.title == "From 2020 to 2021 places between 0 and 0 were gained"
    assert list(paths.figure.axes[0].texts) == []
    assert "none" in paths.alt
    assert moves.title == "2021: 0 of 4 units moved in one edition; the median move: 0"


def test_paths_of_a_forecast_end_at_its_origin(index, forecast):
    assert plot_paths(forecast("63", 2023)).alt == plot_paths(index, 2023).alt
    assert plot_paths(index).alt == plot_paths(index, 2024).alt


def test_no_movers_before_two_complete_editions(index, forecast):
    assert plot_last_moves(index, 2022) is None
    assert plot_paths(forecast("63", 2021)) is None


def test_units_that_moved_alike_stand_in_the_order_of_what_they_are_called():
    rows = [(unit, year, rank) for year in (2020, 2021) for rank, unit in enumerate("abcd", 1)]
    labels = dict(zip("abcd", ("Wood", "Elm", "Ash", "Oak"), strict=True))
    index = read_index(pd.DataFrame(rows, columns=["unit", "year", "rank"]))
    config = dataclasses.replace(index.config, labels={"en": labels})
    panel = dataclasses.replace(index.panel, config=config)
    assert list(plot_paths(Index(panel)).table["unit"]) == sorted(labels.values())
