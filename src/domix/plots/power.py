"""A figure of the power of a design."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from domix.design.analysis import PowerAnalysis
from domix.design.solve import MOST_ROWS
from domix.plots.style import ESTIMATE, FAINT, LINE, TRUTH, name_target, new_figure, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

STYLES = ("-", "--", "-.", ":")
"""Line styles, of the most control rows first, so that no curve is known by its colour alone."""

FACTORS = (4.0, 1.0, 0.25)
"""Control rows of the curves, as multiples of those of the analysis."""

CONTROLS = 1024
"""Control rows in place of those of an analysis in which no number is enough."""

SPAN = 8.0
"""Rows at the ends of the axis, as multiples of those in the middle and its inverse."""

POINTS = 49
"""Rows at which each curve is computed."""

NAME_GAP = 0.055
"""Power between the names of two curves, at least."""

LONGEST_TARGET = 60
"""Characters of a target that are shown."""


def plot_power(analysis: PowerAnalysis) -> Figure:
    """Plot the power against rows, a curve for each of several numbers of control rows.

    The name of a curve stands at its right end; the design of the analysis is a diamond.

    Parameters
    ----------
    analysis : PowerAnalysis
        Its rows and power are marked.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from domix import Network, power
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> figure = plot_power(power(net, "A=low", 0.2, controls=2000))
    >>> len(figure.axes)
    1
    """
    figure = new_figure(7.0, 4.2)
    draw_power(figure.subplots(), analysis)
    return figure


def draw_power(ax: Axes, analysis: PowerAnalysis) -> None:
    """Draw the curves on ``ax``, with the power that was asked for as a line."""
    numbers: list[int | None] = [None]
    if analysis.learnt:
        base = CONTROLS if analysis.controls is None else analysis.controls
        numbers += [max(round(factor * base), 1) for factor in FACTORS]
    middle = _choose_middle(analysis)
    rows = np.unique(np.rint(middle * np.geomspace(1 / SPAN, SPAN, POINTS)).astype(int))
    rows = rows[rows > 0].tolist()
    curves = []
    for number in numbers:
        controls = MOST_ROWS if analysis.learnt and number is None else number
        curves.append([analysis.at(n, controls) for n in rows])
    for number, curve, style in zip(numbers, curves, STYLES, strict=False):
        ax.plot(rows, curve, style, color=ESTIMATE, linewidth=1.8, label=_name(number))
    ax.set_xscale("log")
    ax.set_ylim(0, 1.02)
    ax.set_xlim(rows[0], rows[-1])
    _name_curves(ax, numbers, curves)
    if analysis.goal is not None:
        ax.axhline(analysis.goal, color=FAINT, linewidth=1, label="goal")
        _write(ax, f"power {analysis.goal:g}", (0, analysis.goal), (4, 3), ax.get_yaxis_transform())
    if analysis.rows is not None and (analysis.controls is not None or not analysis.learnt):
        at = (analysis.rows, analysis.power)
        ax.plot(*at, "D", color=TRUTH, markersize=8, zorder=3, label="this design")
        _write(ax, f"this design: {analysis.rows:,} rows", at, (9, -12), ax.transData)
    ax.grid(color=LINE)
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set_xlabel("rows")
    ax.set_ylabel("probability that the target is reported")
    title = f"{name_target(analysis.target, LONGEST_TARGET, lines=1)}, weight {analysis.weight:.3g}"
    ax.set_title(title, fontsize=10, loc="left", parse_math=False)


def _name_curves(ax: Axes, numbers: list[int | None], curves: list[list[float]]) -> None:
    """Write the names at the right ends of the curves, each with its line style."""
    from matplotlib.lines import Line2D

    # Where the ends are equal, the curve that rises first is on top.
    ends = [curve[-1] + sum(curve) / len(curve) / 1000 for curve in curves]
    places = spread(ends, NAME_GAP)
    across = ax.get_yaxis_transform()
    for number, y, style in zip(numbers, places, STYLES, strict=False):
        ax.add_line(
            Line2D(
                (1.015, 1.075),
                (y, y),
                transform=across,
                linestyle=style,
                color=ESTIMATE,
                linewidth=1.8,
                clip_on=False,
            )
        )
        ax.text(1.085, y, _name(number), transform=across, va="center", fontsize=9)


def _name(controls: int | None) -> str:
    return "known tables" if controls is None else f"{controls:,} control rows"


def _write(
    ax: Axes, text: str, at: tuple[float, float], offset: tuple[int, int], transform: Transform
) -> None:
    """Write a text near a place, over the curves."""
    ax.annotate(
        text,
        at,
        offset,
        xycoords=transform,
        textcoords="offset points",
        fontsize=9,
        zorder=4,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )


def _choose_middle(analysis: PowerAnalysis) -> int:
    """Choose the rows in the middle of the axis: where the answer is, or would be."""
    if analysis.rows is not None:
        return analysis.rows
    goal = 0.8 if analysis.goal is None else analysis.goal
    return analysis.rows_for(goal, MOST_ROWS if analysis.learnt else None) or CONTROLS
