"""Figures of the independences that the check of a model tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domix.plots.style import ESTIMATE, FAINT, LINE, LONGEST_NAME, TRUTH, clip
from domix.results.checks.check import ModelCheck
from domix.results.checks.independences import IndependenceTest
from domix.util.figures import require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAIRS_SHOWN = 30
"""Independences that have a row."""

SMALLEST_P = 1e-300
"""p-value at which smaller ones are drawn."""


def plot_model_check(check: ModelCheck) -> Figure:
    """Plot the p-values of the independences, smallest on top, with the threshold.

    Parameters
    ----------
    check : ModelCheck
        The check to plot.

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
    >>> from domix.model_check import check_model
    >>> from domix.example import network
    >>> net = network()
    >>> len(plot_model_check(check_model(net, net.sample(500, rng=0), splits=0)).axes)
    1
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    rows = max(min(len(check.independences), PAIRS_SHOWN), 1)
    figure = Figure(figsize=(7.0, 1.3 + 0.2 * rows), layout="constrained")
    draw_independences(figure.subplots(), check)
    return figure


def draw_independences(ax: Axes, check: ModelCheck) -> None:
    """Draw the independences with the smallest p-values on ``ax``, those that are rejected marked.

    The line is where the smallest p-value of all is rejected, alpha / (number of tests).
    """
    tested = [test for test in check.by_p_value() if test.p_value is not None]
    shown = tested[:PAIRS_SHOWN]
    for rejected, colour in ((True, TRUTH), (False, ESTIMATE)):
        points = [
            (max(test.p_value or 0.0, SMALLEST_P), y)
            for y, test in enumerate(shown)
            if test.rejected == rejected
        ]
        if points:
            label = f"{'' if rejected else 'not '}rejected"
            xs, ys = zip(*points, strict=True)
            ax.plot(xs, ys, "o", color=colour, markersize=5, clip_on=False, label=label)
    ax.set_xscale("log")
    ax.set_xlim(right=2.0)
    if tested:
        ax.axvline(check.alpha / len(tested), color=FAINT, linewidth=1, label="threshold")
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8, frameon=False)
    ax.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    ax.set_yticks(range(len(shown)), [_pair_text(test) for test in shown], parse_math=False)
    ax.tick_params(length=0, labelsize=8)
    ax.grid(axis="y", color=LINE)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    more = f", the smallest {len(shown)} of {len(tested)}" if len(tested) > len(shown) else ""
    ax.set_title(f"p-value of each independence{more}", fontsize=10, loc="left")


def _pair_text(test: IndependenceTest) -> str:
    given = f" | {clip(', '.join(test.given), LONGEST_NAME)}" if test.given else ""
    return f"{clip(test.variable, LONGEST_NAME)}, {clip(test.other, LONGEST_NAME)}{given}"
