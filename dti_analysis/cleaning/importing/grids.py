"""A file as people get it to grids of text: CSV, XLSX or a saved HTML page, told by its content.

Cells stay as they are written. pandas reads tables too, but takes title blocks for headers, drops
what is merged, and decides on decimal signs before anyone has looked at them.
"""

import csv
import io
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from dti_analysis.cleaning.importing.pages import MOST_COLUMNS, read_tables
from dti_analysis.errors import Fault, FaultyDataError
from dti_analysis.files import show_path

_WIDE = (b"\xff\xfe", b"\xfe\xff")
_OTHER = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b", b"{", b"[")
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_DELIMITERS = ";,\t|"
_MOST_FAULTS = 3
_MOST_ROWS = 5000
_KINDS = "a CSV, an XLSX or a saved HTML page with the table"


@dataclass(frozen=True)
class Grid:
    """One rectangle of cells.

    Parameters
    ----------
    file : str
        Path of its file, as the reader would type it.
    part : str
        Where in the file: ``sheet "2025"`` or ``table 2``; blank if it is all of it.
    rows : tuple of tuple of str
        Cells as written, all rows of one length; blank where there is nothing.
    first_row : int
        Number, in the file or part, of the first row.
    is_merged : bool
        Whether the file can merge cells; if so, each cell of a merged block holds its text.
    """

    file: str
    part: str
    rows: tuple[tuple[str, ...], ...]
    first_row: int = 1
    is_merged: bool = False

    @property
    def place(self) -> str:
        """Where the grid is, for messages."""
        return f"{self.file}, {self.part}" if self.part else self.file

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0]) if self.rows else 0

    def fault(self, row: int | None, column: str | None, problem: str, remedy: str) -> Fault:
        """Say what is wrong in a row (counted from 0) and a column (its header)."""
        number = None if row is None else row + self.first_row
        field = None if column is None else f'"{column}"'
        return Fault(self.place, number, field, problem, remedy)


def raise_faults(faults: Sequence[Fault]) -> None:
    """Raise the first faults, if there are any, and count the rest."""
    if not faults:
        return
    shown, rest = list(faults[:_MOST_FAULTS]), len(faults) - _MOST_FAULTS
    if rest > 0:
        last = shown[-1]
        shown[-1] = replace(last, remedy=f"{last.remedy} {rest} more rows are at fault.")
    raise FaultyDataError(shown)


