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
    pushes = made.push("u4", target_rank=2)
    pictures = [
        figures.plot_needs(answer),
        figures.plot_pushes(pushes),
        figures.plot_gains(pushes),
        figures.plot_profile(answer),
        figures.plot_neighbours(answer),
        figures.plot_gains_on_starts(made, 2023),
        figures.plot_plan(made.plan("u4", target_rank=2)),
    ]
    for picture in pictures:
        (axes,) = picture.figure.axes
        left, right = axes.get_xlim()
        assert left > right
        assert "less is better" in axes.get_xlabel()
    for picture in (pictures[2], pictures[5]):
        assert picture.figure.axes[0].yaxis_inverted()  # a gain takes off


def test_what_is_said_of_them(made, answer):
    needs = figures.plot_needs(answer)
    title = needs.figure.axes[0].get_title(loc="left")
    lift = answer.first_target.requirements[0].lift
    assert lift < 0
    assert " less than expected for an even chance" in title
    assert "Needed: at most " in needs.alt
    scores = made.panel.wide("score")[2023]
    near = figures.plot_neighbours(answer).alt
    assert (
        f"the best is u0 at {scores['u0']:.{3 if made.panel.config.max_score is None else 1}f}"
        in near
    )
    assert "the last u9 at" in near
    profile = figures.plot_profile(made.answer("u9", target_rank=2)).figure.axes[0]
    assert "furthest behind the ranks around 2" in profile.get_title(loc="left")
    best = figures.plot_profile(made.answer("u0", target_rank=6)).figure.axes[0]
    assert "so better than, the ranks around 6 everywhere" in best.get_title(loc="left")


def test_labels_of_scores_needed_stand_on_their_outer_sides(answer):
    axes = figures.plot_needs(answer).figure.axes[0]
    first, second = axes.texts
    assert first.xy[0] > second.xy[0]  # the better chance takes less, further right
    assert (first.get_ha(), second.get_ha()) == ("right", "left")
    needs = [need.score for need in answer.first_target.requirements]
    assert [first.xy[0], second.xy[0]] == needs
