"""Files as people get them to tables of text: CSV, XLSX, a saved HTML page; the one reader.

What a file is, its content tells. Cells stay as they are written. pandas reads tables too, but
takes title blocks for headers, drops what is merged, counts rows without the blank ones, and
decides on decimal signs before anyone has looked at them.
"""

import csv
import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from dti_analysis.cleaning.numbers import ERROR, Finding, find_cells
from dti_analysis.errors import Fault, FaultyDataError, refuse
from dti_analysis.files import bare_cell, format_table, is_formula, show_path
from dti_analysis.names import clean_text, list_first, list_names, quote

_WIDE = (b"\xff\xfe", b"\xfe\xff")
_OTHER = (
    *(b"\xff\xfe\0\0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b"),
    *(b"ID;P", b"TABLE\r\n0,1", b"TABLE\n0,1"),  # SYLK and DIF, which look like text
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:[!?]|(?:html|head|body|meta|style|table)\b)", re.I)
_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "strokes"}
_STATED = re.compile(r'"?sep=([^\w\s"]|\t)"?[ ,;]*\r?\n', re.IGNORECASE)
_MOST_FAULTS = 10
_LONGEST = 131_072  # signs of a cell
_MOST_CELLS = 5_000_000
_MOST_UNPACKED = 128_000_000  # bytes of a workbook; a cell takes some 40 of them
_WIDEST = 1000  # columns that a cell of a page can span, as in browsers
_KINDS = "a CSV, an XLSX or a saved HTML page with the table"
_FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")
_MERGED = re.compile(rb'mergeCell\s[^>]*?ref="([A-Z0-9$:]+)"')
_STORED = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?<(?:\w+:)?v>([^<]*)<"
)
"""A cell of a workbook: its attributes, and its value."""
_PLAIN = re.compile(rb"-?[0-9]{0,50}\.?[0-9]{0,50}(?:[eE][+-]?[0-9]{1,4})?")
SAVE_AS_UTF_8 = 'Save it as UTF-8 ("CSV UTF-8" in a spreadsheet) or as XLSX.'
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_KEEP_ALONE = "Delete what stands above the header, and beside and below the table."
_KEEP_WIDTH = "Put a cell with a decimal comma in quotes, keep the delimiter of a blank cell, and "
_KEEP_WIDTH += "delete what stands above the header."
_SAVE_AGAIN = "Open it in a spreadsheet and save it, without a password, as XLSX or CSV."


@dataclass(frozen=True)
class Grid:
    """One rectangle of cells."""

    file: str  # its path, as the reader would type it
    part: str  # where in the file: ``sheet "2025"`` or ``table 2``; blank if it is all of it
    # as written, all of one length; a formula that nobody has computed yet is its own text
    rows: tuple[tuple[str, ...], ...]
    # whether the file can merge cells: each of a merged block then holds its text
    is_merged: bool = False
    marked: int = 0  # marks of footnotes that were left out, where the file tells them from text

    @property
    def place(self) -> str:
        """Where the grid is, for messages."""
        return f"{self.file}, {self.part}" if self.part else self.file

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0]) if self.rows else 0

    @property
    def cells(self) -> pd.DataFrame:
        """The cells, by the number of their row in the file and the letter of their column."""
        letters = list(map(name_column, range(self.width)))
        return pd.DataFrame(self.rows, range(1, len(self.rows) + 1), letters, dtype="str")

    def read_headers(self, first: int, last: int) -> dict[str, tuple[str, ...]]:
        """Read the header of each column that holds anything, its group first, by letter.

        The header is in the rows `first` to `last`, as the file numbers them.
        """
        rows = [list(row) for row in self.rows[first - 1 : last]]
        for above in [] if self.is_merged else rows[:-1]:
            # A group's name stands over all its columns, as in a merged cell.
            for column in range(1, len(above)):
                if not above[column] and any(row[column] for row in rows[1:]):
                    above[column] = above[column - 1]
        found = {}
        for column in range(self.width):
            texts = [row[column] for row in rows if row[column]]
            texts = [text for n, text in enumerate(texts) if n == 0 or text != texts[n - 1]]
            if texts or any(row[column] for row in self.rows[last:]):
                found[name_column(column)] = tuple(texts)
        return found


