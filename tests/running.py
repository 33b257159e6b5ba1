"""The command, run as people do: in a folder, and with no project named; and batches of jobs."""

import os
import subprocess
import sys
from pathlib import Path

from dti_analysis.batch.inputs import describe_inputs
from dti_analysis.batch.plan import Plan
from dti_analysis.batch.runner import run_plan
from dti_analysis.root import find_root

DTI = Path(sys.executable).with_name("dti")


def call(*arguments, cwd):
    """Run it; hand back its exit code and what it told on both streams."""
    environment = {name: value for name, value in os.environ.items() if name != "DTI_ROOT"}
    told = subprocess.run(
        [DTI, *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True
    )
    return told.returncode, told.stdout, told.stderr


def list_all(folder):
    """List files and folders."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def run_jobs(jobs, output, *, build=None, options=None, progress=None, page=None, prepare=None):
    """Make the reports of jobs that are due, and the page over them, of no project's plan."""
    build = build or describe_inputs(find_root())
    return run_plan(Plan(tuple(jobs), page, build, output, prepare), output, options, progress)
