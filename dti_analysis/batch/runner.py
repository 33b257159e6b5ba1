"""A batch of reports: only what is due, as many at a time as there are hands, nothing lost."""

import pickle
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from dti_analysis.batch.attempts import describe_attempt, name_outputs, place_outputs
from dti_analysis.batch.job import Outcome, check_stems
from dti_analysis.batch.kernels import choose_kernel
from dti_analysis.batch.links import list_pages
from dti_analysis.batch.manifest import FILE, Run, read_manifest, stamp_now
from dti_analysis.batch.options import Options
from dti_analysis.batch.plan import Plan
from dti_analysis.batch.pool import (
    CAN_FORK,
    DaskPool,
    Pool,
    RunContext,
    RunResult,
    count_cores,
    make_all,
)
from dti_analysis.batch.progress import Progress, choose_progress
from dti_analysis.batch.stale import Task, find_due, find_unplanned, list_moved
from dti_analysis.batch.stopping import record_stop, stopping_on_sigterm
from dti_analysis.batch.store import Store, open_store
from dti_analysis.errors import DataError, GuardError
from dti_analysis.files import hash_object

_GUARD = f"{GuardError.__name__}: "
"""How the error of a report begins that ends the batch."""


def run_plan(
    plan: Plan,
    output: str | Path,
    options: Options | None = None,
    progress: Progress | None = None,
    pool: Pool | None = None,
) -> list[Outcome]:
    """Make the reports that are due, each whole or not at all, whatever becomes of the others.

    For each job ``stem.ipynb`` (executed) and ``stem.html``, ``stem.pdf`` or both appear in the
    output, a folder or an address, when all are complete. Where a job fails, the previous ones
    stay, and ``stem.failed.ipynb`` shows how far it came; the next success removes it.
    ``manifest.json`` keeps the record, of the run as well, however it ends. A `pool` that was
    started already is closed in the end.

    A DataError says that a job or an option is at fault, or that another run is at this output: no
    kernel was started then.
    """
    store, progress = open_store(output), progress or choose_progress()
    run = _Run(plan, store, options or Options(), progress, pool)
    run.look_up()
    return run.make() if plan.jobs else run.finish({})


def list_due(plan: Plan, output: str | Path, options: Options) -> list[Task]:
    """Find what `run_plan` would make, and why, a task for each job; nothing is written."""
    run = _Run(plan, open_store(output), options, choose_progress())
    run.look_up()
    return run.tasks


