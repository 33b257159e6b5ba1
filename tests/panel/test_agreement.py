"""Columns that state one thing: refused where most disagree, else told by name."""

import numpy as np
import pandas as pd
import pytest

from dti_analysis.cleaning.agreement import (
    describe_labels,
    describe_means,
    describe_odds,
    find_odds,
)
from dti_analysis.cleaning.panel_table import read_panel
from dti_analysis.cleaning.rosters import build_panel
from dti_analysis.config import make_config
from dti_analysis.errors import DataError
from dti_analysis.project import load_index, read_index

NAMES = "ABCDEFGHIJ"


def tabulate(scores, ranks, year=2020):
    rows = zip(NAMES, scores, ranks, strict=False)
    return pd.DataFrame(
        [(unit, year, score, rank) for unit, score, rank in rows],
        columns=["unit", "year", "score", "rank"],
    )


def build(scores, ranks, **told):
    return build_panel(read_panel(tabulate(scores, ranks)), make_config(told, "here"), "p.csv")


def find(panel):
    found = find_odds(panel).sort_values("code")
    return [(row.code, int(row.rank), int(row.expected)) for row in found.itertuples(index=False)]


@pytest.mark.parametrize(
    ("scores", "ranks", "told", "remedy"),
    [
        (
            [1, 2, 3, 4, 5],
            [1, 2, 3, 4, 5],
            {},
            r"Is less better\? Say higher_is_better = false in ",
        ),
        ([5, 4, 3, 2, 1], [1, 2, 3, 4, 5], {"higher_is_better": False}, r"Is more better\? Leave"),
        ([5, 4, 3, 2, 1], [3, 1, 4, 2, 5], {}, r"Correct the ranks or the scores\.$"),
        ([1, 2, 3, 4, 5, None], [1, 2, 3, 4, 5, 6], {}, "--lower-is-better"),
        ([1, 2, 3, 4, 5], [11, 20, 31, 42, 50], {"subset": True}, "--lower-is-better"),
        ([1, 2, 3, 4, 5, 6, 7], [1, 2, 3, None, 5, 6, 7], {}, "--lower-is-better"),
    ],
)
def test_an_edition_in_which_most_disagree_is_refused(scores, ranks, told, remedy):
    with pytest.raises(DataError, match=remedy) as refusal:
        build(scores, ranks, **told)
    start = "p.csv: expected the ranks of 2020 to follow the scores, found "
    assert str(refusal.value).startswith(start)
    assert '"A" (rank ' in str(refusal.value) or '"B" (rank ' in str(refusal.value)


def test_one_edition_at_odds_among_others_is_named():
    good = tabulate([5, 4, 3, 2, 1], [1, 2, 3, 4, 5], 2019)
    table = pd.concat([good, tabulate([5, 4, 3, 2, 1], [5, 4, 3, 2, 1])])
    with pytest.raises(
        DataError, match=r"the ranks of 2020 .* found 4 of 5 at odds: \"E\" \(rank 1"
    ):
        read_index(table)


@pytest.mark.parametrize(
    ("scores", "ranks", "told", "odd"),
    [
        # Fewer than five, whatever they say.
        ([9, 6, 3], [3, 1, 2], {}, [("A", 3, 1), ("B", 1, 2), ("C", 2, 3)]),
        ([1, 2, 3, 4], [1, 2, 3, 4], {}, [("A", 1, 4), ("B", 2, 3), ("C", 3, 2), ("D", 4, 1)]),
        # Half of more: two that have changed places.
        ([9, 8, 7, 6, 5, 4], [1, 3, 2, 4, 5, 6], {}, [("B", 3, 2), ("C", 2, 3)]),
        ([4, 5, 6, 7, 8, 9], [1, 3, 2, 4, 5, 6], {"higher_is_better": False},
         [("B", 3, 2), ("C", 2, 3)]),
        # Equal as printed: either way, or both the best.
        ([9.1, 9.1, 9.1, 5, 4], [2, 1, 3, 4, 5], {}, []),
        ([9.1, 9.1, 9.1, 5, 4], [1, 1, 3, 4, 5], {}, []),
        ([9.1, 9.1, 9.1, 5, 4], [1, 1, 1, 4, 5], {}, []),
        ([0.1 + 0.2, 0.3, 0.2, 0.1, 0], [2, 1, 3, 4, 5], {}, []),
        # A rank shared by scores that differ.
        ([9, 8, 7, 6, 5], [1, 2, 2, 4, 5], {}, [("C", 2, 3)]),
        # Ranks that go on after a tie: told, as ties share the best, but in the order of scores.
        ([9, 9, 7, 6, 5], [1, 1, 2, 3, 4], {}, [("C", 2, 3), ("D", 3, 4), ("E", 4, 5)]),
        # Others in between are not known: only the order counts.
        ([9, 8, None, 6, 5], [1, 3, 2, 4, 5], {}, []),
        ([9, 8, None, 6, 5], [3, 1, 2, 4, 5], {}, [("A", 3, 1), ("B", 1, 3)]),
        ([9, 8, 7, 6, 5], [4, 9, 20, 31, 63], {"subset": True}, []),
        ([9, 8, 7, 6, 5], [9, 4, 20, 31, 63], {"subset": True}, [("A", 9, 4), ("B", 4, 9)]),
        # A rank is missing: the scores of all say what the others are.
        ([9, 8, 7, 6, 5], [None, 2, 3, 5, 4], {}, [("D", 5, 4), ("E", 4, 5)]),
        ([9, 9, 7, 6, 5], [None, 2, 3, 4, 5], {}, []),
        ([9, 8, 7, 6, 5], [None] * 5, {}, []),
        ([None] * 5, [1, 2, 3, 4, 5], {}, []),
    ],
)  # fmt: skip
def test_what_is_at_odds_is_found_by_name(scores, ranks, told, odd):
    assert find(build(scores, ranks, **told)) == odd