@dataclass(frozen=True)
class Table:
    """A header, and the rows under it."""

    place: str  # for messages
    header: int  # its row in the file
    # text, cleaned, by row of the file; labels may be blank or there twice, no row is blank
    cells: pd.DataFrame
    is_book: bool = False  # whether its cells may be formulas
    is_plain: bool = False  # whether it is a CSV in UTF-8 with commas

    def refuse_header(self, problem: str, remedy: str = "") -> NoReturn:
        """Refuse the table for its header, which is told."""
        told = f"The header has {list_names(self.cells.columns)}."
        refuse(self.place, self.header, problem, f"{told} {remedy or 'Correct it.'}")

    def require_columns(
        self, needed: Sequence[str], optional: Sequence[str] | None = None, remedy: str = ""
    ) -> None:
        """Refuse a header that lacks a column or has it twice or, if `optional` is said, others."""
        header = self.cells.columns.tolist()
        known = header if optional is None else (*needed, *optional)
        read = needed if optional is None else header
        parts = {
            "no column": [name for name in needed if name not in header],
            "an unknown column": [name for name in header if name not in known],
            "twice the column": sorted({name for name in read if header.count(name) > 1}),
        }
        found = [f"{what} {list_names(names)}" for what, names in parts.items() if names]
        if found:
            further = f" and, if known, {', '.join(optional)}" if optional else ""
            problem = f"expected the columns {', '.join(needed)}{further}, found "
            self.refuse_header(f"{problem}{'; '.join(found)}.", remedy)

    def require_values(self, columns: Iterable[str]) -> None:
        """Refuse a table without rows and, in some columns, formulas without a value and errors."""
        if self.cells.empty:
            problem = "expected rows, found only the header."
            refuse(self.place, None, problem, "Add a row for each value.")
        raise_faults(self.find_uncomputed(columns))

    def find_uncomputed(self, columns: Iterable[str]) -> list[Fault]:
        """Find formulas without a value, and errors of spreadsheets, in some columns."""
        findings: list[Finding] = []
        for name in columns:
            column = self.cells[name]
            is_wrong = column.str.fullmatch(ERROR)
            if self.is_book:
                is_wrong |= column.str.startswith("=")
            findings += find_cells(column, is_wrong, "a value", "")
        return [Fault(self.place, *found) for found in findings]

    @property
    def has_formulas(self) -> bool:
        """Whether a spreadsheet that opens it as a CSV would compute a cell."""
        return any(map(is_formula, [*self.cells.columns, *self.cells.to_numpy().ravel()]))

    def to_csv(self) -> bytes:
        """Write it as a CSV in UTF-8 with commas."""
        return format_table(self.cells).encode()


def raise_faults(faults: Sequence[Fault]) -> None:
    """Raise the first faults, if there are any, and count the rest."""
    shown, rest = list(faults[:_MOST_FAULTS]), len(faults) - _MOST_FAULTS
    if rest > 0:
        shown.append(
            Fault(shown[0].file, None, None, f"{rest} more faults.", "Correct these first.")
        )
    if shown:
        raise FaultyDataError(shown)


def name_column(position: int) -> str:
    """Name a column as spreadsheets do.

    Examples
    --------
    >>> name_column(0), name_column(27)
    ('A', 'AB')
    """
    from openpyxl.utils.cell import get_column_letter

    return str(get_column_letter(position + 1))


def place_column(letter: str) -> int:
    """Count a column from 0 by its name, up to ZZZ.

    Examples
    --------
    >>> place_column("A"), place_column("AB")
    (0, 27)
    """
    from openpyxl.utils.cell import column_index_from_string

    return int(column_index_from_string(letter)) - 1


