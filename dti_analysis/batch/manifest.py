"""The record of a folder of reports: ``manifest.json``. docs/manifest.schema.json is its schema."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import PurePosixPath
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from dti_analysis.batch.options import FORMATS
from dti_analysis.batch.store import Store
from dti_analysis.errors import DataError
from dti_analysis.files import hash_object, read_json
from dti_analysis.names import shorten

FILE = "manifest.json"
SCHEMA = 2

Stamp = Annotated[str, "stamp"]
"""A moment: ISO 8601 with its time zone."""

Place = Annotated[str, "place"]
"""A path relative to the manifest that stays in its folder, with forward slashes."""


def stamp(moment: datetime) -> Stamp:
    """Write a moment as the record does: ISO 8601, to the millisecond."""
    return moment.isoformat(timespec="milliseconds")


def stamp_now() -> Stamp:
    """Write down the present moment, in UTC."""
    return stamp(datetime.now(UTC))


@dataclass
class Run:
    """A run."""

    id: str  # stands before each line that it tells
    started: Stamp
    ended: Stamp | None = None  # None while it works, or after it was killed
    # "killed" is only found out by who reads it
    status: Literal["running", "finished", "interrupted", "refused", "killed"] = "running"
    reason: str | None = None  # why it was refused
    faults: tuple[str, ...] = ()  # what was passed over where the rest was to be made all the same
    kernels: str | None = None  # how kernels were started
    workers: int = 0  # reports in work at the same time
    data: str = ""  # this and the next three: see `dti_analysis.batch.inputs.Inputs`
    library: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    commit: str | None = None
    built: int = 0
    unchanged: int = 0
    failed: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Output:
    """A file of a report; the path is relative to the manifest."""

    path: Place
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Report:
    """A good report that is in place."""

    run: str
    key: str  # sum over its inputs
    built: Stamp
    # those of numbers it shares with the same report in other languages
    outputs: tuple[Output, ...]
    links: tuple[str, ...] = ()  # stems of the pages that it links
    missing: tuple[str, ...] = ()  # and of those that it would link if they were there


@dataclass(frozen=True)
class Record:
    """What was last tried for a report, and the good one that is in place."""

    title: str
    notebook: str
    parameters: Mapping[str, Any]
    seed: int | None
    inputs: Mapping[str, str]  # sums of what it is made from, by name
    status: Literal["built", "failed"]
    run: str  # that of the last try, as all up to `error`
    started: Stamp
    ended: Stamp
    seconds: float
    cell_seconds: float
    attempts: int  # how often that run tried
    error: str | None = None
    failed_notebook: Place | None = None
    report: Report | None = None  # after a failure, an older one
    # sha256 of all that the notebook read, by path from its folder
    files: Mapping[str, str] = field(default_factory=dict)
    # what it read besides, whose changes are not seen: addresses, databases, other programs
    unwatched: tuple[str, ...] = ()
    is_planned: bool = True  # whether the last whole plan names it

    @property
    def key(self) -> str:
        """Sum over the inputs: what has the same key need not be made again."""
        return hash_object(dict(self.inputs))

    def find(self, ending: str) -> str | None:
        """Name the file of the good report that ends so, not as the brief does, or None."""
        outputs: Sequence[Output] = self.report.outputs if self.report else ()
        ends = [(output.path, output.path.endswith(FORMATS["brief"])) for output in outputs]
        is_brief = ending == FORMATS["brief"]
        found = (path for path, is_so in ends if path.endswith(ending) and is_so == is_brief)
        return next(found, None)

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats that the good report is there in."""
        return tuple(name for name, ending in FORMATS.items() if self.find(ending))

    def list_files(self) -> list[str]:
        """List its files, the notebook of a failure with them."""
        outputs: Sequence[Output] = self.report.outputs if self.report else ()
        failed = [self.failed_notebook] if self.failed_notebook else []
        return [*(output.path for output in outputs), *failed]


