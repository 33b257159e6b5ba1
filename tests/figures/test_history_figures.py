import pytest

from dti_analysis.errors import DataError
from dti_analysis.figures.history import (
    plot_gains_on_starts,
    plot_persistence,
    plot_regions,
    plot_spreads,
)
from dti_analysis.project import read_index


def test_persistence_names_each_pair_of_editions(index, look):
    picture, lasting = plot_persistence(index), index.persistence()
    axes = look(picture)
    assert "Ranks correlate 0.82 one edition apart, 0.70 at 2 apart" in picture.alt
    assert len(axes.texts) == len(lasting)
    for row in lasting.to_dict("records"):
        told = (
            f"{row['first']} and {row['last']} {row['correlation']:.2f}, {row['units']} provinces"
        )
        assert told in picture.alt


def test_persistence_of_many_editions_leaves_their_names_out(long_index):
    picture = plot_persistence(long_index)
    assert len(picture.figure.axes[0].texts) == 0
    assert picture.alt.count(" units") == 36


def test_no_persistence_of_one_edition(toy_panel):
    one = toy_panel.loc[toy_panel["year"] == 2020, ["unit", "year", "score"]]
    assert plot_persistence(read_index(one)) is None


def test_regions_are_in_the_order_of_the_last_edition(index, toy_index):
    picture, regions = plot_regions(index), index.regions()
    assert "11\u202f% lies between regions (8\u202f% would by chance)" in picture.alt
    assert "Southeast 2022: 23.5" in picture.alt
    (axes,) = picture.figure.axes
    last = regions[regions["year"] == regions["year"].max()].sort_values("median_rank")
    drawn = [line.get_ydata()[-1] for line in axes.lines if line.get_linestyle() == "-"]
    assert drawn == last["median_rank"].tolist()
    assert plot_regions(toy_index) is None


def test_spreads_are_those_of_the_scores(index, look):
    picture = plot_spreads(index)
    axes = look(picture)
    assert "drew together in 1 of 2 steps" in picture.alt
    scores = index.wide("score")[[2022, 2023, 2024]]
    assert axes.lines[0].get_ydata().tolist() == pytest.approx(scores.std().tolist())
    assert "2023: 0.060" in picture.alt
    pillar = plot_spreads(index, "government_pillar")
    assert pillar.alt == plot_spreads(index.of("government_pillar")).alt != picture.alt


def test_gains_are_drawn_against_starts(index):
    picture = plot_gains_on_starts(index, 2023)
    assert "slope −0.34; regression to the mean alone would make it −0.14" in picture.alt
    assert "of 63 provinces against their scores of 2022" in picture.alt
    (axes,) = picture.figure.axes
    scores = index.wide("score")
    assert axes.lines[0].get_ydata().tolist() == (scores[2023] - scores[2022]).tolist()
    # Both lines go through the mean.
    slope = [(line.get_ydata()[1] - line.get_ydata()[0]) for line in axes.lines[1:]]
    assert slope[0] < slope[1] < 0


def test_a_step_that_is_not_complete_is_refused(index):
    message = r"edition 2022 and the one before .* expected one of 2023, 2024"
    with pytest.raises(DataError, match=message):
        plot_gains_on_starts(index, 2022)
