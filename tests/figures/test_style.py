"""What all figures share, and what is asked of every one of them."""

import dataclasses
import inspect
import re
from base64 import b64decode
from io import BytesIO
from xml.etree import ElementTree

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from PIL import Image

import dti_analysis.figures as figures
from dti_analysis.figures import style
from dti_analysis.figures.palette import DARK
from dti_analysis.figures.picture import Picture, _list_fonts, _write, find_fonts
from dti_analysis.language import use_language
from dti_analysis.project import read_index
from dti_analysis.wording import format_chance

SVG = "{http://www.w3.org/2000/svg}"


def list_texts(picture):
    drawn = ElementTree.fromstring(picture.to_svg())
    return ["".join(node.itertext()) for node in drawn.iter(f"{SVG}text")]


def draw_all(index, unit):
    """Every figure there is of an index, by name."""
    forecast = index.forecast(draws=200)
    answer, measures = forecast.answer(unit, target_rank=2), index.panel.measures[1:3]
    evaluation = index.evaluate(["persistence"], draws=50, min_editions=2, top=(2,))
    known = {
        "answer": answer,
        "forecast": forecast,
        "index": index,
        "evaluation": evaluation,
        "unit": unit,
        "year": index.editions[-1],
        "last": index.editions[-1],
        "measures": measures,
        "model": "persistence",
        "answers": [answer],
    }
    records = {"plot_reliability": evaluation.reliability(["persistence"])}
    records["plot_pit"] = evaluation.outcomes
    calls = evaluation.outcomes.query("horizon == 1 and unit == @answer.unit.code")
    known["calls"] = calls
    if index.panel.components:
        known["found"] = forecast.push(unit, target_rank=1)
        known["plan"] = forecast.plan(unit, target_rank=1)
    pictures = {}
    for name in figures.__all__:
        plot = getattr(figures, name)
        needed = [
            each.name
            for each in inspect.signature(plot).parameters.values()
            if each.default is inspect.Parameter.empty
        ]
        if (
            name == "Picture"
            or name == "plot_bottom_up"
            or not {"found", "plan"}.intersection(needed) <= set(known)
        ):
            continue
        values = known | {"record": records.get(name)}
        pictures[name] = plot(*(values[name] for name in needed))
    return pictures


@pytest.fixture(scope="module")
def own(towns):
    """A small index with components and without regions; names are not the easiest."""
    table = towns.assign(score=100 * towns["score"])
    table["unit"] = table["unit"].replace({"a": r"$\foo$", "b": "{b}"})
    return read_index(
        table.assign(economy=table["score"] / 2, society=100 - table["score"] / 3),
        name="Towns",
        unit="town",
        units="towns",
        max_score=100,
        components={"economy": 300, "society": 100},
    )


@pytest.fixture(scope="module")
def towns():
    scores = {"a": [9, 8, 9, 8.5], "b": [7, 7.5, 6, 8], "c": [5, 6, 6.5, 5], "d": [4, 3, 3.5, 4.5]}
    rows = [
        {"unit": unit, "year": 2020 + step, "score": score / 10}
        for unit, series in scores.items()
        for step, score in enumerate(series)
    ]
    return pd.DataFrame(rows)


def test_every_figure_is_offered_and_documented():
    assert {"plot_trajectory", "plot_paths", "plot_case", "Picture"} <= set(dir(figures))
    for name in set(figures.__all__) - {"Picture"}:
        plot = getattr(figures, name)
        parameters = inspect.signature(plot).parameters
        assert list(parameters)[-1] == "ax" or name.startswith("tabulate_")
        (section,) = re.findall(r"-{10}\n(.*?)(?:\n\n|$)", inspect.getdoc(plot), re.DOTALL)
        named = re.findall(r"^(\w[^:\n]*?)(?: : .*)?$", section, re.MULTILINE)
        assert sorted(", ".join(named).split(", ")) == sorted(parameters)
        assert all(see in figures.__all__ for see in re.findall("See `(.*)`", section))


def index_source(index):
    return index.panel.config.label("source")


