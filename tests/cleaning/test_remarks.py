"""Units that come and go are told, with the closest name on the other side."""

import pandas as pd
import pytest

from dti_analysis.cleaning.remarks import list_remarks
from dti_analysis.project import read_index

YEARS = range(2018, 2026)


def tabulate(**since):
    """Name units by code, each with its editions; `A` and `B` are in all."""
    rows = [
        (name, code, year, float(place))
        for place, (code, (name, years)) in enumerate(
            ({"a": ("A", YEARS), "b": ("B", YEARS)} | since).items()
        )
        for year in years
    ]
    return pd.DataFrame(rows, columns=["unit", "code", "year", "score"])


def remark(table):
    return [line for line in list_remarks(read_index(table).panel) if "computed" not in line]


def test_a_unit_spelled_otherwise_from_an_edition_on_is_told_with_both_names():
    table = tabulate(
        x=("TP. Hồ Chí Minh", range(2018, 2025)), y=("Tp Hồ Chí Minh", [2025]), z=("Peru", [2025])
    )
    assert remark(table.drop(columns="code"))[-2:] == [
        '2025: first edition of "Peru", "Tp Hồ Chí Minh"',
        '"Tp Hồ Chí Minh" is new in 2025; closest name that ended before: "TP. Hồ Chí Minh" '
        "(2018 to 2024). If they are one, write one name, or one code, for both.",
    ]


def test_a_unit_whose_code_changes_is_told_with_both_codes():
    table = tabulate(**{"46": ("Huế", range(2018, 2022)), "046": ("Huế", range(2022, 2026))})
    told = '"Huế" (046) is new in 2022; closest name that ended before: "Huế" (46) (2018 to 2021)'
    assert remark(table)[-1].startswith(told)


@pytest.mark.parametrize("name", ["Chile", "Peru City"])
def test_names_that_are_not_close_and_such_as_were_there_together_are_no_pair(name):
    beside = tabulate(x=("Peru", range(2018, 2023)), y=(name, range(2022, 2026)))
    assert remark(beside)[-1] == f'2022: first edition of "{name}"'


def test_a_panel_of_one_roster_has_no_remark():
    assert remark(tabulate()) == []


def test_many_are_told_in_twenty_lines():
    pairs = {}
    for number in range(100, 125):
        pairs[f"x{number}"] = (f"Unit {number}", range(2018, 2022))
        pairs[f"y{number}"] = (f"Unit. {number}", range(2022, 2026))
    lines = remark(tabulate(**pairs))
    assert sum("is new in 2022" in line for line in lines) == 20
    assert lines[-1] == "… and more: 25 are new"
