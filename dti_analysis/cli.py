"""The `dti` command: one verb per stage, no logic of its own."""

import json
from pathlib import Path
from typing import Any

import click

from dti_analysis import cli_draws, cli_import, cli_project, paths
from dti_analysis.errors import DataError


class _Refusal(click.ClickException):
    exit_code = 2


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DataError as error:
            raise _Refusal(str(error)) from error
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
            raise SystemExit(130) from None
        except OSError as error:
            raise _Refusal(f"{error.filename or 'file'}: {error.strerror or error}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dti_analysis")
def main() -> None:
    """Where a province stands in the Digital Transformation Index, and where it is heading."""


for _command in (
    cli_draws.forecast,
    cli_draws.compare,
    cli_draws.movers,
    cli_draws.push,
    cli_project.init,
    cli_import.import_edition,
):
    main.add_command(_command)


@main.command()
@click.argument("folder", default=paths.RAW, type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--accept", is_flag=True, help="Record the sha256 of tables that changed.")
def check(folder: Path, accept: bool) -> None:
    """Check a folder of raw tables, row by row (default: data/raw)."""
    from dti_analysis.cleaning import checks as checking
    from dti_analysis.config import find_project
    from dti_analysis.errors import FaultyDataError

    own = find_project() if folder == paths.RAW else None
    if own is not None:
        click.echo(f"{own.file}: {len(own.panel)} rows, no fault found.")
        return
    result = checking.check_raw(folder)
    for table in result.differing:
        click.echo(
            f"{table}: differs from its recorded sha256."
            + ("" if accept else " If that is meant, record it: dti check --accept"),
            err=True,
        )
    if result.faults:
        raise FaultyDataError(result.faults)
    if accept and result.differing:
        checking.accept(folder)
        click.echo(f"Recorded: {', '.join(result.differing)}.")
    click.echo(f"{folder}: no fault found.")


@main.command()
def panel() -> None:
    """Build the panel, and the record of past forecasts, in data/processed from the raw tables."""
    from dti_analysis.cleaning import store
    from dti_analysis.config import find_project
    from dti_analysis.evaluation import track_record as record

    if find_project() is not None:
        raise click.UsageError("The panel of this project is its own: there is nothing to build.")
    raw = store.read_raw()
    built = store.write_panel(raw)
    record.load_record(63, data=store.Data(raw, built))
    for table in raw.differing:
        click.echo(f"{table}: differs from its recorded sha256; see dti check.", err=True)
    click.echo(f"{paths.PROCESSED}: {len(built)} rows.")


@main.command()
@click.argument("provinces", nargs=-1, metavar="[PROVINCE]...")
@click.option("--all", "is_all", is_flag=True, help="Every province, and the overviews.")
@click.option("--basis", type=click.Choice(["63", "34", "both"]), default="both", show_default=True)
@click.option("--output", metavar="DIR", help="Folder, or an address such as s3://bucket/reports.")
@click.option("--origin-year", type=int, help="Last edition used (default: the last there is).")
@click.option("--draws", type=int, default=20_000, show_default=True)
@click.option("--seed", type=int, default=2022, show_default=True)
@click.option("--notebook", type=click.Path(path_type=Path), help="Any notebook instead.")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="Parameter for --notebook.")
@click.option("--over", type=click.Path(path_type=Path), help="CSV: a report for each row.")
@click.option(
    "--lang",
    "languages",
    type=click.Choice(["vi", "en"]),
    multiple=True,
    help="May be given twice (default: both; of --notebook, what it says).",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(["html", "pdf"]),
    multiple=True,
    default=["html"],
    show_default=True,
    help="May be given twice.",
)
@click.option("--force", "is_forced", is_flag=True, help="Make what is up to date as well.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and why; make nothing.")
@click.option("--retries", type=int, default=1, show_default=True, help="Of a report that failed.")
@click.option("--timeout", type=float, default=600, show_default=True, help="Seconds; 0 for none.")
@click.option("--jobs", "n_jobs", type=int, help="Kernels at the same time (default: cores + 1).")
@click.option("--cold", "is_cold", is_flag=True, help="Start every kernel afresh.")
@click.option("--dask", metavar="ADDRESS", help="Work on a Dask cluster: tcp://host:8786.")
@click.option("--log-json", is_flag=True, help="Tell the progress in JSON, an object a line.")
def report(
    provinces: tuple[str, ...],
    is_all: bool,
    basis: str,
    output: str | None,
    notebook: Path | None,
    given: tuple[str, ...],
    over: Path | None,
    languages: tuple[str, ...],
    origin_year: int | None,
    draws: int,
    seed: int,
    dry_run: bool,
    log_json: bool,
    **options: Any,
) -> None:
    """Write the reports of some provinces or of all, and the index page that links them.

    Only what is missing or changed is made. Exits with 1 if a report failed; the others are made
    all the same.
    """
    from dti_analysis.config import find_project
    from dti_analysis.reporting.command import make, tell_due
    from dti_analysis.reporting.options import Options

    if [is_all, bool(provinces), notebook is not None].count(True) != 1:
        raise click.UsageError("Name one or more provinces, or ask for --all, or for --notebook.")
    if notebook is None and (given or over):
        raise click.UsageError("-p and --over are for --notebook.")
    own = find_project()
    if notebook is None and own is not None:
        from dti_analysis.reporting import own_index

        plan = own_index.plan(own, provinces, origin_year, draws, seed, languages)
    elif notebook is None:
        from dti_analysis.reporting import batch

        bases = [63, 34] if basis == "both" else [int(basis)]
        settings = batch.Settings(origin_year, draws, seed)
        plan = batch.plan(provinces, bases, settings, languages or ("vi", "en"))
    else:
        from dti_analysis.reporting import table

        plan = table.plan(notebook, given, over, languages)
    how = Options(**options)
    if dry_run:
        click.echo(tell_due(plan, output, how))
    elif not make(plan, output, how, log_json):
        raise SystemExit(1)


