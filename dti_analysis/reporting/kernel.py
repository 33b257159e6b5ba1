"""The kernel a report runs in: this interpreter, private sockets, one thread for linear algebra."""

import os
import sys
import uuid
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets.config import Config

# Kernels share the cores among themselves: more threads in each would only get in their way.
_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)

# A socket's path holds 104 bytes on macOS and 108 on Linux, its last ones "-ipc-5" and a zero.
_LONGEST_SOCKET = 96


class ReportKernelManager(AsyncKernelManager):
    """Starts the kernel of the running interpreter, whatever kernels are installed elsewhere.

    A kernel specification of the same name in the user's folder, or an environment that is not
    activated, would otherwise run the notebook with another Python.
    """

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification: `ipykernel` of this interpreter."""
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            env=_ONE_THREAD,
        )


def choose_kernel(sockets: Path) -> dict[str, Any]:
    """Describe a fresh kernel to papermill.

    TCP ports are chosen before they are bound, so kernels that start at the same time now and
    then take each other's. Sockets in the file system, named by us, cannot be mistaken.

    Parameters
    ----------
    sockets : Path
        Private folder for the kernel's connection file and sockets; its path must be short.

    Returns
    -------
    dict
        Keyword arguments for `papermill.execute_notebook`.
    """
    connection_file = sockets / f"{uuid.uuid4().hex[:12]}.json"
    has_sockets = os.name == "posix" and len(os.fsencode(connection_file)) <= _LONGEST_SOCKET
    settings = {
        "connection_file": str(connection_file),
        "transport": "ipc" if has_sockets else "tcp",
    }
    return {
        "kernel_name": "python3",
        "language": "python",
        "kernel_manager_class": ReportKernelManager,
        "config": Config(ReportKernelManager=settings),
    }
