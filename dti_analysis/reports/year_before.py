"""What the forecasts of the editions before said of those up to the origin, and what came."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from dti_analysis.display import Table
from dti_analysis.evaluation.calibration import list_held
from dti_analysis.figures.year_before import plot_calls
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import Draws
from dti_analysis.forecasting.target_chance import name_kind
from dti_analysis.language import _, format_number, ordinal
from dti_analysis.reports.record import name_method, read_record
from dti_analysis.reports.section import Section
from dti_analysis.targets import Target
from dti_analysis.wording import format_chance, name_places, name_range

Call = Mapping[Hashable, Any]


def tell(answer: Answer) -> Section | None:
    """Hold what was said one edition ahead against what came, where the edition before could."""
    size = answer.chances[0].target.target_rank if answer.chances else 1
    calls = list_calls(answer.draws, size)
    own = calls[calls["unit"] == answer.unit.code]
    origin = answer.draws.origin_year
    if origin not in set(own["edition"]):
        return None
    return Section.under(
        _("What was forecast for {year}, and what came").format(year=origin),
        describe_call(answer, calls),
        plot_calls(answer, own),
        scores_table(answer, own),
    )


def list_calls(draws: Draws, size: int) -> pd.DataFrame:
    """List what is on record of one edition ahead, up to the origin, one row per edition and unit.

    The chances of the best `size` are kept; for the columns see
    `dti_analysis.evaluation.backtest.Evaluation.outcomes`.
    """
    record = read_record(draws.panel, size)
    if record is None:
        return pd.DataFrame(columns=["unit", "edition"])
    return record[(record["horizon"] == 1) & (record["edition"] <= draws.origin_year)]


def describe_call(answer: Answer, calls: pd.DataFrame) -> str:
    """Say what was said of the edition of the origin, what came, and how the others fared.

    The unit has a row in that edition among the `calls`, from `list_calls`.
    """
    draws, code = answer.draws, answer.unit.code
    field = calls[calls["edition"] == draws.origin_year]
    (row,) = field[field["unit"] == code].to_dict("records")
    text = _(
        "As of {origin}, {method} would have put {unit} around **{median}** in {year} ({ends}); it "
        "came **{rank}**: {verdict}."
    ).format(
        origin=row["origin"],
        year=draws.origin_year,
        unit=answer.unit.label,
        method=name_method(draws, calls),
        median=ordinal(int(row["median_rank"])),
        ends=name_range(row["best80"], row["worst80"]),
        rank=ordinal(int(row["outcome"])),
        verdict=_judge(row),
    )
    published = draws.panel.rank_of(code, draws.origin_year)
    if published not in (None, int(row["outcome"])):
        among = _("That is its rank among those forecast; among all it came {rank}.")
        text += " " + among.format(rank=ordinal(published))
    targets = draws.panel.targets_of(code, int(row["origin"]))
    told = [_describe_chance(target, row) for target in targets if _is_on_record(target, row)]
    held = _("Of the ranges of all {count} {units} for {year}, {held} held the rank that came.")
    held = held.format(
        year=draws.origin_year,
        units=draws.panel.config.nouns["units"],
        count=len(field),
        held=list_held(field).sum(),
    )
    return " ".join([text, *told, held])


def _judge(row: Call) -> str:
    if row["outcome"] < row["best80"]:
        return _("better than that range")
    return _("worse than that range") if row["outcome"] > row["worst80"] else _("inside that range")


def _is_on_record(target: Target, row: Call) -> bool:
    """Whether a target is of this edition, and its chance kept: of many units, few sizes are."""
    chance = row.get(f"top{target.target_rank}")
    return target.target_year == row["edition"] and pd.notna(chance)


def _describe_chance(target: Target, row: Call) -> str:
    text = _("The chance of {places} ({who}) was put at **{frequency}**: the target was missed.")
    if row["outcome"] <= target.target_rank:
        text = _(
            "The chance of {places} ({who}) was put at **{frequency}**: the target was reached."
        )
    return text.format(
        places=name_places(target.target_rank),
        who=name_kind(target),
        frequency=format_chance(row[f"top{target.target_rank}"]),
    )


def scores_table(answer: Answer, own: pd.DataFrame) -> Table | None:
    """Show by edition the score said of a unit, and the one that came; None of ranks alone."""
    if "median_score" not in own or own["median_score"].isna().all():
        return None
    rows, places = own.sort_values("edition"), answer.draws.panel.decimals
    said, *ends, came = (
        [_tell_score(score, places) for score in rows[name]]
        for name in ("median_score", "low80", "high80", "score")
    )
    columns = {
        _("Edition"): rows["edition"].astype(str),
        _("Score said"): [
            f"{median} ({low}–{high})" for median, low, high in zip(said, *ends, strict=True)
        ],
        _("Score that came"): came,
    }
    return Table(pd.DataFrame(columns), _("Scores said one edition ahead, and those that came"))


def _tell_score(score: float, places: int) -> str:
    return "–" if math.isnan(score) else format_number(score, places)
