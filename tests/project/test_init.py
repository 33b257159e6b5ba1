"""A project of another index: made from its panel, then used as the DTI's own is."""

import itertools
import json
import re
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from frozen import CHECKOUT
from killing import kill_at
from running import call, list_all

from dti_analysis import project
from dti_analysis.errors import DataError, OutputError
from dti_analysis.project import (
    SHARED_NOTEBOOKS,
    copy_notebooks,
    load_config,
    load_index,
    read_index,
    start_project,
)

UNITS = [f"Université {letter}" for letter in "ABCDEFGHIJKLMN"]
YEARS = range(2016, 2024)


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


def test_a_project_works_from_anywhere_in_it(tmp_path, panel):
    noun = ("--unit", "university", "universities")
    about = ("--name", "University Ranking", *noun, "--max-score", "100")
    code, out, err = call("init", "mine", "--panel", panel, *about, cwd=tmp_path)
    assert (code, err) == (0, "")
    assert "University Ranking, 14 universities, 8 editions (2016 to 2023)" in out
    folder = tmp_path / "mine"
    assert (folder / "data/raw/panel.csv").read_bytes() == panel.read_bytes()
    with (folder / "index.toml").open("a", encoding="utf-8") as description:
        description.write('[[targets]]\nunit = "Université B"\nrank = 3\nyear = 2027\n')
    inside = folder / "notebooks"
    code, out, err = call("check", cwd=inside)
    assert (code, err) == (0, "")
    assert "112 rows, no fault found" in out
    code, out, err = call("forecast", "universite b", "--draws", "200", "--json", cwd=inside)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["unit"], found["index"]) == ("Université B", "University Ranking")
    assert [(aim["target_rank"], aim["target_year"]) for aim in found["targets"]] == [(3, 2027)]
    last = found["forecast"][-1]
    assert last["year"] == 2027
    assert 0 <= last["score"]["interval80"][0] <= last["score"]["interval80"][1] <= 100
    code, out, _ = call("compare", "Université A", "Université B", "--draws", "200", cwd=folder)
    assert code == 0
    assert "Chances that Université A is ahead of Université B" in out
    assert call("movers", "--draws", "200", cwd=folder)[0] == 0
    code, out, _ = call("evaluate", "--draws", "50", "--model", "pool", cwd=folder)
    assert code == 0
    assert "Units ranked: 14" in out


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("push", "no component of ranking is known: give their weights in"),
        ("plan", "no component of ranking is known: give their weights in"),
        ("panel", "there is nothing to build"),
    ],
)
def test_what_needs_more_than_a_panel_is_refused(tmp_path, panel, verb, words):
    start_project(tmp_path / "mine", panel)
    more = ["Université A"] if verb in {"push", "plan"} else []
    code, out, err = call(verb, *more, cwd=tmp_path / "mine")
    assert (code, out) == (2, "")
    assert words in err


def test_a_push_is_the_arithmetic_of_its_weights(tmp_path):
    rng = np.random.default_rng(3)
    lines = ["unit,year,score,teaching,research"]
    for year in YEARS:
        for unit in UNITS:
            teaching, research = rng.uniform(20, 90, 2).round(2)
            score = 0.75 * teaching + 0.25 * research
            lines.append(f"{unit},{year},{score:.4f},{teaching},{research}")
    file = tmp_path / "panel.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    start_project(tmp_path / "mine", file, max_score=100)
    description = tmp_path / "mine/index.toml"
    with description.open("a", encoding="utf-8") as stream:
        stream.write("[weights.2016]\nteaching = 300\nresearch = 100\n")
    forecast = load_index(root=tmp_path / "mine").forecast(draws=500)
    found = forecast.push("Université C", target_rank=1, probability=0.9)
    pushes = found.pushes.set_index("component")
    assert pushes["weight"].to_dict() == {"teaching": 0.75, "research": 0.25}
    need = pushes["gain"]
    assert need["research"] == pytest.approx(3 * need["teaching"])
    assert (pushes["chance"] - 0.9).abs().max() < 0.01
    assert pushes["is_feasible"].equals((pushes["start"] + need).le(100).rename("is_feasible"))
    asked = ("--component", "teaching", "--gain", "5", "--json", "--draws", "300")
    code, out, err = call("push", "Université C", *asked, cwd=tmp_path / "mine")
    assert (code, err) == (0, "")
    assert json.loads(out)["pushes"][0]["gain"] == 5
    code, _, err = call("push", "Université C", "--component", "fame", cwd=tmp_path / "mine")
    assert code == 2
    assert "fame is not a component" in err
    assert "Known: teaching, research." in err
    told = description.read_text(encoding="utf-8").replace("research = 100", "fame = 100")
    description.write_text(told, encoding="utf-8")
    code, _, err = call("check", cwd=tmp_path / "mine")
    assert code == 2
    assert 'found no column "fame"' in err


