"""Names of the files of a project's reports."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from dti_analysis.batch.job import name_stem
from dti_analysis.display import Table, refer
from dti_analysis.files import hash_content
from dti_analysis.panel import Panel

OVERVIEW = "overview"

CASE, CASE_ORIGIN = "Bà Rịa - Vũng Tàu", 2021
"""The case the project was made for, told as of the edition before its first target."""

_PAST = re.compile(r"-as-of-\d+$")


def name_report(basis: str, code: str, unit: str) -> str:
    """Name the files of a unit's report, where there are several rosters.

    Examples
    --------
    >>> name_report("63", "77", "Bà Rịa - Vũng Tàu")
    '63/77-ba-ria-vung-tau'
    """
    words = (unit,) if code == unit else (code, unit)
    return f"{name_stem(basis)}/{name_stem(*words)}"


def name_overview(panel: Panel) -> str:
    """Name the overview of a roster."""
    return "-".join(filter(None, [OVERVIEW, panel.basis]))


def as_of(stem: str, origin_year: int | None) -> str:
    """Name a report that looks ahead from an earlier edition, if it does, apart from the others."""
    return stem if origin_year is None else f"{stem}-as-of-{origin_year}"


@lru_cache(maxsize=4)  # each name that a page refers to asks for it
def name_reports(panel: Panel) -> Mapping[str, str]:
    """Name the reports of all units, by code, each apart from those that look the same.

    And from those of earlier editions, as which no name shall be taken; see `as_of`.
    """
    stems = {
        code: name_stem(name, taken=(OVERVIEW,))
        if panel.basis is None
        else name_report(panel.basis, code, name)
        for code, name in panel.names.items()
    }
    count = Counter(stems.values())
    return {
        code: stem
        if count[stem] == 1 and not _PAST.search(stem)
        else f"{stem}-{hash_content(code.encode())[:8]}"
        for code, stem in stems.items()
    }


def refer_to(panel: Panel, code: str, origin_year: int) -> str:
    """Mark the name of a unit as that of its report: as of an earlier edition, if there is one.

    The origin is the last edition that the page knows on which the name stands.
    """
    return refer(panel.unit(code).label, *list_stems(panel, code, origin_year))


def list_stems(panel: Panel, code: str, origin_year: int) -> list[str]:
    """Name the reports that a unit's name may lead to, the preferred first; see `refer_to`."""
    stem = name_reports(panel)[code]
    past = [as_of(stem, origin_year)] if origin_year != panel.editions[-1] else []
    return [*past, stem]


def link_units(table: Table, panel: Panel, codes: Sequence[str], origin_year: int) -> Table:
    """Mark the names in the first column of a table, of these units row by row; see `refer_to`."""
    names = [refer_to(panel, code, origin_year) for code in codes]
    return replace(table, frame=table.frame.assign(**{table.frame.columns[0]: names}))
