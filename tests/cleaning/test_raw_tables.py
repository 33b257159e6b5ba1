"""What must hold in data/raw as it is: the identities of the index, whatever facts are added."""

import json
from dataclasses import replace

import frictionless
import pandas as pd
import pytest
from frozen import CHECKOUT

from dti_analysis.cleaning.checks import NEEDED, check_raw, read_raw
from dti_analysis.cleaning.descriptor import read_descriptor
from dti_analysis.cleaning.dti import (
    MAIN_INDICES,
    METRICS,
    PILLARS,
    build_table,
    compute_overall,
    compute_pillars,
    edition_points,
)
from dti_analysis.cleaning.facts import (
    CELL,
    FACT_STATUSES,
    SOURCE_KINDS,
    clean_facts,
    list_conflicts,
    resolve_facts,
)
from dti_analysis.cleaning.gazetteer import merge_provinces
from dti_analysis.cleaning.national import NATIONAL, describe_national, type_national
from dti_analysis.cleaning.panel_table import read_panel
from dti_analysis.cleaning.rosters import build_panel
from dti_analysis.config import IndexConfig
from dti_analysis.panel import rank_within_edition

RAW = CHECKOUT / "data/raw"
ROUNDING = 1e-4


@pytest.fixture(scope="module")
def raw():
    return read_raw(RAW)


@pytest.fixture(scope="module")
def facts(raw):
    return clean_facts(raw["dti_facts"], raw["sources"])


@pytest.fixture(scope="module")
def dti_table(raw, facts):
    tables = raw["methodology"], raw["crosswalk_63_34"]
    return build_table(resolve_facts(facts), *tables, raw.gazetteer)


@pytest.fixture(scope="module")
def stated(facts):
    """Values stated in one edition by code."""

    def select(basis, year, metric):
        words = f"basis == {basis} and year == {year} and metric == '{metric}'"
        rows = facts.query(f"{words} and status == 'stated'")
        return rows.drop_duplicates("code").set_index("code")["value"]

    return select


# --- the tables and what describes them


def test_no_fault_and_the_recorded_sums(dti):
    result = check_raw(RAW)
    assert (result.faults, result.differing) == ((), ())
    checked = dti("check", RAW)
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert checked.stdout.endswith("data/raw: no fault found.\n")


def test_frictionless_agrees():
    assert frictionless.validate(str(RAW / "datapackage.json")).valid


def test_what_is_needed_is_described_and_nothing_else_lies_there():
    described = read_descriptor(RAW)
    assert described.keys() == NEEDED.keys() == {file.stem for file in RAW.glob("*.csv")}


