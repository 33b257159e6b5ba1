"""The `dti` command: one verb per stage, no logic of its own."""

import codecs
import errno
import io
import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from dti_analysis.errors import DataError, OutputError, escape
from dti_analysis.names import shorten

if TYPE_CHECKING:
    from dti_analysis.batch.plan import Plan
    from dti_analysis.forecasting.forecast import Forecast
    from dti_analysis.index import Index

_LANGUAGES = click.Choice(["vi", "en"])
_QUOTED = re.compile(r"\S{80,}|'[^']*'|\"[^\"]*\"")
_OF_FILE = ("max_score", "lower_is_better", "blank", "subset")
"""What --panel says of its file, as a project does in index.toml."""


_Given = TypeVar("_Given")
_ASCII = "plain_ascii"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
"""What no reading fails for."""


class _FilePath(click.Path):
    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value == "":
            self.fail("expected a path, found none.", param, ctx)
        return super().convert(value, param, ctx)


_FILE = _FilePath(path_type=Path)


class _Refusal(click.ClickException):
    exit_code = 2


def _write_out(fault: Any) -> tuple[str, int]:
    r"""Write letters that an encoding lacks as JSON does: \\u1ebf, in halves if need be."""
    lacking = fault.object[fault.start : fault.end].replace("\u202f", " ")
    return json.dumps(lacking)[1:-1], fault.end


codecs.register_error("written_out", _write_out)
# ASCII by a name that click does not replace by UTF-8, as it does with its own.
_ascii = codecs.lookup("ascii")
_plain = codecs.CodecInfo(*_ascii, incrementalencoder=_ascii.incrementalencoder, name=_ASCII)
codecs.register({_ASCII: _plain}.get)


