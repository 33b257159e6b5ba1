"""What a report of a unit says, section by section."""

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from dti_analysis.cleaning.indicators import compare_indicators
from dti_analysis.display import Table, drop_marks
from dti_analysis.figures.picture import Picture, Shown
from dti_analysis.figures.profile import plot_profile
from dti_analysis.figures.trajectory import plot_trajectory
from dti_analysis.forecasting.push import describe_pushes, find_pushes
from dti_analysis.language import join_names, use_language
from dti_analysis.project import load_index, read_index
from dti_analysis.reports import method, report
from dti_analysis.reports.chance import describe_targets
from dti_analysis.reports.indicators import indicators_table
from dti_analysis.reports.method import describe_method, describe_ranges
from dti_analysis.reports.needs import describe_needs
from dti_analysis.reports.opening import list_keys
from dti_analysis.reports.outcome import describe_outcome
from dti_analysis.reports.profile import editions_table
from dti_analysis.reports.record import read_record
from dti_analysis.reports.trajectory import describe_history, forecast_table
from dti_analysis.wording import format_chance, likelihood_phrase

LEFTOVERS = re.compile(r"\bnan\b|\bNone\b|<NA>|%s|\{|\}")


@pytest.fixture(scope="module")
def ask():
    def ask(unit, target_rank=None, basis="63", origin=None, draws=300, **options):
        forecast = load_index(basis).forecast(origin, draws=draws, **options)
        return forecast.answer(unit, target_rank, all_targets=True)

    return ask


def words_of(part):
    """Give what a part of a section tells its readers."""
    if isinstance(part, Shown):
        return f"{part.title} {part.subtitle} {part.alt}"
    return part._repr_html_() if isinstance(part, Table) else str(part)


def test_forecast_is_told_edition_by_edition(ask):
    answer = ask("Hồ Chí Minh", basis="34")
    table, top = forecast_table(answer).frame, answer.first_target.target.target_rank
    assert list(table["Median"]) == list(answer.summary["median_rank"])
    told = table.set_index("Edition")[f"Top {top}"]
    assert told["2030"] == format_chance(answer.target_chance(top, 2030).probability_in_year)


@pytest.mark.parametrize(
    ("unit", "options"),
    [
        ("Bà Rịa - Vũng Tàu", {"origin": 2021}),
        ("Bà Rịa - Vũng Tàu", {}),
        ("Hải Phòng", {"origin": 2021}),
        ("Cà Mau", {"origin": 2021}),
        ("Đà Nẵng", {}),
        ("Hồ Chí Minh", {"basis": "34"}),
        ("Huế", {"basis": "34"}),
        ("Cao Bằng", {"basis": "34"}),
        ("Hưng Yên", {"basis": "34", "origin": 2021}),
        ("Thái Bình", {"origin": 2021}),
    ],
)
def test_sentences_and_pictures_have_no_leftovers(ask, unit, options):
    told = report(ask(unit, **options))
    for name in set(told.names) - {"numbers"}:
        section = told.section(name)
        if section is None:
            assert name in {"year_before", "outcome"}
            assert told.section("year_before", "outcome") is not None
            continue
        for part in section:
            text = words_of(part)
            assert text.strip()
            assert not LEFTOVERS.search(text), text
            assert len(text) > 60 or not isinstance(part, Picture)
    assert not LEFTOVERS.search(str(told.result))


def test_sections_stand_in_their_order_and_open_with_a_heading(ask):
    told = report(ask("BR-VT"))
    assert told.names == (
        *("opening", "trajectory", "chance", "needs", "neighbours", "profile", "indicators"),
        *("year_before", "outcome", "merger", "brief", "method", "sources", "numbers"),
    )
    open_or_brief = ("outcome", "brief")
    there = [name for name in told.names[:-1] if name not in open_or_brief]
    heads = [str(next(iter(told.section(name)))) for name in there]
    assert heads[0] == "Provincial Digital Transformation Index (DTI)"
    assert str(told.section("opening").parts[1]).startswith(
        "# Bà Rịa - Vũng Tàu: rank 7 in the DTI"
    )
    assert all(re.fullmatch("## .*", head) for head in heads[1:])
    assert told.section("outcome") is None
    assert not [part for part in told.section("brief") if str(part).startswith("#")]
    both = told.section("method", "sources")
    heads = [str(part) for part in both if str(part).startswith("## ")]
    assert heads == ["## Method", "## Sources"]
    with pytest.raises(TypeError, match="there is no report of a int"):
        report(3)


