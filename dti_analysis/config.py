"""A project of another index: its description in ``index.toml``, and its panel."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from dti_analysis import paths
from dti_analysis.cleaning.tables import read_panel
from dti_analysis.errors import DataError
from dti_analysis.subject import Subject

PANEL = Path("data", "raw", "panel.csv")
"""Place of the panel within a project."""

_TEXTS = ("name", "unit", "units", "source")
_TARGET = {"unit": str, "rank": int, "year": int}


@dataclass(frozen=True)
class Goal:
    """A rank that a unit is officially to reach.

    Parameters
    ----------
    unit : str
        Name of the unit, as in the panel.
    rank, year : int
        The rank, and the edition in which to have it.
    """

    unit: str
    rank: int
    year: int


@dataclass(frozen=True)
class Project:
    """An index other than the DTI.

    Parameters
    ----------
    file : Path
        Its panel.
    name : str
        Name of the index.
    unit, units : str
        What is ranked, in the singular and in the plural: country, countries.
    source : str
        Where the figures say that the numbers are from.
    greatest : float or None
        Greatest score there can be, the least being 0; None where the scale has no end.
    goals : tuple of Goal
        Official targets.
    points : mapping of int to mapping of str to float
        Points of the main indices, columns of the panel, from each edition that changed them on.
    """

    file: Path
    name: str
    unit: str
    units: str
    source: str
    greatest: float | None = None
    goals: tuple[Goal, ...] = ()
    points: Mapping[int, Mapping[str, float]] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        """The words that its readers use."""
        return Subject(self.name, self.unit, self.units, self.source)

    def list_main_indices(self) -> tuple[str, ...]:
        """List the main indices of any edition, in the order they are given in."""
        return tuple(dict.fromkeys(name for points in self.points.values() for name in points))

    def list_points(self, year: int) -> Mapping[str, float]:
        """Give the points of the main indices in an edition: the last ones stated up to it."""
        known = [edition for edition in self.points if edition <= year]
        return self.points[max(known)] if known else {}

    @classmethod
    def of_panel(cls, file: Path) -> "Project":
        """Take an index of which nothing but its panel is known."""
        return cls(file, file.stem, "unit", "units", str(file))

    @cached_property
    def panel(self) -> pd.DataFrame:
        """The panel; see `dti_analysis.cleaning.tables.read_panel`.

        Raises
        ------
        DataError
            If it has faults, or does not fit the description.
        """
        panel = read_panel(self.file, self.list_main_indices())
        beyond = panel[(panel["score"] < 0) | (panel["score"] > (self.greatest or float("inf")))]
        if self.greatest is not None and len(beyond):
            row = beyond.iloc[0]
            raise DataError(
                f"{self.file}: the score {row['score']:g} of {row['unit']} in {row['year']} is "
                f"outside 0 to {self.greatest:g}. Correct it, or `greatest` in {paths.DESCRIPTION}."
            )
        unknown = sorted({goal.unit for goal in self.goals} - set(panel["unit"]))
        if unknown:
            raise DataError(
                f'{paths.DESCRIPTION}: the targets name "{unknown[0]}", which is no unit of '
                f"{self.file}. Write it as there."
            )
        return panel


def find_project(panel: Path | None = None) -> Project | None:
    """Find the index that is asked about; None where that is the DTI.

    Parameters
    ----------
    panel : Path, optional
        Panel of an index that was named; else it is that of the project worked on.
    """
    if panel is not None:
        return Project.of_panel(panel)
    return read_project(paths.ROOT) if (paths.ROOT / paths.DESCRIPTION).is_file() else None


def read_project(folder: Path) -> Project:
    """Read the description of a project.

    Parameters
    ----------
    folder : Path
        Its top folder, with ``index.toml``.

    Raises
    ------
    DataError
        If it is not TOML, or something in it is missing, unknown or of the wrong kind.
    """
    file = folder / paths.DESCRIPTION
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{file}: expected a description of an index. See dti init.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read as TOML: {error}") from error
    known = {*_TEXTS, "greatest", "points", "targets"}
    unknown = sorted(set(told) - known)
    if unknown:
        raise DataError(f"{file}: {unknown[0]} is not known. Known: {', '.join(sorted(known))}.")
    for name in _TEXTS:
        if not isinstance(told.get(name), str) or not told[name].strip():
            raise DataError(f'{file}: expected {name} = "…", found {told.get(name)!r}.')
    greatest = told.get("greatest")
    if greatest is not None and (not _is_number(greatest) or greatest <= 0):
        raise DataError(f"{file}: expected greatest = a number above 0, found {greatest!r}.")
    targets = told.get("targets", [])
    if not isinstance(targets, list):
        raise DataError(f"{file}: expected [[targets]], found {targets!r}.")
    goals = tuple(_read_goal(file, target) for target in targets)
    texts = {name: told[name].strip() for name in _TEXTS}
    points = _read_points(file, told.get("points", {}))
    scale = greatest and float(greatest)
    return Project(folder / PANEL, **texts, greatest=scale, goals=goals, points=points)


def _read_points(file: Path, told: Any) -> dict[int, dict[str, float]]:
    is_whole = isinstance(told, dict) and all(
        edition.isdecimal() and isinstance(points, dict) and points
        for edition, points in told.items()
    )
    if not is_whole or not all(
        _is_number(value) and value > 0 for points in told.values() for value in points.values()
    ):
        raise DataError(
            f"{file}: expected points as [points.2024] and a line for each main index, such as "
            f'"economy" = 300, found {told!r}.'
        )
    return {
        int(edition): {name: float(value) for name, value in points.items()}
        for edition, points in told.items()
    }


def _read_goal(file: Path, target: Mapping[str, Any]) -> Goal:
    is_whole = isinstance(target, dict) and set(target) == set(_TARGET)
    if not is_whole or any(type(target[name]) is not kind for name, kind in _TARGET.items()):
        raise DataError(
            f'{file}: expected targets as unit = "…", rank = 10, year = 2026, found {target!r}.'
        )
    return Goal(**target)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
