"""Serves tests, doctests and notebooks alike: all work on the frozen project."""

import os
import shutil

from frozen import make_project

# Before any of them is imported, and once: the workers of xdist inherit their controller's.
OWN = None if "PYTEST_XDIST_WORKER" in os.environ else make_project()


def pytest_unconfigure() -> None:
    """Remove it."""
    if OWN is not None:
        shutil.rmtree(OWN, ignore_errors=True)
