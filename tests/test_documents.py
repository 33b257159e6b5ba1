"""Every command and every piece of code in the documents, run as it stands there."""

import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from edition_files import lay_out, to_xlsx
from frozen import CHECKOUT
from markdown_it import MarkdownIt
from notebook_files import write_notebook

from dti_analysis import cli
from dti_analysis.config import CONFIG, parse_config
from dti_analysis.project import load_panels
from dti_analysis.root import NOTEBOOKS, RAW, find_root

DOCUMENTS = [CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md")]
DOCUMENTS += sorted((CHECKOUT / "docs").glob("*.md"))

IS_ENV = "the environment is what this test runs in; .ci/run makes it from nothing"
NOT_RUN = {
    # The command, or the first line of the block: the test that runs it, or why none does.
    "make env panel": IS_ENV,
    "source .venv/bin/activate": IS_ENV,
    "make test": "it would run itself; .ci/run does",
    "make reports": "tests/reports/test_jobs.py",  # dti report --all, for fewer provinces
    "pip wheel --no-deps --wheel-dir dist .": "tests/project/test_installed.py",
    "pip install dist/dti_analysis-1.0.0-py3-none-any.whl": "tests/project/test_installed.py",
    "dti notebooks nb": "tests/project/test_installed.py",
    "make lab": "a server that waits for a browser; the notebooks are run by nbval",
    "dti report --all": "tests/batch/test_scheduling.py",
    "dti status": "tests/batch/test_manifest.py",
    "cd cities": "tests/reports/test_own_index.py",  # and the report in it
    'papermill notebooks/unit_report.ipynb out.ipynb -p unit "Huế" -p basis 34': (
        "tests/test_notebooks.py"
    ),
    "dask scheduler": "tests/batch/test_cluster.py",
    "dask worker tcp://scheduler:8786 --nworkers auto": "tests/batch/test_cluster.py",
    "dti report --all --dask tcp://scheduler:8786": "tests/batch/test_cluster.py",
    "papermill --engine dti notebooks/unit_report.ipynb report.ipynb -p unit Huế": (
        "tests/batch/test_engine.py"
    ),
    "dti status --max-age 8d": "tests/batch/test_status.py",
    "MAILTO=operator@example.org": "tests/batch/test_scheduling.py",
    "rsync -a --delete --exclude=/manifest.json --exclude='*.failed.ipynb' --exclude='.*' \\": (
        "tests/batch/test_scheduling.py"
    ),
    "aws s3 sync /srv/dti_analysis/reports s3://bucket/reports --delete \\": (
        "tests/batch/test_scheduling.py"
    ),
    "[Unit]": "tests/batch/test_scheduling.py",
    "name: reports": "tests/batch/test_scheduling.py",
    "from datetime import datetime": "tests/batch/test_scheduling.py",
    "{": "tests/batch/test_scheduling.py",
}
BINARIES = Path(sys.executable).parent
FEW = ["--draws", "100"]
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def read_blocks(document):
    """Line, kind and text of each, but for what Sphinx makes of a page."""
    tokens = MarkdownIt().parse(document.read_text(encoding="utf-8"))
    return [
        (token.map[0] + 1, token.info, token.content)
        for token in tokens
        if token.type in ("fence", "code_block") and not token.info.startswith("{")
    ]


def list_commands(text):
    """Each command, without its comment, and what is shown below it."""
    told, *parts = re.split(r"(?m)^\$ ", text)
    assert told == ""
    for part in parts:
        command, _, shown = part.replace("\\\n", "").partition("\n")
        yield name(command), shown


def name(line):
    """Make a line a key: without comment, and wherever the environment is."""
    return re.sub(r"\s+# .*", "", re.sub(r"\.venv/bin/(?!activate)", "", line))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, resolved):
    """The files that the documents speak of."""
    folder = tmp_path_factory.mktemp("documents")
    shutil.copytree(find_root() / RAW, folder / RAW)
    (folder / NOTEBOOKS).symlink_to(find_root() / NOTEBOOKS)
    for table in (CHECKOUT / "docs").glob("*.csv"):
        shutil.copy(table, folder)
    (folder / "provinces.csv").write_text("province\nHuế\nCần Thơ\n", encoding="utf-8")
    write_notebook(folder / "my.ipynb", "print(province, draws)")
    table = lay_out(resolved, 34, 2024)
    scores = table.columns.str.startswith("score_")
    # Another edition, whose sums and ranks are right as well.
    table.loc[:, scores] = (0.95 * table.loc[:, scores] + 0.05).round(4)
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(table)))
    book.worksheets[-1].title, book.worksheets[-1]["A1"] = "2025", None
    book.save(folder / "table.xlsx")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)  # as at a prompt
        yield folder


