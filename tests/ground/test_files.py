import csv
import io
import itertools
import os
import stat
import tempfile
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from killing import kill_at

from dti_analysis import files
from dti_analysis.errors import DataError, OutputError


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
        with pytest.raises(OutputError, match=r"cannot be written: No space left.* Nothing was ch"):
            files.replace_together(contents, {})
    assert snapshot(tmp_path) == before
    files.replace_together(contents, {})
    assert snapshot(tmp_path) == {name: f"new {name}".encode() for name in "abc"}


@pytest.mark.parametrize("read", [{"a": b"older"}, {"a": None}, {"none": b"x"}])
def test_what_was_changed_meanwhile_is_not_replaced(tmp_path, read):
    (tmp_path / "a").write_bytes(b"old")
    read = {tmp_path / name: content for name, content in read.items()}
    with pytest.raises(DataError, match=r"was changed by another.* Nothing was written"):
        files.replace_together({tmp_path / "a": b"new"}, read)
    assert snapshot(tmp_path) == {"a": b"old"}


@pytest.mark.parametrize("step", range(5))
def test_a_change_by_hand_at_any_moment_of_a_write_is_not_lost(tmp_path, monkeypatch, step):
    """Of two files, each of which is brought to the disk, and put in place."""
    contents = {tmp_path / name: f"new {name}".encode() for name in "ab"}
    for file in contents:
        file.write_bytes(b"old")
    read, fsync, left = dict.fromkeys(contents, b"old"), os.fsync, iter(range(step))

    def edit(handle):
        if next(left, None) is None:
            (tmp_path / "b").write_bytes(b"by hand")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", edit)
    if step < 3:
        with pytest.raises(DataError, match=r"b: was changed by another.* Nothing was written"):
            files.replace_together(contents, read)
        assert snapshot(tmp_path) == {"a": b"old", "b": b"by hand"}
    else:
        files.replace_together(contents, read)
        assert snapshot(tmp_path)["b"] == (b"by hand" if step == 3 else b"new b")


def test_links_into_one_folder_are_written_under_its_lock(tmp_path):
    far, contents = tmp_path / "far", {}
    far.mkdir()
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "link").symlink_to(far / name)
        contents[tmp_path / name / "link"] = b"new"
    (far / ".dti-1-2.part").touch()
    with files.locked(far), pytest.raises(DataError, match="far: another run is writing here"):
        files.replace_together(contents, {})
    files.replace_together(contents, {})
    assert snapshot(far) == {"a": b"new", "b": b"new"}


def test_a_temporary_folder_is_for_nobody_else_and_leaves_nothing(tmp_path, monkeypatch):
    def use():
        with files.hold_scratch("a"):
            pass

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert kill_at(1, use)
    assert len([*tmp_path.iterdir()]) == 1
    with files.hold_scratch("a") as folder:
        assert [*tmp_path.iterdir()] == [folder]
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not [*tmp_path.iterdir()]
    for place in (str(tmp_path / "none"), None):
        monkeypatch.setattr(tempfile, "tempdir", place)
        monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
        with pytest.raises(OutputError, match="temporary files: cannot be written: No "):
            use()


def test_a_folder_is_locked_for_one_and_what_killed_ones_left_is_cleared(tmp_path):
    for name in (".dti-1-2.part", ".dti-f3e-0f.part", ".mine.part", "a.part"):
        (tmp_path / name).touch()
    with files.hold_draft(tmp_path / "b.csv") as draft, files.locked(tmp_path):
        assert set(snapshot(tmp_path)) == {".mine.part", "a.part", draft.name}
        with pytest.raises(DataError, match="another run is writing here"):
            files.replace_together({tmp_path / "a": b""}, {})
    assert set(snapshot(tmp_path)) == {".mine.part", "a.part"}


def test_a_kill_at_any_moment_leaves_each_file_old_or_new_and_the_next_run_finishes(tmp_path):
    contents = {tmp_path / name: f"new {name}".encode() for name in "abc"}
    seen = []
    for step in itertools.count():
        for file in contents:
            file.write_bytes(b"old")
        is_killed = kill_at(step, lambda: files.replace_together(contents, {}))
        found = [file.read_bytes() for file in contents]
        new = sum(content != b"old" for content in found)
        assert found == [*contents.values()][:new] + [b"old"] * (3 - new), "not in their order"
        seen.append(new)
        if not is_killed:
            break
        files.replace_together(contents, {})
        assert snapshot(tmp_path) == {file.name: content for file, content in contents.items()}
    assert sorted(set(seen)) == [0, 1, 2, 3]


