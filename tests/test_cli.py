import json
import shutil

import pytest
from click.testing import CliRunner

from dti_analysis import cli, paths


@pytest.fixture
def dti():
    def run(*arguments):
        return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])

    return run


def refused(result, *words):
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr


def test_check_finds_the_projects_own_data_in_order(dti):
    result = dti("check")
    assert result.exit_code == 0
    assert "no fault found" in result.output


def test_check_accept_records_a_changed_table(dti, tmp_path):
    raw = shutil.copytree(paths.RAW, tmp_path / "raw")
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,TP. HCM,rank_overall,"thứ 29/63",stated,s001,\n')
    refused(dti("check", raw), "row 2602", "field province", "Bà Rịa - Vũng Tàu")
    refused(dti("check", raw, "--accept"), "row 2602")
    shutil.copy(paths.RAW / "dti_facts.csv", raw)
    with (raw / "dti_facts.csv").open("a", encoding="utf-8") as table:
        table.write('2021,63,77,Tỉnh BR-VT,rank_overall,"thứ 29/63",stated,s001,\n')
    result = dti("check", raw)
    assert result.exit_code == 0
    assert "dti_facts: differs from its recorded sha256" in result.stderr
    assert "Recorded: dti_facts" in dti("check", raw, "--accept").output
    assert dti("check", raw).stderr == ""


def test_forecast_prints_the_users_case(dti):
    result = dti("forecast", "BR-VT", "--origin-year", 2021)
    assert result.exit_code == 0
    assert "2020: 39  2021: 29" in result.output
    assert "Top 20 in 2022 (official target): about 16 in 100" in result.output
    assert "it came 28th" in result.output


def test_forecast_as_json_is_the_same_twice(dti):
    arguments = ("forecast", "Huế", "--basis", 34, "--json", "--draws", 1000, "--seed", 7)
    first, second = dti(*arguments), dti(*arguments)
    assert first.output == second.output
    described = json.loads(first.output)
    assert (described["basis"], described["code"], described["seed"]) == (34, "46", 7)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("forecast", "DN"), ["ambiguous", "Đà Nẵng", "Đồng Nai"]),
        (("forecast", "Atlantis"), ["not known"]),
        (("forecast", "BR-VT", "--basis", "34"), ["part of Hồ Chí Minh"]),
        (("forecast", "BR-VT", "--basis", "62"), ["63", "34"]),
        (("forecast", "BR-VT", "--target-rank", "0"), ["expected 1 to 63"]),
        (("forecast", "BR-VT", "--target-rank", "64"), ["expected 1 to 63"]),
        (("forecast", "BR-VT", "--target-rank", "x"), ["not a valid integer"]),
        (("forecast", "BR-VT", "--origin-year", "2030"), ["2030"]),
        (("forecast",), ["PROVINCE"]),
        (("check", "nowhere"), ["nowhere"]),
    ],
)
def test_bad_input_gives_one_message_and_exit_2(dti, arguments, words):
    refused(dti(*arguments), *words)
