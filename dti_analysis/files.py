"""Files that appear whole or not at all."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from dti_analysis.errors import DataError


def require_folder(file: Path | None) -> None:
    """Refuse a file to be written whose folder is not there, before any work is done for it."""
    if file is not None and not file.absolute().parent.is_dir():
        raise DataError(f"{file}: expected a file in a folder that exists. Make the folder.")


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
    in time; if one cannot be replaced, those before it get their old contents back.

    Parameters
    ----------
    contents : mapping of Path to bytes
        By file; they are replaced in this order.

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
            folder = next(iter(contents)).parent
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