def _prepare_streams() -> None:
    """Make the streams of this process print what they can, whatever their encoding."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Closed: the next file that is opened would get its number. Output is refused there.
            how = os.O_WRONLY if name == "stderr" else os.O_RDONLY
            setattr(sys, name, os.fdopen(os.open(os.devnull, how), mode, encoding="utf-8"))
        stream = getattr(sys, name)
        if mode == "w" and isinstance(stream, io.TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"
            stream.reconfigure(encoding=_ASCII if is_ascii else None, errors="written_out")


@contextmanager
def _printing() -> Iterator[None]:
    """Turn what keeps from printing into an error of the output."""
    try:
        yield
    except OSError as error:
        _give_up(sys.stdout)
        told = f"standard output: cannot be written: {error.strerror or error}."
        raise OutputError(told) from error


def _give_up(stream: IO[str]) -> None:
    """Let go of what is left to print, or it would be tried, and told, once more at the end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _echo(text: str, err: bool = False) -> None:
    """Print what no given name can steer the terminal by."""
    with nullcontext() if err else _printing():
        click.echo(escape(text), err=err)


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what was wrong with what was given into a message and an exit code."""
    try:
        yield
    except DataError as error:
        raise _Refusal(str(error)) from error
    except MemoryError as error:
        raise _Refusal(f"memory ran out: {error}. Ask for fewer draws or units.") from error
    except KeyboardInterrupt:
        _echo("Stopped.", err=True)
        raise SystemExit(130) from None
    except OutputError as error:
        if isinstance(error.__cause__, BrokenPipeError):  # who reads has seen enough
            raise SystemExit(1) from None
        raise click.ClickException(str(error)) from error
    except OSError as error:
        from dti_analysis.files import show_path

        where = show_path(os.fsdecode(error.filename)) if error.filename else "file"
        told = escape(f"{where}: {error.strerror or error}.")
        kind = click.ClickException if error.errno in _FULL else _Refusal
        raise kind(told) from error
    except click.UsageError as error:
        told = error.format_message()
        plain = escape(_QUOTED.sub(lambda value: shorten(value[0]), told))
        if plain == told:
            raise
        raise click.UsageError(plain, error.ctx) from error


class _Command(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        rest = super().parse_args(ctx, args)
        for parameter in self.get_params(ctx):
            # As of a variable of a script that is not set: it would be passed over.
            given = ctx.params.get(parameter.name or "")
            given = given if isinstance(given, tuple) else (given,)
            if isinstance(parameter, click.Option) and "" in given:
                raise click.UsageError(f"{parameter.opts[0]}: expected a value, found none.", ctx)
        return rest

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _printing():  # --help
            return super().make_context(*args, **extra)


class _Commands(click.Group):
    command_class = _Command

    def main(self, *args: Any, **extra: Any) -> Any:
        _prepare_streams()
        try:
            return super().main(*args, **extra)
        except OSError:  # standard error cannot be written either
            _give_up(sys.stderr)
            raise SystemExit(1) from None

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _refusing(), _printing():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _refusing():
            return super().invoke(ctx)


def _options(*options: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command several options at once."""

    def give(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return give


def _look_here(_context: Any, _option: Any, model: _Given) -> _Given:
    """Let forecasters of one's own be imported from the current folder, after all others."""
    if ":" in str(model) and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    return model


_scale = _options(
    click.option("--max-score", type=float, help="Of --panel: greatest score, the least being 0."),
    click.option("--lower-is-better", is_flag=True, help="Of --panel: less is better."),
    click.option(
        "--blank",
        type=click.Choice(["unpublished", "absent"]),
        help="Of --panel: what a row without score and rank is.",
    ),
    click.option("--subset", is_flag=True, help="Of --panel: it is a part of what is ranked."),
)
_horizon = click.option("--horizon", type=int, default=3, show_default=True, help="Editions ahead.")
_seeded = _options(
    click.option("--origin-year", type=int, help="Last edition used (default: the last there is)."),
    click.option("--draws", type=int, default=20_000, show_default=True),
    click.option("--seed", type=int, default=2022, show_default=True),
)
_which_index = _options(
    click.option(
        "--panel",
        "panel_file",
        type=_FILE,
        metavar="FILE.csv",
        help="Any index: unit, year, score and/or rank (default: that of the project you are in).",
    ),
    click.option("--basis", metavar="NAME", help="Roster, where the index has several."),
    click.option("--measure", metavar="NAME", help="Component or pillar (default: overall)."),
    _scale,
)
_how_to_forecast = _options(
    _seeded,
    click.option(
        "--model",
        callback=_look_here,
        help="Forecaster, by its name in dti evaluate, or your own: module:Name.",
    ),
    click.option(
        "--approach",
        type=click.Choice(["bottom_up", "direct"]),
        help="By way of the units merged into these (default where known), or from their own past.",
    ),
    click.option(
        "--given",
        multiple=True,
        metavar="CONDITION",
        help='What is taken for given: "Hazel: rank <= 5", "Elm: score >= 0.8 in 2026".',
    ),
    click.option("--json", "as_json", is_flag=True, help="Print JSON."),
)
_target = _options(
    click.option("--target-rank", type=int, help="Rank to reach (default: the official targets)."),
    click.option("--target-year", type=int, help="Edition to reach it in (default: the next)."),
)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dti_analysis")
def main() -> None:
    """Where a unit stands in a composite index, and where its rank is heading."""
    import logging

    if os.path.expanduser("~") == "~":  # noqa: PTH111
        # Jupyter does not start without one; containers call it so, too.
        os.environ["HOME"] = "/"
    notes = logging.getLogger("dti_analysis")
    notes.setLevel(logging.INFO)
    notes.handlers[:] = [logging.StreamHandler()]  # to stderr


@main.command()
@click.argument("unit", required=False)
@_which_index
@click.option("--horizon", type=int, help="Editions ahead (default: 3, or up to the last target).")
@_target
@click.option(
    "--probability",
    "probabilities",
    type=float,
    multiple=True,
    metavar="P",
    help="Chance to name the score and lift for, beside 0.5 and 0.8; repeatable.",
)
@_how_to_forecast
@click.option("--pmf", type=_FILE, metavar="FILE.csv", help="Write all rank probabilities.")
def forecast(
    unit: str | None,
    horizon: int | None,
    target_rank: int | None,
    target_year: int | None,
    probabilities: tuple[float, ...],
    pmf: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Forecast the rank of UNIT, the chance of its targets and what they take.

    With --pmf, UNIT may be left out.
    """
    from dti_analysis import files
    from dti_analysis.forecasting.exports import write_probabilities
    from dti_analysis.targets import require_rank

    if unit is None and pmf is None:
        raise click.UsageError("Name a unit; only --pmf can do without.")
    is_asked = target_rank is not None or target_year is not None
    if unit is None and (is_asked or probabilities or as_json):
        raise click.UsageError("A target, --probability and --json are for one unit: name it.")
    files.require_output(pmf, _list_inputs(options))
    require_rank(target_rank, target_year)
    made = _forecast(options, horizon, target_year)
    found = None
    if unit is not None:
        found = made.answer(unit, target_rank, target_year, horizon, probabilities)
    if pmf is not None:
        listed = len(made.years) if found is None else found.horizon
        files.write_whole(pmf, write_probabilities(made.draws, listed))
    if found is not None:
        _print(found, as_json)


@main.command()
@click.argument("unit")
@click.argument("other")
@_which_index
@_horizon
@_how_to_forecast
def compare(unit: str, other: str, horizon: int, as_json: bool, **options: Any) -> None:
    """Give the chance, by year, that UNIT is ahead of OTHER."""
    made = _forecast(options, horizon)
    _print(made.compare(unit, other), as_json)


@main.command()
@_which_index
@click.option("--top", type=int, help="Number of best places (default: 10, or half of fewer).")
@click.option("--year", type=int, help="Edition to look at (default: the next).")
@_how_to_forecast
def movers(top: int | None, year: int | None, as_json: bool, **options: Any) -> None:
    """Tell who is the likeliest to enter and to leave the best places."""
    made = _forecast(options, 1 if year is None else None, year)
    _print(made.movers(top, year), as_json)


@main.command()
@click.argument("unit")
@_which_index
@click.option("--component", help="Component to push (default: each that is known).")
@click.option("--gain", type=float, metavar="G", help="Gain on it, in index units; what it does.")
@click.option("--chance", "probability", type=float, metavar="P", help="Chance to reach; the gain.")
@_target
@_how_to_forecast
def push(
    unit: str,
    component: str | None,
    gain: float | None,
    probability: float | None,
    target_rank: int | None,
    target_year: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Tell what a push on a component would do for UNIT, and whether it has been seen.

    Without --gain: the gain that each component alone would need for an even chance or, where that
    is had already, for 80 %.
    """
    made = _forecast(options, None, target_year)
    asked = made.push(unit, component, gain, probability, target_rank, target_year)
    _print(asked, as_json)


@main.command()
@click.argument("unit")
@_which_index
@_seeded
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def parts(unit: str, as_json: bool, **options: Any) -> None:
    """Forecast the rank of UNIT in each pillar and component, one edition ahead."""
    index = _find_index(options)
    _print(index.parts(unit, options.pop("origin_year"), **options), as_json)


@main.command()
@click.argument("unit")
@click.option("--chance", "probability", type=float, metavar="P", help="Chance to reach.")
@_which_index
@_target
@_how_to_forecast
def plan(
    unit: str,
    probability: float | None,
    target_rank: int | None,
    target_year: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Tell the least unusual gains over all components that bring UNIT to its target.

    All gain the same percentile of what was gained from similar starts. Without --chance: for an
    even chance or, where that is had already, for 80 %.
    """
    made = _forecast(options, None, target_year)
    _print(made.plan(unit, target_rank, target_year, probability), as_json)


@main.command()
@_which_index
@click.option("--last", "window_last", type=int, help="Editions shown to a model (default: all).")
@_horizon
@click.option("--min-editions", type=int, help="Up to an origin (default: 4, or as index.toml).")
@click.option("--draws", type=int, default=2000, show_default=True)
@click.option("--seed", type=int, default=2022, show_default=True)
@click.option(
    "--model",
    "models",
    multiple=True,
    callback=_look_here,
    help="Forecaster, or your own: module:Name; repeatable (default: all but your own).",
)
@click.option("--approach", type=click.Choice(["bottom_up", "direct"]))
@click.option("--json", "json_file", type=_FILE, metavar="FILE")
def evaluate(json_file: Path | None, **options: Any) -> None:
    """Backtest the forecasters: what they would have said from each edition, and what came."""
    from tqdm import tqdm

    from dti_analysis import files
    from dti_analysis.forecasting.exports import format_json

    files.require_output(json_file, _list_inputs(options))
    index = _find_index(options)
    found = index.evaluate(
        progress=lambda origins: tqdm(origins, unit="origin", leave=False, disable=None), **options
    )
    if json_file is not None:
        files.write_whole(json_file, format_json(found.to_dict()))
    _echo(str(found))


@main.command()
@click.argument("folder", type=_FILE, metavar="DIR")
@click.option(
    "--panel",
    type=_FILE,
    required=True,
    metavar="FILE",
    help="The index, CSV or XLSX: unit, year, score and/or rank.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADER=NAME",
    help="What a column is, such as 'Thành phố=unit'; repeatable.",
)
@click.option("--name", help="Name of the index (default: that of the file).")
@click.option(
    "--unit",
    "nouns",
    nargs=2,
    default=("unit", "units"),
    metavar="ONE MANY",
    help="What is ranked, such as: country countries.",
)
@click.option("--source", help="Where the numbers are from, for the figures.")
@_scale
def init(
    folder: Path,
    nouns: tuple[str, str],
    max_score: float | None,
    lower_is_better: bool,
    columns: tuple[str, ...],
    **told: Any,
) -> None:
    """Make a project of another index in DIR: its panel, forecasts, evaluation and reports."""
    from dti_analysis.files import show_path
    from dti_analysis.language import write_number
    from dti_analysis.project import start_project

    unit, units = nouns
    pairs = [text.rpartition("=") for text in columns]
    if not all(label and column for label, _, column in pairs):
        raise click.UsageError("--column: expected HEADER=NAME, as in --column 'Thành phố=unit'.")
    named = {label: column for label, _, column in pairs}
    if len(named) < len(pairs):
        raise click.UsageError("--column: expected each header once.")
    index = start_project(
        folder,
        unit=unit,
        units=units,
        columns=named,
        max_score=max_score,
        higher_is_better=not lower_is_better,
        **told,
    )
    editions, scores = index.editions, index.panel.rows["score"]
    _echo(
        f"{show_path(folder)}: {index.config.name}, {len(index.units)} {index.config.units}, "
        f"{len(editions)} editions ({editions[0]} to {editions[-1]})."
    )
    if max_score is None and scores.notna().any():
        first, last = map(write_number, (scores.min(), scores.max()))
        _echo(
            f"Scores are from {first} to {last}. If their scale begins at 0 and has an end, say so "
            "in index.toml: max_score = …"
        )
    _echo(f"Next: cd {shlex.quote(str(folder))}; dti check; dti report --all")


@main.command()
@click.argument("folder", type=_FILE, metavar="DIR")
def notebooks(folder: Path) -> None:
    """Copy the notebooks that go with the project you are in, or with the DTI, to DIR."""
    from dti_analysis.files import show_path
    from dti_analysis.project import copy_notebooks

    names = copy_notebooks(folder)
    _echo(f"{show_path(folder)}: {', '.join(names)}.")
    _echo(f"Next: cd {shlex.quote(str(folder))}; jupyter lab")


@main.command()
@click.argument("folder", required=False, type=_FILE, metavar="[DIR]")
@click.option("--accept", is_flag=True, help="Record the sha256 of tables that changed.")
def check(folder: Path | None, accept: bool) -> None:
    """Check the tables of the project, row by row, or a folder of raw tables of the DTI."""
    from dti_analysis import project
    from dti_analysis.cleaning import checks
    from dti_analysis.errors import FaultyDataError
    from dti_analysis.files import show_path
    from dti_analysis.root import RAW, find_root

    root = find_root()
    if folder is None and project.load_config(root).builder is None:
        if accept:
            raise click.UsageError("--accept is for raw tables of the DTI: a panel has no sha256.")
        _tell_panels(root)
        return
    is_own = folder is None
    folder = root / RAW if folder is None else folder
    if accept:
        project.require_own(folder)
    result = checks.check_raw(folder)
    for table in result.differing:
        _echo(
            f"{table}: differs from its recorded sha256."
            + ("" if accept else " If that is meant, record it: dti check --accept"),
            err=True,
        )
    if result.faults:
        raise FaultyDataError(result.faults)
    if accept and result.differing:
        checks.accept(folder)
        _echo(f"Recorded: {', '.join(result.differing)}.")
    _echo(f"{show_path(folder)}: no fault found.")
    if is_own:
        _tell_panels(root)


def _tell_panels(root: Path) -> None:
    """Print of each panel of a project how large it is, and what its readers should know."""
    from dti_analysis.cleaning.left_out import describe_gaps
    from dti_analysis.cleaning.remarks import list_remarks
    from dti_analysis.project import load_panels

    for panel in load_panels(root).values():
        where = " ".join(filter(None, [panel.config.name, panel.basis]))
        gaps = describe_gaps(panel, panel.choose_origin())
        told = f"{len(panel.rows)} rows, no fault found{f'; {gaps}' if gaps else ''}."
        _echo("\n  ".join([f"{where}: {told}", *list_remarks(panel)]))


@main.command()
def panel() -> None:
    """Build the panel, and the record of past forecasts, from the raw tables; say where.

    That is data/processed, or a folder of the user's caches where that cannot be written to.
    """
    from dti_analysis import project
    from dti_analysis.cleaning.checks import check_raw
    from dti_analysis.files import show_path
    from dti_analysis.root import RAW, find_built, find_root

    root = find_root()
    if project.load_config(root).builder is None:
        raise click.UsageError("The panel of this project is its own: there is nothing to build.")
    kept = find_built(root)
    if kept is None:
        raise OutputError("the panel: there is no folder to keep it in. Name one: XDG_CACHE_HOME.")
    panels = project.load_panels(root)
    for basis in panels:
        project.load_index(basis, root).track_record()
    for table in check_raw(root / RAW).differing:
        _echo(f"{table}: differs from its recorded sha256; see dti check.", err=True)
    rows = sum(len(panel.values[panel.values["measure"] == "overall"]) for panel in panels.values())
    _echo(f"{show_path(kept)}: {rows} rows.")


@main.command("import")
@click.argument("file", type=_FILE)
@click.option("--draft", "is_draft", is_flag=True, help="Write how FILE seems to be read; no more.")
@click.option(
    "--year", type=click.IntRange(1, 9999), help="Of a draft: the edition, by the year of its data."
)
@click.option("--basis", help="Of a draft: roster (default: that whose units FILE names).")
@click.option("--source", "url", metavar="URL", help="Of a draft: page that the table is from.")
@click.option("--kind", type=click.Choice(["official", "official_copy", "government", "press"]))
@click.option("--date", metavar="YYYY[-MM[-DD]]", help="Of the page, if it shows one.")
@click.option(
    "--points-like", "weights_like", type=int, metavar="YEAR", help="Of a draft: points as then."
)
@click.option("--table", metavar="NAME", help="Sheet or number of the table, if several would do.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--folder", type=_FILE, metavar="DIR", help="The raw tables (default: data/raw).")
def import_edition(
    file: Path,
    is_draft: bool,
    year: int | None,
    basis: str | None,
    weights_like: int | None,
    table: str | None,
    dry_run: bool,
    folder: Path | None,
    **given: str | None,
) -> None:
    """Add the table of an edition to the project: CSV, XLSX or a saved HTML page.

    With --draft: writes to data/raw/mappings what each column and row of FILE seems to be. Hold it
    against the table, correct it, then import FILE. What does not add up is refused, and nothing is
    then written. --dry-run with --year tries a draft without writing it.
    """
    from dti_analysis import project
    from dti_analysis.cleaning.importing import draft, edition, mapping
    from dti_analysis.cleaning.tables import read_grids
    from dti_analysis.files import replace_together, show_path

    if is_draft and year is None:
        raise click.UsageError("--draft needs --year, the edition.")
    if year is None or not (is_draft or dry_run):
        names = ("year", "basis", "url", "kind", "date", "weights_like", "table")
        _refuse_given("a mapping says it. Draft one: --draft", *names)
    book = project.open_book(folder)
    if not dry_run:
        project.require_own(book.folder)
    grids = read_grids(file)
    if year is not None:
        if not book.is_complete:
            _refuse_given("it is for the tables of the DTI", "kind", "weights_like")
        book.require_edition(year, basis)
        source = book.describe_source({key: text for key, text in given.items() if text})
        source = {key: source[key] for key in given if key in source}
        found = draft.find_table(file, grids, book, basis, year, table)
        told = draft.draft_mapping(file, found, source, weights_like)
        mappings = [told]
    else:
        mappings = mapping.find_mappings(file, book.folder)
    if is_draft:
        path = None if dry_run else mapping.save_draft(told, book.folder)
        _echo(mapping.write_mapping(told))
        questions = {key: note for key, note in told.notes.items() if note.startswith("say ")}
        asked = [f"Left to you: {key}: {note}." for key, note in questions.items()]
        _echo("\n".join(asked or ["Nothing is left open."]))
        if path is not None:
            _echo(
                f"Next: look through {show_path(path)}, then: dti import {shlex.quote(str(file))}"
            )
        return
    for number, told in enumerate(mappings):
        book = project.open_book(folder) if number else book
        values = edition.read_edition(told, grids, book)
        entry = book.enter(values)
        if not dry_run:
            replace_together(entry.contents, book.read)
        _echo(values.describe(entry.held))
        _echo(entry.describe(show_path(book.folder), dry_run))


@main.command()
@click.argument("units", nargs=-1, metavar="[UNIT]...")
@click.option("--all", "is_all", is_flag=True, help="Every unit, and the overviews.")
@click.option("--basis", metavar="NAME", help="Roster, where the index has several (default: all).")
@click.option("--output", metavar="DIR", help="Folder, or an address such as s3://bucket/reports.")
@_seeded
@click.option("--notebook", type=_FILE, help="Any notebook instead.")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="Parameter for --notebook.")
@click.option("--over", type=_FILE, help="CSV: a report for each row.")
@click.option(
    "--lang",
    "languages",
    type=_LANGUAGES,
    multiple=True,
    help="May be given twice (default: both; of --notebook, what it says).",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(["html", "pdf", "brief"]),
    multiple=True,
    default=["html"],
    show_default=True,
    help="May be given more than once; brief: one page for a meeting.",
)
@click.option("--force", "is_forced", is_flag=True, help="Make what is up to date as well.")
@click.option("--dry-run", is_flag=True, help="Say what would be made, and why; make nothing.")
@click.option(
    "--keep-going",
    "is_lenient",
    is_flag=True,
    help="Make all the same what a row, name or parameter at fault does not touch; exits with 1.",
)
@click.option(
    "--prune",
    "is_pruning",
    is_flag=True,
    help="Remove reports that are no longer planned: all that are on record of the same notebooks, "
    "in whatever language and roster and as of whatever edition, but for those that --all, or "
    "--notebook with --over, names by itself.",
)
@click.option("--retries", type=int, default=1, show_default=True, help="Of a report that failed.")
@click.option(
    "--timeout", type=float, help="Seconds; 0 for none (default: 120; of --notebook, 600)."
)
@click.option("--jobs", "n_jobs", type=int, help="Reports at the same time (default: cores).")
@click.option("--cold", "is_cold", is_flag=True, help="A fresh interpreter for every report.")
@click.option(
    "--engine",
    type=click.Choice(["dti", "jupyter"]),
    default="dti",
    show_default=True,
    help="jupyter: ordinary kernels.",
)
@click.option(
    "--input",
    "inputs",
    metavar="GLOB",
    multiple=True,
    help="Files that they are made from, too.",
)
@click.option("--dask", metavar="ADDRESS", help="Work on a Dask cluster: tcp://host:8786.")
@click.option("--log-json", is_flag=True, help="Tell the progress in JSON, an object a line.")
def report(
    units: tuple[str, ...],
    is_all: bool,
    basis: str | None,
    output: str | None,
    notebook: Path | None,
    given: tuple[str, ...],
    over: Path | None,
    languages: tuple[str, ...],
    origin_year: int | None,
    draws: int,
    seed: int,
    inputs: tuple[str, ...],
    dry_run: bool,
    log_json: bool,
    **options: Any,
) -> None:
    """Write the reports of some units or of all, and the index page that links them.

    Only what is missing or changed is made. Exits with 1 if a report failed; the others are made
    all the same.
    """
    from dti_analysis.batch.command import make, tell_due
    from dti_analysis.batch.inputs import hash_named
    from dti_analysis.root import find_reports

    if [is_all, bool(units), notebook is not None].count(True) != 1:
        raise click.UsageError("Name one or more units, or ask for --all, or for --notebook.")
    if notebook is None and (given or over):
        raise click.UsageError("-p and --over are for --notebook.")
    if notebook is not None:
        _refuse_given("-p says it to --notebook", "basis", "origin_year", "draws", "seed")
    if dry_run:
        _refuse_given("--dry-run makes nothing", "log_json", "n_jobs", "is_cold", "engine", "dask")
    is_lenient = options["is_lenient"]
    if notebook is None:
        place = output or find_reports()

        def plan() -> "Plan":
            from dti_analysis.batch.plan import Settings
            from dti_analysis.reports.plan import plan_project

            how = Settings(origin_year, draws, seed)
            return plan_project(units, basis, how, languages, is_lenient=is_lenient)
    else:
        from dti_analysis.batch import table  # which brings papermill

        place = output or table.name_output(notebook)

        def plan() -> "Plan":
            return table.plan(notebook, given, over, languages, is_lenient=is_lenient)

    def plan_with_inputs() -> "Plan":
        planned = plan()
        return replace(planned, build=replace(planned.build, named=hash_named(inputs)))

    if dry_run:
        _echo(tell_due(plan_with_inputs(), place, options))
        return
    code, told = make(plan_with_inputs, place, options, is_json=log_json, is_hasty=not is_all)
    if told:
        _echo(told)
    if code:
        raise SystemExit(code)


@main.command()
@click.option("--output", metavar="DIR", help="Folder or address of the reports.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole record.")
@click.option("--max-age", metavar="AGE", help="Age of the last run that ended well: 8d, 36h, 90m.")
def status(output: str | None, as_json: bool, max_age: str | None) -> None:
    """Print what is on record of the reports: the last run, what is there, what failed and why.

    Exits with 1 if a report failed; with 2 if the last run was refused, interrupted or killed, if
    nothing is on record, or if no run came to its end within --max-age.
    """
    from dti_analysis.batch.status import read_age, tell_status
    from dti_analysis.root import find_reports

    age = None if max_age is None else read_age(max_age)
    code, told = tell_status(output or find_reports(), as_json, age)
    _echo(told)
    if code:
        raise SystemExit(code)


def _refuse_given(reason: str, *names: str) -> None:
    """Refuse options of the command that were given, as nothing would read them."""
    context = click.get_current_context()
    for parameter in context.command.params:
        if parameter.name in names and (
            context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
        ):
            raise click.UsageError(f"{parameter.opts[0]} would not be read: {reason}.")


def _list_inputs(options: Mapping[str, Any]) -> Iterator[Path]:
    """List what is read of the index asked about."""
    from dti_analysis.config import CONFIG
    from dti_analysis.root import RAW, find_root

    if options["panel_file"] is not None:
        yield options["panel_file"]
    yield find_root() / CONFIG
    yield find_root() / RAW


def _find_index(options: dict[str, Any]) -> "Index":
    """Take the index asked about, and its options out of the others."""
    from dti_analysis import project

    panel_file, basis = options.pop("panel_file"), options.pop("basis")
    measure = options.pop("measure") or "overall"
    of_file = {name: options.pop(name) for name in _OF_FILE}
    if panel_file is None:
        for name, value in of_file.items():
            if value is not None and value is not False:
                flag = name.replace("_", "-")
                raise click.UsageError(f"--{flag} goes with --panel; a project says so itself.")
        return project.load_index(basis, measure=measure)
    if basis is not None:
        raise click.UsageError("--basis is for an index that has several: a file has one.")
    higher_is_better = not of_file.pop("lower_is_better")
    return project.read_index(
        panel_file, measure=measure, higher_is_better=higher_is_better, **of_file
    )


def _forecast(
    options: dict[str, Any], horizon: int | None, target_year: int | None = None
) -> "Forecast":
    """Make the joint forecast asked for, as far as a target that is further."""
    from dti_analysis.forecasting.conditions import read_condition
    from dti_analysis.forecasting.draws import MAX_HORIZON
    from dti_analysis.forecasting.forecast import reach_targets

    conditions = [read_condition(text) for text in options.pop("given")]
    index = _find_index(options)
    origin = index.panel.choose_origin(options.pop("origin_year"))
    if target_year is not None:
        years = index.panel.next_editions(origin, MAX_HORIZON)
        steps = years.index(target_year) + 1 if target_year in years else 1
        least = reach_targets(index.panel, origin) if horizon is None else horizon
        horizon = max(least, steps)
    asked = {name: value for name, value in options.items() if value is not None}
    made = index.forecast(origin, horizon, **asked)
    for condition in conditions:
        made = made.given(condition)
    return made


def _print(found: Any, as_json: bool) -> None:
    from dti_analysis.forecasting.exports import format_json

    _echo(format_json(found.to_dict()) if as_json else str(found))
