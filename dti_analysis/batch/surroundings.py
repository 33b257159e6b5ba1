"""What a report's process finds around it, whoever runs it: the environment decides nothing."""

import contextlib
import ctypes
import os
import random
import signal
import sys
from pathlib import Path

import psutil

from dti_analysis.files import can_write

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG

ORDER, RESULT = "order", "result"
"""Files in the private folder of a report: what it is to be, and what came of it."""

MARK = "DTI_REPORT"
"""Variable that names the report that a process belongs to."""

STREAMS = {"stdout": 1, "stderr": 2}
"""Descriptors of what is printed; the files that take it have the same names."""

LONGEST_STREAM = 64 * 2**20
"""Bytes of a stream that are kept; a loop that prints would fill the disk."""

_INLINE_BACKEND = "module://matplotlib_inline.backend_inline"

_SURROUNDINGS = {
    # Reports share the cores among themselves: more threads in each would only get in their way.
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "NUMEXPR_NUM_THREADS",
            "VECLIB_MAXIMUM_THREADS",
        ),
        "1",
    ),
    # A fork loses threads, so Arrow's allocator is to do without its own.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MPLBACKEND": _INLINE_BACKEND,
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "COLUMNS": "80",
}
"""Variables that every report's process is started with."""


def surround(folder: Path) -> dict[str, str]:
    """Say with what environment to start a process.

    Libraries keep their settings in the folder if there is no home that they can write to: else
    each of them complains, and each process looks for the fonts of the system anew.
    """
    own = {}
    if not can_write(Path(os.environ.get("HOME") or "/")):
        names = ("MPLCONFIGDIR", "IPYTHONDIR")
        own = {name: str(folder) for name in names if name not in os.environ}
    return {**os.environ, **_SURROUNDINGS, **own, MARK: folder.name}


def leave_start_folder() -> None:
    """Look for modules as a kernel does: not in the folder that this process was started in."""
    if Path(sys.path[0]) == Path.cwd():
        del sys.path[0]


def cut_streams(folder: Path) -> None:
    """Cut what a report printed to as much as is kept of it."""
    for name in STREAMS:
        with contextlib.suppress(FileNotFoundError):
            if (folder / name).stat().st_size > LONGEST_STREAM:
                os.truncate(folder / name, LONGEST_STREAM)


def die_with_parent(parent: int) -> None:
    """Have the system kill this process when its parent, which may be gone already, ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def kill_tree(pid: int) -> None:
    """Kill a process and all that it started.

    It is a child of this one that leads a group and was not waited for yet: its number is its own.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        # Those that left the group, too.
        for child in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def kill_marked(mark: str) -> None:
    """Kill what is left of a report, in whatever group: all its processes inherit its mark."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                process.kill()


def settle_modules() -> None:
    """Undo what modules took from a process that was no notebook's when they were imported."""
    random.seed()
    if pandas := sys.modules.get("pandas"):
        # What it chooses on import in a kernel; it took itself to be at a terminal.
        pandas.set_option("display.max_columns", 20)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = _INLINE_BACKEND