def name_column(position: int) -> str:
    """Name a column as spreadsheets do.

    Examples
    --------
    >>> name_column(0), name_column(27)
    ('A', 'AB')
    """
    name = ""
    position += 1
    while position:
        position, letter = divmod(position - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def read_grids(path: Path) -> list[Grid]:
    """Read every table in a file.

    Parameters
    ----------
    path : Path
        A CSV file in UTF-8 or UTF-16, an XLSX workbook or a saved HTML page, whatever its name.

    Returns
    -------
    list of Grid
        Those that are not blank: of a CSV, one for each sign that may part its columns; of a
        workbook, one for each visible sheet; of a page, one for each table.

    Raises
    ------
    FaultyDataError
        If it cannot be read, is protected, or holds no table.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        _refuse(path, f"expected {_KINDS}, found no such file.", "Check the path.")
    except OSError as error:
        _refuse(path, f"expected a file that can be read: {error.strerror}.", "Name a file.")
    if not content.strip():
        _refuse(path, f"expected {_KINDS}, found an empty file.", "Download or save it again.")
    if content.startswith(b"PK"):
        grids = list(_read_workbook(path, content))
    elif content.startswith(_OLE):
        _refuse_ole(path, content)
    elif content.startswith(_OTHER) or (b"\0" in content and not content.startswith(_WIDE)):
        _refuse(path, f"expected {_KINDS}, found another kind of file.", "Save the table as one.")
    else:
        text = _decode(path, content)
        is_page = "<table" in text.lower() or text.lstrip().lower().startswith(("<!doc", "<html"))
        grids = list(_read_page(path, content) if is_page else _read_text(path, text))
    if not grids:
        _refuse(path, "expected a table, found none.", f"Give {_KINDS}.")
    return grids


def _decode(path: Path, content: bytes) -> str:
    encoding = "utf-16" if content.startswith(_WIDE) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if b"<table" in content.lower():
            return "<table"  # a page says its own encoding
        row = content.count(b"\n", 0, error.start) + 1
        problem = f"row {row}: expected UTF-8, found byte 0x{content[error.start]:02X}."
        _refuse(path, problem, 'Save it as UTF-8 ("CSV UTF-8" in a spreadsheet) or as XLSX.')
    return text


def _read_text(path: Path, text: str) -> Iterator[Grid]:
    for delimiter in _DELIMITERS:
        if delimiter not in text:
            continue
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error:
            continue  # these quotes belong to another sign
        yield from _make_grid(path, "", rows)


def _read_workbook(path: Path, content: bytes) -> Iterator[Grid]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            # Of styles and extensions, which are not read.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), data_only=True)
    except (
        *(zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError),
        *(EOFError, OSError, SyntaxError, AttributeError, IndexError, zlib.error),
    ):
        _refuse(
            path,
            "expected an XLSX workbook, found a damaged one or another archive.",
            "Download it again, or open it in a spreadsheet and save it as XLSX or CSV.",
        )
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        rows = [
            [_write_cell(value) for value in row]
            for row in sheet.iter_rows(
                max_row=min(sheet.max_row, _MOST_ROWS),
                max_col=min(sheet.max_column, MOST_COLUMNS),
                values_only=True,
            )
        ]
        for block in sheet.merged_cells.ranges:
            covered = rows[block.min_row - 1 : block.max_row]
            text = covered[0][block.min_col - 1] if covered else ""
            for row in covered:
                own = row[block.min_col - 1 : block.max_col]
                row[block.min_col - 1 : block.max_col] = [cell or text for cell in own]
        yield from _make_grid(path, f'sheet "{sheet.title}"', rows, is_merged=True)


def _write_cell(value: object) -> str:
    # Spreadsheets keep 0.6098 as a binary fraction; fifteen digits are what they show of it.
    return "" if value is None else f"{value:.15g}" if isinstance(value, float) else str(value)


def _read_page(path: Path, content: bytes) -> Iterator[Grid]:
    for number, rows in enumerate(read_tables(content), start=1):
        yield from _make_grid(path, f"table {number}", rows, is_merged=True)


def _make_grid(
    path: Path, part: str, rows: Sequence[Iterable[str]], is_merged: bool = False
) -> Iterator[Grid]:
    """Make the rows equally long, and leave out what is blank all around."""
    cleaned = [[_clean(cell) for cell in row][:MOST_COLUMNS] for row in rows]
    filled = [number for number, row in enumerate(cleaned) if any(row)]
    if not filled:
        return
    width = max(len(row) for row in cleaned)
    if width > 1:
        whole = tuple(tuple(row + [""] * (width - len(row))) for row in cleaned[: filled[-1] + 1])
        yield Grid(show_path(path), part, whole, is_merged=is_merged)


def _clean(cell: str) -> str:
    return unicodedata.normalize("NFC", " ".join(cell.split()))


def _refuse_ole(path: Path, content: bytes) -> NoReturn:
    if "EncryptedPackage".encode("utf-16-le") in content:
        _refuse(
            path,
            "expected a workbook that anyone can open, found one protected by a password.",
            "Open it with the password and save it without, as XLSX or CSV.",
        )
    _refuse(
        path,
        "expected an XLSX workbook, found one of the old kind (XLS).",
        "Open it in a spreadsheet and save it as XLSX or CSV.",
    )


def _refuse(path: Path, problem: str, remedy: str) -> NoReturn:
    raise FaultyDataError([Fault(show_path(path), None, None, problem, remedy)])
