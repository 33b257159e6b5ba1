"""What a run needs to work: a crew, a folder for drafts and sockets, and a warm process in it."""

import pickle
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dti_analysis.batch.crew import Crew, DaskCrew, count_cores
from dti_analysis.batch.imports import find_imports
from dti_analysis.batch.inputs import Inputs
from dti_analysis.batch.options import Options
from dti_analysis.batch.progress import Progress
from dti_analysis.batch.provisioner import CAN_FORK, WarmProcess, make_private_folder
from dti_analysis.batch.stale import Task
from dti_analysis.batch.worker import Workshop


@contextmanager
def equip(
    tasks: Collection[Task],
    build: Inputs,
    options: Options,
    progress: Progress,
    ahead: Callable[[], None] | None = None,
) -> Iterator[tuple[Crew, Workshop]]:
    """Hold what a run needs. Afterwards nothing of it is left, no process and no socket.

    Parameters
    ----------
    tasks : collection of Task
        What is to be done.
    build : Inputs
        What the reports are made from.
    options : Options
        How to run.
    progress : Progress
        Told where kernels cannot be forked.
    ahead : callable, optional
        What the warm process is to do ahead for all kernels; it is pickled.
    """
    modules = None
    prepared = pickle.dumps(ahead) if ahead is not None else b""
    to_run = dict.fromkeys(task.content for task in tasks if task.executed is None)
    if to_run and CAN_FORK and not options.is_cold:
        modules = find_imports(to_run)
    elif to_run and not options.is_cold:
        progress.note("Kernels start cold: forking them needs Linux.")
    with ExitStack() as stack:
        crew: Crew
        folder: Path | None = None
        if options.dask is not None:
            crew = DaskCrew(options.dask)
        elif modules is not None:
            warm = WarmProcess(modules, prepared)
            stack.callback(warm.close)
            folder = warm.folder
        else:
            folder = make_private_folder()
            # A dying kernel may still write to it.
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if options.dask is None:
            crew = Crew(min(options.n_jobs or count_cores() + 1, len(tasks)))
        stack.callback(crew.dismiss)
        sent = prepared if folder is None else b""
        yield crew, Workshop(build, modules, folder, options.timeout, sent)
