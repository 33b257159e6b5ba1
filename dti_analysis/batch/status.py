"""The record of a folder of reports, for people and for monitors."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dti_analysis.batch.manifest import FILE, Manifest, Record, Run, read_manifest
from dti_analysis.batch.store import open_store
from dti_analysis.errors import DataError
from dti_analysis.names import shorten

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def read_age(text: str) -> timedelta:
    """Read how old reports may be.

    Examples
    --------
    >>> read_age("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    found = re.fullmatch(r"([1-9][0-9]{0,5})([dhm])", text)
    if found is None:
        raise DataError(
            f'--max-age "{shorten(text)}": expected a number of days, hours or minutes, as in 8d, '
            "36h or 90m."
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def tell_status(
    output: str | Path, is_json: bool = False, max_age: timedelta | None = None
) -> tuple[int, str]:
    """Tell what is on record, as it is if `is_json`, with an exit code; refuse if nothing is.

    It is 0 if all is good; 1 if a report failed; 2 if the last run was refused, interrupted or
    killed, or none came to its end within `max_age`.
    """
    store = open_store(output)
    manifest = read_manifest(store)
    run = manifest.run
    if run is None:
        raise DataError(f"{store.locate(FILE)}: not there. Make reports first: dti report --all")
    if run.status == "running" and not store.is_locked():
        run = manifest.run = replace(run, status="killed")
    is_old = max_age is not None and _measure_age(manifest.finished) > max_age
    failed = [record for record in manifest.reports.values() if _has_failed(record)]
    code = 2 if is_old or run.status not in ("finished", "running") else int(bool(failed))
    lines = _tell(manifest, run)
    if is_old:
        lines.append(f"Too old: the last run that came to its end {_tell_end(manifest.finished)}")
    return max(code, int(bool(run.faults))), (
        manifest.to_json().rstrip() if is_json else "\n".join(lines)
    )


def _measure_age(run: Run | None) -> timedelta:
    if run is None or run.ended is None:
        return timedelta.max
    return datetime.now(UTC) - datetime.fromisoformat(run.ended)


def _has_failed(record: Record) -> bool:
    return record.status == "failed" and record.is_planned


def _count(records: Collection[Record]) -> str:
    failed = sum(map(_has_failed, records))
    return f"{len(records)}: {len(records) - failed} good, {failed} failed"


def _tell_end(run: Run | None) -> str:
    return "is not on record" if run is None else f"ended {run.ended}"


def _tell(manifest: Manifest, run: Run) -> list[str]:
    planned = [record for record in manifest.reports.values() if record.is_planned]
    lines = [f"Run of {run.started}, {run.id}: {run.status} {run.ended or ''}".rstrip()]
    if run.reason:
        lines += [f"  {line}" for line in run.reason.splitlines()]
    if run.status != "finished":
        lines.append(f"The last run that came to its end {_tell_end(manifest.finished)}")
    made = manifest.finished if run.status == "refused" and manifest.finished else run
    lines += [
        f"Kernels {made.kernels or 'not needed'}, workers {made.workers}",
        f"Data    sha256 {made.data[:16]}",
        f"Library sha256 {made.library[:16]}, commit {made.commit or 'unknown'}",
        f"Reports {_count(planned)}",
    ]
    for language in filter(None, dict.fromkeys(told.parameters.get("lang") for told in planned)):
        of = [record for record in planned if record.parameters.get("lang") == language]
        lines.append(f"In {language}   {_count(of)}")
    lines += [f"  {fault}" for fault in run.faults]
    for stem, record in manifest.reports.items():
        if not record.is_planned:
            lines.append(f"  {stem}: no longer planned; dti report --prune removes it")
        elif record.status == "failed":
            older = f"; an older report is of {record.report.built}" if record.report else ""
            shown = f"; see {record.failed_notebook}" if record.failed_notebook else ""
            lines.append(f"  {stem}: {record.error} (tried {record.attempts}×{older}{shown})")
    return lines
