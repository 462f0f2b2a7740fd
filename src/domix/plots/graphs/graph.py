"""Figure of a graph: what was changed, and which edges have no known direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domix.errors import DataError
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
from domix.plots.style import CHARACTER_WIDTH, ESTIMATE, LONGEST_NAME, clip
from domix.results.graph import EdgeChange, EdgeDirection, GraphReport
from domix.structure.dag import Dag

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLES: Mapping[EdgeChange, Mapping[str, Any]] = {
    EdgeChange.GIVEN: {"color": "black", "linewidth": 1.3, "linestyle": "solid"},
    EdgeChange.ADDED: {"color": "#1b7837", "linewidth": 3.0, "linestyle": "solid"},
    EdgeChange.REVERSED: {"color": ESTIMATE, "linewidth": 1.8, "linestyle": (0, (5, 2))},
    EdgeChange.REMOVED: {"color": "#b2182b", "linewidth": 1.5, "linestyle": (0, (1, 1.8))},
}
"""How an edge is drawn; widths and dashes differ as well, for readers who see no colours."""

SIGNS = {EdgeChange.ADDED: "+", EdgeChange.REMOVED: "−", EdgeChange.REVERSED: "⇄"}
"""What is written on a changed edge."""

LEGEND_ROW = 0.24
"""Inches of a line of the legend."""


@dataclass(frozen=True)
class _Edge:
    """An edge to draw, in codes."""

    cause: int
    effect: int
    change: EdgeChange
    directed: bool


def plot_graph(network: Network, report: GraphReport | None = None) -> Figure:
    """Plot a graph in layers, causes above effects.

    Edges without an arrow head are those whose direction is not determined.

    Parameters
    ----------
    network : Network
        The network of a result, or one from :func:`domix.learn_graph`.
    report : GraphReport, optional
        ``result.graph``, which says how the graph differs from the given one: added edges are bold,
        reversed ones dashed, removed ones dotted. By default all edges are those of the network.

    Returns
    -------
    matplotlib.figure.Figure
        Without a window and without global state; ``figure.savefig(path)`` writes it.

    Raises
    ------
    DataError
        The report is of another network.
    MissingExtraError
        matplotlib is not installed.

    Examples
    --------
    >>> from domix.example import network
    >>> figure = plot_graph(network())
    >>> sorted(text.get_text() for text in figure.axes[0].texts)[:3]
    ['Olmo', 'Pryd', 'Quen']
    """
    edges = _read_edges(network, report)
    n = len(network.variables)
    labels = [clip(name, LONGEST_NAME) for name in network.variables]
    longest = max(map(len, labels), default=0)
    width = max(0.7, 0.25 + CHARACTER_WIDTH * FONT_SIZE / 8 * longest)
    placement = place(n, _lead_down(n, edges))
    nodes = Nodes(placement, [width] * n, [NODE_HEIGHT] * n, unit=width + GAP)
    handles = _legend_handles(edges)
    legend = (2.6, LEGEND_ROW * len(handles) + MARGIN) if handles else (0.0, 0.0)
    figure, ax = new_page(nodes.extent(), legend)
    draw_boxes(ax, nodes)
    for (x, y), label in zip(nodes.centres, labels, strict=True):
        ax.text(x, y, label, ha="center", va="center", fontsize=FONT_SIZE, parse_math=False)
    paths = nodes.paths([(e.cause, e.effect) for e in edges])
    for edge, path in zip(edges, paths, strict=True):
        draw_edge(ax, path, edge.directed, **STYLES[edge.change])
        if edge.change in SIGNS:
            _draw_sign(ax, edge.change, path)
    if handles:
        ax.legend(handles=handles, loc="lower center", fontsize=FONT_SIZE - 1, frameon=False)
    return figure


def _read_edges(network: Network, report: GraphReport | None) -> list[_Edge]:
    """List the edges of a report, or those of a network."""
    codes = {name: i for i, name in enumerate(network.variables)}
    if report is None:
        return [
            _Edge(codes[p], codes[v], EdgeChange.GIVEN, (p, v) not in network.open_edges)
            for v, ps in network.parents.items()
            for p in ps
        ]
    present = {(e.cause, e.effect) for e in report.edges if e.change is not EdgeChange.REMOVED}
    if present != {(p, v) for v, ps in network.parents.items() for p in ps}:
        raise DataError(
            "is of another graph than that of the network; pass result.network and result.graph",
            argument="report",
        )
    return [
        _Edge(codes[e.cause], codes[e.effect], e.change, e.direction is not EdgeDirection.OPEN)
        for e in report.edges
    ]


def _lead_down(n: int, edges: Sequence[_Edge]) -> list[tuple[int, int]]:
    """Return the edges with those removed turned around where they would make a cycle."""
    dag = Dag.build(
        [
            {e.cause for e in edges if e.effect == v and e.change is not EdgeChange.REMOVED}
            for v in range(n)
        ]
    )
    for e in edges:
        if e.change is EdgeChange.REMOVED:
            a, b = (e.effect, e.cause) if dag.reach[e.effect, e.cause] else (e.cause, e.effect)
            dag = dag.added(a, b)
    return sorted(dag.edges)


def _draw_sign(ax: Axes, change: EdgeChange, points: Sequence[Point]) -> None:
    """Write the sign of a change in the middle of its edge."""
    i = 2 * (len(points) // 4)
    (x0, y0), (x1, y1) = points[i], points[i + 1]
    ax.text(
        (x0 + x1) / 2,
        (y0 + y1) / 2,
        SIGNS[change],
        ha="center",
        va="center",
        fontsize=FONT_SIZE + 1,
        fontweight="bold",
        color=STYLES[change]["color"],
        bbox={"boxstyle": "circle,pad=0.1", "facecolor": "white", "edgecolor": "none"},
    )


def _legend_handles(edges: Sequence[_Edge]) -> list[Any]:
    """Return a line for each kind of edge, if any was changed, and what no arrow head means."""
    from matplotlib.lines import Line2D

    changes = [change for change in STYLES if any(e.change is change for e in edges)]
    if changes == [EdgeChange.GIVEN]:
        changes = []
    signs = {change: f" ({SIGNS[change]})" if change in SIGNS else "" for change in changes}
    handles = [Line2D([], [], label=f"{c}{signs[c]}", **STYLES[c]) for c in changes]
    if any(not e.directed for e in edges):
        label = "no arrow head: not determined"
        handles.append(Line2D([], [], linestyle="none", label=label))
    return handles
