"""The same numbers give the same answer, whichever way they come: project, file or folder."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import dti_analysis as dti_library
from dti_analysis.language import use_language
from dti_analysis.panel import NATIONAL

DRAWS = 300
COLUMNS = ["code", "unit", "year", "score", "rank", "score_status", "rank_status"]
SAID_BY_PROJECT = {"index", "basis", "kind", "stated_on"}
"""What a plain file cannot say: its name is the file's, and its targets are asked for."""
FORECASTS = [
    # All that can be made; of a plain file nobody knows what was merged into it.
    *(("63", origin, "direct") for origin in (2021, 2022, 2023, 2024)),
    *(("34", origin, "direct") for origin in (2023, 2024)),
]
BY_MERGER = [("34", origin) for origin in (2021, 2022, 2023, 2024)]
BLANK = {"63": None, "34": "unpublished"}


def leave_out(told, *names):
    """Leave fields out, at any depth."""
    left_out = SAID_BY_PROJECT | set(names)
    if isinstance(told, dict):
        return {k: leave_out(v, *names) for k, v in told.items() if k not in left_out}
    return [leave_out(each, *names) for each in told] if isinstance(told, list) else told


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Both rosters as plain files."""
    folder = tmp_path_factory.mktemp("plain")
    made = {}
    for basis in ("63", "34"):
        made[basis] = folder / f"plain{basis}.csv"
        dti_library.load_index(basis).frame()[COLUMNS].to_csv(made[basis], index=False)
    return made


@pytest.fixture(scope="module")
def plain(files):
    return {
        basis: dti_library.read_index(file, max_score=1, blank=BLANK[basis])
        for basis, file in files.items()
    }


def load_without_means(basis):
    """Load a roster of which nothing is stated as a whole: a plain file cannot say it either."""
    index = dti_library.load_index(basis)
    tables = {name: table for name, table in index.panel.tables.items() if name != NATIONAL}
    return replace(index, panel=replace(index.panel, tables=tables), _forecasts={})


@pytest.mark.parametrize(("basis", "origin", "approach"), FORECASTS)
def test_a_plain_file_has_the_answers_of_the_project(plain, basis, origin, approach):
    how = {"horizon": 3, "draws": DRAWS, "approach": approach}
    own = load_without_means(basis).forecast(origin, **how)
    read = plain[basis].forecast(origin, **how)
    assert own.draws.codes == read.draws.codes
    assert len(own.draws.codes) == int(basis)
    for code in own.draws.codes:
        target = {"target_rank": 10, "target_year": own.years[1]}
        expected, found = (made.answer(code, **target).to_dict() for made in (own, read))
        assert leave_out(found) == leave_out(expected)
    pd.testing.assert_frame_equal(read.to_frame(), own.to_frame())


@pytest.mark.parametrize(("basis", "origin", "approach"), FORECASTS[::2])
def test_a_plain_file_has_the_same_comparisons_and_movers(plain, basis, origin, approach):
    how = {"horizon": 3, "draws": DRAWS, "approach": approach}
    own = dti_library.load_index(basis).forecast(origin, **how)
    read = plain[basis].forecast(origin, **how)
    codes = own.draws.codes
    for first, second in zip(codes, (*codes[1:], codes[0]), strict=True):
        one, other = (made.compare(first, second).to_dict() for made in (own, read))
        assert leave_out(other) == leave_out(one)
    for top, year in ((1, own.years[0]), (10, own.years[2])):
        one, other = (made.movers(top, year) for made in (own, read))
        pd.testing.assert_frame_equal(other.to_frame(), one.to_frame())
        assert leave_out(other.to_dict()) == leave_out(one.to_dict())
    pd.testing.assert_frame_equal(read.neighbours(codes[7]), own.neighbours(codes[7]))


@pytest.mark.parametrize("basis", ["63", "34"])
def test_a_plain_file_has_the_same_evaluation(plain, basis):
    how = {"models": ["averaged_level", "pool"], "draws": 100, "min_editions": 2}
    how |= {"approach": "direct"}
    own = load_without_means(basis).evaluate(**how)
    read = plain[basis].evaluate(**how)
    for name in ("by_origin", "by_horizon", "overall", "outcomes", "failures"):
        pd.testing.assert_frame_equal(getattr(read, name), getattr(own, name))
    pd.testing.assert_frame_equal(read.reliability(), own.reliability())
    assert leave_out(read.to_dict()) == leave_out(own.to_dict())


def test_a_table_in_memory_is_read_as_its_file(files, plain):
    typed = pd.read_csv(files["63"], dtype={"code": str})
    untyped = dti_library.load_index("63").frame()
    expected = plain["63"].forecast(2021, draws=DRAWS).answer("77", 10).to_dict()
    for table in (typed, untyped, untyped.sample(frac=1, random_state=2)):
        before = table.copy()
        made = dti_library.read_index(table, max_score=1).forecast(2021, draws=DRAWS)
        assert leave_out(made.answer("77", 10).to_dict()) == leave_out(expected)
        pd.testing.assert_frame_equal(table, before)


def test_without_codes_the_names_are_the_keys(plain):
    """Another order of the units draws other random numbers, for the same chances."""
    by_name = dti_library.load_index("63").frame()[["unit", "year", "score", "rank"]]
    how = {"origin": 2021, "horizon": 2, "draws": 4000}
    own = dti_library.load_index("63").forecast(**how)
    read = dti_library.read_index(by_name, max_score=1).forecast(**how)
    names = own.panel.names
    assert read.draws.codes == tuple(sorted(names.values()))
    places = [read.draws.codes.index(names[code]) for code in own.draws.codes]
    ladders = [
        made.draws.rank_probabilities.cumsum(axis=2)[:, order]
        for made, order in ((own, slice(None)), (read, places))
    ]
    assert np.abs(np.subtract(*ladders)).max() < 0.05
    answer = read.answer("bà rịa - vũng tàu", 20)
    assert (answer.unit.code, answer.unit.name) == ("Bà Rịa - Vũng Tàu",) * 2
    assert answer.history["rank"].tolist() == [39.0, 29.0]


HEAD = """
name = "DTI"
unit = "province"
units = "provinces"
source = "the files"
max_score = 1
blank = "unpublished"
default = "63"

