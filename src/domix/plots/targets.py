"""Figures of a result: the variables that each target sets, and the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domix.core.intervention import Intervention
from domix.model.mixture import Mixture
from domix.plots.style import (
    CHARACTER_WIDTH,
    ESTIMATE,
    FAINT,
    LINE,
    LONGEST_NAME,
    TRUTH,
    clip,
    new_figure,
)
from domix.results.component import Component, list_doubtful
from domix.results.result import Disentanglement

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_HEIGHT, WEIGHTS_WIDTH = 0.32, 3.6
"""Inches: of a target's row, of the panel of weights."""

LEAST_GRID_WIDTH = 1.9
"""Inches of the panel of targets that its title needs."""

LONGEST_STATE = 12
"""Characters of a state that are shown."""

MANY_COLUMNS, SHORT_STATE = 12, 5
"""Columns from which they are narrow, and the characters of a state shown then."""


@dataclass(frozen=True)
class _Row:
    """One row of the figure: a target that is reported, true, or both."""

    intervention: Intervention
    component: Component | None
    true_weight: float | None


def _list_rows(result: Disentanglement, truth: Mixture | None) -> list[_Row]:
    """List the components in their order, then the missed true targets by falling weight."""
    missed: dict[Intervention, float] = {}
    if truth is not None:
        missed = dict(zip(truth.interventions, map(float, truth.weights), strict=True))
    rows = [_Row(c.intervention, c, missed.pop(c.intervention, None)) for c in result.components]
    by_weight = sorted(missed.items(), key=lambda item: -item[1])
    return [*rows, *(_Row(target, None, weight) for target, weight in by_weight)]


def plot_targets(result: Disentanglement, truth: Mixture | None = None) -> Figure:
    """Plot weights and targets side by side, one row per target.

    Parameters
    ----------
    result : Disentanglement
        The result to plot.
    truth : Mixture, optional
        The mixture from which the data rows were drawn, if it is known: its weights are marked, and
        each of its targets that was missed gets a row.

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
    >>> from domix.results.component import Component
    >>> from domix.results.result import Disentanglement
    >>> from domix.example import planted
    >>> mix = planted()
    >>> pairs = zip(mix.interventions, mix.weights, strict=True)
    >>> res = Disentanglement(mix.network, tuple(Component(t, w) for t, w in pairs), "population")
    >>> len(plot_targets(res).axes)
    2
    """
    rows = _list_rows(result, truth)
    names = _set_variables(result, rows)
    grid_width = max(LEAST_GRID_WIDTH, _column_width(rows, names) * len(names))
    longest_name = max((len(clip(name, LONGEST_NAME)) for name in names), default=0)
    height = 0.9 + CHARACTER_WIDTH * longest_name + ROW_HEIGHT * len(rows) + 0.8
    figure = new_figure(grid_width + WEIGHTS_WIDTH + 0.6, height)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[WEIGHTS_WIDTH, grid_width])
    draw_weights(left, result, truth)
    draw_targets(right, result, truth)
    return figure


