"""A figure as it is shown: its finding, how to read it, its source and its numbers around it."""

import base64
import html
import io
import re
from abc import abstractmethod
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.text import Text
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont

from dti_analysis.display import PLAIN
from dti_analysis.figures.palette import DARK, PAGE, QUIET, TEXT
from dti_analysis.figures.tiles import Diagram, read_style
from dti_analysis.files import format_table
from dti_analysis.language import _

FONT = "DejaVu Sans"
"""What room is measured with: few are wider, so that what fits in it fits in others."""

BOXES = "Last Resort High-Efficiency"
"""A font of matplotlib's: a box for every letter."""

_FONTS = (
    "-apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans Condensed', 'DejaVu Sans', "
    "Arial, sans-serif"
)
_MOST_WIDE = "40rem"
_SHARP, _SHADES, _EDGE = 2, 32, 6
"""Pixels of a PNG for each point, its colours, and points left blank at its edge."""

# Text stays text, which can be searched and read aloud; the same numbers give the same bytes.
_DRAWING: Any = {"svg.fonttype": "none", "svg.hashsalt": "dti_analysis"}
_NAMELESS = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_STYLED = '<style type="text/css">'
_UNSEEN = tuple(
    re.compile(nothing, re.DOTALL)
    for nothing in (
        r"<metadata>.*?</metadata>\n",
        r"\n *<!--.*?-->",
        r"(?<=\n) +(?=<)",
        r"font-family: [^;\"]*; ",
        r' transform="rotate\(-?0 [^"]*\)"',
    )
)
_NAMED = re.compile('<g id="[^"]*">')
_TAG, _DIGITS = re.compile("<[^<>]*>"), re.compile(r"(\d\.\d\d)\d+")
_KINDS = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv;charset=utf-8"}


@dataclass(frozen=True, repr=False)
class Shown:
    """What all figures have beside what is drawn, see `Picture`; shows itself in a notebook."""

    alt: str
    title: str = ""
    subtitle: str = ""
    source: str = ""
    table: pd.DataFrame | None = None
    stem: str = "figure"
    figure: Figure = None  # type: ignore[assignment]

    @abstractmethod
    def _draw(self) -> str:
        """Draw it as an element."""

    def _list_files(self) -> Mapping[str, bytes]:
        """List the files to take away, by their kind."""
        files = {} if self.figure is None else {"png": self.to_png()}
        if self.table is None:
            return files
        # Without the mark, spreadsheets take UTF-8 for something else.
        return {**files, "csv": format_table(self.table).encode("utf-8-sig")}

    def to_png(self) -> bytes:
        """Draw it as PNG, its words above and its source below, as it is shown alone."""
        words, foot = [(self.title, 14, TEXT), (self.subtitle, 12, QUIET)], self.source
        drawn = [text.get_text() for text in self.figure.findobj(Text) if isinstance(text, Text)]
        if any(BOXES in find_fonts(text) for text in [self.title, self.subtitle, *drawn]):
            foot += " " + _("A box is a letter that no font has on the computer that drew it.")
        canvas: Any = FigureCanvasAgg(self.figure)
        width, was = round(72 * self.figure.get_figwidth()), self.figure.dpi
        self.figure.dpi = _SHARP * 72
        canvas.draw()
        self.figure.dpi = was
        middle = np.asarray(canvas.buffer_rgba())[:, :, :3]
        blocks = [_write(words, width), middle, _write([(foot, 11, QUIET)], width)]
        whole = Image.fromarray(np.vstack([block[:, : middle.shape[1]] for block in blocks]))
        written = io.BytesIO()
        whole.quantize(_SHADES, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            written, "PNG", compress_level=8
        )
        return written.getvalue()

    def to_html(self) -> str:
        """Draw it as a figure, its words around it and its files within the links below."""
        links = " · ".join(
            f'<a download="{self.stem}.{kind}" href="data:{_KINDS[kind]};base64,'
            f'{base64.b64encode(content).decode()}">{kind.upper()}</a>'
            for kind, content in self._list_files().items()
        )
        told = _("Take away:")
        taken = f'<span class="take">{told} {links}</span>' if links else ""
        foot = "<br>".join(filter(None, [html.escape(self.source), taken]))
        below = f'\n<p class="source"><small>{foot}</small></p>' if foot else ""
        return (
            f'<figure class="{PLAIN}" style="max-width: {_MOST_WIDE}">\n'
            f"{self._draw()}{below}\n</figure>"
        )

    def _write_caption(self, element: str) -> str:
        """Write its finding, and how to read it, as an element of this name."""
        words = [f"<strong>{html.escape(self.title)}</strong>"] if self.title else []
        if self.subtitle:
            words.append(f"<small>{html.escape(self.subtitle)}</small>")
        return f"<{element}>{'<br>'.join(words)}</{element}>\n" if words else ""

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.alt