@pytest.fixture(scope="module")
def run(folder):
    """Run a command among these files, once; its exit code and all that it printed."""

    @cache
    def run(command, is_shown):
        program, *words = narrow(shlex.split(command), is_shown)
        with contextlib.chdir(folder):
            if program == "dti":
                result = CliRunner().invoke(cli.main, words)
                return result.exit_code, result.output
            done = subprocess.run(
                [program, *words],
                env={**os.environ, "PATH": f"{BINARIES}:{os.environ['PATH']}"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            return done.returncode, done.stdout

    return run


def narrow(words, is_shown):
    """The same, with few draws if no number is shown, and away from the project's own files."""
    match words:
        case ["dti", "check", _, *_]:
            return [*words, "data/raw"]
        case ["dti", "import", *_]:
            return [*words, "--folder", "data/raw"]
        case ["dti", "report", "--notebook", *_]:
            return [*words, "--output", "any"]
        case ["dti", "report", *_]:
            return [*words, "--output", "reports", *FEW]
        case ["dti", "forecast" | "compare" | "movers" | "push" | "plan" | "evaluate", *_]:
            return words if is_shown else [*words, *FEW]
    return words


def read_description(text, folder):
    """Read what describes a project as `dti` does, with the tables that it names.

    Its first line says where it stands; without that it is a part, put after the names that must be
    there.
    """
    place, is_whole, _ = text.removeprefix("# ").partition(f"/{CONFIG}\n")
    if is_whole:
        (folder / place / CONFIG).write_text(text, encoding="utf-8")
        load_panels(folder / place)
    else:
        names = "".join(f'{word} = "x"\n' for word in ("name", "unit", "units", "source"))
        parse_config(names + text)


def run_code(text, known, where):
    """Run Python, with what it shows compared where it is a dialogue."""
    if not text.startswith(">>>"):
        exec(compile(text, where, "exec"), known)
        return
    told = []
    dialogue = doctest.DocTestParser().get_doctest(text, known, where, where, 0)
    runner = doctest.DocTestRunner(optionflags=SAME, verbose=False)
    runner.run(dialogue, out=told.append, clear_globs=False)
    known.update(dialogue.globs)
    assert not told, "".join(told)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_does_what_it_says(document, folder, run):
    known = {"__name__": "__main__"}
    for line, kind, text in read_blocks(document):
        where = f"{document.name}, line {line}"
        if kind == "console":
            for command, shown in list_commands(text):
                if command not in NOT_RUN:
                    code, told = run(command, bool(shown))
                    is_same = doctest.OutputChecker().check_output(shown, told, doctest.ELLIPSIS)
                    is_right = code == 0 and (is_same or not shown)
                    assert is_right, f"{where}: {command}\nexit code {code}\n{told}"
        elif kind == "toml":
            read_description(text, folder)
        elif name(text.partition("\n")[0]) not in NOT_RUN:
            assert kind == "python", f"{where}: neither run nor listed"
            module, is_saved, _ = text.removeprefix("# ").partition(".py\n")
            if is_saved and module.isidentifier():
                (folder / f"{module}.py").write_text(text, encoding="utf-8")
            with contextlib.chdir(folder):
                run_code(text, known, where)


def test_what_is_not_run_is_there_and_has_its_test():
    said = set()
    for document in DOCUMENTS:
        for _, kind, text in read_blocks(document):
            commands = [command for command, _ in list_commands(text)] if kind == "console" else []
            said |= {*commands, name(text.partition("\n")[0])}
    assert NOT_RUN.keys() - said == set()
    for reason in NOT_RUN.values():
        assert not reason.startswith("tests/") or (CHECKOUT / reason).is_file()


def test_a_block_that_is_wrong_is_found(tmp_path, folder, run):
    for text, fault in [
        ("```console\n$ dti check\nall is well\n```", "no fault found"),
        ("```console\n$ dti forecast Atlantis\n```", "Atlantis"),
        ("```python\n>>> 1 + 1\n3\n```", "Failed example"),
        ("```yaml\na: 1\n```", "neither run nor listed"),
    ]:
        document = tmp_path / "wrong.md"
        document.write_text(text, encoding="utf-8")
        with pytest.raises(AssertionError, match=re.escape(fault)):
            test_does_what_it_says(document, folder, run)
