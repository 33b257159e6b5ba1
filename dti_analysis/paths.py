"""Where things are. Nothing here reads or writes."""

import os
from pathlib import Path

ROOT = Path(os.environ.get("DTI_ROOT", Path(__file__).resolve().parent.parent))
RAW = ROOT / "data" / "raw"
PROCESSED = ROOT / "data" / "processed"
NOTEBOOKS = ROOT / "notebooks"
REPORTS = ROOT / "reports"
