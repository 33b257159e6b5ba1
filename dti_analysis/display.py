"""What a result shows of itself: cards and tables, as HTML in a notebook and as text elsewhere."""

import html
import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pandas as pd


def align_columns(lines: Sequence[Sequence[str]], *, is_flush_right: bool = False) -> list[str]:
    """Make columns as wide as their widest cell.

    Parameters
    ----------
    lines : sequence of sequence of str
        Cells of each line, the header among them; all of one length.
    is_flush_right : bool
        Whether all columns but the first are flush right, as numbers are.

    Examples
    --------
    >>> align_columns([["year", "rank"], ["2021", "29"]], is_flush_right=True)
    ['year  rank', '2021    29']
    """
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place and is_flush_right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def _escape(value: object) -> object:
    return html.escape(value) if isinstance(value, str) else value


def _link(escaped: object) -> str:
    """Link an address by the name of its host; leave a source without one as it is."""
    address = str(escaped)
    host = urlsplit(address).hostname if address.startswith("http") else None
    return f'<a href="{address}">{host.removeprefix("www.")}</a>' if host else address


@dataclass(frozen=True)
class Table:
    """A frame with a caption; shows itself in a notebook.

    Parameters
    ----------
    frame : DataFrame
        What to show, formatted; the index is left out.
    caption : str
        What the table holds.
    links : tuple of str
        Columns of addresses, to be shown as links.
    """

    frame: pd.DataFrame
    caption: str
    links: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        escaped = self.frame.map(_escape).rename(columns=_escape)
        body = escaped.to_html(
            index=False,
            border=0,
            na_rep="–",
            justify="unset",
            escape=False,
            formatters=dict.fromkeys(map(_escape, self.links), _link),
        )
        body = body.replace("<th>", '<th scope="col">')
        head, rest = body.split("<thead>", 1)
        return f"{head}<caption>{html.escape(self.caption)}</caption>\n  <thead>{rest}"

    def __repr__(self) -> str:
        cells = self.frame.astype(object).where(self.frame.notna(), "–").astype(str)
        lines = align_columns([list(map(str, cells.columns)), *cells.to_numpy().tolist()])
        return "\n".join([self.caption, *lines])


@dataclass(frozen=True)
class Card:
    """A result in short.

    Parameters
    ----------
    title : str
        What it is.
    text : str
        What it says, in Markdown of which only bold and code are used; may be empty.
    tables : sequence of Table
        What it says in numbers.
    note : str
        How it was made; may be empty.
    """

    title: str
    text: str = ""
    tables: Sequence[Table] = ()
    note: str = ""

    def to_html(self) -> str:
        """Give it as a section of a page."""
        parts = [
            f"<p><strong>{html.escape(self.title)}</strong></p>",
            f"<p>{_mark_up(self.text)}</p>" if self.text else "",
            *(table._repr_html_() for table in self.tables),
            f"<p><small>{_mark_up(self.note)}</small></p>" if self.note else "",
        ]
        return "<section>\n{}\n</section>".format("\n".join(filter(None, parts)))

    def __str__(self) -> str:
        texts = [re.sub(r"\*\*|`", "", text) for text in (self.text, self.note)]
        return "\n\n".join(filter(None, [self.title, texts[0], *map(repr, self.tables), texts[1]]))


def _mark_up(text: str) -> str:
    bold = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(text))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", bold).replace("\n", "<br>\n")


class Displayed:
    """Shows itself as its card, in the language chosen."""

    @abstractmethod
    def make_card(self) -> Card:
        """Put it in short."""

    def __repr__(self) -> str:
        return str(self.make_card())

    def _repr_html_(self) -> str:
        return self.make_card().to_html()
