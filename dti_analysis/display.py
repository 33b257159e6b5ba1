"""How results show themselves: as a card in a notebook, as text at a prompt."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dti_analysis.reports.cards import Card


class Shown:
    """Shows itself in a few words and a small table, in the language spoken."""

    def __repr__(self) -> str:
        return str(_lay_out(self))

    def _repr_html_(self) -> str:
        return _lay_out(self).to_html()


def _lay_out(shown: Shown) -> "Card":
    # Words are made of results, so a result can reach for them only once it is looked at.
    from dti_analysis.reports.cards import make_card

    return make_card(shown)
