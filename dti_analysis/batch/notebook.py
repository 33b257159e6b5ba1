"""A notebook as a file's content, and back."""

import json
import warnings
from typing import Any

import nbformat
from jsonschema import ValidationError, validate
from nbformat import NotebookNode

from dti_analysis.errors import DataError, tell_mismatch
from dti_analysis.names import shorten

_TABLE = {"type": "object"}
_TEXT = {"type": "string"}
_NAMED = {**_TABLE, "properties": {"name": _TEXT, "display_name": _TEXT}}
_OUTPUTS = {"type": "array", "items": {**_TABLE, "required": ["output_type"]}}
_SOURCE = {"type": ["string", "array"], "items": _TEXT}
_WRITTEN = {
    **_TABLE,
    "properties": {
        "nbformat": {"type": "integer"},
        "metadata": _TABLE,
        "cells": {
            "type": "array",
            "items": {
                **_TABLE,
                "properties": {"metadata": _TABLE, "source": _SOURCE, "outputs": _OUTPUTS},
            },
        },
    },
}
"""What nbformat can read, of any version, without a traceback."""
_CELL = {
    "required": ["cell_type", "metadata", "source"],
    "properties": {
        "cell_type": {"enum": ["code", "markdown", "raw"]},
        "metadata": {**_TABLE, "properties": {"tags": {"type": "array", "items": _TEXT}}},
        "source": _TEXT,
        "outputs": _OUTPUTS,
    },
}
_SHAPE = {
    **_TABLE,
    "required": ["cells", "metadata"],
    "properties": {
        "metadata": {**_TABLE, "properties": {"kernelspec": _NAMED, "language_info": _NAMED}},
        "cells": {"type": "array", "items": {**_TABLE, **_CELL}},
    },
}
"""What is needed to run a notebook; nbformat's own schema refuses many that run."""


def parse_notebook(content: bytes, place: str) -> NotebookNode:
    """Read a notebook that people give, of any version, and as far as it is needed to run it.

    What is no notebook is refused; `place` is what people call it.
    """
    try:
        told = json.loads(content.decode("utf-8-sig"))
        validate(told, _WRITTEN)
        json.dumps(told, ensure_ascii=False).encode()
        notebook = parse(content)
        validate(notebook, _SHAPE)
    except ValidationError as error:
        reason = _tell(error)
    except UnicodeDecodeError:
        reason = "it is not in UTF-8"
    except UnicodeEncodeError:
        reason = "it holds half a letter, which is no text"
    except (json.JSONDecodeError, RecursionError):
        reason = "it is not JSON"
    except Exception as error:  # for a file of another kind nbformat raises whatever comes
        reason = str(error) or type(error).__name__
    else:
        return notebook
    problem = shorten(" ".join(reason.split()).rstrip("."))
    raise DataError(
        f"{place}: cannot be read as a notebook: {problem}. Give one that Jupyter opens."
    )


def _tell(error: ValidationError) -> str:
    """Say where in a notebook something is wrong, and what; cells are counted from 1."""
    keys = [key for key in error.absolute_path if key != "cells"]
    place = ", ".join(f"cell {key + 1}" if isinstance(key, int) else key for key in keys[:2])
    return f"{place}: {tell_mismatch(error)}" if place else tell_mismatch(error)


def parse(content: bytes) -> NotebookNode:
    """Read a notebook from a file's content, and add what it has to have and can do without."""
    with warnings.catch_warnings():
        # Cells without ids get them; that needs no word.
        warnings.simplefilter("ignore")
        read = nbformat.reads(content.decode("utf-8-sig"), as_version=4)  # type: ignore[no-untyped-call]
    notebook: NotebookNode = nbformat.from_dict(read)  # type: ignore[no-untyped-call]
    kernel: Any = notebook.get("metadata", {}).get("kernelspec")
    if kernel is not None:
        kernel.setdefault("display_name", kernel.setdefault("name", "python3"))
    for cell in notebook.get("cells", []):
        if cell.get("cell_type") == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
    return notebook


def serialise(notebook: NotebookNode) -> bytes:
    """Write a notebook out as a file's content."""
    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return text.encode()
