"""An evaluation as text for the terminal."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dti_analysis.columns import align_columns
from dti_analysis.evaluation.backtest import Evaluation
from dti_analysis.evaluation.calibration import LEAST_ORIGINS
from dti_analysis.evaluation.skill import BAR
from dti_analysis.models.forecasters import DEFAULT_MODEL

_COLUMNS = {
    "model": "model",
    "origins": "origins",
    "rps": "RPS x 100",
    "skill": "skill %",
    "interval": "90 % interval",
    "coverage80": "80 % holds",
    "width80": "places",
    "crps": "CRPS",
    "brier_top10": "Brier top 10",
    "mae": "MAE",
    "spearman": "Spearman",
}
_SCALES = {"rps": 100, "skill": 100, "coverage80": 100}
_DECIMALS = {"rps": 2, "skill": 1, "coverage80": 0, "width80": 1, "mae": 1}

_LEGEND = f"""\
RPS: of the rank, 0 is best. Skill: how much lower than that of {BAR}; its 90 % interval comes from
resampling origins: one origin gives none, and two or three too narrow a one. 80 % holds: how many
of 100 outcomes fell in the central 80 % interval; places: how many ranks that spans. CRPS: of the
position, in standard deviations. MAE: of the median rank, in places."""


_THIN = f"""\
The intervals take every chance for a case of its own, which those of one edition are not: they are
too narrow. Resampling origins would tell by how much; that takes {LEAST_ORIGINS} or more."""
_RESAMPLED = """\
The intervals come from resampling origins, since the chances of one edition depend on each other,
and are nowhere narrower than if they did not."""


def tell_evaluation(found: Evaluation, models: Sequence[str] = ()) -> str:
    """Lay out an evaluation: a table by horizon, one for all together, what is missing.

    Parameters
    ----------
    found : Evaluation
        From `dti_analysis.evaluation.backtest.evaluate`.
    models : sequence of str
        Whose record of chances to tell; the default forecaster's if none is named.

    Returns
    -------
    str
        Several lines, at most 120 characters wide where names of models are not long.
    """
    settings, origins = found.settings, sorted(set(found.by_origin["origin"]))
    units = sorted(set(found.by_origin["units"]))
    span = f"{units[0]}" if len(units) == 1 else f"{units[0]} to {units[-1]}"
    window = f"last {settings.window_last}" if settings.window_last else "all"
    parts = [
        f"Origins: {', '.join(map(str, origins))}. Units ranked: {span}. Editions seen: {window}. "
        f"{settings.draws:,} draws, seed {settings.seed}."
    ]
    for horizon, table in found.by_horizon.groupby("horizon"):
        ahead = "1 edition ahead" if horizon == 1 else f"{horizon} editions ahead"
        parts.append(f"{ahead}\n{_lay_out(table)}")
    if found.by_horizon["horizon"].nunique() > 1:
        parts.append(f"Together\n{_lay_out(found.overall)}")
    if len(found.refusals):
        parts.append(_tell_refusals(found.refusals))
    record = found.list_record(models or [DEFAULT_MODEL])
    top = ", ".join(map(str, settings.top))
    for model, rows in record.groupby("model", sort=False):
        title = f"Chances of a top {top} place by {model}, and how many came true (90 % interval)"
        parts.append(f"{title}\n{_tell_record(rows)}")
    return "\n\n".join([*parts, _LEGEND])


def _tell_record(record: pd.DataFrame) -> str:
    cells = [
        (
            f"said {100 * row['low']:.0f}–{100 * row['high']:.0f} in 100",
            f"(mean {100 * row['mean']:.1f}):",
            f"{row['chances']:,} chances,",
            f"{100 * row['share']:.0f} in 100 came true",
            f"({100 * row['share_low']:.0f} to {100 * row['share_high']:.0f})",
        )
        for row in record.to_dict("records")
    ]
    note = _THIN if record["is_thin"].any() else _RESAMPLED
    return "\n".join([*align_columns(cells, is_flush_right=True), note])


def _lay_out(table: pd.DataFrame) -> str:
    shown = table.reindex(columns=list(_COLUMNS))
    # The bar has no skill against itself to be uncertain of.
    ends = zip(table["model"], table["skill_low"], table["skill_high"], strict=True)
    shown["interval"] = [
        "–" if np.isnan(low) or model == BAR else f"{100 * low:+.1f} to {100 * high:+.1f}"
        for model, low, high in ends
    ]
    for name in shown.columns.difference(["model", "origins", "interval"]):
        sign = "+" if name == "skill" else ""
        pattern = f"{{:{sign}.{_DECIMALS.get(name, 3)}f}}"
        scaled = shown[name] * _SCALES.get(name, 1)
        shown[name] = ["–" if np.isnan(value) else pattern.format(value) for value in scaled]
    shown.loc[shown["model"] == BAR, "skill"] = "bar"
    lines = [list(_COLUMNS.values()), *shown.astype(str).to_numpy().tolist()]
    return "\n".join(align_columns(lines, is_flush_right=True))


def _tell_refusals(refusals: pd.DataFrame) -> str:
    missing = zip(refusals["model"], refusals["origin"], refusals["reason"], strict=True)
    return "\n".join(["Missing", *(f"{model} from {year}: {why}" for model, year, why in missing)])
