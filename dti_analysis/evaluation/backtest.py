"""Rolling-origin backtest: what each forecaster would have said, held against what came.

From every origin a forecaster sees the editions up to it and the units with a value there, nothing
else. Its draws are ranked among the units that have a value in the outcome edition too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.cleaning.dti import select_editions
from dti_analysis.cleaning.store import load_data
from dti_analysis.cleaning.tables import list_editions, select_origin
from dti_analysis.display import Shown
from dti_analysis.errors import DataError
from dti_analysis.evaluation import skill
from dti_analysis.evaluation.calibration import list_chances, record_chances
from dti_analysis.evaluation.scores import measure
from dti_analysis.evaluation.skill import BAR
from dti_analysis.forecasting.draws import DEFAULT_HORIZON, DEFAULT_SEED, check_horizon
from dti_analysis.models.drawing import draw_futures
from dti_analysis.models.forecasters import MODELS, Forecaster
from dti_analysis.models.positions import FloatArray, Positions, standardise

DEFAULT_DRAWS = 2000
MIN_EDITIONS = 4
MIN_EDITIONS_DTI = 2
"""Of five editions, so that there are three origins; elsewhere there must be `MIN_EDITIONS`."""
TOP = (5, 10, 20)


@dataclass(frozen=True)
class Settings:
    """How a backtest was made; see `evaluate`."""

    window_last: int | None
    horizon: int
    draws: int
    seed: int
    min_editions: int
    top: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Evaluation(Shown):
    """How good the forecasters were; `evaluate` finds out.

    All but `calls` and `refusals` hold the measures of `dti_analysis.evaluation.scores.measure`,
    and ``skill``: 1 - rps / rps of the random walk.

    Parameters
    ----------
    settings : Settings
        How it was made.
    by_origin : DataFrame
        One row per model, origin and horizon: model, origin, horizon, edition (of the outcome),
        units (ranked), the measures, rps_bar (of the random walk) and skill.
    by_horizon : DataFrame
        One row per horizon and model: origins (how many), forecasts (the same here), mean measures
        over them, skill (of the mean RPS, over the origins that both forecast), and skill_low,
        skill_high: 90 % interval from resampling origins; NaN with one origin.
    overall : DataFrame
        The same over all horizons together; forecasts counts pairs of origin and horizon, and
        origins are resampled with all their horizons.
    calls : DataFrame
        One row per model, origin, horizon and unit: model, origin, horizon, edition, unit, and
        what `dti_analysis.evaluation.scores.measure` tells of each unit.
    refusals : DataFrame
        model, origin, reason: forecasts that are missing because the model refused.
    """

    settings: Settings
    by_origin: pd.DataFrame
    by_horizon: pd.DataFrame
    overall: pd.DataFrame
    calls: pd.DataFrame
    refusals: pd.DataFrame

    def list_record(self, models: Sequence[str] = ()) -> pd.DataFrame:
        """Say how often the chances of the top sizes came true.

        Parameters
        ----------
        models : sequence of str
            Of which forecasters; of all by default.

        Returns
        -------
        DataFrame
            model, and what `dti_analysis.evaluation.calibration.record_chances` tells of each
            class.
        """
        records = []
        for model, calls in self.calls.groupby("model", sort=False):
            if not models or model in models:
                chances = list_chances(calls, self.settings.top)
                rng = np.random.default_rng(self.settings.seed)
                record = record_chances(chances, rng)
                record.insert(0, "model", model)
                records.append(record)
        return pd.concat(records, ignore_index=True) if records else pd.DataFrame()

    def to_dict(self) -> dict[str, Any]:
        """Give everything and the record of chances in plain types for JSON, what is missing None.

        docs/evaluation.md says what each field means.
        """
        names = ("overall", "by_horizon", "by_origin", "refusals", "calls")
        tables = {name: getattr(self, name) for name in names} | {"record": self.list_record()}
        return {
            "settings": asdict(self.settings),
            **{name: _to_records(table) for name, table in tables.items()},
        }


def evaluate(
    panel: pd.DataFrame | None = None,
    models: Mapping[str, Forecaster] | Sequence[str] = (),
    window_last: int | None = None,
    horizon: int = DEFAULT_HORIZON,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    min_editions: int | None = None,
    top: Sequence[int] = TOP,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> Evaluation:
    """Backtest forecasters from every origin that has enough editions.

    Parameters
    ----------
    panel : DataFrame, optional
        Columns unit, year, score, rank; one row per unit and edition. The DTI of the 63 by default.
    models : sequence of str, or mapping of str to Forecaster
        What to evaluate, by name or as it is; all that are known by default. The random walk is
        added if it is not among them.
    window_last : int, optional
        Editions given to the forecasters, the last being the origin; all by default.
    horizon : int
        Editions ahead, as far as there are outcomes.
    draws : int
        Joint futures per forecast.
    seed : int
        Every forecast starts from it, so that it is the one `dti forecast` makes with this seed.
    min_editions : int, optional
        Editions an origin must have up to and including itself; four by default, which leave three
        changes to learn from, and two for the DTI, which has few.
    top : sequence of int
        Sizes K of the best groups whose chances are scored.
    progress : callable
        Wraps the origins as they are gone through, for a progress bar.

    Returns
    -------
    Evaluation

    Raises
    ------
    DataError
        If a setting is out of range, the panel has too few editions, or nothing can be scored.

    Examples
    --------
    >>> from dti_analysis import evaluate
    >>> found = evaluate(models=["pooled_local_level"], draws=100)
    >>> found.overall[["model", "origins", "forecasts"]]
                    model  origins  forecasts
    0         random_walk        3          6
    1  pooled_local_level        3          6
    """
    least = MIN_EDITIONS if panel is not None else MIN_EDITIONS_DTI
    min_editions = least if min_editions is None else min_editions
    panel = select_units(load_data().panel) if panel is None else panel
    models = models if isinstance(models, Mapping) else choose_models(models)
    settings = Settings(window_last, horizon, draws, seed, min_editions, tuple(top))
    _check(settings)
    origins = _list_origins(panel, min_editions)
    ladder = dict(models) if BAR in models else {BAR: MODELS[BAR], **models}
    cells: list[dict[str, Any]] = []
    calls: list[pd.DataFrame] = []
    refusals: list[dict[str, Any]] = []
    for origin in progress(origins):
        positions = _look_back(panel, origin, window_last)
        outcomes = _list_outcomes(panel, origin, positions.units, settings)
        for name, model in ladder.items() if outcomes else ():
            try:
                fitted = model.fit(positions)
                start, size = np.random.default_rng(seed), len(positions.units)
                drawn = draw_futures(fitted, max(outcomes) + 1, draws, size, start)
            except DataError as error:
                refusals.append({"model": name, "origin": origin, "reason": str(error)})
                continue
            for step, (edition, outcome) in outcomes.items():
                label: dict[str, Any] = {"model": name, "origin": origin, "horizon": step + 1}
                known = np.isfinite(outcome)
                # The same for all models, so that they differ in their forecasts alone.
                rng = np.random.default_rng([seed, origins.index(origin), step])
                measures, called = measure(drawn[:, step, known], outcome[known], top, rng)
                cells.append(label | {"edition": edition, "units": int(known.sum())} | measures)
                units = np.array(positions.units, dtype=object)[known]
                calls.append(called.assign(**label, edition=edition, unit=units))
    if not cells:
        reasons = [f"{found['model']}: {found['reason']}" for found in refusals]
        reason = reasons[0] if reasons else "no origin shares two units with a later edition."
        raise DataError(f"nothing to evaluate from {_join(origins)}: {reason}")
    by_origin = skill.add_skill(pd.DataFrame(cells))
    return Evaluation(
        settings,
        by_origin,
        skill.average(by_origin, ["horizon", "model"], seed),
        skill.average(by_origin, ["model"], seed),
        pd.concat(calls, ignore_index=True),
        pd.DataFrame(refusals, columns=["model", "origin", "reason"]),
    )


def choose_models(names: Sequence[str]) -> Mapping[str, Forecaster]:
    """Take forecasters by name, in the order of the ladder; all if none is named.

    Raises
    ------
    DataError
        If a name is not known.
    """
    for name in names:
        if name not in MODELS:
            raise DataError(f"model {name} is not known. Known: {', '.join(MODELS)}.")
    return {name: model for name, model in MODELS.items() if not names or name in {*names, BAR}}


def select_units(panel: pd.DataFrame, basis: int = 63) -> pd.DataFrame:
    """Take the index's own panel as that of any index: unit, year, score, rank of one basis."""
    rows = select_editions(panel, basis).rename(columns={"code": "unit"})
    return rows[["unit", "year", "score", "rank"]]


