"""The words of the domain: names, units and ranges of what the tables hold.

Scores are in [0, 1]. Ranks count from 1, the best; ties share the best rank.
"""

from typing import Literal

Basis = Literal[63, 34]

BASES: tuple[Basis, ...] = (63, 34)
"""Number of provinces ranked: 63 until 30 June 2025, 34 from 1 July 2025."""

MERGER_DATE = "1 July 2025"

PILLARS = ("government_pillar", "economy_pillar", "society_pillar")
SHARED_INDICES = ("awareness", "institutions", "infrastructure", "workforce", "security")
ACTIVITIES = ("government_activity", "economy_activity", "society_activity")
MAIN_INDICES = SHARED_INDICES + ACTIVITIES

PILLAR_ACTIVITY = dict(zip(PILLARS, ACTIVITIES, strict=True))
"""Each pillar is the shared indices plus this one activity index (from edition 2021)."""

LABELS = {
    "overall": "Overall",
    "government_pillar": "Digital government",
    "economy_pillar": "Digital economy",
    "society_pillar": "Digital society",
    "awareness": "Awareness",
    "institutions": "Institutions",
    "infrastructure": "Infrastructure",
    "workforce": "Workforce",
    "security": "Information security",
    "government_activity": "Government activities",
    "economy_activity": "Economic activities",
    "society_activity": "Social activities",
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
