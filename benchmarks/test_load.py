"""500 reports in one batch, and the index page that leads to them: nothing grows or is left.

The figures are to be read with the load of the machine. Of the batch is asserted what a busy one
does not change: seconds of the processors are counted in yardsticks, a piece of work that is timed
all the while, since a core that is shared is slower.
"""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from browsing import browser  # noqa: F401
from browsing import pytestmark as in_browser

DTI = Path(sys.executable).with_name("dti")
UNITS = 500
PARTS = ("economy", "society", "government")
WEIGHTS = (500, 300, 200)
BLOCK = 10  # reports
ROUNDS = 7
MARK = "DTI_LOAD"
GROWTH = 1.1
FIRST_PAINT, FILTER = 2000, 100  # milliseconds
WORDS = ("u", "un", "unit 1", "unit 12", "unit 123", "")
STROKES = """async words => {
    const search = document.getElementById("search");
    const nextFrame = () => new Promise(resolve => requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(null);
    }));
    const spent = [];
    for (const word of words) {
        await new Promise(resolve => setTimeout(resolve, 500));
        const began = performance.now();
        search.value = word;
        search.dispatchEvent(new Event("input", { bubbles: true }));
        await nextFrame();
        spent.push(performance.now() - began);
    }
    return spent;
}"""
FIRST_PAINTED = """() => new Promise(resolve => new PerformanceObserver(list => {
    const [entry] = list.getEntriesByName("first-contentful-paint");
    if (entry) resolve(entry.startTime);
}).observe({ type: "paint", buffered: true }))"""


@dataclass(frozen=True)
class Sample:
    """What a batch holds, and has used so far, when so many reports are done.

    MB, and seconds of the processors. The parent is the process that reports are forked from.
    """

    done: int
    leader_size: float
    greatest_size: float
    leader_descriptors: int
    parent_descriptors: int
    spent: float
    yardstick: float


@dataclass(frozen=True)
class Batch:
    """What came of it, with what was left behind."""

    folder: Path
    events: list[dict]
    samples: list[Sample]
    processes: list[str]
    files: list[Path]

    def describe(self, fifth):
        """Sum up a fifth of the reports, 0 to 4; what a report takes is the median of blocks."""
        begin, end = UNITS * fifth // 5, UNITS * (fifth + 1) // 5
        inside = pd.DataFrame([each for each in self.samples if begin <= each.done < end])
        firsts = {each.done: each.spent for each in reversed(self.samples)}
        done = sorted(firsts)
        edges = np.arange(begin, end + 1, BLOCK)
        spent = np.diff(np.interp(edges, done, [firsts[each] for each in done])) / BLOCK
        return {
            "seconds of processors, a report": np.median(spent),
            "seconds of processors, the yardstick": inside["yardstick"].median(),
            # The plan, at the beginning, takes more than the batch.
            "MB of the leading process": inside["leader_size"].median(),
            "MB of the greatest of the others": inside["greatest_size"].max(),
            "descriptors of the leading process": inside["leader_descriptors"].median(),
            "descriptors of the parent": inside["parent_descriptors"].median(),
        }


def measure_yardstick():
    """Take the processor time of a piece of work that is always the same."""
    began = time.thread_time()
    sum(number * number for number in range(50_000))
    return time.thread_time() - began


def watch(process, log):
    """Look at a batch twice a second until its end."""
    while process.poll() is None:
        with suppress(psutil.Error, ValueError):  # ValueError: none but the leader yet
            parent, *reports = process.children(recursive=True)
            times, others = process.cpu_times(), parent.cpu_times()
            yield Sample(
                log.read_text().count('"event": "end"'),
                measure_size(process),
                max(map(measure_size, (parent, *reports))),
                process.num_fds(),
                parent.num_fds(),
                # Of the reports, those that are over.
                times.user + times.system + sum(others[:4]),
                measure_yardstick(),
            )
        time.sleep(0.5)


def measure_size(process):
    return process.memory_info().rss / 2**20


