"""The explorer in JupyterLab itself, in the system's Chromium."""

import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from browsing import browser, pytestmark  # noqa: F401
from waiting import PATIENCE, wait_for

from dti_analysis.root import NOTEBOOKS, find_root

TOKEN = "explorer"
PICTURES_TELL = """words => {
    const pictures = [...document.querySelectorAll(".jp-OutputArea img")];
    return pictures.length === 3 && pictures.every(picture => picture.alt.includes(words));
}"""


@contextmanager
def serve(folder):
    """Run JupyterLab on a free port with nothing of the user's own, and leave no process behind."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        name: str(folder / "own" / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    options = {"port_retries": 0, "root_dir": folder / "work"}
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    command += [f"--IdentityProvider.token={TOKEN}", "--LabApp.extension_manager=readonly"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with (folder / "log.txt").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: server.poll() is not None or is_up(f"{address}/api/status?token={TOKEN}"))
        if server.poll() is not None:
            pytest.fail(f"JupyterLab did not start:\n{(folder / 'log.txt').read_text()}")
        yield address
    finally:
        server.terminate()  # by which it shuts its kernels down
        try:
            server.wait(PATIENCE)
        finally:
            server.kill()  # kernels end by themselves once their server is gone


def is_up(address):
    try:
        urlopen(address, timeout=PATIENCE).close()
    except (URLError, OSError):
        return False
    return True


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):  # noqa: F811
    """The notebook in JupyterLab, all of its cells run."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "work").mkdir()
    shutil.copy(find_root() / NOTEBOOKS / "explorer.ipynb", folder / "work")
    with serve(folder) as address:
        context = browser.new_context(viewport={"width": 1400, "height": 1600})
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        page.goto(f"{address}/lab/tree/explorer.ipynb?token={TOKEN}")
        page.get_by_text("Explore by hand").last.wait_for()
        page.get_by_text("| Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.get_by_label("Province").wait_for()
        yield page
        context.close()


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
