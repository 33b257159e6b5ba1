"""The engine: a notebook runs in the process that shows it, without sockets.

ipykernel's shell and papermill's client, both as they are, are joined by a call where there was a
socket. A journal and two files, for what is printed, lie outside of the process: whatever ends it,
its owner rebuilds from them how far the notebook came.
"""

import asyncio
import builtins
import codecs
import contextlib
import contextvars
import getpass
import io
import logging
import os
import pickle
import queue
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import comm
import comm.base_comm
import ipykernel.ipkernel
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, DeadKernelError
from nbformat import NotebookNode, from_dict
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine
from traitlets.config import Config

from dti_analysis.batch.kernels import DRAFT
from dti_analysis.batch.notebook import parse
from dti_analysis.batch.surroundings import (
    LONGEST_STREAM,
    ORDER,
    RESULT,
    STREAMS,
    settle_modules,
)

Message = dict[str, Any]

_CUT = f"\n[cut: more than {LONGEST_STREAM // 2**20} MB were printed]\n"
_JOURNAL = "journal"


class _Stream:
    """What has come to a stream since it was last looked at."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = (folder / name).open("rb")
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._left, self.read_so_far = LONGEST_STREAM, 0

    def read(self) -> str:
        """Read on."""
        if not self._left:
            return ""
        found = self._file.read(self._left)
        self._left -= len(found)
        self.read_so_far += len(found)
        return self._decode(found) + ("" if self._left else _CUT)


class _Session(Session):
    """Hands messages over instead of sending them, in the form in which they would arrive."""

    def __init__(self, hand_over: Callable[[Message], None]) -> None:
        super().__init__(key=b"")
        self._hand_over = hand_over

    def send(  # type: ignore[override]
        self,
        stream: object,
        msg_or_type: Message | str,
        content: Message | None = None,
        parent: Message | None = None,
        ident: object = None,
        buffers: list[bytes] | None = None,
        track: bool = False,
        header: Message | None = None,
        metadata: Message | None = None,
    ) -> Message:
        message = (
            self.msg(msg_or_type, content, parent, header, metadata)
            if isinstance(msg_or_type, str)
            else msg_or_type
        )
        for part in ("content", "metadata"):
            message[part] = self.unpack(self.pack(message[part]))
        message["buffers"] = [bytes(buffer) for buffer in buffers or ()]
        if os.getpid() == self.pid:  # what a child process displays is shown by nobody
            self._hand_over(message)
        return message


class _Channel:
    """A channel of a kernel's client: messages wait in it until they are asked for."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.put = self._waiting.put

    def get_msg(self, timeout: float | None = None) -> Message:
        """Take the next message; there is one, since a cell has run when it is asked for."""
        return self._waiting.get_nowait()

    def send(self, message: Message) -> None:
        """Give the kernel what its widgets are told by a page."""
        manager: Any = comm.get_comm_manager()
        manager.comm_msg(None, None, message)


class Journal:
    """What is noted in a folder of a notebook while it runs."""

    def __init__(self, folder: Path, notebook: NotebookNode) -> None:
        self._file = (folder / _JOURNAL).open("ab", buffering=0)
        self._notebook = notebook
        self._note("notebook", notebook)

    def begin(self, cell: NotebookNode, cell_index: int) -> None:
        """Note that a cell is begun, and what is known of the one before."""
        cells = self._notebook.cells[: cell_index + 1]
        self._note("cell", cell_index, [other.metadata for other in cells[-2:]])

    def hear(self, message: Message, printed: Mapping[str, int]) -> None:
        """Note a message, and how many bytes of what was printed have been in messages so far."""
        self._note("message", message, printed)

    def _note(self, *facts: Any) -> None:
        self._file.write(pickle.dumps(facts))