def test_the_story_of_the_users_case_is_told(ask):
    found = ask("BR-VT")
    assert describe_history(found) == (
        "39th (2020) → 29th (2021) → 28th (2022) → 10th (2023) → 7th (2024). "
        "Computed from the scores: 2024."
    )
    heading, merger = report(found).section("merger")
    assert str(heading) == "## The merger of 2025"
    name = load_index("34").panel.labels["79"]
    assert name == "Ho Chi Minh City"
    assert f"{name} became {name}. Among the 34, {name} is 4th (2024)." in str(merger)
    bold = BeautifulSoup(merger._repr_html_(), "html.parser").find_all("strong")
    assert [element.get_text() for element in bold] == [name]


def test_the_outcome_is_held_against_the_forecast(ask):
    told = str(describe_outcome(ask("BR-VT", origin=2021)))
    assert "- 2022: it came 28th, inside" in told
    assert "- 2024: it came 7th, outside" in told
    assert "this forecast is open" in str(describe_outcome(ask("BR-VT")))


def test_a_chance_is_never_told_as_certain():
    assert format_chance(1.0) == ">99\u202f%"
    assert likelihood_phrase(1.0) == "almost certain"
    assert likelihood_phrase(0.0) == "almost ruled out"


def test_a_reference_target_is_not_told_as_official(ask):
    assert "reference target, no official one being known" in str(describe_targets(ask("Kon Tum")))


def test_words_of_a_picture_stay_within_it(ask):
    found = ask("Thừa Thiên Huế", origin=2024)
    for picture in (plot_trajectory(found), plot_profile(found, 10)):
        picture.to_svg()
        page, used = picture.figure.bbox_inches, picture.figure.get_tightbbox()
        assert page.x0 <= used.x0 < used.x1 <= page.x1
        assert page.y0 <= used.y0 < used.y1 <= page.y1


def test_no_picture_where_nothing_is_published(ask):
    found = ask("Hải Phòng", origin=2021)
    assert plot_profile(found, 10) is None
    _, missing, _ = report(found).section("profile")
    assert "No pillar or main index of Hải Phòng is published for the editions up to" in str(
        missing
    )


@pytest.mark.parametrize(
    ("basis", "origin"), [("63", 2024), ("34", 2024), ("63", 2021), ("34", 2021)]
)
def test_all_units_are_told_drawn_and_tabulated(basis, origin):
    told = report(load_index(basis).forecast(origin, draws=300))
    paths = [part for part in told.section("paths") if isinstance(part, Picture)]
    has_none = "no paths to compare yet" in repr(told.section("paths"))
    assert has_none == (origin == 2021)
    assert bool(paths) != has_none
    for name in told.names:
        for part in told.section(name):
            text = words_of(part)
            assert text.strip()
            assert not LEFTOVERS.search(text), text
    assert not LEFTOVERS.search(str(told.result.movers()))


def test_who_leads_is_told_only_where_it_is_published():
    def tell(basis):
        return repr(report(load_index(basis).forecast(2021, draws=100)).section("opening"))

    labels = load_index("63").panel.labels
    first = join_names([labels[code] for code in ("48", "46", "79")])
    assert f"{first} led the 2021 edition" in tell("63")
    assert "No rank among the first three is published for 2021" in tell("34")


def test_movers_are_told_with_how_many_change():
    forecast = load_index("34").forecast(model="pool", draws=500)
    _, told, _ = report(forecast).section("movers")
    changed = (1 - forecast.movers().list_leaving()["probability"]).sum()
    assert f"On average {changed:.1f} of the 10 inside in 2024 will be out" in str(told)
    unknown = load_index("34").forecast(2021, model="pool", draws=200)
    _, told, table = report(unknown).section("movers")
    assert "Too few ranks up to 2021" in str(told)
    assert set(table.frame["May"]) == {"be inside"}


def test_what_a_target_takes_is_told_as_a_scenario(ask):
    pushes = find_pushes(ask("Hồ Chí Minh", basis="34", model="pool"))
    need = pushes.chance.requirements[0]
    told = drop_marks(describe_needs(pushes.answer))
    assert f"a score of {need.score:.3f} has an even chance to be in the top 3" in told
    assert f"{need.lift:.3f} would have to be added" in told
    told = describe_pushes(pushes)
    feasible = pushes.pushes[pushes.pushes["is_feasible"]]
    assert f"Of the 8 components known, {len(feasible)} could bring that alone" in told
    assert "a scenario, not a causal claim" in told


