"""Reports against papermill and nbconvert in a loop, and against their cells alone; a stop.

Figures to read, not to pass: what they may be depends on the machine, and on what else it does.
"""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest

from dti_analysis.batch.plan import Settings
from dti_analysis.batch.pool import count_cores
from dti_analysis.reports.plan import plan_project

SAMPLE = 6
PROGRAMS = Path(sys.executable).parent
# As installed: what is compiled is kept.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Spent:
    """What commands took: seconds, seconds of the processors, and MB at the peak."""

    wall: float
    cpu: float
    peak: float = 0.0

    def __add__(self, other):
        peak = max(self.peak, other.peak)
        return Spent(self.wall + other.wall, self.cpu + other.cpu, peak)

    def __mul__(self, count):
        return Spent(self.wall * count, self.cpu * count, self.peak)


def run(*command, is_watched=False):
    """Run a program, and measure its processes; memory that they share counts once."""
    began, before = time.monotonic(), os.times()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    )
    sizes = [0.0]
    watch = threading.Thread(target=watch_memory, args=(process, sizes))
    if is_watched:
        watch.start()
    assert process.wait() == 0, command
    wall, after = time.monotonic() - began, os.times()
    if is_watched:
        watch.join()
    cpu = after.children_user + after.children_system - before.children_user
    return Spent(wall, cpu - before.children_system, max(sizes))


def watch_memory(process, sizes):
    """Add up what the processes of a program hold, in MB, five times a second until its end."""
    while process.poll() is None:
        size = 0
        try:
            parent = psutil.Process(process.pid)
            for each in (parent, *parent.children(recursive=True)):
                lines = Path(f"/proc/{each.pid}/smaps_rollup").read_text().splitlines()
                size += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, psutil.NoSuchProcess):
            continue
        sizes.append(size / 1024)
        time.sleep(0.2)


def run_plainly(job, folder):
    """Run what one would type for one province."""
    notebook = folder / "report.ipynb"
    given = [word for pair in job.parameters.items() for word in ("-p", *map(str, pair))]
    return run(PROGRAMS / "papermill", job.notebook, notebook, *given) + run(
        PROGRAMS / "jupyter", "nbconvert", "--to", "html", "--no-input", notebook
    )


def report(output, *arguments, **how):
    return run(PROGRAMS / "dti", "report", *arguments, "--output", output, **how)


def sum_cells(output):
    """Add up the seconds of all cells, and count the reports."""
    record = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    seconds = [about["cell_seconds"] for about in record["reports"].values()]
    return sum(seconds), len(seconds)


@pytest.fixture(scope="module")
def jobs():
    return plan_project([], None, Settings(None, 20_000, 2022), ["vi", "en"]).jobs


@pytest.fixture(scope="module")
def sample(jobs):
    units = [job for job in jobs if "unit" in job.parameters]
    return units[:: len(units) // SAMPLE][:SAMPLE]


def test_stop(benchmark, tmp_path):
    """From SIGTERM, which means what Ctrl-C does, to the end of a run that is at work."""
    outputs = (tmp_path / str(number) for number in itertools.count())

    def begin():
        output = next(outputs)
        command = [PROGRAMS / "dti", "report", "--all", "--output", output]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while process.poll() is None and not list(output.glob("*/*.html")):
            time.sleep(0.05)
        return (process,), {}

    def stop(process):
        process.terminate()
        assert process.wait() == 130

    benchmark.pedantic(stop, setup=begin, rounds=5)


@pytest.mark.parametrize("count", [1, SAMPLE])
def test_some_reports(benchmark, tell, jobs, tmp_path, count):
    """A few reports in one language, in turn with the loop."""
    chosen = jobs[: 5 * count : 5]  # all of one roster
    names = [
        *(job.parameters["unit"] for job in chosen),
        *("--lang", chosen[0].language, "--basis", chosen[0].parameters["basis"]),
    ]
    made = []

    def make():
        made.append(report(tmp_path / f"made-{len(made)}", *names, is_watched=True))

    def loop():
        return sum((run_plainly(job, tmp_path) for job in chosen), Spent(0, 0))

    plain = [loop()]
    benchmark.pedantic(make, rounds=3)
    plain.append(loop())
    walls, cpus = (
        [np.median([getattr(each, key) for each in some]) for some in (plain, made)]
        for key in ("wall", "cpu")
    )
    tell(
        {
            "reports": count,
            "seconds": walls[1],
            "plain loop / batch": walls[0] / walls[1],
            "processor time, plain loop / batch": cpus[0] / cpus[1],
            "peak MB": max(each.peak for each in made),
        }
    )


def test_all_reports(benchmark, tell, jobs, sample, tmp_path):
    cores = count_cores()
    # The machine may be faster or slower by the minute: half of the sample before, half after.
    plain = [run_plainly(job, tmp_path) for job in sample[: SAMPLE // 2]]
    report(tmp_path / "alone", *[job.parameters["unit"] for job in sample], "--jobs", "1")
    made = benchmark.pedantic(report, (tmp_path / "all", "--all"), {"is_watched": True}, rounds=1)
    plain += [run_plainly(job, tmp_path) for job in sample[SAMPLE // 2 :]]
    again = report(tmp_path / "all", "--all")

    loop = sum(plain, Spent(0, 0)) * (len(jobs) / SAMPLE)
    seconds, count = sum_cells(tmp_path / "alone")
    cells = seconds / count * len(jobs)
    tell(
        {
            "reports": len(jobs),
            "cores": cores,
            "cores that the batch got": made.cpu / made.wall,
            "seconds": made.wall,
            "plain loop / batch": loop.wall / made.wall,
            "processor time, plain loop / batch, x cores": loop.cpu / made.cpu * cores,
            "batch / (cells / cores)": made.wall / (cells / cores),
            "processor time, batch / cells": made.cpu / cells,
            "peak MB": made.peak,
            "processor seconds with nothing changed": again.cpu,
        }
    )
