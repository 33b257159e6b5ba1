"""Tables in colours: what is known, what the weights are, which measures go together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dti_analysis.figures import marks, style
from dti_analysis.figures.palette import TILES
from dti_analysis.figures.picture import Picture
from dti_analysis.figures.style import HasPanel
from dti_analysis.history.known import count_known, list_weights
from dti_analysis.history.persistence import correlate_measures
from dti_analysis.language import _, format_number, format_percent
from dti_analysis.panel import STATUSES


def plot_coverage(index: HasPanel, ax: Axes | None = None) -> Picture:
    """Draw for each edition of how many units each value is known.

    Parameters
    ----------
    index : Index
        The index.
    ax : Axes, optional
        Where to draw; a figure of its own by default.
    """
    panel, known = index.panel, count_known(index.panel)
    config, is_own = panel.config, known["measure"] == panel.measure
    named = {"rank": _("Rank"), "score": _("Score")}
    labels = known["column"].map(named).where(is_own, known["measure"].map(config.label))
    known = known.assign(label=labels, there=known[list(STATUSES)].sum(axis=1))
    known = known[is_own | (known["column"] == "score")]
    there, missing = (
        known.pivot(index="label", columns="year", values=column).loc[known["label"].unique()]
        for column in ("there", "missing")
    )
    is_whole = missing.T[named["rank"]] == 0
    axes = style.start_figure(ax, 56 + 26 * len(there))
    _draw_cells(axes, there / (there + missing), there.astype(str))
    text = _(
        "Table in colours of the number of {units}, of {count}, whose values are known, by "
        "edition. {title}. {listing}."
    )
    return style.finish(
        axes, config,
        _("All {count} ranks are known for {whole} of {all} editions, fewer for {part}"),
        text, count=len(panel.units), whole=is_whole.sum(), all=len(is_whole),
        part=", ".join(map(str, is_whole.index[~is_whole])) or _("none"),
        listing=style.list_rows(there, str), table=there.reset_index(), stem="coverage",
        how=_("Of how many {units} each value is known, by edition."),
    )  # fmt: skip


def plot_weights(index: HasPanel, ax: Axes | None = None) -> Picture | None:
    """Draw the share of each component in the weights, edition by edition.

    None where there are no weights.

    Parameters
    ----------
    index, ax
        See `plot_coverage`.
    """
    config, weights = index.panel.config, list_weights(index.panel)
    if weights.empty:
        return None
    # Those of a table that comes with its weights hold from its first edition on.
    since = {0: index.panel.editions[0]}
    weights = weights.astype(float).rename(index=config.label, columns=since)
    axes = style.start_figure(ax, 56 + 26 * len(weights))
    texts = weights.map(lambda share: "" if pd.isna(share) else format_percent(share, 1))
    _draw_cells(axes, weights / np.nanmax(weights), texts)
    text = _("Table in colours of shares in the weights, by edition. {title}. {listing}.")
    listing = style.list_rows(weights, lambda share: format_percent(share, 1))
    return style.finish(
        axes, config, "{headline}", text, headline=_compare_weights(weights), listing=listing,
        how=_("Share of each component in the weights, by edition."), stem="weights",
        table=weights.reset_index(),
    )  # fmt: skip


def _compare_weights(weights: pd.DataFrame) -> str:
    """Say what gained and what lost most in the last edition, or else what weighs most."""
    year, old, new = weights.columns[-1], weights.iloc[:, -2:].iloc[:, 0], weights.iloc[:, -1]
    change = (new - old).dropna()
    if not change.any():
        text, share = _("{year}: {most} weighs most ({share})"), format_percent(new.max())
        return text.format(year=year, most=new.idxmax(), share=share)
    more, less = str(change.idxmax()), str(change.idxmin())
    more1, more2, less1, less2 = (
        format_percent(shares[name]) for name in (more, less) for shares in (old, new)
    )
    text = _("{year}: {more} weighs more ({more1} to {more2}), {less} less ({less1} to {less2})")
    ends = {"more1": more1, "more2": more2, "less1": less1, "less2": less2}
    return text.format(year=year, more=more, less=less.lower(), **ends)


def plot_correlations(
    index: HasPanel, year: int, measures: Sequence[str], ax: Axes | None = None
) -> Picture | None:
    """Draw how measures go together over the units of an edition.

    None where no two of them are known.

    Parameters
    ----------
    year : int
        The edition.
    measures : sequence of str
        Such as pillars or components.
    index, ax
        See `plot_coverage`.
    """
    config, table = index.panel.config, correlate_measures(index.panel, year, measures)
    labels = [config.label(measure) for measure in measures]
    values = table.to_numpy(dtype=float)
    # Each pair once, below the diagonal.
    rows, columns = np.tril_indices(len(table), -1)
    pairs = values[rows, columns]
    if not np.isfinite(pairs).any():
        return None
    most, least = int(np.nanargmax(pairs)), int(np.nanargmin(pairs))
    axes = style.start_figure(ax, 170 + 26 * len(table))
    texts = table.map(lambda value: "" if pd.isna(value) else format_number(value, 2))
    _draw_cells(axes, table.set_axis(labels, axis=0).set_axis(labels, axis=1), texts)
    axes.tick_params(axis="x", rotation=50)
    for label in axes.get_xticklabels():
        label.set(horizontalalignment="right", rotation_mode="anchor")
    axes.set_xlabel(_("Spearman's rank correlation (−1 to 1)"))
    listing = "; ".join(
        f"{labels[row]}, {labels[column]} {format_number(pair, 2)}"
        for row, column, pair in zip(rows, columns, pairs, strict=True)
        if np.isfinite(pair)
    )
    text = _("Table in colours of the correlations of measures. {title}. {listing}.")
    return style.finish(
        axes, config,
        _(
            "{year}: {most1} and {most2} go together most ({most}), {least1} and {least2} least "
            "({least})"
        ),
        text, year=year, most1=labels[rows[most]], most2=labels[columns[most]].lower(),
        most=format_number(pairs[most], 2), least1=labels[rows[least]].lower(),
        least2=labels[columns[least]].lower(), least=format_number(pairs[least], 2),
        listing=listing, table=table.reset_index(), stem="correlations",
    )  # fmt: skip


def _draw_cells(axes: Axes, values: pd.DataFrame, texts: pd.DataFrame) -> None:
    """Colour cells by value, 0 to 1, the greatest darkest, and write in them."""
    known, words = values.to_numpy(dtype=float), texts.to_numpy(dtype=str)
    shades = np.nan_to_num(known.clip(0, 1))
    colours = np.floor(shades * (len(TILES) - 1e-9)).astype(int)
    for (row, column), shade in np.ndenumerate(colours):
        if np.isnan(known[row, column]):
            continue
        marks.draw_cell(axes, (row, column), shade, str(words[row, column]))
    axes.set(xlim=(0, values.shape[1]), ylim=(len(values), 0), xlabel="", ylabel="")
    axes.set_xticks(np.arange(values.shape[1]) + 0.5, list(map(str, values.columns)))
    axes.set_yticks(np.arange(len(values)) + 0.5, list(map(str, values.index)))
    style.fade(axes)
