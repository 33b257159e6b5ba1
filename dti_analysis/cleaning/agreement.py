"""Columns that state one thing, held against each other: rank and score, parts and whole, names."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from dti_analysis.errors import DataError
from dti_analysis.language import N_, _, format_number, write_number
from dti_analysis.models.positions import is_placed_by_scores
from dti_analysis.names import list_first, list_names, quote, shorten
from dti_analysis.panel import KEY, OVERALL, RANK_DECIMALS, Panel

LABELS = "labels"
"""Table of a panel with what its units were called in each edition: year, code, name, region."""

_LEAST = 5
"""Units with rank and score from which on an edition in which most are at odds is refused."""

_SHOWN = 3

_FAR = 2
"""Roundings that a sum may be off: a mean of rounded parts, and the rounded whole."""


def find_odds(panel: Panel, measure: str | None = None) -> pd.DataFrame:
    """Find the ranks that are not those of the scores published beside them, of all or one measure.

    Scores that are equal as printed may be ranked either way, as the publisher knows more digits.
    Where the whole roster has scores, ranks are held against those of the scores, of which ties
    share the best; else, as others may stand in between, only their order is.

    The columns are year, code, measure, rank (stated) and expected (by the score), both floats; the
    furthest apart come first within an edition.
    """
    held = [edition[edition["rank"] != edition["expected"]] for edition in _hold(panel, measure)]
    found = pd.concat(held) if held else pd.DataFrame(columns=[*KEY, "rank", "expected"])
    apart = found.assign(apart=-(found["rank"] - found["expected"]).abs())
    order = apart.sort_values(["year", "measure", "apart", "code"]).index
    return found.loc[order, [*KEY, "rank", "expected"]].reset_index(drop=True)


def require_agreement(panel: Panel, where: str) -> None:
    """Refuse an edition in which most of the ranks, of five or more, contradict the scores."""
    for edition in _hold(panel):
        odd = edition[edition["rank"] != edition["in_order"]]
        if len(edition) < _LEAST or 2 * len(odd) <= len(edition):
            continue
        first = odd.sort_values(["rank", "code"]).head(_SHOWN)
        told = ", ".join(
            f"{quote(panel.names[row['code']])} (rank {row['rank']:.0f}, "
            f"score {write_number(row['score'])})"
            for row in first.to_dict("records")
        )
        year, measure = edition["year"].iloc[0], edition["measure"].iloc[0]
        what = "scores" if measure == OVERALL else f"scores of {measure}"
        raise DataError(
            f"{where}: expected the ranks of {year} to follow the {what}, found {len(odd)} of "
            f"{len(edition)} at odds: {told}{', …' if len(odd) > _SHOWN else ''}. "
            f"{_suggest(panel, edition)}"
        )


def _is_reversed(edition: pd.DataFrame) -> bool:
    """Say whether most ranks are at odds with the order of the scores, and not with its reverse."""
    reverse = _deal(-edition["oriented"], edition["rank"])
    forwards, backwards = (
        int((edition["rank"] != order).sum()) for order in (edition["in_order"], reverse)
    )
    return bool(2 * backwards <= len(edition) < 2 * forwards)


def _suggest(panel: Panel, edition: pd.DataFrame) -> str:
    """Name a remedy: the other direction where the ranks follow that."""
    if not _is_reversed(edition):
        return "Correct the ranks or the scores."
    if panel.config.higher_is_better:
        return "Is less better? Say higher_is_better = false in index.toml, or --lower-is-better."
    return "Is more better? Leave out higher_is_better = false (--lower-is-better)."


def _hold(panel: Panel, measure: str | None = None) -> Iterator[pd.DataFrame]:
    """Give each edition's rows with a score and a stated rank, and what ranks are expected.

    ``in_order`` are the ranks stated, dealt out in the order of the scores.
    """
    rows = panel.values if measure is None else panel.values[panel.values["measure"] == measure]
    sizes = panel.values[panel.values["measure"] == OVERALL].groupby("year").size()
    rows = rows.assign(
        oriented=panel.config.orient(rows["score"]).round(RANK_DECIMALS),
        rank=rows["rank"].where(rows["rank_status"] != "computed"),
    ).dropna(subset="score")
    rows = rows.assign(size=rows["year"].map(sizes))
    for _key, scored in rows.groupby(["year", "measure"]):
        edition = scored.dropna(subset="rank")
        if edition.empty:
            continue
        in_order = _deal(edition["oriented"], edition["rank"])
        is_whole = len(scored) == scored["size"].iloc[0] and not panel.config.is_subset
        expected = _bound(scored) if is_whole else in_order
        yield edition.assign(in_order=in_order, expected=expected)


def _bound(scored: pd.DataFrame) -> pd.Series:
    """Give the ranks that the scores of a whole roster leave, the nearest to those stated."""
    best = place_ranks(scored["oriented"], scored["rank"].fillna(len(scored) + 1))
    # Of equal scores, those without a rank may be ahead.
    unstated = scored["rank"].isna().groupby(scored["oriented"]).transform("sum")
    return scored["rank"].clip(best, best + unstated)


def _deal(oriented: pd.Series, ranks: pd.Series) -> pd.Series:
    """Deal ranks out in the order of the scores."""
    place = place_ranks(oriented, ranks).to_numpy(dtype=int)
    return pd.Series(np.sort(ranks.to_numpy())[place - 1], index=ranks.index)


def place_ranks(oriented: pd.Series, ranks: pd.Series) -> pd.Series:
    """Rank by score, and of equal scores by the ranks stated: ties of both share the best."""
    tier = (-oriented).rank(method="dense")
    place: pd.Series = (tier * (ranks.max() + 1) + ranks).rank(method="min")
    return place


def is_forecast_by_scores(panel: Panel, year: int) -> bool:
    """Say whether what a forecast takes of an edition are its scores, or else its ranks."""
    scores = panel.rows.loc[panel.rows["year"] == year, "score"]
    return is_placed_by_scores(int(scores.notna().sum()), len(scores))


def describe_odds(panel: Panel) -> Iterator[str]:
    """Say by edition and measure which ranks and scores are at odds, and what is used of them."""
    yield from tell_odds(panel, find_odds(panel))
    reversed_ = [str(each["year"].iloc[0]) for each in _hold(panel, OVERALL) if _is_reversed(each)]
    if reversed_:
        yield _(
            "{years}: most ranks follow the scores the other way round; does higher_is_better in "
            "index.toml say what it should?"
        ).format(years=", ".join(reversed_))


def tell_odds(panel: Panel, odds: pd.DataFrame, is_direct: bool = True) -> Iterator[str]:
    """Say what `find_odds` finds, a line for each edition and measure.

    What is used of them is said only of forecasts from the past of the units themselves.
    """
    used = {True: N_("the forecast uses the scores"), False: N_("the forecast uses the ranks")}
    for (year, measure), rows in odds.groupby(["year", "measure"], sort=False):
        text = _("{year}: rank and score at odds: {units}; shown as published, {used}")
        if not is_direct:
            text = _("{year}: rank and score at odds: {units}; shown as published")
        if measure != OVERALL:
            text = _("{year}: rank and score of {measure} at odds: {units}; shown as published")
        yield text.format(
            year=year,
            measure=panel.config.label(str(measure)),
            units=list_first(
                [
                    _('"{unit}" (rank {rank}, {expected} by its score)').format(
                        unit=shorten(panel.names[row["code"]]),
                        rank=f"{row['rank']:.0f}",
                        expected=f"{row['expected']:.0f}",
                    )
                    for row in rows.to_dict("records")
                ]
            ),
            used=_(used[is_forecast_by_scores(panel, int(str(year)))]),
        )


def describe_means(panel: Panel) -> Iterator[str]:
    """Say by edition which overall scores are far from the weighted mean of the components."""
    stated = panel.values[panel.values["score_status"] != "computed"]
    scores = stated.pivot(index=["year", "code"], columns="measure", values="score")
    for year in panel.editions:
        weights = pd.Series(panel.weights_of(year), dtype=float)
        columns = [OVERALL, *weights.index]
        known = scores[scores.index.get_level_values("year") == year].reindex(columns=columns)
        known = known.droplevel("year").dropna()
        if weights.empty or known.empty:
            continue
        whole, parts = known[OVERALL], known[list(weights.index)]
        mean = parts @ weights / weights.sum()
        places = count_places(whole), count_places(pd.Series(parts.to_numpy().ravel()))
        step = sum(10.0**-each for each in places)
        far = (whole - mean).abs()
        far = far[far > _FAR * step + 1e-6 * whole.abs()]
        if len(far):
            code = str(far.idxmax())
            yield _(
                "{year}: {count} of {known} scores are not the weighted mean of the components, "
                'such as "{unit}": {score}, not {mean}'
            ).format(
                year=year,
                count=len(far),
                known=len(known),
                unit=shorten(panel.names[code]),
                score=format_number(float(whole[code]), 3),
                mean=format_number(float(mean[code]), 3),
            )


def count_places(scores: pd.Series) -> int:
    """Count the digits after the point with which some scores are printed."""
    texts = scores.dropna().map(np.format_float_positional)
    return max((len(text.partition(".")[2]) for text in texts), default=0)


def describe_labels(panel: Panel) -> Iterator[str]:
    """Say which codes change their name or region, and which names have two codes in an edition."""
    labels = panel.tables.get(LABELS)
    if labels is None:
        return
    for column, text in (
        ("name", N_('"{own}" goes by the names {others}, of which the last stands')),
        ("region", N_('"{own}" lies in {others}, of which the last stands')),
    ):
        known = labels[labels[column] != ""] if column in labels else labels[:0]
        for code, rows in known.groupby("code"):
            if rows[column].nunique() > 1:
                own = code if column == "name" else panel.names[str(code)]
                others = list_names(rows[column].unique())
                yield _(text).format(own=shorten(str(own)), others=others)
    twins = labels[labels.duplicated(["year", "name"], keep=False)]
    for name, rows in twins.groupby("name"):
        yield _('"{own}" has the codes {others}, each a unit of its own').format(
            own=shorten(str(name)), others=list_names(rows["code"].unique())
        )
