"""The components of a unit: what they cost against the ranks around a target, and what would do."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.figures import marks, style
from dti_analysis.figures.palette import LINE, OTHER, OWN, QUIET, RULE, TARGET, TEXT
from dti_analysis.figures.picture import Picture
from dti_analysis.forecasting.answer import Answer, aim_next
from dti_analysis.forecasting.push import choose_chance, count_places, find_need, find_pushes
from dti_analysis.language import _, format_number, format_percent
from dti_analysis.panel import OVERALL, Panel
from dti_analysis.wording import describe_gain, describe_places, name_chance, name_places

COMPANY = 5
"""Places from a target rank within which units are the company to keep."""

_SCALE = 0.56
"""Part of the width that the scale takes; the values stand right of it."""

_COLUMNS = (0.69, 0.81, 1.0)
"""Where, on the width, one's own value, that of the company and the cost end."""


def plot_profile(
    answer: Answer, target_rank: int | None = None, ax: Axes | None = None
) -> Picture | None:
    """Draw the components of a unit, what costs most against those around a target first.

    Each row says what a push on it alone takes for the target in the next edition, how many places
    that is worth, and how often so much was gained from similar starts.

    None where no component of the unit, nor a pillar, is known up to the origin; the pillars
    alone where they are all that is known.

    Parameters
    ----------
    target_rank : int, optional
        Units within five places of it are the company to keep; the rank of the first target by
        default.
    answer, ax
        See `plot_trajectory`.
    """
    asked = aim_next(answer, target_rank)
    target_rank = asked.first_target.target.target_rank
    config, places = answer.draws.panel.config, answer.draws.panel.decimals
    found = compare_parts(answer, target_rank)
    if found is None:
        return None
    year, table = found
    table = _add_pushes(asked, table)
    missing = [config.label(part) for part in table.index[table["own"].isna()]]
    shown = table.dropna(subset="gap")
    if shown.empty:
        return None
    pushes = [_tell_push(asked, row) for row in shown.to_dict("records")]
    axes = _draw_parts(answer, shown, pushes, ax)
    labels = shown.index.map(config.label)
    listing = style.list_each(
        _("{component} {own} against {others}, {cost}, {push}"),
        max(places - 1, 0),
        component=labels,
        own=shown["own"].to_numpy(),
        others=shown["group"].to_numpy(),
        cost=[tell_cost(cost, places) for cost in shown["cost"]],
        push=pushes,
    )
    how = _(
        "Score in {index}{scale}: ● {name}, ▮ mean of the ranks within {width} of {rank}; last "
        "column: what the gap costs or brings overall. Push: what it alone takes, beyond the "
        "forecast, for {chance} of {goal} in {next}, and the gains seen from the nearest starts."
    )
    if missing:
        how += " " + _("Not published: {missing}.")
    return style.finish(
        axes, config,
        _("{year}: most is lost on {component} against the ranks around {rank}")
        if shown["cost"].iloc[0] < -0.5 * 10**-places
        else _("{year}: level with or above the ranks around {rank} everywhere")
        if config.higher_is_better
        else _("{year}: level with or below, so better than, the ranks around {rank} everywhere"),
        _(
            "Dot chart of scores of {name} in {year} against the mean of the {units} ranked within "
            "{width} places of {rank}, what costs most first. {title}. {listing}. Not published: "
            "{missing}."
        ),
        how=how, table=table.rename_axis("component").reset_index(), stem="parts",
        year=year, rank=target_rank, component=labels[0], name=answer.unit.label,
        scale=style.name_scale(config), width=COMPANY, listing=listing,
        missing=", ".join(missing) or _("none"), chance=name_chance(choose_chance(asked)),
        goal=name_places(target_rank), next=asked.years[0],
    )  # fmt: skip


def compare_parts(answer: Answer, target_rank: int) -> tuple[int, pd.DataFrame] | None:
    """Compare the parts of a unit with the mean of those ranked around a target, in one edition.

    Gives the year, and own, group, weight, gap and cost by part, the most costly first; or None.
    """
    panel, code = answer.draws.panel, answer.unit.code
    found = _find_parts(panel, code, answer.draws.origin_year)
    if found is None:
        return None
    year, edition, parts = found
    is_near = edition["rank"].sub(target_rank).abs() <= COMPANY
    near = edition.loc[is_near & (edition.index != code), parts].mean()
    table = pd.DataFrame({"own": edition.loc[code, parts].astype(float), "group": near})
    weights = pd.Series(panel.weights_of(year), dtype=float)
    table["weight"] = (weights / weights.sum()).reindex(parts)
    table["gap"] = panel.config.sense * (table["own"] - table["group"])
    table["cost"] = table["gap"] * table["weight"].fillna(1)
    return year, table.sort_values("cost", kind="stable")


