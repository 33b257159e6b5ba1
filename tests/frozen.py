"""A throw-away project for tests, doctests and notebooks, made from the tables of tests/data/raw.

These are frozen: a fact that is added to data/raw changes no figure that a test expects.
"""

import os
import shutil
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def make_project() -> Path:
    """Make it, and have this process and those that it starts work on it."""
    root = Path(tempfile.mkdtemp(prefix="dti-tests-"))
    shutil.copytree(CHECKOUT / "tests/data/raw", root / "data/raw")
    for name in ("notebooks", "index.toml"):
        (root / name).symlink_to(CHECKOUT / name)
    os.environ["DTI_ROOT"] = str(root)
    from dti_analysis.project import load_panels

    load_panels(root)  # builds them
    return root
