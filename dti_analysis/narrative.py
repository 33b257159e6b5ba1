"""Numbers to sentences. Every figure in them comes from the answer they are given."""

import math
from collections.abc import Sequence

import pandas as pd

from dti_analysis.answers import Answer
from dti_analysis.forecast import Forecast
from dti_analysis.panel import choose_origin, latest_rank, select_editions
from dti_analysis.provinces import Gazetteer, Province
from dti_analysis.schema import MERGER_DATE
from dti_analysis.targets import TargetChance

_WORDS = (
    (0.01, "almost ruled out"),
    (0.10, "very unlikely"),
    (0.33, "unlikely"),
    (0.67, "about as likely as not"),
    (0.90, "likely"),
    (0.99, "very likely"),
    (1.01, "almost certain"),
)
"""Likelihood scale of the IPCC (guidance note on uncertainties, 2010), in everyday words."""

KINDS = {
    "official": "official target",
    "given": "target asked for",
    "reference": "reference target, no official one being known",
}


def ordinal(rank: int) -> str:
    """Write a rank as an ordinal.

    Examples
    --------
    >>> [ordinal(rank) for rank in (1, 2, 3, 11, 22, 63)]
    ['1st', '2nd', '3rd', '11th', '22nd', '63rd']
    """
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{'th' if rank % 100 in (11, 12, 13) else suffix}"


def frequency(chance: float) -> str:
    """Write a chance as a frequency, without the certainty that draws cannot give.

    Examples
    --------
    >>> frequency(0.1632), frequency(0.0), frequency(0.9999)
    ('about 16 in 100', 'less than 1 in 100', 'more than 99 in 100')
    """
    percent = math.floor(100 * chance + 0.5)
    if percent < 1:
        return "less than 1 in 100"
    if percent > 99:
        return "more than 99 in 100"
    return f"about {percent} in 100"


def likelihood(chance: float) -> str:
    """Put a chance in words.

    Examples
    --------
    >>> likelihood(0.16), likelihood(0.5), likelihood(0.95)
    ('unlikely', 'about as likely as not', 'very likely')
    """
    return next(word for bound, word in _WORDS if chance < bound)


def title(answer: Answer) -> str:
    """Name a report: province, how many it is ranked among, and the edition known."""
    return (
        f"{answer.province.name}: rank among the {answer.forecast.basis}, "
        f"as of {answer.forecast.origin_year}"
    )


def tell_headline(answer: Answer) -> str:
    """Say where the province stands, where it is heading and its first chance, in a paragraph."""
    name, basis, origin = answer.province.name, answer.forecast.basis, answer.forecast.origin_year
    known = answer.history.dropna(subset="rank")
    if known.empty:
        standing = f"**{name}** has no published rank up to {origin}."
    else:
        last = known.iloc[-1]
        standing = (
            f"**{name}** was **{ordinal(int(last['rank']))} of {basis}** in the "
            f"{int(last['year'])} edition."
        )
    first = answer.summary.iloc[0]
    outlook = (
        f"For {int(first['year'])} the forecast puts it around "
        f"**{ordinal(int(first['median_rank']))}**, with 8 chances in 10 that its rank lies "
        f"between {int(first['best80'])} and {int(first['worst80'])}."
    )
    chances = " ".join(tell_target(chance) for chance in answer.chances[:1])
    return f"{standing} {outlook} {chances}".strip()


def tell_target(chance: TargetChance) -> str:
    """Say how likely a target is, and what happened if it is known."""
    target = chance.target
    text = (
        f"**{name_goal(target.target_rank)} in {target.target_year}** is "
        f"**{likelihood(chance.probability_in_year)}: "
        f"{frequency(chance.probability_in_year)}**."
    )
    if chance.observed_rank is not None:
        reached = "reached" if chance.observed_rank <= target.target_rank else "missed"
        text += f" It came {ordinal(chance.observed_rank)}: target {reached}."
    return text


