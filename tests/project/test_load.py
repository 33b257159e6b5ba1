"""Finding a project, and loading the index that its files describe."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frozen import CHECKOUT

from dti_analysis.errors import DataError, FaultyDataError
from dti_analysis.project import (
    find_child,
    load_config,
    load_index,
    load_panels,
    read_index,
    require_own,
)
from dti_analysis.root import find_built, find_reports, find_root

NOUNS = 'name = "City Index"\nunit = "city"\nunits = "cities"\nsource = "office"\n'
CITIES = ["Ash", "Birch", "Cedar", "Elm", "Hazel"]
SCORES = np.random.default_rng(5).uniform(20, 80, (5, 5)).round(1)


def write(folder, description, **tables):
    """Write a project, with tables given as text; returns its root."""
    (folder / "data/raw").mkdir(parents=True, exist_ok=True)
    (folder / "index.toml").write_text(NOUNS + description, encoding="utf-8")
    for name, text in tables.items():
        (folder / f"data/raw/{name}.csv").write_text(text, encoding="utf-8")
    return folder


def tabulate(units, years, more=""):
    lines = [f"unit,year,score{',' if more else ''}{more}"]
    for row, unit in enumerate(units):
        for column, year in enumerate(years):
            score = SCORES[row, column]
            lines.append(f"{unit},{year},{score}" + f",{score}" * bool(more))
    return "\n".join(lines) + "\n"


@pytest.fixture
def city(tmp_path):
    return write(tmp_path, "max_score = 100\n", panel=tabulate(CITIES, range(2019, 2024)))


MERGED = {
    "panel_old": tabulate(CITIES, range(2019, 2023)),
    "panel_new": tabulate(["Grove", "Elm", "Hazel"], [2023]),
    "crosswalk": "old_code,new_code\nAsh,Grove\nBirch,Grove\nCedar,Grove\nElm,Elm\nHazel,Hazel\n",
}
TWO = """
max_score = 100
[index.new]
panel = "panel_new.csv"
parent = "old"
crosswalk = "crosswalk.csv"
[index.old]
panel = "panel_old.csv"
"""


# --- which project


def test_the_project_is_the_nearest_folder_with_a_description(city, monkeypatch):
    monkeypatch.delenv("DTI_ROOT")
    inside = city / "notebooks" / "mine"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert find_root() == city
    assert load_config().name == "City Index"


def test_a_project_may_be_named_in_the_environment(city, tmp_path, monkeypatch):
    monkeypatch.setenv("DTI_ROOT", str(city))
    assert find_root() == city
    assert load_index().config.name == "City Index"


def test_outside_of_a_project_the_dti_is_worked_on(tmp_path, monkeypatch):
    monkeypatch.delenv("DTI_ROOT")
    monkeypatch.chdir(tmp_path)
    assert find_root() == CHECKOUT


def test_reports_go_to_the_project_or_to_where_you_are(city, tmp_path, monkeypatch):
    monkeypatch.setenv("DTI_ROOT", str(city))
    assert find_reports() == city / "reports"
    monkeypatch.setenv("DTI_ROOT", "")  # is none
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    assert find_reports() == city / "reports"
    (city / "index.toml").unlink()
    assert find_reports() == tmp_path / "deep/reports"


def test_the_package_is_nobodys_project(tmp_path, monkeypatch):
    packed = tmp_path / "dti"
    packed.mkdir()
    shutil.copy(CHECKOUT / "index.toml", packed)
    monkeypatch.setattr("dti_analysis.root.PACKED", packed)
    monkeypatch.chdir(packed)
    for named in ("", str(packed)):
        monkeypatch.setenv("DTI_ROOT", named)
        assert find_root() == packed
        assert find_reports() == packed / "reports"
    with pytest.raises(DataError, match=r"^data/raw: these tables belong to the installed"):
        require_own(packed / "data/raw")
    require_own(tmp_path / "data/raw")


def test_what_is_built_is_kept_where_it_can_be(city, tmp_path, monkeypatch):
    caches = tmp_path / "caches"
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches))
    own = city / "data/processed"
    assert find_built(city) == own
    closed = [city]
    monkeypatch.setattr(
        "dti_analysis.files.os.access",
        lambda path, _: not any(Path(path).is_relative_to(at) for at in closed),
    )
    caches.mkdir()
    closed[:] = [city / "data"]
    kept = find_built(city)
    assert kept.parent == caches / "dti_analysis"
    before = (city / "data/raw/panel.csv").read_bytes()
    (city / "data/raw/panel.csv").write_bytes(before + b"Ash,2024,3\n")
    assert find_built(city) not in (kept, None)  # they do not take each other's place
    (city / "data/raw/panel.csv").write_bytes(before)
    assert find_built(city) == kept
    index = load_index(root=city)
    assert index.track_record() is not None
    made = {"record-overall.parquet", "record-overall.provenance.json"}
    assert {file.name for file in kept.iterdir()} == made
    assert not own.exists()
    closed.append(caches)
    assert find_built(city) is None


@pytest.mark.parametrize("caches", [RuntimeError("no home"), Path("~/.cache/dti_analysis")])
def test_without_a_home_nothing_is_kept(city, tmp_path, monkeypatch, caches):
    def find(_):
        if isinstance(caches, Exception):
            raise caches
        return caches

    monkeypatch.setattr("dti_analysis.root.user_cache_path", find)
    monkeypatch.setattr("dti_analysis.root.PACKED", city)
    monkeypatch.chdir(tmp_path)
    assert find_built(city) is None
    assert not (tmp_path / "~").exists()


# --- load_index


def test_the_index_of_a_project_is_loaded(city):
    index = load_index(root=city)
    assert index.editions == (2019, 2020, 2021, 2022, 2023)
    assert index.units["name"].tolist() == CITIES
    assert (index.basis, index.config.max_score) == (None, 100.0)
    assert index.wide("score").to_numpy().tolist() == SCORES.tolist()


def test_the_dti_has_two_bases(index, index34):
    assert load_index() is index
    assert load_index(63) is load_index("63") is index
    assert load_index("34") is index34
    assert (index.basis, index34.basis) == ("63", "34")
    with pytest.raises(DataError, match=r'^basis "62" is not known\. Known: 63, 34\.$'):
        load_index("62")


def test_an_index_without_bases_has_none_to_name(city):
    with pytest.raises(DataError, match=r'^basis "63" is not known\. Known: none, leave it out\.$'):
        load_index("63", root=city)


def test_the_same_index_is_given_as_long_as_nothing_has_changed(city):
    index = load_index(root=city)
    forecast = index.forecast(draws=50)
    assert load_index(root=str(city)) is index
    assert load_index(root=city).forecast(draws=50) is forecast
    panel = city / "data/raw/panel.csv"
    panel.write_text(panel.read_text().replace(str(SCORES[0, 0]), "1.5", 1))
    changed = load_index(root=city)
    assert changed is not index
    assert changed.panel.rows.loc[0, "score"] == 1.5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "City Index"', 'name = "Town Index"'),
        ("max_score = 100", "max_score = 200"),
        ("max_score = 100", 'max_score = 100\n[labels.en]\nHazel = "Hazelnut"'),
        ("max_score = 100", "max_score = 100\n[evaluation]\nmin_editions = 2"),
    ],
)
def test_a_change_of_the_description_reaches_the_index(city, old, new):
    load_index(root=city)
    file = city / "index.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    assert load_index(root=city).config == load_config(city)


def test_bases_with_the_same_numbers_are_two(tmp_path):
    root = write(tmp_path, "[index.a]\n[index.b]\n", panel=tabulate(CITIES, [2020, 2021]))
    assert load_index("b", root=root).basis == "b"
    assert load_index("a", root=root).basis == "a"
    assert load_index(root=root).basis == "a"


def test_another_measure_is_another_index(city):
    write(
        city,
        "[weights.2019]\ntrees = 3\n",
        panel=tabulate(CITIES, range(2019, 2024), more="trees"),
    )
    index, trees = load_index(root=city), load_index(root=city, measure="trees")
    assert (index.panel.measure, trees.panel.measure) == ("overall", "trees")
    assert load_index(root=city) is index
    with pytest.raises(DataError, match=r'measure "birds" is not known .* Known: overall, trees'):
        load_index(root=city, measure="birds")


def test_what_is_built_of_a_project_is_kept_in_it(city):
    assert load_index(root=city).processed == city / "data/processed"
    assert read_index(city / "data/raw/panel.csv").processed is None


# --- the files that a description names


def test_a_merger_is_read_the_parent_first_whatever_their_order(tmp_path):
    root = write(tmp_path, TWO, **MERGED)
    index = load_index(root=root)
    assert index.basis == "new"
    assert index.panel.parent.basis == "old"
    assert index.members("Grove")["name"].tolist() == ["Ash", "Birch", "Cedar"]
    with pytest.raises(DataError, match=r'Ash has become part of Grove\. Ask for "Grove"'):
        index.find("ash")
    assert load_index("old", root=root).panel.parent is None
    child = find_child(load_index("old", root=root).panel)
    assert child is load_panels(root)["new"]
    assert find_child(child) is None


def test_weights_and_targets_may_be_tables(tmp_path):
    root = write(
        tmp_path,
        'weights = "weights.csv"\ntargets = "targets.csv"\n',
        panel=tabulate(CITIES, [2020, 2021], more="trees"),
        weights="year,component,weight\n2020,trees,3\n2021,trees,2.5\n",
        targets="unit,rank,year,stated_on,source\nHazel,1,2025,2021-05,plan\n",
    )
    panel = load_index(root=root).panel
    assert panel.weights == {2020: {"trees": 3.0}, 2021: {"trees": 2.5}}
    (target,) = panel.targets_of("Hazel", origin=2021)
    assert target.goal == (1, 2025)
    assert (target.stated_on, target.source, target.note) == ("2021-05", "plan", "")


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ('builder = "nobody"', r"index\.toml: builder 'nobody' is not known\. Known: dti\."),
        ("[weights.2020]\nfame = 1", 'found no column "fame"'),
        (
            'weights = "none.csv"',
            r"none\.csv: expected a table, found no such file\. Check the path and index\.toml",
        ),
        (
            'weights = "panel.csv"',
            "expected the columns year, component, weight, found no column .component",
        ),
        (
            'weights = "few.csv"',
            r'few\.csv, row 2, field year: expected year as a whole number, found "now"',
        ),
        (
            'weights = "nothing.csv"',
            r'nothing\.csv, row 2, field weight: expected a weight above 0, found "0"',
        ),
        (
            'weights = "twice.csv"',
            r'twice\.csv, row 3: expected one row for "trees" in 2020, found several',
        ),
        ('targets = "weights.csv"', "expected the columns unit, rank, year"),
        (
            'targets = "half.csv"',
            r'half\.csv, row 2, field rank: expected rank as a whole number, found "1\.5"',
        ),
        (
            'targets = "nobody.csv"',
            r'nobody\.csv, row 3: expected a city of .* found "Hazle"\. Clo',
        ),
        (
            'targets = "more.csv"',
            r'more\.csv, row 1: .* stated_on, source, note, found an unknown column "by"',
        ),
        ('targets = "short.csv"', r"short\.csv, row 2: expected 3 cells as in the header, found 2"),
        (
            'targets = "same.csv"',
            r'same\.csv, row 1: expected the columns .* found twice the column "year"',
        ),
        (
            'targets = "beyond.csv"',
            r'beyond\.csv, row 3, rank: expected a rank from 1 to 5, found "6"',
        ),
        (
            'weights = "wide.csv"',
            r'row 1: expected the columns year, component, weight, found an unknown column "why"',
        ),
        ('[index.a]\npanel = "none.csv"', r"none\.csv: expected a panel, found no such file"),
    ],
)
def test_a_file_that_does_not_fit_is_told(tmp_path, description, words):
    root = write(
        tmp_path,
        description,
        panel=tabulate(CITIES, [2020, 2021]),
        few="year,component,weight\nnow,trees,3\n",
        nothing="year,component,weight\n2020,trees,0\n",
        twice="year,component,weight\n2020,trees,1\n2020,trees,2\n",
        weights="year,component,weight\n2020,trees,3\n",
        half="unit,rank,year\nHazel,1.5,2030\n",
        nobody="unit,rank,year\nAsh,1,2030\nHazle,1,2030\n",
        more="unit,rank,year,by\nAsh,1,2030,us\n",
        short="unit,rank,year\nAsh,1\n",
        same="unit,rank,year,year\nAsh,1,2030,2031\n",
        beyond="unit,rank,year,note\nAsh,5,2030,\nAsh,6,2030,\n",
        wide="year,component,weight,why\n2020,trees,3,so\n",
    )
    with pytest.raises(DataError, match=words):
        load_panels(root)


def test_a_target_of_either_basis_is_known_and_of_neither_refused(tmp_path):
    aim = '[[targets]]\nunit = "{}"\nrank = 1\nyear = 2030\n'
    root = write(tmp_path, TWO + aim.format("Ash") + aim.format("Grove"), **MERGED)
    assert load_index("old", root=root).panel.targets["code"].tolist() == ["Ash"]
    assert load_index("new", root=root).panel.targets["code"].tolist() == ["Grove"]
    write(tmp_path, TWO + aim.format("Oak"))
    with pytest.raises(DataError, match=r'expected a city of the panel, found "Oak"\. There: "'):
        load_panels(root)


AIM = '[[targets]]\nunit = "Hazel"\nrank = 2\nyear = 2024\n'


@pytest.mark.parametrize(
    ("more", "places"),
    [("", ("new", "old")), ('basis = "new"', ("new",)), ('basis = "old"', ("old",))],
)
def test_a_target_may_name_its_roster(tmp_path, more, places):
    panels = load_panels(write(tmp_path, TWO + AIM + more, **MERGED))
    assert tuple(name for name, panel in panels.items() if len(panel.targets)) == places[::-1]


def test_a_target_may_name_its_measure(tmp_path):
    more = 'measure = "trees"\n[weights.2020]\ntrees = 1'
    root = write(tmp_path, AIM + more, panel=tabulate(CITIES, [2020, 2022], more="trees"))
    assert load_index(root=root).panel.targets_of("Hazel", 2022) == []
    (target,) = load_index(root=root, measure="trees").panel.targets_of("Hazel", 2022)
    assert target.goal == (2, 2024)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("rank = 6", r'rank: expected a rank from 1 to 5, found "6"\. Correct the rank'),
        ("year = 2025", r'year: expected an edition, such as 2024 or 2026, found "2025"\. Correct'),
        ("year = 2021", r'year: expected an edition, such as 2022, found "2021"'),
        ("year = 2020", r'year: expected an edition, such as 2022, found "2020"'),
        ('stated_on = "soon"', r"stated_on: expected a date, such as 2022, 2022-10 or 2022-10-10"),
        ("stated_on = 2025-01-01", r"stated_on: expected a date up to 2024, the year to reach it"),
        ('basis = "new"', r': basis "new" is not known\. Known: none, leave it out'),
        ('measure = "fame"', r': measure "fame" is not known .* Known: overall'),
        (
            "",
            r": expected a target of its own, found rank 2 in 2024 for \"Hazel\" twice: it is that",
        ),
        (
            'unit = "Hazelnut"',
            r': expected a city of the panel, found "Hazelnut"\. Closest: "Hazel',
        ),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_its_number(tmp_path, more, words):
    key = more.split(" = ")[0]
    lines = [line for line in AIM.splitlines() if not more or not line.startswith(key)]
    root = write(tmp_path, "\n".join([AIM, *lines, more]), panel=tabulate(CITIES, [2020, 2022]))
    with pytest.raises(DataError, match=rf"index\.toml, target 2(, )?{words}"):
        load_panels(root)


def test_a_target_of_a_unit_of_another_roster_is_refused(tmp_path):
    aim = AIM.replace("Hazel", "Ash") + 'basis = "new"'
    with pytest.raises(
        DataError, match=r'1: expected a city of basis "new", found "Ash", .* "old"'
    ):
        load_panels(write(tmp_path, TWO + aim, **MERGED))


@pytest.mark.parametrize(
    ("crosswalk", "words"),
    [
        (
            "old_code,new\nAsh,Grove\n",
            "expected the columns old_code, new_code and, if known, weight, found no column",
        ),
        (MERGED["crosswalk"] + "Ash,Elm\n", 'expected one row for "Ash", found several'),
        (MERGED["crosswalk"] + "Oak,Elm\n", 'the crosswalk names "Oak", which has no row'),
        (
            MERGED["crosswalk"].replace("Cedar", "Cédar"),
            'names "Cédar", which has no row. Closest: "Cedar"',
        ),
        (MERGED["crosswalk"].replace("Cedar", "Ce\x1bdar"), r'plain text, .* "Ce\\x1bdar"\. Type'),
        (MERGED["crosswalk"].replace("Ash,Grove\n", ""), 'does not say what became of "Ash"'),
        (MERGED["crosswalk"].replace("Hazel,Hazel", "Hazel,Elm"), 'say what became "Hazel"'),
        *(
            (
                f"old_code,new_code,weight\nAsh,Grove,{weight}\nBirch,Grove,1\nCedar,Grove,1\n"
                "Elm,Elm,1\nHazel,Hazel,1\n",
                "row 2.*: expected a .*, found ",
            )
            for weight in ("0", "-1", "", "much", "inf")
        ),
    ],
)
def test_a_crosswalk_that_does_not_fit_is_refused(tmp_path, crosswalk, words):
    root = write(tmp_path, TWO, **(MERGED | {"crosswalk": crosswalk}))
    with pytest.raises(DataError, match=words):
        load_panels(root)


def test_weights_of_a_crosswalk_are_read(tmp_path):
    lines = MERGED["crosswalk"].splitlines()
    text = "\n".join([lines[0] + ",weight", *(line + ",2.5" for line in lines[1:])])
    root = write(tmp_path, TWO, **(MERGED | {"crosswalk": text}))
    assert load_index(root=root).panel.crosswalk["weight"].tolist() == [2.5] * 5


def test_each_others_parents_are_refused(tmp_path):
    told = "".join(
        f'[index.{own}]\nparent = "{other}"\ncrosswalk = "c.csv"\n' for own, other in ("ab", "ba")
    )
    with pytest.raises(DataError, match="a, b are each other's parents"):
        load_panels(write(tmp_path, told, panel=tabulate(CITIES, [2020])))


def test_a_fault_in_the_tables_of_the_dti_is_told_with_its_row(tmp_path):
    shutil.copytree(find_root() / "data/raw", tmp_path / "data/raw")
    shutil.copy(find_root() / "index.toml", tmp_path)
    with (tmp_path / "data/raw/targets.csv").open("a", encoding="utf-8") as table:
        table.write("63,77,Nowhere,9,2026,2025-01-01,https://x.test,\n")
    with pytest.raises(FaultyDataError, match=r"targets\.csv, row \d+, field province"):
        load_panels(tmp_path)


# --- read_index


def test_a_file_and_its_table_give_the_same_numbers(city):
    file = city / "data/raw/panel.csv"
    from_file, from_table = read_index(file), read_index(pd.read_csv(file))
    assert from_file.panel.fingerprint == from_table.panel.fingerprint
    assert (from_file.config.name, from_table.config.name) == ("panel", "index")
    assert from_file.config.source == str(file)
    assert from_table.config.source == ""
    assert read_index(str(file)).panel.fingerprint == from_file.panel.fingerprint


def test_a_file_gives_what_the_project_of_it_gives(city):
    loaded = load_index(root=city)
    read = read_index(city / "data/raw/panel.csv", max_score=100)
    assert read.panel.fingerprint == loaded.panel.fingerprint
    pd.testing.assert_frame_equal(read.frame(), loaded.frame())


def test_what_is_told_of_a_table_is_heard(toy_panel):
    table = toy_panel.assign(work=0.5, play=toy_panel["score"])
    before = table.copy()
    index = read_index(
        table,
        name="Toys",
        unit="toy",
        units="toys",
        max_score=1,
        components={"work": 1, "play": 3},
        measure="play",
    )
    assert (index.config.name, index.config.unit, index.config.units) == ("Toys", "toy", "toys")
    assert index.config.max_score == 1
    assert index.panel.measure == "play"
    assert read_index(table, components={"work": 1}).panel.weights_of(2020) == {"work": 1.0}
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_score": -3}, r"^the table: expected max_score = a number above 0, found -3\.$"),
        ({"max_score": True}, "expected max_score = a number above 0, found True"),
        ({"max_score": 0.5}, r'the score 0\.9 of "a" in 2020 is outside 0 to 0\.5'),
        ({"blank": "maybe"}, 'expected blank = "unpublished" or "absent", found \'maybe\''),
        ({"subset": "yes"}, "expected subset = true or false, found 'yes'"),
        ({"unit": " "}, 'expected unit = "…"'),
        ({"name": ""}, 'expected name = "…"'),
        ({"components": {"work": 0}}, "expected work = a number above 0, found 0"),
        ({"components": {"work": 1}}, 'found no column "work"'),
        ({"measure": "work"}, r'measure "work" is not known .* Known: overall\.$'),
    ],
)
def test_what_is_told_wrongly_is_refused(toy_panel, options, words):
    with pytest.raises(DataError, match=words):
        read_index(toy_panel, **options)


def test_a_score_of_a_component_is_on_the_scale(toy_panel):
    table = toy_panel.assign(work=toy_panel["score"] + 0.5)
    with pytest.raises(DataError, match=r'the "work" score 1\.\d+ of .* is outside 0 to 1\.'):
        read_index(table, components={"work": 1}, max_score=1)


def test_membership_is_told_by_options(toy_panel):
    table = toy_panel.assign(score=toy_panel["score"].mask(toy_panel.index == 3))
    with pytest.raises(DataError, match="or --blank"):
        read_index(table)
    assert len(read_index(table, blank="absent").panel.roster(2023)) == 4
    assert len(read_index(table, blank="unpublished").panel.roster(2023)) == 5
    ranks = toy_panel.assign(score=np.nan, rank=60)
    with pytest.raises(DataError, match="55 missing"):
        read_index(ranks)
    assert read_index(ranks, subset=True).panel.rank_of("a", 2020) == 60


def test_former_names_are_told_where_the_index_is_the_dtis(index, index34):
    found = json.dumps([index34.find(name).code for name in ("79", "TP.HCM", "Sai Gon")])
    assert found == '["79", "79", "79"]'
    assert find_child(index.panel).fingerprint == index34.panel.fingerprint


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[labels.vi]\nHazle = "x"', r'labels\.vi: nothing is called "Hazle"\. Closest: "Hazel"'),
        ('[labels.en]\nmax_score = "x"', r'labels\.en: nothing is called "max_score"'),
        ("[means]\n2019 = 1", r"means\.2019: no edition\. Editions: 2020"),
        ("max_score = 10\n[means]\n2020 = 11", r"means\.2020: 11 is no score: expected 0 to 10"),
        ("[weights.2020]\nunit = 1", 'no component can be called "unit"'),
        ("[weights.2020]\nyear = 1", 'no component can be called "year"'),
        ("[weights.2020]\nrank_status = 1", 'no component can be called "rank_status"'),
        ("[weights.2020]\nblank = 1", 'the component "blank" has no score in any row'),
    ],
)
def test_what_nothing_reads_is_refused(tmp_path, more, words):
    panel = "unit,year,score,rank_status,blank\nAsh,2020,1,,\nHazel,2020,2,,\n"
    with pytest.raises(DataError, match=words):
        load_panels(write(tmp_path, more, panel=panel))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('weights = "methodology.csv"', 'weights = "other.csv"'),
        ('targets = "targets.csv"', ""),
        ("[index.63]", '[index.63]\npanel = "other.csv"'),
        ("[index.63]", "[index.62]\n[index.63]"),
        ("max_score = 1\n", 'max_score = 1\nblank = "absent"\n'),
        ("max_score = 1\n", "max_score = 1\nsubset = true\n"),
        ("[evaluation]", "[means]\n2020 = 0.3\n[evaluation]"),
    ],
)
def test_what_the_builder_does_not_read_is_refused(tmp_path, old, new):
    text = (CHECKOUT / "index.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "index.toml").write_text(text.replace(old, new), encoding="utf-8")
    (tmp_path / "data").symlink_to(CHECKOUT / "tests/data")
    with pytest.raises(DataError, match=r'is another than builder = "dti" reads'):
        load_panels(tmp_path)


@pytest.mark.parametrize("there", ["a folder", "a link to itself", "a link to nothing"])
def test_a_description_that_cannot_be_read_is_no_sign_of_another_index(
    there, tmp_path, monkeypatch, dti, refused
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.delenv("DTI_ROOT")
    file = tmp_path / "index.toml"
    if there == "a folder":
        file.mkdir()
    else:
        file.symlink_to("index.toml" if there == "a link to itself" else "gone.toml")
    refused(dti("check"), "index.toml: expected a description of an index: ", "See dti init.")
