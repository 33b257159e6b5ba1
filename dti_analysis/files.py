"""Files that appear whole or not at all, and tables kept as long as they are what they would be."""

import csv
import errno
import hashlib
import json
import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.metadata import version
from io import StringIO
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

from dti_analysis.errors import BusyError, DataError, OutputError, escape
from dti_analysis.names import quote, shorten

if TYPE_CHECKING:
    import pandas as pd

_PACKAGE = Path(__file__).resolve().parent
_RIGHTS = "It and its folder must let you write. Get the right to, or name another place."
_REMEDIES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _RIGHTS),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "Make room."),
    errno.ENAMETOOLONG: "Give it a shorter name.",
    errno.ENOENT: "Make the folder.",
    errno.EISDIR: "Remove the folder of that name, or name another file.",
}
SCRATCH = "folder for temporary files"
"""What the folder of `hold_scratch` is called where it cannot be written to."""

_NOTES = ".provenance.json"
_CRLF = "\r\n"  # else a return in a text would not be quoted
_FORMULA = re.compile(r"(?![+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?%?\Z)[=+\-@\t\r]")


def find_working_folder() -> Path:
    """Find the working folder by the path that the reader came by, with the links in it."""
    typed = Path(os.environ.get("PWD", ""))
    try:
        here = Path.cwd()
    except FileNotFoundError as error:
        told = "the working folder is gone. Change to one that is there."
        raise DataError(told) from error
    return typed if typed.is_absolute() and typed.resolve() == here else here


def show_path(path: Path | str) -> str:
    """Write a path as the reader would type it: from where they are or, elsewhere, from ``~``.

    Examples
    --------
    >>> show_path("cities.csv"), show_path(Path.cwd() / "data/raw"), show_path(Path.cwd())
    ('cities.csv', 'data/raw', '.')
    """
    path = Path(path)
    home = Path(os.environ.get("HOME", ""))
    heres = (find_working_folder(), Path.cwd()) if path.is_absolute() else ()
    for told in (path, path.parent.resolve() / path.name):
        for here in heres:
            if told.is_relative_to(here):
                return escape(told.relative_to(here).as_posix(), kept="")
    if home.parent != home and path.is_relative_to(home):
        path = Path("~", path.relative_to(home))
    return escape(str(path), kept="")


def can_write(folder: Path) -> bool:
    """Say whether a folder, or the nearest one above that is there, may be written to."""
    there = next(at for at in (folder, *folder.parents) if os.path.exists(at))  # noqa: PTH110
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def require_output(file: Path | None, inputs: Iterable[Path] = ()) -> None:
    """Refuse a file to be written, before any work is done for it, that is no place for a file.

    It may be no folder, stand in none, nor be one of the inputs, or in a folder of such, by any
    name; and there has to be the right to write it.
    """
    if file is None:
        return
    shown = show_path(file)
    with writing(file):
        place = _find_place(file)
        if file.is_dir() or not place.parent.is_dir():
            remedy = "Name a file in it." if file.is_dir() else "Make the folder."
            raise DataError(f"{shown}: expected a file in a folder that exists. {remedy}")
        for named in inputs:
            read = [at for at in (named, *named.rglob("*")) if at.exists()]
            if place.is_relative_to(named.resolve()) or (
                file.exists() and any(map(file.samefile, read))
            ):
                told = f"{shown}: expected a file of its own, found {show_path(named)}, which is "
                raise DataError(told + "read here. Name another file.")
        if not _is_written_into(file):
            with _drafted(file, []):
                pass