def read_table(
    path: Path,
    what: str = "a table",
    remedy: str = "Check the path.",
    needed: Sequence[str] = (),
    optional: Sequence[str] | None = None,
) -> Table:
    """Read the one table of a file, its first row that is not blank being the header.

    It is a CSV file in UTF-8 or UTF-16, parted by commas, semicolons, tabs or strokes, or an XLSX
    workbook, whatever its name. Messages say `what` is expected and the `remedy`. Columns may be
    any but for those `needed`, unless it is said which others are `optional`. Refused is also what
    could be parted in two ways, has several tables, or rows with more or fewer cells than the
    header.
    """
    place, content, sign = show_path(path), _read_content(path, what, remedy), ""
    if _MARKUP.match(content):
        refuse(place, None, f"expected {what}, found a page, in HTML or XML.", _SAVE_AGAIN)
    is_book = content.startswith(_ZIP)
    rows: Sequence[Sequence[str]] = []
    if is_book:
        grids = list(_read_workbook(place, content))
        if len(grids) > 1:
            there = list_first([grid.part for grid in grids])
            refuse(place, None, f"expected one sheet with cells, found {there}.", "Keep one.")
        for grid in grids:
            place, rows = grid.place, grid.rows
    else:
        rows, sign = _choose_rows(place, _decode(place, content))
    filled = {at: row for at, row in enumerate(rows, start=1) if any(map(_clean, row))}
    if not filled:
        shown = " in a sheet that is shown" if is_book else ""
        refuse(place, None, f"expected {what}, found no cells{shown}.", remedy)
    first, *further = filled
    read = _clean if is_book else _clean_cell
    header = [" ".join(read(label).split()) for label in _trim(filled[first])]
    is_plain = sign == "," and not content.startswith(_WIDE) and first == 1
    columns = pd.Index(header, dtype="str")
    table = Table(place, first, pd.DataFrame(columns=columns), is_book, is_plain)
    table.require_columns(needed, optional)
    odd: dict[int, list[int]] = {}
    for at in further:
        whole, own = len(filled[at]), len(_trim(filled[at]))
        # A blank cell at the end is no cell of its own only where the header has it as well.
        if not own <= len(header) <= whole <= len(filled[first]):
            odd.setdefault(whole if own <= len(header) else own, []).append(at)
    noun = f"{len(header)} {'cell' if len(header) == 1 else 'cells'}"
    faults = [
        Fault(
            place,
            at,
            None,
            f"expected {noun} as in the header, found {found}"
            + (f" (and so in {len(more)} more rows)." if more else "."),
            _KEEP_ALONE if is_book else _KEEP_WIDTH,
        )
        for found, (at, *more) in odd.items()
    ]
    raise_faults(faults)
    cells = [list(map(read, filled[at][: len(header)])) for at in further]
    return replace(table, cells=pd.DataFrame(cells, further, columns, dtype="str"))


def read_grids(path: Path) -> list[Grid]:
    """Read all that may be a table in a CSV file, an XLSX workbook or a saved HTML page.

    There is a grid for each sign that may part the columns of a CSV, for each visible sheet of a
    workbook, and for each table of a page, those that are blank left out. A file that cannot be
    read, is protected, or holds no table, is refused.
    """
    shown, content = show_path(path), _read_content(path, _KINDS, "Check the path.")
    if content.startswith(_ZIP):
        grids = list(_read_workbook(shown, content))
    elif _is_page(content):
        grids = list(_read_page(shown, content))
    else:
        text = _decode(shown, content)
        parsed = [_split(text, sign) for sign in _list_delimiters(text)]
        whole = [rows for rows, error in parsed if not error]
        if parsed and not whole:
            _choose_rows(shown, text)  # which says what is wrong
        grids = [grid for rows in whole for grid in _make_grid(shown, "", rows)]
    grids = [
        replace(grid, rows=tuple(tuple(map(_tidy, row)) for row in grid.rows))
        for grid in grids
        if grid.width > 1
    ]
    if not grids:
        where = " in a sheet that is shown" if content.startswith(_ZIP) else ""
        refuse(shown, None, f"expected a table, found none{where}.", f"Give {_KINDS}.")
    return grids


def _is_page(content: bytes) -> bool:
    narrow = content.replace(b"\0", b"").lower()  # UTF-16 has null signs between letters
    return b"<table" in narrow or narrow.lstrip()[:5] in (b"<!doc", b"<html")


def find_sign(shown: str, content: bytes) -> str:
    """Find the sign that parts the columns of a CSV in UTF-8; rows can be added to no other."""
    if content.startswith((_ZIP, *_WIDE)):
        problem = "expected a CSV in UTF-8, to which rows can be added, found another form."
        refuse(shown, None, problem, 'Save it as UTF-8 ("CSV UTF-8" in a spreadsheet).')
    return _choose_rows(shown, _decode(shown, content))[1]


def _tidy(cell: str) -> str:
    return " ".join(clean_text(cell).split())


