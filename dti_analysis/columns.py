"""Tables as text for the terminal."""

from collections.abc import Sequence


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
