"""The warm process: imports once what notebooks use, then forks a kernel for whoever asks.

Run by `dti_analysis.batch.provisioner` as ``python -m dti_analysis.batch.warm FOLDER
LISTENER [MODULE]...``. It takes requests on an inherited socket until the other end of its standard
input is closed; then it kills the kernels that are left and removes the folder. Linux only.
"""

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import io
import json
import os
import pickle
import random
import selectors
import shutil
import signal
import socket
import struct
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

PREPARED = "prepared"
"""Name of the file in the folder with what to do ahead."""

NUMBER = struct.Struct("!i")
"""What is answered: the process id of the kernel first, its exit code at its end."""

Request = dict[str, Any]

# What a kernel imports as it starts; debugpy alone takes it a third of a second. The inline
# backend is not for here: on import it ties figures to the shell that is there, and none is.
_EVERY_KERNEL = ("debugpy", "ipykernel.kernelapp")
# What a library leaves for its first use.
_LATE = {
    "matplotlib": ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
    "pandas": ("pandas.io.formats.html", "pyarrow.dataset", "pyarrow.parquet"),
    "PIL": ("PIL.PngImagePlugin",),
}
_INLINE_BACKEND = "module://matplotlib_inline.backend_inline"

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_PATIENCE = 5.0  # seconds that a request may take to come in once connected


class CannotWarmError(RuntimeError):
    """Kernels forked from this process would not be like fresh ones."""


def main(folder: str, listener_fd: str, *modules: str) -> None:
    """Serve until the owner is gone; a forked child leaves the loop and becomes a kernel."""
    # As in a kernel, which does not look for modules in the folder it is started in.
    if Path(sys.path[0]) == Path.cwd():
        del sys.path[0]
    with socket.socket(fileno=int(listener_fd)) as listener:
        try:
            preload(modules, (Path(folder) / PREPARED).read_bytes())
        except CannotWarmError as error:
            raise SystemExit(f"kernels start cold: {error}") from None
        with _Nursery(listener) as nursery:
            request = nursery.serve()
    if request is None:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        _be_kernel(request)


def preload(modules: Sequence[str], prepared: bytes = b"") -> None:
    """Import modules, and do what is to be done ahead, for the children to find.

    Parameters
    ----------
    modules : sequence of str
        Their names. What cannot be imported is left for the notebook to stumble over.
    prepared : bytes
        A pickled callable; empty for none.

    Raises
    ------
    CannotWarmError
        If an import prints, warns or starts a thread: a cell would show the former, and a fork
        loses the latter.
    """
    os.environ.setdefault("MPLBACKEND", _INLINE_BACKEND)
    said = io.StringIO()
    show = warnings.showwarning
    warnings.showwarning = lambda message, *_, **__: print(message, file=said)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            _import(_EVERY_KERNEL)
            _import(modules)
            for name, late in _LATE.items():
                if name in sys.modules:
                    _import(late)
            if prepared:
                pickle.loads(prepared)()
    finally:
        warnings.showwarning = show
    if said.getvalue():
        raise CannotWarmError(f"an import says: {said.getvalue().strip()}")
    if _has_threads():
        raise CannotWarmError("an import starts a thread")
    # Else the first collection in each child would copy every page there is.
    gc.collect()
    gc.freeze()


def _has_threads() -> bool:
    """Tell whether threads are left, those that are just about to end apart."""
    deadline = time.monotonic() + _PATIENCE / 5
    while len([*Path("/proc/self/task").iterdir()]) > 1:
        if time.monotonic() > deadline:
            return True
        time.sleep(0.01)
    return False


def _import(names: Iterable[str]) -> None:
    for name in names:
        with contextlib.suppress(ImportError):
            try:
                importlib.import_module(name)
            except ModuleNotFoundError:
                # Perhaps what a module imports when it is first asked for.
                parent, _, attribute = name.rpartition(".")
                getattr(sys.modules.get(parent), attribute, None)


class _Nursery(contextlib.ExitStack):
    """Forks kernels, tells their ends, and kills those that nobody wants any more."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__()
        self._listener = listener
        self._kernels: dict[int, socket.socket] = {}
        self._is_owned = True
        self._selector = self.enter_context(selectors.DefaultSelector())
        self._woken, waker = (self.enter_context(end) for end in socket.socketpair())
        for end in (self._woken, waker):
            end.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self.callback(signal.set_wakeup_fd, -1)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._watch(listener, self._fork)
        self._watch(self._woken, self._reap)
        self._watch(sys.stdin, self._disown)

    def serve(self) -> Request | None:
        """Work until the owner is gone. In a child return, at once, the request it is to serve."""
        while self._is_owned:
            for key, _ in self._selector.select():
                request: Request | None = key.data()
                if request is not None:
                    return request
        for pid in self._kernels:
            _kill(pid)
        return None

    def _watch(self, source: Any, answer: Callable[[], Request | None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, answer)

    def _disown(self) -> None:
        self._is_owned = False

    def _fork(self) -> Request | None:
        connection, _ = self._listener.accept()
        try:
            connection.settimeout(_PATIENCE)
            with connection.makefile() as stream:
                request: Request = json.loads(stream.readline())
        except (OSError, ValueError):
            connection.close()  # it died while asking
            return None
        server, pid = os.getpid(), os.fork()
        if pid == 0:
            _settle_child(server)
            for other in (connection, *self._kernels.values()):
                other.close()
            return request
        self._kernels[pid] = connection
        self._watch(connection, lambda: self._abandon(pid))
        _tell(connection, pid)
        return None

    def _abandon(self, pid: int) -> None:
        # Nothing more is ever said here, so this is its end: whoever asked is gone.
        self._selector.unregister(self._kernels[pid])
        _kill(pid)

    def _reap(self) -> None:
        self._woken.recv(4096)
        while self._kernels:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            connection = self._kernels.pop(pid)
            with contextlib.suppress(KeyError):
                self._selector.unregister(connection)
            _tell(connection, os.waitstatus_to_exitcode(status))
            connection.close()


def _tell(connection: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody is there to hear it
        connection.sendall(NUMBER.pack(number))


def _kill(pid: int) -> None:
    """Kill a kernel and what it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        # Too young to lead its group. It is not reaped yet, so the number is still its own.
        os.kill(pid, signal.SIGKILL)


def _settle_child(server: int) -> None:
    """Make a child a process of its own, that dies with the server."""
    os.setsid()
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != server:
        os._exit(1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _be_kernel(request: Request) -> None:
    """Be what ``python -m ipykernel_launcher`` would have become."""
    os.environ.clear()
    os.environ.update(request["env"], JPY_PARENT_PID=str(os.getppid()))
    os.chdir(request["cwd"])
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(launcher and launcher.origin), *request["arguments"]]
    _refresh_modules()
    from ipykernel.kernelapp import launch_new_instance

    # Its default was read from the environment when the class was imported.
    launch_new_instance(parent_handle=os.getppid())


def _refresh_modules() -> None:
    """Undo what a module took from the warm process when it was imported there."""
    random.seed()
    if pandas := sys.modules.get("pandas"):
        # What it chooses on import in a kernel; here it took itself to be at a terminal.
        pandas.set_option("display.max_columns", 20)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = os.environ.get("MPLBACKEND", _INLINE_BACKEND)


if __name__ == "__main__":
    main(*sys.argv[1:])
