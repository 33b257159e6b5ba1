"""Choose a province, an origin and a target by hand, and see the answer at once."""

import html
from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any

from ipywidgets import HTML, Box, Combobox, Dropdown, IntText, Layout, Text, VBox

from dti_analysis.display import PLAIN, Card
from dti_analysis.errors import DataError
from dti_analysis.figures.distribution import plot_rank_probabilities
from dti_analysis.figures.needs import plot_needs
from dti_analysis.figures.picture import Picture
from dti_analysis.figures.trajectory import plot_trajectory
from dti_analysis.forecasting.answer import (
    Answer,
    describe_draws,
    describe_headline,
    describe_title,
)
from dti_analysis.forecasting.conditions import read_condition
from dti_analysis.forecasting.draws import DEFAULT_DRAWS, DEFAULT_SEED
from dti_analysis.index import Index
from dti_analysis.language import _, current_language, use_language
from dti_analysis.models.forecasters import DEFAULT_MODEL, MODELS
from dti_analysis.names import name_key
from dti_analysis.panel import Unit
from dti_analysis.project import load_config, load_index

_AHEAD = 6
"""Editions ahead that can be asked about: the official targets reach as far."""

_ROW = Layout(flex_flow="row wrap", grid_gap="4px 20px")


class Explorer:
    """Widgets to ask with, and what they answer; `explore` makes it and a notebook shows it.

    Set the ``value`` of basis, unit, origin_year, target_rank, target_year, model or given, and the
    rest follows. `rosters` are all of the index, by name.
    """

    answer: Answer | None = None  # what is shown; None while what was put in has no answer
    fault: str = ""  # why it has none

    def __init__(
        self,
        index: Index,
        unit: Unit,
        origin_year: int,
        target_rank: int,
        target_year: int,
        model: str,
        draws: int,
        seed: int,
        rosters: Mapping[str, Index],
    ) -> None:
        self._rosters, self._asked, self._is_settling = rosters, (index, unit), True
        # Widgets call back outside of the context in which the language was chosen.
        self._language = current_language()
        # JupyterLab sends what is chosen to a thread of its own for each widget.
        self._lock = RLock()

        self._settings = draws, seed
        names = [(_name_roster(roster), name) for name, roster in rosters.items()]
        basis = next(name for name, roster in rosters.items() if roster is index)
        self.basis = _choice(Dropdown, _("Among"), basis, options=names)
        noun = index.config.head_unit()
        self.unit = _choice(Combobox, noun, unit.name, continuous_update=False)
        known, ahead = [origin_year], [target_year]
        self.origin_year = _choice(Dropdown, _("Last edition used"), origin_year, options=known)
        self.target_rank = _choice(IntText, _("Rank to reach"), target_rank)
        self.target_year = _choice(Dropdown, _("in the edition"), target_year, options=ahead)
        self.model = _choice(Dropdown, _("Model"), model, options=list({**MODELS, model: None}))
        self.given = _choice(Text, _("Given"), "", continuous_update=False)
        self.given.placeholder = f"{unit.name}: rank <= 5"
        self.message, self.headline = HTML(), HTML()
        self.pictures = tuple(HTML() for _picture in range(3))
        asked = [self.basis, self.unit, self.origin_year]
        asked += [self.target_rank, self.target_year, self.model, self.given]
        for widget in asked:
            widget.observe(self._follow, "value")
        self.box = VBox(
            [Box(asked, layout=_ROW), self.message, self.headline, Box(self.pictures, layout=_ROW)]
        )
        self._is_settling = False
        self._follow()

    def __repr__(self) -> str:
        with use_language(self._language):
            return str(_tell(self.answer)) if self.answer else self.fault

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        shown: dict[str, Any] = self.box._repr_mimebundle_(**options)
        return shown | {"text/plain": repr(self)}

    def _follow(self, _change: object = None) -> None:
        """Offer what there is to choose from now, then answer; changes made on the way are one."""
        with self._lock:
            if self._is_settling:
                return
            self._is_settling = True
            try:
                with use_language(self._language):
                    self._offer()
                    self._show()
            finally:
                self._is_settling = False

    def _offer(self) -> None:
        index = self._rosters[self.basis.value]
        before, unit = self._asked
        if index is not before:
            self._asked = index, _follow_unit(unit, before, index)
            self.unit.value = self._asked[1].name
        self.unit.options = sorted(index.panel.names.values(), key=name_key)
        _set_options(self.origin_year, index.editions)
        years = index.panel.next_editions(self.origin_year.value, _AHEAD)
        _set_options(self.target_year, years)

    def _show(self) -> None:
        try:
            answer = self._ask()
        except DataError as error:
            self.answer, self.fault = None, str(error)
            # In English, as all messages of its kind; nothing of an earlier answer stays.
            self.message.value = f'<p role="alert" lang="en">{html.escape(self.fault)}</p>'
            for place in (self.headline, *self.pictures):
                place.value = ""
            return
        self.answer, self.fault, self.message.value = answer, "", ""
        self.headline.value = (
            f'<div role="status" lang="{current_language()}">{_tell(answer).to_html()}</div>'
        )
        drawn = plot_trajectory(answer), plot_rank_probabilities(answer), plot_needs(answer)
        for place, picture in zip(self.pictures, drawn, strict=True):
            place.value = _present(picture)

    def _ask(self) -> Answer:
        index = self._rosters[self.basis.value]
        unit = index.find(self.unit.value)
        self._asked = index, unit
        self.unit.value = unit.name
        asked = self.origin_year.value, _AHEAD, self.model.value
        forecast = index.forecast(*asked, *self._settings)
        if self.given.value.strip():
            forecast = forecast.given(read_condition(self.given.value))
        return forecast.answer(unit.code, self.target_rank.value, self.target_year.value)


