"""The figure of a diagnosis: its line, and the bounds of the weights where that is not all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domix.errors import DataError
from domix.identifiability.diagnosis import Diagnosis
from domix.plots.identifiability.bounds import count_bounds, draw_bounds
from domix.plots.identifiability.line import draw_line, find_line
from domix.plots.style import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, LINE_HEIGHT, ROW_HEIGHT = 8.0, 4.4, 0.24
"""Inches: of the figure, of the panel of the line, of a row of the panel of bounds."""


def plot_identifiability(diagnosis: Diagnosis) -> Figure:
    """Plot how the weights can change while the distribution of the mixture stays the same.

    The upper panel is a line of mixtures with one distribution, from one end, where a target has no
    weight left, to the other; each target's weight is a line with its name at the right. It is the
    line of all explanations where these are a line, else that through the mixture (diamonds) and
    the equivalent mixture that respects exclusion. Circles mark the ends: they are filled where the
    targets respect exclusion. Where the explanations have more dimensions, the lower panel has the
    least and the largest weight of each target in any of them.

    Parameters
    ----------
    diagnosis : Diagnosis
        Of a mixture or a distribution.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    DataError
        The diagnosis is of a network alone, or has neither a line nor explanations because of a
        limit.
    MissingExtraError
        matplotlib is not installed.

    See Also
    --------
    domix.diagnose : Make a diagnosis.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from domix import Mixture, Network, diagnose, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [F(1, 2), F(1, 2)]})
    >>> mix = Mixture(net, {do(): F(1, 2), do(A="low"): F(1, 8), do(A="high"): F(3, 8)})
    >>> figure = plot_identifiability(diagnose(net, mix))
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['do()', 'do(A=low)', 'do(A=high)', 'the mixture']
    """
    if diagnosis.mixture is None:
        raise DataError(
            "is of a network alone: pass a mixture or a distribution to diagnose as well",
            argument="diagnosis",
        )
    line, explanations = find_line(diagnosis), diagnosis.explanations
    if line is None and explanations is None:
        raise DataError(
            f"has no explanations to draw, because of a limit: {diagnosis.limit}",
            argument="diagnosis",
        )
    heights = [LINE_HEIGHT] * (line is not None)
    if explanations is not None and (line is None or len(explanations.directions) > 1):
        heights.append(1.3 + ROW_HEIGHT * count_bounds(explanations))
    figure = new_figure(WIDTH, sum(heights))
    panels = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False).ravel()
    if line is not None:
        draw_line(panels[0], line)
    if line is None or len(panels) > 1:
        draw_bounds(panels[-1], diagnosis)
    return figure
