"""Files that appear whole or not at all."""

import os
from collections.abc import Iterable
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
