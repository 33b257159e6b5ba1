"""What a result shows of itself: cards, texts and tables, as HTML in a notebook, as text elsewhere.

Whatever is filled into a message is text until it is drawn here: all of it is escaped, and only
then do the marks of the message, see `language.BOLD`, become elements.
"""

import html
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import pandas as pd

from dti_analysis.language import BOLD, CODE, LINK, REFERENCE, REPORT

PLAIN = "tex2jax_ignore mathjax_ignore"
"""Classes of what shall not be searched for mathematics: by older notebooks, and by JupyterLab."""

_REFERENCES = re.compile(f"{REFERENCE}(.+?){REFERENCE}(.+?){REFERENCE}", re.DOTALL)

_BEFORE = {"p": "", "h1": "# ", "h2": "## ", "ul": "- ", "small": "", "note": ""}
"""What stands before a line of each element where there are no elements."""


def align_columns(lines: Sequence[Sequence[str]], *, is_flush_right: bool = False) -> list[str]:
    """Make columns, all cells of each line, as wide as their widest cell.

    Flush right are all but the first, as numbers are.

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


def link(name: str, address: str) -> str:
    """Link a name, in a text, to where its address leads; one without a host leads nowhere."""
    return f"{LINK}{name}{LINK}{address}{LINK}" if _find_host(address) else name


def cite(source: str) -> str:
    """Name a source, in a text: an address by its host, with a link; nothing without one."""
    host = _find_host(source)
    return link(_name_host(host), source) if host else ""


def _name_host(host: str) -> str:
    return host.removeprefix("www.").rstrip(".")


def refer(name: str, *stems: str) -> str:
    """Mark a name, in a text or in the cell of a table, as that of what a report is about.

    The first of the `stems`, as reports are called in all languages, that there is will be linked.
    """
    return f"{REFERENCE}{name}{REFERENCE}{' '.join(stems)}{REFERENCE}"


def mark_up(text: str) -> str:
    """Write a text as HTML, each mark of a message as its element.

    Examples
    --------
    >>> from dti_analysis.language import _
    >>> mark_up(_("**{unit}** leads.").format(unit="A**B** <b>"))
    '<strong>A**B** &lt;b&gt;</strong> leads.'
    """
    told = html.escape(text)
    for sign, element in ((BOLD, "strong"), (CODE, "code")):
        told = re.sub(f"{sign}(.+?){sign}", rf"<{element}>\1</{element}>", told)
    told = re.sub(f"{LINK}(.+?){LINK}(.+?){LINK}", r'<a href="\2">\1</a>', told)
    told = _REFERENCES.sub(rf'<a {REPORT}="\2">\1</a>', told)
    # A mark without its twin, or around nothing, is none, and no sign of HTML either.
    told = re.sub(f"{BOLD}|{CODE}|{LINK}|{REFERENCE}", "", told).replace("\n", "<br>\n")
    return _keep_whole(told, r"\d+–\d+")


def _keep_whole(markup: str, pattern: str) -> str:
    """Mark what shall not be broken into lines, wherever it is no part of a tag."""
    return re.sub(
        f"<[^<>]*>|({pattern})",
        lambda found: f'<span class="whole">{found[1]}</span>' if found[1] else found[0],
        markup,
    )


def drop_marks(text: str) -> str:
    """Write a text without marks, the address of a link behind its name."""
    text = _REFERENCES.sub(r"\1", text)
    return re.sub(f"{LINK}(.+?){LINK}(.+?){LINK}|{BOLD}|{CODE}", _drop, text)


def _drop(found: re.Match[str]) -> str:
    return f"{found[1]} ({found[2]})" if found[1] else ""


def _find_host(address: str) -> str | None:
    return urlsplit(address).hostname if address.startswith(("http://", "https://")) else None


def _escape(value: object) -> object:
    """Escape a text, smaller from its second line on; names of reports in it become links."""
    if not isinstance(value, str):
        return value
    first, *below = _REFERENCES.sub(rf'<a {REPORT}="\2">\1</a>', html.escape(value)).split("\n")
    return first + "".join(f"<br><small>{line}</small>" for line in below)


def _link(escaped: object) -> str:
    """Link an address by the name of its host; leave a source without one as it is."""
    address = str(escaped)
    host = _find_host(address)
    return f'<a href="{address}">{_name_host(host)}</a>' if host else address


@dataclass(frozen=True)
class Text:
    """A heading, a paragraph, small print, a note or a list; shows itself in a notebook."""

    text: str  # each line of a list is an entry
    element: Literal["p", "h1", "h2", "ul", "small", "note"] = "p"

    def _repr_html_(self) -> str:
        told = mark_up(self.text)
        if self.element == "ul":
            told = "\n".join(f"<li>{mark_up(line)}</li>" for line in self.text.split("\n"))
        if self.element == "h1":  # a rank stays with its word
            told = _keep_whole(told, r"\b\w{1,8} \d+\b")
        if self.element in {"small", "note"}:
            return f'<p class="{self.element} {PLAIN}">{told}</p>'
        return f'<{self.element} class="{PLAIN}">{told}</{self.element}>'

    def __repr__(self) -> str:
        lines = drop_marks(self.text).split("\n")
        return "\n".join(f"{_BEFORE[self.element]}{line}" for line in lines)


@dataclass(frozen=True)
class Table:
    """A frame with a caption, formatted, its index left out; shows itself in a notebook."""

    frame: pd.DataFrame
    caption: str
    links: tuple[str, ...] = ()  # columns of addresses, to be shown as links
    is_beside: bool = False  # whether it stands with the text beside a figure, where there is room

    def _repr_html_(self) -> str:
        escaped = self.frame.map(_escape).rename(columns=_escape)
        body = escaped.to_html(
            index=False,
            border=0,
            classes=f"{PLAIN} beside" if self.is_beside else PLAIN,
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
        cells = cells.map(lambda cell: drop_marks(cell).replace("\n", ", "))
        lines = align_columns([list(map(str, cells.columns)), *cells.to_numpy().tolist()])
        return "\n".join([self.caption, *lines])


@dataclass(frozen=True)
class Key:
    """A number that a result comes down to."""

    label: str
    value: str
    notes: tuple[str, ...] = ()  # lines below
    aside: str = ""  # stands beside the value, smaller
    kind: str = "known"  # or "computed", "forecast", "needed", "met": how it is drawn

    def to_html(self) -> str:
        """Give it as a group of a list of definitions."""
        notes = "".join(f"<dd>{mark_up(note)}</dd>" for note in self.notes if note)
        aside = f' <span class="whole">{html.escape(self.aside)}</span>' if self.aside else ""
        value = f"<dd><strong>{html.escape(self.value)}</strong>{aside}</dd>"
        label = f"<dt>{html.escape(self.label)}</dt>"
        return f'<div class="{self.kind}">{label}{value}{notes}</div>'

    def __str__(self) -> str:
        value = " ".join(filter(None, [self.value, self.aside]))
        notes = "; ".join(drop_marks(note) for note in self.notes if note)
        return f"{self.label}: {value}" + (f" ({notes})" if notes else "")


@dataclass(frozen=True)
class Ladder:
    """Chances of ever more places, in one edition or two."""

    label: str
    corner: str  # what stands above the editions
    tops: Sequence[int]  # places of each column, from the first
    chances: Mapping[str, Sequence[tuple[float, str]]]  # by edition, with how they are written
    framed: tuple[str, int] | None  # edition and places of the target
    is_official: bool  # whether those who are to reach it set it
    note: str  # who set it, and what the columns are

    def _list_cells(self) -> list[list[str]]:
        rows = [[year, *(text for _, text in told)] for year, told in self.chances.items()]
        return [[self.corner, *map(str, self.tops)], *rows]

    def to_html(self) -> str:
        """Give it as a group of a list of definitions, a table in it."""
        head, *_ = self._list_cells()
        heads = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in head)
        rows = "".join(
            f'<tr><th scope="row">{html.escape(year)}</th>'
            + "".join(
                self._draw_cell(chance, text, (year, top))
                for top, (chance, text) in zip(self.tops, told, strict=True)
            )
            + "</tr>"
            for year, told in self.chances.items()
        )
        label, note = html.escape(self.label), mark_up(self.note)
        return (
            f'<div class="ladder"><dt>{label}</dt><dd><table><thead><tr>{heads}</tr></thead>'
            f"<tbody>{rows}</tbody></table></dd><dd>{note}</dd></div>"
        )

    def _draw_cell(self, chance: float, text: str, goal: tuple[str, int]) -> str:
        kind = "" if goal != self.framed else "official" if self.is_official else "reference"
        share = f"--share: {100 * chance:.0f}%"
        return f'<td class="{kind}">{html.escape(text)}<span style="{share}"></span></td>'

    def __str__(self) -> str:
        lines = align_columns(self._list_cells(), is_flush_right=True)
        return "\n".join([self.label, *lines, drop_marks(self.note)])


@dataclass(frozen=True)
class Keys:
    """The numbers that a result comes down to, as cards; shows itself in a notebook."""

    cards: tuple[Key | Ladder, ...]

    def _repr_html_(self) -> str:
        cards = "".join(card.to_html() for card in self.cards)
        return f'<dl class="keys {PLAIN}">{cards}</dl>'

    def __repr__(self) -> str:
        return "\n".join(map(str, self.cards))


@dataclass(frozen=True)
class Card:
    """A result in short: what it is, what it says in words and in numbers, how it was made."""

    title: str
    text: str = ""
    tables: Sequence[Table] = ()
    note: str = ""

    def to_html(self) -> str:
        """Give it as a section of a page."""
        parts = [
            f"<p><strong>{html.escape(self.title)}</strong></p>",
            f"<p>{mark_up(self.text)}</p>" if self.text else "",
            *(table._repr_html_() for table in self.tables),
            f"<p><small>{mark_up(self.note)}</small></p>" if self.note else "",
        ]
        told = "\n".join(filter(None, parts))
        return f'<section class="{PLAIN}">\n{told}\n</section>'

    def __str__(self) -> str:
        texts = [drop_marks(text) for text in (self.text, self.note)]
        return "\n\n".join(filter(None, [self.title, texts[0], *map(repr, self.tables), texts[1]]))


class Displayed:
    """Shows itself as its card, in the language chosen."""

    @abstractmethod
    def make_card(self) -> Card:
        """Put it in short."""

    def __repr__(self) -> str:
        return str(self.make_card())

    def _repr_html_(self) -> str:
        return self.make_card().to_html()
