"""An index of which less is better answers as its mirror image does, in its own units."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_analysis.project import load_index, read_index

WEIGHTS = {"roads": 300.0, "schools": 100.0}
SCORES = ["score", *WEIGHTS]
HOW = {"draws": 200}


def make_table(seed, units=9, editions=6, *, hidden=0):
    """Draw scores in sixteenths, of which differences are exact; some of the last are hidden."""
    rng = np.random.default_rng(seed)
    level = rng.normal(50, 12, units)
    rows = []
    for year in range(2018, 2018 + editions):
        level = level + rng.normal(-1, 4, units)
        parts = level[:, None] + rng.normal(0, 3, (units, len(WEIGHTS)))
        values = np.round(np.column_stack([level, parts]).clip(1, 99) * 16) / 16
        rows += [(f"u{unit}", year, *values[unit]) for unit in range(units)]
    table = pd.DataFrame(rows, columns=["unit", "year", *SCORES])
    table["rank"] = table.groupby("year")["score"].rank(method="min")
    table.loc[(table["year"] == 2019) & (table.index % units < hidden), "score"] = np.nan
    return table


def read_both(table, max_score=None):
    """Read a table of which less is better, and its mirror image of which more is."""
    turned = table.assign(**{name: (max_score or 0) - table[name] for name in SCORES})
    how = {"max_score": max_score, "components": WEIGHTS}
    return read_index(table, **how, higher_is_better=False), read_index(turned, **how)


def turn(values, max_score):
    return (max_score or 0) - np.asarray(values, dtype=float)


@pytest.mark.parametrize("max_score", [None, 100])
@settings(max_examples=6)
@given(seed=st.integers(0, 10**6), hidden=st.integers(0, 7), has_ranks=st.booleans())
def test_an_index_and_its_mirror_image_answer_alike(max_score, seed, hidden, has_ranks):
    table = make_table(seed, hidden=hidden)
    if not has_ranks:
        table = table.drop(columns="rank")[table["score"].notna()]
    less, more = read_both(table, max_score)
    pd.testing.assert_series_equal(less.frame()["rank"], more.frame()["rank"])
    made = less.forecast(**HOW), more.forecast(**HOW)
    pd.testing.assert_frame_equal(made[0].positions(), made[1].positions())
    assert (made[0].draws.rank_probabilities == made[1].draws.rank_probabilities).all()
    pd.testing.assert_frame_equal(made[0].movers(3).table, made[1].movers(3).table)
    pd.testing.assert_frame_equal(
        made[0].compare("u1", "u2").chances, made[1].compare("u1", "u2").chances
    )
    for rank in (1, 3, 9):
        own, other = (forecast.answer("u4", target_rank=rank) for forecast in made)
        mirrored = other.scores.copy()
        for low, high in (("low50", "high50"), ("low80", "high80"), ("median", "median")):
            mirrored[low] = turn(other.scores[high], max_score)
            mirrored[high] = turn(other.scores[low], max_score)
        found = own.scores
        pd.testing.assert_frame_equal(found, mirrored)
        assert (found["low80"] <= found["median"]).all()
        assert (found["median"] <= found["high80"]).all()
        first, second = own.first_target, other.first_target
        assert first.probability_in_year == second.probability_in_year
        needs = zip(first.requirements, second.requirements, strict=True)
        for need, mirror in needs:
            assert need.lift == -mirror.lift
            assert need.score == pytest.approx(float(turn(mirror.score, max_score)))


@pytest.mark.parametrize("max_score", [None, 100])
def test_a_push_takes_off(max_score):
    less, more = read_both(make_table(5), max_score)
    made = less.forecast(**HOW), more.forecast(**HOW)
    for asked in ({}, {"probability": 0.9}, {"gain": -2.0}, {"gain": 3.0, "component": "roads"}):
        other = asked | ({"gain": -asked["gain"]} if "gain" in asked else {})
        own = made[0].push("u4", target_rank=2, **asked).pushes
        mirror = made[1].push("u4", target_rank=2, **other).pushes
        turned = mirror.assign(gain=0 - mirror["gain"], start=turn(mirror["start"], max_score))
        pd.testing.assert_frame_equal(own, turned)
    gains = made[0].push("u4", target_rank=2, probability=0.9).pushes["gain"]
    assert (gains < 0).all()
    assert gains.is_monotonic_decreasing  # the least change first


@pytest.mark.parametrize("max_score", [None, 100])
def test_the_record_is_the_same(max_score):
    less, more = read_both(make_table(8), max_score)
    found = [index.evaluate(["averaged_level"], draws=100, top=[3]) for index in (less, more)]
    for name in ("by_origin", "overall"):
        pd.testing.assert_frame_equal(getattr(found[0], name), getattr(found[1], name))
    for own, other in (
        (found[0].outcomes, found[1].outcomes),
        (less.track_record(), more.track_record()),
    ):
        mirrored = other.copy()
        for column in mirrored.filter(regex="^(score$|median_score|needed|taken|low80|high80)"):
            source = {"low80": "high80", "high80": "low80"}.get(column, column)
            mirrored[column] = turn(other[source], max_score)
        pd.testing.assert_frame_equal(own, mirrored)


def test_a_component_points_the_way_of_its_index():
    less, more = read_both(make_table(3), 100)
    ranks = less.of("roads").frame()["rank"]
    pd.testing.assert_series_equal(ranks, more.of("roads").frame()["rank"])
    own = less.frame()
    is_least = own["roads"] == own.groupby("year")["roads"].transform("min")
    assert (is_least == (ranks == 1)).all()


def test_a_merger_points_the_same_way(tmp_path):
    """Former units, and the new ones made of them, by files of a project."""
    table = make_table(4).drop(columns=list(WEIGHTS))
    table["unit"] = table["unit"].str.replace("u", "old ")
    now = table.assign(unit="new " + (table["unit"].str[-1].astype(int) // 3).astype(str))
    now = now.groupby(["unit", "year"], as_index=False)["score"].mean()
    names = sorted(table["unit"].unique())
    moves = pd.DataFrame({"old_code": names, "new_code": [f"new {int(n[-1]) // 3}" for n in names]})
    found = {}
    for side, turned in (("less", False), ("more", True)):
        raw = tmp_path / side / "data/raw"
        raw.mkdir(parents=True)
        for name, rows in (("old", table), ("new", now)):
            score = 128 - rows["score"] if turned else rows["score"]
            rows.assign(score=score).to_csv(raw / f"{name}.csv", index=False)
        moves.to_csv(raw / "moves.csv", index=False)
        (tmp_path / side / "index.toml").write_text(
            'name = "I"\nunit = "unit"\nunits = "units"\nsource = "s"\nmax_score = 128\n'
            f"higher_is_better = {str(turned).lower()}\n"
            '[index.new]\npanel = "new.csv"\nparent = "old"\ncrosswalk = "moves.csv"\n'
            '[index.old]\npanel = "old.csv"\n'
        )
        found[side] = load_index("new", tmp_path / side).forecast(**HOW)
    assert found["less"].approach == "bottom_up"
    chances = [found[side].draws.rank_probabilities for side in found]
    assert (chances[0] == chances[1]).all()
    scores = [found[side].answer("new 1").scores["median"] for side in found]
    assert sorted(scores[0]) == pytest.approx(sorted(turn(scores[1], 128)))


def test_the_direction_is_part_of_what_an_index_is():
    table = make_table(6).drop(columns="rank")
    less, more = (read_index(table, higher_is_better=way) for way in (False, True))
    assert less.panel.fingerprint != more.panel.fingerprint
    assert less.forecast(**HOW).to_dict()["higher_is_better"] is False
    assert more.forecast(**HOW).to_dict()["higher_is_better"] is True
    assert (less.frame()["rank"] + more.frame()["rank"] == 10).all()


def test_by_command(dti, tmp_path, monkeypatch):
    file = tmp_path / "p.csv"
    make_table(7).to_csv(file, index=False)
    asked = ("u4", "--target-rank", 2, "--draws", 200)
    own = dti("forecast", *asked, "--panel", file, "--lower-is-better", "--max-score", 100)
    assert own.exit_code == 0, own.output
    assert own.output.startswith("u4: rank among the 9, as of 2023 (p, less is better)\n")
    assert "Score needed, or less" in own.output
    wrong = dti("forecast", *asked, "--panel", file)
    assert wrong.exit_code == 2
    assert "--lower-is-better" in wrong.output
    made = dti("init", tmp_path / "own", "--panel", file, "--lower-is-better", "--max-score", 100)
    assert made.exit_code == 0, made.output
    assert "\nhigher_is_better = false\n" in (tmp_path / "own/index.toml").read_text()
    monkeypatch.setenv("DTI_ROOT", str(tmp_path / "own"))
    project = dti("forecast", *asked, "--json")
    file_json = dti(
        "forecast", *asked, "--panel", file, "--lower-is-better", "--max-score", 100, "--json"
    )
    told = [json.loads(result.output) for result in (project, file_json)]
    assert told[0]["forecast"] == told[1]["forecast"]
    refused = dti("movers", "--lower-is-better")
    assert refused.exit_code == 2
    assert "--lower-is-better goes with --panel" in refused.output
    plain = make_table(7).drop(columns="rank")
    plain.to_csv(file, index=False)
    assert dti("init", tmp_path / "plain", "--panel", file).exit_code == 0
    assert "\n# higher_is_better = false" in (tmp_path / "plain/index.toml").read_text()
