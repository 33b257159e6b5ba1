"""The examples of docs/scheduling.md, each run as its scheduler would."""

import configparser
import fnmatch
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import papermill
import pytest
import yaml
from waiting import wait_for

from dti_analysis.root import NOTEBOOKS, PACKAGE, find_root

ROOT = find_root()

TEXT = (PACKAGE.parent / "docs/scheduling.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"(?ms)^```(\w+)\n(.*?)^```", TEXT)
BINARIES = Path(sys.executable).parent


def find(kind):
    return [example for name, example in EXAMPLES if name == kind]


@pytest.fixture
def run(tmp_path):
    """Run a command of the example for one province instead of all, in a bare environment."""

    def run(command, *, unit="Lai Châu"):
        output = tmp_path / "reports"
        command = re.sub(r"(/srv/dti_analysis/)?\.venv/bin", str(BINARIES), command)
        command = command.replace("/srv/dti_analysis", str(ROOT))
        command = command.replace(
            "--all", f"'{unit}' --basis 34 --draws 100 --output '{output}'"
        ).replace(">> reports.log", f">> {tmp_path}/reports.log")
        command = command.replace("dti status", f"dti status --output '{output}'")
        return subprocess.run(
            ["sh", "-c", command],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path), "DTI_ROOT": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture
def make(run, tmp_path):
    """Run it, and see that the reports are there."""

    def make(command):
        assert "dti report --all" in command
        done = run(command)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "reports/34/12-lai-chau.html").exists()
        return done

    return make


def test_cron(make, run, tmp_path):
    (text,) = find("cron")
    mail, line = text.splitlines()
    assert re.fullmatch(r"MAILTO=\S+@example.org", mail)
    *when, command = line.split(maxsplit=5)
    assert len(when) == 5
    assert all(re.fullmatch(r"\*|\d+", field) for field in when)
    assert "%" not in command  # a line break to cron
    assert make(command).stdout == ""  # no mail
    log = tmp_path / "reports.log"
    assert "2 reports: 2 built" in log.read_text()
    told = run(command, unit="Atlantis").stdout
    assert ": refused " in told.splitlines()[0]
    assert '"Atlantis" is not known' in told
    assert '"Atlantis" is not known' in log.read_text()


def test_systemd(make, run, tmp_path):
    named = dict(re.findall(r"(?s)system/([\w.-]+)`.*?```ini\n(.*?)```", TEXT))
    assert set(find("ini")) == set(named.values())
    for name, text in named.items():
        (tmp_path / name).write_text(text.replace("/srv/dti_analysis/.venv/bin/dti", "/bin/true"))
    if shutil.which("systemd-analyze"):
        checked = subprocess.run(
            ["systemd-analyze", "verify", *sorted(tmp_path.glob("dti-report*.*"))],
            capture_output=True,
            text=True,
        )
        assert "dti-report" not in checked.stderr, checked.stderr
    units = {name: configparser.ConfigParser(interpolation=None) for name in named}
    for name, text in named.items():
        units[name].optionxform = str
        units[name].read_string(text)
    service = units["dti-report.service"]
    make(service["Service"]["ExecStart"])
    mail = tmp_path / "mail"
    mail.write_text(f"#!/bin/sh\necho to: $* > '{tmp_path}/sent'; cat >> '{tmp_path}/sent'\n")
    mail.chmod(0o755)
    failed = units[service["Unit"]["OnFailure"]]
    assert run(failed["Service"]["ExecStart"]).returncode == 0
    sent = (tmp_path / "sent").read_text()
    assert sent.startswith("to: -s dti report operator@example.org\nRun of ")
    assert "Reports 2: 2 good, 0 failed" in sent


FILES = {
    "index.html": True,
    "34/46-hue.en.html": True,
    "34/46-hue.pdf": True,
    "34/46-hue.ipynb": True,
    "34/46-hue-forecast.json": True,
    "34/46-hue.failed.ipynb": False,
    "manifest.json": False,
    "34/.dti-0123-4567.part": False,
    ".dti-0123-4567.part": False,
}


