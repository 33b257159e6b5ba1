"""The commands that read answers off the draws: forecast, compare, movers, push."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

_FILE = click.Path(path_type=Path)
_SHARED = (
    click.option("--basis", type=click.Choice(["63", "34"]), help="Provinces (default: the 63)."),
    click.option("--origin-year", type=int, help="Last edition used (default: the last there is)."),
    click.option("--draws", type=int, default=20_000, show_default=True),
    click.option("--seed", type=int, default=2022, show_default=True),
    click.option("--model", help="Forecaster, by its name in dti evaluate."),
    click.option(
        "--road",
        type=click.Choice(["merged", "direct"]),
        help="To the 34: from the past of the 63 (default where it is known) or from their own.",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)
_PANEL = click.option(
    "--panel", type=_FILE, metavar="FILE.csv", help="Another index: unit,year,score."
)


class _Describes(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


_Found = TypeVar("_Found", bound=_Describes)


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_SHARED):
        command = option(command)
    return command


@click.command()
@click.argument("province", required=False)
@_PANEL
@click.option("--horizon", type=int, help="Editions ahead (default: 3, or up to the last target).")
@click.option("--target-rank", type=int, help="Rank to reach (default: the official targets).")
@click.option("--target-year", type=int, help="Edition to reach it in (default: the next).")
@click.option(
    "--probability",
    "probabilities",
    type=float,
    multiple=True,
    metavar="P",
    help="Chance to name the score and lift for, beside 0.5 and 0.8; repeatable.",
)
@_shared
@click.option("--pmf", type=_FILE, metavar="FILE.csv", help="Write all rank probabilities.")
def forecast(
    province: str | None, panel: Path | None, as_json: bool, pmf: Path | None, **options: Any
) -> None:
    """Forecast the rank of PROVINCE, the chance of its targets and what they take.

    With --panel, PROVINCE is a unit of that panel; with --pmf it may be left out.
    """
    from dti_analysis import files as disk
    from dti_analysis.config import find_project
    from dti_analysis.forecasting import any_index, probabilities
    from dti_analysis.forecasting.answer import forecast_province
    from dti_analysis.terminal import summarise_answer

    own = find_project(panel)
    if province is None and (own is None or pmf is None):
        raise click.UsageError("Name a province; only --panel with --pmf can do without.")
    disk.require_folder(pmf)
    given = _take_given(options, own is not None)
    found = None
    if province is None:
        of_one = given.keys() & {"target_rank", "target_year"}
        if of_one or as_json or given.pop("probabilities"):
            raise click.UsageError("A target, --probability and --json are for one unit: name it.")
        assert own is not None
        units, ranks = probabilities.draw_panel_ranks(own.panel, **given)
    else:
        if own is None:
            found = forecast_province(province, **given)
        else:
            found = any_index.forecast_unit(own, province, **given)
        units, ranks = found.forecast.codes, found.forecast.ranks[:, : found.horizon]
    if pmf is not None:
        disk.write_whole(pmf, probabilities.format_probabilities(units, ranks))
    if found is not None:
        _print(found, summarise_answer, as_json)


@click.command()
@click.argument("province")
@click.argument("other")
@_PANEL
@click.option("--horizon", type=int, help="Editions ahead (default: 3).")
@_shared
def compare(province: str, other: str, panel: Path | None, as_json: bool, **options: Any) -> None:
    """Give the chance, by year, that PROVINCE is ahead of OTHER."""
    from dti_analysis.config import find_project
    from dti_analysis.forecasting import any_index
    from dti_analysis.forecasting import comparison as rivals
    from dti_analysis.terminal import summarise_comparison

    own = find_project(panel)
    given = _take_given(options, own is not None)
    if own is None:
        found = rivals.compare_provinces(province, other, **given)
    else:
        found = any_index.compare_units(own.panel, province, other, **given)
    _print(found, summarise_comparison, as_json)


@click.command()
@_PANEL
@click.option("--top", type=int, help="Number of best places (default: 10, or half of fewer).")
@click.option("--year", type=int, help="Edition to look at (default: the next).")
@_shared
def movers(panel: Path | None, as_json: bool, **options: Any) -> None:
    """Tell who is the likeliest to enter and to leave the best places."""
    from dti_analysis.config import find_project
    from dti_analysis.forecasting import any_index
    from dti_analysis.forecasting import comparison as rivals
    from dti_analysis.terminal import summarise_movers

    own = find_project(panel)
    given = _take_given(options, own is not None)
    if own is None:
        found = rivals.find_movers(**given)
    else:
        found = any_index.find_movers(own.panel, **given)
    _print(found, summarise_movers, as_json)


@click.command()
@click.argument("province")
@click.option("--index", help="Main index, such as economy_activity (default: each that is known).")
@click.option("--gain", type=float, metavar="G", help="Gain on it, in index units; what it does.")
@click.option("--chance", "probability", type=float, metavar="P", help="Chance to reach; the gain.")
@click.option("--target-rank", type=int, help="Rank to reach (default: the first official target).")
@click.option("--target-year", type=int, help="Edition to reach it in (default: the next).")
@_shared
def push(province: str, as_json: bool, **options: Any) -> None:
    """Tell what a push on a main index would do for PROVINCE, and whether it has been seen.

    Without --gain: the gain that each index alone would need for an even chance or, where that is
    had already, for 80 in 100.
    """
    from dti_analysis.config import find_project
    from dti_analysis.forecasting.push import push_province, push_unit
    from dti_analysis.terminal import summarise_pushes

    own = find_project()
    given = _take_given(options, own is not None)
    if own is not None:
        _print(push_unit(own, province, **given), summarise_pushes, as_json)
        return
    _print(push_province(province, **given), summarise_pushes, as_json)


def _take_given(options: Mapping[str, Any], is_own: bool = False) -> dict[str, Any]:
    """Leave the defaults of what was not given to the library."""
    given = {name: value for name, value in options.items() if value is not None}
    for name in ("basis", "road"):
        if is_own and name in given:
            raise click.UsageError(f"--{name} is for the provinces: leave it out.")
    return given | ({"basis": int(given["basis"])} if "basis" in given else {})


def _print(found: _Found, summarise: Callable[[_Found], str], as_json: bool) -> None:
    from dti_analysis.forecasting.exports import format_json

    click.echo(format_json(found.to_dict()) if as_json else summarise(found))
