"""The memory there is, and the refusal of what would not fit into it."""

from collections.abc import Callable
from pathlib import Path

import psutil

from dti_analysis.errors import DataError

_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where Linux tells what a container may take at most: the present way and the one before."""


def find_free_memory() -> int:
    """Find how many bytes may be taken: what is available, within the limit of a container."""
    limits = [path.read_text().strip() for path in _LIMITS if path.exists()]
    # "max" where there is no limit.
    told = [int(limit) for limit in limits if limit.isdigit()]
    return min([int(psutil.virtual_memory().available), *told])


def require_memory(asked: str, needed: int, advise: Callable[[int], str]) -> None:
    """Refuse, before any work, what would take more memory than there is.

    `asked` is what would be computed, in the words of the one who asked; `advise` tells what would
    fit into the bytes there are.
    """
    free = find_free_memory()
    if needed > free:
        raise DataError(
            f"{asked} take {_format_bytes(needed)} of memory: expected at most "
            f"{_format_bytes(free)}, which is what is free. {advise(free)}"
        )


def _format_bytes(size: int) -> str:
    return f"{size / 1e9:,.3g} GB" if size < 10**21 else f"10^{len(str(size)) - 1} bytes"
