"""`make lines` counts alike for all."""

import subprocess

from frozen import CHECKOUT


def count_lines(folder):
    return sum(
        bool(line.strip())
        for file in (CHECKOUT / folder).rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
    )


def test_the_rooms_make_up_the_total():
    made = subprocess.run(
        ["make", "-s", "lines"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert made.stderr == ""
    head, *rows, total = (line.split() for line in made.stdout.splitlines())
    assert head == ["library", "tests"]
    rooms = {room: (int(library), int(tests)) for room, library, tests in rows}
    assert list(rooms) == sorted(rooms)
    assert rooms["models"] == (count_lines("dti_analysis/models"), count_lines("tests/models"))
    assert total[0] == "total"
    sums = [sum(counts) for counts in zip(*rooms.values(), strict=True)]
    assert [int(count) for count in total[1:]] == sums
    assert sums == [count_lines("dti_analysis"), count_lines("tests")]
