"""Pictures of one province among the others, and of who moved: read back what was drawn."""

import dataclasses
import itertools
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from dti_analysis.figures.needs import plot_distance
from dti_analysis.figures.neighbours import plot_strip
from dti_analysis.figures.overview import plot_last_moves, plot_paths
from dti_analysis.figures.style import BLUE, GREEN, ORANGE
from dti_analysis.figures.trajectory import plot_profile
from dti_analysis.forecasting.answer import forecast_province
from dti_analysis.schema import LABELS, MAIN_INDICES, PILLARS, name_region

CASES = [
    ("Bà Rịa - Vũng Tàu", 63, 2021),
    ("Bà Rịa - Vũng Tàu", 63, 2024),
    ("Hải Phòng", 63, 2021),
    ("Hồ Chí Minh", 34, 2024),
    ("Cao Bằng", 34, 2024),
    ("Hưng Yên", 34, 2021),
    ("Khánh Hòa", 34, 2024),
    ("Hải Phòng", 63, 2024),
    ("Thừa Thiên Huế", 63, 2021),
]


@pytest.fixture(scope="module")
def ask(data):
    """Answers with few draws, made once."""
    made = {}

    def find(province, basis, origin_year):
        key = (province, basis, origin_year)
        if key not in made:
            made[key] = forecast_province(
                province, basis, origin_year, draws=400, all_targets=True, data=data
            )
        return made[key]

    return find


