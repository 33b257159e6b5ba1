"""Kills a process just before one of the changes it makes to the disk; and where it may be done."""

import os
import signal
import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

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
        count_down(step)
        act()
        os._exit(0)
    finally:
        os._exit(1)


def count_down(step: int) -> Iterator[int]:
    """Have this process killed before the change of the disk numbered `step`; give those left."""
    left = iter(range(step))

    def count(change: Callable[..., object]) -> Callable[..., object]:
        def act(*arguments: object, **options: object) -> object:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*arguments, **options)

        return act

    for name in CHANGES:
        setattr(os, name, count(getattr(os, name)))
    return left


def list_processes(scratch: Path) -> list[psutil.Process]:
    """List all processes of a run: they share its folder for temporary files."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == str(scratch):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def run_in_namespace(folder: Path, *commands: str) -> "subprocess.CompletedProcess[str]":
    """Run shell commands where they may mount; skip where that is not allowed."""
    unshare = ["unshare", "--mount", "--map-root-user", "sh", "-ec"]
    if subprocess.run([*unshare, "mount -t tmpfs none /mnt"], capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    return subprocess.run(
        [*unshare, "\n".join(commands)], cwd=folder, capture_output=True, text=True
    )
