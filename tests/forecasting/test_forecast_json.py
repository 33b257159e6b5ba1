"""What `dti forecast --json` prints is what docs/forecast.schema.json says, for any index."""

import json

import jsonschema
import pandas as pd
import pytest
from frozen import CHECKOUT

import dti_analysis as dti_library

SCHEMA = json.loads((CHECKOUT / "docs/forecast.schema.json").read_text(encoding="utf-8"))
SPEC = jsonschema.Draft202012Validator(SCHEMA)
RANKED = pd.DataFrame(
    [(unit, year, rank) for year in (2020, 2021, 2022) for rank, unit in enumerate("ABCD", 1)],
    columns=["unit", "year", "rank"],
)
SCORED = RANKED.assign(score=5.0 - RANKED["rank"], rank=None)


def holed(*gone):
    """Ranks, but for those of some units in some years."""
    table = RANKED.copy()
    for unit, year in gone:
        table.loc[(table["unit"] == unit) & (table["year"] == year), "rank"] = None
    return table


def check(described):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    plain = json.loads(json.dumps(described, allow_nan=False))
    assert [error.message for error in SPEC.iter_errors(plain)] == []
    return plain


def test_every_field_is_required_and_no_other_is_allowed():
    def walk(node):
        if isinstance(node, dict):
            if "properties" in node:
                assert sorted(node["required"]) == sorted(node["properties"])
                assert node["additionalProperties"] is False
            for inner in node.values():
                walk(inner)

    walk(SCHEMA)


@pytest.mark.parametrize(
    ("basis", "unit", "origin"),
    [("63", "BR-VT", 2021), ("63", "Hà Giang", 2021), ("34", "Huế", None)],
)
def test_the_dti(dti, basis, unit, origin):
    as_of = () if origin is None else ("--origin-year", origin)
    result = dti("forecast", unit, "--basis", basis, *as_of, "--draws", 100, "--json")
    assert result.exit_code == 0, result.output
    told = check(json.loads(result.stdout))
    assert (told["index"], told["basis"]) == ("DTI", basis)


@pytest.mark.parametrize(
    ("table", "told", "unit", "kinds"),
    [
        (RANKED, {}, "A", []),
        (SCORED, {}, "A", ["computed"] * 3),
        (SCORED, {"max_score": 10}, "D", ["computed"] * 3),
        (holed(("B", 2021)), {}, "B", ["unpublished"]),
        (holed(("D", 2021)), {"blank": "unpublished"}, "D", ["unpublished"]),
        (holed(("D", 2022)), {"blank": "absent"}, "A", ["gone", "absent"]),
        (holed(*((unit, 2022) for unit in "ABCD")), {}, "A", ["no_value"]),
        (RANKED[RANKED["unit"] != "B"], {"subset": True}, "A", ["beyond"] * 3),
        (RANKED[RANKED["unit"].isin(["A"])], {"subset": True}, "A", []),
    ],
)
def test_any_index(table, told, unit, kinds):
    answer = dti_library.read_index(table, **told).forecast(draws=50).answer(unit, 1)
    described = check(answer.to_dict())
    assert [each["kind"] for each in described["left_out"]] == kinds


def test_a_target_beyond_the_horizon_has_no_chance(tmp_path, monkeypatch):
    (tmp_path / "data/raw").mkdir(parents=True)
    SCORED.to_csv(tmp_path / "data/raw/panel.csv", index=False)
    text = 'name = "x"\nunit = "u"\nunits = "us"\nsource = "s"\n'
    text += '[[targets]]\nunit = "A"\nrank = 1\nyear = 2099\n'
    (tmp_path / "index.toml").write_text(text, encoding="utf-8")
    answer = dti_library.load_index(root=tmp_path).forecast(draws=50).answer("A")
    (target,) = check(answer.to_dict())["targets"]
    assert (target["target_year"], target["kind"]) == (2099, "official")
    assert target["probability_in_year"] is target["probability_by_year"] is None
