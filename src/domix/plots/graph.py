"""Figure of a graph: what was changed, and which edges have no known direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from domix.errors import DataError
from domix.model.network import Network
from domix.plots.layers import Placement, place
from domix.plots.style import CHARACTER_WIDTH, ESTIMATE, FAINT, LONGEST_NAME, clip, new_figure
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

FONT_SIZE = 11

NODE_HEIGHT, LAYER_HEIGHT, GAP, MARGIN = 0.36, 0.95, 0.35, 0.2
"""Inches: of a node, from layer to layer, between nodes, around the graph."""

PORT_GAP = 0.16
"""Inches between the ends of edges at one node, where there is room."""

HEAD_WIDTH = 0.03
"""Inches: half the width of the head of a very thin arrow; wider for thicker ones."""

LEGEND_ROW = 0.24
"""Inches of a line of the legend."""

Point = tuple[float, float]


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
    placement = place(len(network.variables), _lead_down(len(network.variables), edges))
    labels = [clip(name, LONGEST_NAME) for name in network.variables]
    longest = max(map(len, labels), default=0)
    width = max(0.7, 0.25 + CHARACTER_WIDTH * FONT_SIZE / 8 * longest)
    points = _Points(placement, width)
    handles = _legend_handles(edges)
    left, right, height = points.extent()
    legend = LEGEND_ROW * len(handles) + (MARGIN if handles else 0.0)
    size = (max(right - left, 2.6 if handles else 0.0) + 2 * MARGIN, height + 2 * MARGIN + legend)
    figure = new_figure(*size, layout=None)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    middle = (left + right) / 2
    ax.set_xlim(middle - size[0] / 2, middle + size[0] / 2)
    ax.set_ylim(MARGIN + NODE_HEIGHT / 2 - size[1], MARGIN + NODE_HEIGHT / 2)
    _draw_nodes(ax, points, labels)
    for edge, path in zip(edges, points.paths(edges), strict=True):
        _draw_edge(ax, edge, path)
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


class _Points:
    """A placement in inches: y falls from layer to layer."""

    def __init__(self, placement: Placement, width: float) -> None:
        self.width = width
        self._placement = placement

    def _x(self, x: float) -> float:
        return x * (self.width + GAP)

    def _y(self, layer: float) -> float:
        return -LAYER_HEIGHT * layer

    def nodes(self) -> list[Point]:
        """Return the centres of the nodes."""
        where = zip(self._placement.x, self._placement.layer, strict=True)
        return [(self._x(x), self._y(layer)) for x, layer in where]

    def extent(self) -> tuple[float, float, float]:
        """Return the left end, the right end and the height of all nodes and edges."""
        bends = [self._x(x) for xs in self._placement.bends.values() for x in xs]
        nodes = [x + side for x, _ in self.nodes() for side in (-self.width / 2, self.width / 2)]
        ends = [*nodes, *bends]
        layers = max(self._placement.layer, default=0)
        return min(ends, default=0.0), max(ends, default=0.0), LAYER_HEIGHT * layers + NODE_HEIGHT

    def paths(self, edges: Sequence[_Edge]) -> list[list[Point]]:
        """Return the points that each edge passes, from cause to effect, upright at each."""
        nodes, layers = self.nodes(), self._placement.layer
        routes = []
        for e in edges:
            a, b = sorted((e.cause, e.effect), key=lambda node: layers[node])
            bends = enumerate(self._placement.bends[a, b], start=layers[a] + 1)
            inner = [
                (self._x(x), self._y(layer) + half)
                for layer, x in bends
                for half in (NODE_HEIGHT / 2, -NODE_HEIGHT / 2)
            ]
            routes.append((a, inner, b))
        starts = self._ports([(a, (inner or [nodes[b]])[0][0]) for a, inner, b in routes])
        ends = self._ports([(b, (inner or [nodes[a]])[-1][0]) for a, inner, b in routes])
        paths = []
        for e, (a, inner, b), start, end in zip(edges, routes, starts, ends, strict=True):
            top, bottom = nodes[a][1] - NODE_HEIGHT / 2, nodes[b][1] + NODE_HEIGHT / 2
            path = [(start, top), *inner, (end, bottom)]
            paths.append(path if e.cause == a else path[::-1])
        return paths

    def _ports(self, ends: Sequence[tuple[int, float]]) -> list[float]:
        """Return the x at which each edge meets its node, given the x from which it comes."""
        nodes, ports = self.nodes(), [0.0] * len(ends)
        for node in {node for node, _ in ends}:
            here = sorted(
                (i for i, end in enumerate(ends) if end[0] == node), key=lambda i: ends[i][1]
            )
            step = min(PORT_GAP, 0.85 * self.width / len(here))
            for rank, i in enumerate(here):
                ports[i] = nodes[node][0] + step * (rank - (len(here) - 1) / 2)
        return ports


def _draw_nodes(ax: Axes, points: _Points, labels: Sequence[str]) -> None:
    from matplotlib.patches import FancyBboxPatch

    corner, rounding = NODE_HEIGHT / 2, NODE_HEIGHT / 3
    for (x, y), label in zip(points.nodes(), labels, strict=True):
        ax.add_patch(
            FancyBboxPatch(
                (x - points.width / 2, y - corner),
                points.width,
                NODE_HEIGHT,
                boxstyle=f"round,pad=0,rounding_size={rounding}",
                facecolor="white",
                edgecolor=FAINT,
            )
        )
        ax.text(x, y, label, ha="center", va="center", fontsize=FONT_SIZE, parse_math=False)


def _draw_edge(ax: Axes, edge: _Edge, points: Sequence[Point]) -> None:
    """Draw an edge through its points, upright at each, with its sign in the middle."""
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    style = STYLES[edge.change]
    (x, y), line = points[-1], list(points)
    if edge.directed:
        # A polygon of its own, because the head of a dashed arrow would be dashed.
        half = HEAD_WIDTH + 0.015 * style["linewidth"]
        base = y + (2 * half if points[-2][1] > y else -2 * half)
        head = [(x, y), (x - half, base), (x + half, base)]
        ax.add_patch(Polygon(head, facecolor=style["color"], linewidth=0))
        line[-1] = (x, base)
    vertices, codes = [line[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in pairwise(line):
        middle = (y0 + y1) / 2
        vertices += [(x0, middle), (x1, middle), (x1, y1)]
        codes += [Path.CURVE4] * 3
    ax.add_patch(PathPatch(Path(vertices, codes), fill=False, capstyle="butt", **style))
    if edge.change in SIGNS:
        i = 2 * (len(points) // 4)
        (x0, y0), (x1, y1) = points[i], points[i + 1]
        ax.text(
            (x0 + x1) / 2,
            (y0 + y1) / 2,
            SIGNS[edge.change],
            ha="center",
            va="center",
            fontsize=FONT_SIZE + 1,
            fontweight="bold",
            color=style["color"],
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