@dataclass(frozen=True, repr=False)
class Rows(Shown):
    """A table of names, numbers and bars that is a figure."""

    head: tuple[str, ...] = ()
    # Cells as HTML, see `draw_bar`; the first of each row heads it.
    body: tuple[tuple[str, ...], ...] = ()
    own: int | None = None  # the row that is marked

    def _draw(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in self.head)
        rows = "\n".join(
            f"<tr{' class=own' if place == self.own else ''}>"
            + f'<th scope="row">{first}</th>'
            + "".join(f"<td>{cell}</td>" for cell in rest)
            + "</tr>"
            for place, (first, *rest) in enumerate(self.body)
        )
        return (
            f'<table class="rows">\n{self._write_caption("caption")}'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
        )


@dataclass(frozen=True, repr=False)
class Tiles(Shown):
    """Tiles that are a figure, with the style sheet that they obey."""

    diagram: Diagram = None  # type: ignore[assignment]

    def _draw(self) -> str:
        caption = self._write_caption("figcaption")
        style = f"<style>\n{read_style()}</style>"
        return f'{caption}<div class="diagram">\n{style}\n{self.diagram.to_html()}\n</div>'


@dataclass(frozen=True, repr=False)
class Picture(Shown):
    """A drawing and its words; shows itself in a notebook.

    Parameters
    ----------
    alt : str
        What a sighted reader sees.
    title, subtitle, source : str
        What is found, what is drawn and how to read it, and where the numbers are from.
    table : DataFrame, optional
        The numbers drawn.
    stem : str
        Name of the files to take away.
    figure : matplotlib.figure.Figure
        The drawing, free of pyplot and so of any global state.
    """

    def to_svg(self) -> str:
        """Draw it as SVG, with the text alternative as its title; the same each time."""
        drawn = io.StringIO()
        with mpl.rc_context(_DRAWING):
            canvas: Any = FigureCanvasSVG(self.figure)
            canvas.print_svg(drawn, metadata={**_NAMELESS, "Title": self.alt})
        svg = _slim(drawn.getvalue())
        return svg.replace(_STYLED, f"{_STYLED}text {{ font-family: {_FONTS} }}\n{_darken(svg)}", 1)

    def _draw(self) -> str:
        width, height = (round(72 * side) for side in self.figure.get_size_inches())
        drawn = base64.b64encode(self.to_svg().encode()).decode()
        return (
            f"{self._write_caption('figcaption')}"
            f'<img src="data:image/svg+xml;base64,{drawn}" alt="{html.escape(self.alt)}" '
            f'width="{width}" height="{height}" style="width: 100%; height: auto">'
        )


def draw_bar(share: float, mark: float | None = None) -> str:
    """Draw a share of 1 as a bar, and a mark on it, for a cell of `Rows`."""
    at = "" if mark is None else f'<i style="left: {100 * mark:.1f}%"></i>'
    return f'<span class="bar"><b style="width: {100 * share:.1f}%"></b>{at}</span>'


def draw_span(low: float, middle: float, high: float) -> str:
    """Draw a range and its middle, shares of 1 of its axis, for a cell of `Rows`."""
    left, wide = 100 * low, 100 * (high - low)
    return (
        f'<span class="span"><b style="left: {left:.1f}%; width: {wide:.1f}%"></b>'
        f'<i style="left: {100 * middle:.1f}%"></i></span>'
    )


