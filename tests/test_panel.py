"""The identities of the published data, and the panel they build."""

import numpy as np
import pandas as pd
import pytest

from dti_analysis.cleaning.arithmetic import (
    compute_overall,
    compute_pillars,
    edition_points,
    rank_within_edition,
)
from dti_analysis.cleaning.dti import build_panel, latest_rank, list_editions, select_editions
from dti_analysis.cleaning.gazetteer import merge_provinces
from dti_analysis.schema import MAIN_INDICES, PANEL_COLUMNS, PANEL_VALUES, PILLARS

ROUNDING = 1e-4


def stated(clean, basis, year, metric):
    rows = clean[
        (clean["basis"] == basis)
        & (clean["year"] == year)
        & (clean["metric"] == metric)
        & (clean["status"] == "stated")
    ]
    return rows.drop_duplicates("code").set_index("code")["value"]


@pytest.mark.parametrize(
    ("basis", "year", "count"), [(63, 2022, 10), (63, 2023, 10), (34, 2024, 34)]
)
def test_the_points_of_the_main_indices_give_the_overall_score(raw, edition, basis, year, count):
    rows = edition(basis, year).dropna(subset=list(MAIN_INDICES))
    overall = compute_overall(rows, edition_points(raw["methodology"], basis, year))
    assert len(rows) == count
    assert (overall - rows["score"]).abs().max() <= ROUNDING


def test_the_weights_of_2022_are_those_of_the_decision(raw):
    points = edition_points(raw["methodology"], 63, 2022)
    weights = (points / points.sum()).round(10).to_dict()
    shared = ("awareness", "institutions", "infrastructure", "workforce", "security")
    assert weights == dict.fromkeys(shared, 0.1) | {
        "government_activity": 0.2,
        "economy_activity": 0.15,
        "society_activity": 0.15,
    }


def test_the_pillars_of_2020_give_the_overall_score(clean):
    pillars = {pillar: stated(clean, 63, 2020, f"score_{pillar}") for pillar in PILLARS}
    frame = pd.DataFrame(pillars).assign(score=stated(clean, 63, 2020, "score_overall")).dropna()
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


@pytest.mark.parametrize(("year", "count"), [(2022, 19), (2023, 12)])
def test_computed_pillar_ranks_are_the_published_ones_where_these_are_known(
    raw, clean, edition, year, count
):
    rows = edition(63, year)
    pillars = compute_pillars(rows, edition_points(raw["methodology"], 63, year))
    checked = 0
    for pillar in PILLARS:
        published = stated(clean, 63, year, f"rank_{pillar}")
        computed = rank_within_edition(pillars[pillar])[published.index]
        assert (computed == published).all()
        checked += len(published)
    assert checked == count


def test_computed_pillars_are_the_published_ones_to_rounding(raw, clean, edition):
    pillars = compute_pillars(edition(63, 2022), edition_points(raw["methodology"], 63, 2022))
    for pillar in PILLARS:
        published = stated(clean, 63, 2022, f"score_{pillar}")
        assert (pillars.loc[published.index, pillar] - published).abs().max() <= ROUNDING


@pytest.mark.parametrize("year", [2022, 2023])
def test_ranks_computed_from_the_scores_are_the_published_ones(clean, edition, year):
    published = stated(clean, 63, year, "rank_overall")
    computed = rank_within_edition(edition(63, year)["score"])
    assert (computed[published.index] == published).all()
    assert len(published) == {2022: 63, 2023: 21}[year]


def test_ties_share_the_best_rank_as_published(edition):
    ranks = sorted(edition(63, 2022)["rank"])
    assert ranks[13:17] == [14, 15, 15, 17]


def test_a_merged_province_scores_the_mean_of_its_former_ones(raw, edition):
    published = edition(34, 2024)
    assert (published["score_status"] == "published").all()
    merged = merge_provinces(edition(63, 2024)[["score", *PILLARS]], raw["crosswalk_63_34"])
    assert (merged["score"] - published["score"]).abs().max() <= ROUNDING
    # Pillars follow from several rounded numbers on both sides.
    assert (merged[list(PILLARS)] - published[list(PILLARS)]).abs().max(axis=None) <= 2 * ROUNDING


@pytest.mark.parametrize("year", [2022, 2023])
def test_the_34_before_2024_are_merged_and_ranked(raw, edition, year):
    rows = edition(34, year)
    merged = merge_provinces(edition(63, year)[["score"]], raw["crosswalk_63_34"])
    np.testing.assert_allclose(rows["score"], merged["score"], atol=1e-12)
    assert (rows["score_status"] == "computed").all()
    assert rows["rank"].between(1, 34).all()


@pytest.mark.parametrize(
    ("year", "ranks", "scores"), [(2020, 34, 13), (2021, 37, 12), (2022, 63, 63), (2024, 63, 63)]
)
def test_coverage_is_what_the_sources_give(edition, year, ranks, scores):
    rows = edition(63, year)
    assert (rows["rank"].notna().sum(), rows["score"].notna().sum()) == (ranks, scores)


def test_the_story_of_the_users_case(edition):
    ranks = [int(edition(63, year).loc["77", "rank"]) for year in range(2020, 2025)]
    assert ranks == [39, 29, 28, 10, 7]


def test_columns_and_statuses(dti_panel):
    assert dti_panel.columns.tolist() == PANEL_COLUMNS + [f"{c}_status" for c in PANEL_VALUES]
    assert not dti_panel.duplicated(["basis", "year", "code"]).any()
    for column in PANEL_VALUES:
        status = dti_panel[f"{column}_status"]
        assert (status.notna() == dti_panel[column].notna()).all()
        assert set(status.dropna()) <= {"published", "implied", "computed"}
    known = dti_panel.set_index(["basis", "year", "code"])["rank_status"]
    assert known[63, 2022, "77"] == "published"
    assert known[63, 2020, "06"] == "implied"
    assert known[63, 2024, "77"] == "computed"


def test_the_panel_does_not_depend_on_the_order_of_the_facts(raw, resolved, gazetteer, dti_panel):
    shuffled = resolved.sample(frac=1, random_state=1)
    again = build_panel(shuffled, raw["methodology"], raw["crosswalk_63_34"], gazetteer)
    pd.testing.assert_frame_equal(again, dti_panel)


def test_a_rounded_published_pillar_makes_no_false_tie(raw, edition):
    rows = edition(63, 2022)
    assert rows.loc["84", "government_pillar_status"] == "published"
    assert rows["government_pillar_rank"].is_unique


def test_a_rank_needs_the_whole_field():
    assert rank_within_edition(pd.Series([0.1, np.nan])).isna().all()
    assert rank_within_edition(pd.Series([0.3, 0.1 + 0.2, 0.1])).tolist() == [1, 1, 3]


def test_selecting(dti_panel):
    assert list_editions(dti_panel, 34) == [2020, 2021, 2022, 2023, 2024]
    assert len(select_editions(dti_panel, 34, 2021)) == 68
    assert latest_rank(dti_panel, 63, "77", 2023) == 10
    assert latest_rank(dti_panel, 34, "79", 2021) is None
