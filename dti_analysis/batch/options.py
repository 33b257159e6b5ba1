"""How a batch is run."""

import math
from dataclasses import dataclass

from dti_analysis.errors import DataError
from dti_analysis.language import write_number

FORMATS = {"html": ".html", "pdf": ".pdf", "brief": ".brief.html"}
"""What is made of an executed notebook, and how its file ends."""


@dataclass(frozen=True)
class Options:
    """How to run.

    Parameters
    ----------
    n_jobs : int or None
        Reports at the same time; as many as there are cores by default.
    retries : int
        How often a report that failed is tried again.
    timeout : float
        Seconds that a notebook may run; 0 for as long as it likes.
    is_cold : bool
        Whether every report starts a fresh interpreter rather than being forked.
    is_forced : bool
        Whether to make what is not due as well.
    dask : str or None
        Address of the scheduler of a Dask cluster to run on.
    engine : {"dti", "jupyter"}
        Whether notebooks run in this interpreter, where it does for them, or all in kernels.
    formats : tuple of {"html", "pdf", "brief"}
        What to make of each executed notebook.
    is_lenient : bool
        Whether what a fault of the input does not touch is made all the same.
    is_pruning : bool
        Whether reports on record that are no longer planned are removed.
    """

    n_jobs: int | None = None
    retries: int = 1
    timeout: float = 600.0
    is_cold: bool = False
    is_forced: bool = False
    dask: str | None = None
    engine: str = "dti"
    formats: tuple[str, ...] = ("html",)
    is_lenient: bool = False
    is_pruning: bool = False

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
