"""Commands that write: killed at random, out of disk, read-only, two at once, at odd times.

``DTI_SOAK`` says how often each is killed; ``DTI_SEED`` begins another row of moments. A failure
tells both, and the number of its kill, so that it can be had again.
"""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from city_project import write_panel, write_project
from edition_files import lay_out, to_csv
from frozen import CHECKOUT
from killing import list_processes, run_in_namespace
from notebook_files import read_files, read_reports
from running import DTI
from waiting import wait_for

from dti_analysis.cleaning.checks import accept
from dti_analysis.root import RAW

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="does what Linux does")

COUNT = int(os.environ.get("DTI_SOAK", "5"))
SEED = int(os.environ.get("DTI_SEED", "2022"))
FUTURE = 4_000_000_000

Files = Mapping[str, bytes]

# The command in a process that is killed before one of its changes, or tells how many it made.
COUNTED = f"""
import atexit, sys
sys.path.insert(0, {str(CHECKOUT / "tests")!r})
from killing import count_down
step = int(sys.argv.pop(1))
left = count_down(step)
atexit.register(lambda: print("changes:", step - left.__length_hint__(), file=sys.stderr))
from dti_analysis.cli import main
main(prog_name="dti")
"""


def read_folder(name: str, *endings: str) -> Callable[[Path], Files]:
    def read(place: Path) -> Files:
        folder = place / name
        found = read_files(folder) if folder.is_dir() else {}
        return {file: found[file] for file in found if file.endswith(endings or "")}

    return read


def read_made(place: Path) -> Files:
    """Read the reports that there are, but for the page that lists them and the one at fault."""
    found = read_reports(place / "out") if (place / "out").is_dir() else {}
    return {
        name: content
        for name, content in found.items()
        if not name.endswith((".part", ".failed.ipynb")) and not name.startswith("index")
    }


def copy_raw(place: Path, *, is_kept: Callable[[bytes], bool] = bool) -> Path:
    raw = shutil.copytree(CHECKOUT / "tests/data/raw", place / "raw")
    header, *lines = (raw / "dti_facts.csv").read_bytes().splitlines(keepends=True)
    (raw / "dti_facts.csv").write_bytes(b"".join([header, *filter(is_kept, lines)]))
    return raw


@dataclass(frozen=True)
class Command:
    """A command that writes.

    Its `words` are typed in a folder that `prepare` fills; `read` reads what it writes there. What
    is there as a `whole` appears in one piece: all of it is old, or all of it new.
    """

    words: tuple[str, ...]
    prepare: Callable[[Path], object]
    read: Callable[[Path], Files]
    is_whole: bool = False


@pytest.fixture(scope="module")
def commands(resolved):
    def prepare_init(place: Path) -> None:
        (place / "p.csv").write_text(write_panel(), encoding="utf-8")

    def prepare_panel(place: Path) -> None:
        (place / RAW).parent.mkdir()
        copy_raw(place).rename(place / RAW)
        shutil.copy(CHECKOUT / "index.toml", place)

    def prepare_import(place: Path) -> None:
        raw = copy_raw(place, is_kept=lambda line: line.startswith(b"2020,"))
        accept(raw)
        (place / "table").write_bytes(to_csv(lay_out(resolved, 34, 2024)))
        url = ("--source", "https://dti.gov.vn/xep-hang-moi", "--folder", "raw")
        told = call(place, "import", "table", "--draft", "--year", "2024", *url)
        assert told.returncode == 0, told.stderr

    def prepare_check(place: Path) -> None:
        copy_raw(place, is_kept=lambda line: line.startswith(b"2020,"))

    def prepare_report(place: Path) -> None:
        write_project(place, write_panel())

    how = ("--draws", "50", "--lang", "en", "--jobs", "2", "--output", "out")
    return {
        "init": Command(
            ("init", "mine", "--panel", "p.csv"), prepare_init, read_folder("mine"), True
        ),
        "panel": Command(("panel",), prepare_panel, read_folder("data/processed")),
        "import": Command(
            ("import", "table", "--folder", "raw"),
            prepare_import,
            read_folder("raw", "csv", "json"),
        ),
        "check": Command(("check", "raw", "--accept"), prepare_check, read_folder("raw"), True),
        "report": Command(("report", "Ash", "Birch", *how), prepare_report, read_made),
    }


NAMES = ("init", "panel", "import", "check", "report")


def surround(place: Path, **more: str) -> dict[str, str]:
    found = {**os.environ, "PWD": str(place), "TMPDIR": str(place.parent / "scratch"), **more}
    del found["DTI_ROOT"]
    return found


def start(place: Path, *words: str, step: int | None = None, **options: object):
    begin = [DTI] if step is None else [sys.executable, "-c", COUNTED, str(step)]
    return subprocess.Popen(
        [*begin, *words],
        cwd=place,
        env=surround(place),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def call(place: Path, *words: str, **options: object):
    process = start(place, *words, **options)
    out, err = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, out, err)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    # Sockets of kernels have short names.
    folder = Path(tempfile.mkdtemp(prefix="k-", dir="/tmp"))
    (folder / "scratch").mkdir()
    yield folder
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Undisturbed:
    """A command, what its folder is like before, what it writes, and how it goes about it."""

    command: Command
    before: Path
    old: Files
    new: Files
    seconds: float
    changes: int


@pytest.fixture(scope="module")
def undisturbed(commands, base):
    """Run a command once, in peace."""
    done: dict[str, Undisturbed] = {}

    def run(name: str) -> Undisturbed:
        if name not in done:
            command, before = commands[name], base / f"{name}-before"
            before.mkdir()
            command.prepare(before)
            after = shutil.copytree(before, base / f"{name}-after", symlinks=True)
            began = time.monotonic()
            told = call(after, *command.words, step=10**6)
            seconds = time.monotonic() - began
            assert told.returncode == 0, told.stderr
            changes = int(told.stderr.rpartition("changes: ")[2])
            old, new = command.read(before), command.read(after)
            assert old != new
            done[name] = Undisturbed(command, before, old, new, seconds, changes)
        return done[name]

    return run


