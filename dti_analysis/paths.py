"""Where things are. Nothing here writes, or reads what a file holds."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
DESCRIPTION = "index.toml"
"""Name of the file at the top of a project of another index; see `dti_analysis.config`."""


def find_root() -> Path:
    """Find the project to work on.

    Returns
    -------
    Path
        What the environment variable ``DTI_ROOT`` names; else the working folder, or the nearest
        one above, that has an index of its own; else the checkout that this library is in.
    """
    if "DTI_ROOT" in os.environ:
        return Path(os.environ["DTI_ROOT"])
    here = Path.cwd()
    own = (folder for folder in (here, *here.parents) if (folder / DESCRIPTION).is_file())
    return next(own, PACKAGE.parent)


ROOT = find_root()
RAW = ROOT / "data" / "raw"
PROCESSED = ROOT / "data" / "processed"
NOTEBOOKS = ROOT / "notebooks"
REPORTS = ROOT / "reports"