def test_a_project_is_described_as_told(tmp_path, panel):
    index = start_project(
        tmp_path / "a", panel, 'The "best"', "school", "schools", "Source: us.", 100, "absent"
    )
    made = index.config
    assert made == load_config(tmp_path / "a")
    assert index is load_index(root=tmp_path / "a")
    assert (made.name, made.unit, made.units) == ('The "best"', "school", "schools")
    assert (made.source, made.max_score, made.targets) == ("Source: us.", 100.0, ())
    assert made.blank == "absent"
    assert list_all(tmp_path / "a") == [
        ".gitignore",
        "README.md",
        "data",
        "data/raw",
        "data/raw/panel.csv",
        "index.toml",
        "notebooks",
        *sorted(f"notebooks/{name}.ipynb" for name in SHARED_NOTEBOOKS),
    ]
    readme = (tmp_path / "a/README.md").read_text(encoding="utf-8")
    assert '$ dti forecast "Université A"' in readme
    assert "schools" in readme


def test_what_is_not_told_is_left_open_and_shown_how_to_say(tmp_path, panel):
    made = start_project(tmp_path / "a", panel).config
    assert (made.name, made.unit, made.units) == ("ranking", "unit", "units")
    assert (made.source, made.max_score, made.blank) == ("Source: ranking.csv", None, None)
    text = (tmp_path / "a/index.toml").read_text(encoding="utf-8")
    assert "# max_score = 100" in text
    assert '# blank = "unpublished"' in text


@pytest.mark.parametrize("table", ["# [[targets]]", "# [weights.2024]", "# [labels.vi]"])
def test_an_example_may_be_uncommented(tmp_path, panel, table):
    start_project(tmp_path / "a", panel)
    file = tmp_path / "a/index.toml"
    lines = file.read_text(encoding="utf-8").splitlines()
    start = lines.index(table)
    end = lines.index("", start) if "" in lines[start:] else len(lines)
    lines[start:end] = [line.removeprefix("# ") for line in lines[start:end]]
    file.write_text("\n".join(lines), encoding="utf-8")
    made = load_config(tmp_path / "a")
    if "targets" in table:
        assert made.targets == ({"unit": "Université A", "rank": 10, "year": 2024},)
        load_index(root=tmp_path / "a")
    elif "weights" in table:
        assert made.weights == {2024: {"economy": 300.0, "society": 300.0}}
    else:
        assert set(made.labels) == {"en", "vi"}


def test_the_next_edition_is_named_by_the_rule_for_the_step(tmp_path, panel):
    lines = panel.read_text(encoding="utf-8").splitlines()
    even = [line for line in lines[1:] if int(line.split(",")[1]) % 2 == 0]
    panel.write_text("\n".join([lines[0], *even]), encoding="utf-8")
    start_project(tmp_path / "a", panel)
    assert "# year = 2024" in (tmp_path / "a/index.toml").read_text(encoding="utf-8")


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
    (tmp_path / "empty").mkdir()
    start_project(tmp_path / "empty", panel)
    assert (tmp_path / "empty/index.toml").is_file()


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("unit,year\nA,2020\n", {}, "no column .score"),
        ("unit,year,score\nA,2020,50\nB,2020,101\n", {"max_score": 100}, '101 of "B" in 2020 is'),
        ("unit,year,score\nA,2020,-1\nB,2020,10\n", {"max_score": 100}, "outside 0 to 100"),
        ("unit,year,score\nA,2020,1\n", {"max_score": -3}, "expected max_score = a number above 0"),
        ("unit,year,score\nA,2020,1\n", {"unit": " "}, 'expected unit = "…"'),
        ("unit,year,score\nA,2020,1\nB,2020,\n", {}, "Were they ranked"),
        ("unit,year,rank\nA,2020,9\n", {}, "8 missing"),
    ],
)
def test_nothing_is_there_where_something_does_not_fit(tmp_path, text, options, words):
    file = tmp_path / "panel.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        start_project(tmp_path / "a", file, **options)
    assert list_all(tmp_path) == ["panel.csv"]


def test_a_project_may_be_made_where_one_is(tmp_path, panel, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path / "link")
    start_project(Path(), panel)
    assert (tmp_path / "real/index.toml").is_file()
    assert Path.cwd().is_dir()
    assert [name for name in list_all(tmp_path) if name.endswith(".part")] == []


