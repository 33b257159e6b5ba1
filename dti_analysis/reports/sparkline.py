"""Small pictures of past ranks, and of the one expected, that stand in a line of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dti_analysis.language import _

WIDTH, HEIGHT, _MARGIN = 76, 24, 4


@dataclass(frozen=True)
class Sparkline:
    """Ranks as lines in a box of `WIDTH` by `HEIGHT`, rank 1 at the top."""

    lines: tuple[str, ...]  # points as SVG writes them; a line ends where a rank is not known
    last: tuple[float, ...]  # place of the last rank that is known; empty where none is
    ahead: tuple[float, float]  # place of the one expected
    alt: str


def sparkline(
    past: Sequence[tuple[int, int | None]], expected: tuple[int, int], lowest: int
) -> Sparkline:
    """Sparkline the ranks of a unit, by year: one edition or more in ascending order, and the next.

    Examples
    --------
    >>> drawn = sparkline([(2020, 39), (2021, 1), (2022, None), (2023, 63)], (2024, 60), lowest=63)
    >>> drawn.lines, drawn.last, drawn.ahead
    (('4,13.8 21,4', '55,20'), (55.0, 20.0), (72.0, 19.2))
    >>> drawn.alt
    'Ranks: 39 (2020), 1 (2021), not published (2022), 63 (2023); expected 60 (2024)'
    """
    first, span = past[0][0], max(expected[0] - past[0][0], 1)

    def place(year: int, rank: int) -> tuple[float, float]:
        height = (rank - 1) / max(lowest - 1, 1)
        return _place((year - first) / span, WIDTH), _place(height, HEIGHT)

    points = [None if rank is None else place(year, rank) for year, rank in past]
    known = [point for point in points if point]
    runs = [[*run] for is_known, run in groupby(points, key=bool) if is_known]
    missing = _("not published")
    told = ", ".join(f"{missing if rank is None else rank} ({year})" for year, rank in past)
    alt = _("Ranks: {ranks}; expected {rank} ({year})")
    return Sparkline(
        tuple(" ".join(f"{x:g},{y:g}" for x, y in filter(None, run)) for run in runs),
        known[-1] if known else (),
        place(*expected),
        alt.format(ranks=told, rank=expected[1], year=expected[0]),
    )


def _place(share: float, size: int) -> float:
    return round(_MARGIN + share * (size - 2 * _MARGIN), 1)
