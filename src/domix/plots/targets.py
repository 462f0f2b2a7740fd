"""Figure of a result: the variables that each target sets, and the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domix.model.mixture import Mixture
from domix.plots.style import (
    CHARACTER_WIDTH,
    FAINT,
    LONGEST_NAME,
    LONGEST_STATE,
    clip,
    new_figure,
    state_text,
    text_width,
)
from domix.plots.weights import (
    ROW_HEIGHT,
    SIZE,
    WEIGHTS_WIDTH,
    TargetRow,
    draw_weights,
    format_rows,
    list_rows,
    name_row,
)
from domix.results.result import Disentanglement

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_GRID_WIDTH = 1.9
"""Inches of the panel of targets that its title needs."""

MANY_COLUMNS, SHORT_STATE = 12, 5
"""Columns from which they are narrow, and the characters of a state shown then."""

MOST_COLUMNS = 60
"""Variables that have a column, those of the first targets."""


def plot_targets(result: Disentanglement, truth: Mixture | None = None) -> Figure:
    """Plot weights and targets side by side, one row per target.

    Sixty variables at most have a column; a line of text counts those that are set.

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
    rows = list_rows(result, truth)
    names, _ = _choose_columns(result, rows)
    grid_width = max(LEAST_GRID_WIDTH, _column_width(rows, names) * len(names))
    longest_name = max((len(clip(name, LONGEST_NAME)) for name in names), default=0)
    height = 0.9 + CHARACTER_WIDTH * longest_name + ROW_HEIGHT * len(rows) + 0.8
    labels = max(text_width(label, SIZE) for row in rows for label in name_row(row).split("\n"))
    figure = new_figure(grid_width + WEIGHTS_WIDTH + labels + 0.4, height)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[WEIGHTS_WIDTH, grid_width])
    draw_weights(left, result, truth)
    draw_targets(right, result, truth)
    return figure


def draw_targets(ax: Axes, result: Disentanglement, truth: Mixture | None = None) -> None:
    """Draw a grid of targets by variables on ``ax``: the state to which each target sets each.

    Only variables that some target sets have a column, sixty at most. The colour shows the index of
    the state, from the first of its variable (blue) to the last (red). Of a value that is drawn or
    misread the mode is shown, with ``~`` before it.
    """
    from matplotlib import colormaps

    rows = list_rows(result, truth)
    names, used = _choose_columns(result, rows)
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
        for x, name in enumerate(names):
            if name not in row.intervention:
                continue
            label = row.intervention.mode[name]
            states = result.network.states[name]
            shade = states.index(label) / max(len(states) - 1, 1)
            ax.barh(y, 0.94, height=0.86, left=x - 0.47, color=colours(shade))
            dark = abs(shade - 0.5) > 0.3
            ax.text(
                x,
                y,
                clip(state_text(row.intervention, name), longest),
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
    format_rows(ax, rows)
    ax.tick_params(axis="y", labelleft=False)
    ax.set_title("What each target sets", fontsize=10, loc="left")
    # A variable of many states has shades between; two lines fit below the narrowest grid.
    note = "blue: first state of the variable,\nred: last state"
    if len(names) < used:
        note = f"{note}; {len(names)} of {used} variables that are set are shown"
    ax.set_xlabel(note if names else "", loc="left", fontsize=SIZE)


def _choose_columns(result: Disentanglement, rows: list[TargetRow]) -> tuple[list[str], int]:
    """List the variables that have a column, and count those that some target sets."""
    used = list(dict.fromkeys(name for row in rows for name in row.intervention))
    kept = set(used[:MOST_COLUMNS])
    return [name for name in result.network.variables if name in kept], len(used)


def _column_width(rows: list[TargetRow], names: list[str]) -> float:
    """Compute the inches that the longest state shown needs."""
    labels = (
        state_text(row.intervention, name)
        for row in rows
        for name in names
        if name in row.intervention
    )
    longest = max((len(clip(label, _longest_state(names))) for label in labels), default=1)
    return max(0.35, 0.15 + CHARACTER_WIDTH * longest)


def _longest_state(names: list[str]) -> int:
    """Return how many characters of a state are shown."""
    return LONGEST_STATE if len(names) <= MANY_COLUMNS else SHORT_STATE
