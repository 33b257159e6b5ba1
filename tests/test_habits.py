"""What keeps the project in order beside its code: hooks, citation, pages written by a build."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import dti_analysis
from dti_analysis.root import PACKAGE, find_root
from dti_analysis.root import RAW as RAW_TABLES

ROOT = PACKAGE.parent
RAW = find_root() / RAW_TABLES
BINARIES = Path(sys.executable).parent


def test_tests_work_on_the_frozen_tables():
    frozen = ROOT / "tests/data/raw"
    assert not RAW.is_relative_to(ROOT)
    assert {file.name for file in RAW.iterdir()} == {file.name for file in frozen.iterdir()}
    for file in frozen.iterdir():
        assert (RAW / file.name).read_bytes() == file.read_bytes()


def test_hooks_fetch_nothing_and_are_those_of_the_environment():
    file = ROOT / ".pre-commit-config.yaml"
    subprocess.run([BINARIES / "pre-commit", "validate-config", file], check=True)
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert {repo["repo"] for repo in config["repos"]} == {"local"}
    for hook in config["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        folder, program = hook["entry"].split()[0].rsplit("/", 1)
        assert folder == ".venv/bin"
        assert (BINARIES / program).is_file()


def test_the_citation_is_of_this_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    # What the format asks for, and what may go out of date.
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"]
    assert citation["title"].startswith(f"{project['name']}: ")
    assert citation["authors"] == project["authors"]
    for field in ("version", "license"):
        assert citation[field] == project[field]


@pytest.fixture
def pages(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs/_ext")
    import pages

    return pages


def test_the_data_dictionary_has_every_field(pages):
    text = pages.write_reference()["data-dictionary.md"]
    for table in json.loads((RAW / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
        name = pages.escape(table["name"])
        section = text.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert pages.escape(table["description"]) in section
        rows = re.findall(r"(?m)^\| (?:\*\*)?([\w\\]+?)(?:\*\*)? \| \w", section)
        assert rows == [
            "field",
            *(pages.escape(field["name"]) for field in table["schema"]["fields"]),
        ]


def test_limits_of_a_field_are_told(pages):
    text = pages.write_reference()["data-dictionary.md"]
    assert "| **year** | integer, calendar year |" in text
    assert "*2020 to 2099*" in text
    assert "*two digits, such as 01; e.g. 77*" in text
    assert pages.tell_limits({"constraints": {"minimum": 0}}) == "from 0"
    assert pages.tell_limits({"constraints": {"maximum": 1}}) == "up to 1"
    assert pages.tell_limits({"constraints": {"enum": [63, 34]}}) == "63, 34"
    assert pages.tell_limits({}) == ""


def test_the_manifest_is_told_field_by_field(pages):
    text = pages.write_reference()["manifest.md"]
    assert "| `run.ended` | string or null | null while it works, or after it was killed. |" in text
    assert "| `reports.*.report.outputs[].sha256` | string |" in text
    assert '| `run.kernels` | "forked" or "cold" or null |' in text


def test_every_public_module_has_a_page(pages):
    listed = {name for modules in pages.list_modules().values() for name in modules}
    files = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in (ROOT / "dti_analysis").rglob("*.py")
        if file.name != "__init__.py" and not file.name.startswith("cli")
    }
    assert listed == files


def test_what_the_library_offers_is_documented(pages):
    text = pages.write_reference()["public.rst"]
    told = re.findall(r"(?m)^\.\. auto(class|function):: dti_analysis\.([\w.]+)$", text)
    offered = [name for name in dti_analysis.__all__ if name != "figures"]
    drawn = set(dti_analysis.figures.__all__) - set(offered)
    assert [name for _, name in told] == [
        *(sorted(offered)),
        *(f"figures.{name}" for name in sorted(drawn)),
    ]
    assert ("class", "Answer") in told
    assert ("function", "load_index") in told
