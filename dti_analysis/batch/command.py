"""A plan carried out for someone at a terminal, or for a log."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

from dti_analysis.batch.manifest import Run, read_manifest, stamp_now
from dti_analysis.batch.options import Options
from dti_analysis.batch.plan import Plan
from dti_analysis.batch.pool import CAN_FORK, Pool
from dti_analysis.batch.progress import choose_progress
from dti_analysis.batch.runner import list_due, run_plan
from dti_analysis.batch.stale import find_unplanned
from dti_analysis.batch.stopping import record_stop
from dti_analysis.batch.store import open_store
from dti_analysis.errors import BusyError, DataError


def make(
    make_plan: Callable[[], Plan],
    output: str | Path,
    options: Mapping[str, Any],
    *,
    is_json: bool = False,
    is_hasty: bool = False,
) -> tuple[int, str]:
    """Make what is due, and tell of each that failed; on record however it ends.

    What is None in the `options` is up to the plan. To get ready for reports while they are
    planned, `is_hasty`, is worth it where some are due. The exit code is 0 if all reports are good,
    1 if some are not, 2 if the run was refused, 130 if it was stopped; a text says what came of it,
    unless all was told.
    """
    progress = choose_progress(is_json=is_json)
    run = Run(progress.run, stamp_now())
    try:
        with ExitStack() as exits:
            pool = None
            if is_hasty and CAN_FORK and not (options["is_cold"] or options["dask"]):
                pool = exits.enter_context(closing(Pool(progress.note)))
                pool.start_early()
            plan = make_plan()
            outcomes = run_plan(plan, output, _choose(plan, options), progress, pool)
    except BaseException as error:
        store = open_store(output)
        # What ended the run is told all the same; it is no matter of the run that is at work.
        with suppress(OSError, DataError):
            if not isinstance(error, BusyError) and read_manifest(store).run is not None:
                with store.locked():
                    record_stop(store, run, error)
        if isinstance(error, DataError):
            progress.refuse(str(error))
            return 2, ""
        if isinstance(error, KeyboardInterrupt):
            progress.note("Stopped.")
            return 130, ""
        raise
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    is_good = not failed and not plan.faults
    if is_json:
        return int(not is_good), ""
    for fault in plan.faults:
        progress.note(fault)
    for outcome in failed:
        progress.note(f"{outcome.job.stem}: failed: {outcome.error}")
    name = plan.page.name if plan.page else ""
    good = len(outcomes) - len(failed)
    told = f"{open_store(output).locate(name)}: {good} of {len(outcomes)} good."
    return int(not is_good), told


def tell_due(plan: Plan, output: str | Path, options: Mapping[str, Any]) -> str:
    """Say what would be made, and why, and which reports are no longer planned."""
    how = _choose(plan, options)
    tasks = list_due(plan, output, how)
    due = [f"{task.job.stem}: {task.reason}" for task in tasks if task.reason]
    fate = "would be removed" if how.is_pruning else "stays without --prune"
    gone = [
        f"{stem}: no longer planned; {fate}"
        for stem in find_unplanned(plan, read_manifest(open_store(output)))
    ]
    told = [*plan.faults, *due, *gone]
    return "\n".join([*told, f"{len(due)} of {len(tasks)} reports would be made."])


def _choose(plan: Plan, options: Mapping[str, Any]) -> Options:
    told = {name: value for name, value in options.items() if value is not None}
    how = Options(**{"timeout": plan.timeout, **told})
    if how.is_pruning and not plan.is_whole:
        raise DataError(
            "--prune would remove what others plan. It goes with --all, without --basis, --lang "
            "and --origin-year, or with --notebook and --over, and with nothing at fault."
        )
    return how
