"""What the figures share: colours, sizes, and how long names are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from domix.util.figures import require_matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_SUFFIXES = (".png", ".svg", ".pdf")

ESTIMATE, TRUTH, FAINT, LINE = "#1f4e79", "#c44e1c", "#8a8a8a", "#e4e4e4"
"""Colours: of estimates, of the true mixture, of secondary text, of grid lines."""

CHARACTER_WIDTH = 0.075
"""Inches of a character at size 8."""

LONGEST_NAME = 24
"""Characters of a variable's name that are shown."""


def new_figure(
    width: float, height: float, layout: Literal["constrained"] | None = "constrained"
) -> Figure:
    """Return an empty figure that notebooks display inline, without pyplot and global state.

    Parameters
    ----------
    width, height : float
        In inches.
    layout : {"constrained", None}
        How matplotlib places the axes; None leaves them where they are added.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    require_matplotlib()
    from domix.plots.inline import InlineFigure

    return InlineFigure(figsize=(width, height), layout=layout)


def clip(text: str, length: int) -> str:
    """Cut a text to a number of characters, the last of which shows that it was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"
