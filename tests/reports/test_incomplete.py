"""Reports of an edition that is not complete show nothing of another one in its place."""

import pandas as pd
import pytest

from dti_analysis.display import mark_up
from dti_analysis.project import read_index
from dti_analysis.reports import overview
from dti_analysis.reports.opening import list_keys
from dti_analysis.reports.outcome import describe_outcome
from dti_analysis.reports.profile import editions_table

RANKS = {2019: "12345", 2020: "21345", 2021: "1-324", 2022: "1.425"}
"""Of A to E by edition; a dash has no row, a dot one without a rank."""


def tabulate(ranks):
    rows = [
        (unit, year, None if rank == "." else int(rank))
        for year, edition in ranks.items()
        for unit, rank in zip("ABCDE", edition, strict=True)
        if rank != "-"
    ]
    return pd.DataFrame(rows, columns=["unit", "year", "rank"])


@pytest.fixture(scope="module")
def forecast():
    return read_index(tabulate(RANKS)).forecast(draws=100)


def test_the_overview_opens_with_what_is_not_complete(forecast):
    told = overview.describe_field(forecast, forecast.overview())
    opening = "<strong>2022 is not complete: 4 of 5 known.</strong> A and D led the 2022 edition."
    assert mark_up(told).startswith(opening)
    (left_out,) = overview.tell_method(forecast).parts[-1:]
    assert left_out.frame.iloc[:, [0, 2]].to_numpy().tolist() == [["2021", "B"], ["2022", "B"]]


def test_a_rank_of_an_edition_is_of_that_edition(forecast):
    table = overview.chances_table(forecast).frame.set_index("Unit")
    assert table["Rank 2022"].to_dict() == {"A": "1", "D": "2", "C": "4", "E": "5", "B": "–"}
    assert list(table.index)[-1] == "B"
    movers = forecast.movers(2).table.set_index("unit")
    assert movers["is_inside"].to_dict() == dict.fromkeys("BCE", False) | {"A": True, "D": True}
    assert movers.loc["B", "rank"] == 1  # its last
    assert forecast.movers(3).is_settled is False


def test_a_rank_is_one_of_those_ranked_then():
    table = tabulate({2019: "12345", 2020: "1234-", 2021: "4123-"})
    keys = list_keys(read_index(table).forecast(draws=50).answer("A"))
    assert (keys.cards[0].value, keys.cards[0].notes[0]) == ("4th", "of 4")
    part = tabulate({2019: "12345", 2020: "21345"}).query("unit != 'C'")
    answer = read_index(part, subset=True).forecast(draws=50).answer("E")
    now = list_keys(answer).cards[0]
    assert (now.value, now.notes[0]) == ("5th", "of 5")
    assert "(of 5)" in editions_table(answer).caption
    came = read_index(table).forecast(draws=50).answer("A")
    assert editions_table(came).caption == "Score and rank by edition"


def test_there_is_no_median_of_a_region_not_all_of_whose_ranks_are_published():
    table = tabulate(RANKS).assign(region=lambda rows: rows["unit"].map(lambda unit: unit in "AB"))
    regions = overview.regions_table(read_index(table).forecast(draws=50)).frame
    assert regions["Median rank"].to_list() == ["4.0", "–"]


def test_what_came_of_a_part_is_held_against_ranks_within_it():
    rows = tabulate({2019: "12345", 2020: "12345", 2021: "12345"})
    part = rows.assign(rank=7 * rows["rank"])
    answer = read_index(part, subset=True).forecast(2020, draws=50).answer("D")
    told = str(describe_outcome(answer))
    assert told.startswith("- 2021: it came 4th, inside the 80\u202f% interval (")
    assert told.endswith("That is its rank in this file; among all it came 28th.")
    part.loc[part.index[-1], "rank"] = None
    holed = read_index(part, subset=True, blank="unpublished").forecast(2020, draws=50)
    assert str(describe_outcome(holed.answer("D"))) == (
        "- 2021: among all it came 28th; not all of this file are known."
    )
