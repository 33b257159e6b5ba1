"""A notebook as a file's content, and back."""

import warnings

import nbformat
from jsonschema import ValidationError, validate
from nbformat import NotebookNode

from dti_analysis.errors import DataError
from dti_analysis.names import shorten

_TABLE = {"type": "object"}
_CELL = {
    "required": ["cell_type", "metadata", "source"],
    "properties": {
        "cell_type": {"enum": ["code", "markdown", "raw"]},
        "metadata": {**_TABLE, "properties": {"tags": {"type": "array"}}},
        "source": {"type": "string"},
    },
}
_SHAPE = {
    **_TABLE,
    "required": ["cells", "metadata"],
    "properties": {
        "metadata": {**_TABLE, "properties": {"kernelspec": _TABLE, "language_info": _TABLE}},
        "cells": {"type": "array", "items": {**_TABLE, **_CELL}},
    },
}
"""What is needed to run a notebook; nbformat's own schema refuses many that run."""


def parse_notebook(content: bytes, place: str) -> NotebookNode:
    """Read a notebook that people give, of any version, and as far as it is needed to run it.

    Parameters
    ----------
    content : bytes
        The file's content.
    place : str
        What people call it.

    Raises
    ------
    DataError
        If it is no notebook.
    """
    try:
        notebook = parse(content)
        validate(notebook, _SHAPE)
    except ValidationError as error:
        reason = error.message
    except Exception as error:  # for a file of another kind nbformat raises whatever comes
        reason = str(error) or type(error).__name__
    else:
        return notebook
    told = shorten(" ".join(reason.split()).rstrip("."))
    raise DataError(f"{place}: cannot be read as a notebook: {told}. Give one that Jupyter opens.")


def parse(content: bytes) -> NotebookNode:
    """Read a notebook from a file's content, and add what it has to have and can do without."""
    with warnings.catch_warnings():
        # Cells without ids get them; that needs no word.
        warnings.simplefilter("ignore")
        read = nbformat.reads(content.decode("utf-8-sig"), as_version=4)  # type: ignore[no-untyped-call]
    notebook: NotebookNode = nbformat.from_dict(read)  # type: ignore[no-untyped-call]
    if kernel := notebook.get("metadata", {}).get("kernelspec"):
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
