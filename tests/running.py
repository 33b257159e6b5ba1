"""The command, run as people do: in a folder, and with no project named."""

import os
import subprocess
import sys
from pathlib import Path

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
