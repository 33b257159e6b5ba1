import dataclasses
from math import nan

import pytest

from dti_analysis.errors import DataError
from dti_analysis.figures.needs import plot_gains, plot_needs, plot_plan
from dti_analysis.figures.palette import OWN, TARGET
from dti_analysis.forecasting.answer import aim_next
from dti_analysis.forecasting.target_chance import needs_table
from dti_analysis.language import format_number
from dti_analysis.project import read_index
from dti_analysis.reports.opening import list_keys

CASES = [
    ("Bà Rịa - Vũng Tàu", "63", 2021),
    ("Bà Rịa - Vũng Tàu", "63", 2024),
    ("Hải Phòng", "63", 2021),
    ("Hồ Chí Minh", "34", 2024),
    ("Cao Bằng", "34", 2024),
    ("Hưng Yên", "34", 2021),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_needs_lead_from_the_score_now_to_the_one_needed(ask, case):
    found = ask(*case)
    chance, year = found.chances[0], found.years[0]
    picture = plot_needs(found, chance)
    (axes,) = picture.figure.axes
    needs = found.target_chance(chance.target.target_rank).requirements
    need = next((need for need in needs if need.lift > 0), needs[-1])
    own = picture.table[picture.table["unit"] == found.unit.label].iloc[0]
    assert own["next"] == pytest.approx(found.scores.iloc[0]["median"])
    assert own["place"] == found.summary.iloc[0]["median_rank"]
    told = [text.get_text() for text in axes.texts]
    assert f"expected {own['next']:.3f}," in told
    is_missing = need.lift > 0
    assert (format_number(need.lift, 3, signed=True) in told) == is_missing
    assert f" in {year}" in picture.title
    assert ("already" in picture.title) != is_missing
    # The arrow is as long as it says, and the file to take away says where it ends.
    ends = [text.xy[1] - text.xyann[1] for text in axes.texts if text.arrow_patch is not None]
    assert ends == pytest.approx([need.lift] * is_missing)
    assert own["needed"] == pytest.approx(
        own["next"] + need.lift if is_missing else nan, nan_ok=True
    )
    rivals = picture.table[picture.table["unit"] != found.unit.label]
    assert 3 <= len(rivals) <= 6
    for row in rivals.to_dict("records"):
        code = found.draws.panel.find(row["unit"]).code
        assert row["place"] == found.draws.summarise(code)["median_rank"].iloc[0]
        assert f"{row['place']}" in " ".join(told)


def test_places_gained_are_those_up_to_the_target(ask):
    found = ask("Hồ Chí Minh", "34")
    told = [text.get_text() for text in plot_needs(found).figure.axes[0].texts]
    gained = int(found.summary["median_rank"].iloc[0]) - found.targets[0].target_rank
    assert f"≈ {gained} place{'s' * (gained > 1)}" in told


def test_an_unpublished_score_is_told(ask):
    picture = plot_needs(ask("Bà Rịa - Vũng Tàu", "63", 2021))
    assert "Its score of 2021 is not published." in picture.alt
    assert "Its score of 2024 is 0.777." in plot_needs(ask("Bà Rịa - Vũng Tàu")).alt


def test_a_chance_that_is_even_already(ask):
    found = ask("Hà Nội", "34", 2024, target_rank=30)
    assert found.first_target.requirements[0].lift < 0
    picture = plot_needs(found)
    assert "already has a chance of 80\u202f%, or better" in picture.alt
    assert "needed" not in picture.subtitle


def test_it_draws_what_the_card_says(ask):
    """Of a target that is more likely than not, too."""
    found = aim_next(ask("Bà Rịa - Vũng Tàu"))
    assert found.first_target.probability_in_year > 0.5
    card, picture = list_keys(found).cards[-1], plot_needs(found)
    told = [text.get_text() for text in picture.figure.axes[0].texts]
    assert {card.value, card.aside, "needed for 80\u202f%"} <= set(told)


def test_no_label_of_a_score_leaves_the_drawing(make_index):
    """Nor of a target far off, where all others stand at the foot."""
    crowd = read_index(make_index(150)).forecast(draws=400)
    figure = plot_needs(crowd.answer("u110", target_rank=3)).figure
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert min(box.y0 for box in boxes) >= -1
    assert min(box.x0 for box in boxes) >= -1


def test_the_last_rank_needs_nothing(ask):
    found = ask("Hà Nội", "34", 2024, target_rank=34)
    assert plot_needs(found) is None or "already has" in plot_needs(found).alt


def test_no_needs_without_scores(ask):
    found = ask("Hưng Yên", "34", 2021)
    assert plot_needs(found, dataclasses.replace(found.chances[0], requirements=())) is None


def test_a_plan_ends_where_it_is_said_to(index34, look):
    found = index34.forecast(draws=200).plan("Hồ Chí Minh", target_rank=2, probability=0.8)
    picture = plot_plan(found)
    axes = look(picture)
    table = found.gains
    assert [text.get_text() for text in axes.texts if text.get_text()[0] in "+-"] == [
        f"{gain:+.3f}" for gain in table["gain"]
    ]
    (starts,) = [line for line in axes.lines if line.get_color() == OWN]
    assert starts.get_xdata().tolist() == table["start"].tolist()
    (ends,) = [line for line in axes.lines if line.get_color() == TARGET and line.get_xdata().size]
    assert ends.get_xdata().tolist() == pytest.approx(table["end"].tolist())
    assert f"takes what {found.effort.share} gained or bettered" in picture.alt
    assert "Government activities from 0.551: +" in picture.alt


@pytest.mark.parametrize(
    ("unit", "rank", "words"),
    [
        ("Cao Bằng", 1, "an even chance of first place in 2025 takes more than has been seen"),
        ("Hồ Chí Minh", 33, "already has a chance of 80\u202f%, or better, of the top 33"),
    ],
)
def test_the_title_of_a_plan_says_what_it_comes_to(index34, unit, rank, words):
    assert words in plot_plan(index34.forecast(draws=200).plan(unit, rank)).alt


def test_a_push_is_shown_among_the_gains_seen(index):
    found = index.forecast(2023, draws=200).push("BR-VT", target_rank=5)
    picture = plot_gains(found, "economy_activity")
    (axes,) = picture.figure.axes
    dots = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == "o")
    assert f"Scatter chart of {dots} gains on economic activities up to 2023" in picture.alt
    assert "on economic activities from 0.606: greater than" in picture.alt
    (own,) = [line for line in axes.lines if line.get_marker() == "^"]
    row = found.pushes.set_index("component").loc["economy_activity"]
    assert own.get_xydata().tolist() == [[row["start"], row["gain"]]]
    easiest = plot_gains(found)
    assert f"from {found.pushes['start'].iloc[0]:.3f}" in easiest.alt
    with pytest.raises(DataError, match=r"no push on charisma is in the table\. There: "):
        plot_gains(found, "charisma")


def test_a_target_that_is_had_already_takes_nothing(ask):
    """The card has no mark, which would say of what is known; nor is a lift below nothing told."""
    found = ask("Hà Nội", "34", 2024, target_rank=30)
    card = list_keys(found).cards[-1]
    assert (card.kind, card.value) == ("met", "Nothing more")
    assert list(needs_table(found.chances).frame["Lift needed"]) == ["none needed"] * 2
