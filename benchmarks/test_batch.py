"""All reports against papermill and nbconvert in a loop and against the cells alone; a stop."""

import itertools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from dti_analysis.batch.crew import count_cores

from dti_analysis.batch.plan import Settings
from dti_analysis.reports.jobs import plan

SAMPLE = 6
PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def planned():
    return plan([], None, Settings(None, 20_000, 2022), ["vi", "en"])


def run(*commands):
    """Wall and processor seconds of programs, one after the other."""
    began, before = time.monotonic(), os.times()
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    spent = after.children_user + after.children_system
    return time.monotonic() - began, spent - before.children_user - before.children_system


def run_plainly(job, folder):
    """Run what one would type for one province."""
    notebook = folder / "report.ipynb"
    given = [word for pair in job.parameters.items() for word in ("-p", *map(str, pair))]
    return run(
        [PROGRAMS / "papermill", job.notebook, notebook, *given],
        [PROGRAMS / "jupyter", "nbconvert", "--to", "html", "--no-input", notebook],
    )


def report(output, *arguments):
    return run([PROGRAMS / "dti", "report", *arguments, "--output", output])


def average_cells(output):
    record = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    return np.mean([about["cell_seconds"] for about in record["reports"].values()])


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


def test_all_reports(benchmark, planned, tmp_path, capsys):
    jobs, cores = planned.jobs, count_cores()
    step = len(jobs) // SAMPLE
    sample = [job for job in jobs if "unit" in job.parameters][::step][:SAMPLE]
    # The machine may be faster or slower by the minute: half of the sample before, half after.
    plain = [run_plainly(job, tmp_path) for job in sample[: SAMPLE // 2]]
    report(tmp_path / "alone", *[job.parameters["unit"] for job in sample], "--jobs", "1")
    wall, spent = benchmark.pedantic(report, (tmp_path / "all", "--all"), rounds=1)
    plain += [run_plainly(job, tmp_path) for job in sample[SAMPLE // 2 :]]
    again, _ = report(tmp_path / "all", "--all")

    plain_wall, plain_spent = np.mean(plain, axis=0) * len(jobs)
    told = {
        "reports": len(jobs),
        "cores": cores,
        "cores that the batch got": spent / wall,
        "seconds": wall,
        "plain loop / batch": plain_wall / wall,
        "processor time, plain loop / batch, x cores": plain_spent / spent * cores,
        "batch / (cells / cores)": wall / (average_cells(tmp_path / "alone") * len(jobs) / cores),
        "seconds with nothing changed": again,
    }
    benchmark.extra_info.update(told)
    with capsys.disabled():
        print("", *(f"{name:>45}  {value:.4g}" for name, value in told.items()), sep="\n")