@main.command()
@click.option("--output", metavar="DIR", help="Folder or address of the reports.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole record.")
def status(output: str | None, as_json: bool) -> None:
    """Print what is on record of the reports: the last run, what is there, what failed and why."""
    from dti_analysis.reporting.status import tell_status

    click.echo(tell_status(output or paths.REPORTS, as_json))


@main.command()
@click.option(
    "--panel",
    "panel_file",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Any index: unit, year, score and/or rank (default: the DTI of the 63 provinces).",
)
@click.option("--last", "window_last", type=int, help="Editions shown to a model (default: all).")
@click.option("--horizon", type=int, default=3, show_default=True, help="Editions ahead.")
@click.option("--min-editions", type=int, help="Up to an origin (default: 4; of the DTI, 2).")
@click.option("--draws", type=int, default=2000, show_default=True)
@click.option("--seed", type=int, default=2022, show_default=True)
@click.option("--model", "names", multiple=True, help="Forecaster; repeatable (default: all).")
@click.option("--json", "json_file", type=click.Path(path_type=Path), metavar="FILE")
def evaluate(
    panel_file: Path | None,
    names: tuple[str, ...],
    json_file: Path | None,
    **options: Any,
) -> None:
    """Backtest the forecasters: what they would have said from each edition, and what came."""
    from tqdm import tqdm

    from dti_analysis import files as disk
    from dti_analysis.config import find_project
    from dti_analysis.evaluation import backtest as evaluation
    from dti_analysis.evaluation import scorecard

    disk.require_folder(json_file)
    own = find_project(panel_file)
    found = evaluation.evaluate(
        None if own is None else own.panel,
        names,
        progress=lambda origins: tqdm(origins, unit="origin", leave=False, disable=None),
        **options,
    )
    if json_file is not None:
        text = json.dumps(found.to_dict(), ensure_ascii=False, indent=1, allow_nan=False)
        disk.write_whole(json_file, text)
    click.echo(scorecard.tell_evaluation(found, names))
