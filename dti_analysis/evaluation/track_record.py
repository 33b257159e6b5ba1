"""The record of an index itself: what reports would have said from each past edition."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from dti_analysis.evaluation.backtest import DEFAULT_DRAWS, MIN_EDITIONS, list_outcomes
from dti_analysis.files import cached_table, tell_provenance
from dti_analysis.forecasting import draws as joint
from dti_analysis.models.forecasters import DEFAULT_MODEL
from dti_analysis.panel import Panel

_LEAST = 2
"""Editions that an origin must have, where the panel is too short for more."""

_FEW = 100
"""Units of which every size of the best group is kept on record."""

_CELLS = 2**21
"""Units times draws of one forecast on record, at most, unless that leaves too few draws."""

_BUILDERS = ("panel.py", *(f"{part}/*.py" for part in ("models", "forecasting", "evaluation")))


def load_record(
    panel: Panel, sizes: Sequence[int], folder: Path | None = None
) -> pd.DataFrame | None:
    """Read what the default forecaster would have said from each past edition, and what came.

    Of the best groups chances of the `sizes` wanted are kept, of few units all. It is kept in a
    folder, if any, and made anew where data or code have changed. See
    `dti_analysis.evaluation.backtest.Evaluation.outcomes`; None where fewer than three editions
    leave nothing to hold a forecast against.
    """
    known = panel.parent.editions if panel.parent else panel.editions
    least = panel.config.min_editions or max(min(MIN_EDITIONS, len(known) - 2), _LEAST)
    count = len(panel.units)
    top = range(1, count) if count <= _FEW else sorted({*sizes})
    draws = max(min(joint.DEFAULT_DRAWS, _CELLS // count), DEFAULT_DRAWS)

    def build() -> tuple[pd.DataFrame, dict[str, str]]:
        outcomes = list_outcomes(panel, DEFAULT_MODEL, draws, least, top)
        return outcomes.dropna(axis=1, how="all").reset_index(drop=True), {}

    name = "-".join(filter(None, ["record", panel.basis, panel.measure]))
    name += "" if count <= _FEW else f"-{'-'.join(map(str, top))}"
    provenance = tell_provenance({"panel": panel.fingerprint}, _BUILDERS)
    record = cached_table(folder and folder / f"{name}.parquet", provenance, build)
    return record if len(record) else None