def make_project(folder):
    """Make a project of an index whose components walk at random, 2017 to 2024."""
    rng, years = np.random.default_rng(1), np.arange(2017, 2025)
    start, steps = rng.standard_normal((2, UNITS, len(years), len(PARTS)))
    parts = (50 + 10 * start[:, :1] + 2 * steps.cumsum(axis=1)).clip(0, 100).round(2)
    parts = parts.reshape(-1, len(PARTS))
    columns = {
        "unit": np.repeat([f"Unit {unit:03d}" for unit in range(1, UNITS + 1)], len(years)),
        "year": np.tile(years, UNITS),
        "score": (parts @ WEIGHTS / sum(WEIGHTS)).round(3),
        **dict(zip(PARTS, parts.T, strict=True)),
    }
    pd.DataFrame(columns).to_csv(folder / "large.csv", index=False)
    command = [DTI, "init", "large", "--panel", "large.csv", "--max-score", "100"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with (folder / "large" / "index.toml").open("a") as description:
        print("[weights.2017]", file=description)
        for name, weight in zip(PARTS, WEIGHTS, strict=True):
            print(f"{name} = {weight}", file=description)
    return folder / "large"


def list_marked(mark):
    """List the processes that were started, by whatever process, with a mark."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    folder = tmp_path_factory.mktemp("load")
    project, temporary, log = make_project(folder), folder / "temporary", folder / "log"
    temporary.mkdir()
    own = {MARK: str(folder), "TMPDIR": str(temporary)}
    environment = {key: value for key, value in os.environ.items() if key != "DTI_ROOT"} | own
    with log.open("w") as stream:
        process = psutil.Popen(
            [DTI, "report", "--all", "--log-json"],
            cwd=project,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=stream,
        )
        samples = list(watch(process, log))
    assert process.wait() == 0
    events = [json.loads(line) for line in log.read_text().splitlines()]
    left = [*temporary.iterdir(), *project.rglob("*.part"), *project.rglob("*.failed.ipynb")]
    return Batch(project, events, samples, list_marked(str(folder)), left)


def test_500_reports(benchmark, tell, request):
    batch = benchmark.pedantic(request.getfixturevalue, ("batch",), rounds=1)
    first, last = map(batch.describe, (0, 4))
    growth = {name: last[name] / first[name] for name in first}
    taken, yardstick = list(growth.values())[:2]
    tell(
        {
            **{f"{name}: first fifth": value for name, value in first.items()},
            **{f"{name}: last / first": value for name, value in growth.items()},
            "in yardsticks, a report: last / first": taken / yardstick,
            "MB of the leading process, at most": max(each.leader_size for each in batch.samples),
        }
    )
    summary = batch.events[-1]
    assert (summary["event"], summary["failed"]) == ("summary", 0)
    assert summary["built"] >= UNITS
    assert batch.processes == batch.files == []
    assert taken / yardstick < GROWTH
    assert all(value < GROWTH for name, value in growth.items() if not name.startswith("seconds"))


@in_browser
def test_the_index_page_of_500(benchmark, tell, batch, browser):  # noqa: F811
    address = (batch.folder / "reports" / "index.html").as_uri()
    paints, waits = [], []

    def look():
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        paints.append(page.evaluate(FIRST_PAINTED))
        assert page.locator("tbody tr:visible").count() == UNITS
        waits.append(page.evaluate(STROKES, WORDS))
        page.locator("tbody tr").last.wait_for()  # the last of those that come back
        page.close()

    benchmark.pedantic(look, rounds=ROUNDS)
    answers = np.median(waits, axis=0)
    names = [f"ms to the frame after {word!r}" for word in WORDS]
    tell({"ms to the first paint": np.median(paints), **dict(zip(names, answers, strict=True))})
    assert np.median(paints) < FIRST_PAINT
    assert np.median(waits) < FILTER
    assert np.min(waits, axis=0).max() < FILTER  # whatever is typed, where nothing else is at work
