"""What others build upon does not change unseen."""

import difflib

import public_interface

from dti_analysis import Answer, Index


def test_the_public_interface_is_the_one_that_was_accepted():
    accepted = public_interface.LIST.read_text(encoding="utf-8").splitlines()
    lines = [*difflib.unified_diff(accepted, public_interface.write_list().splitlines(), n=0)]
    assert not lines[2:], (
        "The public interface has changed. If that is meant, tell it in CHANGELOG.md and accept "
        "it: python tests/public_interface.py"
    )


def test_every_kind_of_it_is_listed():
    listed = public_interface.LIST.read_text(encoding="utf-8").splitlines()
    for line in (
        "Answer.target_chance(self, target_rank, target_year=None)",
        "class DataError(message)",
        "forecast[].rank_probabilities[]: number",
        "reports.*.report.outputs[].sha256: string",
        "index?.*.parent?: string",
    ):
        assert line in listed
    assert any(line.startswith("dti forecast ") and "--json" in line for line in listed)
    assert any(line.startswith("figures.plot_") for line in listed)


def test_a_change_is_seen(monkeypatch):
    monkeypatch.delattr(Answer, "chances_of")
    monkeypatch.setattr(Index, "find", lambda self, name, among=None: None)
    accepted = set(public_interface.LIST.read_text(encoding="utf-8").splitlines())
    now = set(public_interface.write_list().splitlines())
    assert accepted - now == {
        "Answer.chances_of(self, target_ranks)",
        "Index.find(self, name)",
    }
    assert now - accepted == {"Index.find(self, name, among=None)"}
