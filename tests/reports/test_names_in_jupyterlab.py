"""No name is markup in JupyterLab, which looks for HTML, mathematics and links in what is shown."""

import re
from ast import literal_eval

import nbformat
import pandas as pd
import pytest
from browsing import browser, pytestmark  # noqa: F401
from bs4 import BeautifulSoup
from frozen import CHECKOUT
from hostile import NAMES, NOUNS, make_project
from laboratory import open_notebook, run_all
from nbformat.v4 import new_code_cell, new_notebook

import dti_analysis as dti
from dti_analysis.project import load_index
from dti_analysis.reports.section import Section

SAID = re.findall(
    r'pd\.set_option\("(.+?)", (.+?)\)', (CHECKOUT / "docs/notebooks.md").read_text("utf-8")
)
OPTIONS = {"display.max_rows": 200, "display.max_colwidth": None}
OPTIONS |= {name: literal_eval(value) for name, value in SAID}
"""How tables of pandas are shown whole, and as text where that is done as the page says."""

WORST = ("<img src=x onerror=alert(1)>", '<base href="https://h.test/">', "$x^2$", r"$\foo$")
UNKNOWN = r"<img src=x onerror=alert(1)> $\foo$ [a](https://h.test/) <style>*{display:none}</style>"
HEAD = NOUNS["unit"]
CODES = {name: f"u{place:03d}" for place, name in enumerate(NAMES)}
RESULTS = (
    "index",
    "forecast",
    *(f"forecast.answer({CODES[name]!r}, 5)" for name in WORST),
    "forecast.compare('u000', 'u001')",
    "forecast.movers()",
    f"forecast.push({CODES[WORST[0]]!r})",
    f"forecast.plan({CODES[WORST[0]]!r}, 5)",
    f"index.parts({CODES[WORST[0]]!r}, draws=60)",
    "index.evaluate(['pool'], draws=60, min_editions=6)",
    f"dti.plot_trajectory(forecast.answer({CODES['$x^2$']!r}))",
    f"dti.report(forecast.answer({CODES['$x^2$']!r})).section(*sections)",
    "dti.report(forecast).section('opening', 'outlook', 'movers', 'chances', 'regions')",
)
FRAMES = ("index.units", "forecast.overview()", "index.units[['name']].style")
TOLD = (f"index.find({UNKNOWN!r})", f"warnings.warn({UNKNOWN!r})", f"print({UNKNOWN!r})")
LAST = "display(HTML('<p id=last>$x$</p>'))"
SETUP = """import warnings
import pandas as pd
from IPython.display import HTML
import dti_analysis as dti
index = dti.load_index()
forecast = index.forecast(draws=60)
"""
SECTIONS = ("opening", "trajectory", "chance", "needs", "neighbours", "profile", "method")
PICTURES_TELL = """name => {
    const pictures = [...document.querySelectorAll(".widget-vbox img")];
    return pictures.length === 3 && pictures.every(picture => picture.alt.includes(name));
}"""
READ = """cells => cells.slice(1).map(cell =>
    [...cell.querySelectorAll(".jp-OutputArea-output")].map(output => {
        // What JupyterLab adds to a heading is empty.
        const made = [...output.querySelectorAll("*:not(.numbering-entry)")];
        const names = made.map(element => element.tagName.toLowerCase());
        const read = output.cloneNode(true);
        read.querySelectorAll("style").forEach(style => style.remove());
        return [names, read.textContent];
    }))"""


def squeeze(text):
    return re.sub(r"\s+", "", text)


def list_parts(result):
    return result if isinstance(result, Section) else [result]


def write_notebook(file):
    options = "\n".join(f"pd.set_option({name!r}, {value!r})" for name, value in OPTIONS.items())
    setup = f"{SETUP}sections = {SECTIONS!r}\n{options}"
    explorer = "explorer = dti.explore('u000', index=index, draws=60)\nexplorer"
    sources = [setup, *RESULTS, *FRAMES, *TOLD, explorer, LAST]
    cells = [new_code_cell(source) for source in sources]
    for cell in cells:
        cell.metadata["tags"] = ["raises-exception"]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), file)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    root = make_project(folder / "work")
    write_notebook(root / "names.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DTI_ROOT", str(root))
        yield root


