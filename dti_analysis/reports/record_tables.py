"""Tables of the record."""

from collections.abc import Mapping

import pandas as pd

from dti_analysis.evaluation.backtest import Evaluation
from dti_analysis.evaluation.skill import BAR
from dti_analysis.language import _, format_number, format_percent, pgettext
from dti_analysis.reports.tables import Table


def tabulate_skill(found: Evaluation) -> Table:
    """Show the scores of each model by horizon."""
    rows = found.by_horizon
    frame = pd.DataFrame(
        {
            _("Editions ahead"): rows["horizon"],
            _("Model"): rows["model"],
            _("Origins"): rows["origins"],
            _("RPS × 100"): [format_number(rps, 2) for rps in 100 * rows["rps"]],
            _("Skill"): [
                _("bar") if model == BAR else format_percent(skill, 1, signed=True)
                for model, skill in zip(rows["model"], rows["skill"], strict=True)
            ],
            _("{percent} interval").format(percent=format_percent(0.9)): [
                "–" if model == BAR or pd.isna(low) else _span(low, high)
                for model, low, high in zip(
                    rows["model"], rows["skill_low"], rows["skill_high"], strict=True
                )
            ],
            _("80 in 100 held"): [format_number(held) for held in 100 * rows["coverage80"]],
            _("Places wide"): [format_number(width, 1) for width in rows["width80"]],
        }
    )
    return Table(frame, _("Error (RPS, ranked probability score) and skill by how far ahead"))


def _span(low: float, high: float) -> str:
    return _("{low} to {high}").format(
        low=format_number(100 * low, 1, signed=True), high=format_number(100 * high, 1, signed=True)
    )


def tabulate_record(record: pd.DataFrame) -> Table:
    """Show what `dti_analysis.evaluation.calibration.record_chances` returns."""
    frame = pd.DataFrame(
        {
            _("Said (in 100)"): [
                f"{100 * low:.0f}–{100 * high:.0f}"
                for low, high in zip(record["low"], record["high"], strict=True)
            ],
            _("On average"): [format_number(mean) for mean in 100 * record["mean"]],
            _("Chances"): record["chances"],
            _("Came true"): record["came_true"],
            _("In 100"): [format_number(share) for share in 100 * record["share"]],
            _("{percent} interval").format(percent=format_percent(0.9)): [
                f"{100 * low:.0f}–{100 * high:.0f}"
                for low, high in zip(record["share_low"], record["share_high"], strict=True)
            ],
        }
    )
    return Table(frame, _("Chances by what was said, and how many came true"))


def tabulate_calls(picked: pd.DataFrame, names: Mapping[str, str]) -> Table:
    """Show the best and the worst calls.

    Parameters
    ----------
    picked : DataFrame
        From `dti_analysis.evaluation.calibration.pick_calls`.
    names : mapping of str to str
        Names of provinces by code.
    """
    frame = pd.DataFrame(
        {
            _("Editions ahead"): picked["horizon"],
            _("Call"): picked["is_best"].map({True: _("best"), False: _("worst")}),
            _("Province"): picked["unit"].map(names),
            pgettext("edition", "From"): picked["origin"].astype(str),
            pgettext("edition", "For"): picked["edition"].astype(str),
            _("Median"): picked["median_rank"],
            _("{width} in 100").format(width=80): [
                f"{best}–{worst}"
                for best, worst in zip(picked["best80"], picked["worst80"], strict=True)
            ],
            pgettext("rank", "Came"): picked["came"],
            _("RPS × 100"): [format_number(rps, 1) for rps in 100 * picked["rps"]],
        }
    )
    return Table(frame, _("The best and the worst calls by how far ahead"))
