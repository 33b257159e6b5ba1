import re

import pytest

from dti_analysis import narrative
from dti_analysis.answers import answer
from dti_analysis.country import forecast_country, summarise_country
from dti_analysis.country_figures import plot_country, plot_paths
from dti_analysis.figures import plot_profile, plot_rank_probabilities, plot_trajectory
from dti_analysis.indicators import compare_indicators
from dti_analysis.tables import (
    tabulate_country,
    tabulate_editions,
    tabulate_indicators,
    tabulate_regions,
)

LEFTOVERS = re.compile(r"\bnan\b|\bNone\b|<NA>|%s|\{|\}")


@pytest.fixture(scope="module")
def ask(data):
    def ask(province, **options):
        options = {"draws": 300, "for_report": True} | options
        return answer(data, province, **options)

    return ask


def every_sentence(found, gazetteer, panel):
    return [
        narrative.title(found),
        narrative.tell_headline(found),
        narrative.tell_history(found),
        narrative.tell_standing(found),
        narrative.tell_targets(found),
        narrative.tell_outcome(found),
        narrative.tell_merger(found, gazetteer, panel),
        narrative.tell_method(found.forecast),
        narrative.summarise_answer(found),
    ]


@pytest.mark.parametrize(
    ("province", "options"),
    [
        ("Bà Rịa - Vũng Tàu", {"origin_year": 2021}),
        ("Bà Rịa - Vũng Tàu", {}),
        ("Hải Phòng", {"origin_year": 2021}),
        ("Cà Mau", {"origin_year": 2021}),
        ("Đà Nẵng", {}),
        ("Hồ Chí Minh", {"basis": 34}),
        ("Huế", {"basis": 34}),
        ("Cao Bằng", {"basis": 34}),
    ],
)
def test_sentences_and_pictures_have_no_leftovers(ask, gazetteer, dti_panel, province, options):
    found = ask(province, **options)
    for text in every_sentence(found, gazetteer, dti_panel):
        assert text.strip()
        assert not LEFTOVERS.search(text), text
    pictures = [
        plot_trajectory(found),
        plot_rank_probabilities(found, found.chances[0]),
        plot_profile(dti_panel, found, found.targets[0].target_rank),
    ]
    for picture in filter(None, pictures):
        assert len(picture.alt) > 60
        assert not LEFTOVERS.search(picture.alt), picture.alt


def test_the_story_of_the_users_case_is_told(ask, gazetteer, dti_panel):
    found = ask("BR-VT")
    assert narrative.tell_history(found) == (
        "39th (2020) → 29th (2021) → 28th (2022) → 10th (2023) → 7th (2024)."
    )
    merger = narrative.tell_merger(found, gazetteer, dti_panel)
    assert "Hồ Chí Minh became **Hồ Chí Minh**. Among the 34, Hồ Chí Minh is 4th (2024)." in merger


def test_the_outcome_is_held_against_the_forecast(ask):
    told = narrative.tell_outcome(ask("BR-VT", origin_year=2021))
    assert "**2022**: it came **28th**, inside" in told
    assert "**2024**: it came **7th**, outside" in told
    assert "this forecast is open" in narrative.tell_outcome(ask("BR-VT"))


def test_a_chance_is_never_told_as_certain():
    assert narrative.frequency(1.0) == "more than 99 in 100"
    assert narrative.likelihood(1.0) == "almost certain"
    assert narrative.likelihood(0.0) == "almost ruled out"


def test_a_reference_target_is_not_told_as_official(ask):
    assert "reference target, no official one being known" in narrative.tell_targets(ask("Kon Tum"))


def test_pictures_show_themselves_with_their_alt_text(ask):
    picture = plot_trajectory(ask("BR-VT"))
    data, metadata = picture._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == picture.alt
    assert data == picture._repr_mimebundle_()[0]


def test_no_picture_where_nothing_is_published(ask, dti_panel):
    found = ask("Hải Phòng", origin_year=2021)
    assert plot_profile(dti_panel, found, 10) is None
    assert "No pillar or main index of Hải Phòng" in narrative.tell_no_profile(found)


@pytest.mark.parametrize("basis", [63, 34])
def test_the_country_is_told_drawn_and_tabulated(data, dti_panel, basis):
    forecast = forecast_country(data, basis, draws=300)
    provinces = summarise_country(data, forecast)
    texts = [
        narrative.tell_country(forecast, provinces),
        plot_country(provinces, basis, 2024).alt,
        plot_paths(dti_panel, basis, 2024).alt,
        tabulate_country(provinces, 2024)._repr_html_(),
        tabulate_regions(provinces)._repr_html_(),
    ]
    for text in texts:
        assert not LEFTOVERS.search(text), text


def test_tables_have_a_caption_and_scopes(dti_panel):
    table = tabulate_editions(dti_panel, 63, "77")
    html = table._repr_html_()
    assert "<caption>Score and rank (of 63) by edition</caption>" in html
    assert html.count('scope="col"') == len(table.frame.columns)
    assert "0.5878 (28)" in html
    assert "rank 39" in html
    assert not LEFTOVERS.search(html)


def test_indicators_are_held_against_the_national_target(raw):
    compared = compare_indicators(raw["indicators"], ["77"])
    stated = compared.set_index(["Indicator", "Value"])
    assert stated.loc[("Households with fibre", "95.52"), "National target"] == "75 (2022)"
    assert stated.loc[("Households with fibre", "95.52"), "Met"] == "yes"
    assert stated.loc[("Bank account, aged 15 and over", "78.47"), "National target"] == (
        "65-70 (2022)"
    )
    assert stated.loc[("Bank account, aged 15 and over", "79"), "Met"] == "no"
    assert stated.loc[("Households with fibre", "105.48"), "Met"] == "unclear: above 100 %"
    table = tabulate_indicators(compared)._repr_html_()
    assert ">baobariavungtau.com.vn</a>" in table
    assert "Báo Bà Rịa - Vũng Tàu, 10/10/2022" in table
    assert compare_indicators(raw["indicators"], ["12"]).empty
