"""What a notebook read while it ran: a list that may be too long, never too short."""

import ast
import hashlib
import json
import os
import re
import shlex
import site
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from dti_analysis.batch.inputs import Reads
from dti_analysis.config import CONFIG
from dti_analysis.root import PACKAGE, PROCESSED, RAW

_ADDRESS = re.compile(r"[a-z][a-z0-9+]*://\S+")
_SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr")
_CHILDREN = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
_DATASETS = (".arrow", ".csv", ".feather", ".orc", ".parquet")
_LONGEST = 4096  # bytes of a path


class Watch:
    """Hears of every file that is opened, by Python's audit events, until this process ends.

    It does not see what Arrow reads, memory maps, or what another process does: see `name_files`.
    """

    def __init__(self) -> None:
        self.opened: set[str] = set()
        self.written: set[str] = set()
        self.unwatched: dict[str, None] = {}
        self.is_on = True
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event == "open":
            self._hear_open(*arguments)
        elif event == "sqlite3.connect":
            file = os.fsdecode(arguments[0]).removeprefix("file:").partition("?")[0]
            self.opened.add(os.path.realpath(file))
        elif event == "urllib.Request":
            self.unwatched[str(arguments[0])] = None
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            self.unwatched[f"network: {arguments[1][0]}"] = None
        elif event in _CHILDREN:
            self.unwatched["other processes"] = None

    def _hear_open(self, path: Any, mode: str | None, flags: int) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a descriptor that is open already
        file = Path(os.fsdecode(path)).absolute()
        name = str(file)
        is_new = bool(flags & os.O_CREAT) and not file.exists()
        if is_new or flags & os.O_ACCMODE == os.O_WRONLY:
            self.written.add(name)
        elif name not in self.written:
            self.opened.add(name)


def find_reads(
    watch: Watch,
    notebook: NotebookNode,
    values: Iterable[object],
    home: Path,
    root: Path,
    began: float,
) -> Reads:
    """Say what a notebook read.

    Parameters
    ----------
    watch : Watch
        What was opened.
    notebook : NotebookNode
        The notebook, with its parameters; files that its code names count as read.
    values : iterable of object
        What its variables hold at the end; files that they name count too.
    home : Path
        Its folder, which paths are relative to.
    root : Path
        Folder of the project.
    began : float
        When it was begun, in seconds as file systems count them.

    Returns
    -------
    Reads
        What belongs to an installation, to the system, to caches, or is on record already as the
        data or the library of all reports, is left out.
    """
    literals = [*_list_literals(notebook)]
    texts = [*literals, *_list_texts(values)]
    words = {word for text in literals for word in _split(text)}
    own = watch.written - watch.opened
    paths = {*watch.opened, *_list_modules()}
    found = [path for path in paths if not _is_of_the_system(str(Path(path).parent))]
    found += name_files({*texts, *words}, home)
    files = {*map(os.path.realpath, found)} - {*map(os.path.realpath, own)} - _list_known(root)
    sums = {
        _tell(path, home): _hash(path, None if path in watch.written else began)
        for path in sorted(files)
    }
    addresses = {text: None for text in texts if _ADDRESS.fullmatch(text)}
    return Reads(
        {path: value for path, value in sums.items() if value is not None},
        tuple({**addresses, **watch.unwatched}),
    )


def add_files(reads: Reads, files: Mapping[Path, str], home: Path) -> Reads:
    """Add files with their sums to what a notebook in a folder read."""
    told = {_tell(os.path.realpath(path), home): value for path, value in files.items()}
    return replace(reads, files={**reads.files, **told})


def name_files(words: Iterable[str], home: Path) -> Iterator[str]:
    """Find the files that words name, in a folder or in one that they name too.

    Parameters
    ----------
    words : iterable of str
        Texts and words of a notebook.
    home : Path
        The folder that paths are relative to.
    """
    likely = [word for word in words if 0 < len(word) < _LONGEST and not word.isspace()]
    folders = [home]
    for word in likely:
        if word.strip("./") and _is(Path.is_dir, path := home / word):
            folders.append(path)
            yield from (str(file) for kind in _DATASETS for file in path.rglob(f"*{kind}"))
    for word in likely:
        yield from (str(path) for folder in folders if _is(Path.is_file, path := folder / word))


def _is(kind: Callable[[Path], bool], path: Path) -> bool:
    """Ask of a text that may be no path at all."""
    try:
        return kind(path)
    except (OSError, ValueError):
        return False


def _split(text: str) -> list[str]:
    """Take a command line apart."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _list_literals(notebook: NotebookNode) -> Iterator[str]:
    """List the texts that stand in code; of a cell that is no Python, its lines."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            try:
                tree = ast.parse(cell.source)
            except (SyntaxError, ValueError):
                yield from cell.source.splitlines()
                continue
            yield from _list_texts(
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
            )


def _list_texts(values: Iterable[object], depth: int = 3) -> Iterator[str]:
    """List texts and paths, and those in lists and mappings."""
    for value in values:
        if isinstance(value, str | os.PathLike):
            yield os.fsdecode(value)
        elif isinstance(value, list | tuple | set | dict) and depth:
            inner = value.values() if isinstance(value, dict) else value
            yield from _list_texts(inner, depth - 1)


def _list_modules() -> Iterator[str]:
    """List the files of the modules in use."""
    for module in [*sys.modules.values()]:
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            yield file


@cache
def _is_of_the_system(folder: str) -> bool:
    """Tell whether a folder belongs to the system, to an installation, to caches or to us."""
    path = Path(os.path.realpath(folder))
    return any(map(path.is_relative_to, _list_system())) or "__pycache__" in path.parts


@cache
def _list_system() -> list[Path]:
    import matplotlib

    home = Path.home()
    own = (".cache", ".config", ".ipython", ".jupyter", ".local", ".matplotlib", "Library")
    folders: list[str | Path] = [sys.prefix, sys.base_prefix, *site.getsitepackages(), PACKAGE]
    folders += [*_SYSTEM, *(home / name for name in own), matplotlib.get_cachedir()]
    folders += [path for name in ("MPLCONFIGDIR", "IPYTHONDIR") if (path := os.environ.get(name))]
    return [Path(os.path.realpath(folder)) for folder in folders]


@cache
def _list_known(root: Path) -> set[str]:
    """List what is on record as the data of all reports, and what is built from it."""
    known: list[Path] = [root / CONFIG, *(root / RAW).glob("*.csv"), *(root / RAW).glob("*.json")]
    for notes in (root / PROCESSED).glob("*.provenance.json"):
        built = json.loads(notes.read_bytes()).get("files", {})
        known += [notes, *(notes.with_name(name) for name in built)]
    return {str(path.resolve()) for path in known}


def _tell(path: str, home: Path) -> str:
    """Tell where a file is: within a project from the notebook, else on this machine."""
    near = os.path.realpath(home.parent)
    return os.path.relpath(path, home) if Path(path).is_relative_to(near) else path


def _hash(path: str, began: float | None) -> str | None:
    """Sum up a file; empty if another wrote to it since; None if there is none any more."""
    try:
        with Path(path).open("rb") as file:
            is_changed = began is not None and os.fstat(file.fileno()).st_mtime > began
            return "" if is_changed else hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
