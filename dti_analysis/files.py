"""Files that appear whole or not at all, and tables kept as long as they are what they would be."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from dti_analysis.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

# Where pandas puts the notes on a table that it writes.
_NOTES = b"PANDAS_ATTRS"
_PACKAGE = Path(__file__).resolve().parent


def find_working_folder() -> Path:
    """Find the working folder by the path that the reader came by, with the links in it."""
    here, typed = Path.cwd(), Path(os.environ.get("PWD", ""))
    return typed if typed.is_absolute() and typed.resolve() == here else here


def show_path(path: Path | str) -> str:
    """Write a path as the reader would type it: from where they are or, elsewhere, from ``~``.

    Examples
    --------
    >>> show_path("cities.csv"), show_path(Path.cwd() / "data/raw"), show_path(Path.cwd())
    ('cities.csv', 'data/raw', '.')
    """
    path = Path(path)
    if not path.is_absolute():
        return str(path)
    for told in (path, path.parent.resolve() / path.name):
        for here in (find_working_folder(), Path.cwd()):
            if told.is_relative_to(here):
                return told.relative_to(here).as_posix()
    home = Path(os.environ.get("HOME", ""))
    if home.parent != home and path.is_relative_to(home):
        return Path("~", path.relative_to(home)).as_posix()
    return str(path)


def can_write(folder: Path) -> bool:
    """Say whether a folder, or the nearest one above that is there, may be written to."""
    there = next(at for at in (folder, *folder.parents) if os.path.exists(at))  # noqa: PTH110
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def require_folder(file: Path | None) -> None:
    """Refuse a file to be written that is a folder, or has none, before any work is done for it."""
    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        remedy = "Name a file in it." if file.is_dir() else "Make the folder."
        raise DataError(f"{show_path(file)}: expected a file in a folder that exists. {remedy}")


def write_whole(file: Path, content: str | bytes | Iterable[str]) -> None:
    """Write a file, in one piece or piece by piece, so that it appears whole or not at all."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                pieces = [content] if isinstance(content, str) else content
                stream.writelines(piece.encode() for piece in pieces)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Write several files: all of them, or none.

    New contents are on the disk before the first file is replaced, so that a full disk is noticed
    in time; if one cannot be replaced, those before it get their old contents back. Files are
    replaced in the order of `contents`.

    Raises
    ------
    DataError
        If they cannot be written; every file is then as it was.
    """
    parts = {file: file.with_name(f".{file.name}.{os.getpid()}.part") for file in contents}
    old = {file: file.read_bytes() for file in contents if file.exists()}
    replaced: list[Path] = []
    try:
        for file, part in parts.items():
            with part.open("wb") as stream:
                stream.write(contents[file])
                stream.flush()
                os.fsync(stream.fileno())
        for file, part in parts.items():
            part.replace(file)
            replaced.append(file)
    except BaseException as error:
        for file in replaced:
            if file in old:
                write_whole(file, old[file])
            else:
                file.unlink()
        if isinstance(error, OSError):
            folder = show_path(next(iter(contents)).parent)
            raise DataError(
                f"{folder}: cannot be written: {error.strerror or error}. Nothing was changed. "
                "Make room or get the right to write there, and run it again."
            ) from error
        raise
    finally:
        for part in parts.values():
            # Where nothing could be written there may be no right to look for it either.
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def hash_files(files: Iterable[Path]) -> dict[str, str]:
    """Sum up files by content: sha256 in hexadecimal by name, in the order of the names."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(files, key=lambda file: file.name)
    }


def tell_provenance(sums: Mapping[str, str], code: Iterable[str] = ("**/*.py",)) -> dict[str, str]:
    """Tell what a table is built from: the version of the library, its data and its code.

    `sums` are from `hash_files`, and `code` has patterns of files in the library.
    """
    sources = sorted({file for pattern in code for file in _PACKAGE.glob(pattern)})
    text = b"".join(file.read_bytes() for file in sources)
    data = json.dumps(dict(sums), sort_keys=True).encode()
    return {
        "version": version("dti_analysis"),
        "data_sha256": hashlib.sha256(data).hexdigest(),
        "code_sha256": hashlib.sha256(text).hexdigest(),
    }


def cached_table(
    file: Path | None, provenance: Mapping[str, str], build: "Callable[[], pd.DataFrame]"
) -> "pd.DataFrame":
    """Read the table of a `file` if it is of that `provenance`; else `build` and write it."""
    if file is None:
        return build()
    table = read_built(file, provenance)
    if table is None:
        table = build()
        file.parent.mkdir(parents=True, exist_ok=True)
        write_built(file, table, provenance)
    return table


def read_built(file: Path, provenance: Mapping[str, str]) -> "pd.DataFrame | None":
    """Read a table if it was built from just that; None if it was not, or is not whole."""
    from pyarrow.parquet import ParquetFile

    try:
        # Without threads of Arrow's, which would be lost to processes forked from this one.
        with ParquetFile(file, pre_buffer=False) as stored:
            notes = json.loads((stored.schema_arrow.metadata or {}).get(_NOTES, b"{}"))
            if not notes.get("provenance", {}).items() >= provenance.items():
                return None
            table: pd.DataFrame = stored.read(use_threads=False).to_pandas(use_threads=False)
    except (OSError, ValueError):  # not there, or cut
        return None
    table.attrs.clear()  # or every operation on it would copy them
    return table


def write_built(file: Path, table: "pd.DataFrame", provenance: Mapping[str, str]) -> None:
    """Write a table with what it was built from, whole or not at all."""
    noted = table.copy(deep=False)
    noted.attrs["provenance"] = dict(provenance)
    write_whole(file, noted.to_parquet(None, index=False))
