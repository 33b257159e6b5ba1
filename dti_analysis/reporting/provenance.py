"""What a report was made from, in the words of its small print."""

import importlib.metadata
import shutil
import subprocess
from pathlib import Path

from dti_analysis import paths


def describe_build(data_sha256: str, root: Path = paths.ROOT) -> dict[str, str]:
    """Tell data and code apart from those of any other report.

    Parameters
    ----------
    data_sha256 : str
        Sum over the raw tables; ``panel.attrs["provenance"]["data_sha256"]``.
    root : Path
        Folder of the project, asked for its commit.

    Returns
    -------
    dict of str to str
        Label and value of each line of small print.
    """
    build = {
        "Data": f"sha256 {data_sha256[:16]}",
        "Version": f"dti_analysis {importlib.metadata.version('dti_analysis')}",
    }
    commit = read_commit(root)
    return build if commit is None else {**build, "Commit": commit}


def read_commit(root: Path) -> str | None:
    """Name the commit of a checkout, marked where files differ from it; None if there is none.

    Parameters
    ----------
    root : Path
        Top folder of the checkout.
    """
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    told = subprocess.run(
        [git, "-C", str(root), "describe", "--always", "--exclude=*", "--dirty= and local changes"],
        capture_output=True,
        text=True,
        check=False,
    )
    # A repository without any commit is no fault of the report.
    return told.stdout.strip() if told.returncode == 0 else None
