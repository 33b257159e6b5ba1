"""The maps: every province on one tile, every text inside its own."""

import itertools
import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

from dti_analysis.figures.maps import map_chances, map_ranks
from dti_analysis.forecasting.overview import forecast_country, summarise_country

EDITIONS = [(63, 2024), (34, 2024), (63, 2021), (34, 2021)]


@pytest.fixture(scope="module")
def summaries(data):
    """Provinces of each basis and origin."""
    return {
        (basis, year): summarise_country(data, forecast_country(data, basis, year, draws=200))
        for basis, year in EDITIONS
    }


def draw(picture):
    """Axes with everything placed, and the box of each text in pixels."""
    canvas = FigureCanvasAgg(picture.figure)
    canvas.draw()
    (axes,) = picture.figure.axes
    return axes, [(text, text.get_window_extent(canvas.get_renderer())) for text in axes.texts]


def tiles_of(axes):
    """Left column and top row of each tile."""
    return [(round(tile.get_x()), round(tile.get_y())) for tile in axes.patches]


@pytest.mark.parametrize("basis", [63, 34])
def test_grid_is_complete_and_resembles_the_country(raw, gazetteer, basis):
    grid = raw["tile_grid"]
    grid = grid[grid["basis"] == str(basis)].set_index("code").astype(int)
    assert sorted(grid.index) == sorted(code for b, code in gazetteer.provinces if b == basis)
    assert not grid.duplicated(["row", "column"]).any()
    row, column = grid["row"], grid["column"]
    # From north to south along the coast, and from the Lao border to the sea.
    coast = ["22", "31", "38", "40", "42", "46", "48", "51", "56", "79", "96"]
    assert row[coast].is_monotonic_increasing
    assert column["11"] < column["01"] < column["22"]
    assert column["91"] < column["79"] < column["56"]
    assert row["96"] == row.max()
    assert row["15" if basis == 34 else "10"] == row.min() == 1


@pytest.mark.parametrize(("basis", "year"), EDITIONS)
def test_each_tile_carries_its_own_province(summaries, raw, basis, year):
    provinces = summaries[basis, year]
    axes, texts = draw(map_chances(provinces, raw["tile_grid"], basis, year + 1))
    assert len(axes.patches) == basis
    assert len(set(tiles_of(axes))) == basis
    grid = raw["tile_grid"].set_index(["basis", "code"])
    for province, (chance, _), (name, _) in zip(
        provinces.to_dict("records"), texts[::2], texts[1::2], strict=False
    ):
        place = grid.loc[(str(basis), province["code"])].astype(int)
        for text in (chance, name):
            x, y = text.get_position()
            assert (int(x), int(y)) == (place["column"], place["row"])
        drawn = name.get_text().replace("\n", " ").replace("\u00a0", " ")
        assert drawn == province["province"]
        shown = int(re.sub(r"[<>]", "", chance.get_text()))
        assert abs(shown - 100 * province["top10"]) <= 1


@pytest.mark.parametrize(("basis", "year"), EDITIONS)
def test_texts_stay_in_their_tiles_and_are_large_enough(summaries, raw, basis, year):
    for picture in (
        map_ranks(summaries[basis, year], raw["tile_grid"], basis, year),
        map_chances(summaries[basis, year], raw["tile_grid"], basis, year + 1),
    ):
        if picture is None:
            continue
        axes, texts = draw(picture)
        boxes = [tile.get_window_extent() for tile in axes.patches]
        for place, (text, box) in enumerate(texts[:-1]):
            tile = boxes[place // 2]
            assert tile.x0 <= box.x0 <= box.x1 <= tile.x1, text.get_text()
            assert tile.y0 <= box.y0 <= box.y1 <= tile.y1, text.get_text()
            assert text.get_fontsize() >= 9
        for (one, left), (other, right) in itertools.pairwise(texts):
            assert not left.overlaps(right), (one.get_text(), other.get_text())
        note, extent = texts[-1]
        assert not any(extent.overlaps(tile) for tile in boxes), note.get_text()


def test_the_better_the_rank_the_darker_the_tile(summaries, raw):
    provinces = summaries[63, 2024]
    axes, _ = draw(map_ranks(provinces, raw["tile_grid"], 63, 2024))
    grey = [np.dot([0.299, 0.587, 0.114], to_rgb(tile.get_facecolor())) for tile in axes.patches]
    order = np.argsort(provinces["rank"].to_numpy(dtype=float), kind="stable")
    assert (np.diff(np.array(grey)[order]) >= -1e-9).all()


def test_words_say_the_ranks_and_what_is_not_published(summaries, raw):
    picture = map_ranks(summaries[63, 2021], raw["tile_grid"], 63, 2021)
    assert "29 Bà Rịa - Vũng Tàu" in picture.alt
    axes, texts = draw(picture)
    missing = [text for text, _ in texts if text.get_text() == "–"]
    assert f"Not published: {len(missing)}." in picture.alt
    assert len(missing) == summaries[63, 2021]["rank"].isna().sum() > 0
    assert "– not published" in axes.texts[-1].get_text()
    whole = map_ranks(summaries[34, 2024], raw["tile_grid"], 34, 2024)
    assert "1 Hà Nội; 2 Huế" in whole.alt
    assert "Not published: none." in whole.alt
    assert "not published" not in whole.figure.axes[0].texts[-1].get_text()


def test_the_widest_text_stays_clear_of_its_name(summaries, raw):
    provinces = summaries[34, 2024].assign(top10=1.0)
    _, texts = draw(map_chances(provinces, raw["tile_grid"], 34, 2025))
    for (chance, left), (name, right) in zip(texts[:-1:2], texts[1:-1:2], strict=True):
        assert chance.get_text() == ">99"
        assert left.x1 < right.x0, name.get_text()


def test_no_map_of_ranks_where_few_are_published(summaries, raw):
    assert map_ranks(summaries[34, 2021], raw["tile_grid"], 34, 2021) is None
    provinces = summaries[34, 2024]
    hidden = provinces.assign(rank=provinces["rank"].where(provinces["rank"] > 10))
    assert map_ranks(hidden, raw["tile_grid"], 34, 2024) is None


def test_words_say_the_chances(summaries, raw):
    provinces = summaries[34, 2024]
    picture = map_chances(provinces, raw["tile_grid"], 34, 2025)
    even = (provinces["top10"] >= 0.5).sum()
    assert f"likelier than not for {even} provinces" in picture.alt
    best = provinces.sort_values("top10", kind="stable", ascending=False).iloc[0]
    assert f"Chances of 5 or more in 100: {best['province']} " in picture.alt
