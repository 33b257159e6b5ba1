"""From a panel to a joint forecast that can be asked: where ranks are heading, what is likely."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from dti_analysis.display import Card, Displayed, Table
from dti_analysis.errors import DataError
from dti_analysis.forecasting.answer import (
    Answer,
    describe_draws,
    describe_making,
    find_answer,
    interval_columns,
)
from dti_analysis.forecasting.bottom_up import merge_draws
from dti_analysis.forecasting.comparison import Comparison, list_neighbours, list_units
from dti_analysis.forecasting.conditions import Condition, keep_draws, list_conditions
from dti_analysis.forecasting.draws import (
    DEFAULT_DRAWS,
    DEFAULT_HORIZON,
    DEFAULT_SEED,
    MAX_HORIZON,
    Draws,
    check_draws,
    check_horizon,
    check_whole,
)
from dti_analysis.forecasting.movers import TOP, Movers
from dti_analysis.forecasting.overview import summarise_units
from dti_analysis.forecasting.plan import Plan, find_plan
from dti_analysis.forecasting.push import PushTable, check_push, find_pushes, require_any
from dti_analysis.guards import guard_draws, guard_positions, guard_spread
from dti_analysis.language import _
from dti_analysis.models.drawing import Futures
from dti_analysis.models.forecasters import DEFAULT_MODEL, MODELS, Fitted, Forecaster, choose_model
from dti_analysis.models.levels import draw_levels
from dti_analysis.models.positions import standardise
from dti_analysis.models.ranks import rank_draws
from dti_analysis.names import shorten
from dti_analysis.panel import Panel
from dti_analysis.targets import check_place, check_year

APPROACHES = ("bottom_up", "direct")
"""By way of the units that were merged into these, or from the past of these very units."""

_SHOWN = 10
"""Units of a joint forecast to show."""


def forecast(
    panel: Panel,
    origin: int | None = None,
    horizon: int | None = None,
    model: str | Forecaster = DEFAULT_MODEL,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    approach: str | None = None,
) -> "Forecast":
    """Forecast all units of a roster jointly; see `dti_analysis.index.Index.forecast`."""
    origin, horizon, chosen = check_forecast(panel, origin, horizon, draws, seed, approach)
    name, forecaster = choose_model(model)
    drawn = panel.parent if chosen == "bottom_up" and panel.parent else panel
    known = drawn.known(origin)
    positions = standardise(known, drawn.means)
    guard_positions(positions, known, drawn.roster(origin))
    units = len(positions.units)
    futures = Futures(forecaster.fit(positions), horizon, draws, units, seed)
    years = panel.next_editions(origin, horizon)
    levels = draw_levels(positions, horizon, draws, seed, panel.config.max_score)
    guard_draws(years, origin, levels, panel.config.max_score)
    if isinstance(model, str) and model in MODELS:  # one's own may be sure of what comes
        guard_spread(futures.draw_first(), positions)
    about = origin, name, seed, "direct", positions.units
    found = Draws(drawn, positions, futures, years, levels, *about)
    return Forecast(found if drawn is panel else merge_draws(found, panel))


def check_forecast(
    panel: Panel,
    origin: int | None = None,
    horizon: int | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    approach: str | None = None,
) -> tuple[int, int, str]:
    """Refuse, before any work, a forecast that cannot be made or would not fit into memory.

    Give its origin, horizon and approach as they are to be.
    """
    origin = panel.choose_origin(origin)
    horizon = reach_targets(panel, origin) if horizon is None else horizon
    chosen = choose_approach(panel, origin, approach)
    check_horizon(horizon)
    check_whole("seed", seed, 0)
    drawn = panel.parent if chosen == "bottom_up" and panel.parent else panel
    check_draws(draws, horizon, len(drawn.roster(origin)), panel.config.units)
    return origin, horizon, chosen


def choose_approach(panel: Panel, origin: int, approach: str | None = None) -> str:
    """Choose how to forecast from an origin: bottom up wherever the parent is known there."""
    has_parent = panel.parent is not None and origin in panel.parent.editions
    chosen = approach or ("bottom_up" if has_parent else "direct")
    if chosen not in APPROACHES:
        raise DataError(f"approach {shorten(chosen)} is not known. Known: {', '.join(APPROACHES)}.")
    if chosen == "bottom_up" and not has_parent:
        raise DataError(
            f"nothing was merged into these {panel.config.units} that is known in {origin}: "
            "expected an index with a parent. Take the direct approach."
        )
    return chosen


def reach_targets(panel: Panel, origin: int) -> int:
    """Editions to forecast: three, or as many as the last official target needs, known or not."""
    years = panel.next_editions(origin, MAX_HORIZON)
    official = panel.targets.loc[panel.targets["measure"] == panel.measure, "year"]
    steps = [years.index(int(year)) + 1 for year in official if int(year) in years]
    return max([DEFAULT_HORIZON, *steps])


@dataclass(frozen=True, repr=False)
class Forecast(Displayed):
    """A joint forecast of all units of an index, from one origin; `Index.forecast` makes it.

    Every question is answered off the same joint `draws`, ranked within each draw.
    """

    draws: Draws

    @property
    def panel(self) -> Panel:
        """What is forecast, all editions."""
        return self.draws.panel

    @property
    def origin_year(self) -> int:
        """Last edition known to the forecast."""
        return self.draws.origin_year

    @property
    def years(self) -> tuple[int, ...]:
        """Editions forecast."""
        return self.draws.years

    @property
    def approach(self) -> str:
        """Whether it is direct, or bottom_up by way of a parent."""
        return self.draws.approach

    @property
    def fitted(self) -> Fitted:
        """The model as it was fitted: what the draws are drawn from."""
        return self.draws.futures.fitted

    def positions(self) -> pd.DataFrame:
        """Give the positions that the model was fitted on.

        Returns
        -------
        DataFrame
            One row for each unit (code), one column for each edition: score less median, over
            standard deviation; from the rank where that is all there is, NaN where nothing is.
        """
        known = self.draws.positions
        return pd.DataFrame(
            known.mean, index=pd.Index(known.units, name="code"), columns=list(known.editions)
        )

    def draw(self, number: int, year: int | None = None) -> pd.DataFrame:
        """Give one of the joint futures: every unit's position, and its rank among them.

        Parameters
        ----------
        number, year : int
            Of the future, from 0, and its edition, by default the next.

        Returns
        -------
        DataFrame
            code, unit, position, rank, by rank.
        """
        step = self.draws.step_of(self.years[0] if year is None else year)
        last = len(self.draws) - 1
        check_whole("number", number, 0, f"expected 0 to {last}", last)
        drawn = self.draws.futures.take(number)[step]
        table = list_units(self.draws).assign(position=drawn, rank=rank_draws(drawn))
        return table.sort_values("rank", ignore_index=True)

    def answer(
        self,
        unit: str,
        target_rank: int | None = None,
        target_year: int | None = None,
        horizon: int | None = None,
        probabilities: Sequence[float] = (),
        *,
        all_targets: bool = False,
    ) -> Answer:
        """Answer for one unit: where it stands, where it is heading, the chance of its targets.

        Parameters
        ----------
        unit : str
            Its name, any spelling, or its code.
        target_rank, target_year : int, optional
            Target to assess; its official targets by default. The year alone defaults to the next
            edition.
        horizon : int, optional
            Editions to list; by default 3, or as many as the last target needs.
        probabilities : sequence of float
            Chances for which to say what a target takes, beside 0.5 and 0.8.
        all_targets : bool
            Assess the official targets beside one asked for and, where there is neither, a
            reference target: the next round number above the present rank.

        Raises
        ------
        DataError
            If the unit is not known or a number is out of range.
        """
        asked = target_rank, target_year, horizon, probabilities
        return find_answer(self.draws, unit, *asked, all_targets=all_targets)

    def given(
        self,
        unit: str | Condition,
        rank: int | str | None = None,
        score: float | str | None = None,
        year: int | None = None,
    ) -> "Forecast":
        """Take something for given of a unit, and ask what the others may expect then.

        The same joint draws, of which those are kept in which it comes true. It is a condition,
        not a cause: nothing is said of how it may come about.

        Parameters
        ----------
        unit : str or Condition
            Its name or code; or all that is given.
        rank, score : int or float, or str
            Its rank or its score in index units, just that (a score within a tenth of a spread of
            it); or within bounds, written as ``"<= 5"`` or ``">= 0.8"``.
        year : int, optional
            Edition of which it is given; the next by default.

        Returns
        -------
        Forecast
            Of the draws kept; ``len(forecast.draws)`` says how many.

        Raises
        ------
        DataError
            If it cannot be given, or fewer than 200 draws are left.

        Examples
        --------
        >>> import dti_analysis as dti
        >>> made = dti.load_index("34").forecast(draws=4000)
        >>> likely = made.answer("Huế", 1).first_target.probability_in_year
        >>> then = made.given("Hà Nội", rank=1).answer("Huế", 1).first_target
        >>> likely > 0.2 > then.probability_in_year
        True
        """
        if isinstance(unit, Condition):
            return Forecast(keep_draws(self.draws, [unit]))
        return Forecast(keep_draws(self.draws, list_conditions(unit, rank, score, year)))

    def compare(self, first: str, second: str) -> Comparison:
        """Hold two units against each other: the chance, by year, that the first is ahead.

        Parameters
        ----------
        first, second : str
            Their names, any spelling, or their codes.

        Raises
        ------
        DataError
            If one of them is not known, or both are the same.
        """
        return Comparison(self.draws, self.draws.unit(first), self.draws.unit(second))

    def neighbours(
        self, unit: str, years: Sequence[int] | None = None, count: int = 3
    ) -> pd.DataFrame:
        """Hold a unit against those around it.

        Parameters
        ----------
        unit : str
            Its name or code.
        years : sequence of int, optional
            Years that were forecast; all by default.
        count : int
            Units on each side, as far as there are.

        Returns
        -------
        DataFrame
            code, unit, rank (at the origin; NaN where not published), year, probability (that the
            unit asked about is ahead), year by year in the order of the ranks, or of the ranks
            expected next where that of the unit is not published.
        """
        years = self.years if years is None else years
        return list_neighbours(self.draws, self.draws.unit(unit).code, years, count)

    def movers(self, top: int | None = None, year: int | None = None) -> Movers:
        """Find who may enter or leave the best places.

        Parameters
        ----------
        top : int, optional
            Number of places; 10 by default, or half of the units where these are fewer than 20.
        year : int, optional
            Edition to look at; the next by default.

        Raises
        ------
        DataError
            If there are not so many places, or the year is not forecast.
        """
        chosen = min(TOP, max(self.draws.count // 2, 1)) if top is None else top
        year = self.years[0] if year is None else year
        check_place("top", chosen, self.draws.count)
        check_year(year, self.years)
        return Movers(self.draws, chosen, year)

    def push(
        self,
        unit: str,
        component: str | None = None,
        gain: float | None = None,
        probability: float | None = None,
        target_rank: int | None = None,
        target_year: int | None = None,
    ) -> PushTable:
        """Find what a push on a component, or on each of them alone, would do.

        It is the arithmetic of the index, a scenario, not a causal claim.

        Parameters
        ----------
        unit : str
            Its name or code.
        component : str, optional
            Component to push; all that are known at the origin by default.
        gain : float, optional
            Gain whose effect to find, in index units.
        probability : float, optional
            Chance whose gain to find, unless a gain is given: by default an even one or, where
            that is had already, 0.8.
        target_rank, target_year : int, optional
            Target; the first official one by default or, where there is none, the next round
            number above the present rank.

        Raises
        ------
        DataError
            If gain and probability are both given, one of them is out of range, or the component
            is not known for the unit at the origin.
        """
        check_push(gain, probability, self.panel.config.max_score)
        answer = self.answer(unit, target_rank, target_year, all_targets=True)
        found = find_pushes(answer, component, gain, probability)
        require_any(answer)
        return found

    def plan(
        self,
        unit: str,
        target_rank: int | None = None,
        target_year: int | None = None,
        probability: float | None = None,
    ) -> Plan:
        """Find the gains over all components that reach a target with the least unusual effort.

        All gain the same percentile of what was gained from similar starts. It is the arithmetic of
        the index, a scenario, not a causal claim.

        Parameters
        ----------
        unit, target_rank, target_year
            See `push`.
        probability : float, optional
            Chance to reach: by default an even one or, where that is had already, 0.8.

        Raises
        ------
        DataError
            If a number is out of range, no score is published, or for no component of the unit both
            a start and enough gains are known.
        """
        answer = self.answer(unit, target_rank, target_year, all_targets=True)
        require_any(answer)
        return find_plan(answer, probability)

    def overview(self) -> pd.DataFrame:
        """Summarise every unit, by rank: see `forecasting.overview.summarise_units`."""
        return self._overview.copy()

    @cached_property
    def _overview(self) -> pd.DataFrame:
        return summarise_units(self.draws, self.movers().top)

    def to_frame(self) -> pd.DataFrame:
        """Summarise the ranks of all units, one row for each unit and year.

        Columns code, unit, and those of `Answer.summary`.
        """
        return self.draws.summarise_all()

    def to_dict(self) -> dict[str, Any]:
        """Say how it was made, in plain types."""
        return self.draws.describe()

    def make_card(self) -> Card:
        """Put it in short."""
        year, config = self.years[0], self.panel.config
        rows = self.to_frame()
        first = rows[rows["year"] == year].sort_values(["median_rank", "best80", "worst80"])
        first = first.head(_SHOWN)
        columns = {
            config.head_unit(): first["unit"].map(config.label_unit),
            _("Median"): first["median_rank"],
            **interval_columns(first),
        }
        title = _("Joint forecast of all {count}, as of {year}").format(
            count=self.draws.count, year=self.origin_year
        )
        caption = _("The best {count} by median rank in {year}").format(count=len(first), year=year)
        title = f"{title} ({describe_draws(self.draws)})"
        table = Table(pd.DataFrame(columns), caption)
        return Card(title, tables=[table], note=describe_making(self.draws))
