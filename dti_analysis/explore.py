"""Choose a province, an origin and a target by hand, and see the answer at once."""

import html
from collections.abc import Sequence
from functools import lru_cache
from threading import RLock
from typing import Any

from ipywidgets import HTML, Box, Combobox, Dropdown, IntText, Layout, VBox

from dti_analysis.cleaning.dti import choose_origin, list_editions
from dti_analysis.cleaning.gazetteer import Province, fold_name
from dti_analysis.cleaning.store import Data, load_data
from dti_analysis.errors import DataError
from dti_analysis.figures.needs import plot_distance
from dti_analysis.figures.style import Picture
from dti_analysis.figures.trajectory import plot_rank_probabilities, plot_trajectory
from dti_analysis.forecasting.answer import Answer, choose_targets
from dti_analysis.forecasting.bottom_up import forecast_provinces
from dti_analysis.forecasting.draws import DEFAULT_DRAWS, DEFAULT_HORIZON, DEFAULT_SEED, Forecast
from dti_analysis.language import N_, _, speaking, spoken
from dti_analysis.models.forecasters import DEFAULT_MODEL, MODELS
from dti_analysis.reports.cards import Card
from dti_analysis.schema import BASES
from dti_analysis.targets import check_target, find_reach
from dti_analysis.wording import tell_headline, title

_AHEAD = 6
"""Editions ahead that can be asked about: the official targets reach as far."""

_KEPT = 4
"""Joint forecasts to keep, each of about 150 MB with 20 000 draws."""

_BASES = {63: N_("63 former provinces"), 34: N_("34 current provinces")}

_ROW = Layout(flex_flow="row wrap", grid_gap="4px 20px")


class Explorer:
    """Widgets to ask with, and what they answer; `explore` makes it and a notebook shows it.

    Parameters
    ----------
    province : Province
        The province, and with it the basis, to begin with.
    origin_year, target_rank, target_year, model
        What to ask first; see `explore`.
    draws, seed : int
        Number of joint futures; same seed, same numbers.
    data : Data
        From `load_data`.

    Attributes
    ----------
    answer : Answer or None
        What is shown; None while something that was put in cannot be answered.
    fault : str
        Why it cannot; empty while there is an answer.
    basis, province, origin_year, target_rank, target_year, model
        The widgets: set ``.value``, and the rest follows.
    message, headline, pictures
        What is shown: what is wrong, if anything, and the answer.
    """

    answer: Answer | None = None
    fault: str = ""

    def __init__(
        self,
        province: Province,
        origin_year: int,
        target_rank: int,
        target_year: int,
        model: str,
        draws: int,
        seed: int,
        data: Data,
    ) -> None:
        self._data, self._province, self._is_settling = data, province, True
        # Widgets call back outside of the context in which the language was chosen.
        self._language = spoken()
        # JupyterLab sends what is chosen to a thread of its own for each widget.
        self._lock = RLock()

        @lru_cache(_KEPT)
        def forecast(basis: int, origin: int, model: str) -> Forecast:
            return forecast_provinces(basis, origin, _AHEAD, model, draws, seed, data=data)

        self._forecast = forecast
        bases = [(_(_BASES[basis]), basis) for basis in BASES]
        self.basis = _choice(Dropdown, _("Among"), province.basis, options=bases)
        self.province = _choice(Combobox, _("Province"), province.name, continuous_update=False)
        self.origin_year = _choice(
            Dropdown, _("Last edition used"), origin_year, options=[origin_year]
        )
        self.target_rank = _choice(IntText, _("Rank to reach"), target_rank)
        self.target_year = _choice(
            Dropdown, _("in the edition"), target_year, options=[target_year]
        )
        self.model = _choice(Dropdown, _("Model"), model, options=list(MODELS))
        self.message, self.headline = HTML(), HTML()
        self.pictures = tuple(HTML() for _picture in range(3))
        asked = [
            self.basis,
            self.province,
            self.origin_year,
            self.target_rank,
            self.target_year,
            self.model,
        ]
        for widget in asked:
            widget.observe(self._follow, "value")
        self.box = VBox(
            [Box(asked, layout=_ROW), self.message, self.headline, Box(self.pictures, layout=_ROW)]
        )
        self._is_settling = False
        self._follow()

    def __repr__(self) -> str:
        with speaking(self._language):
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
                with speaking(self._language):
                    self._offer()
                    self._show()
            finally:
                self._is_settling = False

    def _offer(self) -> None:
        basis, gazetteer = self.basis.value, self._data.raw.gazetteer
        old = self._province
        if old.basis != basis:
            new = gazetteer.successor(old.code) if basis == 34 else gazetteer.resolve(old.name)
            self.province.value = new.name
        names = [found.name for found in gazetteer.provinces.values() if found.basis == basis]
        self.province.options = sorted(names, key=fold_name)
        _set_options(self.origin_year, list_editions(self._data.panel, basis))
        first = self.origin_year.value + 1
        _set_options(self.target_year, range(first, first + _AHEAD))

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
            f'<div role="status" lang="{spoken()}">{_tell(answer).to_html()}</div>'
        )
        drawn = plot_trajectory(answer), plot_rank_probabilities(answer), plot_distance(answer)
        for place, picture in zip(self.pictures, drawn, strict=True):
            place.value = _present(picture)

    def _ask(self) -> Answer:
        basis, origin = self.basis.value, self.origin_year.value
        self._province = province = self._data.raw.gazetteer.resolve(self.province.value, basis)
        self.province.value = province.name
        aim = self.target_rank.value, self.target_year.value
        targets = choose_targets(self._data, province, origin, *aim)
        forecast = self._forecast(basis, origin, self.model.value)
        return Answer(
            province, forecast, tuple(targets), max(DEFAULT_HORIZON, find_reach(targets, origin))
        )


