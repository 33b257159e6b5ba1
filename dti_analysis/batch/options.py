"""How a batch is run."""

import math
from dataclasses import dataclass

from dti_analysis.errors import DataError
from dti_analysis.language import write_number

FORMATS = {"html": ".html", "pdf": ".pdf", "brief": ".brief.html"}
"""What is made of an executed notebook, and how its file ends."""


@dataclass(frozen=True)
class Options:
    """How to run."""

    n_jobs: int | None = None  # reports at the same time; as many as there are cores by default
    retries: int = 1  # of a report that failed
    timeout: float = 600.0  # seconds that a notebook may run; 0 for as long as it likes
    # whether every report starts a fresh interpreter rather than being forked
    is_cold: bool = False
    is_forced: bool = False  # whether to make what is not due as well
    dask: str | None = None  # address of the scheduler of a Dask cluster to run on
    engine: str = "dti"  # "jupyter": in kernels, even where this interpreter does for a notebook
    formats: tuple[str, ...] = ("html",)  # what to make of each executed notebook
    # whether what a fault of the input does not touch is made all the same
    is_lenient: bool = False
    is_pruning: bool = False  # whether reports on record that are no longer planned are removed

    def check(self) -> None:
        """Refuse what makes no sense."""
        if self.n_jobs is not None and self.n_jobs < 1:
            raise DataError(f"{self.n_jobs} workers cannot make a report: expected at least 1.")
        if self.retries < 0:
            raise DataError(f"{self.retries} retries: expected 0 or more.")
        if not 0 <= self.timeout < math.inf:
            raise DataError(
                f"a timeout of {write_number(self.timeout)} s: expected 0 (none) or more."
            )
        unknown = sorted(set(self.formats) - set(FORMATS))
        if unknown or not self.formats:
            raise DataError(
                f"format {', '.join(unknown) or 'none'}: expected one or more of "
                f"{', '.join(FORMATS)}."
            )
