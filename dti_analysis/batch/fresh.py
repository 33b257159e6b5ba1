"""The engine ``dti`` of papermill's own command: a fresh interpreter runs the notebook.

Papermill imports it wherever it is imported itself, so it brings little.
"""

import logging
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.engines import Engine

from dti_analysis.batch.surroundings import ORDER, RESULT, STREAMS, surround


class FreshEngine(Engine):  # type: ignore[misc]
    """Runs a notebook in a fresh interpreter: ``papermill --engine dti``."""

    @classmethod
    def execute_notebook(cls, nb: NotebookNode, kernel_name: str, **settings: Any) -> NotebookNode:
        """Run a notebook as far as it comes; papermill raises what a cell did.

        The name of a kernel is not read: the kernel is this interpreter. A limit of time for a cell
        is refused, as this engine does not keep it.
        """
        if settings.pop("execution_timeout", None):
            raise ValueError("the engine dti sets no limit to a cell: see dti report --timeout")
        files = {name: settings.pop(f"{name}_file", None) for name in STREAMS}
        settings.pop("start_timeout", None)
        with tempfile.TemporaryDirectory(prefix="dti-") as name:
            folder = Path(name)
            (folder / ORDER).write_bytes(pickle.dumps((nb, kernel_name, settings)))
            level = str(logging.getLogger().getEffectiveLevel())
            command = [sys.executable, "-m", f"{__package__}.engine", name, level]
            environment = surround(folder)
            code = subprocess.run(command, env=environment, check=False).returncode
            if not (folder / RESULT).exists():
                subprocess.run([*command, str(code)], env=environment, check=False)
            if not (folder / RESULT).exists():
                raise RuntimeError(f"the interpreter died, with exit code {code}")
            executed: NotebookNode = pickle.loads((folder / RESULT).read_bytes())
        for cell in executed.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "stream" and files[output.name]:
                    files[output.name].write(output.text)
        return executed
