"""Units as tiles about where they lie, which show rank, change or chance: style sheets switch.

Where there is no style sheet, as in a notebook that is not trusted, what lies where and the chances
are left.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise

from dti_analysis.language import N_, _
from dti_analysis.wording import format_chance, format_range, name_places, round_chance

_BOUNDS = (5, 20, 40, 60, 80)
"""Per cent at which the shades of a chance begin."""

_MOVES = {1: 2, 5: 3, 10: 4}
"""Places gained at which the shades of a change begin."""

OPEN = 20, 80
"""Per cent of what may go either way."""

EDGE = N_("An orange edge: 20 to 80, it may go either way.")


@dataclass(frozen=True)
class Tile:
    """A unit about where it lies."""

    code: str
    name: str
    place: tuple[int, int]  # row and column, from 1
    rank: int | None  # in the last edition
    change: int | None  # places gained (positive) or lost in it
    chances: Sequence[float]  # of each of the groups of best places
    opening: str = "<span>"  # tag that opens it: of a link, or of nothing


@dataclass(frozen=True)
class Diagram:
    """Tiles, one for each unit, and the switch of what they show."""

    tiles: Sequence[Tile]
    years: tuple[int, int]  # last edition, and the next
    lowest: int  # last rank there is
    tops: Sequence[int]  # sizes of the groups of best places
    usual: int = 0  # place, among `tops`, of the group that is shown unless another is chosen
    key: str = ""  # what sets its switch apart from others on the page

    def to_html(self) -> str:
        """Draw it; `read_style` tells how it looks, and obeys its switch."""
        views = (("rank", _("rank")), ("change", _("change")), ("chance", _("chance")))
        fields = "\n".join(
            f'<span><input type="radio" name="view-{self.key}" id="view-{self.key}-{kind}" '
            f'class="v-{kind}"{" checked" if kind == "chance" else ""}>'
            f'<label for="view-{self.key}-{kind}">{html.escape(named)}</label></span>'
            for kind, named in views
        )
        legend, named = html.escape(_("Tiles show")), html.escape(_("Tile diagram"))
        ordered = sorted(self.tiles, key=lambda tile: tile.place)
        tiles = "\n".join(self._draw_tile(tile) for tile in ordered)
        return (
            f'<fieldset class="choice views" hidden><legend>{legend}'
            f"</legend>\n{fields}\n</fieldset>\n"
            f'<ol class="tiles" aria-label="{named}" style="display:grid;'
            f'grid-auto-columns:minmax(0,1fr);gap:3px;padding:0;list-style:none">'
            f"\n{tiles}\n</ol>\n{self._draw_legends()}"
        )

    def _draw_tile(self, tile: Tile) -> str:
        row, column = tile.place
        shade, change = shade_rank(tile.rank, self.lowest), _shade_change(tile.change)
        faces = [
            _draw_face("rank", shade, "–" if tile.rank is None else f"{tile.rank}", tile),
            _draw_face("change", change, _tell_change(tile.change), tile),
        ]
        for place, chance in enumerate(tile.chances):
            more = f"{self._mark(place)}{' open' if is_open(chance) else ''}"
            what = shade_chance(chance), format_chance(chance), tile, more, place == self.usual
            faces.append(_draw_face("chance", *what))
        closing = f"</{tile.opening[1:].split()[0].rstrip('>')}>"
        return (
            f'<li data-code="{html.escape(tile.code)}" style="grid-area:{row}/{column}">'
            f"{tile.opening}{''.join(faces)}{closing}</li>"
        )

    def _mark(self, place: int) -> str:
        """Name the classes of what is told of a group of best places."""
        return f" k k{place}{' usual' if place == self.usual else ''}"

    def _draw_legends(self) -> str:
        year, following = self.years
        chances = "\n".join(
            f'<span class="{self._mark(place).strip()}"{"" if place == self.usual else " hidden"}>'
            f"{html.escape(describe_shades(top, following))}</span>"
            for place, top in enumerate(self.tops)
        )
        edge = html.escape(_(EDGE))
        ranks = html.escape(_("Rank in {year}: dark is best.").format(year=year))
        moves = html.escape(_("Places gained (▲) or lost (▼) in {year}.").format(year=year))
        ends = [*pairwise(_MOVES), (list(_MOVES)[-1], None)]
        gained = [(_MOVES[a], f"▲{a}–{b - 1}" if b else f"▲≥{a}") for a, b in ends]
        shades = [(shade, format_range(*ends)) for shade, *ends in list_shades(self.lowest)]
        legends = [
            _draw_legend("rank", ranks, shades),
            _draw_legend("change", moves, [("fall", "▼"), (0, "="), *gained]),
            _draw_legend("chance", f"{chances}\n<span hidden>{edge}</span>", _list_chance_shades()),
        ]
        return "\n".join(legends)


def read_style() -> str:
    """Read how diagrams look, and how they obey their switch."""
    return (files(__package__) / "tiles.css").read_text(encoding="utf-8")


def _draw_face(
    kind: str, shade: object, value: str, tile: Tile, more: str = "", is_shown: bool = False
) -> str:
    """Draw what a tile shows; what is hidden without a style sheet is so that one is left."""
    return (
        f'<span class="face view {kind} shade-{shade}{more}"{"" if is_shown else " hidden"}>'
        f"<b>{html.escape(value)}</b> {html.escape(tile.name)}</span>"
    )


def _draw_legend(kind: str, text: str, shades: Iterable[tuple[object, str]]) -> str:
    cells = "".join(f'<li class="shade-{shade}">{html.escape(told)}</li>' for shade, told in shades)
    hidden = "" if kind == "chance" else " hidden"
    legend = f'<ul class="legend" hidden>{cells}</ul>'
    return f'<div class="view {kind}"{hidden}><p>{text}</p>\n{legend}</div>'


def is_open(chance: float) -> bool:
    """Tell whether a chance, as it is shown, may go either way."""
    low, high = OPEN
    return low <= round_chance(chance) <= high


def shade_rank(rank: int | None, lowest: int) -> int | str:
    """Shade a rank by how many are behind, the best the darkest; "none" where it is not known."""
    return "none" if rank is None else 5 - min(6 * (rank - 1) // lowest, 5)


def list_shades(lowest: int) -> list[tuple[int | str, int, int]]:
    """List the shades of ranks, the darkest first: shade, best and worst rank."""
    found: dict[int | str, list[int]] = {}
    for rank in range(1, lowest + 1):
        found.setdefault(shade_rank(rank, lowest), []).append(rank)
    return [(shade, ranks[0], ranks[-1]) for shade, ranks in found.items()]


def _shade_change(change: int | None) -> int | str:
    if change is None:
        return "none"
    return "fall" if change < 0 else max((_MOVES[a] for a in _MOVES if a <= change), default=0)


def _tell_change(change: int | None) -> str:
    if change is None:
        return "–"
    return "=" if not change else f"▲{change}" if change > 0 else f"▼{-change}"


def describe_shades(top: int, year: int) -> str:
    """Say what the shades of a chance are of."""
    text = _("Chance of {places} in {year}, in per cent.")
    return text.format(places=name_places(top), year=year)


def shade_chance(chance: float) -> int:
    """Shade a chance as it is shown, the greatest the darkest."""
    return sum(round_chance(chance) >= bound for bound in _BOUNDS)


def _list_chance_shades() -> Iterator[tuple[int, str]]:
    for shade, (low, high) in enumerate(pairwise([0, *_BOUNDS, 100])):
        yield shade, f"<{high}" if not low else f"≥{low}" if high == 100 else f"{low}–{high - 1}"


def describe_top(chances: Sequence[float], top: int, units: str) -> str:
    """Count who is among the best `top` almost for sure, and who contends for the places left."""
    likely = sum(round_chance(chance) > OPEN[1] for chance in chances)
    return _(
        "{likely} of {count} {units} above 80 % for {places}, {open} between 20 and 80 %; places "
        "left: {left} of {top}"
    ).format(
        units=units,
        likely=likely,
        count=len(chances),
        places=name_places(top),
        open=sum(map(is_open, chances)),
        left=max(top - likely, 0),
        top=top,
    )
