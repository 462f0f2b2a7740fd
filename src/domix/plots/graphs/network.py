"""Figure of the network: which variables each target sets, and its weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domix.core.intervention import Intervention
from domix.model.network import Network
from domix.plots.graphs.nodes import (
    FONT_SIZE,
    GAP,
    MARGIN,
    NODE_HEIGHT,
    Nodes,
    Point,
    draw_boxes,
    draw_edge,
    new_page,
)
from domix.plots.layers import place
from domix.plots.style import (
    ESTIMATE,
    FAINT,
    LONGEST_NAME,
    LONGEST_STATE,
    clip,
    name_target,
    state_text,
    text_width,
)
from domix.plots.weights import weight_with_interval
from domix.results.component import Component
from domix.results.result import Disentanglement

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BADGES, MOST_NODES = 16, 60
"""Targets that have a badge, and variables that are drawn."""

MARKERS = ("o", "s", "D", "h")
"""Shapes of badges; after these they are repeated, filled."""

SMALL = 9
"""Size of states and of the legend, in points."""

BADGE, LINE_HEIGHT, PADDING = 0.24, 0.25, 0.12
"""Inches: of a badge, of a line of them, and at the sides of a node."""

RAISE = 0.06
"""Inches by which lines of badges stand closer to the name than to the lower side of a node."""

BADGES_PER_LINE = 4

LEGEND_WIDTH = 72
"""Characters of a target's name in the legend."""

EDGE = "#555555"
"""Colour of edges."""

LEGEND_ROW, COLUMN_GAP = 0.27, 0.25
"""Inches: of a line of the legend, and between its columns."""


@dataclass(frozen=True)
class _Line:
    """A line in a node: a state, and the numbers of the targets that set it."""

    state: str
    badges: tuple[int, ...]

    @property
    def width(self) -> float:
        return text_width(self.state, SMALL) + 0.08 + BADGE * len(self.badges)


def plot_network(result: Disentanglement) -> Figure:
    """Plot the network, and mark the variables that each target sets.

    Each target has a letter: in a node, those of the targets that set the variable stand beside the
    state. The legend below names targets and weights. Sixteen targets at most have a letter, the
    heaviest ones; a line of text counts the others. Of a network of more than 60 variables, only
    those that these targets set are drawn, 60 at most, with their parents and children where there
    is room.

    Parameters
    ----------
    result : Disentanglement
        The result to plot.

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
    >>> from domix import Component, Disentanglement, do
    >>> from domix.example import network
    >>> found = (Component(do(Tarn="low"), 0.75), Component(do(), 0.25))
    >>> figure = plot_network(Disentanglement(network(), found, "likelihood"))
    >>> [text.get_text() for text in figure.axes[0].texts][-5:]
    ['A', '0.750', 'do(Tarn=low)', '0.250', 'do()']
    """
    marked = [c for c in result.components if c.intervention][:MOST_BADGES]
    shown = [c for c in result.components if c in marked or not c.intervention]
    hidden = [c for c in result.components if c not in shown]
    net = result.network
    used = list(dict.fromkeys(name for c in marked for name in c.intervention))
    names = _choose_variables(net, used)
    lines = [_list_lines(net, name, [c.intervention for c in marked]) for name in names]
    labels = [clip(name, LONGEST_NAME) for name in names]
    widths = [
        2 * PADDING + max(text_width(label, FONT_SIZE), *(line.width for line in inside), 0.4)
        for label, inside in zip(labels, lines, strict=True)
    ]
    codes = {name: code for code, name in enumerate(names)}
    edges = [(codes[p], codes[v]) for v in names for p in net.parents[v] if p in codes]
    placement = place(len(names), edges, [width + GAP for width in widths])
    heights = [NODE_HEIGHT + LINE_HEIGHT * len(inside) for inside in lines]
    nodes = Nodes(placement, widths, heights)
    legend = _Legend(shown, _list_remarks(net, names, used, hidden))
    extent = nodes.extent()
    figure, ax = new_page(extent, legend.size(extent.right - extent.left))
    for (cause, effect), path in zip(edges, nodes.paths(edges), strict=True):
        directed = (names[cause], names[effect]) not in net.open_edges
        draw_edge(ax, path, directed, color=EDGE, linewidth=1.1, linestyle="solid")
    draw_boxes(ax, nodes, ["black" if inside else FAINT for inside in lines])
    for node, label in enumerate(labels):
        _draw_content(ax, nodes, node, label, lines[node])
    legend.draw(ax, (ax.get_xlim()[0] + MARGIN, extent.bottom - MARGIN))
    return figure


def _choose_variables(net: Network, used: Sequence[str]) -> list[str]:
    """List the variables that are drawn: all, or those that are set, with their neighbours."""
    if len(net.variables) <= MOST_NODES:
        return list(net.variables)
    kept = set(used[:MOST_NODES])
    near = kept | {p for name in kept for p in net.parents[name]}
    near |= {name for name in net.variables if kept.intersection(net.parents[name])}
    chosen = near if len(near) <= MOST_NODES else kept
    return [name for name in net.variables if name in chosen]


