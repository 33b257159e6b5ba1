"""The record of a folder of reports: ``manifest.json``. docs/manifest.schema.json is its schema."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from dti_analysis.batch.store import Store
from dti_analysis.errors import DataError
from dti_analysis.files import hash_object

FILE = "manifest.json"
SCHEMA = 1


@dataclass(frozen=True)
class Output:
    """A file of a report.

    Parameters
    ----------
    path : str
        Relative to the manifest.
    bytes : int
        Its size.
    sha256 : str
        Its sum.
    """

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Report:
    """A good report that is in place.

    Parameters
    ----------
    run : str
        The run that made it.
    key : str
        Sum over its inputs.
    built : str
        When it was finished.
    outputs : tuple of Output
        Its files; those of numbers it shares with the same report in other languages.
    links : tuple of str
        Codes of the languages whose report it links.
    """

    run: str
    key: str
    built: str
    outputs: tuple[Output, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """What was last tried for a report, and the good one that is in place.

    Parameters
    ----------
    title, notebook : str
        Title of the page, and name of the notebook.
    parameters : mapping of str to object
        Values that the notebook was given.
    seed : int or None
        Its seed, if it has one.
    inputs : mapping of str to str
        Sums of what it is made from, by name.
    status : {"built", "failed"}
        How the last try ended.
    run, started, ended : str
        The run of that try, its beginning and end.
    seconds, cell_seconds : float
        Time it took, and the part of it spent in cells.
    attempts : int
        How often that run tried.
    error : str or None
        Why it failed.
    failed_notebook : str or None
        Executed notebook with the error, relative to the manifest.
    report : Report or None
        The good report in place; after a failure, an older one.
    """

    title: str
    notebook: str
    parameters: Mapping[str, Any]
    seed: int | None
    inputs: Mapping[str, str]
    status: Literal["built", "failed"]
    run: str
    started: str
    ended: str
    seconds: float
    cell_seconds: float
    attempts: int
    error: str | None = None
    failed_notebook: str | None = None
    report: Report | None = None

    @property
    def key(self) -> str:
        """Sum over the inputs: what has the same key need not be made again."""
        return hash_object(dict(self.inputs))

    def find(self, ending: str) -> str | None:
        """Name the file of the good report that ends so, or None."""
        outputs: Sequence[Output] = self.report.outputs if self.report else ()
        return next((output.path for output in outputs if output.path.endswith(ending)), None)


@dataclass(frozen=True)
class Manifest:
    """Everything on record.

    Parameters
    ----------
    run : dict
        The last run: id, started, ended, status, kernels, workers, counts and what it was made
        from.
    reports : dict
        Record of each report by its stem.
    pages : dict
        Key of each page over the reports by its name.
    """

    run: dict[str, Any] = field(default_factory=dict)
    reports: dict[str, Record] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Write it out."""
        reports = {
            stem: {**asdict(record), "key": record.key}
            for stem, record in sorted(self.reports.items())
        }
        content = {"schema": SCHEMA, "run": self.run, "pages": self.pages, "reports": reports}
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"

    def save(self, store: Store) -> None:
        """Put it in place."""
        store.put({FILE: self.to_json().encode()})


def read_manifest(store: Store) -> Manifest:
    """Read the manifest; an empty one if there is none.

    Parameters
    ----------
    store : Store
        Where the reports are.

    Raises
    ------
    DataError
        If it is not one of ours.
    """
    content = store.read(FILE)
    if content is None:
        return Manifest()
    try:
        told = json.loads(content)
        if told["schema"] != SCHEMA:
            raise ValueError(f"schema {told['schema']}, expected {SCHEMA}")
        reports = {stem: _read_record(about) for stem, about in told["reports"].items()}
        return Manifest(told["run"], reports, told["pages"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{store.locate(FILE)}: not a record of reports ({error}). "
            "Remove it to make all reports anew."
        ) from error


def _read_record(about: dict[str, Any]) -> Record:
    del about["key"]
    if report := about["report"]:
        report["outputs"] = tuple(Output(**output) for output in report["outputs"])
        report["links"] = tuple(report.get("links", ()))
        about["report"] = Report(**report)
    return Record(**about)
