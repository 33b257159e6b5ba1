"""The system's Chromium, offline, for tests that look at pages."""

import os
import shutil
from importlib.util import find_spec

import pytest
from waiting import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
REMEDY = "Chromium, or the extra `browser`, is missing: apt-get install chromium; make env"
pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not (CHROMIUM and find_spec("axe_playwright_python")),
    reason=REMEDY,
)

# No sandbox, since containers run as root; nothing that would call home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    assert CHROMIUM, REMEDY
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=1000 * PATIENCE
        )
        yield chromium
        chromium.close()
