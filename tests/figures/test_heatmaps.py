import pytest

from dti_analysis.figures.heatmaps import plot_correlations, plot_coverage, plot_weights
from dti_analysis.project import read_index


def read_cells(picture):
    (axes,) = picture.figure.axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    cells = [text.get_text() for text in axes.texts]
    width = len(cells) // len(labels)
    rows = [cells[start : start + width] for start in range(0, len(cells), width)]
    return dict(zip(labels, rows, strict=True))


def test_coverage_counts_what_is_known(index):
    picture, known = plot_coverage(index), index.coverage()
    assert "All 63 ranks are known for 3 of 5 editions, fewer for 2020, 2021" in picture.alt
    cells = read_cells(picture)
    scores = known[(known["measure"] == "awareness") & (known["column"] == "score")]
    assert cells["Awareness"] == [str(63 - missing) for missing in scores["missing"]]
    assert cells["Rank"][2:] == ["63"] * 3
    assert f"Score 2020: {cells['Score'][0]}, 2021: {cells['Score'][1]}" in picture.alt


def test_coverage_of_scores_alone(toy_index):
    picture = plot_coverage(toy_index)
    assert "All 5 ranks are known for 4 of 4 editions, fewer for none" in picture.alt
    assert read_cells(picture) == {"Score": ["5"] * 4, "Rank": ["5"] * 4}


def test_weights_are_shares_and_the_title_names_the_change(index):
    picture = plot_weights(index)
    assert "Infrastructure weighs more (10\u202f% to 15\u202f%)" in picture.alt
    assert "Awareness 2021: 10.0\u202f%" in picture.alt
    shares = index.weights()
    (axes,) = picture.figure.axes
    assert len(axes.texts) == shares.notna().sum().sum()
    told = [text.get_text() for text in axes.texts[:3]]
    assert told == ["40.0\u202f%", "30.0\u202f%", "30.0\u202f%"]


def test_weights_that_do_not_change(toy_index, toy_panel):
    assert plot_weights(toy_index) is None
    table = toy_panel[["unit", "year", "score"]].assign(x=0.5, y=0.5)
    own = read_index(table, components={"x": 3, "y": 1})
    assert "2020: x weighs most (75\u202f%)" in plot_weights(own).alt


def test_correlations_are_those_of_the_table(index):
    measures = ["government_activity", "economy_activity", "society_activity"]
    picture, table = plot_correlations(index, 2023, measures), index.correlations(2023, measures)
    value = table.loc["society_activity", "economy_activity"]
    assert f"Social activities, Economic activities {value:.2f}" in picture.alt
    assert read_cells(picture)["Social activities"][1] == f"{value:.2f}"
    assert "go together most" in picture.alt


@pytest.mark.parametrize("measures", [["awareness", "security"], ["awareness"]])
def test_no_correlations_where_nothing_is_known(index, measures):
    assert plot_correlations(index, 2020, measures) is None
