"""The record of a project's own index: what would have been said from each of its past editions."""

import hashlib
from pathlib import Path

import pandas as pd

from dti_analysis import paths
from dti_analysis.cleaning.store import keep
from dti_analysis.cleaning.tables import list_editions
from dti_analysis.config import Project
from dti_analysis.evaluation.backtest import MIN_EDITIONS, choose_models, evaluate
from dti_analysis.evaluation.track_record import BUILDERS
from dti_analysis.models.forecasters import DEFAULT_MODEL

_LEAST = 2
"""Editions that an origin must have, where the panel is too short for more."""


def load_record(
    index: Project, target_rank: int, folder: Path = paths.PROCESSED
) -> pd.DataFrame | None:
    """Read the calls of the default forecaster, made anew where panel or code have changed.

    Parameters
    ----------
    index : Project
        The index.
    target_rank : int
        Size of the best group whose chances are kept.
    folder : Path
        Where they are kept.

    Returns
    -------
    DataFrame or None
        See `dti_analysis.evaluation.backtest.Evaluation`, of this forecaster alone; None where
        fewer than three editions leave nothing to hold a forecast against.
    """
    editions = len(list_editions(index.panel))
    if editions <= _LEAST:
        return None
    least = max(min(MIN_EDITIONS, editions - 2), _LEAST)

    def build() -> pd.DataFrame:
        found = evaluate(
            index.panel, choose_models([DEFAULT_MODEL]), min_editions=least, top=[target_rank]
        )
        return found.calls[found.calls["model"] == DEFAULT_MODEL].reset_index(drop=True)

    checksums = {"panel": hashlib.sha256(index.file.read_bytes()).hexdigest()}
    return keep(folder / f"record-{target_rank}.parquet", checksums, BUILDERS, build)