def _read_content(path: Path, what: str, remedy: str) -> bytes:
    """Read a file; refuse one that is not there, or of a kind that holds no table to be read."""
    shown = show_path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        refuse(shown, None, f"expected {what}, found no such file.", remedy)
    except (OSError, ValueError) as error:  # a path with a null sign
        reason = getattr(error, "strerror", None) or error
        refuse(shown, None, f"expected a readable file: {reason}.", remedy)
    if not content.strip():
        refuse(shown, None, f"expected {what}, found an empty file.", remedy)
    other = ""
    if content.startswith(_OLE):
        is_locked = "EncryptedPackage".encode("utf-16-le") in content
        other = "one protected by a password" if is_locked else "one of the old kind (XLS)"
    elif content.startswith(_ZIP) and b"opendocument" in content[:100]:
        other = "an OpenDocument one"
    elif content.startswith(_ZIP) and b"xl/workbook.bin" in content:
        other = "an XLSB"
    if other:
        refuse(shown, None, f"expected an XLSX workbook, found {other}.", _SAVE_AGAIN)
    is_wide = content.startswith(_WIDE)
    is_text = is_wide or b"\0" not in content or content.startswith(_ZIP)
    if content.startswith(_OTHER) or not is_text:
        problem = f"expected {what}, found another kind of file."
        refuse(shown, None, problem, "Save the table as XLSX or CSV.")
    return content


# --- CSV


def _decode(shown: str, content: bytes) -> str:
    encoding = "utf-16" if content.startswith(_WIDE) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        place = error.start - content.rfind(b"\n", 0, error.start)
        name = encoding.removesuffix("-sig").upper()
        found = f"found byte 0x{content[error.start]:02X} at byte {place} of the line"
        refuse(shown, row, f"expected {name}, {found}.", SAVE_AS_UTF_8)
    if (lost := text.find("\ufffd")) >= 0:
        problem = 'expected letters, found "\ufffd", which stands for one that was lost.'
        refuse(shown, text.count("\n", 0, lost) + 1, problem, SAVE_AS_UTF_8)
    return text


def _list_delimiters(text: str) -> list[str]:
    """List the signs that may part the columns: that of a first line ``sep=;``, or those found."""
    stated = _STATED.match(text)
    return [stated[1]] if stated else [sign for sign in _DELIMITERS if sign in text]


def _split(text: str, delimiter: str) -> tuple[list[list[str]], csv.Error | None]:
    """Part a text by a sign: the rows, and what ended them if it was not the end."""
    rows: list[list[str]] = []
    fault = None
    usual = csv.field_size_limit(_LONGEST)  # which other libraries raise
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        fault = error
    finally:
        csv.field_size_limit(usual)
    if rows and _STATED.match(text):
        rows[0] = []
    return rows, fault


def _choose_rows(shown: str, text: str) -> tuple[list[list[str]], str]:
    """Part a text by the one sign that gives a header and rows as long as it: rows and sign."""
    parsed = {sign: _split(text, sign) for sign in _list_delimiters(text) or [","]}
    fitting = list(parsed)
    if len(parsed) > 1:
        widths = {sign: _measure(rows, fault) for sign, (rows, fault) in parsed.items()}
        fitting = [sign for sign, (width, is_whole) in widths.items() if width > 1 and is_whole]
        fitting = fitting or [max(widths, key=lambda sign: widths[sign][0])]
    if len(fitting) > 1:
        names = " or ".join(_DELIMITERS[sign] for sign in fitting)
        problem = f"expected columns parted by one sign, found that {names} would do."
        remedy = f"Write a first line that says which, such as sep={fitting[0]}"
        refuse(shown, None, problem, f"{remedy}.")
    (chosen,) = fitting
    rows, fault = parsed[chosen]
    if fault:
        problem = f"expected quotes in pairs around a cell: {fault}."
        remedy = "Close the quotes; write a quote inside a quoted cell twice."
        if "field limit" in str(fault):
            problem = f"expected cells of at most {_LONGEST:,} signs, found a longer one."
            remedy = "Close its quotes, or shorten it."
        refuse(shown, len(rows) + 1, problem, remedy)
    return rows, chosen


def _measure(rows: Sequence[Sequence[str]], fault: Exception | None) -> tuple[int, bool]:
    """Measure the header, and whether all rows are as long, blank cells at the end aside."""
    filled = [(len(row), len(_trim(row))) for row in rows if any(map(_clean, row))]
    most, width = filled[0] if filled else (0, 0)
    return width, not fault and all(own <= width <= whole <= most for whole, own in filled)


def _clean(cell: str) -> str:
    return cell.strip() if cell.isascii() else clean_text(cell)


def _clean_cell(cell: str) -> str:
    return bare_cell(_clean(cell))


def _trim(row: Sequence[str]) -> Sequence[str]:
    """Leave out the blank cells at the end."""
    width = len(row)
    while width and not _clean(row[width - 1]):
        width -= 1
    return row[:width]


# --- XLSX