@dataclass
class Manifest:
    """Everything on record."""

    run: Run | None = None  # the last one
    finished: Run | None = None  # the last that came to its end, be it the same
    reports: dict[Place, Record] = field(default_factory=dict)  # by stem
    # key of each page over the reports, by its name
    pages: dict[Place, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Write it out, a report a line."""
        reports = {
            stem: {**vars(record), "key": record.key}
            for stem, record in sorted(self.reports.items())
        }
        about = {"schema": SCHEMA, **vars(self)}
        del about["reports"]
        head = _write_lines(about).removesuffix("\n}")
        return f'{head},\n"reports": {_write_lines(reports)}}}\n'

    def save(self, store: Store) -> None:
        """Put it in place."""
        store.put({FILE: self.to_json().encode()})


def _write_lines(told: Mapping[str, Any]) -> str:
    """Write an entry a line: four times as fast as with indents, and it is after each report."""
    write = partial(json.dumps, ensure_ascii=False, default=vars)
    return "{\n" + ",\n".join(f"{write(key)}: {write(told[key])}" for key in told) + "\n}"


def read_manifest(store: Store) -> Manifest:
    """Read the manifest of this schema or of an earlier one; an empty one if there is none.

    One that is not ours is refused by a DataError.
    """
    content = store.read(FILE)
    if content is None:
        return Manifest()
    try:
        manifest: Manifest = _read(Manifest, _migrate(read_json(content)), "")
    except (ValueError, OverflowError, RecursionError) as error:
        raise DataError(
            f"{store.locate(FILE)}: not a record of reports ({error}). "
            "Remove it to make all reports anew."
        ) from error
    return manifest


def _migrate(told: Any) -> Any:
    """Bring what was told to this schema; what is no record at all is left to be refused."""
    if not isinstance(told, dict) or told.get("schema") not in (1, SCHEMA):
        found = told.get("schema") if isinstance(told, dict) else told
        raise ValueError(f"schema {_show(found)}, expected {SCHEMA}")
    if missing := {"run", "pages", "reports"} - told.keys():
        raise ValueError(f"{min(missing)} is missing")
    if told.pop("schema") == 1:
        run = told.get("run")
        is_finished = isinstance(run, dict) and run.get("status") == "finished"
        told["finished"] = run if is_finished else None
    return told


def _read(kind: Any, value: Any, where: str) -> Any:
    """Make a value of a kind out of what JSON says, which may be anything."""
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):  # of something and None
        return None if value is None else _read(of[0], value, where)
    if is_dataclass(kind):
        return _read_fields(kind, _take(dict, value, where), where)
    if origin in (Mapping, dict):
        return {
            _read(of[0], name, where): _read(of[1], part, f"{where}.{name}")
            for name, part in _take(dict, value, where).items()
        }
    if origin is tuple:
        return tuple(_read(of[0], part, f"{where}[]") for part in _take(list, value, where))
    if kind is Any:
        json.dumps(value, ensure_ascii=False).encode()  # letters that are no text are refused
        return value
    if origin is Literal:
        if value not in of:
            raise ValueError(f"{where[1:]} {_show(value)}, expected {' or '.join(of)}")
        return value
    if kind is float and type(value) is int:
        return float(value)
    return _take(kind, value, where)


def _read_fields(kind: Any, told: dict[str, Any], where: str) -> Any:
    if kind is Record:
        told.pop("key", None)  # follows from the inputs
    hints = _read_hints(kind)
    if unknown := told.keys() - hints.keys():
        raise ValueError(f"{f'{where}.{min(unknown)}'[1:]} is not known")
    given = {name: _read(hints[name], part, f"{where}.{name}") for name, part in told.items()}
    for own in fields(kind):
        if own.name not in told and own.default is own.default_factory is MISSING:
            raise ValueError(f"{f'{where}.{own.name}'[1:]} is missing")
    return kind(**given)


_read_hints = cache(partial(get_type_hints, include_extras=True))


def _take(kind: Any, value: Any, where: str) -> Any:
    """Take a plain value as it is, if it is of the kind."""
    plain = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if type(value) is not plain:
        raise ValueError(f"{where[1:] or 'it'} is {_show(value)}, expected {plain.__name__}")
    if plain is str:
        value.encode()
    if kind is Stamp and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(f"{where[1:]} {_show(value)} has no time zone")
    if kind is Place and not _is_place(value):
        raise ValueError(f"{where[1:]} {_show(value)} leads out of the folder")
    return value


def _is_place(text: str) -> bool:
    path = PurePosixPath(text)
    return not (
        path.is_absolute() or {"..", ""} & {*path.parts, path.name} or set("\\\0") & set(text)
    )


def _show(value: Any) -> str:
    return shorten(json.dumps(value, ensure_ascii=False))
