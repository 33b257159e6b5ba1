"""What a report run is asked to do, checked before anything starts, and how it ended."""

import os
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from dti_analysis.errors import DataError
from dti_analysis.files import hash_content
from dti_analysis.language import DEFAULT_LANGUAGE, LANGUAGES
from dti_analysis.names import shorten

_LONGEST = 100
_MOST_BYTES = 200  # of 255, so that there is room for endings
# Names of devices, which Windows gives to no file.
_DEVICES = (
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{kind}{n}" for kind in ("com", "lpt") for n in "123456789"),
)
_RESERVED = ("index", *_DEVICES)

Status = Literal["built", "unchanged", "failed"]


@dataclass(frozen=True)
class Job:
    """One report to make."""

    notebook: Path
    parameters: Mapping[str, Any]  # the others keep what the notebook says
    stem: str  # without ending, from the output folder, with forward slashes: ``old/07-ba-ria``
    title: str
    language: str = "en"
    base: str = ""  # stem that it shares with its translations; empty where there are none
    # what to call pages that are offered at its head where they are there, by their stems
    related: Mapping[str, str] = field(default_factory=dict)

    @property
    def shared_stem(self) -> str:
        """Where the files go that are the same in every language."""
        return self.base or self.stem

    @property
    def translations(self) -> dict[str, str]:
        """Stems of the same report in other languages, whether they are there or not."""
        others = [language for language in LANGUAGES if language != self.language]
        return {other: add_language(self.base, other) for other in others if self.base}


@dataclass(frozen=True)
class Link:
    """A link on a page."""

    href: str  # relative to the page
    label: str
    # code of what is behind it, and of its label; empty where it is that of the page
    language: str = ""
    note: str = ""  # what follows it


@dataclass(frozen=True)
class Outcome:
    """How one job ended."""

    job: Job
    status: Status  # new, right already, or not made: then the previous one is as it was
    seconds: float  # wall time of the last attempt
    error: str | None = None  # why it failed, in one line
    attempts: int = 1


def add_language(stem: str, language: str) -> str:
    """Name a report in one of its languages; that which readers read first has the plain name.

    Examples
    --------
    >>> add_language("old/07-ba-ria", "vi"), add_language("overview", "en")
    ('old/07-ba-ria', 'overview.en')
    """
    return stem if language == DEFAULT_LANGUAGE else f"{stem}.{language}"


def name_page(language: str) -> str:
    """Name the page over the reports in one of its languages.

    Examples
    --------
    >>> name_page("vi"), name_page("en")
    ('index.html', 'index.en.html')
    """
    return f"{add_language('index', language)}.html"


PAGES = tuple(dict.fromkeys(map(name_page, (DEFAULT_LANGUAGE, *LANGUAGES))))
"""The page over the reports in each language, the one that people open first at the head."""


def slugify(text: str) -> str:
    """Make a text fit for a file's name.

    Examples
    --------
    >>> slugify("Bà Rịa - Vũng Tàu")
    'ba-ria-vung-tau'
    """
    return "-".join(re.findall(r"[a-z0-9]+", _write_plainly(text)))


def _write_plainly(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(c for c in text if not unicodedata.combining(c))


def name_stem(*words: str, taken: Collection[str] = ()) -> str:
    """Name a report by words, so that its files can lie anywhere, beside the pages over them.

    It has at most some 110 small letters, digits and dashes, so that all that is added still makes
    the name of a file; and a sum of the words where they alone would not do, as where they are
    `taken`.

    Examples
    --------
    >>> name_stem("Bà Rịa - Vũng Tàu", "2021"), name_stem("Index"), name_stem("Москва")
    ('ba-ria-vung-tau-2021', 'index-39c3be11', 'eb63f79a')
    """
    name = "-".join(filter(None, map(slugify, words)))
    # Letters of other scripts are not in it, and a sign may be all there is.
    letters = filter(str.isalnum, _write_plainly("".join(words)))
    is_whole = all(map(slugify, words)) and all(map(str.isascii, letters))
    if len(name) > _LONGEST:
        cut = name[: _LONGEST + 1]
        name = cut.rpartition("-")[0] or cut[:-1]
    elif is_whole and name not in (*_RESERVED, *taken):
        return name
    return "-".join(filter(None, [name, hash_content("\0".join(words).encode())[:8]]))


def check_stems(jobs: Sequence[Job]) -> None:
    """Refuse jobs whose reports would lie outside of the output folder, or on something else.

    Names that only case tells apart are one on some systems.
    """
    seen: dict[str, Job] = {}
    for job in jobs:
        path, key = PurePosixPath(job.stem), job.stem.casefold()
        if path.is_absolute() or ".." in path.parts or not path.name or "\\" in job.stem:
            raise DataError(
                f'report name "{shorten(job.stem)}" does not stay within the output folder. '
                "Expected a relative path such as old/07-ba-ria."
            )
        if max(len(os.fsencode(part)) for part in path.parts) > _MOST_BYTES:
            told = f'report name "{shorten(job.stem)}" is too long for a file'
            raise DataError(f"{told}: expected at most {_MOST_BYTES} bytes.")
        if f"{key}.html" in PAGES:
            raise DataError(f"report name {job.stem} is that of a page over reports. Name another.")
        if key in seen:
            told = f'report {job.stem} is asked for twice, as "{seen[key].title}" and "{job.title}"'
            raise DataError(f"{told}. Leave one of the two out.")
        seen[key] = seen[f"{key}.failed"] = job
