"""The bounds of the weights over all explanations of a mixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domix.core.intervention import Intervention
from domix.identifiability.diagnosis import Diagnosis, Explanations
from domix.plots.style import ESTIMATE, LINE, TRUTH, name_target

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_ROWS = 24
"""Targets that have a row: those of the mixtures first, then those with the widest bounds."""

LONGEST_TARGET = 40
"""Characters of a target that are shown."""


def count_bounds(explanations: Explanations) -> int:
    """Count the targets that have a row."""
    return min(len(explanations.targets), MOST_ROWS)


def draw_bounds(ax: Axes, diagnosis: Diagnosis) -> None:
    """Draw the least and the largest weight of each target, and those of the mixtures known."""
    from matplotlib.lines import Line2D

    mixture, explanations, line = diagnosis.mixture, diagnosis.explanations, diagnosis.line
    if mixture is None or explanations is None:
        return
    weights = dict(zip(mixture.interventions, map(float, mixture.weights), strict=True))
    other = {}
    if line is not None:
        other = dict(zip(line.twin.interventions, map(float, line.twin.weights), strict=True))

    def rank(target: Intervention) -> tuple[bool, float]:
        low, high = explanations.intervals[target]
        return target not in weights | other, float(low - high)

    most_telling = set(sorted(explanations.targets, key=rank)[:MOST_ROWS])
    shown = [target for target in explanations.targets if target in most_telling]
    for y, target in enumerate(shown):
        low, high = map(float, explanations.intervals[target])
        ax.plot((low, high), (y, y), "|-", color=ESTIMATE, lw=2, ms=8, clip_on=False)
        if line is not None:
            at = other.get(target, 0.0)
            ax.plot(at, y, "o", color=ESTIMATE, mfc="white", ms=7.5, clip_on=False, zorder=3)
        ax.plot(
            weights.get(target, 0.0),
            y,
            "D",
            color=TRUTH,
            mec="white",
            ms=5.5,
            clip_on=False,
            zorder=4,
        )
    ax.set_xlim(left=0)
    ax.set_ylim(len(shown) - 0.5, -0.5)
    names = [name_target(target, LONGEST_TARGET, lines=1) for target in shown]
    ax.set_yticks(range(len(shown)), names, parse_math=False)
    ax.tick_params(length=0, labelsize=8)
    ax.grid(color=LINE)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.set_xlabel("weight", fontsize=9)
    title = "Least and largest weight in any explanation"
    if not explanations.directions:
        title = "The only explanation"
    hidden = len(explanations.targets) - len(shown)
    ax.set_title(
        f"{title}{f'; {hidden} targets not shown' * (hidden > 0)}", fontsize=10, loc="left"
    )
    marks = [("D", TRUTH, TRUTH, "the mixture")]
    marks += [("o", "white", ESTIMATE, "the equivalent mixture")] * (line is not None)
    handles = [
        Line2D([], [], marker=shape, mfc=face, color=colour, linestyle="none", ms=5, label=label)
        for shape, face, colour, label in marks
    ]
    ax.legend(handles=handles, fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
