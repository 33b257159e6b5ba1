"""What a notebook read while it ran: a list that may be too long, never too short."""

import ast
import contextlib
import glob
import os
import re
import shlex
import site
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from dti_analysis.batch.inputs import Reads, hash_read
from dti_analysis.files import list_built
from dti_analysis.root import PACKAGE, PROCESSED, RAW, list_tables

_ADDRESS = re.compile(r"[a-z][a-z0-9+]*://\S+")
_SYSTEM = ("/bin", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr")
_CHILDREN = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"}
_DATASETS = (".arrow", ".csv", ".feather", ".orc", ".parquet")
_LONGEST = 4096  # bytes of a path
# What stands in a text for what is put in later; and what code says that it writes.
_PLACE = re.compile(r"%[-+ 0-9.]*[a-z]|\{[^{}]*\}|\*+")
_WRITING = re.compile(
    r"""\b(?:to|write|save|sink)\w*\([^'"()]*["']([^"']+)["']"""
    r"""|["']([^"']+)["']\s*,\s*(?:mode\s*=\s*)?["'][wax]"""
    r"""|(?:>|\btee(?:\s+-a)?)\s*["']?([^\s"'|;&)]+)"""
)


class Watch:
    """Hears of all that is opened or listed, by Python's audit events, until this process ends.

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
        elif event in ("os.listdir", "os.scandir"):
            is_import = "importlib" in sys._getframe(1).f_code.co_filename
            if not is_import and not isinstance(arguments[0], int):
                self.opened.add(str(Path(os.fsdecode(arguments[0] or ".")).absolute()))
        elif event == "os.rename":
            source, target = (str(Path(os.fsdecode(name)).absolute()) for name in arguments[:2])
            if source in self.written:
                self.written.add(target)
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

    Files count that the `watch` saw opened, that the notebook's code names, or that the `values` of
    its variables name at the end. Paths are told from its `home`; what was written to since it
    `began`, in seconds as file systems count them, has no sum. What belongs to an installation, to
    the system, to caches, or is on record already as the data or the library of all reports, is
    left out.
    """
    home = Path(os.path.realpath(home))
    seen = {*watch.opened, *_list_modules()}
    seen = {
        path
        for path in seen
        if not _is_of_the_system(str(Path(path).parent))
        and not (os.path.isdir(path) and _is_of_the_system(path))  # noqa: PTH112
    }
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    modules = [path for path in seen if path.endswith(".py")]
    literals = [*_list_literals([*sources, *map(_read_text, modules)])]
    texts = [*literals, *_list_texts(values)]
    words = {word for text in literals for word in _split(text)}
    found = {*seen, *name_files({*texts, *words}, home, *{Path(path).parent for path in modules})}
    written = {*watch.written, *name_files(_list_written(sources), home)}
    own = {*map(os.path.realpath, watch.written - watch.opened), *_list_known(root)}
    files = {_settle(path) for path in found if os.path.realpath(path) not in own}
    sums = {
        _tell(path, home): hash_read(Path(path), None if path in written else began)
        for path in sorted(files)
    }
    addresses = {text: None for text in texts if _ADDRESS.fullmatch(text)}
    return Reads(
        {path: value for path, value in sums.items() if value is not None},
        tuple({**addresses, **watch.unwatched}),
    )


def add_files(reads: Reads, files: Mapping[Path, str], home: Path) -> Reads:
    """Add files with their sums to what a notebook in a folder read."""
    home = Path(os.path.realpath(home))
    told = {_tell(os.path.realpath(path), home): value for path, value in files.items()}
    return replace(reads, files={**reads.files, **told})


def name_files(words: Iterable[str], home: Path, *more: Path) -> Iterator[str]:
    """Find the files that words name, in folders or in those that they name too."""
    likely = [
        os.path.expanduser(os.path.expandvars(word))  # noqa: PTH111
        for word in dict.fromkeys(words)
        if 0 < len(word) < _LONGEST and not word.isspace()
    ]
    folders = dict.fromkeys([home, *more])
    for _ in range(2):  # one may be named in two parts
        for path in [os.path.join(folder, word) for folder in folders for word in likely]:  # noqa: PTH118
            if os.path.isdir(path):  # noqa: PTH112
                folders[Path(re.sub("^//+", "/", os.path.normpath(path)))] = None
    for folder in folders:
        is_above = any(at.is_relative_to(folder) for at in (home, Path.home()))
        if not is_above and not _is_of_the_system(str(folder)):
            for place, _, names in os.walk(folder):
                data = [f"{place}/{name}" for name in names if name.endswith(_DATASETS)]
                yield from (*data, *[place] * bool(data))
        for word in likely:
            if os.path.isfile(path := os.path.join(folder, word)):  # noqa: PTH113, PTH118
                yield path
            yield from _match(word, folder)


def _match(word: str, folder: Path) -> Iterator[str]:
    """Find the files that a text names with places for what is put in, and where they are."""
    pattern = f"*{word}" if word in _DATASETS else _PLACE.sub("*", word)
    if "*" in pattern and re.search(r"[\w*]\.\w+$|\w\.\*$", pattern) and "\0" not in pattern:
        for shape in {pattern, pattern.removeprefix("*/")}:
            place = os.path.join(glob.escape(str(folder)), re.sub("[*]+", "*", shape))  # noqa: PTH118
            files = glob.glob(place)  # noqa: PTH207
            yield from files
            if "*" in word:
                yield from {os.path.dirname(file) for file in files}  # noqa: PTH120


def _split(text: str) -> list[str]:
    """Take a command apart."""
    words = re.split(r"[\s'\"(),;=]+", text)  # as SQL names files, too
    with contextlib.suppress(ValueError):
        words += shlex.split(text)
    return words


def _list_literals(sources: Iterable[str]) -> Iterator[str]:
    """List the texts that stand in code; of what is no Python, its lines."""
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError):
            yield from source.splitlines()
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                yield from _list_texts([node.value])
            elif isinstance(node, ast.JoinedStr):
                parts = (
                    part.value if isinstance(part, ast.Constant) else "{}" for part in node.values
                )
                yield "".join(map(str, parts))


