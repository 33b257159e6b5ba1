"""The explorer, its widgets set as if by hand."""

import base64
import re
from threading import Event, RLock, Thread, current_thread

import pytest
from bs4 import BeautifulSoup
from waiting import PATIENCE

import dti_analysis as dti
from dti_analysis import explorer as exploring
from dti_analysis import index as index_room
from dti_analysis import language
from dti_analysis.errors import DataError
from dti_analysis.forecasting import forecast as forecasting


@pytest.fixture
def explorer():
    return dti.explore("BR-VT", origin_year=2021, draws=200)


@pytest.fixture
def undrawn(monkeypatch):
    """Leave the pictures out, which take the time, where choices alone are looked at."""
    for name in ("plot_trajectory", "plot_rank_probabilities", "plot_needs"):
        monkeypatch.setattr(exploring, name, lambda answer: None)


def read(explorer):
    """Headline, and of each picture the text alternative and the drawing."""
    places = [BeautifulSoup(place.value, "html.parser") for place in explorer.pictures]
    headline = BeautifulSoup(explorer.headline.value, "html.parser").get_text(" ", strip=True)
    return headline, [place.img["alt"] for place in places], [place.img["src"] for place in places]


def test_it_begins_with_the_official_target(explorer):
    headline, alts, drawings = read(explorer)
    assert "Top 20 in 2022" in headline
    assert "29th of 63" in headline
    assert len(set(alts)) == 3
    assert all("Bà Rịa - Vũng Tàu" in alt for alt in alts)
    head, _, drawn = drawings[0].partition(",")
    assert head == "data:image/svg+xml;base64"
    assert b"<svg" in base64.b64decode(drawn)
    assert "Top 20 in 2022" in repr(explorer)


def test_it_says_what_a_forecast_of_its_own_says(index, explorer):
    explorer.target_year.value = 2025
    alone = index.forecast(2021, draws=200).answer("BR-VT", target_rank=20, target_year=2025)
    assert explorer.answer.chances == alone.chances
    assert explorer.answer.horizon == alone.horizon
    assert explorer.answer.summary.equals(alone.summary)


@pytest.mark.parametrize(
    ("widget", "value", "words"),
    [
        ("unit", "can tho", "Cần Thơ was 15th of 63"),
        ("target_rank", 1, "First place in 2022"),
        ("target_year", 2026, "Top 20 in 2026"),
        ("origin_year", 2023, "Top 20 in 2024"),
        ("model", "random_walk", "Top 20 in 2022"),
        ("basis", "34", "Ho Chi Minh City has no published rank"),
    ],
)
def test_all_that_is_shown_follows_each_choice(explorer, widget, value, words):
    headline, alts, drawings = read(explorer)
    getattr(explorer, widget).value = value
    after = read(explorer)
    assert words in after[0]
    assert (after[0], after[1]) != (headline, alts)
    changes = [now != then for now, then in zip(after[2], drawings, strict=True)]
    # What it takes is drawn of the next edition, whenever the target is to be reached.
    assert changes == [True, True, widget != "target_year"]


@pytest.mark.parametrize(
    ("widget", "value", "words"),
    [
        ("unit", "Atlantis", 'province "Atlantis" is not known'),
        ("unit", "", 'province "" is not known'),
        ("unit", "<b>x</b>", 'province "<b>x</b>" is not known'),
        ("target_rank", 0, "target rank 0 does not exist: expected 1 to 63"),
        ("target_rank", 64, "target rank 64 does not exist"),
        ("origin_year", 2020, "a forecast needs at least two"),
    ],
)
def test_what_cannot_be_answered_is_told_in_one_line(undrawn, explorer, widget, value, words):
    shown = (explorer.headline, *explorer.pictures)
    first, place = [part.value for part in shown], getattr(explorer, widget)
    before, place.value = place.value, value
    message = BeautifulSoup(explorer.message.value, "html.parser")
    (told,) = message.find_all(recursive=False)
    assert (told["role"], told["lang"]) == ("alert", "en")
    assert words in told.get_text()
    assert "\n" not in told.get_text()
    assert message.b is None
    # Nothing is left that would be taken for the answer.
    assert explorer.answer is None
    assert {part.value for part in shown} == {""}
    assert words in repr(explorer)
    place.value = before
    explorer.target_year.value = 2022
    assert (explorer.message.value, explorer.fault) == ("", "")
    assert [part.value for part in shown] == first
    assert "" not in first


def test_the_province_is_followed_through_the_merger_and_back(undrawn, explorer):
    explorer.unit.value = "Thừa Thiên Huế"
    explorer.target_rank.value = 50
    explorer.basis.value = "34"
    assert explorer.unit.value == "Huế"
    assert "Huế" in explorer.unit.options
    assert len(explorer.unit.options) == 34
    assert "expected 1 to 34" in explorer.message.value
    explorer.basis.value = "63"
    assert explorer.unit.value == "Thừa Thiên Huế"
    assert len(explorer.unit.options) == 63
    assert explorer.answer.first_target.target.target_rank == 50


