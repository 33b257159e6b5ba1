"""Digital indicators of a unit and of those it was made of, against the national targets."""

import re

import pandas as pd

from dti_analysis.cleaning.indicators import compare_indicators
from dti_analysis.display import Table
from dti_analysis.forecasting.answer import Answer
from dti_analysis.language import _, put_decimal_sign
from dti_analysis.reports.section import Section


def tell(answer: Answer) -> Section | None:
    """Show the indicators, where the index has a table of them."""
    panel = answer.draws.panel
    if "indicators" not in panel.tables:
        return None
    # The table is of the former units.
    members = panel.members(answer.unit.code) if panel.parent else [answer.unit]
    compared = compare_indicators(panel.tables["indicators"], [member.code for member in members])
    heading = _("Digital indicators against the national targets")
    if compared.empty:
        told = _("No sourced indicator of this {unit} has been collected yet.")
        return Section.under(heading, told.format(**panel.config.nouns))
    labelled = compared.assign(Province=compared["Province"].map(panel.config.label_unit))
    noun = panel.config.label("unit")
    return Section.under(heading, indicators_table(labelled, answer.unit.label, noun))


def indicators_table(compared: pd.DataFrame, name: str, noun: str) -> Table:
    """Show indicators, and whose they are wherever these are not all of the unit of that name.

    They are those of `dti_analysis.cleaning.indicators.compare_indicators`, with provinces called
    as their readers call them; `noun` is what the unit is.
    """
    is_its_own = set(compared["Province"]) == {name}
    about = compared["Year"] if is_its_own else compared["Province"] + ", " + compared["Year"]
    frame = compared.drop(columns=["Province", "Year"]).assign(
        # Below each other, so that a phone shows whose and when beside the value.
        Indicator=compared["Indicator"].map(_) + "\n" + about,
        Value=compared["Value"].map(_write_value),
        Unit=compared["Unit"].map(_),
        Met=compared["Met"].map(lambda met: met and _(met)),
        **{"National target": compared["National target"].map(_write_value)},
    )
    whose = _("Indicator, year") if is_its_own else _("Indicator, {unit}, year").format(unit=noun)
    columns = {
        "Indicator": whose,
        "Value": _("Value"),
        "Unit": _("Unit"),
        "National target": _("National target"),
        "Met": _("Met"),
        "Source": _("Source"),
    }
    caption = _("Indicators as their sources state them; they may differ in what they count")
    return Table(frame.rename(columns=columns), caption, links=(_("Source"),))


def _write_value(text: str) -> str:
    """Write a value as stated, with the decimal sign of the language, and a range with its dash."""
    told = re.sub(r"\d+\.\d+", lambda found: put_decimal_sign(found[0]), text)
    return re.sub(r"(?<=\d)-(?=\d)", "–", told)
