"""A batch of reports: only what is due, as many at a time as there are hands, nothing lost."""

import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dti_analysis.batch.attempts import describe_attempt, name_outputs, place_outputs, stamp
from dti_analysis.batch.inputs import Inputs, describe_inputs
from dti_analysis.batch.job import Job, Outcome, check_stems
from dti_analysis.batch.manifest import read_manifest
from dti_analysis.batch.options import Options
from dti_analysis.batch.plan import Page, Prepare
from dti_analysis.batch.progress import Progress, choose_progress
from dti_analysis.batch.stale import Task, find_due, find_unlinked
from dti_analysis.batch.stopping import stopping_on_sigterm
from dti_analysis.batch.store import Store, open_store
from dti_analysis.files import hash_object
from dti_analysis.project import find_root

if TYPE_CHECKING:  # they import papermill, which a run with nothing to do can spare
    from dti_analysis.batch.crew import Crew
    from dti_analysis.batch.worker import Draft, Workshop


def run_jobs(
    jobs: Sequence[Job],
    output: str | Path,
    *,
    build: Inputs | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
    page: Page | None = None,
    prepare: Prepare | None = None,
) -> list[Outcome]:
    """Make the reports that are due, each whole or not at all, whatever becomes of the others.

    For each job ``stem.ipynb`` (executed) and ``stem.html``, ``stem.pdf`` or both appear in the
    output when all are complete. Where a job fails, the previous ones stay, and
    ``stem.failed.ipynb`` shows how far it came; the next success removes it. ``manifest.json``
    keeps the record.

    Parameters
    ----------
    jobs : sequence of Job
        What to make.
    output : str or Path
        Folder of the reports, made where missing; or an address that fsspec knows.
    build : Inputs, optional
        What the reports are made from; found out by default.
    options : Options, optional
        How to run.
    progress : Progress, optional
        Told of the progress; by default on stderr.
    page : Page, optional
        Page over the reports, made where it is out of date.
    prepare : callable, optional
        See `dti_analysis.batch.plan.Plan`.

    Returns
    -------
    list of Outcome
        In the order of the jobs.

    Raises
    ------
    DataError
        If a job or an option is at fault, or another run is at this output. No kernel was started
        then.
    OSError
        If the output cannot be written to.
    """
    options = options or Options()
    options.check()
    store = open_store(output)
    progress = progress or choose_progress()
    run = _Run(store, build or describe_inputs(find_root()), options, progress, page)
    jobs = [replace(job, notebook=job.notebook.absolute()) for job in jobs]
    tasks = _prepare(jobs, run)
    if any(task.reason for task in tasks) or (jobs and run.needs_page()):
        with store.locked():
            return run.make(jobs, prepare)
    return run.finish(tasks, {})


def list_due(
    jobs: Sequence[Job], output: str | Path, *, build: Inputs, options: Options
) -> list[Task]:
    """Find what `run_jobs` would make, and why; nothing is written.

    Parameters
    ----------
    jobs, output, build, options
        As for `run_jobs`.

    Returns
    -------
    list of Task
        One for each job, in their order; ``reason`` is None where the report is as it should be.

    Raises
    ------
    DataError
        As from `run_jobs`.
    """
    options.check()
    return _prepare(jobs, _Run(open_store(output), build, options, choose_progress(), None))


def _prepare(jobs: Sequence[Job], run: "_Run") -> list[Task]:
    """Check jobs and find which are due."""
    check_stems(jobs)
    tasks = run.look_up(jobs)
    due = [task.job for task in tasks if task.reason]
    if due:
        from dti_analysis.batch.parameters import check_parameters

        for job in due:
            check_parameters(job.notebook, job.parameters)
        run.check_formats()
    return tasks


