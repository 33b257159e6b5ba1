"""What a report is made from: a list that may be too long, never too short."""

import json
import os
import sqlite3

import pandas as pd
import pytest
from click.testing import CliRunner
from notebook_files import write_notebook
from running import run_jobs

from dti_analysis import cli
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.batch.reads import name_files

# How people read a file, each the only way in its notebook.
WAYS = {
    "open": "print(open('data.csv').read())",
    "pandas": "import pandas as pd\npd.read_csv('data.csv')",
    "pathlib": "from pathlib import Path\nprint((Path('sub') / 'data.csv').read_text())",
    "parquet": "import pandas as pd\npd.read_parquet('data.parquet')",
    "arrow": "import pyarrow.parquet as pq\npq.read_table('data.parquet')",
    "arrow in a folder": "import pyarrow.parquet as pq\nfolder = 'sub'\n"
    "pq.read_table(f'{folder}/data.parquet')",
    "arrow in parts of a name": "import pyarrow.parquet as pq\nname = 'da'\n"
    "pq.read_table('sub/' + f'{name}ta.parquet')",
    "arrow by its ending": "import os, pyarrow.parquet as pq\nname = 'data'\n"
    "pq.read_table(os.path.join('sub', name + '.parquet'))",
    "dataset": "import pyarrow.dataset as ds\nds.dataset('parts').to_table()",
    "memory map": "import pyarrow as pa\npa.memory_map('data.csv').read()",
    "numpy": "import numpy as np\nnp.memmap('data.csv', mode='r')[:3]",
    "database": "import sqlite3\nsqlite3.connect('data.db').execute('select * from t').fetchall()",
    "read-only database": "import sqlite3\n"
    "sqlite3.connect('file:data.db?mode=ro', uri=True).execute('select * from t').fetchall()",
    "shell": "!cat data.csv",
    "shell with options": "!head -n 1 < data.csv | sort",
    "bash cell": "%%bash\ncat data.csv",
    "child": "import subprocess\nsubprocess.run(['cat', 'data.csv'])",
    "local module": "import helper\nhelper.VALUE",
    "local module's data": "import reader\nreader.VALUE",
    "local module's table": "import arrowed\narrowed.VALUE",
    "run": "%run helper.py",
    "variable": "name = 'data'\nfile = f'{name}.csv'\n!cat {file}",
    "image": "from IPython.display import Image\nImage('data.png')",
}
TOUCHED = {
    **dict.fromkeys(("parquet", "arrow"), "data.parquet"),
    "pathlib": "sub/data.csv",
    **dict.fromkeys(
        ("arrow in a folder", "arrow in parts of a name", "arrow by its ending"),
        "sub/data.parquet",
    ),
    "local module's table": "sub/data.parquet",
    "dataset": "parts/b.parquet",
    **dict.fromkeys(("database", "read-only database"), "data.db"),
    **dict.fromkeys(("local module", "run"), "helper.py"),
    "local module's data": "data.csv",
    "image": "data.png",
}


def write_data(folder):
    for name in (".", "sub", "parts"):
        (folder / name).mkdir(exist_ok=True, parents=True)
    table = pd.DataFrame({"a": [1, 2]})
    for name in ("data.parquet", "sub/data.parquet", "parts/a.parquet", "parts/b.parquet"):
        table.to_parquet(folder / name)
    for name in ("data.csv", "sub/data.csv"):
        table.to_csv(folder / name, index=False)
    with sqlite3.connect(folder / "data.db") as database:
        database.execute("create table t (a)")
    database.close()
    (folder / "data.png").write_bytes(b"\x89PNG\r\n\x1a\npicture")
    (folder / "helper.py").write_text("VALUE = 1\n")
    (folder / "arrowed.py").write_text(
        "import pyarrow.parquet as pq\nVALUE = pq.read_table('sub/data.parquet').num_rows\n"
    )
    (folder / "reader.py").write_text("VALUE = open('data.csv').read()\n")


