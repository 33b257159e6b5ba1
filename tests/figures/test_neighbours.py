import pytest
from bs4 import BeautifulSoup

from dti_analysis.figures.neighbours import tabulate_neighbours
from dti_analysis.wording import format_chance

CASES = [
    ("Bà Rịa - Vũng Tàu", "63", 2024),
    ("Hồ Chí Minh", "34", 2024),
    ("Cao Bằng", "34", 2024),
    ("Hưng Yên", "34", 2021),
]


def read_rows(figure):
    table = BeautifulSoup(figure.to_html(), "html.parser").table
    return [
        [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        for row in table.tbody.find_all("tr")
    ]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_there_are_five_above_and_five_below_and_the_unit_in_its_place(ask, case):
    found = ask(*case)
    figure, year = tabulate_neighbours(found), found.years[0]
    rows = read_rows(figure)
    assert rows[figure.own][1::2] == [found.unit.label, "–"]
    assert figure.own <= 5
    assert len(rows) - figure.own - 1 <= 5
    codes = {
        found.draws.panel.config.label_unit(name): code
        for code, name in found.draws.panel.names.items()
    }
    for rank, name, expected, chance in rows:
        code = codes[name]
        told = found.draws.summarise(code).iloc[0]
        assert expected == (
            f"{told['median_rank']:.0f} ({told['best80']:.0f}–{told['worst80']:.0f})"
        )
        known = found.draws.panel.rank_of(code, case[2])
        assert rank == ("–" if known is None else str(known))
        if name != found.unit.label:
            ahead = found.draws.ahead(found.unit.code, code).set_index("year")["probability"]
            assert chance == format_chance(ahead[year])


def test_bars_are_as_long_as_the_chances(ask):
    figure = tabulate_neighbours(ask("Hồ Chí Minh", "34"))
    bars = BeautifulSoup(figure.to_html(), "html.parser").select(".bar b")
    lengths = [f"width: {100 * chance:.1f}%" for chance in figure.table["probability"].dropna()]
    assert [bar["style"] for bar in bars] == lengths


def test_a_unit_alone_has_no_neighbours(toy_panel):
    from dti_analysis.project import read_index

    one = read_index(toy_panel.loc[toy_panel["unit"] == "b", ["unit", "year", "score"]])
    assert tabulate_neighbours(one.forecast(draws=50).answer("b")) is None
