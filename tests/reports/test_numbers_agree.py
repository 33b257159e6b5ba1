"""What a page prints and what it gives to take away: the same numbers, one by one."""

import base64
import io
import json
import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from city_project import CITIES, NOUNS, SCALE, describe, write_panel, write_project
from frozen import CHECKOUT
from running import call

from dti_analysis.language import format_number, ordinal, use_language
from dti_analysis.wording import (
    format_chance,
    format_gain,
    format_range,
    name_chance,
    name_goal_in,
    name_places,
)

TARGETS = "".join(
    f'[[targets]]\nunit = "{CITIES[2]}"\nrank = {rank}\nyear = {year}\nstated_on = "2023"\n'
    'source = "Gazette, 3 May: Up to the top (p. 4)"\n'
    for rank, year in ((2, 2024), (1, 2026))
)
CASES = {
    "dti": ("TP. Hồ Chí Minh", "34", "vi"),
    "former": ("BR-VT", "63", "en"),
    "own": (CITIES[2], None, "en"),
}


@pytest.fixture(scope="module")
def cities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cities")
    write_project(folder, write_panel())
    (folder / "index.toml").write_text(describe(**NOUNS) + SCALE + TARGETS, encoding="utf-8")
    return folder


class Page:
    """A report and its files, as a reader has them."""

    def __init__(self, file, numbers):
        self.soup = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
        told = numbers.with_name(f"{numbers.name}-forecast.json").read_text(encoding="utf-8")
        self.told = json.loads(told)
        self.years, self.chances = (
            pd.read_csv(f"{numbers}-{table}.csv") for table in ("forecast", "rank-probabilities")
        )

    def read_figure(self, stem):
        """The numbers below a figure."""
        link = self.soup.find("a", download=f"{stem}.csv")
        return pd.read_csv(io.BytesIO(base64.b64decode(link["href"].partition(",")[2])))

    def read_rows(self, table):
        return [
            [re.sub("[ \n]+", " ", cell.get_text()).strip() for cell in row.find_all(["th", "td"])]
            for row in table.find_all("tr")
        ]


@pytest.fixture(scope="module", params=CASES)
def page(request, tmp_path_factory, cities):
    unit, basis, language = CASES[request.param]
    output = tmp_path_factory.mktemp("numbers")
    asked = ["report", unit, "--lang", language, "--draws", "400", "--output", output]
    of_basis = ["--basis", basis] if basis else []
    code, out, err = call(*asked, *of_basis, cwd=CHECKOUT if basis else cities)
    assert code == 0, out + err
    (numbers,) = output.rglob("*-forecast.json")
    stem = numbers.name.removesuffix("-forecast.json")
    (page,) = numbers.parent.glob(f"{stem}.*html")
    with use_language(language):
        yield Page(page, numbers.parent / stem)


def test_the_cards_say_the_ranks_and_ranges_of_the_files(page):
    cards = page.soup.select(".keys > div")
    known = page.years[(page.years["kind"] == "known") & page.years["median_rank"].notna()]
    assert cards[0].strong.text.lower() == ordinal(int(known["median_rank"].iloc[-1])).lower()
    ahead = page.years[page.years["kind"] == "forecast"]
    assert [row["median_rank"] for row in page.told["forecast"]] == ahead["median_rank"].tolist()
    assert cards[1].strong.text.lower() == ordinal(int(ahead["median_rank"].iloc[0])).lower()
    for row, note in zip((ahead.iloc[0], ahead.iloc[-1]), cards[1].select("dd")[1:], strict=True):
        ends = row["best_rank_80pct"], row["worst_rank_80pct"]
        assert format_range(*ends) in note.text
        (told,) = (each for each in page.told["forecast"] if each["year"] == row["year"])
        assert told["interval80"] == list(ends)
    drawn = page.read_figure("trajectory").dropna(subset="median_rank")
    for name, column in (("median_rank",) * 2, ("best80", "best_rank_80pct")):
        assert drawn[name].tolist() == ahead[column].tolist()


