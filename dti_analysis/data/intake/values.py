"""The values of a table: its decimal sign and its scale, found once for all and never per cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from dti_analysis.data.facts import parse_rank, parse_score
from dti_analysis.data.intake.grids import Grid, raise_faults
from dti_analysis.data.intake.layout import Column, Layout
from dti_analysis.data.intake.rows import Rows
from dti_analysis.errors import DataError, Fault

SCALES = (1, 100, 1000)
_LOWEST_BEST = Decimal("0.3")
"""In no column of any edition known has the best province had less; the least is 0.42."""

_OR_ALLOW = ", or say --allow-blanks if it was not published."
_PLAIN = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_SAID = re.compile(r"[0-9]+(?:[.,][0-9]+)?\s*(?:%|/\s*[0-9.,]+)")


@dataclass(frozen=True)
class Values:
    """The values of a table, as numbers.

    Parameters
    ----------
    numbers : DataFrame
        Indexed by code, one column per metric: ranks, and scores in [0, 1]; missing where blank.
    written : DataFrame
        The same, as they are written into `dti_facts`: decimal point, scores out of 1.
    decimal_sign : str
        ``,`` or ``.``; blank if no value has one.
    scales : dict of str to Decimal
        By metric: what its scores were out of.
    steps : dict of str to float
        By metric: what one unit in the last digit given is worth, scores being out of 1.
    """

    numbers: pd.DataFrame
    written: pd.DataFrame
    decimal_sign: str
    scales: dict[str, Decimal]
    steps: dict[str, float]


def read_scales(given: Sequence[str], layout: Layout) -> dict[str, Decimal]:
    """Read what the reader says scores are out of.

    Parameters
    ----------
    given : sequence of str
        Each ``NUMBER``, for all, or ``HEADER=NUMBER``.
    layout : Layout
        Whose columns are meant.

    Returns
    -------
    dict
        Scale by metric.

    Raises
    ------
    DataError
        If one is no number above 0, or there is no such column.
    """
    found: dict[str, Decimal] = {}
    for text in sorted(given, key=lambda text: "=" in text):
        header, _, number = text.rpartition("=")
        columns = [c for c in layout.metrics if c.role.startswith("score_")]
        if header:
            columns = [c for c in columns if header in (c.header, c.role, *c.header.split(" / "))]
        if not columns or not re.fullmatch(r"[1-9][0-9]*", number):
            raise DataError(
                f'--scale "{text}": expected a whole number such as 100, or HEADER=NUMBER with the '
                "header of a column of scores."
            )
        found |= {column.role: Decimal(number) for column in columns}
    return found


def read_values(
    layout: Layout,
    rows: Rows,
    given_scales: Mapping[str, Decimal],
    most_earned: Mapping[str, float],
    allow_blanks: bool = False,
) -> Values:
    """Read the cells of a table as numbers.

    Parameters
    ----------
    layout : Layout
        The table.
    rows : Rows
        Its provinces.
    given_scales : mapping of str to Decimal
        By metric, before what is found.
    most_earned : mapping of str to float
        By metric, points that the table states; its scores may be points earned of these.
    allow_blanks : bool
        Let cells of an index be blank that most provinces have; where fewer have it, they may be.

    Raises
    ------
    FaultyDataError
        If a cell is no number, decimal signs are mixed, the scale is not clear, a value is out of
        range, or a cell is blank that should not be.
    """
    grid, faults = layout.grid, []
    sign = _find_sign(layout, rows)
    scores = [column for column in layout.metrics if column.role.startswith("score_")]
    ranks = [column for column in layout.metrics if column.role.startswith("rank_")]
    texts = {c.role: rows.cells[c.role] for c in layout.metrics}
    for column in layout.metrics:
        pattern = _PLAIN if column.role.startswith("score_") else None
        is_overall = column.role.endswith("_overall")
        # Without one of its indices a province's sum cannot be proved: a cell may have slipped.
        is_whole = is_overall or (not allow_blanks and _is_mostly_filled(texts[column.role]))
        for code, text in texts[column.role].items():
            if text == "":
                if is_whole:
                    problem = "expected a value as in the other rows, found a blank cell."
                    remedy = "Fill it in" + ("." if is_overall else _OR_ALLOW)
                    faults.append(_at(grid, rows, code, column, problem, remedy))
            elif pattern and not (pattern.fullmatch(text) or _SAID.fullmatch(text)):
                problem = f'expected a score, found "{text}".'
                faults.append(_at(grid, rows, code, column, problem, "Correct the cell."))
    raise_faults(faults)
    raw = {c.role: texts[c.role].map(_to_decimal) for c in scores}
    scales = _find_scales(layout, rows, scores, texts, raw, given_scales, most_earned)
    numbers, written = {}, {}
    steps: dict[str, float] = {}
    for column in scores:
        out_of = scales[column.role]
        exact = {
            code: _share(text, out_of) for code, text in texts[column.role].items() if text != ""
        }
        for code, value in exact.items():
            if not 0 <= value <= 1:
                found = str(rows.cells.at[str(code), column.role])
                problem = f'expected a score from 0 to {out_of}, found "{found}".'
                remedy = "Correct the cell, or say what the scores are out of: --scale 100."
                faults.append(_at(grid, rows, code, column, problem, remedy))
        numbers[column.role] = pd.Series(exact, dtype=object).astype(float)
        written[column.role] = pd.Series({c: _write(v) for c, v in exact.items()}, dtype=object)
        places = max((-int(v.as_tuple().exponent) for v in exact.values()), default=0)
        steps[column.role] = 10.0**-places
    basis = len(rows.cells)
    for column in ranks:
        read: dict[object, int] = {}
        for code, text in texts[column.role].items():
            if text == "":
                continue
            try:
                rank = parse_rank(text)
                if rank > basis:
                    raise DataError(f'"{text}" is not a rank: expected 1 to {basis}.')
                read[code] = rank
            except DataError as error:
                faults.append(_at(grid, rows, code, column, str(error), "Correct the cell."))
        numbers[column.role] = pd.Series(read, dtype=object).astype(float)
        written[column.role] = pd.Series({c: str(r) for c, r in read.items()}, dtype=object)
    raise_faults(faults)
    order = list(texts)
    return Values(
        pd.DataFrame(numbers).reindex(index=rows.cells.index, columns=order),
        pd.DataFrame(written).reindex(index=rows.cells.index, columns=order).fillna(""),
        sign,
        scales,
        steps,
    )


def _is_mostly_filled(cells: pd.Series) -> bool:
    return bool((cells != "").mean() > 0.5)


def _find_sign(layout: Layout, rows: Rows) -> str:
    """Find the decimal sign that all scores share."""
    seen: dict[str, list[tuple[object, Column, str]]] = {",": [], ".": []}
    for column in layout.metrics:
        if not column.role.startswith("score_"):
            continue
        for code, text in rows.cells[column.role].items():
            for sign in set(text.partition("/")[0]) & {",", "."}:
                seen[sign].append((code, column, text))
    if seen[","] and seen["."]:
        rare = min(seen, key=lambda sign: len(seen[sign]))
        usual = {",": "point", ".": "comma"}[rare]
        code, column, text = seen[rare][0]
        others = len(seen[rare]) - 1
        also = f" (and in {others} more)" if others else ""
        problem = f'expected a decimal {usual} as in the other scores, found "{text}"{also}.'
        raise_faults(
            [_at(layout.grid, rows, code, column, problem, "Write all with the same sign.")]
        )
    return next((sign for sign, cells in seen.items() if cells), "")


def _find_scales(
    layout: Layout,
    rows: Rows,
    scores: Sequence[Column],
    texts: Mapping[str, pd.Series],
    raw: Mapping[str, pd.Series],
    given: Mapping[str, Decimal],
    most_earned: Mapping[str, float],
) -> dict[str, Decimal]:
    """Find what the scores are out of: the same for every column, or else said by the reader."""
    found: dict[str, Decimal] = dict(given)
    best = {c.role: raw[c.role].dropna().max() for c in scores if raw[c.role].notna().any()}
    for column in scores:
        if column.role in given:
            continue
        is_said = texts[column.role].map(lambda text: bool(_SAID.fullmatch(text)))
        if is_said.any() and (is_said | (texts[column.role] == "")).all():
            found[column.role] = Decimal(1)
            continue
        fitting = [s for s in SCALES if best.get(column.role, Decimal(0)) <= s]
        if not fitting or is_said.any():
            what = f"{best[column.role]} at most" if not is_said.any() else "some with / or %"
            problem = f"expected scores out of 1, 100 or 1000, found {what}"
            _ask(layout, rows, column, raw, problem)
        found[column.role] = Decimal(fitting[0])
    own = {c.role: found[c.role] for c in scores if c.role not in given}
    if len(set(own.values())) > 1 and all(
        best.get(role, Decimal(0)) <= Decimal(most_earned.get(role, 0)) for role in own
    ):
        return found | {role: Decimal(most_earned[role]) for role in own}
    if len(set(own.values())) > 1:
        odd = min(own, key=lambda role: list(own.values()).count(own[role]))
        usual = max(own.values(), key=list(own.values()).count)
        column = next(c for c in scores if c.role == odd)
        _ask(
            layout,
            rows,
            column,
            raw,
            f"expected all scores on one scale, found up to {best[odd]} here, where other columns "
            f"are out of {usual}",
        )
    for column in scores:
        if column.role in own and column.role in best:
            share = max(_share(t, own[column.role]) for t in texts[column.role] if t != "")
            if share < _LOWEST_BEST:
                out_of = own[column.role]
                _ask(
                    layout,
                    rows,
                    column,
                    raw,
                    f"expected the best province to have a fair part of {out_of}, found "
                    f"{best[column.role]} at most: the scale is not clear",
                )
    return found


def _ask(
    layout: Layout, rows: Rows, column: Column, raw: Mapping[str, pd.Series], problem: str
) -> None:
    """Ask for the scale, pointing to the row with the highest score."""
    remedy = f"Correct it, or say what scores are out of, as in --scale '{column.header}=1000'."
    known = raw[column.role].dropna()
    at = rows.row_of[str(max(known.index, key=lambda code: known[code]))] if len(known) else None
    raise_faults([layout.grid.fault(at, column.name, f"{problem}.", remedy)])


def _to_decimal(text: str) -> Decimal | None:
    return Decimal(text.replace(",", ".")) if _PLAIN.fullmatch(text) else None


def _share(text: str, out_of: Decimal) -> Decimal:
    if _SAID.fullmatch(text):
        return Decimal(str(parse_score(text)))
    return Decimal(text.replace(",", ".")) / out_of


def _write(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _at(grid: Grid, rows: Rows, code: object, column: Column, problem: str, remedy: str) -> Fault:
    return grid.fault(rows.row_of[str(code)], column.name, problem, remedy)
