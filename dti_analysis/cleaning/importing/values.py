"""The values of a table: its decimal sign and its scale, found once for all and never per cell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from dti_analysis.cleaning.importing.layout import Column, Layout
from dti_analysis.cleaning.importing.rows import Rows
from dti_analysis.cleaning.numbers import parse_rank, parse_score
from dti_analysis.cleaning.tables import Grid, raise_faults
from dti_analysis.errors import DataError, Fault

SCALES = (1, 100, 1000)
_LOWEST_BEST = Decimal("0.3")
"""In no column of any edition known has the best province had less; the least is 0.42."""

_OR_ALLOW = ", or say --allow-blanks if it was not published."
_FIX = "Correct the cell."
_OR_SAY = "or say what the scores are out of: --scale 100."
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
    sign = _find_sign(layout, rows)
    scores = [column for column in layout.metrics if column.role.startswith("score_")]
    texts = {c.role: rows.cells[c.role] for c in layout.metrics}
    _require_cells(layout, rows, allow_blanks)
    raw = {c.role: texts[c.role].map(_to_decimal) for c in scores}
    scales = _find_scales(layout, rows, scores, texts, raw, given_scales, most_earned)
    exact: dict[str, dict[object, Decimal]] = {}
    steps: dict[str, float] = {}
    faults: list[Fault] = []
    for column in layout.metrics:
        cells = {code: text for code, text in texts[column.role].items() if text != ""}
        if column in scores:
            out_of = scales[column.role]
            exact[column.role], steps[column.role] = _read_scores(cells, out_of)
            problem, remedy = f"expected a score from 0 to {out_of}", f"Correct the cell, {_OR_SAY}"
            off = [code for code, score in exact[column.role].items() if not 0 <= score <= 1]
            for code in off:
                found = f'{problem}, found "{cells[code]}".'
                faults.append(_at(layout.grid, rows, code, column, found, remedy))
            continue
        exact[column.role] = {}
        for code, text in cells.items():
            try:
                exact[column.role][code] = _read_rank(text, len(rows.cells))
            except DataError as error:
                faults.append(_at(layout.grid, rows, code, column, str(error), _FIX))
    raise_faults(faults)
    numbers = {metric: pd.Series(own, dtype=object).astype(float) for metric, own in exact.items()}
    written = {
        metric: pd.Series({c: f"{value.normalize():f}" for c, value in own.items()}, dtype=str)
        for metric, own in exact.items()
    }
    index, order = rows.cells.index, list(texts)
    return Values(
        pd.DataFrame(numbers).reindex(index=index, columns=order),
        pd.DataFrame(written).reindex(index=index, columns=order).fillna(""),
        sign,
        scales,
        steps,
    )


def _require_cells(layout: Layout, rows: Rows, allow_blanks: bool) -> None:
    """Refuse scores that are no numbers, and blanks where most provinces have a value."""
    faults = []
    for column in layout.metrics:
        cells = rows.cells[column.role]
        is_score, is_overall = column.role.startswith("score_"), column.role.endswith("_overall")
        # Without one of its indices a province's sum cannot be proved: a cell may have slipped.
        is_whole = is_overall or (not allow_blanks and bool((cells != "").mean() > 0.5))
        for code, text in cells.items():
            problem, remedy = "", _FIX
            if text == "" and is_whole:
                problem = "expected a value as in the other rows, found a blank cell."
                remedy = "Fill it in" + ("." if is_overall else _OR_ALLOW)
            elif text and is_score and not (_PLAIN.fullmatch(text) or _SAID.fullmatch(text)):
                problem = f'expected a score, found "{text}".'
            if problem:
                faults.append(_at(layout.grid, rows, code, column, problem, remedy))
    raise_faults(faults)


def _read_scores(
    cells: Mapping[object, str], out_of: Decimal
) -> tuple[dict[object, Decimal], float]:
    """Read scores as parts of the whole, with what one unit in their last digit is worth."""
    shares = {code: _share(text, Decimal(1)) for code, text in cells.items()}
    places = max((-int(share.as_tuple().exponent) for share in shares.values()), default=0)
    # Of points out of 940 more digits would come than were given.
    last = Decimal(1).scaleb(-places - len(str(out_of)) - 1)
    step = float(Decimal(1).scaleb(-places) / out_of)
    whole = {code: Decimal(1) if _SAID.fullmatch(cells[code]) else out_of for code in cells}
    return {code: (share / whole[code]).quantize(last) for code, share in shares.items()}, step


def _read_rank(text: str, basis: int) -> Decimal:
    rank = parse_rank(text)
    if rank > basis:
        raise DataError(f'"{text}" is not a rank: expected 1 to {basis}.')
    return Decimal(rank)


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


def _at(grid: Grid, rows: Rows, code: object, column: Column, problem: str, remedy: str) -> Fault:
    return grid.fault(rows.row_of[str(code)], column.name, problem, remedy)
