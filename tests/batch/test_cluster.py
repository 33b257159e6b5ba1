"""The same batch on a Dask cluster, and output to an address instead of a folder."""

import json
import threading

import fsspec
import psutil
import pytest
from click.testing import CliRunner
from distributed import LocalCluster
from notebook_files import list_files, read_reports, write_notebook
from running import run_jobs
from waiting import PATIENCE, wait_for

from dti_analysis import cli
from dti_analysis.batch import pool
from dti_analysis.batch.job import Job
from dti_analysis.batch.options import Options
from dti_analysis.errors import DataError


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(pool, "_PATIENCE", PATIENCE)


@pytest.fixture
def jobs(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "print(draws)")
    return [Job(notebook, {"draws": n}, f"sub/{n}", f"Report {n}") for n in range(6)]


def test_a_worker_that_is_killed_costs_nothing(cluster, tmp_path):
    begun, killed = tmp_path / "begun", tmp_path / "killed"
    begun.mkdir()
    # All but the first wait for the kill, so that it befalls a worker at work.
    notebook = write_notebook(
        tmp_path / "n.ipynb",
        f"import pathlib, time\nbegun = pathlib.Path({str(begun)!r}, str(draws))",
        "if draws: begun.touch()",
        f"while draws and not pathlib.Path({str(killed)!r}).exists(): time.sleep(0.02)",
    )
    jobs = [Job(notebook, {"draws": n}, f"sub/{n}", f"Report {n}") for n in range(6)]
    output = tmp_path / "out"

    def kill():
        try:
            wait_for(lambda: (output / "sub/0.html").exists() and len([*begun.iterdir()]) == 2)
            worker = psutil.Process(cluster.workers[0].pid)
            worker.kill()
            wait_for(lambda: not worker.is_running())
        finally:
            killed.touch()

    killer = threading.Thread(target=kill)
    killer.start()
    options = Options(dask=cluster.scheduler_address)
    outcomes = run_jobs(jobs, output, options=options)
    killer.join()
    assert [outcome.status for outcome in outcomes] == ["built"] * len(jobs)
    run_jobs(jobs, tmp_path / "local")
    # At the foot, what they were made from: the marks are not as they were.
    made, local = (
        {name: text.partition(b"<footer>")[0] for name, text in read_reports(folder).items()}
        for folder in (output, tmp_path / "local")
    )
    assert set(made) == set(local)
    assert all(made[name] == local[name] for name in made if name.endswith(".html"))


def test_workers_with_several_threads_do_not_mix_reports_up(jobs, tmp_path):
    with LocalCluster(
        n_workers=1, threads_per_worker=3, processes=True, dashboard_address=":0"
    ) as threaded:
        options = Options(dask=threaded.scheduler_address)
        outcomes = run_jobs(jobs, tmp_path / "out", options=options)
    assert [outcome.error for outcome in outcomes] == [None] * len(jobs)
    for job in jobs:
        html = (tmp_path / f"out/{job.stem}.html").read_text(encoding="utf-8")
        assert f"<pre>{job.parameters['draws']}\n</pre>" in html


def test_a_failure_on_the_cluster_is_told_as_here(cluster, tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "1 / 0")
    options = Options(dask=cluster.scheduler_address, retries=0)
    (outcome,) = run_jobs([Job(notebook, {}, "n", "N")], tmp_path / "out", options=options)
    assert outcome.error == "ZeroDivisionError: division by zero"
    assert (tmp_path / "out/n.failed.ipynb").exists()


def test_no_cluster_is_refused_before_anything_is_written(jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "_PATIENCE", 0.5)
    with pytest.raises(DataError, match=r"tcp://127.0.0.1:1: no Dask cluster with workers there"):
        run_jobs(jobs, tmp_path / "out", options=Options(dask="tcp://127.0.0.1:1"))
    assert list_files(tmp_path / "out") == set()


def test_reports_go_to_an_address(tmp_path):
    notebook = write_notebook(tmp_path / "n.ipynb", "assert draws < 9")
    address = "memory://bucket/reports"
    store = fsspec.filesystem("memory")

    def report(draws, *more):
        arguments = ["report", "--notebook", str(notebook), "-p", f"draws={draws}", *more]
        return CliRunner().invoke(cli.main, [*arguments, "--output", address])

    assert report(1).exit_code == 0
    files = {"index.html", "manifest.json", "n.html", "n.ipynb"}
    assert {path.rpartition("/")[2] for path in store.find("/bucket/reports")} == files
    assert "0 built, 1 unchanged" in report(1).stderr
    before = store.cat_file("/bucket/reports/n.html")
    assert report(9, "--retries", "0").exit_code == 1
    assert store.cat_file("/bucket/reports/n.html") == before
    assert store.exists("/bucket/reports/n.failed.ipynb")
    assert b"stands" in store.cat_file("/bucket/reports/index.html")
    status = CliRunner().invoke(cli.main, ["status", "--json", "--output", address])
    assert json.loads(status.stdout)["reports"]["n"]["status"] == "failed"
    store.rm_file("/bucket/reports/n.html")
    assert "n: failed last time" in report(9, "--dry-run").stdout
    assert report(1).exit_code == 0
    assert not store.exists("/bucket/reports/n.failed.ipynb")


def test_an_address_nobody_serves_is_refused(tmp_path):
    with pytest.raises(DataError, match="nonsense://x: Protocol not known: nonsense"):
        run_jobs([], "nonsense://x")
