"""Which interpreter a notebook is for: this one, or that of an ordinary kernel."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from traitlets.config import Config

from dti_analysis.errors import DataError
from dti_analysis.files import show_path

DRAFT = "draft.ipynb"
"""What papermill stores of a notebook in an ordinary kernel while it runs."""

_NEVER = 10**7  # seconds
# A socket's path holds 104 bytes on macOS and 108 on Linux, its last ones "-ipc-5" and a zero.
_LONGEST_SOCKET = 96

_OURS = ("", "python", "python3")
"""Names that stand for whatever Python there is."""


def choose_kernel(notebook: Path, content: bytes, *, is_ordinary: bool = False) -> str | None:
    """Choose the kernel that runs a notebook; None for this interpreter, unless `is_ordinary`.

    A kernel of Python that is not installed here is taken for this interpreter under the name that
    it has elsewhere; one of another language is refused.
    """
    try:
        metadata = _find(json.loads(content), "metadata")
    except ValueError:  # no notebook, as whoever checks its parameters says
        return None
    name = str(_find(metadata, "kernelspec").get("name") or "")
    language = find_language(metadata)
    is_python = language == "python"
    if name in _OURS and is_python:
        return "python3" if is_ordinary else None
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    kernels: Any = KernelSpecManager()
    try:
        program = Path(kernels.get_kernel_spec(name).argv[0])
    except NoSuchKernel:
        if is_python:
            return "python3" if is_ordinary else None
        raise DataError(
            f"{show_path(notebook)}: its kernel {name or language} is not installed. "
            f"Installed: {', '.join(sorted(kernels.find_kernel_specs())) or 'none'}."
        ) from None
    # Two environments may share an interpreter, so links are not followed.
    is_this = is_python and program.absolute() == Path(sys.executable).absolute()
    return None if is_this and not is_ordinary else name


def find_language(metadata: Mapping[str, Any]) -> str:
    """Find the language that a notebook is in, by its metadata; Python where they say nothing."""
    stated = _find(metadata, "kernelspec").get("language")
    return str(stated or _find(metadata, "language_info").get("name") or "python").lower()


def describe_kernel(folder: Path, home: Path) -> dict[str, Any]:
    """Describe an ordinary kernel that works at `home` to papermill, as settings of its engine.

    Kernels choose ports before they bind them, and then take each other's. Sockets in a private
    folder cannot be mistaken; it also takes a draft of the notebook with the cells that are done.
    The limit of time is that of the report: a machine that is busy fails nothing.
    """
    file = folder / "kernel.json"
    is_short = os.name == "posix" and len(os.fsencode(file)) <= _LONGEST_SOCKET
    transport = {"connection_file": str(file), "transport": "ipc" if is_short else "tcp"}
    return {
        "output_path": str(folder / DRAFT),
        "resources": {"metadata": {"path": str(home)}},
        "start_timeout": _NEVER,
        "iopub_timeout": _NEVER,
        "shutdown_kernel": "immediate",
        "config": Config(KernelManager=transport),
    }


def _find(mapping: Any, key: str) -> dict[str, Any]:
    found = mapping.get(key) if isinstance(mapping, dict) else None
    return found if isinstance(found, dict) else {}