def name_goal(target_rank: int) -> str:
    """Name a rank to reach.

    Examples
    --------
    >>> name_goal(20), name_goal(1)
    ('Top 20', 'First place')
    """
    return "First place" if target_rank == 1 else f"Top {target_rank}"


def tell_history(answer: Answer) -> str:
    """Tell the whole known trajectory, with what became of the province.

    Examples of the form: ``39th (2020) → 29th (2021)``.
    """
    rows = answer.forecast.panel
    known = rows[rows["code"] == answer.province.code].dropna(subset="rank")
    ranks = [f"{ordinal(int(row['rank']))} ({int(row['year'])})" for _, row in known.iterrows()]
    missing = sorted(set(rows["year"]) - set(known["year"]))
    text = " → ".join(ranks) if ranks else "No rank has been published."
    if missing and ranks:
        text += f". Not published: {', '.join(str(int(year)) for year in missing)}"
    return text + ("." if ranks else "")


def tell_merger(answer: Answer, gazetteer: Gazetteer, panel: pd.DataFrame) -> str:
    """Say what merged into what on 1 July 2025, and how the 34 stand.

    Parameters
    ----------
    answer : Answer
        The province.
    gazetteer : Gazetteer
        All provinces.
    panel : DataFrame
        The panel of both bases.
    """
    province = answer.province
    if province.basis == 63:
        heir = gazetteer.successor(province.code)
        former = gazetteer.former_provinces(heir.code)
        if len(former) == 1:
            renamed = f", under the name {heir.name}" if heir.name != province.name else ""
            return (
                f"{province.name} was not merged on {MERGER_DATE}{renamed}. "
                f"{_tell_current_rank(panel, heir)}"
            )
        names = join_names([old.name for old in former])
        return (
            f"On {MERGER_DATE}, when 63 provinces became 34, {names} became **{heir.name}**. "
            f"{_tell_current_rank(panel, heir)} A forecast for the 63 is from then on a statement "
            "about places, not about an administration that could still act on it."
        )
    former = gazetteer.former_provinces(province.code)
    if len(former) == 1:
        return f"{province.name} is one of the provinces that were not merged on {MERGER_DATE}."
    return (
        f"{province.name} was formed on {MERGER_DATE} from "
        f"{join_names([old.name for old in former])}. Before 2024 its score is their unweighted "
        "mean, the rule that reproduces all 34 scores the ministry published for 2024. A rank of "
        "34 is not comparable with one of 63: the top 10 are the best 29 % here, and were the best "
        "16 % there."
    )


def tell_outcome(answer: Answer) -> str:
    """Hold the forecast against what really happened since."""
    panel, origin = answer.forecast.panel, answer.forecast.origin_year
    actual = panel[(panel["code"] == answer.province.code) & (panel["year"] > origin)]
    lines = []
    for _, row in actual.dropna(subset="rank").iterrows():
        drawn = answer.summary[answer.summary["year"] == row["year"]]
        if drawn.empty:
            continue
        rank, best, worst = int(row["rank"]), drawn["best80"].item(), drawn["worst80"].item()
        verdict = "inside" if best <= rank <= worst else "outside"
        lines.append(
            f"- **{int(row['year'])}**: it came **{ordinal(rank)}**, {verdict} the 80 % interval "
            f"({int(best)} to {int(worst)})."
        )
    if not lines:
        return f"No rank after {origin} is known yet: this forecast is open."
    return "\n".join(lines)