def _add_pushes(asked: Answer, table: pd.DataFrame) -> pd.DataFrame:
    """Add what a push on each part alone takes, NaN where that is not known, and is worth."""
    pushes, need = find_pushes(asked).pushes.set_index("component"), find_need(asked)
    worth = np.nan if need is None else count_places(asked, need)
    return table.join(pushes[["gain", "is_feasible", "percentile", "seen"]]).assign(places=worth)


def _tell_push(asked: Answer, row: Mapping[Hashable, Any]) -> str:
    """Say what a push takes and is worth, and how often it was seen, or why that is not said."""
    draws, gain = asked.draws, row["gain"]
    if np.isnan(gain):
        told = _("push: cannot be told, as scores of {year} are missing")
        return told.format(year=draws.origin_year)
    if not gain:
        return _("no push needed")
    seen = _("beyond the scale")
    if row["is_feasible"]:
        seen = describe_gain(row["percentile"], int(row["seen"]))
    return _("push {gain} {places}: {seen}").format(
        gain=format_number(gain, draws.panel.decimals, signed=True),
        places=describe_places(int(row["places"])),
        seen=seen,
    )


def _draw_parts(
    answer: Answer, shown: pd.DataFrame, pushes: Sequence[str], ax: Axes | None
) -> Axes:
    """Draw for each part its name and weight, a scale with both values, numbers and push."""
    config, places = answer.draws.panel.config, answer.draws.panel.decimals
    axes = style.start_figure(ax, 62 + 66 * len(shown))
    ends = shown[["own", "group"]].to_numpy()
    low, high = float(ends.min()), float(ends.max())
    room = 0.06 * (high - low or 1)
    low, high = max(low - room, 0 if config.max_score else -np.inf), high + room
    high = min(high, config.max_score or np.inf)
    low, high = (low, high) if config.higher_is_better else (high, low)
    axes.set(xlim=(low, low + (high - low) / _SCALE), xticks=[])
    style.head_rows(
        axes, [_name_part(answer, str(part), row["weight"]) for part, row in shown.iterrows()]
    )
    beside: Any = {"coords": axes.get_yaxis_transform(), "gap": 0}
    coarse = max(places - 1, 0)
    heads = (_("own"), OWN), (_("group"), QUIET), (_("cost"), TEXT)
    for at, (head, colour) in zip(_COLUMNS, heads, strict=True):
        marks.write_label(axes, head, at, -0.8, "left", colour=colour, is_bold=True, **beside)
    values = shown[["own", "group", "gap", "cost"]].to_numpy(dtype=float)
    for place, ((mine, group, gap, cost), push) in enumerate(zip(values, pushes, strict=True)):
        axes.hlines(place, low, high, color=LINE, lw=1)
        colour = TARGET if gap < 0 else OTHER
        axes.plot([mine, group], [place, place], color=colour, lw=3, solid_capstyle="butt")
        axes.plot([group], [place], "|", color=TEXT, ms=13, mew=3)
        marks.draw_dots(axes, [mine], [place], OWN, 8)
        is_cost = cost < -0.5 * 10**-places
        for at, text, colour, is_bold in (
            (_COLUMNS[0], format_number(mine, coarse), OWN, True),
            (_COLUMNS[1], format_number(group, coarse), QUIET, False),
            (_COLUMNS[2], tell_cost(cost, places), TARGET if is_cost else QUIET, is_cost),
        ):
            marks.write_label(
                axes, text, at, place, "left", colour=colour, is_bold=is_bold, **beside
            )
        marks.write_label(axes, push, 0, place + 0.3, colour=QUIET, room=style.WIDTH, **beside)
        if place:
            axes.axhline(place - 0.54, color=RULE, lw=1)
    for end, side in ((low, "right"), (high, "left")):
        told, at = format_number(end, coarse), len(shown) - 0.35
        marks.write_label(axes, told, end, at, side, 0, colour=QUIET)
    axes.set_ylim(len(shown) - 0.2, -1)
    axes.spines["bottom"].set_visible(False)
    return axes


def _name_part(answer: Answer, part: str, weight: float) -> str:
    name = answer.draws.panel.config.label(part)
    return name if np.isnan(weight) else f"{name} {format_percent(weight, 1)}"


def tell_cost(cost: float, places: int) -> str:
    """Write what a part costs, or brings."""
    return _("equal") if abs(cost) < 0.5 * 10**-places else format_number(cost, places, signed=True)


def _find_parts(panel: Panel, code: str, origin: int) -> tuple[int, pd.DataFrame, list[str]] | None:
    """Find the last edition with scores of parts of a unit: year, table by code, and the parts.

    Parts are the components that have weights at the origin, or else what they are gathered in.
    """
    components = list(panel.weights_of(origin))
    others = [name for name in panel.measures if name not in {OVERALL, *components}]
    table = panel.table[panel.table["year"] <= origin]
    own = table[table["code"] == code].set_index("year")
    for parts in (components, others if panel.measure == OVERALL else []):
        there = [part for part in parts if part in own]
        known = own[there].dropna(how="all")
        if len(known):
            year = int(known.index[-1])
            return year, table[table["year"] == year].set_index("code"), there
    return None
