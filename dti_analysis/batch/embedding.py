"""What a page refers to is put into it, or refused by name, so that it stands alone."""

import base64
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from bs4 import BeautifulSoup

from dti_analysis.files import hash_content
from dti_analysis.names import shorten

_KINDS = {
    **{name: f"image/{name}" for name in ("png", "gif", "webp", "avif", "bmp", "apng")},
    **{"jpg": "image/jpeg", "jpeg": "image/jpeg", "svg": "image/svg+xml", "ico": "image/x-icon"},
    **{name: f"font/{name}" for name in ("woff", "woff2", "ttf", "otf")},
    **{"mp4": "video/mp4", "webm": "video/webm", "ogv": "video/ogg", "vtt": "text/vtt"},
    **{"mp3": "audio/mpeg", "m4a": "audio/mp4", "wav": "audio/wav", "ogg": "audio/ogg"},
    "css": "text/css;charset=utf-8",
}
_MOST_BYTES = 20_000_000  # of all files in one page

_BY_HREF = ("image", "feimage", "link", "use", "script", "base")
"""Elements that load what their ``href`` leads to, or change where others lead."""
_NOT_HELD = ("script", "iframe", "frame", "embed", "object", "portal", "use", "base")
_FETCHED = re.compile(r"(?i)preload|prefetch|preconnect|icon|manifest|import")
"""What a link is to, where it is no stylesheet and is loaded all the same."""
_FILLED = ("div", "span", "canvas", "svg", "figure", "img")
"""Elements that are empty for a script to fill them."""

_SIGNS = tuple(
    re.compile(sign)
    for sign in (
        *(r"src\s*=(?!\s*[\"']?data:)", r"srcset\s*=", r"poster\s*=", r"background\s*=", "@import"),
        *(r"href\s*=(?!\s*[\"']?(?:#|data:|https?:|mailto:))", r"url\((?!\s*[\"']?(?:#|data:))"),
        *(rf"<{name}\b" for name in (*_NOT_HELD, "feimage", "link", "meta") if name != "use"),
        *(rf"<{name}\b(?![^>]*href\s*=\s*[\"'](?:#|data:))" for name in ("use", "image")),
    )
)
"""What a text has that may refer to anything. Each begins with plain letters and is looked for in
lower case, which is fast; nearly no output has any, and is not parsed then."""
_CANDIDATE = re.compile(r"([^\s,]\S*[^\s,])((?:\s+[\d.]+[wxh])?\s*(?:,|$))")
_CSS_ADDRESS = re.compile(
    r"/\*.*?\*/|@namespace[^;]*;"
    r"|(?P<head>url\(\s*|@import\s+(?!url\())"
    r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'();]+))""",
    re.DOTALL | re.IGNORECASE,
)
_ATTACHED = re.compile(r"(\]\(<?|src\s*=\s*[\"']?)attachment:")

Attributes = MutableMapping[str, Any]