def test_the_ladder_says_the_chances_of_the_files(page):
    (_, *tops), *rows = page.read_rows(page.soup.select_one(".ladder table"))
    found = page.chances.set_index(["year", "rank"])["cumulative_probability"]
    assert len(rows) == 2
    for year, *cells in rows:
        assert cells == [format_chance(found[int(year), int(top)]) for top in tops]
    for row in page.told["forecast"]:
        listed = page.chances[page.chances["year"] == row["year"]]["probability"]
        assert row["rank_probabilities"] == pytest.approx(listed.tolist())


def test_the_targets_have_the_chances_and_needs_of_the_files(page):
    official = [each for each in page.told["targets"] if each["probability_in_year"] is not None]
    assert official
    told = [item.get_text() for item in page.soup.select("main > ul li")]
    wanted, found = [], page.chances.set_index(["year", "rank"])["cumulative_probability"]
    for target in official:
        goal = target["target_rank"], target["target_year"]
        assert target["probability_in_year"] == pytest.approx(found[goal[::-1]])
        shares = {format_chance(target[f"probability_{when}_year"]) for when in ("in", "by")}
        (line,) = (line for line in told if name_goal_in(*goal) in line.replace("**", ""))
        assert all(share in line for share in shares), line
        wanted += [(name_goal_in(*goal), need) for need in target["needs"]]
    (table,) = (
        each for each in page.soup.find_all("table") if each.find("th") and each.caption
        and page.read_rows(each)[1][:1] == [wanted[0][0]]
    )  # fmt: skip
    rows = page.read_rows(table)[1:]
    assert len(rows) == len(wanted)
    for (goal, _, score, lift), (name, need) in zip(rows, wanted, strict=True):
        places = len(score.replace(",", ".").partition(".")[2])
        assert goal == name
        assert score == format_number(need["score"], places)
        assert lift == format_gain(max(need["lift"], 0), places)


def test_who_set_a_target_and_where_that_stands_is_told_in_ladder_and_list(page):
    sources = {"Hồ Chí Minh": "vneconomy.vn", "Bà Rịa - Vũng Tàu": "vlr.vn"}
    source = sources.get(page.told["unit"], "Gazette, 3 May")
    assert source in page.soup.select_one(".ladder > dd:last-child").text
    assert any(source in item.text for item in page.soup.select("main > ul li"))
    assert "Up to the top" not in page.soup.main.text  # in whatever language that is


def test_what_the_next_edition_takes_is_told_alike(page):
    """The card, the figure and its numbers; and the files, where the target is of that edition."""
    card = page.soup.select_one(".keys .needed")
    needs = page.read_figure("needs")
    nearest = page.told["forecast"][0]["year"]
    for target in page.told["targets"]:
        for need in target["needs"] if target["target_year"] == nearest else []:
            asked = name_chance(need["probability"]), name_places(target["target_rank"])
            if all(words in card.dt.text for words in asked):
                assert card.strong.text == format_number(
                    need["lift"], len(re.split("[,.]", card.strong.text)[1]), signed=True
                )
    assert card.strong.text
    assert len(needs)


def test_the_neighbours_are_those_of_their_numbers(page):
    table, *_ = page.soup.select("table.rows")
    listed = page.read_figure("neighbours")
    for cells, row in zip(page.read_rows(table)[1:], listed.to_dict("records"), strict=True):
        span = format_range(row["best80"], row["worst80"])
        chance = "–" if pd.isna(row["probability"]) else format_chance(row["probability"])
        wanted = [f"{row['rank']:.0f}", row["unit"], f"{row['median_rank']} ({span})", chance]
        assert cells == wanted
        if chance == "–":
            assert row["median_rank"] == page.told["forecast"][0]["median_rank"]


def test_the_dots_are_the_chance_printed(page):
    for link in page.soup.find_all("a", download=lambda name: name and "ranks-" in name):
        if link["download"].endswith(".csv"):
            year = int(link["download"].removesuffix(".csv").rpartition("-")[2])
            drawn = page.read_figure(link["download"].removesuffix(".csv"))
            listed = page.chances[page.chances["year"] == year]["probability"]
            assert drawn["probability"].tolist() == pytest.approx(listed.tolist())
