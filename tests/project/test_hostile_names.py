"""Nothing that a user types or a file holds steers a terminal."""

import json
import re
import unicodedata

import pandas as pd
import pytest

from dti_analysis.errors import DataError
from dti_analysis.project import read_index

SIGNS = [
    "\x1b[31m",
    "\x1b]0;x\x07",
    "\r",
    "\t",
    "\x7f",
    "\x9b2J",
    "\u200e",
    "\u202e",
    "\u2066",
    "\u061c",
]
STEERING = re.compile("[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def tabulate(**changed):
    table = pd.DataFrame(
        {"unit": ["A", "B", "C"] * 3, "year": [2020] * 3 + [2021] * 3 + [2022] * 3}
    )
    table = table.assign(score=[1.0, 2, 3, 1, 3, 2, 2, 1, 3])
    for column, value in changed.items():
        table[column] = [value, *table.get(column, pd.Series([""] * 9))[1:]]
    return table


def require_plain(result, code=2):
    assert result.exit_code == code, result.output
    for text in (result.stdout, result.stderr):
        assert not STEERING.search(text)
        assert all(sign == "\n" or unicodedata.category(sign) != "Cc" for sign in text)


@pytest.fixture
def panel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tabulate().to_csv("panel.csv", index=False)
    return "panel.csv"


@pytest.mark.parametrize("sign", SIGNS)
def test_no_command_prints_what_steers(dti, panel, tmp_path, sign):
    name = f"x{sign}y"
    for number, column in enumerate(("unit", "code", "region")):
        file = tmp_path / f"{number}.csv"
        tabulate(**{column: name}).to_csv(file, index=False, quoting=1)
        with pytest.raises(DataError, match="expected plain text"):
            read_index(file)
        require_plain(dti("forecast", "A", "--panel", file))
        require_plain(dti("init", "mine", "--panel", file))
    require_plain(dti(name))
    require_plain(dti(f"--{sign}"))
    require_plain(dti("forecast", name, "--panel", panel))
    require_plain(dti("forecast", "A", name, "--panel", panel))
    require_plain(dti("forecast", "A", "--panel", f"{name}.csv"))
    require_plain(dti("forecast", "A", "--measure", name, "--panel", panel))
    require_plain(dti("forecast", "A", "--model", name, "--panel", panel))
    require_plain(dti("forecast", "A", "--panel", panel, "--pmf", f"{name}/x.csv"))
    require_plain(dti("forecast", "Huế", "--basis", name))
    require_plain(dti("check", name))
    require_plain(dti("status", "--output", name))
    require_plain(dti("report", name))
    for option in (("--name", name), ("--unit", name, "many"), ("--source", name)):
        require_plain(dti("init", "mine", "--panel", panel, *option))
        assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("sign", ["\x1b[31m", "\u202e", "\x9b"])
def test_a_file_whose_name_steers_is_read_and_its_name_written_out(dti, panel, tmp_path, sign):
    file = tmp_path / f"x{sign}y.csv"
    (tmp_path / panel).rename(file)
    require_plain(dti("forecast", "A", "--panel", file, "--draws", "50"), 0)
    result = dti("forecast", "A", "--panel", file, "--draws", "50", "--json")
    require_plain(result, 0)
    json.loads(result.stdout)
    require_plain(dti("init", f"to{sign}", "--panel", file), 0)


@pytest.mark.parametrize("sign", ["\\u001b[31m", "\\u202e", "\\u009b"])
@pytest.mark.parametrize(
    "line", ['unit = "{}"', 'labels.vi.A = "{}"', 'labels.vi."{}" = "x"', '"{}" = 1']
)
def test_a_description_that_steers_is_refused(dti, panel, tmp_path, monkeypatch, line, sign):
    text = 'name = "N"\nunits = "units"\nsource = "S"\n' + line.format(sign)
    (tmp_path / "index.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("DTI_ROOT", str(tmp_path))
    result = dti("check")
    require_plain(result)
    assert "expected plain text" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("{}",),
        ("forecast", "{}"),
        ("compare", "A", "{}"),
        ("push", "A", "--component", "{}"),
        ("forecast", "A", "--measure", "{}"),
        ("forecast", "A", "--model", "{}"),
        ("forecast", "A", "--draws", "{}"),
        ("forecast", "A", "{}"),
        ("forecast", "A", "--{}"),
    ],
)
def test_what_is_typed_is_not_quoted_whole(dti, panel, arguments):
    typed = [each.format("x" * 20_000) for each in arguments]
    result = dti(*typed, *(["--panel", panel] if len(typed) > 1 else []))
    require_plain(result)
    assert len(result.stderr) < 500


@pytest.mark.parametrize("column", ["unit", "year", "score", "score_status", "code"])
def test_what_a_file_holds_is_not_quoted_whole(dti, panel, tmp_path, column):
    long = "x" * 20_000
    tabulate(**{column: long}).to_csv(tmp_path / "long.csv", index=False)
    for command in ("forecast", "C"), ("forecast", long[1:]):
        result = dti(*command, "--panel", "long.csv", "--draws", "20")
        assert len(result.stderr) < 2000
    pd.DataFrame({long: [1]}).to_csv(tmp_path / "head.csv", index=False)
    assert len(dti("forecast", "A", "--panel", "head.csv").stderr) < 500
