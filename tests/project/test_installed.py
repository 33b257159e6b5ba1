"""The wheel, installed where the checkout is not seen, used in an empty folder."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from frozen import CHECKOUT


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with the wheel, and what the tests' own has of others, not the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, CHECKOUT]
    subprocess.run([*pip, *build], check=True)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    program = environment / "bin/python"
    install = ["--python", program, "install", "--no-deps", "--no-index", wheel]
    subprocess.run([*pip, *install], check=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    # After its own, and without what .pth files add there, such as the checkout.
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return environment


@pytest.fixture(scope="module")
def user(installed, tmp_path_factory):
    """An empty folder, an empty home, and a way to run a program there."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "home").mkdir()
    (folder / "work").mkdir()

    def run(*arguments, at="work", **variables):
        environment = {
            "PATH": f"{installed / 'bin'}:/usr/bin:/bin",
            "HOME": str(folder / "home"),
            # Pages' frames lie beside the packages that they belong to.
            "JUPYTER_PATH": str(Path(sys.prefix, "share/jupyter")),
            "PYTHONDONTWRITEBYTECODE": "1",
            **variables,
        }
        told = subprocess.run(
            [*map(str, arguments)],
            cwd=folder / at,
            env={name: value for name, value in environment.items() if value is not None},
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in told.stderr
        return told

    return run


@pytest.fixture(scope="module", autouse=True)
def untouched(installed):
    """Nothing is written to the environment, whoever may."""
    before = look_up(installed)
    yield
    assert look_up(installed) == before


def look_up(folder):
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() or path.is_dir()
    }


@pytest.fixture(scope="module")
def work(user, tmp_path_factory):
    return Path(user("pwd").stdout.strip())


def list_all(folder):
    return sorted(path.name for path in folder.iterdir())


def test_it_is_the_wheel_that_is_tried(user, installed):
    code = "import dti_analysis as dti; print(dti.__file__); print(len(dti.load_index().units))"
    told = user("python", "-c", code)
    assert (told.returncode, told.stderr) == (0, "")
    place, count = told.stdout.split()
    assert Path(place).is_relative_to(installed)
    assert count == "63"
    assert user("dti", "--version").stdout == "dti, version 1.0.0\n"


def test_a_forecast_leaves_nothing_but_a_cache(user, work):
    told = user("dti", "forecast", "BR-VT", "--draws", "500")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("Bà Rịa - Vũng Tàu: rank among the 63")
    assert list_all(work) == []
    (cache,) = (work.parent / "home/.cache/dti_analysis").iterdir()
    assert {"panel.parquet", "panel.csv", "conflicts.csv"} <= set(list_all(cache))
    told = user("dti", "panel")
    assert told.stdout == f"~/.cache/dti_analysis/{cache.name}: 485 rows.\n"
    elsewhere = user("dti", "panel", XDG_CACHE_HOME=str(work.parent / "caches"))
    assert elsewhere.stdout == f"{work.parent}/caches/dti_analysis/{cache.name}: 485 rows.\n"


@pytest.mark.parametrize(
    "variables",
    [
        {"HOME": "/dev/null"},
        {"XDG_CACHE_HOME": "/dev/null/caches"},
        {"HOME": None, "XDG_CACHE_HOME": "/dev/null"},
    ],
    ids=str,
)
def test_without_a_cache_it_works_and_says_so_once(user, work, variables):
    told = user("dti", "forecast", "BR-VT", "--draws", "500", **variables)
    assert told.returncode == 0
    assert told.stdout.startswith("Bà Rịa - Vũng Tàu: rank among the 63")
    (line,) = told.stderr.splitlines()
    assert "cannot be written to. What is built of the tables is not kept" in line
    refused = user("dti", "panel", **variables)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "there is no folder to keep it in" in refused.stderr


def test_the_tables_are_read_and_not_changed(user):
    told = user("dti", "check")
    assert (told.returncode, told.stderr) == (0, "")
    assert "data/raw: no fault found." in told.stdout
    edition = ("table.csv", "--year", "2025", "--basis", "34", "--source", "https://dti.gov.vn")
    for arguments in (("check", "--accept"), ("import", "--draft", *edition)):
        refused = user("dti", *arguments)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "belong to the installed package" in refused.stderr
        assert "Clone the repository" in refused.stderr
        assert "dti init DIR --panel FILE.csv" in refused.stderr


@pytest.mark.parametrize("home", [True, False], ids=["home", "no home"])
def test_a_report_goes_to_the_working_folder(user, work, home):
    output = "reports" if home else "others"
    variables = {} if home else {"HOME": "/dev/null"}
    asked = ("BR-VT", "--lang", "en", "--draws", "200", *(() if home else ("--output", output)))
    told = user("dti", "report", *asked, **variables)
    assert (told.returncode, told.stdout) == (0, f"{output}/index.html: 1 of 1 good.\n")
    manifest = json.loads((work / output / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["run"]["status"] == "finished"
    assert manifest["run"]["kernels"] == "forked"
    made = json.loads((work / output / "63/77-ba-ria-vung-tau.en.ipynb").read_text("utf-8"))
    outputs = [output for cell in made["cells"] for output in cell.get("outputs", [])]
    assert [output for output in outputs if output["output_type"] == "stream"] == []
    status = user("dti", "status", *(() if home else ("--output", output)))
    assert "Reports 1: 1 good, 0 failed" in status.stdout
    again = user("dti", "report", *asked, **variables)
    assert "0 built, 1 unchanged" in again.stderr


def test_the_notebooks_are_copied_and_run(user, work, installed):
    told = user("dti", "notebooks", "nb")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("Next: cd nb; jupyter lab\n")
    assert list_all(work / "nb") == list_all(CHECKOUT / "notebooks")
    run = [sys.executable.replace(sys.prefix, str(installed)), "-m", "papermill"]
    settings = ("-p", "unit", "Huế", "-p", "draws", "200", "--no-progress-bar")
    told = user(*run, "unit_report.ipynb", "out.ipynb", *settings, at="work/nb")
    assert told.returncode == 0, told.stderr
    assert (work / "nb/out.ipynb").is_file()
    refused = user("dti", "notebooks", "nb")
    assert refused.returncode == 2
    assert refused.stderr == "Error: nb: expected a new or empty folder. Name another.\n"


def test_another_index_is_a_project_of_its_own(user, work):
    cities = CHECKOUT / "docs/cities.csv"
    told = user("dti", "init", "cities", "--panel", cities, "--subset")
    assert (told.returncode, told.stderr) == (0, "")
    assert "Next: cd cities; dti check; dti report --all" in told.stdout
    told = user("dti", "report", "Hazel", "--draws", "200", at="work/cities")
    assert (told.returncode, told.stdout) == (0, "reports/index.html: 1 of 1 good.\n")
    assert list_all(work / "cities") == [
        *(".gitignore", "README.md", "data", "index.toml", "notebooks", "reports")
    ]
    assert list_all(work / "cities/data") == ["processed", "raw"]
    refused = user("dti", "notebooks", "../more", at="work/cities")
    assert refused.returncode == 2
    assert "notebooks there would be about DTI, not cities." in refused.stderr
    assert user("dti", "notebooks", "more", at="work/cities").returncode == 0
    assert len(list_all(work / "cities/more")) == 3
