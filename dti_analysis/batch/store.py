"""Where reports are put, each file whole or not at all: a folder, or an address for fsspec."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from dti_analysis.errors import DataError
from dti_analysis.files import hash_content, is_locked, locked, show_path, write_all, writing


def open_store(output: str | Path) -> "Store":
    """Open the place that an output names: a folder, or an address as ``s3://bucket/reports``."""
    text = os.fspath(output)
    return _RemoteStore(text) if "://" in text else Store(Path(text))


class Store:
    """A place for reports: a folder. Names are relative and have forward slashes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out, and make ready to write."""
        self._make(self._folder)
        with locked(self._folder):
            yield

    def is_locked(self) -> bool:
        """Whether a run may be at work here."""
        return is_locked(self._folder)

    def _make(self, folder: Path) -> None:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> bytes | None:
        """Read a file; None if there is none."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except NotADirectoryError as error:
            shown = show_path(self._folder)
            raise DataError(f"{shown}: expected a folder, found a file. Name another.") from error

    def has(self, name: str, size: int, sha256: str) -> bool:
        """Tell whether a file is there and what it should be."""
        content = self.read(name)
        return content is not None and hash_content(content) == sha256

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put files in place, each whole or not at all; none if one of them cannot be stored."""
        contents = {self._folder / name: content for name, content in files.items()}
        for file in contents:
            self._make(file.parent)
        write_all(contents)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self._folder / name).unlink(missing_ok=True)

    def locate(self, name: str) -> str:
        """Tell where a file is, for people."""
        return show_path(self._folder / name)


class _RemoteStore(Store):
    """Object stores put an object whole or not at all, so nothing has to be renamed."""

    def __init__(self, address: str) -> None:
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise DataError(
                f"{address}: addresses need fsspec. Install it: pip install 'dti_analysis[cluster]'"
            ) from error
        try:
            self._store, self._root = url_to_fs(address)
        except (ImportError, ValueError) as error:
            raise DataError(f"{address}: {error}.") from error
        self._address = address.rstrip("/")
        self._sizes: dict[str, int] | None = None
        name = f"dti-{hash_content(self._address.encode())[:16]}.lock"
        self._mark = Path(tempfile.gettempdir()) / name

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        # Keeps out the other runs of this machine; stores have no locks of their own.
        self._mark.touch()
        with locked(self._mark, self._address):
            yield

    def is_locked(self) -> bool:
        # A run of another machine is not seen.
        return not self._mark.exists() or is_locked(self._mark)

    def read(self, name: str) -> bytes | None:
        try:
            content: bytes = self._store.cat_file(self._path(name))
        except FileNotFoundError:
            return None
        return content

    def has(self, name: str, size: int, sha256: str) -> bool:
        # One listing instead of reading everything over the network.
        if self._sizes is None:
            found: dict[str, dict[str, Any]] = self._store.find(self._root, detail=True)
            self._sizes = {path: about["size"] for path, about in found.items()}
        return self._sizes.get(self._path(name)) == size

    def put(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            path = self._path(name)
            self._store.makedirs(str(PurePosixPath(path).parent), exist_ok=True)
            self._store.pipe_file(path, content)

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._store.rm_file(self._path(name))

    def locate(self, name: str) -> str:
        return f"{self._address}/{name}"

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"
