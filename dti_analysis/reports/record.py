"""The record of an index, as the sections of a report cite it."""

from functools import lru_cache

import pandas as pd

from dti_analysis.evaluation.track_record import load_record
from dti_analysis.forecasting.draws import Draws
from dti_analysis.language import _
from dti_analysis.panel import Panel
from dti_analysis.project import find_processed


@lru_cache(maxsize=2)
def read_record(panel: Panel, size: int) -> pd.DataFrame | None:
    """Read what the default forecaster would have said from each past edition, once a process.

    The chances wanted are those of the best `size`; see
    `dti_analysis.evaluation.track_record.load_record`.
    """
    return load_record(panel, [size], find_processed(panel))


def name_method(draws: Draws, record: pd.DataFrame) -> str:
    """Name the forecaster on record within a sentence: the one of these `draws`, or the default."""
    model = record["model"].iloc[0]
    if model == draws.model:
        return _("this method")
    return _("the default model `{model}`").format(model=model)
