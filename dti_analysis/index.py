"""An index, with its verbs: what people hold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dti_analysis.cleaning.facts import clean_facts, list_conflicts
from dti_analysis.config import IndexConfig
from dti_analysis.display import Card, Displayed, Table
from dti_analysis.evaluation import backtest
from dti_analysis.evaluation.calibration import list_chances, reliability
from dti_analysis.evaluation.track_record import load_record
from dti_analysis.forecasting.draws import DEFAULT_DRAWS, DEFAULT_HORIZON, DEFAULT_SEED
from dti_analysis.forecasting.forecast import Forecast, choose_approach, forecast, reach_targets
from dti_analysis.forecasting.parts import Parts, forecast_parts
from dti_analysis.history import convergence, known, persistence
from dti_analysis.language import _, format_number
from dti_analysis.models.forecasters import DEFAULT_MODEL, MODELS, Forecaster
from dti_analysis.panel import Panel, Unit

_REMEMBERED = 4
"""Joint forecasts that an index keeps, each of up to half a gigabyte."""


@dataclass(frozen=True, repr=False, eq=False)
class Index(Displayed):
    """An index: its panel, and what can be asked of it. `load_index` and `read_index` make it.

    Parameters
    ----------
    panel : Panel
        What is known.
    processed : Path or None
        Where what is built of it is kept.
    """

    panel: Panel
    processed: Path | None = None
    _forecasts: dict[tuple[Any, ...], Forecast] = field(default_factory=dict)

    @property
    def config(self) -> IndexConfig:
        """What the index is."""
        return self.panel.config

    @property
    def basis(self) -> str | None:
        """Name of the roster, where the index has several."""
        return self.panel.basis

    @property
    def editions(self) -> tuple[int, ...]:
        """Editions of which anything is known, in ascending order."""
        return self.panel.editions

    @property
    def units(self) -> pd.DataFrame:
        """What is ranked, by code: name, and where known region, row and column of its tile."""
        return self.panel.units

    def find(self, name: str) -> Unit:
        """Find a unit by its name, any spelling, or its code."""
        return self.panel.find(name)

    def frame(self) -> pd.DataFrame:
        """Give the panel as a table, a row for each unit and edition; ranks are floats.

        Returns
        -------
        DataFrame
            year, code, unit, region where known, score, rank, score_status, rank_status; then the
            scores of other measures by name, and their published ranks as ``<measure>_rank``.
        """
        return self.panel.table.copy()

    def to_frame(self) -> pd.DataFrame:
        """Give the panel as a table: that of `frame`."""
        return self.frame()

    def wide(self, column: str = "rank") -> pd.DataFrame:
        """Spread ranks or scores: one row for each unit (code), one column for each edition."""
        return self.panel.wide(column)

    def members(self, name: str) -> pd.DataFrame:
        """List the units of the parent that a unit was made of: code, name, region."""
        members = self.panel.members(self.find(name).code)
        return pd.DataFrame(members, columns=["code", "name", "region"])

    def until(self, year: int) -> "Index":
        """Keep the editions up to one, as they were known then, and the targets known then."""
        targets = self.panel.known_targets(year)
        known = replace(self.panel.between(0, year), targets=targets)
        return replace(self, panel=known, _forecasts={})

    def of(self, measure: str) -> "Index":
        """Take another measure for what is ranked: a component, or a pillar."""
        return replace(self, panel=self.panel.of(measure), _forecasts={})

    def forecast(
        self,
        origin: int | None = None,
        horizon: int | None = None,
        model: str | Forecaster = DEFAULT_MODEL,
        draws: int = DEFAULT_DRAWS,
        seed: int = DEFAULT_SEED,
        approach: str | None = None,
    ) -> Forecast:
        """Forecast all units jointly, once: what was made before is remembered.

        Parameters
        ----------
        origin : int, optional
            Last edition the forecast may know; the last there is by default.
        horizon : int, optional
            Editions ahead; by default 3, or as far as the last official target.
        model : str or Forecaster
            A name in `dti_analysis.models.forecasters.MODELS`, or a forecaster of one's own, as it
            is or as ``module:Name``.
        draws, seed : int
            Number of joint futures; same seed, same numbers. A longer horizon leaves the earlier
            editions as they were.
        approach : {"bottom_up", "direct"}, optional
            By way of the units that were merged into these, or from the past of the units
            themselves; bottom up by default wherever the parent is known at the origin.

        Returns
        -------
        Forecast

        Raises
        ------
        DataError
            If one of these is out of range, or the approach does not lead there.

        Examples
        --------
        >>> import dti_analysis as dti
        >>> forecast = dti.load_index("34").forecast(draws=200)
        >>> table = forecast.to_frame()
        >>> table.loc[table["median_rank"].idxmin(), "unit"]
        'Hà Nội'
        """
        origin = self.panel.choose_origin(origin)
        horizon = reach_targets(self.panel, origin) if horizon is None else horizon
        approach = choose_approach(self.panel, origin, approach)
        asked = (origin, horizon, model, draws, seed, approach)
        is_known = isinstance(model, str) and model in MODELS  # one's own may change
        if not is_known or asked not in self._forecasts:
            made = forecast(self.panel, origin, horizon, model, draws, seed, approach)
            if not is_known:
                return made
            while len(self._forecasts) >= _REMEMBERED:
                del self._forecasts[next(iter(self._forecasts))]
            self._forecasts[asked] = made
        return self._forecasts[asked]

    def parts(
        self,
        unit: str,
        origin: int | None = None,
        model: str = DEFAULT_MODEL,
        draws: int = DEFAULT_DRAWS,
        seed: int = DEFAULT_SEED,
    ) -> Parts:
        """Forecast the rank of a unit in each pillar and component, one edition ahead.

        Parameters
        ----------
        unit : str
            Its name, any spelling, or its code.
        origin, model, draws, seed
            See `forecast`.

        Raises
        ------
        DataError
            If the index has no parts, or one of these is not known.

        Examples
        --------
        >>> import dti_analysis as dti
        >>> dti.load_index("34").parts("Huế", draws=200).to_frame()["measure"].tolist()[:3]
        ['government_pillar', 'economy_pillar', 'society_pillar']
        """
        return forecast_parts(self.panel, unit, origin, model, draws, seed)

    def evaluate(
        self,
        models: Mapping[str, Forecaster] | Sequence[str] = (),
        window_last: int | None = None,
        horizon: int = DEFAULT_HORIZON,
        draws: int = backtest.DEFAULT_DRAWS,
        seed: int = DEFAULT_SEED,
        min_editions: int | None = None,
        top: Sequence[int] = backtest.TOP,
        approach: str | None = None,
        progress: Callable[[Sequence[int]], Iterable[int]] = iter,
    ) -> backtest.Evaluation:
        """Hold what forecasters would have said from each past edition against what came.

        Parameters
        ----------
        models, window_last, horizon, draws, seed, min_editions, top, approach, progress
            See `dti_analysis.evaluation.backtest.evaluate`.

        Examples
        --------
        >>> import dti_analysis as dti
        >>> found = dti.load_index().evaluate(["pooled_local_level"], draws=100)
        >>> found.overall[["model", "origins", "forecasts"]]
                        model  origins  forecasts
        0         random_walk        3          6
        1  pooled_local_level        3          6
        """
        return backtest.evaluate(
            self.panel, models, window_last, horizon, draws, seed, min_editions, top, approach,
            progress,
        )  # fmt: skip

    def track_record(self, top: Sequence[int] = backtest.TOP) -> pd.DataFrame | None:
        """Read what reports would have said from each past edition, beside what came.

        It is kept, and made anew where data or code have changed. The best groups whose chances
        are wanted are of the sizes `top`.

        Returns
        -------
        DataFrame or None
            One row per origin, edition and unit: model, origin, horizon (editions ahead), edition,
            unit (code), outcome (rank), the median and the ends of the central intervals, the
            errors, and top1, top2, …: the chance of each top K. None where there are too few
            editions.

        Examples
        --------
        >>> import dti_analysis as dti
        >>> record = dti.load_index().track_record()
        >>> said = record[(record["unit"] == "77") & (record["origin"] == 2021)]
        >>> said[["edition", "median_rank", "outcome"]].to_numpy().tolist()
        [[2022, 28, 28], [2023, 29, 10], [2024, 30, 7]]
        """
        return load_record(self.panel, top, self.processed)

    def reliability(self, top: Sequence[int] = backtest.TOP) -> pd.DataFrame:
        """Say by class of chance, of the best groups of sizes `top`, how many came true on record.

        See `dti_analysis.evaluation.calibration.reliability`.
        """
        found = self.track_record(top)
        record = pd.DataFrame() if found is None else found
        # Of sizes that take in all there is no record.
        chances = list_chances(record, [size for size in top if f"top{size}" in record])
        return reliability(chances, np.random.default_rng(DEFAULT_SEED))

    def coverage(self) -> pd.DataFrame:
        """Count by edition and measure of how many units a value is known, and where it is from.

        Returns
        -------
        DataFrame
            One row for each edition, measure and column (rank or score) of which anything is known
            in any edition: year, measure, column, published, implied (by what is published),
            computed (by the arithmetic of the index), missing; in units.

        Examples
        --------
        >>> import dti_analysis as dti
        >>> known = dti.load_index().coverage()
        >>> known[(known["year"] == 2020) & (known["column"] == "rank")].head(1)
           year  measure column  published  implied  computed  missing
        1  2020  overall   rank         29        6         0       28
        """
        return known.count_known(self.panel)

    def weights(self) -> pd.DataFrame:
        """List the share of each component in the weights, by edition.

        Returns
        -------
        DataFrame
            One row for each component, one column for each edition whose weights are stated; shares
            of 1, missing where the edition has no such part.
        """
        return known.list_weights(self.panel)

    def facts(self) -> pd.DataFrame:
        """List every statement, typed, with its source; empty where the panel is the data."""
        tables = self.panel.tables
        if "facts" not in tables:
            return pd.DataFrame()
        return clean_facts(tables["facts"], tables["sources"])

    def conflicts(self) -> pd.DataFrame:
        """List every statement on which sources disagree, the value taken first."""
        facts = self.facts()
        return list_conflicts(facts) if len(facts) else facts

    def disputes(self) -> pd.DataFrame:
        """Say how far apart the statements about each disputed value are.

        Returns
        -------
        DataFrame
            basis, year, code, province, metric, taken (value), statements (how many), apart (the
            greatest less the least: places for a rank, index units for a score), the widest first
            within ranks and scores.
        """
        conflicts = self.conflicts()
        return known.measure_conflicts(conflicts) if len(conflicts) else conflicts

    def persistence(self, top: int = 10) -> pd.DataFrame:
        """Hold the ranks of each edition against those of each later one.

        Returns
        -------
        DataFrame
            One row for each pair of editions with two ranks or more in common: first, last, apart
            (editions between them), units (with a rank in both), is_complete (whether these are
            all), correlation (Spearman's, in [-1, 1]), median_move (places gained or lost by the
            median unit), kept (share of the first `top` places that are in the last ones; missing
            unless complete). Units of incomplete pairs are compared by their published ranks; they
            chose to publish, so such pairs say less.

        Examples
        --------
        >>> import dti_analysis as dti
        >>> lasting = dti.load_index().persistence()
        >>> lasting[lasting["is_complete"]].drop(columns=["is_complete", "units"]).round(2)
           first  last  apart  correlation  median_move  kept
        7   2022  2023      1         0.86          5.0   0.6
        8   2022  2024      2         0.70          8.0   0.4
        9   2023  2024      1         0.77          7.0   0.6
        """
        return persistence.measure_persistence(self.panel, top)

    def regions(self) -> pd.DataFrame:
        """Summarise the ranks of each region, edition by edition.

        Returns
        -------
        DataFrame
            One row for each complete edition and region: year, region, units, median_rank, best,
            last (ranks), share (of the variance of all ranks of the edition that lies between
            regions, in [0, 1]; the same for all its regions), share_by_chance (what it would be on
            average if units were assigned to regions by lot). Nothing where no regions are known,
            or no edition is complete.
        """
        return persistence.summarise_regions(self.panel)

    def correlations(self, year: int, measures: Sequence[str]) -> pd.DataFrame:
        """Correlate measures over the units of one edition, by Spearman's rank correlation.

        Pillars that share components correlate by construction.

        Returns
        -------
        DataFrame
            Square, in [-1, 1]; missing where a measure is not known.
        """
        return persistence.correlate_measures(self.panel, year, measures)

    def convergence(self, measure: str | None = None) -> pd.DataFrame:
        """Measure from edition to edition whether scores converge.

        Returns
        -------
        DataFrame
            One row for each two following editions that have all scores, not all equal: first,
            last, mean_gain, spread_first, spread_last (standard deviations, in index units),
            p_spread (of the Pitman-Morgan test that they are equal; missing where all gained the
            same), correlation, beta (slope of gains on starts), beta_backwards (the same with time
            reversed), beta_same_spread (what regression to the mean alone makes of it: correlation
            - 1). With a formula that changed in between, spreads do not compare: see the points of
            the editions.

        Examples
        --------
        >>> import dti_analysis as dti
        >>> found = dti.load_index().convergence()
        >>> found[["last", "spread_first", "spread_last", "beta", "beta_backwards"]].round(3)
           last  spread_first  spread_last   beta  beta_backwards
        0  2023         0.079        0.060 -0.344           0.123
        1  2024         0.060        0.079 -0.019          -0.432
        """
        panel = self.panel if measure is None else self.panel.of(measure)
        return convergence.measure_convergence(panel)

    def make_card(self) -> Card:
        """Put it in short."""
        rows = self.panel.rows
        counts = rows.groupby("year").agg(
            units=("code", "size"), score=("score", "count"), rank=("rank", "count")
        )
        columns = {
            _("Edition"): counts.index.astype(str),
            _("Ranked"): counts["units"],
            _("Scores known"): counts["score"],
            _("Ranks known"): counts["rank"],
        }
        title = _("{index}: {count} {units}, {first} to {last}").format(
            **self.config.nouns, count=len(self.units), first=rows["year"].min(),
            last=rows["year"].max(),
        )  # fmt: skip
        note = self.config.name_source()
        if "facts" in self.panel.tables:
            note = _("{facts} statements from {sources} sources.").format(
                facts=format_number(len(self.panel.tables["facts"])),
                sources=len(self.panel.tables["sources"]),
            )
        table = Table(pd.DataFrame(columns), _("What is known, by edition"))
        return Card(title, tables=[table], note=note)
