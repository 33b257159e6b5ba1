"""All reports against a loop of papermill and nbconvert, and against the cells alone."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dti_analysis.reporting.batch import Settings, plan
from dti_analysis.reporting.crew import count_cores

SAMPLE = 6
PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def planned():
    return plan([], [63, 34], Settings(None, 20_000, 2022))


def run_plainly(job, folder):
    """What one would type for one province."""
    notebook = folder / "report.ipynb"
    given = [word for pair in job.parameters.items() for word in ("-p", *map(str, pair))]
    began = time.monotonic()
    for command in (
        [PROGRAMS / "papermill", job.notebook, notebook, *given],
        [PROGRAMS / "jupyter", "nbconvert", "--to", "html", "--no-input", notebook],
    ):
        subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


def report(output, *arguments):
    began = time.monotonic()
    command = [PROGRAMS / "dti", "report", *arguments, "--output", output]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


def sum_cells(output):
    record = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    return [about["cell_seconds"] for about in record["reports"].values()]


def test_all_reports(benchmark, planned, tmp_path, capsys):
    jobs = planned.jobs
    step = len(jobs) // SAMPLE
    sample = [job for job in jobs if "province" in job.parameters][::step][:SAMPLE]
    # The machine may be faster or slower by the minute: half of the sample before, half after.
    plain = [run_plainly(job, tmp_path) for job in sample[: SAMPLE // 2]]
    names = [job.parameters["province"] for job in sample]
    report(tmp_path / "alone", *names, "--jobs", "1")
    elapsed = benchmark.pedantic(report, (tmp_path / "all", "--all"), rounds=1)
    plain += [run_plainly(job, tmp_path) for job in sample[SAMPLE // 2 :]]
    again = report(tmp_path / "all", "--all")

    alone = sum_cells(tmp_path / "alone")
    plain_seconds = sum(plain) / len(plain) * len(jobs)
    cell_seconds = sum(alone) / len(alone) * len(jobs) / count_cores()
    told = {
        "reports": len(jobs),
        "cores": count_cores(),
        "load": os.getloadavg()[0],
        "batch": elapsed,
        "plain loop / batch": plain_seconds / elapsed,
        "batch / (cells / cores)": elapsed / cell_seconds,
        "again, nothing changed": again,
    }
    benchmark.extra_info.update(told)
    with capsys.disabled():
        print()
        for name, value in told.items():
            print(
                f"{name:>24}  {value:.2f}" if isinstance(value, float) else f"{name:>24}  {value}"
            )