@contextmanager
def writing(file: Path | str) -> Iterator[None]:
    """Tell what keeps a file from being written, and what to do about it, by an `OutputError`."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        shown = show_path(file)
        if os.path.islink(file):  # noqa: PTH114
            shown += f", a link to {os.readlink(file)}"  # noqa: PTH115
        why, remedy = error.strerror or str(error), _REMEDIES.get(error.errno or 0, "")
        told = OutputError(f"{shown}: cannot be written: {why}. {remedy}".strip())
        told.strerror = why
        raise told from error


@contextmanager
def locked(path: Path, label: str | None = None) -> Iterator[None]:
    """Keep other commands from writing to a folder; the system lets go when a process dies.

    What commands that were killed left in it is cleared. It, or the file that stands for it, is not
    to be locked twice; if another command holds it, a BusyError calls it by its label.
    """
    shown = show_path(path) if label is None else label
    with ExitStack() as stack:
        with writing(path):
            is_ours = stack.enter_context(_held(path))
        if is_ours is False:
            raise BusyError(f"{shown}: another run is writing here. Wait for its end, or stop it.")
        clear_drafts(path)
        yield


def is_locked(path: Path) -> bool:
    """Whether another command may be writing to a folder; True where there is no way to know."""
    with _held(path) as is_ours:
        return is_ours is not True


@contextmanager
def _held(path: Path) -> Iterator[bool | None]:
    """Hold a file or folder: False if another does, None where there is no way to know."""
    if sys.platform == "win32":
        yield None
        return
    import fcntl

    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours: bool | None = True
        except BlockingIOError:
            is_ours = False
        except OSError:  # a file system without locks
            is_ours = None
        yield is_ours
    finally:
        os.close(handle)


@contextmanager
def hold_draft(place: Path, make: Callable[[Path], None] = Path.touch) -> Iterator[Path]:
    """Make a draft beside a `place`, to be renamed; of those that were left, nothing remains."""
    stem = hash_content(os.fsencode(place.name))[:16]  # the name may be as long as names may be
    clear_drafts(place.parent, stem)
    with ExitStack() as stack:
        while True:
            draft = place.with_name(f".dti-{stem}-{uuid4().hex[:8]}.part")
            stack.callback(remove, draft)
            make(draft)
            # Until it is held, another command may take it for left over.
            with suppress(FileNotFoundError):
                if stack.enter_context(_held(draft)) is not False and draft.exists():
                    break
        yield draft


@contextmanager
def hold_scratch(name: str) -> Iterator[Path]:
    """Make a temporary folder for nobody else; those of processes that were killed are cleared."""
    with ExitStack() as stack:
        with writing(SCRATCH):
            place = Path(tempfile.gettempdir()) / name
            folder = stack.enter_context(hold_draft(place, partial(Path.mkdir, mode=0o700)))
        yield folder


def clear_drafts(folder: Path, stem: str = "*") -> None:
    """Remove the drafts, of one name or of all, that nobody holds: their writers were killed."""
    for draft in folder.glob(f".dti-{stem}-*.part"):
        with suppress(OSError), _held(draft) as is_left:
            if is_left:
                remove(draft)


def remove(path: Path) -> None:
    """Remove a file or folder, as far as that can be done."""
    # Where nothing could be written there may be no right to look for it either.
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def read_if_there(file: Path) -> bytes | None:
    """Read a file; None if there is none."""
    return file.read_bytes() if file.is_file() else None


def write_whole(file: Path, content: str | bytes | Iterable[str]) -> None:
    """Write a file, in one piece or piece by piece, so that it appears whole or not at all.

    Of a link, what it leads to is written, and a file that is there keeps its mode. What is no
    file, such as a pipe or ``/dev/stdout``, is written into. An OutputError leaves it as it was.
    """
    pieces = [content] if isinstance(content, str | bytes) else content
    with writing(file):
        if _is_written_into(file):
            with _open_stream(file) as stream:
                _write(stream, pieces)
        else:
            with _drafted(file, pieces) as put:
                put()


def write_all(contents: Mapping[Path, bytes], read: Mapping[Path, bytes | None] = {}) -> None:
    """Write several files, each whole: all of them or, by an error, none.

    New contents are on the disk before the first file is replaced, so that a full disk is noticed
    in time; if one cannot be replaced, those before it get their old contents back. A kill leaves
    the first files new and the others old. What was `read`, None where there was no file, must
    still be what it was.
    """
    old = {file: read_if_there(file) for file in contents}
    replaced: list[Path] = []
    with ExitStack() as stack:
        try:
            puts = {}
            for file, new in contents.items():
                with writing(file):
                    puts[file] = stack.enter_context(_drafted(file, [new]))
            for file, put in puts.items():
                _require_unchanged({at: read[at] for at in read if at not in replaced})
                replaced.append(file)
                with writing(file):
                    put()
        except BaseException as error:
            for file in replaced:
                if (content := old[file]) is None:
                    _find_place(file).unlink(missing_ok=True)
                else:
                    write_whole(file, content)
            if isinstance(error, OutputError):
                error.args = (f"{error} Nothing was changed.",)
            raise


def replace_together(contents: Mapping[Path, bytes], read: Mapping[Path, bytes | None]) -> None:
    """Write several files as `write_all` does, in their order, under a lock of their folders."""
    with ExitStack() as stack:
        for folder in sorted({_find_place(file).parent for file in (*contents, *read)}):
            stack.enter_context(locked(folder))
        write_all(contents, read)


def _require_unchanged(read: Mapping[Path, bytes | None]) -> None:
    for file, was in read.items():
        if read_if_there(file) != was:
            told = f"{show_path(file)}: was changed by another while this was at work. "
            raise DataError(told + "Nothing was written: run it again.")


@contextmanager
def _drafted(file: Path, pieces: Iterable[str | bytes]) -> Iterator[Callable[[], None]]:
    """Write the draft of a file to the disk; give what puts it in place."""
    place = _find_place(file)
    if is_there := place.exists():  # what may not be written into may not be replaced
        os.close(os.open(place, os.O_WRONLY))
    with hold_draft(place) as draft:
        with draft.open("wb") as stream:
            _write(stream, pieces)
            if is_there:
                for kept in ({"group": place.stat().st_gid}, {"user": place.stat().st_uid}):
                    with suppress(OSError, AttributeError):  # whoever may write may not give away
                        shutil.chown(draft, **kept)
                shutil.copymode(place, draft)
            stream.flush()
            # Else a power cut could leave the name on an empty file.
            os.fsync(stream.fileno())
        yield partial(_put, draft, place)


def _put(draft: Path, place: Path) -> None:
    draft.replace(place)
    with suppress(OSError):  # not every system can
        handle = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write(stream: BinaryIO, pieces: Iterable[str | bytes]) -> None:
    stream.writelines(piece.encode() if isinstance(piece, str) else piece for piece in pieces)


def _find_place(file: Path) -> Path:
    return Path(os.path.realpath(file))


def _is_written_into(file: Path) -> bool:
    return _find_descriptor(file) is not None or (file.exists() and not file.is_file())


def _open_stream(file: Path) -> BinaryIO:
    number = _find_descriptor(file)
    # Opened anew, a file that output goes to would be written from its start.
    return file.open("wb") if number is None else os.fdopen(os.dup(number), "wb")


def _find_descriptor(file: Path) -> int | None:
    """Find which open file of this process a path such as ``/dev/stdout`` stands for."""
    if file.name.isdigit() and _find_place(file.parent) == _find_place(Path("/dev/fd")):
        return int(file.name)
    is_link = file.is_symlink() and file.exists()
    return _find_descriptor(file.parent / file.readlink()) if is_link else None


def format_csv(rows: Iterable[Iterable[object]], sign: str = ",") -> str:
    """Write rows as CSV in which no text is a formula to the spreadsheet that opens it.

    Examples
    --------
    >>> print(format_csv([["=1+1", "-", "Huế, VN", "-1.5", -1.5, None]]), end="")
    '=1+1,'-,"Huế, VN",-1.5,-1.5,
    """
    text = StringIO()
    csv.writer(text, delimiter=sign, lineterminator=_CRLF).writerows(
        map(guard_cell, row) for row in rows
    )
    return text.getvalue().replace(_CRLF, "\n")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take a text for a formula."""
    return _FORMULA.match(text) is not None


