"""Runs that end before their time: SIGTERM as Ctrl-C, and what goes on record and on the pages."""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from markupsafe import escape

from dti_analysis.batch.manifest import FILE, Run, read_manifest, stamp_now
from dti_analysis.batch.store import Store
from dti_analysis.errors import DataError
from dti_analysis.language import LANGUAGES, _, format_date, use_language

_NOTICE = b'<p class="bad" id="notice" hidden></p>'
"""Where pages over reports have room for it."""


@contextmanager
def stopping_on_sigterm() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM; only a main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_given: object) -> None:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def record_stop(store: Store, run: Run, error: BaseException) -> None:
    """Put on record that an error ended a run, and say on the pages how old they are.

    Where there is no record yet, none is made. The store is to be locked already.
    """
    manifest = read_manifest(store)
    last = manifest.run
    if last is None or (last.id == run.id and last.status != "running"):
        return
    why = str(error) if isinstance(error, DataError) else f"{type(error).__name__}: {error}"
    manifest.run = replace(
        run,
        ended=stamp_now(),
        # One that was on record already had begun its work.
        status="interrupted"
        if last.id == run.id or isinstance(error, KeyboardInterrupt)
        else "refused",
        reason=None if isinstance(error, KeyboardInterrupt) else why,
    )
    files = {name: store.read(name) for name in manifest.pages}
    manifest.pages = dict.fromkeys(manifest.pages, "")  # the next run makes them anew
    since = manifest.finished and manifest.finished.ended
    marked = {name: _mark(page, since) for name, page in files.items() if page and since}
    store.put({**marked, FILE: manifest.to_json().encode()})


def _mark(page: bytes, since: str) -> bytes:
    """Say on a page over reports since when they were not brought up to date."""
    found = re.search(rb'<html lang="(\w+)"', page)
    language = found[1].decode() if found else ""
    if language not in LANGUAGES:
        return page
    with use_language(language):
        told = _(
            "Not updated since {date}: the last run did not succeed. "
            "The operator is told why by dti status."
        ).format(date=format_date(since[:10]))
    return page.replace(_NOTICE, f'<p class="bad" id="notice">{escape(told)}</p>'.encode())
