"""Kills a process just before one of the changes it makes to the disk."""

import os
import signal
import warnings
from collections.abc import Callable

CHANGES = ("fsync", "replace", "rename", "mkdir", "unlink", "rmdir")


def kill_at(step: int, act: Callable[[], object]) -> bool:
    """Do something in a process of its own; tell whether it was killed before it had ended.

    That is before the change of the disk numbered `step`, from 0.
    """
    with warnings.catch_warnings(action="ignore"):  # that there are threads
        child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        assert status in (0, signal.SIGKILL), "it failed"
        return status != 0
    try:
        _count_down(step)
        act()
        os._exit(0)
    finally:
        os._exit(1)


def _count_down(step: int) -> None:
    left = iter(range(step))

    def count(change: Callable[..., object]) -> Callable[..., object]:
        def act(*arguments: object, **options: object) -> object:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*arguments, **options)

        return act

    for name in CHANGES:
        setattr(os, name, count(getattr(os, name)))