def check_texts(picture):
    """Every text is large enough, inside its axes or at least the picture, clear of all others."""
    canvas = FigureCanvasAgg(picture.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    (axes,) = picture.figure.axes
    inside = axes.get_window_extent(renderer)
    for text in axes.texts:
        box = text.get_window_extent(renderer)
        assert inside.x0 - 1 <= box.x0 < box.x1 <= inside.x1 + 1, text.get_text()
        assert inside.y0 - 1 <= box.y0 < box.y1 <= inside.y1 + 1, text.get_text()
    texts = [*axes.texts, *axes.get_yticklabels(), *axes.get_xticklabels()]
    texts = [text for text in texts if text.get_text()]
    assert all(text.get_fontsize() >= 9 for text in texts)
    for one, other in itertools.combinations(texts, 2):
        left, right = one.get_window_extent(renderer), other.get_window_extent(renderer)
        assert not left.overlaps(right), (one.get_text(), other.get_text())
    for words in (picture.alt, *(text.get_text() for text in texts)):
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|[{}]", words), words
    # Title, labels and legend as well.
    whole, used = picture.figure.bbox_inches, picture.figure.get_tightbbox(renderer)
    assert whole.x0 - 0.01 <= used.x0 < used.x1 <= whole.x1 + 0.01
    assert whole.y0 - 0.01 <= used.y0 < used.y1 <= whole.y1 + 0.01
    return axes


@pytest.mark.parametrize("case", CASES, ids=str)
def test_distance_shows_the_scores_needed_and_marks_the_province(ask, case):
    found = ask(*case)
    chance = found.chances[0]
    picture = plot_distance(found, chance)
    axes = check_texts(picture)
    assert axes.get_xticks().max() <= 1
    lines = [line.get_xdata()[0] for line in axes.lines if line.get_color() == GREEN]
    assert lines == [need.score["central"] for need in chance.needs]
    for need in chance.needs:
        assert f"{need.score['central']:.3f} for {100 * need.probability:.0f} in 100" in {
            text.get_text() for text in axes.texts
        }
        assert f"{need.score['central']:.3f}" in picture.alt
    bold = [t.get_text() for t in axes.get_yticklabels() if t.get_fontweight() == "bold"]
    assert len(bold) == 1
    assert bold[0].startswith(f"{found.province.name} ")
    (own,) = [bar for bar in axes.collections if to_hex(bar.get_color()[0]) == BLUE.lower()]
    ((left, right),) = [(path[0, 0], path[1, 0]) for path in own.get_segments()]
    step = found.forecast.years.index(chance.target.target_year)
    unit = found.forecast.locate(found.province.code)
    low, high = np.quantile(found.forecast.draws[:, step, unit], [0.1, 0.9])
    assert [left, right] == pytest.approx(found.forecast.to_scores(np.array([low, high]), step))
    assert f"80 in 100 between {left:.3f} and {right:.3f}" in picture.alt
    places = [int(label.get_text().rsplit(" ", 1)[1]) for label in axes.get_yticklabels()]
    assert places == sorted(places)
    around = range(chance.target.target_rank - 4, chance.target.target_rank + 5)
    assert {place for place in around if 1 <= place <= case[1]} <= set(places)


def test_distance_tells_an_unpublished_score(ask):
    found = ask("Bà Rịa - Vũng Tàu", 63, 2021)
    picture = plot_distance(found, found.chances[0])
    assert "needs 0.0" in picture.alt
    assert "Its score of 2021 is not published." in picture.alt
    (axes,) = picture.figure.axes
    assert "Score of 2021, where published" in [t.get_text() for t in axes.get_legend().texts]
    known = ask("Bà Rịa - Vũng Tàu", 63, 2024)
    assert "Its score of 2024 is 0.777." in plot_distance(known, known.chances[0]).alt
    none = ask("Hưng Yên", 34, 2021)
    (axes,) = plot_distance(none, none.chances[0]).figure.axes
    assert len(axes.get_legend().texts) == 1


def test_distance_of_a_chance_that_is_even_already(ask):
    found = ask("Hưng Yên", 34, 2021)
    chance = found.chances[0]
    assert chance.needs[0].lift < 0
    assert "already has an even chance, or better" in plot_distance(found, chance).alt


def test_no_distance_without_scores(ask):
    found = ask("Hưng Yên", 34, 2021)
    assert plot_distance(found, dataclasses.replace(found.chances[0], needs=())) is None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_strip_has_a_dot_for_each_province_and_marks_the_right_one(ask, case):
    found = ask(*case)
    picture = plot_strip(found)
    axes = check_texts(picture)
    (mark,) = [line for line in axes.lines if line.get_marker() == "D"]
    assert mark.get_color() == ORANGE
    regions = [label.get_text() for label in axes.get_yticklabels()]
    assert regions[int(mark.get_ydata()[0])] == name_region(found.province.region)
    assert [text.get_text() for text in axes.texts] == [found.province.name]
    dots = np.concatenate([dots.get_offsets() for dots in axes.collections])
    forecast = found.forecast
    rows = forecast.panel[forecast.panel["year"] == forecast.origin_year].set_index("code")
    scores = rows["score"].reindex(list(forecast.codes))
    own = forecast.locate(found.province.code)
    is_by_score = case[2] == 2024
    values = scores.to_numpy(dtype=float) if is_by_score else forecast.ranks[:, 0].mean(axis=0)
    assert mark.get_xdata()[0] == pytest.approx(values[own])
    np.testing.assert_allclose(np.sort(dots[:, 0]), np.sort(np.delete(values, own)))
    if is_by_score:
        near = (np.abs(np.delete(values, own) - values[own]) <= 0.02).sum()
        assert f": {near} of {len(values) - 1} others" in picture.alt
        assert f"is at {values[own]:.3f}" in picture.alt
    else:
        assert axes.xaxis_inverted()
        regions_of = rows["region"].reindex(list(forecast.codes)).to_numpy()
        peers = np.delete(values, own)[np.delete(regions_of, own) == found.province.region]
        said = f"{(peers < values[own]).sum()} of the {len(peers)} others"
        assert said in picture.alt
        assert "too few are published" in picture.alt


def test_strip_of_a_province_alone_in_its_region(ask):
    found = ask("Hưng Yên", 34, 2021)
    panel = found.forecast.panel
    is_own = panel["code"] == found.province.code
    others = panel["region"].replace("Tây Nguyên", "Đông Nam Bộ")
    alone = panel.assign(region=others.where(~is_own, "Tây Nguyên"))
    forecast = dataclasses.replace(found.forecast, panel=alone)
    assert (
        "Hưng Yên is alone in Central Highlands"
        in plot_strip(dataclasses.replace(found, forecast=forecast)).alt
    )


@pytest.mark.parametrize("case", [case for case in CASES if case[2] == 2024], ids=str)
def test_profile_shows_eight_indices_and_what_is_not_published(ask, edition, case):
    found = ask(*case)
    rank = found.targets[0].target_rank
    picture = plot_profile(found, rank)
    axes = check_texts(picture)
    assert [t.get_text() for t in axes.get_yticklabels()] == [LABELS[i] for i in MAIN_INDICES]
    rows = edition(case[1], 2024)
    own = rows.loc[found.province.code, list(MAIN_INDICES)].astype(float)
    (dots,) = [line for line in axes.lines if line.get_color() == BLUE]
    np.testing.assert_array_equal(dots.get_xdata(), own)
    missing = [LABELS[index].lower() for index in MAIN_INDICES if pd.isna(own[index])]
    assert len(axes.texts) == len(missing)
    assert f"Not published: {', '.join(missing) or 'none'}." in picture.alt
    near = rows.drop(found.province.code)
    near = near[(near["rank"] - rank).abs() <= 5][list(MAIN_INDICES)].astype(float)
    (bars,) = axes.collections
    drawn = {int(path[0, 1]): (path[0, 0], path[1, 0]) for path in bars.get_segments() if len(path)}
    for place, index in enumerate(MAIN_INDICES):
        if near[index].notna().any():
            middle = np.nanquantile(near[index], [0.25, 0.75])
            assert drawn[place] == pytest.approx(tuple(middle))


def test_profile_falls_back_on_pillars(ask):
    found = ask("Hồ Chí Minh", 34, 2024)
    hidden = found.forecast.panel.assign(**dict.fromkeys(MAIN_INDICES, np.nan))
    blind = dataclasses.replace(found, forecast=dataclasses.replace(found.forecast, panel=hidden))
    (axes,) = plot_profile(blind, 10).figure.axes
    assert [t.get_text() for t in axes.get_yticklabels()] == [LABELS[pillar] for pillar in PILLARS]


@pytest.mark.parametrize(("basis", "year"), [(63, 2024), (34, 2024), (63, 2023), (34, 2023)])
def test_movers_of_the_last_edition_are_those_of_the_panel(dti_panel, edition, basis, year):
    picture = plot_last_moves(dti_panel, basis, year)
    axes = check_texts(picture)
    before, after = (edition(basis, y).set_index("province")["rank"] for y in (year - 1, year))
    gain = (before - after).astype(int)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert [int(text.get_text()) for text in axes.texts] == [gain[name] for name in names]
    assert gain[names[0]] == gain.max()
    assert gain[names[-1]] == gain.min()
    ends = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
    assert [tuple(pair) for pair in ends] == [(before[name], after[name]) for name in names]
    assert f"{(gain.abs() >= 10).sum()} of {basis} provinces" in picture.alt
    assert f"{names[0]} from {before[names[0]]} to {after[names[0]]}" in picture.alt


@pytest.mark.parametrize(("basis", "year"), [(63, 2024), (34, 2024), (63, 2023), (34, 2023)])
def test_names_beside_the_paths_do_not_touch(dti_panel, basis, year):
    axes = check_texts(plot_paths(dti_panel, basis, year))
    assert len(axes.texts) == 12
    named = {line.get_color(): line.get_linestyle() for line in axes.lines if line.get_lw() > 1}
    assert named == {BLUE: "-", ORANGE: "--"}


def test_no_movers_before_two_complete_editions(dti_panel):
    assert plot_last_moves(dti_panel, 63, 2022) is None
