"""What editions of an index are entered into: the facts behind it, or its panel."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dti_analysis.cleaning.importing.vocabulary import Vocabulary
from dti_analysis.config import CONFIG, IndexConfig
from dti_analysis.errors import DataError
from dti_analysis.names import quote

if TYPE_CHECKING:
    from dti_analysis.cleaning.importing.edition import Edition


@dataclass(frozen=True)
class Entry:
    """What an edition changes."""

    # of tables, in the order in which they are replaced; empty if nothing is new
    contents: Mapping[Path, bytes]
    added: tuple[str, ...]  # what they have more
    examples: tuple[str, ...]  # its first rows
    standing: int  # facts, or rows of a panel, that stand already
    held: tuple[str, ...] = ()  # what was found to add up
    conflicts: tuple[str, ...] = ()  # where other sources say otherwise


@dataclass(frozen=True)
class Book(ABC):
    """The tables of one index, as they were read."""

    config: IndexConfig
    folder: Path
    read: Mapping[Path, bytes]  # what they were when they were read
    rosters: Mapping[str, Mapping[str, str]]  # names of the units by code, by the name of the basis
    regions: Collection[str]  # whose totals tables may give

    is_complete: ClassVar[bool] = False
    """Whether every edition has all units, and no others."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Words of its headers."""
        return Vocabulary.of(self.config)

    @abstractmethod
    def knows(self, name: str, basis: str) -> bool:
        """Whether this is a spelling of a unit."""

    @abstractmethod
    def resolve(self, name: str, basis: str) -> str:
        """Find the code of a unit."""

    def require_edition(self, year: int, basis: str | None) -> None:
        """Refuse an edition that there cannot be."""
        if basis not in (None, *self.rosters):
            known = " or ".join(filter(None, self.rosters)) or "none, as there is but one"
            raise DataError(f"--basis {quote(str(basis))}: expected {known}.")
        if not 1 <= year <= 9999:
            raise DataError(f"--year {year}: expected a year such as 2025.")

    @abstractmethod
    def describe_source(self, told: Mapping[str, str]) -> dict[str, str]:
        """Describe where a table is from, by its url, kind and date."""

    def find_weights(
        self, stated: Mapping[str, str], year: int, like: int | None
    ) -> dict[str, float]:
        """Find what components count for, as a table states it or as in another edition."""
        if like is not None:
            raise DataError(f"--points-like would not be read: weights stand in {CONFIG}.")
        return {}

    @abstractmethod
    def enter(self, edition: "Edition") -> Entry:
        """Hold an edition against what stands, and say what it changes."""
