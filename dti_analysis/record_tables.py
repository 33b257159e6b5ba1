"""Tables of the record."""

from collections.abc import Mapping

import pandas as pd

from dti_analysis.evaluation import Evaluation
from dti_analysis.skill import BAR
from dti_analysis.tables import Table


def tabulate_skill(found: Evaluation) -> Table:
    """Show the scores of each model by horizon."""
    rows = found.by_horizon
    frame = pd.DataFrame(
        {
            "Editions ahead": rows["horizon"],
            "Model": rows["model"],
            "Origins": rows["origins"],
            "RPS × 100": rows["rps"].mul(100).map("{:.2f}".format),
            "Skill": [
                "bar" if model == BAR else f"{100 * skill:+.1f} %"
                for model, skill in zip(rows["model"], rows["skill"], strict=True)
            ],
            "90 % interval": [
                "–" if model == BAR or pd.isna(low) else f"{100 * low:+.1f} to {100 * high:+.1f}"
                for model, low, high in zip(
                    rows["model"], rows["skill_low"], rows["skill_high"], strict=True
                )
            ],
            "80 in 100 held": rows["coverage80"].mul(100).map("{:.0f}".format),
            "Places wide": rows["width80"].map("{:.1f}".format),
        }
    )
    return Table(frame, "Error (RPS, ranked probability score) and skill by how far ahead")


def tabulate_record(record: pd.DataFrame) -> Table:
    """Show what `dti_analysis.calibration.record_chances` returns."""
    frame = pd.DataFrame(
        {
            "Said (in 100)": [
                f"{100 * low:.0f}–{100 * high:.0f}"
                for low, high in zip(record["low"], record["high"], strict=True)
            ],
            "On average": record["mean"].mul(100).map("{:.0f}".format),
            "Chances": record["chances"],
            "Came true": record["came_true"],
            "In 100": record["share"].mul(100).map("{:.0f}".format),
            "90 % interval": [
                f"{100 * low:.0f}–{100 * high:.0f}"
                for low, high in zip(record["share_low"], record["share_high"], strict=True)
            ],
        }
    )
    return Table(frame, "Chances by what was said, and how many came true")


def tabulate_calls(picked: pd.DataFrame, names: Mapping[str, str]) -> Table:
    """Show the best and the worst calls.

    Parameters
    ----------
    picked : DataFrame
        From `dti_analysis.calibration.pick_calls`.
    names : mapping of str to str
        Names of provinces by code.
    """
    frame = pd.DataFrame(
        {
            "Editions ahead": picked["horizon"],
            "Call": picked["is_best"].map({True: "best", False: "worst"}),
            "Province": picked["unit"].map(names),
            "From": picked["origin"].astype(str),
            "For": picked["edition"].astype(str),
            "Median": picked["median_rank"],
            "80 in 100": [
                f"{best}–{worst}"
                for best, worst in zip(picked["best80"], picked["worst80"], strict=True)
            ],
            "Came": picked["came"],
            "RPS × 100": picked["rps"].mul(100).map("{:.1f}".format),
        }
    )
    return Table(frame, "The best and the worst calls by how far ahead")
