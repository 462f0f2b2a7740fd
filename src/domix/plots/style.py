"""What the figures share: colours, sizes, names of targets, and where labels stand."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from domix.core.intervention import Intervention
from domix.plots.layers import rising
from domix.util.figures import require_matplotlib, without_glyph_warnings
from domix.util.rational import brief

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_SUFFIXES = (".png", ".svg", ".pdf")

ESTIMATE, TRUTH, FAINT, LINE = "#1f4e79", "#c44e1c", "#8a8a8a", "#e4e4e4"
"""Colours: of estimates, of the true mixture, of secondary text, of grid lines."""

CHARACTER_WIDTH = 0.075
"""Inches of a character at size 8."""

LONGEST_NAME = 24
"""Characters of a variable's name that are shown."""

LONGEST_STATE = 12
"""Characters of a state that are shown."""

LONGEST_FRACTION = 12
"""Characters of a fraction; a longer one is shown as a decimal of three digits."""

LEAST_FOR_MIDDLE = 8
"""Characters from which a text is cut in the middle."""

TARGET_WIDTH = 48
"""Characters in a line of a target's name; the longest setting fits, and two of usual length."""


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
    """Cut a text to a number of characters, in the middle, because long names often end apart.

    Short texts are cut at the end.

    Examples
    --------
    >>> clip("ENSG00000141510_low_quality", 15), clip("high", 3), clip("high", 4)
    ('ENSG000001…lity', 'hi…', 'high')
    """
    if len(text) <= length:
        return text
    tail = (length - 1) // 3 if length >= LEAST_FOR_MIDDLE else 0
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"


def name_target(target: Intervention, width: int = TARGET_WIDTH, lines: int = 2) -> str:
    """Return the text of a target for a label, in lines of about ``width`` characters.

    Long names and states are cut; what the last line has no room for is counted.

    Examples
    --------
    >>> from domix.core.intervention import do
    >>> print(name_target(do(PKC="high", Raf="low", Mek="mid", Erk="low"), width=24))
    do(PKC=high, Raf=low,
       Mek=mid, Erk=low)
    >>> name_target(do(PKC="high", Raf="low", Mek="mid", Erk="low"), width=24, lines=1)
    'do(PKC=high, +3 more)'
    """
    settings = [setting_text(target, name) for name in target]
    done: list[str] = []
    line = "do("
    for number, setting in enumerate(settings):
        more = len(settings) - number
        room = width - (len(f" +{more - 1} more)") if len(done) == lines - 1 and more > 1 else 1)
        if len(line) + len(setting) > room and line.strip() not in ("", "do("):
            if len(done) == lines - 1:
                return "\n".join([*done, f"{line}+{more} more)"])
            done.append(line.rstrip())
            line = "   "
        line += setting + (", " if more > 1 else "")
    return "\n".join([*done, f"{line})"])


def state_text(intervention: Intervention, name: str) -> str:
    """Return the state of a variable that is set; of a soft value the mode, with ``~`` before it.

    Examples
    --------
    >>> from domix.core.intervention import do
    >>> state_text(do(PKC={"high": 0.75, "low": 0.25}), "PKC")
    '~high'
    """
    return "~" * (name in intervention.soft) + str(intervention.mode[name])


def setting_text(intervention: Intervention, name: str) -> str:
    """Return a variable and the state to which it is set, each cut where it is long.

    Examples
    --------
    >>> from domix.core.intervention import do
    >>> setting_text(do(PKC="high"), "PKC"), setting_text(do(Raf={"low": 0.75, "mid": 0.25}), "Raf")
    ('PKC=high', 'Raf~low')
    """
    sign = "" if name in intervention.soft else "="
    state = clip(state_text(intervention, name), LONGEST_STATE)
    return f"{clip(name, LONGEST_NAME)}{sign}{state}"


def weight_text(weight: Any) -> str:
    """Return a weight with three digits after the point, a fraction as it is.

    Examples
    --------
    >>> weight_text(0.25), weight_text(Fraction(1, 3)), weight_text(Fraction(123456, 7654321))
    ('0.250', '1/3', '~0.0161')
    """
    return brief(weight, LONGEST_FRACTION) if isinstance(weight, Fraction) else f"{weight:.3f}"


def text_width(text: str, size: float) -> float:
    """Return the inches of a line of text at a size in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with without_glyph_warnings():
        width, _, _ = text_to_path.get_text_width_height_descent(
            text, FontProperties(size=size), ismath=False
        )
    return float(width) / 72


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Return the nearest places, in the same order, that are at least ``gap`` apart.

    Examples
    --------
    >>> spread([3.0, 0.0, 3.0], gap=2.0)
    [2.0, 0.0, 4.0]
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = rising([places[i] - gap * rank for rank, i in enumerate(order)])
    out = [0.0] * len(places)
    for rank, i in enumerate(order):
        out[i] = moved[rank] + gap * rank
    return out