def _follow_unit(unit: Unit, before: Index, now: Index) -> Unit:
    """Find what a unit is in another roster: what it became, what carries on its name, or any."""
    successors = now.panel.successors if now.panel.parent else {}
    if unit.code in successors and now.panel.parent and before.basis == now.panel.parent.basis:
        return now.panel.unit(successors[unit.code])
    try:
        return now.find(unit.name)
    except DataError:
        members = before.panel.members(unit.code)
        return members[0] if members else now.panel.unit(now.units.index[0])


def _name_roster(index: Index) -> str:
    """Name a roster by how many units of what it has, and its own name if it is one of several."""
    nouns = index.config.nouns
    return _("{count} {units}").format(count=len(index.units), units=nouns["units"])


def explore(
    unit: str | None = None,
    basis: str | int | None = None,
    origin_year: int | None = None,
    target_rank: int | None = None,
    target_year: int | None = None,
    model: str = DEFAULT_MODEL,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    *,
    index: Index | None = None,
) -> Explorer:
    """Explore forecasts by hand in a notebook, in the language that `set_language` chose.

    Parameters
    ----------
    unit : str, optional
        Any spelling; what is asked first, as all up to `model`. The first of all by default.
    basis : str, optional
        Roster, where the index has several.
    origin_year : int, optional
        Last edition used; the last there is by default.
    target_rank, target_year : int, optional
        Target to assess, at most six editions ahead; by default the first official target after
        the origin or, where there is none, the next round number above the present rank.
    model, draws, seed
        See `dti_analysis.index.Index.forecast`; a model by its name.
    index : Index, optional
        From `read_index`; that of the project you are in by default, with all its rosters.

    Returns
    -------
    Explorer
        Shows itself; its `answer` is what is shown at the time.

    Raises
    ------
    DataError
        If the unit or the model is not known or a number is out of range.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> explorer = dti.explore("BR-VT", origin_year=2021, draws=500)
    >>> explorer.answer.first_target.target.goal
    (20, 2022)
    >>> explorer.unit.value = "can tho"  # as if chosen by hand
    >>> explorer.answer.unit.name
    'Cần Thơ'
    """
    if index is not None and basis is not None:
        raise DataError(f"basis {basis} would not be read, as the index is given: leave it out.")
    rosters = {"": index} if index is not None else _load_rosters()
    chosen = index or load_index(basis)
    found = chosen.panel.unit(chosen.units.index[0]) if unit is None else chosen.find(unit)
    origin = chosen.panel.choose_origin(origin_year)
    first = chosen.forecast(origin, _AHEAD, model, draws, seed).answer(
        found.code, target_rank, target_year, all_targets=True
    )
    goal = first.first_target.target.goal
    return Explorer(chosen, found, origin, *goal, model, draws, seed, rosters)


def _load_rosters() -> dict[str, Index]:
    config = load_config()
    return {name: load_index(name or None) for name in (config.bases or [""])}


def _choice(kind: Any, description: str, value: object, **options: Any) -> Any:
    """Make a widget whose description is whole; it is the label of what it describes."""
    # JupyterLab sets mathematics in it, unless an element forbids that; in what it cleans of other
    # elements it looks for mathematics first, and finds none where no sign stands as itself.
    signs = "".join(f"&#{ord(sign)};" for sign in description)
    told = {"description": f'<span class="{PLAIN}">{signs}</span>', "description_allow_html": True}
    style, layout = {"description_width": "initial"}, Layout(width="auto")
    return kind(**told, value=value, style=style, layout=layout, **options)


def _set_options(dropdown: Any, options: Sequence[int]) -> None:
    """Offer other options; what was chosen stays so if it is among them."""
    chosen = dropdown.value
    if list(dropdown.options) != list(options):
        with dropdown.hold_sync():
            dropdown.options = list(options)
            dropdown.value = chosen if chosen in options else options[0]


def _tell(answer: Answer) -> Card:
    title = describe_title(answer)
    if answer.draws.given:
        title = f"{title} ({describe_draws(answer.draws)})"
    return Card(title, describe_headline(answer))


def _present(picture: Picture | None) -> str:
    if picture is not None:
        return picture.to_html()
    told = _("No score is published, so that none can be named for the target.")
    return f'<p lang="{current_language()}">{html.escape(told)}</p>'
