"""Names of the files of a project's reports."""

from collections import Counter

from dti_analysis.batch.job import name_stem
from dti_analysis.files import hash_content
from dti_analysis.index import Index

OVERVIEW = "overview"

CASE, CASE_ORIGIN = "Bà Rịa - Vũng Tàu", 2021
"""The case the project was made for, told as of the edition before its first target."""


def name_report(basis: str, code: str, province: str, origin_year: int | None = None) -> str:
    """Name the files of a province's report.

    Parameters
    ----------
    basis : str
        Name of the roster.
    code, province : str
        Code and display name.
    origin_year : int, optional
        Given where the report looks ahead from an earlier edition than the last.

    Returns
    -------
    str
        A stem for `Job`.

    Examples
    --------
    >>> name_report("63", "77", "Bà Rịa - Vũng Tàu")
    '63/77-ba-ria-vung-tau'
    >>> name_report("34", "66", "Đắk Lắk", origin_year=2021)
    '34/66-dak-lak-as-of-2021'
    """
    words = (province,) if code == province else (code, province)
    return as_of(f"{name_stem(basis)}/{name_stem(*words)}", origin_year)


def as_of(stem: str, origin_year: int | None) -> str:
    """Name a report that looks ahead from an earlier edition, if it does, apart from the others."""
    return stem if origin_year is None else f"{stem}-as-of-{origin_year}"


def name_reports(index: Index) -> dict[str, str]:
    """Name the reports of all units, by code, each apart from those that look the same.

    Parameters
    ----------
    index : Index
        The roster.
    """
    stems = {
        code: name_stem(name, taken=(OVERVIEW,))
        if index.basis is None
        else name_report(index.basis, code, name)
        for code, name in index.panel.names.items()
    }
    count = Counter(stems.values())
    return {
        code: stem if count[stem] == 1 else f"{stem}-{hash_content(code.encode())[:8]}"
        for code, stem in stems.items()
    }