def test_no_more_than_ten_are_named_of_an_edition():
    ranks = np.arange(1, 31)
    swapped = np.concatenate([ranks[:14].reshape(-1, 2)[:, ::-1].ravel(), ranks[14:]])
    table = pd.DataFrame({"unit": ranks, "year": 2020, "score": 31 - ranks, "rank": swapped})
    (told,) = describe_odds(read_index(table).panel)
    assert told.count("by its score") == 10
    assert "by its score), …; shown as published" in told


def test_answers_of_several_tell_at_their_foot_whose_rank_and_score_are_at_odds():
    table = pd.concat(tabulate([9, 6, 3, 1], [1, 2, 3, 4], year) for year in (2019, 2020))
    table = pd.concat([table, tabulate([3, 9, 6, 1], [1, 2, 3, 4], 2021)])
    index = read_index(table)
    forecast = index.forecast(draws=20)
    line = '2021: rank and score at odds: "A" (rank 1, 3 by its score), "B" (rank 2, 1 by its score'
    for found in (forecast.compare("A", "B"), forecast.movers(2)):
        assert line in str(found).split("seed 2022.\n")[1]
    assert '2021: rank and score at odds: "A" (' in str(forecast.compare("A", "D"))
    assert "at odds" not in str(index.forecast(origin=2020, draws=20).movers(2))


def test_a_computed_rank_is_not_held_against_what_it_is_made_of():
    panel = build([9, 8, 7, 6], [None, 2, 3, 4])
    assert find(panel) == []
    values = panel.values.assign(rank=[4.0, 3, 2, 1], rank_status="computed")
    assert find_odds(type(panel)(panel.config, panel.units, values)).empty


def test_it_is_told_with_what_the_forecast_uses():
    scored, ranked = build([9, 6, 3], [3, 1, 2]), build([9, 6, *[None] * 3], [2, 1, 3, 4, 5])
    (first,) = describe_odds(scored)
    assert first == (
        '2020: rank and score at odds: "A" (rank 3, 1 by its score), "B" (rank 1, 2 by its score), '
        '"C" (rank 2, 3 by its score); shown as published, the forecast uses the scores'
    )
    told, _asked = describe_odds(ranked)
    assert told.endswith('"A" (rank 2, 1 by its score), "B" (rank 1, 2 by its score); shown as '
                         "published, the forecast uses the ranks")  # fmt: skip


def test_a_small_index_that_may_point_the_other_way_is_asked(tmp_path):
    (*told, asked) = describe_odds(build([1, 2, 3], [1, 2, 3]))
    assert len(told) == 1
    assert asked.startswith("2020: most ranks follow the scores the other way round; does higher_")
    assert list(describe_odds(build([1, 2, 3], [1, 2, 3], higher_is_better=False))) == []
    index = read_index(tabulate([9, 6, *[None] * 4], [2, 1, 3, 4, 5, 6]))
    assert len(list(describe_odds(index.panel))) == 2


