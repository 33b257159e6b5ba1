"""Small pictures of past ranks that stand in a line of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dti_analysis.language import _

WIDTH, HEIGHT, _MARGIN = 84, 28, 4


@dataclass(frozen=True)
class Sparkline:
    """Past ranks as lines in a box of `WIDTH` by `HEIGHT`, rank 1 at the top.

    Parameters
    ----------
    lines : tuple of str
        Points of each line as SVG writes them; a line ends where a rank is not known.
    last : tuple of float
        Place of the last rank that is known; empty where none is.
    alt : str
        The same in words.
    change : int or None
        Places lost (positive) or gained between the last two editions; None where not known.
    """

    lines: tuple[str, ...]
    last: tuple[float, ...]
    alt: str
    change: int | None


def sparkline(past: Sequence[tuple[int, int | None]], basis: int) -> Sparkline:
    """Sparkline the ranks of a province.

    Parameters
    ----------
    past : sequence of (int, int or None)
        Year and rank of at least one edition, in ascending order; None where not published.
    basis : int
        Number of provinces ranked.

    Examples
    --------
    >>> sparkline([(2020, 39), (2021, 1), (2022, None), (2023, 63)], basis=63)
    Sparkline(lines=('4,16.3 29.3,4', '80,24'), last=(80.0, 24.0), \
alt='Ranks: 39 (2020), 1 (2021), not published (2022), 63 (2023)', change=None)
    """
    first, span = past[0][0], max(past[-1][0] - past[0][0], 1)
    points = [
        None
        if rank is None
        else (
            _place((year - first) / span, WIDTH),
            _place((rank - 1) / (basis - 1), HEIGHT),
        )
        for year, rank in past
    ]
    known = [point for point in points if point]
    runs = [[*run] for is_known, run in groupby(points, key=bool) if is_known]
    missing = _("not published")
    told = ", ".join(f"{missing if rank is None else rank} ({year})" for year, rank in past)
    before, now = ([rank for _year, rank in past[-2:]] + [None])[:2]
    return Sparkline(
        tuple(" ".join(f"{x:g},{y:g}" for x, y in filter(None, run)) for run in runs),
        known[-1] if known else (),
        _("Ranks: {ranks}").format(ranks=told),
        None if before is None or now is None else now - before,
    )


def _place(share: float, size: int) -> float:
    return round(_MARGIN + share * (size - 2 * _MARGIN), 1)
