"""A plan carried out for someone at a terminal, or for a log."""

from pathlib import Path

import click

from dti_analysis.batch.options import Options
from dti_analysis.batch.plan import Plan
from dti_analysis.batch.progress import choose_progress
from dti_analysis.batch.runner import list_due, run_jobs
from dti_analysis.batch.store import open_store
from dti_analysis.errors import escape


def make(
    plan: Plan, output: str | Path | None, options: Options, is_json: bool = False
) -> tuple[bool, str]:
    """Make what is due; tell of each that failed.

    Parameters
    ----------
    plan : Plan
        What is to be there.
    output : str, Path or None
        Where; the plan's own place by default.
    options : Options
        How to run.
    is_json : bool
        Whether to tell it in JSON only.

    Returns
    -------
    bool
        Whether all reports are good.
    str
        What came of it; nothing if all was told in JSON.
    """
    place = output or plan.output
    outcomes = run_jobs(
        plan.jobs,
        place,
        build=plan.build,
        options=options,
        progress=choose_progress(is_json=is_json),
        page=plan.page,
        prepare=plan.prepare,
    )
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if is_json:
        return not failed, ""
    for outcome in failed:
        click.echo(escape(f"{outcome.job.stem}: failed: {outcome.error}"), err=True)
    good = len(outcomes) - len(failed)
    page = open_store(place).locate(plan.page.name)
    return not failed, f"{page}: {good} of {len(outcomes)} good."


def tell_due(plan: Plan, output: str | Path | None, options: Options) -> str:
    """Say what would be made, and why.

    Parameters
    ----------
    plan, output, options
        As for `make`.
    """
    tasks = list_due(plan.jobs, output or plan.output, build=plan.build, options=options)
    due = [f"{task.job.stem}: {task.reason}" for task in tasks if task.reason]
    return "\n".join([*due, f"{len(due)} of {len(tasks)} reports would be made."])
