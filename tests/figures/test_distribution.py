import numpy as np
import pytest
from matplotlib.colors import to_hex

from dti_analysis.errors import DataError
from dti_analysis.figures.distribution import (
    plot_bottom_up,
    plot_futures,
    plot_rank_probabilities,
)
from dti_analysis.figures.style import GREEN


def test_bars_are_the_chances_and_the_green_ones_reach_the_target(ask, look):
    answer = ask("BR-VT", "63", 2021)
    chance = answer.target_chance(20, 2022)
    picture = plot_rank_probabilities(answer, chance)
    axes = look(picture)
    (bars,) = axes.collections
    heights = [segment[1, 1] for segment in bars.get_segments()]
    assert heights == pytest.approx(100 * answer.rank_probabilities[2022])
    is_green = np.array([to_hex(colour) == GREEN.lower() for colour in bars.get_color()])
    assert is_green.sum() == 20
    assert sum(np.array(heights)[is_green]) == pytest.approx(100 * chance.probability_in_year)
    assert f"observed: {chance.observed_rank}th" in [text.get_text() for text in axes.texts]
    assert f"likeliest rank is {1 + int(np.argmax(heights))}" in picture.alt


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
    assert len(axes.lines) == 51
    assert sum(line.get_color() == GREEN for line in axes.lines) == there


def test_a_merger_is_drawn_of_the_draws_it_was_made_of(index, index34, look):
    """Each bar is that of the forecast of the former units, from the same draws."""
    merged, former = index34.forecast(2024, draws=200), index.forecast(2024, draws=200)
    picture = plot_bottom_up(merged, "Hồ Chí Minh")
    axes = look(picture)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["Bình Dương", "Bà Rịa - Vũng Tàu", "Hồ Chí Minh", "Hồ Chí Minh (34)"]
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