def _read_workbook(shown: str, content: bytes) -> Iterator[Grid]:
    """Read the visible sheets."""
    book, formulas = _load_workbook(shown, content)
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        part = f'sheet "{sheet.title}"'
        # Only cells that are there: a format may reach down to the last row of all.
        cells = {place: _write_cell(cell) for place, cell in sheet._cells.items()}
        if formulas:
            cells |= _find_formulas(sheet, formulas[sheet.title])
        filled = [place for place, text in cells.items() if text.strip()]
        if not filled:
            continue
        height, width = (max(place) for place in zip(*filled, strict=True))
        _require_size(f"{shown}, {part}", height, width)
        rows = [[""] * width for _ in range(height)]
        for row, column in filled:
            rows[row - 1][column - 1] = cells[row, column]
        for block in sheet.merged_cells.ranges:
            text = cells.get((block.min_row, block.min_col), "")
            for line in rows[block.min_row - 1 : block.max_row]:
                own = line[block.min_col - 1 : block.max_col]
                line[block.min_col - 1 : block.max_col] = [cell or text for cell in own]
        yield from _make_grid(shown, part, rows, is_merged=True)


def _load_workbook(shown: str, content: bytes) -> tuple[Any, Any]:
    """Load a workbook as its spreadsheet computed it and, if it has formulas, as it was written."""
    from openpyxl import load_workbook
    from openpyxl.utils.cell import range_boundaries

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, warnings.catch_warnings():
            # Of styles and extensions, which are not read.
            warnings.simplefilter("ignore")
            size = sum(entry.file_size for entry in archive.infolist())
            if size > _MOST_UNPACKED:
                most = f"{_MOST_UNPACKED // 1_000_000} MB"
                problem = f"expected a workbook of at most {most} unpacked, found {size:,} bytes."
                refuse(shown, None, problem, "Keep the table alone, or save it as CSV.")
            has_formulas = False
            for name in archive.namelist():
                if name.startswith("xl/worksheets/"):
                    sheet = archive.read(name)
                    if b"purl.oclc.org/ooxml" in sheet:
                        problem = "expected an XLSX workbook, found one of the strict kind."
                        refuse(shown, None, problem, _SAVE_AGAIN)
                    _require_numbers(shown, sheet)
                    has_formulas |= bool(_FORMULA.search(sheet))
                    # The library makes each cell of a merged block, which may be a whole sheet.
                    for block in _MERGED.findall(sheet):
                        left, top, right, bottom = range_boundaries(block.decode())
                        _require_size(shown, bottom - top + 1, right - left + 1)
            book = load_workbook(io.BytesIO(content), data_only=True, rich_text=True)
            return book, load_workbook(io.BytesIO(content)) if has_formulas else None
    except FaultyDataError:
        raise
    except Exception:  # a damaged file leads the libraries to any
        problem = "expected an XLSX workbook, found a damaged one or another archive."
        refuse(shown, None, problem, f"Download it again. {_SAVE_AGAIN}")


def _require_numbers(shown: str, sheet: bytes) -> None:
    """Refuse what the library would take for a number, or end with a traceback at."""
    for attributes, text in _STORED.findall(sheet):
        kind = re.search(rb"\bt=\"(\w+)\"", attributes)
        if text and (kind is None or kind[1] == b"n") and not _PLAIN.fullmatch(text):
            place = re.search(rb"\br=\"([A-Z]+)([0-9]{1,7})\"", attributes)
            row, column = (int(place[2]), place[1].decode()) if place else (None, None)
            problem = f"expected a number, found {quote(text.decode(errors='replace'))}."
            raise FaultyDataError([Fault(shown, row, column, problem, "Type it anew.")])


def _find_formulas(sheet: Any, formulas: Any) -> dict[tuple[int, int], str]:
    """Find the formulas that no spreadsheet has computed yet."""
    return {
        place: f"={str(getattr(cell.value, 'text', cell.value)).removeprefix('=')}"
        for place, cell in formulas._cells.items()
        if cell.data_type == "f"
        and sheet._cells[place].value is None
        and sheet._cells[place].data_type != "str"  # which is blank by its formula
    }


