"""One question answered: a unit and its targets, read off the joint draws."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from dti_analysis.cleaning.agreement import find_odds, is_forecast_by_scores, tell_odds
from dti_analysis.cleaning.left_out import describe_gaps, describe_left_out
from dti_analysis.display import Card, Displayed, Table
from dti_analysis.errors import DataError
from dti_analysis.forecasting.conditions import describe_condition
from dti_analysis.forecasting.draws import DEFAULT_HORIZON, INTERVALS, Draws, check_horizon
from dti_analysis.forecasting.target_chance import (
    TargetChance,
    assess,
    describe_distant,
    describe_target,
    leave_open,
    needs_table,
    targets_table,
)
from dti_analysis.language import _, format_number, join_names, ordinal
from dti_analysis.panel import OVERALL, Panel, Unit
from dti_analysis.targets import (
    PROBABILITIES,
    Target,
    check_probability,
    check_target,
    combine_targets,
    require_rank,
    suggest_target,
)
from dti_analysis.wording import format_range, format_rank, name_range, name_title


@dataclass(frozen=True, repr=False)
class Answer(Displayed):
    """What is known and forecast of one unit; `Forecast.answer` makes it.

    Parameters
    ----------
    draws, unit
        Joint draws of all units, and one of them.
    targets, distant : tuple of Target
        Targets to assess, in years that are forecast, and official ones beyond what can be.
    horizon : int
        Editions to list.
    probabilities : tuple of float
        Chances for which to say what a target takes.
    """

    draws: Draws
    unit: Unit
    targets: tuple[Target, ...]
    horizon: int
    probabilities: tuple[float, ...] = PROBABILITIES
    distant: tuple[Target, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """Editions listed."""
        return self.draws.years[: self.horizon]

    @cached_property
    def chances(self) -> tuple[TargetChance, ...]:
        """What the draws say of each target."""
        return tuple(
            assess(self.draws, self.unit.code, target, self.probabilities)
            for target in self.targets
        )

    @property
    def first_target(self) -> TargetChance:
        """What the draws say of the first target; a `DataError` if there is none."""
        if not self.chances:
            raise DataError(
                f"no target of {self.unit.name} is known: name one, as in "
                "answer.target_chance(10) or forecast.answer(..., target_rank=10)."
            )
        return self.chances[0]

    def target_chance(self, target_rank: int, target_year: int | None = None) -> TargetChance:
        """Read the chance of another target, and what it takes, off the same draws.

        Parameters
        ----------
        target_rank, target_year : int
            Rank to reach, and a year that was forecast; the first by default.

        Raises
        ------
        DataError
            If there is no such rank, or the year was not forecast.
        """
        year = self.draws.years[0] if target_year is None else target_year
        return assess(self.draws, self.unit.code, Target(target_rank, year), self.probabilities)

    def chances_of(self, target_ranks: Sequence[int]) -> pd.DataFrame:
        """Read a ladder of chances: of each of `target_ranks` or better, edition by edition.

        Returns
        -------
        DataFrame
            One row for each rank (index target_rank), one column for each year; 0 to 1.
        """
        for rank in target_ranks:
            check_target(Target(rank, self.years[0]), self.draws.count, self.years)
        # A sum of shares has digits that the draws do not.
        rows = self.rank_probabilities.cumsum().round(9).loc[list(target_ranks)]
        return rows.rename_axis("target_rank")

    @cached_property
    def rank_draws(self) -> pd.DataFrame:
        """Rank in each future drawn: one row per draw, one column per year."""
        drawn = self.draws.ranks_of(self.unit.code)[:, : self.horizon]
        return pd.DataFrame(drawn, columns=list(self.years))

    @cached_property
    def rank_probabilities(self) -> pd.DataFrame:
        """Probability of each rank: one row per rank, one column per year."""
        chances = self.draws.probabilities_of(self.unit.code)[: self.horizon]
        ranked = pd.RangeIndex(1, chances.shape[1] + 1, name="rank")
        return pd.DataFrame(chances.T, index=ranked, columns=list(self.years))

    @cached_property
    def history(self) -> pd.DataFrame:
        """Editions up to the origin: year, rank (float), score, rank_status."""
        rows = self.draws.panel.history(self.unit.code)
        return rows[rows["year"] <= self.draws.origin_year]

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """Ranks that came after the origin: year, rank (float), score, rank_status."""
        rows = self.draws.panel.history(self.unit.code)
        later = rows[rows["year"] > self.draws.origin_year]
        return later.dropna(subset="rank").reset_index(drop=True)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Forecast by year: median rank, ends of the central intervals.

        Columns year, median_rank, and best50, worst50, best80, worst80, best90, worst90.
        """
        return self.draws.summarise(self.unit.code).head(self.horizon)

    def to_frame(self) -> pd.DataFrame:
        """Give the forecast by year as a table: that of `summary`."""
        return self.summary.copy()

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Forecast of the score by year, in index units.

        Columns year, median, low50, high50, low80 and high80: ends of the central intervals; no
        rows for an index known by its ranks alone.
        """
        shares = {"median": 0.5, "low50": 0.25, "high50": 0.75, "low80": 0.1, "high80": 0.9}
        ends = [
            self.draws.score_quantiles([self.unit.code], list(shares.values()), step)[:, 0]
            for step in range(len(self.years))
        ]
        table = pd.DataFrame(ends, columns=list(shares))
        table.insert(0, "year", self.years)
        return table.dropna(ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain numbers, ready for JSON.

        Returns
        -------
        dict
            index, measure, basis, origin_year, model, draws, seed, approach, left_out, unit, code,
            history, forecast, targets; intervals are [best, worst] rank or [low, high] score,
            scores are in index units, what is not known is None. Official targets beyond the
            longest horizon are among the targets, without a chance. docs/forecast.schema.json says
            it field by field.
        """
        history = self.history.astype(object).where(self.history.notna(), None)
        return {
            **self.draws.describe(),
            "unit": self.unit.name,
            "code": self.unit.code,
            "history": [
                {**row, "rank": None if row["rank"] is None else int(row["rank"])}
                for row in history.to_dict("records")
            ],
            "forecast": [self._describe_year(row) for row in self.summary.to_dict("records")],
            "targets": [
                chance.to_dict() for chance in (*self.chances, *map(leave_open, self.distant))
            ],
        }

    def _describe_year(self, row: Mapping[Hashable, Any]) -> dict[str, Any]:
        year = int(row["year"])
        scores = self.scores[self.scores["year"] == year].to_dict("records")
        return {
            "year": year,
            "median_rank": int(row["median_rank"]),
            **{
                f"interval{width}": [int(row[f"best{width}"]), int(row[f"worst{width}"])]
                for width in INTERVALS
            },
            "score": {
                "median": scores[0]["median"],
                "interval50": [scores[0]["low50"], scores[0]["high50"]],
                "interval80": [scores[0]["low80"], scores[0]["high80"]],
            }
            if scores
            else None,
            "rank_probabilities": self.rank_probabilities[year].tolist(),
        }

    def make_card(self) -> Card:
        """Put it in short."""
        tables = [outlook_table(self)]
        tables += [targets_table(self.chances), needs_table(self.chances)] if self.chances else []
        described = f"{describe_headline(self)} {describe_ranks(self)}"
        return Card(
            f"{describe_title(self)} ({describe_draws(self.draws)})",
            f"{described} {describe_distant(self.distant)}".rstrip(),
            [table for table in tables if len(table.frame)],
            describe_making(self.draws),
        )


