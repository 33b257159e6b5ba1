"""What of a panel is not there, not published, or computed: told by name, never passed over."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from dti_analysis.display import Table
from dti_analysis.language import N_, _
from dti_analysis.names import list_names
from dti_analysis.panel import LeftOut, Panel

_WORDS = {
    "no_value": N_("left out, as nothing is known of it"),
    "absent": N_("taken for not ranked"),
    "away": N_("not ranked, unlike before and after"),
    "gone": N_("ranked for the last time, so not forecast"),
    "unpublished": N_("{count} of {ranked} not published"),
    "no_rank": N_("no rank known for {count} of {ranked}"),
    "computed": N_("rank computed from the scores for {count} of {ranked}"),
}


_NAMED = 100


def list_left_out(panel: Panel, origin: int | None = None) -> list[LeftOut]:
    """List what is left out of a panel up to an origin, by default the newest edition.

    See `LeftOut` for the kinds; they are listed edition by edition.
    """
    origin = panel.choose_origin(origin)
    is_newest = origin == panel.editions[-1]  # editions without a value may be newer still
    found = [each for each in panel.omitted if is_newest or each.year <= origin]
    found += [*_list_gone(panel, origin), *_list_away(panel, origin)]
    for year in panel.editions:
        if year <= origin:
            found += _list_unknown(panel, year)
    return sorted(found, key=lambda each: each.year)


def describe_left_out(panel: Panel, origin: int | None = None) -> list[str]:
    """Say what `list_left_out` lists, a phrase for each kind and edition."""
    return [
        f"{years}: {what}" + (f": {list_names(names)}" if names else "")
        for years, what, names in _tell(list_left_out(panel, origin), panel.config.label_unit)
    ]


def left_out_table(panel: Panel, origin: int | None = None) -> Table:
    """Show what `list_left_out` lists, with up to a hundred names of an edition."""
    rows = [
        [years, what, ", ".join(names[:_NAMED] + ("…",) * (len(names) > _NAMED)) or "–"]
        for years, what, names in _tell(list_left_out(panel, origin), panel.config.label_unit)
    ]
    columns = [_("Edition"), _("What is not as published"), panel.config.head_unit()]
    return Table(pd.DataFrame(rows, columns=columns), _("What is left out, unknown or computed"))


def _tell(
    found: Sequence[LeftOut], call: Callable[[str], str]
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give edition, words and names; editions of which the same is said of all are told as one."""
    whole = [each for each in found if each.kind == "computed" and len(each.units) == each.ranked]
    beyond = [each for each in found if each.kind == "beyond"]
    for alike, words in (
        (whole, _("all ranks computed from the scores")),
        (beyond, _("ranked with others that are not in this file; forecasts are ranks within it")),
    ):
        if alike:
            yield ", ".join(str(each.year) for each in alike), words, ()
    for each in found:
        if each not in whole + beyond:
            words = _(_WORDS[each.kind]).format(count=len(each.units), ranked=each.ranked)
            named = () if each.kind == "no_value" else tuple(map(call, each.units))
            yield str(each.year), words, named


def describe_gaps(panel: Panel, origin: int) -> str:
    """Say that an edition is not complete (yet); nothing where it is.

    It is not where nothing is known of some of its units, it has fewer than the one before, or the
    panel is but a part of it.
    """
    rows = panel.rows[panel.rows["year"] == origin]
    ranked = panel.count_ranked(origin)
    if ranked > len(rows):
        return _("{year}: {count} of at least {ranked} are in this file").format(
            year=origin, count=len(rows), ranked=ranked
        )
    known = int((rows["score"].notna() | rows["rank"].notna()).sum())
    if known < len(rows):
        return _("{year} is not complete: {known} of {count} known").format(
            year=origin, known=known, count=len(rows)
        )
    earlier = [year for year in panel.editions if year < origin]
    before = len(panel.roster(earlier[-1])) if earlier else 0
    if len(rows) < before:
        return _("{year} has {count}, {earlier} had {before}").format(
            year=origin, count=len(rows), earlier=earlier[-1], before=before
        )
    return ""


def _list_unknown(panel: Panel, year: int) -> Iterator[LeftOut]:
    rows = panel.rows[panel.rows["year"] == year].set_index("code")
    has_score, has_rank = rows["score"].notna(), rows["rank"].notna()
    ranked = panel.count_ranked(year)
    if ranked > len(rows):
        yield LeftOut("beyond", year, (), ranked)
    for kind, is_so in (
        ("unpublished", ~has_score & ~has_rank),
        ("no_rank", has_score & ~has_rank),
        ("computed", rows["rank_status"] == "computed"),
    ):
        if is_so.any():
            yield LeftOut(kind, year, _name(panel, rows.index[is_so]), len(rows))


def _list_gone(panel: Panel, origin: int) -> Iterator[LeftOut]:
    seen = panel.rows[panel.rows["year"] <= origin]
    last = seen.groupby("code")["year"].max()
    for year, codes in last[last < origin].groupby(last).groups.items():
        edition = int(str(year))
        yield LeftOut("gone", edition, _name(panel, codes), len(panel.roster(edition)))


def _list_away(panel: Panel, origin: int) -> Iterator[LeftOut]:
    """List who has no row in an edition between those of its own, if no blank row says so."""
    told = {(each.year, name) for each in panel.omitted for name in each.units}
    spans = panel.rows[panel.rows["year"] <= origin].groupby("code")["year"].agg(["min", "max"])
    for year in panel.editions:
        expected = spans.index[(spans["min"] < year) & (spans["max"] > year)]
        roster = panel.roster(year)
        names = _name(panel, expected.difference(list(roster)))
        away = tuple(name for name in names if (year, name) not in told)
        if away:
            yield LeftOut("away", year, away, len(roster))


def _name(panel: Panel, codes: Iterable[Any]) -> tuple[str, ...]:
    return tuple(panel.units["name"].reindex(pd.Index(codes)))
