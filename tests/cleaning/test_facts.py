import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dti_analysis.cleaning.facts import (
    CELL,
    agree,
    cite_sources,
    find_source,
    list_conflicts,
    resolve_facts,
)
from dti_analysis.cleaning.numbers import parse_rank, parse_score, parse_value
from dti_analysis.errors import DataError


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        ("39", 39),
        ("39/63", 39),
        ("thứ 29/63", 29),
        ("Thứ  29 / 63", 29),
        ("hạng 7", 7),
        ("29.0", 29),
        (" 1 ", 1),
    ],
)
def test_ranks_are_read_as_people_write_them(text, rank):
    assert parse_rank(text) == rank


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("0.6077", 0.6077),
        ("0,6077", 0.6077),
        ("95,52%", 0.9552),
        ("95.5 %", 0.955),
        ("801,91/1000", 0.80191),
        ("541.46/1000", 0.54146),
        ("0,3026/1.000", 0.3026),
        ("60,77/100", 0.6077),
        ("1", 1.0),
    ],
)
def test_scores_are_read_as_people_write_them(text, score):
    assert parse_score(text) == score


@pytest.mark.parametrize("text", ["", "x", "0", "-3", "64/63", "12.5", "1/2/3", "0,6077"])
def test_what_is_no_rank_is_refused(text):
    with pytest.raises(DataError, match="expected a rank, found"):
        parse_rank(text)


@pytest.mark.parametrize("text", ["", "x", "-0.1", "1e-3", "39/63", "5/0", "0,6,7", "nan"])
def test_what_is_no_score_is_refused(text):
    with pytest.raises(DataError, match="expected a score, found"):
        parse_score(text)


@given(st.integers(0, 10_000))
def test_scores_survive_a_round_trip_through_any_notation(points):
    score = points / 10_000
    for text in (f"{score:.4f}", f"{score:.4f}".replace(".", ","), f"{points / 100:.2f}%"):
        assert parse_score(text) == score


def test_the_metric_says_what_a_value_is():
    assert parse_value("rank_overall", "39/63") == 39.0
    assert parse_value("score_overall", "39%") == 0.39


FACT = {"basis": 63, "year": 2022, "code": "01", "metric": "score_overall", "note": ""}


def state(value, status="stated", kind="press", source="s1", date="2023"):
    return FACT | {
        "value": value,
        "status": status,
        "kind": kind,
        "source_id": source,
        "date": date,
        "publisher": source,
        "url": f"http://{source}",
    }


@pytest.mark.parametrize(
    "worse",
    [
        state(0.2, status="implied", kind="official"),
        state(0.2, kind="press", date="2030"),
        state(0.2, kind="government"),
        state(0.2, kind="official_copy"),
        state(0.2, status="suspect", kind="official"),
    ],
)
def test_the_most_trusted_fact_is_taken_whatever_the_order(worse):
    best = state(0.1, kind="official")
    for rows in ([best, worse], [worse, best]):
        assert resolve_facts(pd.DataFrame(rows))["value"].tolist() == [0.1]


def test_among_equals_the_later_source_then_the_alphabet_decides():
    rows = [state(0.1, source="s2"), state(0.2, source="s1"), state(0.3, source="s0", date="2022")]
    assert resolve_facts(pd.DataFrame(rows))["value"].tolist() == [0.2]
    assert resolve_facts(pd.DataFrame(rows[::-1]))["value"].tolist() == [0.2]


def test_a_cell_with_suspect_facts_only_stays_empty():
    assert resolve_facts(pd.DataFrame([state(0.3, status="suspect")])).empty


def test_conflicts_are_listed_with_what_was_taken():
    agreed = [state(0.5) | {"code": "02"}, state(0.5, source="s2") | {"code": "02"}]
    disputed = [state(0.1, kind="official"), state(0.2), state(0.9, status="suspect", source="s3")]
    conflicts = list_conflicts(pd.DataFrame(agreed + disputed))
    assert conflicts["value"].tolist() == [0.1, 0.2]
    assert conflicts["is_taken"].tolist() == [True, False]


def test_the_conflicts_of_the_project_are_the_known_three(clean):
    conflicts = list_conflicts(clean)
    taken = conflicts[conflicts["is_taken"]].set_index(["year", "province"])["value"].to_dict()
    assert taken == {(2020, "Yên Bái"): 40, (2022, "Quảng Bình"): 0.5415, (2022, "Cà Mau"): 0.4689}


def test_no_suspect_fact_is_used(clean, resolved):
    suspect = clean[clean["status"] == "suspect"]
    assert len(suspect) == 26
    assert not resolved["status"].eq("suspect").any()
    assert not resolved.duplicated(CELL).any()


def test_sources_are_cited_by_edition(raw, resolved):
    cited = cite_sources(raw["dti_facts"], raw["sources"], [(63, "77")])
    own = resolved[(resolved["basis"] == 63) & (resolved["code"] == "77")]
    assert set(cited["url"]) == set(own["url"])
    assert cited["editions"].is_monotonic_increasing
    assert {"official", "press"} <= set(cited["kind"])
    assert set(", ".join(cited["editions"]).split(", ")) == {"2020", "2021", "2022", "2023", "2024"}


@pytest.mark.parametrize(
    ("metric", "texts", "is_one"),
    [
        ("score_overall", ("0.82", "0.8241"), True),
        ("score_overall", ("0,6077", "60.77%"), True),
        ("score_overall", ("0.82", "0.83"), False),
        ("score_overall", ("-1.5", "-1.50"), True),
        ("score_overall", ("", "0.82"), False),
        ("score_overall", ("", ""), True),
        ("rank_overall", ("39/63", "39"), True),
        ("rank_overall", ("39", "40"), False),
    ],
)
def test_statements_that_differ_by_rounding_alone_are_one(metric, texts, is_one):
    assert agree(metric, *texts) == is_one


def test_a_source_is_known_by_its_address():
    sources = pd.DataFrame(
        [["s007", "press", "vnexpress.net", "2025", "https://vnexpress.net/dti"]],
        columns=["source_id", "kind", "publisher", "date", "url"],
    )
    known = find_source(sources, "https://vnexpress.net/dti", date="2025")
    assert known == sources.iloc[0].to_dict()
    new = find_source(sources, "https://www.hue.gov.vn/dti", date="2026-10")
    assert list(new.values()) == [
        *("s008", "government", "hue.gov.vn", "2026-10", "https://www.hue.gov.vn/dti")
    ]
    with pytest.raises(DataError, match=r'--date "2026": sources\.csv has s007'):
        find_source(sources, "https://vnexpress.net/dti", date="2026")
    with pytest.raises(DataError, match="expected an address"):
        find_source(sources, "vnexpress.net")
