import dataclasses

import pandas as pd
import pytest

from dti_analysis.figures.profile import plot_profile
from dti_analysis.forecasting.answer import aim_next
from dti_analysis.forecasting.push import count_places, find_need, find_pushes
from dti_analysis.language import format_number, format_percent
from dti_analysis.project import read_index
from dti_analysis.wording import describe_places

CASES = [
    ("Bà Rịa - Vũng Tàu", "63", 2024),
    ("Hồ Chí Minh", "34", 2024),
    ("Cao Bằng", "34", 2024),
    ("Khánh Hòa", "34", 2024),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_profile_shows_what_costs_most_first_and_what_is_not_published(ask, look, edition, case):
    found = ask(*case)
    rank, panel = found.targets[0].target_rank, found.draws.panel
    picture = plot_profile(found, rank)
    axes = look(picture)
    weights = pd.Series(panel.weights_of(2024))
    rows = edition(int(case[1]), 2024)
    own = rows.loc[found.unit.code, weights.index].astype(float)
    near = rows.drop(found.unit.code)
    near = near[(near["rank"] - rank).abs() <= 5][weights.index].astype(float).mean()
    cost = ((own - near) * weights / weights.sum()).dropna().sort_values(kind="stable")
    told = [text.get_text() for text in axes.texts]
    shares = {part: format_percent(weights[part] / weights.sum(), 1) for part in cost.index}
    assert [text for text in told if text.endswith("%")] == [
        f"{panel.config.label(part)} {share}" for part, share in shares.items()
    ]
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert dots == pytest.approx(own[cost.index].tolist())
    places = panel.decimals
    for part, lost in cost.items():
        is_level = abs(lost) < 0.5 * 10**-places
        assert ("equal" if is_level else format_number(lost, places, signed=True)) in told
        assert format_number(own[part], places - 1) in told
    asked = aim_next(found, rank)
    worth = describe_places(count_places(asked, find_need(asked)))
    pushes = find_pushes(asked).pushes.set_index("component").loc[cost.index]
    gains = picture.table.set_index("component")["gain"]
    assert gains[cost.index].tolist() == pushes["gain"].tolist()
    lines = [text for text in told if text.startswith("push ")]
    for line, push in zip(lines, pushes.to_dict("records"), strict=True):
        gain = format_number(push["gain"], places, signed=True)
        assert line.startswith(f"push {gain} {worth}: ")
        assert ("beyond the scale" in line) != push["is_feasible"]
        assert line in picture.alt
    missing = [panel.config.label(part) for part in weights.index if pd.isna(own[part])]
    assert f"Not published: {', '.join(missing) or 'none'}." in picture.alt
    assert ("Not published" in picture.subtitle) == bool(missing)


def test_profile_falls_back_on_pillars(ask):
    found = ask("Hồ Chí Minh", "34", 2024)
    panel = found.draws.panel
    is_component = panel.values["measure"].isin(panel.weights_of(2024))
    hidden = dataclasses.replace(
        panel, values=panel.values.assign(score=panel.values["score"].mask(is_component))
    )
    blind = dataclasses.replace(found, draws=dataclasses.replace(found.draws, panel=hidden))
    (axes,) = plot_profile(blind, 10).figure.axes
    labels = {text.get_text() for text in axes.texts}
    assert {"Digital government", "Digital economy", "Digital society"} <= labels
    assert "push: cannot be told, as scores of 2024 are missing" in labels


def test_no_profile_where_nothing_is_published(ask):
    assert plot_profile(ask("Hải Phòng", "63", 2021), 10) is None


def test_profile_of_any_index_has_its_own_scale(toy_panel):
    table = toy_panel[["unit", "year", "score"]].assign(score=lambda rows: 100 * rows["score"])
    table = table.assign(Roads=table["score"], Schools=100 - table["score"])
    index = read_index(table, max_score=100, components={"Roads": 1, "Schools": 1})
    picture = plot_profile(index.forecast(draws=50).answer("c"), 1)
    assert "(0 to 100)" in picture.subtitle
    assert picture.title.endswith("most is lost on Roads against the ranks around 1")
    lost, won = (format_number(cost, index.panel.decimals, signed=True) for cost in (-2.5, 2.5))
    assert f"Roads 50 against 55, {lost}, push " in picture.alt
    assert f"; Schools 50 against 45, {won}, push " in picture.alt


def test_a_chance_that_nothing_adds_to_needs_no_push(ask):
    axes = plot_profile(ask("Hà Nội", "34"), 34).figure.axes[0]
    assert [text.get_text() for text in axes.texts].count("no push needed") == 8
