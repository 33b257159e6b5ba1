import pandas as pd
import pytest
from bs4 import BeautifulSoup

from dti_analysis.display import (
    Card,
    Displayed,
    Key,
    Keys,
    Ladder,
    Table,
    Text,
    align_columns,
    link,
    mark_up,
)
from dti_analysis.language import _, current_language, ngettext, use_language

NASTY = "<script>alert(1)</script> & <b>"


def soup(text):
    return BeautifulSoup(text, "html.parser")


def test_columns_are_as_wide_as_their_widest_cell():
    lines = [["year", "rank", ""], ["2021", "9", "x"]]
    assert align_columns(lines) == ["year  rank", "2021  9     x"]
    assert align_columns(lines, is_flush_right=True) == ["year  rank", "2021     9  x"]
    with pytest.raises(ValueError, match="longer"):
        align_columns([["a"], ["a", "b"]])


def test_a_table_is_shown_with_its_caption_and_gaps_as_dashes():
    table = Table(pd.DataFrame({"Unit": ["Huế", None], "Rank": [1.0, None]}), "Ranks")
    page = soup(table._repr_html_())
    assert page.caption.text == "Ranks"
    assert [(cell.text, cell["scope"]) for cell in page("th")] == [("Unit", "col"), ("Rank", "col")]
    assert [cell.text for cell in page("td")] == ["Huế", "1.0", "–", "–"]
    assert repr(table) == "Ranks\nUnit  Rank\nHuế   1.0\n–     –"


def test_nothing_in_a_table_is_taken_for_markup():
    frame = pd.DataFrame({NASTY: [NASTY], "n": [1]})
    before = frame.copy()
    page = soup(Table(frame, NASTY)._repr_html_())
    assert page("script") == []
    assert page("b") == []
    assert page.caption.text == page.th.text == page.td.text == NASTY
    assert NASTY in repr(Table(frame, "Caption"))
    pd.testing.assert_frame_equal(frame, before)


def test_addresses_are_links_and_nothing_else_is():
    cells = [
        "https://www.dti.gov.vn/a?b=1&c=2",
        "javascript:alert(1)",
        "Decision 922",
        'http://x.test/"onclick="alert(1)',
    ]
    page = soup(Table(pd.DataFrame({"A & B": cells}), "Sources", links=("A & B",))._repr_html_())
    assert [(link["href"], link.text) for link in page("a")] == [
        (cells[0], "dti.gov.vn"),
        (cells[3], "x.test"),
    ]
    assert all(set(link.attrs) == {"href"} for link in page("a"))
    assert [cell.text for cell in page("td")][1:3] == cells[1:3]


def test_a_card_is_a_section_and_a_text():
    table = Table(pd.DataFrame({"a": [1]}), "Numbers")
    card = Card("Title", _("It is **bold**, `dti check`."), [table], _("Note of **it**."))
    page = soup(card.to_html())
    assert page.section.strong.text == "Title"
    assert [part.text for part in page("p")] == ["Title", "It is bold, dti check.", "Note of it."]
    assert page.code.text == "dti check"
    assert page.small.text == "Note of it."
    assert page.caption.text == "Numbers"
    assert str(card) == "Title\n\nIt is bold, dti check.\n\nNumbers\na\n1\n\nNote of it."


def test_a_card_leaves_out_what_is_empty():
    assert soup(Card("Title").to_html()).section.decode_contents() == (
        "\n<p><strong>Title</strong></p>\n"
    )
    assert str(Card("Title")) == "Title"


def test_nothing_in_a_card_is_taken_for_markup():
    page = soup(Card(NASTY, NASTY, [], NASTY).to_html())
    assert page("script") == []
    assert page("b") == []
    assert [part.text for part in page("p")] == [NASTY] * 3


def test_a_result_shows_itself_as_its_card_in_the_language_chosen():
    class Result(Displayed):
        def make_card(self):
            return Card(current_language())

    result = Result()
    assert repr(result) == str(result) == "en"
    with use_language("vi"):
        assert str(result) == "vi"
        assert result._repr_html_() == Card("vi").to_html()


def test_only_the_marks_of_a_message_are_marks():
    name = "**A** `b` [c](https://d.test) <i>"
    filled = Text(_("**{name}**, `{name}`, [{name}](x.md)").format(name=name))
    page = soup(filled._repr_html_())
    assert [found.text for found in (page.strong, page.code, page.a)] == [name] * 3
    assert page.p.text == f"{name}, {name}, {name}"
    assert [element.name for element in page.p.find_all()] == ["strong", "code", "a"]
    assert repr(filled) == f"{name}, {name}, {name} (x.md)"
    assert repr(Text(ngettext("**{n}**", "{n}", 1).format(n=name))) == name
    assert soup(Text(name)._repr_html_()).p.text == repr(Text(name)) == name


def test_a_text_is_a_heading_a_paragraph_or_a_list():
    assert repr(Text("# a", "h2")) == "## # a"
    page = soup(Text("- a\n1. b", "ul")._repr_html_())
    assert [entry.text for entry in page.ul("li")] == ["- a", "1. b"]
    assert repr(Text("a\nb", "ul")) == "- a\n- b"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "httpx://a.test", "", "http:"])
def test_a_name_links_to_a_host_or_nowhere(address):
    assert link(NASTY, address) == NASTY
    (told,) = soup(Text(link(NASTY, 'https://a.test/"onclick="x'))._repr_html_())("a")
    assert (told.text, told.attrs) == (NASTY, {"href": 'https://a.test/"onclick="x'})


def test_key_numbers_are_a_list_of_what_each_is():
    keys = Keys((Key(NASTY, "1st", (NASTY, ""), NASTY),))
    page = soup(keys._repr_html_())
    assert [page.dt.text, *(line.text for line in page("dd"))] == [NASTY, f"1st {NASTY}", NASTY]
    assert repr(keys) == f"{NASTY}: 1st {NASTY} ({NASTY})"


@pytest.mark.parametrize("is_official", [True, False])
def test_a_ladder_frames_its_target(is_official):
    chances = {"2025": [(0.004, "<1 %"), (0.5, NASTY)], NASTY: [(0.1, "10 %"), (1.0, ">99 %")]}
    ladder = Ladder(NASTY, "Top", (1, 3), chances, (NASTY, 1), is_official, NASTY)
    page = soup(ladder.to_html())
    assert [cell.text for cell in page("td")] == ["<1 %", NASTY, "10 %", ">99 %"]
    assert [cell["class"] for cell in page("td")] == [
        *([], [], ["official" if is_official else "reference"], [])
    ]
    assert [bar["style"] for bar in page.select("td span")] == [
        f"--share: {percent}%" for percent in (0, 50, 10, 100)
    ]
    assert str(ladder).splitlines()[1].split() == ["Top", "1", "3"]


def test_a_range_is_not_broken_over_lines():
    assert mark_up("80 %: 2–9, – and a–b") == "80 %: 2–&NoBreak;9, – and a–b"
