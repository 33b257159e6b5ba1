"""What is not there, not published or computed is told by name."""

import pandas as pd
import pytest

from dti_analysis.cleaning.left_out import describe_gaps, describe_left_out, list_left_out
from dti_analysis.cleaning.panel_table import read_panel
from dti_analysis.cleaning.rosters import build_panel
from dti_analysis.config import make_config

WHOLE = [("A", 2020, 3, None), ("B", 2020, 2, None), ("C", 2020, 1, None)]


def build(*rows, **told):
    table = pd.DataFrame(rows, columns=["unit", "year", "score", "rank"])
    return build_panel(read_panel(table), make_config(told, "here"), "here")


def tell(panel, origin=None):
    return [
        (each.kind, each.year, each.units, each.ranked) for each in list_left_out(panel, origin)
    ]


@pytest.mark.parametrize(
    ("rows", "told", "expected"),
    [
        ([("A", 2021, None, 1), ("B", 2021, None, 2), ("C", 2021, None, 3)], {}, []),
        (
            [("A", 2021, None, 1), ("B", 2021, None, None), ("C", 2021, None, 3)],
            {},
            [("unpublished", 2021, ("B",), 3)],
        ),
        (
            [("A", 2021, 9, 1), ("B", 2021, 8, None), ("C", 2021, None, None)],
            {"blank": "unpublished"},
            [("unpublished", 2021, ("C",), 3), ("no_rank", 2021, ("B",), 3)],
        ),
        (
            [("A", 2021, 9, 1), ("B", 2021, 8, None), ("C", 2021, 7, 3)],
            {},
            [("computed", 2021, ("B",), 3)],
        ),
        (
            [("A", 2021, None, 1), ("B", 2021, None, 2), ("C", 2021, None, None)],
            {"blank": "absent"},
            [("gone", 2020, ("C",), 3), ("absent", 2021, ("C",), 2)],
        ),
        ([("A", 2021, None, 1), ("B", 2021, None, 2)], {}, [("gone", 2020, ("C",), 3)]),
        (
            [("A", 2021, None, 1), ("B", 2021, None, 4), ("C", 2021, None, 9)],
            {"subset": True},
            [("beyond", 2021, (), 9)],
        ),
        (
            [("A", 2022, None, None), ("B", 2022, None, None)],
            {},
            [("no_value", 2022, ("A", "B"), 0)],
        ),
    ],
)
def test_what_is_left_out_is_listed_by_name(rows, told, expected):
    first = ("computed", 2020, ("A", "B", "C"), 3)
    found = tell(build(*WHOLE, *rows, **told))
    assert sorted(found) == sorted([first, *expected])
    assert [year for _, year, *_ in found] == sorted(year for _, year, *_ in found)


@pytest.mark.parametrize(
    ("blank", "expected"),
    [
        ([], [("away", 2021, ("B",), 2)]),
        ([("B", 2021, None, None)], [("absent", 2021, ("B",), 2)]),
    ],
)
def test_who_has_no_row_between_two_editions_of_its_own_is_told(blank, expected):
    rows = [(unit, year, None, rank) for year in (2020, 2022) for rank, unit in enumerate("ABC", 1)]
    between = [("A", 2021, None, 1), ("C", 2021, None, 2), *blank]
    panel = build(*rows, *between, blank="absent")
    assert tell(panel) == expected
    assert tell(panel, 2021)[0][0] == "gone"


def test_only_what_an_origin_knows_is_told():
    panel = build(*WHOLE, ("A", 2021, None, 1), ("B", 2022, None, None))
    assert tell(panel, 2020) == [("computed", 2020, ("A", "B", "C"), 3)]
    assert {each.kind for each in list_left_out(panel)} == {"computed", "gone", "no_value"}


def test_editions_computed_as_a_whole_are_one_phrase():
    panel = build(*WHOLE, ("A", 2021, 3, None), ("B", 2021, 2, None))
    assert describe_left_out(panel) == [
        "2020, 2021: all ranks computed from the scores",
        '2020: ranked for the last time, so not forecast: "C"',
    ]


def test_an_edition_that_is_not_complete_says_so():
    panel = build(*WHOLE, ("A", 2021, None, 1), ("B", 2021, None, None), ("C", 2021, None, 3))
    assert describe_gaps(panel, 2021) == "2021 is not complete: 2 of 3 known"
    assert describe_gaps(panel, 2020) == ""
    part = build(("A", 2021, None, 4), ("B", 2021, None, 9), subset=True)
    assert describe_gaps(part, 2021) == "2021: 2 of at least 9 are in this file"
    fewer = build(*WHOLE, ("A", 2021, None, 1), ("B", 2021, None, 2))
    assert describe_gaps(fewer, 2021) == "2021 has 2, 2020 had 3"


def test_check_tells_it(dti, tmp_path, monkeypatch):
    file = tmp_path / "p.csv"
    file.write_text("unit,year,rank\nA,2020,1\nB,2020,2\nA,2021,2\nB,2021,\n", encoding="utf-8")
    assert dti("init", tmp_path / "own", "--panel", file).exit_code == 0
    monkeypatch.setenv("DTI_ROOT", str(tmp_path / "own"))
    told = dti("check")
    assert told.exit_code == 0
    assert told.stdout.splitlines()[0].endswith(
        "no fault found; 2021 is not complete: 1 of 2 known."
    )
    assert '  2021: 1 of 2 not published: "B"' in told.stdout
