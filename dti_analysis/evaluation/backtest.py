"""Rolling-origin backtest: what each forecaster would have said, held against what came.

From every origin a forecast sees the editions up to it, and nothing else; it is the one that
reports print. Its draws are ranked among the units of which a value is known in the outcome edition
too.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dti_analysis.display import Card, Displayed, Table
from dti_analysis.errors import DataError
from dti_analysis.evaluation import skill
from dti_analysis.evaluation.calibration import LEAST_ORIGINS, list_chances, reliability
from dti_analysis.evaluation.levels import call_needs, count_needs, list_needs, measure_scores
from dti_analysis.evaluation.scores import call, measure, standardise_each
from dti_analysis.evaluation.skill import REFERENCE
from dti_analysis.forecasting.answer import describe_index, interval_columns
from dti_analysis.forecasting.draws import (
    DEFAULT_HORIZON,
    DEFAULT_SEED,
    Draws,
    check_draws,
    check_horizon,
    check_whole,
)
from dti_analysis.forecasting.forecast import forecast
from dti_analysis.language import _, format_number, format_percent, pgettext
from dti_analysis.models.forecasters import DEFAULT_MODEL, MODELS, Forecaster, choose_model
from dti_analysis.models.positions import FloatArray, standardise
from dti_analysis.models.ranks import rank_draws
from dti_analysis.panel import Panel
from dti_analysis.wording import format_range

DEFAULT_DRAWS = 2000
MIN_EDITIONS = 4
"""Editions up to an origin, unless the index says otherwise: three changes to learn from."""
TOP = (5, 10, 20)

_DECIMALS = 9


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
class Evaluation(Displayed):
    """How good the forecasters were; `evaluate` finds out.

    All but `outcomes` and `failures` hold the measures of `dti_analysis.evaluation.scores.measure`
    and `dti_analysis.evaluation.levels.measure_scores`, and ``skill``: 1 - rps / rps of the random
    walk.

    Parameters
    ----------
    settings, panel
        How it was made, and what was forecast.
    by_origin : DataFrame
        One row per model, origin and horizon: model, origin, horizon, edition (of the outcome),
        units (ranked), the measures, rps_reference (of the random walk) and skill.
    by_horizon : DataFrame
        One row per horizon and model: origins (how many), forecasts (the same here), mean measures
        over them, skill (of the mean RPS, over the origins that both forecast), and skill_low,
        skill_high: 90 % interval from resampling origins; NaN with one origin.
    overall : DataFrame
        The same over all horizons together; forecasts counts pairs of origin and horizon, and
        origins are resampled with all their horizons.
    outcomes : DataFrame
        One row per model, origin, horizon and unit: model, origin, horizon, edition, unit, and
        what `dti_analysis.evaluation.scores.call` tells of each unit, its score (index units), what
        was said of it (median_score, low80, high80), and what
        `dti_analysis.evaluation.levels.call_needs` tells of the scores needed, of the usual sizes
        alone where more than these are asked about.
    failures : DataFrame
        model, origin, reason: forecasts that are missing because the model refused.
    """

    settings: Settings
    by_origin: pd.DataFrame
    by_horizon: pd.DataFrame
    overall: pd.DataFrame
    outcomes: pd.DataFrame
    failures: pd.DataFrame
    panel: Panel

    def reliability(self, models: Sequence[str] = ()) -> pd.DataFrame:
        """Say how often the chances of the top sizes came true, by `models`, by default all.

        Returns
        -------
        DataFrame
            model, and what `dti_analysis.evaluation.calibration.reliability` tells of each class.
        """

        def judge(calls: pd.DataFrame) -> pd.DataFrame:
            rng = np.random.default_rng(self.settings.seed)
            return reliability(list_chances(calls, self.settings.top), rng)

        return self._judge_each(models, judge)

    def needs(self, models: Sequence[str] = ()) -> pd.DataFrame:
        """Say how often the scores said to be needed were enough, by `models`, by default all.

        Returns
        -------
        DataFrame
            model, and what `dti_analysis.evaluation.levels.count_needs` tells; empty where no
            scores are known.
        """
        sense = self.panel.config.sense
        return self._judge_each(models, lambda calls: count_needs(list_needs(calls, sense)))

    def _judge_each(
        self, models: Sequence[str], judge: Callable[[pd.DataFrame], pd.DataFrame]
    ) -> pd.DataFrame:
        """Put together what is told of the outcomes of each of `models`, by default all."""
        records = []
        for model, calls in self.outcomes.groupby("model", sort=False):
            if not models or model in models:
                record = judge(calls)
                record.insert(0, "model", model)
                records.append(record)
        return pd.concat(records, ignore_index=True) if records else pd.DataFrame()

    def to_dict(self) -> dict[str, Any]:
        """Give everything and the record of chances in plain types for JSON, what is missing None.

        docs/evaluation.md says what each field means.
        """
        names = ("overall", "by_horizon", "by_origin", "failures", "outcomes")
        tables = {name: getattr(self, name) for name in names}
        tables |= {"reliability": self.reliability(), "needs": self.needs()}
        config = self.panel.config
        return {
            "index": config.name,
            "measure": self.panel.measure,
            "basis": self.panel.basis,
            "settings": asdict(self.settings),
            **{name: _to_records(table) for name, table in tables.items()},
        }

    def to_frame(self) -> pd.DataFrame:
        """Give the mean measures and the skill by horizon and model: those of `by_horizon`."""
        return self.by_horizon.copy()

    def make_card(self) -> Card:
        """Put it in short."""
        settings = self.settings
        origins = sorted(self.by_origin["origin"].unique())
        units = sorted(set(self.by_origin["units"]))
        title = _("What would have been said as of {years}, and what came").format(
            years=", ".join(map(str, origins))
        )
        judged = list(self.outcomes["model"].unique())
        model = DEFAULT_MODEL if DEFAULT_MODEL in judged else judged[-1]
        record = self.reliability([model])
        tables = [skill_table(self), *([reliability_table(record)] if len(record) else [])]
        if self.by_horizon["score_crps"].notna().any():
            tables.append(scores_table(self, model))
        if len(needs := self.needs([model])):
            tables.append(needs_table(needs))
        if len(self.failures):
            tables.append(Table(self.failures, _("Forecasts that were refused")))
        thin = (
            _(
                "The intervals take every chance for a case of its own, which those of one edition "
                "are not: they are too narrow. Resampling origins would tell by how much; that "
                "takes {least} or more."
            ).format(least=LEAST_ORIGINS)
            if len(record) and record["is_thin"].any()
            else ""
        )
        made = _(
            "Units ranked: {span}. Chances of the top {top} by `{model}`. {draws} joint draws, "
            "seed {seed}."
        ).format(
            span=format_range(units[0], units[-1]),
            top=", ".join(map(str, settings.top)),
            model=model,
            draws=format_number(settings.draws),
            seed=settings.seed,
        )
        return Card(f"{describe_index(self.panel)}: {title}", "", tables, f"{made} {thin}".strip())


def skill_table(found: Evaluation) -> Table:
    """Show the scores of each model by horizon."""
    rows = found.by_horizon
    columns = {
        _("Editions ahead"): rows["horizon"],
        _("Model"): rows["model"],
        _("Origins"): rows["origins"],
        _("RPS × 100"): [format_number(rps, 2) for rps in 100 * rows["rps"]],
        _("Skill"): [
            _("reference") if model == REFERENCE else format_percent(value, 1, signed=True)
            for model, value in zip(rows["model"], rows["skill"], strict=True)
        ],
        _("{percent} interval").format(percent=format_percent(0.9)): [
            "–" if model == REFERENCE or pd.isna(low) else _span(low, high)
            for model, low, high in zip(
                rows["model"], rows["skill_low"], rows["skill_high"], strict=True
            )
        ],
        _("80 % held"): [format_number(held) for held in 100 * rows["coverage80"]],
        _("Places wide"): [format_number(width, 1) for width in rows["width80"]],
    }
    caption = _("Error (RPS, ranked probability score) and skill by how far ahead")
    return Table(pd.DataFrame(columns), caption)


def _span(low: float, high: float) -> str:
    return _("{low} to {high}").format(
        low=format_number(100 * low, 1, signed=True), high=format_number(100 * high, 1, signed=True)
    )


def reliability_table(record: pd.DataFrame) -> Table:
    """Show what `dti_analysis.evaluation.calibration.reliability` returns."""
    columns = {
        _("Said (%)"): _bounds(record["low"], record["high"]),
        _("On average"): [format_number(mean) for mean in 100 * record["mean"]],
        _("Chances"): record["chances"],
        _("Came true"): record["came_true"],
        _("%"): [format_number(share) for share in 100 * record["share"]],
        _("{percent} interval").format(percent=format_percent(0.9)): _bounds(
            record["share_low"], record["share_high"]
        ),
    }
    return Table(pd.DataFrame(columns), _("Chances by what was said, and how many came true"))


def _bounds(lows: pd.Series, highs: pd.Series) -> list[str]:
    return [f"{100 * low:.0f}–{100 * high:.0f}" for low, high in zip(lows, highs, strict=True)]


def scores_table(found: Evaluation, model: str) -> Table:
    """Show how good the scores forecast were, by horizon."""
    rows = found.by_horizon[found.by_horizon["model"] == model].dropna(subset="score_crps")
    columns = {
        _("Editions ahead"): rows["horizon"],
        _("Origins"): rows["origins"],
        "CRPS": [format_number(value, 3) for value in rows["score_crps"]],
        _("Error of the median"): [format_number(value, 2) for value in rows["score_mae"]],
        _("Error of no change"): [format_number(value, 2) for value in rows["score_mae_unchanged"]],
        _("80 % held"): [format_number(held) for held in 100 * rows["score_coverage80"]],
    }
    caption = _("Scores forecast by how far ahead; errors in spreads of an edition's scores")
    return Table(pd.DataFrame(columns), caption)


def needs_table(record: pd.DataFrame) -> Table:
    """Show what `dti_analysis.evaluation.levels.count_needs` returns."""
    columns = {
        _("Editions ahead"): record["horizon"],
        _("Said to give"): [
            _("{width} %").format(width=format_number(100 * chance))
            for chance in record["probability"]
        ],
        _("Origins"): record["origins"],
        _("Scores said"): record["scores"],
        _("Enough (%)"): [format_number(share) for share in 100 * record["enough"]],
        _("Came to it or above"): record["met"],
        _("Of these in place (%)"): [
            "–" if pd.isna(share) else format_number(share) for share in 100 * record["reached"]
        ],
    }
    return Table(pd.DataFrame(columns), _("Scores said to be needed, and whether they were enough"))


def outcomes_table(picked: pd.DataFrame, names: Mapping[str, str], noun: str) -> Table:
    """Show the best and the worst forecasts, under the noun for what is ranked."""
    columns = {
        _("Editions ahead"): picked["horizon"],
        _("Call"): picked["is_best"].map({True: _("best"), False: _("worst")}),
        noun: picked["unit"].map(names),
        pgettext("edition", "From"): picked["origin"].astype(str),
        pgettext("edition", "For"): picked["edition"].astype(str),
        _("Median"): picked["median_rank"],
        **interval_columns(picked, [80]),
        pgettext("rank", "Came"): picked["outcome"],
        _("RPS × 100"): [format_number(rps, 1) for rps in 100 * picked["rps"]],
    }
    return Table(pd.DataFrame(columns), _("The best and the worst calls by how far ahead"))


def evaluate(
    panel: Panel,
    models: Mapping[str, Forecaster] | Sequence[str] = (),
    window_last: int | None = None,
    horizon: int = DEFAULT_HORIZON,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    min_editions: int | None = None,
    top: Sequence[int] = TOP,
    approach: str | None = None,
    progress: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> Evaluation:
    """Backtest forecasters from every origin that has enough editions.

    Parameters
    ----------
    panel : Panel
        The index.
    models : sequence of str, or mapping of str to Forecaster
        What to evaluate, by name (see `dti_analysis.models.forecasters.choose_model`) or as it is;
        the ladder by default. The random walk is added if it is not among them.
    window_last : int, optional
        Editions given to the forecasters, the last being the origin; all by default.
    horizon, draws, seed : int
        Editions ahead, as far as there are outcomes; joint futures per forecast. Every forecast
        starts from the seed, so that it is the one `dti forecast` makes with it.
    min_editions : int, optional
        Editions an origin must have up to and including itself; what the index says by default,
        else four, which leave three changes to learn from.
    top : sequence of int
        Sizes K of the best groups whose chances are scored.
    approach, progress
        See `dti_analysis.index.Index.forecast`; wraps the origins as they are gone through, for a
        progress bar.

    Raises
    ------
    DataError
        If a setting is out of range, the panel has too few editions, or nothing can be scored.
    """
    least = panel.config.min_editions or MIN_EDITIONS
    least = least if min_editions is None else min_editions
    settings = Settings(window_last, horizon, draws, seed, least, tuple(top))
    _check(settings)
    given = (
        {name: choose_model(model)[1] for name, model in models.items()}
        if isinstance(models, Mapping)
        else choose_models(models)
    )
    ladder = given if REFERENCE in given else {REFERENCE: MODELS[REFERENCE], **given}
    origins = list_origins(panel, least)
    _check_size(panel, origins, settings)
    cells: list[dict[str, Any]] = []
    outcomes: list[pd.DataFrame] = []
    failures: list[dict[str, Any]] = []
    for step in _list_steps(panel, progress(origins), ladder, settings, approach, failures):
        calls, counts = step.call(settings)
        measures = measure(calls, counts, step.standardise(), step.reached, settings.top)
        cells.append(step.label | {"units": len(calls)} | measures | step.measure_scores())
        outcomes.append(step.list_calls(calls, settings))
    if not cells:
        reasons = [f"{found['model']}: {found['reason']}" for found in failures]
        reason = reasons[0] if reasons else "no origin shares two units with a later edition."
        raise DataError(f"nothing to evaluate from {_join(origins)}: {reason}")
    by_origin = skill.add_skill(pd.DataFrame(cells))
    return Evaluation(
        settings,
        by_origin,
        skill.average(by_origin, ["horizon", "model"], seed),
        skill.average(by_origin, ["model"], seed),
        pd.concat(outcomes, ignore_index=True),
        pd.DataFrame(failures, columns=["model", "origin", "reason"]),
        panel,
    )


def list_outcomes(
    panel: Panel, model: str, draws: int, min_editions: int, top: Sequence[int]
) -> pd.DataFrame:
    """List what one forecaster would have said from every origin, and what came; see `Evaluation`.

    It is empty where there are too few editions, or none can be forecast from.
    """
    settings = Settings(None, DEFAULT_HORIZON, draws, DEFAULT_SEED, min_editions, tuple(top))
    try:
        origins = list_origins(panel, min_editions)
    except DataError:  # too few editions
        return pd.DataFrame()
    steps = _list_steps(panel, origins, {model: MODELS[model]}, settings, None, [])
    found = [step.list_calls(step.call(settings)[0], settings) for step in steps]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def choose_models(names: Sequence[str]) -> Mapping[str, Forecaster]:
    """Take forecasters by their `names`, the ladder's first; all of these if none is named."""
    chosen = {*names, REFERENCE}
    ladder = {name: model for name, model in MODELS.items() if not names or name in chosen}
    return ladder | dict(map(choose_model, names))