class Kernel:
    """A shell in this process, and as much of a kernel and of its client as others ask for.

    What is printed goes to the folder, and each message to the journal too.
    """

    eventloop = None
    allow_stdin = False

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.shell_channel, self.iopub_channel = _Channel(), _Channel()
        self.session = _Session(self._publish)
        self._streams = {name: _Stream(folder, name) for name in STREAMS}
        self._journal = journal
        self._request = self.session.msg("execute_request")
        self._context = contextvars.copy_context()
        self.shell = _make_shell(self)

    def get_parent(self, channel: str | None = None) -> Message:
        """Give the request that is at work."""
        return self._request

    def kernel_info(self) -> str:
        """Answer what language this is."""
        info = ipykernel.ipkernel.IPythonKernel.language_info
        return self._reply("kernel_info_reply", {"status": "ok", "language_info": info})

    async def execute(self, code: str, **settings: Any) -> str:
        """Run a cell; the messages that came of it wait in the channels.

        An earlier cell that said ``exit()`` is told by a DeadKernelError.
        """
        if self.shell.exit_now:
            raise DeadKernelError("Kernel died")
        # All cells share what they set in context variables, such as the language.
        work = self._execute(code, settings.get("store_history", True))
        return await asyncio.create_task(work, context=self._context)

    async def _execute(self, code: str, store_history: bool) -> str:
        self._request = self.session.msg("execute_request", {"code": code})
        self.shell.set_parent(self._request)
        self._send("status", {"execution_state": "busy"})
        about = {"code": code, "execution_count": self.shell.execution_count}
        self._send("execute_input", about)
        result = await self._run(code, store_history)
        if os.getpid() != self.session.pid:  # a cell forked, and this is the child
            os._exit(0 if result.success else 1)
        answer: Message = {"status": "ok", "execution_count": self.shell.execution_count - 1}
        if not result.success or getattr(self.shell, "_last_traceback_during_displayhook", False):
            error = result.error_before_exec or result.error_in_exec
            answer.update(
                status="error",
                ename=type(error).__name__,
                evalue=str(error),
                traceback=self.shell._last_traceback or [],
            )
        self._send("status", {"execution_state": "idle"})
        return self._reply("execute_reply", answer)

    async def _run(self, code: str, store_history: bool) -> Any:
        """Run a cell as ipykernel does: what awaits goes on in the loop that is running."""
        shell = self.shell
        fault: Any = None
        try:
            transformed = shell.transform_cell(code)
        except Exception:
            transformed, fault = code, sys.exc_info()
        settings = {"transformed_cell": transformed, "preprocessing_exc_tuple": fault}
        if not shell.should_run_async(code, **settings):
            return shell.run_cell(code, store_history=store_history)
        result = None
        try:
            cell = shell.run_cell_async(code, store_history=store_history, **settings)
            result = await asyncio.ensure_future(cell)
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        return result

    def _send(self, kind: str, content: Message) -> None:
        self.session.send(None, kind, content, self._request)

    def _reply(self, kind: str, content: Message) -> str:
        message = self.session.msg(kind, content, self._request)
        self.shell_channel.put(message)
        return str(message["parent_header"]["msg_id"])

    def _publish(self, message: Message) -> None:
        """Take a message, after what was printed before it."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(BaseException):  # a notebook may have put anything here
                stream.flush()
        for name, printing in self._streams.items():
            if text := printing.read():
                printed = self.session.msg("stream", {"name": name, "text": text}, self._request)
                self._pass_on(printed)
        self._pass_on(message)

    def _pass_on(self, message: Message) -> None:
        told = {name: stream.read_so_far for name, stream in self._streams.items()}
        self._journal.hear(message, told)
        self.iopub_channel.put(message)


class _Comm(comm.base_comm.BaseComm):
    """A line between a widget and a page."""

    def publish_msg(
        self,
        msg_type: str,
        data: Message | None = None,
        metadata: Message | None = None,
        buffers: list[bytes] | None = None,
        **keys: Any,
    ) -> None:
        kernel: Kernel = ZMQInteractiveShell.instance().kernel
        content = {"data": data or {}, "comm_id": self.comm_id, **keys}
        parent = kernel.get_parent()
        kernel.session.send(None, msg_type, content, parent, None, buffers, metadata=metadata)


def _make_shell(kernel: Kernel) -> Any:
    """Make ipykernel's shell, with nothing in it of who runs it."""
    settle_modules()
    sys.path.insert(0, "")  # what lies beside the notebook can be imported
    shell: Any = ZMQInteractiveShell.instance(
        kernel=kernel,
        compiler_class=XCachingCompiler,
        config=Config(HistoryManager={"enabled": False}, IPKernelApp={}),
    )
    for hook in (shell.displayhook, shell.display_pub):
        hook.session, hook.pub_socket = kernel.session, None
    shell.displayhook.topic = b"execute_result"
    shell.set_parent(kernel.get_parent())
    shell.enable_gui = lambda gui=None: None  # there is no application with a loop of its own
    comm.create_comm = _Comm
    builtins.input = getpass.getpass = _refuse_input
    sys.breakpointhook = lambda *_, **__: None  # as in a kernel to which no debugger is attached
    return shell


def _refuse_input(*_: object, **__: object) -> str:
    raise StdinNotImplementedError("a report has nobody to ask for input")


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's client of a kernel that is in this process."""

    def __init__(self, nb_man: Any, folder: Path, **settings: Any) -> None:
        super().__init__(nb_man, **settings)
        self._folder = folder

    @contextmanager
    def setup_kernel(self, **_: Any) -> Iterator[None]:
        journal = Journal(self._folder, self.nb)
        self.on_cell_start = journal.begin
        with _printing_to(self._folder):
            self.kc = Kernel(self._folder, journal)
            yield