def choose_targets(
    draws: Draws,
    code: str,
    target_rank: int | None = None,
    target_year: int | None = None,
    *,
    all_targets: bool = False,
) -> tuple[list[Target], list[Target]]:
    """Choose the targets to assess, and the official ones beyond, unless not asked for.

    See `dti_analysis.forecasting.forecast.Forecast.answer`.
    """
    require_rank(target_rank, target_year)
    official = draws.panel.targets_of(code, draws.origin_year)
    distant = [
        target
        for target in official
        if target.target_year not in draws.years or target.target_rank > draws.count
    ]
    official = [target for target in official if target not in distant]
    asked = None
    if target_rank is not None:
        asked = Target(target_rank, draws.years[0] if target_year is None else target_year)
    elif all_targets and not official:
        rank = draws.among(draws.panel.last_ranks(draws.origin_year))[code]
        asked = suggest_target(rank, draws.count, draws.years[0])
    chosen = combine_targets(official, asked, all_targets)
    for target in chosen:
        check_target(target, draws.count, draws.years)
    return chosen, distant if all_targets or target_rank is None else []


def find_answer(
    draws: Draws,
    name: str,
    target_rank: int | None = None,
    target_year: int | None = None,
    horizon: int | None = None,
    probabilities: Sequence[float] = (),
    *,
    all_targets: bool = False,
) -> Answer:
    """Answer for one unit; see `dti_analysis.forecasting.forecast.Forecast.answer`."""
    for probability in probabilities:
        check_probability(probability)
    unit = draws.unit(name)
    asked = unit.code, target_rank, target_year
    chosen, distant = choose_targets(draws, *asked, all_targets=all_targets)
    reach = max((draws.years.index(target.target_year) + 1 for target in chosen), default=0)
    most = len(draws.years)
    listed = min(max(DEFAULT_HORIZON, reach), most) if horizon is None else horizon
    check_horizon(listed, most)
    if probabilities and not chosen:
        raise DataError(
            f"no target of {unit.name} is known, so nothing can be said to be needed for a chance: "
            "name a target rank, or leave the probability out."
        )
    wanted = tuple(sorted({*PROBABILITIES, *probabilities}))
    draws.expect(unit.code, chosen)
    return Answer(draws, unit, tuple(chosen), listed, wanted, tuple(distant))


