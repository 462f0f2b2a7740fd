"""Figure of several groups: the share of the rows of each in which each variable was set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from domix.core.space import Label
from domix.errors import DataError
from domix.plots.style import (
    FAINT,
    LINE,
    LONGEST_NAME,
    LONGEST_STATE,
    clip,
    new_figure,
    state_text,
    text_width,
)
from domix.results.component import share_text
from domix.results.result import Disentanglement
from domix.util.arrays import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TEXTS = 900
"""Cells, set or not, up to which they have text."""

SHORT_STATE, MANY_COLUMNS = 6, 15
"""Characters of a state that are shown where there are more columns than these."""

ROW_HEIGHT, THIN_ROW, THIN_COLUMN = 0.36, 0.17, 0.2
"""Inches: of a row and column with text, and without."""

LEAST_WIDTH, SIZES_WIDTH, SCALE_HEIGHT = 3.2, 1.1, 0.7
"""Inches: of the grid with its title, of the panel of rows, of the scale of shades."""

SCALE = "share of the rows"

SIZE = 8
"""Of texts, in points."""

DARK = 0.65
"""Share from which a cell is so dark that its text is white."""

PALEST = -0.15
"""Share that would be white: any that is there has a visible shade."""


@dataclass(frozen=True)
class _Grid:
    """Shares of groups by variables, and texts: the state to which most of each are set."""

    groups: list[str]
    variables: list[str]
    shares: Floats
    texts: list[list[str]]


def plot_groups(results: Mapping[Label, Disentanglement]) -> Figure:
    r"""Plot groups by variables: the share of the rows of each in which the variable was set.

    Each cell has the state to which most of these rows are set, and their share; ``+.04`` is the
    share that is set to other states. Beyond 900 cells there are only shades, of both shares
    together. Variables that no target sets have no column.

    Parameters
    ----------
    results : mapping of group to Disentanglement
        What :func:`domix.disentangle` returns with ``groups``.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    DataError
        There are no groups.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from domix import Component, Disentanglement, do
    >>> from domix.example import network
    >>> found = (Component(do(Tarn="low"), 0.75), Component(do(), 0.25))
    >>> figure = plot_groups({"guide": Disentanglement(network(), found, "likelihood")})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['low\n.75']
    """
    if not results:
        raise DataError("there are no groups", argument="results")
    grid, with_text = _read_grid(results), has_texts(results)
    rows, columns = grid.shares.shape
    column_width = _column_width(grid) if with_text else THIN_COLUMN
    sizes = [result.rows for result in results.values()]
    panels = [max(LEAST_WIDTH, column_width * columns)]
    panels += [SIZES_WIDTH] if None not in sizes else []
    names = max(text_width(name, SIZE) for name in grid.groups)
    heads = max((text_width(name, SIZE) for name in grid.variables), default=0.0)
    height = heads + 0.5 + rows * (ROW_HEIGHT if with_text else THIN_ROW)
    figure = new_figure(names + sum(panels) + 0.5, height + (0 if with_text else SCALE_HEIGHT))
    left, *right = figure.subplots(1, len(panels), width_ratios=panels, squeeze=False)[0]
    _draw_grid(left, grid, with_text)
    for ax in right:
        _draw_sizes(ax, sizes)
    return figure


def has_texts(results: Mapping[Label, Disentanglement]) -> bool:
    """Whether the cells of the figure of these groups have text, and not only shades."""
    return len(results) * len(_list_set(results)) <= MOST_TEXTS


def _list_set(results: Mapping[Label, Disentanglement]) -> list[str]:
    """List the variables that any target of any group sets."""
    known = {name: None for result in results.values() for name in result.network.variables}
    used = {name for r in results.values() for c in r.components for name in c.intervention}
    return [name for name in known if name in used]


def _read_grid(results: Mapping[Label, Disentanglement]) -> _Grid:
    names = _list_set(results)
    shares, texts = np.zeros((len(results), len(names))), []
    longest = LONGEST_STATE if len(names) <= MANY_COLUMNS else SHORT_STATE
    for row, result in enumerate(results.values()):
        line = []
        for column, name in enumerate(names):
            weights: dict[str, float] = defaultdict(float)
            shown: dict[str, str] = {}
            for c in result.components:
                if name in c.intervention:
                    state = str(c.intervention.mode[name])
                    weights[state] += float(c.weight)
                    shown.setdefault(state, state_text(c.intervention, name))
            shares[row, column] = min(sum(weights.values()), 1.0)
            line.append(_cell_text({shown[s]: w for s, w in weights.items()}, longest))
        texts.append(line)
    return _Grid(
        [clip(str(group), LONGEST_NAME) for group in results],
        [clip(name, LONGEST_NAME) for name in names],
        shares,
        texts,
    )


def _cell_text(weights: Mapping[str, float], longest: int) -> str:
    r"""Return the most frequent state with its share, and the share of the other states.

    Examples
    --------
    >>> _cell_text({"off": 0.71, "lowest": 0.04}, LONGEST_STATE), _cell_text({"off": 1.0}, 2)
    ('off\n.71 +.04', 'o…\n>.99')
    """
    if not weights:
        return ""
    state = max(weights, key=weights.__getitem__)
    others = sum(weights.values()) - weights[state]
    more = f" +{share_text(others)}" if len(weights) > 1 else ""
    return f"{clip(state, longest)}\n{share_text(min(weights[state], 1.0))}{more}"


def _column_width(grid: _Grid) -> float:
    """Return the inches that the widest cell needs."""
    texts = {".99", *(part for line in grid.texts for text in line for part in text.split("\n"))}
    return max(text_width(text, SIZE) for text in texts) + 0.12


def _draw_grid(ax: Axes, grid: _Grid, with_text: bool) -> None:
    """Draw the cells; without text, the scale of their shades."""
    rows, columns = grid.shares.shape
    if columns:
        edges = np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5
        shares = np.ma.masked_equal(grid.shares, 0.0)
        style: dict[str, Any] = {"edgecolors": LINE, "linewidth": 0.6}
        mesh = ax.pcolormesh(*edges, shares, cmap="Blues", vmin=PALEST, vmax=1, **style)
        if not with_text:
            scale: dict[str, Any] = {"location": "bottom", "shrink": 0.6, "aspect": 30, "pad": 0.01}
            bar = ax.figure.colorbar(mesh, ax=ax, **scale)
            bar.ax.set_xlim(0, 1)
            bar.set_label(SCALE, fontsize=SIZE)
            bar.ax.tick_params(labelsize=SIZE)
    for row in range(rows):
        if not grid.shares[row].any():
            note: dict[str, Any] = {"color": FAINT, "style": "italic", "fontsize": SIZE}
            ax.text(-0.4, row, "nothing is set", va="center", **note)
        for column in range(columns if with_text else 0):
            share = float(grid.shares[row, column])
            if share > 0:
                ax.text(
                    column,
                    row,
                    grid.texts[row][column],
                    ha="center",
                    va="center",
                    fontsize=SIZE,
                    linespacing=1.0,
                    color="white" if share >= DARK else "black",
                    parse_math=False,
                )
    ax.set_xlim(-0.5, max(columns, 1) - 0.5)
    ax.set_xticks(range(columns), grid.variables, rotation=90, parse_math=False)
    ax.set_yticks(range(rows), grid.groups, parse_math=False)
    ax.xaxis.tick_top()
    ax.set_title("Share of the rows in which a variable was set", fontsize=10, loc="left")
    _format(ax, rows)


def _draw_sizes(ax: Axes, sizes: Sequence[float | None]) -> None:
    """Draw the number of rows of each group as a bar with its text."""
    numbers = [float(size or 0) for size in sizes]
    ax.barh(range(len(numbers)), numbers, height=0.6, color=FAINT)
    for row, number in enumerate(numbers):
        ax.annotate(
            f"{number:,.0f}",
            (number, row),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=SIZE,
        )
    # Room for the text of the longest bar.
    ax.set_xlim(0, 1.8 * max(*numbers, 1))
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title("Rows", fontsize=10, loc="left")
    _format(ax, len(numbers))


def _format(ax: Axes, rows: int) -> None:
    ax.set_ylim(rows - 0.5, -0.5)
    ax.tick_params(length=0, labelsize=SIZE)
    for side in ("top", "right", "bottom", "left"):
        ax.spines[side].set_visible(False)
