"""What there is to say of all units at once."""

import html
from collections.abc import Callable, Mapping

import pandas as pd

from dti_analysis.cleaning.left_out import describe_gaps, left_out_table
from dti_analysis.display import Table, Text
from dti_analysis.evaluation.calibration import list_held
from dti_analysis.figures.overview import plot_last_moves, plot_overview, plot_paths, tabulate_tiles
from dti_analysis.forecasting.answer import interval_columns
from dti_analysis.forecasting.forecast import Forecast
from dti_analysis.forecasting.movers import describe_movers, movers_table
from dti_analysis.language import BOLD, REPORT, _, format_number, join_names, ordinal
from dti_analysis.reports.method import describe_method
from dti_analysis.reports.record import name_method
from dti_analysis.reports.section import Section
from dti_analysis.reports.stems import link_units, list_stems
from dti_analysis.reports.year_before import list_calls
from dti_analysis.wording import format_chance, format_rank, name_goal_in, name_overview_title


def tell_opening(forecast: Forecast) -> Section:
    """Open with the leaders, the likeliest next first, the widest open place."""
    told = describe_field(forecast, forecast.overview())
    config = forecast.panel.config
    title = name_overview_title(config.nouns, forecast.draws.count, forecast.origin_year)
    return Section.of(Text(config.full_name, "small"), Text(title, "h1"), told)


def tell_tiles(forecast: Forecast) -> Section | None:
    """Show each unit where it lies, where that is known."""
    panel, origin = forecast.panel, forecast.origin_year

    def open_link(code: str) -> str:
        return f'<a {REPORT}="{html.escape(" ".join(list_stems(panel, code, origin)))}">'

    tiles = tabulate_tiles(forecast, open_link)
    if tiles is None:
        return None
    note = _(
        "Tiles lie about where the {units} do; this is a diagram. Each tile leads to a report."
    )
    return Section.under(_("Tile diagram"), note.format(**panel.config.nouns), tiles)


def tell_outlook(forecast: Forecast) -> Section:
    """Show where each rank may go, and how far the edition before was foreseen."""
    told = describe_surprises(forecast)
    return Section.under(_("Where each rank may go"), plot_overview(forecast), told or None)


def tell_movers(forecast: Forecast) -> Section:
    """Say who may enter or leave the best places."""
    movers = forecast.movers()
    heading = _("Who may enter or leave the top {rank}").format(rank=movers.top)
    codes = list(movers.list_crossing()["code"])
    table = link_units(movers_table(movers), forecast.panel, codes, forecast.origin_year)
    return Section.under(heading, describe_movers(movers), table)


def tell_paths(forecast: Forecast) -> Section:
    """Show who moved most."""
    missing = _(
        "Fewer than two editions have every rank published: there are no paths to compare yet."
    )
    return Section.under(
        _("Who moved most"), plot_paths(forecast) or missing, plot_last_moves(forecast)
    )


def tell_chances(forecast: Forecast) -> Section:
    """List rank, range and chance of every unit."""
    heading = _("Chances of every {unit}").format(unit=forecast.panel.config.nouns["unit"])
    units = list(forecast.overview()["code"])
    table = link_units(chances_table(forecast), forecast.panel, units, forecast.origin_year)
    return Section.under(heading, table)


def tell_regions(forecast: Forecast) -> Section | None:
    """Summarise by region, where there are regions."""
    if "region" not in forecast.panel.units:
        return None
    return Section.under(_("By region"), regions_table(forecast))


def tell_method(forecast: Forecast) -> Section:
    """Describe the method."""
    left_out = left_out_table(forecast.panel, forecast.origin_year)
    table = left_out if len(left_out.frame) else None
    return Section.under(_("Method"), describe_method(forecast.draws), table)


def describe_field(forecast: Forecast, units: pd.DataFrame) -> str:
    """Say who led, who is the likeliest to lead next, and how wide the ranges are."""
    origin, draws, nouns = forecast.origin_year, forecast.draws, forecast.panel.config.nouns
    year = forecast.years[0]
    best = units.loc[units["rank"] <= 3, "unit"].map(forecast.panel.config.label_unit)
    leaders = (
        _("{names} led the {year} edition.")
        if len(best)
        else _("No rank among the first three is published for {year}.")
    ).format(names=join_names(list(best)), year=origin)
    firsts = draws.rank_counts[0, :, 0] / len(draws)
    favourite = int(firsts.argmax())
    likeliest = _("The likeliest first place in {year} is **{unit}** ({frequency}).").format(
        year=year,
        unit=forecast.panel.labels[draws.codes[favourite]],
        frequency=format_chance(float(firsts[favourite])),
    )
    places = (units["worst80"] - units["best80"] + 1).median()
    spread = _(
        "For half of the {units} the range that holds the next rank with an 80 % chance spans "
        "{places} places or more."
    ).format(units=nouns["units"], places=format_number(places))
    if places < 2:
        spread = _(
            "For half of the {units} or more one rank alone has an 80 % chance to be the next."
        ).format(units=nouns["units"])
    gaps = describe_gaps(forecast.panel, origin)
    return " ".join([*([f"{BOLD}{gaps}.{BOLD}"] if gaps else []), leaders, likeliest, spread])