def test_pushes_are_told_where_there_are_none(ask):
    unpublished = find_pushes(ask("BR-VT", origin=2021))
    assert "No component of Bà Rịa - Vũng Tàu is published" in describe_pushes(unpublished)
    done = find_pushes(ask("Hà Nội", 60, model="pool"))
    assert "Hà Nội needs no push" in describe_pushes(done)
    assert "Hà Nội has that chance already" in describe_needs(done.answer)
    early = find_pushes(ask("Đà Nẵng", origin=2022, model="pool"))
    assert "none seen yet" in describe_pushes(early)
    steep = find_pushes(ask("An Giang", 1, model="pool"))
    assert "could bring that alone within the scale" in describe_pushes(steep)


def test_the_method_tells_of_the_merger(ask):
    told = describe_method(ask("Huế", basis="34").draws)
    assert "joint futures of all 63 provinces" in told
    assert "averaged into the 34" in told
    direct = ask("Huế", basis="34", approach="direct", model="pool")
    assert "averaged" not in describe_method(direct.draws)


def test_the_ranges_that_held_are_counted_by_how_far_ahead(ask):
    answer = ask("Huế", basis="34")
    record = pd.DataFrame(
        {
            "origin": [2021, 2021, 2022, 2022, 2021],
            "horizon": [1, 1, 1, 1, 2],
            "outcome": [5, 9, 1, 2, 30],
            "best80": [5, 2, 2, 1, 1],
            "worst80": [9, 8, 8, 2, 20],
        }
    ).assign(model=answer.draws.model)
    assert describe_ranges(answer, record) == (
        "Of the ranges among the 34 that this method would have given an 80\u202f% chance from "
        "2021 to 2022, 50\u202f% one edition ahead (of 4) and 0\u202f% 2 editions ahead (of 1) "
        "held the rank that came."
    )
    other = describe_ranges(answer, record.assign(model="pool"))
    assert "that the default model pool would have given" in drop_marks(other)


def test_a_report_says_how_often_its_ranges_held(ask):
    answer = ask("Huế", basis="34")
    told = str(method.tell(answer))
    assert describe_ranges(answer, load_index("34").track_record()) in told


def test_tables_have_a_caption_and_scopes(ask):
    table = editions_table(ask("BR-VT"))
    html = table._repr_html_()
    assert "<caption>Score and rank (of 63) by edition</caption>" in html
    assert html.count('scope="col"') == len(table.frame.columns)
    assert "0.588 (28)" in html
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
    # 92 % of people, where the target is of adults; of subscriptions both are.
    assert stated.loc[("Smartphone", "92"), "Met"].tolist() == ["", "other denominator"]
    assert stated.loc[("Smartphone, among mobile subscriptions", "97.5"), "Met"] == "yes"
    others = compare_indicators(raw["indicators"], sorted(set(raw["indicators"]["code"]) - {"77"}))
    assert "other denominator" not in set(others["Met"])
    table = indicators_table(compared, "Bà Rịa - Vũng Tàu", "Province")._repr_html_()
    assert ">baobariavungtau.com.vn</a>" in table
    assert "Báo Bà Rịa - Vũng Tàu, 10/10/2022" in table
    assert ">Province</th>" not in table
    assert compare_indicators(raw["indicators"], ["12"]).empty


def test_indicators_of_others_are_told_with_what_these_are_called(ask):
    answer = ask("Hồ Chí Minh", basis="34")
    with use_language("vi"):
        called = {member.label for member in answer.draws.panel.members(answer.unit.code)}
        _, table = report(answer).section("indicators")
    assert "TP. Hồ Chí Minh" in called
    whose = {cell.split("\n")[1].rsplit(", ", 1)[0] for cell in table.frame.iloc[:, 0]}
    assert "Bà Rịa - Vũng Tàu" in whose
    assert whose <= called
    assert "65–70 (2022)" in set(table.frame["Mục tiêu quốc gia"])
    assert "<small>Bà Rịa - Vũng Tàu, 2022</small>" in table._repr_html_()


def test_a_report_opens_with_four_answers(ask):
    found = ask("BR-VT", origin=2021)
    now, ahead, ladder, need = list_keys(found).cards
    first, chance = found.summary.iloc[0], found.chances[0]
    assert (now.label, now.value, now.notes[0]) == ("Rank in 2021", "29th", "of 63")
    assert (ahead.label, ahead.notes[0]) == (
        "Expected in 2022",
        f"80\u202f%: {first['best80']:.0f}–{first['worst80']:.0f}",
    )
    assert ladder.tops == [1, 3, 5, 10, 15, 20, 32]
    assert (ladder.framed, ladder.is_official) == (("2022", 20), True)
    assert ladder.chances["2022"][5] == (
        pytest.approx(chance.probability_in_year),
        format_chance(chance.probability_in_year),
    )
    assert need.label == "Needed for an even chance of the top 20 in 2022"
    lift = chance.requirements[0].lift
    places = int(first["median_rank"]) - 20
    assert (need.value, need.aside) == (f"+{lift:.3f}", f"≈ {places} places")
    unknown = str(list_keys(ask("Cao Bằng", origin=2021)))
    assert unknown.startswith("Rank in 2021: – (not published)\n")


