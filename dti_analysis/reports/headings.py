"""Titles and headings of the notebooks, in the language spoken."""

from dti_analysis.language import N_, _

HEADINGS = {
    # Province report
    "trajectory": N_("The rank trajectory"),
    "chance": N_("The chance of the target"),
    "needs": N_("What it would take"),
    "neighbours": N_("Neighbours"),
    "outcome": N_("What came of it"),
    "profile": N_("Pillars and main indices"),
    "indicators": N_("Digital indicators against the national targets"),
    "merger": N_("The merger of 2025"),
    "method": N_("Method"),
    "sources": N_("Sources"),
    # National overview
    "map": N_("The map"),
    "outlook": N_("Where each rank may go"),
    "movers": N_("Who may enter or leave the top 10"),
    "paths": N_("Who moved most"),
    "chances": N_("Chances of every province"),
    "regions": N_("By region"),
    # Model evaluation
    "skill": N_("Skill: better than a random walk?"),
    "record": N_("What was said, and what came true"),
    "pit": N_("How evenly the outcomes lie over the forecasts"),
    "calls": N_("The best and the worst calls"),
    "case": N_("One case: {province}"),
}


def heading(name: str, **values: str) -> str:
    """Give a heading of the second level, in Markdown.

    Parameters
    ----------
    name : str
        One of `HEADINGS`.
    **values
        What the heading names.

    Examples
    --------
    >>> heading("case", province="Huế")
    '## One case: Huế'
    """
    return f"## {_(HEADINGS[name]).format(**values)}"


def name_title(province: str, basis: int, origin_year: int) -> str:
    """Name a report by what it is about.

    Examples
    --------
    >>> name_title("Huế", 34, 2024)
    'Huế: rank among the 34, as of 2024'
    """
    return _("{province}: rank among the {basis}, as of {year}").format(
        province=province, basis=basis, year=origin_year
    )
