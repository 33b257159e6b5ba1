"""What a report is made from: told in its small print, and the key that says whether it is due."""

import glob
import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from dti_analysis.errors import DataError
from dti_analysis.files import hash_content, hash_files, hash_object
from dti_analysis.language import N_, _
from dti_analysis.root import PACKAGE, PACKED, list_tables

_PACKAGE = "dti_analysis"
_CHANGED = N_(" and local changes")


@dataclass(frozen=True)
class Inputs:
    """What all reports of a run are made from, apart from their notebook and its parameters."""

    data: str  # sha256 over the raw tables; empty where there are none
    library: str  # sha256 over the source of the library and its templates
    versions: Mapping[str, str]  # of Python, of the library and of what it depends on
    commit: str | None = None  # of the checkout, marked where files differ from it
    # sha256 of the files that people name as read, by their paths
    named: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Sums of what every report is made from."""
        named = {"files": hash_object(dict(self.named))} if self.named else {}
        return {
            "data": self.data,
            "library": self.library,
            "versions": hash_object(dict(self.versions)),
            **named,
        }

    def small_print(self) -> dict[str, str]:
        """Tell it in lines of label and value, in English; see `tell_small_print`."""
        versions = self.versions
        lines = {
            N_("Data"): f"sha256 {self.data[:16]}" if self.data else "",
            N_("Version"): ", ".join(
                f"{name} {versions[name]}"
                for name in (_PACKAGE, "python", "numpy", "pandas", "papermill", "statsmodels")
                if name in versions
            ),
            N_("Library"): f"sha256 {self.library[:16]}",
            N_("Commit"): self.commit or "",
        }
        return {label: value for label, value in lines.items() if value}


@dataclass(frozen=True)
class Reads:
    """What a notebook read."""

    # sum of each by its path from the notebook's folder; empty if written to meanwhile
    files: Mapping[str, str] = field(default_factory=dict)
    unwatched: tuple[str, ...] = ()  # what no later run can look at: addresses, other processes


def tell_small_print(lines: Mapping[str, str]) -> dict[str, str]:
    """Tell lines of small print, whose labels are in English, in the language spoken."""
    return {
        _(label): value.replace(_CHANGED, _(_CHANGED)) for label, value in lines.items() if value
    }


def describe_inputs(root: Path) -> Inputs:
    """Tell the data and code of a project apart from those of any other report."""
    return Inputs(hash_data(root), hash_library(), read_versions(), read_commit(root))


def hash_data(root: Path) -> str:
    """Sum up the raw tables of a project, and what describes them; empty text if there are none."""
    tables = [file for file in list_tables(root) if file.exists()]
    return hash_object(hash_files(tables)) if tables else ""


def hash_library() -> str:
    """Sum up the source of the library and its templates."""
    named = {file.relative_to(PACKAGE): file for file in sorted(PACKAGE.rglob("*"))}
    left_out = {"__pycache__", PACKED.name}
    return hash_object(
        {
            name.as_posix(): hash_content(file.read_bytes())
            for name, file in named.items()
            if file.is_file() and left_out.isdisjoint(name.parts)
        }
    )


def hash_named(patterns: Iterable[str]) -> dict[str, str]:
    """Sum up the files that patterns name, by their paths; each, ``data/**/*.csv``, names one."""
    found: dict[str, str] = {}
    for pattern in patterns:
        files = [name for name in glob.glob(pattern, recursive=True) if Path(name).is_file()]  # noqa: PTH207
        if not files:
            raise DataError(f"--input {pattern}: there is no such file. Quote it for the shell.")
        found |= {name: hash_read(Path(name)) or "" for name in files}
    return dict(sorted(found.items()))


def hash_read(path: Path, since: float | None = None) -> str | None:
    """Sum up a file that may be large, or the names in a folder; None if nothing can be read.

    It is empty if a file was written to since a time, in seconds as file systems count them.
    """
    try:
        if path.is_dir():
            hidden = ("__pycache__", ".")
            return hash_object(sorted(n for n in os.listdir(path) if not n.startswith(hidden)))  # noqa: PTH208
        if not path.is_file():
            return None
        with path.open("rb") as file:
            is_changed = since is not None and os.fstat(file.fileno()).st_mtime > since
            return "" if is_changed else hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@cache
def read_versions() -> Mapping[str, str]:
    """Tell the versions of Python, of the library, and of what it depends on."""
    asked = [_PACKAGE]
    for requirement in importlib.metadata.requires(_PACKAGE) or []:
        if "extra ==" not in requirement:
            asked += re.findall(r"^[A-Za-z0-9._-]+", requirement)
    found = {name: importlib.metadata.version(name) for name in sorted(asked)}
    return {"python": platform.python_version(), **found}


def read_commit(root: Path) -> str | None:
    """Name the commit of a checkout, marked where files differ from it; None if there is none."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    told = subprocess.run(
        [git, "-C", str(root), "describe", "--always", "--exclude=*", f"--dirty={_CHANGED}"],
        capture_output=True,
        text=True,
        check=False,
    )
    # A repository without any commit is no fault of the report.
    return told.stdout.strip() if told.returncode == 0 else None
