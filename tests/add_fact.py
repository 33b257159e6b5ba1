"""Add a true fact to data/raw, as anyone might: a rank that so far is computed, from its scores."""

import csv

from frozen import CHECKOUT

from dti_analysis.cleaning.facts import resolve_facts
from dti_analysis.project import load_index
from dti_analysis.root import RAW


def find_fact() -> list[object]:
    """Give the cells of a fact that none states, but the scores do."""
    index = load_index(root=CHECKOUT)
    panel = index.frame()
    last = panel[panel["rank_status"] == "computed"].iloc[-1]
    facts = resolve_facts(index.facts()).set_index(["basis", "year", "code", "metric"])
    scored = facts.loc[(63, last["year"], last["code"], "score_overall")]
    cells = [last["year"], 63, last["code"], last["unit"], "rank_overall", int(last["rank"])]
    note = "follows from the scores of all 63, of which this source has its own"
    return [*cells, "implied", scored["source_id"], note]


if __name__ == "__main__":
    fact = find_fact()
    with (CHECKOUT / RAW / "dti_facts.csv").open("a", encoding="utf-8", newline="") as table:
        csv.writer(table, lineterminator="\n").writerow(fact)
    print("Added:", *fact)
