import pytest

from dti_analysis.figures.style import GREEN, ORANGE
from dti_analysis.figures.trajectory import plot_trajectory
from dti_analysis.project import read_index

CASES = [
    ("Bà Rịa - Vũng Tàu", "63", 2021),
    ("Bà Rịa - Vũng Tàu", "63", 2024),
    ("Thái Bình", "63", 2021),
    ("Huế", "34", 2024),
    ("Hưng Yên", "34", 2021),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trajectory_shows_what_is_known_forecast_and_wanted(ask, case):
    answer = ask(*case)
    picture = plot_trajectory(answer)
    (axes,) = picture.figure.axes
    known = answer.history.dropna(subset="rank")
    (path,) = [line for line in axes.lines if line.get_label() == "Rank"]
    assert path.get_xydata().tolist() == known[["year", "rank"]].to_numpy(dtype=float).tolist()
    for year, rank in known[["year", "rank"]].astype(int).to_numpy():
        assert f"{year}: {rank}" in picture.alt
    (median,) = [line for line in axes.lines if line.get_label() == "Median"]
    assert median.get_ydata()[-answer.horizon :].tolist() == answer.summary["median_rank"].tolist()
    flags = [bars for bars in axes.collections if bars.get_lw() == [3]]
    assert [flag.get_segments()[0][0, 1] for flag in flags] == [
        target.target_rank for target in answer.targets
    ]
    observed = [line for line in axes.lines if line.get_marker() == "D"]
    assert len(observed) == (len(answer.outcomes) > 0)
    assert ("Observed: " in picture.alt) == bool(observed)
    assert all(line.get_mec() == ORANGE for line in observed)
    assert axes.yaxis_inverted()


def test_flags_are_named_in_green(ask):
    (axes,) = plot_trajectory(ask("BR-VT", "63", 2021)).figure.axes
    green = [text.get_text() for text in axes.texts if text.get_color() == GREEN]
    assert green[:1] == ["Top 20"]


def test_a_trajectory_without_target_or_rank_is_told(index, ask):
    without = index.forecast(draws=50).answer("Kon Tum")
    (axes,) = plot_trajectory(without).figure.axes
    assert axes.get_title(loc="left") == "Kon Tum: 48th in 2024"
    unknown = ask("Cao Bằng", "34", 2021)
    assert "no rank up to 2021" in plot_trajectory(unknown).alt
    assert "Known ranks: none." in plot_trajectory(unknown).alt


def test_ranks_of_a_part_are_shown_as_they_were_published(toy_panel):
    ranks = toy_panel.assign(rank=toy_panel.groupby("year")["score"].rank(ascending=False) * 7)
    part = read_index(ranks[["unit", "year", "rank"]], subset=True)
    (axes,) = plot_trajectory(part.forecast(draws=50).answer("e")).figure.axes
    assert axes.get_ylim() == (36, 0)


@pytest.mark.parametrize(
    ("asked", "flags"),
    [({}, ["Top 10", "Top 15"]), ({"target_rank": 3}, ["Top 3\ntarget asked for"])],
)
def test_only_an_official_target_goes_without_a_word(index, asked, flags):
    picture = plot_trajectory(index.forecast(2023, draws=50).answer("BR-VT", **asked))
    told = [text.get_text() for text in picture.figure.axes[0].texts]
    assert sorted(text for text in told if text.startswith("Top")) == sorted(flags)