class Embedding:
    """What one page holds of files; addresses are relative to the folder of its notebook."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._attachments: Mapping[str, Mapping[str, str]] = {}
        self._bytes = 0
        self._within: list[Path] = []
        self.files: dict[Path, str] = {}
        """sha256 of each file that was put into the page."""

    def __deepcopy__(self, memo: Any) -> "Embedding":
        return self  # exporters copy what they are given, and the files are to be known

    def mark_attachments(self, cell: Mapping[str, Any]) -> str:
        """Give the text of a cell, its attachments to be found by `fill_html`.

        nbconvert finds them in Markdown only, and not if their names are percent-encoded.
        """
        self._attachments = cell.get("attachments", {})
        source: str = cell["source"]
        return _ATTACHED.sub(r"\1attached:", source) if self._attachments else source

    def fill_html(self, html: str) -> str:
        """Put what a fragment refers to into it, and leave scripts out.

        What the page cannot hold raises a ValueError, which tells what it is and where it leads.
        """
        if not _may_refer(html):
            return html
        soup = BeautifulSoup(html, "html.parser", multi_valued_attributes=None)
        before = str(soup)
        for tag in soup.find_all(True):
            attributes: Any = tag.attrs
            self._fill_element(tag.name, attributes, self._folder)
            if tag.name in ("a", "area") and tag.get("href"):
                self._fill_link(attributes)
            if tag.name == "style" and tag.string:
                tag.string = self._fill_css(tag.string, self._folder)
        _drop_scripts(soup)
        after = str(soup)
        return html if after == before else after

    def fill_svg(self, svg: str) -> str:
        """Put what a picture refers to into it, or raise as `fill_html` does."""
        return self._fill_picture(svg, self._folder)

    def _fill_picture(self, svg: str, folder: Path) -> str:
        if not _may_refer(svg):
            return svg
        try:
            root = ElementTree.fromstring(svg)
        except ElementTree.ParseError as error:
            raise ValueError(f"a picture on the page is no SVG: {error}") from error
        before = ElementTree.tostring(root)
        for element in root.iter():
            name = str(element.tag).rpartition("}")[2].lower()
            self._fill_element(name, element.attrib, folder)
            if name == "style" and element.text:
                element.text = self._fill_css(element.text, folder)
        if ElementTree.tostring(root) == before:
            return svg
        ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
        ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
        return ElementTree.tostring(root, encoding="unicode")

    def _fill_element(self, name: str, attributes: Attributes, folder: Path) -> None:
        """Fill the attributes of an element whose addresses are loaded without being asked for."""
        for key, value in list(attributes.items()):
            local = re.split("[}:]", key)[-1].lower()
            if _is_loaded(name, local, attributes) and value:
                if name in _NOT_HELD and not value.startswith(("#", "about:blank")):
                    _refuse(value, f"by <{name}>, which it cannot hold: show a picture, or link it")
                attributes[key] = self._hold(value, folder)
            elif local in ("srcset", "imagesrcset"):
                attributes[key] = _CANDIDATE.sub(
                    lambda found: self._hold(found[1], folder) + found[2], value
                )
            elif "url(" in value.lower():
                attributes[key] = self._fill_css(value, folder)
        if name == "meta" and str(attributes.get("http-equiv", "")).lower() == "refresh":
            _refuse(attributes.get("content", ""), "where it would send its reader: link it")

    def _fill_css(self, css: str, folder: Path) -> str:
        def fill(found: re.Match[str]) -> str:
            address = found["double"] or found["single"] or found["bare"]
            held = self._hold(address, folder) if address else address
            return found[0] if held == address else f'{found["head"]}"{held}"'

        return _CSS_ADDRESS.sub(fill, css)

    def _fill_link(self, attributes: Attributes) -> None:
        """Let a link to a file that will not be beside the page hand out the file itself."""
        address = str(attributes["href"])
        path = self._locate(address, self._folder)
        is_full = address.startswith("/") or address.lower().startswith("file:")
        if path is None or not (is_full or path.is_file()):
            return  # to a network, or to another page
        parts = Path(unquote(address)).parts
        if is_full or any(part.startswith(".") and part.strip(".") for part in parts):
            _refuse(address, "a file of this machine: put it beside the notebook")
        content = base64.b64encode(self._read(path, address)).decode()
        attributes["href"] = f"data:application/octet-stream;base64,{content}"
        attributes.setdefault("download", path.name)

    def _hold(self, address: str, folder: Path) -> str:
        """Write what an address leads to as an address that holds it."""
        stripped = address.strip()
        if not stripped or stripped.startswith("#") or stripped[:5].lower() == "data:":
            return address
        if stripped.startswith(("attached:", "attachment:")):
            return self._hold_attachment(stripped)
        path = self._locate(stripped, folder)
        if path is None:
            _refuse(stripped, "which it cannot hold: embed it, or link it")
        kind = _KINDS.get(path.suffix.lower().lstrip("."))
        if path.is_file() and kind is None:
            _refuse(stripped, "a kind of file that it cannot hold: link it")
        content = self._read(path, stripped)
        self._within.append(path)
        if path.suffix.lower() == ".css":
            content = self._fill_css(content.decode("utf-8-sig", "replace"), path.parent).encode()
        elif path.suffix.lower() == ".svg":
            content = self._fill_picture(
                content.decode("utf-8-sig", "replace"), path.parent
            ).encode()
        self._within.pop()
        return f"data:{kind};base64,{base64.b64encode(content).decode()}"

    def _hold_attachment(self, address: str) -> str:
        name = address.partition(":")[2]
        found = self._attachments.get(name) or self._attachments.get(unquote(name))
        if not found:
            _refuse(address, "which its cell has no attachment for: attach it again")
        kind, content = next(iter(found.items()))
        return f"data:{kind};base64,{content}"

    def _locate(self, address: str, folder: Path) -> Path | None:
        """Find the file that an address leads to; None if it leads elsewhere."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        if parts.scheme.lower() == "file" and parts.netloc in ("", "localhost"):
            return Path(unquote(parts.path))
        if parts.scheme or parts.netloc:
            return None
        path = folder / unquote(parts.path)
        # A sign of an address may be one of a file's name.
        return path if path.is_file() or not (folder / address).is_file() else folder / address

    def _read(self, path: Path, address: str) -> bytes:
        if not path.is_file():
            _refuse(address, "and there is no such file: add it, or leave it out")
        if path in self._within:
            _refuse(address, "which refers to itself: leave that out")
        self._bytes += path.stat().st_size
        if self._bytes > _MOST_BYTES:
            told = f"and can hold {_MOST_BYTES / 1e6:g} MB of files in all: make it smaller"
            _refuse(address, f"{told}, or link it")
        try:
            content = path.read_bytes()
        except OSError as error:
            _refuse(address, f"which cannot be read: {error.strerror}")
        self.files[path] = hash_content(content)
        return content


def is_scripted(html: str) -> bool:
    """Whether a fragment has scripts, so that another form of the same is to be preferred."""
    return "<script" in html.lower()


def _may_refer(text: str) -> bool:
    lower = text.lower()
    return any(sign.search(lower) for sign in _SIGNS)


def _is_loaded(name: str, attribute: str, attributes: Attributes) -> bool:
    if attribute == "href" and name == "link":
        rel = str(attributes.get("rel", ""))
        return "stylesheet" in rel.lower() or bool(_FETCHED.search(rel))
    if attribute == "href":
        return name in _BY_HREF
    if attribute == "data":
        return name == "object"
    return attribute in ("src", "srcdoc", "poster", "background")


def _drop_scripts(soup: BeautifulSoup) -> None:
    """Leave scripts out, unless something would be empty without them."""
    scripts = soup.find_all("script")
    for script in scripts:
        script.decompose()
    for tag in soup.find_all(_FILLED) if scripts else []:
        is_empty = not tag.get_text(strip=True) and not tag.find(True) and not tag.get("src")
        if is_empty and (tag.get("id") or tag.name == "canvas"):
            told = f'<{tag.name} id="{tag.get("id", "")}">'
            raise ValueError(
                f"the page has {shorten(told)} for a script to fill, which it cannot hold: "
                "show a picture (PNG or SVG) instead"
            )


def _refuse(address: str, reason: str) -> NoReturn:
    raise ValueError(f"the page refers to {shorten(address.strip())}, {reason}")