def test_a_card_says_that_the_ranks_are_used_where_few_scores_are_known():
    tables = [tabulate([9, 6, *[None] * 4], [2, 1, 3, 4, 5, 6], year) for year in (2019, 2020)]
    answer = read_index(pd.concat(tables)).forecast(draws=50).answer("A")
    assert (
        "Its rank, which the forecast uses, and its score are at odds: by its score it would be "
        "1st in 2019 and 1st in 2020."
    ) in " ".join(str(answer).split())


@pytest.mark.parametrize("basis", ["63", "34"])
def test_the_dti_agrees_with_itself(basis):
    assert find_odds(load_index(basis).panel).empty


def test_the_ranks_of_a_pillar_are_held_against_its_scores(index):
    panel = index.panel
    pillar = panel.values["measure"] == "economy_pillar"
    is_2024 = pillar & (panel.values["year"] == 2024) & panel.values["rank"].notna()
    first, second = panel.values[is_2024].sort_values("rank").index[:2]
    values = panel.values.copy()
    values.loc[is_2024, "rank_status"] = "published"
    values.loc[[first, second], "rank"] = values.loc[[second, first], "rank"].to_numpy()
    changed = type(panel)(panel.config, panel.units, values)
    assert set(find_odds(changed)["measure"]) == {"economy_pillar"}
    (told,) = describe_odds(changed)
    assert told.startswith("2024: rank and score of Digital economy at odds: ")


@pytest.mark.parametrize(
    ("score", "told"),
    [
        ([15.0, 25.0], []),
        ([15.01, 25.0], []),  # two roundings
        ([15.5, 25.0], ['such as "A": 15.500, not 15.000']),
        ([1.5, 2.5], ["2020: 2 of 2 scores are not the weighted mean", '"B": 2.500, not 25.000']),
    ],
)
def test_a_whole_far_from_its_parts_is_told(score, told):
    table = pd.DataFrame(
        {"unit": ["A", "B"], "year": 2020, "score": score, "x": [10.0, 20.01], "y": [20.0, 29.99]}
    )
    found = list(describe_means(read_index(table, components={"x": 1, "y": 1}).panel))
    assert len(found) == bool(told)
    assert all(part in found[0] for part in told)


def test_names_codes_and_regions_that_change_are_told():
    columns = ["unit", "code", "region", "year", "score"]
    rows = [
        ("Old", "1", "North", 2019, 3),
        ("New", "1", "South", 2020, 3),
        ("Twin", "2", "North", 2019, 2),
        ("Twin", "3", "North", 2019, 1),
        ("Same", "4", "", 2019, 2),
        ("Same", "4", "East", 2020, 1),
    ]
    panel = read_index(pd.DataFrame(rows, columns=columns)).panel
    assert list(describe_labels(panel)) == [
        '"1" goes by the names "Old", "New", of which the last stands',
        '"New" lies in "North", "South", of which the last stands',
        '"Twin" has the codes "2", "3", each a unit of its own',
    ]


CSV = (
    "unit,year,score,rank\nA,2020,9,3\nB,2020,6,1\nC,2020,3,2\nA,2021,9,1\nB,2021,6,2\nC,2021,3,3\n"
)


def test_check_and_the_card_of_the_unit_tell_it(dti, tmp_path, monkeypatch):
    file = tmp_path / "p.csv"
    file.write_text(CSV, encoding="utf-8")
    told = dti("forecast", "A", "--panel", file, "--draws", 50).output
    said = "Its rank and score are at odds: by its score, which the forecast uses, it would be"
    assert f"{said} 1st in 2020." in " ".join(told.split())
    assert dti("init", tmp_path / "own", "--panel", file).exit_code == 0
    monkeypatch.setenv("DTI_ROOT", str(tmp_path / "own"))
    checked = dti("check")
    assert checked.exit_code == 0
    assert '2020: rank and score at odds: "A" (rank 3, 1 by its score)' in checked.output


def test_another_unit_and_an_earlier_origin_are_not_concerned():
    rows = CSV.replace("B,2020,6,1\nC,2020,3,2", "B,2020,6,2\nC,2020,3,1").splitlines()
    table = pd.DataFrame([row.split(",") for row in rows[1:]], columns=rows[0].split(","))
    table["year"] = np.where(table["year"] == "2021", 2019, table["year"].astype(int))
    index = read_index(table)
    told = {unit: str(index.forecast(draws=50).answer(unit)) for unit in "ABC"}
    assert ["at odds" in told[unit] for unit in "ABC"] == [True, False, True]
