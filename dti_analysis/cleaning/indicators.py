"""Digital indicators of a province held against the national targets."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from dti_analysis.language import N_

_LABELS = {
    "households_fibre_pct": N_("Households with fibre"),
    "households_broadband_pct": N_("Households with broadband"),
    "households_fixed_broadband_pct": N_("Households with fixed broadband"),
    "households_smartphone_pct": N_("Households with a smartphone"),
    "adults15_bank_account_pct": N_("Bank account, aged 15 and over"),
    "adults_online_public_service_account_pct": N_("Account for online public services"),
    "smartphone_pct": N_("Smartphone"),
    "smartphone_adults_pct": N_("Smartphone, adults"),
    "smartphone_subscriber_pct": N_("Smartphone, among mobile subscriptions"),
    "ehealth_record_pct": N_("Electronic health record"),
    "eid_account_adults_pct": N_("Electronic identity account"),
    "telehealth_use_pct": N_("Use of telehealth"),
    "digital_economy_grdp_pct": N_("Digital economy in the local product"),
    "digital_economy_gdp_pct": N_("Digital economy in the national product"),
    "digital_skills_workforce_pct": N_("Workforce with digital skills"),
    "ecommerce_retail_pct": N_("E-commerce in retail"),
    "population_epayment_account_pct": N_("Electronic payment account"),
    "stations_5g": N_("5G stations"),
}

UNITS = (
    N_("% households"),
    N_("% adults"),
    N_("% population"),
    N_("% people"),
    N_("% people 15+"),
    N_("% working age"),
    N_("% mobile subscriptions"),
    N_("% of mobile subscriptions"),
    N_("% retail"),
    N_("% GRDP"),
    N_("% GDP"),
    N_("stations"),
)
"""Units of the table, marked for translation."""

_COUNTRY = "00"


def compare_indicators(indicators: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """List what is known of some former provinces, with the national target where there is one.

    A target stated together with a value is held against it; otherwise the national target of the
    same indicator and unit for the nearest year not before the value's. The raw table is all text;
    of it are made Province, Indicator, Year, Value, Unit, National target, Met (yes, no, why that
    cannot be said, or empty) and Source, by province, indicator and year.
    """
    own = indicators[indicators["code"].isin(codes) & (indicators["value"] != "")]
    country = indicators[(indicators["code"] == _COUNTRY) & (indicators["target_value"] != "")]
    rows = []
    for row in own.sort_values(["code", "indicator", "year"], kind="stable").to_dict("records"):
        target, year = row["target_value"], row["target_year"]
        if not target:
            same = (country["indicator"] == row["indicator"]) & (country["unit"] == row["unit"])
            later = country[same & (country["target_year"] >= row["year"])]
            if len(later):
                nearest = later.sort_values(["target_year", "target_value"]).iloc[0]
                target, year = nearest["target_value"], nearest["target_year"]
        rows.append(
            {
                "Province": row["province"],
                "Indicator": _LABELS.get(row["indicator"], row["indicator"]),
                "Year": row["year"],
                "Value": row["value"],
                "Unit": row["unit"],
                "National target": f"{target} ({year})" if target else "",
                "Met": N_("other denominator")
                if _counts_others(row, country)
                else _compare(row["value"], row["unit"], target),
                "Source": row["source_url"],
            }
        )
    return pd.DataFrame(rows)


def _counts_others(row: Mapping[Hashable, Any], country: pd.DataFrame) -> bool:
    """Say whether the target stated with a value is, for the whole country, one of another base.

    Indicators whose names begin alike are of one thing, such as smartphones of people or adults.
    """
    thing = country["indicator"].str.partition("_")[0] == row["indicator"].partition("_")[0]
    for column in ("target_value", "target_year"):
        thing &= country[column] == row[column]
    bases = set(country.loc[thing, "unit"].str.replace("% of ", "% "))
    return bool(bases) and row["unit"].replace("% of ", "% ") not in bases


def _compare(value: str, unit: str, target: str) -> str:
    """Say whether a value meets a target; a range ("65-70") is met at its lower end."""
    if not target:
        return ""
    if unit.startswith("%") and float(value) > 100:
        # Subscriptions divided by households, say: not the share that the target is about.
        return N_("unclear: above 100 %")
    is_met = float(value) >= float(target.partition("-")[0])
    return N_("yes") if is_met else N_("no")
