"""The two steps of an import: a mapping drafted and, once someone has checked it, applied."""

from collections.abc import Sequence
from pathlib import Path

from dti_analysis.cleaning.importing.book import Book, Entry
from dti_analysis.cleaning.importing.draft import Draft
from dti_analysis.cleaning.importing.edition import Edition, read_edition
from dti_analysis.cleaning.importing.mapping import TableMapping, read_mapping, write_mapping
from dti_analysis.cleaning.tables import Grid
from dti_analysis.errors import DataError
from dti_analysis.files import hash_content, replace_together, show_path, writing
from dti_analysis.names import list_first

MAPPINGS = "mappings"
"""Folder of the mappings, among the raw tables."""


def save_draft(book: Book, draft: Draft) -> Path:
    """Write a draft among the mappings, and say where; refuse to replace another one."""
    mapping = draft.mapping
    name = f"{mapping.year}-{mapping.basis}" if mapping.basis else str(mapping.year)
    path = book.folder / MAPPINGS / f"{name}.toml"
    text = write_mapping(mapping, draft.notes).encode()
    if path.exists() and path.read_bytes() != text:
        raise DataError(
            f"{show_path(path)}: there is a mapping of that edition already. Change that one, or "
            "remove it and draft it anew."
        )
    if not path.exists():
        with writing(path):
            path.parent.mkdir(exist_ok=True)
        replace_together({path: text}, {path: None})
    return path


def find_mapping(book: Book, file: Path) -> TableMapping:
    """Find the mapping of a file, by what is in it: it may not have changed since."""
    try:
        content = hash_content(file.read_bytes())
    except OSError as error:
        reason = "found no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise DataError(
            f"{show_path(file)}: expected a table, {reason}. Check the path."
        ) from error
    folder = book.folder / MAPPINGS
    found = [read_mapping(path) for path in sorted(folder.glob("*.toml"))]
    own = [mapping for mapping in found if mapping.sha256 == content]
    if len(own) == 1:
        return own[0]
    if own:
        listed = list_first([mapping.where for mapping in own])
        raise DataError(f"{show_path(file)}: there are several mappings of it: {listed}.")
    changed = [mapping.where for mapping in found if mapping.file == file.name]
    if changed:
        raise DataError(
            f"{show_path(file)}: is another than when {changed[0]} was drafted. Remove that and "
            "draft it anew, or give the file it was drafted for."
        )
    raise DataError(
        f"{show_path(file)}: there is no mapping of it in {show_path(folder)}. Draft one, and "
        "check it: dti import FILE --year YEAR --source URL --draft"
    )


def apply_mapping(
    book: Book, grids: Sequence[Grid], mapping: TableMapping
) -> tuple[Edition, Entry]:
    """Read what a file holds as its mapping says, against what stands; nothing is written."""
    edition = read_edition(mapping, grids, book)
    return edition, book.enter(edition)