@pytest.fixture
def place(base, request):
    folder = base / request.node.name.translate(str.maketrans("[]", "--"))
    yield folder
    for process in list_processes(base / "scratch"):
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def require_old_or_new(known: Undisturbed, place: Path) -> Files:
    """See that every file is as it was, or as it is to be; those that are drafts aside."""
    found = {
        name: content
        for name, content in known.command.read(place).items()
        if not Path(name).name.startswith(".dti") and "/.dti" not in name
    }
    for name in {*found, *known.old, *known.new}:
        content = found.get(name)
        assert content in (known.old.get(name), known.new.get(name)), f"{name} is neither"
    if known.command.is_whole:
        assert found in (known.old, known.new), "neither is the whole"
    return found


def require_the_next_goes_on(known: Undisturbed, place: Path) -> None:
    """See that the same command finishes what was begun, and that nothing is left besides."""
    told = call(place, *known.command.words)
    is_there = known.command.is_whole and "expected a new or empty folder" in told.stderr
    assert told.returncode == 0 or is_there, told.stderr
    assert known.command.read(place) == known.new
    left = [path for path in place.rglob(".dti*.part*") if path.exists()]
    assert left == []


@pytest.mark.parametrize("name", NAMES)
def test_killed_at_random_moments(undisturbed, place, base, name):
    known = undisturbed(name)
    for number in range(COUNT):
        if not place.exists():
            shutil.copytree(known.before, place, symlinks=True)
        chance = random.Random(f"{SEED} {name} {number}")
        moment = chance.random()
        told = f"DTI_SEED={SEED}, {name}, kill {number}"
        if number % 2:
            step = int(moment * known.changes)
            process = start(place, *known.command.words, step=step)
            told += f": before change {step} of {known.changes}"
        else:
            process = start(place, *known.command.words)
            time.sleep(moment * known.seconds)
            process.kill()
            told += f": after {moment:.3f} of its time"
        print(told)
        process.communicate()
        wait_for(lambda: not list_processes(base / "scratch"))
        if require_old_or_new(known, place) == known.new:
            require_the_next_goes_on(known, place)
            shutil.rmtree(place)
    if place.exists():
        require_the_next_goes_on(known, place)


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk(undisturbed, place, name):
    known = undisturbed(name)
    shutil.copytree(known.before, place, symlinks=True)
    # As if no more than so much fitted: the superuser has no quota, but a limit of each file.
    told = call(
        place,
        *known.command.words,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500)),
    )
    assert told.returncode == 1, told.stderr
    assert "File too large" in told.stderr
    assert "Traceback" not in told.stderr
    require_old_or_new(known, place)
    if name != "report":
        assert known.command.read(place) == known.old
    require_the_next_goes_on(known, place)


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_that_is_read_only(undisturbed, place, base, name):
    known = undisturbed(name)
    shutil.copytree(known.before, place, symlinks=True)
    words = " ".join([f'XDG_CACHE_HOME="{base}/scratch" "{DTI}"', *known.command.words])
    told = run_in_namespace(
        place,
        "unset DTI_ROOT",
        f'mount --bind "{place}" "{place}"',
        f'mount -o remount,ro,bind "{place}"',
        f'cd "{place}"',
        f"{words} || echo code $?",
    )
    assert told.returncode == 0, told.stderr
    assert "Traceback" not in told.stderr
    if name == "panel":  # it has another place for what it builds
        assert "rows." in told.stdout
    else:
        assert "code 1" in told.stdout
        assert "Read-only file system" in told.stderr
    assert known.command.read(place) == known.old
    require_the_next_goes_on(known, place)


@pytest.mark.parametrize("name", NAMES)
def test_two_at_once(undisturbed, place, name):
    known = undisturbed(name)
    shutil.copytree(known.before, place, symlinks=True)
    both = [start(place, *known.command.words) for _ in range(2)]
    told = [(*process.communicate(), process.returncode) for process in both]
    for _, err, code in told:
        assert "Traceback" not in err
        busy = ("another run is writing here", "was changed by another", "a new or empty folder")
        assert code == 0 or (code == 2 and any(words in err for words in busy)), err
    assert 0 in [code for *_, code in told]
    require_old_or_new(known, place)
    require_the_next_goes_on(known, place)


@pytest.mark.parametrize("name", NAMES)
def test_the_clock_set_back(undisturbed, place, name):
    """All that is there is of a day to come, and so is what is on record."""
    known = undisturbed(name)
    shutil.copytree(known.before, place, symlinks=True)
    require_the_next_goes_on(known, place)
    for path in place.rglob("*"):
        os.utime(path, (FUTURE, FUTURE), follow_symlinks=False)
    record = place / "out/manifest.json"
    if record.exists():
        told = json.loads(record.read_text(encoding="utf-8"))
        for run in (told["run"], told["finished"]):
            run["started"] = run["ended"] = "2096-10-02T07:06:40.000+00:00"
        record.write_text(json.dumps(told), encoding="utf-8")
        assert call(place, "status", "--output", "out", "--max-age", "1d").returncode == 0
    require_the_next_goes_on(known, place)
    if name == "report":
        panel = place / RAW / "panel.csv"
        was = panel.stat()
        panel.write_text(panel.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        os.utime(panel, ns=(was.st_atime_ns, was.st_mtime_ns))
        told = call(place, *known.command.words)
        assert "2 built, 0 unchanged" in told.stderr