def list_origins(panel: Panel, min_editions: int) -> list[int]:
    """List the editions from which a forecast can be held against a later one, if any."""
    # An index with a parent is forecast by way of it, so its editions count.
    known = panel.parent.editions if panel.parent else panel.editions
    origins = [
        year
        for year in panel.editions[:-1]
        if sum(edition <= year for edition in known) >= min_editions
    ]
    if not origins:
        raise DataError(
            f"the panel has the editions {_join(panel.editions) or 'none'}: expected at "
            f"least {min_editions + 1}, {min_editions} up to an origin and one for its outcome. "
            "Give a longer panel, or ask for fewer editions before an origin."
        )
    return origins


def _check(settings: Settings) -> None:
    check_horizon(settings.horizon)
    least = {"window_last": 1, "draws": 2, "seed": 0, "min_editions": 1}
    for name, bound in least.items():
        label = "last" if name == "window_last" else name.replace("_", " ")
        if name != "window_last" or settings.window_last is not None:
            check_whole(label, getattr(settings, name), bound)
    if any(size < 1 for size in settings.top):
        raise DataError(f"top {_join(settings.top)} is out of range: expected at least 1.")


def _look_back(panel: Panel, origin: int, window_last: int | None) -> Panel:
    if window_last is None:
        return panel
    editions = [year for year in panel.editions if year <= origin]
    return panel.between(editions[-window_last:][0], panel.editions[-1])


