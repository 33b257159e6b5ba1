"""The record of a folder of reports, for people."""

from collections.abc import Collection
from pathlib import Path

from dti_analysis.batch.manifest import FILE, Manifest, Record, read_manifest
from dti_analysis.batch.store import open_store
from dti_analysis.errors import DataError


def tell_status(output: str | Path, is_json: bool = False) -> str:
    """Tell what is on record.

    Parameters
    ----------
    output : str or Path
        Folder or address of the reports.
    is_json : bool
        Whether to give the record as it is.

    Raises
    ------
    DataError
        If nothing is on record.
    """
    store = open_store(output)
    manifest = read_manifest(store)
    if not manifest.run:
        raise DataError(f"{store.locate(FILE)}: not there. Make reports first: dti report --all")
    return manifest.to_json().rstrip() if is_json else "\n".join(_tell(manifest))


def _count(records: Collection[Record]) -> str:
    failed = sum(record.status == "failed" for record in records)
    return f"{len(records)}: {len(records) - failed} good, {failed} failed"


def _tell(manifest: Manifest) -> list[str]:
    run, records = manifest.run, manifest.reports
    failed = {stem: record for stem, record in records.items() if record.status == "failed"}
    ended = f"{run['status']} {run['ended']}" if run["ended"] else "at work still, or killed"
    lines = [
        f"Run of {run['started']}, {ended}",
        f"Kernels {run['kernels'] or 'not needed'}, workers {run['workers']}",
        f"Data    sha256 {run['data'][:16]}",
        f"Library sha256 {run['library'][:16]}, commit {run['commit'] or 'unknown'}",
        f"Reports {_count(records.values())}",
    ]
    languages = dict.fromkeys(record.parameters.get("lang") for record in records.values())
    for language in filter(None, languages):
        of = [record for record in records.values() if record.parameters.get("lang") == language]
        lines.append(f"In {language}   {_count(of)}")
    for stem, record in failed.items():
        older = f"; an older report is of {record.report.built}" if record.report else ""
        lines.append(f"  {stem}: {record.error} (tried {record.attempts}×{older})")
    return lines
