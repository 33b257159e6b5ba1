import shutil

import pytest

from dti_analysis import paths


def test_check_finds_the_projects_own_data_in_order(dti):
    result = dti("check")
    assert result.exit_code == 0
    assert "no fault found" in result.output


def test_check_accept_records_a_changed_table(dti, refused, tmp_path):
    raw = shutil.copytree(paths.RAW, tmp_path / "raw")
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,TP. HCM,rank_overall,"thứ 29/63",stated,s001,\n')
    refused(dti("check", raw), "row 2660", "field province", "Bà Rịa - Vũng Tàu")
    refused(dti("check", raw, "--accept"), "row 2660")
    shutil.copy(paths.RAW / "dti_facts.csv", raw)
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,Tỉnh BR-VT,rank_overall,"thứ 29/63",stated,s001,\n')
    result = dti("check", raw)
    assert result.exit_code == 0
    assert "dti_facts: differs from its recorded sha256" in result.stderr
    assert "Recorded: dti_facts" in dti("check", raw, "--accept").output
    assert dti("check", raw).stderr == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "nowhere"), ["nowhere"]),
        (("report",), ["--all"]),
        (("report", "Atlantis"), ["not known"]),
        (("evaluate", "--model", "crystal_ball"), ["Known: persistence, random_walk"]),
    ],
)
def test_bad_input_gives_one_message_and_exit_2(dti, refused, arguments, words):
    refused(dti(*arguments), *words)
