"""The parts of an index ahead: where a unit stands in each of its measures, and may go."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dti_analysis.display import Card, Displayed, Table
from dti_analysis.errors import DataError
from dti_analysis.forecasting.answer import describe_index, interval_columns
from dti_analysis.forecasting.draws import DEFAULT_DRAWS, DEFAULT_SEED
from dti_analysis.forecasting.forecast import check_forecast, forecast
from dti_analysis.language import N_, _, format_number, join_names
from dti_analysis.models.forecasters import DEFAULT_MODEL, choose_model
from dti_analysis.panel import Panel, Unit
from dti_analysis.wording import format_rank, name_title

ALONE = N_("Each part is forecast from its own past, and says nothing of the others.")


@dataclass(frozen=True, repr=False)
class Parts(Displayed):
    """The parts of an index, each forecast from its own past; `Index.parts` makes it.

    Parameters
    ----------
    panel, unit, origin_year, year
        The index, the unit, the last edition known, and the next.
    model, draws, seed
        As asked for.
    table : DataFrame
        One row for each part that can be forecast: measure, rank (at the origin, float), count (of
        units ranked), median_rank, best80, worst80.
    left_out : dict of str
        The others, and why they cannot.
    """

    panel: Panel
    unit: Unit
    origin_year: int
    year: int
    model: str
    draws: int
    seed: int
    table: pd.DataFrame
    left_out: dict[str, str]

    def to_frame(self) -> pd.DataFrame:
        """Give the forecasts as a table: that of `table`."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Give everything in plain types for JSON, what is not known as None."""
        parts = [
            {
                "measure": row["measure"],
                "rank": None if pd.isna(row["rank"]) else int(row["rank"]),
                "count": int(row["count"]),
                "median_rank": int(row["median_rank"]),
                "interval80": [int(row["best80"]), int(row["worst80"])],
            }
            for row in self.table.to_dict("records")
        ]
        return {
            "index": self.panel.config.name,
            "basis": self.panel.basis,
            "unit": self.unit.name,
            "code": self.unit.code,
            "origin_year": self.origin_year,
            "model": self.model,
            "draws": self.draws,
            "seed": self.seed,
            "year": self.year,
            "parts": parts,
            "left_out": dict(self.left_out),
        }

    def make_card(self) -> Card:
        """Put it in short."""
        count = len(self.panel.roster(self.origin_year))
        title = name_title(self.unit.label, count, self.origin_year)
        made = _("Model `{model}`, {draws} joint draws, seed {seed}.").format(
            model=self.model, draws=format_number(self.draws), seed=self.seed
        )
        return Card(
            f"{title} ({describe_index(self.panel, self.origin_year)})",
            _(ALONE),
            [parts_table(self)] if len(self.table) else [],
            f"{describe_missing(self)} {made}".lstrip(),
        )


def describe_missing(found: Parts) -> str:
    """Name the parts that are not forecast; nothing where all are."""
    if not found.left_out:
        return ""
    missing = join_names([found.panel.config.label(name) for name in found.left_out])
    return _("Not forecast, as too little is known of them: {parts}.").format(parts=missing)


def parts_table(found: Parts) -> Table:
    """Show where the unit stands in each part, and may go."""
    table, label = found.table, found.panel.config.label
    columns = {
        _("Part"): table["measure"].map(label),
        _("Rank {year}").format(year=found.origin_year): [
            _("{rank} of {count}").format(rank=format_rank(rank), count=count)
            for rank, count in zip(table["rank"], table["count"], strict=True)
        ],
        _("Expected {year}").format(year=found.year): table["median_rank"],
        **interval_columns(table, [80]),
    }
    return Table(pd.DataFrame(columns), _("The parts, one edition ahead"))


def forecast_parts(
    panel: Panel,
    name: str,
    origin: int | None = None,
    model: str = DEFAULT_MODEL,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
) -> Parts:
    """Forecast each part of an index for one unit; see `dti_analysis.index.Index.parts`."""
    unit, origin = panel.find(name), panel.choose_origin(origin)
    check_forecast(panel, origin, 1, draws, seed)
    choose_model(model)
    rows, left_out = [], {}
    for measure in panel.measures[1:]:
        try:
            own = panel.of(measure)
            drawn = forecast(own, own.choose_origin(origin), 1, model, draws, seed).draws
            summary = drawn.summarise(drawn.unit(unit.code).code).iloc[0]
        except DataError as error:
            left_out[measure] = str(error)
            continue
        rank = own.ranks_of(origin).get(unit.code, float("nan"))
        told = summary[["median_rank", "best80", "worst80"]].astype(int).to_dict()
        rows.append({"measure": measure, "rank": rank, "count": drawn.count, **told})
    if not (rows or left_out):
        raise DataError(f"{panel.config.name} has no parts: its panel states one measure alone.")
    columns = ["measure", "rank", "count", "median_rank", "best80", "worst80"]
    (year,) = panel.next_editions(origin, 1)
    table, how = pd.DataFrame(rows, columns=columns), (model, draws, seed)
    return Parts(panel, unit, origin, year, *how, table, left_out)