@pytest.mark.parametrize(("unit", "options"), [("Hồ Chí Minh", {"basis": "34"}), ("BR-VT", {})])
def test_a_chance_is_told_once(ask, unit, options):
    """Up to the next edition it is the chance in it, and who set a target stands once, too."""
    answer = ask(unit, **options)
    lines = drop_marks(describe_targets(answer).text).split("\n")
    for line, chance in zip(lines, answer.chances, strict=True):
        is_later = chance.target.target_year > answer.years[0]
        assert ("up to then" in line) == is_later
        assert line.count("official target") == 1
        assert line.count("\u202f%") == 1 + is_later


def test_an_official_target_is_told_with_who_set_it_and_where_that_stands(ask):
    told = describe_targets(ask("Hồ Chí Minh", basis="34"))._repr_html_()
    assert "official target, stated 2025; set by the province itself; see <a href=" in told
    assert ">vneconomy.vn</a>" in told
    reference = describe_targets(ask("Huế", basis="34"))._repr_html_()
    assert "itself" not in reference
    ladder = list_keys(ask("Hồ Chí Minh", basis="34")).cards[2].to_html()
    assert "stated 2025; set by the province itself; see <a href=" in ladder


def test_what_became_of_a_unit_stands_in_a_box(ask):
    for unit, element in (("BR-VT", "note"), ("Hà Nội", "small")):
        _, _, _, line, _ = report(ask(unit)).section("opening")
        assert line.element == element
        assert "As of the edition of 2024" in line.text


def test_neighbours_are_told_by_the_chances_of_their_table(ask):
    for unit, few in (("Hồ Chí Minh", "Only 3 provinces are above it."), ("Hà Nội", "No province")):
        answer = ask(unit, basis="34")
        _, told, table = report(answer).section("neighbours")
        chances = {format_chance(each) for each in table.table["probability"].dropna()}
        assert set(re.findall(r"\(([^)]*%)\)", str(told))) <= chances
        assert few in str(told)
    assert "above it" not in str(report(ask("BR-VT", origin=2021)).section("neighbours"))


def test_a_former_unit_is_told_from_the_one_of_its_name(ask):
    merged, former = ask("Hồ Chí Minh", basis="34"), ask("BR-VT")
    for answer in (merged, former):
        told = drop_marks(str(report(answer).section("merger")))
        assert "Bà Rịa - Vũng Tàu and the former Ho Chi Minh City" in told


def test_counts_of_the_record_are_written_as_numbers_are(ask):
    answer = ask("Hồ Chí Minh", basis="34")
    record = pd.concat([read_record(answer.draws.panel, 3)] * 200)
    told = method.describe_record(answer, record)
    assert re.search(r"Of the \d,\d{3} chances", told)


def test_of_chances_that_all_came_true_or_are_one_the_record_says_so(ask):
    answer = ask("Hồ Chí Minh", basis="34")
    record = read_record(answer.draws.panel, 3).assign(top3=answer.first_target.probability_in_year)
    told = method.describe_record(answer, record.assign(outcome=1))
    assert "100\u202f% came true" in drop_marks(told)
    assert " is 1: too few to say" in method.describe_record(answer, record.head(1))


def test_an_overview_says_of_which_index_it_is():
    for language, said in (
        ("en", "The 34 provinces in the DTI, as of 2024"),
        ("vi", "34 địa phương trong DTI, tính đến kỳ đánh giá năm 2024"),
    ):
        with use_language(language):
            index = load_index("34")
            name, title, *_ = report(index.forecast(draws=100)).section("opening")
            assert name.text == index.config.full_name
            assert title.text == said


def test_a_record_says_of_which_index_it_is():
    found = load_index("34").evaluate(["random_walk"], draws=50)
    title, *_ = report(found).section("opening")
    assert title.text == "The record of the forecasts: DTI"


def test_ranges_of_one_rank_are_told_as_such():
    rows = [
        (unit, year, rank) for year in range(2016, 2026) for rank, unit in enumerate("ABCDE", 1)
    ]
    sure = read_index(pd.DataFrame(rows, columns=["unit", "year", "rank"])).forecast(draws=200)
    told = drop_marks(str(report(sure).section("opening")))
    assert "one rank alone" in told
    assert "1 places" not in told