class _Run:
    """One run on one output."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        options: Options,
        progress: Progress,
        pool: Pool | None = None,
    ) -> None:
        options.check()
        jobs = [replace(job, notebook=job.notebook.absolute()) for job in plan.jobs]
        check_stems(jobs)
        self._plan, self._store = replace(plan, jobs=tuple(jobs)), store
        self._options, self._progress, self._pool = options, progress, pool
        self._clock = time.monotonic()
        build = plan.build
        self._run = Run(
            progress.run,
            stamp_now(),
            data=build.data,
            library=build.library,
            versions=build.versions,
            commit=build.commit,
        )

    def look_up(self) -> None:
        """Read the record, find what is due, and check that it can be made."""
        options = self._options
        self._content, self.manifest = self._store.read(FILE), read_manifest(self._store)
        unplanned = find_unplanned(self._plan, self.manifest)
        self._gone = unplanned if options.is_pruning else []
        tasks = find_due(
            self._plan.jobs,
            self.manifest,
            self._store,
            self._plan.build,
            formats=options.formats,
            is_forced=options.is_forced,
            gone=self._gone,
        )
        choose = cache(partial(choose_kernel, is_ordinary=options.engine == "jupyter"))
        self.tasks = [
            replace(task, kernel=choose(task.job.notebook, task.content)) if task.reason else task
            for task in tasks
        ]
        self._refused: dict[str, str] = {}
        due = [task for task in self.tasks if task.reason]
        if not due:
            return
        from dti_analysis.batch.parameters import check_job

        for task in due:
            try:
                check_job(task.job.notebook, task.job.parameters, options.formats)
            except DataError as error:
                if not options.is_lenient:
                    raise
                self._refused[task.job.stem] = str(error)
        if "pdf" in options.formats:
            from dti_analysis.batch.pdf import check_pdf

            check_pdf()

    def make(self) -> list[Outcome]:
        """Make what is due, with the output to itself."""
        with self._store.locked(), stopping_on_sigterm():
            try:
                if self._store.read(FILE) != self._content:
                    self.look_up()  # another run has just ended
                done = self._make_due()
                self._drop_unplanned()
                self._make_page()
                return self.finish(done)
            except BaseException as error:
                with suppress(DataError, OSError):  # what went wrong is told all the same
                    record_stop(self._store, self._run, error)
                raise

    def _make_due(self) -> dict[str, Outcome]:
        done = {
            task.job.stem: Outcome(task.job, "failed", 0.0, self._refused[task.job.stem], 0)
            for task in self.tasks
            if task.job.stem in self._refused
        }
        self._run.faults = (*self._plan.faults, *self._refused.values())
        due = deque(task for task in self.tasks if task.reason and task.job.stem not in done)
        self.manifest.run = self._run
        if due:
            pool = self._open_pool(due)
            try:
                self.manifest.save(self._store)
                self._work(due, done, pool)
                self._link(done, pool)
            finally:
                pool.close()
        return done

    def _open_pool(self, due: Sequence[Task]) -> Pool:
        """Find who is to make what is due."""
        options, prepare = self._options, self._plan.prepare
        to_run = [task for task in due if task.executed is None]
        ahead = prepare([task.job for task in to_run]) if prepare else None
        if not options.is_cold and not CAN_FORK:
            self._progress.note("Reports start cold: forking them needs Linux.")
        for kernel in dict.fromkeys(task.kernel for task in to_run if task.kernel):
            self._progress.note(f"In an ordinary kernel: what is for {kernel}.")
        contents = dict.fromkeys(task.content for task in to_run if task.kernel is None)
        context = RunContext(
            self._plan.build,
            None if options.is_cold or not CAN_FORK else tuple(contents),
            options.timeout,
            pickle.dumps(ahead) if ahead is not None else b"",
        )
        if options.dask is not None:
            return DaskPool(context, options.dask)
        pool = self._pool or Pool(self._progress.note)
        pool.brief(context, min(options.n_jobs or count_cores(), len(due)))
        return pool

    def _work(self, due: deque[Task], done: dict[str, Outcome], pool: Pool) -> None:
        self._run.kernels = "forked" if pool.is_warm else "cold"
        self._run.workers = pool.size
        self._progress.start(len(due))
        ended = make_all(due, pool, lambda task: self._progress.begin(task.job), self._prepare_page)
        for task, result in ended:
            if result.error is not None and result.error.startswith(_GUARD):
                raise GuardError(f"{task.job.stem}: {result.error.removeprefix(_GUARD)}")
            outcome = self._settle(task, result)
            can_retry = not result.is_final and task.attempt <= self._options.retries
            if outcome.status == "failed" and can_retry:
                self._progress.retry(outcome)
                due.append(replace(task, attempt=task.attempt + 1))
            else:
                done[task.job.stem] = outcome
                self._progress.end(outcome)

    def _prepare_page(self) -> None:
        """Make the page as it stands, once: what a first time costs is spent while others work."""
        with suppress(DataError):  # told once the reports are made
            if self._plan.page is not None:
                self._plan.page.render(self.manifest)

    def _link(self, done: dict[str, Outcome], pool: Pool) -> None:
        """Make good the links between pages, now that it is known which there are."""
        pages = list_pages(self.manifest, self._gone)
        there = (self._relink(replace(task, pages=pages)) for task in self.tasks)
        due = deque(task for task in there if task is not None)
        for task, result in make_all(due, pool):
            outcome = self._settle(task, result)
            if outcome.error is not None or task.job.stem not in done:
                done[task.job.stem] = outcome

    def _relink(self, task: Task) -> Task | None:
        """Have a report rendered again whose links are not what there is; None if they are."""
        record = self.manifest.reports.get(task.job.stem)
        if record is None or record.report is None:
            return None
        executed = self._store.read(f"{task.job.stem}.ipynb")
        if executed is None or not list_moved(task, record):
            return None
        return replace(task, formats=record.formats, executed=executed)

    def _settle(self, task: Task, result: RunResult) -> Outcome:
        """Put what came of a report in place, and on record."""
        job, error = task.job, result.error
        outputs, reports = name_outputs(job, result), self.manifest.reports
        try:
            place_outputs(self._store, task, outputs, reports, self._run.id)
        except OSError as fault:
            outputs = {}
            error = error or f"its report cannot be stored: {fault.strerror or fault}"
        record = describe_attempt(task, result, error, outputs, self._run.id, reports.get(job.stem))
        reports[job.stem] = record
        try:
            self.manifest.save(self._store)
        except OSError as fault:
            # The last time, at the end of the run, it is an error. Until then work on: the next
            # run compares files, so it is not misled by an old record.
            self._progress.note(f"the record cannot be written: {fault.strerror or fault}")
        return Outcome(job, record.status, record.seconds, error, task.attempt)

    def _drop_unplanned(self) -> None:
        """Mark reports that are no longer planned, or remove them."""
        reports = self.manifest.reports
        unplanned = find_unplanned(self._plan, self.manifest)
        named = [job.stem for job in self._plan.jobs if job.stem in reports]
        for stem in (*named, *unplanned):
            reports[stem] = replace(reports[stem], is_planned=stem in named)
        if self._options.is_pruning:
            gone = [reports.pop(stem) for stem in unplanned]
            kept = {file for record in reports.values() for file in record.list_files()}
            for file in {file for record in gone for file in record.list_files()} - kept:
                self._store.remove(file)
            for stem in unplanned:
                self._progress.note(f"{stem}: removed, as it is no longer planned")

    def _page_key(self) -> str:
        reports = {
            stem: [record.status, record.is_planned, record.report and record.report.run]
            for stem, record in self.manifest.reports.items()
        }
        page, build = self._plan.page, self._plan.build
        sources = [build.data, build.library, dict(build.versions)]
        return hash_object([page and page.inputs, *sources, reports])

    def _make_page(self) -> None:
        page, pages = self._plan.page, self.manifest.pages
        if page is None:
            return
        key = self._page_key()
        if any(pages.get(name) != key or self._store.read(name) is None for name in page.names):
            made = page.render(self.manifest)
            self._store.put({name: text.encode() for name, text in made.items()})
            pages.update(dict.fromkeys(page.names, key))

    def finish(self, done: dict[str, Outcome]) -> list[Outcome]:
        """Sum up, on record too."""
        outcomes = [
            done.get(task.job.stem) or Outcome(task.job, "unchanged", 0.0, None, 0)
            for task in self.tasks
        ]
        counts = Counter(outcome.status for outcome in outcomes)
        run = self._run
        run.built, run.unchanged, run.failed = (counts[s] for s in ("built", "unchanged", "failed"))
        run.seconds = round(time.monotonic() - self._clock, 3)
        run.status, run.ended = "finished", stamp_now()
        if outcomes:
            self.manifest.run = self.manifest.finished = run
            self.manifest.save(self._store)
        self._progress.close(run)
        return outcomes