def aim_next(answer: Answer, target_rank: int | None = None) -> Answer:
    """Aim at a rank, that of the first target by default, in the next edition.

    For later ones the level is guesswork, and often at the end of its scale.
    """
    if target_rank is None:
        target_rank = answer.first_target.target.target_rank
    goal = target_rank, answer.draws.years[0]
    if answer.targets and answer.targets[0].goal == goal:
        return answer
    return replace(answer, targets=(Target(*goal),))


def describe_index(panel: Panel, origin: int | None = None) -> str:
    """Name the index and, where they are not as usual, its measure, its direction and an origin.

    The measure if it is not the whole, the direction if less is better, and of an origin that it
    is not complete.
    """
    told = [panel.config.label("name")]
    if panel.measure != OVERALL:
        told.append(panel.config.label(panel.measure))
    if not panel.config.higher_is_better:
        told.append(_("less is better"))
    gaps = "" if origin is None else describe_gaps(panel, origin)
    return "; ".join(filter(None, [", ".join(told), gaps]))


def describe_draws(draws: Draws) -> str:
    """Name the index as `describe_index` does, and what is taken for given."""
    told = map(describe_condition, draws.given)
    given = [_("given {condition}").format(condition=condition) for condition in told]
    return "; ".join([describe_index(draws.panel, draws.origin_year), *given])


def describe_title(answer: Answer) -> str:
    """Name a report: unit, how many it is ranked among, and the edition known."""
    return name_title(answer.unit.label, answer.draws.count, answer.draws.origin_year)


def describe_ranks(answer: Answer) -> str:
    """List the ranks up to the origin, edition by edition, and say which were computed."""
    rows, computed = answer.history, _("computed")
    is_computed = (rows["rank_status"] == "computed").where(rows["rank"].notna())
    are_all = is_computed.dropna().all() and is_computed.any()
    told = ", ".join(
        f"{year}: {format_rank(rank)}" + (f" ({computed})" if is_so and not are_all else "")
        for year, rank, is_so in zip(rows["year"], rows["rank"], is_computed == 1, strict=True)
    )
    words = _("Ranks, computed from the scores: {ranks}.") if are_all else _("Ranks: {ranks}.")
    return words.format(ranks=told)