def tell_method(forecast: Forecast) -> str:
    """Describe the method in a paragraph, with the settings of this forecast."""
    editions = forecast.positions.editions
    is_merged = forecast.road == "merged"
    drawn = 63 if is_merged else forecast.basis
    merged = (
        f"Within each, the former provinces are averaged into the {forecast.basis} by the "
        "ministry's own rule, their unweighted mean. "
        if is_merged
        else ""
    )
    names = {
        "pool": "half of them by a random walk with the changes of all provinces, half by one "
        "local-level model for all provinces",
        "random_walk": "by a random walk with the changes of all provinces",
        "pooled_local_level": "by one local-level model for all provinces",
        "averaged_level": "by local-level models for all provinces, averaged over how much of a "
        "change lasts",
        "mixed_model": "by statsmodels' linear mixed model, with a lasting place per province",
        "state_space": "by statsmodels' local-level model of each province on its own",
        "persistence": "all alike: every province stays where it is",
    }
    return (
        f"Scores of the editions {editions[0]} to {editions[-1]} become positions within each "
        "edition (score less median, over standard deviation; where only ranks are published, "
        f"their normal scores). {len(forecast.draws):,} joint futures of all {drawn} provinces "
        f"are drawn, {names[forecast.model]} (model `{forecast.model}`, seed "
        f"{forecast.seed}). {merged}Each future is ranked; a chance is the share of futures in "
        "which it comes true. The level of a future edition is the same for everybody, so no rank "
        "or chance depends on it; only the scores needed do."
    )


NO_INDICATORS = "No sourced indicator of this province has been collected yet."


def tell_no_profile(answer: Answer) -> str:
    """Say why there is no picture of pillars and main indices."""
    return (
        f"No pillar or main index of {answer.province.name} is published for the editions up to "
        f"{answer.forecast.origin_year}."
    )


def list_places(province: Province, gazetteer: Gazetteer) -> list[tuple[int, str]]:
    """List the (basis, code) whose facts tell of a province: its own, and the former ones'."""
    own = [(province.basis, province.code)]
    if province.basis == 34:
        own += [(63, former.code) for former in gazetteer.former_provinces(province.code)]
    return own


def tell_sources(cited: pd.DataFrame) -> str:
    """List sources with their links, in Markdown; see `dti_analysis.facts.cite_sources`."""
    lines = []
    for row in cited.to_dict("records"):
        is_link = str(row["url"]).startswith("http")
        name = f"[{row['publisher']}](<{row['url']}>)" if is_link else row["publisher"]
        date = f", {row['date']}" if row["date"] else ""
        lines.append(f"- {name} ({row['kind'].replace('_', ' ')}{date}): {row['editions']}")
    return "\n".join(lines)


def tell_standing(answer: Answer) -> str:
    """Say how far the province is from the ranks around it in the origin edition."""
    rows = select_editions(answer.forecast.panel, answer.forecast.basis)
    rows = rows[rows["year"] == answer.forecast.origin_year]
    own = rows[rows["code"] == answer.province.code]
    if own["score"].isna().any() or rows["score"].isna().any():
        return (
            f"Its score of {answer.forecast.origin_year} is not published: the position rests on "
            "its rank."
            if own["rank"].notna().all()
            else f"Neither its rank nor its score of {answer.forecast.origin_year} is published."
        )
    score = own["score"].item()
    median, gap = rows["score"].median(), rows["score"].sort_values().diff().median()
    side = "above" if score >= median else "below"
    return (
        f"Its score is {score:.4f}, {abs(score - median):.4f} {side} the median of the "
        f"{answer.forecast.basis} ({median:.4f}); one place up or down in the middle of the table "
        f"is {gap:.4f}."
    )


def _tell_current_rank(panel: pd.DataFrame, province: Province) -> str:
    edition = choose_origin(panel, 34)
    rank = latest_rank(panel, 34, province.code, edition)
    return f"Among the 34, {province.name} is {ordinal(rank)} ({edition})." if rank else ""


def join_names(names: Sequence[str]) -> str:
    """Write names as a list in a sentence.

    Examples
    --------
    >>> join_names(["Huế"]), join_names(["Huế", "Đà Nẵng", "Cần Thơ"])
    ('Huế', 'Huế, Đà Nẵng and Cần Thơ')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
