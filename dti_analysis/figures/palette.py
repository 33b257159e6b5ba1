"""The colours of figures: three roles, each on a light and on a dark page.

What this unit has is blue, a target and what is missing is orange, all others are grey.
"""

PAGE, BAND = "#ffffff", "#f4f6f8"
TEXT, QUIET = "#15202b", "#566372"
RULE, LINE = "#dde3e8", "#c3ccd4"
OWN, OWN50, OWN80 = "#0a5ca8", "#a3c8ea", "#d6e6f5"
TARGET, WASH = "#b84a00", "#fdf0e6"
OTHER, MISS = "#8794a1", "#c2cbd3"
TILES = ("#eef1f4", OWN80, "#b3d2ee", "#86b7e2", "#2470b3", "#084a8a")
"""From the least to the most; the last two take the colour of the page as ink."""

DARK = {
    PAGE: "#11181f",
    BAND: "#1a232d",
    TEXT: "#e9eef3",
    QUIET: "#a3b1be",
    RULE: "#2b3743",
    LINE: "#43515f",
    OWN: "#76b7f2",
    OWN50: "#2d5f8c",
    OWN80: "#1d3a55",
    TARGET: "#ff9f5a",
    WASH: "#2b211b",
    OTHER: "#7d8b98",
    MISS: "#5d6d7c",
    TILES[0]: "#202b36",
    TILES[2]: "#27517a",
    TILES[3]: "#3673a9",
    TILES[4]: "#5fa3de",
    TILES[5]: "#a8d3f8",
}
"""What each is on a dark page."""
