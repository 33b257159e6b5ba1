"""What a reader of a panel should know that is no fault of it."""

from collections.abc import Iterator

from dti_analysis.cleaning.left_out import describe_left_out
from dti_analysis.panel import Panel


def list_remarks(panel: Panel) -> Iterator[str]:
    """Say what a reader should know, a line each: what is left out, not published, computed."""
    yield from describe_left_out(panel)
