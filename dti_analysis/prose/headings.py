"""Headings of the notebooks, in the language spoken."""

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