@cache
def find_fonts(text: str) -> list[str]:
    """Find the fonts to draw a text with: ours, and those installed that have what it lacks.

    `BOXES` is the last where none has all of it.
    """
    found, lacking = [FONT], _list_lacking(text)
    for name, letters in _list_fonts() if lacking else ():
        if lacking & letters:
            found.append(name)
            lacking = lacking - letters
    return [*found, BOXES] if lacking else found


@cache
def _list_lacking(text: str) -> frozenset[str]:
    """List the letters of a text that our font lacks."""
    return frozenset(filter(str.isprintable, text)) - _list_letters(fontManager.findfont(FONT))


@cache
def _list_letters(file: str) -> frozenset[str]:
    return frozenset(map(chr, get_font(file).get_charmap()))


@cache
def _list_fonts() -> Sequence[tuple[str, frozenset[str]]]:
    """List the fonts of a text that are installed, Noto's first, and their letters."""
    plain = {
        font.name: font.fname
        for font in fontManager.ttflist
        if (font.style, font.weight) == ("normal", 400)
        and not Path(font.fname).is_relative_to(mpl.get_data_path())
    }
    names = sorted(plain, key=lambda name: (not name.startswith("Noto Sans"), name))
    return [(name, _list_letters(plain[name])) for name in names]


def measure(text: str, size: int = 12) -> float:
    """Measure how long a text is in the widest font, in points."""
    for letter in _list_lacking(text):  # in another font, as wide as a square at most
        text = text.replace(letter, "W")
    return _load_font(FONT, size).getlength(text) / _SHARP


def cut(text: str, room: float, size: int = 12) -> str:
    """Cut off of each line of a text what has no room, in points.

    Examples
    --------
    >>> cut("Llanfairpwllgwyngyll", 60)
    'Llanfair…'
    """
    return "\n".join(_cut_line(line, room, size) for line in text.split("\n"))


def _cut_line(line: str, room: float, size: int) -> str:
    if measure(line, size) <= room:
        return line
    fitting = bisect(range(len(line)), room, key=lambda left: measure(f"{line[:left]}…", size))
    return f"{line[: max(fitting - 1, 1)]}…"


def _slim(svg: str) -> str:
    """Leave out of a drawing what nobody sees: most of what it weighs."""
    for nothing in _UNSEEN:
        svg = nothing.sub("", svg)
    svg = _NAMED.sub("<g>", svg)
    return _TAG.sub(lambda tag: _DIGITS.sub(r"\1", tag[0]), svg)


def _darken(svg: str) -> str:
    """Say what the colours of a drawing are on a dark screen."""
    used = [
        f'[style*="{part}: {light}"] {{ {part}: {dark} !important }}'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
        if f"{part}: {light}" in svg
    ]
    return "@media screen and (prefers-color-scheme: dark) {" + "\n".join(used) + "}\n"


def _write(texts: Sequence[tuple[str, int, str]], width: int) -> NDArray[np.uint8]:
    """Write texts, each of a size and in a colour, below each other; what is large is bold."""
    lines = [
        (line, size, colour)
        for text, size, colour in texts
        # Bold letters are wider than those that are measured.
        for line in wrap(text, size, (width - 2 * _EDGE) / (1.13 if size > 12 else 1))
    ]
    tall = round(_SHARP * (sum(1.3 * size for _, size, _ in lines) + _EDGE))
    page = Image.new("RGB", (_SHARP * width, tall), PAGE)
    pen, top = ImageDraw.Draw(page), _SHARP * _EDGE / 2
    for line, size, colour in lines:
        left = float(_SHARP * _EDGE)
        for word in line.split():
            family = next((name for name in find_fonts(word)[1:] if name != BOXES), FONT)
            font = _load_font(family, size, "bold" if size > 12 else "normal")
            pen.text((left, top), word, fill=colour, font=font)
            left += font.getlength(f"{word} ")
        top += 1.3 * size * _SHARP
    return np.asarray(page)


def wrap(text: str, size: int, room: float) -> Sequence[str]:
    """Break a text into lines that have room, in points; a word that has none is cut."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(cut(word, room, size))
    return lines


@cache
def _load_font(family: str, size: int, weight: str = "normal") -> FreeTypeFont:
    file = fontManager.findfont(FontProperties(family=family, weight=weight))
    return ImageFont.truetype(file, size * _SHARP)
