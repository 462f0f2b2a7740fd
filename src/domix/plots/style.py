"""What the figures share: colours, sizes, and how long names are cut."""

from __future__ import annotations

FIGURE_SUFFIXES = (".png", ".svg", ".pdf")

ESTIMATE, TRUTH, FAINT, LINE = "#1f4e79", "#c44e1c", "#8a8a8a", "#e4e4e4"
"""Colours: of estimates, of the true mixture, of secondary text, of grid lines."""

CHARACTER_WIDTH = 0.075
"""Inches of a character at size 8."""

LONGEST_NAME = 24
"""Characters of a variable's name that are shown."""


def clip(text: str, length: int) -> str:
    """Cut a text to a number of characters, the last of which shows that it was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"
