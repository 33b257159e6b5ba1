"""A section of a report: its heading, and what stands under it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dti_analysis.display import Keys, Table, Text
from dti_analysis.figures.picture import Shown
from dti_analysis.forecasting.exports import Downloads

Part = Text | Keys | Shown | Table | Downloads
"""A text, the numbers it comes down to, a figure, a table, or files to take away."""


@dataclass(frozen=True, repr=False)
class Section:
    """A section of a report, its heading first; shows itself in a notebook, part by part."""

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, *parts: Part | str | None) -> "Section":
        """Put a section together of the parts that there are; a `str` is a paragraph."""
        told = (Text(part) if isinstance(part, str) else part for part in parts)
        return cls(tuple(part for part in told if part is not None))

    @classmethod
    def under(cls, heading: str, *parts: Part | str | None) -> "Section":
        """Put a section together under a heading of the second level."""
        return cls.of(Text(heading, "h2"), *parts)

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def __repr__(self) -> str:
        texts = (part.alt if isinstance(part, Shown) else str(part) for part in self.parts)
        return "\n\n".join(texts)

    def _ipython_display_(self, **_: Any) -> None:
        from IPython.display import display

        for part in self.parts:
            display(part)  # type: ignore[no-untyped-call]