@pytest.fixture(scope="module")
def happened():
    return []


@pytest.fixture(scope="module")
def lab(browser, root, happened):  # noqa: F811
    """The notebook, all of its cells run and its mathematics set."""
    with open_notebook(browser, root.parent, "names.ipynb") as page:
        address = page.url.partition("/lab")[0]
        own = (address, address.replace("http", "ws"), "data:", "blob:")
        asked = page.context
        asked.on("request", lambda each: each.url.startswith(own) or happened.append(each.url))
        asked.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
        asked.on("page", lambda opened: happened.append(opened.url))
        run_all(page)
        page.locator("#last mjx-container").wait_for()
        yield page


@pytest.fixture(scope="module")
def shown(lab):
    """What each cell shows, by its source: elements and text of each output."""
    told = lab.locator(".jp-Notebook .jp-Cell").evaluate_all(READ)
    return dict(zip([*RESULTS, *FRAMES, *TOLD, "explorer", LAST], told, strict=True))


@pytest.fixture(scope="module")
def expected(root):
    """What each result is as HTML, part by part; the tests of its twin say what that is to be."""
    index = load_index()
    names = {"dti": dti, "index": index, "forecast": index.forecast(draws=60), "sections": SECTIONS}
    with pd.option_context(*(part for option in OPTIONS.items() for part in option)):
        results = {source: eval(source, names) for source in (*RESULTS, *FRAMES)}
        return {
            source: [part._repr_html_() for part in list_parts(result)]
            for source, result in results.items()
        }


@pytest.mark.parametrize("source", [*RESULTS, *FRAMES])
def test_results_and_tables_are_shown_letter_by_letter(shown, expected, source):
    assert len(shown[source]) == len(expected[source]) > 0
    for (elements, text), wanted in zip(shown[source], expected[source], strict=True):
        page = BeautifulSoup(wanted, "html.parser")
        assert squeeze(text) == squeeze(page.get_text())
        assert elements == [element.name for element in page.find_all()]


def test_tables_of_pandas_have_all_names(expected):
    for source in FRAMES:
        (table,) = expected[source]
        cells = [cell.text for cell in BeautifulSoup(table, "html.parser").select("td")]
        assert set(cells) >= set(NAMES)


@pytest.mark.parametrize("source", TOLD)
def test_what_is_told_is_text(shown, source):
    ((elements, text),) = shown[source]
    assert set(elements) <= {"pre", "span", "a"}
    assert squeeze(UNKNOWN)[:20] in squeeze(text)


def test_the_explorer_offers_and_shows_text(lab):
    page = BeautifulSoup(lab.locator(".jp-OutputArea .widget-vbox").inner_html(), "html.parser")
    labels = [label.text for label in page.select("label")]
    assert HEAD in labels
    assert {option["value"] for option in page.select("datalist option")} == set(NAMES)
    assert page.select("mjx-container, base, style, script, form, iframe") == []


@pytest.mark.parametrize("name", WORST)
def test_the_explorer_answers_on_any_name(lab, name):
    field = lab.get_by_role("combobox", name=HEAD, exact=True)
    field.fill(CODES[name])
    field.press("Enter")
    lab.get_by_role("status").filter(has_text=f"{name}: ").wait_for()
    lab.wait_for_function(PICTURES_TELL, arg=name)
    area = lab.locator(".jp-OutputArea .widget-vbox")
    assert field.input_value() == name
    assert area.locator("img:not([src^='data:']), mjx-container, base, style").count() == 0


def test_the_explorer_quotes_what_it_does_not_know(lab):
    field = lab.get_by_role("combobox", name=HEAD, exact=True)
    field.fill(UNKNOWN)
    field.press("Enter")
    alert = lab.get_by_role("alert").filter(has_text="is not known")
    alert.wait_for()
    assert UNKNOWN[:20] in alert.inner_text()
    assert alert.locator("*").count() == 0


def test_nothing_was_asked_for_and_nothing_happened(lab, shown, happened):
    assert happened == []
    assert lab.url.partition("?")[0].endswith("/lab/tree/names.ipynb")
    assert lab.locator("body > base, .jp-Notebook base, .jp-Notebook form").count() == 0
