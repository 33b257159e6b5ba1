"""Names of the files of a project's reports."""

from collections import Counter

from dti_analysis.batch.job import slugify
from dti_analysis.files import hash_content
from dti_analysis.index import Index
from dti_analysis.panel import Unit

OVERVIEW = "overview"


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
    stem = f"{basis}/{code}-{slugify(province)}"
    return stem if origin_year is None else f"{stem}-as-of-{origin_year}"


def name_file(index: Index, unit: Unit) -> str:
    """Name a report, apart from those of others whose names are the same in plain letters."""
    plain = Counter(map(slugify, index.panel.names.values()))
    name = slugify(unit.name)
    if name and plain[name] == 1 and name not in {OVERVIEW, "index"}:
        return name
    return "-".join(filter(None, [name, hash_content(unit.name.encode())[:8]]))