def test_every_figure_is_drawn_of_any_index(own):
    pictures = draw_all(own, r"$\foo$")
    without = {name for name, picture in pictures.items() if picture is None}
    assert without == {"plot_regions", "tabulate_tiles"}
    assert len(pictures) == len(figures.__all__) - 2  # Picture, and a merger that there is not
    for name, picture in pictures.items():
        if picture is not None:
            assert "provinc" not in picture.alt
            assert not re.search(r"\{(?!b\})|%s", picture.alt), name
            assert "nan" not in picture.alt.lower().split(), name
            assert picture.title in picture.alt, name
            assert picture.source == index_source(own), name
            assert picture.table is not None, name
            assert "provinc" not in picture.subtitle, name
            assert not re.search(r"\{(?!b\})|%s", picture.subtitle), name
            if isinstance(picture, Picture):
                (axes,) = picture.figure.axes
                assert axes.get_title(loc="left") == "", name


def test_of_ranks_alone_is_drawn_what_needs_no_scores(towns):
    rank = towns.groupby("year")["score"].rank(ascending=False)
    index = read_index(towns[["unit", "year"]].assign(rank=rank))
    answer = index.forecast(draws=100).answer("b", target_rank=1)
    assert figures.plot_needs(answer) is None
    assert figures.plot_spreads(index) is None
    assert "All 4 ranks are known for 4 of 4 editions" in figures.plot_coverage(index).alt


def test_figures_are_drawn_into_axes_of_others(ask):
    figure = Figure(layout="constrained")
    left, right = figure.subplots(1, 2)
    answer = ask("BR-VT", "63", 2021)
    first = figures.plot_trajectory(answer, ax=left)
    second = figures.plot_rank_probabilities(answer, ax=right)
    assert first.figure is second.figure is figure
    assert left.get_title(loc="left").startswith("Bà Rịa - Vũng Tàu: 29th in 2021")
    assert "is in the top" in right.get_title(loc="left")
    assert type(figure.get_layout_engine()).__name__ == "ConstrainedLayoutEngine"
    assert figure.texts == []
    assert first.alt == figures.plot_trajectory(answer).alt


def test_pictures_show_themselves_with_their_words(ask):
    picture = figures.plot_trajectory(ask("BR-VT"))
    shown = BeautifulSoup(picture._repr_html_(), "html.parser").figure
    assert shown.figcaption.strong.text == picture.title
    assert shown.figcaption.small.text == picture.subtitle
    assert shown.img["alt"] == picture.alt == repr(picture)
    assert shown.select_one(".source").get_text().startswith(picture.source)
    kind, drawn = shown.img["src"].split(",")
    assert kind == "data:image/svg+xml;base64"
    assert b64decode(drawn).decode() == picture.to_svg()
    assert ElementTree.fromstring(picture.to_svg()).findtext(f"{SVG}title") == picture.alt


def test_numbers_and_a_png_are_taken_away_with_the_page(ask):
    picture = figures.plot_rank_probabilities(ask("BR-VT"))
    links = BeautifulSoup(picture.to_html(), "html.parser").select(".take a")
    files = {link["download"]: b64decode(link["href"].split(",")[1]) for link in links}
    assert list(files) == ["ranks-2025.png", "ranks-2025.csv"]
    image = Image.open(BytesIO(files["ranks-2025.png"]))
    assert image.width == 2 * style.WIDTH
    numbers = pd.read_csv(BytesIO(files["ranks-2025.csv"]))
    assert numbers["probability"].sum() == pytest.approx(1)


def read_png(figure):
    """The picture of a figure to take away, from its page."""
    link = BeautifulSoup(figure.to_html(), "html.parser").find("a", download=re.compile("png"))
    return Image.open(BytesIO(b64decode(link["href"].partition(",")[2])))


def test_what_is_a_table_on_the_page_is_a_picture_to_take_away(ask, index34):
    answer = ask("Hồ Chí Minh", "34")
    near, tiles = figures.tabulate_neighbours(answer), figures.tabulate_tiles(index34.forecast())
    for figure, rows in ((near, near.table["unit"]), (tiles, tiles.table["unit"])):
        assert read_png(figure).width == 2 * style.WIDTH
        drawn = " ".join(text.get_text().replace("\n", " ") for text in figure.figure.findobj(Text))
        assert all(unit in drawn for unit in rows), figure.stem
        column = "probability" if figure is near else "chance"
        assert all(format_chance(chance) in drawn for chance in figure.table[column].dropna())