def _list_written(sources: Iterable[str]) -> Iterator[str]:
    """List what code says that it writes; Arrow and other processes do so unheard."""
    for source in sources:
        yield from (name for match in _WRITING.findall(source) for name in match if name)


def _read_text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


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
    # Wherever a variable or a .pth file adds an installation.
    folders += [path for path in sys.path if any(Path(path or ".").glob("*.dist-info"))]
    folders += [*_SYSTEM, *(home / name for name in own), matplotlib.get_cachedir()]
    folders += [path for name in ("MPLCONFIGDIR", "IPYTHONDIR") if (path := os.environ.get(name))]
    return [Path(os.path.realpath(folder)) for folder in folders]


@cache
def _list_known(root: Path) -> set[str]:
    """List what is on record as the data of all reports, and what is built from it."""
    # The folders are those that are listed to find what is on record.
    known = [Path(tempfile.gettempdir()), root / RAW, root / PROCESSED, *list_tables(root)]
    known += list_built(root / PROCESSED)
    return {str(path.resolve()) for path in known}


def _settle(path: str) -> str:
    """Give a path its shortest form, but for links, which may come to lead elsewhere."""
    plain = os.path.normpath(path)
    is_same = os.path.exists(path) and os.path.exists(plain) and os.path.samefile(path, plain)  # noqa: PTH110, PTH121
    return plain if is_same else os.path.realpath(path)


def _tell(path: str, home: Path) -> str:
    """Tell where a file is: within a project from the notebook, else on this machine."""
    return os.path.relpath(path, home) if Path(path).is_relative_to(home.parent) else path
