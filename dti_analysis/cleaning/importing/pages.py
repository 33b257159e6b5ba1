"""The tables of a saved HTML page, as browsers would show their cells."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_SKIPPED = ("sup", "script", "style")
"""What is no part of a name or a number: marks of footnotes, and what is never shown."""

MOST_COLUMNS = 200
"""Columns of a table that are looked at."""


def read_tables(content: bytes) -> list[list[list[str]]]:
    """Read every table of a page, in the order in which they begin.

    Cells that span rows or columns are written into each. Tags may be left unclosed, and tables
    may lie in others; what lies in an inner table is no part of the outer one.

    Parameters
    ----------
    content : bytes
        The page, in whatever encoding it says.

    Returns
    -------
    list of list of list of str
        Rows of cells, all rows of a table of one length.

    Examples
    --------
    >>> read_tables(b"<table><tr><th rowspan=2>a<th>b<tr><td>c</table>")
    [[['a', 'b'], ['a', 'c']]]
    """
    from bs4.dammit import UnicodeDammit

    parser = _Parser()
    parser.feed(UnicodeDammit(content, is_html=True).unicode_markup or "")
    parser.close()
    return [_spread(table.rows) for table in parser.tables]


@dataclass
class _Cell:
    height: int
    width: int
    texts: list[str] = field(default_factory=list)


@dataclass
class _Table:
    rows: list[list[_Cell]] = field(default_factory=list)
    is_in_cell: bool = False


class _Parser(HTMLParser):
    """Collects cells; a cell lasts until another begins, whether or not its tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append(_Table())
            self._open.append(self.tables[-1])
        elif tag in _SKIPPED:
            self._skipped += 1
        elif self._open and tag == "tr":
            self._open[-1].rows.append([])
            self._open[-1].is_in_cell = False
        elif self._open and tag in ("td", "th"):
            table, given = self._open[-1], dict(attrs)
            if not table.rows:
                table.rows.append([])
            cell = _Cell(_span(given.get("rowspan")), _span(given.get("colspan")))
            table.rows[-1].append(cell)
            table.is_in_cell = True
        elif tag in ("br", "p", "div"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped = max(0, self._skipped - 1)
        elif self._open and tag == "table":
            self._open.pop()
        elif self._open and tag in ("td", "th", "tr"):
            self._open[-1].is_in_cell = False

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1].is_in_cell and not self._skipped:
            self._open[-1].rows[-1][-1].texts.append(data)


def _span(text: str | None) -> int:
    return max(1, int(text)) if text and text.strip().isdecimal() else 1


def _spread(lines: list[list[_Cell]]) -> list[list[str]]:
    taken: dict[tuple[int, int], str] = {}
    for at, line in enumerate(lines):
        column = 0
        for cell in line:
            while (at, column) in taken:
                column += 1
            for below in range(min(cell.height, len(lines) - at)):
                for beside in range(min(cell.width, MOST_COLUMNS)):
                    taken.setdefault((at + below, column + beside), "".join(cell.texts))
    columns = 1 + max((column for _, column in taken), default=-1)
    return [[taken.get((at, column), "") for column in range(columns)] for at in range(len(lines))]
