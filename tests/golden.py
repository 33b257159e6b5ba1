"""The figures that the frozen tables give, and how to write them anew: ``python tests/golden.py``.

Done once per change of a figure that is meant; `git diff --stat tests/data/golden` tells how many.
"""

import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from bs4 import BeautifulSoup

FOLDER = Path(__file__).resolve().parent / "data/golden"
FORECASTS = [
    # Basis, approach and origin: all that can be forecast, and the approach taken by default.
    *((63, "direct", origin) for origin in (2021, 2022, 2023, 2024)),
    *((34, "bottom_up", origin) for origin in (2021, 2022, 2023, 2024)),
    *((34, "direct", origin) for origin in (2023, 2024)),
]
BY_DEFAULT = {63: "direct", 34: "bottom_up"}
TOPS = (1, 3, 5, 10, 15, 20)
KEYS = {
    "forecasts": ["basis", "origin", "code", "approach", "year"],
    "targets": ["basis", "origin", "code", "target_rank", "target_year"],
}
"""Columns that tell the rows of each table apart."""
REPORTS = {
    "ba-ria-vung-tau-63-as-of-2021.en": ("Bà Rịa - Vũng Tàu", 63, "en", 2021),
    "ho-chi-minh-34.vi": ("Hồ Chí Minh", 34, "vi", None),
    # The first of those with the fewest values in the panel.
    "ha-giang-63.en": ("Hà Giang", 63, "en", None),
}
"""Province, basis, language and origin of each report."""


def list_rows() -> Iterator[tuple[str, dict[str, object]]]:
    """Give each row of each table, under the name of the table."""
    import dti_analysis as dti

    for basis, approach, origin in FORECASTS:
        forecast = dti.load_index(basis).forecast(origin, approach=approach)
        for code in forecast.draws.codes:
            keys = {"basis": basis, "origin": origin, "code": code}
            answer = forecast.answer(code)
            ladder = forecast.answer(code, horizon=3).chances_of([*TOPS, basis // 2])
            for row in answer.summary.head(3).to_dict("records"):
                chances = {f"top{top}": ladder.loc[top, row["year"]] for top in TOPS}
                better = ladder.loc[basis // 2, row["year"]]
                told = keys | {"approach": approach} | row | chances
                yield "forecasts", told | {"better_half": better}
            for chance in answer.chances if approach == BY_DEFAULT[basis] else []:
                lifts = {need.probability: need.lift for need in chance.requirements}
                yield (
                    "targets",
                    {
                        **keys,
                        "target_rank": chance.target.target_rank,
                        "target_year": chance.target.target_year,
                        "probability_in_year": chance.probability_in_year,
                        "probability_by_year": chance.probability_by_year,
                        "score_needed_p50": chance.score_needed[0.5],
                        "score_needed_p80": chance.score_needed[0.8],
                        "lift_p50": lifts[0.5],
                        "lift_p80": lifts[0.8],
                    },
                )


def make_tables() -> dict[str, pd.DataFrame]:
    """Make the tables as they are read back, with ten digits."""
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in KEYS}
    for name, row in list_rows():
        rows[name].append(row)
    return {name: read(io.StringIO(write(pd.DataFrame(rows[name])))) for name in KEYS}


def write(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, float_format="%.10g", lineterminator="\n")


def read(file: Path | io.StringIO) -> pd.DataFrame:
    return pd.read_csv(file, dtype={"code": str})


def make_report(name: str) -> str:
    """Make a report and give what it says."""
    from click.testing import CliRunner

    from dti_analysis import cli

    province, basis, language, origin = REPORTS[name]
    as_of = [] if origin is None else ["--origin-year", str(origin)]
    with tempfile.TemporaryDirectory() as folder:
        words = [province, "--basis", str(basis), "--lang", language, *as_of, "--output", folder]
        result = CliRunner().invoke(cli.main, ["report", *words])
        assert result.exit_code == 0, result.output
        (page,) = (Path(folder) / str(basis)).glob("*.html")
        return read_page(page.read_text(encoding="utf-8"))


def read_page(page: str) -> str:
    """Give the text of a page, a line for each block and row, without what stamps it.

    Pictures say their alternative text.
    """
    soup = BeautifulSoup(page, "html.parser")
    for tag in soup.find_all(["head", "style", "script", "footer"]):
        tag.decompose()
    for picture in soup.find_all("img"):
        picture.replace_with(f"[{picture['alt']}]")
    for row in soup.find_all("tr"):
        cells = (cell.get_text(" ") for cell in row.find_all(["th", "td"]))
        row.string = " | ".join(" ".join(cell.split()) for cell in cells)
    for tag in soup.find_all(["a", "abbr", "b", "code", "em", "i", "small", "span", "strong"]):
        tag.unwrap()
    soup.smooth()
    return "".join(f"{' '.join(text.split())}\n" for text in soup.stripped_strings)


if __name__ == "__main__":
    from frozen import make_project

    root = make_project()
    FOLDER.mkdir(exist_ok=True)
    for name, table in make_tables().items():
        (FOLDER / f"{name}.csv").write_text(write(table), encoding="utf-8")
    for name in REPORTS:
        (FOLDER / f"{name}.txt").write_text(make_report(name), encoding="utf-8")
    shutil.rmtree(root)