def is_left_out(tool, pattern, name):
    """Whether a tool takes a file for one of a pattern: aws the whole path, rsync its last part."""
    if tool == "rsync" and not pattern.startswith("/"):
        name = name.rpartition("/")[2]
    return fnmatch.fnmatchcase(name, pattern.removeprefix("/"))


def test_what_is_published_is_all_that_pages_link_but_no_error_and_no_record():
    commands = [shlex.split(text.replace("\\\n", "")) for text in find("sh")]
    assert [command[0] for command in commands] == ["rsync", "aws"]
    for tool, *words in commands:
        told = " ".join(words)
        patterns = re.findall(r"--exclude[ =](\S+)", told)
        assert len(patterns) == told.count("--exclude")
        for name, is_public in FILES.items():
            assert any(is_left_out(tool, pattern, name) for pattern in patterns) != is_public


def test_github_actions(make):
    (text,) = find("yaml")
    workflow = yaml.safe_load(text)
    (job,) = workflow["jobs"].values()
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert steps[0] == "make env"
    for step in steps[1:]:
        make(step)
    assert [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step] == [
        *["actions/checkout", "actions/setup-python", "actions/cache", "actions/upload-artifact"]
    ]


def test_airflow(tmp_path, monkeypatch):
    # Airflow is not for the environment of a test; what its operator does with these arguments is
    # to call papermill.execute_notebook(input_nb, output_nb, parameters, kernel_name, language).
    (source,) = find("python")
    tasks = []

    class Dag:
        def __init__(self, dag_id, *, start_date, schedule, catchup):
            assert re.fullmatch(r"[\w.-]+", dag_id)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    modules = {
        "airflow": {"DAG": Dag},
        "airflow.providers.papermill.operators.papermill": {
            "PapermillOperator": lambda **given: tasks.append(given)
        },
    }
    for name, content in modules.items():
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            key = ".".join(parts[:depth])
            monkeypatch.setitem(sys.modules, key, sys.modules.get(key) or type(sys)(key))
        vars(sys.modules[name]).update(content)
    exec(compile(source, "dag.py", "exec"), {})
    assert [task["parameters"]["unit"] for task in tasks] == ["Huế", "Đà Nẵng"]
    for task in tasks:
        assert re.fullmatch(r"[\w.-]{1,250}", task["task_id"])
    output = tmp_path / Path(tasks[0]["output_nb"]).name
    papermill.execute_notebook(
        tasks[0]["input_nb"].replace("/srv/dti_analysis", str(ROOT)),
        output,
        parameters=tasks[0]["parameters"],
        kernel_name=tasks[0]["kernel_name"],
        language=tasks[0]["language_name"],
        progress_bar=False,
        report_mode=True,
    )
    assert "Huế: rank 2 in the DTI of 2024" in str(nbformat.read(output, as_version=4))


@pytest.fixture
def server(tmp_path):
    """A Jupyter server with the scheduler, in a copy of the notebooks; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shutil.copytree(ROOT / NOTEBOOKS, tmp_path / "root/notebooks")
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    options = [
        f"--port={port}",
        "--IdentityProvider.token=t",
        f"--ServerApp.root_dir={tmp_path}/root",
    ]
    process = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "JUPYTER_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"http://127.0.0.1:{port}/scheduler"
    process.terminate()
    process.wait()


def ask(address, content=None):
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(address, body, {"Authorization": "token t"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def test_jupyter_scheduler(server, tmp_path):
    (text,) = find("json")

    def is_up():
        try:
            return ask(f"{server}/jobs")
        except urllib.error.URLError:
            return None

    def find_ended():
        about = ask(f"{server}/jobs/{job}")
        return about if about["status"] in ("COMPLETED", "FAILED") else None

    wait_for(is_up)
    job = ask(f"{server}/jobs", json.loads(text))["job_id"]
    about = wait_for(find_ended)
    assert about["status"] == "COMPLETED", about
    copies = (tmp_path / "data").glob(f"**/{job}/*.ipynb")  # of the notebook, and executed
    assert "Huế: rank 2 in the DTI of 2024" in " ".join(
        str(nbformat.read(copy, as_version=4)) for copy in copies
    )
