"""The command that makes a project of another index."""

from pathlib import Path

import click

from dti_analysis import paths


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--panel",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE.csv",
    help="The index: unit, year, score and/or rank.",
)
@click.option("--name", help="Name of the index (default: that of the file).")
@click.option(
    "--unit",
    "noun",
    nargs=2,
    default=("unit", "units"),
    metavar="ONE MANY",
    help="What is ranked, such as: country countries.",
)
@click.option("--source", help="Where the numbers are from, for the figures.")
@click.option("--greatest", type=float, help="Greatest score there can be, the least being 0.")
def init(
    folder: Path,
    panel: Path,
    name: str | None,
    noun: tuple[str, str],
    source: str | None,
    greatest: float | None,
) -> None:
    """Make a project of another index in DIR: its panel, forecasts, evaluation and reports."""
    from dti_analysis.cleaning.tables import list_editions
    from dti_analysis.project import start_project

    made = start_project(folder, panel, name, *noun, source, greatest)
    table = made.panel
    editions = list_editions(table)
    click.echo(
        f"{folder}: {made.name}, {table['unit'].nunique()} {made.units}, {len(editions)} editions "
        f"({editions[0]} to {editions[-1]})."
    )
    if greatest is None and table["score"].notna().any():
        click.echo(
            f"Scores are from {table['score'].min():g} to {table['score'].max():g}. If their scale "
            f"begins at 0 and has an end, say so in {paths.DESCRIPTION}: greatest = …"
        )
    click.echo(f"Next: cd {folder}; dti check; dti report --all")