class _Run:
    """One run on one output."""

    def __init__(
        self, store: Store, build: Inputs, options: Options, progress: Progress, page: Page | None
    ) -> None:
        self._store, self._build, self._options = store, build, options
        self._progress, self._page = progress, page
        self._clock = time.monotonic()
        self._id = stamp(datetime.now(UTC))

    def look_up(self, jobs: Sequence[Job]) -> list[Task]:
        """Read the record and find what is due."""
        self._manifest = read_manifest(self._store)
        return find_due(
            jobs,
            self._manifest,
            self._store,
            self._build,
            formats=self._options.formats,
            is_forced=self._options.is_forced,
        )

    def check_formats(self) -> None:
        """Refuse formats that cannot be made here."""
        if "pdf" in self._options.formats:
            from dti_analysis.batch.pdf import check_pdf

            check_pdf()

    def make(self, jobs: Sequence[Job], prepare: Prepare | None) -> list[Outcome]:
        """Make what is due, with the output to itself."""
        tasks = self.look_up(jobs)  # again: another run may just have ended
        due = deque(task for task in tasks if task.reason)
        done: dict[str, Outcome] = {}
        with stopping_on_sigterm(), ExitStack() as stack:
            equipment = None
            if due:
                from dti_analysis.batch.equipment import equip

                to_run = [task.job for task in due if task.executed is None]
                ahead = prepare(to_run) if prepare else None
                equipment = stack.enter_context(
                    equip(due, self._build, self._options, self._progress, ahead)
                )
            stack.enter_context(self._on_record())
            if equipment is not None:
                self._work(due, done, *equipment)
                self._link(jobs, done, *equipment)
            self._make_page()
            return self.finish(tasks, done)

    @contextmanager
    def _on_record(self) -> Iterator[None]:
        """Keep a record of the run, however it ends."""
        run = self._manifest.run
        run.clear()
        run.update(id=self._id, started=self._id, ended=None, status="running")
        run.update(kernels=None, workers=0, **self._build.to_dict())
        self._manifest.save(self._store)
        try:
            yield
            run.update(status="finished", **self._summary)
        except BaseException:
            run.update(status="interrupted")
            raise
        finally:
            run.update(ended=stamp(datetime.now(UTC)))
            self._manifest.save(self._store)

    def _work(
        self, due: deque[Task], done: dict[str, Outcome], crew: "Crew", workshop: "Workshop"
    ) -> None:
        from dti_analysis.batch.crew import spread

        is_warm = workshop.modules is not None
        self._manifest.run.update(kernels="forked" if is_warm else "cold", workers=crew.count())
        self._progress.start(len(due))
        ended = spread(due, _Work(workshop), crew, lambda task: self._progress.begin(task.job))
        for task, result in ended:
            outcome = self._settle(task, result)
            if outcome.status == "failed" and task.attempt <= self._options.retries:
                self._progress.retry(outcome)
                due.append(replace(task, attempt=task.attempt + 1))
            else:
                done[task.job.stem] = outcome
                self._progress.end(outcome)

    def _link(
        self, jobs: Sequence[Job], done: dict[str, Outcome], crew: "Crew", workshop: "Workshop"
    ) -> None:
        """Make good the links between languages, now that it is known which reports there are."""
        from dti_analysis.batch.crew import spread

        unlinked = find_unlinked(jobs, self._manifest)
        formats = self._options.formats
        found = find_due(unlinked, self._manifest, self._store, self._build, formats=formats)
        due = deque(task for task in found if task.executed is not None)
        for task, result in spread(due, _Work(workshop), crew, lambda _: None):
            outcome = self._settle(task, result)
            if outcome.status == "failed" or task.job.stem not in done:
                done[task.job.stem] = outcome

    def _settle(self, task: Task, result: "Draft | Exception") -> Outcome:
        """Put what a worker made in place, and on record."""
        from dti_analysis.batch.worker import Draft, explain

        if isinstance(result, Exception):
            now = datetime.now(UTC)
            result = Draft({}, now, now, error=explain(result))
        job, error = task.job, result.error
        outputs, reports = name_outputs(job, result), self._manifest.reports
        try:
            place_outputs(self._store, job, outputs, reports, self._id)
        except OSError as fault:
            outputs = {}
            error = error or f"its report cannot be stored: {fault.strerror or fault}"
        record = describe_attempt(task, result, error, outputs, self._id, reports.get(job.stem))
        reports[job.stem] = record
        try:
            self._manifest.save(self._store)
        except OSError as fault:
            # The last time, at the end of the run, it is an error. Until then work on: the next
            # run compares files, so it is not misled by an old record.
            self._progress.note(f"the record cannot be written: {fault.strerror or fault}")
        return Outcome(job, record.status, record.seconds, error, task.attempt)

    def needs_page(self) -> bool:
        """Whether the page over the reports is not what it should be."""
        if self._page is None:
            return False
        is_there = all(self._store.read(name) is not None for name in self._page.names)
        return not is_there or self._manifest.pages.get(self._page.name) != self._page_key()

    def _page_key(self) -> str:
        reports = {
            stem: [record.status, record.error, record.report and record.report.built]
            for stem, record in self._manifest.reports.items()
        }
        build = self._build
        sources = [build.data, build.library, dict(build.versions)]
        return hash_object([self._page and self._page.inputs, *sources, reports])

    def _make_page(self) -> None:
        if self._page is not None and self.needs_page():
            pages = self._page.render(self._manifest)
            self._store.put({name: page.encode() for name, page in pages.items()})
            self._manifest.pages[self._page.name] = self._page_key()

    def finish(self, tasks: Sequence[Task], done: dict[str, Outcome]) -> list[Outcome]:
        """Sum up."""
        outcomes = [
            done.get(task.job.stem) or Outcome(task.job, "unchanged", 0.0, None, 0)
            for task in tasks
        ]
        counts = Counter(outcome.status for outcome in outcomes)
        self._summary = {
            **{status: counts[status] for status in ("built", "unchanged", "failed")},
            "seconds": round(time.monotonic() - self._clock, 3),
        }
        self._progress.close(self._summary)
        return outcomes


@dataclass(frozen=True)
class _Work:
    """Does a task; goes to the workers."""

    workshop: "Workshop"

    def __call__(self, task: Task) -> "Draft":
        from dti_analysis.batch.worker import make_report

        return make_report(task, self.workshop)
