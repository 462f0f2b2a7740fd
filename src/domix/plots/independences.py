"""Figures of the check of a model: independences, and negative controls."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from domix.plots.style import (
    ESTIMATE,
    FAINT,
    LINE,
    LONGEST_NAME,
    TRUTH,
    clip,
    new_figure,
    text_width,
)
from domix.results.checks.check import ModelCheck
from domix.results.checks.independences import IndependenceTest
from domix.util.text_tables import p_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAIRS_SHOWN = 30
"""Independences that have a row."""

SMALLEST_P = 1e-300
"""p-value at which smaller ones are drawn."""

ROW_HEIGHT, RUNS_HEIGHT = 0.21, 1.6
"""Inches: of an independence, of the panel of negative controls."""


def plot_model_check(check: ModelCheck) -> Figure:
    """Plot the p-values of the independences, smallest on top, and the negative controls, if any.

    An independence that is rejected is a diamond with its p-value after Holm's correction. The
    panel below counts the negative controls by their false targets.

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
    shown = _list_tests(check)[:PAIRS_SHOWN]
    heights = [1.05 + ROW_HEIGHT * max(len(shown), 1)]
    heights += [RUNS_HEIGHT] * bool(check.negative_controls)
    names = max((text_width(_pair_text(test), 8) for test in shown), default=1.0)
    figure = new_figure(names + 5.0, 0.3 + sum(heights))
    panels = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False).ravel()
    draw_independences(panels[0], check)
    if check.negative_controls:
        draw_negative_controls(panels[1], check)
    return figure


def draw_independences(ax: Axes, check: ModelCheck) -> None:
    """Draw the independences with the smallest p-values on ``ax``, those that are rejected marked.

    The line is where the smallest p-value of all is rejected, alpha / (number of tests).
    """
    tested = _list_tests(check)
    shown = tested[:PAIRS_SHOWN]
    points = [max(test.p_value or 0.0, SMALLEST_P) for test in shown]
    for y, (test, p) in enumerate(zip(shown, points, strict=True)):
        if not test.rejected:
            ax.plot(p, y, "o", color=ESTIMATE, mfc="white", ms=5, clip_on=False, zorder=3)
            continue
        ax.plot(p, y, "D", color=TRUTH, ms=5, zorder=3)
        adjusted = p_text(test.adjusted or 0.0)
        ax.annotate(
            f"rejected, p {adjusted}" if adjusted.startswith("<") else f"rejected, p = {adjusted}",
            (1, y),
            (6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=TRUTH,
            annotation_clip=False,
        )
    ax.set_xscale("log")
    if tested:
        threshold = check.alpha / len(tested)
        least = min(threshold, *points)
        # A tenth of the axis is left of the threshold, for its name.
        ax.set_xlim(least**1.1, 1.0)
        ax.axvline(threshold, color=FAINT, linewidth=1)
        ax.annotate(
            "threshold",
            (threshold, 0),
            (-2, 4),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="bottom",
            fontsize=8,
            color=FAINT,
        )
    _format_panel(ax)
    ax.set_ylim(max(len(shown), 1) - 0.5, -0.5)
    ax.set_yticks(range(len(shown)), [_pair_text(test) for test in shown], parse_math=False)
    ax.grid(axis="y", color=LINE)
    ax.set_xlabel("p-value", fontsize=9)
    title = f"{len(check.rejected)} of {len(tested)} independences rejected"
    if len(tested) > len(shown):
        title += f"\nthe {len(shown)} smallest p-values, {len(tested) - len(shown)} more not shown"
    ax.set_title(title, fontsize=10, loc="left")


def draw_negative_controls(ax: Axes, check: ModelCheck) -> None:
    """Draw on ``ax`` how many negative controls have how many false targets."""
    runs = Counter(len(run.false_targets) for run in check.negative_controls)
    most = max(runs)
    for number in range(most + 1):
        ax.bar(number, runs[number], color=TRUTH if number else ESTIMATE, width=0.6)
        ax.text(number, runs[number], f" {runs[number]}", ha="center", va="bottom", fontsize=8)
    _format_panel(ax)
    ax.set_xlim(-0.6, max(most, 4) + 0.6)
    ax.set_ylim(0, 1.25 * max(runs.values()))
    ax.set_xticks(range(max(most, 4) + 1))
    ax.set_yticks([])
    ax.set_xlabel("false targets", fontsize=9)
    rows = check.negative_controls[0].rows
    title = f"{len(check.negative_controls)} negative controls of {rows:,} rows, by false targets"
    ax.set_title(title, fontsize=10, loc="left")


def _list_tests(check: ModelCheck) -> list[IndependenceTest]:
    return [test for test in check.by_p_value() if test.p_value is not None]


def _format_panel(ax: Axes) -> None:
    ax.tick_params(length=0, which="both", labelsize=8)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def _pair_text(test: IndependenceTest) -> str:
    given = f" | {clip(', '.join(test.given), LONGEST_NAME)}" if test.given else ""
    return f"{clip(test.variable, LONGEST_NAME)}, {clip(test.other, LONGEST_NAME)}{given}"
