"""Every figure in a real browser, as wide as a phone shows it: each word is read and lies free."""

import pytest
from browsing import browser, pytestmark  # noqa: F401
from waiting import PATIENCE

from dti_analysis.batch.templating import read_asset
from dti_analysis.figures.picture import Picture, Shown
from dti_analysis.language import use_language
from dti_analysis.project import load_index, read_index
from dti_analysis.reports import report

SHOWN, LEAST = 350, 9
"""Width of a figure on a phone of 390 pixels, and of the smallest letters, in pixels."""

FONTS = "DejaVu Sans Condensed", "DejaVu Sans"
"""About as wide as Segoe, and the widest there is."""

UNITS = [("34", "Hồ Chí Minh", 2024), ("63", "Bà Rịa - Vũng Tàu", 2024), ("63", "Lai Châu", 2024)]
UNITS += [("63", "Bà Rịa - Vũng Tàu", 2021), ("34", "Hưng Yên", 2021), ("34", "Huế", 2024)]

MEASURE = """(svg) => {
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const frame = svg.getBoundingClientRect();
  return [[frame.left, frame.top, frame.right, frame.bottom], [...svg.querySelectorAll("text")].map(
    (text) => {
      const box = text.getBoundingClientRect();
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      return [text.textContent, size, box.left, box.top, box.right, box.bottom,
        text.hasAttribute("transform")];
    })];
}"""


@pytest.fixture(scope="module")
def page(browser):  # noqa: F811
    context = browser.new_context(viewport={"width": 390, "height": 800}, offline=True)
    context.set_default_timeout(1000 * PATIENCE)
    yield context.new_page()
    context.close()


def list_figures(result):
    told = report(result)
    parts = (part for name in told.names for part in told.section(name) or ())
    return [part for part in parts if isinstance(part, Shown)]


def list_faults(page, figure):
    """Say which words of a figure are small, beyond its frame, or on others, in any font."""
    for font in FONTS:
        yield from list_faults_in(page, figure, font)


def list_faults_in(page, figure, font):
    drawn = figure.to_svg() if isinstance(figure, Picture) else figure.to_html()
    style = f"svg {{ width: 100%; height: auto }} * {{ font-family: '{font}' !important }}"
    page.set_content(
        f'<meta charset="utf-8"><style>{read_asset("style.css")}{style}</style>'
        f'<div id="box" style="width: {SHOWN}px">{drawn}</div>'
    )
    if page.evaluate("box.scrollWidth > box.clientWidth"):
        yield f"{figure.stem}: wider than its place"
    if not isinstance(figure, Picture):
        return
    frame, texts = page.locator("svg").evaluate(MEASURE)
    for place, (text, size, *box, is_turned) in enumerate(texts):
        if size < LEAST:
            yield f"{figure.stem}: {text} has {size:.1f} px"
        inside = box[0] >= frame[0] - 1 and box[2] <= frame[2] + 1
        if not (inside and box[1] >= frame[1] - 1 and box[3] <= frame[3] + 1):
            yield f"{figure.stem}: {text} leaves the figure"
        for other, _, *beside, is_other_turned in texts[:place]:
            across = min(box[2], beside[2]) - max(box[0], beside[0])
            down = min(box[3], beside[3]) - max(box[1], beside[1])
            # Boxes have room above and below their letters.
            if across > 1 and down > 0.2 * size and not (is_turned or is_other_turned):
                yield f"{figure.stem}: {text} lies on {other}"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("basis", "unit", "origin"), UNITS)
def test_every_word_of_a_report_is_read_on_a_phone(page, basis, unit, origin, language):
    with use_language(language):
        answer = load_index(basis).forecast(origin, draws=1000).answer(unit, all_targets=True)
        figures = list_figures(answer)
        assert len(figures) >= 3
        assert [fault for figure in figures for fault in list_faults(page, figure)] == []


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("basis", ["34", "63"])
def test_every_word_of_an_overview_is_read_on_a_phone(page, basis, language):
    with use_language(language):
        figures = list_figures(load_index(basis).forecast(draws=200))
        assert len(figures) >= 3
        assert [fault for figure in figures for fault in list_faults(page, figure)] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_word_of_a_record_is_read_on_a_phone(page, index, language):
    with use_language(language):
        figures = list_figures(index.evaluate(["random_walk"], draws=100))
        assert len(figures) >= 3
        assert [fault for figure in figures for fault in list_faults(page, figure)] == []


@pytest.mark.parametrize("count", [5, 200])
def test_few_units_and_many_are_read_on_a_phone(page, count, make_index):
    index = read_index(make_index(count), name="City Index", unit="city", units="cities")
    for unit in ("u001", f"u{count // 2:03d}", f"u{count - 1:03d}"):
        answer = index.forecast(draws=200).answer(unit, all_targets=True)
        figures = list_figures(answer)
        assert [fault for figure in figures for fault in list_faults(page, figure)] == []


def test_faults_are_found(page):
    class Bad(Picture):
        def to_svg(self):
            words = '<text y="8" x="1">one</text><text y="9" x="1">two</text>'
            return (
                f'<svg viewBox="0 0 460 20"><style>text {{ font-size: 8px }}</style>{words}</svg>'
            )

    faults = list(list_faults_in(page, Bad("alt"), FONTS[0]))
    assert [fault.rpartition(" ")[0].split(": ")[1][:10] for fault in faults] == [
        "one has 6.",
        "two has 6.",
        "two lies o",
    ]


def test_a_dark_screen_is_drawn_dark_and_paper_light(page, index):
    """The very picture that a page shows, as an image: its corner is the page's ground."""
    picture = list_figures(index.forecast(draws=50).answer("BR-VT"))[0]
    page.set_content(
        f'<meta name="color-scheme" content="light dark"><style>{read_asset("style.css")}</style>'
        f"{picture.to_html()}"
    )
    for scheme, media, ground in (
        ("light", "screen", "#ffffff"),
        ("dark", "screen", "#11181f"),
        ("dark", "print", "#ffffff"),
    ):
        page.emulate_media(color_scheme=scheme, media=media)
        assert take_corner(page) == ground, (scheme, media)


def take_corner(page):
    from io import BytesIO

    from PIL import Image

    shot = Image.open(BytesIO(page.locator("figure img").screenshot())).convert("RGB")
    return "#{:02x}{:02x}{:02x}".format(*shot.getpixel((3, 3)))