def guard_cell(cell: object) -> object:
    """Write a formula as a text, as spreadsheets do: after an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and is_formula(cell) else cell


def bare_cell(cell: str) -> str:
    """Take a cell for what it was before `guard_cell` wrote it.

    Examples
    --------
    >>> bare_cell("'=1+1"), bare_cell("'t Gooi")
    ('=1+1', "'t Gooi")
    """
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell


def format_table(table: "pd.DataFrame") -> str:
    """Write a table as `format_csv` does its rows, without its index."""
    safe = table.rename(columns=guard_cell).map(guard_cell, na_action="ignore")
    return str(safe.to_csv(index=False, lineterminator=_CRLF)).replace(_CRLF, "\n")


def read_json(content: bytes) -> Any:
    """Read JSON in UTF-8; a key twice, and what is no number of JSON, raise a ValueError too."""
    return json.loads(
        content.decode("utf-8-sig"),
        object_pairs_hook=_require_once,
        parse_float=_require_finite,
        parse_constant=_require_finite,
    )


def _require_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {quote(twice)} stands twice in one place")
    return entries


def _require_finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(f"{shorten(text)} is no number of JSON")
    return float(text)


def hash_content(content: bytes) -> str:
    """Sum up a content: sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def hash_object(value: object) -> str:
    """Sum up what JSON can say, whatever the order of its keys."""
    return hash_content(json.dumps(value, sort_keys=True).encode())