class _Printing(io.TextIOWrapper):
    """A stream that a notebook may close: the shell flushes it after each cell."""

    def flush(self) -> None:
        """Write out what waits."""
        if not self.closed:
            super().flush()


@contextmanager
def _printing_to(folder: Path) -> Iterator[None]:
    """Have all that this process and its children print go to files, and read nothing."""
    kept = sys.stdin, sys.stdout, sys.stderr
    for stream in kept[1:]:
        stream.flush()
    copies = {number: os.dup(number) for number in (0, 1, 2)}
    try:
        _redirect(0, Path(os.devnull), os.O_RDONLY)
        for name, number in STREAMS.items():
            # Appended to, so that the file may be cut while it is written.
            _redirect(number, folder / name, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
            # Of its own, as a kernel's is: a notebook may close the other.
            raw = io.FileIO(os.dup(number), "w")
            setattr(sys, name, _Printing(raw, "utf-8", "replace", write_through=True))
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept
        for number, copy in copies.items():
            os.dup2(copy, number)
            os.close(copy)


def _redirect(number: int, place: Path, flags: int) -> None:
    file = os.open(place, flags, 0o600)
    os.dup2(file, number)
    os.close(file)


class InProcessEngine(Engine):  # type: ignore[misc]
    """Runs a notebook in this process, which should have no other use."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, folder: Path, log_output: bool = False, **_: Any
    ) -> None:
        """Run the notebook; the folder takes the journal, and what is printed.

        The name of a kernel is not read: the kernel is this process.
        """
        _Client(nb_man, folder, log_output=log_output).execute()


def rebuild(folder: Path, how: str) -> NotebookNode | None:
    """Rebuild how far a notebook came, up to the fault that its process died of; None if nowhere.

    The folder has the journal or, where it ran in an ordinary kernel, the draft. `how` it died is a
    kind of error, and a text.
    """
    notebook = _replay(folder)
    if notebook is None:
        return None
    begun = [cell for cell in notebook.cells if cell.metadata.papermill.start_time]
    if begun and begun[-1].cell_type == "code":
        name, _, text = how.partition(": ")
        error = {"output_type": "error", "ename": name, "evalue": text, "traceback": [how]}
        begun[-1].outputs.append(from_dict(error))  # type: ignore[no-untyped-call]
    return notebook


def _replay(folder: Path) -> NotebookNode | None:
    """Go through what was noted, as the notebook's own client did."""
    client: Any = None
    place, told = 0, dict.fromkeys(STREAMS, 0)
    for kind, *facts in _read_journal(folder):
        if kind == "notebook":
            client = NotebookClient(facts[0], record_timing=False)
        elif kind == "cell":
            place, about = facts
            client.clear_before_next_output = False
            for cell, metadata in zip(client.nb.cells[: place + 1][-2:], about, strict=True):
                cell.metadata = metadata
        else:
            message, told = facts
            with contextlib.suppress(CellExecutionComplete):
                client.process_message(message, client.nb.cells[place], place)
    if client is None:
        return _read_draft(folder)
    for name in STREAMS:
        with (folder / name).open("rb") as stream:
            stream.seek(told[name])
            text = stream.read(LONGEST_STREAM - told[name]).decode(errors="replace")
        if text:
            output = {"output_type": "stream", "name": name, "text": text}
            outputs = client.nb.cells[place].setdefault("outputs", [])
            outputs.append(from_dict(output))  # type: ignore[no-untyped-call]
    client.set_widgets_metadata()
    replayed: NotebookNode = client.nb
    return replayed


def _read_draft(folder: Path) -> NotebookNode | None:
    """Read what papermill stored of a notebook before its last cell was begun."""
    try:
        return parse((folder / DRAFT).read_bytes())
    except (FileNotFoundError, ValueError):  # it was not begun, or is cut
        return None


def _read_journal(folder: Path) -> Iterator[Any]:
    """Read what was noted, but for what the end cut short."""
    try:
        journal = (folder / _JOURNAL).open("rb")
    except FileNotFoundError:
        return
    with journal, contextlib.suppress(EOFError, pickle.UnpicklingError):
        while True:
            yield pickle.load(journal)


def main(name: str, level: str, code: str | None = None) -> None:
    """Run the notebook that `FreshEngine` left in a folder; or rebuild it, if that died before."""
    folder = Path(name)
    if code is not None:
        notebook = rebuild(folder, f"ProcessDied: exit code {code}")
    else:
        # The bar and the log go on while what the notebook prints goes to files.
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
        logging.basicConfig(level=int(level), format="%(message)s")
        nb, kernel_name, settings = pickle.loads((folder / ORDER).read_bytes())
        notebook = InProcessEngine.execute_notebook(nb, kernel_name, folder=folder, **settings)
    if notebook is not None:
        (folder / RESULT).write_bytes(pickle.dumps(notebook))


if __name__ == "__main__":
    main(*sys.argv[1:])