def test_the_next_write_of_a_file_clears_what_a_killed_one_left(tmp_path):
    assert kill_at(1, lambda: files.write_whole(tmp_path / "a.csv", "new"))
    assert len(snapshot(tmp_path)) == 1
    files.write_whole(tmp_path / "other.csv", "other")
    assert len(snapshot(tmp_path)) == 2
    files.write_whole(tmp_path / "a.csv", "new")
    assert snapshot(tmp_path) == {"a.csv": b"new", "other.csv": b"other"}


@pytest.mark.parametrize("there", [None, "old"])
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path, there):
    (tmp_path / "far").mkdir()
    if there:
        (tmp_path / "far/a.csv").write_text(there)
    (tmp_path / "link").symlink_to("far/a.csv")
    files.write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert snapshot(tmp_path / "far") == {"a.csv": b"new"}


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_a_file_keeps_its_mode_and_a_new_one_has_that_of_the_umask(tmp_path, mode):
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(mode)
    before = os.umask(0o027)
    try:
        files.write_whole(new, "new")
        files.replace_together({old: b"new"}, {})
    finally:
        os.umask(before)
    assert [stat.S_IMODE(file.stat().st_mode) for file in (old, new)] == [mode, 0o640]


@pytest.mark.skipif(not hasattr(os, "chown"), reason="files have no owners")
def test_a_file_keeps_its_group_where_its_owner_may_not_be_kept(tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(
        os, "chown", lambda _, user, group: fail() if user > -1 else kept.append(group)
    )
    (tmp_path / "a").touch()
    files.write_whole(tmp_path / "a", "new")
    assert kept == [(tmp_path / "a").stat().st_gid]


def test_what_is_no_file_is_written_into(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write_whole(pipe, ["a", "b"])
    assert os.read(reader, 9) == b"ab"
    os.close(reader)
    files.write_whole(Path(os.devnull), "x")
    assert Path(os.devnull).is_char_device()
    assert pipe.is_fifo()
    with (tmp_path / "out").open("wb", buffering=0) as stream:
        stream.write(b"1")
        files.write_whole(Path(f"/dev/fd/{stream.fileno()}"), "2")
        stream.write(b"3")
    assert (tmp_path / "out").read_text() == "123"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x" * 300, "File name too long. Give it a shorter name"),
        ("link", r"link, a link to none/a.csv: cannot be written: No such .* Make the folder"),
        ("folder", "Is a directory. Remove the folder of that name"),
        ("/dev/full", "No space left on device. Make room"),
        ("/dev/fd/999", "Bad file descriptor"),
    ],
)
def test_what_keeps_a_file_from_being_written_is_told(tmp_path, name, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("none/a.csv")
    with pytest.raises(OutputError, match=words):
        files.write_whole(tmp_path / name, "new")
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "link"}


def test_a_name_that_just_fits_is_written(tmp_path):
    files.write_whole(tmp_path / f"{'ế' * 83}.csv", "new")
    assert len(snapshot(tmp_path)) == 1