def test_a_part_of_what_is_ranked_may_be_told_of(tmp_path, dti):
    file = tmp_path / "p.csv"
    file.write_text("unit,year,rank\nA,2020,9\nB,2020,4\n", encoding="utf-8")
    made = dti("init", tmp_path / "a", "--panel", file, "--subset")
    assert made.exit_code == 0, made.output
    assert load_config(tmp_path / "a").is_subset
    start_project(tmp_path / "b", file, subset=True)
    assert (tmp_path / "a/index.toml").read_text() == (tmp_path / "b/index.toml").read_text()


@pytest.mark.parametrize("is_dti", [True, False])
def test_the_notebooks_that_go_with_a_project_are_copied(tmp_path, panel, monkeypatch, is_dti):
    monkeypatch.delenv("DTI_ROOT")
    start_project(tmp_path / "mine", panel)
    monkeypatch.chdir(tmp_path if is_dti else tmp_path / "mine")
    names = copy_notebooks(Path("nb"))
    own = {f"{name}.ipynb" for name in SHARED_NOTEBOOKS}
    assert set(names) == {file.name for file in Path("nb").iterdir()}
    assert (own < set(names)) if is_dti else (own == set(names))
    for name in names:
        assert Path("nb", name).read_bytes() == (CHECKOUT / "notebooks" / name).read_bytes()
    with pytest.raises(DataError, match=r"^nb: expected a new or empty folder\. Name another\.$"):
        copy_notebooks(Path("nb"))
    theirs = Path("mine/nb") if is_dti else Path("../nb")
    words = "about ranking, not DTI" if is_dti else "about DTI, not ranking"
    with pytest.raises(DataError, match=f"{words}. Name another folder, or go there first"):
        copy_notebooks(theirs)
    assert not theirs.exists()


def test_notebooks_appear_together_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.delenv("DTI_ROOT")
    monkeypatch.chdir(tmp_path)
    copied = []

    def fail(source, target):
        copied.append(target)
        if len(copied) > 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", fail)
    (tmp_path / "there").mkdir()
    for folder in ("nb", "there"):
        with pytest.raises(OSError, match="No space left"):
            copy_notebooks(Path(folder))
    assert list_all(tmp_path) == ["there"]
    with pytest.raises(DataError, match=r"nb/deep: expected a folder in one that exists"):
        copy_notebooks(Path("nb/deep"))


def test_blanks_may_be_told_of_from_the_start(tmp_path, dti, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.csv").write_text("unit,year,score\nA,2020,1\nB,2020,\n", encoding="utf-8")
    made = dti("init", "a", "--panel", "p.csv", "--blank", "unpublished")
    assert made.exit_code == 0, made.output
    assert "Scores are from 1 to 1. If their scale begins at 0" in made.output
    assert load_config(tmp_path / "a").blank == "unpublished"


@pytest.mark.parametrize("is_there", [False, True])
def test_a_kill_at_any_moment_leaves_no_half_project_and_the_next_run_finishes(
    tmp_path, panel, is_there
):
    states = []
    for step in itertools.count():
        folder = tmp_path / f"{step}/mine"
        (folder if is_there else folder.parent).mkdir(parents=True)
        is_killed = kill_at(step, partial(start_project, folder, panel))
        found = set(list_all(folder))
        states.append("index.toml" in found)
        if states[-1]:
            assert {"data/raw/panel.csv", "notebooks/overview.ipynb", "README.md"} < found
            load_index(root=folder)
        else:
            start_project(folder, panel)
            assert not [name for name in list_all(folder.parent) if "/.dti" in f"/{name}"]
        if not is_killed:
            break
    assert states == sorted(states)
    assert set(states) == {False, True}


def test_an_error_at_any_move_leaves_an_empty_folder_empty(tmp_path, panel, monkeypatch):
    folder, rename = tmp_path / "a", Path.rename
    folder.mkdir()
    for step in itertools.count():
        left = iter(range(step))

        def move(path, target, left=left):
            if next(left, None) is None:
                raise OSError(28, "No space left on device")
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", move)
        try:
            start_project(folder, panel)
        except OutputError:
            assert list_all(folder) == []
        else:
            break
    assert step > 4


def test_a_folder_may_have_as_long_a_name_as_there_can_be(tmp_path, panel):
    start_project(tmp_path / ("x" * 255), panel)
    with pytest.raises(OutputError, match=r"too long\. Give it a shorter name"):
        start_project(tmp_path / ("x" * 256), panel)


def test_what_was_changed_in_a_project_half_made_is_left_alone(tmp_path, panel):
    folder, step = tmp_path / "a", itertools.count()
    while not (folder / "README.md").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        kill_at(next(step), partial(start_project, folder, panel))
    (folder / "README.md").write_text("mine")
    with pytest.raises(DataError, match="expected a new or empty folder"):
        start_project(folder, panel)
    assert (folder / "README.md").read_text() == "mine"


@pytest.mark.parametrize("is_there", [False, True])
def test_of_two_that_make_one_folder_one_is_refused(tmp_path, panel, monkeypatch, is_there):
    folder, fill = tmp_path / "a", project._fill
    if is_there:
        folder.mkdir()
    outcomes = []

    def start(name):
        try:
            outcomes.append(start_project(folder, panel, name).config.name)
        except DataError as error:
            outcomes.append(str(error))

    def fill_after_another(*arguments):
        monkeypatch.setattr(project, "_fill", fill)
        start("second")
        fill(*arguments)

    monkeypatch.setattr(project, "_fill", fill_after_another)
    start("first")
    made, told = reversed(outcomes) if is_there else outcomes
    assert made == ("first" if is_there else "second")
    assert ("another run is writing" if is_there else "expected a new or empty folder") in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "ranking.csv"]


