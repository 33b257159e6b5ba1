"""What a run tells while it runs: one bar on a terminal, else a line for each report."""

import json
import secrets
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from tqdm import tqdm

from dti_analysis.batch.job import Job, Outcome
from dti_analysis.batch.manifest import Run
from dti_analysis.errors import escape

_SHOWN = 3  # titles beside the bar


def choose_progress(stream: TextIO | None = None, is_json: bool = False) -> "Progress":
    """Choose how to tell, by default on stderr; a JSON object a line if `is_json`."""
    stream = stream or sys.stderr
    if is_json:
        return _JsonProgress(stream)
    return _BarProgress(stream) if stream.isatty() else Progress(stream)


def tell_summary(run: Run) -> str:
    """Sum a run that came to its end up in a line.

    Examples
    --------
    >>> tell_summary(Run("a1", "", built=3, unchanged=94, seconds=4.21))
    '97 reports: 3 built, 94 unchanged, 0 failed, in 4.2 s.'
    """
    told = f"{run.built} built, {run.unchanged} unchanged, {run.failed} failed"
    return f"{run.built + run.unchanged + run.failed} reports: {told}, in {run.seconds:.1f} s."


class Progress:
    """Told what happens in a run; it prints a line for each report that is made or fails.

    The name of the `run` stands in each line.
    """

    def __init__(self, stream: TextIO) -> None:
        self.run = secrets.token_hex(4)
        self._stream = stream
        self._total = self._count = 0

    def start(self, total: int) -> None:
        """Hear how many reports are to be made."""
        self._total = total

    def begin(self, job: Job) -> None:
        """Hear that a report is begun."""

    def retry(self, outcome: Outcome) -> None:
        """Tell that a try failed."""
        self._say(f"{_tell(outcome)}; trying again")

    def end(self, outcome: Outcome) -> None:
        """Tell the end of a report."""
        self._count += 1
        self._say(f"[{self._count}/{self._total}] {_tell(outcome)}")

    def note(self, text: str) -> None:
        """Tell it."""
        self._say(text)

    def close(self, run: Run) -> None:
        """Sum up."""
        self._say(tell_summary(run))

    def refuse(self, reason: str) -> None:
        """Tell why nothing was made."""
        self._say(f"Error: {reason}")

    def _say(self, text: str) -> None:
        head = f"{_tell_now()} {self.run}"
        lines = [f"{head} {line}" for line in escape(text).splitlines()]
        print("\n".join(lines), file=self._stream, flush=True)


class _BarProgress(Progress):
    """One bar for the batch, with what is in work; lines for failures only."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._at_work: dict[str, None] = {}
        self._bar: tqdm[Any] | None = None

    def start(self, total: int) -> None:
        self._bar = tqdm(total=total, unit="report", file=self._stream, dynamic_ncols=True)

    def begin(self, job: Job) -> None:
        self._at_work[_name(job)] = None
        self._show()

    def retry(self, outcome: Outcome) -> None:
        self._at_work.pop(_name(outcome.job), None)
        super().retry(outcome)

    def end(self, outcome: Outcome) -> None:
        self._at_work.pop(_name(outcome.job), None)
        if outcome.error is not None:
            self._say(_tell(outcome))
        if self._bar is not None:
            self._bar.update()
        self._show()

    def close(self, run: Run) -> None:
        self._at_work.clear()
        self._show()
        if self._bar is not None:
            self._bar.close()
        print(tell_summary(run), file=self._stream)

    def _show(self) -> None:
        names = list(self._at_work)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        if self._bar is not None:
            self._bar.set_postfix_str(escape(", ".join(names[:_SHOWN]) + more, kept=""))

    def _say(self, text: str) -> None:
        tqdm.write(escape(text), file=self._stream)


class _JsonProgress(Progress):
    """A JSON object for each event."""

    def start(self, total: int) -> None:
        self._write("start", reports=total)

    def begin(self, job: Job) -> None:
        self._write("begin", report=job.stem)

    def retry(self, outcome: Outcome) -> None:
        self._write("retry", **_describe(outcome))

    def end(self, outcome: Outcome) -> None:
        self._write("end", **_describe(outcome))

    def close(self, run: Run) -> None:
        names = ("built", "unchanged", "failed", "seconds", "faults")
        self._write("summary", **{name: getattr(run, name) for name in names})

    def refuse(self, reason: str) -> None:
        self._write("refused", reason=reason)

    def _say(self, text: str) -> None:
        self._write("note", text=text)

    def _write(self, event: str, **facts: Any) -> None:
        told = {"time": _tell_now(), "run": self.run, "event": event, **facts}
        line = json.dumps(told, ensure_ascii=False)
        print(escape(line), file=self._stream, flush=True)


def _tell_now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _name(job: Job) -> str:
    return job.title.partition(":")[0]


def _tell(outcome: Outcome) -> str:
    line = f"{outcome.job.stem}: {outcome.status} in {outcome.seconds:.1f} s"
    return line if outcome.error is None else f"{line}: {outcome.error}"


def _describe(outcome: Outcome) -> dict[str, Any]:
    return {
        "report": outcome.job.stem,
        "status": outcome.status,
        "seconds": round(outcome.seconds, 3),
        "attempts": outcome.attempts,
        "error": outcome.error,
    }
