"""The panel that the facts build; the identities they keep are in tests/test_raw_tables.py."""

import numpy as np
import pandas as pd
import pytest

from dti_analysis.cleaning.arithmetic import rank_within_edition
from dti_analysis.cleaning.dti import build_panel, latest_rank, list_editions, select_editions
from dti_analysis.cleaning.gazetteer import merge_provinces
from dti_analysis.schema import MAIN_INDICES, PANEL_COLUMNS, PANEL_VALUES, PILLARS


def stated(clean, basis, year, metric):
    rows = clean[
        (clean["basis"] == basis)
        & (clean["year"] == year)
        & (clean["metric"] == metric)
        & (clean["status"] == "stated")
    ]
    return rows.drop_duplicates("code").set_index("code")["value"]


def test_the_identities_are_checked_on_what_the_sources_give(clean, edition):
    """See tests/test_raw_tables.py."""
    editions = [(63, 2022), (63, 2023), (34, 2024)]
    complete = [len(edition(*key).dropna(subset=list(MAIN_INDICES))) for key in editions]
    assert complete == [10, 10, 34]
    for year, overall, pillars in ((2022, 63, 26), (2023, 21, 15), (2024, 5, 0)):
        assert len(stated(clean, 63, year, "rank_overall")) == overall
        assert sum(len(stated(clean, 63, year, f"rank_{pillar}")) for pillar in PILLARS) == pillars


@pytest.mark.parametrize("year", [2022, 2023])
def test_the_34_before_2024_are_merged_and_ranked(raw, edition, year):
    rows = edition(34, year)
    merged = merge_provinces(edition(63, year)[["score"]], raw["crosswalk_63_34"])
    np.testing.assert_allclose(rows["score"], merged["score"], atol=1e-12)
    assert (rows["score_status"] == "computed").all()
    assert rows["rank"].between(1, 34).all()


@pytest.mark.parametrize(
    ("year", "ranks", "scores"), [(2020, 35, 14), (2021, 42, 14), (2022, 63, 63), (2024, 63, 63)]
)
def test_coverage_is_what_the_sources_give(edition, year, ranks, scores):
    rows = edition(63, year)
    assert (rows["rank"].notna().sum(), rows["score"].notna().sum()) == (ranks, scores)


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
