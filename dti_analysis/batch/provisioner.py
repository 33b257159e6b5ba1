"""Kernels forked from a warm process, for whatever starts kernels through jupyter_client.

Papermill, nbclient, nbval and JupyterLab use it unmodified, as the kernel provisioner
``warm-fork``: named in a kernel specification, or for all kernels by
``JUPYTER_DEFAULT_PROVISIONER_NAME=warm-fork``. Where a kernel cannot be forked it is started the
ordinary way.
"""

import asyncio
import atexit
import json
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Unicode

from dti_analysis.batch import warm
from dti_analysis.batch.imports import find_imports
from dti_analysis.files import can_write

NAME = "warm-fork"
"""The provisioner's name among the entry points."""

CAN_FORK = sys.platform == "linux"
"""Whether kernels can be forked here; elsewhere libraries do not survive it."""

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
"""Kernels share the cores among themselves: more threads in each would only get in their way."""

# A fork loses threads, so Arrow's allocator is to do without its own.
_NO_THREAD = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}

_SOCKET = "warm"
_LONGEST_FOLDER = 64

_log = logging.getLogger(__name__)


def make_private_folder() -> Path:
    """Make a temporary folder with a path short enough for sockets in it, which is some 100 bytes.

    Whoever asked has to remove it.
    """
    usual = tempfile.gettempdir()
    is_long = len(os.fsencode(usual)) > _LONGEST_FOLDER
    return Path(tempfile.mkdtemp(prefix="dti-", dir="/tmp" if is_long else usual))


def find_home(folder: Path) -> dict[str, str]:
    """Say where libraries keep their settings if there is no home that they can write to.

    Else each of them complains, and each process looks for the fonts of the system anew.
    """
    if can_write(Path(os.environ.get("HOME") or "/")):
        return {}
    return {name: str(folder) for name in ("MPLCONFIGDIR", "IPYTHONDIR") if name not in os.environ}


class WarmProcess:
    """A warm process and its private folder; both end with `close`, or with this process.

    Parameters
    ----------
    modules : iterable of str
        What to import in it.
    prepared : bytes
        A pickled callable that it calls after the imports, once for all kernels; empty for none.

    Attributes
    ----------
    folder : Path
        Holds its socket, and has room for those of the kernels.
    """

    def __init__(self, modules: Iterable[str], prepared: bytes = b"") -> None:
        self.folder = make_private_folder()
        (self.folder / warm.PREPARED).write_bytes(prepared)
        with socket.socket(socket.AF_UNIX) as listener:
            # Here, so that who comes before the imports are done waits for them.
            listener.bind(str(self.folder / _SOCKET))
            listener.listen(128)
            fd = listener.fileno()
            self._server = subprocess.Popen(
                [sys.executable, "-m", warm.__name__, self.folder, str(fd), *modules],
                stdin=subprocess.PIPE,
                pass_fds=[fd],
                env={**os.environ, **ONE_THREAD, **_NO_THREAD, **find_home(self.folder)},
                # Out of the terminal's reach: what Ctrl-C means is for this process to decide.
                start_new_session=True,
            )
        atexit.register(self.close)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._server.pid

    def close(self) -> None:
        """End it, its kernels and its folder."""
        atexit.unregister(self.close)
        if self._server.stdin is not None:
            self._server.stdin.close()
        try:
            self._server.wait(timeout=1)
        except subprocess.TimeoutExpired:
            # It is still importing, or stuck.
            self._server.kill()
            self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class ForkedKernel:
    """A child of the warm process, with as much of `subprocess.Popen` as jupyter_client uses.

    Parameters
    ----------
    folder : Path
        Folder of the warm process.
    request : dict
        Arguments, environment and working directory of the kernel.

    Raises
    ------
    OSError
        If the warm process does not answer. There is no kernel then.
    """

    stdin = stdout = stderr = None

    def __init__(self, folder: Path, request: dict[str, Any]) -> None:
        self.returncode: int | None = None
        self._line = socket.socket(socket.AF_UNIX)
        try:
            self._line.connect(str(folder / _SOCKET))
            self._line.sendall(json.dumps(request).encode() + b"\n")
            answer = self._line.recv(warm.NUMBER.size, socket.MSG_WAITALL)
            if len(answer) < warm.NUMBER.size:
                raise ConnectionResetError("the warm process is gone")
        except BaseException:
            self._line.close()
            raise
        (self.pid,) = warm.NUMBER.unpack(answer)
        self._line.setblocking(False)

    def poll(self) -> int | None:
        """Tell the exit code, or None while it runs."""
        if self.returncode is None:
            try:
                answer = self._line.recv(warm.NUMBER.size)
            except BlockingIOError:
                return None
            except ConnectionResetError:
                answer = b""
            # A warm process that dies takes its children with it.
            (self.returncode,) = warm.NUMBER.unpack(answer) if answer else (-signal.SIGKILL,)
            self._line.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, for so many seconds at most."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            time.sleep(0.01)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel by forking the warm process, or else as jupyter_client itself does."""

    folder = Unicode("", help="Folder of the warm process; by default this process has its own.")

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel.

        Parameters
        ----------
        cmd : list of str
            The command that would start it afresh; one other than this interpreter's
            ``ipykernel_launcher`` is run as it is.
        **kwargs
            As for `subprocess.Popen`: ``env`` and ``cwd``.
        """
        program, *rest = cmd
        if CAN_FORK and rest[:2] == ["-m", "ipykernel_launcher"] and _is_this_python(program):
            request = {
                "arguments": rest[2:],
                "env": dict(kwargs.get("env") or os.environ),
                "cwd": os.fspath(kwargs.get("cwd") or Path.cwd()),
            }
            try:
                # The first has to wait for the imports.
                kernel = await asyncio.to_thread(self._fork, request)
            except OSError as error:
                _tell_once(f"kernels start cold: {error}")
            else:
                self.process, self.pid, self.pgid = cast(Any, kernel), kernel.pid, kernel.pid
                self.cwd = request["cwd"]
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)

    def _fork(self, request: dict[str, Any]) -> ForkedKernel:
        folder = Path(self.folder) if self.folder else own_warm_process().folder
        return ForkedKernel(folder, request)


@cache
def own_warm_process(modules: tuple[str, ...] | None = None, prepared: bytes = b"") -> WarmProcess:
    """Start the warm process of this process, once.

    Parameters
    ----------
    modules : tuple of str, optional
        What to import in it; by default what the project's notebooks do.
    prepared : bytes
        See `WarmProcess`.
    """
    if modules is None:
        from dti_analysis.project import NOTEBOOKS, find_root

        notebooks = sorted((find_root() / NOTEBOOKS).glob("*.ipynb"))
        modules = find_imports(notebook.read_bytes() for notebook in notebooks)
    return WarmProcess(modules, prepared)


@cache
def _tell_once(message: str) -> None:
    _log.warning(message)


def _is_this_python(program: str) -> bool:
    found = shutil.which(program)
    # Two environments may share an interpreter, so links are not followed.
    return found is not None and Path(found).absolute() == Path(sys.executable).absolute()
