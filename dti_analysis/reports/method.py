"""How a forecast was made, and how often such chances came true."""

import pandas as pd

from dti_analysis.cleaning.left_out import left_out_table
from dti_analysis.display import Text
from dti_analysis.evaluation.calibration import (
    LEAST_CHANCES,
    count_chances,
    find_class,
    list_chances,
    list_held,
)
from dti_analysis.evaluation.levels import list_needs
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import Draws
from dti_analysis.language import N_, _, format_number, format_percent, join_names
from dti_analysis.reports.merger import name_mean
from dti_analysis.reports.profile import costs_table
from dti_analysis.reports.record import name_method, read_record
from dti_analysis.reports.section import Section
from dti_analysis.wording import describe_horizon, format_chance

_MODELS = {
    "pool": N_(
        "half of them by a random walk with the changes of all, half by one local-level model for "
        "all"
    ),
    "random_walk": N_("by a random walk with the changes of all"),
    "pooled_local_level": N_("by one local-level model for all"),
    "averaged_level": N_("by local-level models for all, averaged over how much of a change lasts"),
    "mixed_model": N_("by statsmodels' linear mixed model, with a lasting place for each"),
    "state_space": N_("by statsmodels' local-level model of each on its own"),
    "persistence": N_("all alike: each stays where it is"),
}


_LIKELY = 0.8


def tell(answer: Answer) -> Section:
    """Describe the method, and the record of chances like the first one."""
    panel = answer.draws.panel
    text = ""
    if answer.chances:
        size = answer.chances[0].target.target_rank
        record = read_record(panel, size)
        text = describe_record(answer, record)
        text += f" {describe_ranges(answer, record)}" if record is not None else ""
        if record is not None and any(chance.requirements for chance in answer.chances):
            text += f" {describe_needs_record(record, panel.config.sense)}".rstrip()
    left_out = left_out_table(panel, answer.draws.origin_year)
    return Section.under(
        _("Method"),
        describe_method(answer.draws),
        text or None,
        left_out if len(left_out.frame) else None,
    )


def tell_brief(answer: Answer) -> Section:
    """Say what the parts cost, and in a line how a forecast was made and what it was worth."""
    draws = answer.draws
    made = _("{draws} joint futures of all {count} {units}; a chance is a share of them.").format(
        draws=format_number(len(draws)), count=draws.count, units=draws.panel.config.nouns["units"]
    )
    told = [made]
    if answer.chances:
        size = answer.chances[0].target.target_rank
        told.append(describe_record(answer, read_record(draws.panel, size)))
    text = Text(" ".join([*told, draws.panel.config.name_source()]), "small")
    return Section.of(costs_table(answer), text)


def describe_method(draws: Draws) -> str:
    """Describe the method in a paragraph, with the settings of this forecast."""
    editions, panel = draws.positions.editions, draws.panel
    is_merged = draws.approach == "bottom_up"
    positions = _(
        "Scores of the editions {first} to {last} become positions within each edition (score less "
        "median, over standard deviation; where only ranks are published, their normal scores)."
    )
    if not panel.config.higher_is_better:
        positions = _(
            "Scores of the editions {first} to {last} become positions within each edition (median "
            "less score, as less is better, over standard deviation; where only ranks are "
            "published, their normal scores)."
        )
    has_scores = panel.rows["score"].notna().any()
    if not has_scores:
        positions = _(
            "Ranks of the editions {first} to {last} become positions within each edition (their "
            "normal scores)."
        )
    positions = positions.format(first=editions[0], last=editions[-1])
    futures = _(
        "{draws} joint futures of all {count} {units} are drawn, {way} (model `{model}`, seed "
        "{seed})."
    ).format(
        draws=format_number(len(draws)),
        count=len(panel.parent.units) if is_merged and panel.parent else draws.count,
        units=panel.config.nouns["units"],
        way=_(_MODELS[draws.model]) if draws.model in _MODELS else draws.model,
        model=draws.model,
        seed=draws.seed,
    )
    merged = _(
        "Within each, the {before} former {units} are averaged into the {count} (their {mean})."
    ).format(
        before=len(panel.parent.units) if panel.parent else 0,
        units=panel.config.nouns["units"],
        count=draws.count,
        mean=name_mean(panel),
    )
    ranked = _("Each future is ranked; a chance is the share of futures in which it comes true.")
    level = _(
        "The level of a future edition is the same for everybody, so no rank or chance depends on "
        "it; only the scores needed do."
    )
    told = [positions, futures, merged if is_merged else "", ranked, level if has_scores else ""]
    return " ".join(filter(None, told))


