"""The command that adds an edition to the raw tables: import."""

from pathlib import Path
from typing import Any

import click

from dti_analysis import paths

_PATH = click.Path(path_type=Path)


@click.command("import")
@click.argument("file", type=_PATH)
@click.option("--year", type=int, required=True, help="Edition: the year that the data are of.")
@click.option("--basis", type=click.Choice(["63", "34"]), required=True, help="Provinces ranked.")
@click.option("--source", "url", required=True, metavar="URL", help="Page that the table is from.")
@click.option("--kind", type=click.Choice(["official", "official_copy", "government", "press"]))
@click.option("--date", metavar="YYYY[-MM[-DD]]", help="Of the page, if it shows one.")
@click.option("--points-like", type=int, metavar="YEAR", help="Points are those of this edition.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADER=METRIC",
    help="What a column is, such as 'Chỉ số A=economy_activity', B=rank_overall, F=ignore.",
)
@click.option(
    "--scale", "scales", multiple=True, metavar="[HEADER=]N", help="What scores are out of."
)
@click.option("--table", metavar="NAME", help="Sheet or number of the table, if several would do.")
@click.option("--allow-conflicts", is_flag=True, help="Add what other sources contradict, too.")
@click.option("--allow-blanks", is_flag=True, help="Let cells be blank that most provinces have.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--folder", type=_PATH, default=paths.RAW, metavar="DIR", help="The raw tables.")
def import_edition(file: Path, basis: str, dry_run: bool, folder: Path, **options: Any) -> None:
    """Add the ministry's table of an edition to data/raw: CSV, XLSX or a saved HTML page.

    Shows how the table was read. What does not add up is refused, and nothing is then written.
    """
    from dti_analysis.cleaning import store
    from dti_analysis.cleaning.importing import edition, telling, writing
    from dti_analysis.config import find_project

    own = find_project() if folder == paths.RAW else None
    if own is not None:
        raise click.UsageError(f"A new edition of this project is rows of its panel, {own.file}.")
    raw = store.read_raw(folder)
    reading = edition.read_edition(file, raw, basis=int(basis), **options)
    act = writing.stage_edition if dry_run else writing.write_edition
    written = tuple(act(reading, folder))
    click.echo(telling.tell_reading(reading))
    click.echo("\n" + telling.tell_outcome(reading, written, folder, dry_run))