@pytest.fixture
def lantern(tmp_path):
    """A font that has one letter more than ours."""
    font = TTFont(fontManager.findfont("DejaVu Sans"))
    for table in font["cmap"].tables:
        table.cmap = {0x706F: "A"}
    for record in font["name"].names:
        record.string = "Lantern"
    font.save(tmp_path / "lantern.ttf")
    before = list(fontManager.ttflist)
    fontManager.addfont(tmp_path / "lantern.ttf")
    find_fonts.cache_clear()
    _list_fonts.cache_clear()
    yield "\u706f"
    fontManager.ttflist = before
    find_fonts.cache_clear()
    _list_fonts.cache_clear()


def draw_named(towns, name):
    """Pictures of an index one of whose units is called so; any warning is an error."""
    index = read_index(towns.replace("b", name), unit="town", units="towns")
    answer = index.forecast(draws=100).answer(name, target_rank=1)
    plots = figures.plot_trajectory, figures.plot_needs, figures.tabulate_neighbours
    return [plot(answer) for plot in (*plots, figures.plot_rank_probabilities)]


def test_letters_that_our_font_lacks_are_of_an_installed_one(towns, lantern):
    assert find_fonts(f"A {lantern}") == ["DejaVu Sans", "Lantern"]
    for drawn in draw_named(towns, lantern):
        assert read_png(drawn).width == 2 * style.WIDTH
        assert "font-family: 'Lantern" not in drawn.to_html()


@pytest.mark.parametrize("name", ["\U000e0041\ua000", "\U00016e40", "b"])
def test_letters_that_no_font_has_are_boxes_and_told(towns, monkeypatch, name):
    written = []

    def write(texts, width):
        written.extend(text for text, *_ in texts)
        return _write(texts, width)

    monkeypatch.setattr("dti_analysis.figures.picture._write", write)
    for drawn in draw_named(towns, name):
        written.clear()
        read_png(drawn)
        assert written[-1].endswith("on the computer that drew it.") is (name != "b")


def test_no_name_is_a_formula_in_what_is_taken_away(ask):
    picture = figures.plot_trajectory(ask("BR-VT"))
    named = dataclasses.replace(picture, table=pd.DataFrame({"unit": ["=1+1", "Huế"]}))
    link = BeautifulSoup(named.to_html(), "html.parser").find("a", download=re.compile("csv"))
    told = b64decode(link["href"].partition(",")[2]).decode("utf-8-sig")
    assert told.splitlines() == ["unit", "'=1+1", "Huế"]


def test_the_same_numbers_give_the_same_bytes(ask):
    one, other = (figures.plot_needs(ask("BR-VT")).to_svg() for _ in range(2))
    assert one == other


def test_names_are_text_until_they_are_drawn(own):
    answer = own.forecast(draws=100).answer(r"$\foo$", target_rank=1)
    assert r"$\foo$ 1" in list_texts(figures.plot_needs(answer))
    assert "{b} 2" in list_texts(figures.plot_needs(answer))
    assert r"$\foo$" in figures.tabulate_neighbours(answer).to_html()


def test_numbers_have_the_decimal_sign_of_the_language(ask):
    answer = ask("BR-VT")
    with use_language("vi"):
        picture = figures.plot_needs(answer)
        ticks = [text for text in list_texts(picture) if re.search(r"\d\D\d", text)]
    assert ticks
    assert any("," in tick for tick in ticks)
    assert not any("." in tick for tick in ticks)


def test_the_source_is_that_of_the_index(ask):
    answer = ask("BR-VT")
    config = dataclasses.replace(answer.draws.panel.config, source="Office of towns")
    panel = dataclasses.replace(answer.draws.panel, config=config)
    other = dataclasses.replace(answer, draws=dataclasses.replace(answer.draws, panel=panel))
    assert figures.plot_trajectory(other).source == "Source: Office of towns"


def test_rows_are_listed_by_what_is_known():
    table = pd.DataFrame({2020: [1.0, float("nan")], 2021: [2.0, 3.0]}, index=["a", "b"])
    assert style.list_rows(table, lambda value: f"{value:.0f}") == "a 2020: 1, 2021: 2; b 2021: 3"


def test_fonts_are_loaded_without_an_index():
    style.load_fonts()
    assert style.start_figure(None, 144).get_figure().get_figheight() == 2


def test_every_colour_has_its_dark_counterpart(own):
    """No figure draws in a colour that a dark screen would not change, but for none."""
    for name, picture in draw_all(own, r"$\foo$").items():
        if isinstance(picture, Picture):
            used = set(re.findall(r"(?:fill|stroke): (#\w{6})(?! !)", picture.to_svg()))
            assert used <= {*DARK, *DARK.values()}, name
