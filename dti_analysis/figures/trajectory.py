"""Where a unit has been, where it is heading, and where it is to be."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from dti_analysis.figures import marks, style
from dti_analysis.figures.marks import Beside, Lines
from dti_analysis.figures.palette import LINE, OTHER, OWN, QUIET, TARGET
from dti_analysis.figures.picture import Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import N_, _, format_percent, join_names, ordinal
from dti_analysis.wording import format_chance, format_range, name_goal, name_range

_LEAST = 0.01
"""Chance of a rank that is shown."""

_FEW = 6
"""Known ranks that all have room for their numbers."""

_PEERS = 3
_NEXT_ROOM = 80
_YEAR_ROOM = 36
"""Widths of what is said of the next edition, and of a year on the axis, in points."""

_SHIFTS = -16, -40, -64
"""How far beside the next edition what is said of it may begin, in points, the best first."""

_SIDES = ("above", "below", "above right", "below right", "above left", "below left")
"""Where beside a point the name of another unit may stand, the best first."""

_GOALS = {
    "official": N_("Target: {goal}"),
    "asked": N_("Target asked for: {goal}"),
    "reference": N_("Reference target: {goal}"),
}


def plot_trajectory(answer: Answer, ax: Axes | None = None) -> Picture:
    """Draw the known ranks, the fan of the forecast, the targets and what happened since.

    Parameters
    ----------
    answer : Answer
        From `dti_analysis.forecasting.forecast.Forecast.answer`.
    ax : Axes, optional
        Where to draw; a figure of its own by default.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> answer = dti.load_index().forecast(origin=2021, draws=200).answer("BR-VT")
    >>> dti.plot_trajectory(answer).alt.split(".")[0]
    'Line chart of the rank of Bà Rịa - Vũng Tàu, 1 at the top'
    """
    draws, known, later = answer.draws, answer.history.dropna(subset="rank"), answer.outcomes
    summary, origin = answer.summary, draws.origin_year
    ranked = pd.concat([known, later])
    last = _find_last(answer, ranked)
    axes = style.start_figure(ax, 330)
    anchor = known.loc[known["year"] == origin, "rank"]
    marks.draw_fan(axes, summary, (origin, anchor.iloc[0]) if len(anchor) else None)
    for chance in answer.chances:
        if chance.target.target_year in answer.years:
            marks.raise_flag(axes, origin, chance.target.target_year, chance.target.target_rank)
    axes.plot(known["year"], known["rank"], color=OWN, lw=2.4, zorder=3)
    marks.draw_known(axes, ranked["year"], ranked["rank"], ranked["rank_status"] == "computed")
    years = sorted({*ranked["year"].astype(int), origin, *answer.years})
    axes.axvline(origin, color=LINE, lw=1.2, zorder=1)
    axes.set(xlim=(years[0] - 0.3, years[-1] + 0.1), ylim=(1.07 * last + 0.6, 0.4), xticks=years)
    axes.set_yticks(style.list_ticks(last))
    axes.grid(axis="x", visible=False)
    heads = _head(axes, origin, years)
    ends = marks.settle_with(axes, Beside(years[-1], list(_label_ends(answer)), gap=12))
    taken = [*map(_measure, [*heads, *ends]), *_label_ranks(axes, ranked)]
    taken += _label_next(axes, answer, taken)
    _choose_years(axes, years, [origin, answer.years[0], years[-1], years[0]])
    peers = _draw_peers(axes, answer, years[0], last, taken)
    return _describe(axes, answer, known, later, last, peers)


def _find_last(answer: Answer, ranked: pd.DataFrame) -> int:
    """Find the last rank that is shown: each beyond has less than one chance in a hundred."""
    chances = answer.rank_probabilities
    likely = chances.index[(chances >= _LEAST).any(axis=1)].max()
    drawn = answer.summary["worst80"].max()
    goals = [chance.target.target_rank + 1 for chance in answer.chances]
    least = min(5, answer.draws.count)
    return int(np.nanmax([likely, drawn, *goals, *ranked["rank"], least]))


def _label_ends(answer: Answer) -> Iterable[Lines]:
    """Say at the right end what the last edition may bring, and what the chances of targets are."""
    row = answer.summary.iloc[-1]
    year, median = int(row["year"]), int(row["median_rank"])
    told = _("{year}: {rank}").format(year=year, rank=ordinal(median))
    half, most = (
        f"{format_percent(width / 100)}: {format_range(row[f'best{width}'], row[f'worst{width}'])}"
        for width in (50, 80)
    )
    yield Lines(median, [(told, True), (half, False)])
    yield Lines(float(row["worst80"]), [(most, False)])
    for chance in answer.chances:
        target = chance.target
        if target.target_year in answer.years:
            texts = [_(_GOALS[target.kind]).format(goal=name_goal(target.target_rank).lower())]
            told = format_chance(chance.probability_in_year)
            texts.append(_("in {year}: {chance}").format(year=target.target_year, chance=told))
            yield Lines(target.target_rank + 0.5, [(text, True) for text in texts], TARGET)


def _head(axes: Axes, origin: int, years: Sequence[int]) -> list[Text]:
    """Say above what is known and what is forecast."""
    look: Any = {"colour": QUIET, "coords": axes.get_xaxis_transform()}
    heads = [marks.write_label(axes, _("forecast →"), origin, 1, "above right", 6, **look)]
    if origin > years[0]:
        heads.append(marks.write_label(axes, _("known"), origin, 1, "above left", 6, **look))
    return [*heads]


def _measure(label: Text) -> Bbox:
    return Bbox(label.get_window_extent().get_points())


def _label_ranks(axes: Axes, ranked: pd.DataFrame) -> list[Bbox]:
    """Write each known rank at its point, or where these are many, the first and the last."""
    rows = ranked if len(ranked) <= _FEW else ranked.iloc[[0, -1]]
    ranks = ranked["rank"].to_numpy(dtype=float)
    boxes = []
    for place, (year, rank) in enumerate(ranked[["year", "rank"]].to_numpy()):
        if year not in set(rows["year"]):
            continue
        beside = [*ranks[max(place - 1, 0) : place], *ranks[place + 1 : place + 2]]
        # Where the line does not go: above a peak, below a trough.
        side = "above" if np.mean([*beside, rank]) >= rank and rank > 1 else "below"
        label = marks.write_label(
            axes, f"{rank:.0f}", year, rank, side, 7, colour=OWN, is_bold=True
        )
        boxes.append(_measure(label))
    return boxes


def _label_next(axes: Axes, answer: Answer, taken: Sequence[Bbox]) -> list[Bbox]:
    """Say below the fan what the next edition may bring, unless the right end says it."""
    if len(answer.years) < 2:
        return []
    summary, row = answer.summary, answer.summary.iloc[0]
    year, worst = int(row["year"]), float(row["worst80"])
    across, up = np.abs(np.diff(axes.transData.inverted().transform([[0, 0], [1, 1]]), axis=0))[0]
    scale = style.find_figure(axes).dpi / 72
    step = 2.2 * marks.LINE_HEIGHT * scale * up
    # Below all of the fan that the words stand under.
    covered = summary["year"] <= year + _NEXT_ROOM * scale * across
    height = summary.loc[covered, "worst80"].max() + 0.2 * step
    # And below the line of a target that would cross them.
    for border in sorted(chance.target.target_rank + 0.5 for chance in answer.chances):
        if border < height + step:
            height = max(height, border + 0.2 * step)
    height = min(height, axes.get_ylim()[0] - step)
    if height < worst:
        return []
    told = _("{year}: {rank}").format(year=year, rank=ordinal(int(row["median_rank"])))
    spread = name_range(row["best80"], row["worst80"])
    labels = []
    for text, is_bold, gap in ((told, True, 2), (spread, False, 2 + marks.LINE_HEIGHT)):
        look: Any = {"colour": OWN, "is_bold": is_bold}
        label = marks.write_label(axes, text, year, height, "below right", gap, **look)
        labels.append(label)
    for shift in _SHIFTS:
        for label in labels:
            label.set_position((shift, label.get_position()[1]))
        boxes = list(map(_measure, labels))
        if not any(box.overlaps(other) for box in boxes for other in taken):
            break
    else:
        for label in labels:
            label.remove()
        return []
    axes.plot([year, year], [worst, height], color=OWN, lw=1.2, ls=":")
    return boxes


def _choose_years(axes: Axes, years: Sequence[int], first: Sequence[int]) -> None:
    """Write as many years on the axis as have room, those that matter before others."""
    step = axes.bbox.width / np.ptp(axes.get_xlim()) * 72 / style.find_figure(axes).dpi
    axes.set_xticks(style.choose_apart([*first, *years], _YEAR_ROOM / step))


def _draw_peers(axes: Axes, answer: Answer, first: int, last: int, taken: list[Bbox]) -> list[str]:
    """Draw those ranked just above at the origin, or else below, as far as there is room."""
    panel, origin, code = answer.draws.panel, answer.draws.origin_year, answer.unit.code
    ranks = panel.wide("rank").reindex(list(answer.draws.codes))
    ranks = ranks.loc[:, first:origin]
    own = ranks[origin].get(code, np.nan) if origin in ranks else np.nan
    if ranks.shape[1] < 2 or not np.isfinite(own):
        return []
    others = ranks.drop(code)
    last_ranks = others[origin].dropna().sort_values(kind="stable")
    above, below = last_ranks[last_ranks <= own].iloc[::-1], last_ranks[last_ranks > own]
    near = others.loc[[*above.index, *below.index][:_PEERS]]
    drawn, line = [], ranks.loc[code].dropna()
    # What lies on the unit's own line, or on its fan, is not read.
    fan = answer.summary.set_index("year")[["best80", "worst80"]]
    own_path = pd.concat([pd.DataFrame(dict.fromkeys(fan, line)), fan])
    years = np.linspace(own_path.index[0], own_path.index[-1], 160)
    highest, lowest = (
        axes.transData.transform(np.column_stack([years, np.interp(years, own_path.index, edge)]))
        for _name, edge in own_path.items()
    )
    taken = [*taken, *map(Bbox, np.stack([lowest - 4, highest + 4], axis=1))]
    for peer, path in near.iterrows():
        known = path.dropna()
        if len(known) < 2 or (known > last).any():
            continue
        name = panel.labels[str(peer)]
        places = zip(known.index.to_numpy(), known.to_numpy(dtype=float), strict=True)
        tried = (_try_label(axes, name, place, side, taken) for place in places for side in _SIDES)
        label = next(filter(None, tried), None)
        if label is not None:
            taken.append(_measure(label))
            axes.plot(known.index, known, "-o", color=OTHER, lw=1, ms=4, zorder=2)
            drawn.append(name)
    return drawn


def _try_label(
    axes: Axes, name: str, place: tuple[float, float], side: str, taken: list[Bbox]
) -> Text | None:
    """Write a name beside a place, if it is free there."""
    label = marks.write_label(axes, name, *place, side, 5, colour=QUIET)
    box, inside = _measure(label), axes.bbox
    is_within = box.x0 >= inside.x0 - 2 and box.y1 <= inside.y1 + 8 and box.y0 >= inside.y0
    if is_within and not any(box.overlaps(other) for other in taken):
        return label
    label.remove()
    return None


def _describe(
    axes: Axes,
    answer: Answer,
    known: pd.DataFrame,
    later: pd.DataFrame,
    last: int,
    peers: Sequence[str],
) -> Picture:
    draws, summary = answer.draws, answer.summary
    ahead = style.list_each(
        _("{year}: median {median}, 80 % between {best} and {worst}"),
        **summary.astype(int).rename(columns=style.SHORT),
    )
    text = _(
        "Line chart of the rank of {unit}, 1 at the top. {title}. Known ranks: {past}. "
        "Forecast: {ahead}."
    )
    if len(later):
        text += " {observed}"
    table = pd.concat(
        [
            pd.concat([known, later])[["year", "rank", "rank_status"]],
            summary[["year", "median_rank", "best50", "worst50", "best80", "worst80"]],
        ]
    )
    return style.finish(
        axes, draws.panel.config, "{headline}", text,
        how=" ".join(_list_words(answer, known, later, last, peers)),
        table=table.astype(object), stem="trajectory", headline=_find_headline(answer, known),
        unit=answer.unit.label, past=_list_ranks(known) or _("none"), ahead=ahead, last=last,
        peers=join_names(list(peers)), origin=draws.origin_year, half=format_percent(0.5),
        most=format_percent(0.8), least=format_percent(_LEAST),
        observed=_("Observed: {ranks}.").format(ranks=_list_ranks(later)),
    )  # fmt: skip


def _list_words(
    answer: Answer, known: pd.DataFrame, later: pd.DataFrame, last: int, peers: Sequence[str]
) -> Iterable[str]:
    """Say how to read what is drawn, and only that."""
    statuses = set(pd.concat([known, later])["rank_status"])
    yield _("Rank in {index}, 1 at the top.")
    if statuses == {"computed"}:
        yield _("○ computed from the scores, ◆ median of the forecast, bands: {half} and {most}.")
    elif "computed" in statuses:
        yield _("● published, ○ computed, ◆ median of the forecast, bands: {half} and {most}.")
    else:
        yield _("● published, ◆ median of the forecast, bands: {half} and {most}.")
    if peers:
        yield _("Grey: {peers}.")
    if len(later):
        yield _("Dots after {origin}: what came.")
    if last < answer.draws.count:
        yield _("Cut at rank {last}: each one below has less than {least}.")


def _find_headline(answer: Answer, known: pd.DataFrame) -> str:
    if len(known):
        year, rank = known[["year", "rank"]].astype(int).iloc[-1]
        now = _("{rank} in {year}").format(rank=ordinal(rank), year=year)
    else:
        now = _("no rank up to {year}").format(year=answer.draws.origin_year)
    if not answer.chances:
        return f"{answer.unit.label}: {now}"
    chance, text = answer.first_target, _("{unit}: {now}; {goal} in {year}: {frequency}")
    goal, year = name_goal(chance.target.target_rank).lower(), chance.target.target_year
    told = format_chance(chance.probability_in_year)
    return text.format(unit=answer.unit.label, now=now, goal=goal, year=year, frequency=told)


def _list_ranks(known: pd.DataFrame) -> str:
    pairs = zip(known["year"], known["rank"], strict=True)
    return ", ".join(f"{year:.0f}: {rank:.0f}" for year, rank in pairs)