def _list_lines(net: Network, name: str, targets: Sequence[Intervention]) -> list[_Line]:
    """List the states to which targets set a variable, each with these targets."""
    badges: dict[str, list[int]] = {}
    for state in net.states[name]:
        for number, target in enumerate(targets):
            if name in target and target.mode[name] == state:
                text = clip(state_text(target, name), LONGEST_STATE)
                badges.setdefault(text, []).append(number)
    return [
        _Line("" if part else text, tuple(here[part : part + BADGES_PER_LINE]))
        for text, here in badges.items()
        for part in range(0, len(here), BADGES_PER_LINE)
    ]


def _list_remarks(
    net: Network, names: Sequence[str], used: Sequence[str], hidden: Sequence[Component]
) -> list[str]:
    """Say what is not drawn."""
    remarks = []
    if len(names) < len(net.variables):
        left_out = len(set(used).difference(names))
        also = f", and {left_out} of the others are set, too" if left_out else ""
        remarks.append(f"{len(names)} of {len(net.variables)} variables are shown{also}")
    if hidden:
        weight = float(sum(c.weight for c in hidden))
        many = "" if len(hidden) == 1 else "s"
        remarks.append(f"{len(hidden)} more target{many} of weight {weight:.3f} in all, not marked")
    if any(edge for edge in net.open_edges if set(edge) <= set(names)):
        remarks.append("no arrow head: not determined")
    return remarks


def _draw_content(ax: Axes, nodes: Nodes, node: int, label: str, lines: Sequence[_Line]) -> None:
    """Write the name of a variable, and below it the states to which it is set."""
    x, y = nodes.centres[node]
    y += (nodes.heights[node] - NODE_HEIGHT) / 2
    ax.text(x, y, label, ha="center", va="center", fontsize=FONT_SIZE, parse_math=False)
    y -= (NODE_HEIGHT - LINE_HEIGHT) / 2 - RAISE
    for line in lines:
        y -= LINE_HEIGHT
        right = x + max(other.width for other in lines) / 2
        first = right - BADGE * max(len(other.badges) for other in lines)
        style: dict[str, Any] = {"ha": "right", "fontsize": SMALL, "parse_math": False}
        ax.text(first - 0.06, y, line.state, va="center", **style)
        for rank, number in enumerate(line.badges):
            _draw_badge(ax, (first + BADGE * (rank + 0.5), y), number)


def _draw_badge(ax: Axes, at: Point, number: int) -> None:
    """Draw the letter of a target in its shape."""
    marker, filled = MARKERS[number % len(MARKERS)], number // len(MARKERS) % 2 == 1
    ax.plot(
        *at,
        marker,
        markersize=11 if marker == "D" else 13,
        color=ESTIMATE,
        markerfacecolor=ESTIMATE if filled else "white",
        markeredgewidth=1.1,
    )
    ax.text(
        *at,
        chr(ord("A") + number),
        ha="center",
        va="center_baseline",
        fontsize=7.5,
        fontweight="bold",
        color="white" if filled else "black",
    )


class _Legend:
    """The targets with their weights, in as many columns as there is room for, and remarks."""

    def __init__(self, components: Sequence[Component], remarks: Sequence[str]) -> None:
        self._remarks = remarks
        self._rows: list[tuple[int | None, str, str]] = []
        badges = iter(range(len(components)))
        for c in components:
            number = next(badges) if c.intervention else None
            name = name_target(c.intervention, LEGEND_WIDTH, lines=1)
            self._rows.append((number, weight_with_interval(c), name))
        self._weights = max(text_width(weight, SMALL) for _, weight, _ in self._rows)
        names = max(text_width(name, SMALL) for _, _, name in self._rows)
        self._column = BADGE + 0.1 + self._weights + COLUMN_GAP / 2 + names + COLUMN_GAP
        self._columns = 1

    def size(self, width: float) -> tuple[float, float]:
        """Choose the number of columns for a width, and return the width and height needed."""
        self._columns = min(max(1, int((width + COLUMN_GAP) / self._column)), len(self._rows))
        lines = math.ceil(len(self._rows) / self._columns) + len(self._remarks)
        remarks = max((text_width(remark, SMALL) for remark in self._remarks), default=0.0)
        wide = max(self._columns * self._column - COLUMN_GAP, remarks)
        return wide, LEGEND_ROW * lines + MARGIN

    def draw(self, ax: Axes, corner: Point) -> None:
        """Draw it below and to the right of a corner."""
        style: dict[str, Any] = {"va": "center", "fontsize": SMALL, "parse_math": False}
        left, top = corner
        per_column = math.ceil(len(self._rows) / self._columns)
        for rank, (number, weight, name) in enumerate(self._rows):
            x = left + self._column * (rank // per_column)
            y = top - LEGEND_ROW * (rank % per_column + 0.5)
            if number is not None:
                _draw_badge(ax, (x + BADGE / 2, y), number)
            ax.text(x + BADGE + 0.1, y, weight, **style)
            ax.text(x + BADGE + 0.1 + self._weights + COLUMN_GAP / 2, y, name, **style)
        for rank, remark in enumerate(self._remarks, start=per_column):
            ax.text(left, top - LEGEND_ROW * (rank + 0.5), remark, style="italic", **style)
