"""environment.yml (conda) and pyproject.toml (pip) ask for the same packages."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


def parse_requirement(text):
    name, bound = re.fullmatch(r"([A-Za-z0-9._-]+)\s*(.*)", text).groups()
    return re.sub(r"[-_.]+", "-", name).lower(), bound


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def environment():
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_same_packages_and_bounds(project, environment):
    asked_by_pip = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
        *project["optional-dependencies"]["docs"],
        f"python{project['requires-python']}",
        "pip",  # conda needs it for the last entry
    ]
    asked_by_conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    assert sorted(map(parse_requirement, asked_by_conda)) == sorted(
        map(parse_requirement, asked_by_pip)
    )


def test_conda_environment_installs_the_project_last(environment):
    assert environment["name"] == "dti_analysis"
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"][-1] == {"pip": ["-e .[browser]"]}


@pytest.mark.parametrize(
    "name", ["jupyterlab", "pandas", "seaborn", "statsmodels", "papermill", "nbval"]
)
def test_conda_environment_has_what_users_rely_on(name, environment):
    entries = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    assert name in {parse_requirement(entry)[0] for entry in entries}


def test_constraints_pin_every_dependency_and_nothing_else_but_versions(project):
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    odd = [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)]
    assert odd == []
    extras = project["optional-dependencies"]
    asked = [
        *project["dependencies"],
        *(text for extra in ("browser", "dev", "docs") for text in extras[extra]),
    ]
    missing = {parse_requirement(text)[0] for text in asked} - {
        parse_requirement(line)[0] for line in pins
    }
    assert missing == set()
