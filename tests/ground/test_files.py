import os
from pathlib import Path

import pandas as pd
import pytest

from dti_analysis import files
from dti_analysis.errors import DataError


def snapshot(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def fail(*_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("content", ["Huế\n", "Huế\n".encode(), ["Hu", "ế", "\n"]])
def test_a_file_is_written_whole(tmp_path, content):
    files.write_whole(tmp_path / "table.csv", content)
    assert snapshot(tmp_path) == {"table.csv": "Huế\n".encode()}


def test_a_write_that_fails_leaves_the_file_and_nothing_else(tmp_path, monkeypatch):
    file = tmp_path / "table.csv"
    files.write_whole(file, "old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        files.write_whole(file, "new")
    assert snapshot(tmp_path) == {"table.csv": b"old"}


def test_pieces_that_end_in_a_fault_leave_the_file_and_nothing_else(tmp_path):
    def give():
        yield "new"
        raise ValueError("no more")

    files.write_whole(tmp_path / "table.csv", "old")
    with pytest.raises(ValueError, match="no more"):
        files.write_whole(tmp_path / "table.csv", give())
    assert snapshot(tmp_path) == {"table.csv": b"old"}


@pytest.mark.parametrize("at", [0, 1, 2])
def test_several_files_are_written_all_or_none(tmp_path, monkeypatch, at):
    (tmp_path / "a").write_bytes(b"old a")
    (tmp_path / "c").write_bytes(b"old c")
    before = snapshot(tmp_path)
    contents = {tmp_path / name: f"new {name}".encode() for name in "abc"}
    replace, calls = Path.replace, []

    def fail_once(self, target):
        calls.append(target)
        return fail() if len(calls) == at + 1 else replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail_once)
        with pytest.raises(DataError, match=r"cannot be written: No space left.* Nothing was chan"):
            files.write_together(contents)
    assert snapshot(tmp_path) == before
    files.write_together(contents)
    assert snapshot(tmp_path) == {name: f"new {name}".encode() for name in "abc"}


def test_a_folder_that_is_not_there_is_told_before_any_work(tmp_path):
    files.require_folder(None)
    files.require_folder(tmp_path / "out.csv")
    with pytest.raises(DataError, match=r"none/out.csv: expected a file in a folder that exists"):
        files.require_folder(tmp_path / "none/out.csv")


def test_files_are_summed_up_by_content_in_the_order_of_their_names(tmp_path):
    for name in "ba":
        (tmp_path / name).write_text(name)
    sums = files.hash_files([tmp_path / "b", tmp_path / "a"])
    assert list(sums) == ["a", "b"]
    assert sums["a"] == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"


def test_what_a_table_is_built_from_is_its_data_and_its_code():
    told = files.tell_provenance({"a": "1"}, ["panel.py"])
    assert set(told) == {"version", "data_sha256", "code_sha256"}
    assert files.tell_provenance({"a": "1"}, ["panel.py"]) == told
    assert files.tell_provenance({"a": "2"}, ["panel.py"])["data_sha256"] != told["data_sha256"]
    more = files.tell_provenance({"a": "1"}, ["panel.py", "models/*.py"])
    assert more["code_sha256"] != told["code_sha256"]
    twice = files.tell_provenance({"a": "1"}, ["panel.py", "pan*.py"])
    assert twice == told


def test_a_table_is_kept_as_long_as_it_is_what_it_would_be(tmp_path):
    file, made = tmp_path / "built" / "table.parquet", []

    def build():
        made.append(pd.DataFrame({"score": [0.5, None], "unit": ["Huế", None], "year": [1, 2]}))
        return made[-1]

    first = files.cached_table(file, {"data": "1"}, build)
    assert first is made[0]
    again = files.cached_table(file, {"data": "1"}, build)
    pd.testing.assert_frame_equal(again, first)
    assert (first.attrs, again.attrs, len(made)) == ({}, {}, 1)
    files.cached_table(file, {"data": "2"}, build)
    assert len(made) == 2
    assert files.read_built(file, {"data": "1"}) is None


def test_a_table_that_is_not_whole_is_built_anew(tmp_path):
    file = tmp_path / "table.parquet"
    table = pd.DataFrame({"a": [1, 2]})
    assert files.read_built(file, {}) is None
    files.write_built(file, table, {"data": "1", "code": "2"})
    assert files.read_built(file, {"data": "1"}) is not None
    file.write_bytes(file.read_bytes()[:-20])
    assert files.read_built(file, {"data": "1"}) is None
    pd.testing.assert_frame_equal(files.cached_table(file, {"data": "1"}, lambda: table), table)
    file.write_bytes(b"")
    assert files.read_built(file, {}) is None
    table.to_parquet(file)  # without a word of what it was built from
    assert files.read_built(file, {"data": "1"}) is None


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("cities.csv", "cities.csv"),
        ("../cities.csv", "../cities.csv"),
        ("{real}/here", "."),
        ("{real}/here/data/a.csv", "data/a.csv"),
        ("{link}/here/data/a.csv", "data/a.csv"),
        ("{real}/here/far.csv", "far.csv"),
        ("{real}/home/a.csv", "~/a.csv"),
        ("{real}/home", "~"),
        ("{real}/homes/a.csv", "{real}/homes/a.csv"),
        ("{link}/a.csv", "{link}/a.csv"),
    ],
)
@pytest.mark.parametrize("way", ["real", "link"])
def test_a_path_is_shown_as_it_would_be_typed(tmp_path, monkeypatch, path, shown, way):
    places = {"real": tmp_path / "real", "link": tmp_path / "link"}
    (places["real"] / "here").mkdir(parents=True)
    (places["real"] / "here/far.csv").symlink_to("../elsewhere.csv")
    places["link"].symlink_to(places["real"])
    monkeypatch.chdir(places["real"] / "here")
    monkeypatch.setenv("PWD", str(places[way] / "here"))
    monkeypatch.setenv("HOME", str(places["real"] / "home"))
    assert files.find_working_folder() == places[way] / "here"
    assert files.show_path(path.format(**places)) == shown.format(**places)


@pytest.mark.parametrize("home", ["", "/", "."])
def test_no_home_is_no_place_to_start_from(monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    assert files.show_path("/nowhere/a.csv") == "/nowhere/a.csv"
    monkeypatch.setenv("PWD", "/nowhere")
    assert files.find_working_folder() == Path.cwd()


def test_a_folder_is_asked_for_before_it_is_made(tmp_path):
    assert files.can_write(tmp_path / "a/b")
    (tmp_path / "file").touch()
    assert not files.can_write(tmp_path / "file/a")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