def _write_cell(cell: Any) -> str:
    """Write a cell as a spreadsheet shows it, all digits of a number included."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, list):  # of parts in fonts of their own, some of them marks
        return "".join(map(_write_part, value))
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        # Kept as a binary fraction, such as 0.6098; fifteen digits are what is shown of it.
        text = f"{value:.15g}" if isinstance(value, float) else str(value)
        if "%" in re.sub(r'"[^"]*"|\\.', "", cell.number_format):
            return f"{(Decimal(text) * 100).normalize():f}%"
        return text
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)


def _write_part(part: Any) -> str:
    """Write a part of a text; a raised or lowered sign is none of what it follows."""
    place, text = getattr(getattr(part, "font", None), "vertAlign", None), str(part)
    if place == "superscript":
        return f"[{text}]" if re.fullmatch("[a-z]", text) else text.translate(_RAISED)
    return text.translate(_LOWERED) if place == "subscript" else text


# --- HTML


def _read_page(shown: str, content: bytes) -> Iterator[Grid]:
    """Read every table of a page, in the order in which they begin.

    Tags may be left unclosed, and tables may lie in others: a string is of the last cell that
    began before it in its table, and what lies in an inner table is no part of the outer one.
    """
    from bs4 import BeautifulSoup, Tag
    from bs4.element import CData, NavigableString

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it looks like a file name, or XML
        page = BeautifulSoup(content, "html.parser")
    tables: list[tuple[list[list[tuple[list[str], int, int]]], list[str]]] = []
    # Of each tag: its table, where its strings go, and where marks of footnotes do. One way
    # through the page, since looking upwards from each of thousands takes their square.
    within: dict[int, tuple[Any, list[str], list[str]]] = {id(page): (None, [], [])}
    for node in page.descendants:
        table, texts, marks = within[id(node.parent)]
        if not isinstance(node, Tag):
            if type(node) in (NavigableString, CData):  # no comment, script or style
                texts.append(str(node))
            continue
        if node.name == "table":
            table, texts, marks = [], [], []
            tables.append((table, marks))
        elif node.name == "sup":
            texts = marks
        elif node.name in ("br", "p", "div"):
            texts.append(" ")
        elif table is not None and node.name in ("tr", "td", "th"):
            if node.name == "tr" or not table:
                table.append([])
            if node.name != "tr":
                texts = []
                table[-1].append((texts, _span(node.get("rowspan")), _span(node.get("colspan"))))
        within[id(node)] = table, texts, marks
    for number, (table, marks) in enumerate(tables, start=1):
        part = f"table {number}"
        lines = [[("".join(parts), high, wide) for parts, high, wide in line] for line in table]
        rows, marked = _spread(f"{shown}, {part}", lines), sum(map(bool, map(str.strip, marks)))
        yield from _make_grid(shown, part, rows, is_merged=True, marked=marked)


def _span(text: Any) -> int:
    found = re.fullmatch(r"\s*([0-9]{1,6})\s*", str(text or ""))
    return max(1, int(found[1])) if found else 1


def _spread(place: str, lines: Sequence[Sequence[tuple[str, int, int]]]) -> list[list[str]]:
    """Write a cell that spans rows or columns into each."""
    taken: dict[tuple[int, int], str] = {}
    for at, line in enumerate(lines):
        column = 0
        for text, height, width in line:
            while (at, column) in taken:
                column += 1
            height, width = min(height, len(lines) - at), min(width, _WIDEST)
            _require_size(place, at + height, column + width)
            for below in range(height):
                for beside in range(width):
                    taken.setdefault((at + below, column + beside), text)
    columns = 1 + max((column for _, column in taken), default=-1)
    return [[taken.get((at, column), "") for column in range(columns)] for at in range(len(lines))]


# --- all of them


def _make_grid(
    shown: str,
    part: str,
    rows: Sequence[Sequence[str]],
    is_merged: bool = False,
    marked: int = 0,
) -> Iterator[Grid]:
    """Make the rows equally long, and leave out the blank ones at the end."""
    filled = [number for number, row in enumerate(rows) if any(map(str.strip, row))]
    if filled:
        width = max(len(row) for row in rows)
        _require_size(shown, filled[-1] + 1, width)
        whole = tuple((*row, *[""] * (width - len(row))) for row in rows[: filled[-1] + 1])
        yield Grid(shown, part, whole, is_merged=is_merged, marked=marked)


def _require_size(place: str, height: int, width: int) -> None:
    """Refuse what is no table that anyone meant, before it fills the memory."""
    if height * width > _MOST_CELLS:
        problem = f"expected a table of at most {_MOST_CELLS:,} cells, found one down to row "
        problem += f"{height} and out to column {name_column(width - 1)}."
        refuse(place, None, problem, "Delete what lies outside the table, or split it.")