@dataclass(frozen=True)
class _Step:
    """An edition that was forecast, and came."""

    label: dict[str, Any]  # model, origin, horizon, edition
    drawn: Draws
    units: tuple[str, ...]  # codes of those of which a value is known in the edition too
    reached: FloatArray  # their positions then
    came: FloatArray  # and their scores, more being better, NaN where not known

    def select(self, chunk: FloatArray) -> FloatArray:
        """Take the positions of the edition and the units, shape (draws, units)."""
        return chunk[:, self.label["horizon"] - 1, self._places]

    @cached_property
    def _places(self) -> list[int]:
        return [self.drawn.locate(code) for code in self.units]

    def standardise(self) -> FloatArray:
        """Positions within each draw, shape (draws, units)."""
        return self.drawn.futures.join(lambda chunk: standardise_each(self.select(chunk)))

    @cached_property
    def _scores(self) -> FloatArray:
        """Scores drawn, more being better, shape (draws, units)."""
        scores = self.drawn.to_scores(
            self.drawn.futures.join(self.select), self.label["horizon"] - 1
        )
        return np.asarray(self.drawn.panel.config.orient(scores))

    def measure_scores(self) -> dict[str, float]:
        """Measure the scores drawn against those that came."""
        panel, origin = self.drawn.panel, self.label["origin"]
        known = panel.rows[panel.rows["year"] == origin].set_index("code")["score"]
        before = panel.config.orient(known.reindex(list(self.units)).to_numpy(dtype=float))
        return measure_scores(self._scores, self.came, before, abs(self.drawn.spread))

    def list_calls(self, calls: pd.DataFrame, settings: Settings) -> pd.DataFrame:
        """Set its score, what was said of it and the scores needed beside what was said."""
        orient, told = self.drawn.panel.config.orient, calls
        sizes = settings.top if len(settings.top) <= len(TOP) else TOP
        if np.isfinite(self.came).any():
            needs = call_needs(self._scores, self.came, sizes)
            ends = np.quantile(orient(self._scores), [0.5, 0.1, 0.9], axis=0)
            said = dict(zip(["median_score", "low80", "high80"], ends, strict=True))
            told = calls.assign(score=orient(self.came), **said)
            told = pd.concat([told, orient(needs)], axis=1)
        return told.assign(unit=self.units, **self.label)

    def call(self, settings: Settings) -> tuple[pd.DataFrame, NDArray[np.uint32]]:
        """Tell what was said of each unit, and the number of draws with each of its ranks."""
        counts = self.drawn.count_ranks(
            lambda chunk: self.select(chunk)[:, None], 1, len(self.units)
        )[0]
        # The same for all models, so that they differ in their forecasts alone.
        seeds = [settings.seed, self.label["origin"], self.label["horizon"] - 1]
        came = rank_draws(self.reached)
        return call(counts, came, settings.top, np.random.default_rng(seeds)), counts


