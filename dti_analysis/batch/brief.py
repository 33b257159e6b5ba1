"""A brief: the page of a report that stands alone in a meeting, taken from the same notebook."""

import copy
from functools import cache
from pathlib import Path

from nbformat import NotebookNode

from dti_analysis.batch.notebook import parse_notebook
from dti_analysis.errors import DataError

WHOLE, FIGURE, ONLY = "brief", "brief-figure", "brief-only"
"""Tags of cells that stand on a brief whole, with their first figure, and nowhere else."""

_TAGS = {WHOLE, FIGURE, ONLY}


def has_brief(notebook: NotebookNode) -> bool:
    """Tell whether a notebook says what stands on its brief."""
    return any(_TAGS & _list_tags(cell) for cell in notebook.cells)


def check_brief(notebook: Path) -> None:
    """Refuse a notebook that does not say what stands on its brief, by tags of its cells."""
    if not _says(notebook.read_bytes(), notebook.name):
        raise DataError(
            f"{notebook.name} says of no cell that it stands on a brief: tag cells "
            f"{WHOLE}, {FIGURE} or {ONLY}, or leave the format brief out."
        )


@cache  # all reports of a run may be of one notebook
def _says(content: bytes, place: str) -> bool:
    return has_brief(parse_notebook(content, place))


def take_brief(notebook: NotebookNode, *, is_first: bool = False) -> NotebookNode:
    """Take what stands on the brief out of a notebook that was executed, which is left as it is.

    All the rest follows it, as in a PDF, if `is_first`. The metadata of its first cell say
    ``opens_brief``, and those of its last, which may be the same, ``closes_brief``.
    """
    brief = [_take(cell) for cell in notebook.cells if _TAGS & _list_tags(cell)]
    for place, cell in enumerate(brief):
        cell.metadata["tags"] = []
        cell["id"] = f"brief-{place}"  # the same cell may follow with all that it tells
    brief[0].metadata["opens_brief"] = brief[-1].metadata["closes_brief"] = True
    rest = [cell for cell in notebook.cells if not {WHOLE, ONLY} & _list_tags(cell)]
    taken = copy.copy(notebook)
    taken.cells = brief + rest * is_first
    return taken


def _list_tags(cell: NotebookNode) -> set[str]:
    return set(cell.metadata.get("tags", []))


def _take(cell: NotebookNode) -> NotebookNode:
    taken = copy.deepcopy(cell)
    if FIGURE in _list_tags(cell):
        taken.outputs = [output for output in taken.outputs if _is_figure(output)][:1]
    return taken


def _is_figure(output: NotebookNode) -> bool:
    data = output.get("data", {})
    is_image = any(kind.startswith("image/") for kind in data)
    return is_image or "".join(data.get("text/html", "")).startswith("<figure")
