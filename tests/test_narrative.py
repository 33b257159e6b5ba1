import re
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from dti_analysis import terminal
from dti_analysis import wording as narrative
from dti_analysis.cleaning.indicators import compare_indicators
from dti_analysis.figures.overview import plot_country, plot_paths
from dti_analysis.figures.trajectory import (
    plot_profile,
    plot_rank_probabilities,
    plot_trajectory,
)
from dti_analysis.forecasting import comparison as rivals
from dti_analysis.forecasting.answer import forecast_province
from dti_analysis.forecasting.overview import forecast_country, summarise_country
from dti_analysis.forecasting.push import find_pushes
from dti_analysis.reports import background, prospects
from dti_analysis.reports import country as country_narrative
from dti_analysis.reports.keys import tell_keys
from dti_analysis.reports.tables import (
    tabulate_country,
    tabulate_editions,
    tabulate_indicators,
    tabulate_movers,
    tabulate_needs,
    tabulate_neighbours,
    tabulate_pushes,
    tabulate_regions,
)

LEFTOVERS = re.compile(r"\bnan\b|\bNone\b|<NA>|%s|\{|\}")


@pytest.fixture(scope="module")
def ask(data):
    def ask(province, **options):
        options = {"draws": 300, "all_targets": True} | options
        return forecast_province(province, **options, data=data)

    return ask


def every_sentence(found, data):
    gazetteer, panel = data.raw.gazetteer, data.panel
    pushes = find_pushes(data, found)
    near = rivals.list_neighbours(found.forecast, found.province.code, found.summary["year"])
    return [
        narrative.title(found),
        narrative.tell_headline(found),
        narrative.tell_history(found),
        narrative.tell_standing(found),
        prospects.tell_targets(found),
        prospects.tell_needs(pushes),
        prospects.tell_pushes(pushes),
        prospects.tell_neighbours(found, near),
        tabulate_needs(found.chances)._repr_html_(),
        tabulate_pushes(pushes)._repr_html_(),
        tabulate_neighbours(near, found)._repr_html_(),
        narrative.tell_outcome(found),
        background.tell_merger(found, gazetteer, panel),
        background.tell_method(found.forecast),
        terminal.summarise_answer(found),
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
        ("Hưng Yên", {"basis": 34, "origin_year": 2021}),
        ("Thái Bình", {"origin_year": 2021}),
    ],
)
def test_sentences_and_pictures_have_no_leftovers(ask, data, dti_panel, province, options):
    found = ask(province, **options)
    for text in every_sentence(found, data):
        assert text.strip()
        assert not LEFTOVERS.search(text), text
    pictures = [
        plot_trajectory(found),
        plot_rank_probabilities(found, found.chances[0]),
        plot_profile(found),
    ]
    for picture in filter(None, pictures):
        assert len(picture.alt) > 60
        assert not LEFTOVERS.search(picture.alt), picture.alt


def test_the_story_of_the_users_case_is_told(ask, gazetteer, dti_panel):
    found = ask("BR-VT")
    assert narrative.tell_history(found) == (
        "39th (2020) → 29th (2021) → 28th (2022) → 10th (2023) → 7th (2024)."
    )
    merger = background.tell_merger(found, gazetteer, dti_panel)
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
    assert "reference target, no official one being known" in prospects.tell_targets(ask("Kon Tum"))


