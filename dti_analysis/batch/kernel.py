"""The kernel a report runs in: this interpreter, private sockets, and no longer than allowed."""

import asyncio
import math
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Float, Unicode
from traitlets.config import Config

from dti_analysis.batch.provisioner import NAME, ONE_THREAD, find_home

# A socket's path holds 104 bytes on macOS and 108 on Linux, its last ones "-ipc-5" and a zero.
_LONGEST_SOCKET = 96

_NEVER = 10**7  # seconds


class ReportKernelManager(AsyncKernelManager):
    """Starts the kernel of the running interpreter, whatever kernels are installed elsewhere.

    A kernel specification of the same name in the user's folder, or an environment that is not
    activated, would otherwise run the notebook with another Python.
    """

    warm_folder = Unicode("", help="Folder of the warm process; empty for a cold kernel.").tag(
        config=True
    )
    timeout = Float(0.0, help="Seconds after which it is killed; 0 for never.").tag(config=True)

    _deadline: asyncio.TimerHandle | None = None

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification: `ipykernel` of this interpreter."""
        stanza = {"provisioner_name": NAME, "config": {"folder": self.warm_folder}}
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            env=ONE_THREAD | find_home(Path(self.connection_file).parent),
            metadata={"kernel_provisioner": stanza} if self.warm_folder else {},
        )

    async def _async_post_start_kernel(self, **kw: Any) -> None:
        await super()._async_post_start_kernel(**kw)
        if self.timeout:
            # Whatever it is at: a cell that does not return, or one after the other.
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(self.timeout, self._give_up)

    def _give_up(self) -> None:
        if self.provisioner is not None:
            self._killing = asyncio.ensure_future(self.provisioner.kill())

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        await super()._async_cleanup_resources(restart)

    cleanup_resources = _async_cleanup_resources


def choose_kernel(folder: Path, is_warm: bool, timeout: float) -> dict[str, Any]:
    """Describe a fresh kernel to papermill.

    TCP ports are chosen before they are bound, so kernels that start at the same time now and
    then take each other's. Sockets in the file system, named by us, cannot be mistaken.

    Parameters
    ----------
    folder : Path
        Private folder for the kernel's connection file and sockets; its path must be short.
    is_warm : bool
        Whether there is a warm process in that folder to fork from.
    timeout : float
        Seconds after which the kernel is killed; 0 for never.

    Returns
    -------
    dict
        Keyword arguments for `papermill.execute_notebook`.
    """
    connection_file = folder / f"{uuid.uuid4().hex[:12]}.json"
    has_sockets = os.name == "posix" and len(os.fsencode(connection_file)) <= _LONGEST_SOCKET
    settings = {
        "connection_file": str(connection_file),
        "transport": "ipc" if has_sockets else "tcp",
        "warm_folder": str(folder) if is_warm else "",
        "timeout": timeout,
    }
    # One limit for the whole: by its own, papermill fails a kernel that takes a minute to start, or
    # four seconds to hand over an output, as on a machine that is busy.
    limit = math.ceil(timeout) or _NEVER
    return {
        "start_timeout": limit,
        "iopub_timeout": limit,
        "kernel_name": "python3",
        "language": "python",
        "kernel_manager_class": ReportKernelManager,
        "config": Config(ReportKernelManager=settings),
    }
