"""A small project of another index: five cities, six editions, two components."""

import json
from pathlib import Path

import numpy as np
from frozen import CHECKOUT

from dti_analysis.root import RAW

NOUNS = {"name": "City Index", "unit": "city", "units": "cities", "source": "office"}
CITIES = ("Ash", "Birch", "Cedar", "Elm", "Hazel")
YEARS = range(2018, 2024)
SCALE = """max_score = 100
[weights.2018]
trees = 1
birds = 1
"""


def write_panel(years: range = YEARS) -> str:
    """Write the panel, with a column of notes and a blank one that nothing reads."""
    rng = np.random.default_rng(5)
    lines = ["unit,year,score,trees,birds,notes,blanks"]
    for city, level in zip(CITIES, range(30, 80, 10), strict=True):
        for year in years:
            trees, birds = (level + rng.uniform(-9, 9, 2)).round(1)
            lines.append(f"{city},{year},{(trees + birds) / 2:.2f},{trees},{birds},fine,")
    return "\n".join(lines) + "\n"


def describe(**told: object) -> str:
    """Write plain lines of a description."""
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in told.items())


def write_project(folder: Path, panel: str) -> None:
    """Write the project, its notebooks being those of this checkout."""
    (folder / RAW).mkdir(parents=True)
    (folder / RAW / "panel.csv").write_text(panel, encoding="utf-8")
    (folder / "index.toml").write_text(describe(**NOUNS) + SCALE, encoding="utf-8")
    (folder / "notebooks").symlink_to(CHECKOUT / "notebooks")