def test_description_says_what_every_field_is():
    package = json.loads((RAW / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        assert resource["title"]
        assert resource["description"]
        for field in resource["schema"]["fields"]:
            assert field["description"], (resource["name"], field["name"])
            if field["type"] in ("integer", "number"):
                assert field["unit"], (resource["name"], field["name"])
            if "pattern" in field.get("constraints", {}):
                assert field["form"], (resource["name"], field["name"])


def test_choices_described_are_those_of_the_code():
    package = frictionless.Package(str(RAW / "datapackage.json"))

    def choices(table, field):
        return tuple(package.get_resource(table).schema.get_field(field).constraints["enum"])

    assert choices("dti_facts", "metric") == METRICS
    assert choices("dti_facts", "status") == FACT_STATUSES
    assert choices("sources", "kind") == SOURCE_KINDS


# --- the facts


def test_no_suspect_fact_is_used(facts):
    resolved = resolve_facts(facts)
    assert facts["status"].eq("suspect").sum() >= 26
    assert not resolved["status"].eq("suspect").any()
    assert not resolved.duplicated(CELL).any()


def test_known_conflicts_are_settled_as_they_were(facts):
    conflicts = list_conflicts(facts)
    taken = conflicts[conflicts["is_taken"]].set_index(["year", "province"])["value"].to_dict()
    known = {(2020, "Yên Bái"): 40, (2022, "Quảng Bình"): 0.5415, (2022, "Cà Mau"): 0.4689}
    assert taken.items() >= known.items()


@pytest.mark.parametrize(
    ("year", "ranks", "scores"),
    [(2020, 35, 14), (2021, 42, 14), (2022, 63, 63), (2023, 63, 63), (2024, 63, 63)],
)
def test_nothing_that_was_known_is_lost(edition, year, ranks, scores):
    rows = edition(63, year)
    assert len(rows) == 63
    assert rows["rank"].notna().sum() >= ranks
    assert rows["score"].notna().sum() >= scores


# --- the identities of the published data


@pytest.mark.parametrize(
    ("basis", "year", "least"), [(63, 2022, 10), (63, 2023, 10), (34, 2024, 34)]
)
def test_the_points_of_the_main_indices_give_the_overall_score(raw, edition, basis, year, least):
    rows = edition(basis, year).dropna(subset=list(MAIN_INDICES))
    overall = compute_overall(rows, edition_points(raw["methodology"], basis, year))
    assert len(rows) >= least
    assert (overall - rows["score"]).abs().max() <= ROUNDING


@pytest.mark.parametrize("year", [2022, 2023])
def test_the_weights_before_2024_are_those_of_the_decision(raw, year):
    points = edition_points(raw["methodology"], 63, year)
    weights = (points / points.sum()).round(10).to_dict()
    shared = ("awareness", "institutions", "infrastructure", "workforce", "security")
    assert weights == dict.fromkeys(shared, 0.1) | {
        "government_activity": 0.2,
        "economy_activity": 0.15,
        "society_activity": 0.15,
    }


def test_the_points_of_2024_are_940(raw):
    assert edition_points(raw["methodology"], 34, 2024).sum() == 940


def test_the_pillars_of_2020_give_the_overall_score(stated):
    pillars = {pillar: stated(63, 2020, f"score_{pillar}") for pillar in PILLARS}
    frame = pd.DataFrame(pillars).assign(score=stated(63, 2020, "score_overall")).dropna()
    overall = 0.4 * frame[PILLARS[0]] + 0.3 * frame[PILLARS[1]] + 0.3 * frame[PILLARS[2]]
    assert len(frame) >= 9
    assert (overall - frame["score"]).abs().max() <= ROUNDING


@pytest.mark.parametrize("year", [2022, 2023, 2024])
def test_all_63_ranks_and_189_pillars_are_known(edition, year):
    rows = edition(63, year)
    known = ["score", "rank", *PILLARS, *(f"{pillar}_rank" for pillar in PILLARS)]
    assert len(rows) == 63
    assert rows[known].notna().all(axis=None)
    for column in ["rank", *(f"{pillar}_rank" for pillar in PILLARS)]:
        assert rows[column].between(1, 63).all()
        assert sorted(rows[column]) == sorted(rows[column].rank(method="min"))


def test_the_pillar_means_of_2024_are_those_the_ministry_published(edition):
    means = edition(63, 2024)[list(PILLARS)].mean().round(4)
    assert means.tolist() == [0.7582, 0.7723, 0.7692]


@pytest.mark.parametrize(("year", "least"), [(2022, 26), (2023, 15)])
def test_computed_pillar_ranks_are_the_published_ones_where_these_are_known(
    raw, stated, edition, year, least
):
    rows = edition(63, year)
    pillars = compute_pillars(rows, edition_points(raw["methodology"], 63, year))
    checked = 0
    for pillar in PILLARS:
        published = stated(63, year, f"rank_{pillar}")
        computed = rank_within_edition(pillars[pillar])[published.index]
        assert (computed == published).all()
        checked += len(published)
    assert checked >= least


@pytest.mark.parametrize(("year", "least"), [(2022, 9), (2023, 3)])
def test_computed_pillars_are_the_published_ones_to_rounding(raw, stated, edition, year, least):
    pillars = compute_pillars(edition(63, year), edition_points(raw["methodology"], 63, year))
    checked = 0
    for pillar in PILLARS:
        published = stated(63, year, f"score_{pillar}")
        gap = (pillars.loc[published.index, pillar] - published).abs().round(10)
        assert gap.max() <= ROUNDING
        checked += len(published)
    assert checked >= least


@pytest.mark.parametrize(("year", "least"), [(2022, 63), (2023, 21), (2024, 5)])
def test_ranks_computed_from_the_scores_are_the_published_ones(stated, edition, year, least):
    published = stated(63, year, "rank_overall")
    computed = rank_within_edition(edition(63, year)["score"])
    assert (computed[published.index] == published).all()
    assert len(published) >= least


def test_ties_share_the_best_rank_as_published(edition):
    ranks = sorted(edition(63, 2022)["rank"])
    assert ranks[13:17] == [14, 15, 15, 17]


def test_a_merged_province_scores_the_mean_of_its_former_ones(raw, edition):
    published = edition(34, 2024)
    assert len(published) == 34
    assert (published["score_status"] == "published").all()
    merged = merge_provinces(edition(63, 2024)[["score", *PILLARS]], raw["crosswalk_63_34"])
    assert (merged["score"] - published["score"]).abs().max() <= ROUNDING
    # Pillars follow from several rounded numbers on both sides.
    assert (merged[list(PILLARS)] - published[list(PILLARS)]).abs().max(axis=None) <= 2 * ROUNDING


def test_the_story_of_the_users_case(edition):
    ranks = [int(edition(63, year).loc["77", "rank"]) for year in range(2020, 2025)]
    assert ranks == [39, 29, 28, 10, 7]


# --- national figures


def state(*values, metric="mean_overall"):
    columns = ["basis", "year", "metric", "value"]
    return pd.DataFrame([["63", "2020", metric, value] for value in values], columns=columns)


def test_a_national_figure_is_what_most_sources_state():
    typed = type_national(state("0.326", "0.3026", "0.3026"))
    assert typed.iloc[0].to_dict() == {
        **{"basis": 63, "year": 2020, "metric": "mean_overall", "value": 0.3026, "digits": 4}
    }


@pytest.mark.parametrize(
    ("scores", "remark"),
    [
        ([0.2, 0.4], None),
        ([0.2, 0.3], "2020: the mean of the scores is 0.25, and stated as 0.30"),
        (
            [0.2, None],
            "2020: the mean of 1 known scores is 0.20, that of all 2 is stated as 0.30: the others "
            "have 0.40 on average",
        ),
    ],
)
def test_known_scores_are_held_against_the_mean_that_is_stated(scores, remark):
    rows = pd.DataFrame({"unit": ["A", "B"], "year": 2020, "score": scores, "rank": [2, 1]})
    panel = build_panel(read_panel(rows), IndexConfig(blank="unpublished"), "here")
    assert list(describe_national(panel)) == []
    told = replace(panel, tables={NATIONAL: type_national(state("0.30"))})
    assert list(describe_national(told)) == ([remark] if remark else [])
