"""A project of another index: made from its panel, then used as the DTI's own is."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dti_analysis.config import Goal, Project, find_project, read_project
from dti_analysis.errors import DataError
from dti_analysis.forecasting.push import push_unit
from dti_analysis.project import start_project
from dti_analysis.reporting import own_index

UNITS = [f"Université {letter}" for letter in "ABCDEFGHIJKLMN"]
YEARS = range(2016, 2024)
DTI = Path(sys.executable).with_name("dti")


@pytest.fixture
def panel(tmp_path):
    rng = np.random.default_rng(1)
    level = rng.normal(50, 12, len(UNITS))
    lines = ["unit,year,score"]
    for year in YEARS:
        level = level + rng.normal(1, 4, len(UNITS))
        lines += [
            f"{unit},{year},{score:.2f}"
            for unit, score in zip(UNITS, level.clip(1, 99), strict=True)
        ]
    file = tmp_path / "ranking.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def dti(*arguments, cwd):
    environment = {name: value for name, value in os.environ.items() if name != "DTI_ROOT"}
    told = subprocess.run(
        [DTI, *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True
    )
    return told.returncode, told.stdout, told.stderr


def list_all(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_project_works_from_anywhere_in_it(tmp_path, panel):
    noun = ("--unit", "university", "universities")
    about = ("--name", "University Ranking", *noun, "--greatest", "100")
    code, out, err = dti("init", "mine", "--panel", panel, *about, cwd=tmp_path)
    assert (code, err) == (0, "")
    assert "University Ranking, 14 universities, 8 editions (2016 to 2023)" in out
    folder = tmp_path / "mine"
    assert (folder / "data/raw/panel.csv").read_bytes() == panel.read_bytes()
    with (folder / "index.toml").open("a", encoding="utf-8") as description:
        description.write('[[targets]]\nunit = "Université B"\nrank = 3\nyear = 2027\n')
    inside = folder / "notebooks"
    code, out, err = dti("check", cwd=inside)
    assert (code, err) == (0, "")
    assert "112 rows, no fault found" in out
    code, out, err = dti("forecast", "universite b", "--draws", "200", "--json", cwd=inside)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["province"] == "Université B"
    assert [(aim["target_rank"], aim["target_year"]) for aim in found["targets"]] == [(3, 2027)]
    assert found["forecast"][-1]["year"] == 2027
    last = found["forecast"][-1]["scores"]["high"]
    assert last["interval80"][1] <= 100
    code, out, _ = dti("compare", "Université A", "Université B", "--draws", "200", cwd=folder)
    assert code == 0
    assert "Université A ahead" in out
    assert dti("movers", "--draws", "200", cwd=folder)[0] == 0
    code, out, _ = dti("evaluate", "--draws", "50", "--model", "pool", cwd=folder)
    assert code == 0
    assert "Units ranked: 14" in out


@pytest.mark.parametrize(
    ("verb", "words"), [("push", "no main index of this index is known"), ("panel", "its own")]
)
def test_what_is_the_provinces_alone_is_refused(tmp_path, panel, verb, words):
    start_project(tmp_path / "mine", panel)
    more = ["Université A"] if verb == "push" else []
    code, out, err = dti(verb, *more, cwd=tmp_path / "mine")
    assert (code, out) == (2, "")
    assert words in err


def test_a_push_is_the_arithmetic_of_its_points(tmp_path):
    rng = np.random.default_rng(3)
    lines = ["unit,year,score,teaching,research"]
    for year in YEARS:
        for unit in UNITS:
            teaching, research = rng.uniform(20, 90, 2).round(2)
            score = 0.75 * teaching + 0.25 * research
            lines.append(f"{unit},{year},{score:.4f},{teaching},{research}")
    file = tmp_path / "panel.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    start_project(tmp_path / "mine", file, greatest=100)
    description = tmp_path / "mine/index.toml"
    with description.open("a", encoding="utf-8") as stream:
        stream.write("[points.2016]\nteaching = 300\nresearch = 100\n")
    index = read_project(tmp_path / "mine")
    found = push_unit(index, "Université C", target_rank=1, probability=0.9, draws=500)
    pushes = found.pushes.set_index("index")
    assert pushes["weight"].to_dict() == {"teaching": 0.75, "research": 0.25}
    need = pushes["gain"]
    assert need["research"] == pytest.approx(3 * need["teaching"])
    assert (pushes["chance"] - 0.9).abs().max() < 0.01
    assert pushes["is_feasible"].equals((pushes["start"] + need).le(100).rename("is_feasible"))
    code, out, err = dti("push", "Université C", "--index", "teaching", "--gain", "5", "--json",
                         "--draws", "300", cwd=tmp_path / "mine")  # fmt: skip
    assert (code, err) == (0, "")
    assert json.loads(out)["pushes"][0]["gain"] == 5
    code, _, err = dti("push", "Université C", "--index", "fame", cwd=tmp_path / "mine")
    assert code == 2
    assert "fame is not a main index. Known: teaching, research." in err
    told = description.read_text(encoding="utf-8").replace("research = 100", "fame = 100")
    description.write_text(told, encoding="utf-8")
    code, _, err = dti("check", cwd=tmp_path / "mine")
    assert code == 2
    assert 'expected the main index "fame" as a column' in err


def test_points_of_an_edition_are_the_last_ones_stated(panel):
    points = {2018: {"a": 1.0}, 2021: {"a": 1.0, "b": 2.0}}
    index = Project(panel, "x", "a", "b", "s", points=points)
    assert [dict(index.list_points(year)) for year in (2017, 2018, 2020, 2023)] == [
        {},
        {"a": 1.0},
        {"a": 1.0},
        {"a": 1.0, "b": 2.0},
    ]
    assert index.list_main_indices() == ("a", "b")


def test_outside_of_a_project_the_dti_is_worked_on():
    assert find_project() is None


def test_a_project_is_described_as_told(tmp_path, panel):
    made = start_project(
        tmp_path / "a", panel, 'The "best"', "school", "schools", "Source: us.", 100
    )
    assert made == read_project(tmp_path / "a")
    assert (made.name, made.unit, made.units) == ('The "best"', "school", "schools")
    assert (made.source, made.greatest, made.goals) == ("Source: us.", 100.0, ())
    assert list_all(tmp_path / "a") == [
        ".gitignore",
        "README.md",
        "data",
        "data/raw",
        "data/raw/panel.csv",
        "index.toml",
        "notebooks",
        "notebooks/unit_report.ipynb",
    ]
    readme = (tmp_path / "a/README.md").read_text(encoding="utf-8")
    assert '$ dti forecast "Université A"' in readme
    assert "schools" in readme


def test_a_target_may_be_uncommented(tmp_path, panel):
    start_project(tmp_path / "a", panel)
    file = tmp_path / "a/index.toml"
    lines = file.read_text(encoding="utf-8").splitlines()
    start = lines.index("# [[targets]]")
    lines[start:] = [line.removeprefix("# ") for line in lines[start:]]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert read_project(tmp_path / "a").goals == (Goal("Université A", 10, 2024),)


def test_a_taken_folder_is_left_alone(tmp_path, panel):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/mine.txt").write_text("mine")
    with pytest.raises(DataError, match="expected a new or empty folder"):
        start_project(tmp_path / "a", panel)
    with pytest.raises(DataError, match="expected a new or empty folder"):
        start_project(tmp_path / "a/mine.txt", panel)
    assert list_all(tmp_path / "a") == ["mine.txt"]
    with pytest.raises(DataError, match="Make that first"):
        start_project(tmp_path / "b/c", panel)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("unit,year\nA,2020\n", {}, "missing: score"),
        ("unit,year,score\nA,2020,50\nB,2020,101\n", {"greatest": 100}, "101 of B in 2020 is"),
        ("unit,year,score\nA,2020,-1\nB,2020,10\n", {"greatest": 100}, "outside 0 to 100"),
        ("unit,year,score\nA,2020,1\n", {"greatest": -3}, "expected greatest = a number above 0"),
        ("unit,year,score\nA,2020,1\n", {"unit": " "}, 'expected unit = "…"'),
    ],
)
def test_nothing_is_there_where_something_does_not_fit(tmp_path, text, options, words):
    file = tmp_path / "panel.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        start_project(tmp_path / "a", file, **options)
    assert list_all(tmp_path) == ["panel.csv"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("name = ", "cannot be read as TOML"),
        ("colour = 3", "colour is not known. Known: greatest, name,"),
        ("name = 3", 'expected name = "…", found 3'),
        ("greatest = true", "expected greatest = a number above 0, found True"),
        ("points = 3", r"expected points as \[points.2024\]"),
        ("points = {2024 = {a = 0}}", r"expected points as \[points.2024\]"),
        ("points = {now = {a = 1}}", r"expected points as \[points.2024\]"),
        ("targets = 3", r"expected \[\[targets\]\], found 3"),
        ('targets = [{unit = "A"}]', "expected targets as unit"),
        ('targets = [{unit = "A", rank = 1.5, year = 2030}]', "expected targets as unit"),
    ],
)
def test_a_faulty_description_is_told(tmp_path, line, words):
    texts = {"name": '"x"', "unit": '"a"', "units": '"b"', "source": '"s"'}
    key, _, value = line.partition(" = ")
    texts[key] = value
    told = "\n".join(f"{name} = {text}" for name, text in texts.items())
    (tmp_path / "index.toml").write_text(told, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_project(tmp_path)


def test_a_target_of_nobody_is_told(panel):
    index = Project(panel, "x", "a", "b", "s", goals=(Goal("Nobody", 1, 2030),))
    with pytest.raises(DataError, match='"Nobody", which is no unit'):
        _ = index.panel


def test_a_folder_without_a_description_is_told(tmp_path):
    with pytest.raises(DataError, match="See dti init"):
        read_project(tmp_path)


def test_reports_of_its_units_are_made_and_made_again_where_the_panel_changed(tmp_path, panel):
    folder = tmp_path / "mine"
    start_project(folder, panel, "University Ranking", "university", "universities", "Source: us.")
    asked = ("report", "universite a", "--draws", "300")
    both = ("--lang", "vi", "--lang", "en")
    code, out, err = dti(*asked, *both, cwd=folder)
    assert code == 0, out + err
    made = list_all(folder / "reports")
    assert [name for name in made if name.endswith(".html")] == [
        "index.en.html",
        "index.html",
        "universite-a.en.html",
        "universite-a.html",
    ]
    page = (folder / "reports/universite-a.en.html").read_text(encoding="utf-8")
    assert "Of the universities ranked around it" in page
    assert not re.search(r"rovince|\bDTI\b|\bnan\b|data/raw", page.split("<footer>")[0])
    listed = (folder / "reports/index.en.html").read_text(encoding="utf-8")
    assert "University Ranking" in listed
    assert 'href="universite-a.en.html"' in listed
    _, out, _ = dti(*asked, *both, "--dry-run", cwd=folder)
    assert "new" not in out
    assert "changed" not in out
    with (folder / "data/raw/panel.csv").open("a", encoding="utf-8") as table:
        table.write("Université A,2024,44.1\nUniversité C,2024,50\nUniversité D,2024,51\n")
    _, out, _ = dti(*asked, *both, "--dry-run", cwd=folder)
    assert "changed: parameters, data" in out or "changed: data" in out
    description = folder / "index.toml"
    told = description.read_text(encoding="utf-8").replace("University Ranking", "Ranking")
    description.write_text(told, encoding="utf-8")
    _, out, _ = dti(*asked, *both, "--dry-run", cwd=folder)
    assert "data" in out


def test_reports_have_names_of_their_own(tmp_path):
    names = ["大学", "C", "C++", "Ç", "Đà Nẵng"]
    lines = [f"{name},{year},{10 * n + year % 7}" for n, name in enumerate(names) for year in YEARS]
    file = tmp_path / "panel.csv"
    file.write_text("\n".join(["unit,year,score", *lines]) + "\n", encoding="utf-8")
    index = Project.of_panel(file)
    stems = [job.stem for job in own_index.plan(index, [], None, 50, 1).jobs]
    assert len(set(stems)) == len(names)
    assert stems[0] == "da-nang"  # the best first
    assert all(re.fullmatch(r"[a-z0-9-]+", stem) for stem in stems)
    again = own_index.plan(index, ["大学"], 2020, 50, 1).jobs
    assert [job.stem for job in again] == [f"{stems[-1]}-as-of-2020"]
    with pytest.raises(DataError, match='unit "Nobody" is not known'):
        own_index.plan(index, ["Nobody"], None, 50, 1)