def describe_headline(answer: Answer) -> str:
    """Say where the unit stands, where it is heading and its first chance, in a paragraph."""
    name, draws = answer.unit.label, answer.draws
    known = answer.history.dropna(subset="rank")
    if known.empty:
        standing = _("**{unit}** has no published rank up to {year}.").format(
            unit=name, year=draws.origin_year
        )
    else:
        last = known.iloc[-1]
        year = int(last["year"])
        standing = _("**{unit}** was **{rank} of {count}** in the {index} of {year}.").format(
            unit=name,
            index=draws.panel.config.label("name"),
            rank=ordinal(int(last["rank"])),
            count=draws.panel.count_ranked(year),
            year=year,
        )
        has_published = (draws.panel.rows["rank_status"] == "published").any()
        if last["rank_status"] == "computed" and has_published:
            standing += " " + _("Nobody published that rank: it is computed.")
    first = answer.summary.iloc[0]
    outlook = _("For {year} the forecast puts it around **{rank}** ({ends}).").format(
        year=int(first["year"]),
        rank=ordinal(int(first["median_rank"])),
        ends=name_range(first["best80"], first["worst80"]),
    )
    chances = " ".join(describe_target(chance) for chance in answer.chances[:1])
    told = [standing, *_describe_odds(answer), outlook, chances]
    return " ".join(filter(None, told))


def _describe_odds(answer: Answer) -> Iterator[str]:
    """Say in which editions the rank of a unit is not that of its score, and what is used."""
    draws, panel = answer.draws, answer.draws.panel
    found = find_odds(panel, panel.measure)
    own = found[(found["code"] == answer.unit.code) & (found["year"] <= draws.origin_year)]
    is_direct = draws.approach == "direct"
    is_by_scores = own["year"].map(lambda year: is_forecast_by_scores(panel, int(year)))
    for used, rows in own.groupby(is_by_scores if is_direct else own["measure"], sort=False):
        text = _("Its rank and score are at odds: by its score it would be {places}.")
        if is_direct:
            text = (
                _(
                    "Its rank and score are at odds: by its score, which the forecast uses, it "
                    "would be {places}."
                )
                if used
                else _(
                    "Its rank, which the forecast uses, and its score are at odds: by its score it "
                    "would be {places}."
                )
            )
        places = (
            _("{rank} in {year}").format(rank=ordinal(int(row["expected"])), year=row["year"])
            for row in rows.to_dict("records")
        )
        yield text.format(places=join_names(list(places)))


def outlook_table(answer: Answer) -> Table:
    """Show the forecast by edition: ranks, and the score."""
    rows, scores, places = answer.summary, answer.scores, answer.draws.panel.decimals
    caption = _("Ranks forecast: median and central ranges")
    columns = {
        _("Edition"): rows["year"].astype(str),
        _("Median"): rows["median_rank"],
        **interval_columns(rows),
    }
    if len(scores):
        columns[_("Score")] = [
            f"{format_number(row['median'], places)} "
            f"({format_number(row['low80'], places)}–{format_number(row['high80'], places)})"
            for row in scores.to_dict("records")
        ]
        caption = _("Ranks forecast: median and central ranges; score with the range of 80 %")
    return Table(pd.DataFrame(columns), caption)


def interval_columns(rows: pd.DataFrame, widths: Sequence[int] = INTERVALS) -> dict[str, list[str]]:
    """Columns of the central intervals of ranks in `rows`, of some `widths`, by their headings."""
    return {
        _("{width} %").format(width=width): [
            format_range(best, worst)
            for best, worst in zip(rows[f"best{width}"], rows[f"worst{width}"], strict=True)
        ]
        for width in widths
    }


def describe_making(draws: Draws, codes: Sequence[str] = ()) -> str:
    """Say how a forecast was made, and line by line what is left out or computed.

    Of the units `codes`, also whose rank and score are at odds.
    """
    made = _("Model `{model}`, {draws} joint draws, seed {seed}.")
    if draws.given:
        made = _("Model `{model}`, {draws} of {all} joint draws, seed {seed}.")
    about = {"draws": format_number(len(draws)), "all": format_number(draws.futures.draws)}
    told = [made.format(model=draws.model, seed=draws.seed, **about)]
    parent = draws.panel.parent
    if draws.approach == "bottom_up" and parent is not None:
        merged = _("The {former} are merged into the {count} within draws.")
        told[0] += " " + merged.format(former=len(parent.units), count=draws.count)
    panel, origin = draws.panel, draws.origin_year
    if codes:
        odds = find_odds(panel, panel.measure)
        own = odds[odds["code"].isin(list(codes)) & (odds["year"] <= origin)]
        told += tell_odds(panel, own, draws.approach == "direct")
    return "\n".join(told + describe_left_out(panel, origin))
