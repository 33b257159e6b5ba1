"""What cannot be printed or written is told as that, with 1, and no more is broken than that."""

import json
import os
import subprocess

import pytest
from running import DTI

FORECAST = "forecast 'Đắk Lắk' --panel p.csv --draws 50"


@pytest.fixture
def call(tmp_path):
    """Run a shell's line in which dti is the command; give its exit code, output and errors."""
    rows = [
        f"{unit},{year},{10 * place + year % 7}"
        for place, unit in enumerate(("Bà Rịa", "Đắk Lắk", "=HYPERLINK()"))
        for year in range(2018, 2024)
    ]
    text = "\n".join(["unit,year,score", *rows])
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")

    def run(line, **environment):
        told = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f'dti() {{ "{DTI}" "$@"; }}; {line}'],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
        )
        return told.returncode, told.stdout, told.stderr.decode()

    return run


@pytest.mark.parametrize(
    ("verb", "unbuffered"),
    [("--help", ""), ("--version", ""), ("evaluate --help", "1"), (FORECAST, ""), (FORECAST, "1")],
)
def test_what_cannot_be_printed_is_told_and_a_closed_pipe_is_quiet(call, verb, unbuffered):
    told = "Error: standard output: cannot be written: {}.\n"
    for where, err in [
        ("> /dev/full", told.format("No space left on device")),
        (">&-", told.format("Bad file descriptor")),
        (">&- 2>&-", ""),
        ("<&- >&- 2>&-", ""),
        ("2>&1 > /dev/full | true", ""),
        ("| true", ""),
    ]:
        assert call(f"dti {verb} {where}", PYTHONUNBUFFERED=unbuffered) == (1, b"", err), where


def test_a_refusal_that_nobody_can_read_is_no_traceback(call):
    for where, code in [("2>&-", 2), ("2>/dev/full", 1), ("2>&1 | true", 1)]:
        assert call(f"dti forecast Nowhere --panel p.csv {where}") == (code, b"", "")
    assert call("dti evaluate --panel p.csv --draws 20 2>&- | tail -1")[0] == 0


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp1258", "latin-1", "utf-8"])
def test_letters_that_an_encoding_lacks_are_written_out(call, encoding):
    own = {"PYTHONIOENCODING": encoding}
    code, out, err = call(f"dti {FORECAST}", **own)
    assert (code, err) == (0, "")
    lacking = "Đắk Lắk".encode(encoding, "backslashreplace")
    assert out.startswith(lacking)
    code, out, _ = call(f"dti {FORECAST} --json", **own)
    assert json.loads(out.decode(encoding))["unit"] == "Đắk Lắk"
    for line in ("dti forecast 'Đắk' --panel p.csv", "dti --ắ"):
        code, out, err = call(f"{line} 2>&1 >/dev/null", **own)
        assert (code, err) == (2, "")
        assert "ắ".encode(encoding, "backslashreplace") in out


def test_signs_beyond_the_first_plane_stay_json(call, tmp_path):
    text = (tmp_path / "p.csv").read_text(encoding="utf-8").replace("Đắk Lắk", "é😀")
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    line = "dti forecast é😀 --panel p.csv --draws 50 --json"
    code, out, _ = call(line, PYTHONIOENCODING="ascii")
    assert code == 0
    assert json.loads(out)["unit"] == "é😀"


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("dti {} --pmf /dev/full", 1, "/dev/full: cannot be written: No space left on device"),
        ("dti {} --pmf $(printf %0300d 0)", 1, "File name too long. Give it a shorter name."),
        ("dti {} --pmf none/a.csv", 2, "expected a file in a folder that exists"),
        ("dti {} --pmf p.csv", 2, "p.csv: expected a file of its own, found p.csv, which is read"),
        ("ln p.csv q; dti {} --pmf q", 2, "q: expected a file of its own, found p.csv, which is"),
        ("ln -s p.csv q; dti evaluate --panel p.csv --json ./q", 2, "found p.csv, which is read"),
        ("dti evaluate --json $DTI_ROOT/index.toml", 2, "index.toml, which is read here"),
        ("dti forecast --pmf $DTI_ROOT/data/raw/sources.csv", 2, "raw, which is read here"),
        ("dti {} --pmf a.csv > /dev/full", 1, "standard output: cannot be written: No space"),
        ("mkdir data; touch data/processed; dti init data --panel p.csv", 2, "or empty folder"),
        ("dti init /proc/x --panel p.csv", 1, "/proc/x: cannot be written: No such file or"),
        ("dti report --all --output /proc/x", 1, "/proc/x: cannot be written: No such file or"),
    ],
)
def test_an_error_of_the_output_is_none_of_the_input(call, tmp_path, line, code, words):
    before = (tmp_path / "p.csv").read_bytes()
    found, out, err = call(line.format(FORECAST))
    assert (found, out) == (code, b"")
    assert words in err
    assert err.count("\n") < 3
    assert (tmp_path / "p.csv").read_bytes() == before


def test_probabilities_go_into_pipes_and_are_safe_to_open(call, tmp_path):
    code, out, err = call(f"dti {FORECAST} --pmf >(cat > piped) > out; wait $!; cat out")
    assert (code, err) == (0, "")
    assert out.startswith("Đắk Lắk: rank".encode())
    written = (tmp_path / "piped").read_text(encoding="utf-8")
    assert "\n'=HYPERLINK(),1,1," in written
    code, both, err = call(f"dti {FORECAST} --pmf /dev/stdout > both; cat both")
    assert (code, both, err) == (0, written.encode() + out, "")
    assert call(f"dti {FORECAST} --pmf >(head -1 >&2) > /dev/null")[0] in (0, 1)