def hash_files(files: Iterable[Path]) -> dict[str, str]:
    """Sum up files by their names, in the order of these."""
    return {
        file.name: hash_content(file.read_bytes()) for file in sorted(files, key=attrgetter("name"))
    }


def tell_provenance(sums: Mapping[str, str], code: Iterable[str] = ("**/*.py",)) -> dict[str, str]:
    """Tell what a table is built from: the version of the library, its data and its code.

    `sums` are from `hash_files`, and `code` has patterns of files in the library.
    """
    sources = sorted({file for pattern in code for file in _PACKAGE.glob(pattern)})
    return {
        "version": version("dti_analysis"),
        "data_sha256": hash_object(dict(sums)),
        "code_sha256": hash_content(b"".join(file.read_bytes() for file in sources)),
    }


def cached_table(
    file: Path | None,
    provenance: Mapping[str, Any],
    build: "Callable[[], tuple[pd.DataFrame, Mapping[str, str]]]",
) -> "pd.DataFrame":
    """Read the table of a `file` if it is of that `provenance`; else build and write it.

    What it builds is the table, and texts for people to be kept beside it, by their names. All is
    built anew where one of them is not as it was written, by the sums that are kept with the
    provenance.
    """
    if file is None:
        return build()[0]
    notes = file.with_suffix(_NOTES)
    table = _read_built(file, notes, provenance)
    if table is None:
        table, beside = build()
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
        texts = {name: text.encode() for name, text in beside.items()}
        contents = {file.name: table.to_parquet(None, index=False), **texts}
        sums = {name: hash_content(content) for name, content in contents.items()}
        told = json.dumps({**provenance, "files": sums}, indent=2) + "\n"
        contents[notes.name] = told.encode()  # the last, as it stands for all
        write_all({file.with_name(name): content for name, content in contents.items()})
    return table


def list_built(folder: Path) -> "Iterator[Path]":
    """List the files that are built in a folder, and the notes on them."""
    for notes in folder.glob(f"*{_NOTES}"):
        yield notes
        with suppress(OSError, ValueError, TypeError, KeyError):  # gone, or spoiled
            yield from map(notes.with_name, json.loads(notes.read_bytes())["files"])


def _read_built(file: Path, notes: Path, provenance: Mapping[str, Any]) -> "pd.DataFrame | None":
    from pyarrow import BufferReader
    from pyarrow.parquet import ParquetFile

    try:
        told = json.loads(notes.read_bytes())
        found = {name: file.with_name(name).read_bytes() for name in told["files"]}
        sums = {name: hash_content(content) for name, content in found.items()}
        if told != {**provenance, "files": sums}:
            return None
        # Without threads of Arrow's, which would be lost to processes forked from this one.
        stored = ParquetFile(BufferReader(found[file.name]), pre_buffer=False)
        table: pd.DataFrame = stored.read(use_threads=False).to_pandas(use_threads=False)
    except (OSError, ValueError, TypeError, KeyError):  # not there, or spoiled
        return None
    return table