def _list_steps(
    panel: Panel,
    origins: Iterable[int],
    ladder: Mapping[str, Forecaster],
    settings: Settings,
    approach: str | None,
    failures: list[dict[str, Any]],
) -> Iterator[_Step]:
    """Forecast from each origin by each model, and list the editions of which the outcome is known.

    What a model refuses is added to the `failures`.
    """
    for origin in origins:
        seen = _look_back(panel, origin, settings.window_last)
        ahead = min(settings.horizon, sum(year > origin for year in panel.editions))
        for name, model in ladder.items():
            asked = origin, ahead, model, settings.draws, settings.seed, approach
            try:
                drawn = forecast(seen, *asked).draws
            except DataError as error:
                failures.append({"model": name, "origin": origin, "reason": str(error)})
                continue
            for step, edition in enumerate(drawn.years):
                came = panel.outcome(edition, drawn.codes)
                if len(came) >= 2:
                    outcome = standardise(came)
                    label = {"model": name, "origin": origin}
                    label |= {"horizon": step + 1, "edition": edition}
                    reached = outcome.mean[:, -1].round(_DECIMALS)
                    scores = came.set_index("unit")["score"].reindex(list(outcome.units))
                    yield _Step(label, drawn, outcome.units, reached, scores.to_numpy(dtype=float))


def _check_size(panel: Panel, origins: Sequence[int], settings: Settings) -> None:
    """Refuse draws that would not fit into memory: those of all units at a step are held."""
    units = max(len((panel.parent or panel).roster(origin)) for origin in origins)
    check_draws(settings.draws, settings.horizon, units, panel.config.units, 2, 4 * 8 * units)


def _to_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(name): None if value != value else value for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def _join(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))
