"""Pictures of an index of which less is better show it as published, the best on the right."""

import numpy as np
import pandas as pd
import pytest

from dti_analysis import figures
from dti_analysis.project import read_index

WEIGHTS = {"Roads": 1, "Schools": 1}


@pytest.fixture(scope="module", params=[None, 100])
def made(request):
    rng = np.random.default_rng(2)
    rows = [
        (f"u{unit}", "North" if unit < 5 else "South", year, *(9 + 8 * unit + rng.normal(0, 2, 3)))
        for year in range(2018, 2024)
        for unit in range(10)
    ]
    table = pd.DataFrame(rows, columns=["unit", "region", "year", "score", *WEIGHTS])
    how = {"max_score": request.param, "components": WEIGHTS, "higher_is_better": False}
    return read_index(table, **how).forecast(draws=200)


@pytest.fixture(scope="module")
def answer(made):
    return made.answer("u4", target_rank=2)


def test_the_best_scores_are_on_the_right(made, answer):
    pictures = [
        figures.plot_gains(made.push("u4", target_rank=2)),
        figures.plot_profile(answer),
        figures.plot_gains_on_starts(made, 2023),
        figures.plot_plan(made.plan("u4", target_rank=2)),
    ]
    for picture in pictures:
        (axes,) = picture.figure.axes
        left, right = axes.get_xlim()
        assert left > right
        assert "less is better" in axes.get_xlabel() + picture.subtitle
    for picture in (pictures[0], pictures[2]):
        assert picture.figure.axes[0].yaxis_inverted()  # a gain takes off
    assert figures.plot_needs(answer).figure.axes[0].yaxis_inverted()


def test_what_is_said_of_them(made, answer):
    needs = figures.plot_needs(answer)
    lift = answer.first_target.requirements[0].lift
    assert lift < 0
    assert " less than expected for an even chance" in needs.title
    profile = figures.plot_profile(made.answer("u9", target_rank=2))
    assert "most is lost on" in profile.title
    best = figures.plot_profile(made.answer("u0", target_rank=6))
    assert "so better than, the ranks around 6 everywhere" in best.title


def test_the_score_needed_stands_above_the_one_expected(answer):
    axes = figures.plot_needs(answer).figure.axes[0]
    heights = {
        text.get_text().split()[0]: text.get_window_extent().y0
        for text in axes.texts
        if text.get_text()
    }
    (lift,) = [text for text in heights if text.startswith("−")]
    assert heights[lift] > heights["expected"]