def describe_record(answer: Answer, record: pd.DataFrame | None) -> str:
    """Say how many chances like the first one of a report came true, by the record of its index."""
    if record is None:
        return _("There are too few editions for a record of how often such chances came true.")
    chance, nouns = answer.chances[0], answer.draws.panel.config.nouns
    size, count = chance.target.target_rank, answer.draws.count
    if size >= count:
        return _("Every {unit} is among the {count}: there is no record to keep of that.").format(
            unit=nouns["unit"], count=count
        )
    counts = count_chances(list_chances(record, [size]))
    row = counts.iloc[int(find_class(chance.probability_in_year))]
    given, came_true = int(row["chances"]), int(row["came_true"])
    said = _(
        "of {place} among the {count} between {low} and {high} % that {method} would have "
        "given in the {index} {span}"
    ).format(
        index=nouns["index"],
        place=_("first place") if size == 1 else _("a top-{rank} place").format(rank=size),
        count=count,
        low=format_number(100 * row["low"]),
        high=format_number(100 * row["high"]),
        method=name_method(answer.draws, record),
        span=_describe_span(record),
    )
    if given < LEAST_CHANCES:
        return _(
            "The number of chances {said} is {given}: too few to say how many such chances come "
            "true."
        ).format(given=given, said=said)
    return _(
        "Of the {given} chances {said}, **{true} came true** (on average they said {mean}). "
        "That is a thin record: {origins} origins are few, and the {units} of one edition take "
        "each other's places."
    ).format(
        given=format_number(given),
        said=said,
        true=(format_chance if 0 < came_true < given else format_percent)(came_true / given),
        mean=format_chance(row["mean"]),
        origins=record["origin"].nunique(),
        units=nouns["units"],
    )


def describe_needs_record(record: pd.DataFrame, sense: int) -> str:
    """Say how often the scores said to be needed were enough; nothing where none were said.

    More is better, or less: `sense` is 1 or -1.
    """
    needs = list_needs(record, sense)
    likely = needs[needs["probability"] == _LIKELY]
    if len(likely) < LEAST_CHANCES:
        return ""
    met = likely[likely["is_met"].astype(bool)]
    told = _(
        "Of the {scores} scores said to give an 80 % chance, **{enough} % would have been enough**."
    ).format(
        scores=format_number(len(likely)), enough=format_number(100 * likely["is_enough"].mean())
    )
    if len(met) < LEAST_CHANCES:
        return told
    reached = _("Of the {met} that came to theirs or above, {reached} % had the place.").format(
        met=format_number(len(met)), reached=format_number(100 * met["is_reached"].mean())
    )
    return f"{told} {reached}"


def describe_ranges(answer: Answer, record: pd.DataFrame) -> str:
    """Say how many of the ranges of 80 % held the rank that came, by how far ahead."""
    steps = [
        _("{held} % {ahead} (of {ranges})").format(
            held=format_number(100 * held.mean()),
            ahead=describe_horizon(int(str(horizon))),
            ranges=format_number(len(held)),
        )
        for horizon, held in list_held(record).groupby(record["horizon"])
    ]
    return _(
        "Of the ranges among the {count} that {method} would have given an 80 % chance {span}, "
        "{steps} held the rank that came."
    ).format(
        count=answer.draws.count,
        method=name_method(answer.draws, record),
        span=_describe_span(record),
        steps=join_names(steps),
    )


def _describe_span(record: pd.DataFrame) -> str:
    first, last = record["origin"].min(), record["origin"].max()
    if first == last:
        return _("as of {year}").format(year=first)
    return _("from {first} to {last}").format(first=first, last=last)
