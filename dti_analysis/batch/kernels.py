"""Which interpreter a notebook is for: this one, or that of an ordinary kernel."""

import json
import sys
from pathlib import Path
from typing import Any

from dti_analysis.errors import DataError
from dti_analysis.files import show_path

_OURS = ("", "python", "python3")
"""Names that stand for whatever Python there is."""


def choose_kernel(notebook: Path, content: bytes, *, is_ordinary: bool = False) -> str | None:
    """Choose what runs a notebook.

    Parameters
    ----------
    notebook : Path
        Named in messages.
    content : bytes
        What is in it.
    is_ordinary : bool
        Whether to run it in a kernel even where this interpreter would do.

    Returns
    -------
    str or None
        Name of an installed kernel; None for this interpreter. A kernel of Python that is not
        installed here is taken for this interpreter under the name that it has elsewhere.

    Raises
    ------
    DataError
        If the notebook is for another language whose kernel is not installed.
    """
    try:
        metadata = _find(json.loads(content), "metadata")
    except ValueError:  # no notebook, as whoever checks its parameters says
        return None
    spec = _find(metadata, "kernelspec")
    name = str(spec.get("name") or "")
    language = spec.get("language") or _find(metadata, "language_info").get("name") or "python"
    is_python = str(language).lower() == "python"
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


def _find(mapping: Any, key: str) -> dict[str, Any]:
    found = mapping.get(key) if isinstance(mapping, dict) else None
    return found if isinstance(found, dict) else {}
