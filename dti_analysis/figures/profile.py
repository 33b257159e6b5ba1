"""The components of a unit, against those of the units ranked around a target."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.figures import marks, style
from dti_analysis.figures.style import Picture
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _
from dti_analysis.panel import OVERALL, Panel

_COMPANY = 5
"""Places from a target rank within which units are the company to keep."""


def plot_profile(
    answer: Answer, target_rank: int | None = None, ax: Axes | None = None
) -> Picture | None:
    """Draw the components of a unit against those of the units ranked around a target.

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
    if target_rank is None:
        target_rank = answer.first_target.target.target_rank
    config, code = answer.draws.panel.config, answer.unit.code
    found = _find_parts(answer.draws.panel, code, answer.draws.origin_year)
    if found is None:
        return None
    year, edition, parts = found
    scores = edition[parts].rename(columns=config.label)
    is_near = edition["rank"].sub(target_rank).abs() <= _COMPANY
    own, near = scores.loc[code], scores[is_near & (scores.index != code)]
    gap = config.sense * (own - near.median()).dropna()
    if gap.empty:
        return None
    labels, rows = list(map(str, scores)), range(len(parts))
    axes = style.start_figure(config, ax, 1.12 + 0.36 * len(parts))
    company = _("Middle half and median of the ranks within {width} of {rank}")
    company = company.format(width=_COMPANY, rank=target_rank)
    low, median, high = (near.quantile(share) for share in (0.25, 0.5, 0.75))
    marks.draw_ranges(axes, rows, low, high, median, label=company)
    marks.draw_dots(axes, own, rows, style.BLUE, label=answer.unit.name)
    missing = [place for place in rows if pd.isna(own.iloc[place])]
    look: Any = {"va": "center", "fontsize": style.SMALL, "style": "italic"}
    for place in missing:
        axes.text(0.01, place, _("not published"), transform=axes.get_yaxis_transform(), **look)
    if config.max_score is not None:
        axes.set_xlim(*config.orient(np.array([0, 1.02 * config.max_score])))
    else:
        style.turn_scores(axes, config)
    axes.set_xlabel(_("Score{scale}").format(scale=style.name_scale(config)))
    style.set_rows(axes, labels, above=0.5, below=0.5)
    style.add_legend(axes, columns=2)
    places = max(style.count_places(config) - 1, 0)
    known = {"component": gap.index, "own": own[gap.index], "others": near[gap.index].median()}
    listing = style.list_each(_("{component} {own} against {others}"), places, **known)
    return style.finish(
        axes, config,
        _("{year}: furthest behind the ranks around {rank} in {component}")
        if gap.min() < 0
        else _("{year}: level with or above the ranks around {rank} everywhere")
        if config.higher_is_better
        else _("{year}: level with or below, so better than, the ranks around {rank} everywhere"),
        _(
            "Dot chart of scores of {name} in {year} against the median of the {units} ranked "
            "within {width} places of {rank}. {listing}. Not published: {missing}. Best by "
            "comparison: {best}."
        ),
        year=year, rank=target_rank, component=str(gap.idxmin()).lower(), name=answer.unit.name,
        width=_COMPANY, listing=listing,
        missing=", ".join(labels[place].lower() for place in missing) or _("none"),
        best=str(gap.idxmax()).lower(),
    )  # fmt: skip


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
