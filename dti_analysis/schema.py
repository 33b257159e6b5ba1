"""The words of the domain: names, units and ranges of what the tables hold.

Scores are in [0, 1]. Ranks count from 1, the best; ties share the best rank.
"""

from typing import Literal

from dti_analysis.language import N_, _

Basis = Literal[63, 34]

BASES: tuple[Basis, ...] = (63, 34)
"""Number of provinces ranked: 63 until 30 June 2025, 34 from 1 July 2025."""

MERGER_DATE = N_("1 July 2025")

PILLARS = ("government_pillar", "economy_pillar", "society_pillar")
SHARED_INDICES = ("awareness", "institutions", "infrastructure", "workforce", "security")
ACTIVITIES = ("government_activity", "economy_activity", "society_activity")
MAIN_INDICES = SHARED_INDICES + ACTIVITIES

PILLAR_ACTIVITY = dict(zip(PILLARS, ACTIVITIES, strict=True))
"""Each pillar is the shared indices plus this one activity index (from edition 2021)."""

LABELS = {
    "overall": N_("Overall"),
    "government_pillar": N_("Digital government"),
    "economy_pillar": N_("Digital economy"),
    "society_pillar": N_("Digital society"),
    "awareness": N_("Awareness"),
    "institutions": N_("Institutions"),
    "infrastructure": N_("Infrastructure"),
    "workforce": N_("Workforce"),
    "security": N_("Information security"),
    "government_activity": N_("Government activities"),
    "economy_activity": N_("Economic activities"),
    "society_activity": N_("Social activities"),
}
"""Names of the indices in English; what readers see is what `name_index` gives."""

REGIONS = {
    "Bắc Trung Bộ và Duyên hải miền Trung": N_("North Central and Central Coast"),
    "Đông Nam Bộ": N_("Southeast"),
    "Đồng bằng sông Cửu Long": N_("Mekong River Delta"),
    "Đồng bằng sông Hồng": N_("Red River Delta"),
    "Tây Nguyên": N_("Central Highlands"),
    "Trung du và miền núi phía Bắc": N_("Northern Midlands and Mountains"),
}

INDICES = tuple(LABELS)
METRICS = tuple(f"{kind}_{index}" for kind in ("rank", "score") for index in INDICES)

FACT_STATUSES = ("stated", "implied", "suspect")
SOURCE_KINDS = ("official", "official_copy", "government", "press")
"""Kinds of source, the most trusted first."""

PANEL_STATUSES = ("published", "implied", "computed")

PANEL_COLUMNS = (
    ["basis", "year", "code", "province", "region", "score", "rank"]
    + [column for pillar in PILLARS for column in (pillar, f"{pillar}_rank")]
    + list(MAIN_INDICES)
)
PANEL_KEY = ["basis", "year", "code"]
PANEL_VALUES = PANEL_COLUMNS[5:]


def name_index(index: str) -> str:
    """Name an index, a pillar or the whole in the language spoken; another index as it is.

    Examples
    --------
    >>> name_index("economy_pillar")
    'Digital economy'
    """
    return _(LABELS[index]) if index in LABELS else index


def name_region(region: str) -> str:
    """Name a region, known by its Vietnamese name, in the language spoken.

    Examples
    --------
    >>> name_region("Đông Nam Bộ")
    'Southeast'
    """
    return _(REGIONS[region])
