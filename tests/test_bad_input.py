"""Bad input by the hundred: one clear message each, exit code 2, and nothing is written.

The rows are in bad_input, a table for each kind.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from bad_input import (
    command_lines,
    descriptions,
    environments,
    notebooks,
    packages,
    parameters,
    tables,
)
from city_project import NOUNS, describe, write_panel, write_project
from click.testing import CliRunner
from nbformat import v4, write
from running import DTI

from dti_analysis import cli
from dti_analysis.root import RAW, find_root

LONGEST = 500
STAMP = re.compile(r"(?m)^\S+Z [0-9a-f]{8} ")
ENDS = (".\n", "?\n", ")\n", "--all\n", "--draft\n")


@pytest.fixture(scope="session")
def panel() -> str:
    return write_panel()


@pytest.fixture
def project(tmp_path, monkeypatch, panel):
    """The project of five cities, as the working folder."""
    write_project(tmp_path, panel)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.delenv("DTI_ROOT")
    return tmp_path


def put(file: Path, content: str | bytes | None) -> None:
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogatepass")
    if content is not None:
        file.write_bytes(content)
    else:
        file.unlink(missing_ok=True)


def snapshot(folder: Path) -> dict[str, bytes | None]:
    found = {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
    return {path.relative_to(folder).as_posix(): content for path, content in found.items()}


def require(words: str | None, *arguments: str) -> None:
    """Run the command in the working folder: it is to say `words` alone, and to change nothing."""
    before = snapshot(Path())
    result = CliRunner().invoke(cli.main, arguments)
    if words is None:
        assert result.exit_code == 0, result.output
        return
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert snapshot(Path()) == before
    assert result.stderr.count("Error: ") == 1
    usage, _, told = STAMP.sub("", result.stderr).rpartition("Error: ")
    assert re.fullmatch(r"(Usage: .*\n(Try .*\n)?\n)?", usage), "more than one message"
    pattern = ".*".join(map(re.escape, words.split(" ~ ")))
    assert re.search(pattern, told), f"expected {words}, found {told}"
    assert told.endswith(ENDS), "a message is a sentence, or ends with what to type"
    if told.count("\n") > 1:  # each row at fault has its own
        assert {line[:6] for line in told.splitlines()} == {told[:6]}
        told = told.splitlines()[0]
    assert len(told) <= LONGEST
    assert not re.search(r"Traceback|Exception|(?<!\| )\bNone\b|<class|object at 0x", told)


def name_rows(rows):
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


@pytest.mark.parametrize(
    ("name", "content", "words"), [pytest.param(*row, id=row[0]) for row in tables.ROWS]
)
def test_tables(project, name, content, words):
    put(project / "t.csv", content)
    put(project / "out.csv", "old")
    options = tables.OPTIONS.get(name.rpartition(", ")[2], ())
    target = ("--target-rank", "1", "--draws", "20", "--pmf", "out.csv")
    require(words, "forecast", "Ash", "--panel", "t.csv", *options, *target)


@pytest.mark.parametrize(("text", "words"), name_rows(descriptions.ROWS))
def test_descriptions(project, text, words):
    put(project / "out.csv", "old")
    if isinstance(text, str):
        told = re.findall(r"(?m)^(\w+) = ", text.partition("[")[0])
        text = describe(**{key: noun for key, noun in NOUNS.items() if key not in told}) + text
    put(project / "index.toml", text)
    ask = ("forecast", "Ash", "--target-rank", "1", "--draws", "20", "--pmf", "out.csv")
    if words is None:
        require(None, *ask)
        return
    require(words, *ask)
    require(words, "report", "--all", "--output", "out")


def change(descriptor, path, value):
    """Put a value at a path of keys of a data package; a table is found by its name."""
    *path, last = path
    at = descriptor
    for key in path:
        tables_ = at.get("resources", []) if isinstance(at, dict) else []
        named = [table for table in tables_ if table["name"] == key]
        at = named[0] if named else at[key]
    if value is packages.GONE:
        del at[last]
    else:
        at[last] = value


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return shutil.copytree(find_root() / RAW, tmp_path_factory.mktemp("dti") / "raw")


@pytest.mark.parametrize(("how", "words"), name_rows(packages.ROWS))
def test_packages(raw, monkeypatch, how, words):
    monkeypatch.chdir(raw.parent)
    file = raw / "datapackage.json"
    whole = file.read_bytes()
    if isinstance(how, tuple):
        told = json.loads(whole)
        change(told, *how)
        how = json.dumps(told, ensure_ascii=False).encode()
    put(file, how)
    try:
        require(words, "check", "raw", "--accept")
    finally:
        file.write_bytes(whole)


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = v4.new_code_cell(parameters.CELL, metadata={"tags": ["parameters"]})
    write(v4.new_notebook(cells=[cell]), tmp_path / "n.ipynb")
    return tmp_path / "n.ipynb"


@pytest.mark.parametrize(("given", "words"), name_rows(parameters.GIVEN))
def test_parameters(notebook, given, words):
    require(words, "report", "--notebook", "n.ipynb", "--output", "out", "-p", given)


@pytest.mark.parametrize(("content", "words"), name_rows(parameters.OVER))
def test_tables_of_parameters(notebook, content, words):
    put(notebook.with_name("t.csv"), content)
    more = ("--dry-run",) if words is None else ()
    require(words, "report", "--notebook", "n.ipynb", "--output", "out", "--over", "t.csv", *more)


@pytest.mark.parametrize(("content", "words"), name_rows(notebooks.ROWS))
def test_notebooks(tmp_path, monkeypatch, content, words):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "n.ipynb", content)
    more = ("--dry-run",) if words is None else ()
    require(words, "report", "--notebook", "n.ipynb", "--output", "out", *more)


@pytest.mark.parametrize(
    ("line", "words"), [pytest.param(*row, id=ascii(row[0][:60])) for row in command_lines.ROWS]
)
def test_command_lines(project, line, words):
    require(words, *shlex.split(line))


# --- surroundings, in processes of their own

FORECAST = ("forecast", "Hazel", "--target-rank", "1", "--draws", "20")


def call(folder: Path, **variables: str | None) -> tuple[int, str, str]:
    told = {**os.environ, "DTI_ROOT": None, **variables}
    environment = {name: value for name, value in told.items() if value is not None}
    done = subprocess.run([DTI, *FORECAST], cwd=folder, env=environment, capture_output=True)
    return done.returncode, done.stdout.decode("utf-8-sig"), done.stderr.decode()


@pytest.fixture(scope="module")
def place(tmp_path_factory, panel):
    folder = tmp_path_factory.mktemp("places") / "plain"
    write_project(folder, panel)
    return folder


@pytest.fixture(scope="module")
def answer(place):
    code, told, _ = call(place)
    assert code == 0
    return told


@pytest.mark.parametrize(("variables", "words"), name_rows(environments.VARIABLES))
def test_variables(place, answer, variables, words):
    before = snapshot(place)
    code, told, err = call(place, **variables)
    assert "Traceback" not in err
    assert snapshot(place) == before
    if words is None:
        assert (code, told) == (0, answer), err
    else:
        assert (code, told, err) == (2, "", f"Error: {words}\n")


@pytest.mark.parametrize("name", environments.FOLDERS)
def test_folders(tmp_path, panel, answer, monkeypatch, name):
    folder = tmp_path / name
    write_project(folder, panel)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DTI_ROOT")
    result = CliRunner().invoke(cli.main, FORECAST)
    assert (result.exit_code, result.stdout, result.stderr) == (0, answer, "")
    require("t.csv: expected a panel, found no such file.", "forecast", "Ash", "--panel", "t.csv")


def test_a_folder_that_is_gone(tmp_path):
    line = f'mkdir gone; cd gone; rmdir ../gone; "{DTI}" {shlex.join(FORECAST)}'
    environment = {name: value for name, value in os.environ.items() if name != "DTI_ROOT"}
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Error: the working folder is gone. Change to one that is there.\n"