def draw_targets(ax: Axes, result: Disentanglement, truth: Mixture | None = None) -> None:
    """Draw a grid of targets by variables on ``ax``: the state to which each target sets each.

    Only variables that some target sets have a column. The colour shows the index of the state,
    from the first of its variable (blue) to the last (red). Of a value that is drawn or misread the
    mode is shown, with ``~`` before it.
    """
    from matplotlib import colormaps

    rows = _list_rows(result, truth)
    names = _set_variables(result, rows)
    longest = _longest_state(names)
    colours = colormaps["coolwarm"]
    for y, row in enumerate(rows):
        if not row.intervention:
            ax.text(
                -0.45,
                y,
                "nothing is set",
                va="center",
                fontsize=8,
                color=FAINT,
                style="italic",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
        for name, label in row.intervention.mode.items():
            states = result.network.states[name]
            shade = states.index(label) / max(len(states) - 1, 1)
            x = names.index(name)
            ax.barh(y, 0.94, height=0.86, left=x - 0.47, color=colours(shade))
            dark = abs(shade - 0.5) > 0.3
            ax.text(
                x,
                y,
                clip(_state_text(row.intervention, name), longest),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if dark else "black",
                parse_math=False,
            )
    ax.set_xlim(-0.5, max(len(names), 1) - 0.5)
    labels = [clip(name, LONGEST_NAME) for name in names]
    ax.set_xticks(range(len(names)), labels, rotation=90, parse_math=False)
    ax.xaxis.tick_top()
    _format_rows(ax, rows)
    ax.tick_params(axis="y", labelleft=False)
    ax.set_title("What each target sets", fontsize=10, loc="left")


def draw_weights(ax: Axes, result: Disentanglement, truth: Mixture | None = None) -> None:
    """Draw the weights on ``ax``, one row per target, with the 95 % intervals that are known.

    The circle of a target that may be a look-alike is empty.
    """
    rows = _list_rows(result, truth)
    for y, row in enumerate(rows):
        if row.component is not None and row.component.interval is not None:
            ax.plot(row.component.interval, (y, y), color=ESTIMATE, linewidth=2.5, alpha=0.5)
    doubtful = list_doubtful(result.components)
    for filled, label in ((True, "estimate"), (False, "this or a look-alike")):
        estimates = [
            (float(row.component.weight), y)
            for y, row in enumerate(rows)
            if row.component and (row.component not in doubtful) is filled
        ]
        if estimates:
            ax.plot(
                *zip(*estimates, strict=True),
                "o",
                color=ESTIMATE,
                markerfacecolor=ESTIMATE if filled else "white",
                markersize=6,
                label=label,
            )
    true = [(row.true_weight, y) for y, row in enumerate(rows) if row.true_weight is not None]
    if truth is not None:
        ax.plot(
            *zip(*true, strict=True),
            "D",
            markerfacecolor="none",
            markeredgecolor=TRUTH,
            markersize=8,
            label="truth",
        )
    if truth is not None or doubtful:
        ax.legend(
            loc="upper left",
            bbox_to_anchor=(0, -0.3 / len(rows)),
            ncols=2,
            fontsize=8,
            frameon=False,
        )
    ax.set_xlim(left=0)
    ax.grid(axis="x", color=LINE)
    _format_rows(ax, rows)
    has_intervals = any(c.interval is not None for c in result.components)
    title = "Weight, with its 95 % interval" if has_intervals else "Weight"
    ax.set_title(title, fontsize=10, loc="left")


def _format_rows(ax: Axes, rows: list[_Row]) -> None:
    """Format the y axis that both panels share: one row per target, the first on top."""
    ax.set_ylim(len(rows) - 0.5, -0.5)
    labels = [f"{float(row.component.weight):.3f}" if row.component else "missed" for row in rows]
    ax.set_yticks(range(len(rows)), labels)
    ax.tick_params(length=0, labelsize=8)
    ax.grid(axis="y", color=LINE)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def _set_variables(result: Disentanglement, rows: list[_Row]) -> list[str]:
    """List the variables that some target sets."""
    used = {name for row in rows for name in row.intervention}
    return [name for name in result.network.variables if name in used]


def _column_width(rows: list[_Row], names: list[str]) -> float:
    """Compute the inches that the longest state shown needs."""
    labels = (_state_text(row.intervention, name) for row in rows for name in row.intervention)
    longest = max((len(clip(label, _longest_state(names))) for label in labels), default=1)
    return max(0.35, 0.15 + CHARACTER_WIDTH * longest)


def _state_text(intervention: Intervention, name: str) -> str:
    """Return the state that a cell shows."""
    return "~" * (name in intervention.soft) + str(intervention.mode[name])


def _longest_state(names: list[str]) -> int:
    """Return how many characters of a state are shown."""
    return LONGEST_STATE if len(names) <= MANY_COLUMNS else SHORT_STATE