@pytest.mark.parametrize("denied", ["folder", "folder/a.csv"])
def test_no_right_to_write_is_told_before_any_work(tmp_path, monkeypatch, denied):
    (tmp_path / "folder").mkdir()
    file = tmp_path / "folder/a.csv"
    file.write_text("old")
    open_, denied = os.open, tmp_path / denied

    def deny(path, *flags):  # to the superuser, too
        if denied in (Path(path), Path(path).parent):
            raise PermissionError(13, "Permission denied")
        return open_(path, *flags)

    monkeypatch.setattr(os, "open", deny)
    for act in (files.require_output, lambda file: files.write_whole(file, "new")):
        with pytest.raises(
            OutputError, match=r"a.csv: cannot be written: Permission denied\. It and"
        ):
            act(file)
    assert snapshot(tmp_path / "folder") == {"a.csv": b"old"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.csv", None),
        ("none/out.csv", "expected a file in a folder that exists. Make the folder"),
        ("raw", "expected a file in a folder that exists. Name a file in it"),
        ("panel.csv", "found .*panel.csv, which is read"),
        ("raw/../panel.csv", "found .*panel.csv, which is read"),
        ("link", "found .*panel.csv, which is read"),
        ("hard", "found .*panel.csv, which is read"),
        ("raw/new.csv", "found .*raw, which is read"),
        ("hard_fact", "found .*raw, which is read"),
    ],
)
def test_a_file_to_be_written_is_looked_at_before_any_work(tmp_path, name, words):
    panel, raw = tmp_path / "panel.csv", tmp_path / "raw"
    raw.mkdir()
    for file in (panel, raw / "facts.csv"):
        file.touch()
    (tmp_path / "link").symlink_to("panel.csv")
    (tmp_path / "hard").hardlink_to(panel)
    (tmp_path / "hard_fact").hardlink_to(raw / "facts.csv")
    for inputs in ([panel, tmp_path / "none.csv", raw], []):
        is_refused = words and (inputs or "which is read" not in words)
        with pytest.raises(DataError, match=words) if is_refused else nullcontext():
            files.require_output(tmp_path / name, inputs)
    files.require_output(None, [panel])


@pytest.mark.parametrize(
    "cell", ["=1+1", "+x", "-x", "-", "@x", "\t=1", "\r=1", "-1+1", "=-5", "-5\n", "+1,000.5x"]
)
def test_no_text_is_a_formula_to_a_spreadsheet(cell):
    table = pd.DataFrame({cell: [cell, "-5", None], "b": [-5, -0.5, 1], cell * 2: [cell, -7, 0.5]})
    for written in (
        files.format_csv([table.columns, *table.astype(object).to_numpy().tolist()]),
        files.format_table(table),
    ):
        header, first, *rest = csv.reader(io.StringIO(written, newline=""))
        assert header == [f"'{cell}", "b", f"'{cell * 2}"]
        assert first == [f"'{cell}", "-5.0", f"'{cell}"]
        assert rest[0] == ["-5", "-0.5", "-7"]


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
        return made[-1], {"table.csv": "0.5,Huế"}

    first = files.cached_table(file, {"data": "1"}, build)
    assert first is made[0]
    again = files.cached_table(file, {"data": "1"}, build)
    pd.testing.assert_frame_equal(again, first)
    assert (first.attrs, again.attrs, len(made)) == ({}, {}, 1)
    pd.testing.assert_frame_equal(pd.read_parquet(file), first)  # others read it, too
    files.cached_table(file, {"data": "2"}, build)
    assert len(made) == 2
    beside = file.with_name("table.csv")
    for spoil in (beside.unlink, partial(beside.write_text, "0.5"), partial(beside.write_text, "")):
        spoil()
        files.cached_table(file, {"data": "2"}, build)
        assert beside.read_text(encoding="utf-8") == "0.5,Huế"
    assert len(made) == 5
    assert files.cached_table(None, {}, build) is made[5]


def test_a_table_that_is_cut_or_altered_anywhere_is_built_anew(tmp_path):
    file, table, made = tmp_path / "table.parquet", pd.DataFrame({"a": [1, 2]}), []

    def read():
        return files.cached_table(file, {"data": "1"}, lambda: made.append(1) or (table, {}))

    pd.testing.assert_frame_equal(read(), read())
    assert made == [1]
    notes = file.with_name("table.provenance.json")
    assert {*files.list_built(tmp_path)} == {file, notes}
    for part in (file, notes):
        whole = part.read_bytes()
        cuts = [whole[:at] for at in range(0, len(whole), 7)]
        turned = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
        for spoiled in (
            *cuts,
            *turned,
            b"[]",
            b"{}",
            b'{"files": 1}',
            b'{"files": {}, "data": "1"}',
        ):
            part.write_bytes(spoiled)
            made.clear()
            pd.testing.assert_frame_equal(read(), table)
            assert (part.read_bytes(), made) == (whole, [1])
            part.write_bytes(spoiled)
            assert len([*files.list_built(tmp_path)]) in (1, 2)
    notes.unlink()
    assert [*files.list_built(tmp_path)] == []
    file.unlink()
    file.mkdir()
    with pytest.raises(OutputError, match=r"Is a directory\. Remove the folder of that name"):
        read()


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
        ("data/a\nb\udce1.csv", "data/a\\x0ab\\udce1.csv"),
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
