"""The explorer in JupyterLab itself, in the system's Chromium."""

import shutil

import pytest
from browsing import browser, pytestmark  # noqa: F401
from laboratory import open_notebook, run_all

from dti_analysis.root import NOTEBOOKS, find_root

PICTURES_TELL = """words => {
    const pictures = [...document.querySelectorAll(".jp-OutputArea img")];
    return pictures.length === 3 && pictures.every(picture => picture.alt.includes(words));
}"""


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):  # noqa: F811
    """The notebook in JupyterLab, all of its cells run."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "work").mkdir()
    shutil.copy(find_root() / NOTEBOOKS / "explorer.ipynb", folder / "work")
    with open_notebook(browser, folder, "explorer.ipynb") as page:
        run_all(page)
        page.get_by_label("Province").wait_for()
        yield page


def read_pictures(page):
    return [picture.get_attribute("alt") for picture in page.locator(".jp-OutputArea img").all()]


def say(page, words):
    """Wait until the headline says this."""
    page.get_by_role("status").filter(has_text=words).wait_for()


def choose(page, label, value):
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Enter")


# A choice made while the last one is still being drawn comes in another thread of the kernel.
def test_all_that_is_shown_follows_what_is_chosen(lab):
    say(lab, "Top 20 in 2022 is rather unlikely: 20\u202f%")
    lab.wait_for_function(PICTURES_TELL, arg="Bà Rịa - Vũng Tàu")
    first = read_pictures(lab)
    choose(lab, "Province", "can tho")
    say(lab, "Cần Thơ was 15th of 63")
    lab.wait_for_function(PICTURES_TELL, arg="Cần Thơ")
    second = read_pictures(lab)
    assert lab.get_by_label("Province").input_value() == "Cần Thơ"
    choose(lab, "Rank to reach", "5")
    say(lab, "Top 5 in 2022")
    lab.wait_for_function(PICTURES_TELL, arg="top 5")
    third = read_pictures(lab)
    assert len({*first, *second, *third}) == 9
    lab.get_by_label("Among").select_option("34 provinces")
    say(lab, "Cần Thơ: rank among the 34")
    choose(lab, "Province", "Atlantis")
    alert = lab.get_by_role("alert").filter(has_text='"Atlantis" is not known')
    alert.wait_for()
    lab.wait_for_function("() => !document.querySelector('.jp-OutputArea img')")
    assert lab.get_by_text("Traceback").count() == 0


def test_it_is_accessible(lab):
    from axe_playwright_python.sync_playwright import Axe

    lab.get_by_label("Among").select_option("34 provinces")
    choose(lab, "Province", "hue")
    say(lab, "Huế: rank among the 34")
    lab.wait_for_function(PICTURES_TELL, arg="Huế")
    # What JupyterLab puts around it is not the explorer's.
    found = Axe().run(lab, context=".jp-OutputArea .widget-vbox").response
    assert len(found["passes"]) > 5
    assert [rule["id"] for rule in found["violations"]] == []