def describe_surprises(forecast: Forecast) -> str:
    """Say how the last edition came out against what was said of it; nothing if nothing was."""
    draws, names = forecast.draws, forecast.panel.labels
    calls = list_calls(draws, forecast.movers().top)
    calls = calls[calls["edition"] == draws.origin_year]
    if calls.empty:
        return ""
    missed = calls["outcome"] - calls["median_rank"]
    surprises = [
        _("**{unit}** ({rank} where the median was {median})").format(
            unit=names[row["unit"]],
            rank=ordinal(int(row["outcome"])),
            median=ordinal(int(row["median_rank"])),
        )
        for row in calls.loc[[missed.idxmin(), missed.idxmax()]].to_dict("records")
    ]
    return _(
        "As of {origin}, {method} would have given each of {count} {units} an 80 % range for "
        "{year}: **{held} of {count}** came inside, and the median was {error} places off "
        "on average. The greatest surprise upwards was {up}, downwards {down}."
    ).format(
        origin=calls["origin"].iloc[0],
        year=draws.origin_year,
        method=name_method(draws, calls),
        units=forecast.panel.config.nouns["units"],
        count=len(calls),
        held=list_held(calls).sum(),
        error=format_number(missed.abs().mean(), 1),
        up=surprises[0],
        down=surprises[1],
    )


def chances_table(forecast: Forecast) -> Table:
    """Show rank, range, chance of the top and target of every unit."""
    (units, top), config = _summarise(forecast), forecast.panel.config
    goals = [
        name_goal_in(rank, year) + ("" if is_official else " *")
        for rank, year, is_official in zip(
            units["target_rank"], units["target_year"], units["is_official"], strict=True
        )
    ]
    regions = {_("Region"): units["region"].map(config.label)}
    columns = {
        config.head_unit(): units["unit"].map(config.label_unit),
        _("Rank {year}").format(year=forecast.origin_year): units["rank"].map(format_rank),
        _("Likely {year}").format(year=forecast.years[0]): units["median_rank"],
        **interval_columns(units, [80]),
        _("Top {rank}").format(rank=top): units["chance_top"].map(format_chance),
        _("Target"): goals,
        _("Chance"): units["chance"].map(format_chance),
        **(regions if "region" in forecast.panel.units else {}),
    }
    return Table(
        pd.DataFrame(columns),
        _("Ranks and chances (* reference target, no official one being known)"),
    )


def regions_table(forecast: Forecast) -> Table:
    """Summarise the overview by region."""
    units, top = _summarise(forecast)
    grouped = units.groupby("region")
    # Of ranks some of which are not published there is no median.
    medians = grouped["rank"].agg(lambda ranks: ranks.median(skipna=False)).sort_values()
    names = medians.index
    config = forecast.panel.config
    noun = config.nouns["units"]
    columns = {
        _("Region"): names.map(config.label),
        noun[:1].upper() + noun[1:]: grouped.size()[names],
        _("Median rank"): _round(medians),
        _("Median rank likely next"): _round(grouped["median_rank"].median()[names]),
        _("Expected in the top {rank}").format(rank=top): _round(
            grouped["chance_top"].sum()[names]
        ),
    }
    return Table(
        pd.DataFrame(columns), _("Regions, by the median rank of their {units}").format(units=noun)
    )


def _summarise(forecast: Forecast) -> tuple[pd.DataFrame, int]:
    """Summarise all units, with the chance of as many best places as movers are told of."""
    movers = forecast.movers()
    inside = movers.table.set_index("code")["probability"]
    units = forecast.overview()
    return units.assign(chance_top=units["code"].map(inside)), movers.top


def _round(values: pd.Series) -> list[str]:
    return ["–" if pd.isna(value) else format_number(value, 1) for value in values]


SECTIONS: Mapping[str, Callable[[Forecast], Section | None]] = {
    "opening": tell_opening,
    "tiles": tell_tiles,
    "outlook": tell_outlook,
    "movers": tell_movers,
    "paths": tell_paths,
    "chances": tell_chances,
    "regions": tell_regions,
    "method": tell_method,
}
