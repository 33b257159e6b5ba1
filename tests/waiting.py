"""Waiting for what is to happen, instead of for as long as it usually takes."""

import time

import pytest

PATIENCE = 300
"""Seconds after which a test gives up: a slow machine makes tests slower, never red."""


def wait_for(condition):
    """Wait until it holds, and hand back what it then says."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > end:
            pytest.fail(f"nothing came of it in {PATIENCE} s")
        time.sleep(0.05)
    return found
