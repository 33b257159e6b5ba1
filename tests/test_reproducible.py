"""The same tables, JSON, figures and pages, whoever makes them, when, where and on how many cores.

Times at which something was done are blanked; nothing else may differ by a byte.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from city_project import write_panel, write_project
from frozen import CHECKOUT
from notebook_files import read_reports
from running import DTI

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs a library put before others")

# When a page over reports was made, for its readers.
DAY = re.compile(rb"(<time [^>]*>)[^<]*")
YEAR = 400 * 24 * 3600
HERE = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "LANG": "en_US.UTF-8", "PYTHONHASHSEED": "0"}
THERE = {
    **{"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "vi_VN.UTF-8", "LANG": "vi_VN.UTF-8"},
    **{"PYTHONHASHSEED": "12345", "CLOCK_SHIFT": str(YEAR), "MPLBACKEND": "Agg"},
}
COMMANDS = {
    "cities": (
        ("report", "Ash", "Elm", "Hazel", "--draws", "400"),
        ("forecast", "Ash", "--draws", "400", "--json", "--pmf", "out/chances.csv"),
        ("movers", "--draws", "400", "--json"),
        ("evaluate", "--draws", "50", "--model", "averaged_level", "--json", "out/record.json"),
    ),
    "dti": (
        ("panel",),
        ("report", "46", "--basis", "34", "--draws", "400"),
        ("forecast", "Huế", "--draws", "400", "--json"),
    ),
}


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """A library that sets the clock on; skipped where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    made = tmp_path_factory.mktemp("clock") / "clock.so"
    source = CHECKOUT / "tests/shifted_clock.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


def write_dti(folder: Path) -> None:
    shutil.copytree(CHECKOUT / "tests/data/raw", folder / "data/raw")
    shutil.copytree(CHECKOUT / "notebooks", folder / "notebooks")
    shutil.copy(CHECKOUT / "index.toml", folder)


def write_cities(folder: Path) -> None:
    write_project(folder, write_panel())


def run(folder: Path, name: str, jobs: int, **variables: str) -> dict[str, bytes]:
    """Run all commands in a new project; give what they print, and every file that they write."""
    {"cities": write_cities, "dti": write_dti}[name](folder)
    (folder / "out").mkdir()
    environment = {**os.environ, **variables, "PWD": str(folder)}
    del environment["DTI_ROOT"]
    found = {}
    for words in COMMANDS[name]:
        more = ("--jobs", str(jobs), "--output", "out") if words[0] == "report" else ()
        done = subprocess.run(
            [DTI, *words, *more], cwd=folder, env=environment, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()
        found[" ".join(words)] = done.stdout
    for part in ("out", "data/processed"):
        if (folder / part).is_dir():
            for file, content in read_reports(folder / part).items():
                found[f"{part}/{file}"] = DAY.sub(rb"\1<day>", content)
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_bytes(tmp_path, clock, name):
    # One name for both: paths stand in the executed notebooks.
    place = tmp_path / "project"
    one = run(place, name, 1, **HERE)
    place.rename(tmp_path / "first")
    other = run(place, name, 4, **THERE, LD_PRELOAD=str(clock))
    assert one.keys() == other.keys()
    endings = {Path(file).suffix for file in one}
    assert {".html", ".ipynb", ".csv", ".json"} < endings
    assert any(b"<svg" in content for content in one.values())
    differing = {file: find_difference(one[file], other[file]) for file in one}
    assert {file: found for file, found in differing.items() if found} == {}


def find_difference(one: bytes, other: bytes) -> tuple[bytes, bytes] | None:
    """Find where two contents part, with what stands around it."""
    if one == other:
        return None
    pairs = enumerate(zip(one, other, strict=False))
    at = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    return one[max(at - 60, 0) : at + 60], other[max(at - 60, 0) : at + 60]


def test_the_clock_is_another(clock):
    environment = {**os.environ, "CLOCK_SHIFT": str(YEAR), "LD_PRELOAD": str(clock)}
    ask = [sys.executable, "-c", "import datetime; print(datetime.datetime.now().year)"]
    here, there = (
        int(subprocess.run(ask, env=env, capture_output=True, check=True).stdout)
        for env in (os.environ, environment)
    )
    assert there > here
    assert re.fullmatch("[0-9]{4}", str(there))