PEOPLES = "Thành phố;Năm;Điểm;Ghi chú\n" + "".join(
    f"{city};{year};{at},{year % 7};x\n"
    for at, city in enumerate("ABC")
    for year in range(2018, 2024)
)
COLUMNS = ["--column", "Thành phố=unit", "--column", "Năm=year", "--column", "Điểm=score"]


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx"])
def test_a_project_takes_what_people_have_and_keeps_a_plain_csv(name, tmp_path):
    (tmp_path / name).write_bytes(PEOPLES.encode("utf-16"))
    if name == "x.xlsx":
        book = openpyxl.Workbook()
        for line in PEOPLES.splitlines():
            book.active.append(line.split(";"))
        book.save(tmp_path / name)
    code, _, err = call("init", "mine", "--panel", name, *COLUMNS, cwd=tmp_path)
    assert (code, err) == (0, "")
    kept = (tmp_path / "mine/data/raw/panel.csv").read_text(encoding="utf-8")
    assert kept.splitlines()[:2] == ["unit,year,score,Ghi chú", 'A,2018,"0,2",x']
    columns = dict(text.split("=") for text in COLUMNS[1::2])
    frame = read_index(tmp_path / name, columns=columns).frame()
    assert frame.equals(load_index(root=tmp_path / "mine").frame())


PLAIN = (
    PEOPLES.replace("Thành phố;Năm;Điểm;", "unit;year;score;").replace(",", ".").replace(";", ",")
)


@pytest.mark.parametrize(("text", "told"), [(PLAIN, []), (PEOPLES, COLUMNS)])
@pytest.mark.parametrize("name", ["=1+1", "+B", "-B", "@B", "'=B"])
def test_what_a_spreadsheet_would_compute_is_kept_as_text(text, told, name, tmp_path):
    text = text.replace("B", name).replace("x", "=x").replace("Ghi", "@Ghi")
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    assert call("init", "mine", "--panel", "x.csv", *told, cwd=tmp_path)[0] == 0
    root = tmp_path / "mine"
    kept = (root / "data/raw/panel.csv").read_text(encoding="utf-8")
    assert not re.search(r"(^|[,\n])[=+@-](?![0-9.]+[,\n])", kept)
    assert set(load_index(root=root).units["name"]) == {"A", name.removeprefix("'"), "C"}


@pytest.mark.parametrize(
    ("text", "columns", "words"),
    [
        (
            PEOPLES,
            ["Nơi=unit"],
            'row 1: expected the column "Nơi" once, found none. The header has "Thành phố", "Năm"',
        ),
        (PEOPLES, ["Năm=jahr"], 'row 1: "Năm": no column of a panel is called "jahr".'),
        (PEOPLES, ["Năm=year", "Điểm=year"], 'one column for year, found "Năm", "Điểm"'),
        (PEOPLES.replace("Ghi chú", "year"), ["Năm=year"], 'one column for year, found "Năm", "ye'),
        (PEOPLES, ["Năm"], "expected HEADER=NAME"),
        (PEOPLES, ["Năm=year", "Năm=unit"], "expected each header once"),
    ],
)
def test_columns_that_do_not_fit_are_refused(text, columns, words, tmp_path):
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    told = [word for column in columns for word in ("--column", column)]
    code, out, err = call("init", "mine", "--panel", "x.csv", *told, cwd=tmp_path)
    assert (code, out) == (2, "")
    assert words in err
    assert list_all(tmp_path) == ["x.csv"]
