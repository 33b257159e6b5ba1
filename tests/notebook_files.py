"""Notebooks written for a test, and what a run made of them."""

import re
from pathlib import Path

import nbformat
from nbformat import v4

PARAMETERS = """\
province: str = "Huế"  # any spelling
draws: int = 10  # joint futures [0, 1000000]
basis: int = 63  # former or current {63, 34}
share: float = 0.5
is_short = False"""

# A cell that does not end.
HANG = "import threading; threading.Event().wait()"
HANG_IF_DRAWS = "import threading\nif draws: threading.Event().wait()"

_STAMP = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?"
    rb"|[\d/-]{10}, \d\d:\d\d:\d\d \S+ \d\d:\d\d:\d\d"
)


def write_notebook(path: Path, *cells: str) -> Path:
    notebook = v4.new_notebook(
        cells=[
            v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}),
            *map(v4.new_code_cell, cells),
        ],
        metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}
        },
    )
    notebook.metadata["language_info"] = {"name": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def list_files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


def read_files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in list_files(folder)}


def read_reports(folder: Path) -> dict[str, bytes]:
    """All but the record, with time stamps blanked."""
    files = read_files(folder)
    files.pop("manifest.json", None)
    return {name: _STAMP.sub(b"<time>", content) for name, content in files.items()}


def list_outputs(notebook):
    """Outputs of every code cell, without the numbers they were run under."""
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