def test_pictures_show_themselves_with_their_alt_text(ask):
    picture = plot_trajectory(ask("BR-VT"))
    data, metadata = picture._repr_mimebundle_()
    assert metadata["image/svg+xml"]["alt"] == picture.alt
    assert data == picture._repr_mimebundle_()[0]
    drawn = ElementTree.fromstring(data["image/svg+xml"])
    assert drawn.findtext("{http://www.w3.org/2000/svg}title") == picture.alt
    texts = ["".join(node.itertext()) for node in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "Source: dti.gov.vn and public statements, see data/raw; own computation." in texts


def test_words_of_a_picture_stay_within_it(ask):
    found = ask("Thừa Thiên Huế", origin_year=2024)
    for picture in (plot_trajectory(found), plot_profile(found, 10)):
        picture.to_svg()
        page, used = picture.figure.bbox_inches, picture.figure.get_tightbbox()
        assert page.x0 <= used.x0 < used.x1 <= page.x1
        assert page.y0 <= used.y0 < used.y1 <= page.y1


def test_no_picture_where_nothing_is_published(ask):
    found = ask("Hải Phòng", origin_year=2021)
    assert plot_profile(found, 10) is None
    assert "No pillar or main index of Hải Phòng" in narrative.tell_no_profile(found)


@pytest.mark.parametrize(("basis", "origin"), [(63, 2024), (34, 2024), (63, 2021), (34, 2021)])
def test_the_country_is_told_drawn_and_tabulated(data, dti_panel, basis, origin):
    forecast = forecast_country(data, basis, origin, draws=300)
    provinces = summarise_country(data, forecast)
    movers = rivals.Movers(forecast, 10, origin + 1)
    paths = plot_paths(dti_panel, basis, origin)
    assert (paths is None) == (origin == 2021)
    texts = [
        country_narrative.tell_country(forecast, provinces),
        country_narrative.tell_movers(movers),
        plot_country(provinces, basis, origin).alt,
        paths.alt if paths else country_narrative.tell_no_paths(),
        tabulate_country(provinces, origin)._repr_html_(),
        tabulate_regions(provinces)._repr_html_(),
        tabulate_movers(movers)._repr_html_(),
        terminal.summarise_movers(movers),
    ]
    for text in texts:
        assert not LEFTOVERS.search(text), text


def test_who_leads_is_told_only_where_it_is_published(data):
    def tell(basis, origin):
        forecast = forecast_country(data, basis, origin, draws=100)
        return country_narrative.tell_country(forecast, summarise_country(data, forecast))

    assert "Đà Nẵng, Thừa Thiên Huế and Hồ Chí Minh led the 2021 edition" in tell(63, 2021)
    assert "No rank among the first three is published for 2021" in tell(34, 2021)


def test_movers_are_told_with_how_many_change(data):
    movers = rivals.find_movers(basis=34, model="pool", draws=500, data=data)
    told = country_narrative.tell_movers(movers)
    changed = (1 - movers.list_leaving()["probability"]).sum()
    assert f"On average {changed:.1f} of the 10 inside in 2024 will be out" in told
    unknown = rivals.find_movers(basis=34, origin_year=2021, model="pool", draws=200, data=data)
    assert "Too few ranks up to 2021" in country_narrative.tell_movers(unknown)
    assert set(tabulate_movers(unknown).frame["May"]) == {"be inside"}


def test_what_a_target_takes_is_told_as_a_scenario(ask, data):
    found = ask("Hồ Chí Minh", basis=34, model="pool")
    pushes = find_pushes(data, found)
    need = found.chances[0].needs[0]
    assert f"A score of **{need.score['central']:.3f}** has an even chance to be in the top 3" in (
        prospects.tell_needs(pushes)
    )
    assert f"**{need.lift:.3f}** would have to be added" in prospects.tell_needs(pushes)
    told = prospects.tell_pushes(pushes)
    feasible = pushes.pushes[pushes.pushes["is_feasible"]]
    assert f"Of the 8 main indices known, {len(feasible)} could bring that alone" in told
    assert "a scenario, not a causal claim" in told


def test_pushes_are_told_where_there_are_none(ask, data):
    unpublished = find_pushes(data, ask("BR-VT", origin_year=2021))
    assert "No main index of Bà Rịa - Vũng Tàu is published" in prospects.tell_pushes(unpublished)
    done = find_pushes(data, ask("Hà Nội", target_rank=60, model="pool"))
    assert "Hà Nội needs no push" in prospects.tell_pushes(done)
    assert "Hà Nội has that chance already" in prospects.tell_needs(done)
    early = find_pushes(data, ask("Đà Nẵng", origin_year=2022, model="pool"))
    assert "none seen yet" in prospects.tell_pushes(early)
    steep = find_pushes(data, ask("An Giang", target_rank=1, model="pool"))
    assert "could bring that alone within the scale" in prospects.tell_pushes(steep)


def test_the_method_tells_of_the_merger(ask):
    told = background.tell_method(ask("Huế", basis=34).forecast)
    assert "joint futures of all 63 provinces" in told
    assert "averaged into the 34" in told
    assert "averaged" not in background.tell_method(
        ask("Huế", basis=34, road="direct", model="pool").forecast
    )


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


def test_a_report_opens_with_three_numbers(ask):
    found = ask("BR-VT", origin_year=2021)
    keys = BeautifulSoup(tell_keys(found), "html.parser")
    told = [(div.dt.text, div.strong.text, div.dd.text) for div in keys.find_all("div")]
    first, chance = found.summary.iloc[0], found.chances[0]
    assert told[0] == ("Rank in 2021", "29th", "29th of 63")
    assert told[1][0] == "Expected in 2022"
    assert f"{first['best80']:.0f} to {first['worst80']:.0f} in 8 of 10" in told[1][2]
    assert told[2][:2] == ("Top 20 in 2022", narrative.frequency(chance.probability_in_year))
    unknown = BeautifulSoup(tell_keys(ask("Cao Bằng", origin_year=2021)), "html.parser")
    assert unknown.dd.text == "– not published"