def test_years_on_offer_follow_the_origin(undrawn, explorer):
    explorer.target_year.value = 2024
    explorer.origin_year.value = 2023
    assert explorer.target_year.options == (2024, 2025, 2026, 2027, 2028, 2029)
    assert explorer.target_year.value == 2024
    explorer.origin_year.value = 2024
    assert explorer.target_year.value == 2025


def test_a_joint_forecast_is_made_once(monkeypatch, undrawn):
    made = []

    def forecast(panel, origin, horizon, model, *settings):
        made.append((panel.basis, origin, model))
        return forecasting.forecast(panel, origin, horizon, model, *settings)

    monkeypatch.setattr(index_room, "forecast", forecast)
    explorer = dti.explore("BR-VT", origin_year=2021, draws=51)
    explorer.unit.value = "Cần Thơ"
    explorer.target_rank.value = 5
    explorer.target_year.value = 2026
    explorer.model.value = "random_walk"
    explorer.model.value = "averaged_level"
    assert made == [("63", 2021, "averaged_level"), ("63", 2021, "random_walk")]


def test_a_choice_is_answered_once(monkeypatch, undrawn, explorer):
    drawn = []
    monkeypatch.setattr(exploring, "plot_trajectory", drawn.append)
    explorer.basis.value = "34"
    explorer.unit.value = "hue"
    assert [answer.unit.name for answer in drawn] == ["Hồ Chí Minh", "Huế"]


def test_choices_in_other_threads_wait_for_their_turn(monkeypatch, undrawn, explorer):
    later = Thread(target=setattr, args=(explorer.unit, "value", "hue"))
    has_asked = Event()

    class Turn:
        lock = RLock()

        def __enter__(self):
            if current_thread() is later:
                has_asked.set()
            return self.lock.__enter__()

        def __exit__(self, *error):
            return self.lock.__exit__(*error)

    def plot(answer):
        if answer.unit.name == "Cần Thơ":
            later.start()
            assert has_asked.wait(PATIENCE)
            assert explorer.answer is answer

    monkeypatch.setattr(explorer, "_lock", Turn())
    monkeypatch.setattr(exploring, "plot_trajectory", plot)
    explorer.unit.value = "Cần Thơ"
    later.join()
    assert explorer.answer.unit.name == "Thừa Thiên Huế"
    assert "Thừa Thiên Huế" in explorer.headline.value


def test_it_speaks_the_language_it_was_made_in():
    with language.use_language("vi"):
        explorer = dti.explore("Huế", "34", draws=50)
    explorer.target_rank.value = 3
    headline, alts, _ = read(explorer)
    assert "theo DTI năm 2024" in headline
    assert 'lang="vi"' in explorer.headline.value
    assert all("Biểu đồ" in alt for alt in alts)
    labels = [explorer.basis, explorer.origin_year, explorer.target_rank, explorer.target_year]
    described = "".join(f"<p>{widget.description}</p>" for widget in labels)
    assert [label.text for label in BeautifulSoup(described, "html.parser").select("p")] == [
        "Trong số",
        "Kỳ đánh giá cuối được dùng",
        "Thứ hạng cần đạt",
        "trong kỳ đánh giá",
    ]
    assert explorer.basis.label == "34 địa phương"
    assert language.current_language() == "en"
    assert "theo DTI năm 2024" in repr(explorer)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"unit": "Atlantis"}, "is not known"),
        ({"basis": 7}, 'basis "7" is not known'),
        ({"origin_year": 1999}, "edition 1999 is not in the panel"),
        ({"target_rank": 99}, "target rank 99 does not exist"),
        ({"target_rank": 9, "target_year": 2031}, "expected one of 2025, 2026"),
        ({"model": "oracle"}, "model oracle is not known"),
    ],
)
def test_what_cannot_be_begun_with_is_refused(asked, words):
    with pytest.raises(DataError, match=re.escape(words)):
        dti.explore(**asked)


def test_a_notebook_shows_the_widgets_and_whoever_has_none_the_words(explorer):
    shown = explorer._repr_mimebundle_()
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.box.model_id
    assert "Top 20 in 2022" in shown["text/plain"]


@pytest.mark.usefixtures("undrawn")
def test_something_is_taken_for_given(index, explorer):
    alone = explorer.answer.first_target.probability_in_year
    explorer.given.value = "Đà Nẵng: rank >= 2"
    assert explorer.fault.endswith("Ask for more draws, or for less.")
    explorer.given.value = "Cần Thơ: rank <= 63"
    assert explorer.answer.first_target.probability_in_year == alone
    assert "given Cần Thơ: rank ≤ 63 in 2022" in repr(explorer)
    explorer.given.value = "BR-VT: rank is 3"
    assert "expected a unit, rank or score" in explorer.message.value
    explorer.given.value = " "
    assert explorer.answer.draws.given == ()