def touch(file):
    """Change a file as an edit does, if only its content counts."""
    content = file.read_bytes()
    file.write_bytes(content + (b"# more\n" if file.suffix == ".py" else b"\n"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report in each way, and what is on record of it."""
    folder = tmp_path_factory.mktemp("reads")
    write_data(folder)
    old = 1_700_000_000
    for file in folder.rglob("*"):
        os.utime(file, (old, old))
    jobs = [
        Job(write_notebook(folder / f"{place}.ipynb", code), {}, f"{place}", way)
        for place, (way, code) in enumerate(WAYS.items())
    ]
    outcomes = run_jobs(jobs, folder / "out", options=Options(retries=0))
    assert [outcome.error for outcome in outcomes] == [None] * len(jobs)
    record = json.loads((folder / "out/manifest.json").read_text())["reports"]
    return folder, jobs, {way: record[job.stem] for way, job in zip(WAYS, jobs, strict=True)}


def test_nothing_is_due_while_nothing_changes(made):
    folder, jobs, _ = made
    outcomes = run_jobs(jobs, folder / "out")
    assert [outcome.job.title for outcome in outcomes if outcome.status != "unchanged"] == []


@pytest.mark.parametrize("way", WAYS)
def test_what_a_notebook_reads_is_on_record(made, way):
    _, _, record = made
    file = TOUCHED.get(way, "data.csv")
    assert len(record[way]["files"][file]) == 64
    assert not [name for name in record[way]["files"] if "site-packages" in name or "out/" in name]


def test_a_report_is_due_once_what_it_read_has_changed_or_is_gone(tmp_path):
    write_data(tmp_path)
    notebook = write_notebook(tmp_path / "n.ipynb", WAYS["arrow"], WAYS["open"])
    job = Job(notebook, {}, "n", "N")

    def run():
        return run_jobs([job], tmp_path / "out")[0].status

    assert (run(), run()) == ("built", "unchanged")
    table = pd.DataFrame({"a": [3]})
    table.to_parquet(tmp_path / "data.parquet")
    assert (run(), run()) == ("built", "unchanged")
    page = (tmp_path / "out/n.html").read_text(encoding="utf-8")
    assert "<dt>Made from</dt>" in page
    assert "data.parquet (sha256 " in page
    (tmp_path / "data.csv").unlink()
    (outcome,) = run_jobs([job], tmp_path / "out", options=Options(retries=0))
    assert outcome.status == "failed"


def test_a_file_that_a_parameter_names_counts(tmp_path):
    write_data(tmp_path)
    notebook = write_notebook(tmp_path / "n.ipynb", "!cat {province}")
    job = Job(notebook, {"province": "sub/data.csv"}, "n", "N")
    assert run_jobs([job], tmp_path / "out")[0].status == "built"
    touch(tmp_path / "sub/data.csv")
    assert run_jobs([job], tmp_path / "out")[0].status == "built"
    assert run_jobs([job], tmp_path / "out")[0].status == "unchanged"


def test_what_a_report_writes_itself_is_no_input(tmp_path):
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        "import pathlib\nfile = pathlib.Path('cache.csv')\nfile.write_text(str(id(file)))",
        "file.read_text() != ''",
    )
    job = Job(notebook, {}, "n", "N")
    assert run_jobs([job], tmp_path / "out")[0].status == "built"
    assert run_jobs([job], tmp_path / "out")[0].status == "unchanged"


# Each reads something besides, and writes something else every time it is run.
WRITINGS = {
    "json": "import json, pathlib\nold = pathlib.Path('made').exists() and open('made').read()\n"
    "json.dump(id(old), open('made', 'w'))",
    "log": "open('made', 'a+').write(str(id({})))",
    "parquet": "import pandas as pd, time\nframe = pd.DataFrame({'a': [time.time()]})\n"
    "frame.to_parquet('made')\npd.read_parquet('made').shape",
    "shell": "!date +%N > made\nopen('made').read() != ''",
    "renamed": "import os, time\nwith open('draft', 'w') as file: file.write(str(time.time()))\n"
    "os.replace('draft', 'made')\nopen('made').read() != ''",
}


@pytest.mark.parametrize("way", WRITINGS)
def test_what_a_report_writes_however_does_not_make_it_due(tmp_path, way):
    job = Job(write_notebook(tmp_path / "n.ipynb", WRITINGS[way]), {}, "n", "N")
    statuses = [run_jobs([job], tmp_path / "out")[0].status for _ in range(2)]
    assert statuses == ["built", "unchanged"]


def test_what_lies_beside_a_notebook_is_no_input_by_itself(tmp_path):
    (tmp_path / "other.csv").write_text("1")
    notebook = write_notebook(tmp_path / "n.ipynb", "import os\nos.getcwd() != ''", "1 + 1")
    run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    record = json.loads((tmp_path / "out/manifest.json").read_text())["reports"]["n"]
    assert record["files"] == {}


def test_libraries_installed_anywhere_are_no_inputs_but_own_code_is(tmp_path, monkeypatch):
    for name, is_installed in [("installed", True), ("own", False)]:
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}_library.py").write_text(f"FILE = '{name}.csv'\n")
        (folder / f"{name}.csv").write_text("1")
        if is_installed:
            (folder / f"{name}-1.0.dist-info").mkdir()
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(f"{tmp_path}/{n}" for n in ("installed", "own"))
    )
    notebook = write_notebook(tmp_path / "n/n.ipynb", "import installed_library, own_library")
    run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    record = json.loads((tmp_path / "out/manifest.json").read_text())["reports"]["n"]
    names = {name.rpartition("/")[2] for name in record["files"]}
    assert {"own_library.py", "own.csv"} <= names
    assert not [name for name in names if "installed" in name]


LISTINGS = {
    "glob": "import glob\nglob.glob('parts/*.csv')",
    "pathlib": "from pathlib import Path\n[*Path('parts').iterdir()]",
    "dataset": "import pyarrow.dataset as ds\nds.dataset('parts', format='csv').count_rows()",
    "shell": "!cat parts/*.csv",
}


@pytest.mark.parametrize("way", LISTINGS)
def test_a_report_is_due_once_there_is_a_new_file_in_a_folder_that_it_lists(tmp_path, way):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/a.csv").write_text("a\n1\n")
    job = Job(write_notebook(tmp_path / "n.ipynb", LISTINGS[way]), {}, "n", "N")
    statuses = [run_jobs([job], tmp_path / "out")[0].status for _ in range(2)]
    (tmp_path / "parts/b.csv").write_text("a\n2\n")
    statuses += [run_jobs([job], tmp_path / "out")[0].status for _ in range(2)]
    assert statuses == ["built", "unchanged"] * 2


def test_a_link_is_due_once_it_leads_elsewhere_and_a_folder_may_be_one(tmp_path):
    (tmp_path / "real/deep").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real/deep")
    for name in ("old", "new"):
        (tmp_path / f"real/deep/{name}.csv").write_text(name)
    (tmp_path / "link/latest.csv").symlink_to("old.csv")
    write_notebook(tmp_path / "link/n.ipynb", "open('latest.csv').read()")
    job = Job(tmp_path / "link/n.ipynb", {}, "n", "N")
    statuses = [run_jobs([job], tmp_path / "out")[0].status for _ in range(2)]
    (tmp_path / "link/latest.csv").unlink()
    (tmp_path / "link/latest.csv").symlink_to("new.csv")
    statuses += [run_jobs([job], tmp_path / "out")[0].status for _ in range(2)]
    assert statuses == ["built", "unchanged"] * 2


def test_what_another_writes_to_meanwhile_is_never_up_to_date(tmp_path):
    (tmp_path / "data.csv").write_text("1")
    (tmp_path / "other.sh").write_text("sleep 0.1; echo 2 > data.csv")
    notebook = write_notebook(tmp_path / "n.ipynb", "open('data.csv').read()", "!sh other.sh")
    job = Job(notebook, {}, "n", "N")
    assert run_jobs([job], tmp_path / "out")[0].status == "built"
    assert run_jobs([job], tmp_path / "out")[0].status == "built"


def test_what_cannot_be_watched_is_named_once(tmp_path):
    address = "http://127.0.0.1:9/data.csv"
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        f"import contextlib, urllib.request\nfor _ in range(3):\n"
        f"    with contextlib.suppress(OSError): urllib.request.urlopen('{address}')",
        "import socket\nwith contextlib.suppress(OSError): socket.create_connection(('::1', 9))",
        "!true",
    )
    run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out")
    record = json.loads((tmp_path / "out/manifest.json").read_text())["reports"]["n"]
    assert record["unwatched"][0] == address
    assert {"network: ::1", "other processes"} <= set(record["unwatched"][1:])
    assert len(set(record["unwatched"])) == len(record["unwatched"])
    assert "<dt>Not watched</dt>" in (tmp_path / "out/n.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text", ["", " ", ".", "..", "/", "\0", "a" * 5000, "~", "//", "*", "[", "\n"]
)
def test_texts_that_are_no_paths_name_nothing(tmp_path, text):
    (tmp_path / "data.csv").write_text("1")
    assert list(name_files([text], tmp_path)) == []


def test_files_that_the_command_names_count_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_notebook(tmp_path / "n.ipynb", "1 + 1")
    (tmp_path / "far").mkdir()
    (tmp_path / "far/a.bin").write_bytes(b"1")

    def report(*arguments):
        command = ["report", "--notebook", "n.ipynb", "--output", "out", *arguments]
        return CliRunner().invoke(cli.main, command)

    named = ("--input", "far/**/*.bin")
    assert report(*named).exit_code == 0
    assert "far/a.bin (sha256 " in (tmp_path / "out/n.html").read_text(encoding="utf-8")
    assert "0 of 1" in report(*named, "--dry-run").stdout
    (tmp_path / "far/a.bin").write_bytes(b"2")
    assert "n: changed: files" in report(*named, "--dry-run").stdout
    (tmp_path / "far/b.bin").write_bytes(b"2")
    assert report(*named).exit_code == 0
    (tmp_path / "far/b.bin").unlink()
    assert "n: changed: files" in report(*named, "--dry-run").stdout
    refused = report("--input", "near/*")
    assert refused.exit_code == 2
    assert "--input near/*: there is no such file." in refused.stderr
