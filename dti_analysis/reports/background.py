"""What stands behind a report, in sentences: the merger of 2025, the method, the sources."""

import pandas as pd

from dti_analysis.cleaning.dti import choose_origin, latest_rank
from dti_analysis.cleaning.gazetteer import Gazetteer, Province
from dti_analysis.forecasting.answer import Answer
from dti_analysis.forecasting.draws import Forecast
from dti_analysis.language import (
    N_,
    _,
    format_date,
    format_number,
    format_percent,
    join_names,
    ordinal,
)
from dti_analysis.schema import MERGER_DATE
from dti_analysis.subject import subject

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

_COPIED = N_("public copy of dti.gov.vn")

_SOURCE_KINDS = {
    "official": N_("official"),
    "official_copy": N_("official copy"),
    "government": N_("government"),
    "press": N_("press"),
}


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
        return _tell_heir(province, gazetteer, panel)
    former = gazetteer.former_provinces(province.code)
    if len(former) == 1:
        return _("{province} is one of the provinces that were not merged on {date}.").format(
            province=province.name, date=_(MERGER_DATE)
        )
    return _(
        "{province} was formed on {date} from {former}. Before 2024 its score is their unweighted "
        "mean, the rule that reproduces all 34 scores the ministry published for 2024. A rank of "
        "34 is not comparable with one of 63: the top 10 are the best {share34} here, and were the "
        "best {share63} there."
    ).format(
        province=province.name,
        date=_(MERGER_DATE),
        former=join_names([old.name for old in former]),
        share34=format_percent(10 / 34),
        share63=format_percent(10 / 63),
    )


def _tell_heir(province: Province, gazetteer: Gazetteer, panel: pd.DataFrame) -> str:
    heir = gazetteer.successor(province.code)
    former = gazetteer.former_provinces(heir.code)
    edition = choose_origin(panel, 34)
    rank = latest_rank(panel, 34, heir.code, edition)
    standing = (
        _("Among the 34, {province} is {rank} ({edition}).").format(
            province=heir.name, rank=ordinal(rank), edition=edition
        )
        if rank
        else ""
    )
    if len(former) == 1:
        kept = (
            _("{province} was not merged on {date}.")
            if heir.name == province.name
            else _("{province} was not merged on {date}, under the name {heir}.")
        ).format(province=province.name, date=_(MERGER_DATE), heir=heir.name)
        return f"{kept} {standing}"
    merged = _("On {date}, when 63 provinces became 34, {former} became **{heir}**.").format(
        date=_(MERGER_DATE), former=join_names([old.name for old in former]), heir=heir.name
    )
    meaning = _(
        "A forecast for the 63 is from then on a statement about places, not about an "
        "administration that could still act on it."
    )
    return f"{merged} {standing} {meaning}"


def tell_method(forecast: Forecast) -> str:
    """Describe the method in a paragraph, with the settings of this forecast."""
    editions = forecast.positions.editions
    is_merged = forecast.road == "merged"
    positions = _(
        "Scores of the editions {first} to {last} become positions within each edition (score less "
        "median, over standard deviation; where only ranks are published, their normal scores)."
    ).format(first=editions[0], last=editions[-1])
    futures = _(
        "{draws} joint futures of all {basis} {units} are drawn, {way} (model `{model}`, seed "
        "{seed})."
    ).format(
        draws=format_number(len(forecast.draws)),
        basis=63 if is_merged else forecast.basis,
        units=subject().units,
        way=_(_MODELS[forecast.model]),
        model=forecast.model,
        seed=forecast.seed,
    )
    merged = _(
        "Within each, the former provinces are averaged into the {basis} by the ministry's own "
        "rule, their unweighted mean."
    ).format(basis=forecast.basis)
    ranked = _(
        "Each future is ranked; a chance is the share of futures in which it comes true. The level "
        "of a future edition is the same for everybody, so no rank or chance depends on it; only "
        "the scores needed do."
    )
    return " ".join([positions, futures, *([merged] if is_merged else []), ranked])


def list_places(province: Province, gazetteer: Gazetteer) -> list[tuple[int, str]]:
    """List the (basis, code) whose facts tell of a province: its own, and the former ones'."""
    own = [(province.basis, province.code)]
    if province.basis == 34:
        own += [(63, former.code) for former in gazetteer.former_provinces(province.code)]
    return own


def tell_sources(cited: pd.DataFrame) -> str:
    """List sources with their links, in Markdown; see `dti_analysis.cleaning.facts.cite_sources`."""
    lines = []
    for row in cited.to_dict("records"):
        name = row["publisher"].replace(_COPIED, _(_COPIED))
        if str(row["url"]).startswith("http"):
            name = f"[{name}](<{row['url']}>)"
        kind = _SOURCE_KINDS[row["kind"]]
        about = _(kind) + (f", {format_date(row['date'])}" if row["date"] else "")
        lines.append(f"- {name} ({about}): {row['editions']}")
    return "\n".join(lines)
