import itertools
import re

import numpy as np
import pandas as pd
import pytest

from dti_analysis.figures.palette import OWN, PAGE, TARGET
from dti_analysis.figures.trajectory import plot_trajectory
from dti_analysis.project import read_index

CASES = [
    ("Bà Rịa - Vũng Tàu", "63", 2021),
    ("Bà Rịa - Vũng Tàu", "63", 2024),
    ("Thái Bình", "63", 2021),
    ("Huế", "34", 2024),
    ("Hưng Yên", "34", 2021),
]


def list_marks(axes, marker):
    """Points of a marker: full ones, and hollow ones."""
    lines = [line for line in axes.lines if line.get_marker() == marker and line.get_ms() > 5]
    return [
        sorted(
            (int(x), int(y))
            for line in lines
            if (line.get_mfc() == PAGE) == is_hollow and line.get_color() == OWN
            for x, y in line.get_xydata()
        )
        for is_hollow in (False, True)
    ]


def pair(rows):
    return sorted(map(tuple, rows[["year", "rank"]].astype(int).to_numpy().tolist()))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_trajectory_shows_what_is_known_forecast_and_wanted(ask, case):
    answer = ask(*case)
    picture = plot_trajectory(answer)
    (axes,) = picture.figure.axes
    known = answer.history.dropna(subset="rank")
    ranked = pd.concat([known, answer.outcomes])
    is_computed = ranked["rank_status"] == "computed"
    published, computed = list_marks(axes, "o")
    assert (published, computed) == (pair(ranked[~is_computed]), pair(ranked[is_computed]))
    for year, rank in pair(known):
        assert f"{year}: {rank}" in picture.alt
    medians, _ = list_marks(axes, "D")
    wanted = answer.summary[["year", "median_rank"]].to_numpy().tolist()
    assert medians == sorted(map(tuple, wanted))
    flags = [line for line in axes.lines if line.get_marker() == 9]
    assert [(flag.get_xdata()[0], flag.get_ydata()[0] - 0.5) for flag in flags] == [
        (target.target_year, target.target_rank) for target in answer.targets
    ]
    assert {flag.get_color() for flag in flags} <= {TARGET}
    assert ("Observed: " in picture.alt) == (len(answer.outcomes) > 0)
    assert axes.yaxis_inverted()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_cut_off_is_unlikely_and_said(ask, case):
    answer = ask(*case)
    picture = plot_trajectory(answer)
    found = re.search(r"Cut at rank (\d+)", picture.subtitle)
    last = int(found[1]) if found else answer.draws.count
    assert (answer.rank_probabilities.loc[last + 1 :] < 0.01).all(axis=None)
    assert picture.figure.axes[0].get_ylim()[0] >= last + 0.5
    assert answer.outcomes["rank"].max() <= last or answer.outcomes.empty


def test_peers_are_named_in_grey_at_their_lines(ask):
    picture = plot_trajectory(ask("Hồ Chí Minh", "34"))
    told = [text.get_text() for text in picture.figure.axes[0].texts]
    assert {"Huế", "Hà Nội", "Hải Phòng"} <= set(told)
    assert "Grey: Hải Phòng, Huế and Hà Nội." in picture.subtitle


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_peer_is_named_on_the_line_of_the_unit(ask, case):
    answer = ask(*case)
    (axes,) = plot_trajectory(answer).figure.axes
    known = answer.history.dropna(subset="rank")
    if known.empty:
        return
    years = np.linspace(known["year"].min(), known["year"].max(), 200)
    line = axes.transData.transform(
        np.column_stack([years, np.interp(years, known["year"], known["rank"])])
    )
    peers = [text for text in axes.texts if text.get_text() in answer.draws.panel.labels.values()]
    for box in (peer.get_window_extent() for peer in peers):
        assert not any(box.contains(*point) for point in line)


def test_a_trajectory_without_target_or_rank_is_told(index, ask):
    without = index.forecast(draws=50).answer("Kon Tum")
    assert plot_trajectory(without).title == "Kon Tum: 48th in 2024"
    unknown = ask("Cao Bằng", "34", 2021)
    assert "no rank up to 2021" in plot_trajectory(unknown).alt
    assert "Known ranks: none." in plot_trajectory(unknown).alt


def test_ranks_of_a_part_are_shown_as_they_were_published(toy_panel):
    ranks = toy_panel.assign(rank=toy_panel.groupby("year")["score"].rank(ascending=False) * 7)
    part = read_index(ranks[["unit", "year", "rank"]], subset=True)
    (axes,) = plot_trajectory(part.forecast(draws=50).answer("e")).figure.axes
    assert axes.get_ylim()[0] > 35


@pytest.mark.parametrize(
    ("asked", "flags"),
    [
        ({}, ["Target: top 10", "Target: top 15"]),
        ({"target_rank": 3}, ["Target asked for: top 3"]),
        ({"all_targets": True}, ["Target: top 10", "Target: top 15"]),
    ],
)
def test_a_flag_says_whose_target_it_is(index, asked, flags):
    picture = plot_trajectory(index.forecast(2023, draws=50).answer("BR-VT", **asked))
    told = [text.get_text() for text in picture.figure.axes[0].texts]
    assert sorted(text for text in told if "top" in text) == sorted(flags)


def test_one_known_edition_is_a_dot_and_a_fan(make_index):
    table = make_index(6)
    late = table[(table["unit"] != "u002") | (table["year"] >= 2019)]
    picture = plot_trajectory(read_index(late).forecast(2019, draws=50).answer("u002"))
    (axes,) = picture.figure.axes
    assert len(list_marks(axes, "o")[1]) == 1 + 4
    assert "Grey" not in picture.subtitle


def test_words_of_a_narrow_fan_do_not_lie_on_each_other(make_index):
    """As of many units that hardly move, with a long past."""
    table = make_index(150)
    past = [table.assign(year=table["year"] - 6 * back) for back in range(3)]
    crowd = read_index(pd.concat(past).drop_duplicates(["unit", "year"]))
    answer = crowd.forecast(draws=400).answer("u080", all_targets=True)
    (axes,) = plot_trajectory(answer).figure.axes
    boxes = [text.get_window_extent() for text in axes.texts]
    said = [text.get_text() for text in axes.texts]
    assert any(text.startswith(f"{answer.years[0]}: ") for text in said)
    own = [box for box, text in zip(boxes, said, strict=True) if re.search(r"^\d{4}: |%: ", text)]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(own, 2))


@pytest.mark.parametrize(("count", "unit", "rank"), [(5, 1, 2), (8, 3, 5), (12, 5, 7)])
def test_no_word_lies_on_the_line_of_a_target(make_index, count, unit, rank):
    forecast = read_index(make_index(count)).forecast(draws=200)
    answer = forecast.answer(f"u{unit:03d}", target_rank=rank, target_year=2024)
    figure = plot_trajectory(answer).figure
    figure.draw_without_rendering()
    lines = [line for line in figure.axes[0].lines if line.get_color() == TARGET]
    across = lines[0].get_window_extent()
    words = [text for text in figure.axes[0].texts if text.get_color() == OWN]
    assert not [text for text in words if text.get_window_extent().overlaps(across)]
