"""What is known of an index, and from where: counts, weights and conflicts."""

import pandas as pd
import pytest

import dti_analysis as dti
from dti_analysis.cleaning.dti import MAIN_INDICES, PILLARS
from dti_analysis.history import known


@pytest.mark.parametrize("basis", ["63", "34"])
def test_every_unit_is_counted_once(basis):
    counts = dti.load_index(basis).coverage()
    statuses = counts[["published", "implied", "computed", "missing"]].sum(axis=1)
    assert (statuses == int(basis)).all()
    assert set(counts["column"]) == {"rank", "score"}


def test_ranks_known_of_the_63(index):
    counts = index.coverage().query("measure == 'overall' and column == 'rank'").set_index("year")
    assert (63 - counts["missing"]).to_dict() == {2020: 35, 2021: 42, 2022: 63, 2023: 63, 2024: 63}


def test_what_is_known_is_a_slow_count(index):
    frame = index.frame()
    counts = index.coverage().set_index(["year", "measure", "column"])
    for year, edition in frame.groupby("year"):
        for column in ("rank", "score"):
            row = counts.loc[(year, "overall", column)]
            for status in ("published", "implied", "computed"):
                assert row[status] == (edition[f"{column}_status"] == status).sum()
        known_pillars = edition[PILLARS[0]].notna().sum()
        assert counts.loc[(year, PILLARS[0], "score"), "missing"] == 63 - known_pillars


def test_what_is_computed_of_a_plain_table_is_told(toy_index):
    counts = toy_index.coverage().query("column == 'score'")
    assert counts["published"].tolist() == [5] * 4
    ranks = toy_index.coverage().query("column == 'rank'")
    assert ranks["computed"].tolist() == [5] * 4
    assert (ranks[["published", "implied", "missing"]] == 0).all().all()


@pytest.mark.parametrize("basis", ["63", "34"])
def test_shares_of_weights_add_up(basis):
    weights = dti.load_index(basis).weights()
    assert weights.columns.tolist() == [2020, 2021, 2022, 2023, 2024]
    assert weights.sum().tolist() == pytest.approx([1] * 5)
    assert weights[2020].dropna().index.tolist() == list(PILLARS)
    assert weights[2024].dropna().index.tolist() == list(MAIN_INDICES)
    assert weights.loc["infrastructure", 2024] == pytest.approx(140 / 940)


def test_conflicts_say_how_far_apart_statements_are():
    cell = {
        "basis": 63,
        "year": 2022,
        "code": "01",
        "province": "Hà Nội",
        "metric": "score_overall",
    }
    other = cell | {"metric": "rank_overall"}
    rows = [cell | {"value": 0.5}, cell | {"value": 0.52}, cell | {"value": 0.49}]
    rows += [other | {"value": 3.0}, other | {"value": 5.0}]
    table = known.measure_conflicts(pd.DataFrame(rows))
    assert table["metric"].tolist() == ["rank_overall", "score_overall"]
    assert table["taken"].tolist() == [3.0, 0.5]
    assert table["statements"].tolist() == [2, 3]
    assert table["apart"].tolist() == pytest.approx([2, 0.03])


def test_the_disputes_of_an_index_are_those_of_its_statements(index):
    conflicts, disputes = index.conflicts(), index.disputes()
    assert len(disputes) > 0
    assert disputes["statements"].sum() == len(conflicts)
    assert (disputes["statements"] > 1).all()
    facts = index.facts()
    assert len(facts) == len(index.panel.tables["facts"])