def explore(
    province: str = "BR-VT",
    basis: int = 63,
    origin_year: int | None = None,
    target_rank: int | None = None,
    target_year: int | None = None,
    model: str = DEFAULT_MODEL,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
    *,
    data: Data | None = None,
) -> Explorer:
    """Explore forecasts by hand in a notebook, in the language that `speak` chose.

    Parameters
    ----------
    province : str
        Any spelling; what is asked first, as all up to `model`.
    basis : {63, 34}
        Former or current provinces.
    origin_year : int, optional
        Last edition used; the last there is by default.
    target_rank, target_year : int, optional
        Target to assess, at most six editions ahead; by default the first official target after
        the origin or, where there is none, the next round number above the present rank.
    model : str
        Forecaster; see `forecast_province`.
    draws, seed : int
        Number of joint futures; same seed, same numbers.
    data : Data, optional
        From `load_data`; the project's own by default.

    Returns
    -------
    Explorer
        Shows itself; its `answer` is what is shown at the time.

    Raises
    ------
    DataError
        If the province or the model is not known or a number is out of range.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> explorer = dti.explore("BR-VT", origin_year=2021, draws=500)
    >>> explorer.answer.first_chance.target.goal
    (20, 2022)
    >>> explorer.province.value = "can tho"  # as if chosen by hand
    >>> explorer.answer.province.name
    'Cần Thơ'
    """
    data = load_data() if data is None else data
    found = data.raw.gazetteer.resolve(province, basis)
    origin = choose_origin(data.panel, basis, origin_year)
    target = choose_targets(data, found, origin, target_rank, target_year, all_targets=True)[0]
    check_target(target, basis, origin + 1, origin + _AHEAD)
    if model not in MODELS:
        raise DataError(f"model {model} is not known. Known: {', '.join(MODELS)}.")
    return Explorer(found, origin, *target.goal, model, draws, seed, data)


def _choice(kind: Any, description: str, value: object, **options: Any) -> Any:
    """Make a widget whose description is whole; it is the label of what it describes."""
    style, layout = {"description_width": "initial"}, Layout(width="auto")
    return kind(description=description, value=value, style=style, layout=layout, **options)


def _set_options(dropdown: Any, options: Sequence[int]) -> None:
    """Offer other options; what was chosen stays so if it is among them."""
    chosen = dropdown.value
    if list(dropdown.options) != list(options):
        with dropdown.hold_sync():
            dropdown.options = list(options)
            dropdown.value = chosen if chosen in options else options[0]


def _tell(answer: Answer) -> Card:
    return Card(title(answer), tell_headline(answer))


def _present(picture: Picture | None) -> str:
    if picture is not None:
        return picture.to_html()
    told = _("No score is published, so that none can be named for the target.")
    return f'<p lang="{spoken()}">{html.escape(told)}</p>'