[index.63]
panel = "plain63.csv"

[index.34]
panel = "plain34.csv"
parent = "63"
crosswalk = "crosswalk.csv"

[means]
2020 = 0.3026
2021 = 0.4014

[evaluation]
min_editions = 2

[labels.vi]
name = "Chỉ số chuyển đổi số"
unit = "địa phương"
"""


def describe_target(panel, target):
    """Write a target as a table of TOML."""
    texts = {"unit": panel.names[target["code"]]}
    texts |= {name: target[name] for name in ("stated_on", "source", "note")}
    lines = [f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in texts.items()]
    numbers = [f"{name} = {target[name]}" for name in ("rank", "year")]
    return "\n".join(["[[targets]]", *lines, *numbers])


@pytest.fixture(scope="module", params=["63", "34"])
def project(request, tmp_path_factory, files):
    """A folder with the plain files and a description; the targets are those of one roster.

    A unit that has kept its name is one of both.
    """
    root = tmp_path_factory.mktemp(f"described{request.param}")
    folder = root / "data/raw"
    folder.mkdir(parents=True)
    for file in files.values():
        (folder / file.name).write_bytes(file.read_bytes())
    panel = dti_library.load_index(request.param).panel
    dti_library.load_index("34").panel.crosswalk.to_csv(folder / "crosswalk.csv", index=False)
    told = [describe_target(panel, target) for target in panel.targets.to_dict("records")]
    (root / "index.toml").write_text("\n\n".join([HEAD, *told]), encoding="utf-8")
    return request.param, root


@pytest.mark.parametrize("origin", [2021, 2022, 2023, 2024])
def test_a_project_of_plain_files_has_all_of_the_answer(project, origin):
    """Chances, targets with who stated them and when, and the 34 by way of the 63."""
    basis, root = project
    own = dti_library.load_index(basis).forecast(origin, draws=DRAWS)
    read = dti_library.load_index(basis, root).forecast(origin, draws=DRAWS)
    assert own.approach == read.approach == {"63": "direct", "34": "bottom_up"}[basis]
    assert own.years == read.years
    kinds = set()
    for code in own.draws.codes:
        expected, found = (made.answer(code) for made in (own, read))
        assert found.to_dict() == expected.to_dict()
        assert found.targets == expected.targets
        kinds |= {target.kind for target in found.targets}
    is_any_known = not own.panel.known_targets(origin).empty
    assert kinds == ({"official"} if is_any_known else set())
    pd.testing.assert_frame_equal(read.overview().drop(columns="region"),
                                  own.overview().drop(columns="region"))  # fmt: skip


def test_a_project_of_plain_files_has_the_same_evaluation(project):
    basis, root = project
    how = {"models": ["averaged_level"], "draws": 100}
    own, read = (dti_library.load_index(basis, at).evaluate(**how) for at in (None, root))
    for name in ("by_origin", "by_horizon", "overall", "outcomes", "failures"):
        pd.testing.assert_frame_equal(getattr(read, name), getattr(own, name))
    assert sorted(own.by_origin["origin"].unique()) == [2021, 2022, 2023]
    assert set(own.by_origin["units"]) == {int(basis)}
    assert read.to_dict() == own.to_dict()


def test_a_project_of_plain_files_has_its_labels(project):
    _, root = project
    config = dti_library.load_index(root=root).config
    assert (config.label("name"), config.nouns["units"]) == ("DTI", "provinces")
    with use_language("vi"):
        assert config.label("name") == "Chỉ số chuyển đổi số"
        assert config.head_unit() == "Địa phương"


def test_the_command_line_has_the_same_answer(dti, files):
    how = ("--origin-year", 2021, "--target-rank", 20)
    read_in = ("forecast", "Bà Rịa - Vũng Tàu", "--panel", files["63"], "--max-score", 1, *how)
    own_in = ("forecast", "BR-VT", *how)
    read, own = (dti(*words, "--json") for words in (read_in, own_in))
    assert read.exit_code == own.exit_code == 0, read.output
    found, expected = json.loads(read.stdout), json.loads(own.stdout)
    # The joint forecast of the project reaches further; the first years are the same to the bit.
    scores = ("score", "score_needed_p50", "score_needed_p80")
    assert leave_out(found, *scores) == leave_out(expected, *scores)
    assert [target["target_year"] for target in found["targets"]] == [2022]
    assert found["targets"][0]["probability_in_year"] == pytest.approx(0.2, abs=0.02)
    assert [row["rank"] for row in found["history"]] == [39, 29]
    first = [dti(*words).stdout.splitlines()[0] for words in (read_in, own_in)]
    title = "Bà Rịa - Vũng Tàu: rank among the 63, as of 2021"
    gaps = "2021 is not complete: 42 of 63 known"
    assert first == [f"{title} (plain63; {gaps})", f"{title} (DTI; {gaps})"]


def test_the_basis_of_a_project_alone_does_not_make_it_another_forecast(index):
    """What an index is called changes no number."""
    renamed = replace(index.panel, config=replace(index.config, name="other"), basis=None)
    made = dti_library.Index(renamed).forecast(2022, draws=DRAWS)
    own = index.forecast(2022, draws=DRAWS)
    pd.testing.assert_frame_equal(made.to_frame(), own.to_frame())
