"""Where a project lies, and where in it tables, notebooks and what is made of them are."""

import logging
import os
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from dti_analysis.config import CONFIG
from dti_analysis.errors import escape
from dti_analysis.files import (
    can_write,
    find_working_folder,
    hash_files,
    hash_object,
    show_path,
    tell_provenance,
)

PACKAGE = Path(__file__).resolve().parent
PACKED = PACKAGE / "dti"
"""The DTI's own project where the package is installed; a checkout has it around the package."""
RAW = Path("data", "raw")
PROCESSED = Path("data", "processed")
NOTEBOOKS = Path("notebooks")
REPORTS = Path("reports")

_log = logging.getLogger(__name__)


def find_root() -> Path:
    """Find the project to work on: that of `find_project`, else the DTI."""
    return find_project() or find_dti()


def find_project() -> Path | None:
    """Find the project that you are in, or named; None elsewhere, and in the installed package.

    It is what the environment variable ``DTI_ROOT`` names; else the working folder, or the nearest
    one above, that has an ``index.toml``.
    """
    named = os.environ.get("DTI_ROOT")
    root = Path(named) if named else find_above(find_working_folder())
    return None if root is None or is_installed(root) else root


def is_installed(path: Path) -> bool:
    """Say whether a path is a part of the installed package, which nobody is to write to."""
    return path.resolve().is_relative_to(PACKED)


def find_reports() -> Path:
    """Find where reports go: to the project that you are in, or to the working folder elsewhere."""
    return (find_project() or find_working_folder()) / REPORTS


def find_dti() -> Path:
    """Find the project of the DTI, as the package carries it or as it lies around it."""
    return PACKED if PACKED.is_dir() else PACKAGE.parent


def find_above(folder: Path) -> Path | None:
    """Find the nearest folder with a project, readable or not, from one upwards."""
    places = (folder, *folder.parents)
    return next((at for at in places if os.path.lexists(at / CONFIG)), None)


def find_built(root: Path) -> Path | None:
    """Find where what is built of a project is kept.

    That is its ``data/processed``; where that cannot be written to, or is in the installed package,
    a folder among the user's caches, one for each state of the tables and of the library; None,
    which is told, where there is no such place either.
    """
    own = root / PROCESSED
    if not is_installed(root) and can_write(own):
        return own
    try:
        caches = user_cache_path("dti_analysis")
    except RuntimeError:  # there is no home
        caches = Path("~/.cache/dti_analysis")
    if caches.is_absolute() and can_write(caches):
        return caches / hash_object(tell_provenance(hash_files(list_tables(root))))[:16]
    _tell_once(
        f"{show_path(caches)}: cannot be written to. What is built of the tables is not kept, so "
        "that every command takes longer; XDG_CACHE_HOME names another folder."
    )
    return None


@cache
def _tell_once(message: str) -> None:
    _log.info(escape(message))


def list_tables(root: Path) -> list[Path]:
    """List the files that the panels of a project are built from."""
    return [root / CONFIG, *(root / RAW).glob("*.csv"), *(root / RAW).glob("*.json")]
