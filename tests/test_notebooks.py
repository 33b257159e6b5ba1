"""The notebooks as their users run them: papermill's own command, from any folder."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from dti_analysis.root import NOTEBOOKS, find_root

FOLDER = find_root() / NOTEBOOKS
FILES = sorted(FOLDER.glob("*.ipynb"))


def run_papermill(notebook, output, *parameters):
    command = [sys.executable, "-m", "papermill", notebook, output, "--log-level", "ERROR"]
    for name, value in parameters:
        command += ["-p", name, str(value)]
    return subprocess.run(command, cwd=output.parent, capture_output=True, text=True, check=False)


def texts(notebook):
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return "\n".join(o["data"].get("text/plain", "") for o in outputs if "data" in o)


@pytest.mark.parametrize(
    ("name", "parameters", "expected"),
    [
        (
            "unit_report",
            [("unit", "BR-VT"), ("origin_year", 2021)],
            [
                "Top 20 in 2022",
                "20\u202f%",
                "it came 28th",
                "No component of Bà Rịa - Vũng Tàu is published for 2021",
                "Chance of Bà Rịa - Vũng Tàu to be ahead of each neighbour in 2022",
                "chances of a top-20 place among the 63 between 20 and 40\u202f% that this method",
            ],
        ),
        (
            "unit_report",
            [("unit", "TP. Hồ Chí Minh"), ("basis", 34)],
            [
                "4th of 34",
                "official target, stated 2025",
                "Bình Dương, Bà Rịa - Vũng Tàu and the former Ho Chi Minh City",
                "Gains on all components at once, for an even chance of the top 3 in 2025",
                "averaged into the 34",
                "of a top-3 place among the 34",
            ],
        ),
        (
            "unit_report",
            [("unit", "Hưng Yên"), ("basis", 34), ("origin_year", 2021), ("target_rank", 10)],
            ["no published rank up to 2021", "of those expected around it", "Top 10 in 2022"],
        ),
        (
            "unit_report",
            [("draws", 300)],
            ["Hà Nội: rank 4 in the DTI of 2024", "What was forecast for 2024, and what came"],
        ),
        (
            "model_evaluation",
            [],
            [
                "3 origins prove little",
                "Top 20 in 2022: 20\u202f%; it came 28th.",
                "Chances by what was said, and how many came true",
            ],
        ),
        (
            "model_evaluation",
            [("model", "random_walk"), ("horizon", 1), ("draws", 300)],
            ["that random walk itself", "189 in 3 pairs of origin and outcome"],
        ),
        (
            "model_evaluation",
            [("basis", 34), ("draws", 300)],
            ["lets every province move", "204 in 6 pairs of origin and outcome"],
        ),
        (
            "overview",
            [("basis", 63)],
            [
                "The 63 provinces in the DTI, as of 2024",
                "The likeliest to leave the top 10 by 2025",
            ],
        ),
        (
            "overview",
            [("basis", 34), ("origin_year", 2021), ("draws", 500)],
            ["Too few ranks up to 2021", "no paths to compare"],
        ),
        (
            "01_data",
            [],
            ["All 63 ranks are known for 3 of 5", "2,658 statements", "Infrastructure weighs more"],
        ),
        (
            "02_trajectories",
            [],
            ["Ranks correlate 0.82", "drew together in 1 of 2", "slope −0.34", "rose most from"],
        ),
        (
            "03_forecast",
            [("draws", 500)],
            ["29th of 63", "futures drawn are in the top 20", "it came 28th", "came true"],
        ),
        (
            "03_forecast",
            [("unit", "Hà Giang"), ("target_rank", 50), ("draws", 300)],
            ["no published rank up to 2021", "Top 50 in 2022"],
        ),
        (
            "04_push",
            [("draws", 500)],
            [
                "≈ 10 places: greater than all 30 seen",
                "not a causal claim",
                "economic activities from 0.606",
                "at once",
            ],
        ),
        (
            "05_merger",
            [("draws", 500)],
            ["the mean of 3 futures spans", "joint draws", "Coverage", "All 612 chances"],
        ),
        (
            "06_own_index",
            [("draws", 300)],
            ["16th of 63", "Top 5 in 2025", "against Hải Phòng", "as of 2023", "can-tho.en.html"],
        ),
        (
            "explorer",
            [
                ("unit", "Huế"),
                ("basis", 34),
                ("origin_year", 0),
                ("lang", "vi"),
                ("draws", 300),
            ],
            ["theo DTI năm 2024", "hạng 2 trong 34"],
        ),
    ],
)
def test_papermill_runs_it_from_any_folder(tmp_path, name, parameters, expected):
    output = tmp_path / "out.ipynb"
    done = run_papermill(FOLDER / f"{name}.ipynb", output, *parameters)
    assert done.returncode == 0, done.stderr
    told = texts(nbformat.read(output, as_version=4))
    for phrase in expected:
        assert phrase in told


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_notebooks_are_thin_and_clean(file):
    notebook = nbformat.read(file, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.metadata.get("tags") for cell in code].count(["parameters"]) == 1
    for cell in code:
        assert cell.outputs == []
        assert cell.execution_count is None
        assert len(cell.source.splitlines()) <= 10
        assert "def " not in cell.source
        assert "class " not in cell.source
        assert str(Path.home()) not in cell.source


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.stem[0].isdigit()], ids=lambda file: file.stem
)
def test_teaching_notebooks_read_as_pages(file):
    notebook = nbformat.read(file, as_version=4)
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert prose[0].startswith("# ")
    assert sum(text.startswith("## ") for text in prose) >= 4
    # Numbers in prose would not follow the parameters; editions, bases and names may stand.
    allowed = r"\b(20\d\d|63|34|1 July|0\d_\w+)\b|\[.*?\]\(.*?\)|beyond 1, the end"
    for text in prose:
        assert re.findall(r"\d+", re.sub(allowed, "", text)) == [], text
