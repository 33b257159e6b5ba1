import pandas as pd
import pytest
from bs4 import BeautifulSoup

from dti_analysis.display import Card, Displayed, Table, align_columns
from dti_analysis.language import current_language, use_language

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
    card = Card("Title", "It is **bold**, `dti check`.", [table], "Note of **it**.")
    page = soup(card.to_html())
    assert page.section.strong.text == "Title"
    assert [part.text for part in page("p")] == ["Title", "It is bold, dti check.", "Note of it."]
    assert page.code.text == "dti check"
    assert page.small.text == "Note of it."
    assert page.caption.text == "Numbers"
    assert str(card) == "Title\n\nIt is bold, dti check.\n\nNumbers\na\n1\n\nNote of it."


def test_a_card_leaves_out_what_is_empty():
    assert Card("Title").to_html() == "<section>\n<p><strong>Title</strong></p>\n</section>"
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
