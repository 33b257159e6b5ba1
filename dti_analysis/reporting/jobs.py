"""What a report run is asked to do, checked before anything starts, and how it ended."""

import ast
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import papermill

from dti_analysis.errors import DataError

Status = Literal["built", "failed"]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}


@dataclass(frozen=True)
class Job:
    """One report to make.

    Parameters
    ----------
    notebook : Path
        Notebook with one cell tagged ``parameters``.
    parameters : mapping of str to object
        Values for some of its parameters; the others keep what the notebook says.
    stem : str
        Where the report goes, without its ending and relative to the output folder, with forward
        slashes: ``63/77-ba-ria-vung-tau``.
    title : str
        Title of the page.
    """

    notebook: Path
    parameters: Mapping[str, Any]
    stem: str
    title: str


@dataclass(frozen=True)
class Outcome:
    """How one job ended.

    Parameters
    ----------
    job : Job
        The job.
    status : {"built", "failed"}
        Whether its report is new. A failed job leaves the previous report as it was.
    seconds : float
        Wall time.
    error : str or None
        Why it failed, in one line.
    """

    job: Job
    status: Status
    seconds: float
    error: str | None = None


def name_report(basis: int, code: str, province: str, origin_year: int | None = None) -> str:
    """Name the files of a province's report.

    Parameters
    ----------
    basis : {63, 34}
        Former or current provinces.
    code, province : str
        Code and display name.
    origin_year : int, optional
        Given where the report looks ahead from an earlier edition than the last.

    Returns
    -------
    str
        A stem for `Job`.

    Examples
    --------
    >>> name_report(63, "77", "Bà Rịa - Vũng Tàu")
    '63/77-ba-ria-vung-tau'
    >>> name_report(34, "66", "Đắk Lắk", origin_year=2021)
    '34/66-dak-lak-as-of-2021'
    """
    text = unicodedata.normalize("NFKD", province.casefold().replace("đ", "d"))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in text if not unicodedata.combining(c)))
    stem = f"{basis}/{'-'.join([code, *words])}"
    return stem if origin_year is None else f"{stem}-as-of-{origin_year}"


def check_jobs(jobs: Sequence[Job]) -> None:
    """Refuse jobs that cannot be run as meant; no kernel is started.

    Parameters
    ----------
    jobs : sequence of Job
        The jobs of one run.

    Raises
    ------
    DataError
        If a notebook cannot be read, a parameter is not known to its notebook or has the wrong
        type, or a stem leads out of the output folder or is used twice.
    """
    seen = set()
    for job in jobs:
        _check_stem(job.stem)
        if job.stem in seen:
            raise DataError(f"report {job.stem} is asked for twice. Leave one of the two out.")
        seen.add(job.stem)
        known = _inspect(job.notebook)
        for name, value in job.parameters.items():
            if name not in known:
                raise DataError(
                    f"{job.notebook.name}: parameter {name} is not known. "
                    f"Known: {', '.join(known) or 'none; no cell is tagged parameters'}."
                )
            _check_value(job.notebook.name, name, value, known[name])


def _check_stem(stem: str) -> None:
    path = PurePosixPath(stem)
    if path.is_absolute() or ".." in path.parts or not path.name or "\\" in stem:
        raise DataError(
            f'report name "{stem}" does not stay within the output folder. '
            "Expected a relative path such as 63/77-ba-ria-vung-tau."
        )


@cache
def _inspect(notebook: Path) -> dict[str, str]:
    """Read the names of a notebook's parameters and their types, "None" where it tells none."""
    try:
        found = papermill.inspect_notebook(notebook)
    except ValueError as error:
        raise DataError(f"{notebook}: cannot be read as a notebook: {error}") from error
    return {name: _infer_type(about) for name, about in found.items()}


def _infer_type(about: Mapping[str, str]) -> str:
    stated = about["inferred_type_name"]
    if stated != "None":
        return stated.partition("[")[0].strip()
    try:
        return type(ast.literal_eval(about["default"])).__name__
    except (SyntaxError, ValueError):
        # Papermill could not tell and the default is no literal: any value may be right.
        return "None"


def _check_value(notebook: str, name: str, value: object, expected: str) -> None:
    if expected in _TYPES and type(value) not in _TYPES[expected]:
        raise DataError(
            f"{notebook}: parameter {name} must be of type {expected}, "
            f"got {value!r} of type {type(value).__name__}."
        )
    if isinstance(value, float) and not math.isfinite(value):
        # It would make the executed notebook invalid JSON.
        raise DataError(f"{notebook}: parameter {name} must be a finite number, got {value!r}.")
