"""What a command asks for: reports, the page over them, and where they go unless told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dti_analysis.batch.inputs import Inputs
from dti_analysis.batch.job import Job
from dti_analysis.batch.manifest import Manifest

if TYPE_CHECKING:
    from dti_analysis.index import Index  # which brings pandas

Prepare = Callable[[Sequence[Job]], Callable[[], None] | None]
"""From the jobs that are due to something that can be pickled, or None."""


@dataclass(frozen=True)
class Page:
    """A page over the reports, in one language or more."""

    names: tuple[str, ...]  # its files, the first that which people open first
    inputs: object  # what it depends on besides the record; anything JSON can say
    # makes all of its files from the record, by their names
    render: Callable[[Manifest], Mapping[str, str]]

    @property
    def name(self) -> str:
        """The file that people open first; the record names the page by it."""
        return self.names[0]


@dataclass(frozen=True)
class Plan:
    """What is to be there after a run."""

    jobs: tuple[Job, ...]
    page: Page | None  # that over them
    build: Inputs  # what they are made from
    output: str | Path  # where they go by default
    # asked, with the jobs that are due, for what the zygote should do ahead for all
    prepare: Prepare | None = None
    # whether other reports of its notebooks that are there are no longer planned
    is_whole: bool = False
    # what could not be planned, where the rest was to be planned all the same
    faults: tuple[str, ...] = ()
    timeout: float = 600.0  # seconds that each of its notebooks may run, unless told


@dataclass(frozen=True)
class Settings:
    """What all reports of a run share; see `dti_analysis.forecasting.forecast.forecast`."""

    origin_year: int | None  # last edition used; the last there is by default
    draws: int
    seed: int

    def common(self, index: "Index") -> dict[str, Any]:
        """Give the parameters that all notebooks of an index share."""
        basis = {} if index.basis is None else {"basis": index.basis}
        origin = index.panel.choose_origin(self.origin_year)
        return {**basis, "origin_year": origin, "draws": self.draws, "seed": self.seed}
