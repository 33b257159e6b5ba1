"""A report on a result: its sections by name, each of them text, figures and tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dti_analysis.evaluation.backtest import Evaluation
from dti_analysis.figures.neighbours import AROUND
from dti_analysis.forecasting.answer import Answer, aim_next
from dti_analysis.forecasting.comparison import find_near
from dti_analysis.forecasting.forecast import Forecast
from dti_analysis.reports import (
    chance,
    evaluation,
    indicators,
    merger,
    method,
    needs,
    neighbours,
    opening,
    outcome,
    overview,
    profile,
    sources,
    trajectory,
    year_before,
)
from dti_analysis.reports.section import Section

_SECTIONS: Mapping[type, Mapping[str, Callable[[Any], Section | None]]] = {
    Answer: {
        "opening": opening.tell,
        "trajectory": trajectory.tell,
        "chance": chance.tell,
        "needs": needs.tell,
        "neighbours": neighbours.tell,
        "profile": profile.tell,
        "indicators": indicators.tell,
        "year_before": year_before.tell,
        "outcome": outcome.tell,
        "merger": merger.tell,
        "brief": method.tell_brief,
        "method": method.tell,
        "sources": sources.tell,
        "numbers": sources.tell_numbers,
    },
    Forecast: overview.SECTIONS,
    Evaluation: evaluation.SECTIONS,
}


@dataclass(frozen=True, repr=False)
class Report:
    """What there is to say of a result, section by section; `report` makes it.

    Parameters
    ----------
    result : Answer, Forecast or Evaluation
        What it is about: a unit, all units, or the record of the forecasts.
    """

    result: Answer | Forecast | Evaluation

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its sections, in their order."""
        return tuple(_SECTIONS[type(self.result)])

    def section(self, *names: str) -> Section | None:
        """Give some sections, in the language chosen.

        Parameters
        ----------
        *names : str
            From `names`.

        Returns
        -------
        Section or None
            None where the index has nothing to say of any of them.
        """
        told = [_SECTIONS[type(self.result)][name](self.result) for name in names]
        parts = tuple(part for section in told if section for part in section)
        return Section(parts) if parts else None

    def __repr__(self) -> str:
        return "\n\n".join(repr(self.section(name)) for name in self.names if self.section(name))


def report(result: Answer | Forecast | Evaluation) -> Report:
    """Make the report of a result, in the language that `set_language` chose.

    Parameters
    ----------
    result : Answer, Forecast or Evaluation
        Of one unit, of all units, or of how good forecasts were.

    Returns
    -------
    Report

    Raises
    ------
    TypeError
        If there is no report of such a thing.

    Examples
    --------
    >>> import dti_analysis as dti
    >>> answer = dti.load_index().forecast(2021, draws=100).answer("BR-VT")
    >>> heading, *rest = dti.report(answer).section("trajectory")
    >>> heading
    ## The rank trajectory
    """
    if type(result) not in _SECTIONS:
        raise TypeError(f"there is no report of a {type(result).__name__}.")
    if isinstance(result, Answer):
        draws, code = result.draws, result.unit.code
        if result.targets:
            draws.expect(code, [*result.targets, *aim_next(result).targets])
        draws.read_ahead(code, list(find_near(draws, code, AROUND)["code"]))
    return Report(result)