def _check(settings: Settings) -> None:
    check_horizon(settings.horizon)
    least = {"window_last": 1, "draws": 2, "seed": 0, "min_editions": 1}
    for name, bound in least.items():
        value = getattr(settings, name)
        if value is not None and value < bound:
            label = "last" if name == "window_last" else name.replace("_", " ")
            raise DataError(f"{label} {value} is out of range: expected at least {bound}.")
    if any(size < 1 for size in settings.top):
        raise DataError(f"top {_join(settings.top)} is out of range: expected at least 1.")


def _list_origins(panel: pd.DataFrame, min_editions: int) -> list[int]:
    editions = list_editions(panel)
    origins = editions[min_editions - 1 : -1]
    if not origins:
        raise DataError(
            f"the panel has the editions {_join(editions) or 'none'}: expected at "
            f"least {min_editions + 1}, {min_editions} up to an origin and one for its outcome. "
            "Give a longer panel, or ask for fewer editions before an origin."
        )
    return origins


def _look_back(panel: pd.DataFrame, origin: int, window_last: int | None) -> Positions:
    seen = select_origin(panel, origin)
    if window_last is not None:
        seen = seen[seen["year"].isin(list_editions(seen)[-window_last:])]
    return standardise(seen)


def _list_outcomes(
    panel: pd.DataFrame, origin: int, units: Sequence[str], settings: Settings
) -> dict[int, tuple[int, FloatArray]]:
    """Edition and positions of `units` by step after the origin; NaN for units not in it.

    Editions that share fewer than two units with the origin rank nobody and are left out.
    """
    later = [edition for edition in list_editions(panel) if edition > origin]
    outcomes: dict[int, tuple[int, FloatArray]] = {}
    for step, edition in enumerate(later[: settings.horizon]):
        rows = panel[(panel["year"] == edition) & panel["unit"].isin(units)]
        if len(rows[["score", "rank"]].dropna(how="all")) < 2:
            continue
        came = standardise(select_origin(rows))
        position = pd.Series(came.mean[:, -1], index=list(came.units)).reindex(list(units))
        outcomes[step] = edition, np.asarray(position, dtype=float)
    return outcomes


def _to_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): None if value != value else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _join(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))
