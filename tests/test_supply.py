"""What the project stands on is told, and what it is licensed under goes with it."""

import re
import tomllib
from importlib import metadata

import pytest
import yaml
from frozen import CHECKOUT

PAGE = (CHECKOUT / "docs/dependencies.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def name_all(requirements):
    return {re.match(r"[\w.-]+", text)[0] for text in requirements}


def read_tables():
    """Name, licence, extras and reason of each package on the page."""
    parts = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    own = [part for part in parts if part[0] != "package" and not re.match(r"\d", part[1])]
    return {part[0]: part[1:] for part in own}


def test_each_dependency_is_named_with_its_licence_and_reason():
    asked = name_all(PROJECT["dependencies"]).union(*map(name_all, EXTRAS.values()))
    told = read_tables()
    assert set(told) == asked
    assert all(all(parts) for parts in told.values())


def test_the_extras_of_each_are_those_that_bring_it():
    for name, parts in read_tables().items():
        extras = set(re.findall(r"`(\w+)`", parts[1])) if len(parts) > 2 else set()
        assert extras == {extra for extra, asked in EXTRAS.items() if name in name_all(asked)}


@pytest.mark.parametrize("name", sorted(name_all(PROJECT["dependencies"])))
def test_licences_are_those_the_packages_state(name):
    stated = metadata.metadata(name)
    told = " ".join(
        [
            stated.get("License-Expression") or stated.get("License") or "",
            *stated.get_all("Classifier", []),
        ]
    )
    kind = read_tables()[name][0].replace("-like", "").partition("-")[0].partition(" ")[0]
    words = {"PSF": "Python Software Foundation", "MPL": "MPL"}
    assert words.get(kind, kind) in told


def test_no_dependency_is_without_use():
    """Each is imported somewhere, but for JupyterLab, which people open."""
    folders = ("dti_analysis", "notebooks")
    files = [file for folder in folders for file in (CHECKOUT / folder).rglob("*.*")]
    code = "\n".join(
        file.read_text(encoding="utf-8") for file in files if file.suffix in {".py", ".ipynb"}
    )
    modules = {"beautifulsoup4": "bs4", "pillow": "PIL"}
    unused = {
        name
        for name in name_all(PROJECT["dependencies"])
        if not re.search(rf"(import|from) {modules.get(name, name.replace('-', '_'))}\b", code)
    }
    assert unused == {"jupyterlab"}


def test_the_look_up_is_dated_and_says_what_it_could_not():
    assert re.search(r"Looked up on \d{4}-\d{2}-\d{2}, for the \d+ pins", PAGE)
    pins = (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").lower().replace("-", "_")
    rows = re.findall(r"(?m)^\| ([\w-]+) \| ([\d.]+) \| ([\d.]+) \|", PAGE)
    assert len(rows) > 5
    for name, pinned, mended in rows:
        assert f"{name.lower().replace('-', '_')}=={pinned}\n" in pins
        assert tuple(map(int, mended.split("."))) <= tuple(map(int, pinned.split(".")))


def test_how_to_report_is_told():
    told = (CHECKOUT / "SECURITY.md").read_text(encoding="utf-8")
    headings = ["## What is defended", "## What is not", "## How to report"]
    assert re.findall(r"(?m)^## .*", told) == headings


def test_the_changelog_begins_with_this_version_and_its_day():
    told = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    version, day = re.search(r"(?m)^## \[(.+)\] - (.+)$", told).groups()
    citation = yaml.safe_load((CHECKOUT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (version, day) == (PROJECT["version"], citation["date-released"])


def test_the_licence_is_a_file_of_the_wheel():
    assert PROJECT["license-files"] == ["LICENSE"]
    assert (CHECKOUT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")
