"""JupyterLab itself, for tests that run a notebook in the system's Chromium."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from waiting import PATIENCE, wait_for

TOKEN = "notebooks"


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


@contextmanager
def open_notebook(browser, folder, name):
    """Open a notebook of the folder `work` within another one, in a page that waits."""
    with serve(folder) as address:
        context = browser.new_context(viewport={"width": 1400, "height": 1600})
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        page.goto(f"{address}/lab/tree/{name}?token={TOKEN}")
        page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        page.get_by_text("| Idle").wait_for()
        yield page
        context.close()


def run_all(page):
    """Run all cells, and do not wait for them."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
