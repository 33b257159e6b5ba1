import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dti_analysis.errors import DataError
from dti_analysis.figures.distribution import (
    group_ranks,
    plot_bottom_up,
    plot_futures,
    plot_rank_probabilities,
    share_out,
)
from dti_analysis.figures.palette import MISS, OWN
from dti_analysis.wording import format_chance


def count_dots(picture):
    """Count the blue and the grey dots of a figure."""
    (axes,) = picture.figure.axes
    dots = [line for line in axes.lines if line.get_marker() == "o" and len(line.get_xdata()) > 1]
    counted = {line.get_color(): len(line.get_xdata()) for line in dots}
    return counted.get(OWN, 0), counted.get(MISS, 0)


def test_as_many_dots_are_blue_as_the_chance_is_said_to_be(ask, look):
    answer = ask("BR-VT", "63", 2021)
    chance = answer.target_chance(20, 2022)
    picture = plot_rank_probabilities(answer, chance)
    axes = look(picture)
    there = int(np.floor(100 * chance.probability_in_year + 0.5))
    assert count_dots(picture) == (there, 100 - there)
    told = [text.get_text() for text in axes.texts]
    assert f"{there} of 100 dots" in told
    assert f"came: {chance.observed_rank}th" in told
    likeliest = 1 + int(np.argmax(answer.rank_probabilities[2022]))
    assert f"likeliest rank is {likeliest}" in picture.alt


@pytest.mark.parametrize("rank", [1, 34])
def test_what_dots_cannot_count_is_told_in_words(ask, rank):
    answer = ask("Cao Bằng", "34")
    chance = answer.target_chance(rank)
    picture = plot_rank_probabilities(answer, chance)
    told = [text.get_text() for text in picture.figure.axes[0].texts]
    assert format_chance(chance.probability_in_year) in told
    assert not [text for text in told if "dots" in text]


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=250).filter(lambda parts: sum(parts) > 0.01),
    st.integers(1, 250),
)
def test_dots_are_shared_out_and_grouped_by_the_target(parts, top):
    probability, top = np.array(parts) / sum(parts), min(top, len(parts))
    counts = share_out(probability, top)
    assert counts.sum() == 100
    assert (counts >= 0).all()
    groups = group_ranks(counts, top)
    assert len(groups) <= 27
    assert groups[0][0] == 1
    assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(groups))
    assert top in {last for _first, last in groups}
    assert sum(counts[first - 1 : last].sum() for first, last in groups) == 100


def test_first_place_is_told_as_such(ask):
    answer = ask("BR-VT")
    assert "is first in 2025" in plot_rank_probabilities(answer, answer.target_chance(1)).alt


@pytest.mark.parametrize("plot", [plot_rank_probabilities, plot_futures])
def test_a_figure_of_a_target_needs_one(index, plot):
    answer = index.forecast(draws=50).answer("Kon Tum")
    with pytest.raises(DataError, match="no target of Kon Tum is known: name one"):
        plot(answer)


def test_futures_shown_are_the_first_that_were_drawn(ask):
    answer = ask("BR-VT", "63", 2021, target_rank=20, target_year=2022)
    there = int((answer.rank_draws[2022].head(50) <= 20).sum())
    picture = plot_futures(answer, 50)
    assert f"{there} of the first 50 futures drawn are in the top 20 in 2022" in picture.alt
    (axes,) = picture.figure.axes
    assert sum(line.get_color() == OWN for line in axes.lines) == there
    assert sum(line.get_color() == MISS for line in axes.lines) == 50 - there


def test_a_merger_is_drawn_of_the_draws_it_was_made_of(index, index34, look):
    """Each bar is that of the forecast of the former units, from the same draws."""
    merged, former = index34.forecast(2024, draws=200), index.forecast(2024, draws=200)
    picture = plot_bottom_up(merged, "Hồ Chí Minh")
    axes = look(picture)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    parts = [index.panel.labels[code] for code in ("74", "77", "79")]
    assert labels == [*parts, f"{index34.panel.labels['79']} (34)"]
    ends = [bars.get_segments()[0][:, 0] for bars in axes.collections]
    for code, drawn in zip(("74", "77", "79"), ends, strict=False):
        positions = former.draws.positions_of(code)[:, 0, 0]
        scores = np.quantile(former.draws.to_scores(positions, 0), [0.1, 0.9])
        assert drawn == pytest.approx(scores)
    own = merged.draws.positions_of("79")[:, 0, 0]
    assert ends[-1] == pytest.approx(np.quantile(merged.draws.to_scores(own, 0), [0.1, 0.9]))
    assert "2025: the mean of 3 futures spans" in picture.alt


def test_a_merger_is_not_drawn_of_a_direct_forecast(index, index34):
    for forecast in (index.forecast(draws=20), index34.forecast(draws=20, approach="direct")):
        with pytest.raises(DataError, match='expected the approach "bottom_up", got "direct"'):
            plot_bottom_up(forecast, "Huế")
    with pytest.raises(DataError, match="year 2050 is not forecast"):
        plot_bottom_up(index34.forecast(draws=20), "Huế", 2050)


def test_what_stands_side_by_side_has_one_scale(ask):
    answer = ask("Hồ Chí Minh", "34")
    assert answer.first_target.target.target_year != answer.years[0]
    pair = answer.target_chance(3), None
    first, second = (plot_rank_probabilities(answer, each).figure.axes[0] for each in pair)
    assert first.get_xlim() == second.get_xlim()
    assert [tick.get_text() for tick in first.get_xticklabels()] == [
        tick.get_text() for tick in second.get_xticklabels()
    ]
    sizes = {
        line.get_markersize()
        for axes in (first, second)
        for line in axes.lines
        if len(line.get_xdata()) > 5
    }
    assert len(sizes) == 1
