"""Tables in colours: what is known, what the points are, which indices go together."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from dti_analysis.figures.style import Picture, start_figure
from dti_analysis.language import _, format_number, format_percent
from dti_analysis.schema import LABELS, name_index


def plot_known(known: pd.DataFrame, basis: int = 63) -> Picture:
    """Draw for each edition of how many provinces each value is known.

    Parameters
    ----------
    known : DataFrame
        From `dti_analysis.history.known.count_known`.
    basis : {63, 34}
        Former or current provinces.
    """
    own = known[known["basis"] == basis].assign(there=lambda rows: basis - rows["missing"])
    order = [column for column in own["column"].unique() if not column.endswith("_rank")]
    counts = own.pivot(index="column", columns="year", values="there").loc[order]
    whole = [year for year, known_ranks in counts.loc["rank"].items() if known_ranks == basis]
    part = [year for year in counts if year not in whole]
    title = _("All {basis} ranks are known for {whole} of {all} editions, fewer for {part}").format(
        basis=basis,
        whole=len(whole),
        all=counts.shape[1],
        part=", ".join(map(str, part)) or _("none"),
    )
    figure, axes = start_figure(title, (7.6, 1.4 + 0.3 * len(counts)))
    _draw_cells(axes, counts / basis, counts.astype(str))
    axes.set_yticklabels([_name_column(column) for column in counts.index])
    listing = "; ".join(
        "{column} {counts}".format(
            column=_name_column(str(column)),
            counts=", ".join(f"{year}: {count}" for year, count in row.items()),
        )
        for column, row in counts.iterrows()
    )
    alt = _(
        "Table in colours of the number of provinces, of {basis}, whose values are known, by "
        "edition. {title}. {listing}."
    ).format(basis=basis, title=title, listing=listing)
    return Picture(figure, alt)


def plot_points(points: pd.DataFrame) -> Picture:
    """Draw the share of each pillar or main index in the points, edition by edition.

    Parameters
    ----------
    points : DataFrame
        From `dti_analysis.history.known.list_points`.
    """
    before, after = points.columns[-2:]
    change = (points[after] - points[before]).dropna()
    more, less = str(change.idxmax()), str(change.idxmin())
    old, new = points[before].astype(float), points[after].astype(float)
    title = _(
        "{year}: {more} weighs more ({more1} to {more2}), {less} less ({less1} to {less2})"
    ).format(
        year=after,
        more=name_index(more),
        more1=format_percent(old[more]),
        more2=format_percent(new[more]),
        less=name_index(less).lower(),
        less1=format_percent(old[less]),
        less2=format_percent(new[less]),
    )
    figure, axes = start_figure(title, (7.6, 1.4 + 0.3 * len(points)))
    texts = points.map(lambda share: "" if pd.isna(share) else format_percent(share, 1))
    _draw_cells(axes, points / float(points.max().max()), texts)
    axes.set_yticklabels([name_index(str(index)) for index in points.index])
    listing = "; ".join(
        "{index} {shares}".format(
            index=name_index(str(index)),
            shares=", ".join(
                f"{year}: {format_percent(share, 1)}" for year, share in row.dropna().items()
            ),
        )
        for index, row in points.iterrows()
    )
    alt = _("Table in colours of shares in the points, by edition. {title}. {listing}.").format(
        title=title, listing=listing
    )
    return Picture(figure, alt)


def plot_correlations(table: pd.DataFrame, year: int) -> Picture:
    """Draw how indices go together over the provinces of an edition.

    Parameters
    ----------
    table : DataFrame
        From `dti_analysis.history.persistence.correlate_indices`.
    year : int
        The edition.
    """
    values = table.to_numpy(dtype=float)
    # Each pair once, below the diagonal.
    rows, columns = np.tril_indices(len(table), -1)
    pairs = values[rows, columns]
    most, least = int(np.nanargmax(pairs)), int(np.nanargmin(pairs))
    named = [
        (name_index(str(table.index[rows[pair]])), name_index(str(table.index[columns[pair]])))
        for pair in (most, least)
    ]
    title = _(
        "{year}: {most1} and {most2} go together most ({most}), {least1} and {least2} least "
        "({least})"
    ).format(
        year=year,
        most1=named[0][0],
        most2=named[0][1].lower(),
        most=format_number(pairs[most], 2),
        least1=named[1][0].lower(),
        least2=named[1][1].lower(),
        least=format_number(pairs[least], 2),
    )
    figure, axes = start_figure(title, (7.6, 1.8 + 0.34 * len(table)))
    texts = table.map(lambda value: format_number(value, 2))
    _draw_cells(axes, table, texts)
    labels = [name_index(str(index)) for index in table.index]
    axes.set_yticklabels(labels)
    axes.set_xticklabels(labels, rotation=25, ha="right")
    axes.set_xlabel(_("Spearman's rank correlation (−1 to 1)"))
    listing = "; ".join(
        f"{labels[row]}, {labels[column]} {format_number(values[row, column], 2)}"
        for row, column in zip(rows, columns, strict=True)
    )
    alt = _("Table in colours of the correlations of indices. {title}. {listing}.").format(
        title=title, listing=listing
    )
    return Picture(figure, alt)


def _name_column(column: str) -> str:
    named = {"rank": _("Rank"), "score": _("Score")}
    return named[column] if column in named else name_index(column) if column in LABELS else column


def _draw_cells(axes: Axes, values: pd.DataFrame, texts: pd.DataFrame) -> None:
    """Colour cells by value, 0 to 1, the greatest darkest, and write in them."""
    sns.heatmap(
        values.astype(float),
        annot=texts,
        fmt="",
        cmap="Blues",
        vmin=0,
        vmax=1.15,
        linewidths=1,
        cbar=False,
        annot_kws={"fontsize": 9},
        ax=axes,
    )
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False)
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="y", rotation=0)
