"""Answers as text for the terminal."""

import numpy as np
import pandas as pd

from dti_analysis.columns import align_columns
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.comparison import Comparison, Movers, rank_at_origin
from dti_analysis.forecasting.draws import Forecast
from dti_analysis.forecasting.push import Pushes
from dti_analysis.language import ordinal
from dti_analysis.reports.prospects import describe_gain, name_chance
from dti_analysis.targets import TargetChance
from dti_analysis.wording import KINDS, frequency, name_goal

_SHOWN = 0.01
"""Movers with a smaller chance are left to the JSON."""


def summarise_answer(answer: Answer) -> str:
    """Put an answer on the terminal: history, forecast, targets and what they take."""
    forecast = answer.forecast
    history = [
        f"{int(row['year'])}: {'–' if pd.isna(row['rank']) else row['rank']}"
        for row in answer.history.to_dict("records")
    ]
    has_scores = len(answer.scores) > 0
    header = ["year", "median", "50 %", "80 %", "90 %"]
    rows = [
        [
            str(row["year"]),
            str(row["median_rank"]),
            *(f"{row[f'best{width}']}–{row[f'worst{width}']}" for width in (50, 80, 90)),
            *(_tell_scores(answer, row["year"]) if has_scores else []),
        ]
        for row in answer.summary.astype(int).to_dict("records")
    ]
    lines = [
        *_open(answer.province.name, answer.province.code, forecast),
        f"Ranks: {'  '.join(history)}",
        "",
        *align_columns([header + ["score", "(low, high level)"] * has_scores, *rows]),
        "",
    ]
    if not answer.chances:
        lines.append("No official target is known; ask with --target-rank and --target-year.")
    for chance in answer.chances:
        lines += _tell_chance(chance)
    has_needs = any(chance.needs for chance in answer.chances)
    note = ["Lift: what must be added to the province's own score.", ""]
    return "\n".join([*lines, "", *(note if has_needs else []), _close(forecast)])


def summarise_comparison(found: Comparison) -> str:
    """Put a comparison on the terminal: the chance that the first is ahead, by year."""
    forecast, first, second = found.forecast, found.first, found.second
    ranks = [rank_at_origin(forecast, province.code) for province in (first, second)]
    rows = [
        [str(row["year"]), frequency(row["probability"])]
        for row in found.chances.to_dict("records")
    ]
    return "\n".join(
        [
            f"{first.name} against {second.name}, of {forecast.basis}, as of "
            f"{forecast.origin_year}",
            "",
            f"Ranks in {forecast.origin_year}: "
            + " and ".join("not published" if rank is None else str(rank) for rank in ranks),
            "",
            *align_columns([["year", f"{first.name} ahead"], *rows]),
            "",
            _close(forecast),
        ]
    )


def summarise_movers(movers: Movers) -> str:
    """Put on the terminal who may leave and who may enter the best places."""
    forecast, goal = movers.forecast, name_goal(movers.top)
    leaving, entering = movers.list_leaving(_SHOWN), movers.list_entering(_SHOWN)
    lines = [f"{goal} of {forecast.basis} in {movers.year}, as of {forecast.origin_year}", ""]
    for label, table, chances in (
        ("May leave", leaving, 1 - leaving["probability"]),
        ("May enter", entering, entering["probability"]),
    ):
        rows = [
            [name, "–" if pd.isna(rank) else str(rank), frequency(chance)]
            for name, rank, chance in zip(table["province"], table["rank"], chances, strict=True)
        ]
        lines += [*align_columns([[label, "last rank", "chance"], *rows]), ""] if rows else []
    return "\n".join([*lines, _close(forecast)])


def summarise_pushes(found: Pushes) -> str:
    """Put on the terminal what main indices would have to gain, or what a gain would do."""
    answer, chance = found.answer, found.chance
    target, origin = chance.target, answer.forecast.origin_year
    wanted = (
        "What one gain alone would do:"
        if found.probability is None
        else f"What each alone would have to gain for {name_chance(found.probability)}:"
    )
    rows = [
        [
            push["index"],
            f"{push['start']:.4f}",
            f"{push['gain']:+.4f}",
            "yes" if push["is_feasible"] else "no",
            frequency(push["chance"]),
            describe_gain(
                None if pd.isna(push["percentile"]) else push["percentile"], push["seen"]
            ),
        ]
        for push in found.pushes.to_dict("records")
    ]
    header = ["main index", f"in {origin}", "gain", "within scale", "chance then", "the gain is"]
    return "\n".join(
        [
            *_open(answer.province.name, answer.province.code, answer.forecast),
            f"{name_goal(target.target_rank)} in {target.target_year} ({KINDS[target.kind]}): "
            f"{frequency(chance.probability_in_year)} without a push",
            "",
            wanted,
            *align_columns([header, *rows]),
            "",
            "A gain is beyond what the forecast has; it is held against gains beyond the median,",
            "from the nearest starts. A scenario, not a causal claim.",
            "",
            _close(answer.forecast),
        ]
    )


def _open(name: str, code: str, forecast: Forecast) -> list[str]:
    about = f"code {code}, of {forecast.basis}" if code != name else f"of {forecast.basis}"
    return [f"{name} ({about}), as of {forecast.origin_year}", ""]


def _close(forecast: Forecast) -> str:
    road = ", by way of the 63 merged within draws" if forecast.road == "merged" else ""
    return f"model {forecast.model}, {len(forecast.draws):,} draws, seed {forecast.seed}{road}"


def _tell_scores(answer: Answer, year: int) -> list[str]:
    median = answer.scores[answer.scores["year"] == year].set_index("level")["median"]
    return [f"{median['central']:.4f}", f"({median['low']:.4f}, {median['high']:.4f})"]


def _tell_chance(chance: TargetChance) -> list[str]:
    target = chance.target
    lines = [
        f"{name_goal(target.target_rank)} in {target.target_year} ({KINDS[target.kind]}): "
        f"{frequency(chance.probability_in_year)}; in any edition up to then: "
        f"{frequency(chance.probability_by_year)}"
    ]
    for need in chance.needs:
        score = need.score
        lift = f"lift {need.lift:+.4f}" if np.isfinite(need.lift) else "no lift"
        lines.append(
            f"  for {100 * need.probability:g} in 100: score {score['central']:.4f} "
            f"(low level {score['low']:.4f}, high {score['high']:.4f}), {lift}"
        )
    if chance.observed_rank is not None:
        lines.append(f"  it came {ordinal(chance.observed_rank)}")
    return lines
